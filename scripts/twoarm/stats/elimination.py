"""Backward elimination of variables from a Cox model, as R's step() and drop1()."""

import math
from typing import NamedTuple

import pandas as pd
from scipy.special import chdtrc

from twoarm.config.prognosis import AIC
from twoarm.results.wording import REMOVED
from twoarm.stats.cox import CoxFit, fit_cox

STAYS = "stays in the model"


class Step(NamedTuple):
    """One removal from a model (or what a removal would do): its number, the variable, AIC or p, and what followed."""

    number: int
    variable: str
    value: float
    note: str


def eliminate(
    data: pd.DataFrame, names: list[str], keep: list[str], references: dict, threshold: float | str
) -> tuple[list[str], list[Step]]:
    """Remove one variable after another from the Cox model of all: (the variables that stay, every step).

    data: patients without a missing value. names: in order; those in `keep` are never removed. threshold: `aic`, to
    remove the variable without which the AIC is lowest, as long as it falls (R's step()); or a number, to remove the
    variable with the largest p of the likelihood-ratio test (R's drop1()) until all are below it. A variable is removed
    with all its levels. One that adds no coefficient (it repeats others) goes first. The last step lists what stays.
    """
    staying, steps = list(names), []
    model = fit_cox(data, staying, references)
    if threshold == AIC:
        steps.append(Step(0, "", _aic(model), "all variables"))
    while True:
        number = len(steps) + (threshold != AIC)
        without = {
            name: fit_cox(data, [other for other in staying if other != name], references)
            for name in staying
            if name not in keep
        }
        removed = _removed(model, without, threshold)
        if removed is None:
            return staying, steps + [
                Step(number, name, _measure(model, fit, threshold), STAYS) for name, fit in without.items()
            ]
        steps.append(Step(number, removed, _measure(model, without[removed], threshold), REMOVED))
        staying.remove(removed)
        model = without[removed]


def _removed(model: CoxFit, without: dict[str, CoxFit], threshold: float | str) -> str | None:
    """The variable to remove next; None if all stay. without: {variable: the model without it}."""
    free = [name for name, fit in without.items() if fit.coefficients == model.coefficients]
    if free:
        return free[-1]
    measures = {name: _measure(model, fit, threshold) for name, fit in without.items()}
    known = {name: value for name, value in measures.items() if not math.isnan(value)}
    if threshold == AIC:
        lowest = min(known, key=known.get, default=None)
        return lowest if lowest and known[lowest] < _aic(model) else None
    highest = max(known, key=known.get, default=None)
    return highest if highest and known[highest] >= threshold else None


def _measure(model: CoxFit, without: CoxFit, threshold: float | str) -> float:
    """The AIC of a model without a variable, or the p of the likelihood-ratio test of that variable."""
    if threshold == AIC:
        return _aic(without)
    return float(chdtrc(model.coefficients - without.coefficients, max(without.deviance - model.deviance, 0)))


def _aic(fit: CoxFit) -> float:
    """Akaike's information criterion, as R's extractAIC."""
    return fit.deviance + 2 * fit.coefficients
