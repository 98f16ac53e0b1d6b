"""What a run says at its end, as lines of text: what stopped it, what the reader must know, what is left over."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

from conduct.earlier import results
from twoarm.config.immortal import later_criteria, later_in_prognosis, later_subgroups
from twoarm.config.keys import OVERALL, unweighted
from twoarm.config.populations import ENROLLED, adjusted, populations_of
from twoarm.config.prognosis import model_labels
from twoarm.config.subgroups import subgroups_of
from twoarm.results.errors import REMARK, STOPPED, message_of
from twoarm.results.rows import NOBODY, read_csv_rows
from twoarm.results.wording import arm_names, where_printed
from twoarm.stats.imbalance import assessed, in_words, judged, outlying, unbalanced
from twoarm.text.labels import inside_sentence
from twoarm.text.rounding import ALPHA, p_label

MODEL = "cox_multivariable"
LOGS = Path("results/logs")
REPORT = Path("results/report/report.html")
MANUSCRIPT = Path("results/manuscript.docx")
SCORE = Path("results/statistics/score.txt")


def log_times() -> dict[Path, int]:
    """The date of each log, to distinguish this run's logs from earlier ones."""
    return {path: path.stat().st_mtime_ns for path in sorted(LOGS.glob("*.log"))}


def stopping(before: Mapping[Path, int], earlier: bool) -> list[str]:
    """The errors in the input, without a traceback; empty if something else stopped the run.

    before: log_times() at the run's start; earlier: whether a result of an earlier run is still in place.
    """
    written = [path for path, when in log_times().items() if before.get(path) != when]
    messages = [message_of(path.read_text(encoding="utf-8", errors="replace")) for path in written]
    messages = [message for message in messages if message]
    if not messages:
        return []
    return [STOPPED, *messages] + ["Earlier results that this run did not replace are unchanged."] * earlier


def findings(protocol: Mapping) -> list[str]:
    """What the reader of a finished run must know: remarks on tables, warnings of models, immortal time, the score."""
    models = [
        *_eventless(protocol),
        *_outlying(protocol),
        *_few_matched(protocol),
        *_imbalance(protocol),
        *_heavy(protocol),
        *_unseen_terms(),
        *_few_events(protocol),
        *_hazards(protocol),
    ]
    lines = [*_remarks(), *models, *_immortal(protocol)]
    if "published" in protocol and SCORE.is_file():
        lines += [line for line in SCORE.read_text(encoding="utf-8").splitlines() if not line.startswith(" ")]
        lines += _missed(protocol)
    if REPORT.is_file():
        lines.append(f"Report: {REPORT}, .docx; checklists beside it")
    if "manuscript" in protocol and MANUSCRIPT.is_file():
        lines.append(f"Manuscript: {MANUSCRIPT}")
    return [*lines, "Results: results/tables, results/figures, results/statistics"]


def _remarks() -> list[str]:
    """Remarks from reading the raw tables."""
    log = LOGS / "check_tables.log"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
    # a file with two tables was read twice
    return list(dict.fromkeys(line.removeprefix(REMARK) for line in lines if line.startswith(REMARK)))


def left_over(made: Iterable[str]) -> list[str]:
    """The result files that this study does not make, by folder. made: all files that it makes."""
    own = {Path(path) for path in made}
    left = sorted((path for path in results() if path not in own), key=lambda path: (path.parent, path.name))
    if not left:
        return []
    lines = [
        f"  {folder}: {', '.join(path.name for path in files)}"
        for folder, files in groupby(left, key=lambda path: path.parent)
    ]
    return ["Files that this run does not make, for example of an analysis that the config no longer has:", *lines]


def _eventless(protocol: Mapping) -> list[str]:
    """A line on endpoints that no enrolled patient reached, which a wrong code for the event may cause."""
    rows = [row for row in _rows("survival") if (row["population"], row["group"]) == (ENROLLED, OVERALL)]
    names = [row["variable"] for row in rows if row["statistic"] == "events" and float(row["value"]) == 0]
    labels = ", ".join(protocol["endpoints"][name]["label"] for name in names)
    return [f"No patient has an event; check which value means the event: {labels}"] if labels else []


def _few_matched(protocol: Mapping) -> list[str]:
    """A line on a matching that leaves out most treated patients."""
    arm = protocol.get("arms", {}).get("treated", {})
    rows = [row for row in _rows("matching") if row["statistic"] == "unmatched" and row["group"] == arm.get("value")]
    sizes = [row for row in _rows("attrition") if (row["population"], row["group"]) == (ENROLLED, arm.get("value"))]
    totals = [int(float(row["value"])) for row in sizes if row["statistic"] == "total"]
    left = [int(float(row["value"])) for row in rows]
    return [
        f"Most treated patients are not matched: {n} of {total} with {arm['short']}"
        for n, total in zip(left, totals, strict=False)
        if n > total / 2
    ]


