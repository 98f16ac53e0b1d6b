"""The balance of each variable over all imputed data sets: how large its differences are on average, and at most.

Only the first data set is in the other tables; another one may be balanced less well.
"""

from collections.abc import Mapping

from twoarm.config.populations import Population
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, contrast_of
from twoarm.tables.cells import Cell, number
from twoarm.tables.paper_table import Column, PaperTable, Row, arms_note
from twoarm.tables.table_files import write_paper_table
from twoarm.text.provenance import prose, setting

SIZES = {"mean": "Mean", "largest": "Largest"}


def pooled_balance_table(
    values: Values, populations: list[Population], labels: Mapping[str, str], limit: float, arms: dict
) -> PaperTable:
    """Return the table from the statistics `pooled`. labels: of the judged variables; limit: of an SMD."""

    def cell(population: Population, size: str, name: str) -> Cell:
        found = values.find(
            "largest_smd", population=population.name, group=contrast_of(arms), variable=name, level=size
        )
        return number(found, 3)._replace(bold=found.value > limit)

    columns = [Column(head, population.label) for population in populations for head in SIZES.values()]
    rows = [
        Row(label, [cell(population, size, name) for population in populations for size in SIZES])
        for name, label in labels.items()
    ]
    note = prose(
        "Absolute standardised mean difference of each variable (of levels, the largest) in every imputed data set: "
        "the mean over the data sets, and the largest; bold above {limit}.",
        limit=setting("balance.smd", limit),
    )
    notes = [note, arms_note(arms)]
    return PaperTable("Balance over the imputed data sets", "Variable", columns, rows, [note for note in notes if note])


if __name__ == "__main__":
    log_to(snakemake.log[0])
    table = pooled_balance_table(
        Values(read_statistics(snakemake.input.statistics)),
        snakemake.params.populations,
        snakemake.params.labels,
        snakemake.params.limit,
        snakemake.params.arms,
    )
    write_paper_table(table, snakemake.output, snakemake.params.watermark, snakemake.params.abbreviations)
