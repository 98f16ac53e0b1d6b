"""Read a sheet of an Excel workbook (.xlsx) as strictly as CSV: each cell becomes the text that CSV would have.

A row is named by its number in the sheet. Refused are cells that a lenient reader would lose: errors (#N/A), formulas
that no program has computed, and merged cells.
"""

import math
import warnings
from collections.abc import Collection
from datetime import date, datetime, time
from pathlib import Path

import pandas as pd

from twoarm.raw.raw_table import Record, table_of
from twoarm.text.echo import listed

YEARS = range(1969, 2069)  # the years that %y can mean


def read_workbook(
    path: str, name: str, data: dict, wanted: Collection[str] = ()
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """The cells of a sheet as text, with errors (then the table is empty) and remarks, as read_raw_table returns them.

    data: `date_format` and `decimal` say how dates and numbers are written; `sheet` names the sheet.
    """
    from openpyxl import load_workbook  # only a study with workbooks needs it

    try:
        with warnings.catch_warnings(action="ignore"), Path(path).open("rb") as file:  # unknown styles and the like
            values = load_workbook(file, data_only=True)
            written = load_workbook(file)
    except Exception:  # whatever a damaged or an encrypted archive raises
        return pd.DataFrame(), [f"{name}: it cannot be read as an Excel workbook; save it as .xlsx or CSV UTF-8"], []
    sheet, error = _chosen(values, data.get("sheet"))
    if error:
        return pd.DataFrame(), [f"{name}: {error}"], []
    if errors := [f"{name}{place}" for place in _lost(sheet, written[sheet.title])]:
        return pd.DataFrame(), errors, []
    rows = [
        Record(number, [cell_text(cell, data["date_format"], data.get("decimal", ".")) for cell in row])
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1)
    ]
    filled = [row for row in rows if any(cell.strip() for cell in row.cells)]
    width = max(place for row in filled for place, cell in enumerate(row.cells, start=1) if cell.strip())
    first, last = filled[0].line, filled[-1].line  # a sheet may have formatted but empty rows and columns around
    header, *rows = [Record(row.line, row.cells[:width]) for row in rows if first <= row.line <= last]
    return table_of(name, header, rows, wanted)


def cell_text(value, date_format: str, decimal: str) -> str:
    """A cell's value as text; a date as the config writes dates, a number with its decimal mark.

    A year that `%y` cannot tell stays in full, so that the check of dates refuses it.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d" if "%y" in date_format and value.year not in YEARS else date_format)
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return (f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)).replace(".", decimal)
    return str(value)


def _chosen(book, wanted: str | None) -> tuple:
    """The sheet to read, or None and why there is none."""
    if wanted is not None:
        names = [sheet.title for sheet in book.worksheets]
        if wanted not in names:
            return None, f"there is no such sheet; the file has {listed(names)}"
        sheets = [book[wanted]]
    else:
        sheets = book.worksheets
    filled = [sheet for sheet in sheets if any(any(map(_visible, row)) for row in sheet.iter_rows(values_only=True))]
    if not filled:
        return None, "there is nothing in it; expected a table with a header"
    if len(filled) > 1:
        names = listed(sheet.title for sheet in filled)
        return None, f"it has several sheets ({names}); name one: {{file: ..., sheet: {filled[0].title}}}"
    return filled[0], ""


def _visible(value) -> bool:
    return value is not None and str(value).strip() != ""


def _lost(sheet, written) -> list[str]:
    """Cells whose value would be lost: the place, what was found and what is expected.

    sheet: with computed values; written: the same sheet with formulas.
    """
    errors = [
        f": found merged cells {area}, expected one value in each cell; unmerge them"
        for area in sorted(map(str, sheet.merged_cells.ranges))
    ]
    cells: dict[str, list[str]] = {}
    for row, formulas in zip(sheet.iter_rows(), written.iter_rows(), strict=True):
        for cell, formula in zip(row, formulas, strict=True):
            if cell.data_type == "e":
                cells.setdefault(f"the error {cell.value}, expected a value", []).append(cell.coordinate)
            elif formula.data_type == "f" and cell.value is None:
                what = "a formula without a result, expected a value; open the file in Excel and save it"
                cells.setdefault(what, []).append(cell.coordinate)
    return errors + [f" cell{'s' * (len(places) > 1)} {listed(places)}: found {what}" for what, places in cells.items()]
