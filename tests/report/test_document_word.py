"""A document as a Word file: its tables, fields, bookmarks and pages, and nothing that a template cannot change."""

import re

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st

from twoarm.documents.word_file import CELL, LEVEL, NOTE, STUB
from twoarm.documents.word_text import bookmark_name
from twoarm.report.document import Bullets, Document, Paragraph, Section, Table
from twoarm.report.document_html import document_html
from twoarm.report.document_word import write_document
from twoarm.tables.cells import Cell
from twoarm.tables.paper_table import Column, PaperTable, Row
from twoarm.text.provenance import Link, Sourced


def word_of(document: Document, tmp_path):
    """The document as a Word file, read again."""
    write_document(document, str(tmp_path / "a.docx"))
    return docx.Document(tmp_path / "a.docx")


def test_a_table_of_sentences_is_read_in_lines_that_pages_may_divide(document, tmp_path):
    seen = Cell("Table 1", sources=(Link("table-t"),))
    rows = [Row(f"Item {row}", [Cell("a long text " * row), Cell(""), seen]) for row in (1, 2)]
    columns = [Column("Said"), Column("A page"), Column("Where")]
    document.sections[1].blocks.append(Table("s", PaperTable("Texts", "Item", columns, rows, sentences=True)))
    numbers, texts = word_of(document, tmp_path).tables
    assert [[cell.paragraphs[0].style.name for cell in row.cells] for row in texts.rows[1:]] == [[STUB] * 4] * 2
    kept = [[bool(row._tr.xpath(".//w:keepNext")) for row in table.rows] for table in (numbers, texts)]
    assert kept == [[True] * 4, [True, False, False]]
    widths = [cell.width.mm for cell in texts.rows[0].cells]
    assert widths[1] > widths[0] > 10 and round(sum(widths)) == 175
    assert '<div class="table sentences"' in document_html(document)


def test_the_letters_of_a_table_have_their_size_from_styles_alone(document, tmp_path):
    word = word_of(document, tmp_path)
    (table,) = word.tables
    styles = [[cell.paragraphs[0].style.name for cell in row.cells] for row in table.rows]
    assert [first for first, *_ in styles] == [STUB, STUB, STUB, LEVEL]
    assert {tuple(others) for _, *others in styles} == {(CELL,) * (len(table.columns) - 1)}
    sizes = {name: word.styles[name].font.size.pt for name in (CELL, NOTE)}
    assert sizes == {CELL: 8, NOTE: 7} and word.styles[STUB].base_style.name == CELL


def test_all_looks_are_in_styles_so_that_a_template_can_change_them(document, tmp_path):
    """A paragraph has no more than its style and what keeps it beside the next one; a run only its style."""
    document.sections[0].blocks.append(Bullets([["a ", Link("two")]]))
    body = word_of(document, tmp_path).element.body
    own = {child.tag.split("}")[1] for part in body.xpath(".//w:pPr") for child in part}
    assert own <= {"pStyle", "keepNext", "spacing"}
    assert {child.tag.split("}")[1] for part in body.xpath(".//w:rPr") for child in part} <= {"rStyle"}


def test_text_between_links_is_one_run(document, tmp_path):
    linked = [Link("figure-f"), " c ", Link("two", "there"), Link("https://example.org/")]
    document.sections[0].blocks.append(Paragraph(["a ", Sourced("1", "s"), " b ", *linked]))
    (paragraph,) = [part for part in word_of(document, tmp_path).paragraphs if part.text.startswith("a 1 b")]
    assert [run.text for run in paragraph.runs] == ["a 1 b ", " c "]
    assert [link.text for link in paragraph.hyperlinks] == ["there", "https://example.org/"]


def test_a_table_of_a_page_stays_whole_and_a_longer_one_may_be_divided(document, tmp_path):
    columns = [Column("P")]
    for label, lines in (("short", 50), ("long " * 60, 50)):
        document.sections[1].blocks.append(
            Table(label[:5].strip(), PaperTable(label[:5], "Item", columns, [Row(label, [Cell("1")])] * lines))
        )
    _, short, long = word_of(document, tmp_path).tables
    assert all(row._tr.xpath(".//w:keepNext") for row in short.rows)
    assert not any(row._tr.xpath(".//w:keepNext") for row in long.rows[1:])


def fields(body) -> list[tuple[str, str]]:
    """(instruction, text) of each field in a Word document's body."""
    found = body.xpath(".//w:fldSimple")
    return [(field.get(qn("w:instr")).strip(), "".join(part.text for part in field.iter(qn("w:t")))) for field in found]


def test_numbers_are_fields_and_references_follow_them(document, tmp_path):
    """An author who takes a figure out renews the fields, and every number and reference is right again."""
    document.appendix = [Section("more", "More", [document.sections[1].blocks[-1]._replace(name="g")])]
    document.sections[0].blocks.append(Paragraph([Link("figure-g")]))
    body = word_of(document, tmp_path).element.body
    assert fields(body) == [
        (r"REF figure_f \h \* MERGEFORMAT", "Figure 1"),
        (r"REF two \h \* MERGEFORMAT", "Second & last"),
        (r"SEQ Table \* ARABIC", "1"),
        (r"REF figure_g \h \* MERGEFORMAT", "Figure A1"),
        (r"SEQ Figure \* ARABIC", "1"),
        (r"SEQ Figure_A \* ARABIC", "1"),
    ]
    (caption,) = [part for part in body.xpath("./w:p") if part.xpath(".//w:bookmarkStart[@w:name='figure_g']")]
    (start,), (end,) = caption.xpath("./w:bookmarkStart"), caption.xpath("./w:bookmarkEnd")
    inside = caption[caption.index(start) : caption.index(end)]
    assert "".join(text.text for part in inside for text in part.iter(qn("w:t"))) == "Figure A1"


