"""How robust the results are: the same question analysed in other ways, and checks of the models."""

import math
from itertools import product

from twoarm.config.designs import adjusted_designs
from twoarm.config.endpoints import follow_up_endpoint
from twoarm.config.keys import before_event, ends_of
from twoarm.config.populations import ENROLLED, Population
from twoarm.config.prognosis import model_labels
from twoarm.config.response_criteria import is_ready_made
from twoarm.report.document import Bullets, Heading, Paragraph, Section, Table
from twoarm.report.imputation import POOLED, pooled_ratio
from twoarm.report.run import Run, listed, significant, warning
from twoarm.report.survival import follow_up
from twoarm.report.weighted import weights_of
from twoarm.results.values import Found
from twoarm.results.wording import estimands_text
from twoarm.tables.cells import BLANK, number, p_cell, p_words, ratio_cell, things
from twoarm.tables.paper_table import Column, PaperTable, Row, arms_note
from twoarm.text.provenance import CONFIDENCE, Link, Piece, Sourced, plain, prose

UNPAIRED = {"baseline": "baseline", "response": "response", "safety": "adverse events"}
# ASSUME: a median follow-up half as long again as in the other arm is worth a warning; this limit is not a test.
UNEQUAL = 1.5


def robustness(run: Run) -> Section | None:
    """The effect of treatment in each analysis of the run, as a table; None if there is only one, or no endpoint."""
    if not (run.protocol["endpoints"] and (run.adjusted or adjusted_designs(run.protocol))):
        return None
    text = "{table} gives the hazard ratio of treatment in each analysis. None of them removes unmeasured confounding."
    text += "{unpaired}"
    tested_so = [words for part, words in UNPAIRED.items() if part in run.protocol]
    paired = (
        " The tests of {list} treat the matched arms as independent; only analyses by {together} use the {together}s."
    )
    unpaired: str | list[Piece] = ""
    if tested_so and _paired(run):
        unpaired = prose(paired, list=listed([[words] for words in tested_so]), together=run.together)
    table = Table("robustness", _analyses(run), {}, run.whose())
    said = prose(text, table=Link(table.anchor), unpaired=unpaired)
    return Section("robustness", "Robustness", [Paragraph(said), *_disagreement(run), table])


def _analyses(run: Run) -> PaperTable:
    """A row for each analysis of each endpoint."""
    rows = []
    for endpoint in run.endpoints():
        label = run.key(f"endpoints.{endpoint}.label")
        rows.append(Row(label.text, [BLANK, BLANK], sources=(label,)))
        for population in run.main_first():
            rows += _of_population(run, population, endpoint)
        for design in adjusted_designs(run.protocol):
            key = {"population": design, "group": run.contrast, "variable": endpoint}
            words = run.design(design)
            sources = () if isinstance(words, str) else (words,)
            ratio = ratio_cell(*run.estimate("adjusted", "hazard_ratio", "cox_adjusted", **key))
            p = p_cell(run.find("adjusted", "p_value", ("cox_adjusted",), **key))
            label = f"All enrolled patients: {plain([words])}"
            rows.append(Row(label, [ratio, p], is_level=True, sources=sources))
            rows += [row._replace(sources=sources) for row in _pooled(run, endpoint, design, label)]
    columns = [Column("Hazard ratio (95% CI)", sources=(CONFIDENCE,)), Column("P value")]
    notes = [
        prose("Hazard ratios are of {contrast}. CI, confidence interval.", contrast=run.contrast_pieces),
        prose(
            "P value: Wald test of the Cox model unless the row is a log-rank test; bold below {alpha}.",
            alpha=run.alpha,
        ),
        estimands_text(run.populations),
        arms_note(run.arms),
    ]
    return PaperTable(
        "Effect of treatment in each analysis", "Analysis", columns, rows, [note for note in notes if note]
    )


def _of_population(run: Run, population: Population, endpoint: str) -> list[Row]:
    """The Cox models of one population and, of pairs, the log-rank test stratified by them."""
    key = {"population": population.name, "group": run.contrast, "variable": endpoint}

    def row(how: str, method: str) -> Row:
        ratio = ratio_cell(*run.estimate("survival", "hazard_ratio", method, **key))
        p = p_cell(run.find("survival", "p_value", (method,), **key))
        return Row(f"{population.whom}: {how}", [ratio, p], is_level=True)

    first = row("weighted Cox model" if population.weights else "Cox model", "cox")
    rows = [first, *_pooled(run, endpoint, population.name, first.label)]
    if population in _paired(run):
        rows.append(row(f"standard error clustered by {run.together}", f"cox_{run.together}_robust"))
        p = run.find("survival", "p_value", (f"logrank_{run.together}_stratified",), **key)
        said = f"{population.whom}: log-rank test stratified by {run.together}"
        rows.append(Row(said, [BLANK, p_cell(p)], is_level=True))
    return rows


