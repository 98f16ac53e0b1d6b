"""Earlier results stay in place until new ones replace them, whatever stops a run.

Snakemake deletes the outputs of a rule before the rule runs, and again if it fails. So every result is kept under a
second name during a run (a hard link, which takes neither space nor time) and put back if no new one was made.
"""

import os
import shutil
from collections.abc import Collection
from pathlib import Path

FOLDERS = ("data", "statistics", "disclosed", "figures", "tables", "report")
KEPT = Path("results/.earlier")
# The date of a restored result. It is older than the script that makes it, so that Snakemake makes it again in the next
# run; otherwise Snakemake would take the earlier result for one that is made from today's input.
OUTDATED = 946_684_800  # 1 January 2000


def results() -> list[Path]:
    """Every result file except logs, benchmarks and hidden files, relative to the study's folder."""
    inside = [path for folder in FOLDERS for path in sorted(Path("results", folder).rglob("*"))]
    found = [*inside, *sorted(Path("results").glob("*"))]  # the manuscript is in no folder
    return [path for path in found if path.is_file() and not path.name.startswith(".")]


def read_only(folder: str) -> list[str]:
    """The folders that cannot be written: the folder itself, or those below it; its parent if it does not exist.

    folder: relative to the study's folder, such as `results`.
    """
    path = Path(folder) if Path(folder).is_dir() else Path()
    below = [inside for inside in sorted(path.rglob("*")) if inside.is_dir()] if path.name else []
    locked = [str(inside) for inside in (path, *below) if not os.access(inside, os.W_OK)]
    return locked[:1] if str(path) in locked else locked


def keep_earlier() -> None:
    """Keep every existing result. What a killed run kept is older than what it left, and stays."""
    for path in results():
        kept = KEPT / path.relative_to("results")
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            _second_name(path, kept)


def put_back(unfinished: Collection[str] = ()) -> tuple[set[str], bool]:
    """Put back results that no new ones replaced. Returns their paths, and whether any result is an earlier one.

    unfinished: results of jobs that did not finish; such files may be incomplete.
    """
    restored, earlier = set(), False
    for kept in sorted(path for path in KEPT.rglob("*") if path.is_file()):
        path = Path("results", kept.relative_to(KEPT))
        same = path.exists() and path.samefile(kept)
        earlier = earlier or same
        if not same and (str(path) in unfinished or not path.exists()):
            os.utime(kept, (OUTDATED, OUTDATED))
            path.parent.mkdir(parents=True, exist_ok=True)
            kept.replace(path)
            restored.add(str(path))
    shutil.rmtree(KEPT, ignore_errors=True)
    return restored, earlier or bool(restored)


def _second_name(path: Path, kept: Path) -> None:
    try:
        kept.hardlink_to(path)
    except OSError:  # a file system without hard links
        shutil.copy2(path, kept)
