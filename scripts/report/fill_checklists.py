"""Reporting checklists (resources/checklists): each item is answered from the run, or left to the authors.

An item is answered if the report has every part that the item needs; it then links to them.
"""

import json
from pathlib import Path

import yaml

from twoarm.report.document import Document, Paragraph, Section, Table
from twoarm.report.document_html import document_html
from twoarm.report.document_word import write_document
from twoarm.results.errors import log_to
from twoarm.tables.cells import Cell
from twoarm.tables.paper_table import Column, PaperTable, Row
from twoarm.text.provenance import Link, Sourced, prose

REPORT = "report.html"
COLUMNS = [
    Column(head) for head in ("Status", "Where", "Answer from the run", "Left to the authors", "Manuscript page")
]


def checklist_document(checklists: list[dict], anchors: dict[str, str], title: str, notice: str) -> Document:
    """Return the filled checklists.

    checklists: from resources/checklists; anchors: {anchor: name} of the report; title, notice: the study's.
    """
    sections = [_section(checklist, anchors) for checklist in checklists]
    under = prose(
        "{title}. An aid for filling in the official forms, which authors submit.",
        title=Sourced(title, "config: study.title"),
    )
    return Document("Reporting checklists", under, notice, sections, prefix="S")


def _section(checklist: dict, anchors: dict[str, str]) -> Section:
    rows = [_row(item, anchors) for item in checklist["items"]]
    statuses = [row.cells[0].text for row in rows]
    counts = "; ".join(f"{statuses.count(status)} {status.lower()}" for status in dict.fromkeys(statuses))
    file = f"checklist {checklist['name']}"
    blocks = [
        Paragraph([Sourced(text, file)], "note") for text in (checklist["source"], checklist.get("remark", "")) if text
    ]
    table = PaperTable(checklist["title"], "Item", COLUMNS, rows, [[Sourced(f"{counts}.", file)]], sentences=True)
    name = checklist["name"].lower().replace(" ", "_")
    return Section(name, checklist["name"], [*blocks, Table(name, table)])


def _row(item: dict, anchors: dict[str, str]) -> Row:
    """One item: its status, its places in the report, the answer, and what is left to the authors."""
    label = f"{item['id']} {item['topic']}: {item['asks']}"
    answered = bool(item["needs"]) and all(anchor in anchors for anchor in item["needs"])
    places = [anchor for anchor in dict.fromkeys([*item.get("see", []), *item["needs"]]) if anchor in anchors]
    links = tuple(Link(f"{REPORT}#{anchor}", anchors[anchor]) for anchor in places) if answered else ()
    left = item.get("authors", "")
    if not left and not answered:
        left = "Not computed in this study: say why, or where it is reported."
    status = ("In part" if left else "Answered") if answered else "For the authors"
    cells = [
        Cell(status, bold=not answered),
        Cell(", ".join(link.text for link in links), sources=links),
        Cell(item["answer"] if answered else ""),
        Cell(left),
        Cell(""),  # for the authors to fill in
    ]
    return Row(label, cells, sources=(Sourced(label, "checklist"),))


if __name__ == "__main__":
    log_to(snakemake.log[0])
    document = checklist_document(
        [yaml.safe_load(Path(path).read_text(encoding="utf-8")) for path in snakemake.input.checklists],
        json.loads(Path(snakemake.input.anchors).read_text(encoding="utf-8")),
        snakemake.params.title,
        snakemake.params.notice,
    )
    Path(snakemake.output.html).write_text(document_html(document), encoding="utf-8")
    write_document(document, snakemake.output.docx)
