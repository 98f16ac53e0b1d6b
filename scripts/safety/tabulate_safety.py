"""Table 3: adverse events by arm and range of grades; each patient counts once per term, at the worst grade."""

from collections.abc import Mapping

from twoarm.config.keys import DEATHS
from twoarm.config.populations import ENROLLED, Population
from twoarm.raw.terms import ANY, NO_LABELS, printed_term
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, contrast_of
from twoarm.results.wording import arm_names, estimand_text
from twoarm.tables.cells import count_cell, estimate_cell, p_cell
from twoarm.tables.estimates import found_with_limits
from twoarm.tables.paper_table import (
    Column,
    PaperTable,
    Row,
    arm_columns,
    arm_row,
    arms_note,
    mark_of,
    tests_note,
    usual,
)
from twoarm.tables.table_files import write_paper_table
from twoarm.text.provenance import Piece, Sourced, joined, prose, setting


def safety_table(
    values: Values,
    population: Population,
    grades: list[str],
    version: str,
    arms: dict,
    labels: Mapping = NO_LABELS,
    difference: bool = False,
) -> PaperTable:
    """Return Table 3 of one population from the statistics of safety.

    grades: the labels of the ranges of grades, in order; version: of the grading; labels: of terms, in print;
    difference: whether a column of the arms' differences is before that of each P value.
    """
    version = setting("safety.version", version)
    terms = [term for term in dict.fromkeys(row.variable for row in values.rows(population=population.name)) if term]
    terms = [term for term in terms if term != ANY] + [term for term in terms if term == ANY]
    columns = []
    for grade in grades:
        *of_arms, of_test = arm_columns(values, population.name, arms, grade)
        columns += [*of_arms, *[Column("Difference, % points (95% CI)", grade)] * difference, of_test]
    usual_test = usual([row.method for row in values.rows(population=population.name, statistic="p_value")])
    rows = [_term_row(values, population.name, term, grades, arms, usual_test, difference) for term in terms]
    rows = [row._replace(label=printed_term(row.label, labels)) for row in rows]
    notes = [
        prose("Values are n (%) of patients, each at the worst grade by {version}.", version=version),
        tests_note(usual_test),
        *["CI, confidence interval (Newcombe)."] * difference,
        _deaths(values, arms),
        estimand_text(population),
    ]
    return PaperTable(
        f"Adverse events, {population.inside_sentence}", "Adverse event", columns, rows, [*notes, arms_note(arms)]
    )


def _deaths(values: Values, arms: dict) -> list[Piece]:
    """Fatal events of all enrolled patients, below a table of any, because patients outside it may have died."""
    parts = []
    for arm, (value, name) in zip(("treated", "control"), arm_names(arms).items(), strict=True):
        key = {"population": ENROLLED, "group": value}
        n, total = values.find("n", variable=ANY, level=DEATHS, **key), values.find("total", **key)
        of = [*count_cell(n).pieces, " of ", *count_cell(total).pieces, " in the "]
        parts.append([*of, setting(f"arms.{arm}.short", name), " group"])
    text = "All enrolled patients, any adverse event, {deaths}: {parts}."
    return prose(text, deaths=Sourced(DEATHS, "convention: keys.DEATHS"), parts=joined(parts))


def _term_row(
    values: Values,
    population: str,
    term: str,
    grades: list[str],
    arms: dict,
    usual_test: tuple[str, ...],
    difference: bool,
) -> Row:
    key = {"population": population, "variable": term}
    overall = values.find("n", level=grades[0], group="overall", **key)
    of_term = "" if overall.masked else overall.note

    def of_arm(grade, arm):
        here = {**key, "level": grade, "group": arm}
        return count_cell(values.find("n", **here), values.find("percent", **here))

    def compare(grade):
        here = {**key, "level": grade, "group": contrast_of(arms)}
        found = (values.find("p_value", **here), *found_with_limits(values, "difference", "newcombe", **here))
        p, *limits = [part._replace(note="") if part.note == of_term else part for part in found]  # said at the term
        return [*[estimate_cell(*limits, 1)] * difference, p_cell(p, mark_of(p.method, usual_test))]

    return arm_row(term, grades, arms, of_arm, compare)._replace(note=of_term)


if __name__ == "__main__":
    log_to(snakemake.log[0])
    table = safety_table(
        Values(read_statistics(snakemake.input.statistics)),
        snakemake.params.population,
        list(snakemake.params.safety["grades"]),
        snakemake.params.safety["version"],
        snakemake.params.arms,
        snakemake.params.safety["labels"],
        snakemake.params.safety["difference"],
    )
    write_paper_table(table, snakemake.output, snakemake.params.watermark, snakemake.params.abbreviations)
