"""The patients: design and data, flow of patients, baseline characteristics, and balance after matching."""

from twoarm.config.immortal import later_criteria
from twoarm.config.populations import ENROLLED, SCREENED, Population
from twoarm.report.document import Bullets, Heading, Paragraph, Section
from twoarm.report.run import Run, listed, share, significant, tested, warning
from twoarm.report.weighted import effective_sizes, heavy, trimmed
from twoarm.results.values import Found
from twoarm.stats.imbalance import Beyond, outlying
from twoarm.tables.cells import number, things
from twoarm.text.provenance import Link, Piece, Sourced, joined, prose, setting


def design(run: Run) -> Section:
    """What was compared in which patients, and how each outcome is defined."""
    centres = run.find("attrition", "n_levels", population=ENROLLED, group="overall", variable="centre")
    text = prose(
        "This retrospective cohort study{centres} compares two arms: {treated_label} ({treated}, treated arm) and "
        "{control_label} ({control}, control arm). {screened} patients were screened and {enrolled} enrolled.",
        centres=prose(" at {n}", n=things(centres, "centre")) if centres.value == centres.value else "",
        treated_label=run.key("arms.treated.label"),
        treated=run.arm(run.treated),
        control_label=run.key("arms.control.label"),
        control=run.arm(run.control),
        screened=run.count("attrition", "total", population=SCREENED, group="overall"),
        enrolled=run.count("attrition", "total", population=ENROLLED, group="overall"),
    )
    if run.protocol["data"].get("cutoff"):
        text += prose(" The data end on {cutoff}.", cutoff=run.key("data.cutoff"))
    return Section("design", "Design and data", [Paragraph(text), *_criteria(run), *_endpoints(run)])


def _criteria(run: Run) -> list:
    """The criteria in the order of application, with a warning of immortal time."""
    blocks = []
    for kind, title in (("inclusion", "Inclusion criteria"), ("exclusion", "Exclusion criteria")):
        labels = [[Sourced(part["label"], f"config: eligibility.{kind}")] for part in _eligibility(run, kind)]
        if labels:
            blocks += [Heading(title), Bullets(labels)]
    late = [[Sourced(part["label"], f"config: eligibility.{kind}")] for kind, part in later_criteria(run.protocol)]
    if late:
        text = (
            "Criteria that depend on what happened after treatment start: {criteria}. Patients who died or were lost "
            "to follow-up too early were not enrolled, so enrolled patients could not die during that time (immortal "
            "time). If a minimum follow-up is required, no death can occur before then by definition, and early "
            "survival says nothing about treatment."
        )
        blocks.append(Paragraph(prose(text, criteria=listed(late)), "warning"))
    return blocks


def _eligibility(run: Run, kind: str) -> list[dict]:
    return run.protocol["eligibility"].get(kind, [])


def _endpoints(run: Run) -> list:
    """The definition of each endpoint: time zero, events and censoring."""
    items = []
    for name, endpoint in run.protocol["endpoints"].items():
        label = run.key(f"endpoints.{name}.label")
        if "time" in endpoint:
            text = "{label}: time and event as recorded ({time}, in {unit}; {event})."
            parts = {"time": run.variable(endpoint["time"]), "event": run.ready_made("endpoints", name)}
            items.append(prose(text, label=label, unit=endpoint.get("unit", "days"), **parts))
            continue
        text = "{label}: from {start} to {events}, whichever comes first; without an event, censored at {censor}."
        events = [_event(run, event) for event in endpoint["events"]]
        if len(events) == 1:
            text = text.replace(", whichever comes first", "")
        items.append(
            prose(
                text,
                label=label,
                start=run.lower(run.variable(endpoint["start"])),
                events=joined(events, last=" or "),
                censor=run.lower(run.variable(endpoint["censor"])),
            )
        )
    return [Heading("Endpoints"), Bullets(items)] if items else []


def _event(run: Run, event: str) -> list[Piece]:
    if event.startswith("progression:"):
        return ["progression by ", run.criterion(event.partition(":")[2])]
    return [run.lower(run.variable(event))]


