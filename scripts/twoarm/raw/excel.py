"""The sheets of an Excel workbook: .xlsx with openpyxl, and .xls, which programs wrote before 2007, with xlrd.

Faster readers (calamine) read an error such as #N/A as an empty cell, and so lose it silently.
"""

import io
import posixpath
import re
import warnings
import zipfile
from datetime import datetime, time

from twoarm.raw.sheet import NO_RESULT, Sheet, area, coordinate, error_value


def sheets_of_xlsx(path: str) -> list[Sheet]:
    """The sheets with values. Raises whatever openpyxl raises for a damaged or encrypted file."""
    from openpyxl import load_workbook  # only a study with workbooks needs it

    with warnings.catch_warnings(action="ignore"), _whole(path) as file:  # unknown styles and the like
        values = load_workbook(file, data_only=True)
        written = load_workbook(file)
    return [
        Sheet(
            sheet.title,
            [list(row) for row in sheet.iter_rows(values_only=True)],
            sorted(map(str, sheet.merged_cells.ranges)),
            _lost(sheet, written[sheet.title]),
        )
        for sheet in values.worksheets
    ]


def _whole(path: str) -> io.BytesIO:
    """A workbook without references to parts that are not in it.

    R's openxlsx refers to a drawing in each sheet, whether there is one or not; openpyxl refuses such a workbook.
    """
    whole = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(whole, "w") as target:
        inside = set(source.namelist())
        for part in source.infolist():
            content = source.read(part)
            if part.filename.startswith("xl/worksheets/_rels/"):
                content = re.sub(
                    rb"<Relationship\b[^>]*>", lambda found: found[0] if _is_inside(found[0], inside) else b"", content
                )
            target.writestr(part.filename, content)
    return whole


def _is_inside(relationship: bytes, inside: set[str]) -> bool:
    """Whether what a sheet refers to is a part of the workbook, or outside it, as the address of a link."""
    place = re.search(rb"""Target=["']([^"']*)""", relationship)
    if not place or b"External" in relationship:
        return True
    target = place[1].decode()
    return posixpath.normpath(posixpath.join("/xl/worksheets", target)).lstrip("/") in inside


def _lost(sheet, written) -> dict[str, list[str]]:
    """Cells with errors and formulas that no program has computed.

    sheet: with computed values; written: the same sheet with formulas.
    """
    cells: dict[str, list[str]] = {}
    for row, formulas in zip(sheet.iter_rows(), written.iter_rows(), strict=True):
        for cell, formula in zip(row, formulas, strict=True):
            if cell.data_type == "e":
                cells.setdefault(error_value(cell.value), []).append(cell.coordinate)
            elif formula.data_type == "f" and cell.value is None:
                cells.setdefault(NO_RESULT, []).append(cell.coordinate)
    return cells


def sheets_of_xls(path: str) -> list[Sheet]:
    """The sheets with values. Raises whatever xlrd raises for a damaged or encrypted file."""
    import xlrd
    from xlrd.biffh import error_text_from_code

    # It prints remarks on details of the file; only the formatting information has the merged cells.
    book = xlrd.open_workbook(path, logfile=io.StringIO(), formatting_info=True)
    sheets = []
    for sheet in book.sheets():
        errors: dict[str, list[str]] = {}
        for row in range(sheet.nrows):
            for column, cell in enumerate(sheet.row(row)):
                if cell.ctype == xlrd.XL_CELL_ERROR:
                    code = error_text_from_code.get(cell.value, "of an unknown kind")
                    errors.setdefault(error_value(code), []).append(coordinate(row, column))
        rows = [[_value_of_xls(cell, book.datemode) for cell in sheet.row(row)] for row in range(sheet.nrows)]
        merged = sorted(area(top, left, bottom - 1, right - 1) for top, bottom, left, right in sheet.merged_cells)
        sheets.append(Sheet(sheet.name, rows, merged, errors))
    return sheets


def _value_of_xls(cell, datemode: int) -> str | float | bool | datetime | time | None:
    """A cell's value; datemode: whether the workbook counts its days from 1900 or 1904."""
    import xlrd

    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_ERROR):
        return None
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_DATE:
        moment = xlrd.xldate_as_datetime(cell.value, datemode)
        return moment.time() if 0 <= cell.value < 1 else moment
    return cell.value
