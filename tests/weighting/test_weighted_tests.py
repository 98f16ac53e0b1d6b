"""Tests, proportions and contrasts of weighted arms against R's survey package."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twoarm.stats.weighted_tests import (
    compare_weighted_categorical,
    compare_weighted_continuous,
    weighted_contrasts,
    weighted_proportion,
)
from weighted_oracle import NAMES, answers, near, weighted

CASES = [(name, design) for name in NAMES for design in ("ate", "att", "ato", "atm", "ate_truncated")]


@pytest.mark.parametrize("kind", ["alone", "clustered"])
@pytest.mark.parametrize(("name", "design"), CASES)
def test_tests_and_contrasts_of_weighted_arms_are_those_of_r(name, design, kind):
    data, spec = weighted(name, design)
    place = np.arange(len(data)) + 1
    treated, weights = data["treated"].to_numpy(), data["weight"].to_numpy()
    cluster = None if kind == "alone" else place // 2
    rows = answers("tests.csv", name=name, design=design)
    expected = {(row.what, row.statistic): row.value for row in rows.itertuples() if row.what.startswith(kind)}
    found = {}
    sparse = np.where(treated & (place % 5 == 0), "only treated", "both")
    three = (place % 3).astype(str)
    for variable in [*spec["table1"]["categorical"], "three", "sparse"]:
        levels = {"three": three, "sparse": sparse}.get(variable, data.get(variable))
        found["rao_scott", variable] = compare_weighted_categorical(levels, treated, weights, cluster)[0]
    for variable in spec["table1"]["continuous"]:
        numbers = data[variable].to_numpy(float)
        found["design_t", variable] = compare_weighted_continuous(numbers, treated, weights, "design_t", cluster)[0]
    untied = data[spec["table1"]["continuous"][0]].rank(method="first").to_numpy()
    found["design_rank", "untied"] = compare_weighted_continuous(untied, treated, weights, "design_rank", cluster)[0]
    column = data[spec["binary_outcomes"][0]]
    event = (column == column.max()).to_numpy().astype(int)
    estimates = weighted_contrasts(event, treated, weights, cluster)
    estimates["proportion_1"] = weighted_proportion(event, treated, weights, cluster)
    estimates["proportion_0"] = weighted_proportion(event, ~treated, weights, cluster)
    for what, estimate in estimates.items():
        assert estimate.note == ""
        found |= {(what, part): getattr(estimate, part) for part in ("value", "low", "high")}
    assert {(f"{kind} {what}", part): value for (what, part), value in found.items()} == {
        key: near(value) for key, value in expected.items()
    }


patients = st.lists(
    st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 1), st.floats(0.1, 9)), min_size=6, max_size=30
)


def everything(levels, treated, event, weights, cluster=None):
    numbers = levels.astype(float)
    results = [compare_weighted_categorical(levels, treated, weights, cluster)[0]]
    for method in ("design_t", "design_rank"):
        results.append(compare_weighted_continuous(numbers, treated, weights, method, cluster)[0])
    for estimate in weighted_contrasts(event, treated, weights, cluster).values():
        results += estimate[:3]
    return [*results, *weighted_proportion(event, treated, weights, cluster)[:3]]


@given(patients, st.randoms(use_true_random=False), st.sampled_from([0.01, 50]))
def test_neither_row_order_nor_the_unit_of_the_weights_nor_the_names_of_clusters_matter(rows, random, unit):
    results = []
    for sample, scale in ((rows, 1), (random.sample(rows, len(rows)), unit)):
        levels, treated, event, weights = (np.array(column) for column in zip(*sample, strict=True))
        results.append(everything(levels, treated, event, weights * scale))
        results.append(everything(levels, treated, event, weights * scale, cluster=np.arange(len(levels))[::-1]))
    for other in results[1:]:
        assert other == pytest.approx(results[0], rel=1e-6, abs=1e-9, nan_ok=True)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 1), st.integers(1, 4)), min_size=4, max_size=15))
def test_integer_weights_are_repeated_rows_that_stay_together(rows):
    treated, event, weights = (np.array(column) for column in zip(*rows, strict=True))
    again = np.repeat(np.arange(len(rows)), weights)
    once = weighted_contrasts(event, treated, weights.astype(float))
    twice = weighted_contrasts(event[again], treated[again], np.ones(len(again)), cluster=again)
    for kind, estimate in once.items():
        assert estimate[:3] == pytest.approx(twice[kind][:3], rel=1e-9, nan_ok=True)
        assert estimate.note == twice[kind].note


def test_weights_of_one_give_the_unweighted_proportions_and_ratios():
    treated = np.repeat([True, False], [10, 8])
    event = np.r_[np.repeat([1, 0], [4, 6]), np.repeat([1, 0], [2, 6])]
    found = weighted_contrasts(event, treated, np.ones(18))
    assert [estimate.value for estimate in found.values()] == pytest.approx([0.15, 1.6, 2.0], rel=1e-14)
    assert weighted_proportion(event, treated, np.ones(18)).value == 0.4
    # Pearson's chi-square, but for the survey's n / (n - 1) and its F distribution
    assert compare_weighted_categorical(event, treated, np.ones(18))[0] == pytest.approx(0.5023, abs=0.03)


def test_ties_have_the_same_rank_whatever_their_order():
    numbers, treated = np.array([1.0, 2, 2, 3, 2, 5]), np.array([True, False, True, False, True, False])
    weights = np.array([1.0, 5, 0.5, 2, 1, 1])
    order = [0, 4, 2, 1, 3, 5]
    first = compare_weighted_continuous(numbers, treated, weights, "design_rank")[0]
    assert first == pytest.approx(
        compare_weighted_continuous(numbers[order], treated[order], weights[order], "design_rank")[0], rel=1e-12
    )


def test_missing_numbers_are_left_out():
    numbers = np.array([1.0, math.nan, 2, 3, 4, 7])
    treated, weights = np.array([True, True, True, False, False, False]), np.array([1, 90.0, 2, 1, 1, 3])
    known = ~np.isnan(numbers)
    for method in ("design_t", "design_rank"):
        cluster = np.arange(6) // 2
        whole = compare_weighted_continuous(numbers, treated, weights, method, cluster)
        assert whole == compare_weighted_continuous(
            numbers[known], treated[known], weights[known], method, cluster[known]
        )


EVENTS = {  # events of three treated and three controls: notes on proportion of the treated, difference, ratio, odds
    "no event among the treated": (
        [0, 0, 0, 1, 0, 0],
        ["no interval where no", "", "no patient with the event", "zero"],
    ),
    "no event at all": ([0] * 6, ["no interval where no", "no arm varies", "no patient with the event", "zero"]),
    "all": ([1] * 6, ["no interval where all", "no arm varies", "no arm varies", "zero"]),
    "all treated": ([1, 1, 1, 1, 0, 0], ["no interval where all", "", "", "zero"]),
}


@pytest.mark.parametrize(("event", "notes"), EVENTS.values(), ids=EVENTS)
def test_what_cannot_be_estimated_is_empty_with_a_note(event, notes):
    event, treated = np.array(event), np.array([True] * 3 + [False] * 3)
    weights = np.array([1, 2.5, 0.3, 1, 1, 4])
    estimates = [weighted_proportion(event, treated, weights), *weighted_contrasts(event, treated, weights).values()]
    for estimate, note in zip(estimates, notes, strict=True):
        assert note in estimate.note
        assert bool(estimate.note) == math.isnan(estimate.low) == math.isnan(estimate.high)


def test_arms_without_patients_or_variation_are_not_tested():
    weights, both = np.array([1.0, 2, 3, 4]), np.array([True, True, False, False])
    nobody = weighted_contrasts(np.array([0, 1, 1, 0]), np.ones(4, bool), weights)
    assert {estimate.note for estimate in nobody.values()} == {"not estimable: an arm has no patients"}
    assert weighted_proportion(np.array([0, 1, 1, 0]), np.zeros(4, bool), weights).note == "no patients"
    assert compare_weighted_categorical(list("abab"), np.ones(4, bool), weights)[2] == (
        "not tested: an arm has no patients"
    )
    assert "same value" in compare_weighted_categorical(list("aaaa"), both, weights)[2]
    for numbers, note in (([1, 1, 1, 1], "same value"), ([1, 1, 2, 2], "no arm varies"), ([1, np.nan, 2, 3], "fewer")):
        p, _, found = compare_weighted_continuous(np.array(numbers, float), both, weights, "design_t")
        assert math.isnan(p) and note in found
    assert (
        "clusters" in compare_weighted_continuous(np.array([1.0, 2, 4, 9]), both, weights, "design_t", [1, 2, 2, 1])[2]
    )
    everybody = pd.Series(list("abab"))
    assert math.isnan(compare_weighted_categorical(everybody, both, weights, np.ones(4))[0])
