"""A forest plot with its table: labels and counts on the left, hazard ratios on a log axis, their text on the right."""

import math
from dataclasses import dataclass, field

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullFormatter
from matplotlib.transforms import blended_transform_factory

from twoarm.figures.fonts import columns, wrap
from twoarm.figures.palette import GREY
from twoarm.figures.writer import NOTE_CHARACTERS, NOTE_MM, PAGE_MM, TABLE_SIZE, add_note, new_figure

FARTHEST = 16  # an interval beyond 1/16 or 16 ends in an arrow
TICK_MM = 8  # the width of a break's label
EDGE = 1.25  # the axis extends a little beyond its last break
CHARACTER_MM, BOLD, GAP_MM, LINE_MM, LABEL_CHARACTERS = 1.28, 1.12, 4, 2.9, 40
STRIPE = "#F3F3F3"
TOP_ROWS, MARK_ROWS = 2.1, 0.3  # the headers; space for the watermark above them if there is no legend

Interval = tuple[float, float, float]
Head = tuple[str, str]  # a column's header (a line break is kept) and its colour


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


def forest_figure(
    rows: list[ForestRow],
    left: list[Head],
    right: list[Head],
    series: list[Series],
    xlabel: str,
    sides: tuple[str, str],
    note: str,
) -> Figure:
    """Draw the rows from the top down.

    left, right: headers of the cells; sides: labels for left and right of 1; note: below the figure.
    """
    labels = [_label(row) for row in rows]
    row_mm = max(5.4 if len(series) > 1 else 4.6, LINE_MM * max(len(label.splitlines()) for label in labels))
    left_mm = [_width(labels), *(_width(cells, head) for head, cells in _by_column(left, rows, "left"))]
    right_mm = [_width(cells, head) for head, cells in _by_column(right, rows, "right")]
    top = TOP_ROWS + (0 if len(series) > 1 else MARK_ROWS)
    plot_mm = max(PAGE_MM - sum(left_mm) - sum(right_mm), 40)
    below = NOTE_MM * max(len(wrap(note, NOTE_CHARACTERS)) - 2, 0)  # two lines of the note have room anyway
    figure = new_figure(PAGE_MM, row_mm * (len(rows) + top - 0.5) + 22 + below + (5 if len(series) > 1 else 0))
    figure.get_layout_engine().set(h_pad=1 / 25.4, w_pad=0, wspace=0, hspace=0)
    tables = figure.subplots(1, 3, width_ratios=[sum(left_mm), plot_mm, sum(right_mm)])
    for axes in tables:
        axes.set_ylim(len(rows) - 0.5, -top)
    _draw_stripes(tables[0], len(rows))
    tables[1].patch.set_visible(False)  # the stripes show through it
    _write_cells(
        tables[0],
        left_mm,
        [("", "black"), *left],
        [[label, *row.left] for label, row in zip(labels, rows, strict=True)],
        [(0,) if row.heading else () for row in rows],
    )
    _write_cells(tables[2], right_mm, right, [row.right for row in rows], [row.bold for row in rows])
    _draw_intervals(tables[1], rows, series, sides, plot_mm)
    tables[1].set_xlabel(xlabel)
    if len(series) > 1:
        figure.legend(
            *tables[1].get_legend_handles_labels(), loc="outside upper center", ncols=len(series), frameon=False
        )
    add_note(figure, note)
    return figure


def axis_limit(estimates: list[Interval]) -> int:
    """The upper end of the axis (its lower end is the inverse): a power of 2 that includes all limits."""
    known = [abs(math.log2(number)) for estimate in estimates for number in estimate if number > 0]
    return min(2 ** math.ceil(max([1, *known])), FARTHEST)


def _draw_stripes(axes: Axes, rows: int) -> None:
    """Stripes and the line below the headers, over the whole width of the figure."""
    across = {"transform": blended_transform_factory(axes.figure.transFigure, axes.transData), "clip_on": False}
    for place in range(0, rows, 2):
        stripe = Rectangle((0, place - 0.5), 1, 1, color=STRIPE, linewidth=0, zorder=0, in_layout=False, **across)
        axes.add_patch(stripe)
    axes.plot([0, 1], [-0.5, -0.5], color="black", linewidth=0.8, zorder=2, in_layout=False, **across)


