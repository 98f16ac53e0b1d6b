"""Kaplan-Meier curves of all endpoints together and of each alone, by arm, with numbers at risk.

It only reads curves, medians, hazard ratio and log-rank test; the layout follows Pocock, Clayton and Altman,
Lancet 2002;359:1686-9 (numbers at risk below the curves, a measure of uncertainty on them).
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from matplotlib.figure import Figure

from twoarm.config.populations import ENROLLED, Population
from twoarm.figures.palette import arm_colours
from twoarm.figures.survival_figure import Panel, panel_of, survival_figure
from twoarm.figures.writer import PAGE_MM, save_both
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
    width_mm: float = PAGE_MM,
    look: Mapping = MappingProxyType({}),
) -> Figure:
    """Return the figure: one panel per endpoint.

    values: the statistics of survival and, if there are adjusted designs, of adjusted; curves: its curves; endpoints:
    {endpoint: label}; arms: the config's; unit: the study's time unit; adjusted: {adjusted design: its label};
    look: `style` and `rows` of the curves.
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
    return survival_figure(panels, unit, whom_text(population, arms) + note, width_mm, **look)


def _with_adjusted(panel: Panel, values: Values, key: dict, adjusted: Mapping[str, str]) -> Panel:
    """A panel with the adjusted hazard ratios below the crude one."""
    lines = []
    for name, label in adjusted.items():
        ratio = ratio_text(found_with_limits(values, "hazard_ratio", "cox_adjusted", population=name, **key))
        lines.append(f"{label}: hazard ratio (95% CI) {ratio}")
    return replace(panel, comparisons=[*panel.comparisons, *lines])


if __name__ == "__main__":
    log_to(snakemake.log[0])
    params = snakemake.params
    draw = partial(
        draw_survival,
        values=Values(read_statistics(*snakemake.input.statistics)),
        curves=read_curves(snakemake.input.curves),
        population=params.population,
        arms=params.arms,
        unit=params.unit,
        adjusted=params.adjusted,
        look=params.look,
    )
    together = f"survival_{params.population.name}"
    figures = {together: params.endpoints}
    figures |= {f"{together}-{name}": {name: label} for name, label in params.endpoints.items()}
    for figure, endpoints in figures.items():
        paths = [path for path in snakemake.output if Path(path).stem == figure]
        save_both(partial(draw, endpoints=endpoints), paths, params.watermark)
