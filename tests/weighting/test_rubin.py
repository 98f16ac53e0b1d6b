"""Rubin's rules against R's mice and mitml on fixed imputations (tests/golden/rubin, made by make.R)."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runs import REPO
from twoarm.stats.cox import fit_cox, robust
from twoarm.stats.propensity import propensity_model
from twoarm.stats.rubin import pool, pool_chi_square, pool_wald
from twoarm.stats.survival import logrank
from weighted_oracle import near

FOLDER = REPO / "tests/golden/rubin"
IMPUTED = [data for _, data in pd.read_csv(FOLDER / "imputations.csv").groupby(".imp")]
POOLED = pd.read_csv(FOLDER / "pooled.csv")
TESTS = pd.read_csv(FOLDER / "tests.csv").set_index(["test", "name"])
COVARIATES = ["age", "sex", "ph_ecog", "ph_karno", "pat_karno", "meal_cal", "wt_loss"]


def coefficients(model):
    """{term: (estimates, standard errors)} of a model in each imputation."""
    if model == "logistic":
        others = [name for name in COVARIATES if name != "sex"]
        fits = [propensity_model(data, others, (data["sex"] == 1).to_numpy())[1] for data in IMPUTED]
        names, columns = ["(Intercept)", *others], ("coefficient", "standard_error")
    else:
        fits = [fit_cox(data, COVARIATES) for data in IMPUTED]
        fits = [(robust(fit) if model == "cox_robust" else fit).terms for fit in fits]
        names, columns = COVARIATES, ("coef", "se")
    return {
        name: tuple([fit[column].iloc[place] for fit in fits] for column in columns) for place, name in enumerate(names)
    }


@pytest.mark.parametrize("model", POOLED["model"].unique())
def test_pooled_models_are_those_of_mice(model):
    found = coefficients(model)
    expected = POOLED[POOLED["model"] == model]
    assert list(found) == expected["term"].tolist()
    for row in expected.to_dict("records"):
        estimates, errors = found[row["term"]]
        pooled = pool(estimates, np.square(errors), row["complete_df"])._asdict()
        assert pooled.pop("note") == ""
        assert pooled == {name: near(row[name], 1e-7) for name in pooled}


@pytest.mark.parametrize(
    ("name", "terms"), [("two", ["ph_karno", "pat_karno"]), ("one", ["meal_cal"]), ("all", COVARIATES)]
)
def test_pooled_wald_tests_are_those_of_mitml(name, terms):
    own = [COVARIATES.index(term) for term in terms]
    fits = [fit_cox(data, COVARIATES) for data in IMPUTED]
    estimates = np.array([fit.terms["coef"].to_numpy()[own] for fit in fits])
    covariances = np.array([fit.covariance[np.ix_(own, own)] for fit in fits])
    expected = TESTS.loc["d1", name]
    assert pool_wald(estimates, covariances) == (near(expected["F"], 1e-7), near(expected["p_value"], 1e-7), "")


@pytest.mark.parametrize("name", ["wt_loss", "meal_cal"])
def test_pooled_logrank_tests_are_those_of_mitml(name):
    def groups(data):
        return data["wt_loss"] > 5 if name == "wt_loss" else pd.cut(data["meal_cal"], [0, 700, 1000, 9999])

    tests = [logrank(data["time"], data["event"], groups(data)) for data in IMPUTED]
    found = pool_chi_square([chi_square for chi_square, *_ in tests], tests[0][1])
    expected = TESTS.loc["d2", name]
    assert found == (near(expected["F"]), near(expected["p_value"]), "")


results = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 4)), min_size=2, max_size=10)


@given(results, st.randoms(use_true_random=False))
def test_pooled_estimates_lie_within_their_interval_whatever_the_order(rows, random):
    pooled = pool(*zip(*rows, strict=True), complete_df=100)
    assert pooled.low < pooled.value < pooled.high
    assert 0 <= pooled.missing_information <= 1
    assert pooled.se**2 >= np.mean([variance for _, variance in rows]) * (1 - 1e-12)
    assert 0 < pooled.df <= 100
    shuffled = pool(*zip(*random.sample(rows, len(rows)), strict=True), complete_df=100)
    assert pooled[:-1] == pytest.approx(shuffled[:-1], rel=1e-9, abs=1e-12)


@given(st.floats(-3, 3), st.floats(0.01, 4), st.integers(2, 20))
def test_imputations_that_agree_give_the_analysis_of_complete_data(estimate, variance, count):
    pooled = pool([estimate] * count, [variance] * count)
    normal = math.erfc(abs(estimate) / math.sqrt(2 * variance))
    assert pooled.value == pytest.approx(estimate, rel=1e-12)
    assert pooled.se == pytest.approx(math.sqrt(variance), rel=1e-6)
    assert pooled.p_value == pytest.approx(normal, rel=1e-3, abs=1e-9)
    wald = pool_wald([[estimate]] * count, [[[variance]]] * count)
    assert wald[1] == pytest.approx(normal, rel=1e-3, abs=1e-9)
    assert pool_chi_square([4.0] * count, 1)[1] == pytest.approx(math.erfc(math.sqrt(2)), rel=1e-9)


def test_what_cannot_be_pooled_is_empty_with_a_note():
    assert pool([1.0], [1.0]).note == "fewer than two imputations"
    missing = pool([1.0, math.nan, 2.0], [1.0, 1.0, math.inf])
    assert missing.note == "no estimate in 2 of 3 imputations"
    assert all(map(math.isnan, missing[:-1]))
    alike = pool([1.0, 1.0], [0.0, 0.0])
    assert (alike.value, alike.note) == (1, "no standard error")
    assert pool([1.0, 2.0], [0.0, 0.0]).missing_information == 1
    assert pool_wald([[1.0, math.nan]] * 2, np.ones((2, 2, 2)))[2] == "no estimate in 2 of 2 imputations"
    assert pool_wald([[1.0, 2.0]] * 2, np.ones((2, 2, 2)))[2] == "no test: the coefficients are not independent"
    assert pool_chi_square([1.0, math.nan], 1)[2] == "no estimate in 1 of 2 imputations"
    assert pool_chi_square([0.1, 9.0], 1)[1] == 1
