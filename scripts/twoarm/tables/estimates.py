"""How estimates are printed in tables, figures and sentences: their digits, and the signs for missing ones."""

import math
from collections.abc import Iterable

from twoarm.config.keys import PER_UNIT, unweighted
from twoarm.results.rows import TOO_FEW
from twoarm.results.values import HIDDEN, Found, Values
from twoarm.text.rounding import half_up, p_label

MEDIAN_DIGITS = {"days": 0, "months": 1, "years": 2}
NOT_ESTIMABLE, NOT_REACHED, NONE = "NE", "NR", "–"
WORDS = {NOT_REACHED: "not reached", NOT_ESTIMABLE: "not estimable", NONE: "not computed"}
CURVES = ("kaplan_meier", "reverse_kaplan_meier")
MOST_DIGITS = 9  # a ratio even closer to 1 needs another unit
TWO_LIKE_ONE = 2  # significant digits of a standard deviation


def absence(found: Found) -> str:
    """The sign for an empty number: NR, a median or limit that the curve does not reach; NE, not estimable;

    a dash: it was not computed, or there are no patients.
    """
    if not found.key or found.note == "no patients" or found.note.startswith(TOO_FEW):
        return NONE
    *_, level, _, method = found.key
    return NOT_REACHED if unweighted(method) in CURVES and not level else NOT_ESTIMABLE


def signs_in(texts: Iterable[str]) -> str:
    """`NR, not reached; NE, not estimable.`: the signs in some texts; empty if there are none."""
    words = {word for text in texts for word in text.replace("(", " ").replace(")", " ").replace(NONE, " ").split()}
    said = "; ".join(f"{sign}, {WORDS[sign]}" for sign in (NOT_REACHED, NOT_ESTIMABLE) if sign in words)
    return f"{said}." if said else ""


def decimals(least: int, *numbers: float) -> int:
    """The fewest decimals, at least `least`, at which different numbers print differently; empty ones do not count.

    Numbers that differ only beyond MOST_DIGITS print with `least`: the difference is round-off.
    """
    known = [number for number in numbers if not math.isnan(number)]
    several = len({half_up(number, MOST_DIGITS) for number in known})
    return next(
        digits
        for digits in range(least, MOST_DIGITS + 1)
        if len({half_up(number, digits) for number in known}) == several
    )


def spread_decimals(mean: float, spread: float, least: int = 1) -> int:
    """Decimals of a mean and its standard deviation: at least `least`, and two significant digits of the latter."""
    scale = next((abs(number) for number in (spread, mean) if number and not math.isnan(number)), 1)
    return min(max(least, TWO_LIKE_ONE - 1 - math.floor(math.log10(scale))), MOST_DIGITS)


def ratio_decimals(estimate: float, low: float, high: float, group: str = "") -> int:
    """Decimals of a hazard ratio: two, or three for one per unit, which is close to 1; more if needed."""
    return decimals(3 if group == PER_UNIT else 2, estimate, low, high)


def minus(text: str) -> str:
    """Numbers with a minus sign in place of the hyphen."""
    return text.replace("-", "−")


def limits_text(low: str, high: str) -> str:
    """`5.6–7.2`, or `−0.6 to 7.2`."""
    return (" to " if "−" in (low[:1], high[:1]) else "–").join([low, high])


def found_with_limits(values: Values, statistic: str, method: str, **key: str) -> tuple[Found, Found, Found]:
    """An estimate with the limits of its interval, as found."""
    return tuple(values.find(name, (method,), **key) for name in (statistic, "ci_low", "ci_high"))


def median_text(found: tuple[Found, Found, Found], digits: int) -> str:
    """Print a median and its interval in a figure: `6.5 (5.7–NR)`, or `NR`; `[c]` if masked."""
    return _text(found, decimals(digits, found[1].value, found[2].value))


def ratio_text(found: tuple[Found, Found, Found], group: str = "") -> str:
    """Print a hazard ratio and its interval in a figure: `0.71 (0.50–1.03)`, or `NE`; `[c]` if masked."""
    return _text(found, ratio_decimals(*(part.value for part in found), group))


def logrank_text(found: Found) -> str:
    """Print a log-rank test in a figure: `Log-rank test: P = 0.008`, or `Weighted log-rank test: …`."""
    name = "Log-rank test" if unweighted(found.method) == found.method else "Weighted log-rank test"
    return f"{name}: {found.printed(p_label(found.value))}"


def difference_text(found: tuple[Found, Found, Found]) -> str:
    """Print a difference in percentage points and its interval: `−3.1 (−12.0 to 5.8)`; `[c]` if masked."""
    return _text(found, 1)


def _text(found: tuple[Found, Found, Found], digits: int) -> str:
    value, low, high = (minus(half_up(part.value, digits)) or absence(part) for part in found)
    if any(part.masked for part in found):
        return HIDDEN
    return f"{value} ({limits_text(low, high)})" if any(part.value == part.value for part in found) else value


def count_text(value: float) -> str:
    """Print a count; a dash if there is none."""
    return NONE if math.isnan(value) else f"{value:.0f}"
