"""A sound config as every rule, and the report, reads it: with kinds, defaults, names and added criteria."""

from twoarm.config.derived import completed
from twoarm.config.filled_in import fill_in
from twoarm.config.schema import fill_in_defaults
from twoarm.config.sources import share_patients_table


def prepare(config: dict) -> None:
    """Prepare a config without errors (protocol.protocol_errors), in place.

    Raises jsonschema's ValidationError if it does not fit the schema.
    """
    share_patients_table(config["data"])
    config.update(completed(config))  # derived variables have a kind like others
    fill_in_defaults(config)
    fill_in(config)
