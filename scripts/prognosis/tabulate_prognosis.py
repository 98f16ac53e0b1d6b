"""Prognostic factors: hazard ratios of univariable and multivariable Cox regression, side by side.

A variable without a multivariable hazard ratio was not selected into that model.
"""

from twoarm.config.keys import OVERALL, PER_UNIT, unweighted
from twoarm.config.populations import Population
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import ABSENT, Values
from twoarm.results.wording import MODELS, estimand_text, group_name, naming_arms
from twoarm.tables.cells import BLANK, Cell, p_cell, ratio_cell
from twoarm.tables.elimination import removed_note
from twoarm.tables.model_size import model_size
from twoarm.tables.paper_table import Column, PaperTable, Row, arms_note
from twoarm.tables.proportional import proportional_note
from twoarm.tables.splits import split_notes
from twoarm.tables.table_files import write_paper_table
from twoarm.text.labels import inside_sentence
from twoarm.text.provenance import SIGNIFICANT, Piece, pieces, prose, setting
from twoarm.text.units import per_unit

SELECTED = "enters the multivariable model: p"  # begins fit_prognosis's note on a variable with a small p


def prognosis_table(
    values: Values, population: Population, variables: dict, outcome: str, arms: dict, path: str = "prognosis"
) -> PaperTable:
    """Return the table from the statistics of prognosis.

    population: of these statistics; variables: {name: label and, if any, unit and per}, in order; outcome:
    endpoint and patients in words; path: of the model in the config.
    """
    columns = [Column(head, f"{model} analysis") for model in MODELS.values() for head in ("HR (95% CI)", "P value")]
    named = {"arm": {"label": "Treatment"}, **variables}
    rows = [
        row for name, variable in named.items() for row in _variable_rows(values, population.name, name, variable, arms)
    ]
    labels = {name: variable["label"] for name, variable in named.items()}
    notes = [
        prose(
            "HR, hazard ratio; CI, confidence interval. P value: Wald test of the Cox model; bold below {alpha}.",
            alpha=SIGNIFICANT,
        ),
        *_selection_notes(values, path),
        removed_note(values, labels),
        model_size(values, population),
        proportional_note(values, population, labels),
        estimand_text(population, "Estimand of treatment alone"),
        arms_note(arms),
    ]
    title = f"Prognostic factors for {inside_sentence(outcome)}"
    return PaperTable(title, "Variable", columns, rows, notes)


def _variable_rows(values: Values, population: str, name: str, variable: dict, arms: dict) -> list[Row]:
    """One row if a variable has one contrast; for several, a row with the joint test and one per contrast."""
    contrasts = values.groups(name, "hazard_ratio")
    if len(contrasts) == 1:
        only = contrasts[0]
        unit = per_unit(variable.get("unit"), variable.get("per", 1))
        what = f", {unit}" if only == PER_UNIT else f" ({group_name(only, arms)})"
        return [Row(variable["label"] + what, _cells(values, population, name, only, variable))]
    together = contrasts and any(unweighted(row.method) in MODELS for row in values.rows(variable=name, group=OVERALL))
    head = Row(variable["label"], _cells(values, population, name, OVERALL, variable) if together else [BLANK] * 4)
    return [
        head,
        *(Row(contrast, _cells(values, population, name, contrast, variable), is_level=True) for contrast in contrasts),
    ]


def _cells(values: Values, population: str, name: str, group: str, variable: dict) -> list[Cell]:
    cells = []
    key = {"population": population, "variable": name, "group": group}
    for method in MODELS:
        estimate, *limits = (values.find(part, (method,), **key) for part in ("hazard_ratio", "ci_low", "ci_high"))
        cell = ratio_cell(estimate, *limits)
        cells.append(BLANK if estimate is ABSENT else cell._replace(note=_remarks(cell.note, variable)))
        p = values.find("p_value", (method,), **key)
        cells.append(BLANK if p is ABSENT else p_cell(p))
    return cells


def _remarks(note: str, variable: dict) -> str:
    """A hazard ratio's note without the unit and the selection, which the table shows anyway."""
    rest = note.removeprefix(per_unit(variable.get("unit"), variable.get("per", 1)))
    return "; ".join(part for part in rest.split("; ") if part and not part.startswith(SELECTED))


def _selection_notes(values: Values, path: str) -> list[list[Piece]]:
    """The rule by which variables enter the multivariable model."""
    parts = (part for row in values.rows() for part in row.note.split("; ") if part.startswith(SELECTED))
    rules = [part.replace(": p", " at univariable P") for part in dict.fromkeys(parts)]
    return [
        pieces(f"A variable {rule}.", [setting(f"{path}.select", rule.split()[-1])])
        for rule in rules
        if not rule.endswith("< 1")  # then every variable enters
    ]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    table = prognosis_table(
        Values(naming_arms(read_statistics(snakemake.input.statistics), snakemake.params.arms)),
        snakemake.params.population,
        snakemake.params.variables,
        snakemake.params.outcome,
        snakemake.params.arms,
        snakemake.params.path,
    )
    table.notes += split_notes(snakemake.input.cut_points, snakemake.params.variables)
    write_paper_table(table, snakemake.output, snakemake.params.watermark, snakemake.params.abbreviations)
