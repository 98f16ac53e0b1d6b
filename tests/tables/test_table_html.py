"""A table's HTML: a whole grid, header cells that a screen reader can name, and marks of the footnotes."""

from html.parser import HTMLParser

import pytest

from twoarm.tables.cells import Cell
from twoarm.tables.paper_table import Column, PaperTable, Row
from twoarm.tables.table_html import table_html

SPANNED = [
    [Column("n"), Column("P")],
    [Column("X", "Before"), Column("Y", "Before"), Column("X", "After"), Column("Y", "After")],
    [Column("X", "Before"), Column("Y", "Before"), Column("P")],
    [Column("All"), Column("X", "Before"), Column("Y", "After"), Column("Z", "Before")],
]


class Cells(HTMLParser):
    """The cells of a table by row, each as its attributes, its tag and its text."""

    def __init__(self, page: str):
        super().__init__()
        self.rows, self.inside = [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append({**dict(attrs), "tag": tag, "text": ""})
            self.inside = True

    def handle_endtag(self, tag):
        self.inside = self.inside and tag not in ("th", "td")

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1]["text"] += data


def table_of(columns: list[Column], **more) -> PaperTable:
    rows = [Row("Age", [Cell(f"{place}") for place in range(len(columns))]), Row("Sex", [Cell("")] * len(columns))]
    return PaperTable("A title", "Variable", columns, rows, **more)


@pytest.mark.parametrize("columns", SPANNED)
def test_every_row_is_as_wide_as_the_table(columns):
    rows = Cells(table_html(table_of(columns), "t")).rows
    width = 1 + len(columns)
    taken = [0] * len(rows)
    for place, row in enumerate(rows):
        for cell in row:
            for below in range(place, place + int(cell.get("rowspan", 1))):
                taken[below] += int(cell.get("colspan", 1))
    assert taken == [width] * len(rows)


@pytest.mark.parametrize("columns", SPANNED)
def test_each_cell_names_its_row_its_spanner_and_its_column(columns):
    rows = Cells(table_html(table_of(columns), "t")).rows
    text_of = {cell["id"]: cell["text"].strip() for row in rows for cell in row if "id" in cell}
    ids = [cell["id"] for row in rows for cell in row if "id" in cell]
    assert len(ids) == len(set(ids)) and all(" " not in identifier for identifier in ids)
    cells = [cell for cell in rows[-2] if cell["tag"] == "td"]
    for column, cell in zip(columns, cells, strict=True):
        named = [text_of[identifier] for identifier in cell["headers"].split()]
        assert named == [part for part in ("Age", column.spanner, column.header) if part]


def test_two_spanners_of_one_name_and_a_name_without_letters_are_distinguished():
    columns = [Column("a", "X"), Column("b", "stub 1"), Column("c", "X"), Column("d", "±"), Column("e", "≥")]
    ids = [cell["id"] for row in Cells(table_html(table_of(columns), "t")).rows for cell in row if "id" in cell]
    assert len(ids) == len(set(ids))


def test_a_note_has_one_letter_wherever_it_is():
    rows = [Row("Age", [Cell("1", "Welch's t test"), Cell("2", "masked")], note="at enrolment"),
            Row("Sex", [Cell("3", bold=True), Cell("4", "Welch's t test")], is_level=True)]  # fmt: skip
    table = PaperTable("A title", "Variable", [Column("X"), Column("Y")], rows, ["A note.", "", ["Another", "."]])
    first, second, *below = Cells(table_html(table, "t")).rows[1:]
    assert [cell["text"] for cell in first] == ["Agea", "1b", "2c"]
    assert [cell["text"] for cell in second] == ["Sex", "3", "4b"]
    assert [row[0]["text"] for row in below] == [
        "A note. Another.", "a At enrolment.", "b Welch's t test.", "c Masked.",
    ]  # fmt: skip
    assert ["style" in cell for cell in second] == [False, True, False]
    assert "gt_indent" in second[0]["class"] and "gt_indent" not in first[0]["class"]


def test_a_table_without_notes_has_no_foot():
    assert "<tfoot>" not in table_html(table_of([Column("X")]), "t")


def test_all_text_is_escaped():
    table = PaperTable("<t>", "<s>", [Column("<c>\nn", "<p>")], [Row("<r>", [Cell("<x>", "<n>")], note="<m>")], ["<f>"])
    page = table_html(table, "t")
    assert not any(f"<{letter}>" in page for letter in "tscprxnmf") and "<br>" in page
