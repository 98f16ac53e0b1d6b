"""What the values of a variable can be, raw and printed, told from the config alone, so nothing heavy is imported."""

import re

CONDITION = re.compile(r"^\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)\s*$")
# How a number is written with each decimal mark: no thousands marks, for 1.234 and 1,234 may be a thousand or one.
NUMBER = {mark: rf"[+-]?(?:[0-9]+(?:\{mark}[0-9]*)?|\{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?" for mark in (".", ",")}
FLAG_LEVELS = {True: "Yes", False: "No"}


def printed_levels(variable: dict) -> list[str]:
    """A categorical variable's or flag's printed levels, once each, in the config's order."""
    if variable["kind"] == "flag":
        return list(FLAG_LEVELS.values())
    return list(dict.fromkeys(variable["levels"].values()))


def is_numeric(variable: dict) -> bool:
    """Whether raw values are numbers: continuous, or categorical with conditions or numbers for raw values.

    A table may still write the text of a condition, "<= 20", which is then that level (twoarm.config.variables).
    """
    if variable["kind"] == "categorical":
        return all(CONDITION.match(raw) or raw_number(raw) is not None for raw in variable["levels"])
    return variable["kind"] == "continuous"


def may_hold_numbers(variable: dict) -> bool:
    """Whether some raw values may be any number: is_numeric, or categorical with conditions beside texts."""
    return is_numeric(variable) or any(map(CONDITION.match, variable.get("levels", {})))


def raw_number(raw: str) -> float | None:
    """The number that a raw value writes, or None."""
    return float(raw) if re.fullmatch(NUMBER["."], raw.strip()) else None
