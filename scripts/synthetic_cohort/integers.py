"""Whole numbers (ages, numbers of TACE) with the printed means, standard deviations and p-values.

A group is a histogram: the number of patients with each value. One step moves one patient up or down by one, or two
patients at once. With so few values the rank test moves in large steps, so a solution needs a long walk, with numba.
"""

import math

import numpy as np
from numba import njit
from targets import ARMS, GROUPS, Published, centred

STEPS, WALKS = 1_000_000, 12  # maximum number of steps of a walk; the first walk that arrives counts
WELCH, MANN_WHITNEY = 0, 1


@njit
def _welch_p(n, mean, variance):
    """Two-sided p of Welch's t test (R: t.test); the density integrated by Simpson's rule, ample for |t| < 2."""
    a, b = variance[0] / n[0], variance[1] / n[1]
    df = (a + b) ** 2 / (a**2 / (n[0] - 1) + b**2 / (n[1] - 1))
    width = abs(mean[0] - mean[1]) / math.sqrt(a + b) / 64
    area = 0.0
    for i in range(65):
        weight = 1.0 if i in (0, 64) else 4.0 if i % 2 else 2.0
        area += weight * (1 + (i * width) ** 2 / df) ** (-(df + 1) / 2)
    scale = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(df * math.pi)
    return max(1 - 2 * scale * area * width / 3, 0.0)


@njit
def _mann_whitney_p(x, y):
    """Two-sided p of the Mann-Whitney test on two histograms (R: wilcox.test(exact=FALSE), continuity corrected)."""
    n, m = x.sum(), y.sum()
    below, u, ties = 0, 0.0, 0.0
    for value in range(len(x)):
        u += x[value] * (below + y[value] / 2)
        below += y[value]
        tied = x[value] + y[value]
        ties += tied**3 - tied
    total = n + m
    sigma = math.sqrt(n * m / 12 * (total + 1 - ties / (total * (total - 1))))
    return math.erfc(max(abs(u - n * m / 2) - 0.5, 0.0) / sigma / math.sqrt(2))


@njit
def _miss(value, window):
    """The distance of a value from a window, in half-widths of the window."""
    return max(window[0] - value, value - window[1], 0.0) / (window[1] - window[0]) * 2


@njit
def _energy(groups, smallest, windows, test):
    """The distance of both populations from the paper. windows: [population, (mean, sd, p), arm, (low, high)]."""
    energy = 0.0
    n, mean, variance = np.zeros(2), np.zeros(2), np.zeros(2)
    for population in range(2):  # the matched patients, then all
        whole = groups[0::2] + groups[1::2] * population
        for arm in range(2):
            n[arm], mean[arm], variance[arm] = 0, 0, 0
            for value, count in enumerate(whole[arm]):
                n[arm] += count
                mean[arm] += count * (smallest + value)
            mean[arm] /= n[arm]
            for value, count in enumerate(whole[arm]):
                variance[arm] += count * (smallest + value - mean[arm]) ** 2 / (n[arm] - 1)
            energy += _miss(mean[arm], windows[population, 0, arm])
            energy += _miss(math.sqrt(variance[arm]), windows[population, 1, arm])
        p = _welch_p(n, mean, variance) if test == WELCH else _mann_whitney_p(whole[0], whole[1])
        energy += 0.4 * math.log1p(_miss(p, windows[population, 2, 0]))
    return energy


@njit
def _move(groups, by, rng):
    """Move one patient, drawn from one group, up or down by one if there is such a value."""
    group = groups[int(rng.random() * len(groups))]
    patient = int(rng.random() * group.sum())
    value = 0
    while patient >= group[value]:
        patient -= group[value]
        value += 1
    if 0 <= value + by < len(group):
        group[value] -= 1
        group[value + by] += 1


@njit
def _anneal(groups, smallest, windows, test, steps, rng):
    """The histograms with everything in its window, and the energy left (0 if all is met)."""
    now = _energy(groups, smallest, windows, test)
    for step in range(steps):
        if now == 0:
            break
        proposal = groups.copy()
        by, kind = (1 if rng.random() < 0.5 else -1), rng.random()
        _move(proposal, by, rng)
        if kind < 0.8:  # a second move, mostly the other way
            _move(proposal, by if kind < 0.2 else -by, rng)
        new = _energy(proposal, smallest, windows, test)
        # A draw at every step, never only where the energy rose: between equal energies the last bit would decide
        # whether a number is drawn, and with it all that follows, and that bit is the machine's.
        if new < now - 0.5 * 0.1 ** (step / steps) * math.log(1 - rng.random()):
            groups, now = proposal, new
    return groups, now


def _windows(published: Published, variable: str) -> np.ndarray:
    """What Table 1 prints of a continuous variable: [population, (mean, sd, p), arm, (low, high)]."""
    windows = np.empty((2, 3, 2, 2))
    for i, population in enumerate(("matched", "enrolled")):
        key = {"analysis": "baseline", "variable": variable, "population": population}
        for j, arm in enumerate(ARMS):
            # Nearly the whole window: the printed p of matched ages, .681, needs SDs at the top of their windows.
            windows[i, 0, j] = centred(published.window(**key, group=arm, statistic="mean"), 0.98)
            windows[i, 1, j] = centred(published.window(**key, group=arm, statistic="sd"), 0.98)
        windows[i, 2] = centred(published.window(**key, group="TRP vs TR", statistic="p_value"), 0.8)
    return windows


def whole_numbers(published: Published, variable: str, test: int, limits: tuple[int, int], rng) -> dict:
    """{(arm, matched?): sorted int array} for one continuous variable of Table 1, within limits (smallest, largest).

    Raises RuntimeError if the walk finds no solution.
    """
    windows = _windows(published, variable)
    smallest, largest = limits
    for _ in range(WALKS):
        start = np.zeros((len(GROUPS), largest - smallest + 1), dtype=np.int64)
        for row, (arm, matched) in zip(start, GROUPS, strict=True):
            mean, sd = windows[0 if matched else 1, :2, ARMS.index(arm)].mean(axis=1)
            draws = np.rint(mean + sd * rng.standard_normal(published.size(arm, matched)))
            np.add.at(row, np.clip(draws, *limits).astype(int) - smallest, 1)
        found, energy = _anneal(start, smallest, windows, test, STEPS, rng)
        if energy == 0:
            values = np.arange(smallest, largest + 1)
            return {group: np.repeat(values, row) for group, row in zip(GROUPS, found, strict=True)}
    raise RuntimeError(f"{variable}: no whole numbers found, energy {energy:.3f}")


def ages(published: Published, rng) -> dict:
    """{(arm, matched?): ages in whole years}."""
    return whole_numbers(published, "age", WELCH, (18, 80), rng)


def tace_counts(published: Published, rng) -> dict:
    """{(arm, matched?): numbers of TACE after treatment start}."""
    return whole_numbers(published, "n_tace", MANN_WHITNEY, (0, 12), rng)
