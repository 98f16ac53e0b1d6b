"""Earlier results stay where they are until new ones take their place, whatever stops a run.

Snakemake deletes the outputs of a rule before the rule runs, and once more if it fails. So every result is kept under a
second name while a run lasts (a hard link, which takes neither room nor time) and put back where nothing new came.
"""

import os
import shutil
from collections.abc import Collection
from pathlib import Path

FOLDERS = ("data", "statistics", "disclosed", "figures", "tables", "report")
KEPT = Path("results/.earlier")
# The date of a result that is put back. It is older than the script that makes it, so that Snakemake makes it anew next
# time: it would else take the attempt that failed for the last word, and the earlier result for that of today's input.
OUTDATED = 946_684_800  # 1 January 2000


def results() -> list[Path]:
    """Every file among the results but logs and benchmarks, from the study's folder; hidden ones are not ours."""
    found = [path for folder in FOLDERS for path in sorted(Path("results", folder).rglob("*")) if path.is_file()]
    return [path for path in found if not path.name.startswith(".")]


def read_only(folder: str) -> list[str]:
    """What of a folder cannot be written: itself, else which of those below it; of one that is not there, its parent.

    folder: from the study's, such as `results`.
    """
    path = Path(folder) if Path(folder).is_dir() else Path()
    below = [inside for inside in sorted(path.rglob("*")) if inside.is_dir()] if path.name else []
    locked = [str(inside) for inside in (path, *below) if not os.access(inside, os.W_OK)]
    return locked[:1] if str(path) in locked else locked


def keep_earlier() -> None:
    """Keep every result that there is. What a run that was killed had kept is older than what it left, and stays."""
    for path in results():
        kept = KEPT / path.relative_to("results")
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            _second_name(path, kept)


def put_back(unfinished: Collection[str] = ()) -> tuple[set[str], bool]:
    """Put the results back in whose place no new one stands; say which, and whether any result is an earlier one.

    unfinished: results that a job was to make and did not; what stands there may have been written in part.
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
