"""How robust the results are: the same question analysed in other ways, and checks of the models."""

import math
from itertools import product

from twoarm.config.keys import before_event, ends_of
from twoarm.config.populations import ENROLLED, Population
from twoarm.config.prognosis import model_labels
from twoarm.config.response_criteria import is_ready_made
from twoarm.report.document import Bullets, Heading, Paragraph, Section
from twoarm.report.outcomes import adjusted_effects
from twoarm.report.run import Run, listed, ratio_with_interval, significant, tested, warning, with_interval
from twoarm.report.weighted import weights_of
from twoarm.results.values import Found
from twoarm.tables.cells import number, p_words, things
from twoarm.tables.estimates import MEDIAN_DIGITS
from twoarm.text.provenance import Piece, Sourced, prose

UNPAIRED = {"baseline": "baseline", "response": "response", "safety": "adverse events"}
# ASSUME: a median follow-up half as long again as in the other arm is worth a warning; this limit is not a test.
UNEQUAL = 1.5


def robustness(run: Run) -> Section | None:
    """The effect of treatment in each analysis of the run; None if there is only one, or no endpoint."""
    if not (run.protocol["endpoints"] and (run.adjusted or "adjusted" in run.statistics)):
        return None
    items = [item for name in run.protocol["endpoints"] for item in _effects(run, name)] + adjusted_effects(run)
    text = (
        "The effect of treatment ({contrast}) in each analysis of this run. None of them removes unmeasured "
        "confounding.{unpaired}"
    )
    tested_so = [words for part, words in UNPAIRED.items() if part in run.protocol]
    paired = (
        " The tests of {list} treat the matched arms as independent; only analyses in this section use the {together}s."
    )
    pairs = bool(_paired(run))
    unpaired = ""
    if tested_so and pairs:
        unpaired = prose(paired, list=listed([[words] for words in tested_so]), together=run.together)
    blocks = [Paragraph(prose(text, contrast=run.contrast_pieces, unpaired=unpaired)), Bullets(items)]
    return Section("robustness", "Robustness", [*blocks, *_disagreement(run)])


def _effects(run: Run, endpoint: str) -> list[list[Piece]]:
    """The hazard ratios of one endpoint in each population, and the log-rank test stratified by pair."""
    label, items = run.key(f"endpoints.{endpoint}.label"), []
    robust = f"cox_{run.together}_robust"
    for population in run.populations:
        key = {"population": population.name, "group": run.contrast, "variable": endpoint}
        whom = population.inside_sentence
        for method in ("cox", *([robust] if population in _paired(run) else [])):
            ratio = ratio_with_interval(*run.estimate("survival", "hazard_ratio", method, **key))
            p = p_words(run.find("survival", "p_value", (method,), **key))
            text = "{label}, {whom}{clustered}: hazard ratio {ratio}; {p}."
            clustered = f", standard error clustered by {run.together}" if method == robust else ""
            items.append(prose(text, label=label, whom=whom, clustered=clustered, ratio=ratio, p=p))
        if population in _paired(run):
            p = run.find("survival", "p_value", (f"logrank_{run.together}_stratified",), **key)
            items.append(prose("{label}, {whom}: {p}.", label=label, whom=whom, p=tested(p)))
    return items


def _paired(run: Run) -> list[Population]:
    """The populations with analyses by pair; weighted analyses use the pairs themselves."""
    return [population for population in run.populations if population.pairs and not population.weights]


def _disagreement(run: Run) -> list[Paragraph]:
    """A warning if only one of the two log-rank tests of paired patients is significant."""
    found = []
    for population, endpoint in product([population.name for population in _paired(run)], run.protocol["endpoints"]):
        key = {"population": population, "group": run.contrast, "variable": endpoint}
        plain_test = run.find("survival", "p_value", ("logrank",), **key)
        by_pair = run.find("survival", "p_value", (f"logrank_{run.together}_stratified",), **key)
        if (plain_test.value < run.level) != (by_pair.value < run.level):
            found.append([run.key(f"endpoints.{endpoint}.label"), " (", *p_words(plain_test), " unstratified, ",
                          *p_words(by_pair), " stratified)"])  # fmt: skip
    text = (
        f"Significance depends on whether the log-rank test is stratified by {run.together}: {{list}}. The stratified "
        f"test uses only {run.together}s in which it is known which patient had the event first, so it has less power."
    )
    return warning(text, found)


