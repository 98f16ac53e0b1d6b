"""Word documents of the house: page, fonts and headings, and files that are the same each time."""

import zipfile
from io import BytesIO

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

FONT = "Arial"


def new_document(title: str) -> Document:
    """An empty A4 document with the house's styles; title: as its properties name it."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(12)
    section.top_margin = section.bottom_margin = Mm(15)
    _page_numbers(section.footer.paragraphs[0])
    # Word takes no longer title among a document's properties.
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
    _language(document)
    return document


def _page_numbers(paragraph) -> None:
    """The number of the page, at its right foot."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


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
