"""The search for pairs and sets: against MatchIt 4.7.2, and by its properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from matching import fit_propensity, match_patients
from twoarm.results.errors import InputError
from twoarm.stats.candidates import Candidates, mahalanobis_space
from twoarm.stats.matching import (
    caliper_width,
    closest,
    nearest,
    optimal,
    processing_order,
    set_weights,
    variable_ratios,
)

ARMS = {"treated": {"value": "T", "label": "Treated"}, "control": {"value": "C", "label": "Control"}}
MATCHING = {
    "method": "nearest", "ratio": 1, "caliper": 0.2, "order": "largest", "replace": False, "seed": 1,
    "exact": [], "calipers": {}, "covariates": [], "incomplete": "refuse",
}  # fmt: skip


# --- Nearest neighbour


@pytest.mark.parametrize("order", ["largest", "smallest", "data"])
@pytest.mark.parametrize("name", oracles.MATCHED)
def test_pairs_are_those_of_matchit(name, order):
    data, treated, logit, *_ = oracles.scored(name)
    rows, partners = nearest(logit, treated, caliper_width(logit, 0.2), order)
    expected = oracles.read(name, "match_round10")[order]
    pairs = set(zip(data["id"][rows], data["id"][partners], strict=True))
    assert pairs == set(zip(expected["treated"], expected["control"], strict=True))


@pytest.mark.parametrize("order", ["largest", "smallest", "data"])
@pytest.mark.parametrize("name", oracles.MATCHED)
def test_pairs_of_a_file_in_the_order_of_its_numbers_are_those_of_matchit(name, order):
    """Ties follow the identifier: in text order, "10" before "2", pairs would differ from R's."""
    data, spec, _ = oracles.load(name)
    treated = data[spec["treatment"]["column"]] == spec["treatment"]["treated"]
    patients = data.assign(patient_id=data["id"].astype(str), arm=np.where(treated, "T", "C"))
    shuffled = patients.sample(frac=1, random_state=2)
    scores, _ = fit_propensity.fit_propensity(shuffled, spec["ps"]["covariates"], ARMS)
    settings_ = MATCHING | {"order": order}
    matched, _ = match_patients.match_patients(scores.sample(frac=1, random_state=3), settings_, ARMS)
    assert matched["patient_id"].tolist() == sorted(matched["patient_id"], key=int)
    found = matched.astype({"patient_id": int}).pivot(index="pair", columns="arm", values="patient_id")
    expected = oracles.read(name, "match_round10")[order]
    assert set(zip(found["T"], found["C"], strict=True)) == set(
        zip(expected["treated"], expected["control"], strict=True)
    )


@pytest.mark.parametrize("name", oracles.MATCHED)
def test_pairs_without_caliper_are_those_of_matchit(name):
    data, treated, logit, *_ = oracles.scored(name)
    rows, partners = nearest(logit, treated, caliper_width(logit, None))
    expected = oracles.read(name, "match_4.7.2")["logit_nocal_largest"]["pairs"]
    pairs = set(zip(data["id"][rows], data["id"][partners], strict=True))
    assert pairs == set(zip(expected["treated"], expected["control"], strict=True))


def pairs_of(logit, treated, width, **options):
    rows, partners = nearest(np.array(logit, float), np.array(treated, bool), width, **options)
    return list(zip(rows.tolist(), partners.tolist(), strict=True))


def test_caliper_is_inclusive():
    assert pairs_of([0.5, 0.25], [1, 0], 0.25) == [(0, 1)]
    with pytest.raises(InputError, match=r"caliper of 0.2 .* smallest distance .* is 0.25"):
        pairs_of([0.5, 0.25], [1, 0], 0.2)


def test_closest_free_control_wins():
    # the first treated takes the control that the second would have preferred
    assert pairs_of([2.0, 1.75, 1.5, 0.75], [1, 1, 0, 0], 9) == [(0, 2), (1, 3)]


def test_tie_goes_to_the_control_fewer_places_away_then_to_the_lower_logit():
    assert pairs_of([0.0, 1.0, -1.0], [1, 0, 0], 9) == [(0, 2)]
    # a treated patient with logit -0.5 is between: the upper control is one rank away, the lower two
    assert pairs_of([0.0, 1.0, -1.0, -0.5], [1, 0, 0, 1], 9)[0] == (0, 1)


def test_equal_logits_go_by_row_order():
    assert pairs_of([1.0, 1.0, 1.0, 1.0], [1, 0, 0, 1], 0) == [(0, 1), (3, 2)]


def test_exact_keeps_partners_within_a_stratum():
    logit, treated = [2.0, 1.9, 1.0, 0.0], [1, 0, 0, 1]
    assert pairs_of(logit, treated, 5, strata=np.array([7, 3, 7, 3])) == [(0, 2), (3, 1)]
    with pytest.raises(InputError, match="`exact`"):
        pairs_of(logit, treated, 5, strata=np.array([1, 2, 2, 1]))


