"""Tables: cells as the paper prints them, footnotes for what is empty, and files that are the same each time."""

import csv
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from baseline.tabulate_baseline import baseline_table
from populations import AFTER, ALONE, BEFORE, BOTH
from prognosis.tabulate_prognosis import prognosis_table
from response.tabulate_response import response_table
from safety.tabulate_safety import safety_table
from survival.tabulate_survival import survival_table
from tidy import values
from twoarm.documents.word_file import new_document
from twoarm.results.values import ABSENT, Found, Values
from twoarm.tables.cells import Cell, count_cell, estimate_cell, interval, mean_cell, number, p_cell
from twoarm.tables.paper_table import Column, PaperTable, Row
from twoarm.tables.table_files import write_paper_table
from twoarm.tables.table_word import add_table, turn_for
from twoarm.text.provenance import plain

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
ARMS = {
    "treated": {"value": "X", "short": "X", "label": "Drug X"},
    "control": {"value": "Y", "short": "Y", "label": "Placebo"},
}
LIMITS = {"denominator": "treated", "smd": 0.1, "variance_ratio": [0.5, 2]}


def found(value, note="", method="m"):
    return Found(value, method, note)


def texts(table: PaperTable) -> dict[str, list[str]]:
    """The cells of each row, by `variable` or `variable / level`."""
    head, cells = "", {}
    for row in table.rows:
        head = head if row.is_level else row.label
        cells[f"{head} / {row.label}" if row.is_level else head] = [cell.text for cell in row.cells]
    return cells


def notes(table: PaperTable) -> list[str]:
    """The notes below a table as text."""
    return [plain(note) for note in table.notes]


# Cells


@pytest.mark.parametrize(
    ("n", "total", "text"),
    [(28, 64, "28 (43.8)"), (20, 64, "20 (31.3)"), (4, 64, "4 (6.3)"), (0, 64, "0"), (64, 64, "64 (100.0)")],
)
def test_a_count_prints_with_its_percent_rounded_half_up(n, total, text):
    assert count_cell(found(n), found(100 * n / total)).text == text


def test_a_count_without_a_percent_prints_alone():
    assert count_cell(found(3)).text == "3"


@pytest.mark.parametrize(
    ("p", "text", "bold"), [(0.0004, "<0.001", True), (0.0495, "0.050", True), (0.05, "0.050", False)]
)
def test_a_p_value_is_bold_by_its_exact_value(p, text, bold):
    assert p_cell(found(p)) == Cell(text, "", bold)


def test_an_empty_value_prints_a_dash_with_its_reason():
    empty = found(np.nan, "median not reached")
    assert estimate_cell(empty, empty, empty, 1) == Cell("–", "median not reached")
    assert (
        p_cell(empty)
        == number(empty, 1)
        == count_cell(empty)
        == mean_cell(empty, empty)
        == Cell("–", "median not reached")
    )
    assert number(ABSENT, 1) == Cell("–", "not computed")


def test_an_interval_that_crosses_zero_is_written_with_to():
    assert interval(found(-0.4), found(23.04), 1).text == "−0.4 to 23.0"
    assert estimate_cell(found(0.5), found(0.41), found(0.62), 1, scale=100).text == "50.0 (41.0–62.0)"


def test_a_number_computed_by_two_methods_must_be_chosen():
    key = {"population": "matched", "group": "X vs Y", "variable": "pfs", "statistic": "p_value"}
    both = values([{**key, "method": "cox", "value": 0.1}, {**key, "method": "logrank", "value": 0.2}])
    with pytest.raises(ValueError, match="cox, logrank"):
        both.find("p_value", population="matched", group="X vs Y", variable="pfs")
    assert both.find("p_value", ("logrank",), population="matched", group="X vs Y", variable="pfs").value == 0.2


# The published tables, from the counts that they print


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    table = pd.read_csv(ROOT / "resources/published/hcc_trp.csv", dtype=str, keep_default_na=False)
    return table[
        table["statistic"].isin(["n", "percent", "mean", "sd", "total", "p_value"])
        & ~table["printed"].str.match("[<≥]")
    ]


