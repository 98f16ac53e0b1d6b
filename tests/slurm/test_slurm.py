"""A study on a real Slurm (tests/slurm/start): its queue, the same bytes as here, bad input, a kill and a resume."""

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from programs import need_slurm
from runs import ENVIRONMENT, REPO, SNAKEMAKE, digest, done, snakemake

pytestmark = pytest.mark.workflow
ANALYSES = ["attrition", "propensity", "matching", "balance", "baseline", "endpoints", "survival", "prognosis"]
STATISTICS = [f"results/statistics/{analysis}.csv" for analysis in ANALYSES]
# The profile that is shipped, on a node of two processors; jobs of seconds are asked after each second.
ON_SLURM = [
    *("--profile", REPO / "workflow/profiles/slurm", "--cores", "2", "--latency-wait", "2"),
    *("--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1"),
    *("--seconds-between-status-checks", "1"),
]
SUBMITTED = re.compile(r"submitted with SLURM jobid (\d+)")


def study(folder: Path) -> Path:
    """The folder of a study with a handful of analyses."""
    shutil.copytree(REPO / "tests/studies/gbsg", folder)
    shutil.copy(REPO / "tests/oracle/gbsg/data.csv", folder / "patients.csv")
    return folder


def submit(folder: Path, *arguments) -> subprocess.Popen:
    """Start Snakemake on a study, its jobs on Slurm; what it prints goes to a file beside the study."""
    environment = {**ENVIRONMENT, "PYTHONPATH": need_slurm()}
    command = [SNAKEMAKE, "-s", REPO / "Snakefile", "-d", folder, "--nocolor", *ON_SLURM, *arguments]
    with folder.with_suffix(".log").open("w") as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=REPO)


def printed(folder: Path) -> str:
    return folder.with_suffix(".log").read_text(encoding="utf-8")


def on_slurm(folder: Path, *arguments) -> subprocess.CompletedProcess:
    """Run Snakemake on a study to its end, its jobs on Slurm."""
    run = submit(folder, *arguments)
    return subprocess.CompletedProcess(run.args, run.wait(), printed(folder))


def queue(*options: str) -> dict[str, str]:
    """The state of each job in Slurm's queue, ended ones too, by its number."""
    command = ["squeue", "--me", "--states=all", "--noheader", "--format=%i %T", *options]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(line.split() for line in listed.splitlines())


def wait_until(condition, seconds: float = 60):
    """Wait for a condition, and return what it gave; the test fails where it does not come true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come true")


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> Path:
    """The study run on this machine."""
    folder = study(tmp_path_factory.mktemp("local") / "gbsg")
    done(snakemake(folder, *STATISTICS))
    return folder


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> tuple[Path, str, str]:
    """A study whose Snakemake was killed while its first job ran on Slurm: its folder, Slurm's run ID, the job."""
    folder = study(tmp_path_factory.mktemp("killed") / "gbsg")
    run = submit(folder, *STATISTICS)
    job = wait_until(lambda: SUBMITTED.search(printed(folder)))[1]
    wait_until(lambda: queue()[job] == "RUNNING")
    run.kill()
    run.wait()
    return folder, re.search(r"SLURM run ID: (\S+)", printed(folder))[1], job


def test_a_killed_run_leaves_a_job_that_scancel_finds_by_the_run_id(killed):
    folder, run_id, job = killed
    assert queue(f"--name={run_id}") == {job: "RUNNING"}


@pytest.fixture(scope="module")
def resumed(killed) -> subprocess.CompletedProcess:
    """The killed run, resumed as docs/cluster.md says, to its end."""
    folder, run_id, job = killed
    subprocess.run(["scancel", "--me", f"--name={run_id}"], check=True)
    wait_until(lambda: queue()[job] == "CANCELLED")
    locked = on_slurm(folder, *STATISTICS)
    assert locked.returncode != 0
    assert "Directory cannot be locked" in locked.stdout
    assert on_slurm(folder, "--unlock").returncode == 0
    return on_slurm(folder, "--rerun-incomplete", *STATISTICS)


def test_a_resumed_run_ends_with_the_bytes_of_a_run_on_this_machine(killed, resumed, local):
    assert {"check_tables", "match_patients", "fit_prognosis"} <= done(resumed)
    folder = killed[0]
    statistics = digest(folder / "results/statistics")
    assert {f"results/statistics/{name}" for name in statistics} == set(STATISTICS)
    assert statistics == digest(local / "results/statistics")


def test_every_job_goes_through_the_queue_and_a_stage_is_one(resumed):
    jobs = SUBMITTED.findall(resumed.stdout)
    states = queue()
    assert {states[job] for job in jobs} == {"COMPLETED"}
    assert len(jobs) == 5  # cohort, matching, baseline, survival, prognosis
    assert len(done(resumed)) == 9


def test_bad_input_is_said_as_on_this_machine_and_the_log_is_named(local, tmp_path):
    folder = study(tmp_path / "gbsg")
    table = (folder / "patients.csv").read_text(encoding="utf-8")
    (folder / "patients.csv").write_text(table.replace("\n2,55,", "\n2,old,", 1), encoding="utf-8")
    run = on_slurm(folder, STATISTICS[0])
    assert run.returncode == 1
    here = snakemake(folder, STATISTICS[0])
    fault = "patients.csv row 3, column age: found 'old', expected a number"
    for stdout in (run.stdout, here.stdout):
        assert stdout.endswith(f"The study stopped because its input is at fault:\n{fault}\n")
    assert "log: results/logs/check_tables.log" in run.stdout
    assert "found 'old'" in (folder / "results/logs/check_tables.log").read_text(encoding="utf-8")
    job = SUBMITTED.search(run.stdout)[1]
    assert queue()[job] == "FAILED"
