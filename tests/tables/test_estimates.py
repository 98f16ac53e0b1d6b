"""One formatter: an estimate has the same digits, or the same sign if it is missing, wherever it is printed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twoarm.config.keys import PER_UNIT
from twoarm.report.run import ratio_with_interval, with_interval
from twoarm.results.values import ABSENT, Found
from twoarm.tables.cells import estimate_cell, interval, mean_cell, median_cell, number, p_cell, p_words, ratio_cell
from twoarm.tables.estimates import MEDIAN_DIGITS, MOST_DIGITS, decimals, median_text, ratio_text, signs_in
from twoarm.text.provenance import plain
from twoarm.text.rounding import half_up
from twoarm.text.units import unit_of

NAN = math.nan


def found(value, method="cox", note="", group="A vs B", level="", statistic="hazard_ratio"):
    return Found(value, method, note, ("survival", "matched", "", group, "os", level, statistic, method))


def three(*values, **key):
    return tuple(found(value, **key) for value in values)


@pytest.mark.parametrize(
    ("numbers", "group", "text"),
    [
        ((0.7149, 0.4957, 1.0305), "A vs B", "0.71 (0.50–1.03)"),
        ((0.9981, 0.9972, 0.9989), "A vs B", "0.998 (0.997–0.999)"),
        ((0.9966, 0.9951, 0.9984), PER_UNIT, "0.997 (0.995–0.998)"),
        ((1.0003, 1.0001, 1.0005), PER_UNIT, "1.0003 (1.0001–1.0005)"),
        ((1.0136, 0.9904, 1.0374), PER_UNIT, "1.014 (0.990–1.037)"),
        ((1.00000031, 1.00000012, 1.0000005), PER_UNIT, "1.0000003 (1.0000001–1.0000005)"),
        ((0.003, 0.00004, 0.21), "A vs B", "0.003 (0.000–0.210)"),
        ((58.342, 3.2, 1060.517), "A vs B", "58.34 (3.20–1060.52)"),
        ((0.5, 0.5, 0.5), "A vs B", "0.50 (0.50–0.50)"),
        ((NAN, NAN, NAN), "A vs B", "NE"),
        ((0.5, 0.1, NAN), "A vs B", "0.50 (0.10–NE)"),
    ],
)
def test_a_hazard_ratio_is_the_same_in_table_figure_and_sentence(numbers, group, text):
    parts = three(*numbers, group=group)
    assert ratio_cell(*parts).text == ratio_text(parts, group) == text
    said = plain(ratio_with_interval(*parts)).replace("95%\u00a0CI ", "")
    assert said == (text if text != "NE" else "not estimable")


@pytest.mark.parametrize(
    ("numbers", "digits", "text"),
    [
        ((6.54, 5.66, NAN), 1, "6.5 (5.7–NR)"),
        ((NAN, 5.66, NAN), 1, "NR (5.7–NR)"),
        ((NAN, NAN, NAN), 1, "NR"),
        ((1743, 1500, 2012.5), 0, "1743 (1500–2013)"),
        ((6.54, 6.51, 6.54), 1, "6.54 (6.51–6.54)"),
        ((2.14, 2.07, 3.4), 1, "2.1 (2.1–3.4)"),
    ],
)
@pytest.mark.parametrize("method", ["kaplan_meier", "reverse_kaplan_meier"])
def test_a_median_is_the_same_in_table_figure_and_sentence(numbers, digits, text, method):
    parts = three(*numbers, method=method, statistic="median")
    assert estimate_cell(*parts, digits).text == median_text(parts, digits) == text
    said = plain(with_interval(*parts, digits)).replace("95%\u00a0CI ", "")
    assert said.replace("not reached", "NR") == text


def test_a_sign_has_one_meaning():
    assert number(ABSENT, 1).text == "–" and number(ABSENT, 1).note == "not computed"
    assert p_cell(found(NAN, note="no events")).text == "NE"
    assert plain(p_words(found(NAN))) == "P not estimable" and plain(p_words(ABSENT)) == "P not computed"
    curve = {"method": "kaplan_meier", "statistic": "median"}
    assert number(found(NAN, note="median not reached", **curve), 1)[:2] == ("NR", "")
    assert number(found(NAN, note="no events", **curve), 1)[:2] == ("NR", "no events")
    assert number(found(NAN, note="no patients", **curve), 1)[:2] == ("–", "no patients")
    at_time = three(NAN, NAN, NAN, method="kaplan_meier", level="6", note="nobody under observation")
    assert estimate_cell(*at_time, 1)[:2] == ("NE", "nobody under observation")
    masked = three(NAN, NAN, NAN, note="masked: few")
    assert ratio_cell(*masked).text == "masked" and ratio_text(masked) == "[c]"


def test_signs_are_explained_where_they_stand():
    assert signs_in(["6.5 (5.7–NR)", "NE"]) == "NR, not reached; NE, not estimable."
    assert signs_in(["−1.0 to NE"]) == "NE, not estimable."
    assert signs_in(["NERO", "0.5 (0.4–0.6)", "–"]) == ""


@pytest.mark.parametrize(
    ("mean", "sd", "text"),
    [
        (54.2, 7.4, "54.2 ± 7.4"),
        (0.031, 0.0284, "0.031 ± 0.028"),
        (0.14, 0.12, "0.14 ± 0.12"),
        (812.44, 4031.06, "812.4 ± 4031.1"),
        (3, 0, "3.0 ± 0.0"),
        (-0.5, 2, "−0.5 ± 2.0"),
        (0.04, NAN, "0.040 ± NE"),
    ],
)
def test_a_mean_has_the_digits_of_its_spread(mean, sd, text):
    assert mean_cell(found(mean, method="descriptive"), found(sd, method="descriptive")).text == text


def test_quartiles_that_differ_print_differently():
    assert median_cell(*three(0.03, 0.01, 0.06)).text == "0.03 (0.01–0.06)"
    assert median_cell(*three(3, 2, 4)).text == "3.0 (2.0–4.0)"


def test_limits_that_differ_print_differently():
    assert interval(found(0.411), found(0.414), 1).text == "0.411–0.414"
    assert estimate_cell(*three(0.99994, 0.99992, 0.99996), 1, scale=100).text == "99.99 (99.99–100.00)"


@given(st.lists(st.floats(-1e12, 1e12, allow_nan=False), min_size=1, max_size=3), st.integers(0, 3))
def test_numbers_that_differ_print_differently_at_the_fewest_digits(numbers, least):
    digits = decimals(least, *numbers)
    shown = {half_up(number, digits) for number in numbers}
    assert len(shown) == len({half_up(number, MOST_DIGITS) for number in numbers})
    assert digits == least or len({half_up(number, digits - 1) for number in numbers}) < len(shown)


def test_a_number_of_any_size_is_rounded():
    assert half_up(1e300, 2).startswith("1000") and half_up(5e-324, 2) == "0.00"


@pytest.mark.parametrize(
    ("number", "words"), [("1", "year"), (1.0, "year"), ("0.5", "years"), (2, "years"), (11, "years")]
)
def test_one_year_is_singular(number, words):
    assert unit_of(number, "years") == words


def test_medians_in_years_tell_limits_of_a_month_apart():
    assert median_text(three(0.6543, 0.53, 0.74), MEDIAN_DIGITS["years"]) == "0.65 (0.53–0.74)"


def test_an_estimate_without_an_interval_is_printed_alone_with_the_reason():
    note = "no interval where survival is 0"
    parts = [found(value, "kaplan_meier", why, level="36", statistic="survival")
             for value, why in ((0.0, ""), (NAN, note), (NAN, note))]  # fmt: skip
    cell = estimate_cell(*parts, 1, 100)
    assert (cell.text, cell.note) == ("0.0", note)
    assert estimate_cell(*three(12.1, 5, NAN, method="kaplan_meier", statistic="median"), 1).text == "12.1 (5.0–NR)"
