"""Endpoints from dates and from ready-made columns."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survival.derive_endpoints import count_reasons, derive_endpoints
from twoarm.config.endpoints import event_errors, event_values
from twoarm.config.keys import ends_of
from twoarm.results.errors import InputError

PFS = {
    "label": "PFS",
    "start": "treatment_start",
    "events": ["progression:mrecist", "death_date"],
    "censor": "last_assessment",
}
OS = {"label": "OS", "start": "treatment_start", "events": ["death_date"], "censor": "last_contact"}
START = pd.Timestamp("2023-01-01")


def day(number):
    return pd.NaT if number is None else START + pd.Timedelta(days=number)


def study(*patients):
    """(enrolled, response) of patients given as (progression, death, last assessment, last contact), in days."""
    ids = [f"P{place:03}" for place in range(len(patients))]
    dates = [[day(number) for number in patient] for patient in patients]
    columns = ["progression_date", "death_date", "last_assessment", "last_contact"]
    table = pd.DataFrame(dates, columns=columns).astype("datetime64[ns]").assign(patient_id=ids)
    enrolled = table.drop(columns="progression_date").assign(treatment_start=START, arm="T")
    response = pd.concat([table[["patient_id", "progression_date"]].assign(criterion=c) for c in ("mrecist", "recist")])
    response.loc[response["criterion"] == "recist", "progression_date"] = pd.NaT
    return enrolled, response


CASES = [
    # progression, death, last assessment, last contact -> days, event, reason
    ((50, 90, 50, 90), (50, 1, "progression:mrecist")),
    ((None, 90, 70, 90), (90, 1, "death_date")),  # death after the last assessment counts
    ((None, None, 70, 90), (70, 0, "censored: last_assessment")),
    ((90, 90, 90, 90), (90, 1, "progression:mrecist")),  # on one day: the event named first
    ((80, 60, 90, 90), (60, 1, "death_date")),  # the earliest, whatever the order in the config
]


@pytest.mark.parametrize(("patient", "expected"), CASES)
def test_time_runs_to_the_first_event_or_to_censoring(patient, expected):
    enrolled, response = study(patient)
    row = derive_endpoints(enrolled, response, {"pfs": PFS}, "days").iloc[0]
    assert (row["time"], row["event"], row["reason"]) == expected
    assert row["date"] == START + pd.Timedelta(days=expected[0])


@pytest.mark.parametrize(("unit", "time"), [("days", 70), ("months", 70 / 30.4375), ("years", 70 / 365.25)])
def test_time_is_in_the_unit_of_the_study(unit, time):
    enrolled, response = study((None, None, 70, 90))
    assert derive_endpoints(enrolled, response, {"pfs": PFS}, unit)["time"].item() == pytest.approx(time, rel=1e-15)


def test_every_patient_has_every_endpoint_sorted_whatever_the_row_order():
    enrolled, response = study(*(case for case, _ in CASES))
    table = derive_endpoints(enrolled, response, {"pfs": PFS, "os": OS}, "months")
    assert list(table) == ["patient_id", "endpoint", "time", "event", "date", "reason"]
    assert table["patient_id"].is_monotonic_increasing
    assert list(table["endpoint"]) == ["pfs", "os"] * len(CASES)
    mixed = derive_endpoints(
        enrolled.sample(frac=1, random_state=1),
        response.sample(frac=1, random_state=2),
        {"pfs": PFS, "os": OS},
        "months",
    )
    pd.testing.assert_frame_equal(table, mixed)


def test_a_study_without_lesions_needs_no_response():
    enrolled, _ = study((None, 90, 70, 90))
    assert derive_endpoints(enrolled, None, {"os": OS}, "days")["event"].item() == 1
    with pytest.raises(InputError, match="progression:mrecist needs data.lesions"):
        derive_endpoints(enrolled, None, {"pfs": PFS}, "days")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ({"death_date": day(-3)}, "column scan: found a time from treatment_start to the event or to last_assessment"),
        ({"last_assessment": pd.NaT}, "column scan: found nothing, expected a value for every enrolled patient"),
        ({"treatment_start": pd.NaT}, "column treatment_start: found nothing, expected a value for every enrolled"),
    ],
)
def test_impossible_dates_are_refused_by_row_and_never_by_patient(error, text):
    enrolled, response = study((50, None, 90, 90), (None, None, 70, 90))
    for column, value in error.items():
        enrolled.loc[1, column] = value
    enrolled = enrolled.assign(row=range(7, 7 + len(enrolled)))
    with pytest.raises(InputError, match=text) as error:
        derive_endpoints(enrolled, response, {"pfs": PFS}, "days", "table.csv", {"last_assessment": "scan"})
    assert str(error.value).startswith("table.csv row 8, ")
    assert str(error.value).endswith(" (endpoints.pfs)")
    assert "P0" not in str(error.value)


def test_all_errors_are_reported_at_once():
    enrolled, response = study((None, -1, 9, 9))
    with pytest.raises(InputError) as error:
        derive_endpoints(enrolled, response, {"pfs": PFS, "os": OS}, "days")
    assert [error.partition(" (")[2] for error in error.value.errors] == ["endpoints.pfs)", "endpoints.os)"]


READY = {"label": "RFS", "time": "rfs_days", "event": "rfs", "unit": "days"}


@pytest.mark.parametrize("event", [pd.Series([1.0, 0.0]), pd.Categorical(["Yes", "No"], ["Yes", "No"])])
def test_ready_made_columns_are_converted_to_the_unit_of_the_study(event):
    enrolled = pd.DataFrame({"patient_id": ["P1", "P2"], "arm": "T", "rfs_days": [365.25, 30.4375], "rfs": event})
    table = derive_endpoints(enrolled, None, {"rfs": READY}, "months")
    assert table["time"].tolist() == pytest.approx([12, 1])
    assert table["event"].tolist() == [1, 0]
    assert table["reason"].tolist() == ["rfs", "censored: rfs_days"]
    assert table["date"].isna().all()


STATES = [
    # the variable, its values in the file of enrolled patients, the config's value, who has the event
    ({"kind": "continuous"}, [0.0, 1.0, 2.0], "2", [0, 0, 1]),
    ({"kind": "continuous"}, [0.0, 1.0, 2.0], ["1", "2"], [0, 1, 1]),
    ({"kind": "categorical", "levels": {"1": "Alive", "2": "Dead"}}, ["Alive", "Dead", "Alive"], "2", [0, 1, 0]),
    ({"kind": "categorical", "levels": {"a": "Alive", "d": "Dead"}}, ["Alive", "Dead", "Alive"], "Dead", [0, 1, 0]),
    ({"kind": "categorical", "levels": {"0": "Dead", "1": "Alive"}}, ["Alive", "Dead", "Alive"], "0", [0, 1, 0]),
    ({"kind": "flag"}, ["Yes", "No", "Yes"], "0", [0, 1, 0]),  # the flag says who is alive
    ({"kind": "flag"}, ["Yes", "No", "Yes"], "TRUE", [1, 0, 1]),
    ({"kind": "flag", "yes": ["Tot"]}, ["Yes", "No", "Yes"], "tot", [1, 0, 1]),
    ({"kind": "flag"}, ["Yes", "No", "Yes"], "否", [0, 1, 0]),  # a word of data
]


@pytest.mark.parametrize(("variable", "state", "value", "events"), STATES)
def test_a_state_and_its_values_are_an_event(variable, state, value, events):
    endpoint = {"label": "OS", "time": "weeks", "event": {"variable": "state", "value": value}, "unit": "weeks"}
    data = {"yes": ["是"], "no": ["否"]}
    values = {"os": event_values(endpoint, {"state": variable}, data)}
    enrolled = pd.DataFrame({"patient_id": ["P1", "P2", "P3"], "arm": "T", "weeks": [1.0, 2.0, 52.0], "state": state})
    assert event_errors("endpoints.os", endpoint, {"state": variable}, data) == []
    table = derive_endpoints(enrolled, None, {"os": endpoint}, "days", values=values)
    assert table["event"].tolist() == events
    assert table["time"].tolist() == [7, 14, 364]
    assert set(table["reason"]) <= set(ends_of(endpoint))


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ({"kind": "continuous"}, "dead", "found 'dead'; expected a number"),
        ({"kind": "flag"}, "dead", "found 'dead', which state does not have; expected one of"),
        ({"kind": "categorical", "levels": {"1": "Alive", "2": "Dead"}}, "3", "one of 1, 2, Alive, Dead"),
        ({"kind": "categorical", "levels": {"1": "A", "2": "D", "3": "D"}}, "2", "prints 2, 3 as one level"),
    ],
)
def test_a_value_that_is_not_the_event_s_alone_is_refused(variable, value, says):
    endpoint = {"label": "OS", "time": "weeks", "event": {"variable": "state", "value": value}}
    (error,) = event_errors("endpoints.os", endpoint, {"state": variable}, {})
    assert error.startswith("endpoints.os.event.value: ")
    assert says in error


def test_only_patients_without_an_event_need_a_date_of_censoring():
    """A hospital may leave the last contact of the dead empty."""
    enrolled, response = study((None, 90, 70, None), (None, None, 70, 80))
    table = derive_endpoints(enrolled, response, {"os": OS}, "days")
    assert table[["time", "event"]].to_numpy().tolist() == [[90, 1], [80, 0]]
    enrolled, response = study((None, 90, 70, 90), (None, None, 70, None))
    with pytest.raises(InputError, match="row 3, column last_contact: found nothing, expected a value for every"):
        derive_endpoints(enrolled, response, {"os": OS}, "days")


def test_an_event_that_is_neither_yes_nor_no_is_refused():
    enrolled = pd.DataFrame({"patient_id": ["P1", "P2"], "arm": "T", "rfs_days": [3.0, 4.0], "rfs": [1.0, 2.0]})
    with pytest.raises(InputError, match="patients.csv row 3, column rfs: found 2.0, expected a flag, or 1 and 0"):
        derive_endpoints(enrolled, None, {"rfs": READY}, "days")


@pytest.mark.parametrize(
    ("time", "says"), [(0.0, "zero or negative"), (-2.0, "zero or negative"), (1e6, "of more than 150")]
)
def test_a_ready_made_time_that_cannot_be_is_refused_by_its_row(time, says):
    enrolled = pd.DataFrame({"patient_id": ["P2", "P1"], "arm": "T", "rfs_days": [time, 4.0], "rfs": [1.0, 0.0]})
    with pytest.raises(InputError, match=f"^patients.csv row 2, column rfstime: found a time (that is )?{says}"):
        derive_endpoints(enrolled, None, {"rfs": READY}, "days", columns={"rfs_days": "rfstime"})


def test_reasons_are_counted_by_arm():
    enrolled, response = study(*(case for case, _ in CASES))
    enrolled["arm"] = ["T", "C", "T", "C", "T"]
    table = count_reasons(derive_endpoints(enrolled, response, {"pfs": PFS}, "days"), enrolled)
    counts = table[table["statistic"] == "n"].set_index(["group", "level"])["value"]
    assert counts["T", "progression:mrecist"] == 1
    assert counts["C", "censored: last_assessment"] == 0
    totals = table[table["statistic"] == "total"].set_index("group")["value"]
    assert (counts.groupby("group").sum() == totals).all()


whenever = st.one_of(st.none(), st.integers(1, 400))


@given(whenever, whenever, st.integers(1, 400), st.integers(1, 400))
def test_progression_free_survival_never_outlasts_a_death(progression, death, assessment, contact):
    enrolled, response = study((progression, death, assessment, contact))
    found = derive_endpoints(enrolled, response, {"pfs": PFS, "os": OS}, "days").set_index("endpoint")
    if death is not None:
        assert found.loc["pfs", "time"] <= found.loc["os", "time"] == death
    assert found.loc["pfs", "event"] >= found.loc["os", "event"]


@pytest.mark.parametrize("last_assessment", [0, -20])
def test_a_patient_without_an_assessment_after_the_start_is_censored_on_day_one(last_assessment):
    enrolled, response = study((None, None, last_assessment, 400))
    row = derive_endpoints(enrolled, response, {"pfs": PFS}, "days").iloc[0]
    assert (row["time"], row["event"], row["date"]) == (1, 0, day(1))
    assert row["reason"] == "censored: no last_assessment after treatment_start"


def test_an_event_on_the_day_of_the_start_counts_as_one_day():
    enrolled, response = study((None, 0, 0, 0))
    row = derive_endpoints(enrolled, response, {"os": OS}, "days").iloc[0]
    assert (row["time"], row["event"], row["reason"], row["date"]) == (1, 1, "death_date", day(0))


def test_ready_made_times_that_differ_by_round_off_alone_are_one_time():
    table = pd.DataFrame({"patient_id": ["a", "b"], "years": [71.4 - 71.0, 62.4 - 62.0], "event": ["Yes", "No"]})
    assert table["years"].nunique() == 2
    endpoint = {"time": "years", "event": "event", "unit": "years"}
    found = derive_endpoints(table, None, {"os": endpoint}, "years")
    assert found["time"].tolist() == [0.4, 0.4]
