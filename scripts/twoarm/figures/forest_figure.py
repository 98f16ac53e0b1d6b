"""A forest plot with its table: labels and counts on the left, hazard ratios on a log axis, their text on the right.

In a journal's column, cells of several arms or models stand below each other, so that their type need not be smaller.
"""

import math
import re
from dataclasses import dataclass, field
from itertools import zip_longest

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.transforms import blended_transform_factory

from twoarm.figures.fonts import DRAWN_WIDER, NO_BREAK, text_mm, widest_mm, wrap_mm
from twoarm.figures.forest_axis import Interval, Limits, axis_limits, draw_axis, draw_interval, place_of_one
from twoarm.figures.palette import GREY
from twoarm.figures.writer import (
    NOTE_MM,
    PAGE_MM,
    TABLE_SIZE,
    add_note,
    is_narrow,
    keep_size,
    legend_columns,
    new_figure,
    note_lines,
)

GAP_MM, LINE_MM = 3, 2.7  # between columns; a line of text
ROW_MM, PAD_MM = 4.4, 1.7  # a row of one line; the space in a taller one
HEAD_MM, NARROW_HEAD_MM = 26, 15  # a line of a header at most, on a page and in a column
PLOT_MM = {False: 32, True: 22}  # the plot in a column; if a row has several estimates, whose labels are longer
LABEL_MM, INDENT = 52, "    "  # the labels at most, on a page
LEAST_MM, WORD_MM = 18, 24  # plot and labels at least; a long word in the labels, which is then not broken
AXIS_MM, LEGEND_MM = 9, 4.5
STRIPE = "#F3F3F3"

Head = tuple[str, str]  # a column's header (a line break is kept) and its colour
Line = tuple[str, str, bool]  # one of the texts in a cell: its colour, and whether it is bold


@dataclass(frozen=True)
class Series:
    """One kind of estimate: its label, colour and marker."""

    label: str
    colour: str
    marker: str


