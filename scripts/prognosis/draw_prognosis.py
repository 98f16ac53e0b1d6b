"""Forest plot of the prognostic factors: every variable's hazard ratio alone and in the multivariable model.

It only reads statistics. A variable that did not enter the multivariable model has a dash there.
"""

from functools import partial

from matplotlib.figure import Figure

from twoarm.config.keys import PER_UNIT
from twoarm.config.populations import Population
from twoarm.figures.forest_figure import ForestRow, Series, forest_figure
from twoarm.figures.palette import LEVEL_COLOURS
from twoarm.figures.writer import PAGE_MM, save_both
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values
from twoarm.results.wording import MODELS, group_name, long_contrast, whom_text
from twoarm.tables.estimates import NONE, absence, found_with_limits, ratio_text, signs_in
from twoarm.tables.proportional import proportional_note
from twoarm.text.labels import inside_sentence
from twoarm.text.provenance import plain
from twoarm.text.rounding import ALPHA, p_text
from twoarm.text.units import per_unit

LOOKS = {"cox_univariable": (LEVEL_COLOURS[0], "o"), "cox_multivariable": (LEVEL_COLOURS[4], "D")}
SERIES = [Series(label, *LOOKS[method]) for method, label in MODELS.items()]
NO_BREAK = "\N{NO-BREAK SPACE}"  # a contrast stays on one line


def draw_prognosis(
    values: Values,
    population: Population,
    variables: dict[str, dict],
    endpoint: str,
    arms: dict,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Return the figure: a row per contrast, in the order of the variables, treatment first.

    values: the statistics of prognosis; variables: {name: its config, with label and unit}; endpoint: its label.
    """
    names = {"arm": {"label": "Treatment"}, **variables}
    compared = long_contrast(arms)
    rows = [
        _row(
            values,
            _label(variable, group_name(group, arms), compared),
            {"population": population.name, "variable": name, "group": group},
        )
        for name, variable in names.items()
        for group in values.groups(name, "hazard_ratio")
    ]
    right = [(text, kind.colour) for kind in SERIES for text in (f"{kind.label}\nHR (95% CI)", "\nP")]
    note = whom_text(population, arms, "Estimand of treatment alone")
    note += f" Treatment: {compared}." if compared else ""
    note += f" HR: hazard ratio. Bold: P < {ALPHA}. {NONE}: not in the multivariable model."
    proportional = proportional_note(values, population, {name: variable["label"] for name, variable in names.items()})
    return forest_figure(
        rows=rows,
        left=[],
        right=right,
        series=SERIES,
        xlabel=f"Hazard ratio for {inside_sentence(endpoint)} (95% CI)",
        sides=("Lower risk", "Higher risk"),
        note=" ".join(filter(None, [note, signs_in(text for row in rows for text in row.right), plain(proportional)])),
        width_mm=width_mm,
    )


def _label(variable: dict, group: str, in_note: str) -> str:
    if group == in_note:
        return variable["label"]
    if group == PER_UNIT:
        return f"{variable['label']}, {per_unit(variable.get('unit'), variable.get('per', 1)).replace(' ', NO_BREAK)}"
    return f"{variable['label']}: {group.replace(' ', NO_BREAK)}"


def _row(values: Values, label: str, key: dict) -> ForestRow:
    """One contrast: its estimate in both models, as points and as text."""
    cells, estimates, bold = [], [], []
    for method in MODELS:
        estimate = found_with_limits(values, "hazard_ratio", method, **key)
        p = values.find("p_value", (method,), **key)
        if p.value < ALPHA:
            bold.append(len(cells) + 1)
        cells += [ratio_text(estimate, key["group"]), p.printed(p_text(p.value) or absence(p))]
        estimates.append(tuple(part.value for part in estimate))
    return ForestRow(label, right=cells, estimates=estimates, bold=tuple(bold))


if __name__ == "__main__":
    log_to(snakemake.log[0])
    draw = partial(
        draw_prognosis,
        values=Values(read_statistics(snakemake.input.statistics)),
        population=snakemake.params.population,
        variables=snakemake.params.variables,
        endpoint=snakemake.params.endpoint,
        arms=snakemake.params.arms,
    )
    save_both(draw, snakemake.output, snakemake.params.watermark)
