"""Cox's partial likelihood with Efron's method for ties: its value, score, information, residuals and maximum.

Each event has its own denominator: at a time with d events, the l-th (l = 0 .. d-1) counts patients with the event
at that time with weight 1 - l/d (Efron 1977). All sums run over patients sorted by time, so they are cumulative sums.

Patients may have weights, as in R's coxph(weights=): a patient counts as often as their weight says, and each of the d
denominators as often as the mean weight of the d patients.
"""

from copy import copy
from dataclasses import dataclass

import numpy as np

LEVEL = 300.0  # exp of twice that is still a number
ITERATIONS, HALVINGS = 200, 50
# What Newton's next step would add to the log-likelihood, if weights are 1 on average: the maximum is near; is reached
# (R's measure); is exact once that step is taken, too.
CLOSE, GAIN, DONE = 1e-4, 1e-9, 1e-14
SLOW = 6  # steps from near to reached: a likelihood with a maximum takes two or three, a monotone one eleven
MOVED = 0.01  # the minimum change of the log hazard across patients by a step of a diverging coefficient


@dataclass(frozen=True)
class RiskSets:
    """Efron's partial likelihood at given coefficients; rows are patients sorted by time. See `Patients.at`.

    Relative hazards of very different sizes are kept apart: those of an event's risk set are divided by exp(level).
    """

    x: np.ndarray  # patients x covariates, centred
    event: np.ndarray  # patients, bool
    order: np.ndarray  # patients: row of the input
    at: np.ndarray  # patients: which distinct time they leave at
    weights: np.ndarray  # patients
    log_hazard: np.ndarray  # patients
    when: np.ndarray  # events: which distinct time
    tied: np.ndarray  # events: l/d
    mean_weight: np.ndarray  # events: the mean weight of those tied
    level: np.ndarray  # events: the log hazard that its denominator is in units of
    denominator: np.ndarray  # events
    mean: np.ndarray  # events x covariates: mean covariates of the risk set
    survival_before: np.ndarray  # events: Kaplan-Meier of all patients just before that time
    log_likelihood: float

    def score(self, factor: np.ndarray) -> np.ndarray:
        """Sum over events of factor x (covariates less their mean in the risk set)."""
        own = self.x[self.event] * self.weights[self.event, None]
        return factor @ (own - self.mean * self.mean_weight[:, None])

    def information(self, factor: np.ndarray) -> np.ndarray:
        """Sum over events of factor x (covariance of the covariates in the risk set)."""
        factor = factor * self.mean_weight
        share = self._share(factor)
        return (self.x * share[:, None]).T @ self.x - (self.mean * factor[:, None]).T @ self.mean

    def score_residuals(self) -> np.ndarray:
        """Each patient's part of the score, in the order of the input (R's residuals(type="score", weighted=TRUE))."""
        residuals = np.column_stack([self._share(column * self.mean_weight) for column in self.mean.T])
        residuals -= self.x * self._share(self.mean_weight)[:, None]
        counts = np.bincount(self.when, minlength=self.at.max() + 1)[self.at]
        means = [np.bincount(self.when, column, self.at.max() + 1)[self.at] for column in self.mean.T]
        own = self.x - np.column_stack(means) / np.maximum(counts, 1)[:, None]
        residuals += own * (self.event * self.weights)[:, None]
        unsorted = np.empty_like(residuals)
        unsorted[self.order] = residuals
        return unsorted

    def _share(self, value: np.ndarray) -> np.ndarray:
        """For each patient the sum of an event's value x the patient's share of the hazard in its risk set."""
        total = np.zeros(len(self.x))
        for level in np.unique(self.level):
            # patients not at risk in an event of this level count 0 times, however large their hazard
            hazard = self.weights * np.exp(np.minimum(self.log_hazard - level, 2 * LEVEL))
            total += hazard * self._accumulated(value * (self.level == level) / self.denominator)
        return total

    def _accumulated(self, value: np.ndarray) -> np.ndarray:
        """For each patient the sum of an event's value over the events they were at risk for.

        A patient with an event counts with 1 - l/d among those tied with them.
        """
        size = self.at.max() + 1
        until = np.cumsum(np.bincount(self.when, value, size))[self.at]
        return until - self.event * np.bincount(self.when, value * self.tied, size)[self.at]


