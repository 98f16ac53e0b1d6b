"""Read a table of Parquet, SPSS (.sav), Stata (.dta) or SAS (.sas7bdat, .xpt) as the text that CSV would have.

Value labels replace their codes. A row is named by its number in the file, the first being 1, as these programs count.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd

from twoarm.raw.formats import PARQUET, Format
from twoarm.raw.raw_table import Record, table_of
from twoarm.raw.text_file import DETECT, UTF_8
from twoarm.raw.workbook import cell_text

LABELLED = {"read_sav", "read_dta"}  # formats with value labels in the file; SAS has them in a catalogue


def read_dataset(
    path: str, name: str, found: Format, data: dict, wanted: Collection[str] = ()
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """A table's cells as text, with errors (then it is empty) and remarks, as read_raw_table returns them.

    found: the file's format; data: `date_format` and `decimal` say how dates and numbers are written.
    """
    try:
        table = _read(path, found.reader, data)
    except Exception:  # whatever a damaged file raises
        return pd.DataFrame(), [f"{name}: it cannot be read as {found.name}; save it as CSV UTF-8"], []
    columns = [
        [cell_text(_plain(value), data["date_format"], data.get("decimal", ".")) for value in table.iloc[:, place]]
        for place in range(table.shape[1])
    ]
    rows = [Record(number, list(cells)) for number, cells in enumerate(zip(*columns, strict=True), start=1)]
    return table_of(name, Record(0, list(map(str, table.columns))), rows, wanted)


def _read(path: str, reader: str, data: dict) -> pd.DataFrame:
    """The table with value labels, and dates as dates. Raises what the library raises."""
    if reader == PARQUET:
        from twoarm.raw.parquet import read_arrow  # only a study with such files needs it

        read = read_arrow(path)
        columns = {place: _decimals(column.to_pandas(use_threads=False)) for place, column in enumerate(read.columns)}
        return pd.DataFrame(columns).set_axis(read.column_names, axis=1)
    import pyreadstat  # as above

    declared = data.get("encoding", UTF_8)  # most of these files say their encoding themselves
    keys = {"encoding": declared} if declared not in (UTF_8, DETECT) else {}
    keys |= {"apply_value_formats": True, "formats_as_category": False} if reader in LABELLED else {}
    table, about = getattr(pyreadstat, reader)(path, **keys)
    single = [name for name, stored in about.readstat_variable_types.items() if stored == "float"]
    return table.astype({name: "float32" for name in single if table[name].dtype == float}).apply(_decimals)


def _decimals(column: pd.Series) -> pd.Series:
    """A column as Python's values; a number of single precision is as it is written (0.1), not as its double."""
    if column.dtype == "float32":
        column = pd.Series(column.to_numpy().astype(str).astype(float), column.index)
    return column.astype(object)


def _plain(value):
    """A value that is missing in any of pandas' ways as None, and an integer or truth value as Python's own."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    return value.item() if isinstance(value, np.generic) else value