def _label(row: ForestRow) -> str:
    indent = "    " if row.indent else ""
    return "\n".join(indent + line for line in wrap(row.label, LABEL_CHARACTERS - len(indent))) or " "


def _by_column(heads: list[Head], rows: list[ForestRow], side: str):
    """Each column's header and its cells."""
    for place, (head, _) in enumerate(heads):
        yield head, [getattr(row, side)[place] for row in rows if getattr(row, side)]


def _width(cells: list[str], head: str = "") -> float:
    """The width in mm of the longest line of some cells, or of their bold header."""
    longest = max((columns(line) for cell in cells for line in cell.splitlines()), default=0)
    return GAP_MM + CHARACTER_MM * max([longest, *(BOLD * columns(line) for line in head.splitlines())])


def _write_cells(axes: Axes, widths: list[float], heads: list[Head], rows: list[list[str]], bold=()) -> None:
    """Write a table into an axes: a column without a header (the labels) to the left, others centred."""
    axes.set_xlim(0, sum(widths))
    axes.axis("off")
    for place, ((head, colour), width) in enumerate(zip(heads, widths, strict=True)):
        centre = sum(widths[:place]) + width / 2
        x, side = (centre, "center") if head else (1.5, "left")
        axes.text(centre, -1.25, head, ha="center", va="center", fontsize=TABLE_SIZE, weight="bold", color=colour)
        for y, cells in enumerate(rows):
            weight = "bold" if bold and place in bold[y] else "normal"
            axes.text(x, y, cells[place], ha=side, va="center", fontsize=TABLE_SIZE, weight=weight)


def axis_ticks(limit: int, width_mm: float) -> list[float]:
    """Powers of 2 up to the limit on both sides of 1, as close as their labels allow."""
    highest = int(math.log2(limit))
    step = 1
    while step < highest and (2 * (highest // step) + 1) * TICK_MM > width_mm:
        step += 1
    return [2.0 ** (power * step) for power in range(-(highest // step), highest // step + 1)]


def _draw_intervals(axes: Axes, rows: list[ForestRow], series: list[Series], sides: tuple[str, str], width_mm) -> None:
    """Draw every estimate with its interval, the series one above the other; an arrow if an interval goes on."""
    limit = axis_limit([estimate for row in rows for estimate in row.estimates])
    axes.set_xscale("log")
    axes.set_xlim(1 / limit / EDGE, limit * EDGE)
    ticks = axis_ticks(limit, width_mm)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks(axis_ticks(limit, math.inf), minor=True)  # every doubling, because minor ticks have no labels
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.plot([1, 1], [-0.5, len(rows) - 0.5], color=GREY, linewidth=0.7, zorder=1)
    for place, kind in enumerate(series):
        axes.plot([], [], kind.marker, color=kind.colour, markersize=4, label=kind.label, linewidth=1, linestyle="-")
        for y, row in enumerate(rows):
            if row.estimates:
                known = sum(not math.isnan(value) for value, *_ in row.estimates)
                offset = 0.36 * (place - (len(series) - 1) / 2) if known > 1 else 0
                size = row.sizes[place] if row.sizes else 4
                _draw_interval(axes, y + offset, row.estimates[place], kind, size, limit)
    middle = blended_transform_factory(axes.transAxes, axes.transData)
    for x, side, text in [(0.48, "right", f"← {sides[0]}"), (0.52, "left", f"{sides[1]} →")]:
        lines = "\n".join(wrap(text, 18))
        axes.text(x, -1.25, lines, ha=side, va="center", fontsize=TABLE_SIZE, transform=middle)


def _draw_interval(axes: Axes, y: float, estimate: Interval, kind: Series, size: float, limit: float) -> None:
    value, low, high = estimate
    if math.isnan(value):
        return
    ends = [max(low, 1 / limit) if low > 0 else 1 / limit, min(high, limit) if high > 0 else limit]
    axes.plot(ends, [y, y], color=kind.colour, linewidth=0.9, zorder=2)
    if 1 / limit <= value <= limit:
        axes.plot(value, y, kind.marker, color=kind.colour, markersize=size, zorder=3, markeredgewidth=0)
    for beyond, end, arrow in [(low < 1 / limit, 1 / limit, "<"), (high > limit, limit, ">")]:
        if beyond:
            axes.plot(end, y, arrow, color=kind.colour, markersize=3.5, markeredgewidth=0, clip_on=False, zorder=3)
