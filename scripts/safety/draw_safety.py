"""Adverse events by arm: a butterfly chart of the percentage of patients with each, at any grade and severe grades.

Most frequent first. The first range of grades of the protocol is light, the last one dark.
"""

import math
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from twoarm.config.populations import Population
from twoarm.figures.fonts import columns, wrap
from twoarm.figures.palette import GREY, arm_colours
from twoarm.figures.writer import NOTE_SIZE, PAGE_MM, TABLE_SIZE, add_note, new_figure, save
from twoarm.raw.terms import ANY, NO_LABELS, printed_term
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, arm_values, contrast_of
from twoarm.results.wording import arm_names, whom_text
from twoarm.tables.estimates import absence, count_text, signs_in
from twoarm.text.rounding import ALPHA, half_up, p_text

MOST_TERMS, TERM_CHARACTERS = 30, 36
ROW_MM, LINE_MM, FRAME_MM = 5.4, 3.2, 33
COUNT, BARS = 17, 400  # points: a number beside the bars; all bars with the columns of p-values
# Columns of p-values, in points, so that the layout knows their width for any width of the bars.
P_GAP, P_WIDTH, P_SIGN, P_SIGNS, LEGEND_MARK, NOTE_SIGNS = 8, 38, 4.2, 12, 40, 100


def draw_safety(
    values: Values, population: Population, grades: list[str], version: str, arms: dict, labels: Mapping = NO_LABELS
) -> Figure:
    """Return the figure for one population.

    values: the statistics of safety; population: the one that is shown; grades: labels of the ranges of grades, in
    order; version: of the grading; labels: of terms, in print.
    """
    terms = _terms(values, population.name, grades[0], arms)
    shown = terms[:MOST_TERMS]
    printed = [wrapped(printed_term(term, labels)) for term in shown]
    lines = max([term.count("\n") + 1 for term in printed] or [1])
    row = max(ROW_MM, LINE_MM * lines + 1.5)
    figure = new_figure(PAGE_MM, FRAME_MM + _extra(grades) + row * max(len(shown), 1))
    axes = figure.subplots()
    widest = max(
        [_percent(values, population.name, arm, term, grades[0]) for arm in arm_values(arms) for term in shown] or [0]
    )
    for arm, colour in arm_colours(arms).items():
        side = -1 if arm == arm_values(arms)[0] else 1
        _bars(axes, values, {"population": population.name, "group": arm}, shown, grades, colour, side)
    _p_values(axes, values, {"population": population.name, "group": contrast_of(arms)}, shown, grades)
    _frame(axes, printed, max(widest, 10) * _room(grades))
    _arm_heads(axes, values, population.name, arms)
    tones = [Patch(color=_tone(GREY, place, len(grades)), label=grade) for place, grade in enumerate(grades)]
    figure.legend(handles=tones, loc="outside upper center", ncols=_beside(grades), frameon=False)
    rest = f" {len(terms) - len(shown)} less frequent terms are in the table." if len(terms) > len(shown) else ""
    signs = f" {signs_in(text.get_text() for text in axes.texts)}".rstrip()
    counts = f"Beside the bars: numbers of patients, {' / '.join(grades)}. Bold: P < {ALPHA}."
    add_note(
        figure,
        f"{whom_text(population, arms)} Each patient is counted at the worst grade ({version}). {counts}{rest}{signs}",
    )
    return figure


