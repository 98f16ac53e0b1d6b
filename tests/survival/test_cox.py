"""Cox regression against R's coxph, cox.zph and coxph(cluster=); and notes where no estimate exists."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import CoxPHFitter
from statsmodels.duration.hazard_regression import PHReg

from runs import REPO
from survival_oracle import CASES, PAIRED, SUBGROUPS, first_level, near, outcome
from twoarm.stats.cox import ESTIMATES, cluster_robust, fit_cox, interaction_test, proportional_hazards, wald_test
from twoarm.stats.cox_rows import cox_rows
from twoarm.stats.efron import risk_sets

MONOTONE = "monotone likelihood: no finite estimate"
REPEATS = "does not vary among those at risk, or repeats other variables"
IN_R = {"coef": "coef", "se": "se", "hazard_ratio": "hr", "ci_low": "lo", "ci_high": "hi", "p_value": "p"}


def models(case):
    """Every Cox model of a case: (variables, R's answer)."""
    _, spec, answers = outcome(*case)
    yield [spec["treatment"]["column"]], answers["cox_treatment"]
    for variable, answer in answers.get("cox_uni", {}).items():
        yield [variable], answer
    if "cox_multi" in answers:
        yield spec["cox"]["covariates"], answers["cox_multi"]


def assert_is(fit, answer):
    assert list(fit.terms["variable"]) == [term["variable"] for term in answer["terms"]]
    assert list(fit.terms["level"]) == [term["level"] or "" for term in answer["terms"]]
    for ours, theirs in IN_R.items():
        assert fit.terms[ours].tolist() == [near(term[theirs]) for term in answer["terms"]], ours
    assert (fit.total, fit.events) == (answer["n"], answer["events"])
    assert fit.log_likelihood == near(answer["loglik"])
    assert fit.log_likelihood_null == near(answer["loglik_null"])


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_every_model_is_that_of_r(case):
    data, spec, _ = outcome(*case)
    for variables, answer in models(case):
        assert_is(fit_cox(data, variables, first_level(spec)), answer)


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_proportional_hazards_are_tested_as_by_cox_zph(case):
    data, spec, _ = outcome(*case)
    for variables, answer in models(case):
        if "zph" not in answer:
            continue
        found = proportional_hazards(fit_cox(data, variables, first_level(spec)))
        expected = answer["zph"]["km"]["per_term"] or answer["zph"]["km"]["per_coefficient"]
        assert list(found["variable"]) == [row["name"].replace("GLOBAL", "global") for row in expected]
        assert found["chi_square"].tolist() == [near(row["chisq"]) for row in expected]
        assert found["df"].tolist() == [row["df"] for row in expected]
        assert found["p_value"].tolist() == [near(row["p"]) for row in expected]


@pytest.mark.parametrize("case", SUBGROUPS, ids="-".join)
def test_wald_test_of_a_whole_variable_is_that_of_r(case):
    data, spec, answers = outcome(*case)
    for variable, answer in answers["cox_uni"].items():
        p = wald_test(fit_cox(data, [variable], first_level(spec)), variable)[2]
        assert p == near(answer["wald"]["p"])


@pytest.mark.parametrize("case", PAIRED, ids="-".join)
def test_errors_robust_to_pairs_are_those_of_r(case):
    data, spec, answers = outcome(*case)
    fit = fit_cox(data, [spec["treatment"]["column"]])
    robust = cluster_robust(fit, data["pair"]).terms.iloc[0]
    expected = answers["cox_cluster_pair"]
    for ours, theirs in {"coef": "coef", "se": "robust_se", "ci_low": "lo", "ci_high": "hi", "p_value": "p"}.items():
        assert robust[ours] == near(expected[theirs]), ours
    assert fit.terms["se"].iloc[0] == near(answers["cox_treatment"]["terms"][0]["se"]), "the fit itself has changed"


@pytest.mark.parametrize("case", SUBGROUPS, ids="-".join)
def test_interaction_is_the_likelihood_ratio_test_of_r(case):
    data, spec, answers = outcome(*case)
    expected = answers["subgroup"]["interaction_lrt"]
    variable = spec["subgroup"]["column"]
    found = interaction_test(data.astype({variable: str}), "arm", variable)
    assert found == (near(expected["chisq"]), expected["df"], near(expected["p"]), "")


SKEWED = pd.read_csv(REPO / "tests/golden/survival/skewed.csv")
SKEWED_IN_R = pd.read_csv(REPO / "tests/golden/survival/skewed_in_r.csv").set_index("case")


@pytest.mark.parametrize("case", SKEWED["case"].unique())
def test_skewed_covariates_converge_to_the_answers_of_r(case):
    # lifelines and statsmodels diverge on two thirds of these; R converges on all without a warning.
    data, answer = SKEWED[SKEWED["case"] == case], SKEWED_IN_R.loc[[case]]
    fit = fit_cox(data, answer["variable"].tolist())
    assert not answer["warned"].any()
    assert fit.terms["note"].tolist() == [""] * len(answer)
    for ours, theirs in {"coef": "coef", "se": "se"}.items():
        assert fit.terms[ours].tolist() == [near(value) for value in answer[theirs]]
    assert fit.log_likelihood == near(answer["loglik"].iloc[0])
    assert proportional_hazards(fit)["p_value"].tolist()[:-1] == [
        pytest.approx(value, rel=1e-5) for value in answer["zph"]
    ]


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_lifelines_and_statsmodels_find_the_same_maximum(case):
    tight = {"precision": 1e-20, "r_precision": 1e-20, "max_steps": 200}
    data, spec, _ = outcome(*case)
    data = data[["time", "event", "arm"]].assign(arm=(data["arm"] == "treated").astype(float))
    ours = fit_cox(data, ["arm"]).terms["coef"].item()
    assert CoxPHFitter().fit(data, "time", "event", fit_options=tight).params_["arm"] == near(ours)
    assert PHReg(data["time"], data[["arm"]], data["event"], ties="efron").fit(disp=0).params[0] == near(ours)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    patients=st.integers(8, 80),
    columns=st.integers(1, 3),
    skew=st.sampled_from([0.5, 1.5, 3.0]),
    unit=st.sampled_from([1e-6, 1.0, 1e6]),
)
def test_the_score_is_zero_wherever_there_is_an_estimate(seed, patients, columns, skew, unit):
    random = np.random.default_rng(seed)
    data = pd.DataFrame(np.exp(random.normal(0, skew, (patients, columns))) * unit).add_prefix("x")
    names = list(data)
    data["time"], data["event"] = np.ceil(random.exponential(12, patients)), random.integers(0, 2, patients)
    fit = fit_cox(data, names)
    if fit.risk_sets is None or (fit.terms["note"] != "").any():
        return
    ones = np.ones(len(fit.risk_sets.when))
    # in standard errors of each coefficient
    assert np.abs(fit.risk_sets.score(ones) * fit.terms["se"].to_numpy()).max() < 1e-6
    nudge = fit.terms["se"].to_numpy() * random.normal(0, 0.1, columns)
    x = data[names].to_numpy()
    for beta in (fit.terms["coef"].to_numpy() + nudge, fit.terms["coef"].to_numpy() - nudge):
        assert risk_sets(x, data["time"], data["event"], beta).log_likelihood < fit.log_likelihood


