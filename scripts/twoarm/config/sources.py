"""The raw tables of a study: `patients: a.csv`, or `patients: {file: a.xlsx, sheet: Patients}`."""

from pathlib import Path

TABLES = ("patients", "lesions", "adverse_events")


def file_of(source: str | dict) -> str:
    """The path of a table's file."""
    return source["file"] if isinstance(source, dict) else source


def name_of(source: str | dict) -> str:
    """A table as messages name it: its file, and its sheet if the config names one."""
    name = Path(file_of(source)).name
    return f"{name} sheet {source['sheet']}" if isinstance(source, dict) and "sheet" in source else name


def reading_of(data: dict, table: str) -> dict:
    """How a table is written: what `data` says of all tables, and what the table's own keys say."""
    source = data.get(table)
    return {**data, **source} if isinstance(source, dict) else data