def _beside(grades: list[str]) -> int:
    """How many entries of the legend fit side by side."""
    widest = P_SIGN * max(map(columns, grades)) + LEGEND_MARK
    return min(len(grades), max(1, int(PAGE_MM / 25.4 * 72 // widest)))


def _step(grades: list[str]) -> float:
    """The distance between columns of p-values, in points."""
    return max(P_WIDTH, P_SIGN * max(columns(line) for grade in grades for line in wrap(grade, P_SIGNS)) + P_GAP)


def _room(grades: list[str]) -> float:
    """The length of the axis on each side, in parts of the widest bar, with space for the numbers beside it."""
    half = (BARS - P_GAP - _step(grades) * len(grades)) / 2
    return half / max(half - COUNT * len(grades), 0.2 * half)


def _extra(grades: list[str]) -> float:
    """Extra space in mm for long names of grades: lines of the legend, the headers and the note."""
    legend = math.ceil(len(grades) / _beside(grades)) - 1
    heads = max(len(wrap(grade, P_SIGNS)) for grade in grades) - 1
    note = sum(map(columns, grades)) // NOTE_SIGNS
    return 1.4 * LINE_MM * (legend + heads + note)


def _terms(values: Values, population: str, grade: str, arms: dict) -> list[str]:
    """The terms, most frequent first, ties in the order of the table."""
    here = values.rows(population=population, level=grade)
    terms = [term for term in dict.fromkeys(row.variable for row in here) if term not in ("", ANY)]
    return sorted(
        terms, key=lambda term: -sum(_percent(values, population, arm, term, grade) for arm in arm_values(arms))
    )


def _percent(values: Values, population: str, arm: str, term: str, grade: str) -> float:
    found = values.find("percent", population=population, group=arm, variable=term, level=grade).value
    return found if found == found else 0.0


def _bars(axes: Axes, values: Values, key: dict, terms: list[str], grades: list[str], colour: str, side: int) -> None:
    """The bars of one arm, with ranges of grades on top of each other and numbers of patients at the ends."""
    for place, term in enumerate(terms):
        shares = [_percent(values, key["population"], key["group"], term, grade) for grade in grades]
        for depth, share in enumerate(shares):
            axes.barh(place, side * share, height=0.68, color=_tone(colour, depth, len(grades)))
        counts = [values.find("n", variable=term, level=grade, **key) for grade in grades]
        text = " / ".join(count.printed(count_text(count.value)) for count in counts)
        offset = {"xytext": (side * 2.5, 0), "textcoords": "offset points", "ha": "left" if side > 0 else "right"}
        axes.annotate(text, (side * max(shares), place), va="center_baseline", fontsize=NOTE_SIZE, **offset)


def _p_values(axes: Axes, values: Values, key: dict, terms: list[str], grades: list[str]) -> None:
    """A column of p-values for each range of grades, to the right of the bars; bold below 0.05."""
    heads, step = ["\n".join(wrap(grade, P_SIGNS)) for grade in grades], _step(grades)
    centres = [P_GAP + step * (column + 0.5) for column in range(len(grades))]
    top = 3 + 1.35 * TABLE_SIZE * max(head.count("\n") + 1 for head in heads)
    _head(axes, 1, top, "P value", right=sum(centres) / len(grades), fontsize=TABLE_SIZE, fontweight="bold")
    look = {"fontsize": TABLE_SIZE, "ha": "center", "va": "center_baseline", "textcoords": "offset points"}
    for centre, grade, head in zip(centres, grades, heads, strict=True):
        _head(axes, 1, 3, head, right=centre, fontsize=TABLE_SIZE)
        for place, term in enumerate(terms):
            p = values.find("p_value", variable=term, level=grade, **key)
            axes.annotate(
                p.printed(p_text(p.value) or absence(p)),
                (1, place),
                xycoords=axes.get_yaxis_transform(),
                xytext=(centre, 0),
                fontweight="bold" if p.value < ALPHA else "normal",
                **look,
            )


def _arm_heads(axes: Axes, values: Values, population: str, arms: dict) -> None:
    """The names of the arms above their halves."""
    for (arm, colour), x in zip(arm_colours(arms).items(), (0.25, 0.75), strict=True):
        total = values.find("total", population=population, group=arm)
        _head(
            axes,
            x,
            6,
            f"{arm_names(arms)[arm]} (n = {total.printed(half_up(total.value, 0))})",
            fontsize=8,
            fontweight="bold",
            color=colour,
        )


def _head(axes: Axes, x: float, above: float, text: str, right: float = 0, **look) -> None:
    """A text `above` points above the bars; x in parts of their width, plus `right` points."""
    place = {"xycoords": "axes fraction", "xytext": (right, above), "textcoords": "offset points"}
    axes.annotate(text, (x, 1), ha="center", va="bottom", **place, **look)


def _frame(axes: Axes, terms: list[str], limit: float) -> None:
    """Axes: terms, as printed, from the top down, percentages to both sides of the middle up to a limit."""
    axes.set(xlim=(-limit, limit), ylim=(max(len(terms), 1) - 0.4, -0.6), xlabel="Patients (%)")
    axes.set_yticks(range(len(terms)), terms)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{abs(share):g}"))
    axes.axvline(0, color="black", linewidth=0.6)
    axes.spines["left"].set_visible(False)


def wrapped(term: str) -> str:
    """A term, wrapped to leave space for the bars."""
    return "\n".join(wrap(term, TERM_CHARACTERS))


def _tone(colour: str, depth: int, depths: int) -> tuple:
    """The colour, lighter for wider ranges of grades."""
    strength = 0.4 + 0.6 * depth / (depths - 1) if depths > 1 else 1
    return tuple(1 - strength * (1 - part) for part in to_rgb(colour))


if __name__ == "__main__":
    log_to(snakemake.log[0])
    figure = draw_safety(
        Values(read_statistics(snakemake.input.statistics)),
        snakemake.params.population,
        list(snakemake.params.safety["grades"]),
        snakemake.params.safety["version"],
        snakemake.params.arms,
        snakemake.params.safety["labels"],
    )
    save(figure, snakemake.output, watermark=snakemake.params.watermark)
