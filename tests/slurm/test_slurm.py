"""A study on a real Slurm (tests/slurm/start): its queue, the same bytes as here, bad input, a kill and a resume.

Slurm's plugin asks after a job 1 second after it was submitted, then after 11 more: the tests mostly wait. So the run
whose input is wrong and the run that is killed and resumed go on at the same time.
"""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from programs import need_slurm
from runs import ENVIRONMENT, REPO, SNAKEMAKE, digest, done, snakemake

pytestmark = pytest.mark.workflow
STATISTICS = [f"results/statistics/{analysis}.csv" for analysis in ("attrition", "propensity", "matching", "balance")]
PROFILE = [
    *("--profile", REPO / "workflow/profiles/slurm"),
    *("--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "5"),
]
SUBMITTED = re.compile(r"submitted with SLURM jobid (\d+) \(log: (\S+)\)")
# What docs/cluster.md says after a kill, in the folder of the study.
CANCEL = "for run in $(sed -n 's/^SLURM run ID: //p' .snakemake/log/*.log); do scancel --me --name=$run; done"
FAULT = "patients.csv row 3, column age: found 'old', expected a number"


def study(folder: Path) -> Path:
    """The folder of a study that has not run yet."""
    shutil.copytree(REPO / "tests/studies/gbsg", folder)
    shutil.copy(REPO / "tests/oracle/gbsg/data.csv", folder / "patients.csv")
    return folder


def submit(folder: Path, *arguments: str) -> subprocess.Popen:
    """Start Snakemake on a study, its jobs on Slurm; what it prints goes to a file beside the study."""
    environment = {**ENVIRONMENT, "PYTHONPATH": need_slurm()}
    command = [SNAKEMAKE, "-s", REPO / "Snakefile", "-d", folder, "--nocolor", *PROFILE, *arguments]
    with folder.with_suffix(".log").open("w") as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=REPO)


def printed(folder: Path) -> str:
    return folder.with_suffix(".log").read_text(encoding="utf-8")


def ended(run: subprocess.Popen, folder: Path) -> subprocess.CompletedProcess:
    """The result of a finished run; a run that does not end within 5 minutes is stopped."""
    try:
        return subprocess.CompletedProcess(run.args, run.wait(300), printed(folder))
    finally:
        run.kill()


def queue() -> dict[str, str]:
    """{job: its state} of all jobs that Slurm knows, those that have ended too."""
    command = ["squeue", "--me", "--states=all", "--noheader", "--format=%i %T"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(line.split() for line in listed.splitlines())


def wait_until(condition, seconds: float = 60):
    """Wait for a condition, and return its result; the test fails if it does not become true."""
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
def bad_input(tmp_path_factory) -> Iterator[tuple[subprocess.Popen, Path]]:
    """A run on Slurm that has started, with a word in its patients' ages; and its folder."""
    folder = study(tmp_path_factory.mktemp("bad") / "gbsg")
    table = (folder / "patients.csv").read_text(encoding="utf-8")
    (folder / "patients.csv").write_text(table.replace("\n2,55,", "\n2,old,", 1), encoding="utf-8")
    run = submit(folder, *STATISTICS)
    yield run, folder
    run.kill()


@pytest.fixture(scope="module")
def killed(bad_input, tmp_path_factory) -> tuple[Path, str, dict[str, str]]:
    """A study whose Snakemake was killed while its first job ran: its folder, that job, and then Slurm's queue."""
    folder = study(tmp_path_factory.mktemp("killed") / "gbsg")
    run = submit(folder, *STATISTICS)
    try:
        job = wait_until(lambda: SUBMITTED.search(printed(folder)))[1]
        wait_until(lambda: queue()[job] == "RUNNING")
    finally:
        run.kill()
        run.wait()
    return folder, job, queue()


@pytest.fixture(scope="module")
def resumed(killed) -> subprocess.CompletedProcess:
    """The killed run, resumed as docs/cluster.md says, to its end."""
    folder, job, _ = killed
    subprocess.run(["bash", "-c", CANCEL], cwd=folder, check=True)
    wait_until(lambda: queue()[job] == "CANCELLED")
    locked = ended(submit(folder, *STATISTICS), folder)
    assert locked.returncode == 1
    assert "Directory cannot be locked" in locked.stdout
    assert ended(submit(folder, "--unlock"), folder).returncode == 0
    return ended(submit(folder, "--rerun-incomplete", *STATISTICS), folder)


def test_the_guide_says_how_to_cancel_unlock_and_resume():
    guide = (REPO / "docs/cluster.md").read_text(encoding="utf-8")
    assert f"\n{CANCEL}\n" in guide
    resume = [f"snakemake --profile workflow/profiles/slurm {option}" for option in ("--unlock", "--rerun-incomplete")]
    assert "\n".join(resume) in guide


def test_a_killed_run_leaves_its_job(killed):
    _, job, jobs = killed
    assert jobs[job] == "RUNNING"


def test_a_resumed_run_ends_with_the_bytes_of_a_run_on_this_machine(killed, resumed, local):
    assert done(resumed) == {
        *("check_tables", "apply_eligibility"),
        *("fit_propensity", "match_patients", "assess_balance"),
    }
    statistics = digest(killed[0] / "results/statistics")
    assert {f"results/statistics/{name}" for name in statistics} == set(STATISTICS)
    assert statistics == digest(local / "results/statistics")


def test_every_job_goes_through_the_queue_and_a_stage_is_one(resumed):
    jobs = [job for job, _ in SUBMITTED.findall(resumed.stdout)]
    assert len(jobs) == 2  # cohort and matching
    states = queue()
    assert [states[job] for job in jobs] == ["COMPLETED", "COMPLETED"]


def test_bad_input_is_reported_as_on_this_machine_and_the_logs_are_named(bad_input, killed):
    run, folder = ended(*bad_input), bad_input[1]
    assert run.returncode == 1
    assert run.stdout.endswith(f"\nThe run stopped because the input has errors:\n{FAULT}\n")
    assert "log: results/logs/check_tables.log" in run.stdout
    [(job, log)] = SUBMITTED.findall(run.stdout)
    assert queue()[job] == "FAILED"
    assert f"SLURM-job '{job}' failed, SLURM status is: 'FAILED'" in run.stdout
    assert "log: results/logs/check_tables.log" in Path(log).read_text(encoding="utf-8")
    assert FAULT in (folder / "results/logs/check_tables.log").read_text(encoding="utf-8")
