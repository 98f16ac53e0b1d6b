"""Tests between two weighted arms, weighted proportions and their contrasts, by the conventions of R's survey package.

Weights from a propensity score are not numbers of patients, so variances are those of a survey in which each patient
is drawn with replacement: each patient's influence on an estimate, squared and summed, times n / (n - 1) (Taylor
linearisation; the sandwich). Patients that belong together may be clusters, such as pairs; n is then their number.
Every test returns (p, method, note), as in `twoarm.stats.comparisons`. All arguments have one value per patient.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import expit, fdtrc, logit, stdtr, stdtrit

from twoarm.stats.weighted import mean

RAO_SCOTT, DESIGN_T, DESIGN_RANK = "rao_scott", "design_t", "design_rank"
SAME = 1e-12  # relative to what it is compared with, the variation that can be round-off alone


class Estimate(NamedTuple):
    """An estimate with its 95% interval, and a note that says why a number is NaN."""

    value: float
    low: float
    high: float
    note: str = ""


def compare_weighted_categorical(
    levels: Sequence, treated: np.ndarray, weights: np.ndarray, cluster: Sequence | None = None
) -> tuple[float, str, str]:
    """Test whether two weighted arms differ in a categorical variable: Pearson's chi-square as Rao and Scott adjust it.

    R's svychisq(statistic = "F") (Rao and Scott, Ann Stat 1984;12:46-60, second order). levels: without missing values.
    """
    levels, column = np.unique(np.asarray(levels, str), return_inverse=True)
    if not treated.any() or treated.all():
        return np.nan, RAO_SCOTT, "not tested: an arm has no patients"
    if len(levels) < 2:
        return np.nan, RAO_SCOTT, "not tested: all patients have the same value"
    cells = np.eye(2 * len(levels))[2 * column + treated]
    share = weights @ cells / weights.sum()
    covariance, clusters = _covariance((cells - share) * (weights / weights.sum())[:, None], cluster)
    table = share.reshape(-1, 2)
    expected = np.outer(table.sum(1), table.sum(0))
    chi_square = len(treated) * ((table - expected) ** 2 / expected).sum()
    inverse = np.diag(np.divide(1, share, out=np.zeros(len(share)), where=share > 0))
    contrasts = _interaction(len(levels))
    simple = contrasts.T @ inverse @ contrasts / len(treated)
    effects = np.linalg.solve(simple, contrasts.T @ inverse @ covariance @ inverse @ contrasts)
    total = np.trace(effects)
    if total < SAME:
        return np.nan, RAO_SCOTT, "not tested: the clusters are alike"
    freedom = total**2 / np.trace(effects @ effects)
    return float(fdtrc(freedom, freedom * (clusters - 1), chi_square / total)), RAO_SCOTT, ""


def _interaction(levels: int) -> np.ndarray:
    """The contrasts of levels x two arms that say how the arms differ: 2 x levels cells, levels - 1 columns."""
    main = np.column_stack([np.repeat(np.eye(levels), 2, axis=0), np.tile([0, 1], levels)])
    products = main[:, 1:levels] * main[:, [-1]]
    return products - main @ np.linalg.lstsq(main, products, rcond=None)[0]


def compare_weighted_continuous(
    numbers: np.ndarray, treated: np.ndarray, weights: np.ndarray, method: str, cluster: Sequence | None = None
) -> tuple[float, str, str]:
    """Test whether two weighted arms differ in a continuous variable; missing values are left out.

    method: design_t (of means: R's svyttest) | design_rank (of mid-ranks: svyranktest, Wilcoxon; Lumley and Scott,
    Biometrika 2013;100:831-42; ties get the same rank whatever the order of the rows, which in R they do not).
    """
    numbers = np.asarray(numbers, float)
    known = ~np.isnan(numbers)
    numbers, treated, weights = numbers[known], treated[known], weights[known]
    cluster = None if cluster is None else np.asarray(cluster)[known]
    if min(treated.sum(), (~treated).sum()) < 2:
        return np.nan, method, "not tested: fewer than two patients in an arm"
    if np.ptp(numbers) == 0:
        return np.nan, method, "not tested: all patients have the same value"
    if np.ptp(numbers[treated]) == np.ptp(numbers[~treated]) == 0:
        return np.nan, method, "not tested: no arm varies"
    scores = _mid_ranks(numbers, weights) if method == DESIGN_RANK else numbers
    covariance, clusters = _covariance(_influence_of_means(scores, treated, weights), cluster)
    error = np.sqrt(max(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1], 0))
    if clusters < 3 or error < SAME * np.ptp(scores):
        return (
            np.nan,
            method,
            "not tested: " + ("fewer than three clusters" if clusters < 3 else "the clusters are alike"),
        )
    difference = mean(scores[treated], weights[treated]) - mean(scores[~treated], weights[~treated])
    return float(2 * stdtr(clusters - 2, -abs(difference / error))), method, ""


def _mid_ranks(numbers: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The share of the weights that are lower, and half of those that are equal."""
    _, place = np.unique(numbers, return_inverse=True)
    equal = np.bincount(place, weights)
    return ((equal.cumsum() - equal / 2) / weights.sum())[place]


