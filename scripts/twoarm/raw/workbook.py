"""Read a sheet of a workbook (.xlsx, .xls, .ods) as strictly as CSV: each cell becomes the text that CSV would have.

A row is named by its number in the sheet. Refused are cells that a lenient reader would lose: errors (#N/A), formulas
that no program has computed, and merged cells, in the columns that are wanted.
"""

import math
import re
import zipfile
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce

import pandas as pd

from twoarm.raw.excel import sheets_of_xls, sheets_of_xlsx
from twoarm.raw.open_document import sheets_of_ods
from twoarm.raw.raw_table import Record, column_names, table_of, trimmed
from twoarm.raw.sheet import Sheet
from twoarm.text.echo import listed

YEARS = range(1969, 2069)  # the years that %y can mean


def read_workbook(
    path: str, name: str, data: dict, wanted: Collection[str] = ()
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """The cells of a sheet as text, with errors (then the table is empty) and remarks, as read_raw_table returns them.

    data: `date_format` and `decimal` say how dates and numbers are written; `sheet` names the sheet, `header` its row
    with the names of columns.
    """
    sheets = sheets_of(path)
    if sheets is None:
        return pd.DataFrame(), [f"{name}: it cannot be read as a workbook; save it as .xlsx or CSV UTF-8"], []
    sheet, error = _chosen(sheets, data.get("sheet"))
    if error:
        return pd.DataFrame(), [f"{name}: {error}"], []
    header_row = data.get("header", 1)
    if errors := [f"{name}{place}" for place in _lost(sheet, header_row, wanted)]:
        return pd.DataFrame(), errors, []
    rows = [
        Record(number, [cell_text(cell, data["date_format"], data.get("decimal", ".")) for cell in row])
        for number, row in enumerate(sheet.rows, start=1)
        if number >= header_row
    ]
    filled = [row for row in rows if any(map(trimmed, row.cells))]
    if not filled:
        return pd.DataFrame(), [f"{name}: there is nothing in it from row {header_row} on; expected a header"], []
    width = max(place for row in filled for place, cell in enumerate(row.cells, start=1) if trimmed(cell))
    first, last = filled[0].line, filled[-1].line  # a sheet may have formatted but empty rows and columns around
    header, *rows = [Record(row.line, [*row.cells, *[""] * width][:width]) for row in rows if first <= row.line <= last]
    return table_of(name, header, rows, wanted)


def sheets_of(path: str) -> list[Sheet] | None:
    """The sheets of a workbook, in its order; None if it cannot be read."""
    try:
        if not zipfile.is_zipfile(path):
            return sheets_of_xls(path)
        with zipfile.ZipFile(path) as archive:
            inside = archive.namelist()
        return sheets_of_ods(path) if "content.xml" in inside else sheets_of_xlsx(path)
    except Exception:  # whatever a damaged or an encrypted file makes a library raise
        return None


def is_filled(sheet: Sheet) -> bool:
    """Whether a sheet has any value."""
    return any(value is not None and str(value).strip() for row in sheet.rows for value in row)


def cell_text(value, date_format: str | list[str], decimal: str) -> str:
    """A cell's value as text; a date as the config writes dates (in its first format), a number with its decimal mark.

    The check of dates refuses a year that `%y` cannot tell, which stays in full, and a moment in UTC, unless midnight.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime) and value.utcoffset() == timedelta(0) and value.time() != time():
        return value.isoformat(" ")  # its day depends on the place, which UTC does not tell: no date
    if isinstance(value, datetime | date):
        date_format = date_format if isinstance(date_format, str) else date_format[0]
        return value.strftime("%Y-%m-%d" if "%y" in date_format and value.year not in YEARS else date_format)
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, Decimal):  # of a database; it may have more digits than a float
        return "" if value.is_nan() else f"{value.normalize():f}".replace(".", decimal)
    if isinstance(value, float):
        return _number_text(value).replace(".", decimal)
    return str(value)


def _number_text(value: float) -> str:
    if math.isnan(value):
        return ""
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)


def _chosen(sheets: list[Sheet], wanted: str | None) -> tuple[Sheet | None, str]:
    """The sheet to read, or None and why there is none."""
    names = [sheet.title for sheet in sheets]
    if wanted is not None and wanted not in names:
        return None, f"there is no such sheet; the file has {listed(names)}"
    filled = [sheet for sheet in sheets if wanted in (None, sheet.title) and is_filled(sheet)]
    if not filled:
        return None, "there is nothing in it; expected a table with a header"
    if len(filled) > 1:
        names = listed(sheet.title for sheet in filled)
        return None, f"it has several sheets ({names}); name one: {{file: ..., sheet: {filled[0].title}}}"
    return filled[0], ""


def header_row_of(sheet: Sheet) -> int:
    """The row that is likely the header: the first with more than one value, below rows of a title; else 1."""
    counts = [sum(value is not None and bool(str(value).strip()) for value in row) for row in sheet.rows]
    first = next((row for row, count in enumerate(counts, start=1) if count > 1), 1)
    return first if any(counts[: first - 1]) else 1


def _lost(sheet: Sheet, header_row: int, wanted: Collection[str]) -> list[str]:
    """Cells from the header on whose value would be lost: the place, what was found and what is expected."""
    errors, likely, needed = [], header_row_of(sheet), _needed(sheet, header_row, wanted)

    def matters(place: str) -> bool:
        return _row(place) >= header_row and not needed.isdisjoint(_columns(place))

    for area in filter(matters, sheet.merged):
        title = f"; or set `header: {likely}` if they are a title above the names of the columns"
        instead = f"unmerge them{title if _row(area) < likely else ''}"
        errors.append(f": found merged cells {area}, expected one value in each cell; {instead}")
    for what, places in sheet.lost.items():
        if read := list(filter(matters, places)):
            errors.append(f" cell{'s' * (len(read) > 1)} {listed(read)}: found {what}")
    return errors


def _needed(sheet: Sheet, header_row: int, wanted: Collection[str]) -> set[int]:
    """The columns that are wanted, the first being 1; all of them if the header has none of these or none is named."""
    filled = (row for row in sheet.rows[header_row - 1 :] if any(value is not None for value in row))
    names = column_names("" if value is None else str(value) for value in next(filled, []))
    found = {place for place, column in enumerate(names, start=1) if column in wanted}
    return found or set(range(1, 1 + max(map(len, sheet.rows), default=0)))


def _row(place: str) -> int:
    """The last row of a cell or an area, as spreadsheets name them (A1, A1:B2)."""
    return int(re.search(r"\d+$", place)[0])


def _columns(place: str) -> range:
    """The columns of a cell or an area, the first being 1."""
    ends = [
        reduce(lambda number, letter: 26 * number + ord(letter) - ord("A") + 1, letters, 0)
        for letters in re.findall("[A-Z]+", place)
    ]
    return range(ends[0], ends[-1] + 1)
