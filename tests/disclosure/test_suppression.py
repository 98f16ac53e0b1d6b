"""The search for counts to mask: none that is masked follows from the others."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twoarm.disclosure.disclosure import Relation, Suppression, small, suppress


def total_of(*parts: int, whole: int) -> Relation:
    return Relation(dict.fromkeys(parts, 1) | {whole: -1})


def test_a_small_count_takes_the_next_smallest_with_it():
    assert suppress([3, 40, 60, 103], [total_of(0, 1, 2, whole=3)], 5).masked == {0, 1}


def test_zero_is_shown_and_large_counts_stay():
    assert suppress([0, 5, 60, 65], [total_of(0, 1, 2, whole=3)], 5) == Suppression(frozenset(), frozenset())


def test_two_small_counts_protect_one_another_unless_bounds_give_them_away():
    assert suppress([2, 3, 60, 65], [total_of(0, 1, 2, whole=3)], 5).masked == {0, 1}
    # 1 + 1 = 2 has no other solution, as zero would be shown
    assert suppress([1, 1, 60, 62], [total_of(0, 1, 2, whole=3)], 5).masked == {0, 1, 2}


def test_several_equations_together_give_nothing_away():
    """Two tables with a common part: each equation has two masked counts, but their difference has one."""
    relations = [total_of(0, 1, whole=3), total_of(0, 1, 2, whole=4)]
    found = suppress([3, 20, 2, 23, 25], relations, 5)
    assert {0, 2} <= found.masked
    assert len(found.masked & {3, 4}) >= 1


def test_an_inequality_can_give_a_count_away():
    """All patients are matched, so each level is as large as before."""
    relations = [total_of(0, 1, whole=2), total_of(3, 4, whole=5), Relation({3: 1, 0: -1}, equal=False)]
    relations.append(Relation({4: 1, 1: -1}, equal=False))
    found = suppress([3, 40, 43, 3, 40, 43], relations, 5, movable=[0, 1, 3, 4])
    assert found.masked == {0, 1, 3, 4}


def test_what_follows_from_public_counts_is_named():
    assert suppress([3, 100, 103], [total_of(0, 1, whole=2)], 5, movable=[]) == ({0}, {0})


def test_the_cheapest_count_is_masked():
    assert suppress([3, 40, 60, 103], [total_of(0, 1, 2, whole=3)], 5, cost=lambda cell: -cell).masked == {0, 3}


@st.composite
def margins(draw):
    """A table of levels by arm with its margins: inner counts, their row, column and grand totals, in one list."""
    rows, columns = draw(st.integers(2, 3)), 2
    inner = draw(st.lists(st.integers(0, 6), min_size=rows * columns, max_size=rows * columns))
    return np.array(inner).reshape(rows, columns)


def with_margins(inner: np.ndarray) -> tuple[list[int], list[Relation]]:
    """All counts of a table row by row, the last row and column being the totals, and what they sum to."""
    full = np.block([[inner, inner.sum(1, keepdims=True)], [inner.sum(0, keepdims=True), inner.sum()]])
    place = np.arange(full.size).reshape(full.shape)
    relations = [total_of(*map(int, line[:-1]), whole=int(line[-1])) for line in [*place, *place.T]]
    return [int(value) for value in full.ravel()], relations


def solutions(shape: tuple[int, int], values: list[int], masked: frozenset[int], largest: int) -> np.ndarray:
    """Every table that fits the shown numbers, by trying all numbers up to `largest`: one per row."""
    rows, columns = shape
    places = np.arange((rows + 1) * (columns + 1)).reshape(rows + 1, columns + 1)[:-1, :-1].ravel()
    choices = [range(1, largest + 1) if place in masked else [values[place]] for place in places]
    inner = np.array(list(product(*choices))).reshape(-1, rows, columns)
    full = np.concatenate([inner, inner.sum(2, keepdims=True)], axis=2)
    full = np.concatenate([full, full.sum(1, keepdims=True)], axis=1).reshape(len(inner), -1)
    shown = [place for place in range(full.shape[1]) if place not in masked]
    hidden = sorted(masked)
    return full[(full[:, shown] == np.array(values)[shown]).all(1) & (full[:, hidden] > 0).all(1)]


@settings(max_examples=40)
@given(margins(), st.sampled_from([3, 5]))
def test_every_masked_count_keeps_two_possible_values(inner, minimum):
    values, relations = with_margins(inner)
    found = suppress(values, relations, minimum)
    assert {place for place, value in enumerate(values) if small(value, minimum)} <= found.masked
    assert not found.exposed
    assert all(values[place] for place in found.masked)
    possible = solutions(inner.shape, values, found.masked, 8)
    assert all(len(set(possible[:, place])) > 1 for place in found.masked)


@settings(max_examples=40)
@given(margins(), st.randoms(use_true_random=False))
def test_without_small_counts_nothing_is_masked(inner, random):
    values, relations = with_margins(np.where(inner < 2, 0, 5 * inner))
    random.shuffle(relations)
    assert not suppress(values, relations, 5).masked