def diagnostics(run: Run) -> Section | None:
    """Proportional hazards, the propensity model, agreement of readers, coherence, and reasons for censoring."""
    blocks = [*_proportional(run), *_propensity(run), *weights_of(run), *_reading(run), *_follow_up(run)]
    return Section("diagnostics", "Diagnostics", blocks) if blocks else None


def _proportional(run: Run) -> list:
    if not run.protocol["endpoints"]:
        return []
    whom = {population.name: population.inside_sentence for population in run.populations}
    alone = run.rows("survival", statistic="p_value", method="cox_zph")
    items = [
        prose(
            "{endpoint}, {whom}: {p}",
            endpoint=run.key(f"endpoints.{row.key[4]}.label"),
            whom=whom[row.key[1]],
            p=p_words(row),
        )
        for row in alone
    ]
    blocks = [
        Heading("Proportional hazards"),
        Paragraph(["Score tests as in R's cox.zph; models with treatment alone:"], "lead"),
    ]
    blocks += [Bullets(items), *doubtful_treatment(run)]
    labels = model_labels(run.protocol)
    for analysis in labels:
        items = [
            ["All variables together" if row.key[4] == "global" else run.variable(row.key[4]), ": ", *p_words(row)]
            for row in run.rows(analysis, statistic="p_value", method="cox_zph")
        ]
        which = f" ({labels[analysis]})" if len(labels) > 1 else ""
        blocks += [Paragraph([f"Multivariable model{which}:"], "lead"), Bullets(items)] if items else []
    return blocks


def _propensity(run: Run) -> list:
    if "propensity" not in run.protocol:
        return []
    key = {"population": ENROLLED, "group": run.contrast, "variable": "logit"}
    text = (
        "Area under the curve (c-statistic) of the propensity score: {auc}. Standard deviation of its logit over "
        "all enrolled patients: {sd}"
    )
    parts = {name: number(run.find("propensity", name, **key), 2).pieces for name in ("auc", "sd")}
    filled = prose(text, **parts)
    for population in run.adjusted:
        found = run.find("balance", "variance_ratio", **key | {"population": population.name})
        text = "; variance ratio of the logit {when}: {ratio}"
        filled += prose(text, when=population.when, ratio=number(found, 2).pieces)
    return [Heading("Propensity model"), Paragraph([*filled, "."])]


# What the counts of reading.csv count, by method.
COUNTED = {"coherence": "patient", "coherence_of_visits": "visit", "coherence_of_targets": "target"}


def _reading(run: Run) -> list:
    """Agreement of the readers, and the workflow's checks of the readings."""
    if "response" not in run.protocol:
        return []
    items = []
    for row in (row for row in run.rows("reading") if row.key[7] != "site"):  # the methods list the sites
        _, _, _, _, criterion, level, statistic, _ = row.key
        head = prose("{criterion}, {level}: ", criterion=run.criterion(criterion), level=_checked(run, level))
        if statistic == "kappa":
            total = run.find(
                "reading", "total", population=row.key[1], group=row.key[3], variable=criterion, level=level
            )
            text = "Cohen's kappa (unweighted) of best response is {kappa} in {total}"
            items.append([*head, *prose(text, kappa=number(row, 2).pieces, total=things(total, "patient"))])
        elif statistic == "n" and row.value:
            note = [" (", Sourced(row.note, "note of reading.csv"), ")"] if row.note else []
            items.append([*head, *things(row, COUNTED[row.key[7]]), *note])
    checked = [row for row in run.rows("reading", statistic="n") if row.value == 0]
    if checked:
        named = list(dict.fromkeys(row.key[5] for row in checked))
        items.append(["Checked, none found: ", *listed([_checked(run, name) for name in named])])
    title = "Recorded responses" if is_ready_made(run.protocol["response"]) else "Reading of the images"
    return [Heading(title), Bullets(items)] if items else []


