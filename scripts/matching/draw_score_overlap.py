"""Overlap of the propensity scores of the two arms, in each population: a mirrored histogram.

Where only one arm has patients, no comparison is possible (Austin, Multivar Behav Res 2011;46:399). In empirical
equipoise, either arm was a usual choice (Walker et al., Comp Eff Res 2013;3:11-20). The shares are only read.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from plotnine import (
    aes,
    element_text,
    facet_wrap,
    geom_hline,
    geom_rect,
    geom_text,
    ggplot,
    guide_legend,
    guides,
    labs,
    scale_colour_manual,
    scale_fill_manual,
    scale_x_continuous,
    scale_y_continuous,
    theme,
)

from twoarm.config.populations import ENROLLED, WEIGHT, Population
from twoarm.figures.fonts import FONT
from twoarm.figures.palette import GREY, arm_colours
from twoarm.figures.plot_theme import figure_theme
from twoarm.figures.writer import (
    MARK_MM,
    NOTE_MM,
    NOTE_SIZE,
    PAGE_MM,
    TABLE_SIZE,
    is_narrow,
    note_lines,
    save_both,
    title_lines,
)
from twoarm.raw.parquet import read_parquet
from twoarm.results.errors import log_to
from twoarm.results.populations import read_populations
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, contrast_of
from twoarm.results.wording import arm_names, estimands_text, full_name
from twoarm.text.rounding import half_up

BIN, ACROSS = 0.05, 3
AROUND_MM, PANEL_MM, BESIDE_MM = 26 + MARK_MM, 48, 14
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
    samples: dict[str, pd.DataFrame],
    arms: dict,
    overlap: Overlap,
    populations: list[Population],
    width_mm: float = PAGE_MM,
) -> ggplot:
    """Return the plot: patients per bin of the score, the treated arm upwards, the control arm downwards.

    samples: name of a population: arm, propensity and, if it has weights, weight of its patients; arms: the config's;
    populations: those of the study, the enrolled patients first.
    """
    weighted = any(WEIGHT in part for part in samples.values())
    note = f"{overlap.words(populations[0].when)} "
    note += "Of patients with weights, bars show their sum; numbers (n) are of patients. " if weighted else ""
    lines = note_lines(note + estimands_text(populations, weighted=""), width_mm)
    across = 1 if is_narrow(width_mm) else min(len(samples), ACROSS)
    panels = {population.name: _title(population, width_mm / across) for population in populations}
    names = {arm["value"]: full_name(arm) for arm in (arms["treated"], arms["control"])}
    colours = arm_colours(arms)

    def placed(table: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
        """The table with its panels and arms in the order of the figure."""
        panel = pd.Categorical(table["sample"].map(panels), categories=list(panels.values()))
        return table.assign(sample=panel, arm=pd.Categorical(table["arm"], categories=kinds))

    kinds = [*names, EQUIPOISE]
    bars = pd.concat([score_histogram(part, arms).assign(sample=name) for name, part in samples.items()])
    band = pd.DataFrame({"sample": list(samples), "arm": EQUIPOISE, "low": overlap.low, "high": overlap.high})
    counts = pd.concat([_counted(part, arms).assign(sample=name) for name, part in samples.items()])
    return (
        ggplot(placed(bars, kinds), aes(xmin="low", xmax="high", fill="arm"))
        + geom_rect(placed(band, kinds), aes(ymin=-np.inf, ymax=np.inf))
        + geom_rect(aes(ymin=0, ymax="patients"), colour="white", size=0.3)
        + geom_hline(yintercept=0, size=0.4)
        + geom_text(placed(counts, kinds), aes("x", "y", label="text", colour="arm", va="side"), inherit_aes=False,
                    ha="left", size=TABLE_SIZE, family=FONT, show_legend=False)
        + facet_wrap("sample", ncol=across, scales="free_y" if weighted else "fixed")
        + scale_fill_manual(values=[*colours.values(), BAND], labels=[*names.values(), EQUIPOISE], drop=False)
        + scale_colour_manual(values=[*colours.values(), BAND], drop=False, guide=None)
        + scale_x_continuous(limits=(0, 1), breaks=[0, 0.25, 0.5, 0.75, 1], labels=["0", "0.25", "0.5", "0.75", "1"],
                             expand=(0, 0))
        + scale_y_continuous(labels=lambda breaks: [f"{abs(number):g}" for number in breaks], expand=(0.16, 0))
        + labs(x="Propensity score", y="Patients, or the sum of their weights" if weighted else "Patients",
               caption="\n".join(lines))
        + guides(fill=guide_legend(ncol=1 if is_narrow(width_mm) else 2))
        + figure_theme()
        + theme(
            figure_size=(width_mm / 25.4, _height_mm(len(samples), across, lines) / 25.4),
            plot_margin_top=MARK_MM / width_mm,
            legend_position="top",
            legend_justification="left",
            panel_spacing=0.04,
            plot_caption_position="plot",
            plot_caption=element_text(size=NOTE_SIZE, colour=GREY, ha="left"),
        )
    )  # fmt: skip


def _height_mm(panels: int, across: int, note: list[str]) -> float:
    """A row of panels for every `across` populations, and the note's lines."""
    return AROUND_MM + PANEL_MM * -(-panels // across) + NOTE_MM * len(note)


def _title(population: Population, width_mm: float) -> str:
    return title_lines(population.label, width_mm - BESIDE_MM)


def _counted(patients: pd.DataFrame, arms: dict) -> pd.DataFrame:
    """The number of patients of each arm, with its place in the panel: the treated arm above, the control arm below."""
    rows = []
    for (value, name), y, side in zip(arm_names(arms).items(), (np.inf, -np.inf), ("top", "bottom"), strict=True):
        text = f"{name} n = {(patients['arm'] == value).sum()}"
        rows.append({"arm": value, "x": 0.01, "y": y, "side": side, "text": text})
    return pd.DataFrame(rows)


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
    propensity = read_parquet(snakemake.input.propensity, columns=["patient_id", "propensity"])
    members = read_populations(populations, snakemake.input.populations)
    samples = {name: patients.merge(propensity, on="patient_id") for name, patients in members.items()}
    overlap = Overlap.of(Values(read_statistics(snakemake.input.statistics)), arms)
    draw = partial(draw_score_overlap, samples, arms, overlap, populations)
    save_both(draw, snakemake.output, snakemake.params.watermark)