def recomputed(published: pd.DataFrame, analysis: str) -> Values:
    """The printed counts with their exact percentages; the other numbers as printed."""
    table = published[published["analysis"] == analysis].copy()
    table["value"] = table["printed"].astype(float)
    totals = published[(published["analysis"] == "baseline") & (published["statistic"] == "total")]
    totals = totals.set_index(["population", "group"])["printed"].astype(float)
    key = ["population", "group", "variable", "level"]
    counts = table[table["statistic"] == "n"].set_index(key)["value"]
    percents = table["statistic"] == "percent"
    table.loc[percents, "value"] = [
        100 * counts[tuple(row[part] for part in key)] / totals.get((row["population"], row["group"]), 128)
        for _, row in table[percents].iterrows()
    ]
    table["method"] = "pearson"
    rows = [
        {name: row[name] for name in [*key, "analysis", "statistic", "method", "value"]} for _, row in table.iterrows()
    ]
    if analysis != "baseline":  # the other tables head their columns by the same numbers of patients
        names = sorted(set(table["variable"])) if analysis == "response" else [""]
        rows += [
            {
                "analysis": analysis,
                "population": population,
                "group": group,
                "variable": name,
                "statistic": "total",
                "value": n,
            }
            for (population, group), n in totals.items()
            for name in names
            if population in set(table["population"])
        ]
    return values(rows)


def test_table_1_prints_what_the_paper_prints(published):
    names = CONFIG["baseline"]["variables"]
    variables = {name: CONFIG["variables"][name] for name in names}
    table = baseline_table(recomputed(published, "baseline"), BOTH, variables, "mean_sd", None, CONFIG["arms"])
    printed = published[published["analysis"] == "baseline"].set_index(
        ["population", "group", "variable", "level", "statistic"]
    )["printed"]
    rows, differ, cells = texts(table), [], 0
    assert [column.header for column in table.columns] == [
        "TRP\n(n = 103)",
        "TR\n(n = 85)",
        "P value",
        "TRP\n(n = 64)",
        "TR\n(n = 64)",
        "P value",
    ]
    for place, (population, arm) in {
        0: ("enrolled", "TRP"),
        1: ("enrolled", "TR"),
        3: ("matched", "TRP"),
        4: ("matched", "TR"),
    }.items():
        for (_, _, name, level, _), _ in printed.xs((population, arm, "n"), level=[0, 1, 4], drop_level=False).items():
            key = (population, arm, name, level)
            text = rows[f"{variables[name]['label']} / {level}"][place]
            cells += 1
            if text != f"{printed[*key, 'n']} ({printed[*key, 'percent']})":
                differ.append((*key, text))
    assert cells == 120
    assert differ == [("matched", "TRP", "dose", "120-160mg", "28 (43.8)")]  # printed 43.7, which 28 of 64 is not
    assert rows["Age (years)"] == ["53.4 ± 7.9", "54.8 ± 10.2", "0.277", "54.2 ± 7.4", "53.5 ± 9.9", "0.681"]


def test_table_2_prints_what_the_paper_prints(published):
    rows = texts(response_table(recomputed(published, "response"), BOTH, "mrecist", "mRECIST", CONFIG["arms"]))
    assert rows["PR"] == ["26", "13", "", "19", "10", ""]
    assert rows["ORR, n (%)"] == ["29 (28.2)", "14 (16.5)", "0.058", "21 (32.8)", "11 (17.2)", "0.041"]
    assert rows["DCR, n (%)"] == ["68 (66.0)", "42 (49.4)", "0.021", "46 (71.9)", "33 (51.6)", "0.018"]
    assert "NE" not in rows


def test_table_3_prints_what_the_paper_prints(published):
    table = safety_table(
        recomputed(published, "safety"), AFTER, list(CONFIG["safety"]["grades"]), "CTCAE 5.0", CONFIG["arms"]
    )
    rows = texts(table)
    assert rows["Rash"] == ["16 (25.0)", "4 (6.3)", "0.003", "3 (4.7)", "0", "0.244"]
    assert rows["Decreased appetite"] == ["25 (39.1)", "29 (45.3)", "0.474", "15 (23.4)", "13 (20.3)", "0.669"]
    assert [row.label for row in table.rows[:12]] == CONFIG["safety"]["terms"]
    assert [cell.bold for cell in table.rows[10].cells] == [False, False, True, False, False, False]


