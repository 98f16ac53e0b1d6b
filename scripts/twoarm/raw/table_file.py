"""Read a raw table of any format; the content of the file tells the format, not its name."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from twoarm.raw.dataset import LONGEST, format_of, read_dataset
from twoarm.raw.raw_table import read_raw_table
from twoarm.raw.text_file import UTF_8
from twoarm.raw.workbook import read_workbook

WORKBOOK = b"PK\x03\x04"  # a zip archive, as workbooks (.xlsx) are


def read_table(
    path: str, name: str, data: dict, wanted: Collection[str] = ()
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """A table's cells as text, its errors (then it is empty) and remarks, as read_raw_table returns them.

    data: how the table is written (the config's `data`, and `sheet` if it names one).
    """
    try:
        with Path(path).open("rb") as file:
            start = file.read(max(len(WORKBOOK), LONGEST))
    except OSError as error:
        return pd.DataFrame(), [f"{name}: it cannot be read: {error.strerror}"], []
    if start.startswith(WORKBOOK):
        return read_workbook(path, name, data, wanted)
    if "sheet" in data:
        return pd.DataFrame(), [f"{name}: it is no workbook (.xlsx), so it has no sheets; remove `sheet`"], []
    if kind := format_of(start):
        return read_dataset(path, name, kind, data, wanted)
    return read_raw_table(path, name, data["separator"], wanted, data.get("encoding", UTF_8))
