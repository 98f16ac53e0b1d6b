"""The patients: design and data, flow of patients, baseline characteristics, and balance after matching."""

from twoarm.config.endpoints import event_of, event_values
from twoarm.config.immortal import later_criteria
from twoarm.config.populations import ENROLLED, SCREENED, Population
from twoarm.report.document import Figure, Paragraph, Section
from twoarm.report.imputation import imputed_counts
from twoarm.report.levels import level_of
from twoarm.report.run import Run, listed, significant, warning
from twoarm.report.weighted import effective_sizes, heavy, trimmed
from twoarm.results.values import ABSENT, Found
from twoarm.stats.imbalance import Beyond, outlying
from twoarm.tables.cells import number, things
from twoarm.tables.estimates import decimals
from twoarm.text.provenance import Piece, Sourced, joined, prose, setting

# ASSUME: a difference is larger after matching if it grew by more than 0.01, and patients outside the range of the
# other arm are many from 5% of an arm on; these limits are no tests.
LARGER, MANY = 0.01, 0.05


def design(run: Run) -> Section:
    """What was compared in which patients, and how each outcome is defined."""
    centres = run.find("attrition", "n_levels", population=ENROLLED, group="overall", variable="centre")
    text = prose(
        "This retrospective cohort study{centres} compared {treated} with {control}.",
        centres=prose(" at {n}", n=things(centres, "centre")) if centres.value == centres.value else "",
        treated=full_name(run, "treated"),
        control=full_name(run, "control"),
    )
    if run.protocol["data"].get("cutoff"):
        text += prose(" The data end on {cutoff}.", cutoff=run.key("data.cutoff"))
    blocks = [Paragraph(text), *_criteria(run), *_endpoints(run)]
    return Section("design", "Design and data", blocks)


def full_name(run: Run, role: str, first: bool = False) -> list[Piece]:
    """An arm's label inside a sentence, with its short name where that is another.

    role: treated, control; first: whether it begins the sentence.
    """
    label, short = run.key(f"arms.{role}.label"), run.key(f"arms.{role}.short")
    said = [label if first else run.lower(label)]
    return said if label.text == short.text else [*said, " (", short, ")"]


def _criteria(run: Run) -> list:
    """The criteria in the order of application, with a warning of immortal time."""
    blocks = []
    for kind, text in (
        ("inclusion", "Inclusion criteria: {list}."),
        ("exclusion", "Exclusion criteria: {list}."),
    ):
        labels = [[Sourced(part["label"], f"config: eligibility.{kind}")] for part in _eligibility(run, kind)]
        if labels:
            blocks.append(Paragraph(prose(text, list=joined(labels, last="; ", between="; "))))
    late = [_left_out(run, kind, part) for kind, part in later_criteria(run.protocol)]
    text = (
        "Criteria that depend on what happened after treatment start: {list}. Patients who died or were lost "
        "to follow-up too early were not enrolled, so enrolled patients could not die during that time (immortal "
        "time). If a minimum follow-up is required, no death can occur before then by definition, and early "
        "survival says nothing about treatment."
    )
    brief = "Enrolment depended on what happened after treatment start (criteria: {list})."
    return [*blocks, *warning(text, late, brief)]


def _left_out(run: Run, kind: str, criterion: dict) -> list[Piece]:
    """`Follow-up under 3 months (5 with A and 1 with B)`: a criterion, and whom it left out."""
    key = {"population": SCREENED, "variable": criterion["id"]}
    by_arm = run.both_arms(lambda arm: run.count("attrition", "n", group=arm, **key))
    return [Sourced(criterion["label"], f"config: eligibility.{kind}"), " (left out ", *by_arm, ")"]


def _eligibility(run: Run, kind: str) -> list[dict]:
    return run.protocol["eligibility"].get(kind, [])


