"""A drafted config runs with few or no edits, and tells nothing about a single patient."""

import io
import json
import re
import subprocess
import sys

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from new_study.command import drafted, main, remaining
from new_study.draft import draft_of
from new_study.reading import identifier_of, read_sources
from runs import REPO, done, snakemake
from tidy import read_tidy
from twoarm.config.config_file import read_yaml

COHORT = [str(REPO / f"resources/cohort/{name}.csv") for name in ("lesions", "adverse_events", "patients")]
TABLES = {
    "shipped": COHORT,
    **{name: [str(REPO / f"tests/oracle/{name}/data.csv")] for name in ("gbsg", "lung", "veteran", "rossi", "lalonde")},
}
MOST_EDITS = 10
# The edits of a draft, {the beginning of a line: the edited line}; the drafts of the other tables run without any.
EDITS = {
    "lalonde": {
        "baseline:": "baseline: {variables: [age, educ, race, married, nodegree, re74, re75]}",
        "propensity:": "propensity: {covariates: [age, educ, race, married, nodegree, re74, re75]}",
        "# outcomes:": "outcomes:",
        "#   surgery:": "  earned: {label: Any earnings in 1978, event: earn78}",
    }
}


def edited(text, edits):
    """A draft after some edits, each of one line."""
    lines = text.splitlines()
    for start, line in edits.items():
        (place,) = [place for place, old in enumerate(lines) if old.startswith(start)]
        lines[place] = line
    return "\n".join(lines)


def draft(folder, tables):
    """Write the draft for some tables to a folder, as the command does."""
    assert main([str(folder), *tables]) == 0
    return (folder / "config.yaml").read_text(encoding="utf-8")


def table_of(folder, n=60, **columns):
    """Write a table with an identifier, two arms, a time and an event, and further columns."""
    random = np.random.default_rng(1)
    known = {
        "id": [f"ZQX{number}" for number in range(n)],
        "arm": random.choice(["A", "B"], n),
        "os_months": random.integers(1, 90, n),
        "dead": random.integers(0, 2, n),
    }
    pd.DataFrame(known | columns).to_csv(folder / "patients.csv", index=False)
    return str(folder / "patients.csv")


@pytest.mark.parametrize("name", TABLES)
def test_a_draft_of_a_public_table_needs_few_edits(tmp_path, name, capsys):
    text = draft(tmp_path, TABLES[name])
    assert "It runs as it is" in capsys.readouterr().out
    edits = EDITS.get(name, {})
    assert len(edits) <= MOST_EDITS
    (tmp_path / "config.yaml").write_text(edited(text, edits), encoding="utf-8")
    assert remaining(tmp_path) == []


def test_the_guide_shows_lines_of_a_real_draft(tmp_path):
    guide = (REPO / "docs/your-study.md").read_text(encoding="utf-8")
    shown = re.search(r"breast cancer:\n\n```\n(.*?)```", guide, re.DOTALL)[1].splitlines()
    assert len(shown) > 8 and set(shown) <= set(draft(tmp_path, TABLES["gbsg"]).splitlines())


@pytest.mark.workflow
def test_the_draft_of_the_shipped_cohort_runs_as_it_is(tmp_path):
    draft(tmp_path, COHORT)
    analyses = ("baseline", "balance", "response", "discordance", "survival", "prognosis", "safety")
    done(snakemake(tmp_path, *(f"results/statistics/{name}.csv" for name in analyses)))
    assert read_tidy(tmp_path / "results/statistics/response.csv")["variable"].isin(["mrecist", "recist"]).any()


@pytest.mark.workflow
def test_the_draft_of_gbsg_gives_the_answers_of_r(tmp_path):
    draft(tmp_path, TABLES["gbsg"])
    done(snakemake(tmp_path, "results/statistics/survival.csv"))
    answers = json.loads((REPO / "tests/oracle/gbsg/expected.json").read_text())["after"]["survival"]["rfs"]
    table = read_tidy(tmp_path / "results/statistics/survival.csv")
    found = table[(table["population"] == "matched") & (table["group"] == "1 vs 0")]
    found = found.set_index(["method", "statistic"])["value"]
    assert found["logrank", "p_value"] == pytest.approx(answers["logrank"]["p"], rel=1e-9)
    assert found["cox", "hazard_ratio"] == pytest.approx(answers["cox_treatment"]["terms"][0]["hr"], rel=1e-6)