def test_adverse_events_have_the_difference_of_the_arms_if_asked_for():
    grades = ["Any grade", "Grade 3-4"]
    rows = [{"group": arm, "statistic": "total", "value": 10} for arm in "XY"]
    for grade, treated in {"Any grade": 4, "Grade 3-4": 0}.items():
        key = {"variable": "Rash", "level": grade}
        for arm, n in {"X": treated, "Y": 0}.items():
            rows += [{**key, "group": arm, "statistic": name, "value": value} for name, value in
                     {"n": n, "percent": 10 * n}.items()]  # fmt: skip
        rows.append({**key, "group": "X vs Y", "statistic": "p_value", "method": "fisher", "value": 0.2})
        for name, value in {"difference": 10 * treated, "ci_low": -3.26, "ci_high": 61.94}.items():
            rows.append({**key, "group": "X vs Y", "statistic": name, "method": "newcombe", "value": value})
    found = values([{"population": "matched", **row} for row in rows])
    plain_table, table = (
        safety_table(found, AFTER, grades, "CTCAE 5.0", ARMS, difference=wanted) for wanted in (False, True)
    )
    assert texts(plain_table) == {"Rash": ["4 (40.0)", "0", "0.200", "0", "0", "0.200"]}
    assert texts(table) == {
        "Rash": ["4 (40.0)", "0", "40.0 (−3.3 to 61.9)", "0.200", "0", "0", "0.0 (−3.3 to 61.9)", "0.200"]
    }
    assert [column.header for column in table.columns][2] == "Difference, % points (95% CI)"
    assert "CI, confidence interval (Newcombe)." in notes(table) and not any(
        "CI" in note for note in notes(plain_table)
    )


# Studies of another shape


def baseline_rows(population="enrolled"):
    common = {"population": population, "method": "descriptive"}
    for arm in "XY":
        yield {**common, "group": arm, "statistic": "total", "value": 10}
        for level, n in {"I": 5, "II": 5, "III": 0}.items():
            key = {**common, "group": arm, "variable": "stage", "level": level}
            yield {**key, "statistic": "n", "value": n}
            yield {**key, "statistic": "percent", "value": 10 * n}
        for statistic, value in {"mean": 3, "sd": 1, "median": 2.5, "q1": 2, "q3": 4}.items():
            yield {**common, "group": arm, "variable": "count", "statistic": statistic, "value": value}
    yield {**common, "group": "X", "variable": "stage", "statistic": "missing", "value": 2}
    contrast = {"population": population, "group": "X vs Y", "statistic": "p_value"}
    yield {**contrast, "variable": "stage", "method": "fisher", "value": np.nan, "note": "not tested"}
    yield {**contrast, "variable": "count", "method": "mann_whitney", "value": 0.4}


VARIABLES = {"stage": {"label": "Stage", "kind": "categorical"}, "count": {"label": "Count", "kind": "continuous"}}


def test_without_matching_there_is_neither_spanner_nor_smd():
    table = baseline_table(values(list(baseline_rows())), ALONE, VARIABLES, "mean_sd", None, ARMS)
    assert [column.spanner for column in table.columns] == ["", "", ""]
    assert texts(table)["Stage"] == ["", "", "NE"]
    assert texts(table)["Stage / III"] == ["0", "0", ""]
    assert texts(table)["Stage / Unknown"] == ["2", "0", ""]
    assert texts(table)["Count"][0] == "3.0 ± 1.0"


def test_skewed_variables_print_medians_if_the_protocol_asks():
    table = baseline_table(values(list(baseline_rows())), ALONE, VARIABLES, "median_iqr", None, ARMS)
    assert texts(table)["Count, median (IQR)"][0] == "2.5 (2.0–4.0)"


def test_differences_are_beside_levels_and_those_beyond_the_limit_are_bold():
    key = {"population": "enrolled", "group": "X vs Y", "variable": "stage", "statistic": "smd"}
    smd = [
        {**key, "level": level, "method": "smd_treated", "value": value}
        for level, value in {"I": -0.1004, "II": 0.1, "III": 0}.items()
    ]
    whole = {**key, "method": "smd_mahalanobis", "value": 0.9}
    table = baseline_table(values([*baseline_rows(), *smd, whole]), ALONE, VARIABLES, "mean_sd", LIMITS, ARMS)
    column = {row.label: row.cells[-1] for row in table.rows}
    assert (column["I"].text, column["I"].bold) == ("−0.100", True)
    assert (column["II"].text, column["II"].bold) == ("0.100", False)
    assert column["Stage"].text == ""
    assert column["Count"].text == "–"  # no difference was computed


