"""The comparison with a published paper, as one HTML page and as a Word document of their own beside the report."""

from pathlib import Path

from twoarm.report.document_html import document_html
from twoarm.report.document_word import write_document
from twoarm.report.reproduction import reproduction_document
from twoarm.report.run import Run
from twoarm.results.errors import log_to
from twoarm.results.rows import read_csv_rows
from twoarm.tables.table_files import read_table

if __name__ == "__main__":
    log_to(snakemake.log[0])
    raw = {Path(path).stem: read_csv_rows(path) for path in (snakemake.input.scorecard, snakemake.input.audit)}
    run = Run(snakemake.params.protocol, {}, {"audit": read_table(snakemake.input.table)}, [], raw)
    document = reproduction_document(run)
    Path(snakemake.output.html).write_text(document_html(document), encoding="utf-8")
    write_document(document, snakemake.output.docx)
