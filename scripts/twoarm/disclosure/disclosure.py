"""Statistical disclosure control of counts: mask the small ones, and as many others as necessary to protect them.

Primary suppression by a minimum frequency and complementary suppression, as in Hundepool et al., Statistical Disclosure
Control (2012), chapters 3 and 4: a masked count must not follow from the shown ones. The assumed reader
knows every relation between the counts, that counts are whole numbers, and that zero is always shown. A masked count
is protected if two or more whole numbers are possible for it. Integer programming (scipy's HiGHS) decides this,
which covers subtraction, several equations together, and bounds.

The search for further counts is greedy, smallest first, and ends by showing again counts that were not needed.
"""

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array


class Relation(NamedTuple):
    """What a reader knows of some counts: the sum of coefficient times count is 0 or, if not `equal`, at most 0."""

    terms: dict[int, int]
    equal: bool = True


class Suppression(NamedTuple):
    """The counts to mask, primary and complementary, and those of them that follow from public counts."""

    masked: frozenset[int]
    exposed: frozenset[int]


def small(value: int | None, minimum: int) -> bool:
    """Whether a count is below the minimum; zero and unknown counts (None) are not."""
    return value is not None and 0 < value < minimum


def suppress(
    values: list[int | None],
    relations: list[Relation],
    minimum: int,
    movable: Collection[int] | None = None,
    cost: Callable[[int], float] | None = None,
) -> Suppression:
    """Choose which counts to mask.

    values: the counts, None for one that is shown nowhere but is in a relation (at least 0). relations: by position
    in `values`, all of them true. movable: the counts that may be masked to protect others (default: all); zeros never
    are. cost: the cheapest is masked first (default: the smallest). The result depends on the order of `values` in
    ties alone. Where every count is movable, none stays exposed: all of them doubled would be as possible.
    """
    search = _Search(values, relations, minimum, movable, cost)
    search.protect()
    search.show_again()
    return Suppression(frozenset(search.masked), frozenset(search.exposed))


class _Search:
    """The masked counts while they are chosen.

    During the search only primary counts need protection: a further count that can be computed is shown instead.
    """

    def __init__(self, values, relations, minimum, movable, cost):
        self.values, self.relations = values, relations
        self.primary = {cell for cell, value in enumerate(values) if small(value, minimum)}
        self.masked, self.exposed = set(self.primary), set()
        allowed = range(len(values)) if movable is None else movable
        self.movable = {cell for cell in allowed if values[cell]}
        self.cost = cost or (lambda cell: values[cell])
        self.largest = 2 * max([value or 0 for value in values], default=0)
        self.touching: dict[int, list[int]] = {}
        for place, relation in enumerate(relations):
            for cell in relation.terms:
                self.touching.setdefault(cell, []).append(place)

    def protect(self) -> None:
        """Mask one count after another, for each group of related ones, until no primary one can be computed."""
        groups = self._groups(self.masked)
        while groups:
            group = groups.pop()
            cell = next(self._computable(group, self.primary - self.exposed), None)
            if cell is None:
                continue
            further = self._further(cell)
            if further is None:
                self.exposed.add(cell)
                groups.append(group)
            else:
                self.masked.add(further)
                (joined,) = self._groups([further])
                groups = [other for other in groups if not other & joined] + [joined]

    def show_again(self) -> None:
        """Show each further count, the dearest first, that nothing needs, and those that could then be computed."""
        for cell in sorted(self.masked - self.primary, key=self._rank, reverse=True):
            if cell in self.masked:
                self._show({cell})
        for group in self._groups(self.masked):
            self._show(self._computable(group, self.masked - self.primary))

    def _show(self, cells) -> None:
        """Show some further counts and all that follows, unless a primary count follows as well."""
        before, shown, protected = set(self.masked), set(cells), self.primary - self.exposed
        while shown:
            self.masked -= shown
            beside = {
                other
                for cell in shown
                for place in self.touching.get(cell, [])
                for other in self.relations[place].terms
                if self._is_unknown(other)
            }
            groups = self._groups(beside)
            if any(True for group in groups for _ in self._computable(group, protected)):
                self.masked = before
                return
            shown = {cell for group in groups for cell in self._computable(group, self.masked - self.primary)}

    def _rank(self, cell: int) -> tuple[float, int]:
        return self.cost(cell), cell

    def _is_unknown(self, cell: int) -> bool:
        return cell in self.masked or self.values[cell] is None

    def _groups(self, cells) -> list[frozenset[int]]:
        """The unknown counts that relations connect with each of some counts."""
        groups, seen = [], set()
        for start in sorted(cells):
            if start in seen:
                continue
            group, todo = {start}, [start]
            while todo:
                for place in self.touching.get(todo.pop(), []):
                    found = {other for other in self.relations[place].terms if self._is_unknown(other)} - group
                    group |= found
                    todo += found
            seen |= group
            groups.append(frozenset(group))
        return groups

    def _computable(self, group: frozenset[int], among: set[int]) -> Iterator[int]:
        """The counts of a group, of those `among` some, with only one possible value."""
        places, wanted = self._places(group), group & among
        return computable(self.values, self.relations, places, group, wanted, self.largest)

    def _places(self, group) -> list[int]:
        return sorted({place for cell in group for place in self.touching.get(cell, [])})

    def _further(self, cell: int) -> int | None:
        """The cheapest further count to mask, as close to `cell` as possible; None if there is none."""
        own = [self.relations[place] for place in self.touching.get(cell, [])]
        alone = [r for r in own if r.equal and sum(map(self._is_unknown, r.terms)) == 1]
        group = next(group for group in self._groups([cell]))
        around = [self.relations[place] for place in self._places(group)]
        for relations in (alone, [r for r in own if r.equal], [r for r in around if r.equal], around):
            shown = {other for relation in relations for other in relation.terms} & self.movable - self.masked
            if shown:
                return min(shown, key=self._rank)
        return None


