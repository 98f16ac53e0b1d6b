"""Breaks of a time axis, in steps that clinicians use."""

import math

STEPS = {
    "days": [1, 2, 5, 10, 20, 30, 60, 90, 180, 365, 730, 1825],
    "months": [0.5, 1, 2, 3, 6, 12, 24, 36, 60, 120],
    "years": [0.1, 0.25, 0.5, 1, 2, 3, 5, 10],
}


def time_breaks(longest: float, unit: str) -> list[float]:
    """Breaks of the time axis from 0 to at most the longest follow-up: the finest usual step with 8 or fewer."""
    steps = STEPS[unit]
    step = next((step for step in steps if longest / step <= 8), None)
    if step is None:
        step = steps[-1] * math.ceil(longest / steps[-1] / 8)
    return [step * place for place in range(int(longest / step + 1e-9) + 1)]
