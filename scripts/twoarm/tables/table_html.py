"""A paper's table as HTML, in the style of the page (page_style.PAGE_CSS).

Each cell names its headers, so that a screen reader can say them.
"""

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby

from twoarm.documents.web_page import rich
from twoarm.tables.paper_table import Column, PaperTable, Row, sentence
from twoarm.text.provenance import pieces

OTHER_SIGNS = re.compile(r"[^\w.:-]+")  # than an identifier may have
HEADING = "gt_col_heading gt_columns_bottom_border"


def table_html(table: PaperTable, name: str) -> str:
    """The table without its title, in a box that scrolls sideways if it is too wide. name: unique on its page."""
    kind = "table sentences" if table.sentences else "table"
    box = f'<div class="{kind}" role="region" tabindex="0" aria-label="{escape(table.title)}">'
    return "\n".join([box, *_Printer(table, name).lines(), "</div>"])


class _Printer:
    """Prints one table, with the identifiers of its header cells: unique, because each begins with its name."""

    def __init__(self, table: PaperTable, name: str):
        self.table, self.name = table, name
        self.side = "gt_left" if table.sentences else "gt_center"
        self.marks = table.footnotes()
        self.taken: set[str] = set()
        self.stub = self._identifier(table.stub or "stubhead")
        self.columns = [self._identifier(f"c{place}") for place in range(len(table.columns))]
        self.spanners = [
            (spanner, self._identifier(spanner) if spanner else "", len(list(below)))
            for spanner, below in groupby(column.spanner for column in table.columns)
        ]
        above = [identifier for _, identifier, width in self.spanners for _ in range(width)]
        self.headers = [" ".join(filter(None, pair)) for pair in zip(above, self.columns, strict=True)]

    def lines(self) -> Iterator[str]:
        """The lines from <table> to </table>."""
        yield '<table class="gt_table" data-quarto-disable-processing="false" data-quarto-bootstrap="false">'
        yield from ("<thead>", "", *self._head(), "</thead>", '<tbody class="gt_table_body">')
        for place, row in enumerate(self.table.rows, start=1):
            yield from self._row(row, self._identifier(f"stub-{place}"))
        yield "</tbody>"
        yield from self._foot()
        yield "</table>"

    def _identifier(self, text: str) -> str:
        """An identifier from the letters and digits of a text, with a number if it is already used."""
        wanted = f"{self.name}-{OTHER_SIGNS.sub('-', text).strip('-')}"
        found, number = wanted, 2
        while found in self.taken:
            found, number = f"{wanted}-{number}", number + 1
        self.taken.add(found)
        return found

    def _head(self) -> Iterator[str]:
        """One row of headers, or two with spanners: a header without a spanner spans both."""
        headings = list(zip(self.table.columns, self.columns, strict=True))
        spanned = any(spanner for spanner, *_ in self.spanners)
        yield f'<tr class="gt_col_headings{" gt_spanner_row" if spanned else ""}">'
        yield self._heading(escape(self.table.stub), self.stub, "gt_left", rows=1 + spanned)
        if not spanned:
            yield from (self._heading(_header(column), own, self.side) for column, own in headings)
            yield "</tr>"
            return
        place = 0
        for spanner, identifier, width in self.spanners:
            if spanner:
                yield self._spanner(spanner, identifier, width)
            else:
                alone = headings[place : place + width]
                yield from (self._heading(_header(column), own, self.side, rows=2) for column, own in alone)
            place += width
        yield from ("</tr>", '<tr class="gt_col_headings">')
        yield from (self._heading(_header(column), own, self.side) for column, own in headings if column.spanner)
        yield "</tr>"

    def _heading(self, text: str, identifier: str, side: str, rows: int = 1) -> str:
        return f'  <th class="{HEADING} {side}" rowspan="{rows}" colspan="1" scope="col" id="{identifier}">{text}</th>'

    def _spanner(self, text: str, identifier: str, width: int) -> str:
        scope = "colgroup" if width > 1 else "col"
        return (
            '  <th class="gt_center gt_columns_top_border gt_column_spanner_outer" rowspan="1" '
            f'colspan="{width}" scope="{scope}" id="{identifier}">\n'
            f'    <span class="gt_column_spanner">{escape(text)}</span>\n  </th>'
        )

    def _row(self, row: Row, identifier: str) -> Iterator[str]:
        yield "  <tr>"
        indent = " gt_indent_3" if row.is_level else ""
        label = rich(row.pieces) + self._mark(row.note)
        yield f'    <th scope="row" id="{identifier}" class="gt_row gt_left gt_stub{indent}">{label}</th>'
        for cell, headers in zip(row.cells, self.headers, strict=True):
            style = 'style="font-weight: bold;" ' if cell.bold else ""
            text = rich(cell.pieces) + self._mark(cell.note)
            yield f'    <td {style}headers="{identifier} {headers}" class="gt_row {self.side}">{text}</td>'
        yield "  </tr>"

    def _mark(self, note: str) -> str:
        """The letter of a note; empty if there is none."""
        return f'<span class="gt_footnote_marks">{self.marks[note]}</span>' if note else ""

    def _foot(self) -> Iterator[str]:
        """The notes below the table in one paragraph, then a line for each footnote."""
        notes = [rich([note] if isinstance(note, str) else note) for note in self.table.notes if note]
        lines = [("sourcenote", " ".join(notes))] if notes else []
        lines += [("footnote", f"{self._mark(note)} {escape(sentence(note))}") for note in self.marks]
        wide = 1 + len(self.table.columns)
        if lines:
            rows = (
                f'<tr class="gt_{kind}s"><td colspan="{wide}"><span class="below">{text}</span></td></tr>'
                for kind, text in lines
            )
            yield f"<tfoot>{''.join(rows)}</tfoot>"


def _header(column: Column) -> str:
    return rich(pieces(column.header, column.sources)).replace("\n", "<br>")
