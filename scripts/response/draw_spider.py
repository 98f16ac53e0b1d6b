"""Spider plot: each patient's change of the sum of target lesions from baseline over time, by arm.

A line begins at treatment start and has the visits that count for the best response: up to the first progression and
before new therapy, so its lowest point is the patient's bar in the waterfall plot. A visit without a sum is left out.
Colour and end mark tell the best response; the mark is filled where the last visit is a progression.
"""

import math
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke

from twoarm.config.expressions import DAYS
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
from twoarm.figures.response_colours import RESPONSES, Look
from twoarm.figures.time_axis import time_breaks
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
from twoarm.response.best_response import counted_visits
from twoarm.results.errors import log_to
from twoarm.results.values import arm_values
from twoarm.results.wording import BARS_NOTE, arm_names, whom_text

PANEL_MM, AROUND_MM, LEGEND_MM = 66, 6, 4.5  # a panel; above and below all; a row of the legend
BESIDE_MM, BREAK_MM = 14, 7  # the vertical axis; the width of a break's label
EDGE = "#444444"  # of marks and of pale lines
VISIT = ["visit_date", "day", "overall", "sum_mm", "baseline_mm"]
LINE = ["arm", "best_response", "times", "changes", "progressed"]


def spider_table(
    visits: pd.DataFrame,
    responses: pd.DataFrame,
    patients: pd.DataFrame,
    unit: str,
    new_therapy: pd.Series | None = None,
) -> pd.DataFrame:
    """Return a row per patient: arm, best_response, times (in `unit`) and changes (fractions), progressed.

    visits: patient_id, visit_date, day, overall, sum_mm and baseline_mm, of one criterion, the verdicts that count;
    responses: patient_id and best_response by it; patients: patient_id and arm, those to be shown; new_therapy: its
    date by patient_id (NaT if none). times and changes begin with 0 at the start, and are empty without a sum to
    compare; progressed: whether the last of them is the first progression.
    """
    best = responses.set_index("patient_id")["best_response"]
    therapy = {} if new_therapy is None else new_therapy.dropna().to_dict()
    by_patient = {
        patient: list(own[VISIT].itertuples(index=False, name=None))
        for patient, own in visits.sort_values("visit_date").groupby("patient_id")
    }
    rows = []
    for patient, arm in zip(patients["patient_id"], patients["arm"].astype(str), strict=True):
        counted = counted_visits(by_patient.get(patient, []), therapy.get(patient))
        known = [
            (day / DAYS[unit], (total - baseline) / baseline, overall)
            for _, day, overall, total, baseline in counted
            if total == total and baseline > 0
        ]
        times, changes, verdicts = zip((0.0, 0.0, ""), *known, strict=True) if known else ((), (), ("",))
        rows.append((arm, best.get(patient), times, changes, verdicts[-1] == "PD"))
    order = {name: place for place, name in enumerate(RESPONSES)}
    rows.sort(key=lambda row: (row[0], -order.get(row[1], -1), row[2], row[3]))  # the best drawn last, above the others
    return pd.DataFrame(rows, columns=LINE)