def _endpoints(run: Run) -> list:
    """The definition of each endpoint: time zero, events and censoring."""
    items = []
    for name in run.endpoints():
        endpoint, label = run.protocol["endpoints"][name], run.lower(run.key(f"endpoints.{name}.label"))
        if "time" in endpoint:
            text = "{label}, time and event as recorded ({time}, in {unit}; {event})"
            parts = {"time": run.variable(endpoint["time"]), "event": run.ready_made("endpoints", name)}
            items.append(prose(text, label=label, unit=endpoint.get("unit", "days"), **parts))
            continue
        text = "{label}, from {start} to {events}, whichever came first, or censored at {censor}"
        events = [_event(run, event) for event in endpoint["events"]]
        if len(events) == 1:
            text = text.replace(", whichever came first", "")
        items.append(
            prose(
                text,
                label=label,
                start=run.lower(run.variable(endpoint["start"])),
                events=joined(events, last=" or "),
                censor=run.lower(run.variable(endpoint["censor"])),
            )
        )
    if not items:
        return []
    primary, *others = items
    text = "The primary endpoint was {primary}." + (" Further endpoints were {others}." if others else "")
    return [Paragraph(prose(text, primary=primary, others=joined(others, last="; ", between="; "))), *_competing(run)]


def _competing(run: Run) -> list[Paragraph]:
    """Which states besides the event are counted as censored, if there are several: one may be a competing event."""
    items = []
    for name in run.endpoints():
        endpoint, variables = run.protocol["endpoints"][name], run.protocol["variables"]
        events = event_values(endpoint, variables, run.protocol["data"]) if "time" in endpoint else None
        levels = variables[event_of(endpoint)].get("levels", {}) if events else {}
        others = [level for level in dict.fromkeys(levels.values()) if level not in events]
        if len(others) > 1:
            states = [level_of(run, event_of(endpoint), level) for level in others]
            label = run.lower(run.key(f"endpoints.{name}.label"))
            items.append(prose("{states} for {label}", states=joined(states), label=label))
    text = (
        "These were counted as censored: {items}. If one of them prevents the event (a competing event), fewer "
        "patients have the event than one minus the Kaplan–Meier estimate."
    )
    return [Paragraph(prose(text, items=joined(items, last="; ", between="; ")))] if items else []


def _event(run: Run, event: str) -> list[Piece]:
    if event.startswith("progression:"):
        return ["progression by ", run.criterion(event.partition(":")[2])]
    return [run.lower(run.variable(event))]


def flow(run: Run) -> Section:
    """The flow of patients from screening to the analysed ones."""
    criteria = any(_eligibility(run, kind) for kind in ("inclusion", "exclusion"))
    said = "Of {screened} patients screened, {enrolled} were enrolled, {shares}{cited}."
    if not criteria:
        said = "Without criteria of eligibility, {enrolled} of {screened} patients were analysed, {shares}{cited}."
    elif everybody(run):
        said = "All {screened} patients screened were enrolled, {shares}{cited}."
    text = prose(
        said,
        screened=run.count("attrition", "total", population=SCREENED, group="overall"),
        enrolled=run.count("attrition", "total", population=ENROLLED, group="overall"),
        shares=run.both_arms(lambda arm: run.count("attrition", "total", population=ENROLLED, group=arm)),
        cited=run.cite("figure-flowchart", "table-attrition"),
    )
    if run.matched:
        text += prose(
            " Matching formed {pairs}; {left} were not matched.",
            pairs=things(run.find("matching", "pairs", population=ENROLLED, group="overall"), run.together),
            left=run.both_arms(lambda arm: run.count("matching", "unmatched", population=ENROLLED, group=arm)),
        )
    said = Paragraph([*text, *trimmed(run), *imputed_counts(run)])
    return Section("flow", "Flow of patients", [said, *_few_matched(run), *flowchart(run)])


def _few_matched(run: Run) -> list[Paragraph]:
    """A warning if most treated patients are not matched: whose effect is estimated is then another question."""
    if not run.matched:
        return []
    unmatched = run.find("matching", "unmatched", population=ENROLLED, group=run.treated)
    total = run.find("attrition", "total", population=ENROLLED, group=run.treated)
    most = unmatched.value > total.value / 2
    parts = {"n": number(unmatched, 0).pieces, "total": number(total, 0).pieces, "arm": run.arm(run.treated)}
    text = prose("{n} of {total} with {arm}", **parts)
    return warning(
        "Matching leaves out most treated patients: {list}. Its results are of the few others alone, who may be unlike "
        "them, and are less precise than those of weights.",
        [text] if most else [],
        "Most treated patients are not matched: {list}.",
    )


