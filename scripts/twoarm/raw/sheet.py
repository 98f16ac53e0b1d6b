"""A sheet of a workbook, whichever program wrote it."""

from typing import NamedTuple

NO_RESULT = "a formula without a result, expected a value; open the file in Excel and save it"


class Sheet(NamedTuple):
    """The values of a sheet, from its first row and column on, and the cells whose values a reader would lose.

    merged: areas such as A2:A3; lost: {what was found and what is expected: its cells}.
    """

    title: str
    rows: list[list]
    merged: list[str]
    lost: dict[str, list[str]]


def error_value(code: str) -> str:
    """What `lost` says about a cell with an error such as #N/A."""
    return f"the error {code}, expected a value"


def coordinate(row: int, column: int) -> str:
    """A cell as spreadsheets name it: A1 for the row 0 and the column 0."""
    letters = ""
    column += 1
    while column:
        column, place = divmod(column - 1, 26)
        letters = chr(ord("A") + place) + letters
    return f"{letters}{row + 1}"


def area(first_row: int, first_column: int, last_row: int, last_column: int) -> str:
    """Merged cells as spreadsheets name them: A1:B2."""
    return f"{coordinate(first_row, first_column)}:{coordinate(last_row, last_column)}"
