"""Love plot: how far apart the arms are in each covariate before and after matching (standardised mean differences).

It only reads statistics. A variable of several levels is shown at its largest difference in each sample, so the sign,
which would depend on the level, is left out (Ahmed et al., Eur Heart J 2006;27:1431-9; Austin, Stat Med 2009;28:3083).
"""

from textwrap import wrap

import pandas as pd
from plotnine import (
    aes,
    element_blank,
    element_line,
    element_text,
    geom_point,
    geom_segment,
    geom_text,
    geom_vline,
    ggplot,
    labs,
    scale_colour_manual,
    scale_fill_manual,
    scale_shape_manual,
    scale_x_continuous,
    theme,
)

from twoarm.faults import log_to
from twoarm.figures import GREY, NOTE_SIZE, PAGE_MM, TABLE_SIZE, save
from twoarm.plot_theme import house_theme
from twoarm.rounding import half_up
from twoarm.statistics import read_statistics
from twoarm.values import POPULATIONS

SCORE = "Logit of the propensity score"
BEFORE, AFTER = POPULATIONS["enrolled"], POPULATIONS["matched"]
BEYOND = "After matching, beyond the limit"
COLOURS = {BEFORE: GREY, AFTER: "black", BEYOND: "black"}
FILLS = {BEFORE: "white", AFTER: "black", BEYOND: "black"}
SHAPES = {BEFORE: "o", AFTER: "o", BEYOND: "D"}
DENOMINATORS = {"treated": "treated arm's standard deviation", "pooled": "arms' pooled standard deviation"}


def draw_love_plot(statistics: pd.DataFrame, labels: dict[str, str], limits: dict) -> ggplot:
    """Return the plot: a row a covariate, the score on top, then by the difference before matching.

    statistics: the tidy table of `balance`; labels: {covariate: label}; limits: the config's {denominator, smd}.
    """
    points = largest_differences(statistics, {**labels, "logit": SCORE}, limits)
    spans = points.groupby("label", observed=True)["smd"].agg(["min", "max"]).reset_index()
    beyond = points[points["sample"] == BEYOND].merge(spans, on="label")
    beyond["text"] = [half_up(smd, 3) for smd in beyond["smd"]]
    farthest = max(points["smd"].max(), limits["smd"])
    note = f"Dashed: the limit, {limits['smd']:g}; differences beyond it after matching are printed. "
    note += f"Denominator: the {DENOMINATORS[limits['denominator']]} before matching. "
    note += "Variables of several levels: the largest difference of a level."
    missing = [labels.get(name, SCORE) for name in _unknown(statistics, [*labels, "logit"], limits)]
    note += f" Not estimable: {', '.join(missing)}." if missing else ""
    return (
        ggplot(points, aes("smd", "label"))
        + geom_segment(aes(x="min", xend="max", y="label", yend="label"), spans, colour="#BDBDBD", size=0.6)
        + geom_vline(xintercept=limits["smd"], linetype="dashed", size=0.4, colour=GREY)
        + geom_point(aes(colour="sample", fill="sample", shape="sample"), size=2, stroke=0.6)
        + geom_text(
            aes(x="max", label="text"), beyond, nudge_x=farthest * 0.018, ha="left", va="center", size=TABLE_SIZE
        )
        + scale_colour_manual(values=COLOURS)
        + scale_fill_manual(values=FILLS)
        + scale_shape_manual(values=SHAPES)
        + scale_x_continuous(limits=(0, farthest * 1.1), expand=(0.012, 0))
        + labs(x="Absolute standardised mean difference", y="", caption="\n".join(wrap(note, 155)))
        + house_theme()
        + theme(
            legend_position="top",
            legend_justification_top=0,
            axis_title_y=element_blank(),
            panel_grid_major_y=element_line(colour="#EEEEEE", size=0.4),
            plot_caption_position="plot",
            plot_caption=element_text(size=NOTE_SIZE, colour=GREY, ha="left"),
        )
    )


def largest_differences(statistics: pd.DataFrame, labels: dict[str, str], limits: dict) -> pd.DataFrame:
    """Return label (Categorical, the bottom row first), sample (as the legend prints it) and smd (absolute)."""
    rows = _differences(statistics, labels, limits).dropna(subset="smd")
    largest = rows.groupby(["variable", "population"], sort=False)["smd"].max().reset_index()
    after = largest["population"] == "matched"
    samples = largest["population"].map(POPULATIONS).mask(after & (largest["smd"] > limits["smd"]), BEYOND)
    before = largest[~after].set_index("variable")["smd"]
    # The score comes last, which is on top; equal differences keep the order of the labels.
    names = [name for name in reversed(labels) if name in set(largest["variable"])]
    order = sorted(names, key=lambda name: (name == "logit", before.get(name, 0.0)))
    return pd.DataFrame(
        {
            "label": pd.Categorical(largest["variable"].map(labels), categories=[labels[name] for name in order]),
            "sample": pd.Categorical(samples, categories=[BEFORE, AFTER, BEYOND]).remove_unused_categories(),
            "smd": largest["smd"],
        }
    )


def _differences(statistics: pd.DataFrame, names, limits: dict) -> pd.DataFrame:
    """The absolute differences of some variables, a row a level and population."""
    mine = (statistics["statistic"] == "smd") & (statistics["method"] == f"smd_{limits['denominator']}")
    rows = statistics[mine & statistics["variable"].isin(list(names))]
    return rows.assign(smd=rows["value"].abs())


def _unknown(statistics: pd.DataFrame, names: list[str], limits: dict) -> list[str]:
    """The variables of which a difference could not be estimated."""
    rows = _differences(statistics, names, limits)
    return list(dict.fromkeys(rows.loc[rows["smd"].isna(), "variable"]))


if __name__ == "__main__":
    log_to(snakemake.log[0])
    labels = snakemake.params.labels
    plot = draw_love_plot(read_statistics(snakemake.input.statistics), labels, snakemake.params.limits)
    save(plot, snakemake.output, PAGE_MM, 38 + 5 * len(labels), mark=snakemake.params.mark)
