"""Rubin's rules: one result from the same analysis of several imputed data sets.

Rubin, Multiple Imputation for Nonresponse in Surveys, Wiley 1987; the results are those of R's mice and mitml. A ratio
is pooled on the log scale, a proportion on the logit scale, survival on the scale of log(-log): where the estimate is
about normal.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc, fdtrc, stdtr, stdtrit

LEAST_LAMBDA = 1e-4  # mice's limit, below which the imputations hardly differ and the degrees of freedom run off
AGREE = 1e-12  # the relative increase of a variance below which imputations agree but for round-off


class Pooled(NamedTuple):
    """A pooled estimate: value, standard error, 95% interval, degrees of freedom, p-value of the value 0.

    missing_information: the share of the information on it that the missing values would have held (0-1). note: why
    the numbers are NaN.
    """

    value: float
    se: float
    low: float
    high: float
    df: float
    p_value: float
    missing_information: float
    note: str = ""


def pool(estimates: Sequence[float], variances: Sequence[float], complete_df: float = math.inf) -> Pooled:
    """Pool an estimate and its variance from each of two or more imputations, as mice's `pool`.

    complete_df: the degrees of freedom without missing values (Barnard and Rubin, Biometrika 1999;86:948-55): for
    Cox's model mice has the events less the coefficients, at least 1. Empty if an imputation has no estimate: the
    average of the others would leave out just the imputations in which it is extreme.
    """
    estimates, variances = np.asarray(estimates, float), np.asarray(variances, float)
    count = len(estimates)
    if note := _unusable(np.isfinite(estimates) & np.isfinite(variances)):
        return Pooled(*[math.nan] * 7, note)
    value, within = float(estimates.mean()), float(variances.mean())
    between = (1 + 1 / count) * float(estimates.var(ddof=1))
    total = within + between
    if total <= 0:
        return Pooled(value, *[math.nan] * 6, "no standard error")
    share = max(between / total, LEAST_LAMBDA)
    df = (count - 1) / share**2
    if math.isfinite(complete_df):
        observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
        df = df * observed / (df + observed)
    se = math.sqrt(total)
    reach = float(stdtrit(df, 0.975)) * se
    p = float(2 * stdtr(df, -abs(value) / se))
    riv = between / within if within > 0 else math.inf  # the relative increase of the variance
    missing = (riv + 2 / (df + 3)) / (riv + 1) if within > 0 else 1.0
    return Pooled(value, se, value - reach, value + reach, df, p, missing)


def pool_wald(estimates: np.ndarray, covariances: np.ndarray) -> tuple[float, float, str]:
    """Pool a Wald test of k coefficients: D1 (Li, Raghunathan and Rubin, J Am Stat Assoc 1991;86:1065-73).

    estimates: imputations x k; covariances: imputations x k x k. Returns (F, p, note).
    """
    estimates, covariances = np.asarray(estimates, float), np.asarray(covariances, float)
    count, terms = estimates.shape
    usable = np.isfinite(estimates).all(axis=1) & np.isfinite(covariances).all(axis=(1, 2))
    if note := _unusable(usable):
        return math.nan, math.nan, note
    value, within = estimates.mean(axis=0), covariances.mean(axis=0)
    size = np.sqrt(np.diag(within))  # ranks are told in units of the standard errors
    if not (size > 0).all() or np.linalg.matrix_rank(within / np.outer(size, size)) < terms:
        return math.nan, math.nan, "no test: the coefficients are not independent"
    deviations = estimates - value
    between = deviations.T @ deviations / (count - 1)
    increase = (1 + 1 / count) * float(np.trace(np.linalg.solve(within, between))) / terms
    statistic = float(value @ np.linalg.solve(within, value)) / ((1 + increase) * terms)
    degrees = terms * (count - 1)
    if increase < AGREE:
        return statistic, float(chdtrc(terms, terms * statistic)), ""
    if degrees > 4:
        df = 4 + (degrees - 4) * (1 + (1 - 2 / degrees) / increase) ** 2
    else:
        df = degrees * (1 + 1 / terms) * (1 + 1 / increase) ** 2 / 2
    return statistic, float(fdtrc(terms, df, statistic)), ""


def pool_chi_square(statistics: Sequence[float], df: int) -> tuple[float, float, str]:
    """Pool chi-square statistics with `df` degrees of freedom, such as log-rank or Pearson's: D2 (Li, Meng,
    Raghunathan and Rubin, Stat Sin 1991;1:65-92).

    A rougher test than `pool` and `pool_wald`, for tests that have nothing but a statistic. Returns (F, p, note).
    """
    statistics = np.asarray(statistics, float)
    if note := _unusable(np.isfinite(statistics)):
        return math.nan, math.nan, note
    count = len(statistics)
    increase = (1 + 1 / count) * float(np.sqrt(statistics).var(ddof=1))
    statistic = (float(statistics.mean()) / df - (count + 1) / (count - 1) * increase) / (1 + increase)
    if increase < AGREE:
        return statistic, float(chdtrc(df, df * statistic)), ""
    freedom = df ** (-3 / count) * (count - 1) * (1 + 1 / increase) ** 2
    return statistic, float(fdtrc(df, freedom, statistic)) if statistic > 0 else 1.0, ""


def _unusable(usable: np.ndarray) -> str:
    """Why the results of some imputations cannot be pooled."""
    if len(usable) < 2:
        return "fewer than two imputations"
    missing = len(usable) - int(usable.sum())
    return f"no estimate in {missing} of {len(usable)} imputations" if missing else ""