def everybody(run: Run) -> bool:
    """Whether every patient screened was enrolled."""
    screened, enrolled = (
        run.find("attrition", "total", population=name, group="overall") for name in (SCREENED, ENROLLED)
    )
    return screened.value == enrolled.value


def flowchart(run: Run) -> list[Figure]:
    """The flowchart."""
    return run.figure(
        "flowchart",
        "Flow of patients",
        ["Patients screened, excluded and in each arm."],
        "Flowchart from the patients screened, through each criterion that excluded some, to the two arms"
        + (f" {run.throughout}." if run.adjusted else "."),
        [part["label"] for kind in ("inclusion", "exclusion") for part in _eligibility(run, kind)],
    )


def baseline(run: Run) -> Section | None:
    """The baseline table, and which variables differ."""
    if "baseline" not in run.protocol:
        return None
    text: list[Piece] = []
    for population in run.populations:
        differing, later = (_differing(run, population.name, late) for late in (False, True))
        said = "{when}, no baseline variable had P below {alpha}"
        if differing:
            said = "{when}, P was below {alpha} for {variables}"
        if later:
            said += "; among variables measured after treatment start, for {later}"
        when = population.at_start if run.adjusted else "At baseline"
        hidden = run.masked("baseline", population=population.name, statistic="p_value")
        parts = {"when": when, "variables": listed(differing), "later": listed(later)}
        text += [*([" "] if text else []), *prose(said, alpha=run.alpha, **parts)]
        text += [*(run.cite("table-baseline") if population == run.populations[-1] else []), ".", *hidden]
    if run.adjusted:
        first = run.adjusted[0]
        fewer = "a smaller effective sample size alone makes" if first.weights else "fewer patients alone make"
        text += [f" P values do not measure balance: {first.when}, {fewer} them larger."]
    return Section("baseline", "Baseline characteristics", [Paragraph(text), *run.table("baseline")])


def _differing(run: Run, population: str, late: bool) -> list[list[Piece]]:
    """The variables of the table that differ with a small p: baseline variables, or those measured later."""
    found = []
    for name in run.protocol["baseline"]["variables"]:
        p = run.find("baseline", "p_value", population=population, group=run.contrast, variable=name)
        measured_late = run.protocol["variables"][name].get("timing") == "post_baseline"
        if significant(p) and measured_late == late:
            found.append([run.lower(run.variable(name))])
    return found


def balance(run: Run) -> Section | None:
    """Standardised differences in each population, and which variables are still unbalanced."""
    if not run.adjusted:
        return None
    low, high = run.protocol["balance"]["variance_ratio"]
    text = prose(
        "Of the covariates and other baseline variables, {numbers} had a standardised mean difference (SMD) beyond "
        "{limit} or a variance ratio outside {low} to {high}{cited}.",
        cited=run.cite("figure-love_plot", "figure-score_overlap"),
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
        prose("Absolute standardised mean differences and variance ratios of covariates and other baseline variables."),
        f"Dot plot of the standardised mean difference of each variable {run.throughout}, with the limits of balance.",
        [run.protocol["variables"][name]["label"] for name in run.judged()],
        arms=False,
    )
    return Section("balance", "Balance", blocks)


def score_overlap(run: Run) -> list[Figure]:
    """The distributions of the propensity score, for the appendix; empty if the run has no such figure."""
    return run.figure(
        "score_overlap",
        "Overlap of the propensity scores",
        [f"Patients by propensity score, {run.throughout}; the treated arm above the axis."],
        f"Mirrored histograms of the propensity score of the two arms {run.throughout}.",
    )


def _caliper(run: Run) -> list[Piece]:
    """The caliper and the largest distance within it; empty without matching, or without a caliper."""
    if not run.matched:
        return []
    caliper = run.find("matching", "caliper", population=ENROLLED, group="overall", variable="logit")
    distance = run.find("matching", "largest_distance", population=ENROLLED, group="overall", variable="logit")
    if caliper.value != caliper.value:
        return []
    return prose(
        " The caliper was {caliper} on the logit of the propensity score; the largest distance within a {together} "
        "was {distance}.",
        together="pair" if run.together == "pair" else "set between the treated patient and a control",
        caliper=_unlike_zero(caliper),
        distance=_unlike_zero(distance),
    )


def _unlike_zero(found: Found) -> list[Piece]:
    """A number with the decimals that tell it from zero."""
    return number(found, decimals(3, found.value, 0.0)).pieces


