"""A document as a Word file: headings, native tables, figures with alternative texts, and a contents list."""

import docx.document
from docx.shared import Mm

from twoarm.documents.word_file import (
    ENTRY,
    REFERENCE,
    TO_WRITE,
    WARNING,
    add_paragraph,
    new_document,
    number_lines,
    save_document,
    text_size,
    turn,
)
from twoarm.documents.word_text import add_bookmark, add_label, add_pieces, begin_contents, end_contents
from twoarm.report.document import Block, Bullets, Document, Figure, Heading, Paragraph, References, Section, Table
from twoarm.tables.table_word import add_table, needs_landscape, turn_for
from twoarm.text.provenance import Link

STYLES = {"warning": WARNING, "remark": WARNING, "blank": TO_WRITE}  # of kinds of paragraphs
CAPTION_HEIGHT = Mm(30)  # left below a figure, for its caption


def write_document(document: Document, path: str, template: str | None = None) -> None:
    """Write the document to `path` (.docx), the same bytes each time. template: a Word file with other styles.

    Raises InputError if the template is not a Word document.
    """
    names = document.names()
    word = new_document(document.title, template)
    if document.for_review and not template:
        number_lines(word)
    word.add_heading(document.title, level=0)
    if document.subtitle:
        add_pieces(add_paragraph(word), document.subtitle, names)
    if document.notice:
        add_pieces(add_paragraph(word, WARNING), [document.notice])
    if document.front:
        _section(word, _figures_last(document.front), names)
    if not document.for_review:
        _contents(word, document, names)
    for section in document.sections:
        _section(word, section, names)
    if document.appendix:
        turn(word, landscape=False)
        word.add_heading(document.appendix_title, level=1).paragraph_format.page_break_before = True
    for section in document.appendix:
        _section(word, section, names)
    save_document(word, path)


def _section(word: docx.document.Document, section: Section, names: dict[str, str]) -> None:
    landscape = _is_landscape(word, section)
    if section.title:
        turn(word, landscape)
        heading = word.add_heading(section.title, level=1)
        heading.paragraph_format.page_break_before = section.page or None
        add_bookmark(heading, section.anchor)
    for block in section.blocks:
        _block(word, block, names, section.page and not section.title, landscape)


def _is_landscape(word: docx.document.Document, section: Section) -> bool:
    """Whether the text of a section stands on the landscape pages of its tables, instead of on nearly empty ones."""
    shown = [block for block in section.blocks if isinstance(block, (Figure, Table))]
    return bool(shown) and all(isinstance(block, Table) and needs_landscape(word, block.table) for block in shown)


def _figures_last(section: Section) -> Section:
    """The first page with its curves behind all text: with the table they would leave half a page empty."""
    blocks = sorted(section.blocks, key=lambda block: isinstance(block, Figure))
    return Section(section.anchor, section.title, blocks)


def _contents(word: docx.document.Document, document: Document, names: dict[str, str]) -> None:
    """The contents list: links to the sections."""
    add_pieces(add_paragraph(word, "TOC Heading"), ["Contents"])
    entries = [add_paragraph(word, ENTRY) for _ in [*document.sections, *document.appendix]]
    begin_contents(entries[0])
    for paragraph, section in zip(entries, [*document.sections, *document.appendix], strict=True):
        add_pieces(paragraph, [Link(section.anchor, section.title)], names)
    end_contents(entries[-1])


def _block(word: docx.document.Document, block: Block, names: dict[str, str], page: bool, landscape: bool) -> None:
    """page: whether a table or figure begins a page; landscape: whether text and figures stand on a landscape page."""
    if isinstance(block, Table):
        _add_table(word, block, names, page)
        return
    turn(word, landscape)
    match block:
        case Paragraph(text, kind):
            paragraph = add_paragraph(word, STYLES.get(kind, "Normal"))
            add_pieces(paragraph, text, names)
            paragraph.paragraph_format.keep_with_next = kind == "lead" or None
        case Bullets(items):
            for item in items:
                add_pieces(add_paragraph(word, "List Bullet"), item, names)
        case Heading(text):
            word.add_heading(text, level=2)
        case References(works):
            for key, work in works.items():
                paragraph = add_paragraph(word, REFERENCE)
                add_pieces(paragraph, [work])
                add_bookmark(paragraph, f"reference-{key}")
        case Figure():
            _add_figure(word, block, names, page)


def _add_table(word: docx.document.Document, table: Table, names: dict[str, str], page: bool) -> None:
    turn_for(word, table.table)
    caption = add_paragraph(word, "Caption")
    caption.paragraph_format.page_break_before = page or None
    add_label(caption, table.anchor, names[table.anchor])
    add_pieces(caption, [f". {table.table.title}."], bold=True)
    add_pieces(caption, [" ", *table.watermark] if table.watermark else [])
    add_table(word, table.table)


def _add_figure(word: docx.document.Document, figure: Figure, names: dict[str, str], page: bool) -> None:
    paragraph = add_paragraph(word)
    paragraph.paragraph_format.keep_with_next, paragraph.paragraph_format.page_break_before = True, page or None
    picture = paragraph.add_run().add_picture(figure.files["png"])
    width, height = text_size(word)
    scale = min(1, width / picture.width, (height - CAPTION_HEIGHT) / picture.height)
    picture.width, picture.height = int(picture.width * scale), int(picture.height * scale)
    picture._inline.docPr.set("descr", figure.alt)
    picture._inline.docPr.set("name", names[figure.anchor])
    caption = add_paragraph(word, "Caption")
    add_label(caption, figure.anchor, names[figure.anchor])
    caption.paragraph_format.keep_with_next = False
    add_pieces(caption, [". ", *figure.title, ". "], names, bold=True)
    add_pieces(caption, figure.caption, names)
