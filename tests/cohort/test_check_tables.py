"""The raw tables are refused with all errors at once, each with its file, row and column."""

import csv

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohort.check_tables import check_tables, text_errors, typed_table
from twoarm.config.variables import level_of
from twoarm.raw.identifiers import ALIKE
from twoarm.results.errors import REMARK, InputError


def rows(text):
    return list(csv.DictReader(text.strip().splitlines()))


DATA = {"id": "id", "date_format": "%Y-%m-%d", "separator": ",", "columns": {"lesions": {}, "adverse_events": {}}}
ARMS = {"column": "arm", "treated": {"value": "new"}, "control": {"value": "old"}}
VARIABLES = {
    "age": {"kind": "continuous", "range": [0, 120]},
    "stage": {"kind": "categorical", "levels": {"B": "B", "C": "C"}, "missing": "allowed"},
    "cirrhosis": {"kind": "flag"},
    "start": {"kind": "date"},
    "death": {"kind": "date", "missing": "allowed"},
    "last": {"kind": "date", "column": "last_seen"},
}
ENDPOINTS = {"os": {"start": "start", "events": ["death"], "censor": "last"}}

PATIENTS = rows("""
id,arm,age,stage,cirrhosis,start,death,last_seen,name
P3,old,61,,no,2022-03-01,,2023-01-01,secret
P1,new,55.5,B,yes,2022-01-01,2022-06-01,2022-06-01,secret
P2,old,70,C,1,2022-02-01,,2023-02-01,secret
""")
LESIONS = rows("""
id,visit_date,lesion_id,site,role,diameter_mm,viable_mm,status,evaluable
P1,2021-12-28,T1,liver,target,40,35,,yes
P1,2022-02-01,T1,liver,target,30,20,,yes
""")
EVENTS = [{"id": "P1", "term": "Rash", "grade": "3"}]


@pytest.fixture
def check(tmp_path):
    """Write the tables as CSV and check them; a table can be changed by one cell."""

    def run(patients=PATIENTS, lesions=LESIONS, events=EVENTS, data=None):
        paths = {}
        for table, rows in {"patients": patients, "lesions": lesions, "adverse_events": events}.items():
            paths[table] = str(tmp_path / f"{table}.csv")
            pd.DataFrame(rows).to_csv(paths[table], index=False)
        return check_tables(paths, DATA | (data or {}), ARMS, VARIABLES, ENDPOINTS)

    return run


def with_cell(rows, row, column, value):
    return [dict(r, **{column: value}) if i == row else dict(r) for i, r in enumerate(rows)]


def test_good_tables_come_out_typed_sorted_and_with_named_columns_alone(check):
    tables = check()
    patients = tables["patients"]
    assert patients["patient_id"].tolist() == ["P1", "P2", "P3"]
    assert set(patients.columns) == {"patient_id", "arm", *VARIABLES, "row"}
    assert patients["row"].tolist() == [3, 4, 2]
    assert patients["cirrhosis"].tolist() == [True, True, False]
    assert patients["last"].dtype == "datetime64[ns]"
    assert tables["lesions"]["row"].tolist() == [2, 3]


def checked(folder, patients, data, variables=VARIABLES):
    """The patients of a study with this table alone. data: keys of the config's, beside DATA."""
    path = folder / "patients.csv"
    pd.DataFrame(patients).to_csv(path, index=False)
    return check_tables({"patients": str(path)}, DATA | data, ARMS, variables, ENDPOINTS)["patients"]


def test_codes_for_missing_values_are_read_as_empty_and_counted(tmp_path, capsys):
    """In every column but the identifier's, and in single ones; the rest of the table stays as it is."""
    coded = with_cell(with_cell(PATIENTS, 0, "stage", "未查"), 2, "death", "k.A.")
    variables = VARIABLES | {"death": VARIABLES["death"] | {"missing": ["k.A."]}}
    patients = checked(tmp_path, with_cell(coded, 1, "id", "NA1"), {"missing": ["未查", "NA1"]}, variables)
    assert patients["patient_id"].tolist() == ["NA1", "P2", "P3"]
    assert patients["stage"].isna().tolist() == [False, False, True]
    assert patients["death"].isna().tolist() == [False, True, True]
    said = f"{REMARK}patients.csv: cells with a code for a missing value are read as empty: stage 1, death 1"
    assert said in capsys.readouterr().out