def _unbalanced(run: Run, population: Population) -> list[Piece]:
    """`2 after matching`: how many variables are unbalanced in a population."""
    n = run.count("balance", "imbalanced", population=population.name, group=run.contrast)
    return prose("{n} {when}", n=n, when=population.when)


def _outlying(run: Run) -> list[Paragraph]:
    """A warning of covariates whose outliers give some patients a propensity score of 0 or 1."""
    rows = run.statistics["propensity"].rows()
    found = [[run.variable(name)] for name in outlying(row._asdict() for row in rows)]
    text = "Outliers in {list} give some patients a propensity score of zero or one. Check them"
    if run.matched and run.protocol["matching"]["caliper"] is not None:
        text += ". They also widen the caliper, which is a multiple of the standard deviation of the logit"
    return warning(text + ".", found, "Outliers in {list} give some patients a propensity score of zero or one.")


def _imbalance(run: Run, adjusted: Population) -> list[Paragraph]:
    """Warnings of unbalanced variables in an adjusted population, and of differences larger than before adjustment."""
    left, grown, names = [], [], []
    for name, beyond in run.unbalanced(adjusted.name).items():
        numbers = [_beyond(run, adjusted, row) for row in beyond]
        level = [" ", Sourced(beyond[0].level, f"config: variables.{name}")] if beyond[0].level else []
        of_arms = _of_arms(run, adjusted, beyond[0])
        left.append([run.variable(name), *level, " (", *joined([*of_arms, *numbers], last=", "), ")"])
        names.append([run.variable(name), *level, " (", *joined(of_arms or numbers, last=", "), ")"])
        for row in beyond:
            before, after = (_difference(run, population, row) for population in (ENROLLED, adjusted.name))
            if row.statistic == "smd" and abs(after.value) > abs(before.value) + LARGER:
                parts = {"before": number(before, 3).pieces, "after": number(after, 3).pieces}
                grown.append([run.variable(name), *level, *prose(" (from {before} to {after})", **parts)])
    text = f"Not balanced {adjusted.when}: {{list}}."
    if any(row.masked for row in run.rows("balance", population=adjusted.name)):
        text += " Masked numbers are not considered."
    more = f"The difference is larger {adjusted.when} than before in {{list}}."
    return [*warning(text, left, f"Not balanced {adjusted.when}: {{list}}.", names), *warning(more, grown)]


def _of_arms(run: Run, population: Population, row: Beyond) -> list[list[Piece]]:
    """`48.4% with A and 35.9% with B`, or the means: what an unbalanced difference is about, if Table 1 has it."""
    what = "percent" if row.level else "mean"

    def found(arm: str) -> Found:
        if "baseline" not in run.statistics:
            return ABSENT
        key = {"population": population.name, "group": arm, "variable": row.variable, "level": row.level}
        return run.find("baseline", what, **key)

    if any(found(arm).value != found(arm).value for arm in (run.treated, run.control)):
        return []
    return [run.both_arms(lambda arm: [*number(found(arm), 1).pieces, "%" if row.level else ""])]


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


def _overlap(run: Run) -> list[Paragraph]:
    """A warning of how many patients of each arm have a score outside the range of the other arm, if they are many."""
    parts, short, most = [], [], 0.0
    for arm in (run.treated, run.control):
        outside = run.find("propensity", "outside_overlap", population=ENROLLED, group=arm)
        if outside.value > 0:
            text = "{n} of {total} in the {arm} group"
            total = run.count("propensity", "total", population=ENROLLED, group=arm)
            most = max(most, outside.value / run.find("propensity", "total", population=ENROLLED, group=arm).value)
            n = number(outside, 0).pieces
            parts.append(prose(text, n=n, total=total, arm=run.arm(arm)))
            short.append(prose("{n} of {total} with {arm}", n=n, total=total, arm=run.arm(arm)))
    means = "matched results are only of those who were matched" if run.matched else "their effect rests on the model"
    text = (
        "Patients with a propensity score outside the range of the other arm: {list}. Few patients in the other arm "
        f"are like them; {means}."
    )
    brief = "Propensity score outside the range of the other arm: {list}."
    return warning(text, parts, brief if most >= MANY else "", short)
