"""The weights of each design: whom they leave out, how many patients they are worth, and how extreme they are."""

from twoarm.config.designs import weighted_designs
from twoarm.config.populations import Population
from twoarm.report.document import Bullets, Heading, Paragraph
from twoarm.report.run import Run, warning
from twoarm.tables.cells import number, things
from twoarm.text.provenance import Piece, Sourced, prose


def weighted(run: Run) -> list[Population]:
    """The populations with weights from the propensity score."""
    return [population for population in run.populations if population.name in weighted_designs(run.protocol)]


def trimmed(run: Run) -> list[Piece]:
    """How many patients of each arm a design left out because of their score; empty if no design did."""
    filled: list[Piece] = []
    for population in weighted(run):
        if "trim" not in run.protocol["designs"][population.name]:
            continue
        filled += prose(
            " {when}, {treated} in the {arm} group and {control} in the {other} group were left out because of their "
            "propensity score.",
            when=population.at_start,
            treated=things(_found(run, population, run.treated, "trimmed"), "patient"),
            arm=run.arm(run.treated),
            control=things(_found(run, population, run.control, "trimmed"), "patient"),
            other=run.arm(run.control),
        )
    return filled


def effective_sizes(run: Run) -> list[Piece]:
    """The effective sample size of each arm of each population with weights, of matched sets too."""
    filled: list[Piece] = []
    for population in run.populations:
        if not population.weights or not _size(run, population, run.treated):
            continue
        filled += prose(
            " {when}, the effective sample size was {treated} in the {arm} group and {control} in the {other} group.",
            when=population.at_start,
            treated=_size(run, population, run.treated),
            arm=run.arm(run.treated),
            control=_size(run, population, run.control),
            other=run.arm(run.control),
        )
    return filled


def _size(run: Run, population: Population, arm: str) -> list[Piece]:
    """`234.2 of 246 patients`; empty if it is nowhere: that of matched sets is in the baseline table alone."""
    analysis = "weights" if population in weighted(run) else "baseline"
    if analysis not in run.statistics:
        return []
    key = {"population": population.name, "group": arm}
    size, total = (run.find(analysis, statistic, **key) for statistic in ("effective_size", "total"))
    return prose("{size} of {total}", size=number(size, 1).pieces, total=things(total, "patient"))


def heavy(run: Run) -> list[Paragraph]:
    """A warning of designs in which one patient has too much of an arm's weight."""
    found = []
    for population in weighted(run):
        for arm in (run.treated, run.control):
            largest = _found(run, population, arm, "largest")
            if largest.note and not largest.masked:
                note = Sourced(largest.note, "note of weights.csv")
                found.append([f"{population.when} in the ", *run.arm(arm), " group (", note, ")"])
    text = (
        "Results rest on very few patients {list}. Truncate or trim the weights, or choose overlap weights, and look "
        "at these patients' data."
    )
    return warning(text, found, "Results rest on very few patients {list}.")


def weights_of(run: Run) -> list:
    """The distribution of the weights of each design and arm, and how many were truncated."""
    items = [_distribution(run, population, arm) for population in weighted(run) for arm in (run.treated, run.control)]
    return [Heading("Weights"), Bullets(items)] if items else []


def _distribution(run: Run, population: Population, arm: str) -> list[Piece]:
    parts = {
        name: number(_found(run, population, arm, name), 3).pieces for name in ("mean", "sd", "smallest", "largest")
    }
    filled = prose(
        "{label}, {arm} group: mean {mean}, standard deviation {sd}, from {smallest} to {largest}",
        label=population.label,
        arm=run.arm(arm),
        **parts,
    )
    if "truncate" in run.protocol["designs"][population.name]:
        filled += prose("; truncated in {n}", n=things(_found(run, population, arm, "truncated"), "patient"))
    return [*filled, "."]


def _found(run: Run, population: Population, arm: str, statistic: str):
    return run.find("weights", statistic, population=population.name, group=arm)
