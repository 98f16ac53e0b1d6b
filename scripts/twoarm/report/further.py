"""The appendix: what supports the paper's part but is not one of its results."""

from twoarm.report.diagnostics import diagnostics
from twoarm.report.document import Figure, Heading, Section
from twoarm.report.imputation import missing
from twoarm.report.patients import score_overlap
from twoarm.report.prognosis import forests
from twoarm.report.run import Run, only
from twoarm.report.safety import safety_figure
from twoarm.report.subgroups import within_arms
from twoarm.report.survival import other_curves
from twoarm.report.variable_methods import definitions
from twoarm.text.provenance import prose


def further(run: Run) -> list[Section]:
    """The sections of the appendix before the provenance, in the order of the paper's part."""
    sections = [
        definitions(run),
        only("exclusions", "Exclusions by arm", run.table("attrition")),
        missing(run),
        only("overlap", "Overlap of the arms", score_overlap(run)),
        only("other_survival", "Survival of other patients", other_curves(run)),
        only("courses", "Response and course of each patient", _courses(run)),
        only("within_arms", "Subgroups within the arms", within_arms(run)),
        only("forests", "Prognostic factors as forest plots", forests(run)),
        only("events", "Adverse events as a figure", safety_figure(run)),
        diagnostics(run),
    ]
    return [section for section in sections if section]


def _courses(run: Run) -> list[Figure | Heading]:
    """Each patient's best change, change over time and course by each criterion, and how the criteria agree."""
    whom, blocks = run.main.inside_sentence, []
    for criterion in run.criteria:
        named = run.criterion(criterion)
        blocks += run.figure(
            f"waterfall_{criterion}",
            prose("Best change of the target lesions by {criterion}, {whom}", criterion=named, whom=whom),
            ["Bars are coloured by best response."],
            "Waterfall plot for each arm: bars from the largest growth to the largest shrinkage of the sum of target "
            "lesions, coloured by best response.",
        )
        blocks += run.figure(
            f"spider_{criterion}",
            prose("Change of the target lesions over time by {criterion}, {whom}", criterion=named, whom=whom),
            ["Lines are coloured by best response."],
            "Spider plot for each arm: lines for the change of the sum of target lesions from baseline over time, "
            "coloured by best response.",
        )
        blocks += run.figure(
            f"swimmer_{criterion}",
            prose("Course of each patient by {criterion}, {whom}", criterion=named, whom=whom),
            ["Bars are coloured by the response at the time."],
            "Swimmer plot for each arm: bars for the time under observation, with response, progression and death.",
        )
    blocks += run.figure(
        "discordance",
        "Best response by one criterion and by the other",
        prose("Patients of each arm by their best response by each criterion, {whom}.", whom=whom),
        "Matrix of patients by best response by each of the two criteria, for each arm.",
    )
    return blocks
