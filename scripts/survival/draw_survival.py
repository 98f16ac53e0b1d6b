"""Kaplan-Meier curves of every endpoint by arm, with numbers at risk.

It only reads curves, medians, hazard ratio and log-rank test; the layout follows Pocock, Clayton and Altman,
Lancet 2002;359:1686-9 (numbers at risk below the curves, a measure of uncertainty on them).
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from matplotlib.figure import Figure

from twoarm.config.populations import ENROLLED, Population
from twoarm.figures.palette import arm_colours
from twoarm.figures.survival_figure import Panel, panel_of, survival_figure
from twoarm.figures.writer import save
from twoarm.results.curves import Curves, read_curves
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, contrast_of
from twoarm.results.wording import ADJUSTED_NOTE, arm_names, whom_text
from twoarm.tables.estimates import found_with_limits, ratio_text


def draw_survival(
    values: Values,
    curves: Curves,
    population: Population,
    endpoints: dict[str, str],
    arms: dict,
    unit: str,
    adjusted: Mapping[str, str] = MappingProxyType({}),
) -> Figure:
    """Return the figure: one panel per endpoint.

    values: the statistics of survival and, if there are adjusted designs, of adjusted; curves: its curves; endpoints:
    {endpoint: label}; arms: the config's; unit: the study's time unit; adjusted: {adjusted design: its label}.
    """
    colours = arm_colours(arms)
    key = {"population": population.name, "stratum": ""}
    panels = [
        _with_adjusted(
            panel_of(values, curves, label, label, colours, arm_names(arms), variable=endpoint, **key),
            values,
            {"variable": endpoint, "group": contrast_of(arms)},
            adjusted if population.name == ENROLLED else {},
        )
        for endpoint, label in endpoints.items()
    ]
    note = f" {ADJUSTED_NOTE}" if adjusted and population.name == ENROLLED else ""
    return survival_figure(panels, unit, whom_text(population, arms) + note)


def _with_adjusted(panel: Panel, values: Values, key: dict, adjusted: Mapping[str, str]) -> Panel:
    """A panel with the adjusted hazard ratios below the crude one."""
    lines = []
    for name, label in adjusted.items():
        ratio = ratio_text(found_with_limits(values, "hazard_ratio", "cox_adjusted", population=name, **key))
        lines.append(f"{label}: hazard ratio (95% CI) {ratio}")
    return replace(panel, comparisons=[*panel.comparisons, *lines])


if __name__ == "__main__":
    log_to(snakemake.log[0])
    figure = draw_survival(
        values=Values(read_statistics(*snakemake.input.statistics)),
        curves=read_curves(snakemake.input.curves),
        population=snakemake.params.population,
        endpoints=snakemake.params.endpoints,
        arms=snakemake.params.arms,
        unit=snakemake.params.unit,
        adjusted=snakemake.params.adjusted,
    )
    save(figure, snakemake.output, watermark=snakemake.params.watermark)
