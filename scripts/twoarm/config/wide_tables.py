"""Wide tables: one column for each term of adverse events, or columns for each visit of a lesion, read as rows.

A wide table is read in parts (a term, a visit), each with its own columns of the file under their standard names; the
rows of all parts together are the standard table. A message names the file's own column.
"""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from twoarm.config.variables import numbers
from twoarm.text.echo import rows_text

GRADES = ["0", "1", "2", "3", "4", "5"]
# Columns that a wide table of lesions may lack, and what they then hold: a target needs no status.
UNLESS_GIVEN = {"status": "", "evaluable": "yes"}


class Part(NamedTuple):
    """One part of a table: its columns by standard name, each with its `column` in the file.

    prefix: tells its columns from other parts'; fixed: texts of columns that the file does not have; filled: the
    columns of which one must have a cell, or there is no such row (empty: every row counts).
    """

    columns: dict[str, dict]
    prefix: str = ""
    fixed: Mapping[str, str] = {}
    filled: tuple[str, ...] = ()

    def rows(self, text: pd.DataFrame, decimal: str) -> pd.DataFrame:
        """The part's rows under standard names. text: the file's cells, under the names of `columns_of`."""
        own = {name: text[self.prefix + name] for name in self.columns if self.prefix + name in text}
        table = pd.DataFrame({"patient_id": text["patient_id"], **own})
        table = table.assign(**{name: words for name, words in self.fixed.items() if name not in table})
        if not self.filled:
            return table
        cells = table[[name for name in self.filled if name in table]]
        empty = cells.eq("")
        if "grade" in cells:  # no event
            empty |= cells.apply(lambda grades: numbers(grades, decimal).eq(0))
        return table[~empty.all(axis=1)]


def parts_of(columns: dict[str, dict], wide: Mapping | list | None) -> list[Part]:
    """The parts of a table. columns: the standard ones; wide: `wide` of the table in the config, None for one part.

    That is {term: column of its grades}, or for each visit {standard name: column}.
    """
    if wide is None:
        return [Part(columns)]
    if isinstance(wide, Mapping):
        return [
            Part({"grade": {**columns["grade"], "column": column, "missing": "allowed", "among": GRADES}},
                 f"{term}: ", {"term": term}, ("grade",))
            for term, column in wide.items()
        ]  # fmt: skip
    parts = []
    for place, visit in enumerate(wide):
        own = {name: {**columns[name], "column": column} for name, column in visit.items()}
        missing = {name: {**columns[name], "optional": True} for name in UNLESS_GIVEN if name not in visit}
        filled = tuple(name for name in visit if name != "visit_date")
        parts.append(Part({**columns, **missing, **own}, f"{place}: ", UNLESS_GIVEN, filled))
    return parts


def unread_errors(file: str, text: pd.DataFrame, rows: list[pd.DataFrame]) -> list[str]:
    """Lesions of a wide table that no visit has read: without this they would be left out of the response in silence.

    text: the file's cells; rows: those of each visit.
    """
    read = set().union(*(own.index for own in rows))
    unread = [line for line in text.index if line not in read]
    expected = "expected at least one; a lesion without a size needs its status"
    return [f"{file} {rows_text(unread)}: no visit has a value of this lesion, {expected}"] if unread else []


def columns_of(parts: list[Part]) -> dict[str, dict]:
    """The columns of all parts, by the name under which each part finds its own."""
    return {part.prefix + name: column for part in parts for name, column in part.columns.items()}
