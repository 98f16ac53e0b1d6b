"""Event times of the matched patients that give the printed medians, log-rank tests and Cox models.

A patient has a latent time; the observed time is the earlier of it and the end of the patient's follow-up. Annealing
moves latent times and swaps them between patients of an arm. Times are whole days throughout; a month is 30.4375 days.
"""

import math

import numpy as np
from covariates import NAMES
from kernels import cox_z, km_median, logrank_z
from numba import njit
from scipy.special import ndtri
from targets import DAYS_PER_MONTH, Published, centred

# Patients with early progression, before stable disease counts, progress at the first or second visit, before day 84.
# All others are stable or better at a visit from day 86, and progress at least 28 days later.
EARLY_VISITS = ((29, 41), (57, 82))
LATE_FROM, LATEST = 116, 1000
STAGES, PROPOSALS, TRIES = 30, 5_000, 4  # stages of falling temperature, proposals in each, fresh starts
HOT, COLD = 1.5, 0.01

SIGNIFICANT, NOT_SIGNIFICANT = 2.06, 1.80  # |z| at least, at most: p of .039 and .072
UNIVARIABLE = {"arm": -1, "ecog": 1, "child_pugh": 1, "pvtt": 1, "line": 1, "dose": -1}  # sign of the log hazard ratio
INDEPENDENT = ("arm", "pvtt", "line")  # those of them that are significant in their common model


def subgroups(arm: np.ndarray, line: np.ndarray, dose: np.ndarray) -> tuple[list[dict], np.ndarray]:
    """The ten groups of patients with a printed median PFS, as keys of the published table and as flags.

    arm, line, dose: 1 for TRP, 3L+ and 120-160 mg. Consecutive pairs are compared by a log-rank test.
    """
    keys = [{"analysis": "survival", "stratum": "", "group": name} for name in ("TRP", "TR")]
    flags = [arm == 1, arm == 0]
    for variable, values, levels in (("dose", dose, ("80mg", "120-160mg")), ("line", line, ("2L", "3L+"))):
        for stratum, in_arm in (("TRP", arm == 1), ("TR", arm == 0)):
            for value, level in enumerate(levels):
                keys.append({"analysis": f"subgroup_{variable}", "stratum": stratum, "group": level})
                flags.append(in_arm & (values == value))
    return keys, np.array(flags)


def survival_windows(published: Published, keys: list[dict], endpoint: str) -> tuple[np.ndarray, np.ndarray]:
    """Windows of the medians (days) and of the signed log-rank z of each pair, from the printed months and p-values."""
    medians, tests = [], []
    for first, second in zip(keys[::2], keys[1::2], strict=True):
        both = []
        for key in (first, second):
            window = published.window(population="matched", variable=endpoint, statistic="median", **key)
            both.append([months * DAYS_PER_MONTH for months in centred(window)])
        contrast = first | {"group": f"{first['group']} vs {second['group']}"}
        low, high = published.window(population="matched", variable=endpoint, statistic="p_value", **contrast)
        low, high = (1e-7, high * 0.8) if low == 0 else centred((low, high))
        z = sorted(-ndtri(np.array([low, high]) / 2))
        tests.append(z if both[0][0] < both[1][0] else [-z[1], -z[0]])
        medians += both
    return np.array(medians), np.array(tests)


@njit
def _miss(value, window, blur):
    """The distance of a value from a window, in (blurred) half-widths of the window, on a log scale."""
    distance = max(window[0] - value, value - window[1], 0.0)
    return math.log1p(min(distance, 1e4) / ((window[1] - window[0]) / 2 + blur))


