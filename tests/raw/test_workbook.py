"""A workbook gives the same text as the CSV file of the same table; what a lenient reader would lose is refused."""

import zipfile
from datetime import date, datetime

import openpyxl
import pandas as pd
import pytest

from twoarm.raw.table_file import read_table

DATA = {"separator": ";", "decimal": ",", "date_format": "%d.%m.%Y"}
CSV = """编号;age;weight;start;seen;smoker;note;number
P1;61;70,5;02.01.2020;03.01.2020;TRUE;well, so far; 007
P2;58;0,1;31.12.1949;04.01.2020;FALSE;;1e-07

P3;;1234567;;;;ü;3
"""
ROWS = [
    ["编号", "age", "weight", "start", "seen", "smoker", "note", "number"],
    ["P1", 61, 70.5, date(2020, 1, 2), datetime(2020, 1, 3, 10, 30), True, "well, so far", " 007"],
    ["P2", 58.0, 0.1, datetime(1949, 12, 31), "04.01.2020", False, None, "1e-07"],
    [],
    ["P3", None, 1234567.0, None, None, None, "ü", 3],
]


@pytest.fixture
def read(tmp_path):
    """Read sheets {name: rows} as a workbook after `change`; returns table, errors and remarks."""

    def run(sheets, change=lambda book: None, **keys):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for number, row in enumerate(rows, start=1):
                for place, value in enumerate(row, start=1):
                    sheet.cell(number, place, value)
        change(book)
        book.save(tmp_path / "a.xlsx")
        return read_table(str(tmp_path / "a.xlsx"), "a.xlsx", {**DATA, **keys}, ["编号", "age", "note"])

    return run


def test_a_workbook_is_read_as_its_csv_file(read, tmp_path):
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    expected, errors, _ = read_table(str(tmp_path / "a.csv"), "a.csv", DATA)
    assert errors == []
    padded = [[*row, " ", None] for row in ROWS] + [[], [None, " "]]
    for rows in (ROWS, padded):
        table, errors, remarks = read({"A": rows, "empty": []})
        assert errors == []
        assert remarks == ["a.xlsx row 4: a row without any value is skipped"]
        pd.testing.assert_frame_equal(table, expected)


TITLE = [["Export", None], ["of 2003", "=1+1"]]


def test_a_title_above_the_header_is_not_read(read):
    def merged(book):
        book["A"].merge_cells("A1:H1")

    plain, _, _ = read({"A": ROWS})
    table, errors, _ = read({"A": [*TITLE, *ROWS]}, merged, header=3)
    assert errors == [] and table.index.tolist() == [4, 5, 7]
    pd.testing.assert_frame_equal(table.reset_index(drop=True), plain.reset_index(drop=True))
    assert read({"A": [["Export"], *ROWS]}, merged)[1] == [
        "a.xlsx: found merged cells A1:H1, expected one value in each cell; unmerge them; or set `header: 2` if they "
        "are a title above the names of the columns"
    ]
    below = lambda book: book["A"].merge_cells("A4:B4")  # noqa: E731
    assert "found merged cells A4:B4" in read({"A": [["Export"], *ROWS]}, below, header=2)[1][0]
    assert "header" not in read({"A": [["Export"], *ROWS]}, below, header=2)[1][0]
    assert read({"A": ROWS}, header=9)[1] == ["a.xlsx: there is nothing in it from row 9 on; expected a header"]


def test_rows_are_those_of_the_sheet(read):
    table, errors, _ = read({"A": [[], [], *ROWS]})
    assert errors == []
    assert table.index.tolist() == [4, 5, 7]


def test_the_sheet_is_the_one_that_is_filled_or_named(read):
    other = [["编号", "age"], ["P9", 1]]
    assert read({"A": ROWS, "B": other}, sheet="B")[0]["age"].tolist() == ["1"]
    _, errors, _ = read({"A": ROWS, "B": other, "C": []})
    assert errors == ["a.xlsx: it has several sheets (A, B); name one: {file: ..., sheet: A}"]
    assert read({"A": ROWS}, sheet="D")[1] == ["a.xlsx: there is no such sheet; the file has A"]
    assert read({"A": [], "B": []})[1] == ["a.xlsx: there is nothing in it; expected a table with a header"]
    assert read({"A": ROWS, "B": []}, sheet="B")[1] == [
        "a.xlsx: there is nothing in it; expected a table with a header"
    ]


