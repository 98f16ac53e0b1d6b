"""The steps of backward elimination in words, for a table or the report."""

from twoarm.results.values import Values
from twoarm.results.wording import REMOVED
from twoarm.text.provenance import Piece, Sourced, joined, prose


def removed_note(values: Values, labels: dict[str, str]) -> list[Piece]:
    """`Backward elimination removed, in this order: Age, Sex.`; that it removed none, or is masked; empty without it.

    values: the statistics of prognosis; labels: {variable: printed label}.
    """
    steps = [step for step in values.rows(method="cox_backward") if step.level]
    if not steps:
        return []
    if any(step.masked for step in steps):
        return prose("The steps of backward elimination are masked.")
    removed = [
        [Sourced(labels.get(step.variable, "Treatment"), f"step {step.level} of {step.analysis}.csv")]
        for step in steps
        if step.note == REMOVED
    ]
    if not removed:
        return prose("Backward elimination removed no variable.")
    return prose("Backward elimination removed, in this order: {removed}.", removed=joined(removed, last=", "))
