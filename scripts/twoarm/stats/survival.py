"""Kaplan-Meier, log-rank and restricted mean survival by the conventions of R's survival package.

The curve itself is computed here rather than by lifelines: it is a cumulative product, everything read off it
(quantiles, intervals, numbers at risk) has to follow R instead of lifelines anyway, and a script that needs no Cox
model saves the second that importing lifelines takes.
"""

from statistics import NormalDist

import numpy as np
import pandas as pd
from scipy.special import chdtrc

Z = NormalDist().inv_cdf(0.975)  # all intervals are 95%
TOLERANCE = np.sqrt(np.finfo(float).eps)  # R's tolerance for a curve to equal a quantile
CONF_TYPES = ["log", "log-log", "plain"]


def kaplan_meier(time: pd.Series, event: pd.Series, conf_type: str = "log") -> pd.DataFrame:
    """The Kaplan-Meier curve, as R's survfit(Surv(time, event) ~ 1, conf.type=) gives it.

    time: positive, any unit; event: 1 or 0. Returns one row per distinct time, after a row for time 0: time,
    at_risk (still observed just before), events, censored, survival, variance (Greenwood's sum, the variance of
    log survival), ci_low and ci_high (empty once survival is 0 and, log-log, while it is 1). Nobody at all:
    the row for time 0 alone.
    """
    times, index = np.unique(np.asarray(time, float), return_inverse=True)
    events = np.bincount(index, weights=np.asarray(event, float), minlength=len(times))
    leaving = np.bincount(index, minlength=len(times))
    at_risk = leaving[::-1].cumsum()[::-1]
    with np.errstate(divide="ignore"):
        variance = np.cumsum(events / (at_risk * (at_risk - events)))
    curve = pd.DataFrame(
        {
            "time": np.r_[0.0, times],
            "at_risk": np.r_[len(index), at_risk].astype(int),
            "events": np.r_[0, events].astype(int),
            "censored": np.r_[0, leaving - events].astype(int),
            "survival": np.r_[1.0, np.cumprod(1 - events / at_risk)],
            "variance": np.r_[0.0, variance],
        }
    )
    return curve.assign(**curve_limits(curve["survival"].to_numpy(), curve["variance"].to_numpy(), conf_type))


def quantile(curve: pd.DataFrame, share: float = 0.5) -> tuple[float, float, float]:
    """The time by which `share` have had the event, with its interval; NaN if the curve does not go that low.

    R's rule (quantile.survfit): if the curve stays at the quantile for a while, the midpoint of that plateau, or
    of the stretch to the end of follow-up if it ends there; the interval reads the limits' curves the same way.
    """
    time = curve["time"].to_numpy()
    return tuple(_crossing(time, curve[column].to_numpy(), share) for column in ["survival", "ci_low", "ci_high"])


def at_time(curve: pd.DataFrame, time: float) -> dict[str, float]:
    """Survival at a given time with its interval, and the number at risk (observed until that time or longer).

    Beyond the last follow-up survival is unknown (NaN), unless it is already 0.
    """
    later = curve.loc[curve["time"] >= time, "at_risk"]
    at_risk = later.iloc[0].item() if len(later) else 0
    row = curve[curve["time"] <= time].iloc[-1]
    estimate = {name: float(row[name]) for name in ["survival", "ci_low", "ci_high"]}
    if at_risk == 0 and time > 0 and estimate["survival"] > 0:
        estimate = dict.fromkeys(estimate, np.nan)
    return {**estimate, "at_risk": at_risk}


def restricted_mean(curve: pd.DataFrame, horizon: float) -> tuple[float, float]:
    """Mean survival up to `horizon` and its standard error (Greenwood's sum, as survRM2's rmst1).

    NaN if follow-up ends before the horizon and survival is not yet 0.
    """
    if np.isnan(at_time(curve, horizon)["survival"]) or curve["at_risk"].iloc[0] == 0:
        return np.nan, np.nan
    part = curve[curve["time"] <= horizon]
    areas = part["survival"].to_numpy() * np.diff(np.r_[part["time"], horizon])
    survivors = (part["at_risk"] - part["events"]).to_numpy()
    jumps = np.divide(part["events"], part["at_risk"] * survivors, out=np.zeros(len(part)), where=survivors > 0)
    area_after = areas[::-1].cumsum()[::-1]
    return float(areas.sum()), float(np.sqrt(np.sum(area_after**2 * jumps)))