def test_a_missing_value_by_a_code_is_refused_where_none_may_be_missing(tmp_path):
    with pytest.raises(InputError, match="row 3, column age: found 'nothing', expected a value"):
        checked(tmp_path, with_cell(PATIENTS, 1, "age", "-"), {"missing": ["-"]})


def test_every_flag_has_the_words_of_data(tmp_path):
    words = {"no": "否", "yes": "是", "1": "是"}
    rows = [row | {"cirrhosis": words[row["cirrhosis"]]} for row in PATIENTS]
    with pytest.raises(InputError, match="column cirrhosis: found '否', expected yes/y/true/1/no/n/false/0"):
        checked(tmp_path, rows, {})
    patients = checked(tmp_path, rows, {"yes": ["是"], "no": ["否"]})
    assert patients["cirrhosis"].tolist() == [True, True, False]
    turned = VARIABLES | {"cirrhosis": {"kind": "flag", "yes": ["否"], "no": ["是"]}}  # its own words come first
    assert checked(tmp_path, rows, {"yes": ["是"], "no": ["否"]}, turned)["cirrhosis"].tolist() == [False, False, True]


def test_derived_variables_stand_beside_the_others_and_only_named_columns_are_read(tmp_path):
    variables = VARIABLES | {
        "age_again": {"kind": "categorical", "column": "age", "levels": {"< 65": "<65", ">= 65": "≥65"}},
        "decades": {"kind": "continuous", "from": "age / 10"},
        "old": {"kind": "flag", "from": "decades > 6 and missing(stage)"},
        "late": {"kind": "categorical", "from": "decades", "split": "median", "levels": {"1": "low", "2": "high"}},
    }
    patients = checked(tmp_path, PATIENTS, {}, variables)
    assert patients["decades"].tolist() == [5.55, 7.0, 6.1]
    assert patients["old"].tolist() == [False, False, True]
    assert set(patients.columns) == {"patient_id", "arm", *variables, "row"} - {"late"}  # not known who is enrolled
    variables["decades"]["range"] = [6, 8]
    with pytest.raises(InputError, match="patients.csv row 3, variable decades: found a value outside 6 to 8"):
        checked(tmp_path, PATIENTS, {}, variables)


def test_values_are_read_as_hospitals_write_them_and_limits_of_detection_are_counted(tmp_path, capsys):
    rows = [row | {"crp": crp} for row, crp in zip(PATIENTS, ("<0.5 mg/l", "1,200", "3 mg/l"), strict=True)]
    rows = with_cell(with_cell(rows, 0, "arm", "OLD"), 1, "start", "01.01.2022 08:30")
    variables = VARIABLES | {"crp": {"kind": "continuous", "detection": "half", "cell_units": ["mg/l"]}}
    formats = ["%Y-%m-%d", "%d.%m.%Y %H:%M"]
    data = {"thousands": ",", "ignore_case": True, "date_format": formats}
    patients = checked(tmp_path, rows, data, variables)
    assert patients["crp"].tolist() == [1200, 3, 0.25]
    assert patients["arm"].tolist() == ["new", "old", "old"]
    assert patients["start"][0] == pd.Timestamp("2022-01-01")
    assert f"{REMARK}patients.csv: values beyond a limit of detection: crp (half) 1" in capsys.readouterr().out
    with pytest.raises(InputError, match="row 2, column crp: found '<0.5 mg/l', expected a number"):
        checked(tmp_path, rows, data, variables | {"crp": {"kind": "continuous"}})


def test_repeated_events_are_left_out_and_counted_if_declared(check, capsys):
    events = [*EVENTS, *EVENTS, {"id": "P2", "term": "Rash", "grade": "3"}]
    assert len(check(events=events)["adverse_events"]) == 3  # undated events may be separate
    dated = [event | {"onset_date": "2022-05-01"} for event in events]
    with pytest.raises(InputError, match="adverse_events.csv row 3: the same as a row above"):
        check(events=dated)
    for repeated in (events, dated):
        assert len(check(events=repeated, data={"duplicates": "drop"})["adverse_events"]) == 2
        said = f"{REMARK}adverse_events.csv row 3: 1 row the same as one above is left out"
        assert said in capsys.readouterr().out