def test_links_in_word_lead_to_bookmarks(document, tmp_path):
    body = word_of(document, tmp_path).element.body
    names = {mark.get(mark.keys()[-1]) for mark in body.xpath(".//w:bookmarkStart")}
    wanted = [link.values()[0] for link in body.xpath(".//w:hyperlink[@w:anchor]")]
    wanted += [name.split()[1] for name, _ in fields(body) if name.startswith("REF")]
    assert len(wanted) >= 4 and set(wanted) <= names
    assert [picture.get("descr") for picture in body.xpath(".//wp:docPr")] == ['what it "shows"']


@given(st.lists(st.text("ab_-.é肝", min_size=1, max_size=60), unique=True))
def test_each_anchor_has_a_bookmark_of_its_own_that_word_accepts(names):
    """Word cuts a name after 40 letters, and takes a dash for the end of it."""
    anchors = [f"figure-{name}" for name in names]
    marks = [bookmark_name(anchor) for anchor in anchors]
    assert len(set(marks)) == len(anchors)
    assert all(re.fullmatch(r"\w{1,40}", mark) for mark in marks)


def wide_table(columns: int) -> PaperTable:
    """A table whose columns need 30 mm each."""
    cells = [Cell("123.4 (101.2-151.3)")] * columns
    return PaperTable("Wide", "Item", [Column("X", "Arms")] * columns, [Row("Of all", cells)] * 3)


def test_long_names_of_arms_break_in_the_header_and_the_page_stays_portrait(document, tmp_path):
    """Eight columns of Table 1; each of their cells still has one line."""
    cells = [Cell("143.3 ± 153.9"), Cell("143.3 ± 153.9"), Cell("<0.001", "a test", bold=True), Cell("−0.591")]
    columns = [Column(f"{arm}\n(n = 440)") for arm in ("Hormonal therapy", "No hormonal therapy")]
    columns += [Column("P value"), Column("SMD")]
    table = PaperTable("Wide", "Variable", columns * 2, [Row("Progesterone receptor", cells * 2)] * 3)
    document.sections[1].blocks = [Table("w", table)]
    word = word_of(document, tmp_path)
    assert len(word.sections) == 1
    widths = [cell.width.mm for cell in word.tables[1].rows[-1].cells]
    assert round(sum(widths)) == 175 and min(widths) > 11 and min(widths[1:3]) > 20


@pytest.mark.parametrize(("columns", "turned"), [(8, False), (12, True)])
def test_a_column_is_never_narrower_than_its_longest_number(document, tmp_path, columns, turned):
    """Table 1 with a column of both arms; in a column that is too narrow, an office breaks a number."""
    cells = [Cell("63 (61.2)"), Cell("−0.188", bold=True)] * (columns // 2)
    heads = [Column("TRP\n(n = 103)"), Column("SMD")] * (columns // 2)
    label = "Sum of diameters of intrahepatic tumours, in all"
    document.sections[1].blocks = [Table("w", PaperTable("Wide", "Variable", heads, [Row(label, cells)] * 3))]
    word = word_of(document, tmp_path)
    assert [page.orientation for page in word.sections] == [0] + [1] * turned
    assert min(cell.width.mm for cell in word.tables[1].rows[-1].cells[1:]) > 10


def test_a_wide_table_has_a_landscape_page_and_only_that(document, tmp_path):
    after = document.sections[1].blocks
    document.sections[1].blocks = [
        Table("w", wide_table(8)),
        Table("x", wide_table(7)),
        Table("n", wide_table(3)),
        *after,
    ]
    word = word_of(document, tmp_path)
    pages = [(round(page.page_width.mm), round(page.page_height.mm)) for page in word.sections]
    assert pages == [(210, 297), (297, 210), (210, 297)]
    assert [round(sum(cell.width.mm for cell in table.rows[-1].cells)) for table in word.tables[1:3]] == [262, 262]
    assert len(word.tables) == 4


def test_the_text_of_wide_tables_alone_stands_on_their_page(document, tmp_path):
    document.sections = [
        Section("first", "First", [Paragraph(["Portrait."])]),
        Section("wide", "Wide", [Paragraph(["Beside its table."]), Table("w", wide_table(8))]),
        Section("last", "Last", [Paragraph(["Portrait again."])]),
    ]
    word = word_of(document, tmp_path)
    assert [page.orientation for page in word.sections] == [0, 1, 0]
    text = [paragraph.text for paragraph in word.paragraphs]
    breaks = [place for place, part in enumerate(word.paragraphs) if part._p.xpath("./w:pPr/w:sectPr")]
    assert breaks[0] < text.index("Beside its table.") - 1 and text[text.index("Beside its table.") - 1] == "Wide"
    assert text.index("Beside its table.") < breaks[1] < text.index("Portrait again.") - 1
