"""The propensity score and the matching: against R's glm and MatchIt 4.7.2, and by their properties."""

import numpy as np
import pandas as pd
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
from twoarm.stats.propensity import design_matrix, probability, propensity_model

ARMS = {"treated": {"value": "T", "label": "Treated"}, "control": {"value": "C", "label": "Control"}}
MATCHING = {
    "method": "nearest", "ratio": 1, "caliper": 0.2, "order": "largest", "replace": False, "seed": 1,
    "exact": [], "calipers": {}, "covariates": [], "incomplete": "refuse",
}  # fmt: skip


def scored(name):
    data, spec, expected = oracles.load(name)
    treated = (data[spec["treatment"]["column"]] == spec["treatment"]["treated"]).to_numpy()
    logit, coefficients = propensity_model(data, spec["ps"]["covariates"], treated)
    return data, treated, logit, coefficients, spec, expected


# --- Propensity score


@pytest.mark.parametrize("name", oracles.MATCHED)
def test_logit_is_that_of_glm(name):
    data, treated, logit, coefficients, spec, expected = scored(name)
    terms = expected["ps"]["terms"]
    r_coefficients = np.array([term["coef"] for term in terms])
    design, named = design_matrix(data, spec["ps"]["covariates"])
    assert [("(Intercept)", ""), *named] == [(term["variable"], term["level"] or "") for term in terms]
    assert np.abs(logit - (r_coefficients[0] + design @ r_coefficients[1:])).max() < 1e-10
    assert coefficients["coefficient"].to_numpy() == pytest.approx(r_coefficients, rel=1e-9)
    assert coefficients["standard_error"].to_numpy() == pytest.approx([term["se"] for term in terms], rel=1e-7)


@pytest.mark.parametrize("name", oracles.MATCHED)
def test_caliper_and_auc_are_those_of_r(name):
    _, treated, logit, _, _, expected = scored(name)
    ps = expected["ps"]
    assert logit.std(ddof=1) == pytest.approx(ps["sd_logit_all"], rel=1e-9)
    assert caliper_width(logit, 0.2) == pytest.approx(ps["caliper_abs_logit"], rel=1e-8)
    assert fit_propensity.area_under_curve(pd.Series(logit), pd.Series(treated)) == pytest.approx(ps["auc"], rel=1e-12)


def small_study(n=60, seed=0):
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "patient_id": [f"P{i:03d}" for i in range(n)],
            "arm": np.where(random.random(n) < 0.5, "T", "C"),
            "age": random.normal(60, 9, n).round(1),
            "stage": pd.Categorical(random.choice(["B", "C"], n), categories=["A", "B", "C"]),
        }
    )


def test_level_that_nobody_has_is_no_term():
    _, terms = design_matrix(small_study(), ["age", "stage"])
    assert terms == [("age", ""), ("stage", "C")]


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("age", lambda d: d["age"].mask(d["age"] > 65), "'age' is missing in"),
        ("age", lambda d: d["age"] * 0 + 3, "'age' is the same in all 60 patients"),
        ("age", lambda d: pd.Timestamp("2024-01-01") + pd.to_timedelta(d["age"], "D"), "neither continuous"),
        ("double", lambda d: 2 * d["age"] - 7, "double can be computed exactly"),
        ("tell", lambda d: d["arm"].eq("T") * 1.0 + d["age"] / 1e6, r"separation\); check tell"),
    ],
)
def test_covariate_that_cannot_be_matched_on_is_named(column, values, said):
    study = small_study()
    study[column] = values(study)
    covariates = list(dict.fromkeys(["stage", "age", column]))
    with pytest.raises(InputError, match=said):
        propensity_model(study, covariates, study["arm"].eq("T").to_numpy())


def test_level_of_one_arm_alone_is_separation():
    study = small_study()
    rare = study.index[study["arm"] == "T"][:3]
    study["ecog"] = pd.Categorical(np.where(study.index.isin(rare), "3", np.where(study.index % 2, "1", "0")))
    with pytest.raises(InputError, match=r"check ecog \(3\)"):
        propensity_model(study, ["age", "ecog"], study["arm"].eq("T").to_numpy())


def test_strong_but_finite_predictor_is_no_separation():
    random = np.random.default_rng(1)
    study = pd.DataFrame({"x": random.normal(size=2000)})
    treated = random.random(2000) < probability(10 * study["x"].to_numpy())
    _, coefficients = propensity_model(study, ["x"], treated)
    assert coefficients["coefficient"][1] == pytest.approx(10, rel=0.2)


def test_one_arm_alone_is_refused():
    with pytest.raises(InputError, match="one arm"):
        propensity_model(small_study(), ["age"], np.ones(60, bool))


def test_all_errors_of_the_covariates_come_at_once():
    study = small_study().assign(age=np.nan, flat=1.0)
    with pytest.raises(InputError) as error:
        design_matrix(study, ["age", "flat", "absent"])
    assert len(error.value.errors) == 3


