"""Weighted means, variances, quantiles and differences of the arms against R, and without weights."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twoarm.stats.balance import columns_of, mahalanobis_smd, smd, spread, variance_ratio
from twoarm.stats.weighted import mean, quantiles, variance
from weighted_oracle import NAMES, answers, near, weighted

KINDS = ["ate", "att", "ato", "atm", "att_truncated"]


def described(values, data):
    """Everything that description.csv has of one variable: {(level, statistic): value}."""
    treated, weights = data["treated"].to_numpy(), data["weight"].to_numpy()
    categorical = isinstance(values.dtype, pd.CategoricalDtype)
    found = {("", "smd_mahalanobis"): mahalanobis_smd(values, treated, weights)} if categorical else {}
    for level, numbers in columns_of(values).items():
        for arm, members in (("treated", treated), ("control", ~treated)):
            kind = "share" if categorical else "mean"
            found[level, f"{kind}_{arm}"] = mean(numbers[members], weights[members])
            if not categorical:
                found[level, f"variance_{arm}"] = variance(numbers[members], weights[members])
                for place, value in enumerate(quantiles(numbers[members], weights[members]), start=1):
                    found[level, f"quantile_{arm}{place}"] = value
        for denominator in ("treated", "pooled"):
            scale = spread(numbers, treated, denominator, binary=categorical)
            found[level, f"smd_{denominator}"] = smd(numbers, treated, scale, weights)
        if not categorical:
            found[level, "variance_ratio"] = variance_ratio(numbers, treated, weights)
    return found


@pytest.mark.parametrize("design", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_weighted_arms_are_described_as_in_r(name, design):
    data, spec = weighted(name, design)
    expected = answers("description.csv", name=name, design=design).fillna({"level": ""})
    variables = [*spec["table1"]["continuous"], *spec["table1"]["categorical"]]
    assert list(expected["variable"].unique()) == variables
    for variable in variables:
        values = data[variable]
        if variable in spec["table1"]["categorical"]:
            values = values if variable in spec["levels"] else values.astype(str).astype("category")
        rows = expected[expected["variable"] == variable]
        wanted = {(row.level, row.statistic): near(row.value) for row in rows.itertuples()}
        assert described(values, data) == wanted


numbers = st.lists(st.one_of(st.integers(-3, 9).map(float), st.floats(0, 100), st.just(math.nan)), max_size=15)
values = st.one_of(st.integers(0, 4), st.floats(0, 50))
patients = st.lists(st.tuples(values, st.floats(0.05, 20)), min_size=1, max_size=25)


@given(numbers)
def test_weights_of_one_give_the_unweighted_numbers_to_the_last_bit(values):
    values = np.array(values)
    ones, known = np.ones(len(values)), values[~np.isnan(values)]
    if not len(known):
        assert math.isnan(mean(values, ones))
        assert all(map(math.isnan, quantiles(values, ones)))
        return
    assert mean(values, ones) == np.nanmean(values)
    shares = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1]
    assert quantiles(values, ones, shares) == pd.Series(values).quantile(shares).tolist()
    if len(known) > 1 and np.ptp(known) > 0:
        assert variance(values, ones) == known.var(ddof=1)


@given(patients, st.randoms(use_true_random=False), st.sampled_from([0.001, 3, 1e6]))
def test_neither_row_order_nor_the_unit_of_the_weights_matters(rows, random, unit):
    results = []
    for sample, scale in ((rows, 1), (random.sample(rows, len(rows)), unit)):
        x, w = (np.array(column, float) for column in zip(*sample, strict=True))
        results.append([mean(x, w * scale), variance(x, w * scale), *quantiles(x, w * scale)])
    assert results[0] == pytest.approx(results[1], rel=1e-9, abs=1e-9, nan_ok=True)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 4)), min_size=1, max_size=12))
def test_integer_weights_are_repeated_rows_for_a_mean(rows):
    x, w = (np.array(column, float) for column in zip(*rows, strict=True))
    assert mean(x, w) == pytest.approx(np.repeat(x, w.astype(int)).mean(), rel=1e-12, abs=1e-12)


def test_quantiles_of_equal_weights_survive_rounding():
    # 0.1 added ten times is not 1: without tolerance, ranks would move by one patient.
    x = np.arange(1.0, 12.0)
    assert quantiles(x, np.full(11, 0.1)) == [3.5, 6, 8.5]


def test_missing_values_are_left_out_with_their_weights():
    x, w = np.array([1, math.nan, 3]), np.array([1.0, 50, 3])
    assert mean(x, w) == 2.5
    assert quantiles(x, w) == quantiles(x[[0, 2]], w[[0, 2]])
    assert variance(x, w) == pytest.approx((1.5**2 + 3 * 0.5**2) / (4 - 10 / 4))
    values = pd.Series(pd.Categorical(["a", None, "b", "a", "b", "b"]))
    treated = np.array([True, True, True, False, False, False])
    weights = np.array([1.0, 9, 1, 1, 1, 1])
    assert mahalanobis_smd(values, treated, weights) == pytest.approx(
        mahalanobis_smd(values.dropna().reset_index(drop=True), treated[[0, 2, 3, 4, 5]])
    )
