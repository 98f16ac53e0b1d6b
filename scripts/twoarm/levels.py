"""What the values of a variable can be, raw and printed, told from the config alone, so nothing heavy is imported."""

import re

CONDITION = re.compile(r"^\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)\s*$")
FLAG_LEVELS = {True: "Yes", False: "No"}


def printed_levels(variable: dict) -> list[str]:
    """A categorical variable's or flag's printed levels, once each, in the config's order."""
    if variable["kind"] == "flag":
        return list(FLAG_LEVELS.values())
    return list(dict.fromkeys(variable["levels"].values()))


def is_numeric(variable: dict) -> bool:
    """Whether raw values are numbers: continuous, or categorical with conditions or numbers for raw values."""
    if variable["kind"] == "categorical":
        return all(CONDITION.match(str(raw)) or raw_number(raw) is not None for raw in variable["levels"])
    return variable["kind"] == "continuous"


def raw_number(raw: str) -> float | None:
    """The number that a raw value writes, or None."""
    try:
        return float(raw)
    except (TypeError, ValueError):
        return None
