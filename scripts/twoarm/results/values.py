"""Find a number in the tidy tables by its key, with its method and note: what tables and figures print from."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from twoarm.config.keys import contrast
from twoarm.results.statistics import KEY

POPULATIONS = {"enrolled": "Before matching", "matched": "After matching"}
WHOM = {"enrolled": "Enrolled patients", "matched": "Matched patients"}  # true without matching too
CRITERIA = {"mrecist": "mRECIST", "recist": "RECIST 1.1"}
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


def whom_text(population: str, arms: dict) -> str:
    """How a figure's note begins: `Matched patients. A: drug A. B: drug B.` arms: the config's `arms`."""
    return f"{WHOM[population]}. {arms_text(arms)}"


def arms_text(arms: dict) -> str:
    """What the arms' values stand for, treated first: `A: drug A. B: drug B.`"""
    return " ".join(f"{arm['value']}: {arm['label']}." for arm in (arms["treated"], arms["control"]))


def inside_sentence(label: str) -> str:
    """A label inside a sentence: `overall survival`, but `PFS by MRI` as it is."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def audited_level(endpoint: str) -> str:
    """The level of the audit's row on progressions as best response, held against an endpoint."""
    return f"PD, {endpoint}"


def where_printed(row: dict, labels: dict[str, str]) -> str:
    """`Table 2B, after matching, RECIST 1.1 DCR, TRP vs TR`: where a paper prints a value, and what it is of.

    row: the key and `place`; labels: {variable or endpoint: label}.
    """
    variable = {**CRITERIA, **labels}.get(row["variable"], row["variable"])
    by_endpoint = {audited_level(name): audited_level(label) for name, label in labels.items()}
    level = by_endpoint.get(row["level"], row["level"]) if row["analysis"] == "response" else row["level"]
    what = " ".join(part for part in (variable, level) if part)
    inside = f"in {row['stratum']}" if row["stratum"] else ""
    population = POPULATIONS.get(row["population"], row["population"]).lower()
    group = row["group"] if what else ""
    return ", ".join(part for part in (row["place"].split(";")[0], population, inside, what, group) if part)
