"""The study's dictionary of variables: from what a hospital wrote to typed values, and to printed levels."""

import numpy as np
import pandas as pd

from twoarm.levels import CONDITION, FLAG_LEVELS, is_numeric, printed_levels, raw_number

FLAG = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}
# How a number is written with each decimal mark: no thousands marks, for 1.234 and 1,234 may be a thousand or one.
NUMBER = {mark: rf"[+-]?(?:[0-9]+(?:\{mark}[0-9]*)?|\{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?" for mark in (".", ",")}
CENTRE = "data.centre"  # the column of the centres that are only counted; no variable can bear the name


def raw_column(name: str, variable: dict) -> str:
    """The column of the patients table that holds a variable."""
    return variable.get("column", name)


def typed(text: pd.Series, variable: dict, date_format: str = "%Y-%m-%d", decimal: str = ".") -> pd.Series:
    """Raw text (empty: missing) as values: float, text, nullable boolean or datetime64 (the day alone).

    What cannot be read becomes missing; the table check compares with the text to find it.
    """
    filled = text.mask(text == "")
    if variable["kind"] == "date":
        written = filled.where(filled.str.contains(r"\d", na=False))  # pandas takes `now` and `today` for dates
        return pd.to_datetime(written, format=date_format, errors="coerce").astype("datetime64[ns]").dt.normalize()
    if variable["kind"] == "flag":
        return filled.str.lower().map(FLAG).astype("boolean")
    if is_numeric(variable):
        numbers = filled.where(filled.str.fullmatch(NUMBER[decimal], na=False)).str.replace(",", ".", regex=False)
        return pd.to_numeric(numbers, errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)
    return filled.astype("string")


def level_of(values: pd.Series, variable: dict) -> pd.Series:
    """Typed values of a categorical variable or flag as printed levels (an ordered pandas Categorical).

    Where raw values are given as conditions (`<= 6`), the first that holds decides.
    A value that no level covers becomes missing; the table check refuses it before.
    """
    if variable["kind"] == "flag":
        levels = values.map(FLAG_LEVELS)
    else:
        levels = pd.Series(pd.NA, index=values.index, dtype="object")
        for raw, level in variable["levels"].items():
            levels = levels.mask(levels.isna() & _covers(values, raw), level)
    return pd.Series(pd.Categorical(levels, categories=printed_levels(variable), ordered=True), index=values.index)


def _covers(values: pd.Series, raw: str) -> pd.Series:
    condition = CONDITION.match(raw)
    if not condition:
        number = raw_number(raw) if pd.api.types.is_float_dtype(values) else None
        return (values == (raw if number is None else number)).fillna(False).astype(bool)
    sign, limit = condition[1], float(condition[2])
    return {"<": values.lt, "<=": values.le, ">": values.gt, ">=": values.ge}[sign](limit)