CELLS = [
    ("patients", 1, "age", "old", "patients.csv row 3, column age: found 'old', expected a number"),
    ("patients", 1, "age", "230", "patients.csv row 3, column age: found '230', expected 0 to 120"),
    ("patients", 1, "age", "", "patients.csv row 3, column age: found 'nothing', expected a value"),
    ("patients", 0, "stage", "D", "patients.csv row 2, column stage: found 'D', expected one of B, C"),
    ("patients", 0, "cirrhosis", "perhaps", "patients.csv row 2, column cirrhosis: found 'perhaps', expected yes"),
    ("patients", 0, "start", "01.03.2022", "patients.csv row 2, column start: found '01.03.2022', expected a date"),
    ("patients", 0, "start", "2022-02-30", "patients.csv row 2, column start: found '2022-02-30', expected a date"),
    ("patients", 2, "arm", "other", "patients.csv row 4, column arm: found 'other', expected one of new, old"),
    ("patients", 2, "id", "", "patients.csv row 4, column id: found 'nothing', expected a patient's identifier"),
    ("patients", 2, "id", "P3", "patients.csv rows 2 and 4, column id: the same patient more than once"),
    ("patients", 1, "death", "2021-06-01", "patients.csv row 3, column death: found a date before start"),
    ("patients", 1, "last_seen", "2021-06-01", "patients.csv row 3, column last: found a date before start"),
    ("lesions", 1, "id", "P9", "lesions.csv row 3, column id: a patient who is not in the patients table"),
    ("lesions", 1, "role", "goal", "lesions.csv row 3, column role: found 'goal', expected one of target, non_target"),
    ("lesions", 1, "diameter_mm", "-3", "lesions.csv row 3, column diameter_mm: found '-3', expected 0 to 500"),
    ("lesions", 1, "evaluable", "", "lesions.csv row 3, column evaluable: found 'nothing', expected a value"),
    (
        "adverse_events",
        0,
        "term",
        " ANY",
        "adverse_events.csv row 2, column term: found 'ANY', expected another name, because 'any' means all",
    ),
    (
        "adverse_events",
        0,
        "term",
        "NA",
        "adverse_events.csv row 2, column term: found 'NA', expected a name (delete",
    ),
    ("lesions", 0, "site", "-", "lesions.csv row 2, column site: found '-', expected a name"),
    ("lesions", 0, "lesion_id", "N/A", "lesions.csv row 2, column lesion_id: found 'N/A', expected a name"),
    ("patients", 2, "id", "NaN", "patients.csv row 4, column id: found 'NaN', expected a name"),
    ("lesions", 0, "visit_date", "1899-12-28", "lesions.csv row 2, column visit_date: found a date before 1900"),
    ("lesions", 1, "visit_date", "2199-12-28", "lesions.csv row 3, column visit_date: found a date after 20"),
    ("adverse_events", 0, "grade", "6", "adverse_events.csv row 2, column grade: found '6', expected one of 1, 2"),
    ("adverse_events", 0, "id", "P9", "adverse_events.csv row 2, column id: a patient who is not in"),
]


@pytest.mark.parametrize(("table", "row", "column", "value", "says"), CELLS)
def test_a_wrong_cell_is_named(check, table, row, column, value, says):
    rows = {"patients": PATIENTS, "lesions": LESIONS, "adverse_events": EVENTS}[table]
    key = "events" if table == "adverse_events" else table
    with pytest.raises(InputError) as stopped:
        check(**{key: with_cell(rows, row, column, value)})
    assert any(error.startswith(says) for error in stopped.value.errors), stopped.value.errors
    assert not any(identifier in str(stopped.value) for identifier in ("P1", "P2", "P3", "P9", "secret"))


def test_the_rows_of_an_error_are_in_the_order_of_the_file(tmp_path):
    values = ["DEF"[row % 3] for row in range(90)]
    text = pd.DataFrame({"patient_id": [f"P{row}" for row in range(90)], "stage": values}, index=range(2, 92))
    columns = {"stage": {**VARIABLES["stage"], "column": "stage"}}
    assert [error.split(", column")[0] for error in text_errors("patients.csv", text, columns, DATA)] == [
        f"patients.csv rows {', '.join(str(row) for row in range(first, first + 30, 3))} and 20 more"
        for first in (2, 3, 4)
    ]


