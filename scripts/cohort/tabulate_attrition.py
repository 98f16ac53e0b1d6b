"""The table of exclusions: how many patients of each arm each criterion left out, and how many remained after it.

The flowchart counts both arms together; criteria that leave out more of one arm than of the other show here. It only
reads counts.
"""

from twoarm.config.keys import OVERALL
from twoarm.config.populations import SCREENED
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values
from twoarm.results.wording import arm_names, reason
from twoarm.tables.cells import BLANK, Cell, count_cell
from twoarm.tables.paper_table import Column, PaperTable, Row, arms_note
from twoarm.tables.table_files import write_paper_table

COUNTED = {"n": "Excluded", "remaining": "Left"}  # {statistic of a criterion: its header}


def attrition_table(values: Values, eligibility: dict, arms: dict) -> PaperTable:
    """Return the table from the statistics `attrition`. eligibility, arms: the config's."""
    groups = {OVERALL: "All"} | arm_names(arms)
    criteria = {part["id"]: reason(kind, part) for kind in eligibility for part in eligibility[kind] or []}

    def count(statistic: str, group: str, criterion: str = "") -> Cell:
        return count_cell(values.find(statistic, population=SCREENED, group=group, variable=criterion))

    rows = [Row("Screened", [cell for group in groups for cell in (BLANK, count("total", group))])]
    for criterion, label in criteria.items():
        rows.append(Row(label, [count(statistic, group, criterion) for group in groups for statistic in COUNTED]))
    columns = [Column(what, name) for name in groups.values() for what in COUNTED.values()]
    counted = "Of all patients screened, each is counted at the first criterion that excludes them, in this order."
    notes = [counted, arms_note(arms)]
    return PaperTable("Exclusions by arm", "Criterion", columns, rows, [note for note in notes if note])


if __name__ == "__main__":
    log_to(snakemake.log[0])
    table = attrition_table(
        Values(read_statistics(snakemake.input.statistics)), snakemake.params.eligibility, snakemake.params.arms
    )
    write_paper_table(table, snakemake.output, snakemake.params.watermark, snakemake.params.abbreviations)
