"""Discordance matrix: each patient's best response by one criterion and by another, for each arm.

The boxed diagonal shows the patients for whom the criteria agree.
"""

import math
from functools import partial
from itertools import combinations, product

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from twoarm.config.keys import contrast, crossed
from twoarm.config.populations import Population
from twoarm.figures.palette import arm_colours
from twoarm.figures.response_colours import RESPONSES
from twoarm.figures.writer import PAGE_MM, add_note, is_narrow, new_figure, save_both, title_lines
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import ABSENT, HIDDEN, Values, arm_values
from twoarm.results.wording import COUNTS_NOTE, arm_names, whom_text
from twoarm.text.rounding import half_up

ROW_MM, BESIDE_MM = 74, 22  # a row of panels; beside a panel


def draw_discordance(
    values: Values, population: Population, criteria: dict[str, str], arms: dict, width_mm: float = PAGE_MM
) -> Figure:
    """Return the figure: for each pair of criteria a panel for each arm, side by side or in a column below each other.

    values: the statistics of discordance; population: the one in the figure; criteria: their labels by name. A response
    that no patient has by either criterion is left out.
    """
    pairs = list(combinations(criteria, 2))
    columns = 1 if is_narrow(width_mm) else 2
    rows = 2 * len(pairs) // columns
    figure = new_figure(width_mm, ROW_MM * rows)
    panels = figure.subplots(rows, columns, squeeze=False).reshape(len(pairs), 2)
    shown: set[str] = set()
    for row, pair in zip(panels, pairs, strict=True):
        key = {"population": population.name, "variable": contrast(*pair)}
        responses = _responses(values, key, arms)
        shown |= set(responses)
        counts = {arm: _matrix(values, {**key, "group": arm}, responses) for arm in arm_values(arms)}
        most = max([n for matrix in counts.values() for line in matrix for n in line if not math.isnan(n)] or [0])
        for axes, (arm, matrix) in zip(row, counts.items(), strict=True):
            _panel(axes, matrix, responses, arm_colours(arms)[arm], most)
            total, kappa = (values.find(statistic, group=arm, **key) for statistic in ("total", "kappa"))
            agreement = kappa.printed(half_up(kappa.value, 2))
            agreement = f", κ = {agreement}" if agreement else ""
            n = total.printed(half_up(total.value, 0))
            title = f"{arm_names(arms)[arm]} (n = {n}{agreement})"
            axes.set_title(title_lines(title, width_mm / columns - BESIDE_MM), color=arm_colours(arms)[arm])
            first, second = (criteria[name] for name in pair)
            axes.set(xlabel=f"Best response by {second}", ylabel=f"Best response by {first}")
    spelt = "; ".join(
        f"{name}: {RESPONSES[name][1].lower()}" for name in RESPONSES if name in shown and "/" not in name
    )
    note = "Numbers of patients. Boxes: the same response by both criteria. κ: Cohen's kappa."
    add_note(figure, f"{whom_text(population, arms, weighted=COUNTS_NOTE)} {note} {spelt}.")
    return figure


def _responses(values: Values, key: dict, arms: dict) -> list[str]:
    """The responses that occur by either criterion, in the order of the table."""
    found = set()
    for cell in product(RESPONSES, RESPONSES):
        numbers = [values.find("n", level=crossed(*cell), group=arm, **key) for arm in arm_values(arms)]
        found |= set(cell) if any(n.value > 0 or n.masked for n in numbers) else set()
    return [name for name in RESPONSES if name in found] or ["NE"]


def _matrix(values: Values, key: dict, responses: list[str]) -> list[list[float]]:
    """Numbers of patients, NaN where masked, a row for each response by the first criterion."""
    found = {cell: values.find("n", level=crossed(*cell), **key) for cell in product(responses, responses)}
    numbers = {cell: 0 if n is ABSENT else n.value for cell, n in found.items()}
    return [[numbers[a, b] for b in responses] for a in responses]


def _panel(axes: Axes, matrix: list[list[float]], responses: list[str], colour: str, most: int) -> None:
    tones = LinearSegmentedColormap.from_list("arm", ["white", colour])
    largest = max(most, 1) * 1.15
    axes.imshow(matrix, cmap=tones, vmin=0, vmax=largest, aspect="equal")
    for row, column in product(range(len(responses)), repeat=2):
        n = matrix[row][column]
        masked = math.isnan(n)
        dark = not masked and _luminance(tones(n / largest)) < 0.5
        look = {"color": "white" if dark else "black", "fontweight": "bold" if n else "normal"}
        axes.text(column, row, HIDDEN if masked else f"{n:.0f}", ha="center", va="center_baseline", fontsize=8, **look)
        edge = (
            {"edgecolor": "black", "linewidth": 0.9, "zorder": 3}
            if row == column
            else {"edgecolor": "#DDDDDD", "linewidth": 0.5}
        )
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, clip_on=False, **edge))
    places = range(len(responses))
    axes.set_xticks(places, responses)
    axes.set_yticks(places, responses)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _luminance(colour: tuple) -> float:
    """The lightness of a colour, from 0 to 1 (Rec. 709 weights)."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    values = Values(read_statistics(snakemake.input.statistics))
    draw = partial(draw_discordance, values, snakemake.params.population, snakemake.params.criteria)
    save_both(partial(draw, arms=snakemake.params.arms), snakemake.output, snakemake.params.watermark)
