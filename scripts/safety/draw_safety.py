"""Adverse events by arm: the percentage of patients with each, and the difference of the arms with its 95% interval.

The terms are in the table's order, any adverse event last. The first range of grades of the protocol is light, the last
one dark (layout after Amit, Heiberger and Lane, Pharm Stat 2008;7:20-35).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import blended_transform_factory

from twoarm.config.populations import Population
from twoarm.figures.fonts import NO_BREAK, widest_mm, wrap_mm
from twoarm.figures.palette import GREY, arm_colours
from twoarm.figures.writer import (
    NOTE_MM,
    NOTE_SIZE,
    PAGE_MM,
    TABLE_SIZE,
    add_note,
    is_narrow,
    legend_columns,
    new_figure,
    note_lines,
    save_both,
)
from twoarm.raw.terms import ANY, NO_LABELS, printed_term
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Found, Values, arm_values, contrast_of
from twoarm.results.wording import arm_names, whom_text
from twoarm.tables.estimates import count_text, difference_text, minus, signs_in
from twoarm.text.rounding import half_up

MOST_TERMS, MOST_TEXTS = 30, 2  # rows; ranges of grades whose differences are printed as well
ROW_MM, LINE_MM, SMALL_MM, LEGEND_MM, AXIS_MM, HEAD_MM = 5, 2.9, 2.5, 4.5, 11, 3.6
SERIES_MM, GAP_MM, DIFFERENCES = 2.4, 3, 0.4  # a range of grades in a row; between columns; the part of the plots
MARKS = ["o", "D", "s", "^"]  # of differences, by range of grades
THIN = {"color": "black", "linewidth": 0.6}

Printed = list[tuple[int, str]]  # the ranges of grades whose differences share a column of text, with their places


@dataclass(frozen=True)
class Row:
    """A term: its label, {arm: its percentages}, {arm: its numbers as text}, and its differences, by grade."""

    label: str
    shares: dict[str, list[float]]
    counts: dict[str, str]
    differences: list[tuple[Found, Found, Found]]


def draw_safety(
    values: Values,
    population: Population,
    grades: list[str],
    version: str,
    arms: dict,
    labels: Mapping = NO_LABELS,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Return the figure for one population.

    values: the statistics of safety; population: the one that is shown; grades: labels of the ranges of grades, in
    order; version: of the grading; labels: of terms, in print. In a column there are no numbers beside the bars, and
    the differences of all ranges of grades share a column of text.
    """
    narrow = is_narrow(width_mm)
    terms, left_out = _terms(values, population.name, grades[0], arms)
    label_mm = (0.27 if narrow else 0.22) * width_mm
    rows = [_row(values, population.name, term, grades, arms, labels, label_mm) for term in terms]
    label_mm = widest_mm([row.label for row in rows], TABLE_SIZE) + GAP_MM
    printed = [] if len(grades) > MOST_TEXTS else [list(enumerate(grades))]
    printed = printed if narrow else [[grade] for grades in printed for grade in grades]
    texts_mm = [_text_mm(rows, column) for column in printed]
    plots_mm = width_mm - label_mm - sum(texts_mm) - 2 * GAP_MM
    widths = [label_mm, plots_mm * (1 - DIFFERENCES), GAP_MM, plots_mm * DIFFERENCES, GAP_MM + sum(texts_mm)]
    heads = _heads(values, population.name, arms, widths, [*zip(printed, texts_mm, strict=True)])
    note = _note(population, arms, grades, version, left_out, narrow)
    legend = math.ceil(len(grades) / legend_columns(grades, width_mm))
    lines = max((row.label.count("\n") + 1 for row in rows), default=1)
    stacked = max(map(len, printed), default=1)
    row_mm = max(ROW_MM, LINE_MM * lines + 1, SERIES_MM * len(grades) + 1, SMALL_MM * stacked + 2)
    top = max(text.count("\n") + 1 for text in heads.values()) * HEAD_MM / row_mm
    around = LEGEND_MM * legend + AXIS_MM + LINE_MM + NOTE_MM * (len(note_lines(note, width_mm)) + 1)
    figure = new_figure(width_mm, around + row_mm * (max(len(rows), 1) + top))
    figure.get_layout_engine().set(h_pad=1 / 25.4, w_pad=0, wspace=0, hspace=0)
    panels = figure.subplots(1, len(widths), width_ratios=widths)
    for axes in panels:
        axes.set_ylim(max(len(rows), 1) - 0.4, -0.6 - top)
    _write_labels(panels[0], rows)
    _draw_bars(panels[1], rows, grades, arms, 0 if narrow else plots_mm * (1 - DIFFERENCES))
    panels[2].axis("off")
    _draw_differences(panels[3], rows, grades, arm_names(arms), 4 if narrow else 6)
    _write_differences(panels[4], rows, printed, texts_mm, SMALL_MM / row_mm)
    for (place, x), text in heads.items():
        look = {"color": list(arm_colours(arms).values())[x > 0.5], "weight": "bold"} if place == 1 else {}
        across = blended_transform_factory(panels[place].transAxes, panels[place].transData)
        panels[place].text(x, -0.75, text, ha="center", va="bottom", fontsize=TABLE_SIZE, transform=across, **look)
    _draw_legend(figure, grades, width_mm)
    signs = signs_in(text.get_text() for text in panels[4].texts)
    add_note(figure, f"{note} {signs}".rstrip())
    return figure


