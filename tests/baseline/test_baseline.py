"""The baseline table: against R's summaries and tests, and its counts."""

import numpy as np
import pandas as pd
import pytest

import oracles
from baseline import describe_baseline
from twoarm.stats.comparisons import AUTO

ARMS = {"treated": {"value": "T", "label": "Treated"}, "control": {"value": "C", "label": "Control"}}
BASELINE = {"continuous_test": "welch", "categorical_test": "pearson", "tests": {}, "auto": AUTO}


def study(name):
    data, spec, expected = oracles.load(name)
    table1 = spec["table1"]
    treated = data[spec["treatment"]["column"]] == spec["treatment"]["treated"]
    enrolled = data[table1["continuous"]].astype(float)
    for variable in table1["categorical"]:
        levels = spec["levels"].get(variable, ["0", "1"])
        enrolled[variable] = pd.Categorical(data[variable].astype(str), categories=levels)
    enrolled = enrolled.assign(patient_id=data["id"].map("{:05d}".format), arm=np.where(treated, "T", "C"))
    pairs = expected["match"]["pairs"]
    matched = enrolled[data["id"].isin(pairs["treated"] + pairs["control"])]
    return enrolled, matched, table1["continuous"] + table1["categorical"], expected


def described(enrolled, matched, variables, **baseline):
    settings = BASELINE | {"variables": variables} | baseline
    populations = {"enrolled": enrolled} | ({} if matched is None else {"matched": matched})
    table = describe_baseline.describe_baseline(enrolled, populations, settings, ARMS)
    return table, table.set_index(["population", "group", "variable", "level", "statistic"])["value"].sort_index()


@pytest.mark.parametrize("name", oracles.MATCHED)
def test_table_is_that_of_r(name):
    enrolled, matched, variables, expected = study(name)
    _, value = described(enrolled, matched, variables)
    for population, when in (("enrolled", "before"), ("matched", "after")):
        answers = expected[when]["table1"]
        for variable, answer in answers["continuous"].items():
            for arm, key in (("T", "treated"), ("C", "control")):
                found = value[population, arm, variable, ""]
                assert found["mean"] == pytest.approx(answer[key]["mean"], rel=1e-12)
                assert found["sd"] == pytest.approx(answer[key]["sd"], rel=1e-12)
                quartiles = found["q1"], found["median"], found["q3"]
                assert quartiles == pytest.approx(answer[key]["quantiles_type7"][1:4], rel=1e-12)
                assert value[population, arm, "", "", "total"] == answer[key]["n"]
            p = value[population, "T vs C", variable, "", "p_value"]
            assert p == pytest.approx(answer["p"]["t_welch"], rel=1e-12)
        for variable, answer in answers["categorical"].items():
            for arm, key in (("T", "treated"), ("C", "control")):
                for level, count in zip(answer["levels"], answer[key], strict=True):
                    found = value[population, arm, variable, level]
                    assert found["n"] == count
                    assert found["percent"] == pytest.approx(100 * count / sum(answer[key]), rel=1e-12)
            p = value[population, "T vs C", variable, "", "p_value"]
            assert p == pytest.approx(answer["p"]["chisq_nocc"], rel=1e-12)


def small():
    enrolled = pd.DataFrame(
        {
            "patient_id": [f"P{i}" for i in range(8)],
            "arm": list("TTTTCCCC"),
            "age": [50, 60, 70, np.nan, 40, 60, 65, 75],
            "stage": pd.Categorical(list("BBBCBCCC"), categories=["A", "B", "C"]),
        }
    )
    return enrolled, enrolled.iloc[[0, 1, 4, 5]]


def test_missing_values_are_counted_and_left_out():
    _, value = described(*small(), ["age", "stage"])
    assert value["enrolled", "T", "age", "", "mean"] == 60
    assert value["enrolled", "T", "age", "", "missing"] == 1
    assert ("enrolled", "C", "age", "", "missing") not in value.index
    assert ("matched", "T", "age", "", "missing") not in value.index


def test_levels_are_those_of_the_enrolled_in_the_config_s_order():
    table, value = described(*small(), ["stage"])
    assert list(table["level"].unique()) == ["", "B", "C"]
    assert value["matched", "T", "stage", "C", "n"] == 0
    assert value["matched", "T", "stage", "C", "percent"] == 0


def test_each_variable_may_have_its_own_test():
    table, _ = described(*small(), ["age", "stage"], tests={"age": "mann_whitney"}, categorical_test="auto")
    tests = table[table["statistic"] == "p_value"].set_index(["population", "variable"])["method"]
    assert tests["enrolled", "age"] == "mann_whitney"
    assert tests["enrolled", "stage"] == "yates"
    assert tests["matched", "stage"] == "fisher"


def test_without_matching_the_enrolled_stand_alone():
    table, _ = described(small()[0], None, ["age"])
    assert set(table["population"]) == {"enrolled"}


def test_row_order_never_matters():
    enrolled, matched = small()
    one, _ = described(enrolled, matched, ["age", "stage"])
    other, _ = described(enrolled.sample(frac=1, random_state=1), matched[::-1], ["age", "stage"])
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_every_empty_value_says_why():
    enrolled, matched = small()
    table, _ = described(enrolled, matched.iloc[[0, 3]], ["age", "stage"])
    empty = table[table["value"].isna()]
    assert set(empty["statistic"]) == {"sd", "p_value"}
    assert (empty["note"] != "").all()
