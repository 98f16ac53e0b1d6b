"""A run that stops: all earlier results stay, the rule runs again, and the message is the last and only one."""

import json
import re
import signal
import subprocess
import time

import pytest
from test_bad_input import PATIENTS, cell

from runs import ENVIRONMENT, REPO, SNAKEMAKE, done, results, snakemake

pytestmark = pytest.mark.workflow
ERROR = "patients.csv row 5, column age: found 'old', expected a number"
STOPPED = "The run stopped because the input has errors:"
KEPT = "Earlier results that this run did not replace are unchanged."


def outputs_by_rule(study) -> dict[str, list[str]]:
    """{rule: its outputs} of the whole study."""
    header, *rows = [
        line.split("\t") for line in snakemake(study, "--detailed-summary").stdout.splitlines() if "\t" in line
    ]
    outputs = {}
    for row in rows:
        outputs.setdefault(row[header.index("rule")], []).append(row[header.index("output_file")])
    return outputs


def test_whatever_rule_fails_its_earlier_results_stay_and_it_runs_again(study, monkeypatch):
    before, outputs = results(study), outputs_by_rule(study)
    assert {path.removeprefix("results/") for paths in outputs.values() for path in paths} == set(before)
    monkeypatch.setitem(ENVIRONMENT, "PYTHONPATH", str(REPO / "tests/support/breaking"))
    monkeypatch.setitem(ENVIRONMENT, "BROKEN_RULES", json.dumps(outputs))
    left = set(outputs)
    while left:  # a level of the DAG at a time, for a rule whose input could not be made does not start
        run = snakemake(study, "--keep-going", "-R", *sorted(left), "--allowed-rules", *sorted(left), "all")
        failed = set(re.findall(r"^Error in rule (\w+):$", run.stdout, re.MULTILINE))
        assert run.returncode == 1 and failed & left, run.stdout[-3000:]
        assert results(study) == before
        left -= failed
    monkeypatch.undo()
    again = snakemake(study, "-n", "--quiet", "reason").stdout
    assert set(outputs) <= set(re.findall(r"^(\w+) +\d+$", again, re.MULTILINE))


def test_an_error_is_reported_again_until_it_is_corrected(study):
    before = results(study)
    age = dict(zip(*[line.split(",") for line in (study / PATIENTS).read_text().splitlines()[:5:4]], strict=True))[
        "age"
    ]
    cell(PATIENTS, 5, "age", "old")(study)
    for _ in range(2):
        run = snakemake(study)
        assert run.returncode == 1
        assert run.stdout.endswith(f"\n\n{STOPPED}\n{ERROR}\n{KEPT}\n")
        assert results(study) == before
    cell(PATIENTS, 5, "age", age)(study)
    assert done(snakemake(study, "results/data/patients.parquet")) == {"check_tables"}
    assert results(study) == before


def test_a_first_run_that_stops_mentions_no_earlier_results(study, tmp_path):
    for name in ("config.yaml", "resources"):
        (study / name).rename(tmp_path / name)
    cell(PATIENTS, 5, "age", "old")(tmp_path)
    assert snakemake(tmp_path).stdout.endswith(f"\n\n{STOPPED}\n{ERROR}\n")


def test_make_study_prints_a_line_a_step_and_the_message_last(study, monkeypatch):
    monkeypatch.setitem(ENVIRONMENT, "PYTHONPATH", str(REPO / "scripts"))
    assert "--logger progress" in (REPO / "Makefile").read_text()
    cell(PATIENTS, 5, "age", "old")(study)
    run = snakemake(study, "--logger", "progress")
    step, log, *last = run.stdout.splitlines()
    assert re.fullmatch(r" 1 of \d+  Reading and checking the raw tables", step)
    assert log.startswith("Full log: /")
    assert last == ["", STOPPED, ERROR, KEPT]


@pytest.mark.parametrize("arguments", [(), ("-n",), ("--lint",), ("--quiet",), ("--report", "report.zip")])
def test_an_error_of_the_config_is_the_only_message(study, arguments):
    text = (study / "config.yaml").read_text()
    (study / "config.yaml").write_text(text.replace("caliper:", "calliper:"))
    run = snakemake(study, *arguments)
    assert run.returncode == 1
    assert run.stdout.splitlines()[-2:] == [
        "The config has errors:",
        "matching.calliper: unknown key 'calliper'; did you mean 'caliper'?",
    ]
    assert not re.search("WorkflowError|Traceback|common.smk", run.stdout)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_its_user_stops_leaves_the_earlier_results(study, how):
    before = results(study)
    run = subprocess.Popen(
        [SNAKEMAKE, "-s", REPO / "Snakefile", "-d", study, "--cores", "2", "-R", "fit_propensity"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, env=ENVIRONMENT,
    )  # fmt: skip
    while (study / "results/statistics/propensity.csv").exists():
        assert run.poll() is None, "the run ended before it could be stopped"
        time.sleep(0.02)
    run.send_signal(how)
    assert run.wait() == 1
    assert results(study) == before
    assert "Incomplete" not in snakemake(study, "-n").stdout
