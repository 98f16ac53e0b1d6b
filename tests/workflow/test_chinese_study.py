"""A small ready-made study in Chinese runs, and gives the same bytes whatever file or database its table is in."""

import re
import sqlite3

import openpyxl
import pandas as pd
import pytest
from sqlalchemy import create_engine

from chinese_study import patients, write_chinese_study
from office import converted
from postgres import PASSWORD
from report_numbers import Sources, errors
from runs import ENVIRONMENT, digest, done, snakemake

pytestmark = pytest.mark.workflow


def test_its_report_has_its_own_sections_in_its_own_words(chinese):
    page = (chinese / "results/report/report.html").read_text(encoding="utf-8")
    assert errors(page, Sources(chinese)) == []
    sections = set(re.findall(r'<section id="(\w+)">', page))
    assert {"flow", "baseline", "balance", "survival", "subgroups", "prognosis"} <= sections
    assert not {"response", "safety", "reproduction"} & sections
    assert all(word in page for word in ("联合治疗组", "总生存期", "甲胎蛋白", "Ⅲ期"))
    assert "住院0" not in page and "未见异常" not in page
    assert "criterion" not in (chinese / "results/figures/flowchart.svg").read_text(encoding="utf-8")


def in_ods(folder, url):
    book = openpyxl.Workbook()
    table = patients()
    for row in [list(table), *table.itertuples(index=False)]:
        book.active.append([cell or None for cell in row])
    book.save(folder / "study.xlsx")
    return converted(folder / "study.xlsx", "ods").name


def in_sqlite(folder, url):
    connection = sqlite3.connect(folder / "study.db")
    patients().to_sql("patients", connection, index=False)
    connection.close()
    return '{url: "sqlite:///study.db", table: patients}'


def in_postgres(folder, url):
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    patients().astype({"年龄": int, "生存时间": float}).to_sql("患者", engine, index=False, if_exists="replace")
    engine.dispose()
    return "{url_from: STUDY_DATABASE, query: \"select * from 患者 where 编号 like '住院%'\"}"


@pytest.mark.parametrize("write", [in_ods, in_sqlite, in_postgres])
def test_the_statistics_are_the_same_bytes(chinese, tmp_path, server, monkeypatch, write):
    monkeypatch.setitem(ENVIRONMENT, "STUDY_DATABASE", server)
    study = write_chinese_study(tmp_path / "study")
    config = (study / "config.yaml").read_text(encoding="utf-8")
    place = write(study, server)
    (study / "患者.csv").unlink()
    (study / "config.yaml").write_text(config.replace("patients: 患者.csv", f"patients: {place}"), encoding="utf-8")
    targets = [f"results/statistics/{path.name}" for path in (chinese / "results/statistics").glob("*.csv")]
    assert len(targets) >= 8
    done(snakemake(study, *targets))
    assert digest(study / "results/statistics") == digest(chinese / "results/statistics")
    if write is in_sqlite:
        _changed_rows_run_again(study, targets)
    written = [path for path in study.rglob("*") if path.is_file()]
    assert [path for path in written if PASSWORD.encode() in path.read_bytes()] == []


def _changed_rows_run_again(study, targets):
    assert "Nothing to be done" in snakemake(study, "-n", *targets).stdout
    connection = sqlite3.connect(study / "study.db")
    connection.execute("update patients set 年龄 = 18 where 编号 = '住院0001'")
    connection.commit()
    connection.close()
    planned = snakemake(study, "-n", *targets).stdout
    assert re.search(r"^check_tables +1$", planned, re.MULTILINE), planned


def test_a_database_that_cannot_be_read_stops_the_run_with_one_message(tmp_path, monkeypatch):
    study = write_chinese_study(tmp_path)
    config = (study / "config.yaml").read_text(encoding="utf-8")
    pd.DataFrame({"编号": []}).to_sql("other", sqlite3.connect(study / "study.db"))
    for place, says in (
        ("{url: 'sqlite:///study.db', table: patients}", "database table patients: no such table: patients"),
        ("{url: 'postgresql://me:secret@host/study', table: patients}", "a password must not be in the config"),
        ("{url_from: NO_SUCH_VARIABLE, table: patients}", "there is no environment variable NO_SUCH_VARIABLE"),
        ("{url: 'sqlite:///study.db'}", "data.patients: the key table is missing"),
    ):
        (study / "config.yaml").write_text(config.replace("patients: 患者.csv", f"patients: {place}"), encoding="utf-8")
        run = snakemake(study, "-n")
        assert run.returncode == 1 and says in run.stdout, run.stdout
        assert "Traceback" not in run.stdout and "secret" not in run.stdout
