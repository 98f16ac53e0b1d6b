"""Matching: greedy on the logit of the propensity score or on covariates, and optimal.

Greedy matches are those of MatchIt 4.7.2 (`method = "nearest"`, `link = "linear.logit"`); the caliper is that of
Austin, Pharm Stat 2011;10:150-61: 0.2 standard deviations of the logit. Optimal pairs: Rosenbaum, J Am Stat Assoc
1989;84:1024-32. Patients in sets of different sizes, and controls of several sets, need `set_weights`.
"""

from typing import NamedTuple

import numpy as np

from twoarm.results.errors import InputError
from twoarm.stats.candidates import Candidates

LARGEST_TABLE = 100_000_000  # distances that optimal matching keeps in memory at once: 0.8 GB


def caliper_width(logit: np.ndarray, caliper: float | None) -> float:
    """Return the caliper on the logit scale: `caliper` x SD (n - 1) of the logit over all patients; None: no limit."""
    return np.inf if caliper is None else caliper * float(np.std(logit, ddof=1))


def processing_order(logit: np.ndarray, treated: np.ndarray, order: str, seed: int = 1) -> np.ndarray:
    """Return the treated patients' row numbers in the order in which they choose their control.

    order: largest | smallest (by logit; ties in row order), random (seeded), data (row order).
    """
    rows = np.flatnonzero(treated)
    if order == "data":
        return rows
    if order == "random":
        return np.random.default_rng(int(seed)).permutation(rows)  # YAML may write 3.0
    sign = {"largest": -1, "smallest": 1}[order]
    return rows[np.argsort(sign * logit[rows], kind="stable")]


