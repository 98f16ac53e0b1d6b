"""Values of `snakemake --config`: Snakemake passes nested values as text; here they get the schema's types."""

from collections.abc import Iterator, Mapping

import yaml

from twoarm.config.config_file import read_yaml
from twoarm.config.schema_errors import kinds_of
from twoarm.text.echo import shown

ALTERNATIVES = ("oneOf", "anyOf", "allOf")
KINDS = {dict: "object", list: "array", bool: "boolean", int: "integer", float: "number", type(None): "null"}


def read_given(given: Mapping, schema: dict) -> tuple[dict, list[str]]:
    """The values of `--config` with the types that the schema wants, and an error for each text that is not YAML.

    given: as Snakemake parsed them: in `matching={caliper: 0.1}` the caliper is the text '0.1'. A text stays a text
    where the schema wants a text; the schema check decides later whether a value is right.
    """
    errors: list[str] = []

    def typed(value, place: tuple[str, ...], forms: list[dict]):
        if isinstance(value, Mapping):
            return {key: typed(part, (*place, key), _below(forms, key, schema)) for key, part in value.items()}
        if isinstance(value, list):
            items = [part for form in forms if "items" in form for part in _forms(form["items"], schema)]
            return [typed(part, (*place, str(number)), items) for number, part in enumerate(value)]
        kinds = {kind for form in forms for kind in _kinds(form)}
        if not isinstance(value, str) or kinds <= {"string"}:
            return value
        read, wrong = read_yaml(value, f"--config {'.'.join(place)}", f"found {shown(value)}, which")
        if isinstance(read, dict | list) and not wrong:
            return typed(yaml.load(value, yaml.BaseLoader), place, forms)  # as text, as Snakemake would pass it
        if "string" in kinds and (wrong or KINDS.get(type(read)) not in kinds):
            return value
        errors.extend(wrong)
        return read

    return {key: typed(value, (key,), _below([schema], key, schema)) for key, value in given.items()}, errors


def _below(forms: list[dict], key: str, schema: dict) -> list[dict]:
    """The parts of the schema that may describe a key's value. forms: the parts that may contain the key."""
    found = []
    for form in forms:
        part = form.get("properties", {}).get(key, form.get("additionalProperties"))
        found += _forms(part, schema) if isinstance(part, dict) else []
    return found


def _forms(part: dict, schema: dict) -> Iterator[dict]:
    """A part of the schema, its alternatives, and the definitions that they refer to."""
    yield part
    if "$ref" in part:
        yield from _forms(schema["$defs"][part["$ref"].rpartition("/")[2]], schema)
    for form in [form for name in ALTERNATIVES for form in part.get(name, [])]:
        yield from _forms(form, schema)
    for form in [part[name] for name in ("then", "else") if name in part]:
        yield from _forms(form, schema)


def _kinds(form: dict) -> set[str]:
    """The JSON schema types that a part of the schema allows; `number` includes `integer`."""
    values = form.get("enum", [form["const"]] if "const" in form else [])
    kinds = {*kinds_of(form), *(KINDS.get(type(value), "string") for value in values)}
    return kinds | ({"integer"} if "number" in kinds else set())
