"""How wide the columns of a table are in print, in millimetres, and whether it needs a landscape page.

Widths are those of 8 points, about; Word and the printed web page use the same.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from twoarm.tables.paper_table import Column, PaperTable

CELL_MM = 2.2  # of a cell without its text
LETTER_MM, NARROW_MM, FULL_MM = 1.6, 0.85, 2.9  # of a letter or digit, a narrow sign, a Chinese one, at 8 points
LEAST, MARK_ROOM = "<0.001", "m"  # texts as wide as the least column, and as a mark
BOLDER = 1.1  # a header's letters are wider
NARROW = frozenset(" .,:;|'!()[]-/ijlftI")
STUB_SHARE = 0.3  # of the table's width for the first column; more if there is room
POINTS = 8  # of type, which the widths are for
LEAST_STUB_MM = 38  # of the first column on a printed web page, as its style has it
STUB_MM = 95  # the first column's most, unless a label is longer
SHRINKS = 0.06  # a table wider than the page by this share of it fits, with a few cells on two lines


def is_wide(table: PaperTable, room: float) -> bool:
    """Whether a table of numbers is too wide for a portrait page with `room` mm for text of 8 points."""
    others, stub = _natural_widths(table)
    left = room - min(stub, room * STUB_SHARE)
    return not table.sentences and (sum(others) > left + SHRINKS * room or sum(_least_widths(table)) > left)


def type_size(table: PaperTable, room: float, usual: float) -> float:
    """The points of type at which a table fits in `room` mm, with numbers on one line each; at most the usual."""
    if table.sentences:
        return usual
    return min(usual, POINTS * (room - LEAST_STUB_MM) / sum(_natural_widths(table)[0]))


def parts(table: PaperTable, room: float) -> list[PaperTable]:
    """The table, or if the longest words of its columns are too wide for `room` mm: tables of columns that fit.

    Columns below the same spanner stay together.
    """
    left = room - min(_natural_widths(table)[1], room * STUB_SHARE)
    least = _least_widths(table)
    if table.sentences or sum(least) <= left:
        return [table]
    found: list[list[int]] = [[]]
    for _, places in groupby(range(len(least)), lambda place: table.columns[place].spanner or place):
        group = list(places)
        if found[-1] and sum(least[place] for place in found[-1] + group) > left:
            found.append([])
        found[-1] += group
    return [
        replace(
            table,
            columns=[table.columns[place] for place in part],
            rows=[row._replace(cells=[row.cells[place] for place in part]) for row in table.rows],
        )
        for part in found
    ]


def widths(table: PaperTable, room: float) -> list[float]:
    """The first column takes the width that is left of `room`; the others are as wide as their longest text.

    If there is too little room, they give of what they have beyond their longest word, so that no number breaks.
    """
    others, stub = _natural_widths(table)
    missing = sum(others) - (room - min(stub, room * STUB_SHARE))
    if missing > 0:
        spare = [width - least for width, least in zip(others, _least_widths(table), strict=True)]
        share = min(1, missing / max(1, sum(spare)))
        others = [width - own * share for width, own in zip(others, spare, strict=True)]
    return [min(room - sum(others), max(STUB_MM, stub)), *others]


def widths_of_sentences(table: PaperTable, room: float) -> list[float]:
    """Each column gets the width of its longest word; the rest of `room` is shared by the amount of text."""
    columns = [([row.label for row in table.rows], Column(table.stub)), *_columns(table)]
    least = [max(map(_width_of, " ".join([head.header, *column]).split())) for column, head in columns]
    held = [sum(map(len, column)) for column, _ in columns]
    rest = room - sum(least)
    return [width + rest * share / sum(held) for width, share in zip(least, held, strict=True)]


def _natural_widths(table: PaperTable) -> tuple[list[float], float]:
    """The widths of all columns but the first, with cells on one line each, and that of the first one."""
    others = [
        max([*map(_width_of, [LEAST, *column]), *(BOLDER * _on_two_lines(line) for line in head.header.split("\n"))])
        for column, head in _columns(table)
    ]
    return others, max(map(_width_of, [table.stub, *(row.label for row in table.rows)]))


def _least_widths(table: PaperTable) -> list[float]:
    """The widths of all columns but the first by their longest word."""
    found = []
    for column, head in _columns(table):
        cells, header = " ".join([LEAST, *column]).split(), head.header.split()
        found.append(max([*map(_width_of, cells), *(BOLDER * _width_of(word) for word in header)]))
    return found


def _on_two_lines(text: str) -> float:
    """The width for a header that may break once: that of half of it, or of its longest word."""
    return max(_width_of(text) / 2 + CELL_MM, *map(_width_of, text.split() or [""]))


def _width_of(text: str) -> float:
    """The width of a column for a text on one line, about, with margins."""
    return CELL_MM + sum(map(_letter_mm, text))


def _letter_mm(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return FULL_MM
    return NARROW_MM if letter in NARROW else LETTER_MM


def _columns(table: PaperTable) -> Iterator[tuple[list[str], Column]]:
    """The texts of each column but the first, with room for the marks of notes, and the column."""
    for place, column in enumerate(table.columns):
        cells = [row.cells[place] for row in table.rows]
        yield [cell.text + MARK_ROOM * bool(cell.note) for cell in cells], column
