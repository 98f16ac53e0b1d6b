"""The rows of the tidy table, one number each, as tables, figures and the report read them.

They are plain rows, because importing pandas would cost each of these jobs a quarter of a second.
"""

import csv
from pathlib import Path
from typing import NamedTuple

MASKED = "masked: "  # begins the note of a masked number (mask_small_cells)
TOO_FEW = "not computed: fewer than "  # begins the note of a number without the events that the protocol asks for

EVENTLESS = "no event at"  # begins the note of a hazard ratio; a level or the value of an arm follows
NOBODY = "nobody had this term"  # the note of an adverse event that the config lists


class Statistic(NamedTuple):
    """A row: the eight parts of its key, its value (NaN if empty), and a note: why it is empty, or a warning."""

    analysis: str = ""
    population: str = ""
    stratum: str = ""
    group: str = ""
    variable: str = ""
    level: str = ""
    statistic: str = ""
    method: str = ""
    value: float = float("nan")
    note: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What identifies the row."""
        return self[:-2]

    @property
    def masked(self) -> bool:
        """Whether the number was masked, to protect small numbers of patients."""
        return self.note.startswith(MASKED)


COLUMNS = list(Statistic._fields)
KEY = COLUMNS[:-2]


def too_few(events: int, least: int) -> str:
    """The note of a number without the events that the protocol asks for; empty if there are enough."""
    return f"{TOO_FEW}{least} event{'s' if least > 1 else ''}" if events < least else ""


def read_statistics(*paths: str) -> list[Statistic]:
    """The rows of one or several tidy tables, in their order."""
    return [Statistic(**row | {"value": float(row["value"] or "nan")}) for path in paths for row in read_csv_rows(path)]


def read_csv_rows(path: str | Path) -> list[dict[str, str]]:
    """The rows of a CSV file of the run, as text by column."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
