"""Subgroups: their levels within the arms, and the effect of treatment in each level."""

from twoarm.config.immortal import later_subgroups
from twoarm.config.keys import between
from twoarm.config.levels import printed_levels
from twoarm.config.populations import Population
from twoarm.report.document import Bullets, Paragraph, Section
from twoarm.report.outcomes import median_of
from twoarm.report.run import Run, immortal, listed, ratio_with_interval, tested
from twoarm.results.values import occurring
from twoarm.text.labels import inside_sentence
from twoarm.text.provenance import Piece, Sourced, prose


def subgroups(run: Run) -> Section | None:
    """Each subgroup: its levels within the arms, and whether the treatment effect differs between levels."""
    named = run.protocol["subgroups"]
    if not named:
        return None
    later = [[run.key(f"subgroups.{name}.label")] for name in later_subgroups(run.protocol)]
    blocks: list = immortal(later)
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
    medians = [
        [*median_of(run, analysis, key | {"group": level}), " for ", Sourced(level, of_level)] for level in levels
    ]
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
