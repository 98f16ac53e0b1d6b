"""A document as one self-contained HTML page with all figures, tables and files for download inside it."""

import base64
from html import escape
from pathlib import Path

from twoarm.documents.web_page import page, rich
from twoarm.report.document import Block, Bullets, Document, Figure, Heading, Paragraph, Section, Table
from twoarm.tables.table_html import table_html
from twoarm.text.provenance import plain

MIME = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "html": "text/html",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
SAYS = {"svg": "SVG", "png": "PNG, 300 dpi", "pdf": "PDF", "csv": "CSV", "html": "HTML", "docx": "Word"}
CSS = """
h2 { font-size: 1.25em; border-bottom: 1px solid #999; margin: 2em 0 .6em; padding-bottom: .15em; }
h3 { font-size: 1.05em; margin: 1.4em 0 .4em; }
p { margin: .5em 0; }
.subtitle { font-size: 1.1em; margin: 0 0 .8em; }
.notice, .warning { border-left: 4px solid #b35900; background: #fdf3e7; padding: .5em .8em; margin: .8em 0; }
.note, figcaption p, .downloads { font-size: 8.5pt; line-height: 1.4; }
nav ol { columns: 2; column-gap: 3em; padding-left: 1.6em; }
nav ol ol { columns: 1; list-style: none; padding-left: .6em; }
nav li { break-inside: avoid; }
figure { margin: 1.2em 0; } figure img { width: 100%; height: auto; }
.watermark { font-weight: normal; font-style: italic; }
.caption { font-weight: bold; margin: 1.2em 0 .3em; }
.downloads a { margin-right: .9em; }
@media (max-width: 600px) { nav ol { columns: 1; } .picture { overflow-x: auto; } .picture img { min-width: 600px; } }
@media print { .downloads { display: none; } .whole { break-inside: avoid; }
  .caption, tbody tr:nth-child(-n+2) { break-after: avoid; } }
"""


def document_html(document: Document) -> str:
    """The page as text."""
    names = document.names()
    parts = ["<main>", f"<h1>{escape(document.title)}</h1>"]
    if document.subtitle:
        parts.append(f'<p class="subtitle">{rich(document.subtitle, names)}</p>')
    if document.notice:
        parts.append(f'<p class="notice"><strong>{escape(document.notice)}</strong></p>')
    if document.front:
        parts.append(_section(document.front, names))
    parts.append(_contents(document, names))
    parts += [_section(section, names) for section in document.sections]
    if document.appendix:
        parts += ['<h1 class="part">Appendix</h1>', *(_section(section, names) for section in document.appendix)]
    return page(document.title, "\n".join([*parts, "</main>"]), CSS)


def _contents(document: Document, names: dict[str, str]) -> str:
    """The contents list: sections, and in them their tables and figures."""
    lines = ['<nav aria-label="Contents">', "<h2>Contents</h2>", "<ol>"]
    for section in [*document.sections, *document.appendix]:
        lines.append(f'<li><a href="#{section.anchor}">{escape(section.title)}</a>')
        inside = [block for block in section.blocks if isinstance(block, (Figure, Table))]
        if inside:
            lines.append("<ol>")
            for block in inside:
                text = f"{names[block.anchor]}. {plain(_title(block))}"
                lines.append(f'<li><a href="#{block.anchor}">{escape(text)}</a></li>')
            lines.append("</ol>")
        lines.append("</li>")
    return "\n".join([*lines, "</ol>", "</nav>"])


def _title(block: Figure | Table) -> list:
    return block.title if isinstance(block, Figure) else [block.table.title]


def _section(section: Section, names: dict[str, str]) -> str:
    blocks = "\n".join(_block(block, names) for block in section.blocks)
    return f'<section id="{section.anchor}">\n<h2>{escape(section.title)}</h2>\n{blocks}\n</section>'


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
    title = f"{names[figure.anchor]}. {rich(figure.title, names)}"
    picture = f'<img src="{_data(figure.files["svg"])}" alt="{escape(figure.alt)}">'
    return (
        f'<figure id="{figure.anchor}">\n<div class="picture" tabindex="0" role="region" '
        f'aria-label="{escape(names[figure.anchor])}">{picture}</div>\n<figcaption>\n<p><strong>{title}.</strong> '
        f"{rich(figure.caption, names)}</p>\n{_downloads(figure.name, figure.files)}</figcaption>\n</figure>"
    )


def _table(table: Table, names: dict[str, str]) -> str:
    caption = f'<p class="caption">{names[table.anchor]}. {escape(table.table.title)}.{_mark(table)}</p>'
    inside = table_html(table.table, f"t-{table.name}")
    files = _downloads(table.name, table.files)
    kind = ' class="whole"' if table.table.fits_on_a_page() else ""
    return f'<div id="{table.anchor}"{kind}>\n{caption}\n{inside}\n{files}</div>'


def _mark(table: Table) -> str:
    return f' <span class="watermark">{rich(table.watermark)}</span>' if table.watermark else ""


def _downloads(name: str, files: dict[str, str]) -> str:
    """Links that contain the files, so that they work in an e-mail attachment."""
    links = [
        f'<a download="{escape(name)}.{kind}" href="{_data(path)}">{SAYS[kind]}</a>' for kind, path in files.items()
    ]
    return f'<p class="downloads">Download: {" ".join(links)}</p>\n' if links else ""


def _data(path: str) -> str:
    content = base64.b64encode(Path(path).read_bytes()).decode("ascii")
    return f"data:{MIME[Path(path).suffix[1:]]};base64,{content}"
