"""Subgroups: their levels within the arms, and the effect of treatment in each level."""

from collections.abc import Iterable

from twoarm.config.immortal import later_subgroups
from twoarm.config.keys import between, inside
from twoarm.config.levels import printed_levels
from twoarm.config.populations import population_of
from twoarm.config.subgroups import ALONE, Subgroup, forest_labels, forests_of, subgroups_of
from twoarm.report.document import Heading, Paragraph, Section
from twoarm.report.levels import level_of
from twoarm.report.run import Run, immortal, listed, ratio_inside, ratio_with_interval
from twoarm.report.survival import median_of
from twoarm.results.values import occurring
from twoarm.tables.cells import p_words
from twoarm.text.labels import inside_sentence
from twoarm.text.provenance import Piece, joined, prose


def subgroups(run: Run) -> Section | None:
    """The effect of treatment in each level of every subgroup, and whether it differs between levels."""
    named, labels = subgroups_of(run.protocol), forest_labels(run.protocol)
    if not named:
        return None
    forests, later = forests_of(run.protocol), later_subgroups(run.protocol)
    blocks: list = []
    for stem, names in forests.items():
        together = {name: named[name] for name in names}
        if stem in labels:
            items = [_differences(run, together)]
        else:
            items = [_effects(run, name, subgroup) for name, subgroup in together.items()]
        only = prose(
            "Only the test of interaction shows whether the effect differs between levels{cited}.{curves}",
            cited=run.cite(f"figure-{stem}_forest", f"table-{stem}"),
            curves=_cited_curves(run, names),
        )
        blocks += [Heading(labels.get(stem, "Single subgroups"))] if len(forests) > 1 else []
        warned = immortal([[run.key(together[name].label_path)] for name in names if name in later])
        blocks += [Paragraph(joined([*items, only], " ", " ")), *warned, *_forest(run, stem, together)]
    return Section("subgroups", "Subgroups", blocks)


def _cited_curves(run: Run, names: Iterable[str]) -> list[Piece]:
    """Where the curves of single subgroups are; empty if they have none, as those of a list."""
    cited = run.cite(*(f"figure-subgroup_{name}" for name in names))
    return prose(" Levels are compared within each arm{cited}.", cited=cited) if cited else []


def _forest(run: Run, stem: str, together: dict[str, Subgroup]) -> list:
    """The forest plot of some subgroups."""
    return run.figure(
        f"{stem}_forest",
        "Effect of treatment by subgroup",
        prose("Hazard ratios with {confidence} confidence intervals.", confidence=run.confidence),
        "Forest plot of the hazard ratio of treatment in all patients and in each level of every subgroup.",
        run.labels(subgroup.settings["variable"] for subgroup in together.values()),
    )


def _effects(run: Run, name: str, subgroup: Subgroup) -> list[Piece]:
    """The hazard ratio of treatment in each level of a subgroup, and the test of interaction, as one sentence."""
    key = _key(run, subgroup) | {"group": run.contrast}
    ratios = []
    for level, printed in _printed(run, name, subgroup):
        stratum = inside(subgroup.settings["variable"], level)
        ratio = run.estimate(f"subgroup_{name}", "hazard_ratio", "cox", stratum=stratum, **key)
        ratios.append([*ratio_with_interval(*ratio), " for ", *printed])
    return prose(
        "{label} ({outcome}): hazard ratio of treatment {ratios}; {p} for interaction.",
        label=run.key(subgroup.label_path),
        outcome=_outcome(run, subgroup),
        ratios=listed(ratios),
        p=_interaction(run, name, subgroup),
    )


def _differences(run: Run, together: dict[str, Subgroup]) -> list[Piece]:
    """The test of interaction of each variable of a list, as one sentence."""
    tests = [
        prose("{label}, {p}", label=run.key(subgroup.label_path), p=_interaction(run, name, subgroup))
        for name, subgroup in together.items()
    ]
    outcome = _outcome(run, next(iter(together.values())))
    text = "Interaction of treatment with each variable ({outcome}): {tests}."
    return prose(text, outcome=outcome, tests=joined(tests, "; ", "; "))


def _interaction(run: Run, name: str, subgroup: Subgroup) -> list[Piece]:
    """The p-value of a subgroup's test of interaction."""
    key = _key(run, subgroup) | {"group": run.contrast}
    return p_words(run.find(f"subgroup_{name}", "p_value", ("cox_interaction",), **key))


def _outcome(run: Run, subgroup: Subgroup) -> list[Piece]:
    """A subgroup's endpoint, and its patients if they are not those of the main analysis."""
    population = population_of(subgroup.settings, run.populations)
    whom = prose(", {whom}", whom=population.inside_sentence) if population != run.main else []
    return [_endpoint(run, subgroup), *whom]


def _endpoint(run: Run, subgroup: Subgroup) -> Piece:
    """A subgroup's endpoint inside a sentence."""
    return run.lower(run.key(f"endpoints.{subgroup.settings['endpoint']}.label"))


def _key(run: Run, subgroup: Subgroup) -> dict[str, str]:
    """What the rows of a subgroup have in common."""
    population = population_of(subgroup.settings, run.populations)
    return {"population": population.name, "variable": subgroup.settings["endpoint"]}


def _printed(run: Run, name: str, subgroup: Subgroup) -> list[tuple[str, list[Piece]]]:
    """The levels of a subgroup that occur, each with its text."""
    variable = subgroup.settings["variable"]
    levels = occurring(printed_levels(run.protocol["variables"][variable]), run.statistics[f"subgroup_{name}"])
    return [(level, level_of(run, variable, level)) for level in levels]


def within_arms(run: Run) -> list:
    """The levels of subgroups within the arms, with their curves, and the tables, for the appendix."""
    named = subgroups_of(run.protocol)
    forests = forests_of(run.protocol)
    blocks = [block for name in forests.get(ALONE, []) for block in _curves(run, name, named[name])]
    return [*blocks, *(table for stem in forests for table in run.table(stem))]


def _curves(run: Run, name: str, subgroup: Subgroup) -> list:
    """The levels of one subgroup within the arms."""
    items = [_levels(run, name, subgroup, arm) for arm in (run.treated, run.control)]
    label = subgroup.settings["label"]
    figure = run.figure(
        f"subgroup_{name}",
        prose("{label}, within each arm", label=run.key(subgroup.label_path)),
        prose("Kaplan–Meier curves of the levels with medians, log-rank test and numbers at risk."),
        f"Kaplan-Meier curves by {inside_sentence(label)} within each arm; the text gives the medians.",
        run.labels([subgroup.settings["variable"]]),
    )
    return [Paragraph(joined(items, " ", " ")), *figure]


def _levels(run: Run, name: str, subgroup: Subgroup, arm: str) -> list[Piece]:
    """Within one arm: the median of each level, and the log-rank test between all levels."""
    analysis, key = f"subgroup_{name}", _key(run, subgroup) | {"stratum": arm}
    levels = _printed(run, name, subgroup)
    medians = [[*median_of(run, analysis, key | {"group": level}), " for ", *printed] for level, printed in levels]
    text = "With {arm}, median {endpoint} by {label} was {medians}{compared}."
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
        endpoint=_endpoint(run, subgroup),
        label=run.lower(run.key(subgroup.label_path)),
        medians=listed(medians),
        compared=compared,
    )
