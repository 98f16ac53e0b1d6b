"""Masking stops at what it does not know."""

import pandas as pd
import pytest

from disclosure.mask_small_cells import mask_small_cells
from populations import BOTH
from twoarm.disclosure.counts import Study
from twoarm.disclosure.registered import STATISTICS, unregistered
from twoarm.results.statistics import statistics_table

STUDY = Study(arms={"treated": {"value": "T"}, "control": {"value": "C"}}, populations=BOTH)

# the shipped study has none; test_ready_made, test_weighted_study, test_imputed_study
ELSEWHERE = {"outcomes", "weights", "adjusted", "missing", "pooled"}


@pytest.mark.parametrize(
    ("analysis", "statistic"), [("genetics", "median"), ("baseline", "variance"), ("subgroup_line", "n_levels")]
)
def test_a_statistic_that_is_not_registered_stops_the_masking(analysis, statistic):
    row = {"analysis": analysis, "population": "enrolled", "group": "T", "statistic": statistic, "value": 3}
    with pytest.raises(ValueError, match=f"{analysis}: {statistic}"):
        mask_small_cells(statistics_table([row]), 5, STUDY)


@pytest.mark.workflow
def test_every_analysis_of_a_run_is_registered_and_nothing_else(shipped):
    tables = [pd.read_csv(path, dtype=str) for path in (shipped / "results/statistics").glob("*.csv")]
    rows = pd.concat([table for table in tables if "finding" not in table and "verdict" not in table])
    assert unregistered(rows) == []
    assert {analysis.split("_")[0] for analysis in rows["analysis"]} == set(STATISTICS) - ELSEWHERE
    # the shipped cohort has no missing value, and its protocol no restricted mean, quantiles as levels, weights or
    # backward elimination
    absent = {"missing", "rmst", "cut_point", "weighted_at_risk", "effective_size", "aic"}
    known = set().union(*(names for analysis, names in STATISTICS.items() if analysis not in ELSEWHERE))
    assert known - set(rows["statistic"]) == absent
