"""What may leave the hospital (report, tables, figures) and what a run logs: no identifier, no date of a patient."""

import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.workflow
TEXT = {".html", ".csv", ".json", ".svg", ".log", ".tsv", ".txt"}


def texts(path: Path) -> str:
    """All text of a file; of a Word document, that of its parts."""
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as parts:
            return "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))
    return path.read_text(encoding="utf-8") if path.suffix in TEXT else path.read_bytes().decode("latin-1")


def leaks(path: Path, identifiers: set[str], dates: set[str]) -> list[str]:
    """Identifiers and patients' dates in a file, in ISO form or as a paper writes them."""
    text = texts(path)
    found = [identifier for identifier in identifiers if identifier in text]
    return found + [date for date in set(re.findall(r"\d{4}-\d{2}-\d{2}", text)) if date in dates]


@pytest.fixture(scope="module")
def patients(shipped) -> tuple[set[str], set[str]]:
    """The identifiers, and every date of the raw tables except the last day of the data."""
    tables = [pd.read_csv(path, dtype=str) for path in (shipped / "resources/cohort").glob("*.csv")]
    identifiers = set().union(*(table["patient_id"] for table in tables))
    cells = [table[column].dropna() for table in tables for column in table if column.endswith(("date", "start"))]
    cells += [table[column].dropna() for table in tables for column in table if column.startswith("last_")]
    return identifiers, set().union(*cells) - {"2025-02-28"}


def test_nothing_that_leaves_the_hospital_names_a_patient_or_a_date(shipped, patients):
    identifiers, dates = patients
    assert len(identifiers) == 309 and len(dates) > 500
    folders = ("report", "tables", "figures", "statistics", "logs", "benchmarks")
    files = [path for folder in folders for path in (shipped / "results" / folder).rglob("*") if path.is_file()]
    assert len(files) > 150
    assert {str(path): found for path in files if (found := leaks(path, identifiers, dates))} == {}


def test_a_leak_is_found(shipped, patients, tmp_path):
    identifiers, dates = patients
    (tmp_path / "t.csv").write_text(f"{min(identifiers)},{min(dates)}")
    assert leaks(tmp_path / "t.csv", identifiers, dates) == [min(identifiers), min(dates)]
