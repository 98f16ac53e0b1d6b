"""Subgroups: their levels within the arms, and the effect of treatment in each level."""

from twoarm.config.immortal import later_subgroups
from twoarm.config.keys import between, inside
from twoarm.config.levels import printed_levels
from twoarm.config.populations import Population
from twoarm.report.document import Paragraph, Section
from twoarm.report.run import Run, immortal, listed, ratio_inside, ratio_with_interval
from twoarm.report.survival import median_of
from twoarm.results.values import occurring
from twoarm.tables.cells import p_words
from twoarm.text.labels import inside_sentence
from twoarm.text.provenance import Piece, Sourced, prose


def subgroups(run: Run) -> Section | None:
    """The effect of treatment in each level of every subgroup, and whether it differs between levels."""
    named = run.protocol["subgroups"]
    if not named:
        return None
    later = [[run.key(f"subgroups.{name}.label")] for name in later_subgroups(run.protocol)]
    items = [_effects(run, name) for name in named]
    text = [piece for item in items for piece in (*item, " ")]
    text += prose(
        "Only the test of interaction shows whether the effect differs between levels{cited}.",
        cited=run.cite("figure-subgroups_forest", "table-subgroups"),
    )
    forest = run.figure(
        "subgroups_forest",
        "Effect of treatment by subgroup",
        prose("Hazard ratios with {confidence} confidence intervals.", confidence=run.confidence),
        "Forest plot of the hazard ratio of treatment in all patients and in each level of every subgroup.",
        run.labels(subgroup["variable"] for subgroup in named.values()),
    )
    return Section("subgroups", "Subgroups", [Paragraph(text), *immortal(later), *forest])


def _effects(run: Run, name: str) -> list[Piece]:
    """The hazard ratio of treatment in each level of a subgroup, and the test of interaction, as one sentence."""
    subgroup, population = run.protocol["subgroups"][name], run.population_of("subgroups", name)
    key = {"population": population.name, "variable": subgroup["endpoint"], "group": run.contrast}
    whom = prose(", {whom}", whom=population.inside_sentence) if population != run.main else []
    ratios = []
    for level, printed in _printed(run, name):
        stratum = inside(subgroup["variable"], level)
        ratio = run.estimate(f"subgroup_{name}", "hazard_ratio", "cox", stratum=stratum, **key)
        ratios.append([*ratio_with_interval(*ratio), " for ", printed])
    return prose(
        "{label} ({endpoint}{whom}): hazard ratio of treatment {ratios}; {p} for interaction.",
        label=run.key(f"subgroups.{name}.label"),
        endpoint=run.lower(run.key(f"endpoints.{subgroup['endpoint']}.label")),
        whom=whom,
        ratios=listed(ratios),
        p=p_words(run.find(f"subgroup_{name}", "p_value", ("cox_interaction",), **key)),
    )


def _printed(run: Run, name: str) -> list[tuple[str, Sourced]]:
    """The levels of a subgroup that occur, each with its text."""
    variable = run.protocol["subgroups"][name]["variable"]
    levels = occurring(printed_levels(run.protocol["variables"][variable]), run.statistics[f"subgroup_{name}"])
    return [(level, Sourced(level, f"config: variables.{variable}.levels")) for level in levels]


def within_arms(run: Run) -> list:
    """The levels of each subgroup within the arms, with their curves, and the table, for the appendix."""
    blocks: list = []
    for name, subgroup in run.protocol["subgroups"].items():
        population, label = run.population_of("subgroups", name), run.key(f"subgroups.{name}.label")
        items = [_levels(run, name, population, arm) for arm in (run.treated, run.control)]
        blocks.append(Paragraph([piece for item in items for piece in (*item, " ")][:-1]))
        blocks += run.figure(
            f"subgroup_{name}",
            prose("{label}, within each arm", label=label),
            prose("Kaplan–Meier curves of the levels with medians, log-rank test and numbers at risk."),
            f"Kaplan-Meier curves by {inside_sentence(subgroup['label'])} within each arm; the text gives the medians.",
            run.labels([subgroup["variable"]]),
        )
    return [*blocks, *run.table("subgroups")] if blocks else []


def _levels(run: Run, name: str, population: Population, arm: str) -> list[Piece]:
    """Within one arm: the median of each level, and the log-rank test between all levels."""
    subgroup, analysis = run.protocol["subgroups"][name], f"subgroup_{name}"
    key = {"population": population.name, "stratum": arm, "variable": subgroup["endpoint"]}
    levels = _printed(run, name)
    medians = [[*median_of(run, analysis, key | {"group": level}), " for ", printed] for level, printed in levels]
    text = "With {arm}, median {endpoint} was {medians}{compared}."
    compared: list[Piece] = []
    if len(levels) > 1:
        group = key | {"group": between([level for level, _ in levels])}
        p = p_words(run.find(analysis, "p_value", ("logrank",), **group))
        ratio: list[Piece] = []
        if len(levels) == 2:
            ratio = ["hazard ratio ", *ratio_inside(*run.estimate(analysis, "hazard_ratio", "cox", **group)), "; "]
        compared = [" (", *ratio, "log-rank ", *p, ")"]
    return prose(
        text,
        arm=run.arm(arm),
        endpoint=run.lower(run.key(f"endpoints.{subgroup['endpoint']}.label")),
        medians=listed(medians),
        compared=compared,
    )
