"""Balance of covariates between two arms: standardised mean differences and variance ratios.

The denominator of a standardised mean difference (SMD) is computed once, in the unmatched sample, and kept for
the matched one, so that a change of the SMD is a change of the difference (Stuart, Stat Sci 2010;25:1-21).
The figures are those of MatchIt's `summary` and cobalt's `bal.tab(binary = "std")`. Patients may have weights; the
denominator is then that of all of them without weights (Austin and Stuart, Stat Med 2015;34:3661-79).
"""

import numpy as np
import pandas as pd

from twoarm.stats.weighted import mean, variance

NO_SPREAD = "not estimable: the standard deviation that divides it is zero"  # the note of an SMD without a value


def columns_of(values: pd.Series) -> dict[str, np.ndarray]:
    """Return {level: numbers} to compare: a 0/1 indicator for each level that occurs, or {"": the numbers}."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        levels = values.cat.remove_unused_categories().cat.categories
        known = values.notna()
        return {str(level): (values == level).astype(float).where(known).to_numpy() for level in levels}
    return {"": values.to_numpy(float)}


def spread(numbers: np.ndarray, treated: np.ndarray, denominator: str, binary: bool) -> float:
    """Return the SMD's denominator in the unmatched sample, without weights.

    denominator: treated (SD of the treated, for the ATT) | pooled (root of the arms' mean variance).
    A binary variable's variance is p(1 - p), a continuous one's has n - 1. Missing values are left out.
    """
    arms = [treated] if denominator == "treated" else [treated, ~treated]
    return float(np.sqrt(np.mean([np.nanvar(numbers[arm], ddof=0 if binary else 1) for arm in arms])))


def smd(numbers: np.ndarray, treated: np.ndarray, denominator: float, weights: np.ndarray | None = None) -> float:
    """Return the (weighted) mean of the treated minus that of the controls, divided by `denominator`.

    NaN if the means differ but the denominator is 0.
    """
    ours, theirs = _by_arm(mean, numbers, treated, weights)
    difference = ours - theirs
    if difference == 0:
        return 0.0
    return difference / denominator if denominator > 0 else np.nan


def variance_ratio(numbers: np.ndarray, treated: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the (weighted) variance of the treated divided by that of the controls (n - 1).

    Infinite if only the treated vary; NaN if neither arm varies, or one has fewer than two patients with a value.
    """
    ours, theirs = _by_arm(variance, numbers, treated, weights)
    if theirs == 0:
        return np.inf if ours > 0 else np.nan
    return ours / theirs


def _by_arm(measure, numbers, treated, weights):
    """A measure of the treated and of the controls; without weights everybody has the weight 1."""
    weights = np.ones(len(numbers)) if weights is None else weights
    return [measure(numbers[arm], weights[arm]) for arm in (treated, ~treated)]


def mahalanobis_smd(values: pd.Series, treated: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return one SMD (>= 0) for a categorical variable as a whole, as R's tableone prints it.

    The Mahalanobis distance between the arms' (weighted) proportions of all levels but the first, its covariance being
    the mean of the arms' multinomial covariances in this very sample (Yang & Dalton, SAS Global Forum 2012, 335).
    NaN if the arms differ in a direction in which neither varies.
    """
    indicators = np.column_stack(list(columns_of(values).values())[1:] or [np.zeros(len(values))])
    known = values.notna().to_numpy()
    weights = np.ones(len(values)) if weights is None else weights
    shares = [np.average(indicators[arm & known], axis=0, weights=weights[arm & known]) for arm in (treated, ~treated)]
    covariance = sum(np.diag(share) - np.outer(share, share) for share in shares) / 2
    difference = shares[0] - shares[1]
    inverse = np.linalg.pinv(covariance, rcond=1e-10, hermitian=True)
    if not np.allclose(covariance @ inverse @ difference, difference, atol=1e-12):
        return np.nan
    return float(np.sqrt(difference @ inverse @ difference))
