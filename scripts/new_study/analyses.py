"""The endpoints and analyses of a drafted config, as far as its tables tell them."""

import re

import pandas as pd

from new_study.columns import FEW, in_words
from new_study.draft import REQUIRED, Draft, label_of
from new_study.flow import flow
from new_study.roles import ENDPOINTS, Ready, event_value
from new_study.words import says

MONTHS = {"days": 1 / 30.4375, "weeks": 7 / 30.4375, "months": 1, "years": 12}
TIMES = (1, 3, 6, 12, 24, 36, 60, 120)  # months at which papers print survival
# The share of missing values up to which complete cases are hardly biased (Schafer, Stat Methods Med Res 1999;8:3).
FEW_MISSING = 0.05
REACHED = 0.7  # the share of the longest follow-up up to which many patients are followed
GRADES = {"Any grade": [1, 5], "Grade 3-5": [3, 5]}
NO_ENDPOINT = """\
# choose: no endpoint was recognised. From dates, from ready-made times, or yes/no outcomes without a time:
# endpoints:
#   os: {label: Overall survival, start: start, events: [death], censor: last_contact}
#   rfs: {label: Recurrence-free survival, time: days, event: recurred, unit: days}
# outcomes:
#   surgery: {label: Conversion to surgery, event: resected}
"""


def dates_used(draft: Draft) -> list[str]:
    """The dates that endpoints and response need; none without a start and an event."""
    dates = draft.dates
    named = [dates.start, dates.death, last_date(draft), dates.assessment, dates.progression]
    enough = dates.start and last_date(draft) and (dates.death or dates.progression)
    return [name for name in named if name] if enough else []


def last_date(draft: Draft) -> str:
    """The date at which a patient without an event is censored; empty if there is none."""
    return draft.dates.contact or draft.dates.assessment


def criteria(draft: Draft) -> list[str]:
    """The criteria by which lesions can be read; none without a whole table of lesions and a start."""
    found = draft.others["lesions"][1] if "lesions" in draft.others else {}
    if not REQUIRED["lesions"] <= set(found) or not dates_used(draft):
        return []
    return ["mrecist", "recist"] if "viable_mm" in found else ["recist"]


def endpoint_entries(draft: Draft) -> dict[str, tuple[dict, str]]:
    """{name of an endpoint: its keys, and the comment}: ready-made ones first, then those from dates."""
    entries = {endpoint.name: _ready(draft, endpoint) for endpoint in draft.ready}
    if dates_used(draft):
        dates, names = draft.dates, draft.names
        dead, start = [names[dates.death]] if dates.death else [], names[dates.start]
        of_dates = {}
        if dead:
            of_dates["os"] = ("Overall survival", dead, last_date(draft))
        if criteria(draft) or dates.progression:
            first = f"progression:{criteria(draft)[0]}" if criteria(draft) else names[dates.progression]
            recurred = not criteria(draft) and says(dates.progression, "recurred")
            name, label = ENDPOINTS["recurred" if recurred else "progressed"]
            of_dates[name] = (label, [first, *dead], dates.assessment or last_date(draft))
        for name, (label, events, censor) in of_dates.items():
            entry = {"label": label, "start": start, "events": events, "censor": names[censor]}
            entries.setdefault(name, (entry, "guessed from the names of the dates"))
    return entries


def _ready(draft: Draft, endpoint: Ready) -> tuple[dict, str]:
    column, names = draft.patients.columns[endpoint.event], draft.names
    events = column.levels[endpoint.value or "yes"]
    several = "; choose which values are the event, all others are censored" if len(column.levels) > 2 else ""
    event = event_entry(names[endpoint.event], endpoint.value)
    share = f"{100 * events / column.filled:.0f}% have the event" if events >= FEW else "few have the event"
    entry = {"label": endpoint.label, "time": names[endpoint.time], "event": event, "unit": endpoint.unit}
    censoring = "; check whether this value means censored" if says(endpoint.event, "censoring") else ""
    return entry, f"guessed, also the unit; {share}{several}{censoring}"


def event_entry(variable: str, value: str) -> str | dict:
    """The `event` of an endpoint or outcome: a flag, or a variable and the value that is the event."""
    return {"variable": variable, "value": value} if value else variable


def endpoints(draft: Draft) -> list[str]:
    """The lines of the endpoints."""
    entries = endpoint_entries(draft)
    lines = [f"  {name}: {flow(entry)} # {comment}" for name, (entry, comment) in entries.items()]
    return ["endpoints:", *lines] if lines else NO_ENDPOINT.splitlines()


def analyses(draft: Draft) -> list[list[str]]:
    """The lines of each analysis."""
    return [_survival(draft), *_of_variables(draft), _response(draft), _outcomes(draft), _safety(draft)]


def _survival(draft: Draft) -> list[str]:
    """Three times that many patients reach, by the first ready-made endpoint."""
    if not draft.ready:
        return []
    months = draft.patients.columns[draft.ready[0].time].high * MONTHS[draft.ready[0].unit]
    times = [time for time in TIMES if time <= REACHED * months][-3:]
    return [f"survival: {flow({'times': times})} # choose the months at which survival is printed"] if times else []


