"""Kaplan-Meier panels: estimates above the curves, numbers at risk below them on the same time axis."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.text import Text

from twoarm.config.keys import between, contrast
from twoarm.figures.fonts import widest_mm, wrap_mm
from twoarm.figures.palette import CENSORED, GREY, LINES
from twoarm.figures.risk_table import (
    JAMA,
    LINE_MM,
    NUMBER_GAP_MM,
    STANDARD,
    Block,
    blocks_of,
    draw_numbers,
    label_mm,
    number_mm,
)
from twoarm.figures.time_axis import finer_breaks, time_breaks
from twoarm.figures.writer import (
    MATPLOTLIB_LOOK,
    PAGE_MM,
    TABLE_SIZE,
    add_note,
    is_narrow,
    keep_size,
    new_figure,
    note_lines,
)
from twoarm.results.curves import BANDS, KEY, Curve, Curves
from twoarm.results.values import Found, Values
from twoarm.tables.estimates import (
    MEDIAN_DIGITS,
    count_text,
    found_with_limits,
    logrank_text,
    median_text,
    ratio_text,
    signs_in,
)

WIDE_MM = 100  # a panel from here on is taller
CURVES_MM, TALL_MM, TABLE_MM = 54, 90, 86  # the curves with their labels; of a wide panel; the estimates at most
PAD_MM, SWATCH_MM, GAP_MM, BELOW_MM = (
    2.2,
    8.5,
    3,
    3,
)  # beside a panel; a group's line with its mark; between columns; below a panel
MARKS, MEDIANS = "Marks: censored.", "Dotted: medians."
NO_BANDS = "Bands (95% CI) are left out of panels with more than three curves."
MOST_BANDS = 3  # more bands cover each other and the curves
MOST_BREAKS, MOST_OF_WIDE = 8, 12
TOTALS = ("total", "events")
DOTTED = {"linewidth": 0.9, "linestyle": (0, (1, 1.4))}


@dataclass(frozen=True)
class Panel:
    """One set of curves with the text around it.

    title: above the panel, after its letter; outcome: the label of the vertical axis; colours: {group: colour}, in
    print order; names: {group: its printed name}; curves: {group: its curve}; medians: {group: its median and limits,
    as found}; totals: {group: its patients and events, as found}; comparisons: lines of text; groups_are: what
    the groups differ by, above their names, if the names alone do not say it.
    """

    title: str
    outcome: str
    colours: dict[str, str]
    names: dict[str, str]
    curves: dict[str, Curve]
    medians: dict[str, tuple[Found, Found, Found]]
    totals: dict[str, tuple[Found, Found]]
    comparisons: list[str]
    groups_are: str = ""

    @property
    def longest(self) -> float:
        """The longest follow-up of the patients in the figure."""
        ends = [curve.time[-1] for group, curve in self.curves.items() if group in self.colours]
        return float(max(ends, default=0)) or 1.0

    @property
    def reached(self) -> dict[str, float]:
        """{group: its median} where its curve goes down to the median; a masked curve may end before."""
        ends = {group: curve.time[-1] for group, curve in self.curves.items()}
        medians = {group: median.value for group, (median, *_) in self.medians.items()}
        return {group: median for group, median in medians.items() if median <= ends.get(group, 0)}


def panel_of(
    values: Values,
    curves: Curves,
    title: str,
    outcome: str,
    colours: dict,
    names: dict,
    groups_are: str = "",
    **key: str,
) -> Panel:
    """Gather a panel's numbers from the tidy table and the curves.

    colours, names: {group: its colour, its printed name}; key: population, stratum and variable (the endpoint), the
    slice that the panel shows.
    """
    return Panel(
        title=title,
        outcome=outcome,
        colours=colours,
        names=names,
        curves={group: curve for (*of, group), curve in curves.items() if of == [key[name] for name in KEY[:-1]]},
        medians={group: found_with_limits(values, "median", "kaplan_meier", group=group, **key) for group in colours},
        totals={group: tuple(values.find(name, group=group, **key) for name in TOTALS) for group in colours},
        comparisons=_comparisons(values, names, key),
        groups_are=groups_are,
    )


@dataclass(frozen=True)
class Look:
    """How a panel is drawn: width in mm, the study's time unit, style and rows below the curves (the config's)."""

    width_mm: float
    unit: str
    style: str = STANDARD
    rows: tuple[str, ...] = ()

    @property
    def inner_mm(self) -> float:
        """The width without the space beside the panel."""
        return self.width_mm - 2 * PAD_MM

    @property
    def curves_mm(self) -> float:
        """The height of the curves."""
        return CURVES_MM if self.width_mm < WIDE_MM else TALL_MM

    def blocks(self, panel: Panel) -> list[Block]:
        """The rows of numbers below a panel's curves."""
        label = 0.2 * self.width_mm if self.width_mm < WIDE_MM else 0.16 * self.width_mm
        return blocks_of(panel.names, panel.colours, panel.curves, self.style, list(self.rows), label)