def test_random_order_is_seeded():
    logit, treated = np.arange(50.0), np.arange(50) % 2 == 0
    one, again = (processing_order(logit, treated, "random", seed) for seed in (1, 1.0))
    assert (one == again).all()
    assert (one != processing_order(logit, treated, "random", 2)).any()
    assert sorted(one) == sorted(np.flatnonzero(treated))


def brute_force(logit, treated, width, order, strata, ratio, replace):
    """The rule without sorting tricks: ranks between controls are counted one by one."""
    place = {row: i for i, row in enumerate(sorted(range(len(logit)), key=lambda row: (strata[row], logit[row], row)))}
    free, pairs = set(np.flatnonzero(~treated).tolist()), []
    wanted = np.zeros(len(logit), int) + ratio
    chosen = processing_order(logit, treated, order).tolist()
    for row in (row for number in range(wanted.max()) for row in chosen if wanted[row] > number):
        own = {control for other, control in pairs if other == row}
        near = [c for c in free - own if strata[c] == strata[row] and abs(logit[c] - logit[row]) <= width]
        if near:
            best = min(
                near,
                key=lambda c: (abs(logit[c] - logit[row]), abs(place[c] - place[row]), place[c] > place[row]),
            )
            free -= set() if replace else {best}
            pairs.append((row, best))
    return pairs


@st.composite
def problems(draw):
    """Patients to match and the settings of nearest: logit, treated, strata, width, order, ratio, replace."""
    n = draw(st.integers(2, 40))
    # eighths are exact in binary, so that ties are ties
    logit = np.array(draw(st.lists(st.integers(-16, 16), min_size=n, max_size=n))) / 8
    treated = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    strata = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    width = draw(st.sampled_from([0.0, 0.25, 1.0, np.inf]))
    order = draw(st.sampled_from(["largest", "smallest", "data", "random"]))
    ratio = draw(st.one_of(st.integers(1, 3), st.lists(st.integers(0, 3), min_size=n, max_size=n).map(np.array)))
    return logit, treated, strata, width, order, ratio, draw(st.booleans())


@settings(max_examples=150)
@given(problems())
def test_pairs_are_those_of_the_plain_rule(problem):
    logit, treated, strata, width, order, ratio, replace = problem
    plain = brute_force(logit, treated, width, order, strata, ratio, replace)
    if not plain:
        with pytest.raises(InputError):
            nearest(logit, treated, width, order, 1, strata, ratio, replace)
        return
    rows, partners = nearest(logit, treated, width, order, 1, strata, ratio, replace)
    assert list(zip(rows.tolist(), partners.tolist(), strict=True)) == plain


# --- Any distance and limits


@settings(max_examples=100)
@given(problems())
def test_looking_at_all_controls_gives_the_pairs_of_the_sorted_search(problem):
    logit, treated, strata, width, order, ratio, replace = problem
    candidates = Candidates(logit, treated, width, strata)
    chosen = processing_order(logit, treated, order, 1)
    try:
        expected = nearest(logit, treated, width, order, 1, strata, ratio, replace)
    except InputError:
        with pytest.raises(InputError):
            closest(candidates, chosen, ratio, replace)
        return
    found = closest(candidates, chosen, ratio, replace)
    assert [rows.tolist() for rows in found] == [rows.tolist() for rows in expected]


# --- Weights of sets


@settings(max_examples=100)
@given(problems())
def test_weights_are_those_of_everybody_matched_and_one_in_sets_of_one_size(problem):
    logit, treated, strata, width, order, ratio, replace = problem
    try:
        rows, partners = nearest(logit, treated, width, order, 1, strata, ratio, replace)
    except InputError:
        return
    weights = set_weights(rows, partners, len(logit))
    assert set(np.flatnonzero(weights)) == {*rows, *partners}
    assert (weights[rows] == 1).all()
    assert weights[~treated].sum() == pytest.approx(len(set(partners)))
    alike = len(set(np.bincount(rows)[rows])) == 1
    if alike and len(set(partners)) == len(partners):
        assert (weights[partners] == 1).all()
    # A set's controls say together as much as its treated patient, so the weighted mean is the mean of sets' means.
    means = [logit[partners[rows == row]].mean() for row in set(rows)]
    assert np.average(logit[~treated], weights=weights[~treated]) == pytest.approx(np.mean(means), abs=1e-12)


@given(st.integers(2, 30), st.floats(1.2, 2.8), st.integers(0, 10**6))
def test_variable_ratios_are_the_most_where_scores_are_like_those_of_controls(treated, mean, seed):
    logit = np.random.default_rng(seed).normal(size=treated + 40)
    arm = np.arange(len(logit)) < treated
    logit[arm] += 2
    ratios = variable_ratios(logit, arm, mean, 1, 3)
    assert (ratios[~arm] == 0).all()
    assert ratios.sum() == round(mean * treated)
    towards = 1 if logit[arm].mean() > logit[~arm].mean() else -1  # few treated may have lower scores by chance
    by_score = ratios[arm][np.argsort(towards * logit[arm])]
    assert (np.diff(by_score) <= 0).all()
    assert set(by_score) <= {1, 2, 3}
    assert (by_score == 2).sum() <= 1


