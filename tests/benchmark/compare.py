"""The workflow's run times beside R's, on the same machine: python tests/benchmark/compare.py [ROUNDS]

Whole processes: the shipped study on two cores, beside peer.R, one R script of the study's analyses. A run of R comes
before each run of ours, so that both meet the same machine; a ratio is the median of those of the pairs. Then the
seconds of each step at growing numbers of patients, beside R's (scale.py and scale.R). It takes about six minutes.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
REPO = HERE.parents[1]
PACKAGES = ["MatchIt", "survival", "survminer", "ggplot2"]
SIZES = [10_000, 100_000, 1_000_000]
OTHER_ENDPOINT = "subgroups={line: {endpoint: os}}"
# What is run, in this order, and by which arguments of Snakemake; each follows from the one before.
RUNS = {
    "cold run": [],
    "another endpoint for one subgroup": ["--config", OTHER_ENDPOINT],
    "another caliper": ["--config", OTHER_ENDPOINT, "matching={caliper: 0.1}"],
    "nothing to be done": ["--config", OTHER_ENDPOINT, "matching={caliper: 0.1}"],
}


def missing() -> list[str]:
    """What of R is not there: Rscript, or some of its packages."""
    if not shutil.which("Rscript"):
        return ["Rscript"]
    names = ", ".join(f"'{name}'" for name in PACKAGES)
    asked = f"cat(Filter(function(name) !requireNamespace(name, quietly = TRUE), c({names})))"
    return subprocess.run(["Rscript", "-e", asked], capture_output=True, text=True, check=True).stdout.split()


def seconds(command: list) -> tuple[float, float]:
    """The seconds that a command takes, by the clock and of processor time, its children's too. Exits if it fails."""
    start, before = time.perf_counter(), os.times()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    elapsed, after = time.perf_counter() - start, os.times()
    if done.returncode:
        sys.exit(f"{done.stdout}\nThis failed: {' '.join(map(str, command))}")
    processor = sum(after[2:4]) - sum(before[2:4])  # user and system time of children
    return elapsed, processor


def time_study(folder: Path, rounds: int) -> None:
    """Time the runs of the shipped study, and print them as a table. folder: one to work in."""
    shutil.copy(REPO / "config.yaml", folder)
    shutil.copytree(REPO / "resources", folder / "resources")
    snakemake = [
        Path(sys.executable).parent / "snakemake",
        "-s",
        REPO / "Snakefile",
        "-d",
        folder,
        "--cores",
        "2",
        "-q",
    ]
    peer = ["Rscript", HERE / "peer.R", folder / "resources/cohort", folder / "peer"]
    ours, of_r = {name: [] for name in RUNS}, {name: [] for name in RUNS}
    for number in range(rounds):
        for name, arguments in RUNS.items():
            if name == "cold run":
                shutil.rmtree(folder / "results", ignore_errors=True)
                shutil.rmtree(folder / ".snakemake", ignore_errors=True)
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr)
            of_r[name].append(seconds(peer))
            ours[name].append(seconds([*snakemake, "all", *arguments]))
    print(f"Whole processes on two cores (medians; rounds: {rounds})\n")
    print(f"{'':<34}{'seconds':>9}{'processor':>11}{'of R':>8}")
    for name in RUNS:
        ratio = median(own[0] / other[0] for own, other in zip(ours[name], of_r[name], strict=True))
        print(f"{name:<34}{_medians(ours[name])}{ratio:>8.2f}")
    print(f"{'the R script':<34}{_medians(sum(of_r.values(), []))}{1:>8.2f}")


def _medians(runs: list[tuple[float, float]]) -> str:
    """The median seconds of runs by the clock and of processor time, as cells."""
    return f"{median(run[0] for run in runs):>9.1f}{median(run[1] for run in runs):>11.1f}"


def time_steps(rounds: int) -> None:
    """Time each step at growing numbers of patients, and print it beside R's. scale.R reads what scale.py writes."""
    ours, of_r = [], []
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}: {max(SIZES):,} patients", file=sys.stderr)
        ours.append(_steps([sys.executable, HERE / "scale.py"]))
        of_r.append(_steps(["Rscript", HERE / "scale.R"]))
    print(f"\nSeconds of each step by number of patients, here / in R (medians; rounds: {rounds})\n")
    print(f"{'':<28}" + "".join(f"{size:>18,}" for size in SIZES))
    for step in dict.fromkeys(step for step, _ in ours[0]):
        cells = [" / ".join(_median_of(found, step, size) for found in (ours, of_r)) for size in SIZES]
        print(f"{step:<28}" + "".join(f"{cell:>18}" for cell in cells))


def _steps(command: list) -> dict[tuple[str, int], float]:
    """What scale.py and scale.R print: the seconds of each step and number of patients."""
    printed = subprocess.run([*command, *map(str, SIZES)], capture_output=True, text=True, check=True).stdout
    found, size = {}, 0
    for line in printed.splitlines():
        if patients := re.fullmatch(r"([\d,]+) patients", line):
            size = int(patients[1].replace(",", ""))
        else:
            step, spent = line.rsplit(maxsplit=1)
            found[step.strip(), size] = float(spent)
    return found


def _median_of(found: list[dict], step: str, size: int) -> str:
    """The median of a step's seconds; a dash if it was not timed."""
    if (step, size) not in found[0]:
        return "-"
    spent = median(one[step, size] for one in found)
    return f"{spent:.1f}" if spent >= 10 else f"{spent:.2f}"


if __name__ == "__main__":
    if lacking := missing():
        sys.exit(
            f"The comparison with R needs Rscript with the packages {', '.join(PACKAGES)} (Debian: r-base-core, "
            f"r-cran-matchit, r-cran-survival, r-cran-survminer); not found: {', '.join(lacking)}"
        )
    asked_for = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as name:
        os.environ["TMPDIR"] = name  # for the data of scale.py and scale.R
        os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as Snakemake sets it for a job with one thread; R has one as well
        time_study(Path(name), asked_for)
        time_steps(asked_for)
