"""Kaplan-Meier curves end where few patients are at risk."""

import numpy as np
import pandas as pd

from disclosure.mask_small_cells import (
    NOTE,
    curve_end,
    mask_curves,
)
from twoarm.results.statistics import statistics_table
from twoarm.stats.survival import kaplan_meier
from twoarm.stats.survival_rows import CURVE_COLUMNS


def curves_of(groups: dict[str, int], stratum: str = "") -> pd.DataFrame:
    """Curves of groups of so many patients; one patient leaves each month, alternately with an event and without."""
    curves = []
    for group, n in groups.items():
        months = np.arange(1, n + 1)
        curve = kaplan_meier(months, months % 2)
        key = {"population": "matched", "stratum": stratum, "group": group, "variable": "os"}
        curves.append(curve.assign(weighted_at_risk=curve["at_risk"], **key)[CURVE_COLUMNS])
    return pd.concat(curves, ignore_index=True)


NOTHING = statistics_table([])


def test_a_curve_ends_where_few_are_at_risk():
    cut = mask_curves(curves_of({"T": 12, "C": 4, "overall": 16}), NOTHING, 5)
    treated = cut[cut["group"] == "T"]
    assert treated["at_risk"].dropna().min() == 5
    assert treated["time"].max() == 8  # the fifth last leaves in month 8
    assert treated["at_risk"].isna().sum() == 1
    assert cut[cut["group"] == "C"]["survival"].isna().all()
    assert "overall" not in set(cut["group"])


def test_levels_inside_an_arm_end_together():
    cut = mask_curves(curves_of({"2L": 20, "3L": 9}, stratum="T"), NOTHING, 5)
    assert cut.groupby("group")["time"].max().tolist() == [5, 5]


def test_a_group_whose_events_are_masked_has_no_curve():
    row = {"analysis": "survival", "population": "matched", "group": "T", "variable": "os", "statistic": "events"}
    hidden = statistics_table([{**row, "method": "descriptive", "note": NOTE.format(minimum=5)}])
    cut = mask_curves(curves_of({"T": 12, "C": 30}), hidden, 5)
    assert cut[cut["group"] == "T"]["time"].tolist() == [0]
    assert cut[cut["group"] == "C"]["time"].max() == 26


def test_a_curve_whose_end_is_shown_stays_whole():
    curve = pd.DataFrame({"time": [0.0, 6.0], "at_risk": [9, 9]})
    assert curve_end(curve, NOTHING, 5) is None
