"""From what a hospital wrote to typed values and printed levels."""

import pandas as pd
import pytest

from twoarm.levels import is_numeric
from twoarm.variables import level_of, printed_levels, typed

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


def test_what_no_level_covers_is_missing():
    assert pd.isna(levels(["male", "unknown", ""], SEX)[1:]).all()
    assert pd.isna(levels(["16"], CHILD_PUGH)).all()


@pytest.mark.parametrize(("variable", "numeric"), [(CHILD_PUGH, True), (ECOG, True), (SEX, False), (FLAG, False)])
def test_levels_tell_whether_raw_values_are_numbers(variable, numeric):
    assert is_numeric(variable) is numeric


def test_dates_that_do_not_exist_are_missing():
    read = typed(pd.Series(["2023-02-28", "2023-02-30", "28.02.2023", ""]), {"kind": "date"})
    assert read.isna().tolist() == [False, True, True, True]
