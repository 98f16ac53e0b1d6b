"""The sections of the paper's part, in order, for the report and the manuscript."""

from twoarm.report.diagnostics import robustness
from twoarm.report.document import Section
from twoarm.report.imputation import of_first_data_set, pooled
from twoarm.report.methods import methods
from twoarm.report.patients import balance, baseline, design, flow
from twoarm.report.prognosis import prognosis
from twoarm.report.response import outcomes, response
from twoarm.report.run import Run
from twoarm.report.safety import safety
from twoarm.report.subgroups import subgroups
from twoarm.report.survival import survival

RESULTS = [
    flow, baseline, balance,
    survival, response, outcomes, subgroups, prognosis, safety, pooled, robustness,
]  # fmt: skip


def results_of(run: Run) -> list[Section]:
    """The results that the run has."""
    return [of_first_data_set(run, section) for make in RESULTS if (section := make(run))]


def paper_of(run: Run) -> list[Section]:
    """The design, the results and the methods."""
    return [design(run), *results_of(run), methods(run)]
