"""The stage of matching keeps its promises: pairs, sets, strata, calipers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import match_patients
from twoarm.results.errors import InputError

ARMS = {"treated": {"value": "T", "label": "Treated"}, "control": {"value": "C", "label": "Control"}}
MATCHING = {
    "method": "nearest", "ratio": 1, "caliper": 0.2, "order": "largest", "replace": False, "seed": 1,
    "exact": [], "calipers": {}, "covariates": [], "incomplete": "refuse",
}  # fmt: skip


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
