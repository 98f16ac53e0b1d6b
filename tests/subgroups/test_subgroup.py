"""Subgroup analysis against R: levels within an arm, treatment within a level, and the interaction."""

import pandas as pd
import pytest

from subgroups.analyse_subgroup import analyse_subgroup
from survival_oracle import SUBGROUPS, near, outcome, value_of
from twoarm.stats.survival_rows import CURVE_COLUMNS


def run(case, change=lambda data: data, variable=None):
    data, spec, answers = outcome(*case)
    variable = variable or spec["subgroup"]["column"]
    times = spec["endpoints"][0]["times"]
    levels = [str(level) for level in answers["subgroup"]["treatment_effect_by_level"]]
    data[variable] = pd.Categorical(data[variable].astype(str), levels)
    subgroup = {"variable": variable, "endpoint": "os"}
    settings = {"times": times, "conf_type": "log"}
    table, curves = analyse_subgroup(change(data), "line", subgroup, "matched", "treated", "control", settings)
    return table, curves, answers["subgroup"], variable


@pytest.mark.parametrize("case", SUBGROUPS, ids="-".join)
def test_the_table_holds_what_r_says(case):
    table, _, answers, variable = run(case)
    assert set(table["analysis"]) == {"subgroup_line"} and set(table["variable"]) == {"os"}
    for arm, answer in answers["level_effect_by_arm"].items():
        for level, of_level in answer["km"].items():
            key = {"stratum": arm, "group": level, "method": "kaplan_meier", "level": ""}
            assert value_of(table, **key, statistic="median") == near(of_level["quantiles"]["median"])
            assert value_of(table, **key, statistic="ci_low") == near(of_level["ci"]["log"]["median_ci"][0])
            counted = {"stratum": arm, "group": level, "method": "descriptive"}
            assert value_of(table, **counted, statistic="total") == of_level["n"]
        levels = list(answer["km"])
        group = " vs ".join(levels) if len(levels) == 2 else "overall"
        key = {"stratum": arm, "group": group, "method": "logrank", "statistic": "p_value"}
        assert value_of(table, **key) == near(answer["logrank"]["p"])
    for level, answer in answers["treatment_effect_by_level"].items():
        key = {"stratum": f"{variable}={level}", "group": "treated vs control", "level": ""}
        assert value_of(table, **key, statistic="p_value", method="logrank") == near(answer["logrank"]["p"])
        for statistic, name in {"hazard_ratio": "hr", "ci_low": "lo", "ci_high": "hi", "p_value": "p"}.items():
            assert value_of(table, **key, statistic=statistic, method="cox") == near(answer["cox"][name])
    interaction = {"stratum": "", "statistic": "p_value", "method": "cox_interaction"}
    assert value_of(table, **interaction) == near(answers["interaction_lrt"]["p"])


def test_levels_are_compared_in_the_order_of_the_config():
    table, curves, _, variable = run(("toy_ties", "before"))
    contrasts = table[(table["stratum"] == "treated") & (table["method"] == "cox")]["group"].unique()
    assert list(contrasts) == ["a vs b", "a vs c", "b vs c"]
    assert list(curves) == CURVE_COLUMNS
    assert list(curves["group"].unique()) == ["a", "b", "c"]
    assert list(curves["stratum"].unique()) == ["treated", "control"]


def test_row_order_does_not_matter():
    first = run(("gbsg", "after"))[0]
    second = run(("gbsg", "after"), lambda data: data.sample(frac=1, random_state=1))[0]
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_patients_without_the_variable_are_left_out_and_counted():
    def forget(data):
        return data.assign(meno=data["meno"].mask(data.index < 5))

    table, _, _, _ = run(("gbsg", "before"), forget)
    total = table[table["statistic"] == "total"]["value"].sum()
    assert total == 686 - 5
    note = table.loc[table["method"] == "cox_interaction", "note"].item()
    assert note == "likelihood-ratio test, 1 degree of freedom; 5 without meno left out"


@pytest.mark.parametrize("gone", ["events", "patients", "level"])
def test_empty_cells_give_notes_and_no_numbers(gone):
    def change(data):
        cell = (data["meno"] == "0") & (data["arm"] == "treated")
        if gone == "events":
            return data.assign(event=data["event"].mask(cell, 0))
        return data[~cell] if gone == "patients" else data[data["meno"] == "1"]

    table, _, _, _ = run(("gbsg", "before"), change)
    unexplained = table[table["value"].isna() & (table["note"] == "")]
    assert unexplained.empty, unexplained.to_string()
    interaction = table[table["method"] == "cox_interaction"]
    assert interaction["value"].isna().all() and len(interaction) == 1
    if gone != "level":
        inside = table[(table["stratum"] == "meno=0") & (table["statistic"] == "hazard_ratio")]
        assert inside["value"].isna().all() and len(inside) == 1
