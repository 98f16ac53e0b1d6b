"""The order of patients by their identifiers."""

import random
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runs import REPO
from twoarm.raw.identifiers import alike_key, natural_key, sorted_by_patient


@pytest.mark.parametrize(
    "ordered",
    [
        ["1", "2", "9", "10", "11", "100"],
        ["P1", "P2", "p3", "P10", "P20", "P100"],
        ["001", "002", "010", "100"],
        ["007", "7", "8", "08.5", "10"],
        ["-3", "0", "1.25", "1.5", "10.5"],
        ["99999", "1e+05", "100001", "1E+06"],
        ["2", "10", "1E5", "A2", "A10"],
        ["C1-2", "C1-10", "C2-1", "C10-1"],
        ["1.2.9", "1.2.10", "1.10.1"],
        ["P", "P1", "P1a", "P1b", "P2"],
        ["12345678901234567890", "12345678901234567891"],
        ["9" * 5000, "1" + "0" * 5000],
        ["x" + "9" * 5000, "x1" + "0" * 5000],
        ["", "é1", "é2", "é10", "患者2", "患者10"],
    ],
)
def test_identifiers_are_ordered_as_a_person_counts(ordered):
    shuffled = random.Random(1).sample(ordered, len(ordered))
    assert sorted(shuffled, key=natural_key) == ordered


IDENTIFIERS = st.lists(st.text("0123456789.-+eEPp ", min_size=1, max_size=6), min_size=1, max_size=20)


@given(IDENTIFIERS, st.randoms())
def test_the_order_of_any_identifiers_does_not_depend_on_how_they_stood(identifiers, chance):
    shuffled = chance.sample(identifiers, len(identifiers))
    assert sorted(shuffled, key=natural_key) == sorted(identifiers, key=natural_key)


@given(st.lists(st.integers(0, 10**7)))
def test_numbers_are_ordered_as_numbers(numbers):
    assert sorted(map(str, numbers), key=natural_key) == list(map(str, sorted(numbers)))


@given(IDENTIFIERS)
def test_padded_identifiers_keep_the_order_of_their_text(identifiers):
    padded = [f"P{number:04d}" for number in range(len(identifiers))]
    assert sorted(padded, key=natural_key) == sorted(padded)


def test_a_table_is_sorted_by_patient_then_by_other_columns_and_otherwise_keeps_its_order():
    table = pd.DataFrame(
        {"patient_id": ["10", "2", "2", "10", "2"], "day": [1, 3, 3, 0, 1], "row": list("abcde")}, index=list("vwxyz")
    )
    assert sorted_by_patient(table)["row"].tolist() == list("bcead")
    by_day = sorted_by_patient(table, "day")
    assert by_day["row"].tolist() == list("ebcda")
    assert by_day.index.tolist() == [0, 1, 2, 3, 4]
    assert sorted_by_patient(table.iloc[:0])["row"].tolist() == []


@pytest.mark.parametrize("path", sorted((REPO / "scripts").rglob("*.py")), ids=lambda path: path.name)
def test_no_script_sorts_patients_by_their_text(path):
    """Only one place defines the order of patients."""
    if path.name != "identifiers.py" and path.parent.name != "synthetic_cohort":
        assert not re.search(r"sort_values\([^)]*patient_id", path.read_text())


def test_identifiers_are_similar_except_for_case_width_leading_zeros_and_the_form_of_a_number():
    groups = [
        ["7", "007", "7.0", "７", "7\u200b"],
        ["P7", "p007", "Ｐ７"],
        ["100000", "1e+05"],
        ["7a"],
        ["P70"],
        ["P 7"],
        ["P-7"],
        [""],
    ]
    assert [len({alike_key(identifier) for identifier in group}) for group in groups] == [1] * len(groups)
    assert len({alike_key(identifier) for group in groups for identifier in group}) == len(groups)
