"""The end of a run: errors in the input, what the reader must know, with labels, and left-over files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conduct.last_words import findings, left_over, log_times, stopping
from runs import REPO
from twoarm.results.errors import REMARK, STOPPED, message_of
from twoarm.stats.imbalance import OUTLYING

ERROR = "patients.csv row 5, column age: found 'old', expected a number"
KEY = "analysis,population,stratum,group,variable,level,statistic,method,value,note"
PROTOCOL = {
    "variables": {
        "afp_ng": {"label": "AFP", "kind": "continuous"},
        "sex": {"label": "Gender", "kind": "flag"},
        "n_tace": {"label": "Number of TACE", "kind": "continuous", "timing": "post_baseline"},
    },
    "propensity": {"covariates": ["afp_ng", "sex"]},
    "baseline": {"variables": ["n_tace"]},
    "balance": {"denominator": "treated", "smd": 0.1, "variance_ratio": [0.5, 2]},
    "endpoints": {"os": {"label": "Overall survival", "events": ["death"]}},
    "prognosis": {"endpoint": "os", "variables": ["afp_ng", "sex"]},
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("logs", "statistics", "tables", "report/parts"):
        Path("results", name).mkdir(parents=True)


def job(code: str, log: str) -> subprocess.CompletedProcess:
    """Run a script as a job does: its own process, its output in a log."""
    text = f"import sys, os, warnings\nfrom twoarm.results.errors import InputError, log_to\nlog_to({log!r})\n{code}"
    environment = {**os.environ, "PYTHONPATH": str(REPO / "scripts")}
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, env=environment, check=False)


@pytest.mark.parametrize(
    "before",
    [
        "",
        "warnings.warn('a library speaks')",
        "print('without an end', end='')",
        "os.write(2, b'from a library in C')",
        "import atexit; atexit.register(print, 'and at its end')",
    ],
)
def test_an_error_is_found_with_any_other_text_in_its_log(before):
    run = job(f"{before}\nraise InputError({ERROR!r})", "results/logs/check_tables.log")
    assert (run.returncode, run.stdout, run.stderr) == (1, "", "")
    assert stopping({}, earlier=False) == [STOPPED, ERROR]
    assert "Traceback" not in Path("results/logs/check_tables.log").read_text()


def test_a_job_keeps_what_it_imported_from_the_garbage_collector():
    assert job("import gc\nassert gc.get_freeze_count() > 1000", "results/logs/x.log").returncode == 0


def test_a_programmers_error_is_not_an_error_of_the_input():
    assert job("1 / 0", "results/logs/x.log").returncode == 1
    assert "ZeroDivisionError" in Path("results/logs/x.log").read_text()
    assert stopping({}, earlier=True) == []


def test_several_errors_keep_their_lines():
    assert message_of(f"a warning\n{STOPPED}\nfirst\nsecond\n") == "first\nsecond"
    assert message_of("a warning\n") == ""


def test_a_remark_on_the_tables_is_reported_at_the_end_of_a_run_that_went_well():
    Path("results/logs/check_tables.log").write_text(f"a library speaks\n{REMARK}patients.csv: an empty column\n")
    assert findings({"variables": {}})[0] == "patients.csv: an empty column"


def test_only_the_logs_of_this_run_speak():
    old, new = Path("results/logs/a.log"), Path("results/logs/b.log")
    old.write_text(f"{STOPPED}\nmended since\n")
    before = log_times()
    new.write_text(f"{STOPPED}\n{ERROR}\n")
    assert stopping(before, earlier=False) == [STOPPED, ERROR]


def test_earlier_results_are_mentioned_if_there_are_any():
    Path("results/logs/a.log").write_text(f"{STOPPED}\n{ERROR}\n")
    assert not any("earlier" in line for line in stopping({}, earlier=False))
    assert "Earlier results" in stopping({}, earlier=True)[-1]


def balance(*rows: str):
    Path("results/statistics/balance.csv").write_text("\n".join([KEY, *rows]) + "\n", encoding="utf-8")


def smd(variable: str, value: str, level: str = "", population: str = "matched") -> str:
    return f"balance,{population},,T vs C,{variable},{level},smd,smd_treated,{value},"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (smd("afp_ng", "-0.2"), "AFP: SMD -0.200"),
        (smd("sex", "0.3", "Female"), "Gender: SMD 0.300 (Female)"),
        (smd("afp_ng", ""), "AFP: SMD not estimable"),
        ("balance,matched,,T vs C,afp_ng,,variance_ratio,descriptive,2.5,", "AFP: variance ratio 2.50"),
        (
            "balance,matched,,T vs C,afp_ng,,variance_ratio,descriptive,,infinite: the controls do not vary",
            "AFP: variance ratio infinite",
        ),
    ],
)
def test_imbalance_is_reported_by_the_label(row, said):
    balance(row)
    assert findings(PROTOCOL)[0] == f"Not balanced after matching: {said}"


@pytest.mark.parametrize(
    "row", [smd("afp_ng", "0.05"), smd("n_tace", "0.9"), smd("afp_ng", "0.9", population="enrolled")]
)
def test_balance_is_not_mentioned(row):
    balance(row)
    assert not any("balanced" in line for line in findings(PROTOCOL))


def test_outlying_values_are_reported_by_the_label():
    rows = [
        f"propensity,enrolled,,T vs C,{name},,{statistic},logistic,0.2,{note}"
        for name, note in {"intercept": "", "sex": "", "afp_ng": OUTLYING}.items()
        for statistic in ("coefficient", "standard_error")
    ]
    path = Path("results/statistics/propensity.csv")
    path.write_text("\n".join([KEY, *rows]), encoding="utf-8")
    assert findings(PROTOCOL)[0] == "Outliers give patients a propensity score of 0 or 1; check: AFP"
    path.write_text("\n".join([KEY, *rows[:4]]), encoding="utf-8")
    assert not any("Outlying" in line for line in findings(PROTOCOL))


def test_doubtful_hazards_are_reported_by_the_label():
    rows = [
        f"prognosis,matched,,overall,{name},,p_value,cox_zph,{p},"
        for name, p in {"afp_ng": "0.012", "sex": "0.6", "arm": "0.0004", "global": "0.01"}.items()
    ]
    Path("results/statistics/prognosis.csv").write_text("\n".join([KEY, *rows]), encoding="utf-8")
    line = findings(PROTOCOL)[0]
    assert line.endswith("multivariable model: AFP (P = 0.012), Treatment (P < 0.001)")


def test_a_value_that_was_not_reproduced_is_named_by_its_labels():
    Path("results/statistics/score.txt").write_text("1 of 2 reproduced\n  contradicted: prognosis, afp_ng, ...\n")
    rows = [
        "baseline,matched,,T,afp_ng,high,percent,descriptive,43.7,Table 1; Abstract,43.75,43.8,contradicted,28/64",
        "survival,matched,,T vs C,os_days,,p_value,logrank,0.4,Table 3,,,differs,nobody",
        "baseline,matched,,T,sex,,n,descriptive,1,Table 1,1,1,reproduced,",
    ]
    header = f"{KEY.removesuffix(',value,note')},printed,place,computed,rounded,verdict,explanation"
    Path("results/statistics/reproduction.csv").write_text("\n".join([header, *rows]))
    study = PROTOCOL | {
        "endpoints": PROTOCOL["endpoints"] | {"os_days": {"label": "Survival", "time": "days", "event": "died"}},
        "published": "x",
    }
    assert findings(study)[:3] == [
        "1 of 2 reproduced",
        "  contradicted: Table 1, after matching, AFP high, T, percent: printed 43.7, computed 43.8; 28/64",
        "  differs: Table 3, after matching, Survival, T vs C, p value: printed 0.4, computed nothing; nobody",
    ]


def test_a_stage_that_the_config_left_out_is_not_mentioned():
    balance(smd("afp_ng", "0.9"))
    without = {key: part for key, part in PROTOCOL.items() if key not in ("propensity", "prognosis")}
    assert findings(without) == ["Results: results/tables, results/figures, results/statistics"]


def test_what_an_earlier_config_left_is_named_by_folder():
    for path in ("tables/safety.html", "tables/safety.csv", "tables/baseline.csv", "report/parts/safety.json"):
        Path("results", path).touch()
    for path in ("report/report.html", "tables/.DS_Store", "logs/old.log"):
        Path("results", path).touch()
    made = ["results/tables/baseline.csv", "results/report/report.html"]
    assert left_over(made)[1:] == [
        "  results/report/parts: safety.json",
        "  results/tables: safety.csv, safety.html",
    ]
    assert left_over([*made, *(f"results/{name}" for name in ("tables/safety.csv", "tables/safety.html"))])[1:] == [
        "  results/report/parts: safety.json"
    ]


def test_nothing_left_nothing_said():
    assert left_over([]) == []


@pytest.mark.parametrize(("note", "said"), [("fewer than 10 events for each of 5 coefficients", True), ("", False)])
def test_few_events_for_the_multivariable_model_are_reported(note, said):
    row = f"prognosis,enrolled,,overall,,,events,cox_multivariable,6,{note}"
    Path("results/statistics/prognosis.csv").write_text(f"{KEY}\n{row}\n", encoding="utf-8")
    assert (f"The multivariable model has {note}" in findings(PROTOCOL)) is said


def test_each_of_several_models_is_named():
    note, key = "fewer than 10 events for each of 5 coefficients", "enrolled,,overall"
    for name in ("a", "b"):
        rows = [f"prognosis_{name},{key},,,events,cox_multivariable,6,{note}"]
        rows += [f"prognosis_{name},{key},sex,,p_value,cox_zph,0.01,"]
        Path(f"results/statistics/prognosis_{name}.csv").write_text("\n".join([KEY, *rows]), encoding="utf-8")
    model = PROTOCOL["prognosis"]
    models = {"a": model, "b": model | {"population": "enrolled"}}
    lines = findings(PROTOCOL | {"prognosis": models})
    for which in ("overall survival, matched patients", "overall survival, enrolled patients"):
        assert f"The multivariable model of {which} has {note}" in lines
        start = f"Proportional hazards are doubtful in the multivariable model of {which}: Gender"
        assert any(line.startswith(start) for line in lines)
    alike = findings(PROTOCOL | {"prognosis": {"a": model, "b": model}})
    assert f"The multivariable model of overall survival, matched patients (a) has {note}" in alike


def test_an_endpoint_without_an_event_and_a_matching_of_few_are_reported():
    arms = {"treated": {"value": "1", "short": "New drug"}, "control": {"value": "0", "short": "Old drug"}}
    rows = {
        "survival": [
            "survival,enrolled,,overall,os,,events,descriptive,0,",
            "survival,matched,,1,os,,events,descriptive,0,",
        ],
        "matching": [f"matching,enrolled,,{arm},,,unmatched,descriptive,23.0," for arm in "10"],
        "attrition": [f"attrition,enrolled,,{arm},,,total,descriptive,45.0," for arm in ("1", "0", "overall")],
    }
    for analysis, lines in rows.items():
        Path(f"results/statistics/{analysis}.csv").write_text("\n".join([KEY, *lines]) + "\n")
    said = findings(PROTOCOL | {"arms": arms})
    assert "No patient has an event; check which value means the event: Overall survival" in said
    assert "Most treated patients are not matched: 23 of 45 with New drug" in said
    Path("results/statistics/matching.csv").write_text(f"{KEY}\nmatching,enrolled,,1,,,unmatched,descriptive,22.0,\n")
    assert not any("not matched" in line for line in findings(PROTOCOL | {"arms": arms}))


def test_an_arm_that_rests_on_one_patient_is_named_as_in_tables():
    arms = {"treated": {"value": "1", "short": "New drug"}, "control": {"value": "0", "short": "Old drug"}}
    line = "weights,iptw,,1,,,largest,descriptive,9,one patient has 17% of the arm's weight"
    Path("results/statistics/weights.csv").write_text(f"{KEY}\n{line}\n")
    protocol = PROTOCOL | {"arms": arms, "designs": {"iptw": {"weights": "ate"}}, "main": "iptw"}
    (said,) = [text for text in findings(protocol) if "very few" in text]
    assert said.endswith(": New drug, one patient has 17% of the arm's weight")


def test_an_adverse_event_that_nobody_had_may_be_misspelled():
    line = "safety,enrolled,,1,Rahs,Any grade,n,descriptive,0,nobody had this term"
    Path("results/statistics/safety.csv").write_text(f"{KEY}\n{line}\n{line}\n")
    assert findings(PROTOCOL)[0] == "Nobody had these adverse events; check their spelling: Rahs"
