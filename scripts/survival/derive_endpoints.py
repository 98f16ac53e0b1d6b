"""Time to event for each endpoint, from dates or from ready-made columns.

From dates: time runs from `start` to the earliest of the listed events, or without an event to the censoring date.
An event "progression:<criterion>" is the first visit with progression by that criterion (results/data/response).
Survival times are counted in days and given in the study's unit: 1 month = 30.4375 days, 1 year = 365.25 days. Times
that differ only by round-off are made equal, as in R.
"""

import pandas as pd

from twoarm.config.endpoints import event_of
from twoarm.config.expressions import DAYS
from twoarm.config.keys import PROGRESSION, censored_at, never_seen
from twoarm.config.populations import ENROLLED
from twoarm.config.variables import occurred
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.raw.parquet import read_parquet
from twoarm.results.errors import InputError, log_to
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.survival import tie_times
from twoarm.text.echo import listed, rows_text

COLUMNS = ["patient_id", "endpoint", "time", "event", "date", "reason"]
LONGEST = 150 * 365.25  # days; no patient is followed for longer
VALUES_SHOWN = 5  # values listed per error


class CellError(Exception):
    """Cells that do not allow an endpoint to be derived: variable, a mask of the patients, what was found."""

    def __init__(self, errors: list[tuple[str, pd.Series, str]]):
        self.errors = errors
        super().__init__()


def derive_endpoints(
    enrolled,
    response,
    endpoints: dict,
    time_unit: str,
    file: str = "patients.csv",
    columns: dict | None = None,
    values: dict | None = None,
) -> pd.DataFrame:
    """One row per patient and endpoint: patient_id, endpoint, time (in time_unit), event (0/1), date, reason.

    enrolled: one row per patient, with `row` (the line of the file) and the variables of the endpoints.
    response: patient_id, criterion, progression_date; None if the study has no lesions. date is empty for a
    ready-made endpoint. file and columns (variable: raw column): the raw table, for messages. values: {endpoint: the
    values of its event's variable that are events; None or absent: Yes, or 1}.
    Raises InputError with every error of every endpoint: missing values, times that are not positive.
    """
    enrolled = enrolled if "row" in enrolled else enrolled.assign(row=enrolled.index + 2)
    enrolled = sorted_by_patient(enrolled)
    tables, errors = [], []
    for name, endpoint in endpoints.items():
        try:
            if "time" in endpoint:
                table = _ready_made(enrolled, endpoint, time_unit, (values or {}).get(name))
            else:
                table = _from_dates(enrolled, response, endpoint, time_unit)
            table = table.assign(endpoint=name)
            _check_times(table, endpoint, time_unit)
            tables.append(table.assign(time=tie_times(table["time"].to_numpy(float))))
        except CellError as error:
            errors += [
                f"{file} {rows_text(enrolled['row'][where])}, column {(columns or {}).get(variable, variable)}: {text} "
                f"(endpoints.{name})"
                for variable, where, text in error.errors
            ]
        except InputError as error:
            errors += [f"endpoints.{name}: {error}" for error in error.errors]
    if errors:
        raise InputError(errors)
    return sorted_by_patient(pd.concat(tables)[COLUMNS])


def count_reasons(endpoints: pd.DataFrame, enrolled: pd.DataFrame) -> pd.DataFrame:
    """Tidy table: the number of patients with each event and each reason for censoring, by arm and endpoint."""
    joined = endpoints.merge(enrolled[["patient_id", "arm"]].astype({"arm": str}), on="patient_id")
    rows = []
    for endpoint, of_endpoint in joined.groupby("endpoint", sort=False):
        for arm, of_arm in of_endpoint.groupby("arm"):
            key = {"analysis": "endpoints", "population": ENROLLED, "group": arm, "variable": endpoint}
            key["method"] = "descriptive"
            rows.append(dict(key, statistic="total", value=len(of_arm)))
            for reason in sorted(of_endpoint["reason"].unique()):
                rows.append(dict(key, level=reason, statistic="n", value=(of_arm["reason"] == reason).sum()))
    return statistics_table(rows)


