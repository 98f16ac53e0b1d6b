"""Wide tables: the rows that they mean, and what is wrong with a cell of theirs."""

import copy

import pandas as pd
import pytest

from cohort.check_tables import check_tables
from twoarm.config.sources import files_of, share_patients_table, tables_of
from twoarm.config.wide_errors import wide_errors
from twoarm.results.errors import InputError

ARMS = {"column": "drug", "treated": {"value": "A"}, "control": {"value": "B"}}
VARIABLES = {"start": {"kind": "date"}}
DATA = {
    "id": "record", "columns": {"lesions": {}, "adverse_events": {}}, "date_format": "%Y-%m-%d", "separator": ",",
    "cutoff": "2024-12-31", "patients": "patients.csv",
}  # fmt: skip
PATIENTS = """record,drug,start,rash,fever
P1,A,2022-01-01,2,0
P2,A,2022-01-01,,1.0
P3,B,2022-01-01,0,
"""
LESIONS = """record,lesion_id,site,role,day_0,size_0,day_1,size_1,day_2,size_2
P1,T1,lung,target,2021-12-30,40,2022-03-01,20,2022-05-01,
P1,T2,liver,target,2021-12-30,30,2022-03-01,31,2022-05-01,0
P2,T1,lung,target,2021-12-20,50,2022-03-09,25,,
"""
VISITS = [{"visit_date": f"day_{place}", "diameter_mm": f"size_{place}"} for place in range(3)]


def read(folder, **tables) -> dict[str, pd.DataFrame]:
    """The typed tables of a study in a folder. tables: the config's source and the text of its file, by table."""
    data = copy.deepcopy(DATA)
    for table, (source, text) in {"patients": ("patients.csv", PATIENTS), **tables}.items():
        data[table] = source
        if text:
            (folder / f"{table}.csv").write_text(text)
    share_patients_table(data)
    paths = {table: folder / path for table, path in tables_of(data).items()}
    return check_tables(paths, data, ARMS, VARIABLES, {})


def found(error: pytest.ExceptionInfo) -> list[str]:
    return error.value.errors


@pytest.mark.parametrize("own_file", [True, False])
def test_a_column_of_grades_is_an_event_where_it_is_filled_and_not_zero(tmp_path, own_file):
    wide = {"Rash": "rash", "Fever": "fever"}
    source = {"file": "adverse_events.csv", "wide": wide} if own_file else {"wide": wide}
    events = read(tmp_path, adverse_events=(source, PATIENTS if own_file else ""))["adverse_events"]
    assert events[["patient_id", "term", "grade", "row"]].to_numpy().tolist() == [
        ["P1", "Rash", 2, 2], ["P2", "Fever", 1, 3],
    ]  # fmt: skip


def test_nobody_may_have_an_event(tmp_path):
    quiet = PATIENTS.replace(",2,0", ",,").replace("1.0", "0")
    source = {"wide": {"Rash": "rash", "Fever": "fever"}}
    events = read(tmp_path, patients=("patients.csv", quiet), adverse_events=(source, ""))["adverse_events"]
    assert len(events) == 0 and {"patient_id", "term", "grade"} <= set(events)


def test_a_wrong_grade_names_its_own_column_and_row(tmp_path):
    text = PATIENTS.replace("P1,A,2022-01-01,2,0", "P1,A,2022-01-01,6,mild")
    source = {"file": "adverse_events.csv", "wide": {"Rash": "rash", "Fever": "fever"}}
    with pytest.raises(InputError) as error:
        read(tmp_path, adverse_events=(source, text))
    assert found(error) == [
        "adverse_events.csv row 2, column rash: found '6', expected one of 0, 1, 2, 3, 4, 5",
        "adverse_events.csv row 2, column fever: found 'mild', expected one of 0, 1, 2, 3, 4, 5",
    ]


def test_an_absent_column_a_strange_patient_and_a_repeated_one_are_errors(tmp_path):
    source = {"file": "adverse_events.csv", "wide": {"Rash": "rash", "Cough": "cough"}}
    with pytest.raises(InputError, match="there is no column cough; the file has record, drug, start, rash, fever"):
        read(tmp_path, adverse_events=(source, PATIENTS))
    source = {"file": "adverse_events.csv", "wide": {"Rash": "rash", "Fever": "fever"}}
    with pytest.raises(InputError) as error:
        read(tmp_path, adverse_events=(source, PATIENTS + "P9,A,2022-01-01,1,1\nP1,A,2022-01-01,1,0\n"))
    assert found(error) == [
        "adverse_events.csv rows 2 and 6, column record: the same patient more than once, expected one row per patient",
        "adverse_events.csv row 5, column record: a patient who is not in the patients table",
    ]


