"""Errors in a lesion table: what cannot be a reading of images, and what the response rules forbid.

An error names the row as the line of the file (the header is line 1), the column, what was found and expected;
never the patient. All errors in a table are reported at once.
"""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pandas as pd

from twoarm.raw.consistency import VALUES_SHOWN
from twoarm.response.readings import assessed_on
from twoarm.response.response_rules import Rules, site_key
from twoarm.text.echo import rows_text

REQUIRED = ["patient_id", "visit_date", "lesion_id", "site", "role", "diameter_mm", "status", "evaluable"]
ROLES = ["target", "non_target", "new"]
STATUSES = {
    "target": ["", "absent", "present", "merged"],
    "non_target": ["", "absent", "present", "unequivocal_progression", "equivocal", "merged"],
    "new": ["absent", "present", "unequivocal_progression", "equivocal"],
}
MARKS = {"cytology": ["", "positive", "negative"], "pattern": ["", "typical", "atypical"]}
Error = tuple[int, str]  # row of the file, and the message after it


def lesion_errors(
    lesions: pd.DataFrame, treatment_start: pd.Series, rules: Iterable[Rules], file: str = "lesions.csv"
) -> list[str]:
    """Every error in a lesion table under the given criteria; an empty list if it can be evaluated.

    lesions: as for `tumour_response.visit_verdicts`, with `row` (line of the file) if known, otherwise the
    rows are counted from line 2. treatment_start: date by patient_id, for everyone to be evaluated. Rows of other
    patients are checked only one by one.
    """
    rules = list(rules)
    absent = [column for column in REQUIRED if column not in lesions]
    if any(rule.modified for rule in rules) and "viable_mm" not in lesions:
        absent.append("viable_mm")
    if absent:
        return [f"{file}: there is no column {column}" for column in absent]
    table = _prepared(lesions)
    errors = row_errors(table) + series_errors(table, treatment_start, rules)
    texts = error_lines(file, errors)
    unread = int((~treatment_start.index.isin(table["patient_id"])).sum())
    if unread:
        texts.append(f"{file}: {unread} of {len(treatment_start)} patients without a row, expected a baseline visit")
    return texts


def error_lines(file: str, errors: Iterable[Error]) -> list[str]:
    """A line for each message, with all its rows; of many that differ by what was found, only the first few."""
    rows: dict[str, list[int]] = {}
    for row, text in sorted(set(errors)):
        rows.setdefault(text, []).append(row)
    alike: dict[tuple[str, str], list[str]] = {}
    for text in rows:
        column, found, rest = text.partition(": found ")
        kind = (column, rest.rpartition(", expected ")[2]) if found else (text, "")
        alike.setdefault(kind, []).append(text)
    lines = []
    for (column, expected), texts in alike.items():
        lines += [f"{file} {rows_text(rows[text])}{text}" for text in texts[:VALUES_SHOWN]]
        if len(texts) > VALUES_SHOWN:
            what = f"{len(texts) - VALUES_SHOWN} more values like these, expected {expected}"
            lines.append(f"{file} {column.removeprefix(', ')}: {what}")
    return lines