class Times:
    """When patients leave, sorted once for all models of them."""

    def __init__(self, time: np.ndarray, event: np.ndarray, weights: np.ndarray | None = None):
        """time: positive; event: 1 or 0, at least one of them 1; weights: positive, by default 1."""
        self.order = np.lexsort((event, time))
        self.event = np.asarray(event)[self.order].astype(bool)
        self.weights = np.ones(len(self.order)) if weights is None else np.asarray(weights, float)[self.order]
        _, self.starts, self.place = np.unique(
            np.asarray(time, float)[self.order], return_index=True, return_inverse=True
        )
        # the distinct times with events, the first event of each, and how many there are
        self.eventful, self.first, self.count = np.unique(self.place[self.event], return_index=True, return_counts=True)
        repeated = np.repeat(self.first, self.count)
        self.tied = (np.arange(self.event.sum()) - repeated) / np.repeat(self.count, self.count)
        own = np.add.reduceat(self.weights[self.event], self.first)
        self.mean_weight = np.repeat(own / self.count, self.count)


class Patients:
    """Patients sorted by time, so that the likelihood at many coefficients costs no further sorting."""

    def __init__(self, x: np.ndarray, times: Times):
        """x: patients x covariates, in the order of the input."""
        self.times = times
        x = np.asarray(x, float)[times.order]
        self.x = x - x[self._first_event :].mean(0)  # who left before any event may be far from all others

    @property
    def _first_event(self) -> int:
        """The first patient who is at risk at the first event."""
        return self.times.starts[self.times.eventful[0]]

    @property
    def at_risk(self) -> np.ndarray:
        """The covariates of those at risk at the first event."""
        return self.x[self._first_event :]

    def in_units_of(self, scale: np.ndarray) -> "Patients":
        """The same patients, each covariate divided by its scale."""
        other = copy(self)
        other.x = self.x / scale
        return other

    def at(self, beta: np.ndarray) -> RiskSets:
        """The likelihood at the coefficients beta."""
        times, log_hazard = self.times, self.x @ beta
        highest = np.maximum.accumulate(log_hazard[::-1])[::-1]  # of those who leave then or later
        levels = LEVEL * np.floor(highest[times.starts] / LEVEL)
        hazard = times.weights * np.exp(log_hazard - levels[times.place])
        weighted = np.column_stack([hazard, self.x * hazard[:, None]])
        sums = _from_the_end(np.add.reduceat(weighted, times.starts), levels)[times.eventful]
        sums = np.repeat(sums, times.count, axis=0)
        if times.count.max() > 1:
            own = np.add.reduceat(weighted[times.event], times.first)
            sums -= times.tied[:, None] * np.repeat(own, times.count, axis=0)
        level = np.repeat(levels[times.eventful], times.count)
        denominator, mean = sums[:, 0], sums[:, 1:] / sums[:, :1]
        terms = log_hazard[times.event] * times.weights[times.event] - level * times.mean_weight
        survival = np.cumprod(1 - times.count / (len(self.x) - times.starts[times.eventful]))
        return RiskSets(
            x=self.x,
            event=times.event,
            order=times.order,
            at=times.place,
            weights=times.weights,
            log_hazard=log_hazard,
            when=times.place[times.event],
            tied=times.tied,
            mean_weight=times.mean_weight,
            level=level,
            denominator=denominator,
            mean=mean,
            survival_before=np.repeat(np.r_[1.0, survival[:-1]], times.count),
            log_likelihood=float((terms - times.mean_weight * np.log(denominator)).sum()),
        )


