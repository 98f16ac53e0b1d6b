"""The rows of an estimate and the limits of its interval."""

import math
from collections.abc import Sequence


def estimate_rows(statistic: str, method: str, estimates: Sequence[float], notes: str | Sequence[str]) -> list[dict]:
    """An estimate with its limits, without the rest of their key.

    notes: why those that are empty are so; one for all, or one for each.
    """
    names = (statistic, "ci_low", "ci_high")
    reasons = [notes] * len(names) if isinstance(notes, str) else notes
    return [
        {"statistic": name, "method": method, "value": value, "note": note if math.isnan(value) else ""}
        for name, value, note in zip(names, estimates, reasons, strict=True)
    ]
