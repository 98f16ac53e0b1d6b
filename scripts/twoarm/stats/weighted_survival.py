"""Survival of weighted patients: Kaplan-Meier curve, restricted mean and log-rank test, with robust variances.

Weights from a propensity score are not numbers of patients, so Greenwood's formula and the usual log-rank test do not
hold. The variances here are those of R's survival package for such weights: each patient's influence on the estimate,
squared and summed (infinitesimal jackknife; Lin and Wei, J Am Stat Assoc 1989;84:1074-8). They take the weights as
given, not as estimated, which for inverse probability makes intervals a little wide (Lunceford and Davidian, Stat Med
2004;23:2937-60).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from twoarm.stats.survival import at_time, curve_limits


class _Times(NamedTuple):
    """Sums of weights at each distinct time; place: which of them each patient leaves at."""

    distinct: np.ndarray
    place: np.ndarray
    events: np.ndarray
    leaving: np.ndarray
    at_risk: np.ndarray


def _times(time, event, weights) -> _Times:
    distinct, place = np.unique(np.asarray(time, float), return_inverse=True)
    leaving = np.bincount(place, weights, len(distinct))
    events = np.bincount(place, weights * event, len(distinct))
    # who censors nobody leaves as many as have the event, to the last bit
    events = np.where(np.bincount(place, 1 - event, len(distinct)) == 0, leaving, events)
    return _Times(distinct, place, events, leaving, leaving[::-1].cumsum()[::-1])


def weighted_kaplan_meier(time, event, weights, conf_type: str = "log") -> pd.DataFrame:
    """The Kaplan-Meier curve of weighted patients, as R's survfit(Surv(time, event) ~ 1, weights=, robust = TRUE).

    Arguments and columns are those of `twoarm.stats.survival.kaplan_meier`; weights: positive, one per patient.
    at_risk, events and censored are sums of weights, and variance is the robust one of log survival.
    """
    event, weights = np.asarray(event, float), np.asarray(weights, float)
    times = _times(time, event, weights)
    curve = pd.DataFrame(
        {
            "time": np.r_[0.0, times.distinct],
            "at_risk": np.r_[weights.sum() if not len(times.at_risk) else times.at_risk[0], times.at_risk],
            "events": np.r_[0.0, times.events],
            "censored": np.r_[0.0, times.leaving - times.events],
            "survival": np.r_[1.0, np.cumprod(1 - times.events / times.at_risk)],
            "variance": np.r_[0.0, _log_variance(times, event, weights)],
        }
    )
    return curve.assign(**curve_limits(curve["survival"].to_numpy(), curve["variance"].to_numpy(), conf_type))


def _log_variance(times: _Times, event: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The robust variance of log survival at each distinct time.

    A patient's influence on it grows by events / (at risk x survivors) at each time that they are at risk, falls by
    1 / survivors at their own event, and stays as it is after they have left.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        survivors = times.at_risk - times.events
        growth = np.cumsum(times.events / (times.at_risk * survivors))
        last = growth[times.place] - np.divide(event, survivors[times.place], where=event > 0, out=np.zeros(len(event)))
        gone = np.cumsum(np.bincount(times.place, (weights * last) ** 2, len(growth)))
        squares = np.bincount(times.place, weights**2, len(growth))
        staying = squares[::-1].cumsum()[::-1] - squares
        variance = gone + np.where(staying > 0, staying * growth**2, 0)
    # It changes at events alone, and must not by rounding at other times: quantiles look for where a limit stays.
    latest = np.maximum.accumulate(np.where(times.events > 0, np.arange(len(growth)), -1))
    return np.where(latest < 0, 0, variance[latest])


def weighted_restricted_mean(time, event, weights, horizon: float) -> tuple[float, float]:
    """Mean survival of weighted patients up to `horizon` and its robust standard error.

    As sum(residuals(survfit(..., weights=), times = horizon, type = "rmst", weighted = TRUE)^2) of R's survival.
    NaN if follow-up ends before the horizon and survival is not yet 0.
    """
    event, weights = np.asarray(event, float), np.asarray(weights, float)
    curve = weighted_kaplan_meier(time, event, weights)
    if not len(event) or np.isnan(at_time(curve, horizon)["survival"]):
        return np.nan, np.nan
    part = curve[curve["time"] <= horizon]
    areas = part["survival"].to_numpy() * np.diff(np.r_[part["time"], horizon])
    after = areas[::-1].cumsum()[::-1][1:]  # the area to the right of each distinct time until the horizon
    times = _times(time, event, weights)
    reached = len(after)
    survivors = (times.at_risk - times.events)[:reached]
    # where nobody survives, no area is left either
    lost = np.divide(after, survivors, out=np.zeros(reached), where=survivors > 0)
    growth = np.r_[0.0, np.cumsum(lost * times.events[:reached] / times.at_risk[:reached])]
    until = np.minimum(times.place + 1, reached)
    own = np.where(times.place < reached, np.r_[lost, 0.0][np.minimum(times.place, reached)], 0)
    influence = growth[until] - event * own
    return float(areas.sum()), float(np.sqrt(((weights * influence) ** 2).sum()))


def weighted_logrank(time, event, group, weights, cluster=None) -> tuple[float, int, float]:
    """The log-rank test between two or more groups of weighted patients: the robust score test of Cox's model.

    As summary(coxph(Surv(time, event) ~ group, weights=, robust = TRUE, ties = "breslow"))$robscore in R: the weighted
    observed less expected events, whose variance is the sum of squares of each patient's (or cluster's) part of them.
    All arguments have one value per patient; cluster: for example the pair. Groups that are never at risk at an event
    leave the test. Returns (chi-square, degrees of freedom, p); NaN where nothing can be compared
    (`twoarm.stats.survival_rows.logrank_note` says why), or if there are no more clusters than degrees of freedom.
    """
    groups, column = np.unique(np.asarray(group, str), return_inverse=True)
    event, weights = np.asarray(event, float), np.asarray(weights, float)
    times = _times(time, event, weights)
    member = np.eye(len(groups))[column]
    leaving = np.zeros((len(times.distinct), len(groups)))
    np.add.at(leaving, times.place, member * weights[:, None])
    share = leaving[::-1].cumsum(0)[::-1] / times.at_risk[:, None]
    hazard = times.events / times.at_risk
    expected = np.cumsum(share * hazard[:, None], axis=0)
    parts = (member - share[times.place]) * event[:, None]
    parts -= member * np.cumsum(hazard)[times.place][:, None] - expected[times.place]
    parts *= weights[:, None]
    tested = np.flatnonzero((share * times.events[:, None]).sum(0) > 0)[1:]  # their sum is 0, so the first says no more
    parts = parts[:, tested]
    if cluster is not None:
        labels = np.unique(np.asarray(cluster), return_inverse=True)[1]
        parts = np.column_stack([np.bincount(labels, part) for part in parts.T]) if len(tested) else parts
    freedom, variance = len(tested), parts.T @ parts
    if freedom < 1 or len(parts) <= freedom or np.linalg.matrix_rank(variance) < freedom:
        return np.nan, freedom, np.nan
    score = parts.sum(0)
    chi_square = float(score @ np.linalg.solve(variance, score))
    return chi_square, freedom, float(chdtrc(freedom, chi_square))
