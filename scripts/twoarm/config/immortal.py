"""Where immortal time may arise: values known only for patients who lived long enough, found from the config alone.

A patient with a value measured after treatment start must have lived until then, so that time is guaranteed to them
(Suissa, Am J Epidemiol 2008;167:492-9). Statistics, report and terminal use the same words.
"""

from collections.abc import Iterator, Mapping

from twoarm.config.criteria import names
from twoarm.config.endpoints import events_of
from twoarm.config.outcomes import outcome_variables
from twoarm.config.prognosis import variables_of_models
from twoarm.config.subgroups import subgroups_of

# The note beside the numbers of such a variable.
NOTE = "measured after treatment start: only patients who lived long enough have a value (immortal time)"


def is_later(variable: Mapping) -> bool:
    """Whether a variable is measured after treatment start. variable: its config."""
    return variable.get("timing") == "post_baseline"


def later_variables(protocol: Mapping) -> set[str]:
    """The variables that depend on what happened after treatment start, as the config says.

    That is: an endpoint's event, time or censoring date, a yes/no outcome, a ready-made response, a date that ends
    observation, or a variable that is measured after treatment start.
    """
    later = {name for name, variable in protocol["variables"].items() if _ends(variable) or is_later(variable)}
    for endpoint in protocol.get("endpoints", {}).values():
        later |= {*events_of(endpoint), *(endpoint.get(part) for part in ("censor", "time"))}
    return later | outcome_variables(protocol)


def later_in_prognosis(protocol: Mapping) -> list[str]:
    """The prognosis variables that are measured after treatment start."""
    return [name for name in variables_of_models(protocol) if is_later(protocol["variables"][name])]


def later_subgroups(protocol: Mapping) -> list[str]:
    """The subgroups whose variable is measured after treatment start."""
    return [
        name
        for name, subgroup in subgroups_of(protocol).items()
        if is_later(protocol["variables"][subgroup.settings["variable"]])
    ]


def later_criteria(protocol: Mapping) -> Iterator[tuple[str, Mapping]]:
    """The criteria with a later variable (see later_variables), each with its kind, inclusion or exclusion."""
    later = later_variables(protocol)
    for kind, verb in (("inclusion", "keep"), ("exclusion", "drop")):
        for criterion in protocol.get("eligibility", {}).get(kind, []):
            if later & set(names(criterion[verb])):
                yield kind, criterion


def _ends(variable: Mapping) -> bool:
    return bool(variable.get("ends_observation"))
