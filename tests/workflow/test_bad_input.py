"""Bad input stops a run with one clear message and exit code 1, and leaves the earlier results as they were."""

from pathlib import Path

import pytest

from runs import results, snakemake

pytestmark = pytest.mark.workflow
PATIENTS, LESIONS, EVENTS = (f"resources/cohort/{name}.csv" for name in ("patients", "lesions", "adverse_events"))


def text(path: str, old: str, new: str):
    """Replace a text in a file, once."""

    def change(folder: Path):
        content = (folder / path).read_text(encoding="utf-8")
        assert old in content
        (folder / path).write_text(content.replace(old, new, 1), encoding="utf-8")

    return change


def config(old: str, new: str):
    return text("config.yaml", old, new)


def cell(path: str, row: int, column: str, value: str):
    """Set one cell of a table; row is the line of the file."""

    def change(folder: Path):
        lines = (folder / path).read_text(encoding="utf-8").splitlines()
        header, cells = lines[0].split(","), lines[row - 1].split(",")
        cells[header.index(column)] = value
        lines[row - 1] = ",".join(cells)
        (folder / path).write_text("\n".join(lines) + "\n", encoding="utf-8")

    return change


def without_column(path: str, column: str):
    def change(folder: Path):
        rows = [line.split(",") for line in (folder / path).read_text(encoding="utf-8").splitlines()]
        place = rows[0].index(column)
        (folder / path).write_text("\n".join(",".join(r[:place] + r[place + 1 :]) for r in rows) + "\n")

    return change


def repeated_row(path: str, row: int):
    def change(folder: Path):
        lines = (folder / path).read_text(encoding="utf-8").splitlines()
        (folder / path).write_text("\n".join([*lines, lines[row - 1]]) + "\n", encoding="utf-8")

    return change


def deleted(path: str):
    return lambda folder: (folder / path).unlink()


BAD = {
    "missing file": (deleted(LESIONS), "data.lesions: there is no file resources/cohort/lesions.csv"),
    "empty file": (lambda f: (f / EVENTS).write_text(""), "adverse_events.csv: the file is empty"),
    "missing column": (without_column(PATIENTS, "ecog"), "patients.csv: there is no column ecog"),
    "wrong type": (cell(PATIENTS, 5, "age", "old"), "patients.csv row 5, column age: found 'old', expected a number"),
    "out of range": (cell(PATIENTS, 5, "age", "230"), "column age: found '230', expected 0 to 120"),
    "empty cell": (cell(PATIENTS, 5, "sex", ""), "patients.csv row 5, column sex: found 'nothing', expected a value"),
    "unknown level": (cell(PATIENTS, 5, "sex", "m"), "column sex: found 'm', expected one of male, female"),
    "unknown arm": (cell(PATIENTS, 5, "regimen", "TX"), "column regimen: found 'TX', expected one of TRP, TR"),
    "impossible date": (cell(PATIENTS, 5, "last_contact", "2023-02-30"), "column last_contact: found '2023-02-30'"),
    "duplicate patient": (repeated_row(PATIENTS, 5), "column patient_id: the same patient more than once"),
    "death before start": (cell(PATIENTS, 5, "death_date", "2020-01-01"), "column death_date: found a date before"),
    "lesion of an unknown patient": (
        cell(LESIONS, 7, "patient_id", "SYN-X"),
        "lesions.csv row 7, column",
    ),
    "unknown role": (cell(LESIONS, 7, "role", "goal"), "lesions.csv row 7, column role: found 'goal'"),
    "negative size": (cell(LESIONS, 2, "diameter_mm", "-4"), "lesions.csv row 2, column diameter_mm: found '-4'"),
    "repeated lesion row": (repeated_row(LESIONS, 9), "the same as a row above"),
    "event of an unknown patient": (
        cell(EVENTS, 3, "patient_id", "SYN-X"),
        "adverse_events.csv row 3, column",
    ),
    "grade beyond five": (cell(EVENTS, 3, "grade", "6"), "adverse_events.csv row 3, column grade: found '6'"),
    "unknown config key": (config("caliper: 0.2", "calliper: 0.2"), "unknown key 'calliper'; did you mean 'caliper'?"),
    "missing config key": (config("arms:", "armies:"), "the key arms is missing"),
    "config that is no YAML": (config("arms:", "arms: ]"), "Config file is not valid"),
    "criterion with a wrong syntax": (
        config("keep: 18 <= age <= 80", "keep: 18 <= age <="),
        "cannot be read: the syntax is wrong at",
    ),
    "criterion of an unknown variable": (config("keep: ecog <= 2", "keep: eccog <= 2"), "no variable 'eccog'; did you"),
    "criterion of another kind": (config("keep: ecog <= 2", "keep: hcc_diagnosis <= 2"), "is text, which has no order"),
    "criterion that can never hold": (config("drop: other_malignancy", "drop: other_malignancy == 'yes'"), "is a flag"),
    "date in the far future": (
        cell(PATIENTS, 5, "last_contact", "2203-01-01"),
        "column last_contact: found a date after",
    ),
    "repeated key": (config("arms:", "study: {name: x, title: y}\narms:"), "study: the key appears twice"),
    "post-baseline covariate": (
        config("covariates: [age,", "covariates: [age, n_tace,"),
        "n_tace is measured after",
    ),
    "one arm empty": (config("keep: 18 <= age <= 80", "keep: age > 119"), "no patient is enrolled in"),
    "no pair within the caliper": (config("caliper: 0.2", "caliper: 1.0e-12"), "no pair is within the caliper"),
    "unknown reader": (config("primary: reader_1", "primary: reader_9"), "reader_9"),
    "printed value that is no number": (text("resources/published/hcc_trp.csv", ",0.041,", ",about 0,"), "about 0"),
    "wrong test": (config("n_tace: mann_whitney", "n_tace: pearson"), "pearson does not fit a continuous variable"),
    "subgroup of an unknown endpoint": (
        config("variable: dose, endpoint: pfs", "variable: dose, endpoint: dfs"),
        "'dfs'",
    ),
}


@pytest.mark.parametrize(("change", "says"), BAD.values(), ids=BAD.keys())
def test_bad_input_stops_with_its_message(study, change, says):
    before = results(study)
    change(study)
    run = snakemake(study)
    assert run.returncode == 1
    assert says in run.stdout, run.stdout[-3000:]
    assert "Traceback" not in run.stdout
    assert results(study) == before


def test_errors_of_several_tables_are_shown_at_once(study):
    cell(PATIENTS, 5, "age", "old")(study)
    cell(LESIONS, 7, "role", "goal")(study)
    cell(EVENTS, 3, "grade", "6")(study)
    run = snakemake(study)
    for error in ("column age: found 'old'", "column role: found 'goal'", "column grade: found '6'"):
        assert run.stdout.count(error) == 1
    assert "SYN-" not in run.stdout
