"""Swimmer plot: each patient's course from treatment start to the end of observation, by arm.

A bar has the colour of the response from the visit that shows it until the next one; from the first progression on it
stays progressive disease, because a response after progression does not count (docs/response.md). After the last visit
the bar is thin: the response is unknown. The end of observation is that of survival: of endpoints without progression
the one that was observed longest.
"""

from functools import partial
from itertools import zip_longest

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation

from twoarm.config.expressions import DAYS
from twoarm.config.populations import Population
from twoarm.config.response_criteria import CRITERIA
from twoarm.figures.fonts import wrap
from twoarm.figures.palette import arm_colours
from twoarm.figures.response_colours import HATCHED, RESPONSES, Look, response_patch
from twoarm.figures.time_axis import time_breaks
from twoarm.figures.writer import (
    MARK_MM,
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
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.raw.parquet import read_parquet
from twoarm.results.errors import log_to
from twoarm.results.values import arm_values
from twoarm.results.wording import BARS_NOTE, arm_names, whom_text
from twoarm.text.labels import inside_sentence

PROGRESSION = "progression:"  # begins such an event of an endpoint
CENSORED, PROGRESSED = "", PROGRESSION  # outcomes beside the names of events
UNASSESSED = Look("#E8E8E8", "Not yet assessed")
THICK, THIN = 0.78, 0.26  # parts of the space of a bar
BAR_MM, PAGE_HEIGHT_MM, LEAST_MM = 2.4, 200 - MARK_MM, 30
AROUND_MM, LEGEND_MM, LINE_MM = 16, 4.2, 3.5  # titles and axis; a row of the legend; a line of a title
LEGEND_CHARACTERS, BREAK_MM = 28, 7  # of a line of the legend; the width of a break's label
EVENT_MARKERS = ["X", "s", "P", "*"]
PROGRESSION_MARK = {"marker": "D", "markerfacecolor": "white", "markeredgecolor": "black", "markeredgewidth": 0.6}
EVENT_MARK = {"markerfacecolor": "black", "markeredgecolor": "black", "markeredgewidth": 0}
ONGOING_MARK = {"marker": ">", **EVENT_MARK}
GRID = {"color": "#DDDDDD", "linewidth": 0.5, "zorder": 0}


def last_days(endpoints: pd.DataFrame, starts: pd.Series, unit: str) -> pd.DataFrame:
    """Return endpoint, patient_id, day (since the start of treatment, at least 1) and outcome of each observation.

    endpoints: as derive_endpoints gives it; starts: date of the start of treatment by patient_id; unit: the study's.
    outcome: the event, CENSORED, or PROGRESSED where the endpoint ended with a progression.
    """
    of_dates = (endpoints["date"] - endpoints["patient_id"].map(starts)).dt.days
    # ASSUME [ready_made]: the time of a ready-made endpoint, which has no date, counts from treatment start.
    day = of_dates.fillna(endpoints["time"] * DAYS[unit]).clip(lower=1)
    outcome = endpoints["reason"].where(endpoints["event"] == 1, CENSORED)
    outcome = outcome.mask(outcome.str.startswith(PROGRESSION), PROGRESSED)
    return endpoints[["endpoint", "patient_id"]].assign(day=day.astype(float), outcome=outcome)


def longest_endpoint(observed: pd.DataFrame, events: dict[str, list[str]]) -> str:
    """The endpoint that defines the end of observation: of those without progression the longest, else the first.

    observed: from last_days; events: {endpoint: its events}, in the config's order.
    """
    survival = [name for name, own in events.items() if not any(event.startswith(PROGRESSION) for event in own)]
    days = observed.groupby("endpoint")["day"].sum()
    return max(survival, key=lambda name: days.get(name, 0.0), default=next(iter(events)))


def swimmer_tables(
    visits: pd.DataFrame, observed: pd.DataFrame, patients: pd.DataFrame, unit: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return bars (arm, bar, end, progression, outcome) and their episodes (arm, bar, start, end, response, assessed).

    visits: patient_id, day and overall, of one criterion, the verdicts that count. observed: patient_id, day and
    outcome, of one endpoint. patients: patient_id and arm, those to be shown. Times are in `unit`; bar counts from 0,
    the longest, in each arm. response is empty before the first visit; assessed: until the last one.
    """
    ordered = visits.sort_values("day")
    days = {patient: own[["day", "overall"]].to_numpy() for patient, own in ordered.groupby("patient_id")}
    bars = patients[["patient_id", "arm"]].astype({"arm": str})
    bars = bars.merge(observed[["patient_id", "day", "outcome"]], on="patient_id", validate="1:1")
    own_visits = [days.get(patient, []) for patient in bars["patient_id"]]
    bars["end"] = [max([end, *(day for day, _ in own)]) for end, own in zip(bars["day"], own_visits, strict=True)]
    first = [min((day for day, overall in own if overall == "PD"), default=np.nan) for own in own_visits]
    bars["progression"] = pd.Series(first, index=bars.index, dtype=float)
    bars = sorted_by_patient(bars).sort_values(["arm", "end", "progression"], ascending=[True, False, True])
    bars["bar"] = bars.groupby("arm").cumcount()
    episodes = [
        (bar.arm, bar.bar, *episode)
        for bar in bars.itertuples()
        for episode in _episodes(days.get(bar.patient_id, []), bar.end)
    ]
    episodes = pd.DataFrame(episodes, columns=["arm", "bar", "start", "end", "response", "assessed"])
    length = DAYS[unit]
    bars = bars.assign(end=bars["end"] / length, progression=bars["progression"] / length)
    episodes = episodes.assign(start=episodes["start"] / length, end=episodes["end"] / length)
    return bars[["arm", "bar", "end", "progression", "outcome"]].reset_index(drop=True), episodes


def _episodes(visits, end: float) -> list[tuple[float, float, str, bool]]:
    """Start, end, response, and whether it was assessed until the end; visits: (day, overall) in order of time."""
    begun, last = [(0.0, "")], 0.0
    for day, overall in visits:
        response = "PD" if begun[-1][1] == "PD" else overall
        if response != begun[-1][1]:
            begun.append((float(day), response))
        last = float(day)
    parts = []
    for (start, response), (stop, _) in zip(begun, [*begun[1:], (end, "")], strict=True):
        split = max(start, min(stop, last)) if response else stop
        parts += [(start, split, response, True), (split, stop, response, False)]
    return [part for part in parts if part[1] > part[0]]


def draw_swimmer(
    bars: pd.DataFrame,
    episodes: pd.DataFrame,
    criterion: str,
    endpoint: str,
    events: dict[str, dict],
    arms: dict,
    unit: str,
    population: Population,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Return the figure: one panel per arm, the longest observation on top.

    bars, episodes: from swimmer_tables; endpoint: the label of the one that ends observation; events: {event:
    its variable's config, with label and, for a death, ends_observation}; population: the one in the figure.
    """
    happened = [event for event in events if (bars["outcome"] == event).any()]
    markers = {event: EVENT_MARKERS[place % len(EVENT_MARKERS)] for place, event in enumerate(happened)}
    most = max(int(bars["bar"].max()) + 1 if len(bars) else 0, 1)
    colours, marks = _legend(bars, episodes, {event: events[event] for event in happened}, markers)
    labels = [part for handle in [*colours, *marks] for part in handle.get_label().splitlines()]
    beside = legend_columns(labels, width_mm) if labels else 1
    rows = _rows(colours, beside) + _rows(marks, beside)
    legend = sum(max(handle.get_label().count("\n") + 1 for handle in row) for row in rows)
    note = _note(criterion, endpoint, arms, population)
    own_bars = {arm: bars[bars["arm"] == arm] for arm in arm_values(arms)}
    titles = {
        arm: title_lines(f"{arm_names(arms)[arm]} (n = {len(own)})", width_mm / 2 - 4) for arm, own in own_bars.items()
    }
    lines = max(title.count("\n") + 1 for title in titles.values())
    around = AROUND_MM + LINE_MM * lines + LEGEND_MM * legend + NOTE_MM * len(note_lines(note, width_mm))
    bar_mm = min(BAR_MM, (PAGE_HEIGHT_MM - around) / most)
    figure = new_figure(width_mm, around + max(bar_mm * most, LEAST_MM))
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    longest = float(bars["end"].max()) if len(bars) else 1.0
    for axes, (arm, own) in zip(panels, own_bars.items(), strict=True):
        _draw_episodes(axes, episodes[episodes["arm"] == arm])
        _draw_marks(axes, own, markers, min(4.2, 1.6 * bar_mm))
        axes.set_title(titles[arm], color=arm_colours(arms)[arm])
        axes.set(xlim=(0, longest * 1.04), ylim=(most - 0.4, -0.6), yticks=[])
        axes.set_xticks(time_breaks(longest, unit, min(8, int(width_mm / 2 / BREAK_MM))))
        from_start = "\n" if is_narrow(width_mm) else " "
        axes.set_xlabel(f"Time from treatment{from_start}start ({unit})")
        axes.grid(axis="x", **GRID)
        axes.set_axisbelow(True)
    if rows:
        figure.legend(handles=_by_column(rows), loc="outside upper left", ncols=max(map(len, rows)), frameon=False)
    add_note(figure, note)
    return figure


def _note(criterion: str, endpoint: str, arms: dict, population: Population) -> str:
    return (
        f"{whom_text(population, arms, weighted=BARS_NOTE)} One bar per patient, from treatment start to end of "
        f"observation for {inside_sentence(endpoint)}. Colour: response by {CRITERIA.get(criterion, criterion)}, from "
        "the visit that shows it to the next; progression is kept. Thin: after the last assessment, in the colour of "
        "the last response."
    )


def _draw_episodes(axes: Axes, episodes: pd.DataFrame) -> None:
    """The bars, thick up to the last assessment and thin after it."""
    for (response, assessed), own in episodes.groupby(["response", "assessed"]):
        half = (THICK if assessed else THIN) / 2
        left, right, middle = (own[column].to_numpy(float) for column in ("start", "end", "bar"))
        across = np.stack([left, right, right, left], axis=1)
        along = np.stack([middle - half, middle - half, middle + half, middle + half], axis=1)
        look = RESPONSES.get(response, UNASSESSED)
        hatched = {"hatch": look.hatch, **HATCHED} if look.hatch and assessed else {"linewidth": 0}
        bars = PolyCollection(np.stack([across, along], axis=2), facecolor=look.colour, zorder=2, **hatched)
        axes.add_collection(bars)


def _draw_marks(axes: Axes, bars: pd.DataFrame, markers: dict[str, str], size: float) -> None:
    """Progression on the bar; just beyond its end what ended observation, or an arrow if nothing did."""
    beyond = axes.transData + ScaledTranslation(0.7 * size / 72, 0, axes.figure.dpi_scale_trans)
    line = {"linestyle": "none", "zorder": 4, "clip_on": False, "in_layout": False, "markersize": size}
    axes.plot(bars["progression"], bars["bar"], **line | PROGRESSION_MARK | {"markersize": 0.72 * size})
    marks = {CENSORED: ONGOING_MARK} | {event: {"marker": mark, **EVENT_MARK} for event, mark in markers.items()}
    for outcome, mark in marks.items():
        own = bars[bars["outcome"] == outcome]
        axes.plot(own["end"], own["bar"], transform=beyond, **line | mark)


def _legend(bars: pd.DataFrame, episodes: pd.DataFrame, happened: dict[str, dict], markers: dict) -> tuple[list, list]:
    """Handles of the colours and marks in the figure."""
    names = {**RESPONSES, "": UNASSESSED}
    drawn = [names[name] for name in names if (episodes["response"] == name).any()]
    marks = [({"markersize": 3.4} | PROGRESSION_MARK, "Progression")] if bars["progression"].notna().any() else []
    for event, config in happened.items():
        marks.append(({"markersize": 4.6, "marker": markers[event], **EVENT_MARK}, config["label"]))
    if (bars["outcome"] == CENSORED).any():
        deaths_alone = happened and all(config.get("ends_observation") for config in happened.values())
        marks.append(
            (
                {"markersize": 4.6} | ONGOING_MARK,
                "Alive at end of observation" if deaths_alone else "No event so far",
            )
        )
    return [response_patch(look) for look in drawn], [
        Line2D([], [], linestyle="none", label="\n".join(wrap(label, LEGEND_CHARACTERS)), **mark)
        for mark, label in marks
    ]


def _rows(handles: list, most: int) -> list[list]:
    """Handles in rows of at most so many, as even as possible."""
    rows = -(-len(handles) // most)
    columns = -(-len(handles) // max(rows, 1))
    return [handles[place * columns : (place + 1) * columns] for place in range(rows)]


def _by_column(rows: list[list]) -> list:
    """The handles in the order of a legend: column by column, with a blank for short rows."""
    blank = Patch(facecolor="none", edgecolor="none", label=" ")
    return [handle for column in zip_longest(*rows, fillvalue=blank) for handle in column]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    criterion, params = snakemake.wildcards.criterion, snakemake.params
    visits = read_parquet(snakemake.input.visits, columns=["patient_id", "criterion", "day", "overall"])
    enrolled = read_parquet(snakemake.input.enrolled, columns=["patient_id", "arm", params.start])
    observed = last_days(
        read_parquet(snakemake.input.endpoints), enrolled.set_index("patient_id")[params.start], params.unit
    )
    endpoint = longest_endpoint(observed, {name: own["events"] for name, own in params.endpoints.items()})
    bars, episodes = swimmer_tables(
        visits=visits[visits["criterion"] == criterion],
        observed=observed[observed["endpoint"] == endpoint],
        patients=read_parquet(snakemake.input.patients, columns=["patient_id", "arm"]),
        unit=params.unit,
    )
    draw = partial(
        draw_swimmer,
        bars=bars,
        episodes=episodes,
        criterion=criterion,
        endpoint=params.endpoints[endpoint]["label"],
        events=params.events,
        arms=params.arms,
        unit=params.unit,
        population=params.population,
    )
    save_both(draw, snakemake.output, params.watermark)
