"""The raw tables of a study: `patients: a.csv`, `patients: {file: a.xlsx, sheet: Patients}`, or a database's table."""

from pathlib import Path

TABLES = ("patients", "lesions", "adverse_events")


def file_of(source: str | dict) -> str:
    """The path of a table's file; empty if the table is in a database."""
    return source.get("file", "") if isinstance(source, dict) else source


def share_patients_table(data: dict) -> None:
    """Give a wide table without a source of its own, whose columns are in the patients table, that table's source."""
    patients = data["patients"] if isinstance(data["patients"], dict) else {"file": data["patients"]}
    for table in TABLES[1:]:
        if _is_shared(data.get(table)):
            data[table] = {**patients, **data[table]}


def _is_shared(source: str | dict | None) -> bool:
    """Whether a table has only the key `wide`: its columns are in the patients table."""
    return isinstance(source, dict) and set(source) == {"wide"}


def tables_of(data: dict) -> dict[str, str]:
    """The file of each raw table that a study has, as file_of gives it. data: the config's."""
    return {table: file_of(data[table]) for table in TABLES if table in data}


def files_of(protocol: dict) -> dict[str, str]:
    """The file of each key of the config that names an input: `data.patients`, ..., `published`.

    A wide table in the patients' file has none of its own.
    """
    data = protocol["data"]
    files = {
        f"data.{table}": path
        for table, path in tables_of(data).items()
        if path and not (table != "patients" and _wide_in(data[table]) and path == file_of(data["patients"]))
    }
    return files | ({"published": protocol["published"]} if protocol.get("published") is not None else {})


def _wide_in(source: str | dict) -> bool:
    return isinstance(source, dict) and "wide" in source


def name_of(source: str | dict) -> str:
    """A table as messages name it: its file, and its sheet if the config names one; or the database's table."""
    if isinstance(source, dict) and "file" not in source:
        return f"database table {source['table']}" if "table" in source else "database query"
    name = Path(file_of(source)).name
    return f"{name} sheet {source['sheet']}" if isinstance(source, dict) and "sheet" in source else name


def reading_of(data: dict, table: str) -> dict:
    """How a table is written: what `data` says of all tables, and what the table's own keys say."""
    source = data.get(table)
    return {**data, **source} if isinstance(source, dict) else data