def test_scores_and_their_statistics():
    study = small_study()
    scores, table = fit_propensity.fit_propensity(study, ["age", "stage"], ARMS)
    assert list(scores.columns) == ["patient_id", "arm", "propensity", "logit"]
    odds = scores["propensity"] / (1 - scores["propensity"])
    assert np.log(odds).to_numpy() == pytest.approx(scores["logit"].to_numpy())
    # the maximum-likelihood fit reproduces the arm's share
    assert scores["propensity"].mean() == pytest.approx(study["arm"].eq("T").mean())
    coefficients = table[table["statistic"] == "coefficient"]
    assert list(zip(coefficients["variable"], coefficients["level"], strict=True)) == [
        ("intercept", ""),
        ("age", ""),
        ("stage", "C"),
    ]
    assert table[table["statistic"] == "total"]["value"].sum() == 60
    shuffled, _ = fit_propensity.fit_propensity(study.sample(frac=1, random_state=3), ["age", "stage"], ARMS)
    pd.testing.assert_frame_equal(scores, shuffled, check_exact=True, obj="scores whatever the row order")


def test_patients_outside_the_other_arm_s_range_and_in_equipoise_are_counted():
    study = small_study()
    study["arm"] = np.where(study["age"] + np.random.default_rng(1).normal(0, 6, 60) > 56, "T", "C")
    scores, table = fit_propensity.fit_propensity(study, ["age", "stage"], ARMS)
    treated = scores["arm"] == "T"
    # Walker 2013: ln(F / (1 - F)) = ln(S / (1 - S)) - ln(P / (1 - P)), with P the share of treated patients
    odds = scores["propensity"] / (1 - scores["propensity"]) / (treated.mean() / (1 - treated.mean()))
    preference = odds / (1 + odds)
    found = table[table["variable"] == ""].set_index(["group", "level", "statistic"])["value"]
    value = found.sort_index()
    for arm, own in (("T", treated), ("C", ~treated)):
        inside = preference[own].between(0.3, 0.7)
        assert 0 < value[arm, "", "equipoise"] == inside.sum() < own.sum()
        assert value[arm, "equipoise", "percent"] == pytest.approx(100 * inside.mean())
        others = scores.loc[~own, "propensity"]
        outside = ~scores.loc[own, "propensity"].between(others.min(), others.max())
        assert value[arm, "", "outside_overlap"] == outside.sum()
        assert value[arm, "outside_overlap", "percent"] == pytest.approx(100 * outside.mean())
    low, high = value["T vs C", "", "equipoise_low"], value["T vs C", "", "equipoise_high"]
    assert (preference.between(0.3, 0.7) == scores["propensity"].between(low, high)).all()


# --- Nearest neighbour


@pytest.mark.parametrize("order", ["largest", "smallest", "data"])
@pytest.mark.parametrize("name", oracles.MATCHED)
def test_pairs_are_those_of_matchit(name, order):
    data, treated, logit, *_ = scored(name)
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
    data, treated, logit, *_ = scored(name)
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
    _, treated, logit, *_ = scored(name)
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


# --- The stage


def cohort(n, seed):
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "patient_id": [f"P{i:03d}" for i in range(n)],
            "arm": np.where(np.arange(n) % 2, "T", "C"),
            "propensity": 0.5,
            "logit": random.normal(size=n).round(1),
        }
    )


