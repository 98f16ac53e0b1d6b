"""Cells as hospitals write them: read as declared, and left as they are (to be refused) if written otherwise."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twoarm.config.variables import typed
from twoarm.config.written import plain_text

NUMBER = {"kind": "continuous"}
SEX = {"kind": "categorical", "levels": {"m": "Male", "f": "Female"}}
AFP = {"kind": "categorical", "levels": {"< 400": "low", ">= 400": "high"}}


def plain(cells, column, data=None):
    """The cells in plain writing, and the number of limits of detection."""
    text, limits = plain_text(pd.Series(cells, dtype=str), column, data or {})
    return text.tolist(), limits


COMMA, POINT, SPACE = {"thousands": ","}, {"thousands": ".", "decimal": ","}, {"thousands": " "}
WRITTEN = [
    # the column, how tables are written, cells, the plain texts
    (NUMBER, {}, ["1,234", "12 mg", "<0.5"], ["1,234", "12 mg", "<0.5"]),  # nothing is declared
    (NUMBER, COMMA, ["1,234", "1,234,567.8", "12", "-1,000"], ["1234", "1234567.8", "12", "-1000"]),
    (NUMBER, COMMA, ["12,34", "1,2345", "1,23", ",123", "1,,234"], ["12,34", "1,2345", "1,23", ",123", "1,,234"]),
    (NUMBER, POINT, ["1.234,5", "1.234", "0,5"], ["1234,5", "1234", "0,5"]),
    (NUMBER, SPACE, ["1 234", "1\u00a0234", "12 34"], ["1234", "1234", "12 34"]),
    (NUMBER | {"cell_units": ["mg/d", "mg"]}, {}, ["12 mg", "12mg", "3", "4 mg/d"], ["12", "12", "3", "4"]),
    (NUMBER | {"cell_units": ["mg"]}, {}, ["12 g", "mg", "x mg", ""], ["12 g", "mg", "x mg", ""]),
    (NUMBER | {"cell_units": ["mg"]}, POINT, ["1.200,5 mg"], ["1200,5"]),
    (SEX | {"ignore_case": True}, {}, ["M", "m", "Ｍ", "F", "x"], ["m", "m", "m", "f", "x"]),
    (SEX, {"ignore_case": True}, ["M"], ["m"]),
    (SEX | {"ignore_case": False}, {"ignore_case": True}, ["M"], ["M"]),
    (SEX, {}, ["M"], ["M"]),
    ({"kind": "text", "among": ["TRP", "TR"]}, {"ignore_case": True}, ["trp", "Tr"], ["TRP", "TR"]),
    (
        {"kind": "categorical", "levels": {"a": "x", "A": "x"}, "ignore_case": True}, {}, ["a", "A"], ["a", "A"],
    ),
    (AFP, COMMA, ["1,234"], ["1234"]),
]  # fmt: skip


@pytest.mark.parametrize(("column", "data", "cells", "expected"), WRITTEN)
def test_a_cell_is_read_as_declared_and_otherwise_left_as_it_is(column, data, cells, expected):
    assert plain(cells, column, data) == (expected, 0)


DETECTION = [
    ("limit", ["<0.5", "< 0.5", ">60,500", "≤3", "＞7", "=>9"], ["0.5", "0.5", "60500", "3", "7", "9"]),
    ("half", ["<0.5", "<= 3", ">60,500"], ["0.25", "1.5", "60500"]),
    ("missing", ["<0.5", ">60,500"], ["", ""]),
]


@pytest.mark.parametrize(("rule", "cells", "expected"), DETECTION)
def test_a_value_beyond_detection_is_read_by_the_declared_rule_and_counted(rule, cells, expected):
    column = NUMBER | {"detection": rule}
    assert plain([*cells, "5", "<x", "<", "<<5"], column, COMMA) == ([*expected, "5", "<x", "<", "<<5"], len(cells))


def test_a_limit_has_a_level_only_if_all_values_beyond_it_have_the_same():
    text, limits = plain_text(
        pd.Series(["<20", "<400", ">500", ">300", "<500", ">=400", "< 400"]), AFP | {"detection": "limit"}, {}
    )
    numbers = text[:3].astype(float).tolist() + [float(text[5])]
    assert numbers == pytest.approx([20, 400, 500, 400]) and numbers[1] < 400
    assert text[3] == ">300" and text[4] == "<500"  # refused by the check of the table
    assert text[6] == "< 400"  # literally a level
    assert limits == 4


@given(st.integers(-(10**12), 10**12), st.integers(0, 999), st.sampled_from([COMMA, POINT]))
def test_a_number_is_the_same_with_and_without_marks(whole, fraction, data):
    decimal = data.get("decimal", ".")
    grouped = f"{whole:,}".replace(",", data["thousands"]) + f"{decimal}{fraction:03d}"
    bare = f"{whole}{decimal}{fraction:03d}"
    assert plain([grouped, bare], NUMBER, data)[0] == [bare, bare]


FORMATS = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d %H:%M:%S"]
DATES = [
    ("2022-10-05", "2022-10-05"),
    ("05.10.2022", "2022-10-05"),
    ("2022-10-05 13:45:00", "2022-10-05"),
    ("25/10/2022", "2022-10-25"),  # there is no 25th month
    ("10/25/2022", "2022-10-25"),
    ("05/10/2022", None),  # 5 October or 10 May
    ("05/05/2022", "2022-05-05"),
    ("2022.10.05", None),
]


@pytest.mark.parametrize(("cell", "day"), DATES)
def test_each_date_of_a_column_may_have_its_own_format_but_only_one_meaning(cell, day):
    read = typed(pd.Series([cell, "2022-01-01"]), {"kind": "date"}, FORMATS)
    assert (None if pd.isna(read[0]) else f"{read[0]:%Y-%m-%d}") == day
    again = typed(pd.Series([cell]), {"kind": "date"}, FORMATS[::-1])
    pd.testing.assert_series_equal(again, read[:1])
