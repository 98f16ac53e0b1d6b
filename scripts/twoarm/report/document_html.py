"""A document as one self-contained HTML page: figures, tables and a script are inside it, each once.

The page saves SVG, PNG and CSV files itself, so that they reach a reader to whom the page alone was sent; Word and PDF
files lie beside it, in the folders of the run.
"""

import re
from collections.abc import Mapping
from html import escape
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from twoarm.documents.page_script import PAGE_SCRIPT
from twoarm.documents.web_page import page, rich
from twoarm.report.curves_html import CURVES_CSS, CURVES_SCRIPT, attributes_of, data_of
from twoarm.report.document import Block, Bullets, Document, Figure, Heading, Paragraph, References, Section, Table
from twoarm.tables.paper_table import PaperTable
from twoarm.tables.table_html import table_html
from twoarm.tables.widths import type_size
from twoarm.text.provenance import Piece, plain

MIME = {"svg": "image/svg+xml", "csv": "text/csv"}  # of the files inside the page
SAYS = {"svg": "SVG", "png": "PNG, 300 dpi", "pdf": "PDF", "csv": "CSV", "docx": "Word"}
SAVED = ("svg", "png", "csv")  # by the page itself
SIZE = re.compile(r'<svg[^>]*? width="([\d.]+)pt" height="([\d.]+)pt"')
INTERVAL = re.compile(r"\((?:<[^>]*>|[^<>()])*(?:–| to )(?:<[^>]*>|[^<>()])*\)(?![^<]*>)")  # outside tags
LIMIT = r"(?:<data [^>]*>[^<]*</data>|NR|NE)"
RANGE = re.compile(f"{LIMIT}(?:–| to ){LIMIT}")  # `5.6–8.8`, which stays on one line
NARROW = 320  # points: a figure for a single column
POINTS = 0.75  # a CSS pixel in points
PRINTED_PT, LEAST_PT = 7.3, 6  # points of a table's type in print, and in one that would not fit otherwise
PRINTED_MM = {"portrait": 182, "landscape": 269}  # of text on a printed page
PLAIN_SIGNS = '!$()*+,-./:;<=>?@[]^_`{|} "'  # in an address between single quotes
CSS = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def document_html(document: Document, curves: Mapping = MappingProxyType({})) -> str:
    """The page as text. curves: those that a reader can trace in their figures (survival/trace_curves), if any."""
    writer = _Writer(document.names(), curves)
    before = [f"<h1>{escape(document.title)}</h1>"]
    if document.subtitle:
        before.append(f'<p class="subtitle">{writer.text(document.subtitle)}</p>')
    if document.notice:
        before.append(f'<p class="notice"><strong>{escape(document.notice)}</strong></p>')
    if document.front:
        before.append(writer.front(document.front))
    after = [writer.section(section) for section in document.sections]
    if document.appendix:
        after += [
            f'<h1 class="part">{escape(document.appendix_title)}</h1>',
            *(writer.section(section) for section in document.appendix),
        ]
    parts = ["<main>", _box("before", before), writer.contents(document), _box("after", after), "</main>"]
    style, script = CSS, PAGE_SCRIPT
    if curves:
        parts.append(data_of(curves))
        style, script = style + CURVES_CSS, script + CURVES_SCRIPT
    return page(document.title, "\n".join(parts), style, script)


