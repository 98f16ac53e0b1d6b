"""Survival of the two arms at each endpoint, in each population.

Kaplan-Meier medians and survival at stated times with 95% intervals, the log-rank test, the hazard ratio of a Cox
model with treatment alone and, in matched patients, of one with standard errors clustered by pair; follow-up by the
reverse Kaplan-Meier method.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from twoarm.config.keys import unweighted
from twoarm.config.populations import ENROLLED, Population
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, arm_values, contrast_of
from twoarm.results.wording import ADJUSTED_NOTE, estimands_text, naming_arms
from twoarm.tables.cells import BLANK, Cell, count_cell, estimate_cell, p_cell, ratio_cell
from twoarm.tables.estimates import MEDIAN_DIGITS
from twoarm.tables.paper_table import PaperTable, Row, arm_columns, arm_row, arms_note, spanners
from twoarm.tables.table_files import write_paper_table
from twoarm.text.labels import inside_sentence
from twoarm.text.provenance import CONFIDENCE, SIGNIFICANT, prose, setting
from twoarm.text.units import unit_of

CURVE, FOLLOW_UP, RESTRICTED = ("kaplan_meier",), ("reverse_kaplan_meier",), ("rmst",)
HAZARD_RATIOS = {
    "cox": "Hazard ratio",
    "cox_pair_robust": "Hazard ratio, clustered by pair",
    "cox_set_robust": "Hazard ratio, clustered by matched set",
}


def survival_table(
    values: Values,
    populations: list[Population],
    endpoints: dict[str, str],
    unit: str,
    arms: dict,
    adjusted: Mapping[str, str] = MappingProxyType({}),
    follow_up: str = "",
    demanded: Sequence[str] = (),
) -> PaperTable:
    """Return the table from the statistics of survival and, if there are adjusted designs, of adjusted.

    populations: those of the study; endpoints: {name: label}, the primary one first; unit: the study's time unit;
    adjusted: {adjusted design: its label}; follow_up: the endpoint that tells how long patients were followed;
    demanded: the criteria that depend on what happened after treatment start.
    """
    columns = []
    for population, spanner in spanners(populations).items():
        columns += arm_columns(values, population, arms, spanner, variable=next(iter(endpoints)))
    rows = []
    for name, label in endpoints.items():
        own = _Endpoint(values, populations, name, unit, arms, demanded)
        rows += [Row(label, [BLANK] * len(columns)), *own.rows(adjusted, name == follow_up)]
    notes = [
        prose("Estimates are given with {level} confidence intervals.", level=CONFIDENCE),
        prose(
            "P value of hazard ratios: Wald test of the Cox model; bold below {alpha}.",
            alpha=SIGNIFICANT,
        ),
        "Median follow-up by the reverse Kaplan–Meier method." if follow_up else "",
        estimands_text(populations),
        ADJUSTED_NOTE if adjusted else "",
        arms_note(arms),
    ]
    return PaperTable("Survival of the two arms", "Endpoint", columns, rows, [note for note in notes if note])


class _Endpoint:
    """Prints the rows of one endpoint."""

    def __init__(
        self,
        values: Values,
        populations: list[Population],
        endpoint: str,
        unit: str,
        arms: dict,
        demanded: Sequence[str],
    ):
        self.values, self.endpoint, self.unit, self.arms = values, endpoint, unit, arms
        self.demanded = f"By design: enrolment depended on {'; '.join(demanded)}" if demanded else ""
        self.populations, self.contrast = [population.name for population in populations], contrast_of(arms)

    def rows(self, adjusted: Mapping[str, str], has_follow_up: bool) -> list[Row]:
        """The rows from events to follow-up; results that the study does not compute have no row."""
        times = self.values.levels(self.endpoint, "survival")
        horizons = self.values.levels(self.endpoint, "rmst")
        methods = {unweighted(row.method) for row in self.values.rows()}
        return [
            self._row("Events, n", lambda population, arm: count_cell(self._find(population, arm, "events"))),
            self._row(f"Median, {self.unit}", self._estimate("median", CURVE)),
            *(self._at_time(time) for time in times),
            *(self._restricted_mean(time) for time in horizons),
            self._row("Log-rank test", lambda population, arm: BLANK, self._p("logrank")),
            *(self._hazard_ratio(method) for method in HAZARD_RATIOS if method in methods),
            *(self._adjusted(name, label) for name, label in adjusted.items()),
            *([self._row(f"Median follow-up, {self.unit}", self._estimate("median", FOLLOW_UP))] * has_follow_up),
        ]

    def _at_time(self, time: str) -> Row:
        row = self._row(
            f"Survival at {time} {unit_of(time, self.unit)}, %", self._estimate("survival", CURVE, time, scale=100)
        )
        return row._replace(sources=(setting("survival.times", time),))

    def _restricted_mean(self, time: str) -> Row:
        row = self._row(
            f"Restricted mean to {time} {unit_of(time, self.unit)}",
            self._estimate("rmst", RESTRICTED, time),
            self._p("rmst", time),
        )
        return row._replace(sources=(setting("survival.rmst", time),))

    def _hazard_ratio(self, method: str) -> Row:
        def of_arm(population, arm):
            if not (self._rows_of(population, method)):
                return BLANK
            if arm != arm_values(self.arms)[0]:
                return Cell("reference")
            parts = ("hazard_ratio", "ci_low", "ci_high")
            return ratio_cell(*(self._find(population, self.contrast, part, (method,)) for part in parts))

        def test(population):
            return self._p(method)(population) if self._rows_of(population, method) else [BLANK]

        return self._row(HAZARD_RATIOS[method], of_arm, test)

    def _adjusted(self, design: str, label: str) -> Row:
        """The adjusted hazard ratio, in the columns of the enrolled patients."""
        method = ("cox_adjusted",)

        def of_arm(population, arm):
            if population != ENROLLED:
                return BLANK
            if arm != arm_values(self.arms)[0]:
                return Cell("reference")
            parts = ("hazard_ratio", "ci_low", "ci_high")
            return ratio_cell(*(self._find(design, self.contrast, part, method) for part in parts))

        def test(population):
            return [p_cell(self._find(design, self.contrast, "p_value", method)) if population == ENROLLED else BLANK]

        return self._row(f"Hazard ratio, {inside_sentence(label)}", of_arm, test)

    def _row(self, label, of_arm, of_contrast=None) -> Row:
        return arm_row(label, self.populations, self.arms, of_arm, of_contrast, is_level=True)

    def _find(self, population, group, statistic, methods=(), level=""):
        key = {"population": population, "group": group, "variable": self.endpoint, "level": level}
        return self.values.find(statistic, methods, **key)

    def _p(self, method, level=""):
        return lambda population: [p_cell(self._find(population, self.contrast, "p_value", (method,), level))]

    def _estimate(self, statistic, methods, level="", scale=1):
        digits = 1 if statistic == "survival" else MEDIAN_DIGITS[self.unit]

        def of_arm(population, arm):
            parts = (statistic, "ci_low", "ci_high")
            found = [self._find(population, arm, part, methods, level) for part in parts]
            cell = estimate_cell(*found, digits, scale)
            nobody = statistic == "survival" and found[0].value == 1  # immortal time: nobody enrolled could die before
            return cell._replace(note="; ".join(filter(None, [cell.note, self.demanded * nobody])))

        return of_arm

    def _rows_of(self, population, method) -> bool:
        """Whether a population has rows of a method (only matched patients have pairs)."""
        return bool(self.values.rows(population=population, method=method))


if __name__ == "__main__":
    log_to(snakemake.log[0])
    table = survival_table(
        Values(naming_arms(read_statistics(*snakemake.input.statistics), snakemake.params.arms)),
        snakemake.params.populations,
        snakemake.params.endpoints,
        snakemake.params.unit,
        snakemake.params.arms,
        snakemake.params.adjusted,
        snakemake.params.follow_up,
        snakemake.params.demanded,
    )
    write_paper_table(table, snakemake.output, snakemake.params.watermark, snakemake.params.abbreviations)
