"""How the run compares with what a paper printed: the score, the values that differ, the audit of its numbers."""

from twoarm.config.populations import Population
from twoarm.report.document import Document, Paragraph, Section, Table
from twoarm.report.run import Run
from twoarm.results.wording import describe, where_printed
from twoarm.tables.cells import BLANK, Cell
from twoarm.tables.paper_table import Column, PaperTable, Row
from twoarm.text.provenance import Sourced, counted, prose


def reproduction_document(run: Run) -> Document:
    """The document beside the report: score and audit."""
    under = prose("{title}. The printed values, against this run and against each other.", title=run.key("study.title"))
    notice = run.protocol["study"].get("notice", "")
    return Document("Reproduction of the published values", under, notice, [_score(run), _audit(run)], prefix="R")


def _score(run: Run) -> Section:
    """The score against the paper, and the values that differ."""
    scorecard = run.raw["reproduction"]
    counts = {
        verdict: counted("reproduction", sum(row["verdict"] == verdict for row in scorecard), verdict=verdict)
        for verdict in ("reproduced", "contradicted", "differs")
    }
    text = (
        "Of {total} values in the paper, the run reproduces {reproduced}. The paper's own other numbers contradict "
        "{contradicted}; {differs} differ without such a reason."
    )
    blocks: list = [Paragraph(prose(text, total=counted("reproduction", len(scorecard)), **counts))]
    missed = [row for row in scorecard if row["verdict"] != "reproduced"]
    if missed and "disclosure" not in run.protocol:  # computed values could reveal small numbers
        blocks.append(Table("not_reproduced", _missed_table(missed, run.names(), run.populations)))
    return Section("reproduction", "Score", blocks)


def _audit(run: Run) -> Section:
    """The paper's numbers compared with each other."""
    audit = run.raw["audit"]
    text = (
        "The audit compares the paper's printed numbers with each other, without any patient data: {checks} "
        "checks, {errors} errors (values that the paper's other numbers exclude), {decisions} of which move P "
        "across {alpha}. It uses the paper's numbers of tables and figures."
    )
    parts = {
        "checks": counted("audit", len(audit)),
        "errors": counted("audit", sum(row["error"] == "True" for row in audit), error=True),
        "decisions": counted("audit", sum(row["decision_error"] == "True" for row in audit), decision_error=True),
        "alpha": run.alpha,
    }
    return Section("audit", "Audit of the printed values", [Paragraph(prose(text, **parts)), *run.table("audit")])


def _missed_table(missed: list[dict], labels: dict[str, str], populations: list[Population]) -> PaperTable:
    """The printed values that the run does not reproduce.

    labels: {variable or endpoint: label}; populations: those of the study.
    """
    columns = [Column("Statistic"), Column("Printed"), Column("Computed")]
    rows = []
    for row in missed:
        source = f"reproduction.csv | {describe(row)}"

        def cell(text: str, source: str = source) -> Cell:
            return Cell(text, sources=(Sourced(text, source),)) if text else BLANK

        cells = [Cell(row["statistic"].replace("_", " ")), cell(row["printed"]), cell(row["rounded"])]
        label = ": ".join(filter(None, [where_printed(row, labels, populations), row["explanation"]]))
        rows.append(Row(label, cells, sources=(Sourced(label, source),)))
    return PaperTable("Printed values that the run does not reproduce", "Value", columns, rows)
