"""Cox's partial likelihood under Efron's treatment of ties: score, information and residuals at given coefficients.

Each event has its own denominator: at a time with d events, the l-th (l = 0 .. d-1) counts those who have the event
then with the weight 1 - l/d (Efron 1977). All sums run over patients sorted by time, so they are cumulative sums.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class RiskSets:
    """What Efron's partial likelihood is summed from; rows are patients sorted by time. See `risk_sets`."""

    x: np.ndarray  # patients x covariates, centred
    event: np.ndarray  # patients, bool
    order: np.ndarray  # patients: row of the input
    at: np.ndarray  # patients: which distinct time they leave at
    hazard: np.ndarray  # patients: relative hazard
    when: np.ndarray  # events: which distinct time
    tied: np.ndarray  # events: l/d
    denominator: np.ndarray  # events
    mean: np.ndarray  # events x covariates: mean covariates of the risk set
    survival_before: np.ndarray  # events: Kaplan-Meier of all patients just before that time
    log_likelihood: float

    def score(self, weight: np.ndarray) -> np.ndarray:
        """Sum over events of weight x (covariates less their mean in the risk set)."""
        return weight @ (self.x[self.event] - self.mean)

    def information(self, weight: np.ndarray) -> np.ndarray:
        """Sum over events of weight x (covariance of the covariates in the risk set)."""
        share = self.hazard * self._accumulated(weight / self.denominator)
        return (self.x * share[:, None]).T @ self.x - (self.mean * weight[:, None]).T @ self.mean

    def score_residuals(self) -> np.ndarray:
        """Each patient's part in the score, in the order of the input (R's residuals(type="score"))."""
        inverse = 1 / self.denominator
        expected = self.x * self._accumulated(inverse)[:, None]
        expected -= np.column_stack([self._accumulated(inverse * column) for column in self.mean.T])
        residuals = -self.hazard[:, None] * expected
        counts = np.bincount(self.when, minlength=self.at.max() + 1)[self.at]
        means = [np.bincount(self.when, column, self.at.max() + 1)[self.at] for column in self.mean.T]
        own = self.x - np.column_stack(means) / np.maximum(counts, 1)[:, None]
        residuals += own * self.event[:, None]
        unsorted = np.empty_like(residuals)
        unsorted[self.order] = residuals
        return unsorted

    def _accumulated(self, value: np.ndarray) -> np.ndarray:
        """For each patient the sum of an event's value over the events they were at risk for.

        A patient with an event counts with 1 - l/d among those tied with them.
        """
        size = self.at.max() + 1
        until = np.cumsum(np.bincount(self.when, value, size))[self.at]
        return until - self.event * np.bincount(self.when, value * self.tied, size)[self.at]


def risk_sets(x: np.ndarray, time: np.ndarray, event: np.ndarray, beta: np.ndarray) -> RiskSets:
    """Prepare the risk sets of patients (rows of x) at the coefficients beta.

    x: patients x covariates; time: positive; event: 1 or 0, at least one of them 1.
    """
    order = np.lexsort((event, time))
    time, event = np.asarray(time, float)[order], np.asarray(event)[order].astype(bool)
    x = np.asarray(x, float)[order]
    x = x - x.mean(0)
    log_hazard = x @ beta
    hazard = np.exp(log_hazard)
    _, start, at = np.unique(time, return_index=True, return_inverse=True)
    when, first, count = np.unique(at[event], return_index=True, return_counts=True)
    tied = (np.arange(event.sum()) - np.repeat(first, count)) / np.repeat(count, count)

    def less_tied(total, those_with_event):
        """An event's sum over its risk set, those tied with it counting 1 - l/d."""
        tied_sum = np.repeat(np.add.reduceat(those_with_event, first), count, axis=0)
        weight = tied if total.ndim == 1 else tied[:, None]
        return np.repeat(total[start[when]], count, axis=0) - weight * tied_sum

    denominator = less_tied(hazard[::-1].cumsum()[::-1], hazard[event])
    weighted = x * hazard[:, None]
    mean = less_tied(weighted[::-1].cumsum(0)[::-1], weighted[event]) / denominator[:, None]
    survival = np.cumprod(1 - count / (len(time) - start[when]))
    return RiskSets(
        x=x,
        event=event,
        order=order,
        at=at,
        hazard=hazard,
        when=at[event],
        tied=tied,
        denominator=denominator,
        mean=mean,
        survival_before=np.repeat(np.r_[1.0, survival[:-1]], count),
        log_likelihood=float(log_hazard[event].sum() - np.log(denominator).sum()),
    )
