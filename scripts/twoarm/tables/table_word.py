"""A paper's table as a Word table: three rules, repeated headers, footnotes below; a wide one on a landscape page."""

from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from twoarm.documents.word_file import CELL, LEVEL, MARK, NOTE, STUB, add_paragraph, restyled, styled, text_size, turn
from twoarm.documents.word_text import add_pieces
from twoarm.tables.paper_table import PaperTable, sentence
from twoarm.tables.widths import LETTER_MM, is_wide, parts, widths, widths_of_sentences
from twoarm.text.provenance import Piece, pieces

MARGIN_TWIPS = 45


def add_table(document: Document, table: PaperTable) -> None:
    """Write the table, without its title, and the notes below it. See turn_for, before the title.

    One that is too wide for its page continues below, with the first column again.
    """
    marks = table.footnotes()
    for place, part in enumerate(parts(table, text_size(document)[0] / Mm(1))):
        if place:
            document.add_paragraph()  # otherwise Word would join two tables
        _add_grid(document, part, marks)
    _write_notes(document, table, marks)


def _add_grid(document: Document, table: PaperTable, marks: dict[str, str]) -> None:
    """Write header and rows; marks: the marks of the notes."""
    spanned = any(column.spanner for column in table.columns)
    grid = document.add_table(rows=1 + spanned + len(table.rows), cols=1 + len(table.columns))
    grid.alignment, grid.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    _set_margins(grid)
    cells = _cells(grid)
    _write_header(cells, table, spanned)
    column_widths = _widths(table, text_size(document)[0])
    _set_widths(grid, cells, column_widths)
    for line, row in zip(cells[1 + spanned :], table.rows, strict=True):
        _write(line[0], LEVEL if row.is_level else STUB, row.pieces, marks.get(row.note, ""))
        for cell, found in zip(line[1:], row.cells, strict=True):
            _write(cell, _style(table), found.pieces, marks.get(found.note, ""), found.bold)
    for line in grid.rows[: 1 + spanned]:
        _flag(line, "w:tblHeader")
    for line in grid.rows:
        _flag(line, "w:cantSplit")
    whole = (
        table.fits_on_a_page(column_widths[0] / Mm(LETTER_MM))
        and document.sections[-1].orientation == WD_ORIENT.PORTRAIT
    )
    for cell in (cell for line in (cells if whole else cells[: 1 + spanned]) for cell in line):
        cell.paragraphs[0].paragraph_format.keep_with_next = True
    _rules(cells, spanned, between=table.sentences)


def turn_for(document: Document, table: PaperTable) -> None:
    """Begin a landscape page if the table is too wide for a portrait one; a portrait one if that is enough."""
    turn(document, landscape=needs_landscape(document, table))


def needs_landscape(document: Document, table: PaperTable) -> bool:
    """Whether the table is too wide for a portrait page of the document."""
    page = document.sections[-1]
    room = min(page.page_width, page.page_height) - page.left_margin - page.right_margin
    return is_wide(table, room / Mm(1))


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


def _widths(table: PaperTable, room: int) -> list[int]:
    """The width of each column, in Word's units, on a page with that width for text."""
    return [Mm(width) for width in (widths_of_sentences if table.sentences else widths)(table, room / Mm(1))]


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
    add_pieces(paragraph, text, bold=bold)
    if mark:
        _add_mark(paragraph, mark)


def _add_mark(paragraph: Paragraph, mark: str) -> None:
    styled(paragraph.add_run(mark), MARK)


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