def row_errors(table: pd.DataFrame) -> list[Error]:
    """Errors in single rows, and repeated rows for the same lesion, visit and reader."""
    errors = []
    for column in ("patient_id", "lesion_id", "site", "visit_date", "evaluable"):
        errors += _each(table[table[column].isna() | table[column].eq("")], column, "nothing", "a value")
    errors += _each(table[~table["role"].isin(ROLES)], "role", None, f"one of {', '.join(ROLES)}")
    for role, known in STATUSES.items():
        unread = ~table["evaluable"].eq(True) & table["status"].eq("")
        wrong = table[table["role"].eq(role) & ~table["status"].isin(known) & ~unread]
        errors += _each(wrong, "status", None, f"one of {', '.join(filter(None, known))} for a {role} lesion")
    for column, known in MARKS.items():
        errors += _each(table[~table[column].isin(known)], column, None, " or ".join(known[1:]))
    for column in ("diameter_mm", "viable_mm"):
        wrong = table[column].lt(0) | np.isinf(table[column])
        errors += _each(table[wrong], column, None, "a size of 0 mm or more")
    larger = table[table["viable_mm"] > table["diameter_mm"]]
    errors += _each(larger, "viable_mm", None, "at most the lesion's diameter_mm")
    unseen = table[table["status"].eq("unequivocal_progression") & table["evaluable"].eq(False)]
    errors += _each(unseen, "status", None, "another status for a lesion that is not evaluable")
    repeated = table[table.duplicated(["patient_id", "assessed", "reader", "lesion_id"], keep="first")]
    whole = table[table["role"].eq("target") & ~table["status"].eq("merged")]
    measured = whole.groupby(["patient_id", "assessed", "reader"]).size()
    key = pd.MultiIndex.from_frame(table[["patient_id", "assessed", "reader"]])
    lost = table[table["role"].eq("target") & table["status"].eq("merged") & ~key.isin(measured.index)]
    errors += _each(lost, "status", None, "another target at this visit that is measured for both")
    return errors + [
        (row, f", column lesion_id: {lesion} appears twice at one visit of one reader, expected one row")
        for row, lesion in zip(repeated["row"], repeated["lesion_id"], strict=True)
    ]


def series_errors(table: pd.DataFrame, treatment_start: pd.Series, rules: list[Rules]) -> list[Error]:
    """Errors in a patient's visits as one reader saw them: the baseline, its targets, and later visits."""
    table = table[table["patient_id"].isin(treatment_start.index) & table["visit_date"].notna()]
    start = table["patient_id"].map(treatment_start)
    series = [table["patient_id"], table["reader"]]
    baseline_date = table["assessed"].where(table["assessed"] <= start).groupby(series).transform("max")
    first = table[baseline_date.isna() & ~table.duplicated(["patient_id", "reader"])]
    errors = [
        (row, ", column visit_date: the patient has no visit on or before treatment start, expected a baseline")
        for row in first["row"]
    ]
    baseline = table[table["assessed"] == baseline_date]
    later = table[table["assessed"] > baseline_date]
    errors += _each(baseline[baseline["role"].eq("new")], "role", "new at baseline", "target or non_target")
    key = ["patient_id", "reader", "lesion_id"]
    known = baseline.drop_duplicates(key).set_index(key)
    later = later.assign(lesion_id=later["part_of"].mask(later["part_of"].eq(""), later["lesion_id"]))
    merged = later.join(known[["role", "site"]], on=key, rsuffix="_before")
    stray = merged[merged["part_of"].ne("") & merged["role_before"].ne("target")]
    errors += _each(stray, "part_of", None, "a target of the baseline visit")
    merged = merged.drop(stray.index)
    unlisted = merged[merged["role_before"].isna() & merged["role"].isin(["target", "non_target"])]
    errors += _unlisted_errors(unlisted, baseline)
    for column in ("role", "site"):
        own_first = later.groupby(key)[column].transform("first")
        before = merged[f"{column}_before"].fillna(own_first)
        errors += _each(
            merged[merged[column].map(site_key) != before.map(site_key)],
            column,
            None,
            "the same value as before for this lesion",
        )
    errors += visit_errors(table, max((rule.visit_window_days for rule in rules), default=0))
    errors += target_errors(baseline[baseline["role"].eq("target")], rules)
    errors += non_target_errors(baseline[baseline["role"].eq("non_target")], rules)
    for rule in rules:
        errors += follow_up_errors(later, rule)
    return errors


def _unlisted_errors(unlisted: pd.DataFrame, baseline: pd.DataFrame) -> list[Error]:
    """Later rows of a target or non-target that the baseline lacks; the one it may be, under another spelling."""
    known: dict[tuple, str] = {}
    for own in baseline.itertuples():
        known.setdefault((own.patient_id, own.reader, site_key(own.lesion_id)), own.lesion_id)
    what = "new, because the baseline visit does not list this lesion"
    errors = []
    for own in unlisted.itertuples():
        meant = known.get((own.patient_id, own.reader, site_key(own.lesion_id)))
        hint = f" (did you mean {meant}?)" if meant else ""
        errors.append((int(own.row), f", column role: found {own.role}, expected {what}{hint}"))
    return errors


