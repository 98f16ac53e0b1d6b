"""What a config may say about wide tables (twoarm.config.wide_tables).

Snakemake imports it at start-up, so it imports little.
"""

from collections.abc import Iterator, Mapping

from twoarm.config.sources import TABLES
from twoarm.raw.terms import ANY, folded
from twoarm.text.echo import shown

FORMS = {
    "adverse_events": (Mapping, "the column of each term: {Rash: rash_grade}"),
    "lesions": (list, "the columns of each visit: [{visit_date: day_0, diameter_mm: size_0}, ...]"),
}
OWN = ("patient_id", "row")  # columns of the typed tables


def wide_errors(config: dict) -> list[str]:
    """Errors in `wide` of the tables: a form of another table, terms that are the same, the identifier's column."""
    return [error for table in TABLES for error in _of_table(config["data"], table)]


def _of_table(data: dict, table: str) -> Iterator[str]:
    source = data.get(table)
    if not isinstance(source, dict) or "wide" not in source:
        return
    key, wide = f"data.{table}.wide", source["wide"]
    if table == "patients":
        yield f"{key}: the patients table has one row per patient; remove it"
        return
    form, expected = FORMS[table]
    if not isinstance(wide, form):
        yield f"{key}: expected {expected}"
        return
    if table == "lesions" and set(source) == {"wide"}:
        yield "data.lesions: the key file is missing: lesions have a table of their own, with one row each"
    if table == "adverse_events":
        if data.get("columns", {}).get(table):
            yield f"data.columns.{table}: has no effect on a wide table; remove it"
        yield from _of_terms(key, wide)
    parts = [wide] if isinstance(wide, Mapping) else wide
    yield from _twice(key, [column for part in parts for name, column in part.items() if name != "visit_date"])
    if data["id"] in {column for part in parts for column in part.values()}:
        yield f"{key}: {data['id']} is the patient identifier; name another column"


def _of_terms(key: str, terms: Mapping[str, str]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for term in terms:
        if folded(term) == ANY or term in OWN:
            yield f"{key}: the name {shown(term)} is reserved; choose another"
        elif folded(term) in seen:
            yield f"{key}: {shown(seen[folded(term)])} and {shown(term)} are the same term; list it once"
        seen[folded(term)] = term


def _twice(key: str, columns: list[str]) -> Iterator[str]:
    for column in dict.fromkeys(column for column in columns if columns.count(column) > 1):
        yield f"{key}: the column {shown(column)} is named twice; expected each once"
