"""What a cell of a table, or a number in a sentence, prints: rounded half-up, with its interval, note and source."""

from typing import NamedTuple

from twoarm.rounding import ALPHA, half_up, p_text
from twoarm.sourced import Link, Piece, Sourced, from_row, pieces
from twoarm.values import ABSENT, Found

EMPTY = "–"


class Cell(NamedTuple):
    """What a cell prints; a note becomes a footnote; sources: the numbers (or links) in the text, in order."""

    text: str
    note: str = ""
    bold: bool = False
    sources: tuple[Sourced | Link, ...] = ()

    @property
    def pieces(self) -> list[Piece]:
        """The text with its numbers' sources."""
        return pieces(self.text, self.sources)


BLANK = Cell("")


def number(found: Found, digits: int) -> Cell:
    """A number, rounded half-up; `–` with the reason as its note where it is empty."""
    if found.value != found.value:
        return empty(found)
    text = minus(half_up(found.value, digits))
    return Cell(text, found.note, sources=from_row(text, found))


def empty(found: Found, reason: str = "not computed") -> Cell:
    """The cell of an empty value: `–`, with why."""
    return Cell(EMPTY, found.note or reason)


def p_cell(found: Found, mark: str = "") -> Cell:
    """A p-value, bold below 0.05; its note, and `mark` (a test that differs from the table's usual one)."""
    if found.value != found.value:
        return empty(found)
    note = "; ".join(part for part in (mark, found.note) if part)
    text = p_text(found.value)
    return Cell(text, note, found.value < ALPHA, from_row(text, found))


def p_words(found: Found) -> list[Piece]:
    """`P = 0.041`, `P <0.001`, or `P not computed`."""
    if found.value != found.value:
        return ["P not computed"]
    text = p_text(found.value)
    return [*(["P\u00a0"] if text.startswith("<") else ["P\u00a0=\u00a0"]), *from_row(text, found)]


def count_cell(n: Found, percent: Found = ABSENT) -> Cell:
    """`28 (43.8)`: a count with its percent; the count alone where it is 0 or has no percent."""
    if n.value != n.value:
        return empty(n)
    count, sources = half_up(n.value, 0), from_row(half_up(n.value, 0), n)
    if percent.value != percent.value or n.value == 0:
        return Cell(count, sources=sources)
    share = half_up(percent.value, 1)
    return Cell(f"{count} ({share})", sources=sources + from_row(share, percent))


def mean_cell(mean: Found, sd: Found, digits: int = 1) -> Cell:
    """`54.2 ± 7.4`: mean and standard deviation."""
    if mean.value != mean.value:
        return empty(mean)
    texts = [half_up(mean.value, digits), half_up(sd.value, digits) or EMPTY]
    return Cell(" ± ".join(texts), sources=from_row(texts[0], mean) + from_row(texts[1], sd))


def median_cell(median: Found, q1: Found, q3: Found, digits: int = 1) -> Cell:
    """`3.0 (2.0–4.0)`: median and quartiles."""
    return estimate_cell(median, q1, q3, digits)


def estimate_cell(estimate: Found, low: Found, high: Found, digits: int, scale: float = 1) -> Cell:
    """`6.5 (5.6–7.2)`: an estimate and its interval, times `scale`; NE for a limit that cannot be estimated."""
    if estimate.value != estimate.value:
        return empty(estimate)
    limits, text = interval(low, high, digits, scale), minus(half_up(estimate.value * scale, digits))
    notes = dict.fromkeys(note for note in (estimate.note, limits.note) if note)
    sources = from_row(text, estimate) + limits.sources
    return Cell(f"{text} ({limits.text})", "; ".join(notes), sources=sources)


def interval(low: Found, high: Found, digits: int, scale: float = 1) -> Cell:
    """`5.6–7.2`, or `−0.6 to 7.2`: an interval, times `scale`; NE for a limit that cannot be estimated."""
    limits = [minus(half_up(limit.value * scale, digits)) or "NE" for limit in (low, high)]
    dash = " to " if any(limit.startswith("−") for limit in limits) else "–"
    notes = dict.fromkeys(limit.note for limit in (low, high) if limit.note)
    sources = from_row(limits[0], low) + from_row(limits[1], high)
    return Cell(dash.join(limits), "; ".join(notes), sources=sources)


def minus(text: str) -> str:
    """Numbers with a minus sign in place of the hyphen."""
    return text.replace("-", "−")
