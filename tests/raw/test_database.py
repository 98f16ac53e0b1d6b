"""Tables and queries of SQLite and PostgreSQL give the same text as the CSV file of the same table."""

import sqlite3
from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pytest
from sqlalchemy import create_engine, text

from postgres import PASSWORD
from twoarm.raw.database import checksum, read_database, url_errors
from twoarm.raw.table_file import read_table

DATA = {"separator": ";", "decimal": ",", "date_format": "%d.%m.%Y"}
CSV = """编号;age;weight;start;seen;smoker;note;number
P1;61;70,5;02.01.2020;03.01.2020;TRUE;well, 100%: fine; 007
P2;58;0,1;31.12.1949;04.01.2020;FALSE;;12345678901234567890
P3;;1234567;;;;ü;3
"""
TYPES = ["text", "integer", "numeric(12,2)", "date", "timestamp", "boolean", "text", "numeric(30,4)"]
ROWS = [
    ["P1", 61, Decimal("70.50"), date(2020, 1, 2), datetime(2020, 1, 3, 10), True, "well, 100%: fine", Decimal("7")],
    ["P2", 58, Decimal("0.1"), date(1949, 12, 31), datetime(2020, 1, 4), False, None, Decimal("12345678901234567890")],
    ["P3", None, Decimal(1234567), None, None, None, "ü", Decimal(3)],
]


@pytest.fixture(scope="module")
def visits(server):
    """The URL of a PostgreSQL with the table `visits`."""
    engine = create_engine(server.replace("postgresql:", "postgresql+psycopg:"))
    names = CSV.partition("\n")[0].split(";")
    with engine.begin() as connection:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in zip(names, TYPES, strict=True))
        connection.execute(text(f"create table visits ({columns})"))
        places = ", ".join(f":{place}" for place in range(len(names)))
        for row in ROWS:
            values = {str(place): value for place, value in enumerate(row)}
            connection.execute(text(f"insert into visits values ({places})"), values)
    engine.dispose()
    return server


@pytest.fixture
def of_server(visits, monkeypatch):
    monkeypatch.setenv("STUDY_DATABASE", visits)
    return {"url_from": "STUDY_DATABASE"}


@pytest.fixture
def of_file(tmp_path):
    """A SQLite file with the table `visits`, whose cells are as in the CSV file."""
    path = tmp_path / "study.db"
    connection = sqlite3.connect(path)
    rows = [[cell or None for cell in line.split(";")] for line in CSV.splitlines()]
    connection.execute(f"create table visits ({', '.join(rows[0])})")
    connection.executemany(f"insert into visits values ({', '.join('?' * len(rows[0]))})", rows[1:])
    connection.commit()
    connection.close()
    return {"url": f"sqlite:///{path}"}


@pytest.fixture(params=["of_file", "of_server"])
def database(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("part", [{"table": "visits"}, {"query": "select * from visits where 编号 like 'P%'"}])
def test_a_table_and_a_query_are_read_as_the_csv_file(database, part, tmp_path):
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    expected, _, _ = read_table(str(tmp_path / "a.csv"), "a.csv", DATA)
    table, errors, remarks = read_table("", "database", {**DATA, **database, **part}, ["编号"])
    assert (errors, remarks) == ([], [])
    table["number"] = table["number"].replace("7", "007")  # a number in the server's table
    pd.testing.assert_frame_equal(table.reset_index(drop=True), expected.reset_index(drop=True))
    assert table.index.tolist() == [1, 2, 3]


def test_a_table_of_a_schema_is_named_with_it(of_server):
    assert read_database({**of_server, "table": "public.visits"})[0].rows[0][0] == "P1"


def test_what_cannot_be_read_says_why_without_the_password(database, of_server, server, monkeypatch):
    assert "nowhere" in read_database({**database, "table": "nowhere"})[1]
    for query in ("delete from visits", "create table more (a integer)", "pragma user_version = 3; select 1"):
        found, error = read_database({**database, "query": query})
        assert found.rows == [] and error
    assert len(read_database({**database, "table": "visits"})[0].rows) == 3
    error = read_database({**of_server, "query": "select cast(编号 as integer) from visits"})[1]
    assert error == "the database cannot convert a value as the query asks"
    monkeypatch.setenv("STUDY_DATABASE", server.replace(PASSWORD, "wrong-word"))
    error = read_database({**of_server, "table": "visits"})[1]
    assert "password authentication failed" in error and "wrong-word" not in error
    monkeypatch.setenv("STUDY_DATABASE", "mysql://study:wrong-word@nowhere/study")
    error = read_database({**of_server, "table": "visits"})[1]
    assert "MySQLdb" in error and "wrong-word" not in error


def test_the_checksum_is_of_the_content(database):
    every = checksum(read_database({**database, "table": "visits"})[0])
    turned = checksum(read_database({**database, "query": "select * from visits order by 编号 desc"})[0])
    fewer = checksum(read_database({**database, "query": "select * from visits where age > 60"})[0])
    assert every == turned != fewer


def test_addresses(of_file, monkeypatch):
    monkeypatch.delenv("NOTHING", raising=False)
    assert url_errors(of_file) == []
    assert url_errors({"url_from": "NOTHING"}) == [
        "there is no environment variable NOTHING; set it to the URL of the database"
    ]
    for url in ("postgresql://me:secret@host/study", "postgresql://host/study?password=secret"):
        (error,) = url_errors({"url": url})
        assert error.startswith("a password must not be in the config") and "secret" not in error
    assert url_errors({"url": "study.db"}) == [
        "it is no URL of a database; expected for example postgresql://user@host/database"
    ]
    assert url_errors({"url": "sqlite:///no.db"}) == ["there is no file no.db"]
