"""Discordance matrix: each patient's best response by one criterion against that by another, by arm.

The boxed diagonal holds the patients on whom the criteria agree.
"""

from itertools import product

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from twoarm.faults import log_to
from twoarm.figures import PAGE_MM, add_note, arm_colours, new_figure, save
from twoarm.response_colours import RESPONSES
from twoarm.rounding import half_up
from twoarm.statistics import read_statistics
from twoarm.values import CRITERIA, Values, arm_values, whom_text

ROW_MM = 74


def draw_discordance(values: Values, arms: dict) -> Figure:
    """Return the figure, a row for each pair of criteria, a panel for each arm, of the study's last population.

    values: the statistics of discordance. A response that nobody has by either criterion is left out.
    """
    population = values.populations()[-1]
    table = values.table
    pairs = list(dict.fromkeys(table.loc[table["population"] == population, "variable"]))
    figure = new_figure(PAGE_MM, ROW_MM * len(pairs))
    panels = figure.subplots(len(pairs), 2, squeeze=False)
    shown: set[str] = set()
    for row, pair in zip(panels, pairs, strict=True):
        key = {"population": population, "variable": pair}
        responses = _responses(values, key, arms)
        shown |= set(responses)
        counts = {arm: _matrix(values, {**key, "group": arm}, responses) for arm in arm_values(arms)}
        most = max(max(map(max, matrix)) for matrix in counts.values())
        for axes, (arm, matrix) in zip(row, counts.items(), strict=True):
            _panel(axes, matrix, responses, arm_colours(arms)[arm], most)
            total, kappa = (values.find(statistic, group=arm, **key).value for statistic in ("total", "kappa"))
            agreement = f", κ = {half_up(kappa, 2)}" if kappa == kappa else ""
            axes.set_title(f"{arm} (n = {half_up(total, 0)}{agreement})", color=arm_colours(arms)[arm])
            first, second = (CRITERIA.get(name, name) for name in pair.split(" vs "))
            axes.set(xlabel=f"Best response by {second}", ylabel=f"Best response by {first}")
    spelt = "; ".join(
        f"{name}: {RESPONSES[name][1].lower()}" for name in RESPONSES if name in shown and "/" not in name
    )
    note = "Numbers of patients. Boxes: the same response by both criteria. κ: Cohen's kappa."
    add_note(figure, f"{whom_text(population, arms)} {note} {spelt}.")
    return figure


def _responses(values: Values, key: dict, arms: dict) -> list[str]:
    """The responses that somebody has by either criterion, in the order of the table."""
    cells = [level.split(" / ") for level in values.levels(key["variable"]) if " / " in level]
    found = [
        cell
        for cell in cells
        if any(values.find("n", level=" / ".join(cell), group=arm, **key).value > 0 for arm in arm_values(arms))
    ]
    return [name for name in dict.fromkeys(first for first, _ in cells) if any(name in cell for cell in found)] or [
        "NE"
    ]


def _matrix(values: Values, key: dict, responses: list[str]) -> list[list[int]]:
    """Numbers of patients, a row for each response by the first criterion."""
    found = {cell: values.find("n", level=" / ".join(cell), **key).value for cell in product(responses, responses)}
    return [[int(found[a, b]) if found[a, b] == found[a, b] else 0 for b in responses] for a in responses]


def _panel(axes: Axes, matrix: list[list[int]], responses: list[str], colour: str, most: int) -> None:
    tones = LinearSegmentedColormap.from_list("arm", ["white", colour])
    largest = max(most, 1) * 1.15
    axes.imshow(matrix, cmap=tones, vmin=0, vmax=largest, aspect="equal")
    for row, column in product(range(len(responses)), repeat=2):
        n = matrix[row][column]
        dark = _luminance(tones(n / largest)) < 0.5
        look = {"color": "white" if dark else "black", "fontweight": "bold" if n else "normal"}
        axes.text(column, row, str(n), ha="center", va="center_baseline", fontsize=8, **look)
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
    """How light a colour is, from 0 to 1 (Rec. 709 weights)."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    figure = draw_discordance(Values(read_statistics(snakemake.input.statistics)), snakemake.params.arms)
    save(figure, snakemake.output, mark=snakemake.params.mark)