@pytest.mark.workflow
def test_a_study_without_endpoints_has_no_survival(tmp_path):
    """With the edits above, and then with masking too."""
    (tmp_path / "config.yaml").write_text(
        edited(draft(tmp_path, TABLES["lalonde"]), EDITS["lalonde"]), encoding="utf-8"
    )
    ran = done(snakemake(tmp_path))
    assert "compare_outcomes" in ran and not {"derive_endpoints", "estimate_survival", "draw_survival"} & ran
    page = (tmp_path / "results/report/report.html").read_text(encoding="utf-8")
    sections = set(re.findall(r'<section id="(\w+)">', page))
    assert "outcomes" in sections and not {"survival", "robustness"} & sections
    assert "Kaplan" not in page and "ndpoint" not in page
    assert {"mask_small_cells", "write_report"} <= done(snakemake(tmp_path, "--config", "disclosure={minimum_cell: 5}"))


@pytest.mark.workflow
def test_the_starter_runs_as_it_stands(tmp_path):
    script = REPO / "scripts/new_study/draft_config.py"
    said = subprocess.run([sys.executable, script, tmp_path / "first"], capture_output=True, text=True, check=True)
    assert "runs as it stands" in said.stdout
    done(snakemake(tmp_path / "first"))
    survival = read_tidy(tmp_path / "first/results/statistics/survival.csv")
    of_matched = survival[(survival["population"] == "matched") & (survival["method"] == "cox")]
    assert of_matched.set_index("statistic").loc["hazard_ratio", "value"] < 1


def test_the_script_alone_explains_itself():
    script = REPO / "scripts/new_study/draft_config.py"
    said = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True, check=True).stdout
    assert "never overwrites" in said and "folder" in said


def test_nothing_is_overwritten(tmp_path):
    table = table_of(tmp_path)
    (tmp_path / "config.yaml").write_text("mine")
    assert "nothing is overwritten" in main([str(tmp_path), table])
    assert "nothing is overwritten" in main([str(tmp_path)])
    assert (tmp_path / "config.yaml").read_text() == "mine"
    (tmp_path / "config.yaml").unlink()
    before = (tmp_path / "patients.csv").read_bytes()
    assert "nothing is overwritten" in main([str(tmp_path)])
    assert (tmp_path / "patients.csv").read_bytes() == before and not (tmp_path / "config.yaml").exists()


def test_nothing_about_a_single_patient_is_written(tmp_path):
    n = 60
    columns = {
        "name": [f"Person{number}" for number in range(n)],
        "ward": ["North", "South"] * 29 + ["Frau Muster", "Herr Beispiel"],
        "comment": ["well", "tired"] * 25 + ["moved to Townville", "asks for Doctor Who"] * 3 + ["", "", "called", "x"],
        "stage": ["I", "II"] * 28 + ["IV"] * 3 + [""],
        "start": ["2023-01-17"] * 59 + ["2021-03-29"],
        "weight": [70.5] * 58 + [43.217, 151.43],
        "born": [f"19{40 + number % 50}-02-11" for number in range(n)],
    }
    text = draft(tmp_path, [table_of(tmp_path, **columns)])
    for word in ("ZQX", "Person", "Muster", "Beispiel", "Townville", "Doctor", "03-29", "01-17", "43.217", "151.43"):
        assert word not in text, word
    assert "weight: {label: Weight, kind: continuous} # 43 to 160" in text
    assert "levels: {I: I, II: II, IV: IV}, missing: allowed} # I: about 30, II: about 30, IV: fewer than 5" in text
    assert "from 2021-03 to 2023-01" in text
    assert "# name: another text or number for each patient" in text
    assert "2 values" not in text and "values that few patients have are not shown" in text


