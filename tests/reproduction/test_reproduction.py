"""The scorecard's verdicts, and which printed values contradict the paper's own numbers."""

from pathlib import Path

import pandas as pd
import pytest

from reproduction.score_reproduction import score, score_reproduction, score_text
from tidy import rows_of
from twoarm.published.contradictions import contradictions
from twoarm.published.published import PUBLISHED, read_published
from twoarm.results.errors import InputError
from twoarm.results.statistics import statistics_table, write_statistics

SHIPPED = Path(__file__).parents[2] / "resources/published/hcc_trp.csv"
MEDIAN = {"analysis": "survival", "population": "matched", "group": "TRP", "variable": "pfs", "statistic": "median"}


def printed(*rows: dict) -> pd.DataFrame:
    """A file of printed values, from rows with any of its columns."""
    return pd.DataFrame([{"place": "Table 1", **row} for row in rows], columns=PUBLISHED).fillna("")


def verdict_of(value_printed: str, value: float | None, note: str = "", **key) -> dict:
    """The scorecard's one row, for one printed and one computed value."""
    key = MEDIAN | key
    computed = statistics_table([{**key, "method": "kaplan_meier", "value": value, "note": note}])
    return score(printed({**key, "printed": value_printed}), rows_of(computed)).to_dict("records")[0]


def two_groups(n_a: str, total_a: str, n_b: str, total_b: str) -> list[dict]:
    """The printed counts of one level in the groups A and B."""
    key = {"analysis": "response", "population": "matched"}
    level = key | {"variable": "recist", "level": "DCR", "statistic": "n"}
    total = key | {"statistic": "total"}
    return [
        level | {"group": "A", "printed": n_a},
        level | {"group": "B", "printed": n_b},
        total | {"group": "A", "printed": total_a},
        total | {"group": "B", "printed": total_b},
    ]


DCR_P = {
    "analysis": "response",
    "population": "matched",
    "group": "A vs B",
    "variable": "recist",
    "level": "DCR",
    "statistic": "p_value",
}


def test_rounding_is_half_up_at_the_printed_precision():
    assert verdict_of("31.3", 31.25)["verdict"] == "reproduced"
    assert verdict_of("31.2", 31.25)["verdict"] == "differs"
    assert verdict_of("31", 31.25)["rounded"] == "31"


def test_a_reproduced_value_shows_what_it_rests_on():
    row = verdict_of("6.5", 6.4836)
    assert (row["verdict"], row["rounded"], row["computed"], row["method"], row["explanation"]) == (
        "reproduced", "6.5", 6.4836, "kaplan_meier", "",
    )  # fmt: skip


def test_a_bound_applies_to_the_value_at_full_precision():
    assert verdict_of("<0.05", 0.04996, statistic="p_value")["verdict"] == "reproduced"
    row = verdict_of("≥0.05", 0.04996, statistic="p_value")
    assert (row["verdict"], row["rounded"], row["explanation"]) == (
        "differs",
        "0.050",
        "0.04996 does not satisfy ≥0.05",
    )


def test_a_value_that_differs_says_by_how_much():
    assert verdict_of("6.5", 6.6)["explanation"] == "6.6 is not 6.5"


def test_a_value_that_cannot_be_estimated_gives_its_reason():
    row = verdict_of("6.5", None, note="median not reached")
    assert (row["verdict"], row["rounded"], row["explanation"]) == ("differs", "", "no value: median not reached")


def test_what_nothing_computes_differs():
    row = score(printed({**MEDIAN, "printed": "6.5"}), []).iloc[0]
    assert (row["verdict"], row["explanation"]) == ("differs", "not computed")
    assert pd.isna(row["computed"])


def test_a_named_method_takes_no_other():
    computed = statistics_table([{**MEDIAN, "method": "weibull", "value": 6.5}])
    row = score(printed({**MEDIAN, "method": "kaplan_meier", "printed": "6.5"}), rows_of(computed)).iloc[0]
    assert (row["verdict"], row["explanation"]) == ("differs", "not computed")


def test_an_unnamed_method_that_several_rows_answer_stops_the_run():
    computed = statistics_table([{**MEDIAN, "method": method, "value": 6.5} for method in ("kaplan_meier", "weibull")])
    with pytest.raises(InputError, match=r"matched, TRP, pfs, median'.*kaplan_meier, weibull"):
        score(printed({**MEDIAN, "printed": "6.5"}), rows_of(computed))
    row = score(printed({**MEDIAN, "method": "weibull", "printed": "6.5"}), rows_of(computed)).iloc[0]
    assert (row["verdict"], row["method"]) == ("reproduced", "weibull")


