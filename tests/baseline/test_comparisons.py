"""Tests between two arms: against R, against the paper's printed p-values, and if nothing can be tested."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from twoarm.stats.comparisons import (
    AUTO,
    choose_test,
    compare_categorical,
    compare_continuous,
    fisher,
    newcombe_interval,
    odds_ratio,
    proportion_interval,
)
from twoarm.text.rounding import p_text

# --- Against R

WHENS = [(name, when) for name in oracles.MATCHED for when in ("before", "after")]


def samples(name, when):
    """The data set's two arms, before or after R's own matching."""
    data, spec, expected = oracles.load(name)
    if when == "after":
        pairs = expected["match"]["pairs"]
        data = data[data["id"].isin(pairs["treated"] + pairs["control"])]
    treated = data[spec["treatment"]["column"]] == spec["treatment"]["treated"]
    return data[treated], data[~treated], expected[when]


@pytest.mark.parametrize(("name", "when"), WHENS)
def test_continuous_tests_are_those_of_r(name, when):
    treated, control, expected = samples(name, when)
    in_r = {"welch_t": "t_welch", "student_t": "t_pooled", "mann_whitney": "wilcoxon_normal_cc"}
    for variable, answer in expected["table1"]["continuous"].items():
        for method, key in in_r.items():
            found = compare_continuous(treated[variable], control[variable], method)
            assert found == (pytest.approx(answer["p"][key], rel=1e-12), method, "")


@pytest.mark.parametrize(("name", "when"), WHENS)
def test_categorical_tests_are_those_of_r(name, when):
    *_, expected = samples(name, when)
    in_r = {"pearson": "chisq_nocc", "yates": "chisq_yates", "fisher": "fisher"}
    for answer in expected["table1"]["categorical"].values():
        table = np.column_stack([answer["treated"], answer["control"]])
        for method, key in in_r.items():
            p, used, _ = compare_categorical(table, method)
            assert p == pytest.approx(answer["p"][key], rel=1e-9, abs=1e-300)
            assert used == ("pearson" if method == "yates" and len(table) > 2 else method)


@pytest.mark.parametrize(("name", "when"), WHENS)
def test_intervals_are_those_of_r(name, when):
    *_, expected = samples(name, when)
    for answer in expected["outcomes"].values():
        arms = [(answer[arm]["events"], answer[arm]["n"]) for arm in ("treated", "control")]
        for arm, counts in zip(("treated", "control"), arms, strict=True):
            for method in ("wilson", "clopper_pearson"):
                assert proportion_interval(*counts, method) == pytest.approx(answer[arm][method], rel=1e-10)
        difference, *interval = newcombe_interval(*arms)
        assert difference == pytest.approx(answer["risk_difference"]["est"], rel=1e-12)
        assert interval == pytest.approx(answer["risk_difference"]["newcombe_ci"], rel=1e-10)
        ratio, *interval, _ = odds_ratio(*arms)
        assert ratio == pytest.approx(answer["odds_ratio"]["est"], rel=1e-12)
        assert interval == pytest.approx(answer["odds_ratio"]["wald_ci"], rel=1e-12)
        # R finds the conditional estimate with uniroot's default tolerance, about 1e-4
        ratio, *interval, _ = odds_ratio(*arms, kind="conditional")
        assert ratio == pytest.approx(answer["fisher_or_conditional_mle"], rel=1e-3)
        assert interval == pytest.approx(answer["fisher_or_ci"], rel=1e-3)


# --- Against the paper. Counts with the property (TR, TRP), and p as printed.

TABLE_1_BEFORE = {  # of 85 and 103
    "male": (64, 63, "0.039"),
    "cirrhosis": (75, 79, "0.041"),
    "hepatitis": (73, 83, "0.336"),
    "ecog 0-1": (64, 74, "0.594"),
    "bclc B": (25, 38, "0.279"),
    "child-pugh A": (67, 71, "0.127"),
    "afp < 400": (34, 49, "0.298"),
    "2L": (58, 55, "0.039"),
    "80 mg": (44, 58, "0.533"),
    "tumours <= 3": (12, 14, "0.917"),
    "diameters <= 10": (14, 27, "0.107"),
    "pvtt": (48, 57, "0.877"),
    "metastases": (36, 38, "0.446"),
    "prior tace": (61, 63, "0.127"),
    "prior curative": (54, 65, "0.952"),
}
TABLE_1_AFTER = {  # of 64 and 64
    "male": (47, 45, "0.694"),
    "cirrhosis": (55, 56, "0.795"),
    "hepatitis": (54, 53, "0.811"),
    "ecog 0-1": (46, 47, "0.843"),
    "bclc B": (24, 20, "0.457"),
    "child-pugh A": (48, 44, "0.432"),
    "afp < 400": (23, 31, "0.152"),
    "2L": (39, 38, "0.857"),
    "80 mg": (37, 36, "0.858"),
    "tumours <= 3": (10, 11, "0.811"),
    "diameters <= 10": (13, 11, "0.651"),
    "pvtt": (39, 42, "0.582"),
    "metastases": (21, 24, "0.579"),
    "prior tace": (43, 41, "0.710"),
    "prior curative": (40, 39, "0.856"),
}
TABLE_2_BEFORE = {
    "mrecist orr": (14, 29, "0.058"),
    "mrecist dcr": (42, 68, "0.021"),
    "recist orr": (8, 16, "0.211"),
    "recist dcr": (38, 61, "0.047"),
}
TABLE_2_AFTER = {
    "mrecist orr": (11, 21, "0.041"),
    "mrecist dcr": (33, 46, "0.018"),
    "recist orr": (7, 15, "0.061"),
    "recist dcr": (26, 39, "0.022"),  # printed 0.018, which no test gives on these counts
}
TABLE_3_ANY_GRADE = {
    "fatigue": (30, 35, "0.377"),
    "decreased appetite": (29, 25, "0.474"),
    "fever": (23, 19, "0.451"),
    "nausea": (22, 17, "0.337"),
    "abdominal pain": (15, 17, "0.683"),
    "diarrhea": (11, 14, "0.504"),
    "elevated ast/alt": (26, 29, "0.592"),
    "hand-foot": (27, 23, "0.469"),
    "hypertension": (18, 21, "0.565"),
    "proteinuria": (13, 11, "0.651"),
    "rash": (4, 16, "0.003"),
    "hypothyroidism": (3, 7, "0.323"),
}
TABLE_3_GRADE_3_4 = {
    "fatigue": (10, 8, "0.611"),
    "decreased appetite": (13, 15, "0.669"),
    "fever": (1, 2, "1.000"),
    "nausea": (2, 4, "0.676"),
    "abdominal pain": (6, 5, "0.752"),
    "diarrhea": (3, 4, "1.000"),
    "elevated ast/alt": (5, 6, "0.752"),
    "hand-foot": (8, 6, "0.571"),
    "hypertension": (15, 13, "0.669"),
    "proteinuria": (1, 2, "1.000"),
    "rash": (0, 3, "0.244"),
    "hypothyroidism": (0, 0, ""),
}
PRINTED = [
    pytest.param(*row, *totals, id=f"{place}: {name}")
    for place, table, totals in [
        ("1 before", TABLE_1_BEFORE, (85, 103)),
        ("1 after", TABLE_1_AFTER, (64, 64)),
        ("2 before", TABLE_2_BEFORE, (85, 103)),
        ("2 after", TABLE_2_AFTER, (64, 64)),
        ("3 any grade", TABLE_3_ANY_GRADE, (64, 64)),
        ("3 grade 3-4", TABLE_3_GRADE_3_4, (64, 64)),
    ]
    for name, row in table.items()
]


def two_by_two(count_1, count_0, total_1, total_0):
    return np.array([[count_1, count_0], [total_1 - count_1, total_0 - count_0]])


@pytest.mark.parametrize(("tr", "trp", "printed", "n_tr", "n_trp"), PRINTED)
def test_auto_gives_the_printed_p(tr, trp, printed, n_tr, n_trp):
    p, _, note = compare_categorical(two_by_two(trp, tr, n_trp, n_tr))
    assert p_text(p) == printed
    assert bool(note) == (printed == "")


def test_no_single_test_gives_all_the_printed_p():
    """What determines the rule: all three are needed, and Pearson down to an expected count just above 5."""
    rash, hypothyroidism, nausea, pain = (two_by_two(*counts, 64, 64) for counts in ((3, 0), (7, 3), (4, 2), (5, 6)))
    assert [choose_test(table) for table in (rash, hypothyroidism, nausea, pain)] == [
        "fisher",
        "yates",  # the smallest expected count is 5 exactly
        "yates",
        "pearson",  # 5.5
    ]
    assert {p_text(compare_categorical(rash, method)[0]) for method in ("pearson", "yates")} == {"0.080", "0.243"}
    assert p_text(compare_categorical(nausea, "fisher")[0]) == "0.680"


# --- The rule's parts


def test_thresholds_of_auto_can_be_set():
    zero_cell = two_by_two(8, 0, 64, 64)  # smallest expected count 4
    assert choose_test(zero_cell) == "fisher"
    assert choose_test(zero_cell, AUTO | {"fisher_zero_cell": False}) == "yates"
    assert choose_test(zero_cell, {"yates_expected": 3, "fisher_expected": 2, "fisher_zero_cell": False}) == "pearson"
    assert choose_test(zero_cell, AUTO | {"fisher_zero_cell": False, "fisher_expected": 4.5}) == "fisher"


def test_auto_with_more_levels():
    response = np.array([[3, 1], [26, 13], [39, 28], [35, 43]])
    p, method, _ = compare_categorical(response)
    assert method == "fisher"  # complete responses: 1.8 expected
    assert p == pytest.approx(0.0925379086421957, rel=1e-9)  # R's fisher.test
    assert compare_categorical(response + 5)[1] == "pearson"
    # a level without patients does not count as a level
    assert compare_categorical(np.array([[0, 0], [20, 30], [40, 25]])) == compare_categorical([[20, 30], [40, 25]])


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([[0, 0], [64, 64]], "all patients have the same value"),
        ([[64, 64], [0, 0]], "all patients have the same value"),
        ([[3, 0], [61, 0]], "an arm has no patients"),
        ([[0, 0], [0, 0]], "an arm has no patients"),
    ],
)
def test_nothing_to_test_is_empty_with_a_note(table, said):
    p, method, note = compare_categorical(table)
    assert (np.isnan(p), method) == (True, "pearson")
    assert said in note


def test_too_many_tables_for_fisher_fall_back_on_pearson():
    table = np.array([[300, 200], [250, 310], [180, 240], [270, 260], [210, 250]])
    p, method, note = compare_categorical(table, "fisher")
    assert (method, "too many tables" in note) == ("pearson", True)
    assert p == compare_categorical(table, "pearson")[0]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=2, max_size=4))
def test_fisher_is_the_exact_sum(rows):
    table = np.array(rows)
    totals, first = table.sum(axis=1).tolist(), int(table[:, 0].sum())
    if 0 in (first, sum(totals) - first) or np.count_nonzero(totals) < 2:
        return
    tables = [()]  # exact integers, by brute force over all tables of these margins
    for total in totals:
        tables = [(*partial, k) for partial in tables for k in range(total + 1)]
    weights = {t: np.prod([comb(n, k) for n, k in zip(totals, t, strict=True)], dtype=object) for t in tables}
    observed = weights[tuple(table[:, 0].tolist())]
    exact = sum(weight for t, weight in weights.items() if sum(t) == first and weight <= observed)
    assert fisher(table) == pytest.approx(float(Fraction(int(exact), comb(sum(totals), first))), rel=1e-10)
    assert fisher(table[::-1]) == pytest.approx(fisher(table), rel=1e-12)
    assert fisher(table[:, ::-1]) == pytest.approx(fisher(table), rel=1e-10)


@pytest.mark.parametrize("method", ["welch_t", "student_t", "mann_whitney"])
def test_continuous_without_a_test_is_empty_with_a_note(method):
    for treated, control, said in [
        ([1.0, np.nan], [1, 2, 3], "fewer than two"),
        ([2, 2], [2, 2, 2], "the same value"),
    ]:
        p, used, note = compare_continuous(treated, control, method)
        assert (np.isnan(p), used, said in note) == (True, method, True)


def test_missing_values_are_left_out():
    with_missing = compare_continuous([1, 2, np.nan, 4], [3, 5, 7, np.nan], "welch_t")
    assert with_missing == compare_continuous([1, 2, 4], [3, 5, 7], "welch_t")


def test_arms_that_do_not_vary_have_no_t_test():
    p, _, note = compare_continuous([1, 1, 1], [2, 2, 2], "welch_t")
    assert (np.isnan(p), note) == (True, "not tested: no arm varies")


def test_intervals_at_the_edges():
    assert proportion_interval(0, 10) == pytest.approx((0, 1 - 0.025**0.1))
    assert proportion_interval(10, 10)[1] == 1
    assert np.isnan(proportion_interval(0, 0)).all()
    assert np.isnan(newcombe_interval((0, 0), (3, 9))).all()
    *values, note = odds_ratio((3, 64), (0, 64))
    assert np.isnan(values).all()
    assert "zero" in note