def _terms(values: Values, population: str, grade: str, arms: dict) -> tuple[list[str], int]:
    """The terms in the table's order, any of them last, and how many others are less frequent."""
    found = dict.fromkeys(row.variable for row in values.rows(population=population, level=grade))
    terms = [term for term in found if term not in ("", ANY)]
    often = sorted(
        terms, key=lambda term: -sum(_percent(values, population, arm, term, grade) for arm in arm_values(arms))
    )[:MOST_TERMS]
    shown = [term for term in terms if term in often]
    return shown + [ANY] * (ANY in found), len(terms) - len(shown)


def _percent(values: Values, population: str, arm: str, term: str, grade: str) -> float:
    found = values.find("percent", population=population, group=arm, variable=term, level=grade).value
    return found if found == found else 0.0


def _row(
    values: Values, population: str, term: str, grades: list[str], arms: dict, labels: Mapping, label_mm: float
) -> Row:
    key = {"population": population, "variable": term}
    counts = {arm: [values.find("n", level=grade, group=arm, **key) for grade in grades] for arm in arm_values(arms)}
    estimate = ("difference", "ci_low", "ci_high")
    return Row(
        "\n".join(wrap_mm(printed_term(term, labels), label_mm, TABLE_SIZE)),
        {arm: [_percent(values, population, arm, term, grade) for grade in grades] for arm in arm_values(arms)},
        {arm: " / ".join(n.printed(count_text(n.value)) for n in found) for arm, found in counts.items()},
        [
            tuple(values.find(part, level=grade, group=contrast_of(arms), **key) for part in estimate)
            for grade in grades
        ],
    )


def _text_size(column: Printed) -> float:
    return TABLE_SIZE if len(column) == 1 else NOTE_SIZE


def _text_mm(rows: list[Row], column: Printed) -> float:
    """The width of a column of differences."""
    heads = ["\n".join(wrap_mm(grade, 20, TABLE_SIZE)) for _, grade in column]
    texts = [difference_text(row.differences[place]) for row in rows for place, _ in column]
    return max(widest_mm(texts, _text_size(column)), widest_mm(heads, TABLE_SIZE)) + GAP_MM


def _heads(
    values: Values, population: str, arms: dict, widths: list[float], printed: list[tuple[Printed, float]]
) -> dict:
    """The texts above the columns, by the place of their axes and how far across them."""
    heads = {}
    for side, (arm, name) in zip((0.25, 0.75), arm_names(arms).items(), strict=True):
        total = values.find("total", population=population, group=arm)
        text = f"{name} (n{NO_BREAK}={NO_BREAK}{total.printed(half_up(total.value, 0))})"
        heads[1, side] = "\n".join(wrap_mm(text, widths[1] / 2 - 1, TABLE_SIZE, bold=True)).replace(NO_BREAK, " ")
    heads[3, 0.5] = "\n".join(wrap_mm("Difference (95% CI)", widths[3], TABLE_SIZE))
    x = GAP_MM
    for column, width in printed:
        lines = [line for _, grade in column for line in wrap_mm(grade, width - 1, TABLE_SIZE)]
        heads[4, (x + width / 2) / widths[4]] = "\n".join(lines)
        x += width
    return heads


def _note(population: Population, arms: dict, grades: list[str], version: str, left_out: int, narrow: bool) -> str:
    names = " minus ".join(arm_names(arms).values())
    parts = [
        f"{whom_text(population, arms)} Each patient is counted at the worst grade ({version}).",
        "" if narrow else f"Beside the bars: numbers of patients, {' / '.join(grades)}.",
        f"Differences: {names}, in percentage points.",
        f"{left_out} less frequent terms are in the table." if left_out else "",
    ]
    return " ".join(filter(None, parts))


def _write_labels(axes: Axes, rows: list[Row]) -> None:
    axes.set_xlim(0, 1)
    axes.axis("off")
    for place, row in enumerate(rows):
        axes.text(0.02, place, row.label, va="center", fontsize=TABLE_SIZE)


