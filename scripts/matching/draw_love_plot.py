"""Love plot: standardised mean differences of each variable between the arms, in each population, and variance ratios.

It only reads statistics. For a variable with several levels, the largest difference in each sample is shown; the sign,
which depends on the level, is left out (Ahmed et al., Eur Heart J 2006;27:1431-9; Austin, Stat Med 2009;28:3083). The
score differs most by far, so it does not set the scale: beyond the axis, its differences are arrows with numbers.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator

from twoarm.config.populations import ENROLLED, Population, adjusted
from twoarm.figures.fonts import wrap_mm
from twoarm.figures.palette import GREY, LEVEL_COLOURS
from twoarm.figures.writer import (
    NOTE_MM,
    PAGE_MM,
    TABLE_SIZE,
    add_note,
    is_narrow,
    legend_columns,
    new_figure,
    note_lines,
    save_both,
)
from twoarm.results.errors import log_to
from twoarm.results.rows import MASKED, read_statistics
from twoarm.results.statistics import statistics_table
from twoarm.results.wording import estimands_text
from twoarm.stats.imbalance import INFINITE, unbalanced
from twoarm.text.rounding import half_up

SCORE = "Logit of the propensity score"
BEYOND = ", beyond the limit"
LOOKS = [LEVEL_COLOURS[-1], *LEVEL_COLOURS[:-1]]  # of several adjusted populations: black first
SHAPES = ["o", "^", "s", "v", "D", "P", "X", "*"]
DENOMINATORS = {"treated": "treated arm's standard deviation", "pooled": "arms' pooled standard deviation"}
ROW_MM, LINE_MM, AROUND_MM, LEGEND_MM = 4, 2.9, 17, 4.2
LABEL_SHARE, LEGEND_SHARE, TICK_SIZE = 0.32, 0.84, 7  # of the width; points
DASHED = {"color": GREY, "linewidth": 0.7, "linestyle": (0, (3, 2)), "zorder": 1}
STRIPE, SPAN = "#F3F3F3", "#BDBDBD"


class Look(NamedTuple):
    """How a sample is drawn: colour of the edge, fill, marker; size in points, and place above (-) or below a row."""

    colour: str
    fill: str
    marker: str
    size: float
    offset: float

    def draw(self, axes: Axes, x: float, row: float, marker: str = "") -> None:
        """Draw a point; marker: instead of the sample's own."""
        axes.plot(x, row + self.offset, marker or self.marker, **self.style, clip_on=False, zorder=3)

    @property
    def style(self) -> dict:
        return {
            "markeredgecolor": self.colour,
            "markerfacecolor": self.fill,
            "markersize": self.size,
            "markeredgewidth": 0.7,
        }


