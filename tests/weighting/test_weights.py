"""Weights from propensity scores, their truncation and description, against R."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twoarm.stats.balance import smd, spread
from twoarm.stats.propensity import design_matrix, probability
from twoarm.stats.weights import ESTIMANDS, describe, propensity_weights, truncated, within
from weighted_oracle import NAMES, WEIGHTED, answers, near, weighted


@pytest.mark.parametrize(("name", "design"), WEIGHTED)
def test_weights_and_their_description_are_those_of_r(name, design):
    data, _ = weighted(name, design)
    for row in answers("weights.csv", name=name, design=design).to_dict("records"):
        weights = data.loc[data["treated"] == bool(row["treated"]), "weight"].to_numpy()
        found = describe(weights)._asdict()
        assert found == {statistic: near(row[statistic]) for statistic in found}
        assert (weights * (np.arange(len(weights)) + 1)).sum() == near(row["by_place"])


def test_a_probability_of_nearly_one_loses_no_weight():
    weights = propensity_weights(np.array([50.0, -50.0]), np.array([True, False]), "ato")
    assert weights == pytest.approx(np.exp([-50.0, -50.0]), rel=1e-12)


def test_an_estimand_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="expected one of ate, att, ato, atm"):
        propensity_weights(np.zeros(2), np.array([True, False]), "atc")
    with pytest.raises(ValueError, match="ato are not stabilised"):
        propensity_weights(np.zeros(2), np.array([True, False]), "ato", stabilised=True)


def test_trimming_keeps_the_limits_themselves():
    assert within(np.array([0.09, 0.1, 0.5, 0.9, 0.91]), 0.1, 0.9).tolist() == [False, True, True, True, False]


def test_truncation_among_some_leaves_the_others_as_they_are():
    weights = np.array([100.0, 1.0, 2.0, 3.0, 4.0])
    among = np.array([False, True, True, True, True])
    assert truncated(weights, 0.25, 0.75, among).tolist() == [100, 1.75, 2, 3, 3.25]
    assert truncated(weights, 0.25, 0.75, ~among | among).tolist() == [4, 2, 2, 3, 4]
    assert truncated(weights, 0, 1).tolist() == weights.tolist()
    assert truncated(weights, 0.1, 0.2, np.zeros(5, bool)).tolist() == weights.tolist()


def test_few_or_no_patients_have_no_spread():
    assert describe(np.array([])).patients == 0
    assert math.isnan(describe(np.array([])).effective_size)
    alone = describe(np.array([3.0]))
    assert math.isnan(alone.sd)
    assert (alone.mean, alone.effective_size) == (3, 1)
    assert describe(np.ones(7)).effective_size == 7


scores = st.lists(st.tuples(st.floats(-5, 5), st.booleans()), min_size=2, max_size=20)


@given(scores, st.sampled_from(ESTIMANDS), st.randoms(use_true_random=False))
def test_weights_are_those_of_the_estimand_whatever_the_row_order(rows, estimand, random):
    order = random.sample(range(len(rows)), len(rows))
    logit, treated = (np.array(column) for column in zip(*rows, strict=True))
    weights = propensity_weights(logit, treated, estimand)
    assert (weights > 0).all()
    assert propensity_weights(logit[order], treated[order], estimand).tolist() == weights[order].tolist()
    # w = h(e) / P(own arm), with h of the estimand (Li et al. 2018, table 1).
    e = probability(logit)
    h = {"ate": 1, "att": e, "ato": e * (1 - e), "atm": np.minimum(e, 1 - e)}[estimand]
    assert weights * np.where(treated, e, 1 - e) == pytest.approx(h * np.ones(len(e)), rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_overlap_weights_balance_the_covariates_of_the_model_exactly(name):
    # Li et al. 2018, theorem 3: their means do not differ, as the score is that of a logistic model.
    data, spec = weighted(name, "ato")
    columns, _ = design_matrix(data, spec["ps"]["covariates"])
    treated, weights = data["treated"].to_numpy(), data["weight"].to_numpy()
    for column in columns.T:
        assert abs(smd(column, treated, spread(column, treated, "pooled", binary=False), weights)) < 1e-9
