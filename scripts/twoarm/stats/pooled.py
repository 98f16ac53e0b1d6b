"""The coefficients of one model in several imputed data sets, and their results pooled by Rubin's rules.

Of Cox's model the degrees of freedom without missing values are the events less the coefficients, at least 1, as in
mice; where data sets differ in them, the least.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from twoarm.config.keys import OVERALL, PER_UNIT, contrast
from twoarm.stats.cox import CoxFit, Interaction
from twoarm.stats.rubin import pool, pool_wald

FURTHER = ("ci_low", "ci_high", "p_value", "missing_information", "variance_increase")  # after the estimate itself
ESTIMATES = ("hazard_ratio", *FURTHER)
OTHER = "the data sets differ in the levels that occur"


class Pooled(NamedTuple):
    """A pooled hazard ratio: the group of its row, and its numbers (of ESTIMATES, with a note if they are empty)."""

    group: str
    values: dict[str, float]
    note: str


def pooled_terms(fits: list[CoxFit], variable: str) -> list[Pooled]:
    """The hazard ratios of a variable, one per coefficient."""
    names = [_groups(fit, variable) for fit in fits]
    if any(other != names[0] for other in names):
        return [Pooled(OVERALL, dict.fromkeys(ESTIMATES, math.nan), OTHER)]
    columns = [fit.terms[fit.terms["variable"] == variable] for fit in fits]
    df = max(1, min(fit.events - int(fit.estimated.sum()) for fit in fits))
    return [_pooled(group, [terms.iloc[place] for terms in columns], df) for place, group in enumerate(names[0])]


def pooled_test(fits: list[CoxFit], variable: str) -> tuple[float, str]:
    """The p of a variable: of its only coefficient, or of the Wald test of all of them (D1); and why it is empty."""
    terms = pooled_terms(fits, variable)
    if len(terms) == 1:
        return terms[0].values["p_value"], terms[0].note
    own = [(fit.terms["variable"] == variable).to_numpy() for fit in fits]
    if not all(fit.estimated[mine].all() for fit, mine in zip(fits, own, strict=True)):
        return math.nan, "a level cannot be estimated"
    estimates = np.array([fit.terms["coef"].to_numpy()[mine] for fit, mine in zip(fits, own, strict=True)])
    inside = [np.flatnonzero(mine[fit.estimated]) for fit, mine in zip(fits, own, strict=True)]
    covariances = np.array([fit.covariance[np.ix_(rows, rows)] for fit, rows in zip(fits, inside, strict=True)])
    _, p, note = pool_wald(estimates, covariances)
    return p, note


def pooled_interaction(found: list[Interaction]) -> tuple[float, str]:
    """The p of an interaction: Wald tests of the products, pooled; and why it is empty."""
    if problems := [own.note for own in found if own.note]:
        return math.nan, with_reasons(f"no estimate in {len(problems)} of {len(found)} imputations", problems)
    terms = [own.full.terms[["variable", "level", "reference"]] for own in found]
    if not all(other.equals(terms[0]) for other in terms):
        return math.nan, OTHER
    return pooled_test([own.full for own in found], found[0].product)


def pooled_numbers(
    estimates: np.ndarray, errors: np.ndarray, complete_df: float, back: Callable[[float], float]
) -> tuple[list[float], str]:
    """An estimate and FURTHER from its values and standard errors in the data sets, and why all but it are NaN.

    complete_df: the degrees of freedom without missing values; back: from the scale of the estimates to that of the
    results. An estimate without errors is the mean.
    """
    found = pool(estimates, errors**2, complete_df)
    if found.note:
        mean = float(estimates.mean())
        return [back(mean) if math.isfinite(mean) else math.nan, *[math.nan] * len(FURTHER)], found.note
    within = float(np.mean(errors**2))
    shown = [back(value) for value in (found.value, found.low, found.high)]
    return [*shown, found.p_value, found.missing_information, found.se**2 / within - 1], ""


def with_reasons(note: str, reasons: list[str]) -> str:
    """Why there is no pooled number, with each reason of the data sets once."""
    return "; ".join(dict.fromkeys([note, *filter(None, reasons)]))


def _groups(fit: CoxFit, variable: str) -> list[str]:
    """The group of each coefficient's row."""
    own = fit.terms[fit.terms["variable"] == variable]
    return [contrast(term.level, term.reference) if term.level else PER_UNIT for term in own.itertuples()]


def _pooled(group: str, terms: list[pd.Series], df: int) -> Pooled:
    """One coefficient: its estimate in each data set, and the degrees of freedom without missing values."""
    estimates, errors = (np.array([term[part] for term in terms], float) for part in ("coef", "se"))
    values, note = pooled_numbers(estimates, errors, df, math.exp)
    if note:
        note, values[0] = with_reasons(note, [term["note"] for term in terms]), math.nan
    return Pooled(group, dict(zip(ESTIMATES, values, strict=True)), note)
