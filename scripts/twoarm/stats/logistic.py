"""Logistic regression by maximum likelihood, and whether there is a maximum at all.

The fit is that of R's `glm(family = binomial)`: Newton's method, which for this model is Fisher scoring, with steps
halved if they would lower the likelihood. Separation of the groups by covariates is found from the design alone, by
linear programming (Konis, Linear programming algorithms for detecting separated data in binary logistic regression
models, Oxford 2007), never from fitted values: an outlier fits a probability of 1 as well.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np

STEPS = 200  # an outlier of 1e15 takes about 50, as its logit grows by one a step until its weight has vanished
SETTLED = 1e-9  # the change of each logit, relative to its size, after which one more step is exact
ROUNDING = 1e-12  # the part of the log-likelihood by which rounding alone may lower it
WELL_CONDITIONED = 1e6  # the condition of the information up to which a step keeps ten digits without QR
LP_PRECISION = 1e-10  # the finest that the solver has


class Orthonormal(NamedTuple):
    """The QR of a design whose rows have been divided by their norms."""

    q: np.ndarray
    r: np.ndarray
    norms: np.ndarray


class Design:
    """Columns (n x terms, no intercept, none constant) in units that no outlier sets: (columns - centre) / scale.

    The centre is a column's median, the scale the median distance of what differs from it. So a fit does not depend on
    a variable's unit, and an outlier does not round the others away.
    """

    def __init__(self, columns: np.ndarray):
        self.centre = np.median(columns, axis=0)
        away = columns - self.centre
        self.scale = np.array([np.median(column[column > 0]) for column in np.abs(away).T])
        self.with_intercept = np.column_stack([np.ones(len(columns)), away / self.scale])
        self.terms = self.with_intercept[:, 1:]

    @cached_property
    def orthonormal(self) -> Orthonormal:
        """The rows with their intercept, each over its norm, as QR.

        Neither separation nor a column that others determine depends on how long a row is, so outliers count as others
        do.
        """
        norms = np.linalg.norm(self.with_intercept, axis=1)
        return Orthonormal(*np.linalg.qr(self.with_intercept / norms[:, None]), norms)


class Fit(NamedTuple):
    """A fitted model, intercept first: coefficients and covariance on the log-odds scale, each row's logit."""

    coefficients: np.ndarray
    covariance: np.ndarray
    logit: np.ndarray


def fit_logistic(design: Design, treated: np.ndarray, steps: int = STEPS) -> Fit | None:
    """Fit treated (bool) on the design; None if no maximum was reached.

    Raises nothing: to check that columns are independent and groups not separated, use `Design.orthonormal` and
    `separates`.
    """
    columns = design.with_intercept
    sign = np.where(treated, 1.0, -1.0)
    coefficients, logit = np.zeros(columns.shape[1]), np.zeros(len(columns))
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
            return _in_own_units(coefficients, _information_root(columns, logit), logit, design)
    return None


def _log_likelihood(logit, sign):
    return -np.logaddexp(0, -sign * logit).sum()


def _root_weight(logit):
    """The root of p (1 - p), without overflow."""
    return np.exp(-(np.logaddexp(0, logit) + np.logaddexp(0, -logit)) / 2)


def _information_root(columns, logit):
    """The triangle R for which R'R is the information."""
    return np.linalg.qr(columns * _root_weight(logit)[:, None], mode="r")


def _newton_step(columns, logit, sign):
    """The step of weighted least squares: by the normal equations, which a million patients ask for, where these are
    well-conditioned, else by QR. Raises LinAlgError if the information is singular.
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


def _in_own_units(coefficients, triangle, logit, design):
    back = np.diag(np.r_[1.0, 1 / design.scale])
    back[0, 1:] = -design.centre / design.scale
    root = back @ np.linalg.inv(triangle)
    return Fit(back @ coefficients, root @ root.T, logit)


def surely_overlap(design: Design, treated: np.ndarray, logit: np.ndarray) -> bool:
    """Whether a fit alone proves that nothing separates the groups, which saves the linear programme.

    At the maximum the residuals u > 0 solve sum(u s x) = 0, s being 1 or -1. A direction b of length 1 that separates
    has s x'b >= 0 in all rows, and 1/sqrt(n) or more in one, so that sum(u s x'b) >= min(u)/sqrt(n): if the score is
    smaller, and what rounding may hide of it too, there is no such direction.
    """
    q, _, norms = design.orthonormal
    sign = np.where(treated, 1.0, -1.0)
    residual = np.exp(-np.logaddexp(0, sign * logit)) * norms
    score = np.linalg.norm(q.T @ (sign * residual)) + 10 * np.finfo(float).eps * residual.sum()
    return bool(score < residual.min() / np.sqrt(len(q)))


def separates(design: Design, treated: np.ndarray) -> bool:
    """Whether some combination of the columns separates the groups, except for ties, so that no finite maximum exists.

    It maximises the sum of s x'b over -1 <= b <= 1 where no s x'b is negative, s being 1 or -1 by group: 0 if the
    groups overlap; in orthonormal columns at least 1 if they are separated, completely or quasi-completely.
    """
    from scipy.optimize import linprog  # takes a while to import, and most fits prove by themselves that groups overlap

    rows = design.orthonormal.q * np.where(treated, 1.0, -1.0)[:, None]
    options = {"primal_feasibility_tolerance": LP_PRECISION, "dual_feasibility_tolerance": LP_PRECISION}
    found = linprog(-rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=(-1, 1), options=options)
    return bool(-found.fun > 0.5)
