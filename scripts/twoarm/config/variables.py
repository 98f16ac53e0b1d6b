"""The study's dictionary of variables: from a hospital's raw text to typed values and printed levels."""

import re

import numpy as np
import pandas as pd

from twoarm.config.date_formats import formats_of
from twoarm.config.levels import (
    CONDITION,
    FLAG,
    FLAG_LEVELS,
    NUMBER,
    declared_words,
    is_numeric,
    printed_levels,
    raw_number,
)

CENTRE = "data.centre"  # the column of centres, which are only counted; no variable can have this name


def raw_column(name: str, variable: dict) -> str:
    """The column of the patients table that holds a variable."""
    return variable.get("column", name)


def typed(text: pd.Series, variable: dict, date_format: str | list[str] = "%Y-%m-%d", decimal: str = ".") -> pd.Series:
    """Raw text (empty: missing) as values: float, text, nullable boolean or datetime64 (the day only).

    A categorical variable's values are numbers if its levels are, and text if some level is a text or a cell
    contains a level's condition literally ("<= 20"); numbers are then texts with a decimal point.
    Text that cannot be read becomes missing; the table check finds it by comparing with the text.
    """
    filled = text.mask(text == "")
    if variable["kind"] == "date":
        return _dates(filled, formats_of(date_format))
    if variable["kind"] == "flag":
        words = flag_words(filled, variable)
        amounts = numbers(filled, decimal)  # R and pandas write 1.0 beside missing values
        amounts = amounts.map(
            {raw_number(word): truth for word, truth in words.items() if raw_number(word) is not None}
        )
        return filled.str.casefold().map(words).astype("boolean").fillna(amounts.astype("boolean"))
    return _text_values(filled, variable, decimal) if _holds_text(filled, variable) else numbers(filled, decimal)


def flag_words(filled: pd.Series, variable: dict) -> dict[str, bool]:
    """The texts of a flag, without differences in case, and what they mean.

    filled: the column's texts, NA where empty. variable: with `yes` and `no`, which come before the usual words. If
    only one of the two is declared and a single other text occurs beside the known ones, this is the opposite.
    """
    declared = declared_words(variable)
    words = FLAG | declared
    others = set(filled.dropna().str.casefold()) - set(words) if declared else set()
    if len(others) == 1 and len(set(declared.values())) == 1:
        words[others.pop()] = not next(iter(declared.values()))
    return words


def numbers(text: pd.Series, decimal: str = ".") -> pd.Series:
    """Texts with a decimal mark as numbers: the nearest floats (pandas.to_numeric may be off by one bit).

    Text that is not a number, or one that a float cannot represent (1e999, 1e-999), becomes missing.
    """
    written = text.where(text.str.fullmatch(NUMBER[decimal], na=False)).str.replace(",", ".", regex=False)
    amounts = pd.Series([float(one) if isinstance(one, str) else np.nan for one in written], text.index, dtype=float)
    vanished = amounts.eq(0) & written.str.contains("^[^eE]*[1-9]", na=False)
    return amounts.replace([np.inf, -np.inf], np.nan).mask(vanished)


def _dates(filled: pd.Series, date_formats: list[str]) -> pd.Series:
    """Texts in one of several formats as days; text that is not a date, or two different days, becomes missing."""
    first, *others = (_in_format(filled, date_format) for date_format in date_formats)
    two = pd.Series(False, index=filled.index)
    for other in others:
        two |= first.notna() & other.notna() & (first != other)
        first = first.fillna(other)
    return first.mask(two)


def _in_format(filled: pd.Series, date_format: str) -> pd.Series:
    """Texts in a date format as days; text that is not a date becomes missing.

    Without separators, day, month and year must have their full width: 2022105 might be 5 October or 5 January.
    """
    written = filled.where(filled.str.contains(r"\d", na=False))  # pandas reads `now` and `today` as dates
    if compact := re.search("(%[dmYy]){2,3}", date_format):
        width = sum(4 if part == "Y" else 2 for part in compact[0].split("%")[1:])
        written = written.where(written.str.contains(rf"(?<![0-9])[0-9]{{{width}}}(?![0-9])", na=False))
    return pd.to_datetime(written, format=date_format, errors="coerce").astype("datetime64[ns]").dt.normalize()


def level_of(values: pd.Series, variable: dict) -> pd.Series:
    """Typed values of a categorical variable or flag as printed levels (an ordered pandas Categorical).

    A missing value has the level `missing_level`, if the variable has one.

    A value that is literally a level's key has that level, then one that is the same number; else the first condition
    that it meets (`<= 6`) decides. A value outside all levels becomes missing; the table check refuses it before.
    """
    if variable["kind"] == "flag":
        levels = values.map(FLAG_LEVELS)
    else:
        keys, is_text = variable["levels"], not pd.api.types.is_float_dtype(values)
        levels = (values.map(keys) if is_text else pd.Series(pd.NA, index=values.index)).astype("object")
        amounts = numbers(values) if is_text else values
        for raw in sorted(keys, key=lambda raw: raw_number(raw) is None):
            levels = levels.mask(levels.isna() & _covers(amounts, raw), keys[raw])
    if "missing_level" in variable:
        levels = levels.astype("object").mask(values.isna(), variable["missing_level"])
    return pd.Series(pd.Categorical(levels, categories=printed_levels(variable), ordered=True), index=values.index)


def occurred(values: pd.Series, events: list | None) -> pd.Series:
    """Where an event happened, as 1, or did not, as 0; missing values stay so.

    values: of an enrolled patient's variable. events: those of them that are events (endpoints.event_values); None for
    a flag's levels or the numbers 1 and 0, other numbers staying as they are.
    """
    if events is not None:
        happened = values.isin(events).astype(float)
    elif pd.api.types.is_numeric_dtype(values):
        happened = values.astype(float)
    else:
        happened = values.astype(str).map({level: float(flag) for flag, level in FLAG_LEVELS.items()})
    return happened.mask(values.isna())


def _holds_text(filled: pd.Series, variable: dict) -> bool:
    """Whether a column must stay text because its numbers alone do not determine the levels.

    This is so if a level's key is a text, if two keys are the same number ("1" and "01"), or if a cell is the text
    of a condition.
    """
    if variable["kind"] == "continuous":
        return False
    amounts = [raw_number(raw) for raw in variable["levels"] if raw_number(raw) is not None]
    others = [raw for raw in variable["levels"] if raw_number(raw) is None]
    return not is_numeric(variable) or len(set(amounts)) < len(amounts) or bool(filled.isin(others).any())


def _text_values(filled: pd.Series, variable: dict, decimal: str) -> pd.Series:
    """Cells that are a level's key or a number: a number equal to a key becomes the key, others get a decimal point."""
    keys = {raw_number(raw): raw for raw in reversed(variable["levels"]) if raw_number(raw) is not None}
    amounts = numbers(filled, decimal)
    plain = filled.where(amounts.notna()).str.replace(",", ".", regex=False)
    written = plain.where(~amounts.isin(list(keys)), amounts.map(keys))
    return filled.where(filled.isin(list(variable["levels"])), written).astype("string")


def _covers(amounts: pd.Series, raw: str) -> pd.Series:
    """Where numbers match a level's key: the same number, or one that meets its condition."""
    if (number := raw_number(raw)) is not None:
        return amounts.eq(number)
    if not (condition := CONDITION.match(raw)):
        return pd.Series(False, index=amounts.index)
    sign, limit = condition[1], float(condition[2])
    return {"<": amounts.lt, "<=": amounts.le, ">": amounts.gt, ">=": amounts.ge}[sign](limit)