def _outlying(protocol: Mapping) -> list[str]:
    """A line on covariates whose outliers give some patients a propensity score of 0 or 1, by label."""
    names = outlying(_rows("propensity")) if "propensity" in protocol else []
    labels = ", ".join(protocol["variables"][name]["label"] for name in names)
    return [f"Outliers give patients a propensity score of 0 or 1; check: {labels}"] if labels else []


def _imbalance(protocol: Mapping) -> list[str]:
    """A line on the variables that are not balanced, for each population but the enrolled, by label."""
    lines = []
    for population in adjusted(populations_of(protocol)):
        rows = [row for row in _rows("balance") if row["population"] == population.name]
        variables = {name: protocol["variables"][name] for name in assessed(protocol)}
        found = unbalanced(rows, judged(variables), protocol["balance"])
        named = "; ".join(f"{variables[name]['label']}: {in_words(beyond)}" for name, beyond in found.items())
        lines += [f"Not balanced {population.when}: {named}"] if named else []
    return lines


def _heavy(protocol: Mapping) -> list[str]:
    """A line on each arm of a design in which one patient has too much of the weight."""
    said = {population.name: population.when for population in populations_of(protocol)}
    rows = [row for row in _rows("weights") if row["statistic"] == "largest" and row["note"]]
    names = arm_names(protocol["arms"]) if rows else {}
    return [
        f"Results rest on very few patients {said[row['population']]}: {names[row['group']]}, {row['note']}"
        for row in rows
    ]


def _unseen_terms() -> list[str]:
    """A line on the adverse events that the config lists and nobody had."""
    terms = dict.fromkeys(row["variable"] for row in _rows("safety") if NOBODY in row["note"])
    return [f"Nobody had these adverse events; check their spelling: {', '.join(terms)}"] if terms else []


def _few_events(protocol: Mapping) -> list[str]:
    """A line on each multivariable model with few events for its size."""
    return [
        f"{model} has {row['note']}"
        for model, analysis in _models(protocol)
        for row in _rows(analysis)
        if row["note"] and (row["statistic"], unweighted(row["method"])) == ("events", MODEL)
    ]


def _hazards(protocol: Mapping) -> list[str]:
    """A line on the variables of each model with doubtful proportional hazards, by label."""
    labels = {name: variable["label"] for name, variable in protocol["variables"].items()} | {"arm": "Treatment"}
    lines = []
    for model, analysis in _models(protocol):
        doubtful = [
            f"{labels[row['variable']]} ({p_label(float(row['value']))})"
            for row in _rows(analysis)
            if unweighted(row["method"]) == "cox_zph"
            and row["variable"] in labels
            and row["value"]
            and float(row["value"]) < ALPHA
        ]
        where = model.replace("The", "the", 1)
        lines += [f"Proportional hazards are doubtful in {where}: {', '.join(doubtful)}"] if doubtful else []
    return lines


def _models(protocol: Mapping) -> list[tuple[str, str]]:
    """Each multivariable model in words, and its analysis."""
    labels = model_labels(protocol)
    several = len(labels) > 1
    return [
        (f"The multivariable model of {inside_sentence(label)}" if several else "The multivariable model", analysis)
        for analysis, label in labels.items()
    ]


def _missed(protocol: Mapping) -> list[str]:
    """A line on each printed value that was not reproduced: where it is printed, with labels, and why."""
    named = {**protocol["variables"], **protocol["endpoints"]}
    labels = {name: entry["label"] for name, entry in named.items()}
    populations = populations_of(protocol)
    return [
        f"  {row['verdict']}: {where_printed(row, labels, populations)}, {row['statistic'].replace('_', ' ')}: "
        f"printed {row['printed']}, computed {row['rounded'] or 'nothing'}; {row['explanation']}"
        for row in _rows("reproduction")
        if row["verdict"] != "reproduced"
    ]


def _immortal(protocol: Mapping) -> list[str]:
    """A line on what is known only for patients who lived long enough, by label."""
    variables, subgroups = protocol.get("variables", {}), subgroups_of(protocol)
    parts = {
        "criteria": [criterion["label"] for _, criterion in later_criteria(protocol)],
        "prognosis": [variables[name]["label"] for name in later_in_prognosis(protocol)],
        "subgroups": [subgroups[name].settings["label"] for name in later_subgroups(protocol)],
    }
    named = "; ".join(f"{part}: {', '.join(labels)}" for part, labels in parts.items() if labels)
    return [f"Depends on what happened after treatment start (immortal time): {named}"] if named else []


def _rows(analysis: str) -> list[dict]:
    """The rows of a statistics table, as text; none if the study does not have it."""
    path = Path(f"results/statistics/{analysis}.csv")
    return read_csv_rows(path) if path.is_file() else []
