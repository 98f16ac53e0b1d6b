"""A paper's table as files: HTML, Word, CSV, and the parts for the report."""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from html import escape
from pathlib import Path
from types import MappingProxyType

from twoarm.documents.web_page import page
from twoarm.documents.word_file import new_document, save_document
from twoarm.tables.cells import Cell
from twoarm.tables.estimates import signs_in
from twoarm.tables.paper_table import Column, PaperTable, Row
from twoarm.tables.table_html import table_html
from twoarm.tables.table_word import add_table, turn_for
from twoarm.text.abbreviations import explained
from twoarm.text.provenance import Piece, Sourced, plain

FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?%?")
NONE: Mapping[str, str] = MappingProxyType({})


def write_paper_table(table: PaperTable, output, watermark: str = "", abbreviations: Mapping[str, str] = NONE) -> None:
    """Write a table to output.html, .docx, .csv and .json (see read_table), the same bytes each time.

    watermark: text below the title of every table (in CSV: in a last row), such as `Synthetic patients`.
    abbreviations: {abbreviation: what it stands for}; the ones in the table are explained below it.
    """
    table = replace(table, notes=[*table.notes, _signs(table), explained(_texts(table), abbreviations)])
    below = f'<p class="watermark">{escape(watermark)}</p>\n' if watermark else ""
    inside = table_html(table, Path(output.html).stem)
    body = f"<main>\n<h1>{escape(table.title)}</h1>\n{below}{inside}\n</main>"
    Path(output.html).write_text(page(table.title, body, "h1 { font-size: 1.1em }"), encoding="utf-8")
    document = new_document(table.title)
    turn_for(document, table)
    document.add_heading(table.title, level=1)
    if watermark:
        document.add_paragraph(watermark)
    add_table(document, table)
    save_document(document, output.docx)
    with Path(output.csv).open("w", encoding="utf-8", newline="") as file:
        rows = _csv_rows(table, watermark)
        csv.writer(file, lineterminator="\n").writerows([_harmless(cell) for cell in row] for row in rows)
    Path(output.json).write_text(json.dumps(asdict(table), ensure_ascii=False, indent=0), encoding="utf-8")


def _signs(table: PaperTable) -> str:
    """`In cells: NR, not reached; NE, not estimable.`, for the signs in cells; the first column may use its own."""
    signs = "" if table.sentences else signs_in(cell.text for row in table.rows for cell in row.cells)
    return f"In cells: {signs}" if signs else ""


def _texts(table: PaperTable) -> Iterator[str]:
    """All texts of a table except its numbers."""
    yield table.title
    for column in table.columns:
        yield from (column.spanner, column.header)
    for row in table.rows:
        yield from (row.label, row.note, *(cell.note for cell in row.cells))
    for note in table.notes:
        yield note if isinstance(note, str) else plain(note)


def read_table(path: str) -> PaperTable:
    """Read a table from the parts that write_paper_table wrote (JSON)."""
    parts = json.loads(Path(path).read_text(encoding="utf-8"))
    columns = [Column(header, spanner, _sources(sources)) for header, spanner, sources in parts["columns"]]
    rows = [
        Row(
            label,
            [Cell(text, note, bold, _sources(sources)) for text, note, bold, sources in cells],
            is_level,
            note,
            _sources(sources),
        )
        for label, cells, is_level, note, sources in parts["rows"]
    ]
    notes = [note if isinstance(note, str) else [_piece(part) for part in note] for note in parts["notes"]]
    return PaperTable(parts["title"], parts["stub"], columns, rows, notes)


def _sources(parts: list) -> tuple[Sourced, ...]:
    return tuple(Sourced(*part) for part in parts)


def _piece(part) -> Piece:
    return part if isinstance(part, str) else Sourced(*part)


def _csv_rows(table: PaperTable, watermark: str):
    """One line per row: the variable, its level, the cells as text, and the row's notes."""
    names = [": ".join(part for part in (column.spanner, column.header) if part) for column in table.columns]
    yield [table.stub, "Level", *names, "Notes"]
    variable = ""
    for row in table.rows:
        variable = variable if row.is_level else row.label
        notes = dict.fromkeys(note for note in (row.note, *(cell.note for cell in row.cells)) if note)
        yield [variable, row.label if row.is_level else "", *(cell.text for cell in row.cells), "; ".join(notes)]
    if watermark:
        yield [watermark, *[""] * (len(names) + 2)]


def _harmless(cell: str) -> str:
    """A cell on one line that a spreadsheet reads as text or number, never as a formula: `=1+1` becomes `'=1+1`.

    Follows OWASP's advice on CSV injection, including wide characters; a number may have a sign.
    """
    line = re.sub(r"[\t\r\n]+", " ", cell)
    return f"'{line}" if FORMULA.match(line) and not NUMBER.fullmatch(line) else line
