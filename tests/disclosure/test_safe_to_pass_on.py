"""Results are safe to share: a text of the study is text in a spreadsheet, a page, a drawing and Word."""

import csv
import re
from html.parser import HTMLParser
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from docx import Document as Word
from matplotlib.figure import Figure

from twoarm.figures.writer import save
from twoarm.report.document import Bullets, Document, Heading, Paragraph, Section
from twoarm.report.document_html import document_html
from twoarm.tables.cells import Cell
from twoarm.tables.paper_table import Column, PaperTable, Row
from twoarm.tables.table_files import write_paper_table
from twoarm.text.provenance import Link, Sourced

BAD = "a</td></title></style></script><script>alert(1)</script><img src=x onerror=alert(1)>--> & \"b\" 'c'"


class Tags(HTMLParser):
    """The tags of a page and their attributes' names, and its text."""

    def __init__(self, page: str):
        super().__init__()
        self.tags, self.attributes, self.text = set(), set(), ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}

    def handle_data(self, data):
        self.text += data


def table_of(text: str) -> PaperTable:
    """A table with a text wherever a study's words may be."""
    rows = [Row(text, [Cell("-0.5", text), Cell(text, sources=(Sourced(text, text),))], note=text)]
    rows.append(Row(text, [Cell("1"), Cell("")], is_level=True))
    return PaperTable(text, text, [Column(text, text), Column(f"{text}\n(n = 1)", text)], rows, [text])


def files(folder) -> SimpleNamespace:
    return SimpleNamespace(**{kind: folder / f"t.{kind}" for kind in ("html", "docx", "csv", "json")})


def cells_of(text: str, folder) -> list[str]:
    write_paper_table(table_of(text), files(folder), watermark=text, abbreviations={"a": text})
    with (folder / "t.csv").open(encoding="utf-8", newline="") as file:
        return [cell for row in csv.reader(file) for cell in row]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", " =1", "=cmd|' /C calc'!A0", "=HYPERLINK(\"x\")",
     "-2+3+cmd|' /C calc'!A0", "＝1+1", "＋1", "－1", "＠x", "-", "--1", "-1-2", "+1 234", "-0.5 (-1 to 2)"],
)  # fmt: skip
def test_a_text_is_not_a_formula_in_a_spreadsheet(text, tmp_path):
    cells = cells_of(text, tmp_path)
    assert f"'{text}" in cells
    assert not [cell for cell in cells if re.match(r"[=+@＝＋－＠\t\r\n -]", cell) and cell != "-0.5"]


@pytest.mark.parametrize("sign", ["\t", "\r", "\n", "\r\n"])
def test_a_character_that_ends_a_line_hides_no_formula(sign, tmp_path):
    assert "' =1" in cells_of(f"{sign}=1", tmp_path)


@pytest.mark.parametrize("text", ["-0.5", "+3", "-12", "1e-5", "-1.5E+3", "-4%", "−0.130", "0.5", "<0.001", "5–7"])
def test_a_number_stays_a_number_and_a_text_as_it_is(text, tmp_path):
    assert text in cells_of(text, tmp_path)


def test_no_text_breaks_out_of_a_table(tmp_path):
    cells_of("plain", tmp_path)
    plain = Tags(files(tmp_path).html.read_text(encoding="utf-8"))
    cells_of(BAD, tmp_path)
    told = Tags(files(tmp_path).html.read_text(encoding="utf-8"))
    assert (told.tags, told.attributes) == (plain.tags, plain.attributes)
    assert told.text.count(BAD) >= 8
    word = Word(files(tmp_path).docx)
    assert BAD in [cell.text for row in word.tables[0].rows for cell in row.cells]


def page_of(text: str) -> Tags:
    blocks = [
        Heading(text),
        Paragraph([text, Sourced(text, text, text), Link("a", text)]),
        Bullets([[text]]),
    ]
    return Tags(document_html(Document(text, [text], notice=text, sections=[Section("a", text, blocks)])))


def test_no_text_breaks_out_of_the_report():
    plain, told = page_of("plain"), page_of(BAD)
    assert (told.tags, told.attributes) == (plain.tags, plain.attributes)
    assert told.text.count(BAD) >= 6


def test_no_text_breaks_out_of_a_drawing(tmp_path):
    figure = Figure()
    figure.suptitle(BAD)
    save(figure, [tmp_path / "f.svg"], watermark=BAD)
    elements = list(ElementTree.parse(tmp_path / "f.svg").iter())
    assert {element.tag.split("}")[-1] for element in elements} <= {
        "svg", "metadata", "defs", "style", "g", "path", "use", "RDF", "Work", "type", "format", "creator",
        "Agent", "title", "clipPath", "rect", "text", "tspan",
    }  # fmt: skip
    assert [element.text for element in elements if element.tag.endswith("}text")] == [BAD, BAD]
