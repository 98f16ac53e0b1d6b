"""Overlap of the propensity scores of the two arms, in each population: a mirrored histogram.

Where only one arm has patients, no comparison is possible (Austin, Multivar Behav Res 2011;46:399). In empirical
equipoise, either arm was a usual choice (Walker et al., Comp Eff Res 2013;3:11-20). The shares are only read.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from twoarm.config.populations import ENROLLED, WEIGHT, Population
from twoarm.figures.fonts import wrap
from twoarm.figures.palette import arm_colours
from twoarm.figures.writer import NOTE_CHARACTERS, NOTE_MM, PAGE_MM, TABLE_SIZE, add_note, new_figure, save
from twoarm.results.errors import log_to
from twoarm.results.populations import read_populations
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, contrast_of
from twoarm.results.wording import arm_names, estimands_text, full_name
from twoarm.text.rounding import half_up

BIN, ACROSS = 0.05, 3
AROUND_MM, PANEL_MM = 14, 48
EQUIPOISE = "Empirical equipoise (preference score from 0.3 to 0.7)"
BAND = "#EFEFEF"


class Share(NamedTuple):
    """Some patients of an arm: how many, of how many, and in percent."""

    arm: str
    n: float
    total: float
    percent: float

    def __str__(self) -> str:
        return f"{self.arm} {self.n:.0f} of {self.total:.0f} ({half_up(self.percent, 1)}%)"


class Overlap(NamedTuple):
    """The enrolled patients outside the range of the other arm, those in equipoise, and the scores that limit it."""

    outside: list[Share]
    equipoise: list[Share]
    low: float
    high: float

    @classmethod
    def of(cls, values: Values, arms: dict) -> "Overlap":
        """Read them from the statistics of propensity. arms: the config's."""

        def shares(kind: str) -> list[Share]:
            found = []
            for value, name in arm_names(arms).items():
                here = {"population": ENROLLED, "group": value}
                n, total = (values.find(statistic, **here).value for statistic in (kind, "total"))
                found.append(Share(name, n, total, values.find("percent", level=kind, **here).value))
            return found

        where = {"population": ENROLLED, "group": contrast_of(arms)}
        limits = [values.find(f"equipoise_{end}", **where).value for end in ("low", "high")]
        return cls(shares("outside_overlap"), shares("equipoise"), *limits)

    def words(self, when: str) -> str:
        """Two sentences on the patients of the first population. when: `before matching`."""
        outside, equipoise = (", ".join(map(str, part)) for part in (self.outside, self.equipoise))
        return f"Score outside the range of the other arm {when}: {outside}. In empirical equipoise: {equipoise}."


def draw_score_overlap(
    samples: dict[str, pd.DataFrame], arms: dict, overlap: Overlap, populations: list[Population]
) -> Figure:
    """Return the plot: patients per bin of the score, the treated arm upwards, the control arm downwards.

    samples: name of a population: arm, propensity and, if it has weights, weight of its patients; arms: the config's;
    populations: those of the study, the enrolled patients first.
    """
    weighted = any(WEIGHT in part for part in samples.values())
    note = f"{overlap.words(populations[0].when)} "
    note += "Of patients with weights, bars show their sum; numbers (n) are of patients. " if weighted else ""
    note += estimands_text(populations, weighted="")
    across = min(len(samples), ACROSS)
    down = -(-len(samples) // across)
    height = AROUND_MM + PANEL_MM * down + NOTE_MM * len(wrap(note, NOTE_CHARACTERS))
    figure = new_figure(PAGE_MM, height)
    panels = figure.subplots(down, across, sharex=True, sharey=not weighted, squeeze=False).ravel()
    for axes, population in zip(panels, populations, strict=False):
        _panel(axes, samples[population.name], arms, overlap)
        axes.set_title("\n".join(wrap(population.label, 28 if across == ACROSS else 48)))
    for axes in panels[len(samples) :]:
        axes.remove()
    for axes in panels[max(len(samples) - across, 0) : len(samples)]:  # nothing is below them
        axes.tick_params(labelbottom=True)
        axes.set_xlabel("Propensity score")
    figure.supylabel("Patients, or the sum of their weights" if weighted else "Patients", fontsize=7)
    handles = [Patch(color=arm_colours(arms)[arm["value"]], label=full_name(arm)) for arm in _both(arms)]
    figure.legend(
        handles=[*handles, Patch(color=BAND, label=EQUIPOISE)], loc="outside upper left", ncols=2, frameon=False
    )
    add_note(figure, note)
    return figure


def _both(arms: dict) -> list[dict]:
    return [arms["treated"], arms["control"]]


def _panel(axes: Axes, patients: pd.DataFrame, arms: dict, overlap: Overlap) -> None:
    """The histogram of one population, with the number of patients of each arm."""
    bars, colours = score_histogram(patients, arms), arm_colours(arms)
    axes.axvspan(overlap.low, overlap.high, color=BAND, linewidth=0, zorder=0)
    for (value, colour), y, side in zip(colours.items(), (0.98, 0.02), ("top", "bottom"), strict=True):
        own = bars[bars["arm"] == value]
        look = {"align": "edge", "color": colour, "edgecolor": "white", "linewidth": 0.4}
        axes.bar(own["low"], own["patients"], own["high"] - own["low"], **look)
        n = (patients["arm"] == value).sum()
        text = f"{arm_names(arms)[value]} n = {n}"
        axes.text(0.01, y, text, ha="left", va=side, color=colour, fontsize=TABLE_SIZE, transform=axes.transAxes)
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set_xlim(0, 1)
    axes.margins(y=0.16)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{abs(number):g}"))


def score_histogram(patients: pd.DataFrame, arms: dict) -> pd.DataFrame:
    """Return arm, low, high and patients (weighted count, negative in the control arm) of each bin of the score."""
    edges = np.linspace(0, 1, round(1 / BIN) + 1)
    rows = []
    for arm, sign in [(arms["treated"]["value"], 1), (arms["control"]["value"], -1)]:
        mine = patients[patients["arm"] == arm]
        counts, _ = np.histogram(mine["propensity"], edges, weights=mine.get(WEIGHT))
        rows.append(pd.DataFrame({"arm": arm, "low": edges[:-1], "high": edges[1:], "patients": sign * counts}))
    return pd.concat(rows, ignore_index=True)


if __name__ == "__main__":
    log_to(snakemake.log[0])
    populations, arms = snakemake.params.populations, snakemake.params.arms
    propensity = pd.read_parquet(snakemake.input.propensity, columns=["patient_id", "propensity"])
    members = read_populations(populations, snakemake.input.populations)
    figure = draw_score_overlap(
        {name: patients.merge(propensity, on="patient_id") for name, patients in members.items()},
        arms,
        Overlap.of(Values(read_statistics(snakemake.input.statistics)), arms),
        populations,
    )
    save(figure, snakemake.output, watermark=snakemake.params.watermark)
