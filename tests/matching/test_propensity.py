"""The propensity score: against R's glm, and by its properties."""

import numpy as np
import pandas as pd
import pytest

import oracles
from matching import fit_propensity
from twoarm.results.errors import InputError
from twoarm.stats.matching import (
    caliper_width,
)
from twoarm.stats.propensity import design_matrix, probability, propensity_model

ARMS = {"treated": {"value": "T", "label": "Treated"}, "control": {"value": "C", "label": "Control"}}


@pytest.mark.parametrize("name", oracles.MATCHED)
def test_logit_is_that_of_glm(name):
    data, treated, logit, coefficients, spec, expected = oracles.scored(name)
    terms = expected["ps"]["terms"]
    r_coefficients = np.array([term["coef"] for term in terms])
    design, named = design_matrix(data, spec["ps"]["covariates"])
    assert [("(Intercept)", ""), *named] == [(term["variable"], term["level"] or "") for term in terms]
    assert np.abs(logit - (r_coefficients[0] + design @ r_coefficients[1:])).max() < 1e-10
    assert coefficients["coefficient"].to_numpy() == pytest.approx(r_coefficients, rel=1e-9)
    assert coefficients["standard_error"].to_numpy() == pytest.approx([term["se"] for term in terms], rel=1e-7)


@pytest.mark.parametrize("name", oracles.MATCHED)
def test_caliper_and_auc_are_those_of_r(name):
    _, treated, logit, _, _, expected = oracles.scored(name)
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
