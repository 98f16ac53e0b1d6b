"""Weighted Kaplan-Meier curves, restricted means, log-rank tests and Cox models against R's survival package."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twoarm.stats.cox import cluster_robust, fit_cox, interaction_test, proportional_hazards, robust
from twoarm.stats.survival import CONF_TYPES, at_time, kaplan_meier, logrank, quantile
from twoarm.stats.weighted_survival import weighted_kaplan_meier, weighted_logrank, weighted_restricted_mean
from weighted_oracle import answers, near, weighted

CASES = [
    (name, design)
    for name in ("gbsg", "veteran", "lung", "rossi")
    for design in ("ate", "att", "ato", "atm", "ate_stabilised")
]
ESTIMATES = ["coef", "se", "ci_low", "ci_high", "p_value"]


def in_r(name, design):
    """R's answers of a case: {(what, statistic): value}."""
    rows = answers("survival.csv", name=name, design=design)
    return {(row.what, row.statistic): row.value for row in rows.itertuples()}


@pytest.fixture(params=CASES, ids="-".join)
def case(request):
    data, spec = weighted(*request.param)
    return data, spec, in_r(*request.param)


@pytest.mark.parametrize("conf_type", CONF_TYPES)
def test_curves_and_what_is_read_off_them_are_those_of_r(case, conf_type):
    data, spec, expected = case
    tau = spec["endpoints"][0]["tau"]
    arms = {arm: data[data["arm"] == arm] for arm in ("treated", "control")}
    for group, part in {**arms, "overall": data}.items():
        answer = {statistic: value for (what, statistic), value in expected.items() if what == f"{group} {conf_type}"}
        curve = weighted_kaplan_meier(part["time"], part["event"], part["weight"], conf_type)
        for share, read in ((0.25, "q25"), (0.5, "median")):
            assert quantile(curve, share) == tuple(near(answer[read + end]) for end in ("", "_low", "_high"))
        for time in spec["endpoints"][0]["times"]:
            found = at_time(curve, time)
            if part["time"].max() >= time:  # beyond, R repeats the last number, and we have none
                assert found == {key: near(answer[f"{key}_{time}"]) for key in found}
        alive = curve["survival"] > 0
        assert np.sqrt(curve.loc[alive, "variance"]).sum() == near(answer["sum_of_errors"])
        assert curve["at_risk"][1:].sum() == near(answer["sum_at_risk"])
        if part["time"].max() >= tau:
            found = weighted_restricted_mean(part["time"], part["event"], part["weight"], tau)
            assert found == (near(answer["rmst"]), near(answer["rmst_se"]))


