"""What a paper prints, one value per row: read the file, and compare a computed value with a printed one."""

import math
import operator
import re
from decimal import Decimal
from typing import NamedTuple

import pandas as pd

from twoarm.raw.raw_table import read_raw_table
from twoarm.results.errors import InputError
from twoarm.results.rows import KEY
from twoarm.results.wording import describe
from twoarm.text.echo import shown
from twoarm.text.rounding import half_up, p_text

PUBLISHED = [*KEY, "printed", "place", "remark"]
_REQUIRED = ["analysis", "statistic", "printed", "place"]
_PRINTED = re.compile(r"(?P<sign>[<>≤≥]?)(?P<number>-?\d+(?:\.(?P<decimals>\d+))?)")
_THRESHOLDS = {"<": operator.lt, ">": operator.gt, "≤": operator.le, "≥": operator.ge}
_P_DIGITS = 3


class Printed(NamedTuple):
    """A printed value: its sign (`<`, `>`, `≤`, `≥` or none), its number and its number of decimals."""

    sign: str
    number: Decimal
    digits: int


def parse_printed(text: str) -> Printed:
    """Read a printed value such as `64`, `75.3` or `<0.001`. Raises ValueError if it is not a number or bound."""
    match = _PRINTED.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown(text)} is neither a number nor a bound such as <0.001")
    return Printed(match["sign"], Decimal(match["number"]), len(match["decimals"] or ""))


def as_printed(printed: str, statistic: str, value: float) -> str:
    """Round `value` half-up to the decimals of `printed`; for a bound, a p-value is rounded as p-values are printed.

    A p-value printed without decimals (`1`) means three decimals, as R drops those of 1.000; otherwise any p
    of 0.5 or more would reproduce it. An empty value (NaN) gives an empty string.
    """
    sign, number, digits = parse_printed(printed)
    if sign:
        return p_text(value) if statistic == "p_value" else half_up(value, digits + 1)
    if statistic == "p_value" and digits == 0:
        rounded = half_up(value, _P_DIGITS)
        return printed if rounded and Decimal(rounded) == number else rounded
    return half_up(value, digits)


def agrees(printed: str, statistic: str, value: float) -> bool:
    """Whether `value` prints as `printed`; a bound is compared with the value at full precision."""
    if math.isnan(value):
        return False
    sign, number, _ = parse_printed(printed)
    if sign:
        return _THRESHOLDS[sign](value, float(number))
    return Decimal(as_printed(printed, statistic, value)) == number


def printed_range(printed: str, statistic: str) -> tuple[float, float]:
    """The smallest and largest value that round to `printed`; a bound is open on its other side."""
    sign, number, digits = parse_printed(printed)
    if sign:
        return (-math.inf, float(number)) if sign in "<≤" else (float(number), math.inf)
    if statistic == "p_value" and digits == 0:
        digits = _P_DIGITS
    half = Decimal(5).scaleb(-digits - 1)
    return float(number - half), float(number + half)


def read_published(path: str) -> pd.DataFrame:
    """Read the file of printed values: columns PUBLISHED, all text, missing values as empty strings.

    Raises InputError with every error: a missing or unknown column; a row whose `printed` is neither a number nor
    a bound, that has no analysis, statistic, printed or place, or that repeats the key of another row.
    """
    table, errors, _ = read_raw_table(path, path, ",", PUBLISHED)
    if errors:
        raise InputError(errors)
    columns = [f"{path}: there is no column '{name}'" for name in PUBLISHED if name not in table]
    columns += [f"{path}: unknown column {shown(name)}" for name in table if name not in PUBLISHED]
    if columns:
        raise InputError(columns)
    errors = [f"{path}, line {line}: {error}" for line, error in _row_errors(table)]
    if table.empty:
        errors.append(f"{path}: there is no printed value")
    if errors:
        raise InputError(errors)
    return table[PUBLISHED].reset_index(drop=True)


def _row_errors(table: pd.DataFrame):
    """Yield (line in the file, what is wrong) for every wrong row."""
    first_line: dict[tuple, int] = {}
    for line, row in zip(table.index, table.to_dict("records"), strict=True):
        yield from ((line, f"{name} is empty") for name in _REQUIRED if not row[name])
        if row["printed"]:
            try:
                parse_printed(row["printed"])
            except ValueError as error:
                yield line, f"printed: {error}"
        key = tuple(row[name] for name in KEY)
        if first_line.setdefault(key, line) != line:
            yield line, f"the same key as line {first_line[key]} ({describe(row)}); merge the rows and list both places"
