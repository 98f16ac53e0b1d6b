"""Rows that contradict each other or another table: repeated patients, impossible orders of dates, unknown patients.

All tables are typed (twoarm.config.variables), and their index is the line of the file.
"""

from collections.abc import Collection

import pandas as pd

from twoarm.raw.identifiers import ALIKE, alike_key
from twoarm.text.echo import rows_text

VALUES_SHOWN = 5  # groups of rows listed per error
OLDEST = pd.Timestamp("1900-01-01")  # no earlier date is credible


def identity_errors(name: str, patients: pd.DataFrame, id_column: str) -> list[str]:
    """Rows with the same identifier."""
    repeated = patients[patients.duplicated("patient_id", keep=False) & (patients["patient_id"] != "")]
    groups = [list(group.index) for _, group in repeated.groupby("patient_id", sort=False)]
    errors = [
        f"{name} {rows_text(rows)}, column {id_column}: the same patient more than once, expected one row per patient"
        for rows in groups[:VALUES_SHOWN]
    ]
    if len(groups) > VALUES_SHOWN:
        errors.append(f"{name} column {id_column}: {len(groups) - VALUES_SHOWN} more patients with several rows")
    return errors


def alike_remarks(name: str, patients: pd.DataFrame, id_column: str) -> list[str]:
    """Patients with similar identifiers (see alike_key), who may be one patient written in two ways."""
    known = patients.drop_duplicates("patient_id")
    alike = known.groupby(known["patient_id"].map(alike_key), sort=False)
    groups = [list(group.index) for _, group in alike if len(group) > 1]
    remarks = [
        f"{name} {rows_text(rows)}, column {id_column}: identifiers that differ only by {ALIKE} are read as "
        f"{len(rows)} patients"
        for rows in groups[:VALUES_SHOWN]
    ]
    if len(groups) > VALUES_SHOWN:
        remarks.append(f"{name} column {id_column}: {len(groups) - VALUES_SHOWN} more identifiers like these")
    return remarks


def date_errors(name: str, patients: pd.DataFrame, endpoints: dict) -> list[str]:
    """Rows with an event or end of observation before the start, by each endpoint's dates.

    The last assessment may precede it: of a patient without a later one it is the baseline's (see derive_endpoints).
    """
    pairs = set()
    for endpoint in endpoints.values():
        if "start" in endpoint:
            dates = [event for event in endpoint["events"] if not event.startswith("progression:")]
            assessed = len(dates) < len(endpoint["events"])
            pairs |= {(endpoint["start"], later) for later in [*dates, *([] if assessed else [endpoint["censor"]])]}
    errors = []
    for start, later in sorted(pairs):
        wrong = patients.index[patients[later] < patients[start]]
        if len(wrong):
            errors.append(
                f"{name} {rows_text(list(wrong))}, column {later}: found a date before {start}, expected a later one"
            )
    return errors


def order_errors(name: str, patients: pd.DataFrame, variables: dict, data: dict) -> list[str]:
    """Dates after the date that ends observation (death), after the data's cutoff, or in the future."""
    dates = [key for key, variable in variables.items() if variable["kind"] == "date"]
    errors = era_errors(name, patients, dates, data)
    for last in (key for key in dates if variables[key].get("ends_observation")):
        errors += [
            f"{name} {rows_text(list(wrong))}, column {key}: found a date after {last}, expected none"
            for key in dates
            if len(wrong := patients.index[patients[key] > patients[last]])
        ]
    return errors


def era_errors(name: str, table: pd.DataFrame, dates: Collection[str], data: dict) -> list[str]:
    """Dates after the data's cutoff or in the future, or too early to be true."""
    cutoff = pd.Timestamp(data.get("cutoff") or pd.Timestamp.today().normalize())
    errors = [
        f"{name} {rows_text(list(wrong))}, column {key}: found a date after {cutoff:%Y-%m-%d}, the last day of the data"
        for key in dates
        if len(wrong := table.index[table[key] > cutoff])
    ]
    return errors + [
        f"{name} {rows_text(list(wrong))}, column {key}: found a date before {OLDEST:%Y}, which is too early"
        for key in dates
        if len(wrong := table.index[table[key] < OLDEST])
    ]


def observation_errors(
    name: str, table: pd.DataFrame, patients: pd.DataFrame, variables: dict, endpoints: dict
) -> list[str]:
    """Visits and events at impossible times: after death, after the last assessment, before the start of treatment."""
    known = patients.drop_duplicates("patient_id").set_index("patient_id")
    ends = {key for key, variable in variables.items() if variable.get("ends_observation")}
    column, before = ("visit_date", set()) if "visit_date" in table else ("onset_date", set())
    for endpoint in (endpoint for endpoint in endpoints.values() if "start" in endpoint):
        if column == "onset_date":
            before.add(endpoint["start"])
        elif any(event.startswith("progression:") for event in endpoint["events"]):
            ends.add(endpoint["censor"])  # a later visit would not count for time to progression
    if column not in table:
        return []
    errors = []
    for later, bounds in ((True, sorted(ends)), (False, sorted(before))):
        for bound in bounds:
            limit = pd.to_datetime(table["patient_id"].map(known[bound]))
            wrong = table.index[table[column] > limit if later else table[column] < limit]
            if len(wrong):
                word = "after" if later else "before"
                errors.append(f"{name} {rows_text(list(wrong))}, column {column}: found a date {word} {bound}")
    return errors


def fatal_remarks(
    name: str, events: pd.DataFrame, patients: pd.DataFrame, variables: dict, fatal: Collection[int]
) -> list[str]:
    """Events of the fatal grades in patients without a death, if the study has a date of it."""
    deaths = [key for key, variable in variables.items() if variable.get("ends_observation")]
    if "grade" not in events or not deaths:
        return []
    alive = patients.loc[patients[deaths].isna().all(axis=1), "patient_id"]
    rows = events.index[events["grade"].isin(fatal) & events["patient_id"].isin(alive)]
    return [f"{name} {rows_text(rows)}: fatal, but the patient has no {' or '.join(deaths)}"] if len(rows) else []


def join_errors(name: str, table: pd.DataFrame, patients: pd.DataFrame, id_column: str) -> list[str]:
    """Rows of patients who are not in the patients table, and rows that appear twice."""
    errors = []
    unknown = table[~table["patient_id"].isin(patients["patient_id"])]
    similar = unknown["patient_id"].map(alike_key).isin(set(patients["patient_id"].map(alike_key)))
    for which, hint in ((~similar, ""), (similar, f"; a similar identifier there differs only by {ALIKE}")):
        if which.any():
            rows = rows_text(unknown.index[which])
            errors.append(f"{name} {rows}, column {id_column}: a patient who is not in the patients table{hint}")
    repeated = table.index[table.drop(columns="row").duplicated()]
    dated = {"visit_date", "onset_date"} & set(table)  # two undated events of the same grade may be separate events
    if len(repeated) and dated:
        what = "the same as a row above, expected each row once (`data: {duplicates: drop}` leaves it out)"
        errors.append(f"{name} {rows_text(list(repeated))}: {what}")
    return errors
