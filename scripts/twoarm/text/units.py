"""The wording of a hazard ratio per unit of a continuous variable: the same in statistics, table and figure."""

import re

_PLURAL = re.compile(r"[a-z-]{2,}[^su\W]s")  # a word such as years or points, not ng/ml, mmHg or celsius


def per_unit(unit: str | None, per: float = 1) -> str:
    """`per year`, `per 1 ng/ml`, `per 100 ng/ml`, `per 10 mmHg`, `per unit`.

    unit: free text from the config, or None; per: how many units (the config's `per`).
    """
    if per != 1:
        times = " ×" if unit and unit[0].isdigit() else ""
        return " ".join(filter(None, [f"per {plain_number(per)}{times}", unit]))
    if not unit:
        return "per unit"
    if _PLURAL.fullmatch(unit):
        return f"per {unit[:-3]}y" if unit.endswith("ies") else f"per {unit[:-1]}"
    return f"per {unit}" if unit[0].isdigit() else f"per 1 {unit}"


def plain_number(number: float) -> str:
    """A number without exponent and trailing zeros: `100`, `0.5`, `1000000`."""
    return f"{number:.12f}".rstrip("0").rstrip(".")


def unit_of(number: str | float, unit: str) -> str:
    """The unit of time after a number: `year` after 1, `years` after others. unit: days, months or years."""
    return unit.removesuffix("s") if float(number) == 1 else unit
