"""What a column of a table holds: its kind, its levels with their counts, its range.

Nothing that may tell of a single patient leaves here: no text that few patients have, no exact count of few, ranges
rounded outwards, dates by their month. A short code (A, IIIB, 4) may be rare, because a class says nothing by itself.
"""

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from new_study.words import BEST, MISSING, PAIRS, says
from twoarm.config.variables import FLAG, numbers, typed

FEW = 5  # patients; below it a number is not written, nor a text unless it is a code
MOST_LEVELS, MOST_NUMBERS = 12, 5  # different texts, and different whole numbers, that are levels
MOSTLY = 0.8  # the share of numbers from which a column is one of numbers, with exceptions
NUMBER_CODES = {"-1", "-9", "-99", "-999", "-9999", "99", "999", "9999", "99999"}
RARE_TEXT = 0.1  # the share of cells with rare texts from which a column is free text
CODE = re.compile(r"[^\W_]{1,3}|[0-9.]{1,5}|[<>=≥≤]{1,2} ?[0-9.]+")
MARKED = re.compile(r"[<>≤≥] ?[0-9]")  # a value outside the limits of detection
DATE_FORMATS = [
    "%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%Y.%m.%d", "%d-%m-%Y", "%Y年%m月%d日", "%Y%m%d",
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M",
    "%d-%b-%Y", "%d %b %Y", "%d.%m.%y", "%m/%d/%y",
]  # fmt: skip


class Column(NamedTuple):
    """A column. kind: continuous, categorical, flag, date, or one that no variable has: text, mixed (numbers, with
    exceptions), constant, empty, unique.

    levels: {text: number of patients}, rare texts left out; hidden: how many different texts were left out.
    words: of a flag, {yes: [...], no: [...]} where they are not the usual ones; raw: its texts for yes and no.
    written: keys by which a variable says how its cells are written (a unit, differences in case).
    low, high: the range, rounded outwards, and `span` is its text; marked: values outside the limits of detection.
    """

    name: str
    kind: str
    filled: int
    missing: int
    codes: set[str]
    levels: dict[str, int] = {}
    hidden: int = 0
    words: dict[str, list[str]] = {}
    raw: dict[str, str] = {}
    low: float = 0
    high: float = 0
    span: str = ""
    marked: int = 0
    written: dict = {}


def column_of(name: str, text: pd.Series, decimal: str, date_format: str | list[str]) -> Column:
    """The column of some texts (empty: missing), as its study would read it."""
    codes = _codes(text) | _number_codes(text, decimal)
    filled = text[~text.isin({"", *codes})]
    base = (len(filled), len(text) - len(filled), codes)
    written: dict = {}
    if unit := _cell_unit(filled, decimal):
        filled, written = filled.str.removesuffix(unit).str.strip(), {"cell_units": [unit]}
    elif (one_spelling := _one_spelling(filled)).nunique() < filled.nunique():
        filled, written = one_spelling, {"ignore_case": True}
    column = _profile(name, filled, base, decimal, date_format)
    return column._replace(written=written if column.kind in ("categorical", "continuous") else {})


def _cell_unit(filled: pd.Series, decimal: str) -> str:
    """The unit that follows the number in every cell; empty if there is none."""
    parts = filled.str.extract(r"^(.*\d)\s*([^\d\s.,][^\d]*)$")
    units = parts[1].unique()
    one = units[0] if len(units) == 1 and isinstance(units[0], str) else ""
    letter = len(one) == 1 and one.isalpha()  # of a class: 1a, 2a
    return one if one and not letter and numbers(parts[0], decimal).notna().all() else ""


def _one_spelling(filled: pd.Series) -> pd.Series:
    """Texts in their most frequent spelling, where some differ in case alone."""
    counts = filled.value_counts()
    usual = {text.casefold(): text for text in reversed(counts.index)}
    return filled.map(lambda text: usual[text.casefold()])


def _profile(name: str, filled: pd.Series, base: tuple, decimal: str, date_format: str | list[str]) -> Column:
    """The column of the texts of cells with a value. base: how many there are, how many are missing, their codes."""
    counts = filled.value_counts()
    if filled.empty:
        return Column(name, "empty", *base)
    if _dates(filled, date_format) is not None:
        days = _dates(filled, date_format)
        return Column(name, "date", *base, span=f"from {days.min():%Y-%m} to {days.max():%Y-%m}")
    amounts = numbers(filled, decimal)
    whole = amounts.notna().all() and (amounts % 1 == 0).all()
    if len(counts) == len(filled) > FEW and (amounts.isna().all() or whole and says(name, "id")):
        return Column(name, "unique", *base)
    if flag := _flag(name, filled, base):
        return flag
    marked = filled.str.match(MARKED)
    if (amounts.notna() | marked).all() and amounts.notna().any() and not _few_numbers(amounts, whole):
        return _continuous(name, amounts.dropna(), base, int(marked.sum()))
    if len(counts) == 1:
        return Column(name, "constant", *base)
    rare = counts[counts < FEW]
    if len(counts) > MOST_LEVELS or rare.sum() > max(RARE_TEXT * len(filled), FEW) or max(map(len, counts.index)) > 60:
        return Column(name, "mixed" if amounts.notna().mean() > MOSTLY else "text", *base)
    kept = {
        level: int(n) for level, n in counts.items() if n >= FEW or CODE.fullmatch(level) or level.casefold() in BEST
    }
    ordered = dict(sorted(kept.items(), key=lambda item: _place(item[0], decimal)))
    return Column(name, "categorical", *base, levels=ordered, hidden=len(counts) - len(kept))


