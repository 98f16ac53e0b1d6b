"""Overlap of the propensity scores of the two arms, in each population: a mirrored histogram.

Where only one arm has patients, no comparison is possible (Austin, Multivar Behav Res 2011;46:399).
"""

import numpy as np
import pandas as pd
from plotnine import (
    aes,
    element_text,
    facet_wrap,
    geom_hline,
    geom_rect,
    ggplot,
    labs,
    scale_fill_manual,
    scale_x_continuous,
    scale_y_continuous,
    theme,
)

from twoarm.config.populations import WEIGHT
from twoarm.figures.fonts import wrap
from twoarm.figures.palette import GREY, arm_colours
from twoarm.figures.plot_theme import figure_theme
from twoarm.figures.writer import NOTE_SIZE, PAGE_MM, save
from twoarm.results.errors import log_to
from twoarm.results.populations import read_populations
from twoarm.results.wording import estimands_text, full_name

BIN = 0.05


def draw_score_overlap(samples: dict[str, pd.DataFrame], arms: dict, note: str = "") -> ggplot:
    """Return the plot: patients per bin of the score, the treated arm upwards, the control arm downwards.

    samples: label of a population: arm, propensity and, if it has weights, weight of its patients; arms: the config's;
    note: below the figure.
    """
    counts = pd.concat([score_histogram(part, arms).assign(sample=label) for label, part in samples.items()])
    counts["sample"] = pd.Categorical(counts["sample"], categories=list(samples))
    names = {arm["value"]: full_name(arm) for arm in (arms["treated"], arms["control"])}
    counts["arm"] = pd.Categorical(counts["arm"], categories=list(names))
    return (
        ggplot(counts, aes(xmin="low", xmax="high", ymin=0, ymax="patients", fill="arm"))
        + geom_rect(colour="white", size=0.3)
        + geom_hline(yintercept=0, size=0.4)
        + facet_wrap("sample", ncol=3 if len(samples) > 2 else None)
        + scale_fill_manual(values=arm_colours(arms), labels=list(names.values()))
        + scale_x_continuous(limits=(0, 1), breaks=[0, 0.25, 0.5, 0.75, 1], expand=(0.01, 0))
        + scale_y_continuous(labels=lambda breaks: [f"{abs(number):g}" for number in breaks])
        + labs(x="Propensity score", y=_height(samples), caption="\n".join(wrap(note, 155)))
        + figure_theme()
        + theme(
            legend_position="top",
            panel_spacing=0.05,
            plot_caption_position="plot",
            plot_caption=element_text(size=NOTE_SIZE, colour=GREY, ha="left"),
        )
    )


def _height(samples: dict[str, pd.DataFrame]) -> str:
    """What the bars count."""
    weighted = any(WEIGHT in part for part in samples.values())
    return "Patients, or the sum of their weights" if weighted else "Patients"


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
    propensity = pd.read_parquet(snakemake.input.propensity, columns=["patient_id", "propensity"])
    members = read_populations(snakemake.params.populations, snakemake.input.populations)
    samples = {
        population.label: members[population.name].merge(propensity, on="patient_id")
        for population in snakemake.params.populations
    }
    plot = draw_score_overlap(samples, snakemake.params.arms, estimands_text(snakemake.params.populations))
    rows = 1 + (len(samples) - 1) // 3
    save(plot, snakemake.output, PAGE_MM, 25 + 55 * rows, watermark=snakemake.params.watermark)