def weighted_proportion(
    event: np.ndarray, members: np.ndarray, weights: np.ndarray, cluster: Sequence | None = None
) -> Estimate:
    """The weighted share (0-1) of patients with the event among `members` (bool), with its interval on the logit scale.

    event: 0 or 1 for all patients, of whom the members are a domain. R's svyciprop(~event, subset(design, members),
    method = "logit"): by Student's t with as many degrees of freedom as members (or their clusters) less one.
    """
    if not members.any():
        return Estimate(np.nan, np.nan, np.nan, "no patients")
    share = mean(event[members].astype(float), weights[members])
    if share in (0, 1):
        return Estimate(share, np.nan, np.nan, f"no interval where {'all' if share else 'no'} patients have the event")
    covariance, _ = _covariance(_influence_of_means(event, members, weights)[:, :1], cluster)
    inside = int(members.sum()) if cluster is None else len(np.unique(np.asarray(cluster)[members]))
    reach = _reach(np.sqrt(covariance[0, 0]) / (share * (1 - share)), inside - 1)
    return Estimate(share, float(expit(logit(share) - reach)), float(expit(logit(share) + reach)))


def weighted_contrasts(
    event: np.ndarray, treated: np.ndarray, weights: np.ndarray, cluster: Sequence | None = None
) -> dict[str, Estimate]:
    """The risk difference, risk ratio and odds ratio of two weighted arms, treated relative to control.

    event: 0 or 1. Keys: risk_difference, risk_ratio, odds_ratio. The intervals are those of R's svyglm with the
    identity, log and logit link (ratios: on the log scale), by Student's t with n - 2 degrees of freedom.
    """
    if treated.all() or not treated.any():
        return dict.fromkeys(_GRADIENTS, Estimate(np.nan, np.nan, np.nan, "not estimable: an arm has no patients"))
    p, q = (mean(event[arm].astype(float), weights[arm]) for arm in (treated, ~treated))
    covariance, clusters = _covariance(_influence_of_means(event, treated, weights), cluster)
    return {kind: _contrast(kind, p, q, covariance, clusters - 2) for kind in _GRADIENTS}


# For each contrast, what the variance of each arm's share is multiplied by: the derivative of the linear predictor.
_GRADIENTS = {
    "risk_difference": lambda share: 1.0,
    "risk_ratio": lambda share: 1 / share,
    "odds_ratio": lambda share: 1 / (share * (1 - share)),
}


def _contrast(kind: str, p: float, q: float, covariance: np.ndarray, freedom: int) -> Estimate:
    if kind == "risk_ratio" and 0 in (p, q):
        return Estimate(np.nan, np.nan, np.nan, "not estimable: an arm has no patient with the event")
    if kind == "odds_ratio" and {0, 1} & {p, q}:
        return Estimate(np.nan, np.nan, np.nan, "not estimable: a cell of the table is zero")
    gradient = np.array([_GRADIENTS[kind](p), -_GRADIENTS[kind](q)])
    reach = _reach(np.sqrt(max(gradient @ covariance @ gradient, 0)), freedom)
    value = {"risk_difference": p - q, "risk_ratio": p / q if q else np.nan}.get(kind)
    value = p * (1 - q) / (q * (1 - p)) if kind == "odds_ratio" else value
    if not reach > 0:
        return Estimate(value, np.nan, np.nan, "no interval: no arm varies")
    if kind == "risk_difference":
        return Estimate(value, value - reach, value + reach)
    return Estimate(value, value * np.exp(-reach), value * np.exp(reach))


def _reach(error: float, freedom: int) -> float:
    """Half of a 95% interval by Student's t; NaN without a degree of freedom."""
    return float(stdtrit(freedom, 0.975) * error) if freedom > 0 else np.nan


def _influence_of_means(numbers, treated, weights) -> np.ndarray:
    """Each patient's influence on the weighted means of the treated and of the others (n x 2)."""
    columns = []
    for arm in (treated, ~treated):
        part = np.zeros(len(numbers))
        if arm.any():
            centre = mean(numbers[arm].astype(float), weights[arm])
            part[arm] = weights[arm] * (numbers[arm] - centre) / weights[arm].sum()
        columns.append(part)
    return np.column_stack(columns)


def _covariance(influence: np.ndarray, cluster: Sequence | None) -> tuple[np.ndarray, int]:
    """The covariance of estimates from each patient's influence on them (n x estimates), and the number of clusters."""
    if cluster is not None:
        labels = np.unique(np.asarray(cluster), return_inverse=True)[1]
        influence = np.column_stack([np.bincount(labels, column) for column in influence.T])
    count = len(influence)
    centred = influence - influence.mean(axis=0)
    return centred.T @ centred * (count / max(count - 1, 1)), count
