"""Find numbers in the tidy tables by key, with method and note, for tables and figures."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from twoarm.config.keys import contrast, unweighted
from twoarm.results.rows import KEY, MASKED, Statistic

HIDDEN = "[c]"  # what a figure prints for it: confidential
_INDEX = KEY[1:-1]  # population to statistic


class Found(NamedTuple):
    """A number with its method, a note (why it is empty, if NaN), and the key of its row (rows.KEY)."""

    value: float
    method: str
    note: str
    key: tuple[str, ...] = ()

    @property
    def masked(self) -> bool:
        """Whether the number was masked, to protect small numbers of patients."""
        return self.note.startswith(MASKED)

    def printed(self, text: str) -> str:
        """The text for a figure: the number, or `[c]` if it is masked."""
        return HIDDEN if self.masked else text


ABSENT = Found(math.nan, "", "")


class Values:
    """The rows of one or several tidy tables (twoarm.results.rows.read_statistics), found by key."""

    def __init__(self, rows: Iterable[Statistic]):
        self._rows = list(rows)
        self._found: dict[tuple, list[Found]] = {}
        for row in self._rows:
            self._found.setdefault(row.key[1:-1], []).append(found_of(row))

    def find(self, statistic: str, methods: tuple[str, ...] = (), **key: str) -> Found:
        """Return the number of a key (parts not given are empty), by one of `methods` (none given: by any).

        In a population with weights, the weighted form of a method stands for it: `weighted_cox` for `cox`.
        ABSENT if no analysis computed it. Raises ValueError if several methods did and `methods` does not choose.
        """
        found = self._found.get(tuple({**key, "statistic": statistic}.get(part, "") for part in _INDEX), [])
        if methods:
            found = [row for row in found if unweighted(row.method) in methods]
        if len(found) > 1:
            raise ValueError(f"{statistic} of {key} was computed by {', '.join(row.method for row in found)}")
        return found[0] if found else ABSENT

    def rows(self, **key: str) -> list[Statistic]:
        """The rows with these parts of the key, in the order of the table; without any parts, all rows.

        As in `find`, the weighted form of a method stands for it.
        """
        method = key.pop("method", None)
        rows = self._rows if method is None else [row for row in self._rows if unweighted(row.method) == method]
        return [row for row in rows if all(getattr(row, part) == wanted for part, wanted in key.items())]

    def levels(self, variable: str, statistic: str = "n") -> list[str]:
        """The levels of a variable with this statistic, in the order of the table."""
        rows = self.rows(variable=variable, statistic=statistic)
        return [level for level in dict.fromkeys(row.level for row in rows) if level]

    def groups(self, variable: str, statistic: str) -> list[str]:
        """The groups, or contrasts of them, for which a variable has a statistic, in the order of the table."""
        return list(dict.fromkeys(row.group for row in self.rows(variable=variable, statistic=statistic)))


def found_of(row: Statistic) -> Found:
    """A row as the number that it holds."""
    return Found(row.value, row.method, row.note, row.key)


def arm_values(arms: dict) -> tuple[str, str]:
    """The two arms' values, treated first. arms: the config's `arms`."""
    return arms["treated"]["value"], arms["control"]["value"]


def contrast_of(arms: dict) -> str:
    """The arms' contrast, as a tidy table's `group` names it."""
    return contrast(*arm_values(arms))


def occurring(levels: list[str], subgroup: Values) -> list[str]:
    """The levels that occur in any patient, in print order; a masked number counts as patients.

    subgroup: the statistics of the subgroup.
    """
    counted = {row.group for row in subgroup.rows(statistic="total") if row.value > 0 or row.masked}
    return [level for level in levels if level in counted]