def test_every_error_of_every_table_is_listed_at_once(check):
    with pytest.raises(InputError) as stopped:
        check(
            patients=with_cell(with_cell(PATIENTS, 0, "age", "x"), 1, "stage", "D"),
            lesions=with_cell(LESIONS, 0, "role", "goal"),
            events=with_cell(EVENTS, 0, "grade", "9"),
        )
    assert len(stopped.value.errors) == 4


def test_patients_whose_identifiers_are_alike_are_reported(check, capsys):
    tables = check(patients=[*PATIENTS, {**PATIENTS[2], "id": "p02"}])
    assert len(tables["patients"]) == 4
    said = f"patients.csv rows 4 and 5, column id: identifiers that differ only by {ALIKE} are read"
    assert capsys.readouterr().out == f"{REMARK}{said} as 2 patients\n"


def test_a_row_whose_patient_is_written_otherwise_says_so(check):
    with pytest.raises(InputError) as stopped:
        check(events=[{**EVENTS[0], "id": "p01"}, {**EVENTS[0], "id": "P9"}])
    unknown = "column id: a patient who is not in the patients table"
    assert stopped.value.errors == [
        f"adverse_events.csv row 3, {unknown}",
        f"adverse_events.csv row 2, {unknown}; a similar identifier there differs only by {ALIKE}",
    ]


def test_a_missing_column_is_named_with_what_is_there(check):
    with pytest.raises(InputError, match=r"patients.csv: there is no column last_seen; the file has id, arm, age"):
        check(patients=[{k: v for k, v in row.items() if k != "last_seen"} for row in PATIENTS])


@pytest.mark.parametrize("written", ["Last_seen", "last_sen"])
def test_a_missing_column_is_compared_with_what_is_there(check, written):
    with pytest.raises(
        InputError, match=rf"no column last_seen \(did you mean {written}\?\); the file has id, arm, age"
    ):
        check(patients=[{written if k == "last_seen" else k: v for k, v in row.items()} for row in PATIENTS])


@pytest.mark.parametrize(
    ("column", "cells", "hint"),
    [
        (
            "age",
            ["61,5", "1,234"],
            "expected a number (`data.decimal` and `data.thousands` say how numbers are written)",
        ),
        ("age", ["61,5", "old"], "expected a number"),
        ("age", ["６１", "\u22125"], "expected a number (write it with the digits 0-9 and the hyphen -, "),
        ("age", ["'61", "5\u200b8"], "expected a number (write it with the digits 0-9 and the hyphen -, "),
        (
            "start",
            ["2021-02-28 16:00:00+00:00", "2021-03-01 16:00:00+00:00"],
            "(a moment in UTC, whose day depends on ",
        ),
        ("start", ["44562", "44927.5"], "expected a date written %Y-%m-%d (these look like Excel's numbers of days: "),
        ("start", ["44562", "soon"], "expected a date written %Y-%m-%d"),
    ],
)
def test_cells_of_a_usual_kind_come_with_how_they_could_be_read(check, column, cells, hint):
    rows = [{**row, column: cell} for row, cell in zip(PATIENTS, cells, strict=False)]
    with pytest.raises(InputError) as stopped:
        check(patients=rows + PATIENTS[2:])
    own = [error for error in stopped.value.errors if f"column {column}: found" in error]
    assert len(own) == 2 and hint in own[0] and (own[0].endswith(hint) or "(" in hint)


def test_only_a_variable_comes_with_how_it_may_be_empty(check):
    with pytest.raises(InputError) as stopped:
        check(
            patients=with_cell(PATIENTS, 0, "age", ""),
            lesions=with_cell(LESIONS, 0, "site", ""),
            events=with_cell(EVENTS, 0, "grade", ""),
        )
    assert [error.partition(", expected ")[2] for error in stopped.value.errors] == [
        "a value (`missing: allowed` would let it be empty)",
        "a value",
        "a value",
    ]


def test_a_column_without_any_value_is_reported(check, capsys):
    check(patients=[{**row, "death": ""} for row in PATIENTS])
    assert f"{REMARK}patients.csv column death: every cell is empty\n" in capsys.readouterr().out


