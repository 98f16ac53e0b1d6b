"""Derived variables: what a config may say of them, and what they are in a table of patients."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twoarm.config.derivation import cut_points, derive
from twoarm.config.derived import SPLITS, after_enrolment, completed, derived_errors, in_order

NUMBER, FLAG = {"label": "x", "kind": "continuous"}, {"label": "x", "kind": "flag"}
VARIABLES = {
    **dict.fromkeys(("weight", "height", "bilirubin", "albumin", "inr"), NUMBER),
    **dict.fromkeys(("neutrophils", "lymphocytes"), NUMBER),
    **dict.fromkeys(("birth", "start"), {"label": "x", "kind": "date"}),
    "death": {"label": "x", "kind": "date", "missing": "allowed", "ends_observation": True},
    "sessions": NUMBER | {"timing": "post_baseline"},
    "ascites": {"label": "x", "kind": "categorical", "levels": {"none": "None", "mild": "Mild", "severe": "Severe"}},
    "smoker": FLAG,
    "encephalopathy": {"label": "x", "kind": "categorical", "levels": {"0": "0", "1": "1-2", "2": "1-2", "3": "3-4"}},
}
POINTS = (
    "5 + count(bilirubin >= 34, bilirubin > 51, albumin <= 35, albumin < 28, inr >= 1.7, inr > 2.3,"
    " ascites != 'none', ascites == 'severe', encephalopathy >= 1, encephalopathy >= 3)"
)
SCORES = {
    "bmi": {"label": "BMI", "from": "weight / (height / 100) ** 2"},
    "age": {"label": "Age", "from": "years(birth, start)"},
    "nlr": {"label": "NLR", "from": "neutrophils / lymphocytes"},
    "albi": {"label": "ALBI", "from": "0.66 * log10(bilirubin) - 0.085 * albumin"},
    "albi_grade": {"label": "Grade", "from": "albi", "levels": {"<= -2.60": "1", "<= -1.39": "2", "> -1.39": "3"}},
    "points": {"label": "Child-Pugh", "from": POINTS},
    "meld": {"label": "MELD", "from": "11.2 * log(max(inr, 1)) + 3.78 * log(max(bilirubin / 17.1, 1))"},
    "fatty": {"label": "Overweight", "from": "bmi >= 25"},
    "risk": {"label": "Risk", "from": "any(smoker, fatty)"},
    "last": {"label": "End", "from": "start if missing(death) else death"},
}


def config_of(**derived) -> dict:
    return {"variables": VARIABLES | derived, "endpoints": {}}


def patients() -> pd.DataFrame:
    table = {
        "weight": [80.0, 60.0, 70.0],
        "height": [200.0, 160.0, np.nan],
        "bilirubin": [34.0, 10.0, 60.0],
        "albumin": [35.0, 45.0, 20.0],
        "inr": [1.0, 1.0, 2.4],
        "neutrophils": [4.0, 3.0, 9.0],
        "lymphocytes": [2.0, 1.5, 0.5],
        "birth": pd.to_datetime(["1960-03-01", "1970-01-01", "1950-01-01"]),
        "start": pd.to_datetime(["2022-03-01"] * 3),
        "death": pd.to_datetime(["2023-01-01", None, None]),
        "sessions": [1.0, 2.0, 3.0],
        "ascites": pd.Series(["mild", "none", "severe"], dtype="string"),
        "smoker": pd.Series([False, True, None], dtype="boolean"),
        "encephalopathy": [0.0, 0.0, 3.0],
    }
    return pd.DataFrame(table)


def computed(table=None, **derived):
    """The table with derived variables, its errors and remarks."""
    config = config_of(**derived)
    assert derived_errors(config) == []
    variables = completed(config)["variables"]
    table = patients() if table is None else table
    return derive(table, variables, in_order(variables), "p.csv", table.index.to_series() + 2)


def test_a_clinician_s_scores_are_computed():
    table, errors, remarks = computed(**SCORES)
    assert errors == []
    assert table["bmi"].tolist()[:2] == [20, pytest.approx(23.4375)]
    assert table["age"].tolist() == pytest.approx([22645 / 365.25, 19052 / 365.25, 26357 / 365.25])
    assert table["nlr"].tolist() == [2, 2, 18]
    assert table["albi"].tolist() == pytest.approx(
        [0.66 * math.log10(b) - 0.085 * a for b, a in ((34, 35), (10, 45), (60, 20))]
    )
    assert table["points"].tolist() == [8, 5, 15]  # by the published table: 2+2+1+2+1, all 1, all 3
    assert table["meld"].tolist()[:2] == pytest.approx([3.78 * math.log(34 / 17.1), 0])
    assert table["fatty"].tolist() == [False, False, pd.NA]
    assert table["risk"].tolist() == [False, True, pd.NA]
    assert table["last"].tolist() == [pd.Timestamp("2023-01-01"), *[pd.Timestamp("2022-03-01")] * 2]
    assert "p.csv: bmi is missing in 1 of 3 patients, as its sources are" in remarks
    assert not any("last" in remark or "albi" in remark for remark in remarks)


def test_the_kind_follows_from_the_expression_and_is_the_config_s_where_it_says_one():
    found = completed(config_of(**SCORES))["variables"]
    kinds = {name: found[name]["kind"] for name in SCORES}
    expected = dict.fromkeys(("bmi", "age", "nlr", "albi", "points", "meld"), "continuous")
    assert kinds == expected | {"albi_grade": "categorical", "fatty": "flag", "risk": "flag", "last": "date"}


def test_what_is_computed_from_a_later_variable_is_later():
    derived = {
        "often": {"label": "x", "from": "sessions > 2"},
        "twice": {"label": "x", "from": "often and smoker"},
        "lived": {"label": "x", "from": "days(start, death)"},
        "heavy": {"label": "x", "from": "weight > 90"},
    }
    found = completed(config_of(**derived))["variables"]
    assert [name for name in derived if found[name].get("timing") == "post_baseline"] == ["often", "twice", "lived"]


ERRORS = [
    ({"x": {"from": "weight +"}}, "variables.x.from: 'weight +' cannot be read: the syntax is wrong"),
    ({"x": {"from": "weigth + 1"}}, "variables.x.from: no variable 'weigth'; did you mean 'weight'?"),
    ({"x": {"from": "x + 1"}}, "variables.x.from: it is computed from itself (x <- x)"),
    ({"x": {"from": "y + 1"}, "y": {"from": "z"}, "z": {"from": "x"}}, "variables.x.from: it is computed from itself"),
    ({"x": {"from": "ascites + 1"}}, "variables.x.from: 'ascites + 1' does not work as written: ascites is a text; ar"),
    ({"x": {"from": "count(weight)"}}, "variables.x.from: 'count(weight)' does not work as written: weight is contin"),
    ({"x": {"from": "__import__('os').system('ls')"}}, 'variables.x.from: "__import__'),
    ({"x": {"from": "weight > 3", "kind": "continuous"}}, "variables.x.kind: found continuous, expected flag, because"),
    ({"x": {"from": "weight > 3", "levels": {"1": "a", "2": "b"}}}, "variables.x.kind: found categorical, expected fl"),
    ({"x": {"from": "ascites"}}, "variables.x.levels: the key is missing; it computes a text"),
    (
        {"x": {"from": "weight", "levels": {"== 0": "none", "<= 3": "few", "> 3": "many"}}},
        "variables.x.levels: found '== 0', expected a number (\"0\") or a condition with <, <=, > or >=",
    ),
    ({"x": {"from": "weight", "levels": {"< 3": "few", "≥ 3": "many"}}}, "variables.x.levels: found '≥ 3', expected"),
    ({"x": {"from": "weight", "column": "kg"}}, "variables.x.column: only a column of the file has it; x is computed"),
    ({"x": {"from": "weight", "missing": ["NA"]}}, "variables.x.missing: only a column of the file has codes"),
    ({"x": {"from": "sessions", "timing": "baseline"}}, "variables.x.timing: it is measured after baseline, as sessi"),
    ({"x": {"split": "median", "kind": "continuous"}}, "variables.x.split: it needs `from: ...`"),
    ({"x": {"from": "smoker", "split": "median"}}, "variables.x.kind: found categorical, expected flag"),
    (
        {"x": {"from": "weight", "split": "tertiles", "levels": {"1": "low", "2": "high"}}},
        "variables.x.levels: the groups of tertiles are numbered 1, 2, 3; give each a level",
    ),
    (
        {"x": {"from": "weight", "split": "median"}, "y": {"from": "start if x == 1 else birth"}},
        "variables.y.from: a date cannot depend on a split",
    ),
]


@pytest.mark.parametrize(("derived", "says"), ERRORS)
def test_what_cannot_be_computed_is_named_by_its_key(derived, says):
    found = derived_errors(config_of(**{name: {"label": "x"} | variable for name, variable in derived.items()}))
    assert any(error.startswith(says) for error in found), found


def test_all_errors_come_at_once():
    derived = {"x": {"from": "nobody + 1"}, "y": {"from": "y"}, "z": {"from": "1 +"}}
    assert len(derived_errors(config_of(**derived))) == 3


def test_a_division_by_zero_stops_the_run_unless_the_variable_may_be_missing():
    table = patients().assign(lymphocytes=[0.0, 1.5, np.nan])
    _, errors, _ = computed(table, nlr=SCORES["nlr"])
    assert errors == [
        "p.csv row 2, variable nlr: found a division by zero, expected a number (`missing: allowed` would make it a "
        "missing value)"
    ]
    found, errors, remarks = computed(table, nlr=SCORES["nlr"] | {"missing": "allowed"})
    assert errors == [] and found["nlr"].isna().tolist() == [True, False, True]
    assert remarks[0] == "p.csv row 2, variable nlr: a division by zero, read as a missing value"


def test_a_computed_value_outside_its_range_or_levels_is_an_error():
    _, errors, _ = computed(bmi=SCORES["bmi"] | {"range": [21, 60]})
    assert errors == ["p.csv row 2, variable bmi: found a value outside 21 to 60"]
    _, errors, _ = computed(group={"label": "x", "from": "weight", "levels": {"< 65": "light", "< 75": "middle"}})
    assert errors == ["p.csv row 2, variable group: found a value without a level, expected < 65, < 75"]


def test_a_split_is_at_the_quantiles_of_the_table_and_an_equal_value_is_in_the_lower_group():
    table = patients().loc[[0, 1, 2, 0]].reset_index(drop=True).assign(weight=[1.0, 2.0, 3.0, np.nan])
    found, errors, _ = computed(table, group={"label": "x", "from": "weight", "split": "median"})
    assert errors == [] and found["group"].tolist()[:3] == [1, 1, 2] and pd.isna(found["group"][3])


def test_a_group_without_patients_is_named():
    table = patients().assign(weight=[0.0, 0.0, 5.0])
    _, errors, _ = computed(table, group={"label": "x", "from": "weight", "split": "tertiles"})
    assert errors == [
        "variables.group.split: nobody is in group 2 (the cut points are 0, 1.66667); use `levels` with limits instead"
    ]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.sampled_from(list(SPLITS)))
def test_cut_points_are_numpy_s_quantiles_whatever_the_order_of_rows(values, split):
    shares = np.arange(1, len(SPLITS[split])) / len(SPLITS[split])
    found = cut_points(pd.Series(values), split)
    assert found == pytest.approx(np.quantile(values, shares).tolist())
    assert found == cut_points(pd.Series(sorted(values)), split)


def test_what_depends_on_a_split_waits_for_the_enrolled_patients():
    derived = {
        "both": {"label": "x", "from": "high == 2 and smoker"},
        "high": {"label": "x", "from": "bmi", "split": "median"},
        "bmi": SCORES["bmi"],
    }
    variables = config_of(**derived)["variables"]
    assert in_order(variables) == ["bmi", "high", "both"]
    assert after_enrolment(variables) == ["high", "both"]
