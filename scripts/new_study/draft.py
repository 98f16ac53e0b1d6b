"""What a draft says about a study, decided from its tables before it is written: names, roles, lists of variables."""

import re
from typing import NamedTuple

import pandas as pd

from new_study.columns import FEW, Column
from new_study.reading import Source
from new_study.roles import CALENDAR, Arms, Dates, Ready, arms_of, dates_of, ready_made, responses_of, two_valued
from new_study.words import ENGLISH, EVENT, STANDARD, is_word, says, standard_columns
from twoarm.config.protocol import OUTCOME, RESERVED

NOT_LISTED = {"text", "mixed", "unique", "empty", "constant"}  # kinds of columns that cannot be variables
WORD_FOR_GRADE = r"(?<![^\W_])(grade|ctcae|toxicity|ae|ctc)(?![^\W_])|分级"
WITH_UNIT = re.compile(r"(.*[^\s(（\[])\s*[(（\[]([^()（）\[\]{}]+)[)）\]]")
GRADES = set("12345")
SHORT_TIME = re.compile("[a-z]{1,2}time")  # dtime, txtime: to an event; not diagtime, from the diagnosis
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
REQUIRED = {
    "lesions": {"visit_date", "lesion_id", "site", "role", "diameter_mm", "status", "evaluable"},
    "adverse_events": {"term", "grade"},
}
TELLING = {  # without these a table is not recognised
    "lesions": {"diameter_mm"},
    "adverse_events": {"term", "grade"},
}


class Draft(NamedTuple):
    """The parts of a draft, which name columns as the table does.

    names: {column: variable}; best: columns with a best response; outcomes: yes/no ones; wide: {term of an adverse
    event: the column of its grades}; separating: covariates with a level that an arm hardly has; unused: {column: why
    no analysis has it}; others: {table: its source, {standard column: its column}}; unknown: other sources.
    """

    patients: Source
    id: str
    names: dict[str, str]
    arms: Arms | None
    ready: list[Ready]
    dates: Dates
    centre: str
    best: list[str]
    outcomes: list[str]
    wide: dict[str, str]
    covariates: list[str]
    separating: list[str]
    unused: dict[str, str]
    others: dict[str, tuple[Source, dict[str, str]]]
    unknown: list[Source]


def draft_of(sources: list[Source], identifier: str) -> Draft:
    """Decide what each table and each column of the patients' table is. identifier: their common column."""
    once = [source for source in sources if identifier in source.columns and source.text[identifier].is_unique]
    patients = max(once, key=lambda source: len(source.columns))
    columns = {name: column for name, column in patients.columns.items() if name != identifier}
    ready = ready_made(columns)
    arms, dates = arms_of(columns, ready), dates_of(columns)
    others, unknown = {}, []
    for source in (source for source in sources if source is not patients):
        table, found = _recognised(source, identifier)
        if table and table not in others:
            others[table] = (source, found)
        else:
            unknown.append(source)
    places = [name for name, column in columns.items() if says(name, "centre") and column.kind != "date"]
    centre = next((name for name in places if not columns[name].missing), "")
    taken = {
        arms.column if arms else "",
        centre,
        *(part for endpoint in ready for part in (endpoint.time, endpoint.event)),
    }
    best = [name for name, column in columns.items() if responses_of(column)] if "lesions" not in others else []
    outcomes = [
        name
        for name, column in columns.items()
        if two_valued(column) and name not in taken and says(name, "outcome") and not says(name, "before")
    ]
    wide = _wide_events(columns) if "adverse_events" not in others else {}
    taken |= {*best, *outcomes, *wide.values()}
    unused = {name: why for name, column in columns.items() if (why := _why_unused(column)) and name not in taken}
    unused |= {name: "it tells the arm" for name in _telling(patients.text, columns, arms) if name not in unused}
    unused |= dict.fromkeys([name for name in places if name != centre], "a centre, not known of every patient")
    unused |= dict.fromkeys(dates.births, "a date of birth") | _outcomes(columns, {*taken, *unused})
    covariates = [n for n, c in columns.items() if n not in taken and n not in unused and c.kind != "date"]
    return Draft(
        patients=patients,
        id=identifier,
        names=_variables(columns),
        arms=arms,
        ready=ready,
        dates=dates,
        centre=centre,
        best=best,
        outcomes=outcomes,
        wide=wide,
        covariates=covariates,
        separating=_separating(patients.text, [n for n in covariates if columns[n].levels], arms),
        unused=unused,
        others={table: others[table] for table in STANDARD if table in others},
        unknown=unknown,
    )


def label_of(column: str) -> str:
    """A column's name as a label: `ph_ecog` is Ph ecog."""
    words = " ".join(re.sub(r"[_{}]+", " ", column).split())
    return words[:1].upper() + words[1:]


def without_unit(column: str) -> tuple[str, str]:
    """A column's name and the unit in brackets at its end: (AFP, ng/ml) for `AFP (ng/ml)`; else no unit."""
    found = WITH_UNIT.fullmatch(column.strip())
    return (found[1], found[2]) if found else (column, "")


