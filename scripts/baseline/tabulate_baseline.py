"""Table 1: the patients at baseline, by arm, in each population.

Numbers are mean ± SD as the paper prints them, or median (quartiles) for those tested by rank if the protocol asks
(`baseline: skewed: median_iqr`); categories are n (%), in a row for each level, or in one row for a yes/no variable
(`baseline: binary: one_row`). A column of both arms together is printed if it was computed. The standardised mean
difference (SMD) is beside each p-value, because p-values do not measure balance (Austin, Stat Med
2009;28:3083-107).
"""

from collections.abc import Callable

from twoarm.config.keys import OVERALL
from twoarm.config.levels import YES
from twoarm.config.populations import Population
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Found, Values, contrast_of
from twoarm.results.wording import estimands_text
from twoarm.stats.imbalance import judged
from twoarm.tables.cells import BLANK, Cell, count_cell, empty, mean_cell, median_cell, number, p_cell
from twoarm.tables.paper_table import (
    Column,
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
from twoarm.tables.splits import split_notes
from twoarm.tables.table_files import write_paper_table
from twoarm.text.labels import inside_sentence
from twoarm.text.provenance import Piece, counted, prose, setting


def baseline_table(
    values: Values,
    populations: list[Population],
    variables: dict,
    skewed: str,
    limits: dict | None,
    arms: dict,
    binary: str = "levels",
) -> PaperTable:
    """Return Table 1.

    values: the statistics of baseline and, if the study matches, of balance (then `limits` is the config's balance,
    else None). populations: those of the study. variables: the dictionary entries of the table's variables, in
    order. skewed: what is printed for variables tested by rank, mean_sd or median_iqr. binary: rows of yes/no
    variables and of those with a level to be shown alone, levels or one_row.
    """
    printer = _Printer(values, populations, variables, skewed, limits, arms, binary)
    columns = []
    for population, spanner in spanners(populations).items():
        columns += arm_columns(values, population, arms, spanner, overall=printer.overall)
        columns += [Column("SMD", spanner)] if limits else []
    rows = [row for name, variable in variables.items() for row in printer.rows(name, variable)]
    late = [variable["label"] for variable in variables.values() if variable.get("timing") == "post_baseline"]
    unjudged = ", so not judged for balance" if limits else ""
    measured = [f"Measured after treatment start{unjudged}: {', '.join(late)}."] if late else []
    return PaperTable("Baseline characteristics", "Variable", columns, rows, [*printer.notes(), *measured])


class _Printer:
    """Prints one variable after another; keeps what they have in common."""

    def __init__(
        self,
        values: Values,
        populations: list[Population],
        variables: dict,
        skewed: str,
        limits: dict | None,
        arms: dict,
        binary: str,
    ):
        self.values, self.skewed, self.limits, self.arms, self.binary = values, skewed, limits, arms, binary
        self.overall = bool(values.rows(group=OVERALL, statistic="total"))
        self.of, self.contrast = populations, contrast_of(arms)
        self.populations = [population.name for population in populations]
        self.judged = set(judged(variables))
        self.usual_test = usual(
            [self._p(population, name).method for population in self.populations for name in variables]
        )

    def rows(self, name: str, variable: dict) -> list[Row]:
        """The rows of a variable: the variable with its test, its levels, and the number of unknown values."""
        levels = self.values.levels(name)
        if shown := self._shown_alone(variable, levels):
            label = f"{variable['label']}: {inside_sentence(shown)}, n (%)"
            row = self._level(name, shown, label, tested=True)
            return [row._replace(is_level=False), *self._unknown(name)]
        ranked = self.skewed == "median_iqr" and self._p(self.populations[0], name).method == "mann_whitney"
        label = f"{variable['label']} ({variable['unit']})" if variable.get("unit") else variable["label"]

        def of_arm(population, arm):
            return BLANK if levels else self._summary(population, arm, name, ranked)

        def compare(population):
            first = BLANK if len(levels) > 2 else self._smd(population, name, levels[0] if levels else "")
            return [self._test(population, name), *self._if_matched(first)]

        label = f"{label}, median (IQR)" if ranked else label
        own = self._row(label, of_arm, compare)
        each = [self._level(name, level, level, has_smd=len(levels) > 2) for level in levels]
        return [own, *each, *self._unknown(name)]

    def notes(self) -> list[str | list[Piece]]:
        """The notes below the table."""
        notes = ["Values are mean ± SD or n (%) unless stated otherwise.", tests_note(self.usual_test)]
        if self.limits:
            treated, control = (setting(f"arms.{arm}.short", self.arms[arm]["short"]) for arm in ("treated", "control"))
            whose = {"treated": treated, "pooled": "both arms"}[self.limits["denominator"]]
            notes.append(
                prose(
                    "SMD, standardised mean difference: {treated} minus {control} (for two levels, {which}), divided "
                    "by the SD in {whose} {before}; bold beyond ±{limit}.",
                    which="the one printed, or the first" if self.binary == "one_row" else "the first",
                    treated=treated,
                    control=control,
                    whose=whose,
                    before=self.of[0].when,
                    limit=setting("balance.smd", self.limits["smd"]),
                )
            )
        return [*notes, estimands_text(self.of), arms_note(self.arms)]

    def _shown_alone(self, variable: dict, levels: list[str]) -> str:
        """The level that a yes/no variable has its one row for; empty if each level has a row.

        The level that the config wants shown, of a flag Yes; the other one if no patient has it.
        """
        shown = variable.get("shown", YES if variable.get("kind") == "flag" else "")
        if self.binary != "one_row" or not shown or not 0 < len(levels) <= 2:
            return ""
        return shown if shown in levels else levels[0]

    def _row(self, label: str, of_arm: Callable, compare: Callable, is_level: bool = False) -> Row:
        return arm_row(label, self.populations, self.arms, of_arm, compare, is_level, self.overall)

    def _level(self, name: str, level: str, label: str, has_smd: bool = True, tested: bool = False) -> Row:
        """The row of a level. tested: whether the variable's P value is in it."""

        def of_arm(population, arm):
            key = {"population": population, "group": arm, "variable": name, "level": level}
            return count_cell(self.values.find("n", **key), self.values.find("percent", **key))

        def compare(population):
            test = self._test(population, name) if tested else BLANK
            return [test, *self._if_matched(self._smd(population, name, level) if has_smd else BLANK)]

        printed = level if level in label else inside_sentence(level)
        row = self._row(label, of_arm, compare, is_level=True)
        return row._replace(sources=(setting(f"variables.{name}", printed),))

    def _unknown(self, name: str) -> list[Row]:
        """A row with the number of patients without a value, if there are any."""

        def of_arm(population, arm):
            key = {"population": population, "group": arm, "variable": name}
            missing = self.values.find("missing", **key)
            none = counted("baseline", 0, statistic="missing", **key)  # a row only where somebody's value is missing
            return count_cell(missing) if missing.key else Cell("0", sources=(none,))

        row = self._row("Unknown", of_arm, lambda _: [BLANK, *self._if_matched(BLANK)], is_level=True)
        return [row] if any(cell.text not in ("", "0") for cell in row.cells) else []

    def _summary(self, population: str, arm: str, name: str, ranked: bool) -> Cell:
        parts = ("median", "q1", "q3") if ranked else ("mean", "sd")
        found = [self.values.find(part, population=population, group=arm, variable=name) for part in parts]
        return median_cell(*found) if ranked else mean_cell(*found)

    def _p(self, population: str, name: str) -> Found:
        return self.values.find("p_value", population=population, group=self.contrast, variable=name)

    def _test(self, population: str, name: str) -> Cell:
        p = self._p(population, name)
        return p_cell(p, mark_of(p.method, self.usual_test))

    def _smd(self, population: str, name: str, level: str) -> Cell:
        if not self.limits:
            return BLANK
        key = {"population": population, "group": self.contrast, "variable": name, "level": level}
        found = self.values.find("smd", (f"smd_{self.limits['denominator']}",), **key)
        if found.value != found.value:
            return empty(found)
        return number(found, 3)._replace(bold=name in self.judged and abs(found.value) > self.limits["smd"])

    def _if_matched(self, smd: Cell) -> list[Cell]:
        return [smd] if self.limits else []


if __name__ == "__main__":
    log_to(snakemake.log[0])
    table = baseline_table(
        Values(read_statistics(*snakemake.input.statistics)),
        snakemake.params.populations,
        snakemake.params.variables,
        snakemake.params.skewed,
        snakemake.params.limits,
        snakemake.params.arms,
        snakemake.params.binary,
    )
    table.notes += split_notes(snakemake.input.cut_points, snakemake.params.variables)
    write_paper_table(table, snakemake.output, snakemake.params.watermark, snakemake.params.abbreviations)