def test_a_table_without_names_of_columns_is_not_repeated(tmp_path):
    (tmp_path / "a.csv").write_text("ZQX1,61,2020-01-02\nZQX2,62,2020-01-03\n")
    said = main([str(tmp_path), str(tmp_path / "a.csv")])
    assert "instead of the names of columns" in said and "ZQX" not in said
    assert not (tmp_path / "config.yaml").exists()


def test_tables_of_a_chinese_hospital(tmp_path):
    n = 60
    random = np.random.default_rng(1)
    table = {
        "编号": [f"病{number:03}" for number in range(n)],
        "组别": random.choice(["试验组", "对照组"], n),
        "年龄": random.integers(40, 80, n),
        "性别": random.choice(["男", "女"], n),
        "生存时间": random.integers(1, 60, n),
        "死亡": random.choice(["是", "否"], n),
        "甲胎蛋白": random.choice(["12.5", "400", "未查", "7"], n),
    }
    pd.DataFrame(table).to_csv(tmp_path / "患者.csv", index=False, encoding="gbk")
    text = draft(tmp_path, [str(tmp_path / "患者.csv")])
    assert "encoding: gb18030 # guessed from the tables" in text
    assert "treated: {value: 试验组, label: 试验组}" in text
    assert "os: {label: Overall survival, time: survival_time, event: died, unit: months}" in text
    assert 'died: {label: 死亡, kind: flag, column: 死亡, "yes": [是], "no": [否]}' in text
    assert "missing: [未查]" in text
    assert remaining(tmp_path) == []


def test_tables_of_a_german_hospital(tmp_path):
    text = draft(tmp_path, [_german(tmp_path)])
    assert 'separator: ";"' in text and 'decimal: ","' in text and "%d.%m.%Y" in text and "encoding: cp1252" in text
    assert "os: {label: Overall survival, start: Therapiebeginn, events: [Todesdatum], censor: Letzter_Kontakt}" in text
    assert "# Geburtsdatum: {" in text and "a date of birth" in text
    assert remaining(tmp_path) == []


