"""Programs beside Python that some tests drive: a browser, an office, a database, Slurm.

CI must have them, others may skip.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SLURM = Path("/var/tmp/twoarm-slurm")  # what tests/slurm/start leaves of itself
POSTGRESQL = sorted(Path("/usr/lib/postgresql").glob("*/bin"))  # Debian keeps each version apart
PACKAGES = {  # the program, under the names that systems give it: Debian's package
    ("chromium", "chromium-browser", "google-chrome"): "chromium",
    ("soffice", "libreoffice"): "libreoffice-writer",
    ("localc",): "libreoffice-calc",
    ("pdfinfo",): "poppler-utils",
    ("pdftotext",): "poppler-utils",
    ("initdb",): "postgresql",
    ("pg_ctl",): "postgresql",
}


def need(program: str) -> str:
    """The path of a program; without it the test fails in CI, and elsewhere skips and says what to install."""
    names, package = next(entry for entry in PACKAGES.items() if program in entry[0])
    places = os.pathsep.join([os.environ["PATH"], *map(str, POSTGRESQL)])
    path = next(filter(None, (shutil.which(name, path=places) for name in names)), None)
    if path is None:
        _give_up(f"no {' or '.join(names)} on this machine: apt-get install {package}")
    return path


def need_slurm() -> str:
    """The folder of Snakemake's plugin for Slurm while the Slurm of tests/slurm/start runs; without it as need()."""
    packages = SLURM / "packages"
    started = shutil.which("sinfo") and (SLURM / "slurmctld.pid").exists() and packages.is_dir()
    if not (started and subprocess.run(["sinfo"], capture_output=True, check=False).returncode == 0):
        _give_up("the Slurm of the tests does not run on this machine: tests/slurm/start")
    return str(packages)


def _give_up(reason: str) -> None:
    """End a test that lacks a program."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