@njit
def survival_energy(time, event, groups, medians, tests, blur):
    """The distance of the medians and log-rank tests from their windows.

    blur widens the scale of a miss (not the windows): without it every move out of a narrow window costs the same,
    and the search freezes at the first window that it enters.
    """
    order = np.argsort(time)
    energy = 0.0
    for g in range(len(groups)):
        energy += _miss(km_median(time, event, order, groups[g]), medians[g], 30 * blur)
    for pair in range(len(tests)):
        z = logrank_z(time, event, order, groups[2 * pair], groups[2 * pair + 1])
        energy += _miss(z, tests[pair], blur) + 4 * max(tests[pair, 0] - z, z - tests[pair, 1], 0.0)
    return energy


@njit
def cox_energy(time, event, x, signs, independent):
    """The distance of the Cox models from the significance in the paper.

    x: treatment and the covariates. signs: of the log hazard ratios of those significant by themselves, 0 for the
    others. independent: flags of those that stay significant in their common model.
    """
    order = np.argsort(time)
    energy = 0.0
    for column in range(x.shape[1]):
        z = cox_z(time, event, order, x[:, column : column + 1])[0]
        if signs[column]:
            energy += max(SIGNIFICANT - signs[column] * z, 0.0)
        else:
            energy += max(abs(z) - NOT_SIGNIFICANT, 0.0)
    chosen = np.flatnonzero(signs)
    z = cox_z(time, event, order, x[:, chosen])
    for i, column in enumerate(chosen):
        if independent[column]:
            energy += max(SIGNIFICANT - signs[column] * z[i], 0.0)
        else:
            energy += max(abs(z[i]) - NOT_SIGNIFICANT, 0.0)
    return 4 * energy


@njit
def _allowed(latent, early):
    """Whether a day is possible for progression, or death without it, for a patient with this response."""
    if not early:
        return LATE_FROM <= latent <= LATEST
    first, second = EARLY_VISITS
    return first[0] <= latent <= first[1] or second[0] <= latent <= second[1]


@njit
def _propose(latent, early, cell, rng):
    """Move one patient's time, or swap two patients' times (and with them whether progression comes early).

    cell: the patients among whom an early and a late time may be swapped; swaps of two early or two late times are
    allowed within an arm, which is cell // 4. Returns the patients touched, and the first one's time before.
    """
    n = len(latent)
    i, j = int(rng.random() * n), int(rng.random() * n)
    before = latent[i]
    if rng.random() < 0.5:
        scale = 60 * 0.02 ** rng.random()
        new = before + int(round((2 * rng.random() - 1) * scale))
        if new == before or not _allowed(new, early[i]):
            return -1, -1, before
        latent[i] = new
        return i, i, before
    same = cell[i] == cell[j] if early[i] != early[j] else cell[i] // 4 == cell[j] // 4
    if latent[i] == latent[j] or not same:
        return -1, -1, before
    _swap(latent, early, i, j)
    return i, j, before


@njit
def _swap(latent, early, i, j):
    latent[i], latent[j] = latent[j], latent[i]
    early[i], early[j] = early[j], early[i]


@njit
def _anneal(latent, early, cell, end, x, groups, medians, tests, signs, independent, stages, rng):
    """Anneal latent times in place; returns the energy that is left.

    end: the last day of each patient's follow-up; stages: rows of temperature and blur.
    """
    now = np.inf
    for temperature, blur in stages:
        now = np.inf
        for _ in range(PROPOSALS):
            i, j, before = _propose(latent, early, cell, rng)
            if i < 0:
                continue
            time, event = np.minimum(latent, end), (latent <= end).astype(np.int64)
            limit = now - temperature * math.log(1 - rng.random())
            energy = survival_energy(time, event, groups, medians, tests, blur)
            if energy < limit:
                energy += cox_energy(time, event, x, signs, independent)
            if energy < limit:
                now = energy
                if now == 0:
                    return now
            elif i == j:
                latent[i] = before
            else:
                _swap(latent, early, i, j)
    return now