def test_the_weighted_logrank_is_the_robust_score_test_of_r(case):
    data, _, expected = case
    place = np.arange(len(data)) + 1
    outcome = data["time"], data["event"]
    assert weighted_logrank(*outcome, data["arm"], data["weight"])[0] == near(expected["logrank", "arm"])
    clustered = weighted_logrank(*outcome, data["arm"], data["weight"], cluster=place // 2)
    assert clustered[0] == near(expected["logrank", "arm_cluster"])
    chi_square, freedom, _ = weighted_logrank(*outcome, place % 3, data["weight"])
    assert (chi_square, freedom) == (near(expected["logrank", "group"]), 2)


def test_weighted_cox_models_are_those_of_r(case):
    data, spec, expected = case
    data = data.assign(arm=data["treated"].astype(int))
    weights, cluster = data["weight"].to_numpy(), pd.Series((np.arange(len(data)) + 1) // 2)
    first = {name: levels[0] for name, levels in spec["levels"].items()}
    for model, variables in (("arm", ["arm"]), ("all", spec["cox"]["covariates"])):
        fit = fit_cox(data, variables, first, weights)
        assert fit.log_likelihood == near(expected[model, "loglik"])
        assert fit.log_likelihood_null == near(expected[model, "loglik_null"])
        for kind, found in ((":", robust(fit)), (":cluster_", cluster_robust(fit, cluster))):
            for term in found.terms.to_dict("records"):
                named = term["variable"] + term["level"]
                wanted = {name: near(expected[model, f"{named}{kind}{name}"], 1e-7) for name in ESTIMATES}
                assert {name: term[name] for name in ESTIMATES} == wanted
        test = proportional_hazards(fit)
        wanted = [near(expected[model, f"zph:{name.replace('global', 'GLOBAL')}"], 1e-7) for name in test["variable"]]
        assert test["chi_square"].tolist() == wanted


def test_a_weighted_interaction_is_the_robust_wald_test(case):
    data, _, expected = case
    data = data.assign(arm=data["treated"].astype(int), group=(np.arange(len(data)) + 1) % 3)
    data = data.astype({"group": str})
    chi_square, freedom, p, note = interaction_test(data, "group", "arm", data["weight"].to_numpy())
    assert (chi_square, freedom, note) == (near(expected["interaction", "chi_square"], 1e-7), 2, "")
    assert 0 < p < 1


patients = st.lists(
    st.tuples(st.integers(1, 9), st.booleans(), st.sampled_from("ab"), st.integers(1, 4), st.integers(0, 2)),
    min_size=2,
    max_size=25,
)


def columns(rows):
    time, event, group, weight, x = (np.array(column) for column in zip(*rows, strict=True))
    return time.astype(float), event.astype(int), group, weight.astype(float), x.astype(float)


@given(patients)
def test_weights_of_one_give_the_unweighted_curve_and_coefficients(rows):
    time, event, group, _, x = columns(rows)
    ones = np.ones(len(time))
    plain, curve = kaplan_meier(time, event), weighted_kaplan_meier(time, event, ones)
    for column in ("time", "at_risk", "events", "censored", "survival"):
        assert curve[column].tolist() == plain[column].tolist()
    assert quantile(curve)[0] == pytest.approx(quantile(plain)[0], nan_ok=True)
    data = pd.DataFrame({"time": time, "event": event, "group": group, "x": x})
    unweighted, weighted_fit = (fit_cox(data, ["group", "x"], weights=weights) for weights in (None, ones))
    pd.testing.assert_frame_equal(unweighted.terms, weighted_fit.terms, check_exact=True)
    assert math.isnan(weighted_logrank(time, event, group, ones)[2]) or not math.isnan(logrank(time, event, group)[2])


@given(patients)
def test_integer_weights_are_repeated_rows_that_stay_together(rows):
    time, event, group, weight, x = columns(rows)
    again = np.repeat(np.arange(len(time)), weight.astype(int))
    curve = weighted_kaplan_meier(time, event, weight)
    repeated = kaplan_meier(time[again], event[again])
    assert curve["survival"].tolist() == pytest.approx(repeated["survival"].tolist(), rel=1e-12, abs=1e-12)
    assert curve["at_risk"].tolist() == repeated["at_risk"].tolist()
    once = weighted_logrank(time, event, group, weight)
    twice = weighted_logrank(time[again], event[again], group[again], np.ones(len(again)), cluster=again)
    assert once == pytest.approx(twice, rel=1e-9, nan_ok=True)


@given(patients, st.randoms(use_true_random=False), st.sampled_from([0.01, 7.0]))
def test_neither_row_order_nor_the_unit_of_the_weights_matters(rows, random, unit):
    results = []
    for sample, scale in ((rows, 1.0), (random.sample(rows, len(rows)), unit)):
        time, event, group, weight, x = columns(sample)
        curve = weighted_kaplan_meier(time, event, weight * scale)
        test = weighted_logrank(time, event, group, weight * scale)
        mean = weighted_restricted_mean(time, event, weight * scale, 4)
        data = pd.DataFrame({"time": time, "event": event, "x": x})
        fit = robust(fit_cox(data, ["x"], weights=weight * scale)).terms.iloc[0]
        results.append([*curve["ci_low"], *test, *mean, fit["coef"], fit["se"]])
        notes = [fit["note"]]
    assert results[0] == pytest.approx(results[1], rel=1e-6, abs=1e-9, nan_ok=True), notes


def test_what_cannot_be_estimated_is_empty():
    nobody = np.array([])
    assert weighted_kaplan_meier(nobody, nobody, nobody)["survival"].tolist() == [1]
    assert all(map(math.isnan, weighted_restricted_mean(nobody, nobody, nobody, 5)))
    assert math.isnan(weighted_logrank(nobody, nobody, nobody, nobody)[2])
    time, weights = np.array([1.0, 2, 3, 4]), np.array([0.5, 2, 1, 3])
    eventless = np.zeros(4)
    assert weighted_restricted_mean(time, eventless, weights, 2) == (2, 0)
    assert all(map(math.isnan, weighted_restricted_mean(time, eventless, weights, 5)))
    assert math.isnan(weighted_logrank(time, eventless, list("abab"), weights)[2])
    assert math.isnan(weighted_logrank(time, np.ones(4), list("aaaa"), weights)[2])
    everybody = weighted_kaplan_meier(time, np.ones(4), weights)
    assert everybody["survival"].iloc[-1] == 0
    assert math.isnan(everybody["ci_low"].iloc[-1])
    assert at_time(everybody, 5) == {"survival": 0, "ci_low": near(math.nan), "ci_high": near(math.nan), "at_risk": 0}
    data = pd.DataFrame({"time": time, "event": [1, 0, 1, 0], "arm": list("abab")})
    fit = robust(fit_cox(data, ["arm"], weights=weights))
    assert fit.terms["note"].tolist() == ["no event at b"]
    assert math.isnan(interaction_test(data.assign(group=list("aabb")), "arm", "group", weights)[2])