def matches(
    candidates: Candidates,
    method: str,
    order: str = "largest",
    seed: int = 1,
    ratio: int | np.ndarray = 1,
    replace: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Match by the config's method (nearest, mahalanobis, optimal); return (treated rows, control rows).

    ratio: the most controls that a treated patient gets, in as many rounds: one number, or one per patient (see
    `variable_ratios`). replace: a control may be in several sets. Optimal matching forms pairs only, of free controls.
    Raises InputError if no pair is possible, and if there are too many patients for optimal matching.
    """
    if method == "optimal":
        return optimal(candidates)
    if candidates.space is None and not candidates.calipers:
        logit, treated, width = candidates.logit, candidates.treated, candidates.width
        return nearest(logit, treated, width, order, seed, candidates.strata, ratio, replace)
    return closest(candidates, processing_order(candidates.logit, candidates.treated, order, seed), ratio, replace)


def variable_ratios(logit: np.ndarray, treated: np.ndarray, mean: float, least: int, most: int) -> np.ndarray:
    """Return how many controls each treated patient is to get (0 for controls), `mean` on average.

    Extremal matching (Ming and Rosenbaum, Biometrics 2000;56:118-24), as MatchIt's min.controls and max.controls:
    the treated with the scores most like the controls' get `most`, the others `least`, and one a number between. If
    a number would be below 1, it is 1. least < mean < most.
    """
    count = int(treated.sum())
    total = round(mean * count)
    many = min((total - least * (count - 1)) // (most - least), count - 1)
    few = count - many - 1
    numbers = [least] * few + [total - least * few - most * many] + [most] * many
    for place in range(count):
        if numbers[place] == 0:
            numbers[place] = 1
            if place + 1 < count:
                numbers[place + 1] -= 1
    rows = np.flatnonzero(treated)
    higher = logit[treated].mean() > logit[~treated].mean()
    ratios = np.zeros(len(logit), int)
    ratios[rows[np.argsort(-logit[rows] if higher else logit[rows], kind="stable")]] = numbers
    return ratios


def set_weights(rows: np.ndarray, partners: np.ndarray, patients: int) -> np.ndarray:
    """Return the weight of each of `patients` patients from the matches (treated row, control row): MatchIt's.

    A matched treated patient has the weight 1; a control shares that of each treated patient whom they were matched
    to with that patient's other controls, scaled so that the controls' weights sum to their number; the others have 0.
    If all sets have the same size and no control is in two, the weight of everybody matched is exactly 1.
    """
    found, controls = len(np.unique(rows)), len(np.unique(partners))
    weights = np.zeros(patients)
    np.add.at(weights, partners, controls / (found * np.bincount(rows)[rows]))
    weights[rows] = 1
    return weights


def complete_sets(rows: np.ndarray, least: int) -> np.ndarray:
    """Whether each match belongs to a treated patient with `least` controls. rows: the treated row of each match."""
    return np.bincount(rows)[rows] >= least


def closest(
    candidates: Candidates, chosen: np.ndarray, ratio: int | np.ndarray = 1, replace: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Match as `nearest`, by whatever distance and limits: each treated row of `chosen` looks at all free controls.

    If two controls are equally far, the ranks by logit decide as in `nearest`.
    """
    place = candidates.places()
    free = np.flatnonzero(~candidates.treated)
    taken: dict[int, list[int]] = {}  # with replacement: the controls that a treated patient has already
    pairs = []
    for row in _rounds(chosen, ratio):
        distance = candidates.distances(row, free)
        if replace:
            distance[np.isin(free, taken.setdefault(row, []))] = np.inf
        if distance.min(initial=np.inf) == np.inf:
            continue
        tied = np.flatnonzero(distance == distance.min())
        steps = place[free[tied]] - place[row]
        best = tied[np.lexsort((steps, np.abs(steps)))[0]]
        pairs.append((row, free[best]))
        if replace:
            taken[row].append(free[best])
        else:
            free = np.delete(free, best)
    return _rows(pairs)


def _rounds(chosen: np.ndarray, ratio: int | np.ndarray) -> list[int]:
    """The treated rows in the order in which they take their controls: all their first, then all their second, ..."""
    wanted = np.full(len(chosen), ratio) if np.ndim(ratio) == 0 else ratio[chosen]
    return [row for number in range(wanted.max(initial=0)) for row in chosen[wanted > number].tolist()]


def optimal(candidates: Candidates) -> tuple[np.ndarray, np.ndarray]:
    """Return the most pairs that are possible and, of all such sets, one with the least sum of distances.

    The rows are in the order of the treated. Raises InputError if no pair is possible or there are too many patients.
    """
    from scipy.optimize import linear_sum_assignment  # takes long to import; other methods do not need it

    treated, controls = np.flatnonzero(candidates.treated), np.flatnonzero(~candidates.treated)
    if len(treated) * len(controls) > LARGEST_TABLE:
        raise InputError(
            f"matching: `method: optimal` compares every treated patient with every control; {len(treated)} x "
            f"{len(controls)} are too many. Use `method: nearest`"
        )
    distance = np.array([candidates.distances(row, controls) for row in treated])
    possible = np.isfinite(distance)
    if not possible.any():
        return _rows([])
    # A forbidden pair costs more than all others together, so that as few as possible are left without a partner.
    distance[~possible] = distance[possible].max() * min(distance.shape) + 1
    rows, partners = linear_sum_assignment(distance)
    kept = possible[rows, partners]
    return treated[rows[kept]], controls[partners[kept]]


def _rows(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    if not pairs:
        raise InputError(
            "matching: no treated and no control patient are alike enough: check `caliper`, `calipers` and `exact`"
        )
    rows, partners = np.array(pairs).T
    return rows, partners


def nearest(
    logit: np.ndarray,
    treated: np.ndarray,
    width: float,
    order: str = "largest",
    seed: int = 1,
    strata: np.ndarray | None = None,
    ratio: int | np.ndarray = 1,
    replace: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Match each treated patient, in turn, with the closest free control; return (treated rows, control rows).

    logit: one per patient, rounded (see propensity.py). treated: bool. width: the caliper on the logit scale,
    inclusive. strata: codes; partners are from the same stratum. ratio: rounds, in each of which every treated patient
    takes one control; or how many each patient may take. replace: every control is free for all treated patients. The
    rows are in order of matching.

    If two controls are equally far: the one fewer ranks away among all patients sorted by logit, then
    the one with the lower logit. Patients with equal logits are sorted in row order.
    Sorted once; `left` and `right` are union-find forests that lead from a place to the nearest free control on
    either side, so that a million patients take a second. With replacement nobody leaves them, and each treated patient
    keeps the two places beyond their own controls.

    Raises InputError if no pair is within the caliper.
    """
    line = _line(logit, treated, strata)
    left, right = line.left, line.right
    ends: dict[int, tuple[int, int]] = {}
    pairs, smallest = [], np.inf
    for place in line.place_of[_rounds(processing_order(logit, treated, order, seed), ratio)].tolist():
        below, above = ends.get(place, (place, place))
        low, high = _find(left, below), _find(right, above)
        control, distance = line.closer(place, low, high)
        smallest = min(smallest, distance)
        if distance <= width and distance < np.inf:
            pairs.append((place, control))
            if replace:
                ends[place] = (low, high + 1) if control == high else (low - 1, high)
            else:
                left[control], right[control] = control - 1, control + 1
    if not pairs:
        raise InputError(_no_pair(width, smallest))
    places = np.array(pairs) - 1
    return line.by_logit[places[:, 0]], line.by_logit[places[:, 1]]


class _Line(NamedTuple):
    """All patients sorted by stratum and logit, at places 1..n; the places beyond both ends match nobody."""

    by_logit: np.ndarray  # the row at each place, from place 1
    place_of: np.ndarray  # the place of each row
    score: list[float]  # of places 0..n+1, and so are the following
    stratum: list
    left: list[int]
    right: list[int]

    def closer(self, place: int, low: int, high: int) -> tuple[int, float]:
        """Which of two controls on either side of a place is closer, and its distance; infinite if neither can be."""
        score, stratum = self.score, self.stratum
        below = score[place] - score[low] if stratum[low] == stratum[place] else np.inf
        above = score[high] - score[place] if stratum[high] == stratum[place] else np.inf
        upwards = above < below or (above == below and high - place < place - low)
        return (high, above) if upwards else (low, below)


def _line(logit: np.ndarray, treated: np.ndarray, strata: np.ndarray | None) -> _Line:
    strata = np.zeros(len(logit), int) if strata is None else strata
    by_logit = np.lexsort((logit, strata))
    place_of = np.empty(len(logit), int)
    place_of[by_logit] = np.arange(1, len(logit) + 1)
    score = [np.nan, *logit[by_logit].tolist(), np.nan]
    return _Line(
        by_logit, place_of, score, [None, *strata[by_logit].tolist(), None], *_free_controls(~treated[by_logit])
    )


def _free_controls(control: np.ndarray) -> tuple[list[int], list[int]]:
    """For each place 0..n+1: the nearest control at or before it, and at or after it (0 and n+1: none)."""
    n = len(control)
    places = np.arange(1, n + 1)
    left = np.maximum.accumulate(np.where(control, places, 0))
    right = np.minimum.accumulate(np.where(control, places, n + 1)[::-1])[::-1]
    return [0, *left.tolist(), n + 1], [0, *right.tolist(), n + 1]


def _find(parent: list[int], place: int) -> int:
    """Follow a forest to its root, halving the path on the way."""
    while parent[place] != place:
        parent[place] = place = parent[parent[place]]
    return place


def _no_pair(width: float, smallest: float) -> str:
    if smallest == np.inf:
        return "matching: no control has the same values of the `exact` variables as any treated patient"
    return (
        f"matching: no pair is within the caliper of {width:.4g} on the logit scale; the smallest distance between "
        f"a treated and a control patient is {smallest:.4g}. The arms barely overlap; widen `caliper` with care"
    )
