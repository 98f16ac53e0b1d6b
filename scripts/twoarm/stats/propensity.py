"""The propensity score: the probability of the treated arm given the covariates, by logistic regression.

Unpenalised, treatment contrasts, as R's `glm(treated ~ ..., family = binomial)`. Rosenbaum & Rubin,
Biometrika 1983;70:41-55.
"""

import numpy as np
import pandas as pd

from twoarm.results.errors import InputError
from twoarm.stats.imbalance import OUTLYING
from twoarm.stats.logistic import Design, fit_logistic, separates, surely_overlap

DECIMALS = 10  # equal scores that differ in their last bit would make the pairs depend on the machine
COLLINEAR = 1e-9  # the part of a scaled column that the columns before it do not explain
EQUIPOISE = (0.3, 0.7)  # preference scores
# The logit beyond which R's glm warns that fitted probabilities are 0 or 1.
CERTAIN = float(-np.log(10 * np.finfo(float).eps))


def design_matrix(patients: pd.DataFrame, covariates: list[str]) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Return the covariates as numbers (n x terms, no intercept), and each term's (variable, level).

    A Categorical of k levels gives k - 1 columns of 0/1, its first level being the reference; levels that
    without patients are left out. A number or flag is used unchanged, with level "".
    Raises InputError for a covariate that is absent, missing in some patients, constant, or not a number.
    """
    errors = [error for name in covariates for error in _errors(patients, name)]
    if errors:
        raise InputError(errors)
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

    treated: bool, one per patient. logit: the linear predictor of each patient, rounded to 10 decimals.
    coefficients: variable ("intercept" first), level, coefficient, standard_error, on the log-odds scale, and note,
    which is OUTLYING if this term's outliers determine the arm of some patients.
    Raises InputError for what design_matrix refuses, a collinear column (R would drop it silently),
    a single arm, and covariates that separate the arms, so that no maximum-likelihood estimate exists.
    """
    if treated.all() or not treated.any():
        raise InputError("propensity: all patients are in one arm; the model needs both")
    columns, terms = design_matrix(patients, covariates)
    design = Design(columns)
    _refuse_collinear(design, terms)
    fit = fit_logistic(design, treated)
    overlap = fit is not None and surely_overlap(design, treated, fit.logit)
    if not overlap and separates(design, treated):
        raise InputError(_separation(columns, treated, terms))
    if fit is None:
        raise InputError("propensity: the model did not converge; remove covariates that few patients have")
    outlying = _outlying(design, fit)
    coefficients = pd.DataFrame([("intercept", ""), *terms], columns=["variable", "level"]).assign(
        coefficient=fit.coefficients,
        standard_error=np.sqrt(np.diag(fit.covariance)),
        note=["", *(OUTLYING if term in outlying else "" for term in range(len(terms)))],
    )
    return np.round(fit.logit, DECIMALS) + 0.0, coefficients  # + 0.0: no negative zero


def probability(logit: np.ndarray) -> np.ndarray:
    """Return the probability (0-1) of a logit, without overflow."""
    return np.exp(-np.logaddexp(0, -logit))


def equipoise_limits(treated: np.ndarray) -> tuple[float, float]:
    """Return the logits between which patients are in empirical equipoise: either arm was a usual choice for them.

    The preference score is the propensity score if both arms were equally common: its logit is the score's, less that
    of the share of treated patients. It is from 0.3 to 0.7 (Walker et al., Comp Eff Res 2013;3:11-20).
    """
    usual = np.log(treated.sum() / (~treated).sum())
    low, high = (np.log(preference / (1 - preference)) for preference in EQUIPOISE)
    return float(usual + low), float(usual + high)


def _errors(patients, name):
    if name not in patients:
        return [f"propensity: covariate '{name}' is not a column of the patients table"]
    values = patients[name]
    number = pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)
    if not (number or isinstance(values.dtype, pd.CategoricalDtype)):
        return [f"propensity: covariate '{name}' is neither continuous, categorical nor a flag ({values.dtype})"]
    if missing := int(values.isna().sum()):
        return [
            f"propensity: covariate '{name}' is missing in {missing} of {len(values)} patients; "
            "complete it, exclude these patients by a criterion, or remove the covariate"
        ]
    if values.nunique() < 2:
        return [f"propensity: covariate '{name}' is the same in all {len(values)} patients; remove it"]
    return []


def _named(term):
    variable, level = term
    return f"{variable} ({level})" if level else variable


def _refuse_collinear(design, terms):
    """Raise InputError with each column that other columns determine."""
    patients = len(design.terms)
    if patients <= len(terms):
        raise InputError(f"propensity: {len(terms)} terms for only {patients} patients; remove covariates")
    triangle = design.orthonormal.r
    alone = np.abs(np.diag(triangle)) / np.linalg.norm(triangle, axis=0)
    collinear = [_named(term) for term, part in zip(terms, alone[1:], strict=True) if part < COLLINEAR]
    if collinear:
        raise InputError(
            f"propensity: {', '.join(collinear)} can be computed exactly from the covariates before it "
            "(collinear); remove it"
        )


def _outlying(design, fit) -> set[int]:
    """The terms (by number) with the largest effect in patients whose score is 0 or 1."""
    parts = np.abs(design.terms * design.scale * fit.coefficients[1:])
    return set(parts[np.abs(fit.logit) > CERTAIN].argmax(axis=1).tolist())


def _separation(columns, treated, terms):
    """The error for covariates that separate the arms: each that does so alone, else those that are needed for it."""
    places = range(len(terms))
    found = [term for term in places if separates(Design(columns[:, [term]]), treated)]
    found = found or [t for t in places if not separates(Design(np.delete(columns, t, axis=1)), treated)] or places
    culprits = ", ".join(_named(terms[term]) for term in found)
    return (
        "propensity: the model has no finite estimate, because some covariates separate the arms perfectly "
        f"(separation); check {culprits}: merge a level that occurs in only one arm, or remove the covariate"
    )
