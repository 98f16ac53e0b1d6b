"""Read a raw table of any format or database; the content of a file tells the format, not its name."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from twoarm.raw.database import is_database, read_database
from twoarm.raw.dataset import read_dataset
from twoarm.raw.formats import LONGEST, WORKBOOK, format_of
from twoarm.raw.raw_table import Record, read_raw_table, table_of
from twoarm.raw.text_file import UTF_8
from twoarm.raw.workbook import cell_text, read_workbook

EXCEL_OPEN = "~$"  # begins the name of the hidden file beside a workbook that is open


def read_table(
    path: str, name: str, data: dict, wanted: Collection[str] = ()
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """A table's cells as text, its errors (then it is empty) and remarks, as read_raw_table returns them.

    data: how the table is written (the config's `data`, and the table's own keys). path: unless it is in a database.
    """
    if is_database(data):
        return _read_from_database(name, data, wanted)
    if Path(path).name.startswith(EXCEL_OPEN):
        own = Path(path).name.removeprefix(EXCEL_OPEN)
        return pd.DataFrame(), [f"{name}: Excel leaves this file while {own} is open; name {own} instead"], []
    try:
        with Path(path).open("rb") as file:
            found = format_of(file.read(LONGEST))
    except OSError as error:
        return pd.DataFrame(), [f"{name}: it cannot be read: {error.strerror}"], []
    if found.reader == WORKBOOK:
        return read_workbook(path, name, data, wanted)
    if "sheet" in data:
        return pd.DataFrame(), [f"{name}: it is no workbook, so it has no sheets; remove `sheet`"], []
    if found.reader and data.get("header", 1) > 1:
        return pd.DataFrame(), [f"{name}: {found.name} has no rows above the data; remove `header`"], []
    if found.reader:
        return read_dataset(path, name, found, data, wanted)
    return read_raw_table(path, name, data["separator"], wanted, data.get("encoding", UTF_8), data.get("header", 1))


def _read_from_database(name: str, data: dict, wanted: Collection[str]) -> tuple[pd.DataFrame, list[str], list[str]]:
    """As read_table; a row is named by its number among those that the database gives, the first being 1."""
    found, error = read_database(data)
    if error:
        return pd.DataFrame(), [f"{name}: {error}"], []
    written = data["date_format"], data.get("decimal", ".")
    rows = [Record(line, [cell_text(cell, *written) for cell in row]) for line, row in enumerate(found.rows, start=1)]
    return table_of(name, Record(0, found.header), rows, wanted)