def _early_control_cells(line: np.ndarray, dose: np.ndarray, n_early: int) -> dict[tuple[int, int], int]:
    """How many of the TR arm's early progressions fall into each line-by-dose cell.

    The four printed subgroup medians determine the margins: each subgroup has as many events before its median
    as an odd number of patients allows, and these add up to exactly the early progressions of Table 2A.
    """
    below = {
        (variable, value): (int((values == value).sum()) - 1) // 2
        for variable, values in (("line", line), ("dose", dose))
        for value in (0, 1)
    }
    if below["line", 0] + below["line", 1] != n_early or below["dose", 0] + below["dose", 1] != n_early:
        raise ValueError(f"early progressions {n_early} do not fit the subgroup medians: {below}")
    first = round(below["line", 0] * below["dose", 0] / n_early)
    return {
        (0, 0): first,
        (0, 1): below["line", 0] - first,
        (1, 0): below["dose", 0] - first,
        (1, 1): below["dose", 1] - below["line", 0] + first,
    }


def progression_free(published: Published, covariates: np.ndarray, arm: np.ndarray, end: np.ndarray, rng):
    """Latent PFS days of the matched patients, and flags of early progression.

    covariates: the columns NAMES; arm: 1 for TRP; end: last assessment in days. Raises RuntimeError if the search
    does not meet every target.
    """
    line, dose = (covariates[:, NAMES.index(name)].astype(int) for name in ("line", "dose"))
    worse = covariates[:, [NAMES.index(name) for name in ("ecog", "child_pugh", "pvtt")]].sum(axis=1)
    cell = np.where(arm == 1, 4, 2 * line + dose)  # within TRP an early progression may fall anywhere
    keys, groups = subgroups(arm, line, dose)
    medians, tests = survival_windows(published, keys, "pfs")
    names = ("arm", *NAMES)
    signs = np.array([UNIVARIABLE.get(name, 0) for name in names])
    independent = np.array([name in INDEPENDENT for name in names])
    x = np.column_stack([arm, covariates]).astype(float)
    temperatures = HOT * (COLD / HOT) ** np.linspace(0, 1, STAGES)
    stages = np.column_stack([temperatures, 0.05 * temperatures])
    for _ in range(TRIES):
        early = _first_early(published, arm, line, dose, worse, rng)
        latent = _first_times(arm, line, worse, early, rng)
        energy = _anneal(latent, early, cell, end, x, groups, medians, tests, signs, independent, stages, rng)
        if energy == 0:
            return latent, early
    raise RuntimeError(f"progression-free survival: targets missed, energy {energy:.3f}")


def _first_early(published: Published, arm, line, dose, worse, rng) -> np.ndarray:
    """Flags of early progression at the start of the search: in general the frailer patients of each pool."""
    n_early = {name: published.count("response", name, "mrecist", "PD", True) for name in ("TR", "TRP")}
    cells = _early_control_cells(line[arm == 0], dose[arm == 0], n_early["TR"])
    pools = [((arm == 0) & (line == a) & (dose == b), count) for (a, b), count in cells.items()]
    rank = worse + rng.random(len(arm)) * 2
    early = np.zeros(len(arm), dtype=np.bool_)
    for pool, count in [*pools, (arm == 1, n_early["TRP"])]:
        members = np.flatnonzero(pool)
        early[members[np.argsort(-rank[members])[:count]]] = True
    return early


def _first_times(arm, line, worse, early, rng) -> np.ndarray:
    """Where the search starts: 3L+ progresses early at the first visit, 2L at the second; late, 3L+ well before 2L.

    The TR arm's printed p < .001 between lines needs such a wide gap, given the number of early progressions in
    both; the search would not find it from a random start.
    """
    n = len(arm)
    first, second = EARLY_VISITS
    days = np.where(line == 1, rng.integers(first[0], first[1] + 1, n), rng.integers(second[0], second[1] + 1, n))
    spread = rng.standard_exponential(n) * np.exp(0.4 * arm - 0.2 * worse)
    late = np.where(line == 1, 150 + (10 + 60 * arm) * spread, 155 + 220 * spread)
    return np.where(early, days, np.minimum(late, LATEST).astype(int)).astype(np.int64)
