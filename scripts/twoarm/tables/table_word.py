"""A paper's table as a Word table: three rules, repeated headers, footnotes below; and pieces of text as runs."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from twoarm.documents.word_file import CELL, NOTE, STUB, add_paragraph, restyled
from twoarm.tables.paper_table import Column, PaperTable, sentence
from twoarm.text.provenance import Link, Piece, pieces, plain

MARGIN_TWIPS = 45
LETTER_MM = 1.6
STUB_SHARE = 0.3  # of the table's width, at least
PAGE_WIDTH = Mm(186)


def add_pieces(
    paragraph: Paragraph, text: Iterable[Piece], names: Mapping[str, str] = {}, bold: bool | None = None
) -> None:
    """Write pieces: text between links as one run, a link inside the document as a link to its bookmark.

    bold: unlike the paragraph's style, if given.
    """
    for linked, group in groupby(text, lambda piece: isinstance(piece, Link)):
        parts = list(group)
        runs = [_add_link(paragraph, link, names) for link in parts] if linked else [paragraph.add_run(plain(parts))]
        for run in runs if bold is not None else []:
            run.bold = bold


def _add_link(paragraph: Paragraph, link: Link, names: Mapping[str, str]) -> Run:
    element = OxmlElement("w:hyperlink")
    if link.anchor in names:
        element.set(qn("w:anchor"), bookmark_name(link.anchor))
    else:
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
        element.set(qn("r:id"), paragraph.part.relate_to(link.anchor, kind, is_external=True))
    run = paragraph.add_run(link.text or names.get(link.anchor, link.anchor))
    element.append(run._r)
    paragraph._p.append(element)
    return run


def bookmark_name(anchor: str) -> str:
    """A name for a Word bookmark: letters, digits and underscores, at most 40."""
    return "".join(sign if sign.isalnum() else "_" for sign in anchor)[:40]


def add_table(document: Document, table: PaperTable) -> None:
    """Write the table, without its title, and the notes below it."""
    spanned = any(column.spanner for column in table.columns)
    grid = document.add_table(rows=1 + spanned + len(table.rows), cols=1 + len(table.columns))
    grid.alignment, grid.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    _set_margins(grid)
    cells = _cells(grid)
    _write_header(cells, table, spanned)
    widths = _widths_of_sentences(table) if table.sentences else _widths(table)
    _set_widths(grid, cells, widths)
    marks = table.footnotes()
    for line, row in zip(cells[1 + spanned :], table.rows, strict=True):
        _write(line[0], STUB, row.pieces, marks.get(row.note, ""))
        if row.is_level:
            line[0].paragraphs[0].paragraph_format.left_indent = Mm(4)
        for cell, found in zip(line[1:], row.cells, strict=True):
            _write(cell, _style(table), found.pieces, marks.get(found.note, ""), found.bold)
    for line in grid.rows[: 1 + spanned]:
        _flag(line, "w:tblHeader")
    for line in grid.rows:
        _flag(line, "w:cantSplit")
    whole = table.fits_on_a_page(widths[0] / Mm(LETTER_MM))
    for cell in (cell for line in (cells if whole else cells[: 1 + spanned]) for cell in line):
        cell.paragraphs[0].paragraph_format.keep_with_next = True
    _rules(cells, spanned, between=table.sentences)
    _write_notes(document, table, marks)


def _cells(grid: Table) -> list[list[_Cell]]:
    """The cells by row; python-docx searches for each one again, which is slow for a long table."""
    flat, width = grid._cells, len(grid.columns)
    return [flat[start : start + width] for start in range(0, len(flat), width)]


def _write_header(cells: list[list[_Cell]], table: PaperTable, spanned: bool) -> None:
    if spanned:
        _write(cells[0][0], STUB, [])
        place = 0
        while place < len(table.columns):
            spanner, last = table.columns[place].spanner, place
            while last + 1 < len(table.columns) and table.columns[last + 1].spanner == spanner:
                last += 1
            merged = cells[0][place + 1].merge(cells[0][last + 1])
            _write(merged, CELL, [spanner], bold=True)
            if spanner:
                _border(merged, "bottom", 4)
            place = last + 1
    _write(cells[spanned][0], STUB, [table.stub], bold=True)
    for cell, column in zip(cells[spanned][1:], table.columns, strict=True):
        _write(cell, _style(table), pieces(column.header, column.sources), bold=True)


def _style(table: PaperTable) -> str:
    """The style of all columns but the first."""
    return STUB if table.sentences else CELL


def _set_widths(grid: Table, cells: list[list[_Cell]], widths: list[int]) -> None:
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width
    for line in cells:
        for cell, width in zip(line, widths, strict=True):
            cell.width = width


def _widths(table: PaperTable) -> list[int]:
    """The first column takes the width that is left; the others are as wide as their longest text."""
    longest = [max(4, *map(len, [*column, *head.header.split("\n")])) for column, head in _columns(table)]
    others = [_width_of(letters) for letters in longest]
    room = PAGE_WIDTH * (1 - STUB_SHARE)
    if sum(others) > room:
        others = [int(width * room / sum(others)) for width in others]
    stub = max(len(row.label) for row in table.rows) if table.rows else 0
    return [min(PAGE_WIDTH - sum(others), Mm(max(95, LETTER_MM * stub))), *others]


def _widths_of_sentences(table: PaperTable) -> list[int]:
    """Each column gets the width of its longest word; the rest is shared by the amount of text, for low rows."""
    columns = [([row.label for row in table.rows], Column(table.stub)), *_columns(table)]
    words = [max(map(len, " ".join([head.header, *column]).split())) for column, head in columns]
    least = [_width_of(letters) for letters in words]
    held = [sum(map(len, column)) for column, _ in columns]
    rest = PAGE_WIDTH - sum(least)
    return [int(width + rest * share / sum(held)) for width, share in zip(least, held, strict=True)]


def _width_of(letters: int) -> int:
    """The width of a column for so many letters, with margins."""
    return Mm(LETTER_MM * letters + 3)


def _columns(table: PaperTable) -> Iterator[tuple[list[str], Column]]:
    """The texts of each column but the first, and the column."""
    for place, column in enumerate(table.columns):
        yield [row.cells[place].text for row in table.rows], column


def _set_margins(grid: Table) -> None:
    """Narrow margins left and right of each cell."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), str(MARGIN_TWIPS))
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    grid._tbl.tblPr.append(margins)