def test_a_contradicted_p_value_says_what_the_counts_give():
    published = printed(*two_groups("39", "64", "26", "64"), DCR_P | {"printed": "0.018"})
    computed = statistics_table([{**DCR_P, "method": "pearson", "value": 0.02151}])
    row = score(published, rows_of(computed)).set_index("statistic").loc["p_value"]
    assert (row["verdict"], row["rounded"]) == ("contradicted", "0.022")
    assert row["explanation"].endswith("39/64 against 26/64 gives 0.022 (Pearson), 0.034 (Yates), 0.033 (Fisher)")


def test_a_reproduced_value_is_never_contradicted():
    published = printed(*two_groups("39", "64", "26", "64"), DCR_P | {"printed": "0.018"})
    computed = statistics_table([{**DCR_P, "method": "pearson", "value": 0.018}])
    assert score(published, rows_of(computed)).set_index("statistic").loc["p_value", "verdict"] == "reproduced"


def test_a_contradiction_is_never_found_in_a_computed_value():
    published = printed(*two_groups("39", "64", "26", "64"), DCR_P | {"printed": "0.022"})
    computed = statistics_table([{**DCR_P, "method": "pearson", "value": 0.5}])
    assert score(published, rows_of(computed)).set_index("statistic").loc["p_value", "verdict"] == "differs"


@pytest.mark.parametrize("p", ["0.022", "0.034", "<0.05", "0.02"])
def test_a_p_value_that_one_of_the_tests_gives_is_not_contradicted(p):
    assert contradictions(printed(*two_groups("39", "64", "26", "64"), DCR_P | {"printed": p})).empty


@pytest.mark.parametrize(("a", "b"), [("TACE vs none", "none"), ("TACE", "vs"), ("X", "TACE vs none")])
def test_groups_may_be_called_like_contrasts(a, b):
    counts = [row | {"group": {"A": a, "B": b}[row["group"]]} for row in two_groups("39", "64", "26", "64")]
    p = DCR_P | {"printed": "0.018", "group": f"{a} vs {b}"}
    (found,) = contradictions(printed(*counts, p))["explanation"]
    assert found.startswith("39/64 against 26/64 gives 0.022")
    assert contradictions(printed(*counts, p | {"group": f"{b} vs {a} vs {a}"})).empty


@pytest.mark.parametrize(("method", "found"), [("pearson", 0), ("fisher", 1), ("mcnemar", 0)])
def test_a_named_test_is_held_to_itself(method, found):
    row = DCR_P | {"printed": "0.022", "method": method}
    assert len(contradictions(printed(*two_groups("39", "64", "26", "64"), row))) == found


def test_counts_that_are_not_complete_prove_nothing():
    counts = two_groups("39", "64", "26", "64")
    for left_out in range(4):
        rows = [row for index, row in enumerate(counts) if index != left_out]
        assert contradictions(printed(*rows, DCR_P | {"printed": "0.9"})).empty
    nobody = two_groups("0", "64", "0", "64")
    assert contradictions(printed(*nobody, DCR_P | {"printed": "0.9"})).empty


def test_levels_that_do_not_sum_to_the_total_prove_nothing():
    level = {"analysis": "baseline", "population": "matched", "variable": "stage", "statistic": "n"}
    counts = {("A", "I"): "10", ("A", "II"): "20", ("B", "I"): "25", ("B", "II"): "5"}
    rows = [level | {"group": group, "level": stage, "printed": n} for (group, stage), n in counts.items()]
    p = level | {"group": "A vs B", "statistic": "p_value", "printed": "0.9"}
    for total, found in (("30", 1), ("31", 0)):
        totals = [
            {"analysis": "baseline", "population": "matched", "group": group, "statistic": "total", "printed": total}
            for group in "AB"
        ]
        assert len(contradictions(printed(*rows, *totals, p))) == found


def test_a_percentage_is_held_to_its_count_and_total():
    rows = two_groups("28", "64", "27", "64")
    percent = rows[0] | {"statistic": "percent"}
    found = contradictions(printed(*rows, percent | {"printed": "43.7"}))
    assert list(found["explanation"]) == ["28/64 is 43.75%, which rounds to 43.8"]
    for right in ("43.8", "44", "43.75"):
        assert contradictions(printed(*rows, percent | {"printed": right})).empty


