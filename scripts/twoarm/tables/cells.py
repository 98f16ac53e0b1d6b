"""Numbers in cells of tables and in sentences: rounded half-up, with interval, note and source."""

from typing import NamedTuple

from twoarm.config.keys import SHARES
from twoarm.results.values import ABSENT, Found
from twoarm.tables.estimates import (
    NOT_ESTIMABLE,
    NOT_REACHED,
    WORDS,
    absence,
    decimals,
    limits_text,
    minus,
    ratio_decimals,
    spread_decimals,
)
from twoarm.text.provenance import Link, Piece, Sourced, from_row, pieces
from twoarm.text.rounding import ALPHA, half_up, p_text

HIDDEN = "masked"


class Cell(NamedTuple):
    """The text of a cell; a note becomes a footnote; sources: the numbers (or links) in the text, in order."""

    text: str
    note: str = ""
    bold: bool = False
    sources: tuple[Sourced | Link, ...] = ()

    @property
    def pieces(self) -> list[Piece]:
        """The text with the sources of its numbers."""
        return pieces(self.text, self.sources)


BLANK = Cell("")


def number(found: Found, digits: int) -> Cell:
    """A number, rounded half-up; if it is empty, its sign, with the reason as note."""
    if found.value != found.value:
        return empty(found)
    text = minus(half_up(found.value, digits))
    return Cell(text, found.note, sources=from_row(text, found))


def empty(found: Found) -> Cell:
    """The cell of an empty value: `–`, `NE`, `NR` or `masked`, with the reason unless the sign itself gives it."""
    if found.masked:
        return Cell(HIDDEN, found.note)
    sign = absence(found)
    return Cell(sign, "" if said_by(sign, found.note) else found.note or WORDS[sign])


def said_by(sign: str, note: str) -> bool:
    """Whether a sign says the same as a note, as NR and `median not reached`."""
    return sign == NOT_REACHED and note.endswith("not reached")


def p_cell(found: Found, mark: str = "") -> Cell:
    """A p-value, bold below 0.05; its note, and `mark` (a test that differs from the table's usual one)."""
    if found.value != found.value:
        return empty(found)
    note = "; ".join(part for part in (mark, found.note) if part)
    text = p_text(found.value)
    return Cell(text, note, found.value < ALPHA, from_row(text, found))


def p_words(found: Found) -> list[Piece]:
    """`P = 0.041`, `P <0.001`, `P not estimable`, or `P not computed`."""
    if found.value != found.value:
        return ["P masked" if found.masked else f"P {WORDS[absence(found)]}"]
    text = p_text(found.value)
    return [*(["P\u00a0"] if text.startswith("<") else ["P\u00a0=\u00a0"]), *from_row(text, found)]


def count_cell(n: Found, percent: Found = ABSENT) -> Cell:
    """`28 (43.8)`: a count with its percent; only the count if it is 0 or has no percent.

    `43.8%`: the percent alone if it is weighted, because it is not that of the count.
    """
    if n.value != n.value:
        return empty(n)
    count, sources = half_up(n.value, 0), from_row(half_up(n.value, 0), n)
    if percent.value != percent.value or n.value == 0:
        return Cell(count, sources=sources)
    share = half_up(percent.value, 1)
    if percent.method in SHARES:
        return Cell(f"{share}%", sources=from_row(share, percent))
    return Cell(f"{count} ({share})", sources=sources + from_row(share, percent))


def things(n: Found, one: str) -> list[Piece]:
    """`1 event`, `12 events`: a count with what it counts. one: the word for one of them."""
    return [*count_cell(n).pieces, f" {one if n.value == 1 else f'{one}s'}"]


def mean_cell(mean: Found, sd: Found) -> Cell:
    """`54.2 ± 7.4`, `0.031 ± 0.028`: mean and standard deviation, the latter with two significant digits or more."""
    if mean.value != mean.value:
        return empty(mean)
    digits = spread_decimals(mean.value, sd.value)
    texts = [minus(half_up(mean.value, digits)), half_up(sd.value, digits) or absence(sd)]
    note = "" if sd.value == sd.value else sd.note
    return Cell(" ± ".join(texts), note, sources=from_row(texts[0], mean) + from_row(texts[1], sd))


def median_cell(median: Found, q1: Found, q3: Found) -> Cell:
    """`3.0 (2.0–4.0)`, `0.03 (0.01–0.06)`: median and quartiles."""
    return estimate_cell(median, q1, q3, decimals(1, median.value, q1.value, q3.value))


def ratio_cell(estimate: Found, low: Found, high: Found) -> Cell:
    """`0.71 (0.50–1.03)`, `1.0003 (1.0001–1.0005)`: a hazard ratio and its interval."""
    group = estimate.key[3] if estimate.key else ""
    return estimate_cell(estimate, low, high, ratio_decimals(estimate.value, low.value, high.value, group))


def estimate_cell(estimate: Found, low: Found, high: Found, digits: int, scale: float = 1) -> Cell:
    """`6.5 (5.6–7.2)`, `NR (5.6–NR)`, `0.0`: an estimate and its interval if there is one, times `scale`.

    With `digits` decimals, or more if different limits would otherwise print the same.
    """
    limits = interval(low, high, digits, scale)
    if estimate.value != estimate.value:
        alone = empty(estimate)
        if estimate.masked or all(limit.value != limit.value for limit in (low, high)):
            return alone
        notes = dict.fromkeys(note for note in (alone.note, limits.note) if note)
        return Cell(f"{alone.text} ({limits.text})", "; ".join(notes), sources=limits.sources)
    text = minus(half_up(estimate.value * scale, _digits(low, high, digits, scale)))
    notes = dict.fromkeys(note for note in (estimate.note, limits.note) if note)
    sources = from_row(text, estimate) + limits.sources
    if limits.text == limits_text(NOT_ESTIMABLE, NOT_ESTIMABLE):  # survival of 0: the note says why
        return Cell(text, "; ".join(notes), sources=sources)
    return Cell(f"{text} ({limits.text})", "; ".join(notes), sources=sources)


def interval(low: Found, high: Found, digits: int, scale: float = 1) -> Cell:
    """`5.6–7.2`, or `−0.6 to 7.2`: an interval, times `scale`, with more digits if the limits need them."""
    if low.masked or high.masked:
        return empty(low if low.masked else high)
    digits = _digits(low, high, digits, scale)
    limits = [minus(half_up(limit.value * scale, digits)) or absence(limit) for limit in (low, high)]
    known = [
        limit.note for limit in (low, high) if not (limit.value != limit.value and said_by(absence(limit), limit.note))
    ]
    sources = from_row(limits[0], low) + from_row(limits[1], high)
    return Cell(limits_text(*limits), "; ".join(dict.fromkeys(filter(None, known))), sources=sources)


def _digits(low: Found, high: Found, digits: int, scale: float) -> int:
    return decimals(digits, low.value * scale, high.value * scale)