def test_a_separator_at_the_end_of_every_line_is_reported(tmp_path, capsys):
    path = tmp_path / "patients.csv"
    pd.DataFrame(PATIENTS).assign(**{"": ""}).to_csv(path, index=False)
    assert len(check_tables({"patients": str(path)}, DATA, ARMS, VARIABLES, ENDPOINTS)["patients"]) == 3
    said = "patients.csv: every line ends with a separator; the empty last column is ignored"
    assert capsys.readouterr().out == f"{REMARK}{said}\n"


def test_a_character_in_the_header_that_is_invisible_is_shown(check):
    with pytest.raises(
        InputError, match=r"there is no column age \(did you mean a\\u200bge\?\); the file has id, arm, .*a\\u200bge"
    ):
        check(patients=[{**{k: v for k, v in row.items() if k != "age"}, "a\u200bge": row["age"]} for row in PATIENTS])


def test_an_identifier_in_the_header_is_not_repeated(check):
    with pytest.raises(InputError, match=r"adverse_events.csv: there is no column grade; the file has id, term$"):
        check(events=[{"id": "P1", "term": "Rash", "P2": "3"}])


def test_the_same_lesion_row_twice_is_refused(check):
    with pytest.raises(InputError, match="lesions.csv row 3: the same as a row above"):
        check(lesions=[LESIONS[0], LESIONS[0]])


def test_a_study_may_have_no_adverse_event(tmp_path, check, capsys):
    check()
    (tmp_path / "adverse_events.csv").write_text("id,term,grade\n")
    paths = {table: str(tmp_path / f"{table}.csv") for table in ("patients", "adverse_events")}
    assert len(check_tables(paths, DATA, ARMS, VARIABLES, ENDPOINTS)["adverse_events"]) == 0
    said = f"{REMARK}adverse_events.csv: it has a header but no rows, so nobody had an adverse event\n"
    assert said in capsys.readouterr().out
    (tmp_path / "patients.csv").write_text((tmp_path / "patients.csv").read_text().splitlines()[0] + "\n")
    with pytest.raises(InputError, match=r"patients.csv: it has a header but no rows"):
        check_tables(paths, DATA, ARMS, VARIABLES, ENDPOINTS)


