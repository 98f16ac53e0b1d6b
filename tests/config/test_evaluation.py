"""Arithmetic of the language: it computes what numpy computes on the same expression, row by row."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twoarm.config.criteria import kind_of
from twoarm.config.evaluation import LOGARITHM, ROOT, TOO_LARGE, ZERO, evaluate
from twoarm.config.expressions import DAYS, ExpressionError

NUMBERS, FLAGS = ("a", "b", "c"), ("p", "q")
KINDS = {name: {"kind": "continuous"} for name in NUMBERS} | {name: {"kind": "flag"} for name in FLAGS}
PYTHON = {
    **{"log": np.log, "log10": np.log10, "exp": np.exp, "sqrt": np.sqrt, "abs": abs, "floor": np.floor},
    **{"max": max, "min": min, "any": lambda *of: any(of), "all": lambda *of: all(of), "count": lambda *of: sum(of)},
    "number": np.float64,  # a constant too: Python's own would give a complex root
    "__builtins__": {},
}


def joined(parts, template):
    return st.tuples(*parts).map(lambda texts: template.format(*texts))


def flags_of(numbers, flags):
    """Yes-or-no statements of numbers and flags, as text."""
    signs = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    return st.one_of(
        joined([numbers, signs, numbers], "({} {} {} + 0)"),
        joined([numbers, signs, numbers], "(0 < {} {} {} + 0)"),
        joined([flags, st.sampled_from(["and", "or"]), flags], "({} {} {})"),
        joined([flags], "(not {})"),
        joined([st.sampled_from(["any", "all"]), flags, flags], "{}({}, {})"),
    )


def numbers_of(numbers, flags):
    """Numbers made of numbers and flags, as text."""
    return st.one_of(
        joined([numbers, st.sampled_from("+-*/"), numbers], "({} {} {})"),
        joined([numbers, st.sampled_from(["2", "3", "0.5", "-1", "-0.5"])], "({}) ** {}"),
        joined([numbers], "(-{})"),
        joined([st.sampled_from(["log", "log10", "sqrt", "abs"]), numbers], "{}({})"),
        joined([st.sampled_from(["max", "min"]), numbers, numbers, numbers], "{}({}, {}, {})"),
        joined([flags, flags], "count({}, {})"),
        joined([numbers, flags, numbers], "({} if {} else {})"),
    )


plain = st.sampled_from([*NUMBERS, "2", "0.5", "10"])
once = numbers_of(plain, st.sampled_from(FLAGS))
twice = numbers_of(st.one_of(plain, once), st.one_of(st.sampled_from(FLAGS), flags_of(plain, st.sampled_from(FLAGS))))
expressions = st.one_of(once, twice, flags_of(twice, flags_of(once, st.sampled_from(FLAGS)))).filter(
    lambda text: any(name in text for name in (*NUMBERS, *FLAGS))
)
amounts = st.one_of(st.integers(-3, 3).map(float), st.floats(-100, 100, allow_subnormal=False))
rows = st.tuples(*[amounts] * 3, st.booleans(), st.booleans())


def table_of(rows) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=[*NUMBERS, *FLAGS])
    return table.astype(dict.fromkeys(NUMBERS, float) | dict.fromkeys(FLAGS, "boolean"))


def by_python(expression: str, row) -> float | None:
    """What Python computes with numpy's numbers; None where a part has no finite value."""
    values = {name: np.float64(value) for name, value in zip(NUMBERS, row, strict=False)}
    flags = dict(zip(FLAGS, row[3:], strict=True))
    with np.errstate(all="raise", under="ignore"):
        try:
            found = eval(re.sub(r"(?<![\w.])[\d.]+", r"number(\g<0>)", expression), PYTHON, values | flags)
        except (FloatingPointError, ZeroDivisionError, OverflowError):
            return None
    return float(found)


def parses(expression: str) -> bool:
    try:
        kind_of(expression, KINDS)
    except ExpressionError:
        return False
    return True


@given(expressions.filter(parses), st.lists(rows, min_size=1, max_size=6))
def test_a_row_has_the_value_that_python_and_numpy_compute(expression, rows):
    assert kind_of(expression, KINDS)[1] == []
    found = evaluate(expression, table_of(rows)).values
    undecided = any(word in expression for word in (" and ", " or ", "any(", "all("))
    for value, row in zip(found, rows, strict=True):
        expected = by_python(expression, row)
        if expected is not None:
            assert float(value) == pytest.approx(expected, rel=1e-12), expression
        else:  # Python stops, where a statement may be true or false whatever its unknown part is
            assert pd.isna(value) or undecided, expression


