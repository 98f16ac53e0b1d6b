# What happens around a run: earlier results are kept, and what the reader must know comes last.
import atexit
import json
import sys

from conduct.earlier import keep_earlier, put_back, read_only
from conduct.last_words import findings, left_over, log_times, stopping


def in_a_page(dumps):
    """Make JSON safe inside a page's <script>, which a `</script>` in a label would end.

    `snakemake --report` writes labels and parameters there unescaped.
    """
    return lambda *arguments, **options: dumps(*arguments, **options).replace("<", "\\u003c")


json.dumps = in_a_page(json.dumps)  # equivalent JSON, so harmless for other callers


def need(folder):
    """Stop if a folder is not writable."""
    locked = read_only(folder)
    if locked:
        sys.exit(
            f"{Path.cwd()}: no permission to write to {', '.join(locked)}; change the permissions, or run the study elsewhere"
        )


need(".snakemake")  # even for a dry run


def begin():
    """Before the first job: keep the earlier results, and note the dates of earlier logs."""
    need("results")
    keep_earlier()
    begin.logs = log_times()
    if workflow.local_exec:
        # The cores limit the jobs here. For a limit of jobs a second as well Snakemake would look for new jobs again
        # and again, and wait a second at the end for the last look.
        workflow.scheduler.job_rate_limiter = None


def end_well():
    """After the last job: say what the reader must know, and which files an earlier config left."""
    put_back()
    jobs = list(workflow.dag.jobs)
    # after a run of the whole study there should be no other results
    whole = any(job.rule.name == "all" for job in jobs)
    say_last(findings(config) + (left_over(path for job in jobs for path in job.output) if whole else []))


def end_badly():
    """After a failed job: restore the earlier results, and report the errors in the input."""
    unfinished = {str(path): path for job in workflow.dag.needrun_jobs() for path in job.output}
    restored, earlier = put_back(unfinished)
    for path in restored.intersection(unfinished):
        # Snakemake's record of it is from the failed attempt
        workflow.persistence.cleanup_metadata(unfinished[path])
    message = stopping(begin.logs, earlier)
    say_last(["", *message] if message else [])


def say_last(lines):
    """Print lines after everything that Snakemake prints."""
    if lines:
        atexit.register(print, *lines, sep="\n", file=sys.stderr)
