"""The audit of a paper's printed values as a table: errors first, then what a reviewer would ask.

Checks without a finding are counted, not listed, except those whose result is worth knowing in any case.
"""

from twoarm.config.populations import Population
from twoarm.published.audit import read_audit
from twoarm.results.errors import log_to
from twoarm.results.wording import describe, where_printed
from twoarm.tables.cells import BLANK, Cell
from twoarm.tables.paper_table import Column, PaperTable, Row
from twoarm.tables.table_files import write_paper_table
from twoarm.text.provenance import SIGNIFICANT, Sourced, counted, prose
from twoarm.text.rounding import p_text

COLUMNS = [Column("P value\nas printed"), Column("P value\nimplied"), Column("Range")]
INFORMATIVE = ["median_against_logrank", "best_response_against_survival", "fragility", "multiplicity"]


def audit_table(audit: list[dict], labels: dict[str, str], populations: list[Population]) -> PaperTable:
    """Return the table from the rows of the audit.

    labels: {variable or endpoint: label}; populations: those of the study.
    """
    wrong = [row for row in audit if row["error"]]
    doubtful = [row for row in audit if row["concern"] and not row["error"]]
    settled = [row for row in audit if not (row["error"] or row["concern"])]
    sections = {
        "Errors: the other printed numbers exclude the value": wrong,
        "Questions: not proven wrong, but a reviewer would ask": doubtful,
        "For information": [row for row in settled if row["check"] in INFORMATIVE],
    }
    rows = []
    for title, found in sections.items():
        if found:
            rows.append(Row(title, [BLANK] * len(COLUMNS)))
            rows += [_finding_row(row, labels, populations) for row in found]
    text = (
        "{checks} checks: {errors} errors, {decisions} of which move P across {alpha} (bold); {questions} questions. "
        "Numbers of tables and figures are the paper's."
    )
    notes = [
        prose(
            text,
            checks=counted("audit", len(audit)),
            errors=counted("audit", len(wrong), error=True),
            decisions=counted("audit", sum(row["decision_error"] for row in audit), decision_error=True),
            questions=counted("audit", len(doubtful), error=False, concern=True),
            alpha=SIGNIFICANT,
        ),
        "Based only on the paper's printed numbers, without patient data.",
        "P value implied: the closest one that the other printed numbers give; for medians, at constant hazards; "
        "for corrections, the corrected one. Range: over all tests, families and roundings that are possible.",
    ]
    return PaperTable("Audit of the printed values", "Finding", COLUMNS, rows, notes)


def _finding_row(row: dict, labels: dict[str, str], populations: list[Population]) -> Row:
    """One check; all its numbers come from its row of audit.csv."""
    reach = [p_text(row[end]) for end in ("low", "high")] if row["low"] != row["high"] else []
    texts = [row["reported_p"], p_text(row["computed_p"]), "–".join(filter(None, reach))]
    source = f"audit.csv | {describe(row)} | {row['check']}"
    cells = [Cell(text, sources=(Sourced(text, source),) if text else ()) for text in texts]
    cells[1] = cells[1]._replace(bold=row["decision_error"])
    label = f"{where_printed(row, labels, populations)}: {row['finding']}"
    return Row(label, cells, is_level=True, sources=(Sourced(label, source),))


if __name__ == "__main__":
    log_to(snakemake.log[0])
    table = audit_table(read_audit(snakemake.input.audit), snakemake.params.labels, snakemake.params.populations)
    write_paper_table(table, snakemake.output)  # no watermark: it audits the paper, not the patients
