"""Mean, variance and quantiles of weighted patients.

None of them depends on the unit of the weights, nor on the order of the rows. With all weights 1 they are, to the last
bit, those of patients without weights.
"""

from collections.abc import Sequence

import numpy as np

TIED = 1e-9  # sums of weights that are equal except for rounding, as a share of one patient


def mean(numbers: np.ndarray, weights: np.ndarray) -> float:
    """Return sum(w x) / sum(w) of the known numbers; NaN if none is known. A share of patients is that of 0 and 1."""
    known = ~np.isnan(numbers)
    total = np.where(known, weights, 0).sum()
    return float((np.where(known, numbers, 0) * weights).sum() / total) if total > 0 else np.nan


def variance(numbers: np.ndarray, weights: np.ndarray) -> float:
    """Return the unbiased variance of the known numbers: that of R's cov.wt, MatchIt and cobalt.

    sum(w (x - mean)^2) / (sum(w) - sum(w^2) / sum(w)). NaN for fewer than two numbers, and 0 if all are equal.
    """
    known = ~np.isnan(numbers)
    numbers, weights = numbers[known], weights[known]
    if len(numbers) < 2:
        return np.nan
    if np.ptp(numbers) == 0:
        return 0.0
    total = weights.sum()
    centre = (weights * numbers).sum() / total
    return float((weights * (numbers - centre) ** 2).sum() / (total - (weights**2).sum() / total))


def quantiles(numbers: np.ndarray, weights: np.ndarray, shares: Sequence[float] = (0.25, 0.5, 0.75)) -> list[float]:
    """Return the quantiles (0-1) of the known numbers by R's definition 7, generalised to weights; NaN without one.

    That of Hmisc's wtd.quantile(normwt = TRUE): the weights are scaled to sum to the number of patients n. Definition 7
    interpolates between the k-th and the next of n ordered patients; here the k-th is the first up to whom the weights
    sum to k.
    """
    known = ~np.isnan(numbers)
    numbers, weights = numbers[known], weights[known]
    count = len(numbers)
    if not count:
        return [np.nan] * len(shares)
    distinct, place = np.unique(numbers, return_inverse=True)
    summed = np.cumsum(np.bincount(place, weights)) * (count / weights.sum())
    order = (count - 1) * np.asarray(shares, float)
    before = np.floor(order)
    low, high = (
        distinct[np.minimum(np.searchsorted(summed, rank - TIED), len(distinct) - 1)]
        for rank in (before + 1, np.minimum(before + 2, count))
    )
    part = order - before
    # as numpy interpolates, to the last bit
    return np.where(part >= 0.5, high - (high - low) * (1 - part), low + (high - low) * part).tolist()
