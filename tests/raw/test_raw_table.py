"""A raw table is read strictly: what a lenient reader would guess is refused, with its line."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twoarm.raw.raw_table import read_raw_table, records


@pytest.fixture
def read(tmp_path):
    """Read a content (text, or bytes) as patients.csv; returns table, errors and remarks."""

    def run(content, separator=",", wanted=("id", "age"), **keys):
        path = tmp_path / "patients.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_raw_table(str(path), "patients.csv", separator, wanted, **keys)

    return run


TABLE = "id,age,note\nP1,61,well\nP2,58,ill\n"
ERRORS = {
    "a cell too many": ("id,age,note\nP1,1,234,well\nP2,5,\n", "patients.csv row 2: found 4 cells, expected 3"),
    "a cell too few": ("id,age,note\nP1,61\nP2,5,\n", "patients.csv row 2: found 2 cells, expected 3"),
    "rows, but not the header, end with a separator": ("id,age\nP1,61,\nP2,5,\n", "rows 2 and 3: found 3 cells"),
    "the header alone ends with a separator": ("id,age,\nP1,61\n", "patients.csv row 2: found 2 cells, expected 3"),
    "a row fills the column without a name": (
        "id,age,\nP1,1,234\nP2,5,\n",
        "row 2: found a cell without a column name",
    ),
    "a name twice": (
        "id,age, age\nP1,61,62\n",
        "patients.csv: the column 'age' appears twice in the header, expected once",
    ),
    "a name thrice": ("id,age,age,age\nP1,1,1,61\n", "patients.csv: the column 'age' appears 3 times in the header"),
    "a stray mark": ('id,age,note\nP1,61,5" stent\nP2,58,x\n', "row 2: found a quotation mark inside a cell"),
    "two stray marks": (
        'id,age,note\nP1,61,"5\nP2,58,x\nP3,4,3"\n',
        "patients.csv row 2: found a quoted cell that contains whole rows",
    ),
    "two stray marks in the middle": (
        'id,note,age\nP1,"5,61\nP2,x,58\nP3,3",4\n',
        "patients.csv row 2: found a quoted cell that contains whole rows",
    ),
    "a mark in a quoted cell": ('id,age,note\nP1,61,"a "b" c"\n', "row 2: found a quotation mark inside a cell"),
    "a mark that never closes": (
        'id,age,note\nP1,61,"a\nP2,58,x\n',
        "row 2: found a quotation mark that is never closed",
    ),
    "a mark in the header": ('id,age,no"te\nP1,61,x\n', "patients.csv row 1: found a quotation mark inside a cell"),
    "NUL": ("id,age\nP1,6\x001\n", "patients.csv row 2: found the control character U+0000"),
    "bell": ("id,age,note\nP1,61,\nP2,62,\x07\n", "patients.csv row 3: found the control character U+0007"),
    "C1": ("id,age\nP1,61\x85\n", "patients.csv row 2: found the control character U+0085"),
    "semicolons": ("id;age;note\nP1;61;x\n", "patients.csv: its columns are separated by ';', expected the separator"),
    "tabs": ("id\tage\nP1\t61\n", "patients.csv: its columns are separated by '\\t', expected the separator"),
    "semicolons and decimal commas": ("id;age (a,b);age\nP1;61,5;x\n", "separated by ';'"),
    "Excel's first line": ("sep=;\nid;age\n", "its first line is Excel's `sep=`"),
    "a title": (
        "Clinic; 2003\n\nid,age\nP1,61\n",
        "expected a header; row 3 looks like it: set {file: ..., header: 3}",
    ),
    "a title above semicolons": ("Clinic, 2003\n\nid;age\nP1;61\n", "its columns are separated by ';', expected"),
    "no header": ("P1,61,x\nP2,58,x\n", "its first line contains none of the columns id, age; expected a header"),
    "nothing": ("", "patients.csv: the file is empty"),
    "blanks": ("  \n\n", "patients.csv: the file is empty"),
    "xlsx": (b"PK\x03\x04\x14\x00\x06", "it is a workbook (.xlsx or .ods) or another zip archive, not text; save it"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1", "it is an old Excel workbook"),
    "Parquet": (b"PAR1\x15\x04", "it is a Parquet file"),
    "a picture": (bytes(range(256)) * 40, "it is not text"),
    "UTF-16 without its mark": (
        TABLE.encode("utf-16-le"),
        "UTF-16 (`Unicode text`), as its zero bytes show; set data.",
    ),
    "UTF-16 cut short": (TABLE.encode("utf-16")[:-1], "patients.csv line 3: found bytes that do not fit, expected a"),
    "Latin-1": (
        "id,age\nP1,61\nMüller,5\n".encode("latin-1"),
        "patients.csv line 3: found bytes that do not fit, expected a text encoded in UTF-8 as in data.encoding; "
        "it looks like cp1252 or cp1250",
    ),
    "a web page": ("<html><table><tr><td>id</td></tr></table></html>", "it is a web page or XML"),
}


@pytest.mark.parametrize(("content", "says"), ERRORS.values(), ids=ERRORS.keys())
def test_what_would_be_guessed_is_refused(read, content, says):
    table, errors, _ = read(content)
    assert says in errors[0]
    assert len(errors) == 1 + ("whole rows" in says)  # the second mark is a fault of its own
    assert table.empty
    assert "P1" not in " ".join(errors)


SOUND = {
    "plain": (TABLE, [2, 3]),
    "a last line without its end": (TABLE.rstrip(), [2, 3]),
    "Windows": (TABLE.replace("\n", "\r\n"), [2, 3]),
    "an old Mac": (TABLE.replace("\n", "\r"), [2, 3]),
    "a byte order mark": (TABLE.encode("utf-8-sig"), [2, 3]),
    "two byte order marks": (b"\xef\xbb\xbf" + TABLE.encode("utf-8-sig"), [2, 3]),
    "blanks around": (TABLE.replace(",", " ,\t"), [2, 3]),
    "quoted": ('"id","age","note"\n"P1","61","well"\n"P2","58","ill"\n', [2, 3]),
    "blank lines": (TABLE.replace("P1", "\n\nP1") + "\n\n", [4, 5]),
    "invisible characters around": (TABLE.replace(",", "\u200b,\ufeff\xa0").replace("P1", "\u200eP1"), [2, 3]),
    "names over lines": (TABLE.replace("age", '"age"').replace("note", '"note \n of the\nday"'), [4, 5]),
    "a quoted cell over lines": (TABLE.replace("well", '"well, ""so far""\n\nand on"'), [2, 5]),
}


@pytest.mark.parametrize(("content", "lines"), SOUND.values(), ids=SOUND.keys())
def test_what_is_clear_is_read_and_rows_are_lines_of_the_file(read, content, lines):
    table, errors, remarks = read(content)
    assert (errors, remarks) == ([], [])
    assert table.index.tolist() == lines
    assert table["age"].tolist() == ["61", "58"]


def test_columns_that_are_not_wanted_may_have_any_name_or_none(read):
    table, errors, _ = read("id,,age,note,note,,\nP1,1,61,a,b,,\nP2,2,58,,,,\n")
    assert errors == [] and table["age"].tolist() == ["61", "58"]
    assert "appears twice" in read("id,age,note,note\nP1,61,a,b\n", wanted=())[1][0]


def test_a_name_that_is_written_over_lines_has_spaces_between_them(read):
    table, errors, _ = read('id,"age \r\n(years)"\nP1,61\n', wanted=["age (years)"])
    assert errors == [] and list(table) == ["id", "age (years)"]


def test_a_title_above_the_header_is_not_read(read):
    text = f"Export of 2003,,\n{TABLE}"
    table, errors, _ = read(text, header_line=2)
    assert errors == [] and table.index.tolist() == [3, 4] and list(table) == ["id", "age", "note"]
    assert read(text, header_line=9)[1] == [
        "patients.csv: the file is empty from line 9 on; expected CSV with a header"
    ]
    assert read(text, header_line=3)[1][0].startswith("patients.csv: row 3 contains none of the columns id, age")
    (error,) = read(text, wanted=())[1]
    assert error.endswith("expected none; if row 1 is a title, set `header` to the row of the columns' names")


def test_a_separator_at_the_end_of_every_line_is_allowed_and_reported(read):
    table, errors, remarks = read(TABLE.replace("\n", ",,\n"))
    assert errors == []
    assert list(table) == ["id", "age", "note"]
    assert remarks == ["patients.csv: every line ends with a separator; the empty last column is ignored"]


def test_after_a_stray_mark_the_other_rows_are_still_checked(read):
    _, errors, _ = read('id,age,note\nP1,61,"5" stent\nP2,58\nP3,5" x,4\n')
    assert [error.split(":")[0] for error in errors] == ["patients.csv rows 2 and 4", "patients.csv row 3"]


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from('",;\n "'), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=5), min_size=1, max_size=5))
def test_what_a_writer_of_csv_quotes_is_read_back(rows):
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    read = list(records(text.getvalue(), ","))
    assert [record.cells for record in read] == rows
    starts = [1 + sum(1 + "".join(row).count("\n") for row in rows[:place]) for place in range(len(rows))]
    assert [record.line for record in read] == starts
