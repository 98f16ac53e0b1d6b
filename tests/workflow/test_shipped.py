"""The shipped study end to end: its score, what a changed setting re-runs, and a killed run that resumes."""

import csv
import os
import re
import signal
import subprocess
import time

import pandas as pd
import pytest

from runs import ENVIRONMENT, OF_SHIPPED, REPO, REPORTING, SNAKEMAKE, copy_house, digest, done, planned, snakemake

pytestmark = pytest.mark.workflow
STATISTICS = ["results/statistics/score.txt", "results/statistics/audit.csv"]  # all analyses, without drawing


def change_config(study, old, new):
    text = (study / "config.yaml").read_text()
    assert old in text
    (study / "config.yaml").write_text(text.replace(old, new, 1))


def scorecard(study) -> list[dict]:
    with (study / "results/statistics/reproduction.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_printed_value_is_reproduced_but_two_that_contradict_the_paper(shipped):
    rows = scorecard(shipped)
    missed = {(row["population"], row["variable"], row["level"], row["printed"], row["verdict"]) for row in rows}
    missed = {row for row in missed if row[-1] != "reproduced"}
    assert missed == {
        ("matched", "recist", "DCR", "0.018", "contradicted"),
        ("matched", "dose", "120-160mg", "43.7", "contradicted"),
    }
    assert len(rows) == 524


def test_the_run_ends_with_the_score(shipped, study):
    (study / "results/statistics/reproduction.csv").unlink()
    run = snakemake(study)
    assert "522 of 524 reproduced, 2 contradicted" in run.stdout
    assert "Not balanced after matching: BCLC: SMD -0.130 (B); Child-Pugh: SMD -0.135 (A); AFP: SMD 0.250" in run.stdout
    doubtful = "Timing of regorafenib initiation (P = 0.038), Portal vein tumor thrombus (P = 0.012)"
    assert f"Proportional hazards are doubtful in the multivariable model: {doubtful}" in run.stdout
    assert "Files that this run does not make" not in run.stdout
    assert done(run) == {"score_reproduction", "write_reproduction"}
    assert "Report: results/report/report.html" in run.stdout


def test_no_analysis_is_given_the_printed_values(shipped):
    run = snakemake(shipped, "--detailed-summary")
    header, *rows = [line.split("\t") for line in run.stdout.splitlines() if "\t" in line]
    rule, inputs = header.index("rule"), header.index("input-file(s)")
    given = {row[rule] for row in rows if "resources/published" in row[inputs]}
    # the report states its checksum, and computes nothing
    assert given == {"score_reproduction", "audit_published", "write_report"}
    assert len(rows) > 40


def test_every_figure_and_table_says_that_the_patients_are_synthetic(shipped):
    # all but the audit, which reads the paper's own numbers and no patient
    tables = [path for path in (shipped / "results/tables").glob("*.html") if path.stem != "audit"]
    assert len(tables) >= 6
    assert all("Synthetic patients" in table.read_text(encoding="utf-8") for table in tables)
    drawing = {path.stem for path in (REPO / "scripts").glob("*/draw_*.py")}
    marked = {
        path.stem
        for path in (REPO / "scripts").glob("*/draw_*.py")
        if re.search(r"save_both\(.*params\.watermark\)", path.read_text())
    }
    assert drawing == marked


def test_a_second_run_has_nothing_to_do(study):
    run = snakemake(study)
    assert "Nothing to be done" in run.stdout
    assert done(run) == set()


def test_a_changed_subgroup_re_runs_that_subgroup_and_the_scorecard(study):
    before = digest(study / "results/statistics")
    change_config(study, "variable: dose, endpoint: pfs", "variable: dose, endpoint: os")
    rules = done(snakemake(study))
    assert rules - REPORTING - OF_SHIPPED == {
        "analyse_subgroup",
        "draw_subgroup",
        "draw_subgroup_forest",
        "tabulate_subgroups",
        "score_reproduction",
    }
    after = digest(study / "results/statistics")
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"subgroup_dose.csv", "reproduction.csv", "score.txt"}  # the score is the scorecard's own text


