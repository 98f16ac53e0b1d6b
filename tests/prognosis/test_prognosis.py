"""Univariable and multivariable Cox tables against R, and how variables are selected."""

import numpy as np
import pandas as pd
import pytest

from prognosis.fit_prognosis import fit_prognosis
from survival_oracle import SUBGROUPS, first_level, near, outcome, value_of
from twoarm.stats.cox import fit_cox
from twoarm.text.units import per_unit


def run(case, select=1.0, keep=("arm",), change=lambda data: data):
    """The table of an oracle's Cox model, with the treatment as `arm`; everything selected unless said otherwise."""
    data, spec, answers = outcome(*case)
    names = [name for name in spec["cox"]["covariates"] if name != spec["treatment"]["column"]]
    variables = {name: {"reference": first_level(spec).get(name)} for name in names}
    variables[names[0]]["unit"] = "years"
    return fit_prognosis(change(data), variables, "matched", "control", select, list(keep)), spec, answers


def group_of(term, spec):
    if term["variable"] == spec["treatment"]["column"]:
        return "arm", "treated vs control"
    level = term["level"]
    reference = first_level(spec).get(term["variable"])
    return term["variable"], f"{level} vs {reference}" if level else "per unit"


@pytest.mark.parametrize("case", SUBGROUPS, ids="-".join)
def test_hazard_ratios_are_those_of_r(case):
    table, spec, answers = run(case)
    models = [("cox_univariable", model) for model in answers["cox_uni"].values()]
    for method, model in [*models, ("cox_multivariable", answers["cox_multi"])]:
        for term in model["terms"]:
            variable, group = group_of(term, spec)
            key = {"variable": variable, "group": group, "method": method}
            for statistic, name in {"hazard_ratio": "hr", "ci_low": "lo", "ci_high": "hi", "p_value": "p"}.items():
                assert value_of(table, **key, statistic=statistic) == near(term[name])
    for test in answers["cox_multi"]["zph"]["km"]["per_term"] or answers["cox_multi"]["zph"]["km"]["per_coefficient"]:
        name = {spec["treatment"]["column"]: "arm", "GLOBAL": "global"}.get(test["name"], test["name"])
        assert value_of(table, variable=name, method="cox_zph") == near(test["p"])


def test_a_variable_of_several_levels_is_selected_as_a_whole():
    _, _, answers = run(("veteran", "before"))
    whole = answers["cox_uni"]["celltype"]["wald"]["p"]
    worst = max(term["p"] for term in answers["cox_uni"]["celltype"]["terms"])
    assert whole < 0.01 < worst, "the case no longer tells the two rules apart"
    table, _, _ = run(("veteran", "before"), select=0.01)
    key = {"variable": "celltype", "group": "overall", "statistic": "p_value"}
    assert value_of(table, **key, method="cox_univariable") == near(whole)
    assert len(table[(table["method"] == "cox_multivariable") & (table["variable"] == "celltype")]) == 13


@pytest.mark.parametrize(("keep", "treated"), [(["arm"], True), ([], False), (["arm", "age"], True)])
def test_the_multivariable_model_holds_what_was_selected_or_kept(keep, treated):
    table, _, answers = run(("veteran", "before"), select=0.05, keep=keep)
    chosen = {name for name, model in answers["cox_uni"].items() if model["wald"]["p"] < 0.05}
    assert chosen == {"celltype", "karno"}
    entered = set(table.loc[table["method"] == "cox_multivariable", "variable"]) - {""}
    assert entered == chosen | set(keep) and ("arm" in entered) == treated
    notes = table[(table["method"] == "cox_univariable") & (table["statistic"] == "hazard_ratio")]
    notes = notes.drop_duplicates("variable").set_index("variable")["note"]
    assert notes["karno"] == "enters the multivariable model: p < 0.05"
    assert notes["diagtime"] == ""
    if treated:
        assert notes["arm"] == "enters the multivariable model by protocol, whatever its p"


def test_nothing_selected_leaves_no_multivariable_model():
    table, _, _ = run(("rossi", "before"), select=1e-9, keep=[])
    assert set(table["method"]) == {"cox_univariable"}


