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
from twoarm.report.weighted import unweighted
from twoarm.results.wording import BARS_NOTE, COUNTS_NOTE
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
    whom, bars, blocks = run.main.inside_sentence, unweighted(run, BARS_NOTE), []
    for criterion in run.criteria:
        named = run.criterion(criterion)
        blocks += run.figure(
            f"waterfall_{criterion}",
            prose("Best change of the target lesions by {criterion}", criterion=named),
            [*prose("One bar per patient ({whom}), coloured by best response.", whom=whom), *bars],
            "Waterfall plot for each arm: bars from the largest growth to the largest shrinkage of the sum of target "
            "lesions, coloured by best response.",
        )
        blocks += run.figure(
            f"spider_{criterion}",
            prose("Change of the target lesions over time by {criterion}", criterion=named),
            [*prose("One line per patient ({whom}) up to progression, coloured by best response.", whom=whom), *bars],
            "Spider plot for each arm: lines for the change of the sum of target lesions from baseline over time, "
            "coloured by best response.",
        )
        blocks += run.figure(
            f"swimmer_{criterion}",
            prose("Course of each patient by {criterion}", criterion=named),
            [*prose("One bar per patient ({whom}), from treatment start to the end of observation.", whom=whom), *bars],
            "Swimmer plot for each arm: bars for the time under observation, with response, progression and death.",
        )
    blocks += run.figure(
        "discordance",
        "Best response by one criterion and by the other",
        ["Patients in the boxes have the same response by both criteria.", *unweighted(run, COUNTS_NOTE)],
        "Matrix of patients by best response by each of the two criteria, for each arm.",
    )
    return blocks
