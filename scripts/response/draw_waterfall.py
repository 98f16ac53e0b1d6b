"""Waterfall plot: each patient's best change of the sum of target lesions, by arm, coloured by best response.

The line stands at the study's threshold of partial response by this criterion. There is none of progression, which is
judged from the smallest sum so far, from new and from non-target lesions: a bar's colour need not follow its height.
"""

import math
from functools import partial

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twoarm.config.populations import Population
from twoarm.config.response_criteria import CRITERIA
from twoarm.figures.change_axis import (
    BEYOND,
    DASHED,
    MARGIN,
    MOST_GROWTH,
    count_hidden,
    draw_threshold,
    is_beyond,
    mark_beyond,
    partial_response,
    set_limits,
)
from twoarm.figures.palette import arm_colours
from twoarm.figures.response_colours import HATCHED, RESPONSES, response_patch
from twoarm.figures.writer import (
    NOTE_MM,
    PAGE_MM,
    add_note,
    is_narrow,
    legend_columns,
    new_figure,
    note_lines,
    save_both,
    title_lines,
)
from twoarm.raw.parquet import read_parquet
from twoarm.results.errors import log_to
from twoarm.results.values import arm_values
from twoarm.results.wording import BARS_NOTE, arm_names, whom_text

PANEL_MM, AROUND_MM, LEGEND_MM = 58, 6, 4.5  # a panel; above and below all; a row of the legend
BESIDE_MM = 14  # the vertical axis


def waterfall_table(response: pd.DataFrame, patients: pd.DataFrame, criterion: str) -> pd.DataFrame:
    """Return arm, best_change (a fraction; NaN: no sum to compare) and best_response, from the largest growth down.

    response: patient_id, criterion, best_response, best_change. patients: patient_id and arm, those to be shown.
    """
    mine = response.loc[response["criterion"] == criterion, ["patient_id", "best_change", "best_response"]]
    order = {name: place for place, name in enumerate(RESPONSES)}
    bars = patients[["patient_id", "arm"]].merge(mine, on="patient_id", how="left", validate="1:1")
    bars = bars.drop(columns="patient_id").assign(place=bars["best_response"].map(order))
    bars = bars.sort_values(["arm", "best_change", "place"], ascending=[True, False, False], ignore_index=True)
    return bars.drop(columns="place").astype({"arm": str})


def draw_waterfall(
    bars: pd.DataFrame,
    criterion: str,
    threshold: float,
    arms: dict,
    population: Population,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Return the figure: one panel per arm, side by side or in a column one below the other.

    bars: as waterfall_table gives it; threshold: of partial response; population: the one that they are of.
    """
    rows, columns = (2, 1) if is_narrow(width_mm) else (1, 2)
    present = [name for name in RESPONSES if (bars["best_response"] == name).any()]
    handles = [response_patch(RESPONSES[name]) for name in present]
    beside = legend_columns([handle.get_label() for handle in handles], width_mm)
    note = _note(bars, criterion, population, arms)
    below = NOTE_MM * len(note_lines(note, width_mm)) + LEGEND_MM * math.ceil(len(handles) / beside)
    figure = new_figure(width_mm, AROUND_MM + rows * PANEL_MM + below)
    panels = figure.subplots(rows, columns, sharey=True)
    for axes, arm in zip(panels, arm_values(arms), strict=True):
        title = f"{arm_names(arms)[arm]} (n = {(bars['arm'] == arm).sum()})"
        axes.set_title(title_lines(title, width_mm / columns - BESIDE_MM), color=arm_colours(arms)[arm])
        _panel(axes, bars[bars["arm"] == arm], threshold)
        if axes is panels[0] or columns == 1:
            axes.set_ylabel("Best change of the\nsum of target lesions")
    set_limits(panels[0], bars["best_change"])
    if handles:
        figure.legend(handles=handles, loc="outside upper center", ncols=beside, frameon=False)
    add_note(figure, note)
    return figure


def _note(bars: pd.DataFrame, criterion: str, population: Population, arms: dict) -> str:
    text = (
        f"{whom_text(population, arms, weighted=BARS_NOTE)} Best response by {CRITERIA.get(criterion, criterion)}; one "
        f"bar per patient. {DASHED}: a colour need not follow its bar's height."
    )
    return f"{text} {BEYOND}" if is_beyond(bars["best_change"]) else text


def _panel(axes: Axes, bars: pd.DataFrame, threshold: float) -> None:
    drawn = bars.dropna(subset="best_change")
    looks = [RESPONSES[name] for name in drawn["best_response"]]
    places, changes, colours = range(len(drawn)), drawn["best_change"].tolist(), [look.colour for look in looks]
    heights = [min(change, MOST_GROWTH + MARGIN) for change in changes]
    shapes = axes.bar(places, heights, width=0.82, color=colours)
    for shape, look in zip(shapes, looks, strict=True):
        if look.hatch:
            shape.set(hatch=look.hatch, **HATCHED)
    drawn_at = list(zip(places, changes, colours, strict=True))
    still = [(place, tone) for place, change, tone in drawn_at if change == 0]
    axes.scatter([place for place, _ in still], [0] * len(still), s=4, color=[tone for _, tone in still], zorder=3)
    cut = [(place, tone) for place, change, tone in drawn_at if change > MOST_GROWTH]
    mark_beyond(axes, [place for place, _ in cut], [tone for _, tone in cut])
    axes.axhline(0, color="black", linewidth=0.6)
    axes.margins(x=0.01)
    draw_threshold(axes, threshold)
    count_hidden(axes, len(bars) - len(drawn), len(bars))
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)


if __name__ == "__main__":
    log_to(snakemake.log[0])
    criterion = snakemake.wildcards.criterion
    patients = read_parquet(snakemake.input.patients, columns=["patient_id", "arm"])
    bars = waterfall_table(read_parquet(snakemake.input.response), patients, criterion)
    threshold = partial_response(criterion, snakemake.params.threshold)
    draw = partial(draw_waterfall, bars, criterion, threshold, snakemake.params.arms, snakemake.params.population)
    save_both(draw, snakemake.output, snakemake.params.watermark)
