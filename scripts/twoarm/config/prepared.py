"""A sound config as every rule, and the report, reads it: with kinds, defaults, names and added criteria."""

from snakemake.utils import validate

from twoarm.config.derived import completed
from twoarm.config.filled_in import fill_in
from twoarm.config.sources import share_patients_table


def prepare(config: dict, schema_file: str) -> None:
    """Prepare a config without errors (protocol.protocol_errors), in place.

    Raises snakemake's WorkflowError if it does not fit the schema.
    """
    share_patients_table(config["data"])
    config.update(completed(config))  # derived variables have a kind like others
    validate(config, schema_file)  # fills in the defaults
    fill_in(config)
