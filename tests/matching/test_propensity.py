"""The propensity model: against R's glm on outliers, skew and odd units, and separation found from the design alone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from matching import fit_propensity
from runs import REPO
from twoarm.results.errors import InputError
from twoarm.stats import propensity
from twoarm.stats.imbalance import OUTLYING, outlying
from twoarm.stats.logistic import Design, fit_logistic, separates, surely_overlap
from twoarm.stats.propensity import propensity_model

GOLDEN = REPO / "tests/golden/propensity"
CASES = {name: case.reset_index(drop=True) for name, case in pd.read_csv(GOLDEN / "cases.csv").groupby("case")}
IN_R = dict(list(pd.read_csv(GOLDEN / "answers.csv").groupby("case")))
COVARIATES = ["x", "y", "z"]


def fitted(case):
    """The logit and the coefficients of a case of the golden files."""
    return propensity_model(case.astype({"z": "category"}), COVARIATES, case["treated"].eq(1).to_numpy())


@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith("separated")])
def test_the_model_is_that_of_glm_whatever_a_covariate_s_outliers_skew_and_unit(name):
    _, coefficients = fitted(CASES[name])
    expected = IN_R[name]
    assert coefficients["coefficient"].to_numpy() == pytest.approx(expected["coefficient"].to_numpy(), rel=1e-6)
    assert coefficients["standard_error"].to_numpy() == pytest.approx(expected["standard_error"].to_numpy(), rel=1e-6)
    assert (coefficients["note"] == OUTLYING).any() == expected["certain"].all()  # where glm warns
    assert expected["converged"].all()


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("separated")])
def test_true_separation_stops_the_run_where_glm_does_not_converge(name):
    assert not IN_R[name]["converged"].any()
    looked_at = "x, y" if name == "separated_by_two" else "x"
    with pytest.raises(InputError, match=rf"separation\); check {looked_at}: "):
        fitted(CASES[name])


@pytest.mark.parametrize(
    ("name", "column", "terms"),
    [
        ("outlier_treated", "x", ["x"]),
        ("outliers_both", "x", ["x"]),
        ("outlier_y", "y", ["y"]),
        ("plain", "x", []),
        ("outlier_against", "x", []),  # an outlier that the others contradict makes nobody certain
    ],
)
def test_the_note_names_the_covariate_that_lies_out(name, column, terms):
    _, coefficients = fitted(CASES[name])
    assert coefficients.loc[coefficients["note"] == OUTLYING, "variable"].tolist() == terms


def test_the_note_stands_in_the_statistics_and_the_patients_are_scored():
    case = CASES["outlier_treated"].astype({"z": "category"})
    patients = case.assign(patient_id=case.index.astype(str), arm=np.where(case["treated"] == 1, "T", "C"))
    arms = {"treated": {"value": "T"}, "control": {"value": "C"}}
    scores, table = fit_propensity.fit_propensity(patients, COVARIATES, arms)
    assert scores["propensity"].between(0, 1).all() and scores["propensity"].max() == 1
    assert outlying(table.to_dict("records")) == ["x"]
    assert set(table.loc[table["note"] != "", "statistic"]) == {"coefficient", "standard_error"}


def test_a_model_that_did_not_converge_is_refused(monkeypatch):
    """Neither a maximum nor separation: no result may be shown."""
    case = CASES["plain"]
    design, treated = Design(case[["x", "y"]].to_numpy(float)), case["treated"].eq(1).to_numpy()
    assert fit_logistic(design, treated, steps=2) is None
    monkeypatch.setattr(propensity, "fit_logistic", lambda design, treated: fit_logistic(design, treated, steps=2))
    with pytest.raises(InputError, match="did not converge"):
        fitted(case)


@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith("separated")])
def test_a_fit_that_is_taken_for_converged_has_no_score_left(name):
    """The residuals, weighted by each column, cancel out to the last digits."""
    design, treated = Design(CASES[name][["x", "y"]].to_numpy(float)), CASES[name]["treated"].eq(1).to_numpy()
    sign = np.where(treated, 1, -1)
    residual = sign * np.exp(-np.logaddexp(0, sign * fit_logistic(design, treated).logit))
    columns = design.with_intercept
    assert (np.abs(columns.T @ residual) < 1e-9 * (np.abs(columns).T @ np.abs(residual))).all()


def test_steps_that_would_lower_the_likelihood_are_halved():
    """Plain Newton's method diverges on this small skewed table; the coefficients are those of R's glm."""
    first = [1.91, 0.07, 0.0, 0.38, 0.01, 1.65, 0.18, 14.89, 0.34, 660.56, 0.07]
    second = [0.23, 471.97, 3.38, 1.44, 3.62, 0.03, 2.25, 43.28, 0.08, 6.4, 46.84]
    design, treated = np.column_stack([first, second]), np.isin(np.arange(11), [1, 5, 7, 9])
    assert not separates(Design(design), treated)
    fit = fit_logistic(Design(design), treated)
    assert fit.coefficients == pytest.approx([-4.81110206, 2.59006243, 0.02202125], rel=1e-6)
    residual = treated - np.exp(-np.logaddexp(0, -fit.logit))
    columns = np.column_stack([np.ones(11), design])
    assert (np.abs(columns.T @ residual) < 1e-12 * np.abs(columns).sum(axis=0)).all()


# x of the treated, x of the controls, whether they are separated
SIDES = [
    ([1, 2, 3], [4, 5, 6], True),
    ([1, 2, 4], [4, 5, 6], True),  # but for a tie
    ([4, 4, 4], [4, 5, 6], True),
    ([1, 2, 4.001], [4, 5, 6], False),
    ([1, 2, 5], [4, 5, 6], False),
    ([4, 4], [4, 4, 4, 5, 3], False),
    ([1, 2, 3], [4, 5, 6e15], True),
    ([1, 2, 5], [4, 5, 6e15], False),
    ([1, 2, 5, -1e15], [4, 5, 6e15], False),
    ([0, 0, 0, 1], [0, 0, 0, 0], True),  # a level that one arm alone has
    ([0, 0, 0, 1], [0, 0, 0, 1], False),
]


@pytest.mark.parametrize(("treated", "control", "separated"), SIDES)
@pytest.mark.parametrize("unit", [1, 1e-12, 1e9])
@pytest.mark.parametrize("turned", [False, True])
def test_separation_is_found_from_the_design_in_any_unit(treated, control, separated, unit, turned):
    design = Design(np.array([*treated, *control], float)[:, None] * unit)
    arm = np.arange(len(treated) + len(control)) < len(treated)
    assert separates(design, ~arm if turned else arm) is separated
    fit = fit_logistic(design, ~arm if turned else arm)
    assert (fit is None or not surely_overlap(design, arm, fit.logit)) or not separated


@settings(max_examples=100, deadline=None)
@example([(1, False), (0, False), (0, False), (0, False), (0, True)])
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=4, max_size=14))
def test_one_covariate_separates_just_where_the_arms_meet_in_one_value_at_most(rows):
    values, arm = np.array([value for value, _ in rows], float), np.array([arm for _, arm in rows])
    if len(set(values)) < 2 or arm.all() or not arm.any():
        return
    own, other = values[arm], values[~arm]
    apart = bool(own.max() <= other.min() or other.max() <= own.min())
    design = Design(values[:, None])
    assert separates(design, arm) is apart
    fit = fit_logistic(design, arm)
    if apart:
        assert fit is None or not surely_overlap(design, arm, fit.logit)
    else:
        assert fit is not None and surely_overlap(design, arm, fit.logit)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), unit=st.sampled_from([1e-9, 1e-3, 1e4, 1e10]), far=st.sampled_from([0.0, 1e3, -1e6]))
def test_the_fit_does_not_depend_on_a_unit_or_where_zero_lies(seed, unit, far):
    random = np.random.default_rng(seed)
    design = random.normal(size=(70, 2)).round(3)
    treated = random.random(70) < 0.4
    if separates(Design(design), treated):
        return
    one, other = fit_logistic(Design(design), treated), fit_logistic(Design((design + far) * unit), treated)
    assert np.abs(one.logit - other.logit).max() < 1e-7
    assert other.coefficients[1:] * unit == pytest.approx(one.coefficients[1:], rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("patients", [60, 5000])
def test_scikit_learn_finds_the_same_maximum(patients):
    random = np.random.default_rng(7)
    age, flag, marker = random.normal(0, 10, patients), random.integers(0, 2, patients), random.exponential(5, patients)
    design, unit = np.column_stack([age, flag, marker]), np.array([10, 1, 5])
    treated = random.random(patients) < 1 / (1 + np.exp(0.05 * age - flag))
    other = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12).fit(design / unit, treated)
    assert fit_logistic(Design(design), treated).coefficients[1:] == pytest.approx(other.coef_[0] / unit, rel=1e-8)