def best_by_brute_force(candidates):
    """(pairs, least sum of distances) of the best matching, by trying all of them."""
    treated, controls = np.flatnonzero(candidates.treated).tolist(), np.flatnonzero(~candidates.treated)

    def best(rest, free):
        if not rest:
            return 0, 0.0
        row, *others = rest
        pairs, total = best(others, free)
        result = (-pairs, total)
        for control, distance in zip(controls.tolist(), candidates.distances(row, controls), strict=True):
            if control in free and distance < np.inf:
                pairs, total = best(others, free - {control})
                result = min(result, (-pairs - 1, total + distance))
        return -result[0], result[1]

    return best(treated, frozenset(controls.tolist()))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_optimal_pairs_are_the_most_and_the_closest(data):
    n = data.draw(st.integers(2, 11))
    logit = np.array(data.draw(st.lists(st.integers(-16, 16), min_size=n, max_size=n))) / 8
    treated = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    age = np.array(data.draw(st.lists(st.integers(40, 60), min_size=n, max_size=n)), float)
    strata = np.array(data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    width = data.draw(st.sampled_from([0.0, 0.5, 2.0, np.inf]))
    candidates = Candidates(logit, treated, width, strata, ((age, data.draw(st.sampled_from([2.0, 10.0, 30.0]))),))
    pairs, total = best_by_brute_force(candidates)
    if not pairs:
        with pytest.raises(InputError, match="alike enough"):
            optimal(candidates)
        return
    rows, partners = optimal(candidates)
    assert treated[rows].all() and not treated[partners].any()
    assert len(set(rows)) == len(set(partners)) == len(rows) == pairs
    assert np.abs(logit[rows] - logit[partners]).sum() == total  # eighths: exact in binary
    assert np.isfinite([candidates.distances(a, np.array([b]))[0] for a, b in zip(rows, partners, strict=True)]).all()


def test_optimal_matching_prefers_pairs_to_closeness_and_closeness_to_greed():
    # greedily, 2.0 takes 1.75 and leaves 1.5 for 1.0; crossed, all sums are equal; apart, the best has two pairs
    logit, treated = np.array([2.0, 1.0, 1.5, 2.75]), np.array([True, True, False, False])
    greedy = nearest(logit, treated, 0.75)
    assert [rows.tolist() for rows in greedy] == [[0], [2]]
    assert [rows.tolist() for rows in optimal(Candidates(logit, treated, 0.75))] == [[0, 1], [3, 2]]


def test_too_many_patients_for_optimal_matching_are_refused(monkeypatch):
    monkeypatch.setattr("twoarm.stats.matching.LARGEST_TABLE", 3)
    with pytest.raises(InputError, match="2 x 2 are too many"):
        optimal(Candidates(np.zeros(4), np.array([True, True, False, False])))


@pytest.mark.parametrize("name", oracles.MATCHED)
def test_optimal_pairs_are_no_further_apart_than_greedy_ones(name):
    _, treated, logit, *_ = oracles.scored(name)
    rows, partners = optimal(Candidates(logit, treated))
    greedy, taken = nearest(logit, treated, np.inf)
    assert len(rows) == len(greedy)
    assert np.abs(logit[rows] - logit[partners]).sum() <= np.abs(logit[greedy] - logit[taken]).sum() + 1e-9


def test_a_covariate_caliper_is_inclusive_whatever_the_last_bit():
    age, logit, treated = np.array([64.4, 59.4, 59.3]), np.array([0.0, 1.0, 0.0]), np.array([True, False, False])
    assert 64.4 - 59.4 > 5
    rows, partners = closest(Candidates(logit, treated, calipers=((age, 5.0),)), np.array([0]))
    assert (rows.tolist(), partners.tolist()) == ([0], [1])


def test_the_mahalanobis_distance_does_not_depend_on_units_or_on_repeated_columns():
    random = np.random.default_rng(4)
    columns, treated = random.normal(size=(30, 3)), np.arange(30) % 3 == 0
    plain = Candidates(np.zeros(30), treated, space=mahalanobis_space(columns, treated))
    mixed = columns @ np.array([[1000, 0, 3], [0, 0.001, 2], [0, 0, 1]]) + 50
    other = Candidates(np.zeros(30), treated, space=mahalanobis_space(np.c_[mixed, mixed[:, 0]], treated))
    everyone = np.arange(30)
    assert plain.distances(3, everyone) == pytest.approx(other.distances(3, everyone), rel=1e-8)
