"""Properties of the tidy table, and rounding for print."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twoarm.results.rows import COLUMNS, Statistic, read_statistics
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.results.wording import naming_arms
from twoarm.text.rounding import half_up, p_text


def row(**more):
    return {
        "analysis": "baseline",
        "group": "A",
        "variable": "age",
        "statistic": "mean",
        "method": "descriptive",
    } | more


@given(st.lists(st.one_of(st.none(), st.floats(allow_infinity=False)), min_size=1, max_size=9))
def test_a_table_that_is_written_reads_back_with_every_digit(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("statistics") / "t.csv"
    table = statistics_table([row(level=str(i), value=value) for i, value in enumerate(values)])
    write_statistics(table, path)
    again = read_statistics(path)
    assert [row._fields for row in again[:1]] == [tuple(COLUMNS)]
    assert statistics_table(again).equals(table)


def test_whole_numbers_are_written_without_a_point(tmp_path):
    write_statistics(statistics_table([row(value=85.0), row(level="x", value=0.1)]), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text().splitlines()[1:] == [
        "baseline,,,A,age,,mean,descriptive,85,",
        "baseline,,,A,age,x,mean,descriptive,0.1,",
    ]


def test_rows_that_share_a_key_are_refused():
    with pytest.raises(ValueError, match="share a key"):
        statistics_table([row(value=1), row(value=2)])


def test_an_infinite_value_is_refused():
    with pytest.raises(ValueError, match="infinite"):
        statistics_table([row(value=math.inf)])


@pytest.mark.parametrize(
    ("value", "digits", "printed"),
    [
        (31.25, 1, "31.3"),
        (6.25, 1, "6.3"),
        (43.75, 1, "43.8"),
        (100 * 247 / 2000, 1, "12.4"),  # 12.35, which a float holds as 12.3499999...
        (-0.04, 1, "0.0"),
        (-31.25, 1, "-31.3"),
        (0.5, 0, "1"),
        (float("nan"), 1, ""),
    ],
)
def test_a_half_is_rounded_away_from_zero(value, digits, printed):
    assert half_up(value, digits) == printed


@pytest.mark.parametrize(
    ("p", "printed"), [(0.0009999, "<0.001"), (0.001, "0.001"), (0.0215, "0.022"), (1.0, "1.000"), (float("nan"), "")]
)
def test_p_values_have_three_decimals(p, printed):
    assert p_text(p) == printed


def test_a_note_has_an_arm_s_name_in_place_of_its_value_and_levels_as_they_are():
    arms = {"treated": {"value": "1", "short": "Drug A"}, "control": {"value": "10", "short": "None"}}
    said = {
        ("1 vs 10", "no event at 1"): "no event with Drug A",
        (
            "1 vs 10",
            "no event at 10; left out for a missing value: 1",
        ): "no event with None; left out for a missing value: 1",
        ("1 vs 10", "no event at 100"): "no event at 100",
        ("1 vs 3", "no event at 1"): "no event at 1",  # levels of a variable
    }
    rows = [Statistic(group=group, note=note) for group, note in said]
    assert [row.note for row in naming_arms(rows, arms)] == list(said.values())
