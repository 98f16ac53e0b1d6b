"""One line per step: what `make study` prints of Snakemake's messages."""

import logging

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_logger_plugin_progress import LogHandler
from twoarm.results.errors import STOPPED


@pytest.fixture
def progress() -> LogHandler:
    return LogHandler(None, None)


def message(text="", level=logging.INFO, **extra) -> logging.LogRecord:
    record = logging.LogRecord("snakemake", level, "", 0, text, None, None)
    record.__dict__.update(extra)
    return record


def test_a_step_is_a_line_with_its_number(progress):
    progress.told(message(event=LogEvent.RUN_INFO, stats={"all": 1, "draw_safety": 9, "total": 13}))
    step = message("Rule: draw_safety", event=LogEvent.JOB_INFO, rule_msg="Figure: adverse events")
    assert progress.told(step) == " 1 of 12  Figure: adverse events"
    assert progress.told(step) == " 2 of 12  Figure: adverse events"
    assert progress.told(message(event=LogEvent.JOB_INFO, rule_msg=None)) == ""  # the target


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ("Select jobs to execute...", ""),
        ("Execute 1 jobs...", ""),
        ("Building DAG of jobs...", ""),
        ("Nothing to be done (all present).", "Nothing to be done (all present)."),
        ("Complete log(s): /study/.snakemake/log/x.log", "Full log: /study/.snakemake/log/x.log"),
    ],
)
def test_of_the_rest_only_what_a_reader_needs(progress, said, printed):
    assert progress.told(message(said)) == printed


def test_an_error_of_the_input_is_left_to_the_last_words(progress, tmp_path):
    log = tmp_path / "check_tables.log"
    log.write_text(f"a warning\n{STOPPED}\npatients.csv row 5\n")
    spoken = [
        message("CalledProcessError", logging.ERROR, event=LogEvent.ERROR, exception="RuleException"),
        message("Error", logging.ERROR, event=LogEvent.JOB_ERROR, rule_name="check_tables", log=[str(log)]),
        message("Exiting because a job execution failed.", logging.ERROR),
        message("At least one job failed.", logging.ERROR, event=LogEvent.ERROR, exception="WorkflowError"),
    ]
    assert [progress.told(record) for record in spoken] == [""] * 4


def test_a_configfile_that_is_not_utf_8_is_said_without_a_traceback(progress):
    """Snakemake reads it before the workflow does."""
    with pytest.raises(UnicodeDecodeError) as error:
        b"\xe9".decode("utf-8")
    raised = message(f"Traceback\n{error.value}", logging.ERROR, event=LogEvent.ERROR, exception=error.typename)
    assert progress.told(raised).endswith("not encoded in UTF-8; save it as text in UTF-8")
    assert "Traceback" not in progress.told(raised)


@pytest.mark.parametrize(
    ("log", "last"),
    [("Traceback\nKeyError: 'x'\n", "KeyError: 'x'"), ("", "died with SIGKILL"), (None, "died with SIGKILL")],
)
def test_any_other_failure_is_reported_with_its_log(progress, tmp_path, log, last):
    path = tmp_path / "x.log"
    if log is not None:
        path.write_text(log)
    progress.told(message("Rule\ndied with SIGKILL", logging.ERROR, event=LogEvent.ERROR, exception="RuleException"))
    failed = message("Error", logging.ERROR, event=LogEvent.JOB_ERROR, rule_name="x", log=[str(path)])
    assert progress.told(failed) == f"Error in x; its log: {path}\n  {last}"


@pytest.mark.parametrize("kind", ["LockException", "IncompleteFilesException"])
def test_after_a_kill_the_next_step_is_reported(progress, kind):
    locked = message("Directory is locked", logging.ERROR, event=LogEvent.ERROR, exception=kind)
    first, last = progress.told(locked).splitlines()
    assert first == "Directory is locked"
    assert "make resume" in last


def test_what_stops_snakemake_itself_is_reported(progress):
    missing = message("No such file", logging.ERROR, event=LogEvent.ERROR, exception="MissingInputException")
    assert progress.told(missing) == "No such file"
    assert progress.told(message("a warning", logging.WARNING)) == "a warning"
