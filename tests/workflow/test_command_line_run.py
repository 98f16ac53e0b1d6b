"""Snakemake's own options for what to run, on one finished run of the shipped study."""

import csv
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from runs import REPO, SNAKEMAKE, done, planned, snakemake

pytestmark = pytest.mark.workflow
CALIPER = "matching={caliper: 0.1}"
# Snakemake's own command, which says at its end how many timers are still running.
MAIN = """
import threading, snakemake.cli
try:
    snakemake.cli.main()
finally:
    print("timers:", sum(isinstance(thread, threading.Timer) for thread in threading.enumerate()))
"""


@pytest.fixture(scope="module")
def after_caliper(shipped) -> set[str]:
    """What another caliper on the command line leads to."""
    return planned(snakemake(shipped, "-n", "--config", CALIPER))


def test_a_nested_config_changes_what_follows_from_it(after_caliper):
    assert {"match_patients", "assess_balance", "write_report"} <= after_caliper
    assert not {"fit_propensity", "check_tables", "evaluate_response"} & after_caliper


def test_it_is_what_the_same_value_in_the_file_is(shipped, after_caliper, tmp_path):
    config = yaml.safe_load((shipped / "config.yaml").read_text(encoding="utf-8"))
    config["matching"]["caliper"] = 0.1
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    assert planned(snakemake(shipped, "-n", "--configfile", str(tmp_path / "other.yaml"))) == after_caliper


def test_it_goes_on_top_of_a_configfile(shipped, after_caliper, tmp_path):
    shutil.copy(shipped / "config.yaml", tmp_path / "same.yaml")
    run = snakemake(shipped, "-n", "--configfile", str(tmp_path / "same.yaml"), "--config", CALIPER)
    assert planned(run) == after_caliper


def test_a_profile_says_it_too(shipped, after_caliper, tmp_path):
    (tmp_path / "config.yaml").write_text(f"config: ['{CALIPER}']\nkeep-going: true\n", encoding="utf-8")
    assert planned(snakemake(shipped, "-n", "--profile", str(tmp_path))) == after_caliper


def caliper(study) -> float:
    """The width of the caliper that was matched within."""
    with (study / "results/statistics/matching.csv").open(encoding="utf-8") as file:
        return next(float(row["value"]) for row in csv.DictReader(file) if row["statistic"] == "caliper")


def test_until_stops_there_and_its_job_has_the_value(study):
    before = caliper(study)
    assert done(snakemake(study, "--until", "match_patients", "--config", CALIPER)) == {"match_patients"}
    assert caliper(study) == pytest.approx(before / 2)


def test_a_run_takes_its_values_from_a_configfile(study, tmp_path):
    """Snakemake starts each job with a config of its own: what a job computes, and not only a plan, must follow it."""
    before = caliper(study)
    text = (study / "config.yaml").read_text(encoding="utf-8")
    (tmp_path / "other.yaml").write_text(text.replace("caliper: 0.2", "caliper: 0.1", 1), encoding="utf-8")
    run = snakemake(study, "--until", "match_patients", "--configfile", str(tmp_path / "other.yaml"))
    assert done(run) == {"match_patients"}
    assert caliper(study) == pytest.approx(before / 2)


def test_forceall_runs_what_a_first_run_runs(shipped, tmp_path):
    for name in ("config.yaml", "resources"):
        (tmp_path / name).symlink_to(shipped / name)
    first = planned(snakemake(tmp_path, "-n"))
    assert len(first) > 30
    assert planned(snakemake(shipped, "-n", "--forceall")) == first


# Two figures, each of which asks for a little more than 500 MB.
FIGURES = ["draw_flowchart", "draw_love_plot"]


@pytest.mark.parametrize(
    ("arguments", "at_once"),
    [
        (["--resources", "mem_mb=1200"], {2}),
        (["--resources", "mem_mb=900"], {1}),
        (["--resources", "mem_mb=1200", "--set-resources", "draw_flowchart:mem_mb=900"], {1}),
    ],
)
def test_resources_say_how_many_jobs_run_at_once(study, arguments, at_once):
    run = snakemake(study, "--forcerun", *FIGURES, "--until", *FIGURES, *arguments)
    assert done(run) == set(FIGURES)
    assert set(map(int, re.findall(r"^Execute (\d+) jobs", run.stdout, re.MULTILINE))) == at_once


def test_forcerun_runs_a_rule_and_what_follows(shipped):
    rules = planned(snakemake(shipped, "-n", "--forcerun", "fit_propensity"))
    assert {"fit_propensity", "match_patients", "write_report"} <= rules
    assert "check_tables" not in rules


def test_an_error_on_the_command_line_is_the_only_message(shipped):
    run = snakemake(shipped, "-n", "--config", "matching={caliper: 0.1")
    assert run.returncode == 1
    assert "--config matching line 1: found '{caliper: 0.1', which is not valid YAML" in run.stdout
    assert "Traceback" not in run.stdout


def test_the_directory_is_where_the_study_lies(shipped):
    """The study's folder by --directory, from the repository: nothing of the shipped study is used."""
    command = [SNAKEMAKE, "--directory", shipped, "-n", "--cores", "1", "--nocolor"]
    run = subprocess.run(command, cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert "Nothing to be done" in run.stdout


def test_a_run_ends_with_its_last_job(study):
    """Timers of Snakemake that still run would hold its process for a second."""
    options = [
        "-s",
        REPO / "Snakefile",
        "-d",
        study,
        "--cores",
        "2",
        "--until",
        "match_patients",
        "-f",
        "match_patients",
    ]
    run = subprocess.run([sys.executable, "-c", MAIN, *options], capture_output=True, text=True, check=False)
    assert "Finished jobid" in run.stderr, run.stderr[-3000:]
    assert run.stdout.splitlines()[-1] == "timers: 0"
