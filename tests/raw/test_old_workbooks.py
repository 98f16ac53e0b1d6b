"""Workbooks that LibreOffice wrote (.xls, .ods) give the same text as .xlsx; what would be lost is refused."""

import os
from datetime import date, datetime, time

import openpyxl
import pandas as pd
import pytest

from office import converted
from twoarm.raw.open_document import sheets_of_ods
from twoarm.raw.sheet import coordinate
from twoarm.raw.table_file import read_table

DATA = {"separator": ";", "decimal": ",", "date_format": "%d.%m.%Y"}
ROWS = [
    ["编号", "age", "weight", "start", "seen", "note", "number", "hour"],
    ["P1", 61, 70.5, date(2020, 1, 2), datetime(2020, 1, 3, 10, 30), "well, so  far", " 007", time(10, 5)],
    ["P2", 58, 0.1, datetime(1949, 12, 31), "04.01.2020", "two\nlines", "1e-07"],
    [],
    ["P3", None, 1234567, None, None, "ü", 3],
]
BROKEN = {"B3": "=NA()", "C3": "=1/0"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The workbooks sound and broken, in all three formats."""
    folder = tmp_path_factory.mktemp("workbooks")
    for name in ("sound", "broken"):
        book = openpyxl.Workbook()
        book.active.title = "A"
        book.create_sheet("empty")
        for row in ROWS:
            book["A"].append(row)
        if name == "broken":
            for place, formula in BROKEN.items():
                book["A"][place] = formula
            book["A"].merge_cells("A4:A5")
        book.save(folder / f"{name}.xlsx")
        for kind in ("xls", "ods"):
            converted(folder / f"{name}.xlsx", kind)
    return folder


def read(folder, name, **keys):
    return read_table(str(folder / name), name, {**DATA, **keys}, ["编号", "age", "weight"])


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_the_text_is_that_of_xlsx(folder, kind):
    expected, errors, _ = read(folder, "sound.xlsx")
    assert errors == [] and expected["seen"].tolist() == ["03.01.2020", "04.01.2020", ""]
    table, errors, remarks = read(folder, f"sound.{kind}")
    assert (errors, remarks) == ([], [f"sound.{kind} row 4: a row without any value is skipped"])
    # LibreOffice has no empty hour of a day, so a time alone stays as each format writes it
    pd.testing.assert_frame_equal(table.drop(columns="hour"), expected.drop(columns="hour"))
    assert read(folder, f"sound.{kind}", sheet="A")[0].shape == table.shape
    assert read(folder, f"sound.{kind}", sheet="B")[1] == [
        f"sound.{kind}: there is no such sheet; the file has A, empty"
    ]


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_what_would_be_lost_is_refused(folder, kind):
    table, errors, _ = read(folder, f"broken.{kind}")
    assert table.empty
    assert errors == [
        f"broken.{kind}: found merged cells A4:A5, expected one value in each cell; unmerge them",
        f"broken.{kind} cell B3: found the error #N/A, expected a value",
        f"broken.{kind} cell C3: found the error #DIV/0!, expected a value",
    ]


def test_a_damaged_file_gives_one_message(folder):
    for kind in ("xls", "ods"):
        content = (folder / f"sound.{kind}").read_bytes()
        (folder / "damaged").write_bytes(content[:200] + os.urandom(300))
        message = "damaged: it cannot be read as a workbook; save it as .xlsx or CSV UTF-8"
        assert read(folder, "damaged")[1] == [message]


def test_cells_are_named_as_spreadsheets_do():
    places = [(0, 0), (1, 25), (9, 26), (0, 701), (0, 702)]
    assert [coordinate(*place) for place in places] == ["A1", "Z2", "AA10", "ZZ1", "AAA1"]


def test_comments_of_a_cell_are_not_its_text(folder):
    book = openpyxl.load_workbook(folder / "sound.xlsx")
    book["A"]["F2"].comment = openpyxl.comments.Comment("secret", "a doctor")
    book.save(folder / "commented.xlsx")
    rows = sheets_of_ods(converted(folder / "commented.xlsx", "ods"))[0].rows
    assert rows[1][5] == "well, so  far"
