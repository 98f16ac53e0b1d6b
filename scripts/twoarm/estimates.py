"""Estimates as figures print them: an estimate with its interval, a p-value, a count, or why there is none."""

import math

from twoarm.rounding import half_up
from twoarm.values import Values

MEDIAN_DIGITS = {"days": 0, "months": 1, "years": 1}
NOT_REACHED = "NR"


def interval_of(values: Values, statistic: str, method: str, **key: str) -> tuple[float, float, float]:
    """An estimate with the limits of its interval, each NaN where it is empty or was not computed."""
    return tuple(values.find(name, (method,), **key).value for name in [statistic, "ci_low", "ci_high"])


def median_text(estimate: tuple[float, float, float], digits: int) -> str:
    """Print a median and its interval: `6.5 (5.7–NR)`, or `not reached`; NR stands for a limit not reached."""
    if all(math.isnan(number) for number in estimate):
        return "not reached"
    value, low, high = (half_up(number, digits) or NOT_REACHED for number in estimate)
    return f"{value} ({low}–{high})"


def ratio_text(estimate: tuple[float, float, float], digits: int = 2) -> str:
    """Print a hazard ratio and its interval: `0.71 (0.50–1.03)`, or `not estimable`.

    One more decimal where the limits would else be equal, as with one unit of a variable that spans hundreds.
    """
    if math.isnan(estimate[0]):
        return "not estimable"
    digits += half_up(estimate[1], digits) == half_up(estimate[2], digits)
    value, low, high = (half_up(number, digits) or "not estimable" for number in estimate)
    return f"{value} ({low}–{high})"


def count_text(value: float) -> str:
    """Print a count; a dash where there is none."""
    return "–" if math.isnan(value) else f"{value:.0f}"
