"""What new users stumbled over with tables of hospitals: each is drafted as it is, or named with what can be done."""

import numpy as np
import openpyxl
import pandas as pd
import pytest

from new_study.columns import column_of
from new_study.command import drafted, remaining
from new_study.roles import arms_of, ready_made

N = 60
RANDOM = np.random.default_rng(3)
PATIENTS = {
    "Patient No": [f"{number:04}" for number in range(N)],
    "Arm": RANDOM.choice(["Drug", "Obs"], N),
    "Age": RANDOM.integers(40, 80, N),
    "TIME": RANDOM.integers(40, 4000, N),
    "STATUS": RANDOM.choice(["censored", "dead", "transplant"], N),
}


@pytest.fixture
def draft(tmp_path):
    """Draft a config from columns beside those of PATIENTS; returns its text, and what still stops a run."""

    def run(columns, **keys):
        pd.DataFrame(PATIENTS | columns).to_csv(tmp_path / "a.csv", index=False, **keys)
        text, errors = drafted([str(tmp_path / "a.csv")], tmp_path)
        assert errors == []
        (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
        return text, remaining(tmp_path)

    return run


@pytest.fixture
def book(tmp_path):
    """Save sheets {name: rows} as a workbook; returns its path."""

    def save(sheets, merged=""):
        workbook = openpyxl.Workbook()
        workbook.remove(workbook.active)
        for name, rows in sheets.items():
            sheet = workbook.create_sheet(name)
            for row in rows:
                sheet.append(row)
        if merged:
            workbook.worksheets[0].merge_cells(merged)
        workbook.save(tmp_path / "a.xlsx")
        return str(tmp_path / "a.xlsx")

    return save


def test_a_state_of_three_values_is_an_event_and_neither_it_nor_its_time_a_covariate(draft):
    text, left = draft({})
    assert left == []
    assert "time: TIME, event: {variable: STATUS, value: dead}, unit: days}" in text
    assert "choose which values are the event, all others are censored" in text
    assert "propensity: {covariates: [Age]}" in text and "variables: [Age]} # Cox models" in text


@pytest.mark.parametrize(
    "name", ["futime", "survival_days", "FollowUp", "PFS (months)", "days", "随访天数", "生存时间", "status"]
)
def test_a_follow_up_without_a_partner_is_no_covariate(draft, name):
    """Two times and one event: the second has none."""
    text, left = draft({name: PATIENTS["TIME"] + 1} if name != "status" else {name: ["alive", "dead", "lost"] * 20})
    assert left == []
    assert "propensity: {covariates: [Age]}" in text


@pytest.mark.parametrize("name", ["PROTIME", "Prothrombin time", "凝血时间", "Disease duration (years)", "病程天数"])
def test_a_time_that_is_a_laboratory_value_or_before_treatment_is_not_that_of_the_endpoint(draft, name):
    text, left = draft({name: RANDOM.integers(9, 19, N) + 0.5})
    assert left == []
    assert "os: {label: Overall survival, time: TIME" in text


def columns_of(**columns):
    return {name: column_of(name, pd.Series(texts), ".", "%Y-%m-%d") for name, texts in columns.items()}


def test_two_of_several_treatments_are_compared_and_the_others_counted(draft):
    found = arms_of(columns_of(married=["yes", "no"] * 30, rx=["Obs"] * 20 + ["Lev"] * 15 + ["Lev+5FU"] * 25), [])
    assert (found.column, found.treated, found.control, found.further) == ("rx", "Lev+5FU", "Obs", ["Lev"])
    text, left = draft({"Arm": ["Obs", "Lev", "Lev+5FU", ""] * 15})
    assert "others: leave_out # Lev+5FU (15 patients), no treatment recorded (15 patients): not compared" in text
    assert left == []


def test_a_score_or_a_rank_is_no_endpoint():
    columns = columns_of(futime=[str(100 + 7 * n) for n in range(N)], ECOG_status=["0", "1", "2"] * 20)
    assert ready_made(columns) == []


def test_few_missing_values_leave_patients_out_many_the_covariate(draft):
    """5% is few."""
    text, left = draft({"nodes": ["", "", "", *RANDOM.integers(0, 40, 57)], "ki67": ["x"] * 4 + ["y"] * 28 + [""] * 28})
    assert left == []
    assert "# at most 5% of values are missing: nodes; complete cases are analysed, so" in text
    assert "# fewer than 5 of 60 patients are left out" in text
    assert "propensity: {covariates: [Age, nodes]}" in text
    assert "because more than 5% of values are missing: ki67; added" in text


@pytest.mark.parametrize(
    "code, others, is_code",
    [
        ("-9", range(1, 50), True),
        ("999", range(1, 50), True),
        ("-9", range(-49, 0), False),
        ("99", range(51, 100), False),
        ("999", range(700, 749), False),
    ],
)
def test_a_number_far_from_all_others_means_a_missing_value(draft, code, others, is_code):
    text, left = draft({"chol": [code] * (N - len(others)) + [str(one) for one in others]})
    assert left == []
    assert (f'missing: ["{code}"]' in text) == is_code and ("means missing" in text) == is_code


@pytest.mark.parametrize(
    "written", ["%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%Y/%m/%d %H:%M:%S"]
)
def test_dates_with_a_time_of_day(draft, written):
    days = pd.Series(pd.date_range("2020-01-15 09:30", periods=N, freq="2D")).dt.strftime(written)
    text, left = draft({"Surgery": days})
    assert f'date_format: "{written}"' in text.replace("'", '"') or f"date_format: {written}" in text
    assert left == [] and "kind: date" in text


def test_levels_in_mixed_case_and_numbers_with_a_sign(draft):
    text, left = draft({"Sex": ["Male", "male ", "MALE", "Female", "female"] * 12, "Ki67": [f"{n}%" for n in range(N)]})
    assert left == []
    assert "ignore_case: true} # " in text and "MALE" not in text
    assert 'cell_units: ["%"]} # 0 to 59' in text
    stage, _ = draft({"T stage": ["1a", "2a"] * 30})
    assert "levels: {1a: 1a, 2a: 2a}}" in stage


def rows_of(table):
    return [list(table), *pd.DataFrame(table).astype(object).values.tolist()]


def test_a_sheet_of_adverse_events_without_a_word_for_the_grade_says_what_to_choose(book, tmp_path):
    """`Intensity` is no word for it, but its values are; of texts alone, the column is to be chosen."""
    numbers = ["Patient No", "Reaction", "Intensity"], *[[f"{n:04}", "Rash", 1 + n % 3] for n in range(30)]
    words = ["Patient No", "Toxicity", "How bad"], *[[f"{n:04}", "Rash", ["light", "bad"][n % 2]] for n in range(30)]
    path = book({"Patients": rows_of(PATIENTS), "Events": numbers, "Other": words})
    text, errors = drafted([path], tmp_path)
    assert errors == []
    for sheet, columns in (
        ("Events", "{term: CHOOSE, grade: Intensity}"),
        ("Other", "{term: Toxicity, grade: CHOOSE}"),
    ):
        place = f"{{file: a.xlsx, sheet: {sheet}}}"
        assert f"# not recognised: {place}\n  # if it holds the adverse events: adverse_events: {place}\n" in text
        assert f"  # columns: {{adverse_events: {columns}}} # choose its columns\n" in text
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    assert remaining(tmp_path) == []
    wanted = "# if it holds the adverse events: adverse_events: {file: a.xlsx, sheet: Events}"
    text = text.replace(wanted, wanted.removeprefix("# if it holds the adverse events: "))
    text = text.replace("# columns: {adverse_events: {term: CHOOSE", "columns: {adverse_events: {term: Reaction", 1)
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    assert remaining(tmp_path) == []


def test_a_date_of_relapse_is_that_of_the_ready_made_endpoint_and_no_second_one(draft):
    days = pd.Series(pd.date_range("2020-01-15", periods=N, freq="2D"))
    dates = {
        "treatment_start": days,
        "relapse_date": days + pd.Timedelta(days=40),
        "last_contact": days + pd.Timedelta(days=90),
    }
    text, left = draft(dates)
    assert left == []
    assert "rfs: {label: Recurrence-free survival, start: treatment_start, events: [relapse_date]" in text
    text, left = draft(dates | {"rfs_days": range(40, 40 + N), "relapse": ["0", "1"] * 30})
    assert left == []
    assert text.count("Recurrence-free survival") == 1 and "rfs_days, event: relapse" in text and "pfs:" not in text


def test_a_title_and_a_legend_in_a_workbook(book, tmp_path):
    legend = [["Code", "Meaning"], ["Obs", "Observation"]]
    path = book({"Patients": [["Export of 2003"], *rows_of(PATIENTS)], "Legend": legend}, merged="A1:E1")
    text, errors = drafted([path], tmp_path)
    assert errors == []
    assert "patients: {file: a.xlsx, sheet: Patients, header: 2}" in text
    assert "# not recognised, because it has no column Patient No: {file: a.xlsx, sheet: Legend}" in text
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    assert remaining(tmp_path) == []
    (tmp_path / "config.yaml").write_text(text.replace(", header: 2", ""), encoding="utf-8")
    what = "found merged cells A1:E1, expected one value in each cell; unmerge them; or set `header: 2` if they are"
    assert what in remaining(tmp_path)[0]


def test_tables_with_different_separators_and_encodings(tmp_path):
    table = pd.DataFrame(PATIENTS | {"转移": ["有", "无"] * (N // 2), "肝硬化病史": ["是", "否"] * (N // 2)})
    table.to_csv(tmp_path / "a.csv", index=False, sep=";", encoding="gb18030")
    events = {"Patient No": ["0001", "0002"], "不良反应": ["皮疹", "恶心"], "级别": [1, 3]}
    pd.DataFrame(events).to_csv(tmp_path / "b.csv", index=False, encoding="utf-8-sig")
    text, errors = drafted([str(tmp_path / "a.csv"), str(tmp_path / "b.csv")], tmp_path)
    assert errors == []
    assert 'adverse_events: {file: b.csv, separator: ",", encoding: utf-8}' in text.replace("'", '"')
    assert "term: 不良反应, grade: 级别" in text
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    assert remaining(tmp_path) == []


def test_a_missing_arm_is_told_as_such(draft, tmp_path):
    text, _ = draft({"Arm": ["Drug", "Obs", ""] * 20})
    (tmp_path / "config.yaml").write_text("\n".join(x for x in text.splitlines() if "leave_out" not in x))
    (error,) = remaining(tmp_path)
    assert "expected a value (`arms: {others: leave_out}` leaves out and counts patients without an arm)" in error


def pairs_of(**columns):
    return [(endpoint.time, endpoint.event) for endpoint in ready_made(columns_of(**columns))]


def test_a_year_of_the_calendar_is_no_time_and_a_time_goes_with_the_event_beside_it(draft):
    """As in survival's rotterdam and transplant, mgus2 and ovarian."""
    days, years = [str(100 + 7 * n) for n in range(N)], [str(1980 + n // 5) for n in range(N)]
    flag = ["0", "1"] * 30
    rotterdam = {"year": years, "rtime": days, "recur": flag, "dtime": days[::-1], "death": flag[::-1]}
    assert pairs_of(**rotterdam) == [("rtime", "recur"), ("dtime", "death")]
    states = {"year": years, "futime": days, "event": ["censored", "death", "ltx"] * 20}
    assert pairs_of(**states) == [("futime", "event")]
    both = {"ptime": days, "pstat": flag, "futime": days[::-1], "death": flag[::-1]}
    assert sorted(pairs_of(**both)) == [("futime", "death"), ("ptime", "pstat")]
    assert arms_of(columns_of(**both, sex=["F", "M"] * 30), ready_made(columns_of(**both))).column == "sex"
    text, left = draft({"txtime": PATIENTS["TIME"] + 1, "year": RANDOM.integers(1980, 1990, N)})
    assert left == []
    assert "propensity: {covariates: [Age, year]}" in text


def test_accents_do_not_hide_what_a_name_says():
    treatment = {"Résidu": ["oui", "non"] * 30, "Traitement (α/β)": ["A", "B"] * 30}
    assert arms_of(columns_of(**treatment), []).column == "Traitement (α/β)"
    assert [
        found.name for found in ready_made(columns_of(Temps=[str(n + 10) for n in range(N)], Décès=["0", "1"] * 30))
    ] == ["os"]


def test_patients_without_follow_up_are_said_to_stop_a_run(draft):
    """As in survival's flchain and transplant."""
    _, left = draft({"TIME": [0, *PATIENTS["TIME"][1:]]})
    assert left == [
        "TIME: fewer than 5 patients have a time of zero or less; correct it in the table, or leave them out by a "
        "criterion (eligibility: `keep: TIME > 0`)"
    ]