def test_a_decimal_comma_is_read_where_the_config_says_so(tmp_path):
    lines = ["id;arm;age;stage;cirrhosis;start ;death;last_seen", "P1;new;55,5;B;yes;2022-01-01;;2022-06-01"]
    (tmp_path / "patients.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    data = DATA | {"separator": ";", "decimal": ","}
    tables = check_tables({"patients": str(tmp_path / "patients.csv")}, data, ARMS, VARIABLES, ENDPOINTS)
    assert tables["patients"]["age"].item() == 55.5


def test_a_grade_written_by_r_or_excel_is_read(check):
    assert check(events=with_cell(EVENTS, 0, "grade", "3.0"))["adverse_events"]["grade"].tolist() == [3]


def test_a_last_assessment_before_the_start_is_not_an_error_but_a_last_contact_is(check, tmp_path):
    patients = with_cell(PATIENTS, 0, "last_seen", "2021-01-01")
    with pytest.raises(InputError, match="column last: found a date before start"):
        check(patients=patients)
    pfs = {"pfs": {"start": "start", "events": ["progression:recist", "death"], "censor": "last"}}
    assert len(check_tables({"patients": str(tmp_path / "patients.csv")}, DATA, ARMS, VARIABLES, pfs)["patients"]) == 3


def test_a_file_in_another_encoding_says_what_to_do(tmp_path):
    (tmp_path / "patients.csv").write_bytes("id,name\nP1,Müller\n".encode("latin-1"))
    with pytest.raises(InputError, match="patients.csv line 2: found bytes that do not fit, .* cp1252"):
        check_tables({"patients": str(tmp_path / "patients.csv")}, DATA, ARMS, VARIABLES, ENDPOINTS)


def test_events_without_a_date_may_be_two_but_dated_ones_not(check):
    assert len(check(events=EVENTS * 2)["adverse_events"]) == 2
    with pytest.raises(InputError, match="adverse_events.csv row 3: the same as a row above"):
        check(events=[dict(EVENTS[0], onset_date="2022-02-01")] * 2)


ENDS = VARIABLES | {"death": {"kind": "date", "missing": "allowed", "ends_observation": True}}


def test_a_fatal_event_of_a_patient_who_is_alive_is_reported(tmp_path, capsys):
    for fatal, said in ((["P1", "P2", "P3"], "rows 3 and 4: fatal, but the patient has no death"), (["P1"], "")):
        tables = {"patients": PATIENTS, "adverse_events": [{"id": who, "term": "Rash", "grade": "5"} for who in fatal]}
        paths = {table: str(tmp_path / f"{table}.csv") for table in tables}
        for table, rows in tables.items():
            pd.DataFrame(rows).to_csv(paths[table], index=False)
        check_tables(paths, DATA, ARMS, ENDS, ENDPOINTS)
        assert capsys.readouterr().out == (f"{REMARK}adverse_events.csv {said}\n" if said else "")


PFS = {"pfs": {"start": "start", "events": ["progression:recist", "death"], "censor": "last"}}


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "says"),
    [
        ("patients", 1, "last_seen", "2022-07-01", "patients.csv row 3, column last: found a date after death"),
        ("patients", 0, "last_seen", "2203-01-01", "patients.csv row 2, column last: found a date after 2024-12-31"),
        ("lesions", 1, "visit_date", "2022-06-02", "lesions.csv row 3, column visit_date: found a date after death"),
        ("lesions", 1, "visit_date", "2022-06-02", "lesions.csv row 3, column visit_date: found a date after last"),
        (
            "adverse_events",
            0,
            "onset_date",
            "2021-12-31",
            "adverse_events.csv row 2, column onset_date: found a date before",
        ),
        (
            "adverse_events",
            0,
            "onset_date",
            "2022-06-02",
            "adverse_events.csv row 2, column onset_date: found a date after",
        ),
    ],
)
def test_dates_out_of_order_are_named(tmp_path, table, row, column, value, says):
    tables = {"patients": PATIENTS, "lesions": LESIONS, "adverse_events": [dict(EVENTS[0], onset_date="2022-02-01")]}
    paths = {name: str(tmp_path / f"{name}.csv") for name in tables}

    def errors():
        for name, content in tables.items():
            pd.DataFrame(content).to_csv(paths[name], index=False)
        try:
            check_tables(paths, DATA | {"cutoff": "2024-12-31"}, ARMS, ENDS, PFS)
        except InputError as error:
            return error.errors
        return []

    assert errors() == []
    tables[table] = with_cell(tables[table], row, column, value)
    assert any(error.startswith(says) for error in errors()), errors()


NUMBERS = [  # decimal mark, cell, what it means (None: refused)
    (".", "55.5", 55.5),
    (".", "5.55e1", 55.5),
    (".", "55,5", None),
    (".", "1,055", None),
    (".", "1_0", None),
    (".", "1'055", None),
    (".", "0x1F", None),
    (".", "1e300", None),
    (".", "1e-300", None),
    (",", "55,5", 55.5),
    (",", "55", 55),
    (",", "5,55e1", 55.5),
    (",", "55.5", None),  # today's 55.5 and a hospital's 555 with its mark are one text
    (",", "1.055", None),
    (",", "1.055,5", None),
    (",", "1 055,5", None),
]


@pytest.mark.parametrize(("decimal", "cell", "value"), NUMBERS)
def test_a_number_is_written_with_the_decimal_mark_of_the_config_alone(tmp_path, decimal, cell, value):
    path = tmp_path / "patients.csv"
    pd.DataFrame(with_cell(PATIENTS, 1, "age", cell)).to_csv(path, index=False, sep=";")
    variables = VARIABLES | {"age": {"kind": "continuous"}}
    arguments = {"patients": str(path)}, DATA | {"separator": ";", "decimal": decimal}, ARMS, variables, ENDPOINTS
    if value is None:
        with pytest.raises(InputError, match=f"row 3, column age: found {cell!r}, expected"):
            check_tables(*arguments)
    else:
        assert check_tables(*arguments)["patients"].set_index("row").loc[3, "age"] == value