class _Writer:
    """Writes the parts of a document. names: the text of a link to each anchor; curves: as document_html has them."""

    def __init__(self, names: dict[str, str], curves: Mapping):
        self.names, self.curves = names, curves

    def text(self, pieces: list[Piece]) -> str:
        """Pieces of text, with links that have the names of what they lead to, and intervals that no line breaks."""
        return RANGE.sub(r'<span class="range">\g<0></span>', rich(pieces, self.names))

    def contents(self, document: Document) -> str:
        """The contents list: sections, and in them their tables and figures."""
        lines = ['<nav class="contents" aria-label="Contents">', "<details>", "<summary>Contents</summary>", "<ol>"]
        for section in document.sections:
            lines += self._entry(section)
        if document.appendix:
            lines.append(f'<li class="group">{escape(document.appendix_title)}</li>')
        for section in document.appendix:
            lines += self._entry(section)
        return "\n".join([*lines, "</ol>", "</details>", "</nav>"])

    def _entry(self, section: Section) -> list[str]:
        lines = [f'<li><a href="#{section.anchor}">{escape(section.title)}</a>']
        inside = [block for block in section.blocks if isinstance(block, (Figure, Table))]
        if inside:
            lines.append("<ol>")
            for block in inside:
                text = f"{self.names[block.anchor]}. {plain(_title(block))}"
                lines.append(f'<li><a href="#{block.anchor}">{escape(text)}</a></li>')
            lines.append("</ol>")
        return [*lines, "</li>"]

    def front(self, section: Section) -> str:
        """The first page; its table and its figure may stand side by side."""
        parts = []
        for shown, blocks in groupby(section.blocks, lambda block: isinstance(block, (Figure, Table))):
            inside = [self._first(block) for block in blocks]
            parts += [_box("answer", inside)] if shown else inside
        return _in_section(section, parts, ' class="front"')

    def _first(self, block: Block) -> str:
        """A block of the first page."""
        if isinstance(block, Figure):
            return self._figure(block, True)
        return _whole_intervals(self._block(block)) if isinstance(block, Table) else self._block(block)

    def section(self, section: Section) -> str:
        """A section with its heading; in print, text alone has two columns, and a low figure stands beside its text."""
        if not any(isinstance(block, (Figure, Table)) for block in section.blocks):
            return _in_section(section, [_box("prose", [self._block(block) for block in section.blocks])])
        parts, text = [], []
        for place, together in groupby(section.blocks, _place):
            written = [self._block(block) for block in together]
            if place == "text":
                text = written
                continue
            if place == "beside":
                text, written = [], [_box("beside", [*([_box("text", text)] if text else []), *written])]
            parts += [*text, *written]
            text = []
        return _in_section(section, [*parts, *text])

    def _block(self, block: Block) -> str:
        match block:
            case Paragraph(text, kind):
                attribute = "" if kind == "text" else f' class="{kind}"'
                return f"<p{attribute}>{self.text(text)}</p>"
            case Bullets(items):
                return "<ul>\n" + "\n".join(f"<li>{self.text(item)}</li>" for item in items) + "\n</ul>"
            case Heading(text):
                return f"<h3>{escape(text)}</h3>"
            case References(works):
                items = [f'<li id="reference-{key}">{self.text([work])}</li>' for key, work in works.items()]
                return '<ol class="references">\n' + "\n".join(items) + "\n</ol>"
            case Figure():
                return self._figure(block)
            case Table():
                return self._table(block)

    def _figure(self, figure: Figure, front: bool = False) -> str:
        """A figure in a box that scrolls sideways on a phone; the script of the page can enlarge it instead.

        If it is also drawn for a journal's column, a phone and the first page show that form, and every page does if it
        is the lower one. (Browsers print the form of the screen, so print cannot choose.)
        """
        name = self.names[figure.anchor]
        page, column = (_drawn(figure.files.get(kind)) for kind in ("svg", "column"))
        in_column = column and (front or _is_lower(column, page))
        shown = column if in_column else page
        width, height = _size(shown)
        kind = ' class="narrow"' if 0 < width < NARROW else ""
        style = f' style="--width: {width:.0f}pt"' if width else ""
        sides = f' width="{width / POINTS:.0f}" height="{height / POINTS:.0f}"' if width else ""
        image = f"<img src='{_address('svg', page)}'{sides} alt=\"{escape(figure.alt)}\">"
        if column:
            when = "" if in_column else ' media="screen and (max-width: 700px)"'
            image = f"<picture><source{when} srcset='{_address('svg', _close(column), spaces=False)}'>{image}</picture>"
        return "\n".join(
            [
                f'<figure id="{figure.anchor}"{kind}{style}{attributes_of(figure.name, self.curves)}>',
                f'<div class="picture" tabindex="0" role="region" aria-label="{escape(name)}">{image}</div>',
                "<figcaption>",
                f"<p><strong>{name}. {self.text(figure.title)}.</strong> {self.text(figure.caption)}</p>",
                f"{_files(figure.name, figure.files)}</figcaption>",
                "</figure>",
            ]
        )

    def _table(self, table: Table) -> str:
        mark = f' <span class="watermark">{self.text(table.watermark)}</span>' if table.watermark else ""
        caption = f'<p class="caption">{self.names[table.anchor]}. {escape(table.table.title)}.{mark}</p>'
        inside = table_html(table.table, f"t-{table.name}")
        type_pt, kinds = _printed(table.table)
        attributes = f'id="{table.anchor}" class="{kinds}" style="--type: {type_pt:.1f}pt"'
        return f"<div {attributes}>\n{caption}\n{inside}\n{_files(table.name, table.files)}</div>"


