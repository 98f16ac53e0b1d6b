"""Which columns of the patients' table are likely its arms, dates, times and events: guesses, marked as such."""

import re
from typing import NamedTuple

from new_study.columns import Column
from new_study.words import BEST, CONTROL, EVENT, is_word, says, unit_of

ENDPOINTS = {  # words of a column: the endpoint's name and label
    "overall": ("os", "Overall survival"),
    "progressed": ("pfs", "Progression-free survival"),
    "recurred": ("rfs", "Recurrence-free survival"),
}
MOST_ARMS = 6  # treatments in a column of which two may be the arms
MOST_STATES = 5  # different values of a state at the end of follow-up
CALENDAR = 1800  # no patient is followed for so long, in whichever unit, without anybody followed for less
LONGEST = {"years": 15, "months": 200}  # the largest follow-up that is probably in this unit; above them it is in days


class Arms(NamedTuple):
    """The column of the arms, the values of the two, other columns that may hold them, and further treatments."""

    column: str
    treated: str
    control: str
    others: list[str]
    further: list[str]


class Ready(NamedTuple):
    """A ready-made endpoint: its columns, the value that is an event (empty: a flag says so), and the unit."""

    name: str
    label: str
    time: str
    event: str
    value: str
    unit: str


class Dates(NamedTuple):
    """Columns of dates by what they mean; empty where there is none."""

    start: str
    death: str
    contact: str
    assessment: str
    progression: str
    births: list[str]


def two_valued(column: Column) -> bool:
    """Whether a column has just two values, which may be written."""
    return len(column.levels) == 2 and not column.hidden


def arms_of(columns: dict[str, Column], ready: list[Ready]) -> Arms | None:
    """The likely arms: two values, a name that says so, nothing about the person; None if there is no such column."""
    events = {endpoint.event for endpoint in ready}
    pairs = [name for name, column in columns.items() if two_valued(column) and name not in events]
    pairs = [name for name in pairs if not responses_of(columns[name])]
    several = [name for name, column in columns.items() if _has_further_arms(name, column)]
    likely = [*pairs, *several]
    if not likely:
        return None
    best = max(likely, key=lambda name: (_arm_score(name, columns[name]), -likely.index(name)))
    control, treated, *further = _control_first(columns[best])
    return Arms(best, treated, control, [name for name in pairs if name != best], further)


def _has_further_arms(name: str, column: Column) -> bool:
    """Whether a column is one of more than two treatments, by its name."""
    return 2 < len(column.levels) <= MOST_ARMS and not column.hidden and _arm_score(name, column) > 0


def _control_first(column: Column) -> list[str]:
    """The treatments of an arm column: the likely control, the likely treated arm, and then those left over.

    Of several, the control is the usual word for one or else the largest, and the treated arm the largest other.
    """
    if two_valued(column):
        return _treated_first(raw_values(column))[::-1]
    by_size = sorted(column.levels, key=column.levels.__getitem__, reverse=True)
    control = next((value for value in by_size if value.casefold() in CONTROL), by_size[0])
    return [control, *(value for value in by_size if value != control)]


def raw_values(column: Column) -> list[str]:
    """The two texts of a column as they stand in the table."""
    if column.kind != "flag":
        return list(column.levels)
    return [column.raw["yes"], column.raw["no"]]


def _arm_score(name: str, column: Column) -> int:
    if says(name, "arm"):
        return 3 - says(name, "before")
    if says(name, "therapy") and not says(name, "before"):
        return 2
    unlikely = ("trait", "before", "event")
    return -1 if any(says(name, role) for role in unlikely) or column.missing else 0


def _treated_first(values: list[str]) -> tuple[str, str]:
    """The two values of an arm column: what is no usual word for a control, is longer, or is greater comes first."""
    one, other = values
    if (one.casefold() in CONTROL) != (other.casefold() in CONTROL):
        return (other, one) if one.casefold() in CONTROL else (one, other)
    if one in other or other in one:
        return (one, other) if len(one) > len(other) else (other, one)
    return (max(values), min(values)) if one.isdigit() and other.isdigit() else (min(values), max(values))


