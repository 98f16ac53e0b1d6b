"""Kaplan-Meier panels: estimates above the curves, numbers at risk below them on the same time axis."""

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.text import Text

from twoarm.config.keys import between, contrast
from twoarm.figures.fonts import wrap
from twoarm.figures.palette import GREY
from twoarm.figures.time_axis import time_breaks
from twoarm.figures.writer import PAGE_MM, TABLE_SIZE, add_note, new_figure
from twoarm.results.curves import KEY, Curve, Curves
from twoarm.results.values import HIDDEN, Found, Values
from twoarm.tables.estimates import MEDIAN_DIGITS, count_text, found_with_limits, median_text, ratio_text, signs_in
from twoarm.text.rounding import half_up, p_label

LINE_MM, CURVES_MM = 3.5, 68  # a line of a table; the curves with their labels
TITLE_CHARACTERS, LINE_CHARACTERS = 43, 62  # a wider text would narrow its panel
MARKS, MEDIANS = "Bands: 95% CI. Ticks: censored.", "Dashed: medians."
TOTALS = ("total", "events")
DASHED = {"linewidth": 0.7, "linestyle": (0, (3, 2))}


@dataclass(frozen=True)
class Panel:
    """One set of curves with the text around it.

    title: above the panel, after its letter; outcome: the label of the vertical axis; colours: {group: colour}, in
    print order; names: {group: its printed name}; curves: {group: its curve}; medians: {group: its median and limits,
    as found}; totals: {group: its patients and events, as found}; comparisons: lines of text.
    """

    title: str
    outcome: str
    colours: dict[str, str]
    names: dict[str, str]
    curves: dict[str, Curve]
    medians: dict[str, tuple[Found, Found, Found]]
    totals: dict[str, tuple[Found, Found]]
    comparisons: list[str]

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


def panel_of(values: Values, curves: Curves, title: str, outcome: str, colours: dict, names: dict, **key: str) -> Panel:
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
    )


def survival_figure(panels: list[Panel], unit: str, note: str, columns: int = 2, same_time: bool = False) -> Figure:
    """Draw the panels in rows of `columns`, lettered from A.

    unit: days, months or years; note: below the figure; same_time: one time axis for all panels.
    """
    columns = min(columns, len(panels))
    rows = math.ceil(len(panels) / columns)
    heights = _heights(panels)
    figure = new_figure(PAGE_MM if columns > 1 else PAGE_MM * 0.6, rows * sum(heights) + 9)
    figure.get_layout_engine().set(h_pad=0.8 / 25.4, w_pad=2.2 / 25.4, hspace=0, wspace=0)
    cells = figure.subfigures(rows, columns, squeeze=False).ravel()
    for place, (panel, cell) in enumerate(zip(panels, cells, strict=False)):
        longest = max(other.longest for other in panels) if same_time else panel.longest
        _draw_panel(cell, panel, f"{chr(ord('A') + place)}  {panel.title}", unit, longest, heights)
    printed = [text.get_text() for text in figure.findobj(Text)]
    marks = [MARKS, *([MEDIANS] if any(panel.reached for panel in panels) else []), signs_in(printed)]
    add_note(figure, " ".join([note, *filter(None, marks)]), characters=160 if columns > 1 else 90)
    return figure


def at_risk(curve: Curve | None, time: float) -> int:
    """How many patients were still observed just before a time: all but those who left earlier."""
    if curve is None:
        return 0
    earlier = curve.time < time
    return int(curve.at_risk[0] - curve.events[earlier].sum() - curve.censored[earlier].sum())


def weighted_at_risk(curve: Curve, time: float) -> str:
    """The sum of the weights of the patients who were still observed just before a time; `[c]` where it is masked."""
    later = curve.weighted_at_risk[curve.time >= time]
    number = later[0] if len(later) else 0.0
    return HIDDEN if np.isnan(number) else half_up(number, 1)


def is_masked(curve: Curve | None, time: float) -> bool:
    """Whether the number at risk at a time is masked: after the end of a curve whose last row has no at_risk."""
    if curve is None or not np.isnan(curve.at_risk[-1]):
        return False
    return bool(time > curve.time[-1] or curve.time[-1] == 0)


def _comparisons(values: Values, names: dict[str, str], key: dict) -> list[str]:
    """The hazard ratio of two groups, and the log-rank test of all groups: lines of text."""
    if len(names) < 2:
        return []
    compared = between(list(names))
    test = values.find("p_value", ("logrank",), group=compared, **key)
    lines = [f"Log-rank test: {test.printed(p_label(test.value))}"]
    if len(names) == 2:
        ratio = ratio_text(found_with_limits(values, "hazard_ratio", "cox", group=compared, **key))
        lines.insert(0, f"Hazard ratio (95% CI), {contrast(*names.values())}: {ratio}")
    return [part for line in lines for part in wrap(line, LINE_CHARACTERS)]


def _wrapped(name: str) -> str:
    return "\n".join(wrap(name, 16)) or name


def _lines(panels: list[Panel]) -> int:
    """The number of lines of the longest group name."""
    return max(len(_wrapped(name).splitlines()) for panel in panels for name in panel.names.values())


def _heights(panels: list[Panel]) -> list[float]:
    """Heights in mm of a panel's title and estimates, its curves, and its numbers at risk; the same for all panels."""
    groups = max(len(panel.colours) for panel in panels) * _lines(panels)
    comparisons = max(len(panel.comparisons) for panel in panels)
    titles = max(len(wrap(panel.title, TITLE_CHARACTERS)) for panel in panels)
    return [LINE_MM * (1.3 * titles + 1.7 + groups + comparisons), CURVES_MM, LINE_MM * (1 + groups)]