def _from_dates(enrolled, response, endpoint: dict, time_unit: str) -> pd.DataFrame:
    """Time from start to the first event, or to censoring."""
    start, censored = enrolled[endpoint["start"]], enrolled[endpoint["censor"]]
    dates = pd.DataFrame({event: _event_dates(enrolled, response, event) for event in endpoint["events"]})
    first = dates.min(axis=1)
    needed = {endpoint["start"]: start, endpoint["censor"]: censored.fillna(first)}  # who had the event needs no other
    _refuse_missing(needed)
    # ASSUME [dates]: an event after the censoring date also counts, however long the patient had not been seen.
    happened = first.notna()
    # If two events fall on one day, the config's first one is the reason.
    reason = pd.Series(censored_at(endpoint["censor"]), index=enrolled.index)
    for event in reversed(endpoint["events"]):
        reason = reason.mask(happened & (dates[event] == first), event)
    # As in the FDA's guidance on progression-free survival.
    # ASSUME [dates]: a patient without an event who was not seen after the start is censored after one day, not
    # excluded.
    unassessed = ~happened & (censored <= start)
    reason = reason.mask(unassessed, censored_at(never_seen(endpoint)))
    date = first.where(happened, censored).mask(unassessed, start + pd.Timedelta(days=1))
    # ASSUME [dates]: an event on the day of the start counts as one day, because no model accepts a time of zero.
    days = (date - start).dt.days
    time = days.mask(happened & (days == 0), 1) / DAYS[time_unit]
    return enrolled[["patient_id"]].assign(time=time, event=happened.astype(int), date=date, reason=reason)


def _event_dates(enrolled: pd.DataFrame, response: pd.DataFrame | None, event: str) -> pd.Series:
    """The date of an event for each enrolled patient; missing if it did not happen."""
    if not event.startswith(PROGRESSION):
        return enrolled[event]
    criterion = event.removeprefix(PROGRESSION)
    if response is None or criterion not in set(response["criterion"]):
        expected = "data.lesions and the criterion in response.criteria"
        raise InputError(f"the event {event} needs {expected}; response by {criterion} was not evaluated")
    found = response[response["criterion"] == criterion].set_index("patient_id")["progression_date"]
    return pd.to_datetime(enrolled["patient_id"].map(found))


def _ready_made(enrolled, endpoint: dict, time_unit: str, values: list | None) -> pd.DataFrame:
    """Time and event as two columns of the patients table. values: of the second, those that are events."""
    name = event_of(endpoint)
    time, event = enrolled[endpoint["time"]], enrolled[name]
    _refuse_missing({endpoint["time"]: time, name: event})
    coded = occurred(event, values)
    wrong = ~coded.isin([0, 1])
    if wrong.any():
        found = listed(sorted(map(str, event[wrong].unique()))[:VALUES_SHOWN])
        expected = "expected a flag, or 1 and 0 (`event: {variable: ..., value: ...}` says which values are events)"
        raise CellError([(name, wrong, f"found {found}, {expected}")])
    reason = coded.map({1: name, 0: censored_at(endpoint["time"])})
    unit = DAYS[endpoint.get("unit", "days")] / DAYS[time_unit]
    date = pd.Series(pd.NaT, index=enrolled.index, dtype="datetime64[ns]")
    return enrolled[["patient_id"]].assign(
        time=time.astype(float) * unit, event=coded.astype(int), date=date, reason=reason
    )


def _refuse_missing(columns: dict[str, pd.Series]) -> None:
    expected = "found nothing, expected a value for every enrolled patient"
    errors = [(name, values.isna(), expected) for name, values in columns.items() if values.isna().any()]
    if errors:
        raise CellError(errors)


def _check_times(table: pd.DataFrame, endpoint: dict, time_unit: str) -> None:
    """Refuse times that are zero (ready-made columns), negative, or longer than a human life."""
    ready = "time" in endpoint
    column = endpoint["time"] if ready else endpoint["censor"]
    whose = "a time" if ready else f"a time from {endpoint['start']} to the event or to {endpoint['censor']}"
    too_short, too_long = table["time"] <= 0, table["time"] * DAYS[time_unit] > LONGEST
    errors = [
        (column, too_short, f"found {whose} that is zero or negative, expected a positive time"),
        (column, too_long, f"found {whose} of more than {LONGEST / DAYS['years']:g} years, expected a shorter one"),
    ]
    if too_short.any() or too_long.any():
        raise CellError([error for error in errors if error[1].any()])


if __name__ == "__main__":
    log_to(snakemake.log[0])
    enrolled = read_parquet(snakemake.input.enrolled)
    table = derive_endpoints(
        enrolled=enrolled,
        response=read_parquet(snakemake.input.response) if snakemake.input.response else None,
        endpoints=snakemake.params.endpoints,
        time_unit=snakemake.params.time_unit,
        file=snakemake.params.file,
        columns=snakemake.params.columns,
        values=snakemake.params["values"],
    )
    table.to_parquet(snakemake.output.endpoints, index=False)
    write_statistics(count_reasons(table, enrolled), snakemake.output.statistics)