def survival_figure(
    panels: list[Panel],
    unit: str,
    note: str,
    width_mm: float = PAGE_MM,
    same_time: bool = False,
    style: str = STANDARD,
    rows: Sequence[str] = (),
) -> Figure:
    """Draw the panels, lettered from A if there are several: two in a row, or one below the other in a column.

    unit: days, months or years; note: below the figure; same_time: one time axis for all panels; style, rows: the
    config's `figures.survival_style` and `survival_rows`.
    """
    columns = 1 if is_narrow(width_mm) else min(2, len(panels))
    lines = math.ceil(len(panels) / columns)
    look = Look(width_mm / columns, unit, style, tuple(rows))
    lettered = [replace(panel, title=_lettered(panel.title, place, len(panels))) for place, panel in enumerate(panels)]
    heights = _heights(lettered, look)
    printed_note = " ".join([note, *_marks(lettered, style)])
    below = LINE_MM * len(note_lines(printed_note, width_mm))
    figure = new_figure(width_mm, lines * sum(heights) + below)
    figure.get_layout_engine().set(h_pad=0.8 / 25.4, w_pad=PAD_MM / 25.4, hspace=0, wspace=0)
    cells = figure.subfigures(lines, columns, squeeze=False).ravel()
    for panel, cell in zip(lettered, cells, strict=False):
        longest = max(other.longest for other in panels) if same_time else panel.longest
        _draw_panel(cell, panel, look, longest, heights)
    signs = signs_in(text.get_text() for text in figure.findobj(Text))
    add_note(figure, f"{printed_note} {signs}".rstrip())
    return figure


def _lettered(title: str, place: int, panels: int) -> str:
    return f"{chr(ord('A') + place)}  {title}" if panels > 1 else title


def _marks(panels: list[Panel], style: str) -> list[str]:
    """What the marks of the curves mean."""
    reached = any(panel.reached for panel in panels)
    banded = {len(panel.colours) <= MOST_BANDS for panel in panels} if style != JAMA else set()
    return [BANDS] * (True in banded) + [NO_BANDS] * (False in banded) + [MARKS] + [MEDIANS] * reached


def _comparisons(values: Values, names: dict[str, str], key: dict) -> list[str]:
    """The hazard ratio of two groups, and the log-rank test of all groups: lines of text."""
    if len(names) < 2:
        return []
    compared = between(list(names))
    test = values.find("p_value", ("logrank",), group=compared, **key)
    lines = [logrank_text(test)]
    if len(names) == 2:
        ratio = ratio_text(found_with_limits(values, "hazard_ratio", "cox", group=compared, **key))
        lines.insert(0, f"Hazard ratio (95% CI), {contrast(*names.values())}: {ratio}")
    return lines


def _heights(panels: list[Panel], look: Look) -> list[float]:
    """Heights in mm of a panel's head, curves, numbers, and the space below it; the same for all panels."""
    estimates = max(_estimates(panel, look).lines for panel in panels)
    titles = max(len(_title_lines(panel.title, look)) for panel in panels)
    numbers = max(sum(block.lines for block in look.blocks(panel)) for panel in panels)
    return [LINE_MM * (1.3 * titles + 0.7 + estimates), look.curves_mm, LINE_MM * numbers, BELOW_MM]


def _title_lines(title: str, look: Look) -> list[str]:
    indent = "    " if title[1:3] == "  " else ""
    return wrap_mm(title, look.inner_mm, MATPLOTLIB_LOOK["axes.titlesize"], True, indent)


def _draw_panel(cell: SubFigure, panel: Panel, look: Look, longest: float, heights: list[float]) -> None:
    """Draw one panel: the estimates have its whole width, the two axes below share their left edge."""
    above, below, _ = cell.subfigures(3, 1, height_ratios=[heights[0], sum(heights[1:3]), heights[3]])
    estimates = above.add_subplot()
    estimates.set_title("\n".join(_title_lines(panel.title, look)))
    _draw_estimates(estimates, panel, look)
    curves, numbers = below.subplots(2, 1, height_ratios=heights[1:3])
    blocks = look.blocks(panel)
    axis_mm = look.inner_mm - label_mm(blocks) - 10
    most = MOST_BREAKS if look.width_mm < WIDE_MM else MOST_OF_WIDE
    breaks = min(most, int(axis_mm / (number_mm(panel.curves.values()) + NUMBER_GAP_MM)))
    _draw_curves(curves, panel, look, longest)
    curves.set_xticks(time_breaks(longest, look.unit, breaks))
    curves.set_xticks(finer_breaks(longest, look.unit, breaks), minor=True)
    draw_numbers(numbers, blocks, curves)


@dataclass(frozen=True)
class Estimates:
    """The table above the curves: what its names are, {group: its cells}, names, right edges, lines below."""

    title: list[str]
    heads: list[str]
    cells: dict[str, list[str]]
    names: dict[str, str]
    edges: list[float]
    comparisons: list[str]

    @property
    def lines(self) -> int:
        """The number of lines."""
        return (
            max(len(self.title), 1) + sum(name.count("\n") + 1 for name in self.names.values()) + len(self.comparisons)
        )