def _from_the_end(sums: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Add to the sums of each distinct time those of all later ones, in units of exp(its level).

    sums: distinct times x columns; levels: never rising, and few of them.
    """
    total, later = np.empty_like(sums), np.zeros(sums.shape[1])
    edges = np.r_[0, np.flatnonzero(np.diff(levels)) + 1, len(levels)]
    for low, high in zip(edges[-2::-1], edges[:0:-1], strict=True):
        if high < len(levels):
            later = later * np.exp(levels[high] - levels[low])
        total[low:high] = sums[low:high][::-1].cumsum(0)[::-1] + later
        later = total[low]
    return total


def risk_sets(x: np.ndarray, time: np.ndarray, event: np.ndarray, beta: np.ndarray) -> RiskSets:
    """The likelihood of patients (rows of x) at the coefficients beta. See `Patients`."""
    return Patients(x, Times(time, event)).at(beta)


@dataclass(frozen=True)
class Maximum:
    """Where the partial likelihood is highest.

    beta: the coefficients; sets: the likelihood there; covariance: the inverse of its information; runs_off: which
    coefficients diverge because the likelihood rises without end, so that they and their covariance mean nothing.
    """

    beta: np.ndarray
    sets: RiskSets
    covariance: np.ndarray
    runs_off: np.ndarray


def maximum(own: Patients) -> Maximum | None:
    """Find the maximum as R's coxph: Newton-Raphson from 0, a step halved while it lowers the likelihood.

    own: their covariates are neither constant nor a combination of others. None where it does not converge.

    A likelihood may be monotone: it rises without end as some coefficients do (Heinze and Schemper 2001, Biometrics
    57:114). Each of Newton's steps then moves them as far as the one before and adds a factor of e less to the
    likelihood, while near a maximum the number of correct digits doubles at each step. So the likelihood shows whether
    it has a maximum, but the size of a coefficient does not.
    """
    covariates = own.x.shape[1]
    null = own.at(np.zeros(covariates))
    scale = np.sqrt(np.diag(null.information(np.ones(len(null.when)))) / len(null.when))
    patients = own.in_units_of(scale)
    beta, slow, last = np.zeros(covariates), 0, np.inf
    here, unit = patients.at(beta), null.mean_weight.mean()
    for _ in range(ITERATIONS):
        step, gain = _newton(here)
        gain = gain / unit
        if not np.isfinite(gain) or gain < 0:
            return None
        slow += GAIN <= gain < CLOSE
        monotone = gain < GAIN and slow >= SLOW
        if not monotone:
            beta, here = _uphill(patients, beta, step, here)
        if monotone or gain < DONE or (gain < GAIN and gain >= last):
            runs_off = monotone & (np.ptp(patients.at_risk * step, axis=0) > MOVED)
            sets = own.at(beta / scale)
            return Maximum(beta / scale, sets, _inverse(sets.information(np.ones(len(sets.when)))), runs_off)
        last = gain
    return None


def _newton(here: RiskSets) -> tuple[np.ndarray, float]:
    """Newton's next step, and twice what it would add to the log-likelihood if that were a parabola."""
    ones = np.ones(len(here.when))
    score = here.score(ones)
    step = _inverse(here.information(ones)) @ score
    return step, float(score @ step)


def _inverse(information: np.ndarray) -> np.ndarray:
    """The inverse of a covariance matrix whose variances may be of very different sizes; NaN if it has none."""
    with np.errstate(all="ignore"):
        size = np.sqrt(np.diag(information))
        try:
            return np.linalg.inv(information / np.outer(size, size)) / np.outer(size, size)
        except np.linalg.LinAlgError:
            return np.full_like(information, np.nan)


def _uphill(patients: Patients, beta: np.ndarray, step: np.ndarray, here: RiskSets) -> tuple[np.ndarray, RiskSets]:
    """Take the step, or half of it, and so on, until the likelihood is not lower than here except for round-off."""
    least = here.log_likelihood - 1e-12 * abs(here.log_likelihood)
    for _ in range(HALVINGS):
        there = patients.at(beta + step)
        if there.log_likelihood >= least:
            break
        step = step / 2
    return beta + step, there
