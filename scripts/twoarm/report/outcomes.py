"""Outcomes: tumour response, survival, safety."""

from itertools import product

from twoarm.config.designs import adjusted_designs
from twoarm.config.keys import DEATHS, GRADE_5, OVERALL
from twoarm.config.populations import Population
from twoarm.raw.terms import ANY, printed_term
from twoarm.report.document import Bullets, Paragraph, Section
from twoarm.report.run import Run, listed, ratio_with_interval, share, significant, tested, with_interval
from twoarm.report.weighted import unweighted
from twoarm.response.response_rules import RATES
from twoarm.results.wording import BARS_NOTE, COUNTS_NOTE
from twoarm.tables.cells import p_words
from twoarm.tables.estimates import MEDIAN_DIGITS
from twoarm.text.provenance import Piece, Sourced, plain, prose

RATE_NAMES = {"ORR": "Objective response (ORR)", "DCR": "Disease control (DCR)"}


def response(run: Run) -> Section | None:
    """Best response and the two rates by each criterion, and one criterion compared with the other."""
    if "response" not in run.protocol:
        return None
    blocks: list = []
    for criterion in run.criteria:
        items = [rate_of(run, population, criterion, rate) for population in run.main_first() for rate in RATES]
        blocks.append(Paragraph(prose("By {criterion}:", criterion=run.criterion(criterion)), "lead"))
        blocks.append(Bullets(items))
        blocks += run.table(f"response_{criterion}")
        blocks += run.figure(
            f"waterfall_{criterion}",
            prose("Best change of the target lesions by {criterion}", criterion=run.criterion(criterion)),
            [
                *prose("One bar per patient ({whom}), coloured by best response.", whom=run.main.inside_sentence),
                *unweighted(run, BARS_NOTE),
            ],
            "Waterfall plot for each arm: bars from the largest growth to the largest shrinkage of the sum of target "
            "lesions, coloured by best response.",
        )
        blocks += run.figure(
            f"swimmer_{criterion}",
            prose("Course of each patient by {criterion}", criterion=run.criterion(criterion)),
            [
                *prose(
                    "One bar per patient ({whom}), from treatment start to the end of observation.",
                    whom=run.main.inside_sentence,
                ),
                *unweighted(run, BARS_NOTE),
            ],
            "Swimmer plot for each arm: bars for the time under observation, with response, progression and death.",
        )
    blocks += run.figure(
        "discordance",
        "Best response by one criterion and by the other",
        ["Patients in the boxes have the same response by both criteria.", *unweighted(run, COUNTS_NOTE)],
        "Matrix of patients by best response by each of the two criteria, for each arm.",
    )
    return Section("response", "Tumour response", blocks)


def rate_of(run: Run, population: Population, criterion: str, rate: str) -> list[Piece]:
    """A rate in both arms, its difference with interval, and its test."""
    key = {"population": population.name, "variable": criterion}

    def of_arm(arm: str) -> list[Piece]:
        here = key | {"group": arm}
        total = run.find("response", "total", **here)
        return share(
            run.find("response", "n", level=rate, **here), total, run.find("response", "percent", level=rate, **here)
        )

    here = key | {"group": run.contrast, "level": rate}
    difference = run.estimate("response", "difference", "newcombe", **here)
    return prose(
        "{rate}, {when}: {treated} in the {arm} group and {control} in the {other} group; difference {difference}; "
        "{p}.",
        rate=RATE_NAMES[rate],
        when=population.when,
        treated=of_arm(run.treated),
        arm=run.arm(run.treated),
        control=of_arm(run.control),
        other=run.arm(run.control),
        difference=with_interval(*difference, 1, " percentage points"),
        p=tested(run.find("response", "p_value", **here)),
    )


def survival(run: Run) -> Section | None:
    """Each endpoint: medians, log-rank test, hazard ratio; curves and table."""
    if not run.protocol["endpoints"]:
        return None
    blocks: list = []
    for population in run.main_first():
        items = [effect_on(run, population, name) for name in run.protocol["endpoints"]]
        items += adjusted_effects(run) if population == run.everyone else []
        blocks += [Paragraph([f"{population.whom} (estimand: {population.estimand}):"], "lead"), Bullets(items)]
        blocks += run.figure(
            f"survival_{population.name}",
            f"Survival of the arms, {population.inside_sentence}",
            prose(
                "Kaplan–Meier curves with {confidence} confidence bands and numbers at risk.", confidence=run.confidence
            ),
            _survival_alt(run, population),
        )
    return Section("survival", "Survival", [*blocks, *run.table("survival")])


def effect_on(run: Run, population: Population, name: str) -> list[Piece]:
    """An endpoint in both arms: medians, log-rank test and hazard ratio."""
    key = {"population": population.name, "variable": name}
    contrast = key | {"group": run.contrast}
    ratio = run.estimate("survival", "hazard_ratio", "cox", **contrast)
    return prose(
        "{label}: median {treated} in the {arm} group and {control} in the {other} group; {test}; hazard ratio "
        "{ratio} for {contrast}, Cox regression.",
        label=run.key(f"endpoints.{name}.label"),
        treated=median_of(run, "survival", key | {"group": run.treated}),
        arm=run.arm(run.treated),
        control=median_of(run, "survival", key | {"group": run.control}),
        other=run.arm(run.control),
        test=tested(run.find("survival", "p_value", ("logrank",), **contrast)),
        ratio=ratio_with_interval(*ratio),
        contrast=run.contrast_pieces,
    )


