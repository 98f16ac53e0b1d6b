"""The yes/no outcomes of a study: a flag, or a variable and its values that are the outcome, as in endpoints.

Snakemake imports it at start-up, so it imports little.
"""

from collections.abc import Mapping

from twoarm.config.endpoints import event_errors, event_of
from twoarm.config.references import UNDATED, known
from twoarm.config.response_criteria import response_variables


def outcome_variables(config: Mapping) -> set[str]:
    """The variables that hold outcomes: yes/no outcomes and ready-made responses. They are known after the start."""
    return {*map(event_of, config.get("outcomes", {}).values()), *response_variables(config.get("response", {}))}


def outcome_errors(config: dict) -> list[str]:
    """Errors in the variables of `outcomes` and in their values."""
    errors = []
    for name, outcome in config.get("outcomes", {}).items():
        key, variable = f"outcomes.{name}", event_of(outcome)
        kinds = UNDATED if isinstance(outcome["event"], Mapping) else ("flag",)
        unfit = known(config, f"{key}.event", [variable], kinds)
        errors += unfit or event_errors(key, outcome, config["variables"], config["data"])
    return errors
