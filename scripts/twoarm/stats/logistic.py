"""Logistic regression by maximum likelihood, and whether there is a maximum at all.

The fit is that of R's `glm(family = binomial)`: Newton's method, which for this model is Fisher scoring, with steps
halved where they would lower the likelihood. Whether covariates separate the groups is told from the design alone, by
linear programming (Konis, Linear programming algorithms for detecting separated data in binary logistic regression
models, Oxford 2007), never from fitted values: an outlier fits a probability of 1 as well.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

STEPS = 200  # an outlier of 1e15 takes about 50, as its logit grows by one a step until its weight has vanished
SETTLED = 1e-9  # the change of each logit, relative to its size, after which one more step is exact
ROUNDING = 1e-12  # the part of the log-likelihood by which rounding alone may lower it
WELL_CONDITIONED = 1e6  # the condition of the information up to which a step keeps ten digits without QR
LP_PRECISION = 1e-10  # the finest that the solver has


class Scaled(NamedTuple):
    """A design in units that no outlier sets: terms = (design - centre) / scale."""

    terms: np.ndarray
    centre: np.ndarray
    scale: np.ndarray


class Fit(NamedTuple):
    """A fitted model, intercept first: coefficients and covariance on the log-odds scale, each row's logit."""

    coefficients: np.ndarray
    covariance: np.ndarray
    logit: np.ndarray


def scaled(design: np.ndarray) -> Scaled:
    """The columns (no intercept, none constant) less their median, over the median distance of what differs from it.

    So the fit does not depend on a variable's unit, and an outlier does not round the others away.
    """
    centre = np.median(design, axis=0)
    distance = np.abs(design - centre)
    scale = np.array([np.median(column[column > 0]) for column in distance.T])
    return Scaled((design - centre) / scale, centre, scale)


def fit_logistic(design: np.ndarray, treated: np.ndarray, steps: int = STEPS) -> Fit | None:
    """Fit treated (bool) on the design (n x terms, no intercept); None where no maximum was reached.

    Raises nothing: that the columns are independent, and the groups not separated, is asked of `triangle_of` and
    `separates`.
    """
    own = scaled(design)
    columns = np.column_stack([np.ones(len(design)), own.terms])
    sign = np.where(treated, 1.0, -1.0)
    coefficients, logit = np.zeros(columns.shape[1]), np.zeros(len(design))
    likelihood = _log_likelihood(logit, sign)
    for _ in range(steps):
        try:
            step = _newton_step(columns, logit, sign)
        except np.linalg.LinAlgError:
            return None
        change = columns @ step
        settled = (np.abs(change) <= SETTLED * (1 + np.abs(logit))).all()
        share, lowest = 1.0, likelihood - ROUNDING * abs(likelihood)
        while not settled and not _log_likelihood(logit + share * change, sign) >= lowest and share > SETTLED:
            share /= 2
        coefficients = coefficients + share * step
        logit = columns @ coefficients
        likelihood = _log_likelihood(logit, sign)
        if settled:
            return _in_own_units(coefficients, _information_root(columns, logit), logit, own)
    return None


def _log_likelihood(logit, sign):
    return -np.logaddexp(0, -sign * logit).sum()


def _root_weight(logit):
    """The root of p (1 - p), without overflow."""
    return np.exp(-(np.logaddexp(0, logit) + np.logaddexp(0, -logit)) / 2)


def _information_root(columns, logit):
    """The triangle R of which R'R is the information."""
    return np.linalg.qr(columns * _root_weight(logit)[:, None], mode="r")


def _newton_step(columns, logit, sign):
    """The step of weighted least squares: by the normal equations, which a million patients ask for, where these are
    well-conditioned, else by QR. Raises LinAlgError where the information is singular.
    """
    weighted = columns * _root_weight(logit)[:, None]
    information = weighted.T @ weighted
    size = np.sqrt(np.diag(information))
    if (size > 0).all() and np.linalg.cond(information / np.outer(size, size)) < WELL_CONDITIONED:
        score = columns.T @ (sign * np.exp(-np.logaddexp(0, sign * logit)))
        return np.linalg.solve(information / np.outer(size, size), score / size) / size
    with np.errstate(over="ignore"):  # then the step is no number, and refused below
        residual = sign * np.exp(-sign * logit / 2)  # (y - p) over the root of the weight
    triangle = np.linalg.qr(np.column_stack([weighted, residual]), mode="r")
    terms = columns.shape[1]
    step = np.linalg.solve(triangle[:terms, :terms], triangle[:terms, terms])
    if not np.isfinite(step).all():
        raise np.linalg.LinAlgError
    return step


def _in_own_units(coefficients, triangle, logit, own):
    back = np.diag(np.r_[1.0, 1 / own.scale])
    back[0, 1:] = -own.centre / own.scale
    root = back @ np.linalg.inv(triangle)
    return Fit(back @ coefficients, root @ root.T, logit)


def orthonormal(design: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (Q, R, norms): the rows of the scaled design with its intercept, each over its norm, are QR.

    Neither separation nor a column that others determine depends on how long a row is, so outliers count as others do.
    """
    columns = np.column_stack([np.ones(len(design)), scaled(design).terms])
    norms = np.linalg.norm(columns, axis=1)
    q, r = np.linalg.qr(columns / norms[:, None])
    return q, r, norms


def surely_overlap(design: np.ndarray, treated: np.ndarray, logit: np.ndarray) -> bool:
    """Whether a fit proves by itself that nothing separates the groups, which spares the linear programme.

    At the maximum the residuals u > 0 solve sum(u s x) = 0, s being 1 or -1. A direction b of length 1 that separates
    has s x'b >= 0 in all rows, and 1/sqrt(n) or more in one, so that sum(u s x'b) >= min(u)/sqrt(n): if the score is
    smaller, and what rounding may hide of it too, there is no such direction.
    """
    q, _, norms = orthonormal(design)
    sign = np.where(treated, 1.0, -1.0)
    residual = np.exp(-np.logaddexp(0, sign * logit)) * norms
    score = np.linalg.norm(q.T @ (sign * residual)) + 10 * np.finfo(float).eps * residual.sum()
    return bool(score < residual.min() / np.sqrt(len(q)))


def separates(design: np.ndarray, treated: np.ndarray) -> bool:
    """Whether some combination of the columns tells the groups apart, but for ties, so that no finite maximum exists.

    It maximises the sum of s x'b over -1 <= b <= 1 where no s x'b is negative, s being 1 or -1 by group: 0 if the
    groups overlap; in orthonormal columns at least 1 if they are separated, completely or quasi-completely.
    """
    q, _, _ = orthonormal(design)
    rows = q * np.where(treated, 1.0, -1.0)[:, None]
    options = {"primal_feasibility_tolerance": LP_PRECISION, "dual_feasibility_tolerance": LP_PRECISION}
    found = linprog(-rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=(-1, 1), options=options)
    return bool(-found.fun > 0.5)