def responses_of(column: Column) -> dict[str, str]:
    """{a column's text: the best response that it means}; empty if it holds anything else."""
    meant = {text: BEST.get(re.sub(r"\s+", "_", text.casefold())) for text in column.levels}
    found = column.kind == "categorical" and not column.hidden and None not in meant.values()
    return meant if found and len(set(meant.values())) > 1 else {}


def ready_made(columns: dict[str, Column]) -> list[Ready]:
    """Pairs of a time and an event: by their names, and for a single time by the place in the table."""
    names = list(columns)
    times = [name for name, column in columns.items() if _is_time(name, column)]
    times.sort(key=lambda name: not says(name, "time"))  # those that only end so may be another time
    events = [name for name, column in columns.items() if _is_event(name, column)]
    if times and not events:
        after = names[names.index(times[0]) + 1 :][:1]
        events = [name for name in after if two_valued(columns[name])]
    found, taken = [], set()
    for time in times:
        free = [name for name in events if name not in taken]
        if not free:
            break
        event = max(free, key=lambda name: _fitness(names, times, time, name))
        taken.add(event)
        key, label = _endpoint(time, event)
        if key not in {endpoint.name for endpoint in found}:
            found.append(Ready(key, label, time, event, event_value(columns[event]), _unit(time, columns[time])))
    return found


def _is_time(name: str, column: Column) -> bool:
    """Whether a column holds times by its name; a year of the calendar is none."""
    if column.kind != "continuous" or column.low < 0 or column.low > CALENDAR:
        return False
    return (says(name, "time") or name.casefold().endswith("time")) and not says(name, "before")


def _fitness(names: list[str], times: list[str], time: str, event: str) -> tuple[int, int, bool, bool]:
    """How well an event fits a time: by their words, then by the place in the table.

    Of two as near, that which no other time has in its name, or else the one after the time.
    """
    apart = names.index(event) - names.index(time)
    free = not any(_same_endpoint(other, event) for other in times if other != time)
    return _same_endpoint(time, event), -abs(apart), free, apart > 0


def _is_event(name: str, column: Column) -> bool:
    """Whether a column tells of an event: its name does, and it has two values, or states of which one is an event."""
    if two_valued(column):
        return says(name, "event") or name.casefold().endswith("stat")
    states = 2 < len(column.levels) <= MOST_STATES and not column.hidden and column.kind == "categorical"
    told = says(name, "happened") or is_word(name, "state") or says(name, "state") and _event_words(column)
    return bool(states and told)


def _event_words(column: Column) -> list[str]:
    return [value for value in column.levels if value.casefold() in EVENT]


def _same_endpoint(time: str, event: str) -> int:
    return sum(says(time, role) and says(event, role) for role in ENDPOINTS)


def _endpoint(time: str, event: str) -> tuple[str, str]:
    """The name and label of an endpoint, from the names of its columns."""
    for name in (time, event):
        for role, endpoint in ENDPOINTS.items():
            if says(name, role) or name.casefold().startswith(endpoint[0]):
                return endpoint
    return ("os", "Overall survival") if says(event, "event") else ("endpoint", f"Time to {event}")


def event_value(column: Column) -> str:
    """The value of a state that is an event; empty for a flag."""
    if column.kind == "flag":
        return ""
    values = list(column.levels)
    return next(iter(_event_words(column)), values[-1])


def _unit(name: str, column: Column) -> str:
    return unit_of(name) or next((unit for unit, most in LONGEST.items() if column.high <= most), "days")


def dates_of(columns: dict[str, Column]) -> Dates:
    """The dates by their names; without a name for the start, the first date without missing values."""
    dates = [name for name, column in columns.items() if column.kind == "date"]
    births = [name for name in dates if says(name, "birth")]
    left = [name for name in dates if name not in births]
    roles = {}
    for role in ("death", "progression", "assessment", "contact", "start"):
        roles[role] = next((name for name in left if says(name, role)), "")
        left = [name for name in left if name != roles[role]]
    if not roles["start"]:
        roles["start"] = next((name for name in left if not columns[name].missing), "")
    return Dates(births=births, **roles)