def _german(folder):
    n = 60
    random = np.random.default_rng(2)
    start = pd.Timestamp("2022-01-01") + pd.to_timedelta(random.integers(0, 300, n), "D")
    last = start + pd.to_timedelta(random.integers(30, 600, n), "D")
    table = {
        "PatNr": [f"K{number}" for number in range(n)],
        "Gruppe": random.choice(["Standard", "Größer"], n),
        "Geburtsdatum": ["03.04.1950", "05.06.1961"] * (n // 2),
        "Kreatinin": [f"{value:.1f}".replace(".", ",") for value in random.random(n) + 0.5],
        "Therapiebeginn": start.strftime("%d.%m.%Y"),
        "Todesdatum": np.where(random.random(n) < 0.5, last.strftime("%d.%m.%Y"), ""),
        "Letzter Kontakt": last.strftime("%d.%m.%Y"),
    }
    pd.DataFrame(table).to_csv(folder / "export.csv", sep=";", index=False, encoding="cp1252")
    return str(folder / "export.csv")


def test_a_workbook_with_several_tables(tmp_path):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for path in COHORT[1:]:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        sheet = book.create_sheet(path.rpartition("/")[2])
        for row in [list(table), *table.itertuples(index=False)]:
            sheet.append([cell or None for cell in row])
    book.save(tmp_path / "all tables.xlsx")
    text = draft(tmp_path / "study", [str(tmp_path / "all tables.xlsx")])
    assert "patients: {file: ../all tables.xlsx, sheet: patients.csv}" in text
    assert "safety: " in text
    assert remaining(tmp_path / "study") == []


def drafted_from(folder, text):
    (folder / "a.csv").write_text(text, encoding="utf-8")
    sources, _, errors = read_sources([str(folder / "a.csv")], folder)
    assert errors == []
    return draft_of(sources, identifier_of(sources))


STATES = """\
pid,drug,status,futime,relapse,rfs_time,diagtime
{}
"""


def test_roles_of_columns(tmp_path):
    rows = [f"{n},{'xy'[n % 2]},{1 + n % 2},{100 + 31 * n},{n % 2},{90 + 30 * n},{n % 9}" for n in range(30)]
    found = drafted_from(tmp_path, STATES.format("\n".join(rows)))
    assert (found.id, found.arms.column, found.arms.treated, found.arms.control) == ("pid", "drug", "x", "y")
    endpoints = {endpoint.name: endpoint[2:] for endpoint in found.ready}
    assert endpoints == {"os": ("futime", "status", "2", "days"), "rfs": ("rfs_time", "relapse", "", "days")}
    assert found.covariates == ["diagtime"]


def test_what_cannot_be_drafted_says_why(tmp_path):
    (tmp_path / "a.csv").write_text("id,arm\n")
    assert "a.csv: it has a header but no rows" in main([str(tmp_path), str(tmp_path / "a.csv")])
    said = main([str(tmp_path / "b"), str(tmp_path / "none.csv"), str(tmp_path / "a.csv")])
    assert "none.csv: it cannot be read" in said and "a.csv: it has a header" in said
    assert not (tmp_path / "b").exists()
    table = table_of(tmp_path)
    for tables in ([], [table]):
        assert "nothing can be written there" in main([str(tmp_path / "a.csv" / "study"), *tables])


@pytest.mark.parametrize(
    ("content", "next_step"),
    [
        (
            "arm,age\nA,1.5\nA,1.5\n",
            "if each row is another patient, add a column that numbers them (1, 2, 3 and so on)",
        ),
        (
            "id,arm\n5,A\n5,B\n7,A\n",
            "id of a.csv has 2 values in 3 rows; the patients' table has one row per patient, so keep or make one row",
        ),
        ("id,arm\n5,A\n,B\n7,A\n", "id of a.csv is empty in some rows; fill or delete these"),
    ],
)
def test_without_an_identifier_the_message_says_how_to_go_on(tmp_path, content, next_step):
    (tmp_path / "a.csv").write_text(content)
    said = main([str(tmp_path), str(tmp_path / "a.csv")])
    assert "no column identifies the patients" in said
    assert next_step in said


@settings(max_examples=60)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), max_size=8), min_size=12, max_size=12),
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=10),
)
def test_a_draft_is_yaml_whatever_the_table_holds(tmp_path_factory, cells, name):
    folder = tmp_path_factory.mktemp("any")
    table = pd.DataFrame({"id": range(36), "arm": ["a", "b"] * 18, name: cells * 3, "time": range(5, 41)})
    content = io.StringIO()
    table.to_csv(content, index=False)
    (folder / "a.csv").write_text(content.getvalue(), encoding="utf-8")
    text, errors = drafted([str(folder / "a.csv")], folder)
    assert bool(text) != bool(errors)
    if text:
        config, wrong = read_yaml(text, "config.yaml")
        assert wrong == [] and config["data"]["patients"] == "a.csv"
        assert re.search(r"^(# )?arms:", text, re.MULTILINE)


def test_a_table_of_a_database(tmp_path, monkeypatch):
    engine = create_engine(f"sqlite:///{tmp_path}/study.db")
    pd.read_csv(table_of(tmp_path)).to_sql("patients", engine, index=False)
    engine.dispose()
    monkeypatch.chdir(tmp_path)
    text = draft(tmp_path / "first", ["sqlite:///study.db::patients"])
    assert 'patients: {url: "sqlite:///../study.db", table: patients} # 60 rows' in text
    assert remaining(tmp_path / "first") == []
    monkeypatch.setenv("STUDY_DATABASE", f"sqlite:///{tmp_path}/study.db")
    text = draft(tmp_path / "second", ["STUDY_DATABASE::patients"])
    assert "patients: {url_from: STUDY_DATABASE, table: patients}" in text
    assert remaining(tmp_path / "second") == []
    said = main([str(tmp_path / "third"), "postgresql://me:secret@host/study::patients"])
    assert "a password must not be in the config" in said and "secret" not in said


