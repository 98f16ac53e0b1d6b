"""Cells as hospitals write them, by declaration, as the plain texts that the workflow reads.

A number may have a mark between thousands, a unit behind it, or be a limit of detection (`<0.5`); a text may differ
from a level in case. A cell that is not written as declared stays as it is, so that the check of the table refuses it.
"""

import re
from collections.abc import Mapping

import pandas as pd

from twoarm.config.levels import CONDITION, NUMBER, may_hold_numbers
from twoarm.config.variables import level_of, typed
from twoarm.config.writing import ignores_case
from twoarm.raw.terms import folded

SIGNS = {"≤": "<=", "≥": ">=", "＜": "<", "＞": ">", "=<": "<=", "=>": ">="}
LIMIT = re.compile(r"(<=|>=|=<|=>|[<>≤≥＜＞])\s*(.*)")
NEAR, LEAST, MOST = 1e-9, 0.0, 1e14  # a value just beyond a limit, and the farthest ones


def plain_text(text: pd.Series, column: Mapping, data: Mapping) -> tuple[pd.Series, int]:
    """The cells of a column in plain writing, and the number of cells that were limits of detection.

    column: of the config, or standard; data: how tables are written.
    """
    known = (
        {*column.get("levels", {}), *column.get("among", [])} if column["kind"] in ("categorical", "text") else set()
    )
    if known and ignores_case(column, data):
        level = {folded(raw): raw for raw in reversed([*column.get("levels", {}), *column.get("among", [])])}
        text = text.where(text.isin(known), text.map(lambda cell: level.get(folded(cell), cell)))
    if not may_hold_numbers(column) or not ({"cell_units", "detection"} & set(column) or "thousands" in data):
        return text, 0
    numbers = text.where(~text.isin(known)).dropna()  # a cell that is literally a level is that level
    read = {cell: _number_text(cell, column, data) for cell in numbers.unique()}
    limits = sum(bool(LIMIT.match(cell)) and read[cell] != cell for cell in numbers)
    return text.where(~text.index.isin(numbers.index), text.map(lambda cell: read.get(cell, cell))), limits


def _number_text(cell: str, column: Mapping, data: Mapping) -> str:
    """A cell as a number without unit, marks of thousands and sign of detection; the cell itself if it is none."""
    found = LIMIT.fullmatch(cell) if "detection" in column else None
    decimal = data.get("decimal", ".")
    number = _without_thousands(_without_unit(found[2] if found else cell, column), data.get("thousands"), decimal)
    if not re.fullmatch(NUMBER[decimal], number):
        return cell
    if not found:
        return number
    value, sign = float(number.replace(",", ".")), SIGNS.get(found[1], found[1])
    if column["detection"] == "missing":
        return ""
    if column["kind"] == "categorical":
        return _within_one_level(cell, value, sign, column).replace(".", decimal)
    half = column["detection"] == "half" and sign.startswith("<")
    return repr(value / 2).replace(".", decimal) if half else number


def _within_one_level(cell: str, value: float, sign: str, column: Mapping) -> str:
    """A number in the level of all values beyond a limit; the cell itself if they have several levels."""
    side = -1 if sign.startswith("<") else 1
    nearest = value if "=" in sign else value + side * NEAR * max(abs(value), NEAR)
    ends = pd.Series([repr(nearest), repr(min(LEAST, nearest) if side < 0 else MOST)])
    levels = level_of(typed(ends, dict(column)), dict(column))
    between = [float(match[2]) for raw in column["levels"] if (match := CONDITION.match(raw))]
    passed = [limit for limit in between if side * limit > side * nearest]
    inner = level_of(typed(pd.Series(list(map(repr, passed)), dtype=str), dict(column)), dict(column))
    return repr(nearest) if {*levels, *inner} == {levels[0]} and levels.notna().all() else cell


def _without_unit(cell: str, column: Mapping) -> str:
    """A cell without a declared unit behind its number."""
    for unit in column.get("cell_units", []):
        if cell.endswith(unit):
            return cell.removesuffix(unit).rstrip()
    return cell


def _without_thousands(cell: str, mark: str | None, decimal: str) -> str:
    """A number without the marks between thousands; the cell as it is if these do not part groups of three digits."""
    sign = r"\s" if mark == " " else re.escape(mark or "")
    if mark and re.fullmatch(rf"[+-]?[0-9]{{1,3}}(?:{sign}[0-9]{{3}})+(?:{re.escape(decimal)}[0-9]*)?", cell):
        return re.sub(sign, "", cell)
    return cell
