"""Table 2: the best response of each arm by one criterion, in each population, with the two rates.

ORR is CR + PR and DCR is ORR + SD, among all patients analysed; a patient who is not evaluable (NE) has no response.
Intervals of the rates are exact (Clopper-Pearson); that of their difference is Newcombe's.
"""

from twoarm.config.populations import Population
from twoarm.response.response_rules import RATES
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, arm_values, contrast_of
from twoarm.results.wording import estimands_text
from twoarm.tables.cells import Cell, count_cell, estimate_cell, interval, p_cell
from twoarm.tables.paper_table import (
    PaperTable,
    Row,
    arm_columns,
    arm_row,
    arms_note,
    mark_of,
    spanners,
    tests_note,
    usual,
)
from twoarm.tables.table_files import write_paper_table

ALWAYS = ("CR", "PR", "SD", "PD")
WORDS = {
    "CR": "complete response",
    "PR": "partial response",
    "SD": "stable disease",
    "NON-CR/NON-PD": "neither complete response nor progression of non-target lesions",
    "PD": "progressive disease",
    "NE": "not evaluable",
    "ORR": "objective response rate",
    "DCR": "disease control rate",
}


def response_table(values: Values, populations: list[Population], criterion: str, label: str, arms: dict) -> PaperTable:
    """Return Table 2 of one criterion (label: its name) from the statistics of response. populations: of the study.

    A category other than CR, PR, SD and PD is left out if no patient has it.
    """
    columns, names = [], [population.name for population in populations]
    for population, spanner in spanners(populations).items():
        columns += arm_columns(values, population, arms, spanner, variable=criterion)
    rows = [
        _category_row(values, names, criterion, level, arms) for level in values.levels(criterion) if level not in RATES
    ]
    rows = [row for row in rows if row.label in ALWAYS or any(cell.text not in ("", "0") for cell in row.cells)]
    words = "; ".join(f"{label}, {WORDS[label]}" for label in [*(row.label for row in rows), *RATES] if label in WORDS)
    key = {"group": contrast_of(arms), "variable": criterion}
    tests = [values.find("p_value", population=p, level=rate, **key).method for p in names for rate in RATES]
    rows += [row for rate in RATES for row in _rate_rows(values, names, criterion, rate, arms, usual(tests))]
    intervals = "CI, confidence interval (Clopper–Pearson; for differences, Newcombe)."
    notes = [f"{words}.", tests_note(usual(tests)), intervals, estimands_text(populations), arms_note(arms)]
    return PaperTable(f"Best response by {label}", "Response", columns, rows, notes)


def _category_row(values: Values, populations: list[str], criterion: str, level: str, arms: dict) -> Row:
    def of_arm(population, arm):
        return count_cell(values.find("n", population=population, group=arm, variable=criterion, level=level))

    return arm_row(level, populations, arms, of_arm)


def _rate_rows(
    values: Values, populations: list[str], criterion: str, rate: str, arms: dict, usual_test: tuple[str, ...]
) -> list[Row]:
    """A rate with its test, its interval in each arm, and the difference between the arms."""
    key = {"variable": criterion, "level": rate}
    exact, newcombe = ("clopper_pearson",), ("newcombe",)

    def share(population, arm):
        here = {**key, "population": population, "group": arm}
        return count_cell(values.find("n", **here), values.find("percent", **here))

    def test(population):
        p = values.find("p_value", population=population, group=contrast_of(arms), **key)
        return [p_cell(p, mark_of(p.method, usual_test))]

    def limits(population, arm):
        here = {**key, "population": population, "group": arm}
        return interval(values.find("ci_low", exact, **here), values.find("ci_high", exact, **here), 1)

    def difference(population, arm):
        if arm != arm_values(arms)[0]:
            return Cell("reference")
        here = {**key, "population": population, "group": contrast_of(arms)}
        parts = [values.find(part, newcombe, **here) for part in ("difference", "ci_low", "ci_high")]
        return estimate_cell(*parts, 1)

    return [
        arm_row(f"{rate}, n (%)", populations, arms, share, test),
        arm_row("95% CI", populations, arms, limits, is_level=True),
        arm_row("Difference, % points (95% CI)", populations, arms, difference, is_level=True),
    ]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    values = Values(read_statistics(snakemake.input.statistics))
    table = response_table(
        values,
        snakemake.params.populations,
        snakemake.wildcards.criterion,
        snakemake.params.label,
        snakemake.params.arms,
    )
    write_paper_table(table, snakemake.output, snakemake.params.watermark, snakemake.params.abbreviations)
