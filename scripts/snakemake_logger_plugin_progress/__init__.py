"""Snakemake's output for a clinician: one line per step, what went wrong, and where the full log is.

Snakemake finds it by its name in a folder of PYTHONPATH; `snakemake --logger progress` selects it, as `make study`
does. Snakemake's own log file does not change.
"""

import logging
import sys
from pathlib import Path

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from twoarm.results.errors import message_of

KILLED = ("LockException", "IncompleteFilesException")  # errors that follow a killed run

# Snakemake itself reads a file that --configfile names, before the workflow can say what is wrong with it.
UNREADABLE = "UnicodeDecodeError"
NOT_UTF_8 = "The config has errors:\na file of --configfile is not encoded in UTF-8; save it as text in UTF-8"


class LogHandler(LogHandlerBase):
    """Prints the part of Snakemake's messages that a reader needs."""

    writes_to_stream, writes_to_file, needs_rulegraph = True, False, False
    has_filter, has_formatter = True, False  # sees every message

    def __post_init__(self):
        self.steps, self.begun = 0, 0
        self.failed = False
        self.cause = ""  # what Snakemake says about a failed job before it names the job

    def emit(self, record: logging.LogRecord) -> None:
        """Print what a message says to the reader, if anything."""
        text = self.told(record)
        if text:
            print(text, file=sys.stderr, flush=True)

    def told(self, record: logging.LogRecord) -> str:
        """What to print for one of Snakemake's messages: mostly nothing."""
        event, text = getattr(record, "event", None), str(record.msg or "")
        if event == LogEvent.RUN_INFO:
            self.steps = record.stats["total"] - record.stats.get("all", 0)
        elif event == LogEvent.JOB_INFO and record.rule_msg:
            self.begun += 1
            return f"{self.begun:>{len(str(self.steps))}} of {self.steps}  {record.rule_msg}"
        elif event == LogEvent.JOB_ERROR:
            self.failed = True
            return self._failure(record.rule_name, record.log)
        elif event == LogEvent.ERROR and record.exception == "RuleException":
            self.cause = text
        elif event == LogEvent.ERROR and record.exception == UNREADABLE:
            return NOT_UTF_8
        elif event == LogEvent.ERROR and record.exception in KILLED:
            return f"{text}\nAfter a killed run, use `make resume`."
        elif record.levelno >= logging.WARNING:
            return "" if self.failed else text  # the failed job has already been named
        elif text.startswith("Nothing to be done"):
            return text
        elif text.startswith("Complete log"):
            return f"Full log: {text.partition(': ')[2]}"
        return ""

    def _failure(self, rule: str, logs: list[str]) -> str:
        """What to print at once about a failed job; nothing if its input is wrong, which the run's end reports."""
        said = "".join(Path(log).read_text(encoding="utf-8", errors="replace") for log in logs if Path(log).is_file())
        if message_of(said):
            return ""
        last = (said.strip() or self.cause).splitlines()[-1:]
        return "\n  ".join([f"Error in {rule}; its log: {', '.join(logs)}", *last])