def adjusted_effects(run: Run) -> list[list[Piece]]:
    """The adjusted hazard ratio of each endpoint, by each adjusted design; empty without one."""
    items = []
    for name, endpoint in product(adjusted_designs(run.protocol), run.protocol["endpoints"]):
        key = {"population": name, "group": run.contrast, "variable": endpoint}
        text = "{label}, {how} in all enrolled patients: hazard ratio {ratio} for {contrast}; {p}{few}."
        events = run.find("adjusted", "events", ("cox_adjusted",), **key | {"group": OVERALL})
        few = ["; ", Sourced(events.note, "note of adjusted.csv")] if events.note and not events.masked else []
        parts = {
            "label": run.key(f"endpoints.{endpoint}.label"),
            "how": run.lower(run.design(name)),
            "ratio": ratio_with_interval(*run.estimate("adjusted", "hazard_ratio", "cox_adjusted", **key)),
            "p": p_words(run.find("adjusted", "p_value", ("cox_adjusted",), **key)),
        }
        items.append(prose(text, contrast=run.contrast_pieces, few=few, **parts))
    return items


def median_of(run: Run, analysis: str, key: dict) -> list[Piece]:
    """A Kaplan-Meier median with its interval."""
    found = run.estimate(analysis, "median", "kaplan_meier", **key)
    return with_interval(*found, MEDIAN_DIGITS[run.unit], f" {run.unit}")


def _survival_alt(run: Run, population: Population) -> str:
    said = [plain(effect_on(run, population, name)) for name in run.protocol["endpoints"]]
    return " ".join([f"Kaplan-Meier curves of both arms, {population.inside_sentence}.", *said])


def safety(run: Run) -> Section | None:
    """How many patients had adverse events, and which differed between the arms."""
    if "safety" not in run.protocol:
        return None
    chosen, labels = run.population_of("safety"), run.protocol["safety"]["labels"]
    population = chosen.name
    named = list(run.protocol["safety"]["grades"])
    known = [*named, *([DEATHS] if GRADE_5 in map(list, run.protocol["safety"]["grades"].values()) else [])]
    grades = [*named, *(level for level in run.statistics["safety"].levels(ANY) if level not in known)]
    blocks: list = []
    others = [other for other in run.main_first() if other != chosen]
    for whom in (chosen, *others):  # unmatched patients may have had events too, even fatal ones
        text = prose("Any adverse event, {whom}:", whom=whom.inside_sentence)
        blocks += [Paragraph(text, "lead"), Bullets([events_of(run, grade, whom) for grade in grades])]
    differing = [
        [
            "any adverse event" if row.key[4] == ANY else _term(row.key[4], labels),
            ", ",
            Sourced(row.key[5], "config: safety.grades"),
            " (",
            *tested(row),
            ")",
        ]
        for row in run.rows("safety", population=population, statistic="p_value")
        if significant(row)
    ]
    text = (
        "The arms differed with P below {alpha} in {list}."
        if differing
        else "No adverse event differed between the arms with P below {alpha}."
    )
    text += " The tests in the table are not adjusted for multiplicity."
    hidden = run.masked("safety", population=population, statistic="p_value")
    blocks.append(Paragraph([*prose(text, alpha=run.alpha, list=listed(differing)), *hidden]))
    blocks += run.figure(
        "safety",
        "Adverse events by arm",
        prose("{whom}, each at the worst grade, by {version}.", whom=chosen.whom, version=run.key("safety.version")),
        "Butterfly chart of the percentage of patients with each adverse event, treated arm to the left, control "
        "arm to the right, by grade.",
        [printed_term(row.key[4], labels) for row in run.rows("safety", population=population, statistic="n")],
    )
    return Section("safety", "Safety", [*blocks, *run.table("safety")])


def _term(term: str, labels: dict[str, str]) -> Sourced:
    """A term as it is printed."""
    printed = printed_term(term, labels)
    return Sourced(printed, "config: safety.terms" if printed == term else "config: safety.labels")


def events_of(run: Run, grade: str, population: Population) -> list[Piece]:
    """How many patients of a population had any adverse event in a range of grades, overall and by arm."""
    here = {"population": population.name, "variable": ANY, "level": grade}
    overall, treated, control = (
        share(
            run.find("safety", "n", group=group, **here),
            run.find("safety", "total", population=population.name, group=group),
            run.find("safety", "percent", group=group, **here),
        )
        for group in ("overall", run.treated, run.control)
    )
    return prose(
        "{grade}: {overall} patients; {treated} in the {arm} group, {control} in the {other} group.",
        grade=Sourced(grade, "config: safety.grades"),
        overall=overall,
        treated=treated,
        arm=run.arm(run.treated),
        control=control,
        other=run.arm(run.control),
    )