def _separating(text: pd.DataFrame, classes: list[str], arms: Arms | None) -> list[str]:
    """Covariates with which a propensity model may have no finite estimate: few patients of an arm in a level."""
    if arms is None:
        return []
    compared = text[text[arms.column].isin([arms.treated, arms.control])]
    return [name for name in classes if (pd.crosstab(compared[name], compared[arms.column]) < FEW).any(axis=None)]


def _recognised(source: Source, identifier: str) -> tuple[str, dict[str, str]]:
    """Which of the other tables a source is, and its standard columns; empty if neither."""
    names = [name for name in source.columns if name != identifier]
    for table in STANDARD if identifier in source.columns else ():
        found = standard_columns(names, table)
        if set(found) >= TELLING[table]:
            return table, found
    return "", {}


def likely_table(source: Source, identifier: str) -> tuple[str, dict[str, str]]:
    """Which table an unrecognised source with the identifier may be, and its standard columns ("": to be chosen).

    The one of which it has most words. A column of numbers from 1 to 5 alone may be the grade. Empty if it has none.
    """
    names = [name for name in source.columns if name != identifier]
    if identifier not in source.columns:
        return "", {}
    found = {table: standard_columns(names, table) for table in STANDARD}
    events, free = found["adverse_events"], [name for name in names if name not in found["adverse_events"].values()]
    grades = [name for name in free if set(source.columns[name].levels) and set(source.columns[name].levels) <= GRADES]
    if "grade" not in events and grades:
        events["grade"] = grades[0]
    table = max(found, key=lambda table: (len(TELLING[table] & set(found[table])), len(found[table])))
    if not found[table]:
        return "", {}
    return table, {key: found[table].get(key, "") for key in STANDARD[table] if key in REQUIRED[table]}


def _wide_events(columns: dict[str, Column]) -> dict[str, str]:
    """{term: column} for columns with the grades of one adverse event each: several with 0 to 5 and a word for it."""
    found = {}
    for name, column in columns.items():
        term = re.sub(WORD_FOR_GRADE, " ", name, flags=re.IGNORECASE).strip(" _.-")
        if term and term != name and "0" in column.levels and set(column.levels) <= set("012345"):
            found[label_of(term)] = name
    return found if len(found) > 1 else {}


def _why_unused(column: Column) -> str:
    if column.kind in ("empty", "constant"):
        return "it has one value alone" if column.kind == "constant" else "it is empty"
    if column.kind == "unique":
        return "another text or number for each patient"
    if column.kind == "mixed":
        return "numbers, but some cells are none"
    if column.kind == "text":
        return "free text, or texts that few patients have"
    if len(column.levels) < 2 and column.kind == "categorical":
        return "it has one common value alone"
    if column.hidden:
        more = "values that few patients have are" if column.hidden > 1 else "a value that few patients have is"
        return f"{more} not shown; add {'them' if column.hidden > 1 else 'it'} to `levels` to use it"
    return ""


def _telling(text: pd.DataFrame, columns: dict[str, Column], arms: Arms | None) -> list[str]:
    """Columns whose values are other words for the arm."""
    if arms is None:
        return []
    classes = [name for name, column in columns.items() if column.levels and name != arms.column]
    return [
        name
        for name in classes
        if text.groupby(name)[arms.column].nunique().max() == 1 and text.groupby(arms.column)[name].nunique().max() == 1
    ]


def _outcomes(columns: dict[str, Column], without: set[str]) -> dict[str, str]:
    """Columns with what happened after the start, which cannot be covariates."""
    later = [
        name
        for name, column in columns.items()
        if name not in without
        and (says(name, "after") or not says(name, "before") and (says(name, "happened") or _is_followed(name, column)))
    ]
    return dict.fromkeys(later, "its name says that it was measured after the start of treatment")


def _is_followed(name: str, column: Column) -> bool:
    """Whether a column holds a time of follow-up, or the state at its end."""
    if column.kind == "continuous" and column.low > CALENDAR:
        return False
    if column.kind == "continuous":
        return says(name, "followed") or is_word(name, "time") or bool(SHORT_TIME.fullmatch(name.casefold()))
    return is_word(name, "state") or says(name, "state") and any(level.casefold() in EVENT for level in column.levels)


def _variables(columns: dict[str, Column]) -> dict[str, str]:
    """A name for each column that a config accepts: its own, in English, or its place."""
    names: dict[str, str] = {}
    for place, column in enumerate(columns, start=1):
        name = re.sub(r"\W+", "_", without_unit(column)[0], flags=re.ASCII).strip("_")
        if not without_unit(column)[0].isascii():
            name = next((english for word, english in ENGLISH.items() if word in column), f"column_{place}")
        if not NAME.fullmatch(name):
            name = f"column_{place}"
        if name in RESERVED | OUTCOME or name in names.values():
            name = f"{name}_column" if f"{name}_column" not in columns else f"{name}_{place}"
        names[column] = name
    return names
