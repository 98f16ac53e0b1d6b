"""The result of the proportional-hazards test of the multivariable model, in words for a table or a figure."""

from twoarm.config.populations import Population
from twoarm.results.values import Values
from twoarm.tables.cells import p_words
from twoarm.text.provenance import Piece, prose
from twoarm.text.rounding import ALPHA


def proportional_note(values: Values, population: Population, labels: dict[str, str]) -> list[Piece]:
    """One sentence about the multivariable model; empty if nothing was tested.

    values: the statistics of prognosis, with the rows of `cox_zph`; population: of these statistics; labels:
    {variable: printed label}.
    """
    rows = [row for row in values.rows(method="cox_zph", statistic="p_value") if row.value == row.value]
    if not rows:
        return []
    key = {"population": population.name, "group": "overall"}
    whole = values.find("p_value", ("cox_zph",), variable="global", **key)
    tested = prose(" (global {p})", p=p_words(whole)) if whole.value == whole.value else ""
    doubtful = [row.variable for row in rows if row.value < ALPHA and row.variable != "global"]
    named = ", ".join(labels.get(name, name) for name in doubtful)
    verdict = f"doubtful for {named}" if named else "not doubtful for any variable"
    text = "Proportional hazards in the multivariable model{tested}: {verdict}."
    return prose(text, tested=tested, verdict=verdict)
