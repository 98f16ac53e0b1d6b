"""Covariates whose propensity scores match exactly the patients that the paper's Table 1 needs matched.

Table 1 fixes the margins of four groups: matched and unmatched patients of each arm. Swapping one column's values
between two patients of a group keeps every margin, so we anneal over such swaps until the study's own matching (greedy
nearest neighbour on the logit, caliper 0.2 SD, highest score first) selects the 64 + 64 patients labelled as matched.
"""

import math

import numpy as np
from numba import njit
from targets import FLAGS, GROUPS, Published

NAMES = ("age", *FLAGS)  # the columns after the intercept
INTERCEPT_AND_COVARIATES = 1 + len(NAMES)
BCLC = 1 + NAMES.index("bclc")
STAGE_C = tuple(1 + NAMES.index(name) for name in ("ecog", "pvtt", "metastases"))  # what makes a patient stage C
# Columns whose correlation in an arm's matched patients is at least 0.1 with this sign: the frail get the low dose.
# Without the first, the printed subgroup tests of dose and line in the TR arm cannot both be met.
EXPECTED = tuple(
    (1 + NAMES.index(a), 1 + NAMES.index(b), sign)
    for a, b, sign in (("line", "dose", -1), ("child_pugh", "dose", -1), ("child_pugh", "ecog", 1))
)
SAFE = 4e-4  # the smallest distance between two scores, or between a distance and the caliper
PROPOSALS = 1_500_000


@njit
def _fit(x, treated, beta):
    """Unpenalised logistic regression by Newton's method, from a warm start; the linear predictor (logit)."""
    n, k = x.shape
    logit = np.empty(n)
    for _ in range(50):
        gradient = np.zeros(k)
        hessian = np.zeros((k, k))
        for i in range(n):
            eta = 0.0
            for a in range(k):
                eta += x[i, a] * beta[a]
            p = 1 / (1 + math.exp(-eta))
            logit[i] = eta
            for a in range(k):
                gradient[a] += x[i, a] * (treated[i] - p)
                weighted = x[i, a] * p * (1 - p)
                if weighted != 0:
                    for b in range(a + 1):
                        hessian[a, b] += weighted * x[i, b]
        step = _solve(hessian, gradient)
        for a in range(k):
            beta[a] += step[a]
        if np.abs(step).max() < 1e-7:
            break
    return logit


@njit
def _solve(matrix, vector):
    """Solve a positive definite system, given by its lower triangle, by Cholesky; works in place."""
    k = len(vector)
    for a in range(k):
        for b in range(a + 1):
            total = matrix[a, b]
            for c in range(b):
                total -= matrix[a, c] * matrix[b, c]
            matrix[a, b] = math.sqrt(total) if a == b else total / matrix[b, b]
    out = vector.copy()
    for a in range(k):
        for c in range(a):
            out[a] -= matrix[a, c] * out[c]
        out[a] /= matrix[a, a]
    for a in range(k - 1, -1, -1):
        for c in range(a + 1, k):
            out[a] -= matrix[c, a] * out[c]
        out[a] /= matrix[a, a]
    return out


@njit
def _match(logit, treated):
    """Greedy matching, highest treated score first: the matched flags, the caliper and the smallest margin.

    The margin is the smallest difference that decides anything: nearest or next control,
    distance or caliper, which treated patient comes first.
    """
    caliper = 0.2 * math.sqrt(((logit - logit.mean()) ** 2).sum() / (len(logit) - 1))
    turns = np.argsort(-logit)
    matched = np.zeros(len(logit), dtype=np.bool_)
    margin, before = np.inf, np.inf
    for i in turns:
        if not treated[i]:
            continue
        margin = min(margin, before - logit[i])
        before = logit[i]
        best, nearest, second = -1, np.inf, np.inf
        for j in range(len(logit)):
            if treated[j] or matched[j]:
                continue
            distance = abs(logit[i] - logit[j])
            if distance < nearest:
                best, nearest, second = j, distance, nearest
            elif distance < second:
                second = distance
        margin = min(margin, abs(nearest - caliper))
        if nearest <= caliper:
            matched[i] = matched[best] = True
            margin = min(margin, second - nearest)
    return matched, caliper, margin


@njit
def _order_errors(logit, group, caliper):
    """The distance of the scores from an order that gives the labels: unmatched treated above, unmatched
    controls below, and the sorted matched scores of the two arms within a caliper of one another."""
    c1, c0, t1, t0 = logit[group == 0], logit[group == 1], logit[group == 2], logit[group == 3]
    wrong, guard = 0.0, 0.0
    top, bottom = c1.max(), t1.min()
    for score in t0:
        wrong += (t1 > score).mean()
        guard += min(max(top + caliper - score, 0.0) / caliper, 1.0)
    for score in c0:
        wrong += (c1 < score).mean()
        guard += min(max(score - bottom + caliper, 0.0) / caliper, 1.0)
    gaps = np.abs(np.sort(c1) - np.sort(t1)) / caliper
    return wrong, np.maximum(gaps - 0.8, 0.0).sum() + guard