def _write(cell: _Cell, style: str, text: list[Piece], mark: str = "", bold: bool = False) -> None:
    paragraph = restyled(cell.paragraphs[0], style)
    add_pieces(paragraph, text, bold=bold or None)
    if mark:
        _add_mark(paragraph, mark)


def _add_mark(paragraph: Paragraph, mark: str) -> None:
    run = paragraph.add_run(mark)
    run.font.superscript, run.italic = True, True


def _write_notes(document: Document, table: PaperTable, marks: dict[str, str]) -> None:
    general: list[Piece] = []
    for note in filter(None, table.notes):
        general += [*([" "] if general else []), *([note] if isinstance(note, str) else note)]
    lines = [("", general)] if general else []
    lines += [(mark, [sentence(note)]) for note, mark in marks.items()]
    for place, (mark, note) in enumerate(lines, start=1):
        paragraph = add_paragraph(document, NOTE)
        if place < len(lines):
            paragraph.paragraph_format.keep_with_next = True
        else:
            paragraph.paragraph_format.space_after = Pt(16)
        if mark:
            _add_mark(paragraph, f"{mark} ")
        add_pieces(paragraph, note)
    if not lines:  # otherwise Word would join two tables
        document.add_paragraph()


def _rules(cells: list[list[_Cell]], spanned: bool, between: bool) -> None:
    """A journal's three rules: above and below the header, and at the end; thin ones between rows of sentences."""
    for cell in cells[0]:
        _border(cell, "top", 12)
    for cell in cells[spanned]:
        _border(cell, "bottom", 6)
    for cell in cells[-1]:
        _border(cell, "bottom", 12)
    for cell in (cell for line in cells[1 + spanned : -1] for cell in line if between):
        _border(cell, "bottom", 2)


def _border(cell: _Cell, side: str, eighths: int) -> None:
    properties = cell._tc.get_or_add_tcPr()
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = OxmlElement("w:tcBorders")
        properties.append(borders)
    if borders.find(qn(f"w:{side}")) is None:
        edge = OxmlElement(f"w:{side}")
        for name, value in {"val": "single", "sz": str(eighths), "space": "0", "color": "000000"}.items():
            edge.set(qn(f"w:{name}"), value)
        borders.append(edge)


def _flag(line, name: str) -> None:
    line._tr.get_or_add_trPr().append(OxmlElement(name))