def flow(run: Run) -> Section:
    """The flow of patients from screening to the matched pairs."""
    excluded = [
        [Sourced(part["label"], f"config: eligibility.{kind}"), " (", *_excluded(run, part["id"]), ")"]
        for kind in ("inclusion", "exclusion")
        for part in _eligibility(run, kind)
    ]
    text = prose(
        "Of {screened} patients screened, {enrolled} met every criterion: {treated} in the {arm} group and {control} "
        "in the {other} group."
        if excluded
        else "The study has no criteria of eligibility: of {screened} patients, {enrolled} were analysed, {treated} in "
        "the {arm} group and {control} in the {other} group.",
        screened=run.count("attrition", "total", population=SCREENED, group="overall"),
        enrolled=run.count("attrition", "total", population=ENROLLED, group="overall"),
        treated=run.count("attrition", "total", population=ENROLLED, group=run.treated),
        arm=run.arm(run.treated),
        control=run.count("attrition", "total", population=ENROLLED, group=run.control),
        other=run.arm(run.control),
    )
    if excluded and _total(run, SCREENED) != _total(run, ENROLLED):
        text += prose(
            " The others are counted at the first criterion that excluded them, in this order: {list}.",
            list=joined(excluded, last="; ", between="; "),
        )
    if "matching" in run.statistics:
        text += prose(
            " Matching formed {pairs}; {left} patients in the {arm} group and {left_control} in the {other} group "
            "were not matched.",
            pairs=things(run.find("matching", "pairs", population=ENROLLED, group="overall"), run.together),
            left=run.count("matching", "unmatched", population=ENROLLED, group=run.treated),
            arm=run.arm(run.treated),
            left_control=run.count("matching", "unmatched", population=ENROLLED, group=run.control),
            other=run.arm(run.control),
        )
    text += trimmed(run)
    figure = run.figure(
        "flowchart",
        "Flow of patients",
        prose("Patients screened, excluded (each at the first criterion that excludes them) and in each arm."),
        "Flowchart from the patients screened, through each criterion that excluded some, to the two arms"
        + (f" {run.throughout}." if run.adjusted else "."),
        [part["label"] for kind in ("inclusion", "exclusion") for part in _eligibility(run, kind)],
    )
    return Section("flow", "Flow of patients", [Paragraph(text), *figure])


def _total(run: Run, population: str) -> float:
    return run.find("attrition", "total", population=population, group="overall").value


def _excluded(run: Run, criterion: str) -> list[Piece]:
    return run.count("attrition", population=SCREENED, group="overall", variable=criterion)


def baseline(run: Run) -> Section | None:
    """The baseline table, and which variables differ."""
    if "baseline" not in run.protocol:
        return None
    blocks: list = []
    for population in run.populations:
        differing, later = (_differing(run, population.name, late) for late in (False, True))
        text = "{when}, no baseline variable differed between the arms with P below {alpha}."
        if differing:
            text = "{when}, the arms differed with P below {alpha} in {variables}."
        if later:
            text += " Among variables measured after treatment start, they differed in {later}."
        when = population.label if run.adjusted else "At baseline"
        hidden = run.masked("baseline", population=population.name, statistic="p_value")
        parts = {"when": when, "alpha": run.alpha, "variables": listed(differing), "later": listed(later)}
        blocks.append(Paragraph([*prose(text, **parts), *hidden]))
    if run.adjusted:
        text = (
            "P-values depend on the number of patients and do not measure balance: {after}, a difference may no longer "
            "be significant only because there are fewer patients. The section {balance} measures balance."
        )
        blocks.append(Paragraph(prose(text, balance=Link("balance"), after=run.adjusted[0].when)))
    return Section("baseline", "Baseline characteristics", [*blocks, *run.table("baseline")])


def _differing(run: Run, population: str, late: bool) -> list[list[Piece]]:
    """The variables of the table that differ with a small p: baseline variables, or those measured later."""
    found = []
    for name in run.protocol["baseline"]["variables"]:
        p = run.find("baseline", "p_value", population=population, group=run.contrast, variable=name)
        measured_late = run.protocol["variables"][name].get("timing") == "post_baseline"
        if significant(p) and measured_late == late:
            found.append([run.variable(name), " (", *tested(p), ")"])
    return found


def balance(run: Run) -> Section | None:
    """Standardised differences in each population, and which variables are still unbalanced."""
    if "balance" not in run.statistics:
        return None
    low, high = run.protocol["balance"]["variance_ratio"]
    text = prose(
        "Unbalanced covariates and other baseline variables: {numbers}. Unbalanced means a standardised mean "
        "difference (SMD) beyond {limit}, or a variance ratio outside {low} to {high}.",
        numbers=listed([_unbalanced(run, population) for population in run.populations]),
        limit=run.key("balance.smd"),
        low=setting("balance.variance_ratio", low),
        high=setting("balance.variance_ratio", high),
    )
    blocks = [
        Paragraph([*text, *_caliper(run), *effective_sizes(run)]),
        *heavy(run),
        *_outlying(run),
        *(part for population in run.adjusted for part in _imbalance(run, population)),
        *_overlap(run),
    ]
    blocks += run.figure(
        "love_plot",
        f"Balance {run.throughout}",
        prose(
            "Standardised mean differences of covariates and other baseline variables, {treated} minus {control}.",
            treated=run.arm(run.treated),
            control=run.arm(run.control),
        ),
        f"Dot plot of the standardised mean difference of each variable {run.throughout}, with the limits of balance.",
        run.labels(run.judged()),
    )
    blocks += run.figure(
        "score_overlap",
        "Overlap of the propensity scores",
        [f"Patients by propensity score, {run.throughout}; the treated arm above the axis.", *_equipoise(run)],
        f"Mirrored histograms of the propensity score of the two arms {run.throughout}.",
    )
    return Section("balance", "Balance", blocks)


