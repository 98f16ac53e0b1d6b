"""Word documents in this workflow's style: page, fonts and headings, with the same bytes each time.

All looks are in styles, so that a journal's template changes them at once.
"""

import zipfile
from functools import lru_cache
from io import BytesIO

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.parts.document import DocumentPart
from docx.shared import Length, Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from twoarm.documents.word_template import open_template

FONT = "Arial"
SIZES = {"Normal": 10, "Title": 16, "Heading 1": 13, "Heading 2": 11, "TOC Heading": 13, "Caption": 9}  # points
# Styles besides those of text and headings: of a table's cells with numbers, cells with text, levels of the variable
# above, and the notes below; of a warning, what authors have to write, an entry of the contents and a reference; of a
# footnote's mark and bold text inside a paragraph.
CELL, STUB, LEVEL, NOTE = "Table Cell", "Table Stub", "Table Level", "Table Note"
WARNING, TO_WRITE, ENTRY, REFERENCE = "Warning", "To Write", "toc 1", "Bibliography"
SHADES = {WARNING: "FDF3E7", TO_WRITE: "FFF9C4"}
MARK, STRONG = "Footnote Mark", "Strong"
WORD_2013 = "15"
LISTS = ["List Bullet", "List Number"]
USED = [*SIZES, *LISTS, CELL, STUB, LEVEL, NOTE, WARNING, TO_WRITE, ENTRY, REFERENCE, MARK, STRONG]  # styles


def new_document(title: str, template: str | None = None) -> Document:
    """An empty document: A4 with this workflow's styles or, from a template (.docx), with its page and its styles.

    title: for its properties. Without a template, lines are 175 mm wide, as the figures for a journal's page are.
    Raises InputError if the template is not a Word document.
    """
    document = _own_document()
    if template:
        document = open_template(template, document, USED)
    # Word does not accept a longer title in a document's properties.
    document.core_properties.title, document.core_properties.author = title[:255], ""
    document.core_properties.comments = ""
    return document


def _own_document() -> Document:
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(17.5)
    section.top_margin = section.bottom_margin = Mm(18)
    _page_numbers(section.footer.paragraphs[0])
    _text_styles(document)
    _table_styles(document)
    _mark_style(document)
    _language(document)
    _compatibility(document)
    return document


def add_paragraph(document: Document, style: str = "Normal") -> Paragraph:
    """An empty paragraph at the document's end, in a style by its name."""
    return restyled(document.add_paragraph(), style)


def restyled(paragraph: Paragraph, style: str) -> Paragraph:
    """The paragraph in a style by its name."""
    paragraph._p.style = _identifier(paragraph.part, style)
    return paragraph


def styled(run: Run, style: str) -> Run:
    """The run in a character style by its name."""
    run._r.style = _identifier(run.part, style)
    return run


@lru_cache(maxsize=64)
def _identifier(part: DocumentPart, style: str) -> str:
    """A style's identifier. python-docx searches a name among all styles each time, which is slow in a report."""
    return part.styles[style].style_id


def text_size(document: Document) -> tuple[Length, Length]:
    """The width and height of the text on the document's last page."""
    section = document.sections[-1]
    return (
        Length(section.page_width - section.left_margin - section.right_margin),
        Length(section.page_height - section.top_margin - section.bottom_margin),
    )


def turn(document: Document, landscape: bool) -> None:
    """Begin a new page, landscape or portrait, unless the document's last page is so already."""
    section = document.sections[-1]
    if landscape == (section.orientation == WD_ORIENT.LANDSCAPE):
        return
    is_empty = len(document.element.body) == 1
    new = section if is_empty else document.add_section(WD_SECTION.NEW_PAGE)
    new.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    new.page_width, new.page_height = new.page_height, new.page_width


def number_lines(document: Document) -> None:
    """Number all lines, and set them apart, as reviewers ask."""
    numbers = OxmlElement("w:lnNumType")
    for name, value in {"countBy": "1", "restart": "continuous"}.items():
        numbers.set(qn(f"w:{name}"), value)
    document.sections[-1]._sectPr.insert_element_before(numbers, "w:pgNumType", "w:cols", "w:titlePg", "w:docGrid")
    document.styles["Normal"].paragraph_format.line_spacing = 1.5


def _page_numbers(paragraph: Paragraph) -> None:
    """The number of the page, at its right foot."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


def _text_styles(document: Document) -> None:
    """The styles of text, headings and captions."""
    for name, size in SIZES.items():
        style = document.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(size), RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
    document.styles["Heading 1"].paragraph_format.space_before = Pt(16)
    caption = document.styles["Caption"]
    caption.font.bold, caption.paragraph_format.keep_with_next = False, True
    caption.paragraph_format.line_spacing = 1
    for name, colour in SHADES.items():
        shaded = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        shaded.base_style = document.styles["Normal"]
        shading = parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{colour}"/>')
        shaded.element.get_or_add_pPr().append(shading)
    # Word numbers references, as it does the items of its own numbered lists.
    reference = document.styles.add_style(REFERENCE, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
    reference.base_style = document.styles["List Number"]
    reference.font.size, reference.paragraph_format.space_after = Pt(9), Pt(2)
    reference.paragraph_format.line_spacing = 1  # also where the text has wider lines, for reviewers
    entry = document.styles.add_style(ENTRY, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
    entry.base_style = document.styles["Normal"]
    entry.paragraph_format.space_after, entry.paragraph_format.line_spacing = Pt(0), 1


def _table_styles(document: Document) -> None:
    """The styles of a table's cells (numbers in the middle, the first column to the left) and of the notes below it."""
    for name, base in {CELL: "Normal", STUB: CELL, LEVEL: STUB, NOTE: "Normal"}.items():
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = document.styles[base]
        style.paragraph_format.space_before = Pt(1)
    cell, stub, level, note = (document.styles[name] for name in (CELL, STUB, LEVEL, NOTE))
    cell.font.size, note.font.size = Pt(8), Pt(7)
    cell.paragraph_format.space_after, cell.paragraph_format.line_spacing = Pt(1), 1
    cell.paragraph_format.alignment, stub.paragraph_format.alignment = (
        WD_ALIGN_PARAGRAPH.CENTER,
        WD_ALIGN_PARAGRAPH.LEFT,
    )
    level.paragraph_format.left_indent = Mm(4)
    note.paragraph_format.space_after, note.paragraph_format.line_spacing = Pt(0), 1


def _mark_style(document: Document) -> None:
    """The style of a footnote's mark; Word has one for bold text."""
    mark = document.styles.add_style(MARK, WD_STYLE_TYPE.CHARACTER)
    mark.font.superscript, mark.font.italic = True, True


def _language(document: Document) -> None:
    """British English, so that a screen reader pronounces it and Word does not mark it as misspelt."""
    properties = document.styles["Normal"].element.get_or_add_rPr()
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-GB")
    properties.append(language)


def _compatibility(document: Document) -> None:
    """Say that the file is for Word 2013 and later; otherwise Word opens it in compatibility mode."""
    (mode,) = document.settings.element.xpath('.//w:compatSetting[@w:name="compatibilityMode"]')
    mode.set(qn("w:val"), WORD_2013)


def save_document(document: Document, path: str) -> None:
    """Write the document without the time at which it was written."""
    written = BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as parts, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as fixed:
        for name in sorted(parts.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            fixed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), parts.read(name), zipfile.ZIP_DEFLATED)
