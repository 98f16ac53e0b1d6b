"""Reporting checklists (resources/checklists): each item is answered from the run, or left to the authors.

An item is answered if the report has every part that the item needs; it then links to them. An answer may be another
for each way in which a study makes its arms comparable; an item about a way that the study does not use does not apply.
"""

import json
from fnmatch import fnmatchcase
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


def checklist_document(
    checklists: list[dict], anchors: dict[str, str], ways: list[str], title: str, notice: str
) -> Document:
    """Return the filled checklists.

    checklists: from resources/checklists; anchors: {anchor: name} of the report; ways: how the study makes its arms
    comparable (twoarm.config.designs.ways_of); title, notice: the study's.
    """
    sections = [_section(checklist, anchors, ways) for checklist in checklists]
    under = prose(
        "{title}. An aid for filling in the official forms, which authors submit.",
        title=Sourced(title, "config: study.title"),
    )
    return Document("Reporting checklists", under, notice, sections, prefix="S")


def _section(checklist: dict, anchors: dict[str, str], ways: list[str]) -> Section:
    rows = [_row(item, anchors, ways) for item in checklist["items"]]
    statuses = [row.cells[0].text for row in rows]
    counts = "; ".join(f"{statuses.count(status)} {status.lower()}" for status in dict.fromkeys(statuses))
    file = f"checklist {checklist['name']}"
    blocks = [
        Paragraph([Sourced(text, file)], "note") for text in (checklist["source"], checklist.get("remark", "")) if text
    ]
    table = PaperTable(checklist["title"], "Item", COLUMNS, rows, [[Sourced(f"{counts}.", file)]], sentences=True)
    name = checklist["name"].lower().replace(" ", "_")
    return Section(name, checklist["name"], [*blocks, Table(name, table)])


def _row(item: dict, anchors: dict[str, str], ways: list[str]) -> Row:
    """One item: its status, its places in the report, the answer, and what is left to the authors."""
    label = f"{item['id']} {item['topic']}: {item['asks']}"
    applies, answer = item.get("about", "") in ["", *ways], _answer(item, ways)
    answered = applies and bool(answer) and all(anchor in anchors for anchor in item["needs"])
    links = tuple(Link(f"{REPORT}#{anchor}", anchors[anchor]) for anchor in _places(item, anchors)) if answered else ()
    left = item.get("authors", "") if applies else f"This study uses no {item['about']}."
    if not left and not answered:
        left = "Not computed in this study: say why, or where it is reported."
    status = ("In part" if left else "Answered") if answered else "For the authors" if applies else "Does not apply"
    cells = [
        Cell(status, bold=applies and not answered),
        Cell(", ".join(link.text for link in links), sources=links),
        Cell(answer if answered else ""),
        Cell(left),
        Cell(""),  # for the authors to fill in
    ]
    return Row(label, cells, sources=(Sourced(label, "checklist"),))


def _answer(item: dict, ways: list[str]) -> str:
    """The answer of an item, or its answers for the ways of the study; empty if there is none."""
    answer = item.get("answer", "")
    return answer if isinstance(answer, str) else " ".join(answer[way] for way in ways if way in answer)


def _places(item: dict, anchors: dict[str, str]) -> list[str]:
    """The anchors of the report that an item names, or that fit a pattern such as `figure-survival_*`."""
    named = [*item.get("see", []), *item["needs"]]
    return list(dict.fromkeys(anchor for pattern in named for anchor in anchors if fnmatchcase(anchor, pattern)))


if __name__ == "__main__":
    log_to(snakemake.log[0])
    document = checklist_document(
        [yaml.safe_load(Path(path).read_text(encoding="utf-8")) for path in snakemake.input.checklists],
        json.loads(Path(snakemake.input.anchors).read_text(encoding="utf-8")),
        snakemake.params.ways,
        snakemake.params.title,
        snakemake.params.notice,
    )
    Path(snakemake.output.html).write_text(document_html(document), encoding="utf-8")
    write_document(document, snakemake.output.docx)
