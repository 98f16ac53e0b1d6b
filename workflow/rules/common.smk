# What the stages share: which analyses this study has, and what a run says at its end.
import atexit
import json
import os
import sys
from pathlib import Path

REPO = os.path.relpath(workflow.basedir)  # "." for the shipped study, elsewhere the way to this house

from conduct.earlier import keep_earlier, put_back, read_only
from conduct.last_words import findings, left_over, log_times, stopping
from twoarm.config.keys import told_apart
from twoarm.config.levels import printed_levels
from twoarm.imports import modules_of
from twoarm.stats.imbalance import assessed, judged

# A stage that the config does not name has no rule in the DAG.
MATCHED = "propensity" in config
RESPONSE = "response" in config
SUBGROUPS = list(config["subgroups"])
DISCLOSURE = "disclosure" in config  # small numbers of patients are masked in what is shown
INDIVIDUAL = not DISCLOSURE  # whether a figure may show single patients, or so few that they are as good as that

ANALYSES = [
    f"results/statistics/{analysis}.csv"
    for analysis, wanted in {
        "attrition": True,
        "propensity": MATCHED,
        "matching": MATCHED,
        "balance": MATCHED,
        "baseline": "baseline" in config,
        "reading": RESPONSE,
        "response": RESPONSE,
        "discordance": RESPONSE and len(config["response"]["criteria"]) > 1,
        "endpoints": True,
        "survival": True,
        **{f"subgroup_{name}": True for name in SUBGROUPS},
        "prognosis": "prognosis" in config,
        "safety": "safety" in config,
    }.items()
    if wanted
]
RESULTS = list(ANALYSES)  # each stage adds its figures and tables
if "published" in config:
    RESULTS += ["results/statistics/reproduction.csv", "results/statistics/score.txt"]


def made(folder, ending):
    """The results in a folder that end so, those of the stages included so far."""
    return [path for path in RESULTS if path.startswith(folder) and path.endswith(ending)]


def other_formats():
    """The other formats of figures and tables."""
    figures = [path.removesuffix("svg") for path in made("results/figures", ".svg")]
    tables = [path.removesuffix("html") for path in made("results/tables", ".html")]
    return [f"{stem}{kind}" for stem in figures for kind in ("png", "pdf")] + [
        f"{stem}{kind}" for stem in tables for kind in ("docx", "csv")
    ]


def shown(analysis):
    """The statistics that tables, figures and report may show of an analysis."""
    return f"results/disclosed/{analysis}.csv" if DISCLOSURE else f"results/statistics/{analysis}.csv"


def shown_curves(name):
    """The Kaplan-Meier curves that figures may show."""
    return f"results/disclosed/{name}.parquet" if DISCLOSURE else f"results/data/{name}.parquet"


def code(paths):
    """Files below scripts/, from the folder of the study."""
    return [os.path.normpath(f"{REPO}/scripts/{path}") for path in paths]


def library(script):
    """The shared modules that a script runs on: Snakemake does not see an edit in an imported module."""
    return code(modules_of(f"{script}.py"))


def in_a_page(dumps):
    """JSON whose text may stand in a page's <script>: a `</script>` in a label would end it.

    `snakemake --report` writes labels and parameters there as they are.
    """
    return lambda *arguments, **options: dumps(*arguments, **options).replace("<", "\\u003c")


json.dumps = in_a_page(json.dumps)  # the same JSON, whoever asks for it


def labelled(text):
    """How `snakemake --report` names a result whose name depends on a criterion or a subgroup.

    One label, with all that sets a result apart: of a second one with two values in a category Snakemake 9 makes a
    switch, and shows an empty page where a result has no twin for it.
    """

    def labels(wildcards):
        names = {
            "criterion": {"mrecist": "mRECIST", "recist": "RECIST 1.1"},
            "subgroup": told_apart({name: subgroup["label"] for name, subgroup in config["subgroups"].items()}),
        }
        return {"Result": text.format(**{key: names[key][value] for key, value in wildcards.items()})}

    return labels


# Keys of a variable that only tables and figures read: a new label computes nothing anew.
PRINTED = {"label", "unit", "timing", "reference"}


def unlabelled(part):
    """A part of the config without its label, for rules that print none."""
    return {key: value for key, value in part.items() if key != "label"}


# The arms by their values, the endpoints and the criteria: what the analyses need of them.
ARMS = {key: unlabelled(arm) if key != "column" else arm for key, arm in config["arms"].items()}
ENDPOINTS = {name: unlabelled(endpoint) for name, endpoint in config["endpoints"].items()}
ELIGIBILITY = {
    kind: [unlabelled(criterion) for criterion in criteria] for kind, criteria in config["eligibility"].items()
}


def variables_of(names, without=()):
    """The dictionary entries of some variables, without some keys, so that a rule depends on nothing else."""
    return {
        name: {key: value for key, value in config["variables"][name].items() if key not in without} for name in names
    }


def matched_for(analysis):
    """The matched patients, where there are any and the analysis does not ask for the enrolled ones."""
    return "results/data/matched.parquet" if MATCHED and analysis.get("population") != "enrolled" else []


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
