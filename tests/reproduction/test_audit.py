"""The audit of printed values: each check on hand-made tables, both sides, and what it finds in the shipped paper."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind
from statsmodels.stats.multitest import multipletests

from populations import BOTH
from reproduction.audit_published import CHECKS, COLUMNS, audit
from reproduction.tabulate_audit import audit_table
from twoarm.published.audit import read_audit
from twoarm.published.printed_p_values import fragility_index, holm, t_test_range
from twoarm.published.printed_paper import Arm, significant
from twoarm.published.published import PUBLISHED, agrees, printed_range, read_published
from twoarm.results.rows import KEY
from twoarm.text.provenance import plain
from twoarm.text.rounding import half_up

SHIPPED = Path(__file__).parents[2] / "resources/published/hcc_trp.csv"
ARMS = ("X", "Y")


def printed(*rows: dict) -> pd.DataFrame:
    """A published file, from rows with any of its columns; baseline after matching unless given."""
    base = {"place": "Table 1", "analysis": "baseline", "population": "matched"}
    return pd.DataFrame([base | row for row in rows], columns=PUBLISHED).fillna("")


def totals(x: str, y: str, **key) -> list[dict]:
    return [key | {"group": arm, "statistic": "total", "printed": n} for arm, n in zip(ARMS, (x, y), strict=True)]


def of_arms(statistic: str, x: str, y: str, **key) -> list[dict]:
    return [key | {"group": arm, "statistic": statistic, "printed": n} for arm, n in zip(ARMS, (x, y), strict=True)]


def p_value(p: str, **key) -> dict:
    return key | {"group": "X vs Y", "statistic": "p_value", "printed": p}


def found(check: str, *rows: dict, progression: tuple[str, ...] = ()) -> list[dict]:
    table = audit(printed(*rows), list(progression))
    return table[table["check"] == check].to_dict("records")


@pytest.fixture(scope="module")
def shipped() -> pd.DataFrame:
    return audit(read_published(str(SHIPPED)), ["pfs"])


# Printed values


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("0.018", 0.0175, 0.0185), ("1", 0.9995, 1.0005), ("<0.05", -math.inf, 0.05), ("≥0.05", 0.05, math.inf)],
)
def test_the_range_of_a_printed_p(text, low, high):
    assert printed_range(text, "p_value") == (low, high)


@given(st.floats(0, 100), st.integers(0, 3))
def test_a_value_is_within_the_range_that_it_prints_as(value, digits):
    low, high = printed_range(half_up(value, digits), "mean")
    assert low - 1e-9 <= value <= high + 1e-9


@pytest.mark.parametrize(
    ("text", "below"), [("0.049", True), ("0.050", False), ("<0.001", True), ("≥0.05", False), ("<0.1", None)]
)
def test_which_side_of_the_level_a_printed_p_lies(text, below):
    assert significant(text) is below


# Counts

DCR = {"analysis": "response", "variable": "recist", "level": "DCR"}
RATE = [*totals("64", "64"), *of_arms("n", "39", "26", **DCR)]


def test_a_p_that_no_test_gives_is_an_error_with_the_nearest():
    (row,) = found("test_of_counts", *RATE, p_value("0.018", **DCR))
    assert (row["error"], row["decision_error"], row["reported_p"]) == (True, False, "0.018")
    assert (row["low"], row["computed_p"]) == pytest.approx((0.0215403, 0.0215403), abs=1e-6)
    assert "0.022 (Pearson), 0.034 (Yates), 0.033 (Fisher)" in row["finding"]


@pytest.mark.parametrize(("p", "test"), [("0.022", "Pearson"), ("0.034", "Yates"), ("0.033", "Fisher")])
def test_a_p_that_a_test_gives_names_it(p, test):
    (row,) = found("test_of_counts", *RATE, p_value(p, **DCR))
    assert not row["error"]
    assert row["finding"].endswith(f"by {test}.")


def test_an_error_that_moves_the_decision():
    (row,) = found("test_of_counts", *RATE, p_value("0.061", **DCR))
    assert row["error"]
    assert row["decision_error"]


def test_a_significance_that_hangs_on_the_test_is_a_question():
    counts = [*totals("64", "64"), *of_arms("n", "21", "11", **DCR)]
    (row,) = found("test_of_counts", *counts, p_value("0.041", **DCR))
    assert (row["error"], row["concern"]) == (False, True)
    assert not found("test_of_counts", *RATE, p_value("0.022", **DCR))[0]["concern"]


def test_counts_above_their_total_are_not_tested():
    assert not found("test_of_counts", *totals("20", "64"), *of_arms("n", "39", "26", **DCR), p_value("0.5", **DCR))


@pytest.mark.parametrize(("text", "error"), [("43.7", True), ("43.8", False)])
def test_a_percentage_against_its_count(text, error):
    key = {"variable": "dose", "level": "high", "group": "X"}
    rows = [key | {"statistic": "n", "printed": "28"}, key | {"statistic": "percent", "printed": text}]
    assert [row["error"] for row in found("percent", *totals("64", "64"), *rows)] == [error]


@pytest.mark.parametrize(
    ("second", "error", "concern"), [("24", False, False), ("25", True, False), ("23", False, True)]
)
def test_levels_sum_to_the_total(second, error, concern):
    rows = [
        *of_arms("n", "40", "40", variable="stage", level="B"),
        *of_arms("n", second, "24", variable="stage", level="C"),
    ]
    first, other = found("columns_sum", *totals("64", "64"), *rows)
    assert (first["group"], first["error"], first["concern"]) == ("X", error, concern)
    assert (other["error"], other["concern"]) == (False, False)


@pytest.mark.parametrize(("rate", "error"), [("21", False), ("22", True)])
def test_a_rate_is_the_sum_of_its_responses(rate, error):
    key = {"analysis": "response", "variable": "mrecist"}
    levels = {"CR": ("2", "1"), "PR": ("19", "10"), "ORR": (rate, "11")}
    rows = [row for level, n in levels.items() for row in of_arms("n", *n, level=level, **key)]
    sums = found("columns_sum", *totals("64", "64"), *rows, p_value("0.041", level="ORR", **key))
    assert [row["error"] for row in sums if row["level"] == "ORR"] == [error, False]


def test_ranges_of_grades_are_no_partition():
    key = {"analysis": "safety", "variable": "Rash"}
    rows = [row for level in ("Any", "Severe") for row in of_arms("n", "40", "40", level=level, **key)]
    tests = [p_value("1", level=level, **key) for level in ("Any", "Severe")]
    assert not found("columns_sum", *totals("64", "64"), *rows, *tests)


@pytest.mark.parametrize(("overall", "error"), [("188", False), ("189", True)])
def test_arms_sum_to_everyone(overall, error):
    row = {"analysis": "attrition", "group": "overall", "statistic": "total", "printed": overall}
    assert [row["error"] for row in found("columns_sum", *totals("103", "85"), row)] == [error]


@pytest.mark.parametrize(("after", "error"), [("20", False), ("31", True), ("8", True), ("9", False)])
def test_the_matched_are_a_part_of_the_enrolled(after, error):
    """30 of 85 before, 21 left out: 9 to 30 may remain."""
    key = {"variable": "afp", "level": "high"}
    rows = [
        *totals("103", "85", population="enrolled"), *totals("64", "64"),
        *of_arms("n", "49", "30", population="enrolled", **key), *of_arms("n", "30", after, **key),
    ]  # fmt: skip
    assert [row["error"] for row in found("matched_within_enrolled", *rows)] == [False, error]


# Means

TACE = [
    *totals("64", "64"),
    *of_arms("mean", "3.0", "3.2", variable="tace"),
    *of_arms("sd", "1.7", "1.5", variable="tace"),
]


def test_a_p_outside_what_any_t_test_gives_is_a_question():
    (row,) = found("mean_sd_test", *TACE, p_value("0.766", variable="tace"))
    assert (row["error"], row["concern"]) == (False, True)
    assert (row["low"], row["high"]) == pytest.approx((0.277, 0.733), abs=5e-4)
    assert row["computed_p"] == row["high"]
    assert "Mann-Whitney" in row["finding"]


def test_it_is_an_error_where_the_paper_names_a_t_test():
    (row,) = found("mean_sd_test", *TACE, p_value("0.040", variable="tace", method="welch_t"))
    assert (row["error"], row["decision_error"], row["concern"]) == (True, True, False)


@pytest.mark.parametrize("p", ["0.277", "0.5", "0.733", "≥0.05"])
def test_a_p_within_reach_of_rounding_passes(p):
    (row,) = found("mean_sd_test", *TACE, p_value(p, variable="tace"))
    assert not row["error"]
    assert not row["concern"]


def test_another_named_test_is_not_judged():
    assert not found("mean_sd_test", *TACE, p_value("0.766", variable="tace", method="mann_whitney"))


numbers = st.lists(st.floats(0, 30).map(lambda value: round(value, 3)), min_size=4, max_size=40)


@settings(max_examples=150)
@given(numbers, numbers, st.integers(0, 2), st.sampled_from(["student_t", "welch_t"]))
def test_the_range_holds_the_p_of_the_data(first, second, digits, test):
    if min(np.std(first), np.std(second)) == 0:
        return
    arms = []
    for values in (first, second):
        mean, sd = half_up(np.mean(values), digits), half_up(np.std(values, ddof=1), digits)
        low, high = printed_range(sd, "sd")
        arms.append(Arm(printed_range(mean, "mean"), (max(0.0, low), high), len(values)))
    low, high = t_test_range(*arms, test)
    p = ttest_ind(first, second, equal_var=test == "student_t").pvalue
    assert low - 1e-6 <= p <= high + 1e-6


# Tables


def test_tests_that_cannot_be_one_are_mixed():
    rare = {"analysis": "safety", "variable": "Rash", "level": "Severe", "place": "Table 3"}
    often = {"analysis": "safety", "variable": "Rash", "level": "Any", "place": "Table 3"}
    counts = [*totals("64", "64"), *of_arms("n", "3", "0", **rare), *of_arms("n", "16", "4", **often)]
    (row,) = found("mixed_tests", *counts, p_value("0.244", **rare), p_value("0.003", **often))
    assert row["concern"]
    assert "Rash Severe 0.244 (Fisher)" in row["finding"]
    assert "rule by expected counts" in row["finding"]
    # Pearson gives 0.080 for the rare one
    (row,) = found("mixed_tests", *counts, p_value("0.080", **rare), p_value("0.003", **often))
    assert not row["concern"]


BEFORE = [*totals("100", "100", population="enrolled"), *totals("50", "50"), p_value("0.5", variable="afp")]


@pytest.mark.parametrize(("y", "concern", "grew"), [("25", False, False), ("28", True, False), ("38", True, True)])
def test_balance_from_printed_counts(y, concern, grew):
    """Before: 50% against 40%, 0.1 / 0.5 = 0.2. After: 50% against 50, 56 or 76%."""
    key = {"variable": "afp", "level": "high"}
    rows = [*of_arms("n", "50", "40", population="enrolled", **key), *of_arms("n", "25", y, **key)]
    (row,) = found("balance", *BEFORE, *rows)
    assert (row["concern"], "larger" in row["finding"]) == (concern, grew)
    assert f"0.200 before and {abs(25 - int(y)) / 25:.3f} after" in row["finding"]


def test_balance_from_printed_means():
    age = {"variable": "age"}
    before = [
        row | {"population": "enrolled"}
        for row in (*of_arms("mean", "54", "50", **age), *of_arms("sd", "8", "9", **age))
    ]
    rows = [*before, *of_arms("mean", "54", "53", **age), *of_arms("sd", "7", "9", **age)]
    (row,) = found("balance", *BEFORE, *rows)
    assert "0.500 before and 0.125 after" in row["finding"]


# Survival


def survival(x: str, y: str, p: str, patients: str = "100") -> list[dict]:
    key = {"analysis": "survival", "variable": "os"}
    return [
        *totals(patients, patients),
        *of_arms("median", x, y, method="kaplan_meier", **key),
        p_value(p, method="logrank", **key),
    ]


def test_medians_against_logrank():
    """Hazard ratio 1/2, 200 events: z = ln 2 * sqrt(50) = 4.90; p 0.05 takes (1.96 / ln 2)^2 * 4 = 32 events."""
    (row,) = found("median_against_logrank", *survival("20.00", "10.00", "0.050"))
    assert row["computed_p"] == pytest.approx(9.5e-7, rel=0.01)
    assert row["low"] <= row["computed_p"] <= row["high"]
    assert "hazard ratio of 0.50" in row["finding"]
    assert "takes 32 events or more; there are 200 patients." in row["finding"]
    assert not row["concern"]


def test_medians_that_hardly_differ_do_not_go_with_a_small_p():
    (row,) = found("median_against_logrank", *survival("10.0", "10.1", "<0.001"))
    assert row["concern"]
    assert not found("median_against_logrank", *survival("10.0", "10.1", "0.500"))[0]["concern"]


def test_a_subgroup_has_the_patients_of_its_level_inside_the_arm():
    levels = [("line", "a", "30"), ("line", "b", "34"), ("dose", "a", "10"), ("dose", "b", "54")]
    rows = [{"variable": v, "level": level, "group": "X", "statistic": "n", "printed": n} for v, level, n in levels]
    key = {"analysis": "subgroup_line", "stratum": "X", "variable": "pfs"}
    medians = [
        key | {"group": level, "statistic": "median", "printed": time} for level, time in (("a", "7.2"), ("b", "5.1"))
    ]
    p = key | {"group": "a vs b", "statistic": "p_value", "method": "logrank", "printed": "0.002"}
    (row,) = found("median_against_logrank", *rows, *medians, p)
    assert "there are 64 patients" in row["finding"]
    # another subgroup's name: the variable cannot be determined
    key["analysis"] = "subgroup_other"
    assert not found("median_against_logrank", *rows, *(row | key for row in (*medians, p)))


def best(n: str) -> list[dict]:
    pfs = {"analysis": "survival", "variable": "pfs"}
    return [
        *totals("64", "64"),
        *of_arms("n", n, "0", analysis="response", variable="recist", level="PD"),
        *of_arms("median", "4.6", "9.0", **pfs),
    ]


@pytest.mark.parametrize(
    ("n", "concern", "part"),
    [("31", True, "leaves 1 of the other 33"), ("38", True, "at least half"), ("18", False, "leaves 14 of the other")],
)
def test_best_response_against_survival(n, concern, part):
    first, other = found("best_response_against_survival", *best(n), progression=("pfs",))
    assert first["concern"] == concern
    assert part in first["finding"]
    assert not other["concern"]


def test_an_endpoint_without_progression_is_not_held_against_response():
    assert not found("best_response_against_survival", *best("31"))


# Fragility and multiplicity


def test_fragility_counts_the_patients_that_must_change():
    """1/10 against 9/10 (Walsh's example form): Fisher 0.0011; 2/10 0.0055, 3/10 0.0198, 4/10 0.057."""
    assert fragility_index([[9, 1], [1, 9]], "fisher") == 3
    assert fragility_index([[1, 9], [9, 1]], "fisher") == 3
    assert fragility_index([[21, 43], [11, 53]], "pearson") == 1
    assert fragility_index([[21, 43], [11, 53]], "fisher") == 0


def test_fragility_is_of_significant_outcomes():
    (row,) = found("fragility", *RATE, p_value("0.022", **DCR))
    assert "2 of 128 patients" in row["finding"]
    assert not found("fragility", *RATE, p_value("0.061", **DCR))
    baseline = {"variable": "afp", "level": "high"}
    assert not found(
        "fragility", *totals("64", "64"), *of_arms("n", "39", "26", **baseline), p_value("0.022", **baseline)
    )


@settings(max_examples=10)  # statsmodels collects garbage at each call: 0.2 s among all other tests
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_is_statsmodels(p_values):
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])