def survival_rows():
    for population in ("enrolled", "matched"):
        for arm, low in {"X": np.nan, "Y": 4.0}.items():
            key = {"population": population, "group": arm, "variable": "pfs"}
            counts = {"total": 10, "events": 0 if arm == "X" else 5}
            yield from ({**key, "statistic": name, "method": "descriptive", "value": n} for name, n in counts.items())
            for method in ("kaplan_meier", "reverse_kaplan_meier"):
                for name in ("median", "ci_low", "ci_high"):
                    note = "median not reached" if arm == "X" else ""
                    yield {**key, "statistic": name, "method": method, "value": low, "note": note}
            for name in ("survival", "ci_low", "ci_high"):
                yield {**key, "level": "6", "statistic": name, "method": "kaplan_meier", "value": 0.5}
        key = {"population": population, "group": "X vs Y", "variable": "pfs"}
        yield {**key, "statistic": "p_value", "method": "logrank", "value": 0.01}
        for method in ("cox", "cox_pair_robust")[: 2 if population == "matched" else 1]:
            for name in ("hazard_ratio", "ci_low", "ci_high", "p_value"):
                yield {**key, "statistic": name, "method": method, "value": np.nan, "note": "no event in X"}


def test_survival_says_what_cannot_be_estimated():
    table = survival_table(values(list(survival_rows())), BOTH, {"pfs": "Progression-free survival"}, "months", ARMS)
    rows = texts(table)
    head = "Progression-free survival"
    assert rows[f"{head} / Median, months"] == ["NR", "4.0 (4.0–4.0)", ""] * 2
    assert rows[f"{head} / Log-rank test"] == ["", "", "0.010"] * 2
    assert rows[f"{head} / Survival at 6 months, %"] == ["50.0 (50.0–50.0)", "50.0 (50.0–50.0)", ""] * 2
    assert rows[f"{head} / Hazard ratio"] == ["NE", "reference", "NE"] * 2
    assert rows[f"{head} / Hazard ratio, clustered by pair"] == ["", "", "", "NE", "reference", "NE"]
    notes = {cell.note for row in table.rows for cell in row.cells}
    assert notes == {"", "no event in X"}


def prognosis_rows():
    key = {"population": "matched"}
    for method in ("cox_univariable", "cox_multivariable"):
        for name, group in [("arm", "X vs Y"), ("stage", "II vs I"), ("stage", "III vs I"), ("age", "per unit")]:
            if method == "cox_multivariable" and name == "age":
                continue
            for statistic, value in {"hazard_ratio": 1.004, "ci_low": 0.8, "ci_high": 1.25, "p_value": 0.04}.items():
                note = "per year; left out for a missing value: 3; enters the multivariable model: p < 0.05"
                row = {
                    **key,
                    "variable": name,
                    "group": group,
                    "method": method,
                    "statistic": statistic,
                    "value": value,
                }
                yield {**row, "note": note if statistic == "hazard_ratio" and name == "age" else ""}
        yield {**key, "variable": "stage", "group": "overall", "statistic": "p_value", "method": method, "value": 0.03}
    for name, p in {"arm": 0.5, "stage": 0.01, "global": 0.0001}.items():
        yield {**key, "variable": name, "group": "overall", "statistic": "p_value", "method": "cox_zph", "value": p}


def test_prognosis_sets_both_models_side_by_side():
    variables = {"age": {"label": "Age", "unit": "years"}, "stage": {"label": "Stage"}}
    table = prognosis_table(values(list(prognosis_rows())), AFTER, variables, "Overall survival", ARMS)
    rows = texts(table)
    assert rows["Treatment (X vs Y)"] == ["1.00 (0.80–1.25)", "0.040"] * 2
    assert rows["Age, per year"] == ["1.004 (0.800–1.250)", "0.040", "", ""]
    assert rows["Stage"] == ["", "0.030", "", "0.030"]
    assert list(rows)[-2:] == ["Stage / II vs I", "Stage / III vs I"]
    assert table.rows[1].cells[0].note == "left out for a missing value: 3"
    assert "A variable enters the multivariable model at univariable P < 0.05." in notes(table)
    assert any("(global P\u00a0<0.001): doubtful for Stage." in note for note in notes(table))


def test_a_selection_that_takes_every_variable_gives_no_note():
    rows = [{**row, "note": row["note"].replace("< 0.05", "< 1")} if "note" in row else row for row in prognosis_rows()]
    table = prognosis_table(values(rows), AFTER, {"age": {"label": "Age", "unit": "years"}}, "Overall survival", ARMS)
    assert not any("enters the multivariable model" in note for note in notes(table))


def test_a_category_that_somebody_has_is_shown():
    key = {"population": "enrolled", "variable": "recist", "method": "descriptive"}
    rows = [{**key, "group": arm, "statistic": "total", "value": 2} for arm in "XY"]
    for level, n in {"CR": 0, "NON-CR/NON-PD": 0, "NE": 1, "ORR": 0, "DCR": 0}.items():
        rows += [{**key, "group": arm, "level": level, "statistic": "n", "value": n} for arm in "XY"]
    shown = texts(response_table(values(rows), ALONE, "recist", "RECIST 1.1", ARMS))
    assert list(shown)[:3] == ["CR", "NE", "ORR, n (%)"]
    assert shown["ORR, n (%)"] == ["0", "0", "–"]


