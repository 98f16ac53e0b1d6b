"""Love plot: standardised mean differences of each variable between the arms, in each population.

It only reads statistics. For a variable with several levels, the largest difference in each sample is shown; the sign,
which depends on the level, is left out (Ahmed et al., Eur Heart J 2006;27:1431-9; Austin, Stat Med 2009;28:3083).
"""

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
    scale_y_discrete,
    theme,
)

from twoarm.config.populations import ENROLLED, Population, adjusted
from twoarm.figures.fonts import wrap
from twoarm.figures.palette import GREY, LEVEL_COLOURS
from twoarm.figures.plot_theme import figure_theme
from twoarm.figures.writer import NOTE_SIZE, PAGE_MM, TABLE_SIZE, save
from twoarm.results.errors import log_to
from twoarm.results.rows import MASKED, read_statistics
from twoarm.results.statistics import statistics_table
from twoarm.results.wording import estimands_text
from twoarm.stats.imbalance import unbalanced
from twoarm.text.rounding import half_up

SCORE = "Logit of the propensity score"
BEYOND = ", beyond the limit"
LOOKS = [LEVEL_COLOURS[-1], *LEVEL_COLOURS[:-1]]  # of several adjusted populations: black first
SHAPES = ["o", "^", "s", "v", "D", "P"]
DENOMINATORS = {"treated": "treated arm's standard deviation", "pooled": "arms' pooled standard deviation"}


def draw_love_plot(
    statistics: pd.DataFrame, populations: list[Population], labels: dict[str, str], limits: dict
) -> ggplot:
    """Return the plot: one row per covariate, the score on top, then by the difference before matching.

    statistics: the tidy table of `balance`; populations: those of the study; labels: {variable: label} of the judged
    variables; limits: the config's.
    """
    shown = {**labels, "logit": SCORE}
    points, samples = largest_differences(statistics, populations, list(shown), limits), _samples(populations)
    spans = points.groupby("variable", observed=True)["smd"].agg(["min", "max"]).reset_index()
    beyond = points[points["beyond"]].groupby("variable", observed=True)["smd"].agg(_printed).rename("text")
    beyond = spans.merge(beyond.reset_index(), on="variable")
    farthest = max(points["smd"].max(), limits["smd"])
    after = [population.when for population in adjusted(populations)]
    where = after[0] if len(after) == 1 else "after adjustment"
    note = f"Dashed: limit of {limits['smd']:g}; larger differences {where} are labelled. "
    note += f"Denominator: the {DENOMINATORS[limits['denominator']]} {populations[0].when}. "
    note += f"Variables with several levels: largest difference of any level. {estimands_text(populations)}"
    masked = statistics["note"].str.startswith(MASKED)
    for population in adjusted(populations):
        own = statistics[~masked & (statistics["population"] == population.name)]
        note += _ratios_text(own, population, labels, limits)
    for why, rows in (
        ("Not estimable", statistics[~masked]),
        ("Masked because of small numbers of patients", statistics[masked]),
    ):
        missing = [shown[name] for name in _unknown(rows, list(shown), limits)]
        note += f" {why}: {', '.join(missing)}." if missing else ""
    return (
        ggplot(points, aes("smd", "variable"))
        + geom_segment(aes(x="min", xend="max", y="variable", yend="variable"), spans, colour="#BDBDBD", size=0.6)
        + geom_vline(xintercept=limits["smd"], linetype="dashed", size=0.4, colour=GREY)
        + geom_point(aes(colour="sample", fill="sample", shape="sample"), size=2, stroke=0.6)
        + geom_text(
            aes(x="max", label="text"), beyond, nudge_x=farthest * 0.018, ha="left", va="center", size=TABLE_SIZE
        )
        + scale_colour_manual(values={name: colour for name, (colour, _, _) in samples.items()})
        + scale_fill_manual(values={name: fill for name, (_, fill, _) in samples.items()})
        + scale_shape_manual(values={name: shape for name, (_, _, shape) in samples.items()})
        + scale_y_discrete(labels=shown)
        + scale_x_continuous(limits=(0, farthest * (1.03 + 0.07 * len(after))), expand=(0.012, 0))
        + labs(x="Absolute standardised mean difference", y="", caption="\n".join(wrap(note, 155)))
        + figure_theme()
        + theme(
            legend_position="top",
            legend_justification_top=0,
            axis_title_y=element_blank(),
            panel_grid_major_y=element_line(colour="#EEEEEE", size=0.4),
            plot_caption_position="plot",
            plot_caption=element_text(size=NOTE_SIZE, colour=GREY, ha="left"),
        )
    )