def _pooled(run: Run, endpoint: str, design: str, label: str) -> list[Row]:
    """The row after that of a design (its label): the same over all imputed data sets; none if nothing was pooled."""
    found = pooled_ratio(run, endpoint, design)
    return [Row(f"{label}, {POOLED}", [ratio_cell(*found[0]), p_cell(found[1])], is_level=True)] if found else []


def _paired(run: Run) -> list[Population]:
    """The populations with analyses by pair; weighted analyses use the pairs themselves."""
    return [population for population in run.populations if population.pairs and not population.weights]


def by_pair(run: Run, population: Population, endpoint: str) -> str:
    """A footnote of the log-rank test if only one of the two tests of paired patients is significant."""
    if population not in _paired(run):
        return ""
    plain_test, stratified = _logranks(run, population.name, endpoint)
    if not _disagree(run, plain_test, stratified):
        return ""
    return f"stratified by {run.together}, it is {'' if significant(stratified) else 'not '}significant"


def _logranks(run: Run, population: str, endpoint: str) -> tuple[Found, Found]:
    """The log-rank test, and the one stratified by pair."""
    key = {"population": population, "group": run.contrast, "variable": endpoint}
    methods = ("logrank", f"logrank_{run.together}_stratified")
    plain_test, stratified = (run.find("survival", "p_value", (method,), **key) for method in methods)
    return plain_test, stratified


def _disagree(run: Run, plain_test: Found, stratified: Found) -> bool:
    """Whether both were done, and only one is significant."""
    return bool(stratified.key) and significant(plain_test) != significant(stratified)


def _disagreement(run: Run) -> list[Paragraph]:
    """A warning if only one of the two log-rank tests of paired patients is significant."""
    found = []
    for population, endpoint in product([population.name for population in _paired(run)], run.protocol["endpoints"]):
        plain_test, stratified = _logranks(run, population, endpoint)
        if _disagree(run, plain_test, stratified):
            found.append([run.key(f"endpoints.{endpoint}.label"), " (", *p_words(plain_test), " unstratified, ",
                          *p_words(stratified), " stratified)"])  # fmt: skip
    text = (
        f"Significance depends on whether the log-rank test is stratified by {run.together}: {{list}}. The stratified "
        f"test uses only {run.together}s in which it is known which patient had the event first, so it has less power."
    )
    brief = f"Significance depends on whether the log-rank test is stratified by {run.together}: {{list}}."
    return warning(text, found, brief)


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
        elif row.masked:
            items.append([*head, "a number that is masked"])
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
    return warning(text, doubtful, "Proportional hazards of treatment are doubtful: {list}.")


def _follow_up(run: Run) -> list:
    """A warning of unequal follow-up, and how observation ended in the enrolled patients."""
    if not run.protocol["endpoints"]:
        return []
    name = follow_up_endpoint(run.protocol)
    lengths = []
    for arm in (run.treated, run.control):
        key = {"population": run.main.name, "group": arm, "variable": name}
        median = run.find("survival", "median", ("reverse_kaplan_meier",), **key)
        lengths.append(_length(median, *(run.find("survival", part, **key) for part in ("events", "total"))))
    shorter, longer = sorted(lengths)
    unequal = shorter < math.inf and longer > UNEQUAL * shorter
    text = (
        "Median follow-up was much longer in one arm than in the other: {list}. The late part of its curve cannot be "
        "compared with the other arm, and censoring may be related to prognosis."
    )
    ended = [
        prose(
            "{label}, {arm}: {ends}.",
            label=run.key(f"endpoints.{name}.label"),
            arm=run.arm(arm),
            ends=listed(_ends(run, name, arm)),
        )
        for name, arm in product(run.endpoints(), (run.treated, run.control))
    ]
    return [
        Heading("Follow-up"),
        *warning(text, [follow_up(run)[:-1]] if unequal else [], "Median follow-up was much longer in one arm."),
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
    """The enrolled patients with each event, then those censored at each date."""
    said = ends_of(run.protocol["endpoints"][endpoint])
    rows = run.rows("endpoints", population=ENROLLED, group=arm, variable=endpoint, statistic="n")
    ends = []
    for row in sorted(rows, key=lambda row: said[row.key[5]][0] not in ("event", "progression")):
        shown = ["a masked number"] if row.masked else number(row, 0).pieces
        ends.append(prose("{end} in {n}", end=_end(run, endpoint, *said[row.key[5]]), n=shown))
    return ends


def _end(run: Run, endpoint: str, how: str, *names: str) -> list[Piece]:
    """The end of observation for an endpoint in words, by its kind and names (twoarm.config.keys.ends_of)."""
    if how == "progression":
        return ["progression by ", run.criterion(*names)]
    named = [run.lower(run.variable(name)) for name in names]
    if how == "event":
        ready = "time" in run.protocol["endpoints"][endpoint]
        return [*map(run.lower, run.ready_made("endpoints", endpoint))] if ready else named
    if how == "censored":
        return ["censored at ", *named]
    if how == "without":
        return ["no event"]
    date, start = named
    return prose("censored on the first day, because {date} is not after {start},", date=date, start=start)
