"""Shares of weighted patients, and their comparison between the arms, as rows of the tidy table."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from twoarm.config.populations import PAIR, WEIGHT
from twoarm.stats.estimate_rows import estimate_rows
from twoarm.stats.weighted_tests import Estimate, compare_weighted_categorical, weighted_contrasts, weighted_proportion

SURVEY = "survey"  # the method of an estimate with an interval as in R's survey package
CONTRASTS = {"risk_difference": "difference", "risk_ratio": "risk_ratio", "odds_ratio": "odds_ratio"}


@dataclass(frozen=True)
class Weighted:
    """Patients with weights, by row: whether they are treated, their weights, and their pairs (None: no pairs)."""

    rows: pd.Index
    treated: np.ndarray
    weights: np.ndarray
    pairs: np.ndarray | None

    @classmethod
    def of(cls, patients: pd.DataFrame, treated: str) -> "Weighted | None":
        """Those of a population (arm, weight, and pair if it has pairs); None if it has no weights."""
        if WEIGHT not in patients:
            return None
        pairs = patients[PAIR].to_numpy() if PAIR in patients else None
        return cls(patients.index, (patients["arm"] == treated).to_numpy(), patients[WEIGHT].to_numpy(), pairs)

    def shared(self, event: pd.Series) -> list[dict]:
        """Rows of the weighted percentage of a group with an event, and its interval. event: of the group's rows."""
        members = self.rows.isin(event.index)
        everyone = event.reindex(self.rows, fill_value=False).to_numpy(float)
        found = weighted_proportion(everyone, members, self.weights, self.pairs)
        return _scaled("percent", found, 100, SURVEY)

    def compared(self, event: pd.Series, contrasts: tuple[str, ...]) -> list[dict]:
        """Rows that compare the arms: Rao and Scott's test, and some contrasts (keys of CONTRASTS) with intervals.

        event: whether each patient of the population has it. A difference is in percentage points.
        """
        happened = event.to_numpy(float)
        p, method, note = compare_weighted_categorical(event, self.treated, self.weights, self.pairs)
        rows = [{"statistic": "p_value", "method": method, "value": p, "note": note}]
        found = weighted_contrasts(happened, self.treated, self.weights, self.pairs)
        for name in contrasts:
            scale = 100 if name == "risk_difference" else 1
            rows += _scaled(CONTRASTS[name], found[name], scale, f"{SURVEY}_{name}")
        return rows


def _scaled(statistic: str, found: Estimate, scale: float, method: str) -> list[dict]:
    """The rows of an estimate and the limits of its interval, times `scale`."""
    return estimate_rows(
        statistic, method, [scale * value for value in (found.value, found.low, found.high)], found.note
    )