def test_the_multivariable_model_is_fitted_on_those_with_all_its_variables():
    def forget(data):
        return data.assign(age=data["age"].mask(data.index < 7))

    table, _, _ = run(("gbsg", "before"), change=forget)
    size = {"variable": "", "method": "cox_multivariable"}
    assert value_of(table, **size, statistic="total") == 686 - 7
    model = table[(table["statistic"] == "total") & (table["variable"] == "")]
    assert model["note"].item() == "left out for a missing value: 7"
    data, _, _ = outcome("gbsg", "before")
    alone = fit_cox(data[data.index >= 7], ["age"]).terms["coef"].item()
    age = table[(table["variable"] == "age") & (table["method"] == "cox_univariable")].set_index("statistic")
    assert age.loc["hazard_ratio", "value"] == pytest.approx(2.718281828459045**alone)
    assert age.loc["hazard_ratio", "note"].startswith("per year; left out for a missing value: 7")


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ("years", "per year"),
        ("days", "per day"),
        ("pack-years", "per pack-year"),
        ("copies", "per copy"),
        ("ng/ml", "per 1 ng/ml"),
        ("mmHg", "per 1 mmHg"),
        ("cm", "per 1 cm"),
        ("ms", "per 1 ms"),
        ("10 years", "per 10 years"),
        ("", "per unit"),
        (None, "per unit"),
    ],
)
def test_the_unit_of_a_hazard_ratio_reads_well(unit, words):
    assert per_unit(unit) == words


@pytest.mark.parametrize(
    ("unit", "per", "words"),
    [
        ("ng/ml", 100, "per 100 ng/ml"),
        ("years", 10, "per 10 years"),
        ("years", 1, "per year"),
        ("g/l", 0.5, "per 0.5 g/l"),
        (None, 1_000_000, "per 1000000"),
        ("10^9/l", 50, "per 50 × 10^9/l"),
    ],
)
def test_a_hazard_ratio_per_several_units_says_so(unit, per, words):
    assert per_unit(unit, per) == words


@pytest.mark.parametrize("per", [100, 0.1])
def test_a_hazard_ratio_per_100_is_the_100th_power_and_its_p_the_same(per):
    data, spec, _ = outcome("lung", "before")
    plain, scaled = (
        fit_prognosis(data, {"age": {"unit": "years", **given}}, "enrolled", "control", 1.0, ["arm"])
        for given in ({}, {"per": per})
    )
    for method in ("cox_univariable", "cox_multivariable"):
        key = {"variable": "age", "group": "per unit", "method": method}
        for statistic in ("hazard_ratio", "ci_low", "ci_high"):
            one, many = (value_of(table, **key, statistic=statistic) for table in (plain, scaled))
            assert many == near(one**per) and many != one
        assert value_of(scaled, **key, statistic="p_value") == near(value_of(plain, **key, statistic="p_value"))
    notes = scaled.loc[(scaled["variable"] == "age") & (scaled["statistic"] == "hazard_ratio"), "note"]
    assert all(note.startswith(f"per {per} years") for note in notes)
    others = ~scaled["variable"].isin(["age"])
    pd.testing.assert_series_equal(scaled.loc[others, "value"], plain.loc[others, "value"], rtol=1e-9)


def test_too_few_events_are_reported():
    table, _, _ = run(("toy_ties", "before"))
    assert table.loc[table["statistic"] == "events", "note"].item() == ""
    few, _, _ = run(("toy_ties", "before"), change=lambda data: data.head(20))
    assert few.loc[few["statistic"] == "events", "note"].item() == "fewer than 10 events for each of 4 coefficients"


def test_row_order_does_not_matter_and_empty_values_are_explained():
    first, _, _ = run(("lung", "after"))
    second, _, _ = run(("lung", "after"), change=lambda data: data.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    eventless, _, _ = run(("lung", "after"), change=lambda d: d.assign(event=d["event"].mask(d["ph_ecog"] == "e2", 0)))
    empty = eventless[eventless["value"].isna()]
    assert set(empty["variable"]) == {"ph_ecog"}
    assert (empty["note"] != "").all()


@pytest.mark.parametrize(("events", "few"), [(19, True), (20, False), (21, False)])
def test_ten_events_per_coefficient_are_enough(events, few):
    random = np.random.default_rng(4)
    data = pd.DataFrame({"patient_id": [f"P{place}" for place in range(40)], "time": random.permutation(40) + 1.0})
    data = data.assign(arm=["T", "C"] * 20, event=[1] * events + [0] * (40 - events), age=random.normal(size=40))
    table = fit_prognosis(data, {"age": {}}, "enrolled", "C", 1.0, ["arm"])
    row = table[table["statistic"] == "events"].iloc[0]
    assert (row["value"], row["note"]) == (events, "fewer than 10 events for each of 2 coefficients" if few else "")