REFUSED = {
    "an error": ("B3", "#N/A", "a.xlsx cell B3: found the error #N/A, expected a value"),
    "a formula that nothing computed": ("B3", "=1+1", "a.xlsx cell B3: found a formula without a result"),
    "a name twice": ("C1", "note", "a.xlsx: the column 'note' appears twice in the header, expected once; rename"),
    "a cell beyond the header": ("J2", "x", "a.xlsx row 2: found a cell without a column name in the header"),
}


@pytest.mark.parametrize(("place", "value", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_what_would_be_lost_is_refused(read, place, value, says):
    table, errors, _ = read({"A": ROWS}, lambda book: book["A"].__setitem__(place, value))
    assert len(errors) == 1
    assert errors[0].startswith(says)
    assert table.empty


def test_what_would_be_lost_in_a_column_that_is_not_read_is_no_error(read):
    def change(book):
        sheet = book["A"]
        sheet["C3"], sheet["H3"] = "#DIV/0!", "=1+1"  # weight, number
        sheet.merge_cells("F2:F3")  # smoker
        sheet["D1"] = sheet["E1"] = "seen"
        sheet["C1"] = sheet["F1"] = None

    table, errors, _ = read({"A": ROWS}, change)
    assert errors == [] and table["age"].tolist() == ["61", "58", ""]
    assert "found merged cells F2:G3" in read({"A": ROWS}, lambda book: book["A"].merge_cells("F2:G3"))[1][0]


def test_a_title_that_is_taken_for_the_header_is_named_as_such(read):
    assert read({"A": [["Export of 2003"], [None, "Basis"], *ROWS]})[1] == [
        "a.xlsx: its first line contains none of the columns 编号, age, note; expected a header; row 3 looks like it: "
        "set {file: ..., header: 3}"
    ]


def test_merged_cells_are_refused(read):
    _, errors, _ = read({"A": ROWS}, lambda book: book["A"].merge_cells("A2:A3"))
    assert errors == ["a.xlsx: found merged cells A2:A3, expected one value in each cell; unmerge them"]


def test_a_year_that_two_digits_cannot_tell_stays_in_full(read):
    table, _, _ = read({"A": ROWS}, date_format="%d.%m.%y")
    assert table["start"].tolist() == ["02.01.20", "1949-12-31", ""]


@pytest.mark.parametrize(("content", "sheet"), [(b"PK\x03\x04 nothing", None), (CSV.encode(), "A")])
def test_what_is_no_workbook_says_so(tmp_path, content, sheet):
    (tmp_path / "a.xlsx").write_bytes(content)
    keys = {"sheet": sheet} if sheet else {}
    table, errors, _ = read_table(str(tmp_path / "a.xlsx"), "a.xlsx", {**DATA, **keys})
    assert table.empty
    assert errors == [
        "a.xlsx: it is no workbook, so it has no sheets; remove `sheet`"
        if sheet
        else "a.xlsx: it cannot be read as a workbook; save it as .xlsx or CSV UTF-8"
    ]


def test_the_file_that_excel_leaves_beside_an_open_workbook_is_named_as_such(tmp_path):
    path = tmp_path / "~$patients.xlsx"
    path.write_bytes(b"\x05user" + b"\0" * 100)
    _, errors, _ = read_table(str(path), path.name, {})
    assert errors == ["~$patients.xlsx: Excel leaves this file while patients.xlsx is open; name patients.xlsx instead"]


def test_a_drawing_that_is_not_in_the_workbook_does_not_matter(read, tmp_path):
    """R's openxlsx refers to a drawing in each sheet, whether there is one or not."""
    rows = [["id", "site"], ["P1", "liver"]]

    def link(book):
        book.worksheets[0]["B2"].hyperlink = "https://example.org/liver"

    read({"Patients": rows}, link)
    relationship = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing"
    reference = f'<Relationship Id="rId9" Type="{relationship}" Target="../drawings/drawing1.xml"/></Relationships>'
    with zipfile.ZipFile(tmp_path / "a.xlsx") as source, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as target:
        for part in source.namelist():
            content = source.read(part).decode()
            target.writestr(
                part, content.replace("</Relationships>", reference) if "sheet1.xml.rels" in part else content
            )
    table, errors, _ = read_table(str(tmp_path / "b.xlsx"), "b.xlsx", DATA)
    assert errors == []
    assert table["site"].tolist() == ["liver"]
