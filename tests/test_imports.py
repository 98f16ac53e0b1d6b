"""No job imports a heavy package that it does not need: imports take most of the time of a small run."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runs import REPO

SCRIPTS = REPO / "scripts"
HEAVY = ["numpy", "pandas", "pyarrow", "scipy", "statsmodels", "sklearn", "lifelines", "matplotlib", "plotnine"]
PLOTTED = ["matching/draw_score_overlap"]  # with plotnine, which needs the others
OF_CURVES = ["subgroups/draw_subgroup", "survival/draw_survival"]
# Figures of patients, or of a table that is worked through in pandas.
OF_PATIENTS = [
    *("response/draw_spider", "response/draw_swimmer", "response/draw_waterfall"),
    "matching/draw_love_plot",
]
# What no job that computes needs. Rare tests need scipy.stats, and the functions that make them import it.
SPARED = {"scipy.stats", "scipy.optimize", "statsmodels", "sklearn", "lifelines", "matplotlib", "plotnine", "docx"}
READING = ["tabulate_*", "draw_*", "write_report", "fill_checklists"]

SCRIPTS_THAT_READ = sorted(
    path.relative_to(SCRIPTS).with_suffix("").as_posix() for kind in READING for path in SCRIPTS.glob(f"*/{kind}.py")
)


def needed(script: str) -> set[str]:
    """The heavy packages that a script which only reads results needs. script: `stage/rule`."""
    if script in PLOTTED:
        return {"numpy", "pandas", "pyarrow", "matplotlib", "plotnine"}
    if script in OF_CURVES:
        return {"numpy", "pyarrow", "matplotlib"}
    if script in OF_PATIENTS:
        return {"numpy", "pandas", "pyarrow", "matplotlib"}
    return {"numpy", "matplotlib"} if "/draw_" in script else set()


IMPORTING = """
import importlib, json, sys
found = {}
for script in sys.argv[1:]:
    importlib.import_module(script.replace("/", "."))
    found[script] = sorted(sys.modules)
print(json.dumps(found))
"""


def imported(scripts: list[str]) -> dict[str, set[str]]:
    """The heavy packages that one process has after it imported each of some scripts, one after another."""
    command = [sys.executable, "-c", IMPORTING, *scripts]
    done = subprocess.run(command, capture_output=True, text=True, cwd=SCRIPTS, check=True)
    return {script: set(HEAVY) & set(modules) for script, modules in json.loads(done.stdout).items()}


@pytest.mark.parametrize(
    "packages", sorted({tuple(sorted(needed(script))) for script in SCRIPTS_THAT_READ}), ids=" ".join
)
def test_a_job_that_only_reads_results_imports_no_more_than_it_needs(packages):
    """Those that need the same packages are in one process: the first that imports another package is the culprit."""
    scripts = [script for script in SCRIPTS_THAT_READ if needed(script) == set(packages)]
    assert imported(scripts) == dict.fromkeys(scripts, set(packages))


def test_jobs_that_compute_import_no_more_than_they_need():
    """All of them in one process, which shows what any of them imports."""
    stages = {path.parent.name for path in (REPO / "scripts").glob("*/draw_*.py")} | {"reproduction"}
    scripts = [path.relative_to(SCRIPTS).as_posix() for stage in stages for path in SCRIPTS.glob(f"{stage}/*.py")]
    computing = [script for script in scripts if script.removesuffix(".py") not in SCRIPTS_THAT_READ]
    assert len(computing) >= 15
    code = f"import runpy, sys; [runpy.run_path(script) for script in {computing}]; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=SCRIPTS, check=True)
    assert "pandas" in done.stdout.split()
    assert SPARED & set(done.stdout.split()) == set()


@pytest.mark.workflow
def test_snakemake_itself_does_not_import_pandas(tmp_path):
    """It would, to look for data frames among the parameters of rules. (What a job prints is in its log.)"""
    told = "print('pandas' if sys.modules.get('pandas') else 'no pandas', file=sys.stderr)"
    hook = f"import atexit, sys; atexit.register(lambda: {told})"
    (tmp_path / "sitecustomize.py").write_text(hook)
    shutil.copy(REPO / "config.yaml", tmp_path)
    (tmp_path / "resources").symlink_to(REPO / "resources")
    snakemake = [Path(sys.executable).parent / "snakemake", "-s", REPO / "Snakefile", "-d", tmp_path, "-c1", "-q"]
    done = subprocess.run(
        [*snakemake, "--until", "check_tables"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        check=True,
    )
    assert [line for line in done.stderr.splitlines() if line in ("pandas", "no pandas")] == ["no pandas"]
