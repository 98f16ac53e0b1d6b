"""Yes/no outcomes: R's answers on public data, empty cells, missing values, table, report and masking."""

import numpy as np
import pandas as pd
import pytest

import oracles
from disclosure.mask_small_cells import mask_small_cells
from outcomes.compare_outcomes import compare_outcomes
from outcomes.tabulate_outcomes import outcomes_table
from populations import ALONE, BOTH
from small_study import SmallStudy, said
from tidy import values_of
from twoarm.disclosure.counts import Study
from twoarm.report.response import outcomes
from twoarm.report.run import Run
from twoarm.stats.comparisons import risk_ratio, wald_difference

ARMS = {
    "treated": {"value": "A", "short": "A", "label": "Drug"},
    "control": {"value": "B", "short": "B", "label": "Placebo"},
}
FLAG = {"event": "had", "values": None}


def study(treated: tuple, control: tuple) -> pd.DataFrame:
    """Patients of whom (with, without, unknown) in each arm had the outcome."""
    had = [
        word
        for counts in (treated, control)
        for word, n in zip(("Yes", "No", None), counts, strict=True)
        for _ in range(n)
    ]
    arm = ["A"] * sum(treated) + ["B"] * sum(control)
    ids = [f"P{place:03d}" for place in range(len(had))]
    return pd.DataFrame({"patient_id": ids, "arm": arm, "had": pd.Categorical(had, categories=["Yes", "No"])})


def of(patients: pd.DataFrame, outcome: dict = FLAG, arms: dict = ARMS):
    return values_of(compare_outcomes(patients, {"enrolled": patients}, {"had": outcome}, arms))


LARGEST = {}  # the largest relative difference from R, by kind


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", oracles.MATCHED)
def test_rates_and_their_comparison_are_those_of_r(name, when):
    data, spec, expected = oracles.load(name)
    arm = np.where(data[spec["treatment"]["column"]] == spec["treatment"]["treated"], "A", "B")
    data = data.assign(patient_id=data["id"], arm=arm)
    pairs = expected["match"]["pairs"]
    matched = data[data["id"].isin([*pairs["treated"], *pairs["control"]])] if when == "after" else data
    for variable, answer in expected[when]["outcomes"].items():
        outcome = {"event": variable, "values": [data[variable].max()]}
        values = values_of(compare_outcomes(data, {"enrolled": matched}, {"had": outcome}, ARMS))
        key = {"population": "enrolled", "variable": "had", "level": "Yes"}
        for group, of_arm in (("A", answer["treated"]), ("B", answer["control"])):
            assert values.find("n", group=group, **key).value == of_arm["events"]
            assert values.find("total", group=group, **key | {"level": ""}).value == of_arm["n"]
            close(values, "percent", 100 * of_arm["rate"], group=group, **key)
            low, high = (100 * limit for limit in of_arm["clopper_pearson"])
            close(values, "ci_low", low, group=group, **key)
            close(values, "ci_high", high, group=group, **key)
        found = {
            ("difference", "wald_difference", 100): answer["risk_difference"]["wald_ci"],
            ("difference", "newcombe", 100): answer["risk_difference"]["newcombe_ci"],
            ("risk_ratio", "katz", 1): answer["risk_ratio"]["log_ci"],
            ("odds_ratio", "wald", 1): answer["odds_ratio"]["wald_ci"],
        }
        for (statistic, method, scale), (low, high) in found.items():
            estimate = answer["risk_difference" if statistic == "difference" else statistic]["est"]
            here = {"methods": (method,), "group": "A vs B", **key}
            close(values, statistic, scale * estimate, **here)
            close(values, "ci_low", scale * low, **here)
            close(values, "ci_high", scale * high, **here)
        p = values.find("p_value", group="A vs B", **key)
        r_name = {"pearson": "chisq_nocc", "yates": "chisq_yates", "fisher": "fisher"}[p.method]
        assert p.value == pytest.approx(answer["p"][r_name], rel=1e-9)


def close(values, statistic: str, answer: float, methods: tuple = (), **key) -> None:
    """A number is R's to 9 digits; one near zero, of numbers in percent, to 12 decimals."""
    found = values.find(statistic, methods, **key)
    assert found.value == pytest.approx(answer, rel=1e-9, abs=1e-12), (statistic, methods, key)
    LARGEST[found.method] = max(LARGEST.get(found.method, 0), abs(found.value / answer - 1) if answer else 0)


