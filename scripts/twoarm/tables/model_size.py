"""The size of the multivariable model: its events and patients, and whether there are too few events."""

from twoarm.config.keys import OVERALL
from twoarm.config.populations import Population
from twoarm.results.values import Found, Values
from twoarm.tables.cells import things
from twoarm.text.provenance import Piece, Sourced, prose

NO_MODEL = "No variable entered the multivariable model."


def model_size(values: Values, population: Population) -> list[Piece]:
    """`Multivariable model: 99 events in 168 patients.`, with a remark on few events; or why it has no numbers.

    values: the statistics of prognosis; population: of these statistics.
    """
    events, total = _found(values, population, "events"), _found(values, population, "total")
    if not events.key:
        return [NO_MODEL]
    if events.masked and total.masked:
        return ["The multivariable model's numbers of events and patients are masked."]
    few = too_few(values, population)
    return prose(
        "Multivariable model: {events} in {total}{few}.",
        events=things(events, "event"),
        total=things(total, "patient"),
        few=[", ", *few] if few else "",
    )


def too_few(values: Values, population: Population) -> list[Piece]:
    """`fewer than 10 events for each of 5 coefficients`, from fit_prognosis; empty if there are enough or if masked."""
    events = _found(values, population, "events")
    source = f"note of {events.key[0]}.csv" if events.key else ""
    return [Sourced(events.note, source)] if events.note and not events.masked else []


def _found(values: Values, population: Population, statistic: str) -> Found:
    key = {"population": population.name, "group": OVERALL}
    return values.find(statistic, ("cox_multivariable",), **key)