def test_a_patient_far_from_all_others_changes_no_digit_of_theirs():
    # censored before the first event, so in no risk set; R's answer is that without the patient
    data = made()
    far = data.head(1).assign(age=1e9, time=0.5, event=0)
    one, other = fit_cox(data, ["age"]), fit_cox(pd.concat([data, far]), ["age"])
    assert other.terms[ESTIMATES].iloc[0].tolist() == pytest.approx(one.terms[ESTIMATES].iloc[0].tolist(), rel=1e-6)


def test_one_that_dies_first_however_far_away_overflows_nothing():
    data = pd.DataFrame({"time": np.arange(1.0, 41), "event": 1, "x": np.arange(40.0)[::-1] % 7})
    far = pd.concat([pd.DataFrame({"time": [0.5], "event": [1], "x": [1e6]}), data], ignore_index=True)
    fit = fit_cox(far.assign(x=far["x"] * 1.0), ["x"])
    assert fit.terms["note"].item() == ""
    assert fit.terms["coef"].item() == pytest.approx(fit_cox(data, ["x"]).terms["coef"].item(), abs=0.01)


def made(seed=1, patients=60):
    """A made-up trial: arm a or b, a stage of three levels, age; most have the event."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "arm": np.where(np.arange(patients) % 2, "a", "b"),
            "stage": pd.Categorical(np.array(["I", "II", "III"])[np.arange(patients) % 3], ["I", "II", "III", "IV"]),
            "age": random.integers(40, 80, patients).astype(float),
            "time": random.integers(1, 30, patients).astype(float),
            "event": (random.random(patients) < 0.8).astype(int),
        }
    )


def test_the_reference_is_the_last_level_that_occurs_unless_stated():
    assert list(fit_cox(made(), ["stage"]).terms["level"]) == ["I", "II"]
    fit = fit_cox(made(), ["stage", "age"], {"stage": "II"})
    assert [row["group"] for row in cox_rows(fit.terms, "cox", {})][::4] == ["I vs II", "III vs II", "per unit"]
    swapped = fit_cox(made(), ["arm"], {"arm": "a"}).terms["coef"].iloc[0]
    assert swapped == pytest.approx(-fit_cox(made(), ["arm"], {"arm": "b"}).terms["coef"].iloc[0], rel=1e-9)


def test_a_level_without_an_event_has_no_hazard_ratio_and_the_others_keep_theirs():
    data = made()
    data.loc[data["stage"] == "II", "event"] = 0
    fit = fit_cox(data, ["arm", "stage", "age"], {"stage": "I"})
    terms = fit.terms.set_index("level")
    assert terms.loc["II", ESTIMATES].isna().all()
    assert terms.loc["II", "note"] == "no event at II"
    # R lets II's coefficient run to minus infinity, where its patients have no weight in any risk set.
    without = fit_cox(data[data["stage"] != "II"], ["arm", "stage", "age"], {"stage": "I"})
    assert terms.loc["III", "coef"] == pytest.approx(without.terms.set_index("level").loc["III", "coef"])
    assert fit.total == len(data), "R's n keeps them"
    assert fit.note == "at levels without an event, where they weigh nothing: 20"
    assert math.isnan(wald_test(fit, "stage")[2])
    assert proportional_hazards(fit).set_index("variable").loc["age", "p_value"] > 0


def test_a_reference_without_an_event_leaves_all_its_contrasts_empty():
    data = made()
    data.loc[data["stage"] == "I", "event"] = 0
    terms = fit_cox(data, ["stage", "age"], {"stage": "I"}).terms
    assert terms["hazard_ratio"].isna().tolist() == [True, True, False]
    assert list(terms["note"])[:2] == ["no event at I"] * 2


@pytest.mark.parametrize("size", [12, 60])
def test_a_monotone_likelihood_gives_no_huge_number(size):
    # The patient who dies is always the oldest still at risk.
    data = pd.DataFrame({"time": np.arange(1.0, size + 1), "event": 1, "age": 100.0 - np.arange(size)})
    terms = fit_cox(data, ["age"]).terms
    assert terms[ESTIMATES].isna().all(axis=None)
    assert terms["note"].item() == MONOTONE


def test_two_coefficients_that_run_off_together_are_both_empty():
    # One event among three: each coefficient alone stays small while its standard error is in the millions.
    data = pd.DataFrame({"time": [5.0, 7, 9], "event": [1, 0, 0], "g": [0.0, 1, 0], "x": [-0.3, -0.2, 0.4]})
    terms = fit_cox(data, ["g", "x"]).terms
    assert terms[ESTIMATES].isna().all(axis=None) and (terms["note"] == MONOTONE).all()


def test_one_monotone_coefficient_leaves_the_others_their_limits():
    # R: coxph(Surv(time, event) ~ late + age) warns of late, and gives age the coefficient without the late
    data = made().assign(late=0.0)
    late = data.head(6).assign(late=1.0, time=100.0 + np.arange(6))
    fit = fit_cox(pd.concat([data, late], ignore_index=True), ["late", "age"])
    assert fit.terms["note"].tolist() == [MONOTONE, ""]
    assert math.isfinite(fit.terms["hazard_ratio"].iloc[1]) and fit.terms["se"].iloc[1] < 1


def test_a_variable_that_does_not_vary_in_any_risk_set_is_left_out():
    # Patients with g have left before the first event.
    data = made().assign(g=0.0)
    first = data.loc[data["event"] == 1, "time"].min()
    early = data.head(3).assign(g=1.0, time=first / 2, event=0)
    fit = fit_cox(pd.concat([data, early], ignore_index=True), ["age", "g"])
    assert fit.terms["note"].tolist() == ["", REPEATS]
    assert fit.terms["coef"].iloc[0] == pytest.approx(fit_cox(data, ["age"]).terms["coef"].item(), rel=1e-9)


def test_a_rare_level_that_outlives_all_others_gives_no_huge_number():
    data = pd.DataFrame({"time": np.arange(1.0, 3001), "event": 1, "rare": 0.0})
    data.loc[2999, "rare"] = 1.0
    term = fit_cox(data, ["rare"]).terms.iloc[0]
    assert math.isnan(term["hazard_ratio"]) and term["note"] == MONOTONE


def test_a_unit_far_beyond_the_range_is_reported_and_not_infinite():
    data = made().assign(tiny=lambda d: d["age"] * 1e-6)
    term = fit_cox(data, ["tiny"]).terms.iloc[0]
    assert math.isnan(term["ci_high"]) and term["note"].startswith("too large for a number")


def test_one_pair_alone_gives_no_robust_error():
    data = made()
    robust = cluster_robust(fit_cox(data, ["arm"]), pd.Series(1, index=data.index)).terms.iloc[0]
    assert math.isnan(robust["se"]) and robust["note"] == "too few clusters"


def test_pairs_that_do_not_differ_give_no_robust_error_and_say_so():
    data = pd.DataFrame({"time": 5.0, "event": 1, "arm": list("abababab")})
    fit = fit_cox(data, ["arm"])
    robust = cluster_robust(fit, pd.Series([1, 1, 2, 2, 3, 3, 4, 4])).terms.iloc[0]
    assert robust["hazard_ratio"] == 1 and robust[["se", "ci_low", "ci_high", "p_value"]].isna().all()
    assert robust["note"] == "no standard error: the clusters do not differ"
    rows = cox_rows(cluster_robust(fit, pd.Series([1, 1, 2, 2, 3, 3, 4, 4])).terms, "cox_pair_robust", {})
    assert all(row["note"] for row in rows if math.isnan(row["value"]))


def test_a_large_but_finite_effect_stays():
    random = np.random.default_rng(3)
    group = np.repeat([0.0, 1.0], 100)
    data = pd.DataFrame({"x": group, "time": random.exponential(np.where(group, 0.02, 1.0)), "event": 1})
    term = fit_cox(data, ["x"]).terms.iloc[0]
    assert term["hazard_ratio"] > 10 and term["note"] == ""


@pytest.mark.parametrize(
    ("column", "note"),
    [
        (lambda data: 5.0, REPEATS),
        (lambda data: 2 * data["age"] + 1, REPEATS),
        (lambda data: "same", "one level only"),
    ],
)
def test_a_variable_that_says_nothing_is_empty_and_the_rest_unharmed(column, note):
    data = made()
    data["extra"] = column(data)
    terms = fit_cox(data, ["age", "extra"]).terms
    assert terms["note"].tolist() == ["", note]
    assert terms["coef"].iloc[0] == pytest.approx(fit_cox(data, ["age"]).terms["coef"].iloc[0], rel=1e-9)
    assert math.isnan(terms["coef"].iloc[1])


def test_no_events_or_no_patients_give_empty_estimates():
    for data in (made().assign(event=0), made().iloc[:0]):
        fit = fit_cox(data, ["arm", "age"], {"arm": "b"})
        assert fit.terms[ESTIMATES].isna().all(axis=None) and (fit.terms["note"] == "no events").all()
        assert proportional_hazards(fit)["p_value"].isna().all()
        assert cluster_robust(fit, data["age"]).terms["se"].isna().all()
        assert math.isnan(interaction_test(data, "arm", "stage")[2])


def test_a_note_says_no_events_only_where_there_are_none():
    data = made()
    data.loc[data["event"] == 1, "age"] = np.nan
    assert fit_cox(data, ["age"]).terms["note"].item() == "no events among those without a missing value"


def test_patients_with_a_missing_value_are_left_out_and_counted():
    data = made()
    data.loc[[3, 8], "age"] = np.nan
    fit = fit_cox(data, ["arm", "age"])
    assert fit.note == "left out for a missing value: 2"
    assert fit.terms["coef"].tolist() == fit_cox(data.drop(index=[3, 8]), ["arm", "age"]).terms["coef"].tolist()
    pairs = pd.Series(np.arange(60) // 2, index=data.index)
    dropped = cluster_robust(fit_cox(data.drop(index=[3, 8]), ["arm", "age"]), pairs.drop(index=[3, 8]))
    assert cluster_robust(fit, pairs).terms["se"].tolist() == dropped.terms["se"].tolist()


def test_an_interaction_with_an_eventless_combination_is_empty():
    data = made()
    data.loc[(data["stage"] == "III") & (data["arm"] == "a"), "event"] = 0
    assert interaction_test(data, "arm", "stage")[2:] == (
        pytest.approx(math.nan, nan_ok=True),
        "a combination has no event",
    )


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([0.1, 3.0, 30.4375]))
def test_neither_row_order_nor_units_change_a_hazard_ratio(seed, scale):
    data = made(seed)
    shuffled = data.sample(frac=1, random_state=seed).assign(
        time=lambda d: d["time"] * scale, age=lambda d: d["age"] * 10
    )
    one, other = (fit_cox(sample, ["arm", "stage", "age"]) for sample in (data, shuffled))
    unit = np.where(one.terms["variable"] == "age", 10, 1)
    assert one.terms["coef"].to_numpy() == pytest.approx(other.terms["coef"].to_numpy() * unit, rel=1e-6, abs=1e-9)
    assert one.terms["p_value"].to_numpy() == pytest.approx(other.terms["p_value"].to_numpy(), rel=1e-6)
    assert proportional_hazards(one)["p_value"].to_numpy() == pytest.approx(
        proportional_hazards(other)["p_value"].to_numpy(), rel=1e-6
    )


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_each_patient_their_own_cluster_is_the_plain_sandwich(seed):
    data = made(seed)
    fit = fit_cox(data, ["arm", "age"])
    residuals = fit.risk_sets.score_residuals()
    assert residuals.sum(0) == pytest.approx([0, 0], abs=1e-6)
    sandwich = fit.covariance @ (residuals.T @ residuals) @ fit.covariance
    robust = cluster_robust(fit, pd.Series(np.arange(len(data)))).terms["se"]
    assert robust.to_numpy() == pytest.approx(np.sqrt(np.diag(sandwich)), rel=1e-9)
