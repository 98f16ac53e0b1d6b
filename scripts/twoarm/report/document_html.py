"""A document as one self-contained HTML page: figures, tables and a script are inside it, each once.

The page saves SVG, PNG and CSV files itself, so that they reach a reader to whom the page alone was sent; Word and PDF
files lie beside it, in the folders of the run.
"""

import re
from html import escape
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from twoarm.documents.page_script import PAGE_SCRIPT
from twoarm.documents.web_page import page, rich
from twoarm.report.document import Block, Bullets, Document, Figure, Heading, Paragraph, Section, Table
from twoarm.tables.table_html import table_html
from twoarm.text.provenance import plain

MIME = {"svg": "image/svg+xml", "csv": "text/csv"}  # of the files inside the page
SAYS = {"svg": "SVG", "png": "PNG, 300 dpi", "pdf": "PDF", "csv": "CSV", "docx": "Word"}
SAVED = ("svg", "png", "csv")  # by the page itself
SIZE = re.compile(r'<svg[^>]*? width="([\d.]+)pt" height="([\d.]+)pt"')
PLAIN_SIGNS = '!$()*+,-./:;<=>?@[]^_`{|} "'  # in an address between single quotes
CSS = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def document_html(document: Document) -> str:
    """The page as text."""
    names = document.names()
    before = [f"<h1>{escape(document.title)}</h1>"]
    if document.subtitle:
        before.append(f'<p class="subtitle">{rich(document.subtitle, names)}</p>')
    if document.notice:
        before.append(f'<p class="notice"><strong>{escape(document.notice)}</strong></p>')
    if document.front:
        before.append(_front(document.front, names))
    after = [_section(section, names) for section in document.sections]
    if document.appendix:
        after += ['<h1 class="part">Appendix</h1>', *(_section(section, names) for section in document.appendix)]
    parts = ["<main>", _box("before", before), _contents(document, names), _box("after", after), "</main>"]
    return page(document.title, "\n".join(parts), CSS, PAGE_SCRIPT)


def _box(kind: str, parts: list[str]) -> str:
    return "\n".join([f'<div class="{kind}">', *parts, "</div>"])


def _contents(document: Document, names: dict[str, str]) -> str:
    """The contents list: sections, and in them their tables and figures."""
    lines = ['<nav class="contents" aria-label="Contents">', "<details>", "<summary>Contents</summary>", "<ol>"]
    for section in document.sections:
        lines += _entry(section, names)
    if document.appendix:
        lines.append('<li class="group">Appendix</li>')
    for section in document.appendix:
        lines += _entry(section, names)
    return "\n".join([*lines, "</ol>", "</details>", "</nav>"])


def _entry(section: Section, names: dict[str, str]) -> list[str]:
    lines = [f'<li><a href="#{section.anchor}">{escape(section.title)}</a>']
    inside = [block for block in section.blocks if isinstance(block, (Figure, Table))]
    if inside:
        lines.append("<ol>")
        for block in inside:
            text = f"{names[block.anchor]}. {plain(_title(block))}"
            lines.append(f'<li><a href="#{block.anchor}">{escape(text)}</a></li>')
        lines.append("</ol>")
    return [*lines, "</li>"]


def _title(block: Figure | Table) -> list:
    return block.title if isinstance(block, Figure) else [block.table.title]


def _front(section: Section, names: dict[str, str]) -> str:
    """The first page; its table and its figure may stand side by side."""
    parts = []
    for shown, blocks in groupby(section.blocks, lambda block: isinstance(block, (Figure, Table))):
        inside = [_block(block, names) for block in blocks]
        parts += [_box("answer", inside)] if shown else inside
    return _in_section(section, "\n".join(parts), ' class="front"')


def _section(section: Section, names: dict[str, str]) -> str:
    return _in_section(section, "\n".join(_block(block, names) for block in section.blocks))


