"""The comparison of a rate between the arms in several imputed data sets, pooled by Rubin's rules.

A difference is pooled as it is, a ratio on the log scale, with the variances of Wald's intervals (of a ratio of risks,
Katz's); of patients with weights, those of a survey. The degrees of freedom without missing values are the patients, or
the clusters of weighted patients, less two, as of a model of the arm in R (glm, svyglm); where data sets differ in
them, the least.
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from twoarm.stats.comparisons import odds_ratio, risk_ratio, wald_difference
from twoarm.stats.pooled import FURTHER, pooled_numbers, with_reasons
from twoarm.stats.survival import Z
from twoarm.stats.weighted_rows import CONTRASTS, SURVEY, Weighted
from twoarm.stats.weighted_tests import Estimate, weighted_contrasts

DIFFERENCE = "risk_difference"
METHODS = {DIFFERENCE: "wald_difference", "risk_ratio": "katz", "odds_ratio": "wald"}


class Compared(NamedTuple):
    """The arms of one data set: {contrast: its estimate}, degrees of freedom, and whether patients have weights."""

    estimates: dict[str, Estimate]
    df: int
    weighted: bool


def compared(event: pd.Series, patients: pd.DataFrame, treated: str) -> Compared:
    """Compare the arms of a population (arm, and weight and pair if it has them) in one data set.

    event: of the same rows, 1 or 0, or missing: such patients are left out. treated: the value of the treated arm.
    """
    known = event.notna().to_numpy()
    patients, happened = patients[known], (event[known] == 1).to_numpy()
    weighted = Weighted.of(patients, treated)
    if weighted:
        pairs = weighted.pairs
        found = weighted_contrasts(happened.astype(float), weighted.treated, weighted.weights, pairs)
        return Compared(found, (len(patients) if pairs is None else len(np.unique(pairs))) - 2, True)
    ours = (patients["arm"] == treated).to_numpy()
    counts = [(int(happened[arm].sum()), int(arm.sum())) for arm in (ours, ~ours)]
    contrasts = {DIFFERENCE: wald_difference, "risk_ratio": risk_ratio, "odds_ratio": odds_ratio}
    return Compared({name: Estimate(*of(*counts)) for name, of in contrasts.items()}, len(patients) - 2, False)


def pooled_rate_rows(sets: list[Compared]) -> list[dict]:
    """The pooled difference (percentage points), risk ratio and odds ratio of the same rate in all data sets."""
    df = max(1, min(own.df for own in sets))
    rows = []
    for name, statistic in CONTRASTS.items():
        values, errors = np.array([_linear(own, name) for own in sets]).T
        numbers, note = pooled_numbers(values, errors, df, _percent if name == DIFFERENCE else math.exp)
        if note:
            note = with_reasons(note, [own.estimates[name].note for own in sets])
        method = f"{SURVEY}_{name}" if sets[0].weighted else METHODS[name]
        rows += [
            {"statistic": part, "method": method, "value": value, "note": note if math.isnan(value) else ""}
            for part, value in zip((statistic, *FURTHER), numbers, strict=True)
        ]
    return rows


def _linear(own: Compared, name: str) -> tuple[float, float]:
    """An estimate on the scale that is pooled, and its standard error, which its interval gives."""
    value, low, high, _ = own.estimates[name]
    if name != DIFFERENCE:
        value, low, high = np.log([value, low, high])
    reach = stdtrit(own.df, 0.975) if own.weighted else Z
    return value, (high - low) / (2 * reach)


def _percent(share: float) -> float:
    return 100 * share