def visit_errors(table: pd.DataFrame, window: int) -> list[Error]:
    """Scans that seem to be one assessment but have no common `visit`, and assessments that overlap.

    window: days within which two scans count as one assessment if each lists a baseline lesion that the
    other does not (`visit_window_days`).
    """
    return _split_errors(table[table["role"].isin(["target", "non_target"])], window) + _overlap_errors(table)


def _split_errors(listed: pd.DataFrame, window: int) -> list[Error]:
    """Scans without a `visit` that are close in time, each with a lesion that the other lacks."""
    unnamed = listed[listed["visit"].eq("")]
    found: dict[tuple, dict] = {}  # by patient and reader: by day the lesions and rows of a scan
    for *series, date, lesion, row in unnamed[["patient_id", "reader", "visit_date", "lesion_id", "row"]].to_numpy():
        lesions, rows = found.setdefault(tuple(series), {}).setdefault(date, (set(), []))
        lesions.add(lesion)
        rows.append(row)
    what = f"a common `visit`, because scans of different lesions within {window} days look like one assessment"
    return [
        (min(rows), f", column visit_date: found a scan {(date - before).days} days after another, expected {what}")
        for scans in found.values()
        for (before, (earlier, _)), (date, (lesions, rows)) in pairwise(sorted(scans.items()))
        if (date - before).days <= window and lesions - earlier and earlier - lesions
    ]


def _overlap_errors(table: pd.DataFrame) -> list[Error]:
    """Visits that begin before the one before them has ended."""
    name = table["visit"].mask(table["visit"].eq(""), table["visit_date"].astype(str))
    spans = table.groupby(["patient_id", "reader", name], observed=True).agg(
        first=("visit_date", "min"), last=("visit_date", "max"), row=("row", "min")
    )
    spans = spans.sort_values(["last", "first"])
    overlapping = spans["first"] <= spans.groupby(["patient_id", "reader"], observed=True)["last"].shift()
    what = ", column visit: found scans between those of another visit, expected visits that do not overlap"
    return [(row, what) for row in spans.loc[overlapping, "row"]]


def target_errors(targets: pd.DataFrame, rules: list[Rules]) -> list[Error]:
    """Baseline targets that are too many, not measurable, absent, or too small by every criterion of the study."""
    if not rules:
        return []
    lenient = next((rule for rule in rules if not rule.modified), rules[0])
    fits = pd.DataFrame({rule.criterion: large_enough(targets, rule) for rule in rules})
    banned = targets["site"].map(lambda site: lenient.is_never_measurable(site) or lenient.is_effusion(site)).eq(True)
    errors = _each(targets[banned], "site", None, "no target at this site, which is not measurable (use non_target)")
    gone = ~targets["evaluable"].eq(True) | targets["status"].isin(["absent", "merged"])
    for site, small in targets[~banned & (gone | ~fits.any(axis=1))].groupby("site"):
        column = "viable_mm" if lenient.measures_viable(site) else "diameter_mm"
        least = lenient.least_target(site) / 1000
        what = f"a target of {least:g} mm or more that is evaluable at baseline ({lenient.criterion}, {site})"
        errors += _each(small, column, None, what)
    for rule in rules:
        unmeasured = targets["viable_mm"].isna() & targets["site"].map(rule.measures_viable).eq(True) & ~gone & ~banned
        what = "the viable size of the target at baseline (mrecist)"
        errors += _each(targets[unmeasured & fits.any(axis=1)], "viable_mm", None, what)
        own = targets[fits[rule.criterion]]
        ranked = own.assign(organ=own["site"].map(rule.organ)).sort_values("row", kind="stable")
        for columns, limit, where in [([], rule.max_targets, ""), (["organ"], rule.max_per_organ, " in one organ")]:
            surplus = ranked[ranked.groupby(["patient_id", "reader", *columns]).cumcount() == limit]
            errors += _each(surplus, "role", "one target too many", f"at most {limit}{where}")
    return errors