@dataclass(frozen=True)
class ForestRow:
    """One row: its label, the cells left and right of the plot, and one estimate (value, low, high) per series.

    sizes: marker sizes in points (one per series); heading: printed bold; indent: a level of the heading above;
    bold: which cells on the right are bold.
    """

    label: str
    left: list[str] = field(default_factory=list)
    right: list[str] = field(default_factory=list)
    estimates: list[Interval] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    heading: bool = False
    indent: bool = False
    bold: tuple[int, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of the table: the lines of its header, and of each row's cell, from above."""

    head: list[Head]
    cells: list[list[Line]]

    @property
    def width_mm(self) -> float:
        """The width of the longest line, with the space beside it."""
        bold = [text for cell in self.cells for text, _, heavy in cell if heavy] + [text for text, _ in self.head]
        plain = [text for cell in self.cells for text, *_ in cell]
        return GAP_MM + max(widest_mm(plain, TABLE_SIZE), widest_mm(bold, TABLE_SIZE, bold=True))

    @property
    def lines(self) -> int:
        """The lines of the tallest cell."""
        return max((len(cell) for cell in self.cells), default=1)


def forest_figure(
    rows: list[ForestRow],
    left: list[Head],
    right: list[Head],
    series: list[Series],
    xlabel: str,
    sides: tuple[str, str],
    note: str,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Draw the rows from the top down.

    left, right: headers of the cells, those on the right as many for each series; sides: labels for left and right of
    1; note: below the figure.
    """
    narrow, several = is_narrow(width_mm), len(series) > 1
    head_mm = NARROW_HEAD_MM if narrow else HEAD_MM
    before = _columns(rows, left, "left", len(left) if narrow else 1, head_mm)
    after = _columns(rows, right, "right", len(series) if narrow else 1, head_mm)
    cells_mm = sum(column.width_mm for column in [*before, *after])
    label_mm = max(width_mm - cells_mm - PLOT_MM[several] - GAP_MM, _longest_word(rows)) if narrow else LABEL_MM
    before = [_labels(rows, label_mm), *before]
    widths = [sum(column.width_mm for column in columns) for columns in (before, after)]
    plot_mm = max(width_mm - sum(widths), LEAST_MM)
    limits = axis_limits([estimate for row in rows for estimate in row.estimates], plot_mm)
    favours = _favours(sides, plot_mm, place_of_one(limits))
    row_mm = max(ROW_MM + several, LINE_MM * max(column.lines for column in [*before, *after]) + PAD_MM)
    head_mm = LINE_MM * max(len(favours), *(len(column.head) for column in [*before, *after])) + PAD_MM
    label = "\n".join(wrap_mm(xlabel, plot_mm, TABLE_SIZE))
    beside = legend_columns([kind.label for kind in series], width_mm)
    around = AXIS_MM + LINE_MM * (label.count("\n") + 1) + LEGEND_MM * math.ceil(len(series) / beside) * several
    note_mm = NOTE_MM * (len(note_lines(note, width_mm)) + 1)
    figure = new_figure(width_mm, around + row_mm * len(rows) + head_mm + note_mm)
    figure.get_layout_engine().set(h_pad=0.8 / 25.4, w_pad=0, wspace=0, hspace=0)
    tables = figure.subplots(1, 3, width_ratios=[widths[0], plot_mm, widths[1]])
    for axes in tables:
        axes.set_ylim(len(rows) - 0.5, -0.5 - head_mm / row_mm)
    _draw_stripes(tables[0], len(rows))
    tables[1].patch.set_visible(False)  # the stripes show through it
    _write_columns(tables[0], before, row_mm)
    _write_columns(tables[2], after, row_mm)
    _draw_plot(tables[1], rows, series, limits)
    across = blended_transform_factory(tables[1].transAxes, tables[1].transData)
    for line, texts in enumerate(reversed(favours)):
        for x, side, text in texts:
            y = -0.5 - (LINE_MM * (line + 0.5) + PAD_MM / 2) / row_mm
            tables[1].text(
                x, y, text.replace(NO_BREAK, " "), ha=side, va="center", fontsize=TABLE_SIZE, transform=across
            )
    keep_size(tables[1])
    tables[1].set_xlabel(label, fontsize=TABLE_SIZE)
    if several:
        handles = tables[1].get_legend_handles_labels()
        figure.legend(*handles, loc="outside upper center", ncols=beside, frameon=False)
    add_note(figure, note)
    return figure


def _columns(rows: list[ForestRow], heads: list[Head], side: str, stacked: int, head_mm: float) -> list[Column]:
    """The columns on a side of the plot; `stacked` cells, of as many arms or models, share one.

    head_mm: the width of a header's lines at most, so that long names of arms leave space for the plot.
    """
    count = len(heads) // max(stacked, 1)
    columns = []
    for place in range(count):
        own = [place + count * part for part in range(stacked)]
        cells = [
            [
                (text, _colour(heads, part, stacked), side == "right" and part in row.bold)
                for part in own
                for text in (getattr(row, side)[part].splitlines() if getattr(row, side) else [])
            ]
            for row in rows
        ]
        columns.append(Column(_head([heads[part] for part in own], head_mm), cells))
    return columns


def _colour(heads: list[Head], place: int, stacked: int) -> str:
    """Cells that share a column have the colours of their headers, by which a reader knows them."""
    return heads[place][1] if stacked > 1 else "black"


def _head(heads: list[Head], width_mm: float) -> list[Head]:
    """The lines of a column's header: of a shared one, what its parts are called, then what they have in common."""
    shared = len(heads) > 1
    lines = [(line, colour) for text, colour in heads for line in text.splitlines()[: -1 if shared else None]]
    broken = [(part, colour) for line, colour in lines for part in wrap_mm(line, width_mm, TABLE_SIZE, bold=True)]
    return broken + [(part, "black") for part in re.findall(r"[^/]+/?", heads[0][0].splitlines()[-1])] * shared


def _longest_word(rows: list[ForestRow]) -> float:
    """The least width of the labels in a column: no usual word is broken."""
    words = [word for row in rows for word in row.label.split()]
    return min(max(DRAWN_WIDER * widest_mm(words, TABLE_SIZE, bold=True) + 0.1, LEAST_MM), WORD_MM)


def _labels(rows: list[ForestRow], width_mm: float) -> Column:
    """The column of labels, which have no header."""
    cells = []
    for row in rows:
        indent = INDENT if row.indent else ""
        room = width_mm - text_mm(indent, TABLE_SIZE)
        lines = wrap_mm(row.label, room, TABLE_SIZE, row.heading)
        cells.append([(indent + line, "black", row.heading) for line in lines])
    return Column([], cells)


def _favours(sides: tuple[str, str], plot_mm: float, one: float) -> list[list[tuple[float, str, str]]]:
    """Lines above the plot, each of texts with their place and side: each text over its own side of 1.

    one: the place of 1 across the plot. Texts with a word that is too wide for that stand one below the other.
    """
    ends = [(0.0, "left", f"←{NO_BREAK}{sides[0]}", one), (1.0, "right", f"{sides[1]}{NO_BREAK}→", 1 - one)]
    if any(widest_mm(text.split(" "), TABLE_SIZE) > share * plot_mm for *_, text, share in ends):
        return [[(x, side, line)] for x, side, text, _ in ends for line in wrap_mm(text, plot_mm, TABLE_SIZE)]
    blocks = [[(x, side, line) for line in wrap_mm(text, share * plot_mm, TABLE_SIZE)] for x, side, text, share in ends]
    lines = zip_longest(*(reversed(block) for block in blocks))
    return [[text for text in line if text] for line in lines][::-1]


def _draw_stripes(axes: Axes, rows: int) -> None:
    """Stripes and the line below the headers, over the whole width of the figure."""
    across = {"transform": blended_transform_factory(axes.figure.transFigure, axes.transData), "clip_on": False}
    for place in range(0, rows, 2):
        stripe = Rectangle((0, place - 0.5), 1, 1, color=STRIPE, linewidth=0, zorder=0, in_layout=False, **across)
        axes.add_patch(stripe)
    axes.plot([0, 1], [-0.5, -0.5], color="black", linewidth=0.8, zorder=2, in_layout=False, **across)


def _write_columns(axes: Axes, columns: list[Column], row_mm: float) -> None:
    """Write columns into an axes: one without a header (the labels) to the left, others centred."""
    axes.set_xlim(0, sum(column.width_mm for column in columns))
    axes.axis("off")
    left = 0.0
    for column in columns:
        x, side = (left + column.width_mm / 2, "center") if column.head else (left + 1, "left")
        for line, (text, colour) in enumerate(reversed(column.head)):
            y = -0.5 - (LINE_MM * (line + 0.5) + PAD_MM / 2) / row_mm
            axes.text(x, y, text, ha="center", va="center", fontsize=TABLE_SIZE, weight="bold", color=colour)
        for place, cell in enumerate(column.cells):
            for line, (text, colour, bold) in enumerate(cell):
                y = place + LINE_MM * (line - (len(cell) - 1) / 2) / row_mm
                look = {"weight": "bold" if bold else "normal", "color": colour, "fontsize": TABLE_SIZE}
                axes.text(x, y, text, ha=side, va="center", **look)
        left += column.width_mm
    keep_size(axes)


def _draw_plot(axes: Axes, rows: list[ForestRow], series: list[Series], limits: Limits) -> None:
    """Draw every estimate with its interval, the series one above the other; an arrow if an interval goes on."""
    draw_axis(axes, limits)
    axes.plot([1, 1], [-0.5, len(rows) - 0.5], color=GREY, linewidth=0.7, zorder=1)
    for place, kind in enumerate(series):
        fill = "white" if place < len(series) - 1 else kind.colour  # told apart without colour
        look = {"color": kind.colour, "markerfacecolor": fill, "markeredgewidth": 0.8, "linewidth": 0.9}
        axes.plot([], [], kind.marker, markersize=4, label=kind.label, linestyle="-", **look)
        for y, row in enumerate(rows):
            if row.estimates:
                known = sum(not math.isnan(value) for value, *_ in row.estimates)
                offset = 0.36 * (place - (len(series) - 1) / 2) if known > 1 else 0
                size = row.sizes[place] if row.sizes else 4
                draw_interval(axes, y + offset, row.estimates[place], kind.marker, size, look, limits)
