"""The report: all results of a run, in the order of a paper, as one HTML page and as a Word document.

It computes nothing. Each number is from a row of results/statistics (or the config); hovering over it shows the row.
"""

import json
import re
from pathlib import Path

import yaml

from twoarm.report.closing import provenance
from twoarm.report.diagnostics import robustness
from twoarm.report.document import Document, explained_once, references
from twoarm.report.document_html import document_html
from twoarm.report.document_word import write_document
from twoarm.report.front import front
from twoarm.report.further import further
from twoarm.report.imputation import pooled
from twoarm.report.methods import methods
from twoarm.report.patients import balance, baseline, design, flow
from twoarm.report.prognosis import prognosis
from twoarm.report.response import outcomes, response
from twoarm.report.run import Run
from twoarm.report.safety import safety
from twoarm.report.subgroups import subgroups
from twoarm.report.survival import survival
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values
from twoarm.tables.table_files import read_table
from twoarm.text.provenance import prose

SECTIONS = [
    design, flow, baseline, balance,
    survival, response, outcomes, subgroups, prognosis, safety, pooled, robustness,
    methods,
]  # fmt: skip


def report_document(run: Run, scripts: list[str], version: str, works: dict[str, str]) -> Document:
    """Return the report.

    scripts: the paths of the scripts that ran; version: of this workflow; works: {key: a work to cite}.
    """
    sections = explained_once([section for make in SECTIONS if (section := make(run))], run.abbreviations)
    sections += references(sections, works)
    appendix = [*further(run), provenance(run, scripts, version)]
    first = front(run, [*sections, *appendix])
    title = run.protocol["study"]["title"]
    subtitle = prose(
        "{treated} against {control}: report of the run",
        treated=run.key("arms.treated.label"),
        control=run.key("arms.control.label"),
    )
    return Document(title, subtitle, run.protocol["study"].get("notice", ""), sections, front=first, appendix=appendix)


def read_run(protocol: dict, statistics: list[str], tables: list[str], figures: list[str], others: list[str]) -> Run:
    """Read the results of a run. statistics, tables (JSON parts), figures (SVG), others (in other formats): paths."""
    return Run(
        protocol=protocol,
        statistics={Path(path).stem: Values(read_statistics(path)) for path in statistics},
        tables={Path(path).stem: read_table(path) for path in tables},
        figures=[Path(path).stem for path in figures],
        columns=[path.stem for path in map(Path, others) if path.suffix == ".svg" and path.parent.name == "column"],
    )


def workflow_version(project: str) -> str:
    """The version in pyproject.toml."""
    return re.search(r'^version = "(.*)"$', Path(project).read_text(encoding="utf-8"), re.MULTILINE)[1]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    run = read_run(
        snakemake.params.protocol,
        snakemake.input.statistics,
        snakemake.input.tables,
        snakemake.input.figures,
        snakemake.input.other_formats,
    )
    works = yaml.safe_load(Path(snakemake.input.references).read_text(encoding="utf-8"))
    document = report_document(run, snakemake.input.scripts, workflow_version(snakemake.input.project), works)
    curves = [json.loads(Path(path).read_text(encoding="utf-8")) for path in snakemake.input.curves]
    Path(snakemake.output.html).write_text(document_html(document, *curves), encoding="utf-8")
    write_document(document, snakemake.output.docx)
    Path(snakemake.output.anchors).write_text(json.dumps(document.names(), ensure_ascii=False), encoding="utf-8")
