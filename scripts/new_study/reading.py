"""Read tables for the draft: how they are written is found out here, while a study declares it."""

import os
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from new_study.columns import Column, column_of, date_format_of, decimal_of
from new_study.words import says
from twoarm.config.sources import name_of
from twoarm.config.variables import numbers
from twoarm.raw.database import is_database, url_errors
from twoarm.raw.formats import LONGEST, WORKBOOK, format_of
from twoarm.raw.raw_table import SEPARATORS
from twoarm.raw.table_file import read_table
from twoarm.raw.text_file import UTF_8, likely_encodings, read_encoded_file
from twoarm.raw.workbook import header_row_of, is_filled, sheets_of

SQLITE = "sqlite:///"
NO_IDENTIFIER = (
    "no column identifies the patients: the identifier is in every table, is never empty, and is different in each row "
    "of the patients' table"
)


class Source(NamedTuple):
    """A table: where it is as the config says it, its texts, and its columns by name."""

    place: str | dict
    text: pd.DataFrame
    columns: dict[str, Column]


def read_sources(paths: list[str], folder: Path) -> tuple[list[Source], dict, list[str]]:
    """The tables in some files, how all of them are written (keys of the config's `data`), and errors.

    folder: of the study; the config names files as seen from there.
    """
    found, errors, written = [], [], {}
    for path in paths:
        for place in _places(path):
            reading, wrong = _reading(place)
            if not wrong:
                text, wrong, _ = read_table(
                    place.get("file", ""), name_of(place), {"date_format": "%Y-%m-%d", **reading, **place}
                )
                wrong = wrong or _header_errors(name_of(place), text)
            errors += wrong
            if not wrong:
                found.append((_seen_from(place, folder), reading, text))
    if errors or not found:
        return [], {}, errors or ["there is no table; name at least one file"]
    columns = [text[name] for _, _, text in found for name in text]
    written = {"date_format": date_format_of(columns), "decimal": decimal_of(columns)}
    for key in ("separator", "encoding"):
        values = dict.fromkeys(reading[key] for _, reading, _ in found if key in reading)
        written[key] = next(iter(values), "," if key == "separator" else UTF_8)
    sources = []
    for place, reading, text in found:
        place |= {
            key: reading[key] for key in ("separator", "encoding") if reading.get(key, written[key]) != written[key]
        }
        profile = {name: column_of(name, text[name], written["decimal"], written["date_format"]) for name in text}
        sources.append(Source(place["file"] if list(place) == ["file"] else place, text, profile))
    return sources, written, []


def _places(path: str) -> list[dict]:
    """What the config may say of a table: each filled sheet of a workbook with several, or a database's table.

    path: of a file; or a database's URL, or an environment variable with it, `::` and a table.
    """
    address, mark, table = path.rpartition("::")
    if mark:
        return [{"url" if "://" in address else "url_from": address, "table": table}]
    try:
        with Path(path).open("rb") as file:
            found = format_of(file.read(LONGEST))
    except OSError:
        return [{"file": path}]  # which _reading reports
    sheets = [sheet for sheet in (sheets_of(path) or []) if is_filled(sheet)] if found.reader == WORKBOOK else []
    several = len(sheets) > 1
    return [
        {"file": path} | ({"sheet": sheet.title} if several else {}) | ({"header": row} if row > 1 else {})
        for sheet in sheets
        if (row := header_row_of(sheet))
    ] or [{"file": path}]


def _seen_from(place: dict, folder: Path) -> dict:
    """A place with its path relative to the study's folder."""
    if "file" in place:
        return {**place, "file": os.path.relpath(place["file"], folder)}
    own = place.get("url", "").removeprefix(SQLITE)
    return {**place, "url": SQLITE + os.path.relpath(own, folder)} if own != place.get("url", "") else place


def _reading(place: dict) -> tuple[dict, list[str]]:
    """The separator and the encoding of a text file; only a plausible separator for any other place."""
    if is_database(place):
        return {}, [f"{name_of(place)}: {error}" for error in url_errors(place)]
    path = place["file"]
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        return {}, [f"{Path(path).name}: it cannot be read: {error.strerror}"]
    if format_of(content).reader:
        return {}, []
    encoding = next(iter([*likely_encodings(content), UTF_8]))
    text, errors, _ = read_encoded_file(path, Path(path).name, encoding, save_as="CSV UTF-8")
    first = text.lstrip("\n").partition("\n")[0]
    return {"separator": max(SEPARATORS, key=lambda sign: first.count(sign)), "encoding": encoding}, errors


def _header_errors(name: str, text: pd.DataFrame) -> list[str]:
    """A first row with values instead of names, which must not be written into a config; or nothing below it."""
    names = pd.Series(list(text.columns), dtype=str)
    if numbers(names).notna().any() or names.str.fullmatch(r"\d{4}-\d\d?-\d\d?.*").any() or (names == "").any():
        return [f"{name}: its first row holds numbers, dates or empty cells instead of the names of columns"]
    return [] if len(text) else [f"{name}: it has a header but no rows"]


def identifier_of(sources: list[Source]) -> str:
    """The column with the patients' identifiers: once each in one table, and in most tables; empty if there is none.

    A table may lack it: a legend, or a table of something else. It must be in every table unless its name tells.
    """
    columns = dict.fromkeys(name for source in sources for name in source.columns)
    unique = [name for name in columns if any(_identifies(source, name) for source in sources)]
    having = {name: sum(name in source.columns for source in sources) for name in unique}
    likely = [name for name in unique if says(name, "id") or having[name] == len(sources)]
    return max(likely, key=lambda name: (having[name], says(name, "id")), default="")


def without_identifier(sources: list[Source]) -> str:
    """The message that no column identifies the patients: what is wrong with those named so, and what to do."""
    named = [
        (name_of(source.place), name, text)
        for source in sources
        for name, text in source.text.items()
        if says(name, "id")
    ]
    wrong = [_why_not(*column) for column in named] or [
        "if each row is another patient, add a column that numbers them (1, 2, 3 and so on)"
    ]
    return "; ".join([NO_IDENTIFIER, *wrong])


def _why_not(table: str, name: str, text: pd.Series) -> str:
    known = text[text != ""]
    if len(known) < len(text):
        return f"{name} of {table} is empty in some rows; fill or delete these"
    if known.is_unique:
        return f"{name} of {table} has decimals"
    return (
        f"{name} of {table} has {known.nunique()} values in {len(text)} rows; the patients' table has one row per "
        "patient, so keep or make one row of each, and give rows of scans or events as tables of their own"
    )


def _identifies(source: Source, name: str) -> bool:
    return name in source.columns and _once_each(source.text[name])


def _once_each(text: pd.Series) -> bool:
    return bool(text.is_unique and (text != "").all() and not text.str.contains(r"\d\.\d").any())
