"""Levels of variables inside sentences."""

from twoarm.config.levels import is_bare, printed_levels
from twoarm.report.run import Run
from twoarm.text.provenance import Piece, Sourced


def level_of(run: Run, variable: str, level: str) -> list[Piece]:
    """A level by its text; where a level of the variable is only yes, no or a number, with what it is about.

    `stage B`, but `metastases: yes`.
    """
    shown = Sourced(level, f"config: variables.{variable}.levels")
    if not any(is_bare(printed) for printed in printed_levels(run.protocol["variables"][variable])):
        return [shown]
    return [run.lower(run.variable(variable)), ": ", run.lower(shown)]