def large_enough(targets: pd.DataFrame, rules: Rules) -> pd.Series:
    """Whether each baseline target is large enough for the criterion."""
    viable = targets["site"].map(rules.measures_viable).eq(True)
    size = targets["diameter_mm"].mask(viable, targets.get("viable_mm", np.nan))
    return size.round(3) >= targets["site"].map(rules.least_target).astype(float) / 1000


def non_target_errors(others: pd.DataFrame, rules: list[Rules]) -> list[Error]:
    """Baseline non-targets that are absent, not evaluable, or normal nodes."""
    seen = others["evaluable"].eq(True)
    errors = _each(others[~seen], "evaluable", "not evaluable", "a non_target that is evaluable at baseline")
    gone = seen & others["status"].isin(["absent", "merged"])
    errors += _each(others[gone], "status", None, "present, for a non_target at baseline")
    for rule in rules:
        normal = seen & ~gone & normal_nodes(others, rule)
        what = (
            f"a node of {rule.node_normal_mm / 1000:g} mm or more as a non_target at baseline (a smaller one is normal)"
        )
        errors += _each(others[normal], "diameter_mm", None, what)
    return errors


def normal_nodes(rows: pd.DataFrame, rules: Rules) -> pd.Series:
    """Which rows are measured nodes of normal size."""
    node = rows["site"].map(rules.is_node).eq(True)
    return node & (rows["diameter_mm"].round(3) < rules.node_normal_mm / 1000)


def follow_up_errors(later: pd.DataFrame, rules: Rules) -> list[Error]:
    """Rows after baseline that contradict themselves or say too little to be judged."""
    read = later[later["evaluable"].eq(True)]
    gone = read["status"].isin(["absent", "merged"])
    node = read["site"].map(rules.is_node).eq(True)
    limit = node * rules.node_normal_mm / 1000
    there = gone & (read["diameter_mm"] > 0) & (read["diameter_mm"] >= limit)
    errors = _each(read[there], "diameter_mm", None, "no size for a lesion with status absent or merged")
    nothing = read["status"].isin(["present", "unequivocal_progression", "equivocal"]) & read["diameter_mm"].eq(0)
    errors += _each(
        read[nothing], "diameter_mm", None, "a size above 0 mm for a lesion that is present, or an empty cell"
    )
    grown = read["status"].eq("unequivocal_progression") & normal_nodes(read, rules)
    errors += _each(read[grown], "status", None, "another status for a node of normal size")
    sized_node = node & read["diameter_mm"].notna()
    silent = read["role"].eq("non_target") & read["status"].eq("") & ~sized_node
    errors += _each(read[silent], "status", None, "a status for a non_target lesion, or the short axis of a node")
    if rules.modified:
        nodule = read["role"].eq("new") & read["site"].map(rules.measures_viable).eq(True) & ~gone
        unsized = read[nodule & read["diameter_mm"].isna()]
        errors += _each(unsized, "diameter_mm", None, "the size of a new liver nodule (mrecist)")
    return errors


def _prepared(lesions: pd.DataFrame) -> pd.DataFrame:
    """The table with all columns, texts as str, and `row`."""
    table = lesions.reset_index(drop=True)
    if "row" not in table:
        table = table.assign(row=table.index + 2)
    for column in ("reader", "lesion_id", "site", "role", "status", "visit", "part_of", *MARKS):
        values = table[column] if column in table else pd.Series("", index=table.index)
        table[column] = values.astype(object).where(values.notna(), "").astype(str)
    table = table.assign(viable_mm=table.get("viable_mm", np.nan), assessed=assessed_on(table))
    return table.astype({"diameter_mm": float, "viable_mm": float}).sort_values("row", kind="stable")


def _each(rows: pd.DataFrame, column: str, found: str | None, expected: str) -> list[Error]:
    """One error per row; `found` is the row's value unless given."""
    return [
        (int(row), f", column {column}: found {_shown(value) if found is None else found}, expected {expected}")
        for row, value in zip(rows["row"], rows[column], strict=True)
    ]


def _shown(value) -> str:
    if isinstance(value, float):
        return "nothing" if np.isnan(value) else f"{value:g}"
    return str(value) or "nothing"