def test_the_columns_of_a_visit_are_a_reading_where_one_is_filled(tmp_path):
    lesions = read(tmp_path, lesions=({"file": "lesions.csv", "wide": VISITS}, LESIONS))["lesions"]
    assert lesions[["patient_id", "lesion_id", "diameter_mm", "row"]].to_numpy().tolist() == [
        ["P1", "T1", 40, 2], ["P1", "T2", 30, 3], ["P1", "T1", 20, 2], ["P1", "T2", 31, 3], ["P1", "T2", 0, 3],
        ["P2", "T1", 50, 4], ["P2", "T1", 25, 4],
    ]  # fmt: skip
    assert lesions["visit_date"].iloc[4] == pd.Timestamp("2022-05-01")
    assert lesions["evaluable"].all() and (lesions["status"] == "").all(), "what the table does not have"


def test_wide_and_long_lesions_are_the_same(tmp_path):
    wide = read(tmp_path, lesions=({"file": "lesions.csv", "wide": VISITS}, LESIONS))["lesions"]
    columns = ["patient_id", "visit_date", "lesion_id", "site", "role", "diameter_mm", "status", "evaluable"]
    long = wide[columns].assign(evaluable="yes").rename(columns={"patient_id": "record"}).to_csv(index=False)
    read_again = read(tmp_path, lesions=("lesions.csv", long))["lesions"]
    pd.testing.assert_frame_equal(wide[columns].reset_index(drop=True), read_again[columns].reset_index(drop=True))


def test_a_size_without_its_date_names_the_columns_of_its_visit(tmp_path):
    text = LESIONS.replace("2022-03-01,20", ",20").replace("T2,liver", "T2,")
    with pytest.raises(InputError) as error:
        read(tmp_path, lesions=({"file": "lesions.csv", "wide": VISITS}, text))
    what = "found 'nothing', expected a value"
    assert found(error) == [f"lesions.csv row 3, column site: {what}", f"lesions.csv row 2, column day_1: {what}"]


def test_a_lesion_without_a_value_at_any_visit_is_not_left_out_in_silence(tmp_path):
    text = LESIONS + "P2,N1,bone,non_target,2021-12-20,,2022-03-09,,,\n"
    with pytest.raises(InputError) as error:
        read(tmp_path, lesions=({"file": "lesions.csv", "wide": VISITS}, text))
    assert found(error) == [
        "lesions.csv row 5: no visit has a value of this lesion, expected at least one; a lesion without a size needs "
        "its status"
    ]


def test_the_patients_file_is_listed_once():
    data = {**copy.deepcopy(DATA), "adverse_events": {"wide": {"Rash": "rash"}}}
    share_patients_table(data)
    assert data["adverse_events"] == {"file": "patients.csv", "wide": {"Rash": "rash"}}
    assert files_of({"data": data}) == {"data.patients": "patients.csv"}
    data["adverse_events"]["file"] = "other.csv"
    assert list(files_of({"data": data})) == ["data.patients", "data.adverse_events"]


ERRORS = [
    ("patients", {"file": "p.csv", "wide": {"a": "b"}}, "data.patients.wide: the patients table has one row per pat"),
    ("adverse_events", {"wide": VISITS}, "data.adverse_events.wide: expected the column of each term"),
    ("lesions", {"file": "l.csv", "wide": {"Rash": "rash"}}, "data.lesions.wide: expected the columns of each visit"),
    ("lesions", {"wide": VISITS}, "data.lesions: the key file is missing: lesions have a table of their own"),
    ("adverse_events", {"wide": {"ANY ": "a"}}, "data.adverse_events.wide: the name 'ANY ' is reserved; choose anot"),
    ("adverse_events", {"wide": {"row": "a"}}, "data.adverse_events.wide: the name 'row' is reserved; choose another"),
    ("adverse_events", {"wide": {"a": "x", "A": "y"}}, "data.adverse_events.wide: 'a' and 'A' are the same term; list"),
    ("adverse_events", {"wide": {"a": "x", "b": "x"}}, "data.adverse_events.wide: the column 'x' is named twice; expe"),
    ("adverse_events", {"wide": {"a": "record"}}, "data.adverse_events.wide: record is the patient identifier; name"),
]


@pytest.mark.parametrize(("table", "source", "says"), ERRORS)
def test_what_a_config_may_not_say(table, source, says):
    (error,) = wide_errors({"data": {**DATA, table: source}})
    assert error.startswith(says)


def test_columns_of_the_long_table_have_no_effect():
    data = {**DATA, "adverse_events": {"wide": {"a": "x"}}, "columns": {"adverse_events": {"term": "t"}}}
    assert wide_errors({"data": data}) == ["data.columns.adverse_events: has no effect on a wide table; remove it"]
