"""Survival: each endpoint in the patients of the main analysis, follow-up, and the curves of the other patients."""

from itertools import product

from twoarm.config.designs import adjusted_designs
from twoarm.config.endpoints import follow_up_endpoint
from twoarm.config.keys import OVERALL
from twoarm.config.populations import ENROLLED, Population
from twoarm.report.document import Figure, Paragraph, Section
from twoarm.report.run import Run, listed, ratio_inside, ratio_tested, warning, with_interval
from twoarm.results.values import Found
from twoarm.tables.cells import p_words
from twoarm.tables.estimates import MEDIAN_DIGITS
from twoarm.text.provenance import Piece, Sourced, joined, plain, prose


def survival(run: Run) -> Section | None:
    """Follow-up, each endpoint in the main analysis, and how the other patients compare."""
    if not run.protocol["endpoints"]:
        return None
    figures = {figure.anchor: figure for name in run.endpoints() for figure in curve_of(run, name)}
    *effects, last = [effect_on(run, run.main, name) for name in run.endpoints()]
    last = [*last, *run.cite(*figures, "table-survival")]
    text = joined([follow_up(run), *([*effect, "."] for effect in (*effects, last))], " ", " ")
    on_front = {figure.anchor for figure in front_curve(run)}
    others = [figure for anchor, figure in figures.items() if anchor not in on_front]
    blocks = [Paragraph(text), *_others(run), *_eventless(run), *others, *run.table("survival")]
    return Section("survival", "Survival", blocks)


def _eventless(run: Run) -> list[Paragraph]:
    """A warning of endpoints that nobody reached: more often a wrong code for the event than the truth."""
    found = []
    for name in run.endpoints():
        key = {"population": ENROLLED, "variable": name, "group": OVERALL}
        if run.find("survival", "events", **key).value == 0:
            found.append([run.lower(run.key(f"endpoints.{name}.label"))])
    text = "No enrolled patient has an event of {list}. Check which value of the data means the event."
    return warning(text, found, "No events of {list}.")


def effect_on(run: Run, population: Population, name: str) -> list[Piece]:
    """An endpoint in both arms, without the full stop: medians, hazard ratio and log-rank test."""
    contrast = {"population": population.name, "variable": name, "group": run.contrast}
    return prose(
        "Median {label} was {medians} (hazard ratio {ratio}; {test} {p})",
        label=run.lower(run.key(f"endpoints.{name}.label")),
        medians=run.both_arms(lambda arm: median_of(run, "survival", contrast | {"group": arm})),
        ratio=ratio_inside(*run.estimate("survival", "hazard_ratio", "cox", **contrast)),
        test=_test(population),
        p=p_words(_logrank(run, contrast)),
    )


def _test(population: Population) -> str:
    return "weighted log-rank" if population.weights else "log-rank"


def _logrank(run: Run, key: dict) -> Found:
    return run.find("survival", "p_value", ("logrank",), **key)


def _others(run: Run) -> list[Paragraph]:
    """The hazard ratios in the other populations and those adjusted for covariates."""
    items = [*adjusted_effects(run)]
    for population in run.main_first()[1:]:
        ratios = []
        for name in run.endpoints():
            key = {"population": population.name, "group": run.contrast, "variable": name}
            ratio = run.estimate("survival", "hazard_ratio", "cox", **key)
            told = ratio_tested(ratio, _logrank(run, key), _test(population))
            label = run.lower(run.key(f"endpoints.{name}.label"))
            ratios.append(prose("{ratio} for {label}", ratio=told, label=label))
        cited = run.cite(f"figure-survival_{population.name}")
        text = "In {whom}, the hazard ratio was {ratios}{cited}."
        items.append(prose(text, whom=population.inside_sentence, ratios=listed(ratios), cited=cited))
    return [Paragraph(joined(items, " ", " "))] if items else []


def adjusted_effects(run: Run) -> list[list[Piece]]:
    """The adjusted hazard ratio of each endpoint, by each adjusted design; empty without one."""
    items = []
    for name, endpoint in product(adjusted_designs(run.protocol), run.endpoints()):
        key = {"population": name, "group": run.contrast, "variable": endpoint}
        text = "{how}, in all enrolled patients, the hazard ratio was {ratio} for {label}{few}."
        events = run.find("adjusted", "events", ("cox_adjusted",), **key | {"group": OVERALL})
        few = ["; ", Sourced(events.note, "note of adjusted.csv")] if events.note and not events.masked else []
        parts = {
            "label": run.lower(run.key(f"endpoints.{endpoint}.label")),
            "how": run.design(name),
            "ratio": ratio_tested(
                run.estimate("adjusted", "hazard_ratio", "cox_adjusted", **key),
                run.find("adjusted", "p_value", ("cox_adjusted",), **key),
            ),
        }
        items.append(prose(text, few=few, **parts))
    return items


def median_of(run: Run, analysis: str, key: dict) -> list[Piece]:
    """A Kaplan-Meier median with its interval."""
    found = run.estimate(analysis, "median", "kaplan_meier", **key)
    return with_interval(*found, MEDIAN_DIGITS[run.unit], f" {run.unit}")


# Follow-up


def follow_up(run: Run) -> list[Piece]:
    """How long the patients of the main analysis were followed, by the reverse Kaplan-Meier method."""
    key = {"population": run.main.name, "variable": follow_up_endpoint(run.protocol)}

    def length(arm: str) -> list[Piece]:
        found = run.estimate("survival", "median", "reverse_kaplan_meier", group=arm, **key)
        return with_interval(*found, MEDIAN_DIGITS[run.unit], f" {run.unit}")

    return prose("Median follow-up was {lengths}.", lengths=run.both_arms(length))


# Curves


def curve_of(run: Run, endpoint: str, population: Population | None = None) -> list[Figure]:
    """The figure of an endpoint's curves alone or, if there is none, of all endpoints in one."""
    population = population or run.main
    alone = f"survival_{population.name}-{endpoint}"
    text = ["Kaplan–Meier curves with medians and numbers at risk."]
    if alone in run.figures:
        label = run.key(f"endpoints.{endpoint}.label")
        title = prose("{label}, {whom}", label=label, whom=population.inside_sentence)
        said = plain(effect_on(run, population, endpoint))
        alt = f"Kaplan-Meier curves of both arms, {population.inside_sentence}. {said}."
        return run.figure(alone, title, text, alt)
    said = [f"{plain(effect_on(run, population, name))}." for name in run.endpoints()]
    return run.figure(
        f"survival_{population.name}",
        f"Survival, {population.inside_sentence}",
        text,
        " ".join([f"Kaplan-Meier curves of both arms, {population.inside_sentence}.", *said]),
    )


def other_curves(run: Run) -> list[Figure]:
    """The curves of the patients outside the main analysis, for the appendix."""
    others = run.main_first()[1:] if run.primary else []
    return [figure for population in others for figure in curve_of(run, "", population)]


def front_curve(run: Run) -> list[Figure]:
    """The figure on the first page: the primary endpoint in the main analysis."""
    return curve_of(run, run.primary) if run.primary else []
