"""Who may be matched with whom, and how alike two patients are: what the three ways of matching have in common."""

from dataclasses import dataclass

import numpy as np

DECIMALS = 10  # differences that are equal but for their last bit would make the pairs depend on the machine
SINGULAR = 1e-8  # MatchIt's limit, relative to the largest singular value of the covariance matrix


@dataclass(frozen=True)
class Candidates:
    """The patients, and what a pair must fulfil.

    logit: one per patient, rounded (see propensity.py); treated: bool. width: the caliper on the logit, inclusive.
    strata: codes; partners are from the same stratum. calipers: (values, width) of each covariate with a caliper,
    inclusive. space: patients x dimensions, whose Euclidean distance is that of the patients; None: the logit's.
    """

    logit: np.ndarray
    treated: np.ndarray
    width: float = np.inf
    strata: np.ndarray | None = None
    calipers: tuple[tuple[np.ndarray, float], ...] = ()
    space: np.ndarray | None = None

    def distances(self, row: int, others: np.ndarray) -> np.ndarray:
        """The distance of a patient to others (row numbers); infinite if the two must not be matched."""
        gap = np.abs(self.logit[others] - self.logit[row])
        allowed = gap <= self.width
        if self.strata is not None:
            allowed &= self.strata[others] == self.strata[row]
        for values, width in self.calipers:
            allowed &= np.round(np.abs(values[others] - values[row]), DECIMALS) <= width
        if self.space is not None:
            gap = np.round(np.sqrt(((self.space[others] - self.space[row]) ** 2).sum(axis=1)), DECIMALS)
        return np.where(allowed, gap, np.inf)

    def places(self) -> np.ndarray:
        """The rank of each patient by stratum and logit; equal logits in row order."""
        strata = np.zeros(len(self.logit), int) if self.strata is None else self.strata
        place = np.empty(len(self.logit), int)
        place[np.lexsort((self.logit, strata))] = np.arange(len(self.logit))
        return place


def mahalanobis_space(columns: np.ndarray, treated: np.ndarray) -> np.ndarray:
    """Return coordinates whose Euclidean distance is the Mahalanobis distance of the covariates (n x terms).

    The covariance matrix is pooled within the arms (Rubin, Biometrics 1980;36:293-8), as in MatchIt's `mahvars`.
    Collinear columns add nothing (generalised inverse).
    """
    scale = columns.std(axis=0, ddof=1)
    scaled = (columns - columns.mean(axis=0)) / np.where(scale > 0, scale, 1)
    within = scaled.copy()
    for arm in (treated, ~treated):
        within[arm] -= within[arm].mean(axis=0)
    covariance = within.T @ within / (len(scaled) - 2)
    values, vectors = np.linalg.eigh(covariance)
    kept = values > SINGULAR * values.max()
    return scaled @ (vectors[:, kept] / np.sqrt(values[kept]))