def test_a_note_on_a_term_is_at_its_name():
    key = {"population": "enrolled", "variable": "any", "level": "Any grade", "note": "counts unlisted terms"}
    rows = [{**key, "group": group, "statistic": "n", "value": 1} for group in ("X", "Y", "overall")]
    rows.append({**key, "group": "X vs Y", "statistic": "p_value", "method": "pearson", "value": 0.5})
    row = safety_table(values(rows), BEFORE, ["Any grade"], "CTCAE 5.0", ARMS).rows[0]
    assert (row.label, row.note) == ("Any adverse event", "counts unlisted terms")
    assert [cell.note for cell in row.cells] == ["", "", ""]


# Files


@pytest.fixture
def small() -> PaperTable:
    rows = [
        Row("Stage", [Cell(""), Cell("0.01", "Fisher's exact test", True)]),
        Row("<II & more", [Cell("28 (43.8)"), Cell("–", "not tested")], is_level=True),
        Row("Age", [Cell("−0.5 to 1"), Cell("0.2", "Fisher's exact test")], note="at enrolment"),
    ]
    return PaperTable(
        "Table 9. A <test>",
        "Variable",
        [Column("X\n(n = 64)", "After"), Column("P value", "After")],
        rows,
        ["A note.", ""],
    )


def files(folder: Path) -> SimpleNamespace:
    """The four files of a table, as a rule names them."""
    return SimpleNamespace(**{kind: folder / f"t.{kind}" for kind in ("html", "docx", "csv", "json")})


def test_a_table_is_written_as_text_for_others_to_read(small, tmp_path):
    write_paper_table(small, files(tmp_path))
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["Variable", "Level", "After: X (n = 64)", "After: P value", "Notes"],
            ["Stage", "", "", "0.01", "Fisher's exact test"],
            ["Stage", "<II & more", "28 (43.8)", "–", "not tested"],
            ["Age", "", "−0.5 to 1", "0.2", "at enrolment; Fisher's exact test"],
        ]


def test_a_page_is_whole_escaped_and_marks_its_footnotes(small, tmp_path):
    write_paper_table(small, files(tmp_path))
    page = (tmp_path / "t.html").read_text(encoding="utf-8")
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">\n')
    assert "<title>Table 9. A &lt;test&gt;</title>" in page and "<h1>Table 9. A &lt;test&gt;</h1>" in page
    assert "&lt;II &amp; more" in page and "<II" not in page
    assert "http" not in page and "<script" not in page
    assert page.count("Fisher&#x27;s exact test.") + page.count("Fisher's exact test.") == 1
    assert re.search(r"font-weight: bold[^>]*>0\.01", page)


def test_the_same_table_is_the_same_file(small, tmp_path):
    written = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_paper_table(small, files(tmp_path / folder))
        written.append([path.read_bytes() for path in sorted((tmp_path / folder).iterdir())])
    assert len(written[0]) == 4
    assert written[0] == written[1]


def test_a_studys_watermark_is_on_every_table(small, tmp_path):
    write_paper_table(small, files(tmp_path), "Synthetic patients")
    assert "Synthetic patients" in (tmp_path / "t.html").read_text(encoding="utf-8")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()[-1] == "Synthetic patients,,,,"


def test_a_table_wider_than_a_page_continues_below(tmp_path):
    """As one of four populations with both arms, everybody, P and SMD each."""
    heads = [(f"Population {number}", head) for number in "ABCD" for head in ("Overall", "X", "Y", "P value", "SMD")]
    rows = [Row("Receptors", [Cell("64 (12.3-286)", note="masked" if head == "SMD" else "") for _, head in heads])]
    table = PaperTable("T", "Patients", [Column(head, spanner) for spanner, head in heads], rows, ["By arm."])
    document = new_document("T")
    turn_for(document, table)
    add_table(document, table)
    parts = [[cell.text for cell in grid.rows[1].cells] for grid in document.tables]
    assert len(parts) > 1
    assert [head for part in parts for head in part[1:]] == [head for _, head in heads]
    assert {part[0] for part in parts} == {"Patients"}
    assert all(len(part) % 5 == 1 for part in parts)  # columns of a population stay together
    assert [paragraph.text for paragraph in document.paragraphs if paragraph.text] == ["By arm.", "a Masked."]
