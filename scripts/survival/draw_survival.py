"""Kaplan-Meier curves of every endpoint by arm, with numbers at risk.

It only reads curves, medians, hazard ratio and log-rank test; the layout follows Pocock, Clayton and Altman,
Lancet 2002;359:1686-9 (numbers at risk below the curves, a measure of uncertainty on them).
"""

from matplotlib.figure import Figure

from twoarm.config.populations import Population
from twoarm.figures.palette import arm_colours
from twoarm.figures.survival_figure import panel_of, survival_figure
from twoarm.figures.writer import save
from twoarm.results.curves import Curves, read_curves
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values
from twoarm.results.wording import arm_names, whom_text


def draw_survival(
    values: Values, curves: Curves, population: Population, endpoints: dict[str, str], arms: dict, unit: str
) -> Figure:
    """Return the figure: one panel per endpoint.

    values: the statistics of survival; curves: its curves; endpoints: {endpoint: label}; arms: the config's; unit: the
    study's time unit.
    """
    colours = arm_colours(arms)
    key = {"population": population.name, "stratum": ""}
    panels = [
        panel_of(values, curves, label, label, colours, arm_names(arms), variable=endpoint, **key)
        for endpoint, label in endpoints.items()
    ]
    return survival_figure(panels, unit, whom_text(population, arms))


if __name__ == "__main__":
    log_to(snakemake.log[0])
    figure = draw_survival(
        values=Values(read_statistics(snakemake.input.statistics)),
        curves=read_curves(snakemake.input.curves),
        population=snakemake.params.population,
        endpoints=snakemake.params.endpoints,
        arms=snakemake.params.arms,
        unit=snakemake.params.unit,
    )
    save(figure, snakemake.output, watermark=snakemake.params.watermark)
