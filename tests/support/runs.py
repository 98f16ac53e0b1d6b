"""Running Snakemake for real, as a user does."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).parents[2]
SNAKEMAKE = Path(sys.executable).parent / "snakemake"
# Jobs that compile their imports each time would take three times as long.
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
REPORTING = {"write_report", "fill_checklists"}  # what any new result leads to
# In the shipped study also these: the comparison after the scorecard, and after each change of the config.
OF_SHIPPED = {"write_manuscript", "write_reproduction"}


def snakemake(folder: Path, *arguments: str, cores: int = 2, house: Path = REPO) -> subprocess.CompletedProcess:
    """Run the workflow of `house` on the study in `folder`; what it prints is in `stdout`."""
    return subprocess.run(
        [SNAKEMAKE, "-s", house / "Snakefile", "-d", folder, "--cores", str(cores), "--nocolor", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=ENVIRONMENT,
        check=False,
    )


def done(run: subprocess.CompletedProcess) -> set[str]:
    """The rules that a run ran, without the target; the run must have ended well."""
    assert run.returncode == 0, run.stdout[-6000:]
    return set(re.findall(r"^Finished jobid: \d+ \(Rule: (\w+)\)$", run.stdout, re.MULTILINE)) - {"all"}


def planned(run: subprocess.CompletedProcess) -> set[str]:
    """The rules that a dry run would run, without the target; the dry run must have ended well."""
    assert run.returncode == 0, run.stdout[-6000:]
    return set(re.findall(r"^(\w+) +\d+$", run.stdout, re.MULTILINE)) - {"all", "total"}


def digest(folder: Path, pattern: str = "**/*") -> dict[str, str]:
    """SHA-256 of each file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob(pattern))
        if path.is_file()
    }


def results(folder: Path) -> dict[str, str]:
    """SHA-256 of all results of a study, without files about its runs."""
    found = digest(folder / "results")
    return {name: sha for name, sha in found.items() if not name.startswith(("logs/", "benchmarks/"))}


def copy_house(folder: Path) -> Path:
    """A copy of the workflow, its shipped study included, in which a test may edit a script."""
    for part in ("Snakefile", "config.yaml", "pyproject.toml", "workflow", "scripts", "envs", "resources"):
        copy = shutil.copytree if (REPO / part).is_dir() else shutil.copy2
        copy(REPO / part, folder / part)
    return folder
