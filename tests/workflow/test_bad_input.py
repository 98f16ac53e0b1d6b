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


# By what stops the run: changes of the study, each with its message. All errors of a stage are shown at once, so those
# that do not hide each other are in one run; tests/cohort and tests/config have each error alone.
BAD = {
    "cells": [
        (cell(PATIENTS, 5, "age", "old"), "patients.csv row 5, column age: found 'old', expected a number"),
        (cell(PATIENTS, 6, "age", "230"), "patients.csv row 6, column age: found '230', expected 0 to 120"),
        (cell(PATIENTS, 5, "sex", ""), "patients.csv row 5, column sex: found 'nothing', expected a value"),
        (cell(PATIENTS, 6, "sex", "m"), "patients.csv row 6, column sex: found 'm', expected one of male, female"),
        (cell(PATIENTS, 7, "regimen", "TX"), "row 7, column regimen: found 'TX', expected one of TRP, TR"),
        (cell(PATIENTS, 8, "last_contact", "2023-02-30"), "row 8, column last_contact: found '2023-02-30'"),
        (cell(LESIONS, 7, "role", "goal"), "lesions.csv row 7, column role: found 'goal'"),
        (cell(LESIONS, 2, "diameter_mm", "-4"), "lesions.csv row 2, column diameter_mm: found '-4'"),
        (cell(EVENTS, 3, "grade", "6"), "adverse_events.csv row 3, column grade: found '6'"),
    ],
    "rows that contradict others": [
        (cell(PATIENTS, 6, "death_date", "2020-01-01"), "patients.csv row 6, column death_date: found a date before"),
        (
            cell(PATIENTS, 7, "last_contact", "2203-01-01"),
            "patients.csv row 7, column last_contact: found a date after",
        ),
        (repeated_row(PATIENTS, 5), "column patient_id: the same patient more than once"),
        (cell(LESIONS, 7, "patient_id", "SYN-X"), "lesions.csv row 7, column patient_id"),
        (repeated_row(LESIONS, 9), "the same as a row above"),
        (cell(EVENTS, 3, "patient_id", "SYN-X"), "adverse_events.csv row 3, column patient_id"),
    ],
    "no table": [
        (without_column(PATIENTS, "ecog"), "patients.csv: there is no column ecog"),
        (lambda folder: (folder / EVENTS).write_text(""), "adverse_events.csv: the file is empty"),
    ],
    "no file": [(deleted(LESIONS), "data.lesions: there is no file resources/cohort/lesions.csv")],
    "config that is no YAML": [(config("arms:", "arms: ]"), "Config file is not valid")],
    "repeated key": [(config("arms:", "study: {name: x, title: y}\narms:"), "study: the key appears twice")],
    "keys": [
        (config("caliper: 0.2", "calliper: 0.2"), "unknown key 'calliper'; did you mean 'caliper'?"),
        (config("arms:", "armies:"), "the key arms is missing"),
    ],
    "names and criteria": [
        (config("keep: 18 <= age <= 80", "keep: 18 <= age <="), "cannot be read: the syntax is wrong at"),
        (config("keep: ecog <= 2", "keep: eccog <= 2"), "no variable 'eccog'; did you"),
        (config("keep: child_pugh <= 9", "keep: hcc_diagnosis <= 2"), "is text, which has no order"),
        (config("drop: other_malignancy", "drop: other_malignancy == 'yes'"), "is a flag"),
        (config("covariates: [age,", "covariates: [age, n_tace,"), "n_tace is measured after"),
        (config("n_tace: mann_whitney", "n_tace: pearson"), "pearson does not fit a continuous variable"),
        (config("variable: dose, endpoint: pfs", "variable: dose, endpoint: dfs"), "'dfs'"),
    ],
    "one arm empty": [(config("keep: 18 <= age <= 80", "keep: age > 119"), "no patient is enrolled in")],
    "no pair within the caliper": [(config("caliper: 0.2", "caliper: 1.0e-12"), "no pair is within the caliper")],
    "unknown reader": [(config("primary: reader_1", "primary: reader_9"), "reader_9")],
    "printed value that is no number": [(text("resources/published/hcc_trp.csv", ",0.041,", ",about 0,"), "about 0")],
}


@pytest.mark.parametrize("faults", BAD.values(), ids=BAD.keys())
def test_bad_input_stops_with_its_messages(study, faults):
    before = results(study)
    for change, _ in faults:
        change(study)
    run = snakemake(study)
    assert run.returncode == 1
    told = {says: run.stdout.count(says) for _, says in faults}
    assert min(told.values()) > 0, (told, run.stdout[-5000:])
    assert len(told) == 1 or max(told.values()) == 1, told  # two rules may read one file, and each says what is wrong
    assert "Traceback" not in run.stdout and "SYN-" not in run.stdout
    assert results(study) == before