def _printed(differences: pd.Series) -> str:
    """The differences of a variable that are beyond the limit, from the smallest."""
    return ", ".join(half_up(smd, 3) for smd in sorted(differences))


def _samples(populations: list[Population]) -> dict[str, tuple[str, str, str]]:
    """Colour, fill and shape of each sample in the legend: all enrolled, then each adjusted population.

    A single adjusted population has another shape beyond the limit; several have a colour and a shape each.
    """
    enrolled, *others = populations
    samples = {enrolled.label: (GREY, "white", "o")}
    if len(others) == 1:
        samples[others[0].label] = ("black", "black", "o")
        samples[others[0].label + BEYOND] = ("black", "black", "D")
        return samples
    for place, population in enumerate(others):
        colour = LOOKS[place % len(LOOKS)]
        samples[population.label] = (colour, colour, SHAPES[place % len(SHAPES)])
    return samples


def _ratios_text(rows: pd.DataFrame, population: Population, labels: dict[str, str], limits: dict) -> str:
    """Variables with a variance ratio beyond the limits in a population, because the plot shows only differences."""
    found = unbalanced(rows.to_dict("records"), labels, limits)
    said = [
        f"{labels[name]} ({half_up(row.value, 2) or 'infinite'})"
        for name, beyond in found.items()
        for row in beyond
        if row.statistic == "variance_ratio"
    ]
    low, high = limits["variance_ratio"]
    return f" Variance ratio outside {low:g} to {high:g} {population.when}: {', '.join(said)}." if said else ""


def largest_differences(
    statistics: pd.DataFrame, populations: list[Population], names: list[str], limits: dict
) -> pd.DataFrame:
    """Return variable (Categorical, bottom row first), sample (as in the legend), smd (absolute) and beyond.

    beyond: whether the difference is larger than the limit in a population with comparable arms.
    """
    rows = _differences(statistics, names, limits).dropna(subset="smd")
    largest = rows.groupby(["variable", "population"], sort=False)["smd"].max().reset_index()
    after = largest["population"] != ENROLLED
    beyond = after & (largest["smd"] > limits["smd"])
    samples = largest["population"].map({population.name: population.label for population in populations})
    samples = samples.mask(beyond, samples + BEYOND) if len(populations) == 2 else samples
    before = largest[~after].set_index("variable")["smd"]
    # The score comes last, which is on top; ties keep the order of the config.
    known = [name for name in reversed(names) if name in set(largest["variable"])]
    order = sorted(known, key=lambda name: (name == "logit", before.get(name, 0.0)))
    return pd.DataFrame(
        {
            "variable": pd.Categorical(largest["variable"], categories=order),
            "sample": pd.Categorical(samples, categories=list(_samples(populations))).remove_unused_categories(),
            "smd": largest["smd"],
            "beyond": beyond,
        }
    )


def _differences(statistics: pd.DataFrame, names, limits: dict) -> pd.DataFrame:
    """The absolute differences of some variables, one row per level and population."""
    mine = (statistics["statistic"] == "smd") & (statistics["method"] == f"smd_{limits['denominator']}")
    rows = statistics[mine & statistics["variable"].isin(list(names))]
    return rows.assign(smd=rows["value"].abs())


def _unknown(statistics: pd.DataFrame, names: list[str], limits: dict) -> list[str]:
    """The variables with an empty difference."""
    rows = _differences(statistics, names, limits)
    return list(dict.fromkeys(rows.loc[rows["smd"].isna(), "variable"]))


if __name__ == "__main__":
    log_to(snakemake.log[0])
    labels = snakemake.params.labels
    table = statistics_table(read_statistics(snakemake.input.statistics))
    plot = draw_love_plot(table, snakemake.params.populations, labels, snakemake.params.limits)
    save(plot, snakemake.output, PAGE_MM, 38 + 5 * len(labels), watermark=snakemake.params.watermark)
