"""The report: all results of a run, in the order of a paper, as one HTML page and as a Word document.

It computes nothing. Each number is from a row of results/statistics (or the config); hovering over it shows the row.
"""

import json
import re
from pathlib import Path

from twoarm.report.closing import provenance
from twoarm.report.document import Document, explained_once, references
from twoarm.report.document_html import document_html
from twoarm.report.document_word import write_document
from twoarm.report.finished import read_run, read_works
from twoarm.report.front import front
from twoarm.report.further import further
from twoarm.report.run import Run
from twoarm.report.sections import paper_of
from twoarm.results.errors import log_to
from twoarm.text.provenance import prose


def report_document(run: Run, scripts: list[str], version: str, works: dict[str, str]) -> Document:
    """Return the report.

    scripts: the paths of the scripts that ran; version: of this workflow; works: {key: a work to cite}.
    """
    paper, appendix = paper_of(run), [*further(run), provenance(run, scripts, version)]
    first = front(run, [*paper, *appendix])
    [first] = explained_once([first], run.abbreviations)
    text = explained_once([*paper, *appendix], run.abbreviations)
    sections, appendix = text[: len(paper)], text[len(paper) :]
    sections += references(sections, works)
    title = run.protocol["study"]["title"]
    subtitle = prose(
        "{treated} against {control}: report of the run",
        treated=run.key("arms.treated.label"),
        control=run.key("arms.control.label"),
    )
    return Document(title, subtitle, run.protocol["study"].get("notice", ""), sections, front=first, appendix=appendix)


def workflow_version(project: str) -> str:
    """The version in pyproject.toml."""
    return re.search(r'^version = "(.*)"$', Path(project).read_text(encoding="utf-8"), re.MULTILINE)[1]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    run, works = read_run(snakemake.params.protocol, snakemake.input), read_works(snakemake.input.references)
    document = report_document(run, snakemake.input.scripts, workflow_version(snakemake.input.project), works)
    curves = [json.loads(Path(path).read_text(encoding="utf-8")) for path in snakemake.input.curves]
    Path(snakemake.output.html).write_text(document_html(document, *curves), encoding="utf-8")
    write_document(document, snakemake.output.docx)
    Path(snakemake.output.anchors).write_text(json.dumps(document.names(), ensure_ascii=False), encoding="utf-8")
