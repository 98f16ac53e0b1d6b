"""Backward elimination against R's step() and drop1(), and multivariable models of all variables."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from prognosis.fit_prognosis import fit_prognosis
from runs import REPO
from survival_oracle import first_level, near, outcome, value_of

FOLDER = REPO / "tests/golden/prognosis"
STEPS = pd.read_csv(FOLDER / "steps.csv", dtype=str, keep_default_na=False)
MODELS = pd.read_csv(FOLDER / "models.csv", dtype=str, keep_default_na=False)
CASES = [*STEPS[["case", "keep", "threshold"]].drop_duplicates().itertuples(index=False, name=None)]


def prepared(case):
    """(data, variables with R's references) of a case of tests/golden/prognosis/make.R."""
    name, _, change = case.partition("_")
    data, spec, _ = outcome(name, "before")
    variables = {name: {"reference": first_level(spec).get(name)} for name in spec["cox"]["covariates"]}
    del variables[spec["treatment"]["column"]]
    if change == "eventless":
        data["event"] = data["event"].mask(data["celltype"] == "large", 0)
    if change == "repeated":
        data["months"], variables["months"] = data["diagtime"] * 2, {}
    return data, variables


@cache
def fitted(case, keep="arm", threshold="aic", change=lambda data: data):
    """The tidy table; read only."""
    data, variables = prepared(case)
    threshold = threshold if threshold == "aic" else float(threshold)
    return fit_prognosis(change(data), variables, "matched", "control", "backward", keep.split(), threshold)


@pytest.mark.parametrize(("case", "keep", "threshold"), CASES)
def test_every_step_is_that_of_r(case, keep, threshold):
    table = fitted(case, keep, threshold)
    steps = table[table["method"] == "cox_backward"]
    wanted = STEPS[(STEPS[["case", "keep", "threshold"]] == [case, keep, threshold]).all(axis=1)]
    assert list(zip(steps["level"], steps["variable"], strict=True)) == [
        *wanted[["step", "variable"]].itertuples(index=False, name=None)
    ]
    assert list(steps["value"]) == [near(float(value)) for value in wanted["value"]]
    assert set(steps["statistic"]) == {"aic" if threshold == "aic" else "p_value"}
    last = steps["level"] == steps["level"].iloc[-1]
    assert set(steps.loc[last, "note"]) == {"stays in the model"}
    assert set(steps.loc[~last & (steps["variable"] != ""), "note"]) == {"removed from the model"}


@pytest.mark.parametrize(("case", "keep", "threshold"), CASES)
def test_the_model_that_is_left_is_that_of_r(case, keep, threshold):
    wanted = MODELS[(MODELS[["case", "keep", "threshold"]] == [case, keep, threshold]).all(axis=1)]
    wanted = {row.term: row for row in wanted.itertuples() if row.term != "celltypelarge" or "eventless" not in case}
    table = fitted(case, keep, threshold)
    found = table[(table["method"] == "cox_multivariable") & table["value"].notna()]
    ratios = found[found["statistic"] == "hazard_ratio"]
    terms = {
        "armTRUE"
        if row.variable == "arm"
        else row.variable + ("" if row.group == "per unit" else row.group.split(" vs ")[0]): row
        for row in ratios.itertuples()
    }
    assert set(terms) == set(wanted)
    for term, row in terms.items():
        key = {"variable": row.variable, "group": row.group, "statistic": "p_value"}
        assert np.log(row.value) == pytest.approx(float(wanted[term].coef), rel=1e-6)
        assert value_of(found, **key) == pytest.approx(float(wanted[term].p), rel=1e-6)


def test_elimination_uses_the_patients_with_all_variables_and_counts_the_others():
    def forget(data):
        return data.assign(prior=data["prior"].astype(object).mask(data.index < 9))

    table = fitted("veteran", change=forget)
    assert "prior" not in set(table.loc[table["method"] == "cox_multivariable", "variable"])
    assert value_of(table, statistic="total", method="cox_univariable") == 137 - 9
    model = table[(table["statistic"] == "total") & (table["method"] == "cox_multivariable")]
    assert model["value"].item() == 137 - 9 and model["note"].item() == "left out for a missing value: 9"


def test_without_selection_all_variables_enter():
    data, variables = prepared("veteran")
    table, by_p = (fit_prognosis(data, variables, "matched", "control", select, ["arm"]) for select in ("none", 1))
    ratios = table["statistic"] == "hazard_ratio"
    entered = table[ratios & (table["method"] == "cox_multivariable")]
    assert list(dict.fromkeys(entered["variable"])) == ["arm", *variables]
    assert not table.loc[ratios, "note"].str.contains("enters").any()
    pd.testing.assert_series_equal(table["value"], by_p["value"], check_exact=True)
    data["age"] = 60.0  # a variable without an estimate is in the model too, and the reason is there
    table = fit_prognosis(data, variables, "matched", "control", "none", [])
    key = {"variable": "age", "method": "cox_multivariable", "statistic": "hazard_ratio"}
    assert np.isnan(value_of(table, **key))


@pytest.mark.parametrize("threshold", ["aic", 0.05])
def test_a_model_without_events_or_variables_to_remove_stays_as_it_is(threshold):
    eventless = fitted("veteran", threshold=threshold, change=lambda data: data.assign(event=0))
    unexplained = eventless[eventless["value"].isna() & (eventless["note"] == "")]
    assert unexplained.empty, unexplained.to_string()
    data, variables = prepared("veteran")
    names = ["arm", *variables]
    table = fit_prognosis(data, variables, "matched", "control", "backward", names, threshold)
    entered = table.loc[table["method"] == "cox_multivariable", "variable"]
    assert set(entered) - {""} == set(names)