@njit
def _implausibility(x, group):
    """Squared excess of correlations beyond plausible limits: 0.25 in both directions, or the bounds of EXPECTED."""
    n, k = x.shape
    z = _standardised(x)
    excess = 0.0
    for a in range(1, k):
        for b in range(1, a):
            built_in = BCLC in (a, b) or (a in STAGE_C and b in STAGE_C)
            if not built_in:
                excess += max(abs((z[a] * z[b]).sum()) - 0.25, 0.0) ** 2
    for arm in (0, 2):
        z = _standardised(x[group == arm])
        for a, b, sign in EXPECTED:
            excess += max(0.1 - sign * (z[a] * z[b]).sum(), 0.0) ** 2
    return excess


@njit
def _standardised(x):
    """The columns of x except the intercept, as rows with mean 0 and length 1."""
    z = np.zeros((x.shape[1], len(x)))
    for a in range(1, x.shape[1]):
        z[a] = x[:, a] - x[:, a].mean()
        z[a] /= math.sqrt((z[a] ** 2).sum())
    return z


@njit
def _swap(x, group, rng):
    """Swap one column's values between two patients of a group; returns rows and columns changed, or -1 if illogical.

    BCLC B has no ECOG 2, no portal vein thrombus and no metastases; every C has one of them. So a swap of stage
    includes these three, and a swap of one of the three stays within stage C and leaves at least one in each patient.
    """
    n, k = x.shape
    i, j = int(rng.random() * n), int(rng.random() * n)
    column = 1 + int(rng.random() * (k - 1))
    if group[i] != group[j] or x[i, column] == x[j, column]:
        return -1, -1, -1
    if column in STAGE_C and x[i, BCLC] != x[j, BCLC]:
        return -1, -1, -1
    _exchange(x, i, j, column)
    if column in STAGE_C:
        for row in (i, j):
            features = 0.0
            for c in STAGE_C:
                features += x[row, c]
            if features == 0:
                _exchange(x, i, j, column)
                return -1, -1, -1
    return i, j, column


@njit
def _exchange(x, i, j, column):
    """Swap two rows' values in a column; for the BCLC stage, with all columns that determine the stage."""
    x[i, column], x[j, column] = x[j, column], x[i, column]
    if column == BCLC:
        for c in STAGE_C:
            x[i, c], x[j, c] = x[j, c], x[i, c]


@njit
def _anneal(x, group, proposals, rng):
    """Anneal x in place until exactly the labelled patients are matched, with a safe margin.

    Returns the number of patients wrongly matched or unmatched, the margin, and the proposals used.
    """
    treated, labelled = group >= 2, group % 2 == 0
    beta = np.zeros(x.shape[1])
    now = np.inf
    for step in range(proposals):
        temperature = 4 * (0.3 / 4) ** (step / proposals)
        i, j, column = _swap(x, group, rng)
        if i < 0:
            continue
        trial = beta.copy()
        logit = _fit(x, treated, trial)
        matched, caliper, margin = _match(logit, treated)
        hamming = (matched != labelled).sum()
        disorder, errors = _order_errors(logit, group, caliper)
        energy = hamming + 12 * disorder + 2 * errors + 100 * _implausibility(x, group)
        if energy < now - temperature * math.log(1 - rng.random()):  # a draw at every step: see integers.py
            now, beta = energy, trial
            if hamming == 0 and margin > SAFE:
                break
        else:
            _exchange(x, i, j, column)
    return hamming, margin, step


def _start(published: Published, ages: dict, rng) -> tuple[np.ndarray, np.ndarray]:
    """Random covariates with the right margins: the model matrix with intercept, and each row's position in GROUPS."""
    blocks = []
    for arm, matched in GROUPS:
        n = published.size(arm, matched)
        block = np.ones((n, INTERCEPT_AND_COVARIATES))
        block[:, 1] = rng.permutation(ages[arm, matched])
        counts = {name: published.count("baseline", arm, name, level, matched) for name, level in FLAGS.items()}
        for column, name in enumerate(NAMES[1:], start=2):
            block[:, column] = rng.permutation(np.arange(n) < counts[name])
        in_stage_c = np.flatnonzero(block[:, BCLC])
        filled = 0  # one feature after the other, each going on where the last stopped, so that all of stage C has one
        for column in STAGE_C:
            block[:, column] = 0
            positions = np.arange(filled, filled + counts[NAMES[column - 1]]) % len(in_stage_c)
            block[in_stage_c[positions], column] = 1
            filled += counts[NAMES[column - 1]]
        blocks.append(block)
    group = np.repeat(np.arange(len(GROUPS)), [len(block) for block in blocks])
    return np.concatenate(blocks), group


def covariates(published: Published, ages: dict, rng) -> tuple[np.ndarray, np.ndarray, float]:
    """Model matrix (intercept, NAMES), group of each row (position in GROUPS) and the margin of the matching.

    Raises RuntimeError if the annealing does not reach the labels.
    """
    x, group = _start(published, ages, rng)
    wrong, margin, _ = _anneal(x, group, PROPOSALS, rng)
    if wrong or margin <= SAFE:
        raise RuntimeError(f"covariates: {wrong} patients wrongly matched, margin {margin:.1e}")
    return x, group, margin