def computable(
    values: list[int | None],
    relations: list[Relation],
    places: list[int],
    unknown: frozenset[int],
    wanted: frozenset[int],
    largest: int,
) -> Iterator[int]:
    """Yield the `wanted` counts that a reader can compute: no other whole number fits the relations at `places`.

    unknown: all counts of these relations that are not shown, `wanted` among them; one that is None is at least 0, the
    others at least 1, and none above `largest`.
    """
    order = sorted(unknown)
    column = {cell: place for place, cell in enumerate(order)}
    matrix, known = np.zeros((len(places), len(order))), np.zeros(len(places))
    for row, place in enumerate(places):
        for cell, coefficient in relations[place].terms.items():
            if cell in column:
                matrix[row, column[cell]] = coefficient
            else:
                known[row] += coefficient * values[cell]
    lower = np.where([relations[place].equal for place in places], -known, -np.inf)
    possible = _Possible(matrix, lower, -known, [values[cell] is None for cell in order], largest)
    left = set(wanted)

    def refute(direction: dict[int, int]) -> int:
        """Take out what has another value at one end of a direction; how many these are."""
        solution = possible.lowest({column[cell]: sign for cell, sign in direction.items()})
        other = {cell for cell in left if solution[column[cell]] != values[cell]}
        left.difference_update(other)
        return len(other)

    # A few solutions together rule out most; the rest is checked one by one.
    for sign in (-1, 1):
        while left and refute(dict.fromkeys(left, sign)):
            pass
    for cell in sorted(left):
        for sign in (-1, 1):
            if cell in left:
                refute({cell: sign})
        if cell in left:
            yield cell


class _Possible:
    """The whole numbers that fit lower <= matrix @ x <= upper; each at least 1, or 0 where `hidden`."""

    def __init__(self, matrix, lower, upper, hidden: list[bool], largest: int):
        self.size = matrix.shape[1]
        self.bounds = Bounds(np.where(hidden, 0, 1), largest)
        self.constraints = LinearConstraint(csr_array(matrix), lower, upper) if len(matrix) else ()

    def lowest(self, direction: dict[int, int]) -> np.ndarray:
        """The numbers with the lowest weighted sum. Raises ValueError if none fit."""
        weights = np.zeros(self.size)
        weights[list(direction)] = list(direction.values())
        for whole in (0, 1):  # without the integer condition the solution is mostly whole numbers too, and faster
            integrality = np.full(self.size, whole)
            found = milp(weights, integrality=integrality, bounds=self.bounds, constraints=self.constraints)
            if found.x is None:
                raise ValueError(f"the counts contradict their own relations: {found.message}")
            if whole or np.abs(found.x - np.round(found.x)).max() < 1e-7:
                break
        return np.round(found.x).astype(int)
