"""A study of ready-made columns, without lesions, events in rows, criteria or matching, through Snakemake."""

import html
import random
import re
import shutil
from datetime import date, timedelta

import pandas as pd
import pytest

from report_numbers import Sources, errors
from runs import REPO, done, snakemake
from tidy import read_tidy
from twoarm.disclosure.registered import unregistered

pytestmark = pytest.mark.workflow
WORDS = ["完全缓解", "部分缓解", "稳定", "进展", "无法评价", "未查"]


def patients() -> pd.DataFrame:
    """120 patients, of whom some have no recorded best response."""
    chance, rows = random.Random(4), []
    for number in range(120):
        start = date(2022, 1, 1) + timedelta(days=chance.randrange(300))
        progressed = chance.random() < 0.6
        best = chance.choices(WORDS, [8, 30, 30, 24, 4, 4])[0]
        rows.append(
            {
                "编号": f"N{number:03d}", "组别": "AB"[number % 2], "年龄": chance.randrange(30, 80), "最佳疗效": best,
                "central": chance.choices(["cr", "pr", "sd", "pd"], [1, 4, 3, 3])[0], "started": start,
                "progressed": start + timedelta(days=chance.randrange(30, 200)) if progressed else "",
                "seen": start + timedelta(days=chance.randrange(200, 500)), "months": chance.randrange(1, 30),
                "died": chance.choice(["yes", "no"]), "手术": chance.choices(["是", "否", ""], [3, 6, 1])[0],
                "皮疹": chance.choice(["", "0", "1", "2", "3"]), "fever_grade": chance.choice([0, 0, 1]),
                "sepsis_grade": 5 if number in (3, 60) else "",
                "ward": chance.choices(["normal", "IMC", "ICU"], [6, 2, 2])[0],
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The folder of the study after its run, and the rules that ran."""
    folder = tmp_path_factory.mktemp("ready_made")
    shutil.copy(REPO / "tests/studies/ready_made/config.yaml", folder)
    patients().to_csv(folder / "patients.csv", index=False)
    return folder, done(snakemake(folder))


def rows_of(folder, analysis: str, **key) -> pd.DataFrame:
    table = read_tidy(folder / f"results/statistics/{analysis}.csv")
    return table[(table[list(key)] == pd.Series(key)).all(axis=1)]


def test_its_dag_has_no_lesions_waterfalls_or_swimmers(ran):
    _, rules = ran
    assert "read_responses" in rules
    assert not rules & {
        "evaluate_response",
        "draw_waterfall",
        "draw_spider",
        "draw_swimmer",
        "apply_matching",
        "match_patients",
    }


def test_responses_are_counted_as_recorded(ran):
    folder, _ = ran
    table = patients()
    for arm in "AB":
        own = table[table["组别"] == arm]["最佳疗效"]
        key = {"variable": "recist", "group": arm, "statistic": "n"}
        assert rows_of(folder, "response", level="ORR", **key)["value"].item() == own.isin(WORDS[:2]).sum()
        assert rows_of(folder, "response", level="NE", **key)["value"].item() == own.isin(WORDS[4:]).sum()
    missing = rows_of(folder, "reading", variable="recist", level="no best response recorded")
    assert missing["value"].item() == (table["最佳疗效"] == "未查").sum() > 0


def test_outcomes_are_counted_among_those_whose_outcome_is_known(ran):
    folder, _ = ran
    table = patients()
    for arm in "AB":
        own = table[table["组别"] == arm]
        key = {"group": arm, "population": "enrolled"}
        had = rows_of(folder, "outcomes", variable="surgery", level="Yes", statistic="n", **key)
        unknown = rows_of(folder, "outcomes", variable="surgery", statistic="missing", **key)
        assert had["value"].item() == (own["手术"] == "是").sum()
        assert unknown["value"].item() == (own["手术"] == "").sum() > 0
        intensive = rows_of(folder, "outcomes", variable="intensive", level="Yes", statistic="n", **key)
        assert intensive["value"].item() == own["ward"].isin(["IMC", "ICU"]).sum()
    tables = [read_tidy(path) for path in (folder / "results/statistics").glob("*.csv")]
    assert [statistic for table in tables for statistic in unregistered(table)] == []


def test_columns_of_grades_are_events(ran):
    folder, _ = ran
    table = patients()
    for arm in "AB":
        rash = table[table["组别"] == arm]["皮疹"]
        key = {"variable": "Rash", "group": arm, "statistic": "n"}
        assert rows_of(folder, "safety", level="Any grade", **key)["value"].item() == rash.isin(["1", "2", "3"]).sum()
        assert rows_of(folder, "safety", level="Grade 3-5", **key)["value"].item() == (rash == "3").sum()
    printed = pd.read_csv(folder / "results/tables/safety.csv")
    assert "Exanthema" in printed.iloc[:, 0].tolist() and "Rash" not in printed.to_string()


def test_its_report_has_sourced_numbers_and_says_where_responses_are_from(ran):
    folder, _ = ran
    page = (folder / "results/report/report.html").read_text(encoding="utf-8")
    assert errors(page, Sources(folder)) == []
    words = " ".join(re.sub(r"<[^>]+>", "", html.unescape(page)).split())
    assert "Best response was taken from the patients' table" in words and "by central review" in words
    assert "Conversion to surgery (Resection; tested by" in words and "; the outcome of " in words
    assert "Of all enrolled patients, 1 of 60 (1.7%) with drug A" in words
    assert "one column for each term, where an empty cell or zero means no event" in words
    assert words.count("patients.csv: SHA-256") == 1
    assert "counts as not evaluable (NE)" in words and "lesion measurements by" not in words
