"""The event of an endpoint with ready-made columns: a flag, or a state and its values that are events.

Snakemake imports it at start-up, so it imports little.
"""

from collections.abc import Iterator, Mapping

from twoarm.config.levels import FLAG, FLAG_LEVELS, declared_words, raw_number
from twoarm.text.echo import listed, shown


def event_of(endpoint: Mapping) -> str:
    """The variable that holds the event of an endpoint with ready-made columns."""
    event = endpoint["event"]
    return event["variable"] if isinstance(event, Mapping) else event


def events_of(endpoint: Mapping) -> list[str]:
    """The events of an endpoint of either form: its date variables and progressions, or its one variable."""
    return endpoint["events"] if "events" in endpoint else [event_of(endpoint)]


def primary_of(config: Mapping) -> str:
    """The primary endpoint: `study.primary`, else the first; empty if the study has none."""
    return config["study"].get("primary") or next(iter(config["endpoints"]), "")


def primary_first(config: Mapping) -> list[str]:
    """The endpoints in the order of a report: the primary one, then the others in the config's order."""
    return [name for name in dict.fromkeys([primary_of(config), *config["endpoints"]]) if name]


def follow_up_endpoint(config: Mapping) -> str:
    """The endpoint whose censoring tells how long patients were followed; empty if the study has none.

    It is the first that does not end at progression, the primary one before the others: a patient's follow-up for
    progression ends at the last tumour assessment, not at the last contact.
    """
    endpoints = config["endpoints"]
    early = {
        name for name in endpoints if any(event.startswith("progression:") for event in events_of(endpoints[name]))
    }
    return next((name for name in primary_first(config) if name not in early), primary_of(config))


def event_values(endpoint: Mapping, variables: Mapping, data: Mapping) -> list[str | float] | None:
    """The values of the enrolled patients that are events: printed levels or numbers; None for a flag or 1 and 0.

    variables, data: the config's. A value in the config may be the raw one or the printed level.
    """
    event = endpoint.get("event")
    if not isinstance(event, Mapping):
        return None
    variable = variables[event["variable"]]
    if variable["kind"] == "continuous":
        return [raw_number(value) for value in _values(event)]
    levels = _levels(variable, data)
    return [levels.get(value, value) for value in _written(event, variable)]


def event_errors(key: str, endpoint: Mapping, variables: Mapping, data: Mapping) -> list[str]:
    """Errors in `event: {variable, value}`: values that the variable does not have, or that share a printed level.

    key: of the endpoint; variables, data: the config's. A level that joins an event with another raw value cannot tell
    them apart.
    """
    event = endpoint["event"]
    if not isinstance(event, Mapping):
        return []
    variable, errors = variables[event["variable"]], []
    if variable["kind"] == "continuous":
        wrong = [value for value in _values(event) if raw_number(value) is None]
        return [
            f"{key}.event.value: found {shown(value)}; expected a number, as {event['variable']} is" for value in wrong
        ]
    levels = _levels(variable, data)
    for value in _written(event, variable):
        if value not in levels and value not in levels.values():
            expected = f"expected one of {listed(dict.fromkeys([*levels, *levels.values()]))}"
            errors.append(
                f"{key}.event.value: found {shown(value)}, which {event['variable']} does not have; {expected}"
            )
        elif beside := [raw for raw in _beside(value, variable.get("levels", {})) if raw not in _values(event)]:
            errors.append(
                f"{key}.event.value: {event['variable']} prints {listed([value, *beside])} as one level; "
                f"list them all, or give each a level of its own"
            )
    return errors


def _beside(value: str, levels: Mapping[str, str]) -> Iterator[str]:
    """The other raw values with the printed level of a raw value; none for a printed level."""
    return (raw for raw, level in levels.items() if value in levels and raw != value and level == levels[value])


def _values(event: Mapping) -> list[str]:
    return [event["value"]] if isinstance(event["value"], str) else list(event["value"])


def _written(event: Mapping, variable: Mapping) -> list[str]:
    """The values in the config as `_levels` has them: the words of a flag have no case."""
    return [value.casefold() if variable["kind"] == "flag" else value for value in _values(event)]


def _levels(variable: Mapping, data: Mapping) -> dict[str, str]:
    """Raw values and their printed levels."""
    if variable["kind"] == "flag":
        return {word: FLAG_LEVELS[truth] for word, truth in (FLAG | declared_words(data, variable)).items()}
    return dict(variable["levels"])
