"""Breaks of a time axis, in steps that clinicians use."""

import math

STEPS = {
    "days": [1, 2, 5, 10, 20, 30, 60, 90, 180, 365, 730, 1825],
    "months": [0.5, 1, 3, 6, 12, 24, 36, 60, 120],
    "years": [0.1, 0.25, 0.5, 1, 2, 3, 5, 10],
}


MOST_FINER = 4  # spaces between two labelled breaks


def time_breaks(longest: float, unit: str, most: int = 8) -> list[float]:
    """Breaks of the time axis from 0 to at most the longest follow-up: the finest usual step with `most` or fewer."""
    return _multiples(_step(longest, unit, most), longest)


def finer_breaks(longest: float, unit: str, most: int = 8) -> list[float]:
    """Breaks without a label between those of time_breaks: the largest smaller step that divides theirs."""
    step = _step(longest, unit, most)
    finer = [smaller for smaller in STEPS[unit] if step / MOST_FINER <= smaller < step and step % smaller == 0]
    return _multiples(finer[-1], longest) if finer else []


def _step(longest: float, unit: str, most: int) -> float:
    steps, most = STEPS[unit], max(most, 1)
    fitting = next((step for step in steps if longest / step <= most), None)
    return fitting or steps[-1] * math.ceil(longest / steps[-1] / most)


def _multiples(step: float, longest: float) -> list[float]:
    return [step * place for place in range(int(longest / step + 1e-9) + 1)]