def test_ready_made_responses(tmp_path):
    words = ["完全缓解", "部分缓解", "稳定", "进展"]
    columns = {"best_mRECIST": [*words * 14, "CR", "NE", "", ""], "orr": ["PR", "sd", "PD"] * 20}
    text = draft(tmp_path, [table_of(tmp_path, **columns)])
    assert "levels: {CR: CR, NE: NE, 完全缓解: CR, 稳定: SD, 进展: PD, 部分缓解: PR}, missing: allowed}" in text
    assert "response: {criteria: {mrecist: {best: best_mRECIST}, orr: {best: orr, label: Orr}}}" in text
    assert "[best_mRECIST" not in text
    assert remaining(tmp_path) == []


def test_an_event_is_no_arm_and_an_ambiguous_one_is_said(tmp_path):
    rows = [f"{n},{1 + n % 40},{n % 2},{'ab'[n % 3 == 0]}" for n in range(60)]
    (tmp_path / "a.csv").write_text("\n".join(["id,t,cens,Rx", *rows]))
    text = draft(tmp_path, [str(tmp_path / "a.csv")])
    assert "column: Rx" in text
    assert "time: t, event: cens, unit: months}" in text and "check whether this value means censored" in text


def test_units_in_brackets_and_cells_that_are_no_numbers(tmp_path):
    columns = {
        "AFP (ng/ml)": np.arange(60) + 0.5,
        "CRP [mg/l]": ["<0.6"] * 10 + [f"{number}.5" for number in range(50)],
        "Weight": [f"{number + 40}" for number in range(55)] + ["70 kg", "x", "80kg", "y", "z"],
        "HPV status": ["positive", "negative", "unknown"] * 20,
    }
    text = draft(tmp_path, [table_of(tmp_path, **columns)])
    assert "  AFP: {label: AFP, unit: ng/ml, kind: continuous, column: AFP (ng/ml)} # 0.5 to 60" in text
    assert (
        '  CRP: {label: CRP, unit: mg/l, kind: continuous, column: "CRP [mg/l]", detection: limit} # 0.5 to 50' in text
    )
    assert "beyond a limit of detection (<0.5): 10; choose how they are read" in text
    assert "  # Weight: numbers, but some cells are none" in text and "kg" not in text
    assert "propensity: {covariates: [AFP, CRP, HPV_status]}" in text
    assert remaining(tmp_path) == []


def test_yes_no_outcomes(tmp_path):
    columns = {"Complication": ["yes", "no", "no"] * 20, "resection_status": ["R0", "R1"] * 30}
    text = draft(tmp_path, [table_of(tmp_path, **columns)])
    assert "  complication: {label: Complication, event: Complication} # guessed" in text
    assert "  resection_status: {label: Resection status, event: {variable: resection_status, value: R1}}" in text
    assert "propensity" not in text
    assert remaining(tmp_path) == []


def test_columns_with_grades_of_adverse_events(tmp_path):
    columns = {
        "rash_grade": ["0", "1", "3"] * 20,
        "AE fever": ["0", "2", "0"] * 20,
        "tumour_grade": ["1", "2", "3"] * 20,
    }
    text = draft(tmp_path, [table_of(tmp_path, **columns)])
    assert "  adverse_events: {wide: {Rash: rash_grade, Fever: AE fever}} # guessed" in text
    assert "propensity: {covariates: [tumour_grade]}" in text and "safety: " in text
    assert remaining(tmp_path) == []


def test_dates_in_several_formats(tmp_path):
    days = ["2021-03-17", "18.04.2021", "2021-05-09", "2021-06-30"] * 15
    columns = {"start": days, "last_contact": ["2023-01-02"] * 60, "death_date": ["", "31.12.2023"] * 30}
    text = draft(tmp_path, [table_of(tmp_path, **columns)])
    assert "date_format: [" in text and "%Y-%m-%d" in text and "%d.%m.%Y" in text
    assert "start: {label: Start, kind: date} # from 2021-03 to 2021-06" in text
    assert remaining(tmp_path) == []
