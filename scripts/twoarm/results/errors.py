"""What a run says when its input cannot be right, and where a job's output goes."""

import os
import sys
import traceback
from pathlib import Path

# The line of a log after which a fault of the input stands, to the log's end: see message_of.
STOPPED = "The study stopped because its input is at fault:"
REMARK = "Remark: "  # begins a line of a log that a run ends with, though nothing is at fault


class InputError(Exception):
    """The study's own input is at fault; the message is written for the clinician, not for the programmer.

    Raised with every fault that was found, so that a table is mended in one go.
    """

    def __init__(self, errors: str | list[str]):
        self.errors = [errors] if isinstance(errors, str) else list(errors)
        super().__init__("\n".join(self.errors))


def log_to(path: str) -> None:
    """Send what this job prints to its log file; a InputError ends it with its message alone, exit code 1."""
    log = Path(path).open("w", encoding="utf-8", buffering=1)  # noqa: SIM115 - open until the job ends
    sys.stdout = sys.stderr = log
    for stream in (1, 2):  # what is not written by Python
        os.dup2(log.fileno(), stream)

    def stop(kind, error, trace):
        if issubclass(kind, InputError):
            log.write(f"{STOPPED}\n{error}\n")
            sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - the message is the log's last word
        else:
            traceback.print_exception(kind, error, trace, file=log)

    sys.excepthook = stop


def message_of(log: str) -> str:
    """What a job's log says of a fault of the input, after whatever libraries wrote; empty if it says nothing."""
    _, stopped, message = log.rpartition(f"{STOPPED}\n")
    return message.strip() if stopped else ""