@pytest.mark.parametrize(("p", "concern"), [("0.020", False), ("0.030", True)])
def test_a_family_of_two(p, concern):
    keys = [{"analysis": "safety", "variable": term, "level": "Any"} for term in ("Rash", "Fever")]
    rows = found("multiplicity", p_value(p, **keys[0]), p_value("0.5", **keys[1]))
    assert [(row["variable"], row["concern"], row["computed_p"]) for row in rows] == [("Rash", concern, 2 * float(p))]


# The shipped paper


def finding_of(table: pd.DataFrame, check: str, **key) -> dict:
    rows = table[
        (table["check"] == check) & np.logical_and.reduce([table[part] == value for part, value in key.items()])
    ]
    assert len(rows) == 1
    return rows.iloc[0].to_dict()


def test_the_shipped_paper_has_two_errors(shipped):
    errors = shipped[shipped["error"]]
    assert list(zip(errors["check"], errors["variable"], errors["level"], strict=True)) == [
        ("test_of_counts", "recist", "DCR"),
        ("percent", "dose", "120-160mg"),
    ]
    assert not shipped["decision_error"].any()
    assert errors.iloc[0]["reported_p"] == "0.018"
    assert agrees("0.022", "p_value", errors.iloc[0]["computed_p"])


def test_what_a_reviewer_would_ask_of_the_shipped_paper(shipped):
    tace = {"variable": "n_tace"}
    before, after = (finding_of(shipped, "mean_sd_test", population=name, **tace) for name in ("enrolled", "matched"))
    assert before["concern"]
    assert after["concern"]
    assert (before["low"], before["high"], after["low"], after["high"]) == pytest.approx(
        (0.052, 0.273, 0.277, 0.733), abs=5e-4
    )
    mixed = shipped[(shipped["check"] == "mixed_tests") & shipped["concern"]]
    assert list(mixed["place"]) == ["Table 3"]
    afp = finding_of(shipped, "balance", variable="afp")
    assert afp["concern"]
    assert "0.152 before and 0.250 after" in afp["finding"]
    imbalanced = shipped[(shipped["check"] == "balance") & shipped["concern"]]
    assert list(imbalanced["variable"]) == ["bclc", "child_pugh", "afp", "n_tace"]
    response = finding_of(shipped, "best_response_against_survival", variable="mrecist", group="TR")
    assert response["concern"]
    assert "31 of 64 (48.4%)" in response["finding"]


