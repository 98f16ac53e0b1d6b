"""The propensity score: the probability of the treated arm given the covariates, by logistic regression.

Unpenalised, treatment contrasts, as R's `glm(treated ~ ..., family = binomial)`. Rosenbaum & Rubin,
Biometrika 1983;70:41-55. It stands apart from matching.py because scikit-learn takes a second to import.
"""

import warnings

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from twoarm.faults import StudyError

DECIMALS = 10  # equal scores that differ in their last bit would make the pairs depend on the machine
COLLINEAR = 1e-9  # the part of a standardised column that the columns before it do not explain
SEPARATED = 1e-8  # the information left in some direction; a fit that converges keeps far more
CONVERGED = 1e-9  # the largest mean score of a fit that reached its maximum


def design_matrix(patients: pd.DataFrame, covariates: list[str]) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Return the covariates as numbers (n x terms, no intercept), and each term's (variable, level).

    A Categorical of k levels gives k - 1 columns of 0/1, its first level being the reference; levels that
    nobody has are left out. A number or flag enters as it is, with level "".
    Raises StudyError for a covariate that is absent, missing in some patients, constant, or not a number.
    """
    faults = [fault for name in covariates for fault in _faults(patients, name)]
    if faults:
        raise StudyError(faults)
    columns, terms = [], []
    for name in covariates:
        values = patients[name]
        if isinstance(values.dtype, pd.CategoricalDtype):
            levels = values.cat.remove_unused_categories().cat.categories[1:]
            columns += [(values == level).to_numpy(float) for level in levels]
            terms += [(name, str(level)) for level in levels]
        else:
            columns.append(values.to_numpy(float))
            terms.append((name, ""))
    return np.column_stack(columns), terms


def propensity_model(
    patients: pd.DataFrame, covariates: list[str], treated: np.ndarray
) -> tuple[np.ndarray, pd.DataFrame]:
    """Fit the propensity model; return (logit, coefficients).

    treated: bool, one a patient. logit: the linear predictor of each patient, rounded to 10 decimals.
    coefficients: variable ("intercept" first), level, coefficient, standard_error, on the log-odds scale.
    Raises StudyError for what design_matrix refuses, a collinear column (R would drop it without a word),
    a single arm, and covariates that separate the arms, so that no maximum-likelihood estimate exists.
    """
    if treated.all() or not treated.any():
        raise StudyError("propensity: all patients are in one arm; both are needed")
    design, terms = design_matrix(patients, covariates)
    mean, sd = design.mean(axis=0), design.std(axis=0)
    scaled = np.column_stack([np.ones(len(design)), (design - mean) / sd])
    triangle = _independent(scaled, terms)

    with warnings.catch_warnings():  # _check_fit judges the fit itself
        warnings.simplefilter("ignore")
        model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12, fit_intercept=False)
        scaled_coefficients = model.fit(scaled, treated).coef_[0]
    logit = scaled @ scaled_coefficients
    information = _information(scaled, treated, logit, triangle)
    if information is None:
        raise StudyError(_separation(scaled_coefficients[1:], terms))

    unscale = np.diag(np.r_[1.0, 1 / sd])
    unscale[0, 1:] = -mean / sd
    variance = unscale @ np.linalg.inv(information) @ unscale.T
    coefficients = pd.DataFrame([("intercept", ""), *terms], columns=["variable", "level"]).assign(
        coefficient=unscale @ scaled_coefficients, standard_error=np.sqrt(np.diag(variance))
    )
    return np.round(logit, DECIMALS) + 0.0, coefficients  # + 0.0: no negative zero


def probability(logit: np.ndarray) -> np.ndarray:
    """Return the probability (0-1) of a logit, without overflow."""
    return np.exp(-np.logaddexp(0, -logit))


def _faults(patients, name):
    if name not in patients:
        return [f"propensity: covariate '{name}' is not a column of the patients' table"]
    values = patients[name]
    number = pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)
    if not (number or isinstance(values.dtype, pd.CategoricalDtype)):
        return [f"propensity: covariate '{name}' is neither continuous, categorical nor a flag ({values.dtype})"]
    if missing := int(values.isna().sum()):
        return [
            f"propensity: covariate '{name}' is missing in {missing} of {len(values)} patients; "
            "complete it, exclude these patients by a criterion, or leave the covariate out"
        ]
    if values.nunique() < 2:
        return [f"propensity: covariate '{name}' is the same in all {len(values)} patients, so it cannot be matched on"]
    return []


def _named(term):
    variable, level = term
    return f"{variable} ({level})" if level else variable


def _independent(scaled, terms):
    """Return the triangle R of scaled = QR; raise StudyError naming each column that others determine."""
    triangle = np.linalg.qr(scaled, mode="r")
    alone = np.abs(np.diag(triangle))[1:] / np.sqrt(len(scaled))
    collinear = [_named(term) for term, part in zip(terms, alone, strict=False) if part < COLLINEAR]
    if len(alone) < len(terms):
        raise StudyError(f"propensity: {len(terms)} terms for only {len(scaled)} patients")
    if collinear:
        raise StudyError(
            f"propensity: {', '.join(collinear)} can be computed exactly from the covariates named before it "
            "(collinear); leave it out"
        )
    return triangle


def _information(scaled, treated, logit, triangle):
    """Return the information matrix of a fit that reached its maximum, None if there is no finite maximum.

    Where covariates separate the arms, the weights p(1 - p) vanish along a direction: the smallest eigenvalue
    of the information relative to that of the covariates themselves (R'R) tends to 0.
    """
    fitted = probability(logit)
    score = np.abs(scaled.T @ (treated - fitted)).max() / len(logit)
    information = scaled.T @ (scaled * (fitted * (1 - fitted))[:, None])
    whiten = np.linalg.inv(triangle)
    remaining = np.linalg.eigvalsh(whiten.T @ information @ whiten)[0]
    return information if remaining > SEPARATED and score < CONVERGED else None


def _separation(scaled_coefficients, terms):
    size = np.abs(scaled_coefficients)  # those that ran off towards infinity dwarf the others
    culprits = [_named(term) for term, part in zip(terms, size, strict=True) if part > 0.2 * size.max()]
    return (
        "propensity: the model has no finite estimate, because some covariates tell the arms apart with certainty "
        f"(separation); look at {', '.join(culprits)}: merge a level that only one arm has, or leave it out"
    )
