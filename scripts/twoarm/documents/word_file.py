"""Word documents in this workflow's style: page, fonts and headings, with the same bytes each time."""

import zipfile
from io import BytesIO

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

FONT = "Arial"
CELL, STUB, NOTE = "Table Cell", "Table Stub", "Table Note"  # styles of a table's paragraphs


def new_document(title: str) -> Document:
    """An empty A4 document with this workflow's styles; title: for its properties."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(12)
    section.top_margin = section.bottom_margin = Mm(15)
    _page_numbers(section.footer.paragraphs[0])
    # Word does not accept a longer title in a document's properties.
    document.core_properties.title, document.core_properties.author = title[:255], ""
    document.core_properties.comments = ""
    for name, size in {"Normal": 10, "Title": 16, "Heading 1": 13, "Heading 2": 11, "Caption": 9}.items():
        style = document.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(size), RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
    document.styles["Caption"].font.bold = True
    document.styles["Caption"].paragraph_format.keep_with_next = True
    _table_styles(document)
    _language(document)
    return document


def add_paragraph(document: Document, style: str) -> Paragraph:
    """An empty paragraph at the document's end, in a style by its name."""
    return restyled(document.add_paragraph(), style)


def restyled(paragraph: Paragraph, style: str) -> Paragraph:
    """The paragraph in a style by its name.

    It uses the identifier: python-docx searches a name among all styles each time, which is slow in a report.
    """
    paragraph._p.style = style.replace(" ", "")
    return paragraph


def _page_numbers(paragraph) -> None:
    """The number of the page, at its right foot."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


def _table_styles(document: Document) -> None:
    """The styles of a table's cells (numbers in the middle, the first column to the left) and of the notes below it."""
    for name, base in {CELL: "Normal", STUB: CELL, NOTE: "Normal"}.items():
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = document.styles[base]
        style.paragraph_format.space_before = Pt(1)
    cell, stub, note = (document.styles[name] for name in (CELL, STUB, NOTE))
    cell.font.size, note.font.size = Pt(8), Pt(7)
    cell.paragraph_format.space_after, cell.paragraph_format.line_spacing = Pt(1), 1
    cell.paragraph_format.alignment, stub.paragraph_format.alignment = (
        WD_ALIGN_PARAGRAPH.CENTER,
        WD_ALIGN_PARAGRAPH.LEFT,
    )
    note.paragraph_format.space_after = Pt(0)


def _language(document: Document) -> None:
    """British English, so that a screen reader pronounces it and Word does not mark it as misspelt."""
    properties = document.styles["Normal"].element.get_or_add_rPr()
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-GB")
    properties.append(language)


def save_document(document: Document, path: str) -> None:
    """Write the document without the time at which it was written."""
    written = BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as parts, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as fixed:
        for name in sorted(parts.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            fixed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), parts.read(name), zipfile.ZIP_DEFLATED)
