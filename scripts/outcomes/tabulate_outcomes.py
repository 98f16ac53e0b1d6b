"""The table of yes/no outcomes: their number in each arm, in each population, and how the arms compare."""

from twoarm.config.levels import YES
from twoarm.config.populations import Population
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, arm_values, contrast_of
from twoarm.results.wording import estimands_text
from twoarm.tables.cells import Cell, count_cell, estimate_cell, interval, p_cell, ratio_cell
from twoarm.tables.estimates import found_with_limits
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

RATIOS = {"Risk ratio (95% CI)": ("risk_ratio", "katz"), "Odds ratio (95% CI)": ("odds_ratio", "wald")}


def outcomes_table(values: Values, populations: list[Population], labels: dict[str, str], arms: dict) -> PaperTable:
    """Return the table from the statistics of outcomes. labels: of the outcomes, by name, in the order of printing."""
    names = [population.name for population in populations]
    columns = []
    for population, spanner in spanners(populations).items():
        columns += arm_columns(values, population, arms, spanner)
    usual_test = usual([row.method for row in values.rows(statistic="p_value")])
    rows = [row for name in labels for row in _rows(values, names, name, labels[name], arms, usual_test)]
    missing = "Percentages are of the patients whose outcome is known." if values.rows(statistic="missing") else ""
    intervals = (
        "CI, confidence interval (Clopper–Pearson; for differences, Newcombe; for risk ratios, Katz; for odds ratios, "
        "Wald)."
    )
    notes = [*filter(None, [missing]), tests_note(usual_test), intervals, estimands_text(populations), arms_note(arms)]
    return PaperTable("Yes/no outcomes", "Outcome", columns, rows, notes)


def _rows(
    values: Values, populations: list[str], name: str, label: str, arms: dict, usual_test: tuple[str, ...]
) -> list[Row]:
    """An outcome with its test, its interval in each arm, patients without a value, and the arms' comparison."""
    key, (treated, _) = {"variable": name}, arm_values(arms)

    def share(population, arm):
        here = {**key, "population": population, "group": arm, "level": YES}
        return count_cell(values.find("n", **here), values.find("percent", **here))

    def test(population):
        p = values.find("p_value", population=population, group=contrast_of(arms), level=YES, **key)
        return [p_cell(p, mark_of(p.method, usual_test))]

    def limits(population, arm):
        here = {**key, "population": population, "group": arm, "level": YES}
        exact = ("clopper_pearson",)
        return interval(values.find("ci_low", exact, **here), values.find("ci_high", exact, **here), 1)

    def missing(population, arm):
        return count_cell(values.find("missing", population=population, group=arm, **key))

    def compared(statistic, method):
        def cell(population, arm):
            if arm != treated:
                return Cell("reference")
            here = {**key, "population": population, "group": contrast_of(arms), "level": YES}
            found = found_with_limits(values, statistic, method, **here)
            return ratio_cell(*found) if statistic.endswith("ratio") else estimate_cell(*found, 1)

        return cell

    rows = [
        arm_row(f"{label}, n (%)", populations, arms, share, test),
        arm_row("95% CI", populations, arms, limits, is_level=True),
    ]
    if values.rows(variable=name, statistic="missing"):
        rows.append(arm_row("Unknown, n", populations, arms, missing, is_level=True))
    contrasts = {"Difference, % points (95% CI)": ("difference", "newcombe"), **RATIOS}
    return rows + [arm_row(text, populations, arms, compared(*how), is_level=True) for text, how in contrasts.items()]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    table = outcomes_table(
        Values(read_statistics(snakemake.input.statistics)),
        snakemake.params.populations,
        snakemake.params.labels,
        snakemake.params.arms,
    )
    write_paper_table(table, snakemake.output, snakemake.params.watermark, snakemake.params.abbreviations)