def test_the_largest_relative_difference_from_r_is_round_off(record_property):
    """Runs after the comparisons above, and records what they found."""
    for method, difference in LARGEST.items():
        record_property(method, difference)
    assert len(LARGEST) == 5 and max(LARGEST.values()) < 1e-9, LARGEST


@pytest.mark.parametrize(
    ("treated", "control", "empty"),
    [
        ((0, 20, 0), (5, 15, 0), {"risk_ratio", "odds_ratio"}),
        ((5, 15, 0), (0, 20, 0), {"risk_ratio", "odds_ratio"}),
        ((0, 20, 0), (0, 20, 0), {"risk_ratio", "odds_ratio"}),
        ((20, 0, 0), (5, 15, 0), {"odds_ratio"}),
        ((20, 0, 0), (20, 0, 0), {"odds_ratio"}),
        ((5, 15, 0), (5, 15, 0), set()),
    ],
)
def test_an_empty_cell_gives_an_empty_ratio_with_a_note(treated, control, empty):
    values = of(study(treated, control))
    key = {"population": "enrolled", "variable": "had", "level": "Yes", "group": "A vs B"}
    for statistic, method in (("risk_ratio", "katz"), ("odds_ratio", "wald")):
        found = values.find(statistic, (method,), **key)
        assert (found.value != found.value) == (statistic in empty)
        for part in (statistic, "ci_low", "ci_high"):
            row = values.find(part, (method,), **key)
            assert (row.value != row.value) == bool(row.note), "an empty value has its reason, another none"
    difference = values.find("difference", ("newcombe",), **key)
    assert difference.value == pytest.approx(100 * (treated[0] - control[0]) / 20)
    assert values.find("ci_low", ("newcombe",), **key).value == values.find("ci_low", ("newcombe",), **key).value


def test_an_interval_that_would_have_no_width_is_left_empty():
    assert risk_ratio((20, 20), (30, 30))[0] == 1
    assert all(
        np.isnan(limit) for limit in (*risk_ratio((20, 20), (30, 30))[1:3], *wald_difference((0, 9), (9, 9))[1:3])
    )
    assert wald_difference((0, 9), (9, 9))[0] == -1
    assert "no patients" in (risk_ratio((0, 0), (3, 9))[3], wald_difference((3, 9), (0, 0))[3])


def test_an_arm_without_a_known_outcome_has_no_rate():
    values = of(study((0, 0, 5), (3, 7, 0)))
    key = {"population": "enrolled", "variable": "had", "level": "Yes"}
    assert [values.find(part, group="A", **key | {"level": ""}).value for part in ("total", "missing")] == [0, 5]
    for statistic, methods in (("risk_ratio", ()), ("odds_ratio", ()), ("difference", ("newcombe",)), ("p_value", ())):
        row = values.find(statistic, methods, group="A vs B", **key)
        assert row.value != row.value and row.note, statistic
    assert outcomes_table(values, ALONE, {"had": "Conversion"}, ARMS).rows


def test_patients_with_an_unknown_outcome_are_left_out_and_counted():
    values = of(study((6, 12, 2), (3, 17, 0)))
    key = {"population": "enrolled", "variable": "had", "level": "Yes"}
    assert values.find("percent", group="A", **key).value == pytest.approx(100 * 6 / 18)
    assert [values.find("missing", group=group, **key | {"level": ""}).value for group in ("A", "B", "overall")] == [
        2,
        0,
        2,
    ]
    assert values.find("total", population="enrolled", group="A").value == 20
    assert of(study((6, 12, 0), (3, 17, 0))).rows(statistic="missing") == []


def test_an_outcome_may_be_some_values_of_a_state():
    patients = study((6, 12, 2), (3, 17, 0)).assign(state=lambda table: table["had"].map({"Yes": "ICU", "No": "ward"}))
    values = of(patients, {"event": {"variable": "state", "value": "icu"}, "values": ["ICU"]})
    assert values.find("n", population="enrolled", group="A", variable="had", level="Yes").value == 6
    assert values.find("missing", population="enrolled", group="A", variable="had").value == 2