@given(expressions.filter(parses), st.lists(rows, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(expression, rows, chance):
    table = table_of(rows)
    order = list(table.index)
    chance.shuffle(order)
    pd.testing.assert_series_equal(
        evaluate(expression, table).values[order], evaluate(expression, table.loc[order]).values
    )


variables = numbers_of(st.sampled_from(NUMBERS), st.sampled_from(FLAGS))
of_variables = numbers_of(variables, flags_of(variables, st.sampled_from(FLAGS)))


@given(of_variables.filter(parses))
def test_without_any_value_the_result_is_missing(expression):
    nothing = table_of([(None,) * len(NUMBERS + FLAGS)])
    assert evaluate(expression, nothing).values.isna().all()


@given(once.filter(parses), rows, st.sampled_from(NUMBERS))
def test_a_missing_number_makes_arithmetic_missing(expression, row, name):
    """`if` is left out: it needs only what it chooses."""
    table = table_of([row])
    table[name] = np.nan
    if name in expression.replace("max", "").replace("abs", "").replace("count", "") and " if " not in expression:
        assert evaluate(expression, table).values.isna().all()


@pytest.mark.parametrize(
    ("expression", "reason", "faulty"),
    [
        ("1 / a", ZERO, [True, False, False, False]),
        ("a ** -1", ZERO, [True, False, False, False]),
        ("log(a)", LOGARITHM, [True, False, True, False]),
        ("log10(a + 4)", LOGARITHM, [False, False, True, False]),
        ("sqrt(a)", ROOT, [False, False, True, False]),
        ("a ** 0.5", ROOT, [False, False, True, False]),
        ("exp(a * 1000)", TOO_LARGE, [False, True, False, False]),
        ("1e14 ** (a * 20)", TOO_LARGE, [False, True, False, False]),
        ("5 if a == 0 else 1 / a", ZERO, None),  # not computed where it is not chosen
    ],
)
def test_what_cannot_be_computed_is_missing_and_named(expression, reason, faulty):
    table = pd.DataFrame({"a": [0.0, 2.0, -4.0, np.nan]})
    found = evaluate(expression, table)
    if faulty is None:
        assert found.faults == {} and found.values.tolist()[:3] == [5, 0.5, -0.25]
        return
    assert list(found.faults) == [reason]
    assert found.faults[reason].tolist() == faulty
    assert found.values.isna().tolist() == [*faulty[:3], True]


tokens = st.sampled_from(
    ["a", "b", "p", "day", "text", "1", "0", "'x'", "'2022-01-01'", "+", "-", "*", "/", "**", "<", "==", "in", "not"]
    + [
        "and",
        "or",
        "(",
        ")",
        "[",
        "]",
        ",",
        "if",
        "else",
        "log(",
        "max(",
        "count(",
        "any(",
        "days(",
        "missing(",
        "nobody",
    ]
)


@given(st.lists(tokens, min_size=1, max_size=9).map(" ".join))
def test_any_words_are_refused_in_a_sentence_or_computed(words):
    variables = KINDS | {"day": {"kind": "date"}, "text": {"kind": "categorical", "levels": {"x": "X", "y": "Y"}}}
    table = pd.DataFrame({"day": pd.to_datetime(["2022-01-01", None]), "text": pd.Series(["x", None], dtype="string")})
    table = pd.concat([table_of([(0.0, 2.0, -1.0, True, False)] * 2), table], axis=1)
    try:
        kind, wrong = kind_of(words, variables)
    except ExpressionError as error:
        assert str(error)
        return
    if not wrong and "nobody" not in words:
        values = evaluate(words, table).values
        assert len(values) == 2 and values.dtype.kind == {"number": "f", "flag": "b", "date": "M"}.get(kind, "O")


DATES = pd.DataFrame(
    {
        "birth": pd.to_datetime(["1960-02-29", "1950-01-01", None]),
        "start": pd.to_datetime(["2022-03-01", "2022-01-01", "2022-01-01"]),
        "points": pd.Series(["5", "<= 6", None], dtype="string"),
    }
)


@pytest.mark.parametrize("unit", DAYS)
def test_a_time_between_two_dates_is_in_the_project_s_units(unit):
    days = [22646, 26298, None]  # by hand: 62 * 365 + 16 leap days, ...
    found = evaluate(f"{unit}(birth, start)", DATES).values
    assert found.tolist()[:2] == pytest.approx([day / DAYS[unit] for day in days[:2]])
    assert pd.isna(found[2])


def test_the_later_of_two_dates_is_missing_if_one_is():
    latest = evaluate("max(birth, start)", DATES).values
    assert latest.tolist()[:2] == list(DATES["start"][:2]) and pd.isna(latest[2])
    assert evaluate("start if missing(birth) else min(birth, start)", DATES).values.notna().all()


def test_a_text_in_a_column_of_numbers_is_missing_in_arithmetic():
    assert evaluate("points + 1", DATES).values.fillna(-1).tolist() == [6, -1, -1]


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("stage + 1", "stage is a text; arithmetic needs numbers"),
        ("p * 2", "p is yes or no, not a number; `count(p)` is 1 or 0"),
        ("start - 30", r"start is a date, not a number; days(from, to) is the time between two dates"),
        ("log(start)", "start is a date, not a number"),
        ("max(a, start)", "a and start are values of different kinds (number, date)"),
        ("a if p else stage", "a and stage are values of different kinds (number, text)"),
        ("a if b else c", "b is continuous; only a flag can stand alone"),
        ("count(a, p)", "a is continuous; only a flag can stand alone"),
        ("years(a, start)", "years() takes dates; a is continuous"),
        ("days(start, a + 1)", "days() takes dates; a + 1 is a number"),
        ("1 + (stage == 'D')", "stage == 'D' is yes or no, not a number"),
        ("count(stage == 'D')", "stage never has the value 'D'; its raw values are A, B"),
        ("log(a < 'x')", "a < 'x' is yes or no, not a number"),
        ("max(start, start) > 3", "max(start, start) gives a date: compare it with 'YYYY-MM-DD'"),
    ],
)
def test_kinds_that_do_not_fit_are_named(expression, says):
    variables = KINDS | {"stage": {"kind": "categorical", "levels": {"A": "A", "B": "B"}}, "start": {"kind": "date"}}
    errors = kind_of(expression, variables)[1]
    assert any(error.startswith(says) for error in errors), errors