def test_a_percentage_of_those_known_is_not_contradicted():
    total, *levels = (
        {"analysis": "baseline", "population": "matched", "group": "A", "printed": n} | more
        for n, more in (
            ("64", {"statistic": "total"}),
            ("28", {"variable": "stage", "level": "I", "statistic": "n"}),
            ("30", {"variable": "stage", "level": "II", "statistic": "n"}),
        )
    )
    percent = levels[0] | {"statistic": "percent"}
    assert contradictions(printed(total, *levels, percent | {"printed": "48.3"})).empty
    assert len(contradictions(printed(total, *levels, percent | {"printed": "48.4"}))) == 1


def test_the_total_of_both_arms_is_their_sum():
    rows = two_groups("39", "64", "26", "64")
    both = rows[0] | {"group": "overall", "printed": "65"}
    assert contradictions(printed(*rows, both, both | {"statistic": "percent", "printed": "50.8"})).empty
    assert len(contradictions(printed(*rows, both, both | {"statistic": "percent", "printed": "50.7"}))) == 1


def test_the_shipped_paper_contradicts_itself_twice():
    found = contradictions(read_published(str(SHIPPED))).to_dict("records")
    assert [(row["analysis"], row["group"], row["variable"], row["level"], row["statistic"]) for row in found] == [
        ("baseline", "TRP", "dose", "120-160mg", "percent"),
        ("response", "TRP vs TR", "recist", "DCR", "p_value"),
    ]
    assert {row["population"] for row in found} == {"matched"}
    assert found[1]["explanation"] == "39/64 against 26/64 gives 0.022 (Pearson), 0.034 (Yates), 0.033 (Fisher)"


def test_a_slip_in_the_shipped_counts_is_found():
    published = read_published(str(SHIPPED))
    row = (published["population"] == "enrolled") & (published["group"] == "TR") & (published["level"] == "Male")
    published.loc[row & (published["statistic"] == "percent"), "printed"] = "75.4"
    p = (published["population"] == "enrolled") & (published["variable"] == "sex")
    published.loc[p & (published["statistic"] == "p_value"), "printed"] = "0.389"
    found = contradictions(published)
    assert "64/85 is 75.2941%, which rounds to 75.3" in list(found["explanation"])
    assert found["explanation"].str.startswith("Male 63, Female 40 against Male 64, Female 21 gives 0.039").any()
    assert len(found) == 4


def test_the_files_written(tmp_path):
    published = printed(*two_groups("39", "64", "26", "64"), DCR_P | {"printed": "0.018"}, MEDIAN | {"printed": "6.5"})
    counts = [{**row, "value": float(row["printed"])} for row in two_groups("39", "64", "26", "64")]
    computed = statistics_table([*counts, {**DCR_P, "method": "pearson", "value": 0.0215}])
    source, statistics = tmp_path / "printed.csv", tmp_path / "response.csv"
    published.to_csv(source, index=False)
    write_statistics(computed, str(statistics))
    files = [str(tmp_path / "score.csv"), str(tmp_path / "score.txt")]
    score_reproduction(str(source), [str(statistics)], "Nobody is in it.", *files)
    lines = (tmp_path / "score.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == (
        "analysis,population,stratum,group,variable,level,statistic,method,"
        "printed,place,computed,rounded,verdict,explanation"
    )
    assert lines[1] == "response,matched,,A,recist,DCR,n,,39,Table 1,39,39,reproduced,"
    assert len(lines) == 1 + len(published)
    assert (tmp_path / "score.txt").read_text(encoding="utf-8").splitlines() == [
        "Nobody is in it.",
        "4 of 6 reproduced, 1 contradicted, 1 differ",
        "  contradicted: response, matched, A vs B, recist, DCR, p_value, pearson: printed 0.018 (Table 1), "
        "computed 0.022; the paper's own numbers exclude it: "
        "39/64 against 26/64 gives 0.022 (Pearson), 0.034 (Yates), 0.033 (Fisher)",
        "  differs: survival, matched, TRP, pfs, median: printed 6.5 (Table 1); not computed",
    ]


def test_the_order_of_the_statistics_does_not_matter():
    published = read_published(str(SHIPPED))
    bounds = published["printed"].str.contains("[<≥]")
    values = pd.to_numeric(published["printed"].where(~bounds, "0.01"))
    computed = statistics_table(published.assign(value=values).to_dict("records"))
    tables = (computed, computed.sample(frac=1, random_state=1))
    straight, shuffled = (score(published, rows_of(table)) for table in tables)
    pd.testing.assert_frame_equal(straight, shuffled)
    wrong = straight[straight["verdict"] != "reproduced"]
    assert set(wrong["printed"]) == {"<0.001", "≥0.05"}
    assert score_text(straight).startswith(f"{len(published) - len(wrong)} of {len(published)} reproduced, 0 contra")