def _of_variables(draft: Draft) -> list[list[str]]:
    """Baseline table, matching, prognosis and subgroups."""
    names, columns, entries = draft.names, draft.patients.columns, endpoint_entries(draft)
    if not draft.covariates:
        return []
    listed = [names[name] for name in draft.covariates]
    share = {name: columns[name].missing / len(draft.patients.text) for name in draft.covariates}
    missing = [names[name] for name in draft.covariates if share[name] > FEW_MISSING]
    apart = [names[name] for name in draft.separating if names[name] not in missing]
    fit = [name for name in listed if name not in (*missing, *apart)]
    incomplete = [name for name in draft.covariates if columns[name].missing and names[name] in fit]
    parts = [[f"baseline: {flow({'variables': listed})} # Table 1"]]
    if fit and draft.arms:
        lines = ["# choose the covariates: what was known at the start of treatment and may have decided it"]
        if missing:
            why = f"more than {100 * FEW_MISSING:.0f}% of values are missing"
            lines.append(f"# not among them, because {why}: {', '.join(missing)}; added, they leave out")
            lines.append("# the patients without a value, unless the variable has a missing_level")
        lines += _complete_cases(draft, incomplete)
        lines += (
            [f"# not among them, because an arm has fewer than {FEW} patients in a level: {', '.join(apart)}"]
            if apart
            else []
        )
        parts.append([*lines, f"propensity: {flow({'covariates': fit})} # matching 1:1; without it there is none"])
    if entries:
        first = next(iter(entries))
        prognosis = {"endpoint": first, "variables": [name for name in listed if name not in missing] or listed}
        parts.append([f"prognosis: {flow(prognosis)} # Cox models, always with treatment"])
        classes = [name for name in draft.covariates if 2 <= len(columns[name].levels) <= 4]
        for name in classes[:1]:
            part = {"label": label_of(name), "variable": names[name], "endpoint": first}
            parts.append(
                ["# choose subgroups: those that were planned", f"# subgroups: {flow({names[name].lower(): part})}"]
            )
    return parts


def _complete_cases(draft: Draft, incomplete: list[str]) -> list[str]:
    """The comment on covariates with few missing values: what becomes of the patients, and how many these are."""
    if not incomplete:
        return []
    text, columns = draft.patients.text, draft.patients.columns
    lacking = pd.concat([text[name].isin({"", *columns[name].codes}) for name in incomplete], axis=1).any(axis=1)
    count = in_words(int(lacking.sum()), near=len(incomplete) > 1)
    named = ", ".join(draft.names[name] for name in incomplete)
    return [
        f"# at most {100 * FEW_MISSING:.0f}% of values are missing: {named}; complete cases are analysed, so",
        f"# {count} of {len(text)} patients are left out, and counted in the flowchart by variable",
    ]


def _response(draft: Draft) -> list[str]:
    if draft.best:
        return [f"response: {flow({'criteria': _ready_made_criteria(draft)})} # guessed: columns with a best response"]
    if "lesions" not in draft.others:
        return []
    source, found = draft.others["lesions"]
    if not criteria(draft):
        lacks = ", ".join(sorted(REQUIRED["lesions"] - set(found))) or "the dates of start, last contact and death"
        return [f"# response: it needs columns that were not recognised: {lacks}"]
    part = {"criteria": criteria(draft), "start": draft.names[draft.dates.start]}
    readers = source.columns[found["reader"]].levels if "reader" in found else {}
    if len(readers) > 1:
        part["reader"] = {"primary": max(readers, key=readers.__getitem__)}
    return [f"response: {flow(part)} # choose the criteria, and the reader who counts; docs/response.md"]


def _ready_made_criteria(draft: Draft) -> dict[str, dict]:
    """The criteria of columns with a best response, by their names; one without a known criterion keeps its own."""
    found = {}
    for column in draft.best:
        known = next((name for name in ("mrecist", "recist") if name in column.casefold() and name not in found), "")
        part = {"best": draft.names[column]} | ({} if known else {"label": label_of(column)})
        found[known or re.sub(r"^[^a-z]+", "", draft.names[column].lower()) or f"response_{len(found) + 1}"] = part
    return found


def _outcomes(draft: Draft) -> list[str]:
    """Yes/no outcomes without a time."""
    entries = {}
    for column in draft.outcomes:
        event = event_entry(draft.names[column], event_value(draft.patients.columns[column]))
        entries[draft.names[column].lower()] = {"label": label_of(column), "event": event}
    lines = [f"  {name}: {flow(entry)} # guessed; choose what counts" for name, entry in entries.items()]
    return ["outcomes:", *lines] if lines else []


def _safety(draft: Draft) -> list[str]:
    if "adverse_events" not in draft.others and not draft.wide:
        return []
    return [f"safety: {flow({'grades': GRADES})} # choose the grades: lowest and highest"]
