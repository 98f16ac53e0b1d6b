"""Estimates as figures print them: an estimate with its interval, a p-value, a count, or why there is none."""

import math

from twoarm.rounding import half_up, p_text
from twoarm.values import Values

MEDIAN_DIGITS = {"days": 0, "months": 1, "years": 1}


def interval_of(values: Values, statistic: str, method: str, **key: str) -> tuple[float, float, float]:
    """An estimate with the limits of its interval, each NaN where it is empty or was not computed."""
    return tuple(values.find(name, (method,), **key).value for name in [statistic, "ci_low", "ci_high"])


def interval_text(estimate: tuple[float, float, float], digits: int, empty: str = "not estimable") -> str:
    """Print an estimate and its interval: `6.5 (5.7–7.3)`, with the word for what is empty."""
    value, low, high = (half_up(number, digits) or empty for number in estimate)
    return value if math.isnan(estimate[0]) and math.isnan(estimate[1]) else f"{value} ({low}–{high})"


def p_label(p: float) -> str:
    """Print a p-value with its P: `P = 0.008`, `P < 0.001`, `P not estimable`."""
    if math.isnan(p):
        return "P not estimable"
    text = p_text(p)
    return f"P < {text[1:]}" if text.startswith("<") else f"P = {text}"


def count_text(value: float) -> str:
    """Print a count; a dash where there is none."""
    return "–" if math.isnan(value) else f"{value:.0f}"
