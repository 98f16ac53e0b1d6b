"""What the raw values of a variable can be, told from the config alone, so that nothing heavy is imported."""

import re

CONDITION = re.compile(r"^\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)\s*$")


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