def draw_spider(
    lines: pd.DataFrame,
    criterion: str,
    threshold: float,
    arms: dict,
    unit: str,
    population: Population,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Return the figure: one panel per arm, side by side or in a column one below the other.

    lines: as spider_table gives it; threshold: of partial response; unit: the study's time unit;
    population: the one that they are of.
    """
    rows, columns = (2, 1) if is_narrow(width_mm) else (1, 2)
    drawn = lines[lines["times"].map(len) > 0]
    handles = [_handle(look) for name, look in RESPONSES.items() if (drawn["best_response"] == name).any()]
    beside = legend_columns([handle.get_label() for handle in handles], width_mm)
    every = [change for changes in drawn["changes"] for change in changes]
    note = _note(criterion, population, arms, is_beyond(every))
    below = NOTE_MM * len(note_lines(note, width_mm)) + LEGEND_MM * math.ceil(len(handles) / beside)
    figure = new_figure(width_mm, AROUND_MM + rows * PANEL_MM + below)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True)
    longest = max((times[-1] for times in drawn["times"]), default=1.0)
    for axes, arm in zip(panels, arm_values(arms), strict=True):
        own = lines[lines["arm"] == arm]
        title = title_lines(f"{arm_names(arms)[arm]} (n = {len(own)})", width_mm / columns - BESIDE_MM)
        axes.set_title(title, color=arm_colours(arms)[arm])
        _draw_panel(axes, own, threshold)
        if axes is panels[0] or columns == 1:
            axes.set_ylabel("Change of the sum of\ntarget lesions from baseline")
        if axes is panels[-1] or rows == 1:
            axes.set_xlabel(f"Time from treatment start ({unit})")
    panels[0].set_xlim(0, longest * 1.03)
    panels[0].set_xticks(time_breaks(longest, unit, min(8, int((width_mm / columns - BESIDE_MM) / BREAK_MM))))
    set_limits(panels[0], every)
    if handles:
        figure.legend(handles=handles, loc="outside upper center", ncols=beside, frameon=False)
    add_note(figure, note)
    return figure


def _note(criterion: str, population: Population, arms: dict, beyond: bool) -> str:
    text = (
        f"{whom_text(population, arms, weighted=BARS_NOTE)} One line per patient, from treatment start to the last "
        "assessment before or at progression; the mark at its end is filled if that assessment is a progression. Best "
        f"response by {CRITERIA.get(criterion, criterion)}. {DASHED}."
    )
    return f"{text} {BEYOND}" if beyond else text


def _draw_panel(axes: Axes, lines: pd.DataFrame, threshold: float) -> None:
    """The lines of one arm; those of a response are one path with gaps, for a small file."""
    axes.axhline(0, color="black", linewidth=0.6)
    draw_threshold(axes, threshold, over_time=True)
    drawn = lines[lines["times"].map(len) > 0]
    for response, own in drawn.groupby("best_response", sort=False):
        look = RESPONSES[response]
        times = [time for line in own["times"] for time in (*line, np.nan)]
        changes = np.array([change for line in own["changes"] for change in (*line, np.nan)])
        shown = np.minimum(changes, MOST_GROWTH + MARGIN)
        axes.plot(times, shown, **_stroke(look))
        cut = np.flatnonzero(changes > MOST_GROWTH)
        mark_beyond(axes, [times[place] for place in cut], [look.colour] * len(cut))
        ends = np.cumsum(own["times"].map(len) + 1) - 2
        for progressed, places in ends.groupby(own["progressed"]):
            axes.plot([times[place] for place in places], shown[places], **_mark(look, progressed))
    count_hidden(axes, len(lines) - len(drawn), len(lines))


def _stroke(look: Look) -> dict:
    """The look of a line."""
    edge = {"path_effects": [Stroke(linewidth=1.3, foreground=EDGE), Normal()]} if look.pale else {}
    return {"color": look.colour, "linewidth": 0.9, **edge}


def _mark(look: Look, progressed: bool) -> dict:
    """The look of the mark at the end of a line."""
    size = 6 if look.marker == "*" else 3.6
    face = look.colour if progressed else "white"
    edge = {"markeredgecolor": EDGE, "markeredgewidth": 0.5, "markersize": size}
    return {
        "marker": look.marker,
        "linestyle": "none",
        "color": look.colour,
        "markerfacecolor": face,
        "zorder": 3,
    } | edge


def _handle(look: Look) -> Line2D:
    return Line2D([], [], label=look.label, **_mark(look, progressed=True) | _stroke(look) | {"linestyle": "-"})


if __name__ == "__main__":
    log_to(snakemake.log[0])
    criterion, params = snakemake.wildcards.criterion, snakemake.params
    visits = read_parquet(snakemake.input.visits, columns=["patient_id", "criterion", *VISIT])
    responses = read_parquet(snakemake.input.response, columns=["patient_id", "criterion", "best_response"])
    new_therapy = None
    if params.new_therapy:
        dates = read_parquet(snakemake.input.enrolled, columns=["patient_id", params.new_therapy])
        new_therapy = dates.set_index("patient_id")[params.new_therapy]
    lines = spider_table(
        visits=visits[visits["criterion"] == criterion],
        responses=responses[responses["criterion"] == criterion],
        patients=read_parquet(snakemake.input.patients, columns=["patient_id", "arm"]),
        unit=params.unit,
        new_therapy=new_therapy,
    )
    threshold = partial_response(criterion, params.threshold)
    draw = partial(draw_spider, lines, criterion, threshold, params.arms, params.unit, params.population)
    save_both(draw, snakemake.output, params.watermark)
