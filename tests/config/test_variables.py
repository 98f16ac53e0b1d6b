"""From what a hospital wrote to typed values and printed levels."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twoarm.config.levels import is_numeric
from twoarm.config.variables import level_of, numbers, printed_levels, typed

CHILD_PUGH = {"kind": "categorical", "levels": {"<= 6": "A", "<= 9": "B", "<= 15": "C"}}
SEX = {"kind": "categorical", "levels": {"male": "Male", "female": "Female"}}
ECOG = {"kind": "categorical", "levels": {"0": "0-1", "1": "0-1", "2": "2"}}
FLAG = {"kind": "flag"}


def levels(texts, variable):
    return level_of(typed(pd.Series(texts, dtype=str), variable), variable).tolist()


def test_conditions_are_tried_in_order():
    assert levels(["5", "6", "7", "9", "10", "15"], CHILD_PUGH) == ["A", "A", "B", "B", "C", "C"]


def test_raw_values_share_a_level_and_levels_keep_the_order_of_the_config():
    assert levels(["0", "1", "2", "1.0"], ECOG) == ["0-1", "0-1", "2", "0-1"]
    assert printed_levels(ECOG) == ["0-1", "2"]


def test_flags_are_read_in_each_usual_spelling():
    assert levels(["yes", "No", "1", "0", "TRUE", "n"], FLAG) == ["Yes", "No", "Yes", "No", "Yes", "No"]


PAIRS = [
    # yes, no, the cells, what they mean
    (["是"], ["否"], ["是", "否", ""], [True, False, None]),
    (["是", "Y"], [], ["是", "y", "否", "否"], [True, True, False, False]),  # the only other text
    ([], ["absent"], ["absent", "Present"], [False, True]),
    (["oui"], [], ["oui", "non", "peut-être"], [True, None, None]),  # two other texts: none is guessed
    (["OUI"], [], ["Oui", "No"], [True, False]),  # usual words stay
    (["2"], ["1"], ["1", "2", "2.0", "0"], [False, True, True, False]),  # declared words come first
]


@pytest.mark.parametrize(("yes", "no", "cells", "meanings"), PAIRS)
def test_a_flag_has_the_words_that_the_config_declares(yes, no, cells, meanings):
    flag = FLAG | {"yes": yes, "no": no}
    assert [None if value is pd.NA else value for value in typed(pd.Series(cells), flag)] == meanings
    assert typed(pd.Series(cells[::-1]), flag).tolist() == typed(pd.Series(cells), flag).tolist()[::-1]


def test_flags_may_be_numbers_as_r_and_pandas_write_them_beside_missing_values():
    assert levels(["1.0", "0.0", "1e0", "", "2", "0.5"], FLAG)[:3] == ["Yes", "No", "Yes"]
    assert pd.isna(levels(["", "2", "0.5"], FLAG)).all()
    assert typed(pd.Series(["1,0", "0,0", "yes"]), FLAG, decimal=",").tolist() == [True, False, True]


@given(st.floats(1e-9, 1e9), st.integers(1, 25))
def test_numbers_are_the_nearest_floats_however_many_digits_are_written(number, digits):
    texts = [repr(number), f"{number:.{digits}f}", f"-{number:.{digits}e}"]
    expected = [float(text) for text in texts]
    assert numbers(pd.Series(texts)).tolist() == expected


def test_a_number_that_a_float_cannot_represent_is_missing():
    assert numbers(pd.Series(["1e-999", "1e999", "x", "", "0e9", "-0"])).fillna(7).tolist() == [7, 7, 7, 7, 0, 0]


# a date format, and how dates are written that it reads as 5 October 2022, or not at all
COMPACT = [
    ("%Y%m%d", "20221005", "2022105 202215 2022"),
    ("%d%m%Y", "05102022", "5102022 1112022"),
    ("%y%m%d", "221005", "2215 20221005 2211105"),
    ("%Y%m%d %H:%M", "20221005 10:20", "2022105 10:20"),
    ("%Y-%m-%d", "2022-10-5", "20221005"),
    ("%d%b%Y", "5OCT2022", "5Okt2022"),
]


@pytest.mark.parametrize(("date_format", "sound", "wrong"), COMPACT)
def test_a_date_without_dividers_has_its_full_width_because_it_may_be_two_days(date_format, sound, wrong):
    cells = pd.Series([sound, *([wrong] if " " in sound else wrong.split())])
    dates = typed(cells, {"kind": "date"}, date_format)
    assert dates[0] == pd.Timestamp("2022-10-05")
    assert dates[1:].isna().all()


def test_what_no_level_covers_is_missing():
    assert pd.isna(levels(["male", "unknown", ""], SEX)[1:]).all()
    assert pd.isna(levels(["16"], CHILD_PUGH)).all()


def variable_of(*raws):
    """A categorical variable whose printed levels are its raw values with a star."""
    return {"kind": "categorical", "levels": {raw: f"{raw}*" for raw in raws}}


# raw values of the levels, what the cells write, the raw value of the level that each is (None: no level)
WRITTEN = [
    ("<=20 | 20-50 | >50", "<=20 20-50 >50 <=20", "<=20 | 20-50 | >50 | <=20"),
    ("<=20 | >20", "<=20 >20 <=20", "<=20 | >20 | <=20"),  # each a condition, each written as it stands
    ("<=20 | >20", "20 21 20.5", "<=20 | >20 | >20"),
    ("<=20 | >20", "<=20 7 >20 70 <20 x", "<=20 | <=20 | >20 | >20 | None | None"),  # a column of both
    ("<=20 | 20-50 | >50", "7 20-50 20-30 >50 70", "<=20 | 20-50 | None | >50 | >50"),
    ("unknown | <=20 | >20", "unknown 7 21 Unknown", "unknown | <=20 | >20 | None"),
    ("> 50 | <= 50", ">50 > 50", "None | > 50"),  # a text is a level's only as it stands
    ("<=20 | 20 | >20", "20 20.0 19 <=20", "20 | 20 | <=20 | <=20"),  # a number is its own level before a condition
    ("<=20 | 20 | >20", "20 20.0 19", "20 | 20 | <=20"),
    ("<10 | <20 | <30", "5 15 25 35 <20", "<10 | <20 | <30 | None | <20"),
    ("01 | 1 | 2", "01 1 2 1.0 001 02", "01 | 1 | 2 | 01 | 01 | 2"),
    ("1 | 2 | unknown", "1 2.0 unknown 3", "1 | 2 | unknown | None"),
    ("0.5 | 1", ".5 0.50 5e-1 1e0", "0.5 | 0.5 | 0.5 | 1"),
    ("nan | inf | 1_0", "nan inf 1_0 10", "nan | inf | 1_0 | None"),  # words, whatever Python takes them for
    ("<=20 | 20-50", "inf 1e999 nan", "None | None | None"),
]


@pytest.mark.parametrize(("raws", "cells", "found"), WRITTEN)
def test_what_equals_a_level_s_key_is_that_level_and_only_then_is_the_key_a_condition(raws, cells, found):
    cells = cells.replace("> 50", ">_50").split()
    cells = [cell.replace(">_50", "> 50") for cell in cells]
    expected = [None if raw == "None" else f"{raw}*" for raw in found.split(" | ")]
    read = levels(cells, variable_of(*raws.split(" | ")))
    assert [None if pd.isna(level) else level for level in read] == expected


@pytest.mark.parametrize("text", [False, True])
def test_numbers_with_a_decimal_comma_are_those_of_the_conditions(text):
    """A key is what the cell writes; a number with a point is none where the mark is a comma."""
    variable = variable_of("<= 6.5", "> 6.5", *["n/a", "7,5"] * text)
    cells = pd.Series(["6,5", "6,51", "7,5", "6.5", "", "> 6.5"])
    found = level_of(typed(cells, variable, decimal=","), variable)
    expected = ["<= 6.5*", "> 6.5*", "7,5*" if text else "> 6.5*", None, None, "> 6.5*"]
    assert [None if pd.isna(level) else level for level in found] == expected


@given(st.lists(st.sampled_from(["a", "<= 3", "7", "07", "> 5", "<2", "x y"]), min_size=1, max_size=7, unique=True))
def test_every_key_written_literally_is_its_own_level(raws):
    assert levels(raws, variable_of(*raws)) == [f"{raw}*" for raw in raws]


@given(st.lists(st.integers(-5, 25), min_size=1, max_size=20))
def test_one_text_in_a_column_changes_the_level_of_no_number(numbers):
    variable = variable_of("<= 3", "4", "<= 9", "15", "> 20")
    texts = list(map(str, numbers))
    alone, beside = levels(texts, variable), levels([*texts, "> 20"], variable)
    assert list(map(str, alone)) == list(map(str, beside[:-1]))


@pytest.mark.parametrize(("variable", "numeric"), [(CHILD_PUGH, True), (ECOG, True), (SEX, False), (FLAG, False)])
def test_levels_tell_whether_raw_values_are_numbers(variable, numeric):
    assert is_numeric(variable) is numeric


def test_dates_that_do_not_exist_are_missing():
    read = typed(pd.Series(["2023-02-28", "2023-02-30", "28.02.2023", ""]), {"kind": "date"})
    assert read.isna().tolist() == [False, True, True, True]