def _in_section(section: Section, blocks: str, kind: str = "") -> str:
    return f'<section id="{section.anchor}"{kind}>\n<h2>{escape(section.title)}</h2>\n{blocks}\n</section>'


def _block(block: Block, names: dict[str, str]) -> str:
    match block:
        case Paragraph(text, kind):
            attribute = "" if kind == "text" else f' class="{kind}"'
            return f"<p{attribute}>{rich(text, names)}</p>"
        case Bullets(items):
            return "<ul>\n" + "\n".join(f"<li>{rich(item, names)}</li>" for item in items) + "\n</ul>"
        case Heading(text):
            return f"<h3>{escape(text)}</h3>"
        case Figure():
            return _figure(block, names)
        case Table():
            return _table(block, names)


def _figure(figure: Figure, names: dict[str, str]) -> str:
    """A figure in a box that scrolls sideways on a phone; the script of the page can enlarge it instead."""
    title = f"{names[figure.anchor]}. {rich(figure.title, names)}"
    drawn = Path(figure.files["svg"]).read_text(encoding="utf-8")
    size = SIZE.search(drawn)
    width, height = (float(side) for side in size.groups()) if size else (0, 0)
    sides = f' width="{width / 0.75:.0f}" height="{height / 0.75:.0f}"' if size else ""
    style = f' style="--width: {width:.0f}pt"' if size else ""
    picture = f"<img src='{_address('svg', drawn)}'{sides} alt=\"{escape(figure.alt)}\">"
    return (
        f'<figure id="{figure.anchor}"{style}>\n<div class="picture" tabindex="0" role="region" '
        f'aria-label="{escape(names[figure.anchor])}">{picture}</div>\n<figcaption>\n<p><strong>{title}.</strong> '
        f"{rich(figure.caption, names)}</p>\n{_files(figure.name, figure.files)}</figcaption>\n</figure>"
    )


def _table(table: Table, names: dict[str, str]) -> str:
    caption = f'<p class="caption">{names[table.anchor]}. {escape(table.table.title)}.{_mark(table)}</p>'
    inside = table_html(table.table, f"t-{table.name}")
    files = _files(table.name, table.files)
    kind = ' class="whole"' if table.table.fits_on_a_page() else ""
    return f'<div id="{table.anchor}"{kind}>\n{caption}\n{inside}\n{files}</div>'


def _mark(table: Table) -> str:
    return f' <span class="watermark">{rich(table.watermark)}</span>' if table.watermark else ""


def _files(name: str, files: dict[str, str]) -> str:
    """Links to the files of a figure or table: those that the page saves, then those that lie beside it."""
    saved = [_saved(name, kind, path) for kind, path in files.items() if kind in SAVED]
    beside = [f'<a href="{_beside(path)}">{SAYS[kind]}</a>' for kind, path in files.items() if kind not in SAVED]
    parts = [f"Save: {' '.join(saved)}"] * bool(saved) + [f"In the folder of the run: {' '.join(beside)}"] * bool(
        beside
    )
    return f'<p class="downloads">{" ".join(parts)}</p>\n' if parts else ""


def _saved(name: str, kind: str, path: str) -> str:
    """A link that saves a file: a table's is inside it, a figure's is made of the figure shown (page_script.js)."""
    href = _address(kind, Path(path).read_text(encoding="utf-8")) if kind == "csv" else _beside(path)
    return f"<a download=\"{escape(name)}.{kind}\" href='{href}'>{SAYS[kind]}</a>"


def _beside(path: str) -> str:
    """The address of a file of the run, `results/figures/a.pdf`, from a page in results/report."""
    return quote("/".join(["..", *Path(path).parts[-2:]]))


def _address(kind: str, content: str) -> str:
    """A file as an address that contains it, for an attribute in single quotes.

    A quarter shorter than base64, as only a few signs of an SVG or a CSV file must be written in another way.
    """
    return f"data:{MIME[kind]};charset=utf-8,{quote(content, safe=PLAIN_SIGNS)}"
