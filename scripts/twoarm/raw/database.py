"""Read a table or a query of a SQL database. Imports nothing heavy unless a study has one."""

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

DRIVERS = {"postgresql": "postgresql+psycopg"}  # SQLAlchemy's own default is another one
NOTHING = ([], [])


class Table(NamedTuple):
    """The names of the columns, and the rows in the order in which the database gives them."""

    header: list[str]
    rows: list[tuple]


def is_database(source) -> bool:
    """Whether a table of the config is in a database."""
    return isinstance(source, dict) and bool({"url", "url_from"} & set(source))


def url_errors(source: dict) -> list[str]:
    """What is wrong with the address of a database. source: with `url`, or `url_from`, an environment variable."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    variable = source.get("url_from")
    if variable and not os.environ.get(variable):
        return [f"there is no environment variable {variable}; set it to the URL of the database"]
    try:
        url = make_url(_address(source))
    except (ArgumentError, ValueError):
        return ["it is no URL of a database; expected for example postgresql://user@host/database"]
    if not variable and (url.password or "password" in url.query):
        return ["a password must not be in the config; set an environment variable to the URL, and name it in url_from"]
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return [f"there is no file {url.database}"]
    return []


def read_database(source: dict) -> tuple[Table, str]:
    """The rows of a database's table, or query, and why they cannot be read (then there are none).

    The database is only read: what a query would write is refused or undone.
    """
    from sqlalchemy import create_engine, select, table, text
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import DataError, SQLAlchemyError
    from sqlalchemy.pool import NullPool

    url = make_url(_address(source))
    url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
    try:
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect().execution_options(postgresql_readonly=True, no_parameters=True) as connection:
            if url.get_backend_name() == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only = ON")
            if "query" in source:
                found = connection.exec_driver_sql(source["query"])
            else:
                schema, _, name = source["table"].rpartition(".")
                found = connection.execute(select(text("*")).select_from(table(name, schema=schema or None)))
            if not found.returns_rows:
                return Table(*NOTHING), "the query gives no rows; expected one that begins with SELECT or WITH"
            return Table(list(found.keys()), [tuple(map(_plain, row)) for row in found]), ""
    except DataError:  # its message may repeat a patient's value
        return Table(*NOTHING), "the database cannot convert a value as the query asks"
    except (SQLAlchemyError, ImportError) as error:
        return Table(*NOTHING), _reason(error, url.password)


def checksum(table: Table) -> str:
    """SHA-256 of the rows, whatever their order, which a database need not keep."""
    lines = [repr(table.header), *sorted(map(repr, table.rows))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _address(source: dict) -> str:
    return source["url"] if "url" in source else os.environ[source["url_from"]]


def _plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def _reason(error: Exception, password: str | None) -> str:
    """The first line of a library's message, without the password."""
    if isinstance(error, ModuleNotFoundError):
        return (
            f"the driver of this kind of database is not installed; install the Python package {error.name} into .venv"
        )
    text = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return text.replace(password, "***") if password else text
