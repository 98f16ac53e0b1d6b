"""The language of criteria: what it understands, what it refuses, and how it treats missing values."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twoarm.config.criteria import mismatches, names
from twoarm.config.evaluation import holds
from twoarm.config.expressions import ExpressionError

TABLE = pd.DataFrame(
    {
        "age": [17.0, 18.0, 80.0, 81.0, None],
        "stage": pd.Series(["A", "B", "C", None, "B"], dtype="string"),
        "smoker": pd.Series([True, False, None, True, False], dtype="boolean"),
        "start": pd.to_datetime(["2022-01-01"] * 5),
        "end": pd.to_datetime(["2022-04-01", "2022-04-02", "2022-04-03", "2023-01-01", None]),
    }
)


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        ("18 <= age <= 80", [False, True, True, False, None]),
        ("stage in ['B', 'C']", [False, True, True, None, True]),
        ("stage not in ['B', 'C']", [True, False, False, None, False]),
        ("stage != 'A'", [False, True, True, None, True]),
        ("smoker", [True, False, None, True, False]),
        ("not smoker", [False, True, None, False, True]),
        ("smoker or age < 18", [True, False, None, True, None]),
        ("smoker and age < 18", [True, False, False, False, False]),
        ("18 <= age\n  and smoker\n", [False, False, None, True, False]),
        ("missing(age)", [False, False, False, False, True]),
        ("missing(age) or age > 80", [False, False, False, True, True]),
        ("age > -1", [True, True, True, True, None]),
        ("days(start, end) >= 91", [False, True, True, True, None]),
        ("months(start, end) < 3", [True, True, False, False, None]),  # 3 months are 91.3125 days
        ("age / 2 + 1 > 10", [False, False, True, True, None]),
        ("any(age < 18, age > 80)", [True, False, False, True, None]),
        ("count(age < 18, stage == 'B', smoker) >= 1", [True, True, None, None, None]),
        ("age < 18 if smoker else age > 80", [True, False, None, False, None]),
        ("smoker or age / 0 > 1", [True, None, None, True, None]),
        ("start >= '2022-01-01'", [True] * 5),
        ("end in ['2022-04-01', '2022-04-03']", [True, False, True, False, None]),
    ],
)
def test_a_criterion_is_judged_on_each_row(criterion, expected):
    assert [None if pd.isna(v) else bool(v) for v in holds(criterion, TABLE)] == expected


@pytest.mark.parametrize(
    ("criterion", "says"),
    [
        ("18 <= age <=", "the syntax is wrong"),
        ("age // 2 > 3", "it uses FloorDiv"),
        ("age % 2 == 1", "it uses Mod"),
        ("age ^ 2 > 3", r"it uses BitXor, which is not allowed; write \*\* for a power"),
        ("smoker & old", "it uses BitAnd, which is not allowed; write `and`"),
        ("smoker | old", "it uses BitOr, which is not allowed; write `or`"),
        ("+age > 3", "it uses UAdd"),
        ("age + 1", "gives a number, not yes or no"),
        ("age + 'x' > 3", "'x' is a text; arithmetic needs numbers"),
        ("(age > 3) + 1 > 1", r"age > 3 is yes or no, not a number; `count\(age > 3\)` is 1 or 0"),
        ("count(age) > 1 and log(1, age) > 2", "log takes 1 value"),
        ("max(age) > 3", "max takes at least 2 values"),
        ("any() or smoker", "any takes at least 1 condition"),
        ("any([age, old])", "a list is only allowed after `in`"),
        ("any(x for x in age)", "it uses GeneratorExp"),
        ("max(*age) > 3", "max takes at least 2 values"),
        ("max(age, old, key=age) > 3", "max takes at least 2 values"),
        ("missing(age + 1)", "missing takes 1 variable"),
        ("(age := 3) > 2", "it uses NamedExpr"),
        ("f'{age}' == 'x'", "it uses JoinedStr"),
        ("age[0] > 3", "it uses Subscript"),
        ("__import__('os').system('ls')", 'it calls "__import__'),
        ("open(age, stage)", "known: days, weeks, months, years, missing, log, log10, exp, sqrt"),
        ("months(start) < 3", "months takes 2 variables"),
        ("True", "names no variable"),
        ("lambda: age", "Lambda"),
        ("'B' in stage", "`in` needs a variable before it and a list"),
        ("stage in ()", "`in` needs a variable before it and a list"),
        ("stage in ['B', ['C']]", "a list may contain only numbers, or texts"),
        ("stage in ['B', age]", "a list may contain only numbers, or texts"),
        ("(age, stage) == (1, 2)", "a list is only allowed after `in`"),
        ("age == [1, 2]", "a list is only allowed after `in`"),
        ("age, stage", "names no variable"),
        ("1 < 2", "compares two values; one side must be a variable"),
        ("age > 1 or 0", "0 is not a yes-or-no statement"),
        ("age > " + "9" * 300, "a number of 1e15 or more"),
        ("age > " + "9" * 5000, "the syntax is wrong"),
        ("age > 1e999", "a number of 1e15 or more"),
        ("not " * 2000 + "smoker", "too long or nested"),
        ("not " * 60 + "smoker", "too long or nested"),
        ("(" * 500 + "smoker" + ")" * 500, "the syntax is wrong|too long or nested"),
        ("age > 18 # and smoker", "text after # would be ignored"),
        ("age != None", "None is neither a number nor a text"),
        ("age > 1j", "1j is neither a number nor a text"),
        ("stage == b'B'", "is neither a number nor a text"),
        ("smoker == True", "True is neither a number nor a text"),
        ("age is 3", "it uses Is"),
        ("-stage == 'B'", "-stage gives a number; compare it with a number, not with 'B'"),
        ("(age > 3) > 2", "age > 3 gives yes or no; do not compare it with anything"),
        ("missing(age) == 1", "gives yes or no"),
        ("days(start, end)", "gives a number"),
        ("age.real > 3", "it uses Attribute"),
        ("stage == 'B' and x.y()", "it calls 'x.y'"),
        ("", "the syntax is wrong"),
        ("age > 3; import os", "the syntax is wrong"),
    ],
)
def test_what_is_not_in_the_language_is_refused(criterion, says):
    with pytest.raises(ExpressionError, match=says):
        names(criterion)


@pytest.mark.parametrize(
    ("criterion", "says"),
    [
        ("age", "yes-or-no"),
        ("stage < 3", "different kinds"),
        ("not age", "must be a flag"),
        ("smoker and stage", "must be a flag"),
    ],
)
def test_kinds_that_do_not_fit_are_refused(criterion, says):
    with pytest.raises(ExpressionError, match=says):
        holds(criterion, TABLE)


def test_a_criterion_names_its_variables():
    assert names("months(start, end) < 3 and not smoker or stage in ['B']") == ["end", "smoker", "stage", "start"]


@given(st.lists(st.one_of(st.none(), st.floats(0, 120)), min_size=1), st.floats(0, 120), st.floats(0, 120))
def test_a_chain_is_the_conjunction_of_its_links(ages, low, high):
    table = pd.DataFrame({"age": pd.Series(ages, dtype=float)})
    chained = holds(f"{low!r} <= age <= {high!r}", table)
    assert chained.equals(holds(f"{low!r} <= age", table) & holds(f"age <= {high!r}", table))


VARIABLES = {
    "age": {"kind": "continuous"},
    "ecog": {"kind": "categorical", "levels": {"0": "0-1", "1": "0-1", "2": "2"}},
    "points": {"kind": "categorical", "levels": {"<= 6": "A", "<= 9": "B"}},
    "stage": {"kind": "categorical", "levels": {"B": "Stage B", "C": "Stage C"}},
    "other": {"kind": "categorical", "levels": {"x": "x", "y": "y"}},
    "smoker": {"kind": "flag"},
    "start": {"kind": "date"},
    "size": {"kind": "categorical", "levels": {"<=20": "small", "20-50": "medium", ">50": "large"}},
    "dose": {"kind": "categorical", "levels": {"unknown": "unknown", "1": "once", "2": "twice"}},
}


@pytest.mark.parametrize(
    ("criterion", "says"),
    [
        ("smoker == 'yes'", "smoker is a flag: write `smoker` or `not smoker`"),
        ("ecog != '3'", "ecog is a number; compare it with a number, not with '3'"),
        ("stage == 'Stage B'", "stage never has the value 'Stage B'; its raw values are B, C"),
        ("not (age > 3 and stage in ['B', 'c'])", "stage never has the value 'c'"),
        ("stage <= 'B'", "stage is text, which has no order"),
        ("age", "age is continuous; only a flag can stand alone"),
        ("smoker and not stage", "stage is categorical; only a flag can stand alone"),
        ("age > stage", "age is a number and stage a text"),
        ("stage > other", "stage is a text, which has no order"),
        ("days(start, start) == 'x'", "days() gives a number; compare it with a number, not with 'x'"),
        ("start == '20220101'", "start is a date: compare it with 'YYYY-MM-DD'"),
        ("days(age, start) > 3", "days() takes dates; age is continuous"),
        ("start > '2022'", "start is a date: compare it with 'YYYY-MM-DD'"),
        ("start > 2022", "start is a date"),
        ("size == '<= 20'", "size never has the value '<= 20'; its raw values are <=20, 20-50, >50"),
        ("size < '<=20'", "size is text, which has no order"),
        ("points < '<= 6'", "points is text, which has no order"),
        ("points == '6'", "points is a number; compare it with a number, not with '6'"),
        ("dose == 1", "dose never has the value 1"),
    ],
)
def test_a_comparison_that_cannot_be_true_is_found(criterion, says):
    assert any(error.startswith(says) for error in mismatches(criterion, VARIABLES)), mismatches(criterion, VARIABLES)


def test_comparisons_that_can_be_true_are_not_errors():
    sound = "18 <= age <= 80 and ecog in [0, 1] and points <= 9 and stage != 'C' and not smoker and age > -1"
    assert mismatches(sound + " and start >= '2022-01-31' and months(start, start) < 3", VARIABLES) == []
    assert mismatches("size in ['<=20', '>50'] or size <= 15 or points == '<= 6' or 3 < points", VARIABLES) == []


SIZES = pd.DataFrame({"size": pd.Series(["<=20", "20-50", "7", "70.5", None], dtype="string")})


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        ("size == '<=20'", [True, False, False, False, None]),
        ("size != '<=20'", [False, True, True, True, None]),
        ("size in ['<=20', 70.5]", [True, False, False, True, None]),
        ("size not in ['<=20', 70.5]", [False, True, True, False, None]),
        ("size <= 20", [None, None, True, False, None]),
        ("20 < size", [None, None, False, True, None]),
        ("size == '<=20' or size <= 20", [True, None, True, False, None]),
    ],
)
def test_a_column_of_numbers_and_texts_is_compared_as_each(criterion, expected):
    assert holds(criterion, SIZES).tolist() == [pd.NA if value is None else value for value in expected]


@pytest.mark.parametrize("criterion", ["age == '<= 20'", "age != '<= 20'", "age in [18, '<= 20']", "'<= 20' == age"])
def test_the_text_of_a_condition_in_a_column_of_numbers_is_refused(criterion):
    """It would be true for no patients, or for all."""
    with pytest.raises(ExpressionError, match="compares numbers with the text '<= 20'"):
        holds(criterion, TABLE)
