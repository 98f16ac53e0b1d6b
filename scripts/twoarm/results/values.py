"""Find a number in the tidy tables by its key, with its method and note: what tables and figures print from."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from twoarm.config.keys import contrast
from twoarm.results.statistics import KEY
from twoarm.results.wording import POPULATIONS

MASKED = "masked: "  # begins the note of a masked number (mask_small_cells)
HIDDEN = "[c]"  # what a figure prints for it: confidential
_INDEX = KEY[1:-1]  # population to statistic


class Found(NamedTuple):
    """A number with how it was computed, why it is empty, if it is (NaN), and the key of its row (statistics.KEY)."""

    value: float
    method: str
    note: str
    key: tuple[str, ...] = ()

    @property
    def masked(self) -> bool:
        """Whether the number was masked, to protect small numbers of patients."""
        return self.note.startswith(MASKED)

    def printed(self, text: str) -> str:
        """The text of the number, or `[c]` where it is masked: what a figure prints."""
        return HIDDEN if self.masked else text


ABSENT = Found(np.nan, "", "")


class Values:
    """The rows of one or several tidy tables (twoarm.results.statistics.read_statistics), found by key."""

    def __init__(self, statistics: pd.DataFrame):
        self.table = statistics
        self._rows: dict[tuple, list[Found]] = {}
        for analysis, *key, method, value, note in statistics[[*KEY, "value", "note"]].itertuples(index=False):
            found = Found(value, method, note, (analysis, *key, method))
            self._rows.setdefault(tuple(key), []).append(found)

    def find(self, statistic: str, methods: tuple[str, ...] = (), **key: str) -> Found:
        """Return the number of a key (parts not given are empty), by one of `methods` (none given: by any).

        ABSENT if no analysis computed it. Raises ValueError if several methods did and `methods` does not choose.
        """
        found = self._rows.get(tuple({**key, "statistic": statistic}.get(part, "") for part in _INDEX), [])
        if methods:
            found = [row for row in found if row.method in methods]
        if len(found) > 1:
            raise ValueError(f"{statistic} of {key} was computed by {', '.join(row.method for row in found)}")
        return found[0] if found else ABSENT

    def populations(self) -> list[str]:
        """The populations that patients' results are given for, before matching first."""
        return [population for population in POPULATIONS if (self.table["population"] == population).any()]

    def levels(self, variable: str, statistic: str = "n") -> list[str]:
        """The levels of a variable that have a statistic, in the order of the table."""
        rows = self.table[(self.table["variable"] == variable) & (self.table["statistic"] == statistic)]
        return [level for level in dict.fromkeys(rows["level"]) if level]


def arm_values(arms: dict) -> tuple[str, str]:
    """The two arms' values, treated first. arms: the config's `arms`."""
    return arms["treated"]["value"], arms["control"]["value"]


def contrast_of(arms: dict) -> str:
    """The arms' contrast, as a tidy table's `group` names it."""
    return contrast(*arm_values(arms))


def occurring(levels: list[str], subgroup: Values) -> list[str]:
    """The levels that some patient has, in print order: one may be defined and never occur. A masked number is some.

    subgroup: the statistics of the subgroup.
    """
    table = subgroup.table
    some = (table["value"] > 0) | table["note"].str.startswith(MASKED)
    counted = set(table.loc[(table["statistic"] == "total") & some, "group"])
    return [level for level in levels if level in counted]
