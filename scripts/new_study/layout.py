"""The text of a drafted config.yaml: every guess and every choice stands in a comment beside its line."""

import re

from new_study.analyses import analyses, dates_used, endpoints
from new_study.columns import FEW, NUMBER_CODES, Column, has_few, in_words
from new_study.draft import NOT_LISTED, Draft, label_of, likely_table, without_unit
from new_study.flow import flow
from new_study.reading import Source
from new_study.roles import responses_of

MOST_NAMED = 6  # columns that a comment lists
USUAL = {"date_format": "%Y-%m-%d", "decimal": ".", "separator": ",", "encoding": "utf-8"}
HEAD = """\
# Drafted from the tables. Read each line: `guessed` marks what names and ranges suggest, `choose` what no table tells.
# docs/your-study.md and workflow/schemas/config.schema.yaml of the workflow explain every key.
# Levels stand with their numbers of patients; numbers and texts of few patients are left out, ranges are rounded.
"""
NO_ARMS = """\
# choose: no column of the patients' table has just two values. Arms look like this:
# arms:
#   column: drug
#   treated: {value: A, label: Drug A}
#   control: {value: B, label: Drug B}
"""
CRITERIA = """\
# choose: criteria, in the order of application; without them every patient of the table is enrolled.
# eligibility:
#   inclusion: [{id: adult, label: Age 18 years or more, keep: age >= 18}]
#   exclusion: [{id: other_cancer, label: Other malignancy, drop: other_cancer}]
"""


def config_text(draft: Draft, written: dict, name: str) -> str:
    """The config. written: how the tables are written (keys of `data`); name: of the study."""
    parts = [_study(draft, name), _data(draft, written), _arms(draft), _variables(draft), CRITERIA.splitlines()]
    parts += [endpoints(draft), *analyses(draft)]
    return "\n".join([HEAD, *("\n".join([*lines, ""]) for lines in parts if lines)])


def _study(draft: Draft, name: str) -> list[str]:
    title = f"{_arm_label(draft, 'treated')} against {_arm_label(draft, 'control')}" if draft.arms else name
    unit = "time_unit: months # of survival times in the results; also days, years"
    return ["study:", f"  name: {flow(name)}", f"  title: {flow(title)} # choose the title of the report", f"  {unit}"]


def _data(draft: Draft, written: dict) -> list[str]:
    tables = {"patients": (draft.patients, {}), **draft.others}
    lines = [f"  {table}: {flow(source.place)} # {len(source.text)} rows" for table, (source, _) in tables.items()]
    if draft.wide:
        lines.append(
            f"  adverse_events: {flow({'wide': draft.wide})} # guessed: columns with grades, 0 without the event"
        )
    for source in draft.unknown:
        lacks = "" if draft.id in source.columns else f", because it has no column {flow(draft.id)}"
        lines.append(f"  # not recognised{lacks}: {flow(source.place)}")
        lines += _if_a_table(draft, source)
    lines.append(f"  id: {flow(draft.id)} # in every table")
    columns = {table: {key: own for key, own in found.items() if key != own} for table, (_, found) in tables.items()}
    if renamed := {table: own for table, own in columns.items() if own}:
        lines.append(f"  columns: {flow(renamed)} # guessed: the columns with what the workflow needs")
    lines += [
        f"  {key}: {flow(value)} # guessed from the tables" for key, value in written.items() if value != USUAL[key]
    ]
    if codes := sorted(
        {code for source, _ in tables.values() for own in source.columns.values() for code in own.codes - NUMBER_CODES}
    ):
        lines.append(f"  missing: {flow(codes)} # guessed: cells that mean a missing value")
    if draft.centre:
        lines.append(f"  centre: {flow(draft.centre)} # guessed; only the number of centres is reported")
    if any(column.kind == "date" for column in draft.patients.columns.values()):
        lines.append('  # cutoff: "2025-12-31" # choose the last day of the data: a later date is then an error')
    return ["data:", *lines]


def _if_a_table(draft: Draft, source: Source) -> list[str]:
    """How the config would name an unrecognised table, as a comment; none if it is like no table."""
    table, found = likely_table(source, draft.id)
    if not table or table in draft.others:
        return []
    columns = {key: own or "CHOOSE" for key, own in found.items() if key != own}
    return [
        f"  # if it holds the {table.replace('_', ' ')}: {table}: {flow(source.place)}",
        f"  # columns: {flow({table: columns})} # choose its columns",
    ]


