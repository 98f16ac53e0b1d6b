"""Adverse events by arm: a butterfly of the share of patients with each, at any grade and at severe grades.

Most frequent first. The first range of grades of the protocol is light, the last one dark.
"""

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from twoarm.estimates import absence, count_text, signs_in
from twoarm.faults import log_to
from twoarm.figures import GREY, NOTE_SIZE, PAGE_MM, TABLE_SIZE, add_note, arm_colours, new_figure, save
from twoarm.fonts import columns, wrap
from twoarm.rounding import ALPHA, half_up, p_text
from twoarm.statistics import read_statistics
from twoarm.values import Values, arm_values, contrast_of, whom_text

ANY, MOST_TERMS, TERM_CHARACTERS = "any", 30, 36
ROW_MM, LINE_MM, FRAME_MM = 5.4, 3.2, 33


def draw_safety(values: Values, grades: list[str], version: str, arms: dict) -> Figure:
    """Return the figure of the study's last population (matched if it matches).

    values: the statistics of safety; grades: labels of the ranges of grades, in order; version: of the grading.
    """
    population = values.populations()[-1]
    terms = _terms(values, population, grades[0], arms)
    shown = terms[:MOST_TERMS]
    lines = max([wrapped(term).count("\n") + 1 for term in shown] or [1])
    row = max(ROW_MM, LINE_MM * lines + 1.5)
    figure = new_figure(PAGE_MM, FRAME_MM + row * max(len(shown), 1))
    axes = figure.subplots()
    widest = max(
        [_percent(values, population, arm, term, grades[0]) for arm in arm_values(arms) for term in shown] or [0]
    )
    for arm, colour in arm_colours(arms).items():
        side = -1 if arm == arm_values(arms)[0] else 1
        _bars(axes, values, {"population": population, "group": arm}, shown, grades, colour, side)
    _p_values(axes, values, {"population": population, "group": contrast_of(arms)}, shown, grades)
    _frame(axes, shown, max(widest, 10))
    _arm_heads(axes, values, population, arms)
    tones = [Patch(color=_tone(GREY, place, len(grades)), label=grade) for place, grade in enumerate(grades)]
    figure.legend(handles=tones, loc="outside upper center", ncols=len(tones), frameon=False)
    rest = f" {len(terms) - len(shown)} less frequent terms are in the table." if len(terms) > len(shown) else ""
    signs = f" {signs_in(text.get_text() for text in axes.texts)}".rstrip()
    counts = f"Beside the bars: numbers of patients, {' / '.join(grades)}. Bold: P < {ALPHA}."
    add_note(
        figure,
        f"{whom_text(population, arms)} Each patient is counted at the worst grade ({version}). {counts}{rest}{signs}",
    )
    return figure


def _terms(values: Values, population: str, grade: str, arms: dict) -> list[str]:
    """The terms, those of most patients first, equal ones in the order of the table."""
    here = values.table[(values.table["population"] == population) & (values.table["level"] == grade)]
    terms = [term for term in dict.fromkeys(here["variable"]) if term not in ("", ANY)]
    return sorted(
        terms, key=lambda term: -sum(_percent(values, population, arm, term, grade) for arm in arm_values(arms))
    )


def _percent(values: Values, population: str, arm: str, term: str, grade: str) -> float:
    found = values.find("percent", population=population, group=arm, variable=term, level=grade).value
    return found if found == found else 0.0


def _bars(axes: Axes, values: Values, key: dict, terms: list[str], grades: list[str], colour: str, side: int) -> None:
    """One arm's bars, the ranges of grades over each other, with the numbers of patients at their ends."""
    for place, term in enumerate(terms):
        shares = [_percent(values, key["population"], key["group"], term, grade) for grade in grades]
        for depth, share in enumerate(shares):
            axes.barh(place, side * share, height=0.68, color=_tone(colour, depth, len(grades)))
        counts = [values.find("n", variable=term, level=grade, **key) for grade in grades]
        text = " / ".join(count.printed(count_text(count.value)) for count in counts)
        offset = {"xytext": (side * 2.5, 0), "textcoords": "offset points", "ha": "left" if side > 0 else "right"}
        axes.annotate(text, (side * max(shares), place), va="center_baseline", fontsize=NOTE_SIZE, **offset)


def _p_values(axes: Axes, values: Values, key: dict, terms: list[str], grades: list[str]) -> None:
    """A column of p-values for each range of grades at the right edge; bold below 0.05."""
    step = max(0.12, 0.013 * max(map(columns, grades)))
    _head(axes, 1.05 + step * (len(grades) - 1) / 2, 13, "P value", fontsize=TABLE_SIZE, fontweight="bold")
    look = {"transform": axes.get_yaxis_transform(), "fontsize": TABLE_SIZE, "ha": "center", "va": "center_baseline"}
    for column, grade in enumerate(grades):
        x = 1.05 + step * column
        _head(axes, x, 3, grade, fontsize=TABLE_SIZE)
        for place, term in enumerate(terms):
            p = values.find("p_value", variable=term, level=grade, **key)
            weight = "bold" if p.value < ALPHA else "normal"
            axes.text(x, place, p.printed(p_text(p.value) or absence(p)), fontweight=weight, **look)


def _arm_heads(axes: Axes, values: Values, population: str, arms: dict) -> None:
    """The arms' names above their halves."""
    for (arm, colour), x in zip(arm_colours(arms).items(), (0.25, 0.75), strict=True):
        total = values.find("total", population=population, group=arm)
        _head(
            axes,
            x,
            6,
            f"{arm} (n = {total.printed(half_up(total.value, 0))})",
            fontsize=8,
            fontweight="bold",
            color=colour,
        )


def _head(axes: Axes, x: float, above: float, text: str, **look) -> None:
    """A text so many points above the bars; x in parts of their width."""
    place = {"xycoords": "axes fraction", "xytext": (0, above), "textcoords": "offset points"}
    axes.annotate(text, (x, 1), ha="center", va="bottom", **place, **look)


def _frame(axes: Axes, terms: list[str], widest: float) -> None:
    """Axes: the terms from above, percentages to both sides of the middle."""
    axes.set(xlim=(-1.24 * widest, 1.24 * widest), ylim=(max(len(terms), 1) - 0.4, -0.6), xlabel="Patients (%)")
    axes.set_yticks(range(len(terms)), [wrapped(term) for term in terms])
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{abs(share):g}"))
    axes.axvline(0, color="black", linewidth=0.6)
    axes.spines["left"].set_visible(False)


def wrapped(term: str) -> str:
    """A term in lines that leave room for the bars."""
    return "\n".join(wrap(term, TERM_CHARACTERS))


def _tone(colour: str, depth: int, depths: int) -> tuple:
    """The colour, lighter for the wider ranges of grades."""
    strength = 0.4 + 0.6 * depth / (depths - 1) if depths > 1 else 1
    return tuple(1 - strength * (1 - part) for part in to_rgb(colour))


if __name__ == "__main__":
    log_to(snakemake.log[0])
    figure = draw_safety(
        Values(read_statistics(snakemake.input.statistics)),
        list(snakemake.params.safety["grades"]),
        snakemake.params.safety["version"],
        snakemake.params.arms,
    )
    save(figure, snakemake.output, mark=snakemake.params.mark)