def test_the_table_prints_rates_unknown_outcomes_and_contrasts():
    values = of(study((6, 12, 2), (0, 20, 0)))
    table = outcomes_table(values, ALONE, {"had": "Conversion to surgery"}, ARMS)
    rows = {row.label: [cell.text for cell in row.cells] for row in table.rows}
    assert [column.header for column in table.columns] == ["A\n(n = 20)", "B\n(n = 20)", "P value"]
    assert rows["Conversion to surgery, n (%)"] == ["6 (33.3)", "0", "0.007"]
    assert rows["Unknown, n"] == ["2", "0", ""]
    assert rows["Risk ratio (95% CI)"] == ["NE", "reference", ""]
    assert table.footnotes() == {"not estimable: a cell of the table is zero": "a"}
    assert "of the patients whose outcome is known" in str(table.notes[0])
    known = outcomes_table(of(study((6, 14, 0), (3, 17, 0))), ALONE, {"had": "Conversion"}, ARMS)
    assert "Unknown, n" not in {row.label for row in known.rows}
    assert [cell.text for cell in known.rows[3].cells] == ["2.00 (0.58–6.91)", "reference", ""]


def run_of(protocol: dict, patients: pd.DataFrame, values=None) -> Run:
    populations = {"enrolled": patients, "matched": patients}
    table = compare_outcomes(patients, populations, {"cut": FLAG}, protocol["arms"])
    return Run(protocol, {"outcomes": values or values_of(table)}, {}, [])


def test_the_section_says_rates_contrasts_test_and_unknown_outcomes():
    made = SmallStudy()
    protocol = {**made.protocol, "outcomes": {"cut": {"label": "Conversion", "event": "had", "test": "auto"}}}
    had = np.where(made.patients["arm"] == "T", "Yes", "No")
    had[:20] = "No"
    patients = made.patients.assign(had=pd.Series(had).where(made.patients.index > 1))
    lines = said(outcomes(run_of(protocol, patients)))
    assert lines[0].startswith("Conversion: 35 of 44 (79.5%) with T and 0 of 44 (0.0%) with C (difference 79.5 percent")
    assert "risk ratio not estimable (a cell of the table is zero); odds ratio not estimable (a cell" in lines[0]
    assert lines[0].endswith("0.001); the outcome of 2 patients is unknown.")
    table = compare_outcomes(patients, {"matched": patients}, {"cut": FLAG}, protocol["arms"])
    masked, _ = mask_small_cells(table, 5, Study(arms=protocol["arms"], populations=BOTH))
    lines = said(outcomes(run_of(protocol, patients, values_of(masked))))
    assert lines[0].endswith("; the number of patients whose outcome is unknown is masked.")
    assert outcomes(Run(made.protocol, {}, {}, [])) is None


def test_small_numbers_and_what_reveals_them_are_masked():
    patients = study((2, 16, 2), (12, 8, 0))
    table = compare_outcomes(patients, {"enrolled": patients, "matched": patients}, {"had": FLAG}, ARMS)
    masked, _ = mask_small_cells(table, 5, Study(arms=ARMS, populations=BOTH))
    shown = values_of(masked)
    key = {"population": "enrolled", "variable": "had", "level": "Yes"}
    for statistic, level in (("n", "Yes"), ("total", ""), ("missing", ""), ("percent", "Yes"), ("ci_low", "Yes")):
        assert shown.find(statistic, group="A", **key | {"level": level}).masked, statistic
    for statistic, methods in (("risk_ratio", ()), ("odds_ratio", ()), ("difference", ("newcombe",)), ("p_value", ())):
        assert shown.find(statistic, methods, group="A vs B", **key).masked, statistic
    assert not shown.find("total", population="enrolled", group="A").masked
    assert outcomes_table(shown, BOTH, {"had": "Conversion"}, ARMS).rows
    few = study((18, 2, 0), (12, 8, 0))
    table = compare_outcomes(few, {"enrolled": few}, {"had": FLAG}, ARMS)
    masked, _ = mask_small_cells(table, 5, Study(arms=ARMS, populations=ALONE))
    assert values_of(masked).find("n", group="A", **key).masked, "the two without it would be revealed"
