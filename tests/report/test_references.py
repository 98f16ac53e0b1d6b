"""Citations of the methods: numbers in the order of the text, and one list of references for page and Word file."""

import re

import docx
import yaml

from report_numbers import html_content, word_content
from runs import REPO
from twoarm.report.document import Document, Paragraph, Section, references
from twoarm.report.document_html import document_html
from twoarm.report.document_word import write_document
from twoarm.text.provenance import Citation, plain, prose

WORKS = {"cox": "Cox DR. 1972.", "efron": "Efron B. 1977.", "kish": "Kish L. 1965."}


def cited() -> Document:
    """Efron, then Cox with Efron."""
    texts = [prose("Ties{@efron} and models{@cox,efron}."), prose("Again{@cox}.")]
    sections = [Section("methods", "Methods", [Paragraph(text) for text in texts])]
    return Document("A title", [], "", [*sections, *references(sections, WORKS)])


def test_a_template_cites_and_its_plain_text_does_not():
    assert prose("a{@cox,efron} b") == ["a", Citation(("cox", "efron")), " b"]
    assert plain(prose("a{@cox,efron} b")) == "a b"


def test_works_have_numbers_in_the_order_of_citation_and_only_cited_ones_are_listed():
    document = cited()
    names = document.names()
    assert [names[f"reference-{key}"] for key in ("efron", "cox")] == ["1", "2"]
    assert [work.text for work in document.sections[-1].blocks[0].works.values()] == [WORKS["efron"], WORKS["cox"]]
    assert references([Section("a", "A", [Paragraph(["nothing"])])], WORKS) == []


def test_page_and_word_print_the_same_numbers_and_link_them(tmp_path):
    page = document_html(cited())
    write_document(cited(), str(tmp_path / "a.docx"))
    texts, _ = html_content(page)
    assert "Ties [1] and models [2,1]." in texts and texts[-2:] == [WORKS["efron"], WORKS["cox"]]
    assert [text for text in texts if text not in word_content(tmp_path / "a.docx")[0]] == []
    assert page.count('href="#reference-cox"') == 2 and page.count('id="reference-cox"') == 1
    body = docx.Document(tmp_path / "a.docx").element.body
    anchors = [link.values()[0] for link in body.xpath(".//w:hyperlink")]
    assert anchors.count("reference_cox") == 2 and len(body.xpath(".//w:bookmarkStart[@w:name='reference_cox']")) == 1


def test_every_work_that_the_methods_cite_is_known_and_every_known_one_is_cited():
    works = yaml.safe_load((REPO / "resources/references.yaml").read_text(encoding="utf-8"))
    code = "".join(path.read_text(encoding="utf-8") for path in (REPO / "scripts/twoarm/report").glob("*.py"))
    keys = {key for keys in re.findall(r"\{@([\w,]+)\}", code) for key in keys.split(",")}
    assert keys == set(works)
    assert list(works) == sorted(works)
    assert all(re.search(r"\. .*\b(19|20)\d\d\b.*\.$", work) for work in works.values())
