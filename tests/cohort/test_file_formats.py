"""One data set in a workbook and in every encoding gives the same typed tables as in CSV."""

from datetime import date
from functools import partial
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import yaml
from snakemake.utils import validate

from broken_studies import SCHEMA, write_study
from cohort.check_tables import check_tables
from twoarm.config.protocol import protocol_errors
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


def in_encoding(encoding, tables):
    for name, table in tables.items():
        table.to_csv(f"{name}.csv", index=False, encoding=encoding)
    return {name: {"file": f"{name}.csv", "encoding": encoding} for name in tables}


def read_and_checked(config):
    schema = yaml.safe_load(Path(SCHEMA).read_text(encoding="utf-8"))
    assert protocol_errors(config, schema) == []
    validate(config, SCHEMA)
    return check_tables(
        tables_of(config["data"]), config["data"], config["arms"], config["variables"], config["endpoints"]
    )


@pytest.mark.parametrize(
    "written",
    [in_one_workbook, *(partial(in_encoding, name) for name in ("gb18030", "utf-16", "utf-16-le", "latin-1"))],
)
def test_the_typed_tables_are_the_same(tmp_path, monkeypatch, written):
    monkeypatch.chdir(tmp_path)
    write_study(tmp_path)
    config = yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8"))
    expected = read_and_checked(yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8")))
    tables = {name: pd.read_csv(f"{name}.csv", dtype=str, keep_default_na=False) for name in TABLES}
    config["data"].update(written(tables))
    for name, table in read_and_checked(config).items():
        pd.testing.assert_frame_equal(table, expected[name])


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