def _printed(table: PaperTable) -> tuple[float, str]:
    """The size of a table's type in print, and its classes: `whole` on one page, `landscape`.

    A table that is a little too wide has smaller type; a wider one has a landscape page.
    """
    whole = "whole" if table.fits_on_a_page() else ""
    size = {page: type_size(table, room, PRINTED_PT) for page, room in PRINTED_MM.items()}
    if size["portrait"] >= LEAST_PT:
        return size["portrait"], whole
    return size["landscape"], f"{whole} landscape".strip()


def _place(block: Block) -> str:
    """Where a block stands in print: `text`; `beside` the text before it, in a column, for a figure lower in this form;
    or in the whole width.
    """
    if isinstance(block, (Paragraph, Bullets)):
        return "text"
    if isinstance(block, Figure) and "column" in block.files:
        return "beside" if _is_lower(_drawn(block.files["column"]), _drawn(block.files["svg"])) else "whole"
    return "whole"


def _is_lower(column: str, page: str) -> bool:
    """Whether a figure's form for a column is lower than its form for a page; both as SVG."""
    return _size(column)[1] < _size(page)[1]


def _in_section(section: Section, blocks: list[str], kind: str = "") -> str:
    return "\n".join(
        [f'<section id="{section.anchor}"{kind}>', f"<h2>{escape(section.title)}</h2>", *blocks, "</section>"]
    )


def _box(kind: str, parts: list[str]) -> str:
    return "\n".join([f'<div class="{kind}">', *parts, "</div>"])


def _whole_intervals(written: str) -> str:
    """Mark each interval of a table, which a phone writes on a line of its own below its estimate."""
    return INTERVAL.sub(r'<span class="interval">\g<0></span>', written)


def _title(block: Figure | Table) -> list[Piece]:
    return block.title if isinstance(block, Figure) else [block.table.title]


def _drawn(path: str | None) -> str:
    """An SVG file; empty without a path."""
    return Path(path).read_text(encoding="utf-8") if path else ""


def _close(drawn: str) -> str:
    """An SVG file without the spaces that make it readable."""
    return re.sub(r"\s+", " ", drawn)


def _size(drawn: str) -> tuple[float, float]:
    """Width and height of an SVG file in points; 0 if it does not say them."""
    size = SIZE.search(drawn)
    return (float(size[1]), float(size[2])) if size else (0.0, 0.0)


def _files(name: str, files: dict[str, str]) -> str:
    """Links to the files of a figure or table: those that the page saves, then those that lie beside it."""
    saved = [_saved(name, kind, path) for kind, path in files.items() if kind in SAVED]
    others = {kind: path for kind, path in files.items() if kind in SAYS and kind not in SAVED}
    beside = [f'<a href="{_beside(path)}">{SAYS[kind]}</a>' for kind, path in others.items()]
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


def _address(kind: str, content: str, spaces: bool = True) -> str:
    """A file as an address that contains it, for an attribute in single quotes; spaces: whether it may have any.

    A quarter shorter than base64, as only a few signs of an SVG or a CSV file must be written in another way.
    """
    safe = PLAIN_SIGNS if spaces else PLAIN_SIGNS.replace(" ", "")
    return f"data:{MIME[kind]};charset=utf-8,{quote(content, safe=safe)}"
