"""A journal's template: its page and styles stay, those that it lacks are added, its text goes."""

import zipfile
from pathlib import Path

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from report_numbers import word_content
from twoarm.documents.word_file import USED, add_paragraph, new_document, save_document
from twoarm.documents.word_text import add_pieces
from twoarm.report.document import References, Section
from twoarm.report.document_word import write_document
from twoarm.results.errors import InputError
from twoarm.text.provenance import Sourced
from word import page_texts, to_pdf


def template_of(tmp_path, with_lists: bool) -> str:
    """As Word saves one: few styles, a heading under the identifier of another language, no lists or some."""
    document = docx.Document()
    document.add_paragraph("Instructions for authors")
    document.sections[0].left_margin = Mm(40)
    document.sections[0].header.paragraphs[0].text = "The Journal"
    for style in list(document.styles):
        if style.name not in ("Normal", "Heading 1", "Default Paragraph Font", "Normal Table", "No List"):
            style.delete()
    heading = document.styles["Heading 1"]
    heading.element.styleId, heading.font.name, heading.font.size = "berschrift1", "Georgia", Pt(20)
    document.styles.add_style("Other", WD_STYLE_TYPE.PARAGRAPH).element.styleId = "TableCell"
    if not with_lists:
        rels = document.part.rels
        (number,) = [key for key, part in rels.items() if part.reltype == RELATIONSHIP_TYPE.NUMBERING]
        rels.pop(number)
    document.save(tmp_path / "template.docx")
    return str(tmp_path / "template.docx")


@pytest.mark.parametrize("with_lists", [True, False])
def test_a_template_keeps_its_looks_and_gets_the_styles_that_it_lacks(tmp_path, with_lists):
    document = new_document("A title", template_of(tmp_path, with_lists))
    document.add_heading("Methods")
    for name in USED:
        style = document.styles[name]
        if style.type == WD_STYLE_TYPE.PARAGRAPH:
            add_pieces(add_paragraph(document, name), [name])
    save_document(document, str(tmp_path / "new.docx"))
    new = docx.Document(tmp_path / "new.docx")
    assert "Instructions for authors" not in [part.text for part in new.paragraphs]
    assert new.sections[0].header.paragraphs[0].text == "The Journal" and round(new.sections[0].left_margin.mm) == 40
    heading = new.styles["Heading 1"]
    assert (heading.font.name, heading.font.size) == ("Georgia", Pt(20))
    assert new.paragraphs[0].style.name == "Heading 1"
    identifiers = [style.style_id for style in new.styles]
    assert len(set(identifiers)) == len(identifiers)
    assert new.styles["Table Stub"].base_style.name == "Table Cell" and new.styles["Other"].style_id == "TableCell"
    listed = new.part.numbering_part.element
    for name in ("List Bullet", "List Number"):
        (number,) = new.styles[name].element.iter(qn("w:numId"))
        assert len(listed.xpath(f'./w:num[@w:numId="{number.get(qn("w:val"))}"]')) == 1


def test_a_whole_document_goes_into_a_template_and_an_office_opens_it(document, tmp_path):
    works = {"cox": Sourced("Cox DR. 1972.", "reference: cox")}
    document.sections.append(Section("references", "References", [References(works)]))
    write_document(document, str(tmp_path / "own.docx"))
    write_document(document, str(tmp_path / "new.docx"), template_of(tmp_path, with_lists=False))
    assert word_content(tmp_path / "new.docx") == word_content(tmp_path / "own.docx")
    (pdf,) = to_pdf([tmp_path / "new.docx"], tmp_path / "pdf")
    text = " ".join(" ".join(page_texts(pdf)).split())
    assert "The Journal" in text and "1. Cox DR. 1972." in text and "See Figure 1 and Second & last." in text


@pytest.mark.parametrize("kind", ["text", "zip", "template"])
def test_a_file_that_is_no_word_document_is_named(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    Path("a.dotx").write_bytes(b"no zip")
    if kind != "text":
        document = zipfile.ZipFile(template_of(tmp_path, True))
        with zipfile.ZipFile("a.dotx", "w") as other:
            for name in document.namelist() if kind == "template" else ["word/document.xml"]:
                other.writestr(name, document.read(name).replace(b"document.main+xml", b"template.main+xml"))
    with pytest.raises(InputError, match=r"manuscript.template: a.dotx is not a Word document; save it as .docx"):
        new_document("A title", "a.dotx")