def _caliper(run: Run) -> list[Piece]:
    """The caliper and the largest distance within it; empty without matching, or without a caliper."""
    if "matching" not in run.statistics:
        return []
    caliper = run.find("matching", "caliper", population=ENROLLED, group="overall", variable="logit")
    distance = run.find("matching", "largest_distance", population=ENROLLED, group="overall", variable="logit")
    if caliper.value != caliper.value:
        return []
    return prose(
        " The caliper was {caliper} on the logit of the propensity score; the largest distance within a {together} "
        "was {distance}.",
        together="pair" if run.together == "pair" else "set between the treated patient and a control",
        caliper=number(caliper, 3).pieces,
        distance=number(distance, 3).pieces,
    )


def _unbalanced(run: Run, population: Population) -> list[Piece]:
    """`2 after matching`: how many variables are unbalanced in a population."""
    n = run.count("balance", "imbalanced", population=population.name, group=run.contrast)
    return prose("{n} {when}", n=n, when=population.when)


def _outlying(run: Run) -> list[Paragraph]:
    """A warning of covariates whose outliers give some patients a propensity score of 0 or 1."""
    rows = run.statistics["propensity"].rows()
    found = [[run.variable(name)] for name in outlying(row._asdict() for row in rows)]
    text = "Outliers in {list} give some patients a propensity score of zero or one. Check them"
    if "matching" in run.statistics and run.protocol["matching"]["caliper"] is not None:
        text += ". They also widen the caliper, which is a multiple of the standard deviation of the logit"
    return warning(text + ".", found)


def _imbalance(run: Run, adjusted: Population) -> list[Paragraph]:
    """Warnings of unbalanced variables in an adjusted population, and of differences larger than before adjustment."""
    left, grown = [], []
    for name, beyond in run.unbalanced(adjusted.name).items():
        numbers = [_beyond(run, adjusted, row) for row in beyond]
        level = [" ", Sourced(beyond[0].level, f"config: variables.{name}")] if beyond[0].level else []
        left.append([run.variable(name), *level, " (", *joined(numbers, last=", "), ")"])
        for row in beyond:
            before, after = (_difference(run, population, row) for population in (ENROLLED, adjusted.name))
            if row.statistic == "smd" and abs(after.value) > abs(before.value):
                parts = {"before": number(before, 3).pieces, "after": number(after, 3).pieces}
                grown.append([run.variable(name), *level, *prose(" (from {before} to {after})", **parts)])
    text = f"Not balanced {adjusted.when}: {{list}}. Keep this in mind for results of the {adjusted.inside_sentence}."
    if any(row.masked for row in run.rows("balance", population=adjusted.name)):
        text += " Masked numbers are not considered."
    return [*warning(text, left), *warning(f"The difference is larger {adjusted.when} than before in {{list}}.", grown)]


def _difference(run: Run, population: str, row: Beyond) -> Found:
    """A measure of balance of one level of a variable in one population."""
    methods = (f"smd_{run.protocol['balance']['denominator']}",) if row.statistic == "smd" else ()
    key = {"population": population, "group": run.contrast, "variable": row.variable, "level": row.level}
    return run.find("balance", row.statistic, methods, **key)


def _beyond(run: Run, population: Population, row: Beyond) -> list[Piece]:
    """`SMD 0.255`, `variance ratio infinite, because the controls do not vary`: one number beyond the limits."""
    if row.value == row.value:
        what, digits = ("SMD ", 3) if row.statistic == "smd" else ("variance ratio ", 2)
        return [what, *number(_difference(run, population.name, row), digits).pieces]
    if row.statistic == "smd":
        return ["SMD not estimable"]
    return ["variance ratio infinite, because the controls do not vary"]


def _equipoise(run: Run) -> list[Piece]:
    """How many patients of each arm are in empirical equipoise."""

    def of_arm(arm: str) -> list[Piece]:
        key = {"population": ENROLLED, "group": arm}
        n, total = (run.find("propensity", statistic, **key) for statistic in ("equipoise", "total"))
        return share(n, total, run.find("propensity", "percent", level="equipoise", **key))

    return prose(
        " In empirical equipoise, {when}: {treated} in the {arm} group and {control} in the {other} group.",
        when=run.everyone.when,
        treated=of_arm(run.treated),
        arm=run.arm(run.treated),
        control=of_arm(run.control),
        other=run.arm(run.control),
    )


def _overlap(run: Run) -> list[Paragraph]:
    """A warning of how many patients of each arm have a score outside the range of the other arm."""
    parts = []
    for arm in (run.treated, run.control):
        outside = run.find("propensity", "outside_overlap", population=ENROLLED, group=arm)
        if outside.value > 0:
            text = "{n} of {total} in the {arm} group"
            total = run.count("propensity", "total", population=ENROLLED, group=arm)
            n = number(outside, 0).pieces
            parts.append(prose(text, n=n, total=total, arm=run.arm(arm)))
    if not parts:
        return []
    text = (
        "Patients with a propensity score outside the range of the other arm: {list}. No patients in the other arm "
        "resemble them, so {meaning}."
    )
    matched = "matching" in run.statistics
    meaning = (
        "matched results do not apply to them" if matched else "what is estimated for them rests on the score's model"
    )
    return [Paragraph(prose(text, list=listed(parts), meaning=meaning), "warning")]
