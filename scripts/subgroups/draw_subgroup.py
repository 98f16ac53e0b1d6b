"""Kaplan-Meier curves of a subgroup's levels within each arm, with numbers at risk. It only reads statistics."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from matplotlib.figure import Figure

from twoarm.config.levels import printed_levels
from twoarm.config.populations import Population
from twoarm.figures.palette import level_colours
from twoarm.figures.survival_figure import panel_of, survival_figure
from twoarm.figures.writer import PAGE_MM, save_both
from twoarm.results.curves import Curves, read_curves
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, contrast_of, occurring
from twoarm.results.wording import estimand_text, full_name
from twoarm.text.rounding import p_label


def draw_subgroup(
    values: Values,
    curves: Curves,
    population: Population,
    subgroup: dict,
    levels: list[str],
    endpoint: str,
    arms: dict,
    unit: str,
    width_mm: float = PAGE_MM,
    look: Mapping = MappingProxyType({}),
) -> Figure:
    """Return the figure: panel A within the treated arm, panel B within the control arm.

    values: the statistics of the subgroup; curves: its curves (stratum: the arm, group: the level). subgroup: its
    config (label, endpoint); levels: in print order; endpoint: its label; unit: the study's time unit;
    look: `style` and `rows` of the curves.
    """
    colours = level_colours(occurring(levels, values))
    key = {"population": population.name, "variable": subgroup["endpoint"]}
    names = {level: level for level in colours}
    panels = [
        panel_of(
            values,
            curves,
            full_name(arm),
            endpoint,
            colours,
            names,
            subgroup["label"],
            stratum=arm["value"],
            **key,
        )
        for arm in (arms["treated"], arms["control"])
    ]
    interaction = values.find("p_value", ("cox_interaction",), group=contrast_of(arms), **key)
    test = interaction.printed(p_label(interaction.value))
    note = f"{population.whom}. {estimand_text(population)} Interaction with treatment: {test}."
    return survival_figure(panels, unit, note, width_mm, same_time=True, **look)


if __name__ == "__main__":
    log_to(snakemake.log[0])
    draw = partial(
        draw_subgroup,
        values=Values(read_statistics(snakemake.input.statistics)),
        curves=read_curves(snakemake.input.curves),
        population=snakemake.params.population,
        subgroup=snakemake.params.subgroup,
        levels=printed_levels(snakemake.params.variable),
        endpoint=snakemake.params.endpoint,
        arms=snakemake.params.arms,
        unit=snakemake.params.unit,
        look=snakemake.params.look,
    )
    save_both(draw, snakemake.output, snakemake.params.watermark)
