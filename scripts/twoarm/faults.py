"""What a run says when its input cannot be right, and where a job's output goes."""

import sys
import traceback
from pathlib import Path

# The first line of a log that ends in a fault of the input: the Snakefile looks for it and shows what follows.
STOPPED = "The study stopped because its input is at fault:"


class StudyError(Exception):
    """The study's own input is at fault; the message is written for the clinician, not for the programmer.

    Raised with every fault that was found, so that a table is mended in one go.
    """

    def __init__(self, faults: str | list[str]):
        self.faults = [faults] if isinstance(faults, str) else list(faults)
        super().__init__("\n".join(self.faults))


def log_to(path: str) -> None:
    """Send what this job prints to its log file; a StudyError ends it with its message alone, exit code 1."""
    log = Path(path).open("w", encoding="utf-8", buffering=1)  # noqa: SIM115 - open until the job ends
    sys.stdout = sys.stderr = log

    def stop(kind, error, trace):
        if issubclass(kind, StudyError):
            log.write(f"{STOPPED}\n{error}\n")
        else:
            traceback.print_exception(kind, error, trace, file=log)

    sys.excepthook = stop
