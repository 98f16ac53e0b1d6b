"""The schema of configs (workflow/schemas): reading it, and filling in its defaults."""

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator, validators

SCHEMA = Path(__file__).parents[3] / "workflow/schemas/config.schema.yaml"
# libyaml reads the schema in a sixth of the time, which every start of Snakemake pays; not every PyYAML has it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def read_schema() -> dict:
    """The schema; read only."""
    return yaml.load(SCHEMA.read_text(encoding="utf-8"), LOADER)


def fill_in_defaults(config: dict) -> None:
    """Give a config the defaults of the schema, in place, as snakemake.utils.validate does, which is slower.

    Raises jsonschema's ValidationError if the config does not fit the schema.
    """
    _validator()(read_schema()).validate(config)


@cache
def _validator() -> type:
    """A validator that fills in defaults (jsonschema's FAQ)."""
    check = Draft202012Validator.VALIDATORS["properties"]

    def fill_in(validator, properties: Mapping, instance, schema: Mapping):
        if validator.is_type(instance, "object"):
            for name, part in properties.items():
                if "default" in part:
                    instance.setdefault(name, deepcopy(part["default"]))
        yield from check(validator, properties, instance, schema)

    return validators.extend(Draft202012Validator, {"properties": fill_in})
