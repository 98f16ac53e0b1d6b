"""Word documents in a real office: the helpers on a small one, and every document of a finished run."""

import pytest
from docx import Document
from docx.enum.text import WD_BREAK

from twoarm.documents.word_file import new_document, save_document
from word import page_sizes, page_texts, to_pdf


@pytest.fixture
def small(tmp_path):
    """A document of two pages."""
    document = Document()
    document.add_heading("Survival of the two arms")
    document.add_paragraph("12.4 months").add_run().add_break(WD_BREAK.PAGE)
    document.add_paragraph("≤3 tumours")
    document.save(tmp_path / "small.docx")
    return tmp_path / "small.docx"


def test_a_document_opens_with_its_pages_and_its_text(small, tmp_path):
    (pdf,) = to_pdf([small], tmp_path / "pdf")
    assert len(page_sizes(pdf)) == 2
    first, second = page_texts(pdf)
    assert "Survival of the two arms" in first and "12.4 months" in first
    assert "≤3 tumours" in second


def test_a_file_that_is_not_a_document_is_found(tmp_path):
    (tmp_path / "broken.docx").write_bytes(b"PK\x03\x04 but no more")
    with pytest.raises(AssertionError, match=r"not converted: \['broken.pdf'\]"):
        to_pdf([tmp_path / "broken.docx"], tmp_path / "pdf")


@pytest.mark.workflow
def test_every_document_of_a_run_opens(shipped, tmp_path):
    documents = [*sorted((shipped / "results/tables").glob("*.docx")), *(shipped / "results/report").glob("*.docx")]
    assert len(documents) >= 7
    for document, pdf in zip(documents, to_pdf(documents, tmp_path), strict=True):
        assert len(page_sizes(pdf)) >= 1, document
        assert all(text.strip() for text in page_texts(pdf)), f"{document} has an empty page"


@pytest.mark.workflow
def test_no_page_ends_with_a_title_and_references_are_what_they_lead_to(shipped, tmp_path):
    """An office renews the fields as it opens the file: a cross-reference without its bookmark would say so."""
    file = shipped / "results/report/report.docx"
    (pdf,) = to_pdf([file], tmp_path)
    pages = [[line.strip() for line in page.splitlines() if line.strip()] for page in page_texts(pdf)]
    titles = {part.text for part in Document(str(file)).paragraphs if part.style.name.startswith("Heading")}
    for number, (*lines, last) in enumerate(pages, start=1):
        assert last == str(number)
        ends = lines[-1] in titles and "Contents" not in lines or lines[-1].startswith("Table ")
        assert not ends, f"page {number} ends with {lines[-1]}"
    text = " ".join(line for page in pages for line in page)
    assert "Error" not in text and "(Figure 2, Table A1)" in text and "Figure A1. " in text


def test_a_long_title_makes_a_document(tmp_path):
    """Word takes 255 characters among a document's properties; the title on the page is whole."""
    save_document(new_document("long " * 100), str(tmp_path / "long.docx"))
    assert len(Document(str(tmp_path / "long.docx")).core_properties.title) == 255