def _estimates(panel: Panel, look: Look) -> Estimates:
    """Each group's patients, events and median; the comparisons below them."""
    heads = ["Patients", "Events", f"Median, {look.unit} (95% CI)"]
    cells = {}
    for group in panel.colours:
        total, events = panel.totals[group]
        median = median_text(panel.medians[group], MEDIAN_DIGITS[look.unit]) if total.value else "no patients"
        cells[group] = [total.printed(count_text(total.value)), events.printed(count_text(events.value)), median]
    widths = [
        widest_mm([head, *(own[place] for own in cells.values())], TABLE_SIZE) for place, head in enumerate(heads)
    ]
    last = min(look.inner_mm, TABLE_MM) - 0.5
    edges = [last - sum(width + GAP_MM for width in widths[place + 1 :]) for place in range(len(heads))]
    left = edges[0] - widths[0] - GAP_MM
    title, room = wrap_mm(panel.groups_are, left, TABLE_SIZE), left - SWATCH_MM
    names = {group: "\n".join(wrap_mm(panel.names[group], room, TABLE_SIZE, True)) or group for group in panel.colours}
    inner = look.inner_mm - 1
    comparisons = [part for line in panel.comparisons for part in wrap_mm(line, inner, TABLE_SIZE)]
    return Estimates(title, heads, cells, names, edges, comparisons)


def _draw_estimates(axes: Axes, panel: Panel, look: Look) -> None:
    """Draw the table above the curves, whose first column shows each group's line and mark."""
    table = _estimates(panel, look)
    axes.set(xlim=(0, look.inner_mm), ylim=(table.lines, 0))
    axes.axis("off")
    line = max(len(table.title), 1)
    for place, text in enumerate(table.title):
        axes.text(0, place + 0.5, text, va="center", fontsize=TABLE_SIZE)
    for head, edge in zip(table.heads, table.edges, strict=True):
        axes.text(edge, line - 0.5, head, ha="right", va="center", fontsize=TABLE_SIZE, color=GREY)
    for place, (group, colour) in enumerate(panel.colours.items()):
        tall = table.names[group].count("\n") + 1
        y = line + tall / 2
        axes.plot([0, SWATCH_MM - 1], [y, y], **_line(place, colour))
        axes.plot((SWATCH_MM - 1) / 2, y, **_mark(place, colour))
        name = axes.text(SWATCH_MM, y, table.names[group], va="center", fontsize=TABLE_SIZE, color=colour)
        name.set_weight("bold")
        for edge, text in zip(table.edges, table.cells[group], strict=True):
            axes.text(edge, y, text, ha="right", va="center", fontsize=TABLE_SIZE)
        line += tall
    for place, text in enumerate(table.comparisons):
        axes.text(0, line + 0.5 + place, text, va="center", fontsize=TABLE_SIZE)
    keep_size(axes)


def _line(place: int, colour: str) -> dict:
    """The look of a group's curve."""
    return {"color": colour, "linewidth": 1.2, "linestyle": LINES[place % len(LINES)], "dash_capstyle": "butt"}


def _mark(place: int, colour: str) -> dict:
    """The look of a group's censored patients."""
    mark = CENSORED[place % len(CENSORED)]
    size = 4.5 if mark == "|" else 2.6
    return {
        "marker": mark,
        "linestyle": "none",
        "color": colour,
        "markerfacecolor": "white",
        "markersize": size,
        "markeredgewidth": 0.7,
    }


def _draw_curves(axes: Axes, panel: Panel, look: Look, longest: float) -> None:
    """Step curves with their bands (of few curves), marks for censored patients, and medians."""
    banded = look.style != JAMA and len(panel.colours) <= MOST_BANDS
    for place, (group, colour) in enumerate(panel.colours.items()):
        curve = panel.curves.get(group)
        if curve is None or not curve.at_risk[0] > 0:
            continue
        time, survival = curve.time, 100 * curve.survival
        if banded:
            # An interval applies until the next time; the one of the last time has no width.
            low, high = (100 * limit[: curve.banded] for limit in (curve.ci_low, curve.ci_high))
            axes.fill_between(time[1 : curve.banded + 1], low, high, step="pre", color=colour, alpha=0.14, lw=0)
        axes.step(time, survival, where="post", **_line(place, colour))
        censored = curve.censored > 0
        axes.plot(time[censored], survival[censored], **_mark(place, colour))
    if panel.reached:
        axes.plot([0, max(panel.reached.values())], [50, 50], color=GREY, **DOTTED)
    for group, median in panel.reached.items():
        axes.plot([median, median], [0, 50], color=panel.colours[group], **DOTTED)
    between = ", {}" if look.style == JAMA else " ({})"
    outcome = "\n".join(wrap_mm(panel.outcome + between.format("%"), look.curves_mm - 12, TABLE_SIZE + 0.5))
    axes.set(xlim=(0, longest * 1.02), ylim=(0, 102), xlabel="Time" + between.format(look.unit), ylabel=outcome)
    axes.set_yticks(range(0, 101, 25))
