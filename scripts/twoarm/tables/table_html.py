"""A paper's table as HTML, by great-tables; its look is the page's (web_page.PAGE_CSS)."""

import re
from html import escape

import pandas as pd
from great_tables import GT, html, loc, style

from twoarm.documents.web_page import rich
from twoarm.tables.paper_table import PaperTable, sentence
from twoarm.text.provenance import pieces


def table_html(table: PaperTable, name: str) -> str:
    """The table without its title, in a box that scrolls sideways where it is too wide. name: unique on its page."""
    keys = [f"c{place}" for place in range(len(table.columns))]
    cells = [[rich(row.pieces), *(rich(cell.pieces) for cell in row.cells)] for row in table.rows]
    gt = GT(pd.DataFrame(cells, columns=["stub", *keys], dtype=str), rowname_col="stub", id=name)
    gt = gt.fmt(lambda text: text, columns=["stub", *keys]).tab_stubhead(table.stub).opt_footnote_marks("letters")
    gt = gt.cols_align("left" if table.sentences else "center", keys)
    gt = gt.cols_label(**{key: html(_header(column)) for key, column in zip(keys, table.columns, strict=True)})
    for spanner in dict.fromkeys(column.spanner for column in table.columns if column.spanner):
        below = [key for key, column in zip(keys, table.columns, strict=True) if column.spanner == spanner]
        gt = gt.tab_spanner(spanner, columns=below, id=f"s{below[0]}")
    gt = gt.tab_stub_indent([place for place, row in enumerate(table.rows) if row.is_level], 3)
    gt = _marked(gt, table, keys)
    for note in filter(None, table.notes):
        gt = gt.tab_source_note(html(rich([note] if isinstance(note, str) else note)))
    made = gt.tab_options(source_notes_multiline=False, source_notes_sep=" ").as_raw_html()
    inside = re.search(r"<table.*</table>", made, re.DOTALL)[0]
    kind = "table sentences" if table.sentences else "table"
    return f'<div class="{kind}" role="region" tabindex="0" aria-label="{escape(table.title)}">\n{inside}\n</div>'


def _marked(gt: GT, table: PaperTable, keys: list[str]) -> GT:
    """The table with bold cells and footnotes."""
    for place, row in enumerate(table.rows):
        if row.note:
            gt = gt.tab_footnote(html(escape(sentence(row.note))), loc.stub(rows=[place]), placement="right")
        for key, cell in zip(keys, row.cells, strict=True):
            where = loc.body(columns=key, rows=[place])
            if cell.bold:
                gt = gt.tab_style(style.text(weight="bold"), where)
            if cell.note:
                gt = gt.tab_footnote(html(escape(sentence(cell.note))), where, placement="right")
    return gt


def _header(column) -> str:
    return rich(pieces(column.header, column.sources)).replace("\n", "<br>")