def _draw_bars(axes: Axes, rows: list[Row], grades: list[str], arms: dict, room_mm: float) -> None:
    """The bars of each arm to its side of the middle, grades on top of each other; room_mm: 0 without numbers."""
    widest = max([10, *(max(shares) for row in rows for shares in row.shares.values())])
    numbers = widest_mm([text for row in rows for text in row.counts.values()], NOTE_SIZE) + 2 if room_mm else 0
    limit = widest * (room_mm / 2 / max(room_mm / 2 - numbers, room_mm / 6) if room_mm else 1.05)
    for side, (arm, colour) in zip((-1, 1), arm_colours(arms).items(), strict=True):
        for place, row in enumerate(rows):
            for depth, share in enumerate(row.shares[arm]):
                axes.barh(place, side * share, height=0.68, color=_tone(colour, depth, len(grades)))
            if room_mm:
                offset = {"xytext": (side * 2.5, 0), "textcoords": "offset points", "va": "center_baseline"}
                ha = "left" if side > 0 else "right"
                axes.annotate(
                    row.counts[arm], (side * max(row.shares[arm]), place), fontsize=NOTE_SIZE, ha=ha, **offset
                )
    axes.set(xlim=(-limit, limit), xlabel="Patients (%)", yticks=[])
    axes.xaxis.set_major_locator(MaxNLocator(4 if not room_mm else 8, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{abs(share):g}"))
    axes.plot([0, 0], [-0.6, len(rows) - 0.4], **THIN)
    axes.spines["left"].set_visible(False)


def _draw_differences(axes: Axes, rows: list[Row], grades: list[str], names: dict[str, str], breaks: int) -> None:
    """The differences with their intervals, grades below each other in a row."""
    known = [part.value for row in rows for found in row.differences for part in found if part.value == part.value]
    ends = min([-5, *known]), max([5, *known])
    margin = 0.03 * (ends[1] - ends[0])
    for place, row in enumerate(rows):
        for depth, (value, low, high) in enumerate(row.differences):
            if any(math.isnan(part.value) for part in (value, low, high)):
                continue
            y = place + 0.5 * (depth - (len(grades) - 1) / 2) / len(grades)
            tone = _tone("black", depth, len(grades))
            axes.plot([low.value, high.value], [y, y], color=tone, linewidth=0.8)
            axes.plot(value.value, y, **_mark(depth, tone))
    axes.plot([0, 0], [-0.6, len(rows) - 0.4], color=GREY, linewidth=0.7, zorder=0)
    axes.set(xlim=(ends[0] - margin, ends[1] + margin), xlabel="Percentage points", yticks=[])
    axes.xaxis.set_major_locator(MaxNLocator(breaks - 1, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: minus(f"{share:g}")))
    axes.spines["left"].set_visible(False)


def _write_differences(axes: Axes, rows: list[Row], printed: list[Printed], widths: list[float], line: float) -> None:
    """The differences as text; those of a column that ranges of grades share stand below each other, a line apart."""
    axes.set_xlim(0, GAP_MM + sum(widths))
    axes.axis("off")
    for place, (column, width) in enumerate(zip(printed, widths, strict=True)):
        x = GAP_MM + sum(widths[:place]) + width / 2
        for y, row in enumerate(rows):
            for depth, (grade, _) in enumerate(column):
                text, down = difference_text(row.differences[grade]), line * (depth - (len(column) - 1) / 2)
                axes.text(x, y + down, text, ha="center", va="center_baseline", fontsize=_text_size(column))


def _draw_legend(figure: Figure, grades: list[str], width_mm: float) -> None:
    """The tone of bars and the mark of differences of each range of grades."""
    handles = []
    for depth in range(len(grades)):
        line = Line2D([], [], linestyle="none", **_mark(depth, _tone("black", depth, len(grades))))
        handles.append((Patch(color=_tone(GREY, depth, len(grades))), line))
    figure.legend(
        handles,
        ["\n".join(wrap_mm(grade, width_mm - 15, TABLE_SIZE + 0.5)) for grade in grades],
        loc="outside upper center",
        ncols=legend_columns(grades, width_mm),
        frameon=False,
        handler_map={tuple: HandlerTuple(ndivide=None)},
    )


def _mark(depth: int, tone: tuple) -> dict:
    return {
        "marker": MARKS[depth % len(MARKS)],
        "markersize": 3.2,
        "markerfacecolor": "white" if depth == 0 else tone,
        "markeredgecolor": tone,
        "markeredgewidth": 0.7,
    }


def _tone(colour: str, depth: int, depths: int) -> tuple:
    """The colour, lighter for wider ranges of grades."""
    strength = 0.4 + 0.6 * depth / (depths - 1) if depths > 1 else 1
    return tuple(1 - strength * (1 - part) for part in to_rgb(colour))


if __name__ == "__main__":
    log_to(snakemake.log[0])
    draw = partial(
        draw_safety,
        values=Values(read_statistics(snakemake.input.statistics)),
        population=snakemake.params.population,
        grades=list(snakemake.params.safety["grades"]),
        version=snakemake.params.safety["version"],
        arms=snakemake.params.arms,
        labels=snakemake.params.safety["labels"],
    )
    save_both(draw, snakemake.output, snakemake.params.watermark)
