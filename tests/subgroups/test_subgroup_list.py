"""A list of subgroup variables: R's answers for two, three and five levels, and levels with too few events."""

import math
from pathlib import Path

import pandas as pd
import pytest

from subgroups.analyse_subgroup import analyse_subgroup
from survival_oracle import outcome, value_of
from twoarm.config.subgroups import forest_labels, forests_of, subgroup_errors, subgroups_of

FILE = Path(__file__).parents[1] / "golden/subgroups/effects.csv"
ANSWERS = pd.read_csv(FILE, dtype={"level": str}, keep_default_na=False)
BINS = ["1", "2-3", "4-6", "7-10", "11 or more"]


def analysed(variable, **settings):
    data = outcome("gbsg", "before")[0]
    data["bin"] = pd.cut(data["nodes"], [0, 1, 3, 6, 10, math.inf], labels=BINS)
    data[variable] = pd.Categorical(data[variable].astype(str), BINS if variable == "bin" else None)
    subgroup = {"variable": variable, "endpoint": "rfs", **settings}
    return analyse_subgroup(
        data, "node", subgroup, "enrolled", "treated", "control", {"times": [], "conf_type": "log"}
    )[0]


@pytest.mark.parametrize("variable", ["meno", "grade", "bin"])
def test_effects_in_levels_and_their_interaction_are_those_of_r(variable):
    table, key = analysed(variable), {"group": "treated vs control", "level": ""}
    answers = ANSWERS[ANSWERS["variable"] == variable]
    assert len(answers) == 1 + 8 * {"meno": 2, "grade": 3, "bin": 5}[variable]
    for _, level, statistic, expected in answers.itertuples(index=False):
        if statistic == "interaction":
            found = value_of(table, **key, stratum="", method="cox_interaction")
        elif "." in statistic:
            arm, counted = statistic.split(".")
            found = value_of(table, stratum=arm, group=level, method="descriptive", statistic=counted)
        else:
            found = value_of(table, **key, stratum=f"{variable}={level}", method="cox", statistic=statistic)
        assert found == pytest.approx(expected, rel=1e-7), (level, statistic)


def test_a_level_with_too_few_events_has_counts_and_a_reason_but_no_effect():
    usual, table = analysed("grade"), analysed("grade", min_events=20)
    few = table["note"] == "not computed: fewer than 20 events"
    assert set(table.loc[few, "stratum"]) == {"grade=g1"}  # 18 events
    assert set(table.loc[few, "statistic"]) == {"hazard_ratio", "ci_low", "ci_high", "p_value"}
    assert table.loc[few, "value"].isna().all() and usual.loc[few, "value"].notna().all()
    pd.testing.assert_frame_equal(table[~few], usual[~few])  # the counts, and the test of interaction of all levels
    pd.testing.assert_frame_equal(analysed("grade", min_events=18), usual)


STUDY = {
    "variables": {"sex": {"label": "Sex"}, "stage": {"label": "Stage"}},
    "endpoints": {"os": {"label": "Overall survival"}, "pfs": {"label": "Progression-free survival"}},
    "subgroups": {
        "line": {"label": "Line", "variable": "stage", "endpoint": "os"},
        "all": {"variables": ["sex", "stage"], "endpoint": "pfs", "min_events": 5},
        "again": {"variables": ["sex"], "endpoint": "pfs"},
    },
}


def test_each_variable_of_a_list_is_a_subgroup_and_each_list_a_forest():
    found = subgroups_of(STUDY)
    assert list(found) == ["line", "all_sex", "all_stage", "again_sex"]
    assert found["line"].settings == STUDY["subgroups"]["line"]
    assert found["all_sex"].settings == {"label": "Sex", "variable": "sex", "endpoint": "pfs", "min_events": 5}
    assert (found["line"].label_path, found["all_sex"].label_path) == ("subgroups.line.label", "variables.sex.label")
    assert forests_of(STUDY) == {
        "subgroups": ["line"],
        "subgroups_all": ["all_sex", "all_stage"],
        "subgroups_again": ["again_sex"],
    }
    assert forest_labels(STUDY) == {
        f"subgroups_{name}": f"Progression-free survival, enrolled patients ({name})" for name in ("all", "again")
    }


def test_two_analyses_with_one_name_are_refused():
    assert list(subgroup_errors(STUDY)) == []
    twice = STUDY | {"subgroups": {**STUDY["subgroups"], "all_sex": STUDY["subgroups"]["line"]}}
    (error,) = subgroup_errors(twice)
    assert error.startswith("subgroups: two analyses would be called all_sex")