def _arm_label(draft: Draft, arm: str) -> str:
    """A printable name of an arm: its value, after the column's name if the value alone says nothing."""
    value = getattr(draft.arms, arm)
    telling = len(value) > 1 and re.search(r"[^\W\d_]", value) and flow(value) == value
    return value if telling else f"{label_of(draft.arms.column)} {value}"


def _arms(draft: Draft) -> list[str]:
    if draft.arms is None:
        return NO_ARMS.splitlines()
    column, others = draft.patients.columns[draft.arms.column], draft.arms.others
    counts = column.levels
    if column.kind == "flag":
        counts = {column.raw[truth]: count for truth, count in column.levels.items()}
    named = ", ".join(others[:MOST_NAMED]) + (f" and {len(others) - MOST_NAMED} more" * (len(others) > MOST_NAMED))
    lines = [f"arms: # guessed; other columns with two values: {named or 'none'}"]
    lines.append(f"  column: {flow(draft.arms.column)}")
    if left := _left_out(draft):
        lines.append(f"  others: leave_out # {left}: not compared, counted in the flowchart")
    for arm, choice in (("treated", "choose which arm this is, and the label"), ("control", "choose the label")):
        value = getattr(draft.arms, arm)
        entry = {"value": value, "label": _arm_label(draft, arm)}
        lines.append(f"  {arm}: {flow(entry)} # {in_words(counts[value], has_few(column))} patients; {choice}")
    return lines


def _left_out(draft: Draft) -> str:
    """The patients with another treatment than the two, or none recorded; empty if there are none."""
    column = draft.patients.columns[draft.arms.column]
    near = has_few(column)
    parts = [f"{value} ({in_words(column.levels[value], near)} patients)" for value in draft.arms.further]
    parts += [f"no treatment recorded ({in_words(column.missing, near)} patients)"] if column.missing else []
    return ", ".join(parts)


def _variables(draft: Draft) -> list[str]:
    """Every column as a variable; one that no analysis uses as a comment, with the reason."""
    columns = draft.patients.columns
    used = {*draft.covariates, *dates_used(draft), *draft.best, *draft.outcomes}
    used |= {part for endpoint in draft.ready for part in (endpoint.time, endpoint.event)}
    apart = {*draft.wide.values(), draft.id, draft.centre, draft.arms.column if draft.arms else ""}
    lines = []
    for name in (name for name in columns if name not in apart):
        why = draft.unused.get(name, "no analysis uses it")
        entry = f"{draft.names[name]}: {flow(_entry(draft, name))}"
        if columns[name].kind in NOT_LISTED:
            lines.append(f"  # {flow(name)}: {why}")
        elif name in used:
            lines.append(f"  {entry} # {_told(columns[name])}")
        else:
            lines.append(f"  # {entry} # {why}; {_told(columns[name])}")
    return ["# Every column that the study uses; no other is read. Choose labels and units.", "variables:", *lines]


def _entry(draft: Draft, name: str) -> dict:
    """A variable's keys."""
    column = draft.patients.columns[name]
    label, unit = without_unit(name) if column.kind == "continuous" else (name, "")
    entry = {"label": label_of(label), **({"unit": unit} if unit else {}), "kind": column.kind}
    entry |= {"column": name} if draft.names[name] != name else {}
    if column.kind == "categorical":
        entry["levels"] = responses_of(column) if name in draft.best else {level: level for level in column.levels}
    entry |= {"detection": "limit"} if column.marked else {}
    entry |= column.words | column.written
    coded = sorted(column.codes & NUMBER_CODES)
    entry |= {"missing": coded or "allowed"} if column.missing else {}
    return entry | ({"ends_observation": True} if name == draft.dates.death else {})


def _told(column: Column) -> str:
    """What the table holds, for the comment."""
    near = has_few(column)
    parts = [column.span] if column.span else []
    if column.levels:
        parts.append(", ".join(f"{level}: {in_words(count, near)}" for level, count in column.levels.items()))
    if column.missing:
        share = f" ({100 * column.missing / (column.filled + column.missing):.0f}%)" if column.missing >= FEW else ""
        coded = f", guessed: {', '.join(column.codes & NUMBER_CODES)} means missing"
        parts.append(f"missing: {in_words(column.missing, near)}{share}{coded if column.codes & NUMBER_CODES else ''}")
    if column.marked:
        beyond = f"beyond a limit of detection (<0.5): {in_words(column.marked)}"
        parts.append(f"{beyond}; choose how they are read: limit, half or missing")
    return "; ".join(parts)