def test_rash_depends_on_the_family(shipped):
    """It is no longer significant over all 23 tests of Table 3, but still over the 12 of any grade."""
    rash = finding_of(shipped, "multiplicity", variable="Rash")
    assert rash["concern"]
    assert (rash["computed_p"], rash["low"]) == pytest.approx((23 * 0.003487, 12 * 0.003487), abs=1e-4)
    assert "all 23 tests (Table 3)" in rash["finding"]


def test_a_row_is_known_by_its_key_place_and_check(shipped):
    assert list(shipped.columns) == COLUMNS
    assert not shipped.duplicated([*KEY, "place", "check"]).any()
    assert set(shipped["check"]) == {check.__name__ for check in CHECKS}
    assert shipped["finding"].str.endswith((".", "?")).all()


def test_the_table_shows_errors_first(shipped, tmp_path):
    shipped.to_csv(tmp_path / "audit.csv", index=False)
    table = audit_table(read_audit(str(tmp_path / "audit.csv")), {"n_tace": "Number of TACE"}, BOTH)
    labels = [row.label for row in table.rows]
    assert labels[0].startswith("Errors")
    assert labels[1].startswith("Table 2B, after matching, RECIST 1.1 DCR, TRP vs TR: No test gives 0.018")
    assert [cell.text for cell in table.rows[1].cells] == ["0.018", "0.022", "0.022–0.034"]
    assert any(label.startswith("Table 1, before matching, Number of TACE, TRP vs TR: No t test") for label in labels)
    assert "2 errors, 0 of which" in plain(table.notes[0])


def test_a_table_without_findings_says_so(tmp_path):
    nothing = audit(printed(*totals("64", "64"), *of_arms("n", "1", "2", variable="a", level="b")), [])
    nothing.to_csv(tmp_path / "audit.csv", index=False)
    table = audit_table(read_audit(str(tmp_path / "audit.csv")), {}, BOTH)
    assert table.rows == []
    assert plain(table.notes[0]).startswith("0 checks: 0 errors")