@settings(max_examples=40)
@given(
    seed=st.integers(0, 1000), n=st.integers(30, 90), order=st.sampled_from(["largest", "smallest", "random", "data"])
)
def test_matching_keeps_its_promises(seed, n, order):
    scores = cohort(n, seed)
    settings_ = MATCHING | {"order": order}
    matched, table = match_patients.match_patients(scores, settings_, ARMS)
    assert matched["patient_id"].is_unique
    assert (matched.groupby("pair")["arm"].agg(set) == {"T", "C"}).all()
    assert sorted(matched["pair"].unique()) == list(range(1, len(matched) // 2 + 1))
    distance = matched.groupby("pair")["logit"].agg(np.ptp)
    assert distance.max() <= 0.2 * scores["logit"].std()
    value = table.set_index(["group", "statistic"])["value"]
    assert value["overall", "pairs"] == len(matched) / 2
    assert value["overall", "largest_distance"] == pytest.approx(distance.max())
    assert value["T", "unmatched"] == (scores["arm"] == "T").sum() - len(matched) / 2
    shuffled, _ = match_patients.match_patients(scores.sample(frac=1, random_state=seed), settings_, ARMS)
    pd.testing.assert_frame_equal(matched, shuffled, check_exact=True)


@pytest.mark.parametrize("method", ["nearest", "mahalanobis"])
@pytest.mark.parametrize("ratio", [2, 3])
def test_sets_are_of_one_treated_patient_and_as_many_controls_as_asked_for(ratio, method):
    scores = cohort(120, 8).assign(arm=np.where(np.arange(120) % 5, "C", "T"))
    enrolled = scores[["patient_id"]].assign(age=np.random.default_rng(1).normal(size=120))
    own = {"ratio": ratio, "method": method, "covariates": ["age"] if method == "mahalanobis" else []}
    with pytest.raises(InputError, match=rf"\d+ of \d+ matched treated patients have fewer than {ratio} controls"):
        match_patients.match_patients(scores, MATCHING | own, ARMS, enrolled)
    own["incomplete"] = "drop"
    matched, table = match_patients.match_patients(scores, MATCHING | own, ARMS, enrolled)
    sizes = matched.groupby("pair")["arm"].value_counts().unstack()
    assert (sizes["T"] == 1).all() and (sizes["C"] == ratio).all() and len(sizes) > 5
    assert matched["patient_id"].is_unique and (matched["weight"] == 1).all()
    assert sorted(matched["pair"].unique()) == list(range(1, len(sizes) + 1))
    own_logit = matched[matched["arm"] == "T"].set_index("pair")["logit"]
    distance = (matched["logit"] - own_logit[matched["pair"]].to_numpy()).abs()
    value = table.set_index(["group", "statistic"])["value"]
    assert distance.max() == value["overall", "largest_distance"] <= 0.2 * scores["logit"].std()
    assert value["overall", "pairs"] == len(sizes)
    assert value["T", "unmatched"] == 24 - len(sizes) and value["C", "unmatched"] == 96 - ratio * len(sizes)


def test_more_controls_than_anybody_has_are_refused():
    with pytest.raises(InputError, match="no treated patient has 10 controls"):
        match_patients.match_patients(cohort(40, 1), MATCHING | {"ratio": 10, "incomplete": "drop"}, ARMS)


def test_exact_variables_agree_within_pairs():
    scores = cohort(80, 5)
    enrolled = scores[["patient_id"]].assign(
        centre=pd.Categorical([str(i // 3 % 3) for i in range(80)]), sex=[i // 7 % 2 for i in range(80)]
    )
    settings_ = MATCHING | {"exact": ["centre", "sex"]}
    shuffled = enrolled.sample(frac=1, random_state=1)
    matched, table = match_patients.match_patients(scores, settings_, ARMS, shuffled)
    with_strata = matched.merge(enrolled, on="patient_id")
    assert len(matched) > 20
    assert (with_strata.groupby("pair")[["centre", "sex"]].nunique() == 1).all(axis=None)
    # the caliper stays that of the whole sample
    caliper = table.set_index("statistic")["value"]["caliper"]
    assert caliper == pytest.approx(0.2 * scores["logit"].std())
    with pytest.raises(InputError, match="'sex' of `exact` is missing in 4 of 80"):
        enrolled["sex"] = enrolled["sex"].where(enrolled.index > 3)
        match_patients.match_patients(scores, settings_, ARMS, enrolled)


@pytest.mark.parametrize("method", ["nearest", "mahalanobis", "optimal"])
def test_covariates_are_within_their_calipers(method):
    scores = cohort(90, 6)
    random = np.random.default_rng(2)
    enrolled = scores[["patient_id"]].assign(
        age=random.normal(60, 9, 90).round(1),
        afp=random.lognormal(4, 2, 90),
        sex=pd.Categorical(random.choice(["F", "M"], 90)),
    )
    own = {"method": method, "calipers": {"age": 5, "afp": "0.25 SD"}, "caliper": 1}
    own |= {"covariates": ["age", "sex"] if method == "mahalanobis" else []}
    shuffled = enrolled.sample(frac=1, random_state=1)
    matched, table = match_patients.match_patients(scores, MATCHING | own, ARMS, shuffled)
    apart = matched.merge(enrolled, on="patient_id").groupby("pair")[["age", "afp", "logit"]].agg(np.ptp)
    assert len(apart) > 15 and (matched.groupby("pair")["arm"].agg(set) == {"T", "C"}).all()
    assert apart["age"].max() <= 5 + 1e-9 and apart["afp"].max() <= 0.25 * enrolled["afp"].std()
    assert apart["logit"].max() <= scores["logit"].std()
    assert table["method"].unique().tolist() == [f"{method}_caliper"]
    enrolled.loc[3, "age"] = np.nan
    with pytest.raises(InputError, match="'age' of `calipers` is missing in 1 of 90"):
        match_patients.match_patients(scores, MATCHING | own, ARMS, enrolled)


def test_without_caliper_the_smaller_arm_is_used_up():
    scores = cohort(41, 2)
    matched, table = match_patients.match_patients(scores, MATCHING | {"caliper": None}, ARMS)
    assert len(matched) == 40
    assert table.set_index("statistic")["note"]["caliper"] == "no caliper"