@pytest.mark.parametrize("cell", ["now", "today", "NaT", "2022", "2022-01", "1650-01-01", "2022-01-01x"])
def test_words_and_parts_are_no_dates(check, cell):
    with pytest.raises(InputError, match="patients.csv row 3, column start: found "):
        check(patients=with_cell(PATIENTS, 1, "start", cell))


def test_a_date_with_a_time_is_its_day(tmp_path):
    path = tmp_path / "patients.csv"
    rows = [
        {**row, **{key: row[key] and f"{row[key]} 23:59" for key in ("start", "death", "last_seen")}}
        for row in PATIENTS
    ]
    pd.DataFrame(rows).to_csv(path, index=False)
    table = check_tables({"patients": str(path)}, DATA | {"date_format": "%Y-%m-%d %H:%M"}, ARMS, VARIABLES, ENDPOINTS)
    assert table["patients"]["start"].tolist()[0] == pd.Timestamp("2022-01-01")


def test_a_long_cell_and_an_identifier_are_not_repeated(check):
    with pytest.raises(InputError) as stopped:
        check(patients=with_cell(with_cell(PATIENTS, 0, "age", "x" * 10_000), 1, "stage", "P2"))
    assert "(10000 characters)" in str(stopped.value)
    assert "found a patient's identifier, expected one of B, C" in str(stopped.value)
    assert len(str(stopped.value)) < 500


def test_an_infinite_number_is_none(check):
    with pytest.raises(InputError, match="column age: found 'inf', expected a number"):
        check(patients=with_cell(PATIENTS, 0, "age", "inf"))


def test_many_values_of_one_error_are_counted_not_listed(check):
    with pytest.raises(InputError) as stopped:
        check(patients=[dict(PATIENTS[0], id=f"Q{i}", age=f"{i},5") for i in range(30)] + PATIENTS[1:2])
    assert len(stopped.value.errors) < 10
    assert "patients.csv column age: 25 more values like these, expected a number" in stopped.value.errors


def test_an_empty_table_is_refused(check):
    with pytest.raises(InputError, match="lesions.csv: the file is empty"):
        check(lesions=[])


def test_many_wrong_rows_are_counted_not_listed(check):
    many = [dict(PATIENTS[0], id=f"Q{i}", stage="D") for i in range(30)] + PATIENTS[1:2]
    with pytest.raises(InputError, match="and 20 more, column stage: found 'D'"):
        check(patients=many)


@settings(max_examples=20)
@given(st.permutations(PATIENTS))
def test_row_order_never_matters(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("tables")
    tables = []
    for order in (rows, PATIENTS):
        pd.DataFrame(order).to_csv(folder / "patients.csv", index=False)
        tables.append(
            check_tables({"patients": str(folder / "patients.csv")}, DATA, ARMS, VARIABLES, ENDPOINTS)["patients"]
        )
    assert tables[0].drop(columns="row").equals(tables[1].drop(columns="row"))


def test_a_level_that_looks_like_a_condition_is_read_from_its_text_and_from_numbers(tmp_path):
    size = {"kind": "categorical", "levels": {"<=20": "S", "20-50": "M", ">50": "L"}, "range": [0, 90], "column": "cm"}
    cells = {2: "<=20", 3: "20-50", 4: "7,5", 5: "51", 6: "20-60", 7: "30", 8: "95", 9: "< 20", 10: "7.5"}
    text = pd.DataFrame({"patient_id": [f"P{row}" for row in cells], "size": list(cells.values())}, index=list(cells))
    data = DATA | {"decimal": ","}
    known = "expected one of <=20, 20-50, >50 with a decimal comma and no thousands separators"
    assert sorted(text_errors("patients.csv", text, {"size": size}, data)) == [
        f"patients.csv row 10, column cm: found '7.5', {known}",
        f"patients.csv row 6, column cm: found '20-60', {known}",
        f"patients.csv row 7, column cm: found '30', {known}",
        "patients.csv row 8, column cm: found '95', expected 0 to 90",
        f"patients.csv row 9, column cm: found '< 20', {known}",
    ]
    typed_table(text.iloc[:4], {"size": size}, data).to_parquet(tmp_path / "patients.parquet")
    read = pd.read_parquet(tmp_path / "patients.parquet")["size"]
    assert level_of(read, size).tolist() == ["S", "M", "S", "L"]