def test_a_changed_caliper_re_runs_matching_and_what_follows(study):
    change_config(study, "caliper: 0.2", "caliper: 0.1")
    rules = done(snakemake(study, *STATISTICS))
    assert {"match_patients", "describe_baseline", "estimate_survival", "summarise_safety"} <= rules
    assert not rules & {"check_tables", "apply_eligibility", "fit_propensity", "evaluate_response", "derive_endpoints"}


def test_a_changed_label_computes_no_statistic(study):
    before = digest(study / "results/statistics")
    change_config(study, "label: Cirrhosis", "label: Liver cirrhosis")
    rules = done(snakemake(study))
    assert rules
    assert all(rule.startswith(("draw_", "tabulate_")) for rule in rules - REPORTING - OF_SHIPPED), rules
    assert digest(study / "results/statistics") == before


def test_what_a_table_holds_decides_whether_it_is_read_again_not_when_it_was_written(study):
    table = study / "resources/cohort/patients.csv"
    table.touch()
    assert "Nothing to be done" in snakemake(study, "-n").stdout
    text = table.read_text(encoding="utf-8")
    header, first, *rest = text.splitlines()
    cells = first.split(",")
    cells[header.split(",").index("age")] = "33"
    table.write_text("\n".join([header, ",".join(cells), *rest]) + "\n", encoding="utf-8")
    os.utime(table, (0, 0))  # as an archive or a synchronised folder brings it
    assert done(snakemake(study, "results/data/patients.parquet")) == {"check_tables"}
    patients = pd.read_parquet(study / "results/data/patients.parquet").set_index("row")
    assert patients.loc[2, "age"] == 33


def test_an_edited_shared_module_re_runs_just_the_rules_that_declare_it(shipped, tmp_path):
    house = copy_house(tmp_path)
    done(snakemake(house, *STATISTICS, house=house))
    module = house / "scripts/twoarm/response/best_response.py"
    module.write_text(module.read_text() + "\n# an edit\n")
    run = snakemake(house, "-n", *STATISTICS, house=house)
    updated = [line for line in run.stdout.splitlines() if "Updated input files" in line]
    assert {line.split(": ")[-1] for line in updated} == {"scripts/twoarm/response/best_response.py"}, run.stdout[
        -3000:
    ]
    # and what follows from it
    rules = planned(run)
    assert {"evaluate_response", "compare_response", "derive_endpoints", "score_reproduction"} <= rules
    assert not rules & {"check_tables", "apply_eligibility", "match_patients", "describe_baseline", "summarise_safety"}


def test_a_killed_run_resumes_to_the_same_bytes(shipped, tmp_path):
    folder = tmp_path / "killed"
    folder.mkdir()
    for name in ("config.yaml", "resources"):
        (folder / name).symlink_to(shipped / name)
    run = subprocess.Popen(
        [SNAKEMAKE, "-s", REPO / "Snakefile", "-d", folder, "--cores", "2", *STATISTICS],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, env=ENVIRONMENT,
    )  # fmt: skip
    while not (folder / "results/data/matched.parquet").exists():
        assert run.poll() is None, "the run ended before it could be killed"
        time.sleep(0.1)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert not (folder / "results/statistics/reproduction.csv").exists()
    assert snakemake(folder, *STATISTICS).returncode == 1  # the folder is locked, or files are incomplete
    # as in the README
    assert snakemake(folder, "--unlock").returncode == 0
    done(snakemake(folder, "--rerun-incomplete", "--", *STATISTICS))
    assert digest(folder / "results/statistics") == digest(shipped / "results/statistics")


def test_one_core_gives_the_same_bytes(shipped, tmp_path):
    for name in ("config.yaml", "resources"):
        (tmp_path / name).symlink_to(shipped / name)
    done(snakemake(tmp_path, *STATISTICS, cores=1))
    assert digest(tmp_path / "results/statistics") == digest(shipped / "results/statistics")