def draw_love_plot(
    statistics: pd.DataFrame,
    populations: list[Population],
    labels: dict[str, str],
    limits: dict,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Return the plot: one row per variable, the score on top, then by the difference before matching.

    statistics: the tidy table of `balance`; populations: those of the study; labels: {variable: label} of the judged
    variables; limits: the config's.
    """
    shown = {**labels, "logit": SCORE}
    points, looks = largest_differences(statistics, populations, list(shown), limits), _looks(populations)
    rows = list(points["variable"].cat.categories)[::-1]  # from above
    ratios = _ratios(statistics, populations, rows)
    beside = bool(set(ratios["variable"]) - {"logit"})
    note = _note(statistics, populations, shown, limits, beside)
    narrow = is_narrow(width_mm)
    names = ["\n".join(wrap_mm(shown[name], LABEL_SHARE * width_mm, TICK_SIZE)) for name in rows]
    row_mm = max(_row_mm(len(populations)), LINE_MM * max((len(name.splitlines()) for name in names), default=1))
    legend = _legend_rows([name for name in looks if name in set(points["sample"])], width_mm)
    around = AROUND_MM + (LINE_MM if narrow else 0) + LEGEND_MM * len(legend)
    figure = new_figure(width_mm, around + row_mm * len(rows) + NOTE_MM * len(note_lines(note, width_mm)))
    panels = figure.subplots(1, 1 + beside, sharey=True, squeeze=False, width_ratios=[3, 1][: 1 + beside])[0]
    for axes in panels:
        _draw_rows(axes, rows, len(populations) > 2)
    panels[0].set_yticks(range(len(rows)), names)
    _draw_differences(panels[0], points, rows, looks, limits["smd"], len(populations) > 2)
    panels[0].set_xlabel(
        "Absolute standardised\nmean difference" if narrow else "Absolute standardised mean difference"
    )
    panels[0].xaxis.set_major_locator(MaxNLocator(4 if narrow else 7, steps=[1, 2, 5, 10]))
    if beside:
        _draw_ratios(panels[1], ratios, rows, looks, limits["variance_ratio"], narrow)
    _draw_legend(figure, panels[0], looks, legend)
    add_note(figure, note)
    return figure


def _row_mm(samples: int) -> float:
    """The height of a row: of more than two samples, each has a line of its own in it."""
    return ROW_MM if samples < 3 else max(ROW_MM, samples * _pitch_mm(samples) + 1)


def _pitch_mm(samples: int) -> float:
    return 1.5 if samples < 5 else 1.25


def _looks(populations: list[Population]) -> dict[str, Look]:
    """The look of each sample in the legend: all enrolled, then each adjusted population.

    A single adjusted population has another shape beyond the limit; several have a colour and a shape each, which can
    be told apart in grey too, and lie below each other in the order of the legend.
    """
    enrolled, *others = populations
    if len(others) < 2:
        looks = {enrolled.label: Look(GREY, "white", "o", 4.5, 0)}
        for population in others:
            looks[population.label] = Look("black", "black", "o", 4.5, 0)
            looks[population.label + BEYOND] = Look("black", "black", "D", 4, 0)
        return looks
    count = len(populations)
    step, size = _pitch_mm(count) / _row_mm(count), 4 if count < 5 else 3.4
    looks = {enrolled.label: Look(GREY, "white", "o", size, -step * (count - 1) / 2)}
    for place, population in enumerate(others, start=1):
        colour, marker = LOOKS[(place - 1) % len(LOOKS)], SHAPES[(place - 1) % len(SHAPES)]
        looks[population.label] = Look(colour, colour, marker, size, step * (place - (count - 1) / 2))
    return looks


def _draw_rows(axes: Axes, rows: list[str], striped: bool) -> None:
    """The rows from above, with a stripe or a line each; a line sets the score apart."""
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    for place in range(len(rows)):
        if striped and place % 2:
            axes.axhspan(place - 0.5, place + 0.5, color=STRIPE, linewidth=0, zorder=0)
        elif not striped:
            axes.axhline(place, color="#EEEEEE", linewidth=0.6, zorder=0)
    if rows[:1] == ["logit"]:
        axes.axhline(0.5, color="#9E9E9E", linewidth=0.5, zorder=0)


def _draw_differences(
    axes: Axes, points: pd.DataFrame, rows: list[str], looks: dict[str, Look], limit: float, several: bool
) -> None:
    """The differences of each row; those of the score that are beyond the axis as arrows, with their numbers.

    With one adjusted population, a line joins a row's points, and what is beyond the limit is labelled.
    """
    own = points[points["variable"] != "logit"]
    farthest = max(own["smd"].max() if len(own) else 0, 1.5 * limit)
    end = farthest * (1.04 if several else 1.12)
    axes.set_xlim(-0.015 * end, end)
    axes.axvline(limit, **DASHED)
    for variable, part in points.groupby("variable", observed=True):
        row, inside = rows.index(variable), part["smd"] <= end
        if not several:
            axes.plot([part["smd"].min(), min(part["smd"].max(), end)], [row, row], color=SPAN, linewidth=1.2, zorder=2)
        for point in part[inside].itertuples():
            looks[point.sample].draw(axes, point.smd, row)
        for point in part[~inside].itertuples():
            looks[point.sample].draw(axes, end, row, ">")
        text = _printed(part.loc[part["beyond"] & inside, "smd"]) if not several else ""
        if text:
            right = part.loc[inside, "smd"].max()
            _write(axes, text, right, row, "left")
        if not inside.all():
            _write(axes, ", ".join(half_up(smd, 2) for smd in part.loc[~inside, "smd"]), end, row, "right")


def _write(axes: Axes, text: str, x: float, row: float, side: str) -> None:
    """Write numbers beside a point. side: where the text begins, at the right (left) or at the left (right) of it."""
    shift = 4 if side == "left" else -4
    place = {"xytext": (shift, 0), "textcoords": "offset points", "ha": side, "va": "center"}
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.5} if side == "right" else None
    axes.annotate(text, (x, row), fontsize=TABLE_SIZE, zorder=4, bbox=ground, **place)


def _printed(differences: pd.Series) -> str:
    """The differences of a variable that are beyond the limit, from the smallest."""
    return ", ".join(half_up(smd, 3) for smd in sorted(differences))


def _draw_ratios(
    axes: Axes, ratios: pd.DataFrame, rows: list[str], looks: dict[str, Look], limits: Sequence[float], narrow: bool
) -> None:
    """The variance ratios of continuous variables on a log axis; an arrow if one is far beyond the limits.

    A narrow panel has no ticks at its ends.
    """
    low, high = limits[0] / 2 or 0.25, limits[1] * 2
    axes.set_xscale("log", base=2)
    axes.set_xlim(low / 1.1, high * 1.1)
    ticks = [2.0**power for power in range(math.ceil(math.log2(low)), math.floor(math.log2(high)) + 1)]
    ticks = ticks[1:-1] if narrow and len(ticks) > 3 else ticks
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("Variance\nratio" if narrow else "Variance ratio")
    axes.axvline(1, color=SPAN, linewidth=0.7, zorder=1)
    for limit in limits:
        if limit > 0:
            axes.axvline(limit, **DASHED)
    for ratio in ratios.itertuples():
        arrow = ">" if ratio.value > high else "<" if ratio.value < low else ""
        looks[ratio.sample].draw(axes, min(max(ratio.value, low), high), rows.index(ratio.variable), arrow)


def _draw_legend(figure: Figure, axes: Axes, looks: dict[str, Look], legend: list[list[str]]) -> None:
    """The samples above the plot, in rows."""
    by_column = [row[place] for place in range(len(legend[0])) for row in legend if place < len(row)] if legend else []
    handles = [axes.plot([], [], looks[name].marker, label=name, **looks[name].style)[0] for name in by_column]
    if handles:
        figure.legend(handles=handles, loc="outside upper left", ncols=len(legend[0]), frameon=False)


def _legend_rows(names: list[str], width_mm: float) -> list[list[str]]:
    """The names in rows that leave space for the watermark, the first row the longest."""
    across = legend_columns(names, LEGEND_SHARE * width_mm) if names else 0
    return [names[place : place + across] for place in range(0, len(names), across)] if names else []


def _note(
    statistics: pd.DataFrame, populations: list[Population], shown: dict[str, str], limits: dict, ratios: bool
) -> str:
    """What the figure shows, what it cannot show, and which variance ratios are beyond the limits."""
    labels = {name: label for name, label in shown.items() if name != "logit"}
    others = adjusted(populations)
    labelled = f"; larger differences {others[0].when} are labelled" if len(others) == 1 else ""
    note = f"Dashed: limit of {limits['smd']:g}{labelled}. "
    note += f"Denominator: the {DENOMINATORS[limits['denominator']]} {populations[0].when}. "
    note += "Variables with several levels: largest difference of any level. Arrows: beyond the axis. "
    note += "Within a row, from above: in the order of the legend. " if len(others) > 1 else ""
    low, high = limits["variance_ratio"]
    note += f"Variance ratios, of continuous variables: limits {low:g} and {high:g}. " if ratios else ""
    note += estimands_text(populations, weighted="")
    masked = statistics["note"].str.startswith(MASKED)
    for population in others:
        own = statistics[~masked & (statistics["population"] == population.name)]
        note += _ratios_text(own, population, labels, limits)
    for why, rows in (
        ("Not estimable", statistics[~masked]),
        ("Masked because of small numbers of patients", statistics[masked]),
    ):
        missing = [shown[name] for name in _unknown(rows, list(shown), limits)]
        note += f" {why}: {', '.join(missing)}." if missing else ""
    return note


def _ratios_text(rows: pd.DataFrame, population: Population, labels: dict[str, str], limits: dict) -> str:
    """The variables with a variance ratio beyond the limits in a population, and their ratios."""
    found = unbalanced(rows.to_dict("records"), labels, limits)
    said = [
        f"{labels[name]} ({half_up(row.value, 2) or 'infinite'})"
        for name, beyond in found.items()
        for row in beyond
        if row.statistic == "variance_ratio"
    ]
    low, high = limits["variance_ratio"]
    return f" Variance ratio outside {low:g} to {high:g} {population.when}: {', '.join(said)}." if said else ""


def _ratios(statistics: pd.DataFrame, populations: list[Population], names: list[str]) -> pd.DataFrame:
    """Return variable, sample (its label) and value of the variance ratios of some variables; infinite is a number."""
    rows = statistics[(statistics["statistic"] == "variance_ratio") & statistics["variable"].isin(names)]
    rows = rows.assign(value=rows["value"].mask(rows["note"] == INFINITE, math.inf)).dropna(subset="value")
    samples = {population.name: population.label for population in populations}
    return rows.assign(sample=rows["population"].map(samples))[["variable", "sample", "value"]]


def largest_differences(
    statistics: pd.DataFrame, populations: list[Population], names: list[str], limits: dict
) -> pd.DataFrame:
    """Return variable (Categorical, bottom row first), sample (as in the legend), smd (absolute) and beyond.

    beyond: whether the difference is larger than the limit in a population with comparable arms.
    """
    rows = _differences(statistics, names, limits).dropna(subset="smd")
    largest = rows.groupby(["variable", "population"], sort=False)["smd"].max().reset_index()
    after = largest["population"] != ENROLLED
    beyond = after & (largest["smd"] > limits["smd"])
    samples = largest["population"].map({population.name: population.label for population in populations})
    samples = samples.mask(beyond, samples + BEYOND) if len(populations) == 2 else samples
    before = largest[~after].set_index("variable")["smd"]
    # The score comes last, which is on top; ties keep the order of the config.
    known = [name for name in reversed(names) if name in set(largest["variable"])]
    order = sorted(known, key=lambda name: (name == "logit", before.get(name, 0.0)))
    return pd.DataFrame(
        {
            "variable": pd.Categorical(largest["variable"], categories=order),
            "sample": pd.Categorical(samples, categories=list(_looks(populations))).remove_unused_categories(),
            "smd": largest["smd"],
            "beyond": beyond,
        }
    )


def _differences(statistics: pd.DataFrame, names, limits: dict) -> pd.DataFrame:
    """The absolute differences of some variables, one row per level and population."""
    mine = (statistics["statistic"] == "smd") & (statistics["method"] == f"smd_{limits['denominator']}")
    rows = statistics[mine & statistics["variable"].isin(list(names))]
    return rows.assign(smd=rows["value"].abs())


def _unknown(statistics: pd.DataFrame, names: list[str], limits: dict) -> list[str]:
    """The variables with an empty difference."""
    rows = _differences(statistics, names, limits)
    return list(dict.fromkeys(rows.loc[rows["smd"].isna(), "variable"]))


if __name__ == "__main__":
    log_to(snakemake.log[0])
    table = statistics_table(read_statistics(snakemake.input.statistics))
    params = snakemake.params
    draw = partial(draw_love_plot, table, params.populations, params.labels, params.limits)
    save_both(draw, snakemake.output, params.watermark)
