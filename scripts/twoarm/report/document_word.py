"""A document as a Word file: headings, native tables, figures with alternative texts, and a contents list."""

import docx.document
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm
from docx.text.paragraph import Paragraph as WordParagraph

from twoarm.documents.word_file import add_paragraph, new_document, save_document
from twoarm.report.document import Block, Bullets, Document, Figure, Heading, Paragraph, Section, Table
from twoarm.tables.table_word import PAGE_WIDTH, add_pieces, add_table, bookmark_name
from twoarm.text.provenance import Link, plain

SHADED = {"warning": "FDF3E7"}
MOST_HEIGHT = Mm(225)


def write_document(document: Document, path: str) -> None:
    """Write the document to `path` (.docx), the same bytes each time."""
    names = document.names()
    word = new_document(document.title)
    word.add_heading(document.title, level=0)
    if document.subtitle:
        add_pieces(word.add_paragraph(), document.subtitle, names)
    if document.notice:
        _shade(word.add_paragraph(document.notice), "warning")
    if document.front:
        _section(word, document.front, names)
    _contents(word, document, names)
    for section in document.sections:
        _section(word, section, names)
    if document.appendix:
        word.add_heading("Appendix", level=1)
    for section in document.appendix:
        _section(word, section, names)
    save_document(word, path)


def _section(word: docx.document.Document, section: Section, names: dict[str, str]) -> None:
    _bookmark(word.add_heading(section.title, level=1), section.anchor)
    for block in section.blocks:
        _block(word, block, names)


def _contents(word: docx.document.Document, document: Document, names: dict[str, str]) -> None:
    """The contents list: links to the sections, and to their tables and figures."""
    word.add_heading("Contents", level=1)
    for section in [*document.sections, *document.appendix]:
        entries = [(0, Link(section.anchor))]
        for block in section.blocks:
            if isinstance(block, Figure | Table):
                title = block.title if isinstance(block, Figure) else [block.table.title]
                entries.append((6, Link(block.anchor, f"{names[block.anchor]}. {plain(title)}")))
        for indent, link in entries:
            paragraph = word.add_paragraph()
            paragraph.paragraph_format.left_indent = Mm(indent)
            paragraph.paragraph_format.space_after = 0
            add_pieces(paragraph, [link], names)
    word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _block(word: docx.document.Document, block: Block, names: dict[str, str]) -> None:
    match block:
        case Paragraph(text, kind):
            paragraph = word.add_paragraph()
            add_pieces(paragraph, text, names)
            _shade(paragraph, kind)
            paragraph.paragraph_format.keep_with_next = kind == "lead"
        case Bullets(items):
            for item in items:
                add_pieces(add_paragraph(word, "List Bullet"), item, names)
        case Heading(text):
            word.add_heading(text, level=2)
        case Figure():
            _add_figure(word, block, names)
        case Table():
            caption = add_paragraph(word, "Caption")
            add_pieces(caption, [f"{names[block.anchor]}. {block.table.title}."])
            add_pieces(caption, [" ", *block.watermark] if block.watermark else [], bold=False)
            _bookmark(caption, block.anchor)
            add_table(word, block.table)


def _add_figure(word: docx.document.Document, figure: Figure, names: dict[str, str]) -> None:
    paragraph = word.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    picture = paragraph.add_run().add_picture(figure.files["png"])
    scale = min(1, PAGE_WIDTH / picture.width, MOST_HEIGHT / picture.height)
    picture.width, picture.height = int(picture.width * scale), int(picture.height * scale)
    picture._inline.docPr.set("descr", figure.alt)
    picture._inline.docPr.set("name", names[figure.anchor])
    caption = add_paragraph(word, "Caption")
    caption.paragraph_format.keep_with_next = False
    _bookmark(caption, figure.anchor)
    add_pieces(caption, [f"{names[figure.anchor]}. ", *figure.title, ". "], names)
    add_pieces(caption, figure.caption, names, bold=False)


def _bookmark(paragraph: WordParagraph, anchor: str) -> None:
    """Bookmark the paragraph for links. Word needs a unique number: the anchor's own."""
    number = str(len(paragraph.part.element.xpath("//w:bookmarkStart")) + 1)
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    start.set(qn("w:id"), number)
    start.set(qn("w:name"), bookmark_name(anchor))
    end.set(qn("w:id"), number)
    paragraph._p.append(start)
    paragraph._p.append(end)


def _shade(paragraph: WordParagraph, kind: str) -> None:
    if kind in SHADED:
        shading = parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{SHADED[kind]}"/>')
        paragraph._p.get_or_add_pPr().append(shading)
