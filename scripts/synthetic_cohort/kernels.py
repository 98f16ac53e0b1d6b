"""Survival statistics as R computes them, compiled, for the annealing of event times.

All take `time` (whole days), `event` (1/0) and `order`, the positions of the patients sorted by time.
"""

import math

import numpy as np
from numba import njit

TOLERANCE = 1.5e-8  # R's sqrt(.Machine$double.eps)


@njit
def km_median(time, event, order, members):
    """Kaplan-Meier median of the patients flagged in `members`; infinity if it is not reached.

    If the curve stays at exactly one half, the middle of that plateau (R: print.survfit).
    """
    at_risk = members.sum()
    survival, half_from = 1.0, np.inf
    i = 0
    while i < len(order):
        now, deaths, leaving = time[order[i]], 0, 0
        while i < len(order) and time[order[i]] == now:
            if members[order[i]]:
                deaths += event[order[i]]
                leaving += 1
            i += 1
        if deaths:
            if half_from < np.inf:
                return (half_from + now) / 2
            survival *= 1 - deaths / at_risk
            if survival < 0.5 - TOLERANCE:
                return float(now)
            if survival < 0.5 + TOLERANCE:
                half_from = float(now)
        at_risk -= leaving
    return half_from


@njit
def logrank_z(time, event, order, first, second):
    """Signed root of the log-rank chi-square; positive if the first group does worse (R: survdiff)."""
    n1, n2 = first.sum(), second.sum()
    excess, variance = 0.0, 0.0
    i = 0
    while i < len(order):
        now = time[order[i]]
        d1, d, leaving1, leaving2 = 0, 0, 0, 0
        while i < len(order) and time[order[i]] == now:
            k = order[i]
            if first[k]:
                d1 += event[k]
                leaving1 += 1
            if second[k]:
                leaving2 += 1
            if first[k] or second[k]:
                d += event[k]
            i += 1
        n = n1 + n2
        if d:
            excess += d1 - d * n1 / n
            if n > 1:
                variance += d * n1 / n * n2 / n * (n - d) / (n - 1)
        n1 -= leaving1
        n2 -= leaving2
    return excess / math.sqrt(variance)


@njit
def cox_z(time, event, order, x):
    """Wald z of each column of x in a Cox model with Efron's ties (R: coxph), by Newton's method from zero."""
    n, k = x.shape
    beta = np.zeros(k)
    information = np.zeros((k, k))
    for _ in range(12):
        score, information = _efron(time, event, order, x, beta)
        step = np.linalg.solve(information, score)
        largest = np.abs(step).max()
        beta += step * min(1.0, 2.0 / largest) if largest > 0 else step
        if largest < 1e-6:
            break
    return beta / np.sqrt(np.diag(np.linalg.inv(information)))


@njit
def _efron(time, event, order, x, beta):
    """Score and information of Efron's partial likelihood."""
    n, k = x.shape
    score, information = np.zeros(k), np.zeros((k, k))
    s0, s1, s2 = 0.0, np.zeros(k), np.zeros((k, k))
    i = n - 1
    while i >= 0:
        now, deaths = time[order[i]], 0
        d0, d1, d2 = 0.0, np.zeros(k), np.zeros((k, k))
        while i >= 0 and time[order[i]] == now:
            row = order[i]
            eta = 0.0
            for a in range(k):
                eta += x[row, a] * beta[a]
            risk = math.exp(eta)
            dead = event[row]
            deaths += dead
            s0 += risk
            d0 += risk * dead
            for a in range(k):
                s1[a] += risk * x[row, a]
                d1[a] += risk * x[row, a] * dead
                score[a] += x[row, a] * dead
                for b in range(a + 1):
                    s2[a, b] += risk * x[row, a] * x[row, b]
                    d2[a, b] += risk * x[row, a] * x[row, b] * dead
            i -= 1
        for tied in range(deaths):
            f = tied / deaths
            z0 = s0 - f * d0
            for a in range(k):
                mean_a = (s1[a] - f * d1[a]) / z0
                score[a] -= mean_a
                for b in range(a + 1):
                    information[a, b] += (s2[a, b] - f * d2[a, b]) / z0 - mean_a * (s1[b] - f * d1[b]) / z0
    for a in range(k):
        for b in range(a):
            information[b, a] = information[a, b]
    return score, information
