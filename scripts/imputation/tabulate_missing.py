"""The table of missing values: how many patients of each arm lack each variable, and what was done about it."""

from twoarm.config.populations import ELIGIBLE
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values
from twoarm.results.wording import arm_names
from twoarm.tables.cells import Cell, count_cell
from twoarm.tables.paper_table import Column, PaperTable, Row, arms_note
from twoarm.tables.table_files import write_paper_table


def missing_table(values: Values, variables: dict[str, dict], handling: dict[str, str], arms: dict) -> PaperTable:
    """Return the table from the statistics `missing`.

    variables: {name: label, and missing_level if it has one}, in order; handling: {variable: what was done}.
    """
    names = arm_names(arms)
    totals = {arm: count_cell(values.find("total", population=ELIGIBLE, group=arm)) for arm in names}
    columns = [Column(f"{name}\n(n = {totals[arm].text})", sources=totals[arm].sources) for arm, name in names.items()]
    rows = [
        Row(variable["label"], [*_cells(values, names, name, variable.get("missing_level", "")), Cell(handling[name])])
        for name, variable in variables.items()
    ]
    rows.append(Row("Any of these", [*_cells(values, names), Cell("")]))
    notes = ["Values are n (%) of the patients who meet all criteria but that of complete values.", arms_note(arms)]
    return PaperTable("Missing values", "Variable", [*columns, Column("What was done")], rows, [n for n in notes if n])


def _cells(values: Values, arms: dict[str, str], variable: str = "", level: str = "") -> list[Cell]:
    """The patients of each arm without a value."""
    key = {"population": ELIGIBLE, "variable": variable, "level": level}
    return [
        count_cell(values.find("missing", group=arm, **key), values.find("percent", group=arm, **key)) for arm in arms
    ]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    table = missing_table(
        Values(read_statistics(snakemake.input.statistics)),
        snakemake.params.variables,
        snakemake.params.handling,
        snakemake.params.arms,
    )
    write_paper_table(table, snakemake.output, snakemake.params.watermark, snakemake.params.abbreviations)
