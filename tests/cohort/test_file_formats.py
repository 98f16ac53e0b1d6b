"""One data set in every format, encoding and database gives the same typed tables as in CSV."""

import contextlib
import os
from datetime import date
from functools import partial
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat
import pytest
import yaml
from sqlalchemy import Date, create_engine

from broken_studies import write_study
from cohort.check_tables import check_tables
from office import converted
from twoarm.config.prepared import prepare
from twoarm.config.protocol import protocol_errors
from twoarm.config.schema import read_schema
from twoarm.config.sources import TABLES, tables_of
from twoarm.results.errors import InputError


def typed(cell):
    """A cell as a hospital has it in Excel: numbers and dates as such."""
    for read in (int, float, date.fromisoformat):
        try:
            return read(cell)
        except ValueError:
            pass
    return cell or None


def in_one_workbook(tables):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, table in tables.items():
        sheet = book.create_sheet(name)
        for row in [list(table), *table.itertuples(index=False)]:
            sheet.append([typed(cell) for cell in row])
    book.save("study.xlsx")
    return {name: {"file": "study.xlsx", "sheet": name} for name in tables}


def in_old_workbook(kind, tables):
    in_one_workbook(tables)
    converted(Path("study.xlsx"), kind)
    return {name: {"file": f"study.{kind}", "sheet": name} for name in tables}


def in_encoding(encoding, tables):
    for name, table in tables.items():
        table.to_csv(f"{name}.csv", index=False, encoding=encoding)
    return {name: {"file": f"{name}.csv", "encoding": encoding} for name in tables}


def of_a_program(write, tables):
    """As files of a statistics program, whose columns have a type each."""
    for name, table in tables.items():
        columns = {column: [typed(cell) for cell in table[column]] for column in table}
        frame = pd.DataFrame({column: pd.Series(cells, dtype=object) for column, cells in columns.items()})
        for column in frame:
            numbers = frame[column].map(lambda cell: cell is None or isinstance(cell, int | float)).all()
            if numbers:
                frame[column] = frame[column].astype(float)
            elif not any(isinstance(cell, date) for cell in frame[column]):
                frame[column] = frame[column].fillna("").astype(str)
        write(frame, f"{name}.data")
    return {name: f"{name}.data" for name in tables}


def in_database(url, source, tables):
    engine = create_engine(url)
    for name, table in tables.items():
        columns = {column: [typed(cell) for cell in table[column]] for column in table}
        typed_table = pd.DataFrame({column: pd.Series(cells, dtype=object) for column, cells in columns.items()})
        dates = {column: Date() for column, cells in columns.items() if any(isinstance(cell, date) for cell in cells)}
        typed_table.infer_objects().to_sql(name, engine, index=False, dtype=dates)
    engine.dispose()
    return {name: {**source, "table": name} for name in tables}


def in_sqlite(tables):
    return in_database("sqlite:///study.db", {"url": "sqlite:///study.db"}, tables)


def in_postgres(tables):
    url = os.environ["STUDY_DATABASE"].replace("postgresql:", "postgresql+psycopg:")
    return in_database(url, {"url_from": "STUDY_DATABASE"}, tables)


def read_and_checked(config):
    assert protocol_errors(config, read_schema()) == []
    prepare(config)
    return check_tables(
        tables_of(config["data"]), config["data"], config["arms"], config["variables"], config["endpoints"]
    )


WRITERS = {
    "xlsx": in_one_workbook,
    **{kind: partial(in_old_workbook, kind) for kind in ("xls", "ods")},
    **{name: partial(in_encoding, name) for name in ("gb18030", "utf-16", "utf-16-le", "latin-1", "shift_jis")},
    "sav": partial(of_a_program, pyreadstat.write_sav),
    "dta": partial(of_a_program, pyreadstat.write_dta),
    "xpt": partial(of_a_program, partial(pyreadstat.write_xport, file_format_version=8)),
    "parquet": partial(of_a_program, pd.DataFrame.to_parquet),
    "sqlite": in_sqlite,
    "postgresql": in_postgres,
}


@pytest.fixture(scope="module")
def typed_tables(tmp_path_factory):
    """The typed tables of the study in CSV; read only."""
    folder = tmp_path_factory.mktemp("in_csv")
    write_study(folder)
    with contextlib.chdir(folder):
        return read_and_checked(yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("written", WRITERS.values(), ids=WRITERS.keys())
def test_the_typed_tables_are_the_same(typed_tables, tmp_path, monkeypatch, written, request):
    if written is in_postgres:
        monkeypatch.setenv("STUDY_DATABASE", request.getfixturevalue("server"))
    monkeypatch.chdir(tmp_path)
    write_study(tmp_path)
    config = yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8"))
    tables = {name: pd.read_csv(f"{name}.csv", dtype=str, keep_default_na=False) for name in TABLES}
    config["data"].update(written(tables))
    for name, table in read_and_checked(config).items():
        # rows of files of programs and of databases have no header before them; no analysis knows the rows
        pd.testing.assert_frame_equal(table.drop(columns="row"), typed_tables[name].drop(columns="row"))


def test_a_message_names_file_and_sheet(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_study(tmp_path)
    config = yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8"))
    tables = {name: pd.read_csv(f"{name}.csv", dtype=str, keep_default_na=False) for name in TABLES}
    tables["patients"].loc[2, "age"] = "old"
    tables["lesions"].loc[0, "diameter_mm"] = "-1"
    config["data"].update(in_one_workbook(tables))
    with pytest.raises(InputError) as raised:
        read_and_checked(config)
    assert raised.value.errors == [
        "study.xlsx sheet patients row 4, column age: found 'old', expected a number",
        "study.xlsx sheet lesions row 2, column diameter_mm: found '-1', expected 0 to 500",
    ]
