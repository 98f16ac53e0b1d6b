"""Criteria in order, each patient excluded once, and the counts of the flowchart."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohort.apply_eligibility import attrition, enrol, enrolled_raw, screen, split_rows
from twoarm.results.errors import InputError

ARMS = {"treated": {"value": "new"}, "control": {"value": "old"}}
VARIABLES = {"age": {"kind": "continuous"}, "stage": {"kind": "categorical", "levels": {"A": "A", "B": "B", "C": "C"}}}
ELIGIBILITY = {
    "inclusion": [{"id": "adult", "label": "Adult", "keep": "age >= 18"}],
    "exclusion": [{"id": "early", "label": "Early stage", "drop": "stage == 'A'"}],
}


def patients(ages, stages, arms):
    return pd.DataFrame(
        {
            "patient_id": [f"P{i}" for i in range(len(ages))],
            "arm": arms,
            "age": pd.Series(ages, dtype=float),
            "stage": pd.Series(stages, dtype="string"),
        }
    )


FIVE = patients([17, 40, 50, 16, 60], ["A", "A", "B", "B", "C"], ["new", "new", "new", "old", "old"])


def test_a_patient_is_excluded_by_the_first_criterion_that_excludes_them():
    assert screen(FIVE, ELIGIBILITY)["excluded_by"].tolist() == ["adult", "early", "", "adult", ""]


def test_a_centre_in_two_spellings_is_one():
    centres = FIVE.assign(**{"data.centre": ["North", "x", "North", "x", "north "]})
    screening = screen(centres, ELIGIBILITY)
    counts = attrition(screening, enrol(centres, screening, VARIABLES, ARMS), ELIGIBILITY, ARMS)
    assert counts.loc[counts["variable"] == "centre", "value"].tolist() == [1]


def test_the_enrolled_have_printed_levels_without_those_that_eligibility_emptied():
    enrolled = enrol(FIVE, screen(FIVE, ELIGIBILITY), VARIABLES, ARMS)
    assert enrolled["patient_id"].tolist() == ["P2", "P4"]
    assert enrolled["stage"].cat.categories.tolist() == ["B", "C"]


def test_a_variable_is_split_among_the_enrolled_and_its_cut_points_are_rows():
    variables = VARIABLES | {
        "high": {"kind": "categorical", "from": "age", "split": "median", "levels": {"1": "low", "2": "high"}},
        "both": {"kind": "flag", "from": "high == 2 and stage == 'C'"},
    }
    screening = screen(FIVE, ELIGIBILITY)  # 50 and 60 years are enrolled
    enrolled = enrol(FIVE, screening, variables, ARMS)
    assert enrolled["high"].tolist() == ["low", "high"] and enrolled["both"].tolist() == ["No", "Yes"]
    rows = split_rows(enrolled_raw(FIVE, screening, variables)[0], variables)
    counts = attrition(screening, enrolled, ELIGIBILITY, ARMS, rows)
    cut = counts[counts["statistic"] == "cut_point"]
    assert cut[["variable", "level", "value"]].to_numpy().tolist() == [["high", "1", 55.0]]


def test_a_split_without_patients_in_a_group_stops_the_study():
    variables = VARIABLES | {
        "high": {"kind": "categorical", "from": "age * 0", "split": "median", "levels": {"1": "l"}}
    }
    with pytest.raises(InputError, match="variables.high.split: nobody is in group 2"):
        enrol(FIVE, screen(FIVE, ELIGIBILITY), variables, ARMS)


def test_counts_by_arm_and_step():
    screening = screen(FIVE, ELIGIBILITY)
    table = attrition(screening, enrol(FIVE, screening, VARIABLES, ARMS), ELIGIBILITY, ARMS)
    value = table.set_index(["population", "group", "variable", "statistic"])["value"]
    assert value["screened", "overall", "", "total"] == 5
    assert value["screened", "overall", "adult", "n"] == 2
    assert value["screened", "new", "adult", "remaining"] == 2
    assert value["screened", "new", "early", "n"] == 1
    assert value["enrolled", "old", "", "total"] == 1


def test_an_empty_arm_stops_the_study():
    with pytest.raises(InputError, match="in old; 1 of 5 screened .*; left out by: x 4"):
        none_left = {"inclusion": [{"id": "x", "label": "x", "keep": "stage == 'B' and age > 18"}]}
        enrol(FIVE, screen(FIVE, none_left), VARIABLES, ARMS)


def test_a_criterion_that_a_missing_value_leaves_open_stops_the_study():
    with pytest.raises(InputError, match=r"inclusion.adult: .* to 1 patients, .* \(patients.csv row 2\)"):
        screen(patients([None, 40], ["B", "B"], ["new", "old"]), ELIGIBILITY)


def test_a_missing_value_does_not_matter_once_a_patient_is_excluded():
    assert screen(patients([17, 40], [None, "B"], ["new", "old"]), ELIGIBILITY)["excluded_by"].tolist() == ["adult", ""]


@given(st.lists(st.tuples(st.floats(0, 99), st.sampled_from("ABC"), st.sampled_from(["new", "old"])), min_size=1))
def test_everyone_screened_is_counted_once(rows):
    table = patients(*map(list, zip(*rows, strict=True)))
    screening = screen(table, ELIGIBILITY)
    counts = attrition(screening, table[screening["excluded_by"] == ""], ELIGIBILITY, ARMS)
    n = counts[counts["statistic"] == "n"].groupby("group")["value"].sum()
    totals = counts[counts["statistic"] == "total"].set_index(["population", "group"])["value"]
    for group in ("overall", "new", "old"):
        assert n[group] + totals["enrolled", group] == totals["screened", group]