def _checked(run: Run, level: str) -> list[Piece]:
    """The level of a row of reading.csv in words, with the label of an endpoint."""
    for name in run.protocol["endpoints"]:
        if level == before_event(name):
            return [before_event(""), run.lower(run.key(f"endpoints.{name}.label"))]
    return [Sourced(level, "reading.csv")]


def doubtful_treatment(run: Run) -> list[Paragraph]:
    """A warning if proportional hazards are doubtful for the treatment: its hazard ratio is then an average."""
    doubtful = [
        [run.key(f"endpoints.{row.key[4]}.label"), " (", *p_words(row), ")"]
        for row in run.rows("survival", statistic="p_value", method="cox_zph", population=run.main.name)
        if significant(row)
    ]
    text = (
        "Proportional hazards of treatment are doubtful for {list}. Its hazard ratio is an average over the follow-up."
    )
    return warning(text, doubtful)


def _follow_up(run: Run) -> list:
    """How long patients were observed, and how observation ended in the enrolled patients."""
    if not run.protocol["endpoints"]:
        return []
    observed, ended, unequal = [], [], []
    for name in run.protocol["endpoints"]:
        label, lengths = run.key(f"endpoints.{name}.label"), []
        for arm in (run.treated, run.control):
            key = {"population": run.main.name, "group": arm, "variable": name}
            median = run.estimate("survival", "median", "reverse_kaplan_meier", **key)
            text = "{label}, {arm}: {events} in {total}; median follow-up {median}."
            parts = {
                "label": label,
                "arm": run.arm(arm),
                "median": with_interval(*median, MEDIAN_DIGITS[run.unit], f" {run.unit}"),
            }
            counts = {part: run.find("survival", part, **key) for part in ("events", "total")}
            sizes = {"events": things(counts["events"], "event"), "total": things(counts["total"], "patient")}
            lengths.append(_length(median[0], **counts))
            observed.append(prose(text, **parts, **sizes))
            ended.append(
                prose("{label}, {arm}: {ends}.", label=label, arm=run.arm(arm), ends=listed(_ends(run, name, arm)))
            )
        shorter, longer = sorted(lengths)
        if shorter < math.inf and longer > UNEQUAL * shorter:
            unequal.append([label])
    text = "Median follow-up by the reverse Kaplan–Meier method, {whom}:"
    blocks = [
        Heading("Follow-up"),
        Paragraph(prose(text, whom=run.main.inside_sentence), "lead"),
        Bullets(observed),
    ]
    text = (
        "Median follow-up was much longer in one arm than in the other: {list}. The late part of its curve cannot be "
        "compared with the other arm, and censoring may be related to prognosis."
    )
    return [
        *blocks,
        *warning(text, unequal),
        Paragraph(["How observation ended, enrolled patients:"], "lead"),
        Bullets(ended),
    ]


def _length(median: Found, events: Found, total: Found) -> float:
    """An arm's median follow-up, for comparison: infinite if not reached; NaN if unknown.

    It is unknown if it is masked, or if all patients of the arm had the event.
    """
    reached = median.masked or median.value == median.value
    return math.inf if not reached and events.value < total.value else median.value


def _ends(run: Run, endpoint: str, arm: str) -> list[list[Piece]]:
    """The number of enrolled patients with each event, and censored at each date."""
    ends, said = [], ends_of(run.protocol["endpoints"][endpoint])
    for row in run.rows("endpoints", population=ENROLLED, group=arm, variable=endpoint, statistic="n"):
        shown = ["a number that is masked"] if row.masked else number(row, 0).pieces
        ends.append([*shown, " ", *_end(run, endpoint, *said[row.key[5]])])
    return ends


def _end(run: Run, endpoint: str, how: str, *names: str) -> list[Piece]:
    """The end of observation for an endpoint in words, by its kind and names (twoarm.config.keys.ends_of)."""
    if how == "progression":
        return ["with progression by ", run.criterion(*names)]
    named = [run.lower(run.variable(name)) for name in names]
    if how == "event":
        ready = "time" in run.protocol["endpoints"][endpoint]
        return ["with ", *(map(run.lower, run.ready_made("endpoints", endpoint)) if ready else named)]
    if how == "censored":
        return ["censored at ", *named]
    if how == "without":
        return ["without the event"]
    date, start = named
    return prose("censored on the first day, because {date} is not after {start}", date=date, start=start)