def _draw_panel(cell: SubFigure, panel: Panel, title: str, unit: str, longest: float, heights: list[float]) -> None:
    """Draw one panel: the estimates have its whole width, the two axes below share their left edge."""
    above, below = cell.subfigures(2, 1, height_ratios=[heights[0], sum(heights[1:])])
    estimates = above.add_subplot()
    estimates.set_title("\n".join(wrap(title, TITLE_CHARACTERS + len("A  "), subsequent_indent="    ")))
    _draw_estimates(estimates, panel, unit)
    curves, numbers = below.subplots(2, 1, height_ratios=heights[1:])
    _draw_curves(curves, panel, unit, longest)
    _draw_at_risk(numbers, panel, curves)


def _draw_estimates(axes: Axes, panel: Panel, unit: str) -> None:
    """A small table: each group's line, name, patients, events and median; the comparisons below it."""
    tall = _lines([panel])
    axes.set(xlim=(0, 1), ylim=(1 + tall * len(panel.colours) + len(panel.comparisons), 0))
    axes.axis("off")
    edges = {"Patients": 0.5, "Events": 0.62, f"Median, {unit} (95% CI)": 1.0}
    for title, edge in edges.items():
        axes.text(edge, 0.5, title, ha="right", va="center", fontsize=TABLE_SIZE, color=GREY)
    for place, (group, colour) in enumerate(panel.colours.items()):
        y = 1 + tall * (place + 0.5)
        axes.plot([0, 0.05], [y, y], color=colour, linewidth=1.4, solid_capstyle="butt")
        axes.text(0.07, y, _wrapped(panel.names[group]), va="center", fontsize=TABLE_SIZE, color=colour, weight="bold")
        total, events = panel.totals[group]
        median = median_text(panel.medians[group], MEDIAN_DIGITS[unit]) if total.value else "no patients"
        texts = [
            total.printed(count_text(total.value)),
            events.printed(count_text(events.value)),
            median,
        ]
        for edge, text in zip(edges.values(), texts, strict=True):
            axes.text(edge, y, text, ha="right", va="center", fontsize=TABLE_SIZE)
    for place, line in enumerate(panel.comparisons):
        axes.text(0, 1.5 + tall * len(panel.colours) + place, line, va="center", fontsize=TABLE_SIZE)


def _draw_curves(axes: Axes, panel: Panel, unit: str, longest: float) -> None:
    """Step curves with their bands, ticks for censored patients, and medians."""
    for group, colour in panel.colours.items():
        curve = panel.curves.get(group)
        if curve is None or not curve.at_risk[0] > 0:
            continue
        time, survival = curve.time, 100 * curve.survival
        # An interval applies until the next time; the one of the last time has no width.
        low, high = 100 * curve.ci_low[:-1], 100 * curve.ci_high[:-1]
        axes.fill_between(time[1:], low, high, step="pre", color=colour, alpha=0.14, lw=0)
        axes.step(time, survival, where="post", color=colour, linewidth=1.2)
        censored = curve.censored > 0
        axes.plot(time[censored], survival[censored], "|", color=colour, markersize=4.5, markeredgewidth=0.8)
    if panel.reached:
        axes.plot([0, max(panel.reached.values())], [50, 50], color=GREY, **DASHED)
    for group, median in panel.reached.items():
        axes.plot([median, median], [0, 50], color=panel.colours[group], **DASHED)
    axes.set(xlim=(0, longest * 1.02), ylim=(0, 102), xlabel=f"Time ({unit})", ylabel=f"{panel.outcome} (%)")
    axes.set_xticks(time_breaks(longest, unit))
    axes.set_yticks(range(0, 101, 25))


def _draw_at_risk(axes: Axes, panel: Panel, curves_axes: Axes) -> None:
    """The numbers at risk at the breaks of the time axis, each group in its colour."""
    tall = _lines([panel])
    rows = {group: 1 + tall * (place + 0.5) for place, group in enumerate(panel.colours)}
    axes.set(xlim=curves_axes.get_xlim(), ylim=(1 + tall * len(rows), 0))
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks(
        list(rows.values()), [_wrapped(panel.names[group]) for group in rows], weight="bold", fontsize=TABLE_SIZE
    )
    weighted = {group for group, curve in panel.curves.items() if curve.weighted}
    numbers = [number for curve in panel.curves.values() for number in curve.weighted_at_risk]
    digits = len(f"{np.fmax.reduce(numbers):.{1 if weighted else 0}f}") if numbers else 1
    axes.tick_params(length=0, pad=3 + 2.1 * digits)  # clear of the first number, which is centred on time 0
    for label, colour in zip(axes.get_yticklabels(), panel.colours.values(), strict=True):
        label.set(color=colour, va="center")
    head = "Number at risk, weighted" if weighted else "Number at risk"
    axes.text(0, 0.5, head, va="center", fontsize=TABLE_SIZE, color=GREY)
    for group, y in rows.items():
        curve = panel.curves.get(group)
        for time in curves_axes.get_xticks():
            number = HIDDEN if is_masked(curve, time) else at_risk(curve, time)
            number = weighted_at_risk(curve, time) if group in weighted and number != HIDDEN else number
            axes.text(time, y, number, ha="center", va="center", fontsize=TABLE_SIZE)