def logrank(time, event, group, stratum=None) -> tuple[float, int, float]:
    """The log-rank test between two or more groups, with optional strata, as R's survdiff.

    All arguments have one value per patient. A group that is never at risk at an event leaves the test, with its degree
    of freedom. Returns (chi-square, degrees of freedom, p). The chi-square is NaN where nothing can be compared
    (`logrank_note` says why): no event, one group alone, or groups that are never at risk together.
    Our own code because statsmodels' survdiff scans all patients again for each stratum (quadratic for pairs), and
    rounds small p-values to 0.
    """
    groups, column = np.unique(np.asarray(group, str), return_inverse=True)
    time, event = np.asarray(time, float), np.asarray(event, float)
    layer = np.zeros(len(time), int) if stratum is None else np.unique(stratum, return_inverse=True)[1]
    order = np.lexsort((time, layer))
    member = np.eye(len(groups))[column[order]]
    # One row per distinct time of a stratum: who leaves then, who has the event then, who is at risk.
    new = np.r_[True, (np.diff(layer[order]) != 0) | (np.diff(time[order]) != 0)][: len(order)]
    start = np.flatnonzero(new)
    events = np.add.reduceat(member * event[order, None], start) if len(start) else np.empty((0, len(groups)))
    behind = np.vstack([member[::-1].cumsum(0)[::-1], np.zeros(len(groups))])
    layer_end = np.searchsorted(layer[order], layer[order][start], side="right")
    at_risk = behind[start] - behind[layer_end]
    total, died = at_risk.sum(1), events.sum(1)
    share = at_risk / total[:, None]
    expected = share * died[:, None]
    tested = np.flatnonzero(expected.sum(0) > 0)[1:]  # their sum is 0, so the first says nothing more
    observed_less_expected = (events - expected).sum(0)[tested]
    spread = died * (total - died) / np.maximum(total - 1, 1)
    variance = (np.diag(spread @ share) - (share * spread[:, None]).T @ share)[np.ix_(tested, tested)]
    freedom = len(tested)
    if freedom < 1 or np.linalg.matrix_rank(variance) < freedom:
        return np.nan, freedom, np.nan
    chi_square = float(observed_less_expected @ np.linalg.solve(variance, observed_less_expected))
    return chi_square, freedom, float(chdtrc(freedom, chi_square))


def tie_times(times: np.ndarray) -> np.ndarray:
    """Make times equal that differ only by round-off, as R's `aeqSurv` (timefix): each becomes the smallest of them.

    times: finite, any unit. Two neighbours are tied if they differ by at most TOLERANCE, or by that share of the mean.
    One that is a number of at most six decimals but for round-off becomes it: 62.4 - 60.1 years is a stated time, 2.3.
    """
    distinct, place = np.unique(times, return_inverse=True)
    if not len(distinct):
        return times
    gap = np.diff(distinct)
    apart = (gap > TOLERANCE) & (gap > TOLERANCE * np.abs(distinct).mean())
    first = np.flatnonzero(np.r_[True, apart])
    least = distinct[first]
    decimal = np.round(least, 6)
    least = np.where(np.abs(decimal - least) <= 1e-12 * np.maximum(1, np.abs(least)), decimal, least)
    return least[np.cumsum(np.r_[True, apart]) - 1][place]


def curve_limits(survival: np.ndarray, variance: np.ndarray, conf_type: str) -> dict[str, np.ndarray]:
    """The pointwise 95% limits of a curve, as R's survfit_confint; empty where survival is 0."""
    alive = np.where(survival > 0, survival, np.nan)
    error = Z * np.sqrt(np.where(survival > 0, variance, np.nan))
    if conf_type == "log":
        low, high = alive * np.exp(-error), alive * np.exp(error)
    elif conf_type == "log-log":
        inside = np.where(alive < 1, alive, np.nan)
        factor = np.exp(-error / np.log(inside))
        low, high = inside**factor, inside ** (1 / factor)
        low[0] = high[0] = 1.0  # time 0; R, too, has no log-log limits later on while survival is still 1
    elif conf_type == "plain":
        low, high = alive - error * alive, alive + error * alive
    else:
        raise ValueError(f"conf_type is {conf_type!r}, expected one of {', '.join(CONF_TYPES)}")
    return {"ci_low": np.maximum(low, 0), "ci_high": np.minimum(high, 1)}


def _crossing(time: np.ndarray, survival: np.ndarray, share: float) -> float:
    """The time when a curve reaches 1 - share: R's findq, in survival/R/quantile.survfit.R."""
    gone = 1 - survival
    values, first = np.unique(gone[~np.isnan(gone)], return_index=True)
    times = time[~np.isnan(gone)][first]
    reached, passed = np.searchsorted(values, [share - TOLERANCE, share + TOLERANCE])
    if reached == len(values):
        return np.nan
    if abs(gone[-1] - share) < TOLERANCE:
        return float((times[reached] + time[-1]) / 2)
    if passed == len(values):
        return np.nan
    return float((times[reached] + times[passed]) / 2)
