"""Outcomes: tumour response, survival, subgroups, prognosis, safety."""

from itertools import product

from twoarm.config.designs import adjusted_designs
from twoarm.config.immortal import later_in_prognosis, later_subgroups
from twoarm.config.keys import DEATHS, GRADE_5, OVERALL, PER_UNIT, between
from twoarm.config.levels import printed_levels
from twoarm.config.populations import Population
from twoarm.raw.terms import ANY, printed_term
from twoarm.report.document import Bullets, Paragraph, Section
from twoarm.report.run import Run, listed, ratio_with_interval, share, significant, tested, warning, with_interval
from twoarm.response.response_rules import RATES
from twoarm.results.values import occurring
from twoarm.tables.cells import p_words, ratio_cell
from twoarm.tables.estimates import MEDIAN_DIGITS
from twoarm.tables.model_size import NO_MODEL, too_few
from twoarm.text.labels import inside_sentence
from twoarm.text.provenance import Piece, Sourced, joined, plain, prose

RATE_NAMES = {"ORR": "Objective response (ORR)", "DCR": "Disease control (DCR)"}


def response(run: Run) -> Section | None:
    """Best response and the two rates by each criterion, and one criterion compared with the other."""
    if "response" not in run.statistics:
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
            prose("One bar per patient ({whom}), coloured by best response.", whom=run.main.inside_sentence),
            "Waterfall plot for each arm: bars from the largest growth to the largest shrinkage of the sum of target "
            "lesions, coloured by best response.",
        )
        blocks += run.figure(
            f"swimmer_{criterion}",
            prose("Course of each patient by {criterion}", criterion=run.criterion(criterion)),
            prose(
                "One bar per patient ({whom}), from treatment start to the end of observation.",
                whom=run.main.inside_sentence,
            ),
            "Swimmer plot for each arm: bars for the time under observation, with response, progression and death.",
        )
    blocks += run.figure(
        "discordance",
        "Best response by one criterion and by the other",
        prose("Patients in the boxes have the same response by both criteria."),
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
        treated=_median(run, "survival", key | {"group": run.treated}),
        arm=run.arm(run.treated),
        control=_median(run, "survival", key | {"group": run.control}),
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


def _median(run: Run, analysis: str, key: dict) -> list[Piece]:
    """A Kaplan-Meier median with its interval."""
    found = run.estimate(analysis, "median", "kaplan_meier", **key)
    return with_interval(*found, MEDIAN_DIGITS[run.unit], f" {run.unit}")


def _survival_alt(run: Run, population: Population) -> str:
    said = [plain(effect_on(run, population, name)) for name in run.protocol["endpoints"]]
    return " ".join([f"Kaplan-Meier curves of both arms, {population.inside_sentence}.", *said])


def subgroups(run: Run) -> Section | None:
    """Each subgroup: its levels within the arms, and whether the treatment effect differs between levels."""
    named = run.protocol["subgroups"]
    if not named:
        return None
    later = [[run.key(f"subgroups.{name}.label")] for name in later_subgroups(run.protocol)]
    blocks: list = _immortal(later)
    for name, subgroup in named.items():
        population = run.population_of("subgroups", name)
        items = [_levels(run, name, population, arm) for arm in (run.treated, run.control)]
        text = "{label} ({endpoint}, {whom}):"
        head = prose(
            text,
            label=run.key(f"subgroups.{name}.label"),
            endpoint=run.lower(run.key(f"endpoints.{subgroup['endpoint']}.label")),
            whom=population.inside_sentence,
        )
        p = run.find(
            f"subgroup_{name}",
            "p_value",
            ("cox_interaction",),
            population=population.name,
            group=run.contrast,
            variable=subgroup["endpoint"],
        )
        items.append(prose("Difference in treatment effect between the levels: {p}.", p=tested(p)))
        blocks += [Paragraph(head, "lead"), Bullets(items)]
        blocks += run.figure(
            f"subgroup_{name}",
            prose("{label}, within each arm", label=run.key(f"subgroups.{name}.label")),
            prose("Kaplan–Meier curves of the levels with medians, log-rank test and numbers at risk."),
            f"Kaplan-Meier curves by {inside_sentence(subgroup['label'])} within each arm; the text gives the medians.",
            run.labels([subgroup["variable"]]),
        )
    blocks += run.figure(
        "subgroups_forest",
        "Effect of treatment by subgroup",
        prose(
            "Hazard ratios with {confidence} confidence intervals; only the test of interaction shows whether the "
            "effect differs.",
            confidence=run.confidence,
        ),
        "Forest plot of the hazard ratio of treatment in all patients and in each level of every subgroup.",
        run.labels(subgroup["variable"] for subgroup in named.values()),
    )
    return Section("subgroups", "Subgroups", [*blocks, *run.table("subgroups")])


def _levels(run: Run, name: str, population: Population, arm: str) -> list[Piece]:
    """Within one arm: the median of each level, and the log-rank test between all levels."""
    subgroup, analysis = run.protocol["subgroups"][name], f"subgroup_{name}"
    key = {"population": population.name, "stratum": arm, "variable": subgroup["endpoint"]}
    levels = occurring(printed_levels(run.protocol["variables"][subgroup["variable"]]), run.statistics[analysis])
    of_level = f"config: variables.{subgroup['variable']}.levels"
    medians = [[*_median(run, analysis, key | {"group": level}), " for ", Sourced(level, of_level)] for level in levels]
    if len(levels) < 2:
        return prose("{arm} group: median {medians}; not compared.", arm=run.arm(arm), medians=listed(medians))
    compared = key | {"group": between(levels)}
    ratio: list[Piece] = []
    if len(levels) == 2:
        text = "; hazard ratio {ratio} for {contrast}"
        estimate = run.estimate(analysis, "hazard_ratio", "cox", **compared)
        contrast = [Sourced(levels[0], of_level), " relative to ", Sourced(levels[1], of_level)]
        ratio = prose(text, contrast=contrast, ratio=ratio_with_interval(*estimate))
    return prose(
        "{arm} group: median {medians}; {p}{ratio}.",
        arm=run.arm(arm),
        medians=listed(medians),
        p=tested(run.find(analysis, "p_value", ("logrank",), **compared)),
        ratio=ratio,
    )


def prognosis(run: Run) -> Section | None:
    """Uni- and multivariable Cox regression."""
    if "prognosis" not in run.statistics:
        return None
    alone = _associated(run, "cox_univariable")
    together = _associated(run, "cox_multivariable")
    text = "In univariable analysis of {endpoint} ({whom}), P was below {alpha} for: {alone}."
    if together:
        text += " In the multivariable model, P was below {alpha} for: {together}."
    elif run.rows("prognosis", method="cox_multivariable"):
        text += " In the multivariable model, no variable had P below {alpha}."
    else:
        text += f" {NO_MODEL}"
    blocks = [
        Paragraph(
            prose(
                text if alone else "In univariable analysis of {endpoint} ({whom}), no variable had P below {alpha}.",
                endpoint=run.lower(run.key(f"endpoints.{run.protocol['prognosis']['endpoint']}.label")),
                whom=run.population_of("prognosis").inside_sentence,
                alpha=run.alpha,
                alone=joined(alone, last="; ", between="; "),
                together=joined(together, last="; ", between="; "),
            )
        ),
        *_few_events(run),
        *hardly_proportional(run),
        *_immortal([[run.variable(name)] for name in later_in_prognosis(run.protocol)]),
    ]
    blocks += run.figure(
        "prognosis",
        "Prognostic factors",
        prose(
            "Hazard ratios with {confidence} confidence intervals, alone and in the multivariable model.",
            confidence=run.confidence,
        ),
        "Forest plot of the hazard ratios of each variable, alone and in the multivariable model.",
        run.labels(run.protocol["prognosis"]["variables"]),
    )
    return Section("prognosis", "Prognostic factors", [*blocks, *run.table("prognosis")])


def _associated(run: Run, method: str) -> list[list[Piece]]:
    """Variables with a small p by one model, each with its hazard ratio."""
    found = []
    for row in run.rows("prognosis", statistic="p_value", method=method):
        if not significant(row):
            continue
        _, population, _, group, variable, *_ = row.key
        key = {"population": population, "group": group, "variable": variable}
        parts = run.estimate("prognosis", "hazard_ratio", method, **key)
        label = [run.variable(variable)]
        if variable == "arm":
            label += [", ", *run.contrast_pieces]
        elif group == PER_UNIT:
            label += [", ", *run.per_unit(variable)]
        elif group == OVERALL:
            label += [", all levels"]
        else:
            label += [", ", Sourced(group, f"config: variables.{variable}.levels")]
        ratio = [" (HR ", *ratio_cell(*parts).pieces, "; "] if parts[0].value == parts[0].value else [" ("]
        found.append([*label, *ratio, *p_words(row), ")"])
    return found


def _few_events(run: Run) -> list[Paragraph]:
    """A warning if the multivariable model has few events for its size."""
    few = too_few(run.statistics["prognosis"], run.population_of("prognosis"))
    text = (
        "The multivariable model has {list}: its hazard ratios are unreliable and may be very different in other "
        "patients."
    )
    return warning(text, [few] if few else [])


def _immortal(later: list[list[Piece]]) -> list[Paragraph]:
    """A warning of variables or subgroups that are measured after treatment start."""
    text = (
        "{list}: measured after treatment start. Only patients who lived long enough have a value (immortal time). An "
        "association with the outcome may be due to this alone, and the treatment may have changed the value."
    )
    return warning(text, later)


def hardly_proportional(run: Run) -> list[Paragraph]:
    """A warning of variables with doubtful proportional hazards in the multivariable model."""
    doubtful = [
        [run.variable(row.key[4]), " (", *p_words(row), ")"]
        for row in run.rows("prognosis", statistic="p_value", method="cox_zph")
        if significant(row) and row.key[4] != "global"
    ]
    text = (
        "Proportional hazards are doubtful in the multivariable model for {list}. Such a hazard ratio is an average "
        "over the follow-up."
    )
    return warning(text, doubtful)


def safety(run: Run) -> Section | None:
    """How many patients had adverse events, and which differed between the arms."""
    if "safety" not in run.statistics:
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