def date_format_of(columns: Sequence[pd.Series]) -> str | list[str]:
    """The format in which dates are written, or the few formats that together read every cell of columns of dates.

    The first is the one that most cells have; of formats that fit equally many, the first of DATE_FORMATS.
    """
    texts = [text[~text.isin({"", *MISSING})].drop_duplicates() for text in columns]
    read = [{form: _is_date(text, form) for form in DATE_FORMATS} for text in texts]
    left = [pd.concat(masks.values(), axis=1).any(axis=1) for masks in read]
    dated = [place for place, readable in enumerate(left) if len(readable) and readable.all()]
    chosen: list[str] = []
    while any(left[place].any() for place in dated):
        gain = {form: sum(int((read[place][form] & left[place]).sum()) for place in dated) for form in DATE_FORMATS}
        chosen.append(max(DATE_FORMATS, key=gain.__getitem__))
        left = [unread & ~masks[chosen[-1]] for unread, masks in zip(left, read, strict=True)]
    return chosen if len(chosen) > 1 else (chosen or DATE_FORMATS)[0]


def decimal_of(columns: Sequence[pd.Series]) -> str:
    """The decimal mark in most columns of numbers."""
    texts = [text[~text.isin({"", *MISSING})] for text in columns]
    commas = sum(len(text) > 0 and bool(numbers(text, ",").notna().all()) for text in texts)
    points = sum(len(text) > 0 and bool(numbers(text, ".").notna().all()) for text in texts)
    return "," if commas > points else "."


def in_words(count: int, near: bool = False) -> str:
    """A number of patients, unless they are few; near: rounded, so that a sum does not give away another number."""
    if 0 < count < FEW:
        return f"fewer than {FEW}"
    return f"about {FEW * round(count / FEW)}" if near else str(count)


def has_few(column: Column) -> bool:
    """Whether one of a column's numbers of patients is so small that the others must not give it away."""
    return bool(column.hidden) or any(0 < count < FEW for count in (*column.levels.values(), column.missing))


def _codes(text: pd.Series) -> set[str]:
    """The cells that mean a missing value; `-` does not beside `+`."""
    found = set(text) & MISSING
    return found - {"-"} if "+" in set(text) else found


def _number_codes(text: pd.Series, decimal: str) -> set[str]:
    """The one number that many cells have and that is so far from all others that it means a missing value: -9, 999."""
    filled = text[~text.isin({"", *MISSING})]
    usual = filled[~filled.isin(NUMBER_CODES)]
    amounts = numbers(usual, decimal)
    found = set(filled) & NUMBER_CODES
    if len(found) != 1 or amounts.notna().mean() < MOSTLY or filled.isin(found).sum() < FEW:
        return set()
    code = float(next(iter(found)))
    far = amounts.min() >= 0 if code < 0 else 2 * amounts.max() < code
    return found if far else set()


def _is_date(filled: pd.Series, date_format: str | list[str]) -> pd.Series:
    """Which texts are days of the last or this century."""
    days = typed(filled, {"kind": "date"}, date_format)
    return filled.str.contains(r"\d.*\D|\d{8}").astype(bool) & days.between("1900-01-01", "2100-01-01")


def _dates(filled: pd.Series, date_format: str | list[str]) -> pd.Series | None:
    """The days, if every text is a date."""
    return typed(filled, {"kind": "date"}, date_format) if _is_date(filled, date_format).all() else None


def _flag(name: str, filled: pd.Series, base: tuple) -> Column | None:
    """The column as a flag, if its texts are a usual pair of yes and no."""
    texts = {text.casefold(): text for text in filled.unique()}
    if len(texts) != 2:
        return None
    counts = filled.str.casefold().value_counts()
    if set(texts) <= set(FLAG) and len({FLAG[text] for text in texts}) == 2:
        yes, no = sorted(texts, key=FLAG.__getitem__, reverse=True)
        words = {}
    else:
        yes, no = next((pair for pair in PAIRS if set(pair) == set(texts)), ("", ""))
        if not yes:
            return None
        words = {"yes": [texts[yes]], "no": [texts[no]]}
    levels = {"yes": int(counts[yes]), "no": int(counts[no])}
    return Column(name, "flag", *base, levels=levels, words=words, raw={"yes": texts[yes], "no": texts[no]})


def _few_numbers(amounts: pd.Series, whole: bool) -> bool:
    """Whether numbers are rather codes of classes."""
    return bool(whole and amounts.nunique() <= MOST_NUMBERS)


def _continuous(name: str, amounts: pd.Series, base: tuple, marked: int) -> Column:
    low, high = _outwards(amounts.min(), math.floor), _outwards(amounts.max(), math.ceil)
    return Column(name, "continuous", *base, low=low, high=high, span=f"{low:g} to {high:g}", marked=marked)


def _outwards(amount: float, rounded) -> float:
    """A bound of the range with two digits, rounded to the outside."""
    if not amount:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(amount))) - 1)
    return float(f"{rounded(amount / unit) * unit:.12g}")


def _place(level: str, decimal: str) -> tuple:
    """The order of levels: numbers by size, then texts."""
    amount = numbers(pd.Series([level]), decimal)[0]
    return (1, 0.0, level) if math.isnan(amount) else (0, float(amount), level)
