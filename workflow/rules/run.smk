# What happens around a run: earlier results are kept, and what its reader must know is said last.
import atexit
import json
import sys

from conduct.earlier import keep_earlier, put_back, read_only
from conduct.last_words import findings, left_over, log_times, stopping


def in_a_page(dumps):
    """JSON whose text may stand in a page's <script>: a `</script>` in a label would end it.

    `snakemake --report` writes labels and parameters there as they are.
    """
    return lambda *arguments, **options: dumps(*arguments, **options).replace("<", "\\u003c")


json.dumps = in_a_page(json.dumps)  # the same JSON, whoever asks for it


def need(folder):
    """Stop if a folder cannot be written."""
    locked = read_only(folder)
    if locked:
        sys.exit(f"{Path.cwd()}: cannot be written: {', '.join(locked)}; change the permissions, or run it elsewhere")


need(".snakemake")  # even for a dry run


def begin():
    """Before the first job: keep the earlier results, and know the earlier logs."""
    need("results")
    keep_earlier()
    begin.logs = log_times()


def end_well():
    """After the last job: what the reader must know, and what an earlier config has left."""
    put_back()
    jobs = list(workflow.dag.jobs)
    # where the whole study was asked for, what it makes is all there should be
    whole = any(job.rule.name == "all" for job in jobs)
    say_last(findings(config) + (left_over(path for job in jobs for path in job.output) if whole else []))


def end_badly():
    """After a job that failed: the earlier results as they were, and what is at fault."""
    unfinished = {str(path): path for job in workflow.dag.needrun_jobs() for path in job.output}
    restored, earlier = put_back(unfinished)
    for path in restored.intersection(unfinished):
        # what Snakemake has noted of it is from the attempt that failed
        workflow.persistence.cleanup_metadata(unfinished[path])
    message = stopping(begin.logs, earlier)
    say_last(["", *message] if message else [])


def say_last(lines):
    """Print lines after all that Snakemake prints."""
    if lines:
        atexit.register(print, *lines, sep="\n", file=sys.stderr)
