"""The study's dictionary of variables: from what a hospital wrote to typed values, and to printed levels."""

import numpy as np
import pandas as pd

from twoarm.levels import CONDITION, FLAG_LEVELS, is_numeric, printed_levels, raw_number

FLAG = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}
CENTRE = "data.centre"  # the column of the centres that are only counted; no variable can bear the name


def raw_column(name: str, variable: dict) -> str:
    """The column of the patients table that holds a variable."""
    return variable.get("column", name)


def typed(text: pd.Series, variable: dict, date_format: str = "%Y-%m-%d") -> pd.Series:
    """Raw text (empty: missing) as values: float, text, nullable boolean or datetime64.

    What cannot be read becomes missing; the table check compares with the text to find it.
    """
    filled = text.mask(text == "")
    if variable["kind"] == "date":
        return pd.to_datetime(filled, format=date_format, errors="coerce").astype("datetime64[ns]")
    if variable["kind"] == "flag":
        return filled.str.lower().map(FLAG).astype("boolean")
    if is_numeric(variable):
        return pd.to_numeric(filled, errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)
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
