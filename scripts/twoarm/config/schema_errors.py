"""Errors in a config's structure, from its schema, in words: the key, what was found, what was expected."""

from jsonschema import Draft202012Validator

from twoarm.text.echo import closest_names, listed, shown

# The schema's regular expressions in words.
PATTERNS = {
    "^[a-z][a-z0-9_]*$": "a name of lower-case letters, digits and _ that begins with a letter",
    "^[A-Za-z_][A-Za-z0-9_]*$": "a name of letters, digits and _ that does not begin with a digit",
    "^[A-Za-z0-9][A-Za-z0-9_.-]*$": "a name of letters, digits, _, . and -",
    "^[0-9]*\\.?[0-9]+ ?SD$": "a number above 0, alone (in the variable's unit) or with SD, such as 0.2 SD",
    "^\\d{4}-\\d{2}-\\d{2}$": 'a day written "YYYY-MM-DD"',
}
UNKNOWN = ("additionalProperties", "unevaluatedProperties")
BOUNDS = ("minimum", "exclusiveMinimum", "maximum")  # such a number is of the right type


def schema_errors(config: dict, schema: dict) -> tuple[list[str], bool]:
    """Every error in the structure, and whether names and values can still be checked.

    They can if the only errors are unknown keys and numbers out of bounds.
    """
    found = sorted(Draft202012Validator(schema).iter_errors(config), key=lambda error: list(map(str, error.path)))
    alternatives = {tuple(error.absolute_path) for error in found if error.validator == "oneOf"}
    errors = []
    for error in found:
        undecided = error.validator == "unevaluatedProperties" and tuple(error.absolute_path) in alternatives
        errors += _errors(error, schema, undecided)
    sound = all(error.validator in UNKNOWN + BOUNDS for error in found)
    return list(dict.fromkeys(errors)), sound


def unknown(name: str, known, what: str = "unknown key") -> str:
    """Say that a name is unknown, and suggest the closest known name or list all of them."""
    known = list(map(str, known))
    close = closest_names(str(name), known)
    return f"{what} {shown(name)}; " + (f"did you mean {close[0]!r}?" if close else f"known: {listed(known)}")


def _errors(error, schema: dict, undecided: bool = False) -> list[str]:
    """The messages for one error of the validator.

    undecided: the value fits none of several forms, so a key of any form may be meant.
    """
    path = ".".join(map(str, error.absolute_path))
    key, prefix = path or "the config", f"{path}." if path else ""
    if "propertyNames" in error.absolute_schema_path:
        return [f"{key}: found the name {shown(error.instance)}; expected {expected(error.schema)}"]
    match error.validator:
        case "additionalProperties" | "unevaluatedProperties":
            return _unknown_keys(error, schema, prefix, undecided)
        case "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            return [f"{key}: the key {name} is missing" for name in missing]
        case "not":
            return [f"{key}: {error.schema['description']}"]
        case "oneOf" if any("required" in form for form in error.validator_value):
            return _form_errors(error, schema, key)
        case "oneOf" if isinstance(error.instance, dict | list) and (form := _of_its_kind(error)) is not None:
            return [text for part in error.context if part.schema_path[0] == form for text in _errors(part, schema)]
        case "uniqueItems":
            twice = [item for place, item in enumerate(error.instance) if item in error.instance[:place]]
            return [f"{key}: found {shown(twice[0])} twice; expected each once"]
        case "minItems" | "maxItems" | "minProperties":
            return [f"{key}: found {len(error.instance)} values; expected {expected(error.schema)}"]
    return [f"{key}: found {_found(error.instance)}; expected {expected(error.schema)}{_hint(error)}"]


def _found(value) -> str:
    return "nothing" if value is None else str(value).lower() if isinstance(value, bool) else shown(value)


def _hint(error) -> str:
    """How to write what was meant, where YAML read it as something else."""
    text, kinds = error.instance, kinds_of(error.schema)
    if error.validator == "type" and "string" in kinds and not isinstance(text, dict | list | None):
        return ": put it in quotes"
    if error.validator == "type" and isinstance(text, str) and {"number", "integer"} & set(kinds):
        try:
            return f": write {float(text):.15f}".rstrip("0").rstrip(".") + " without quotes"
        except ValueError:
            return ""
    return ""


def kinds_of(schema: dict) -> list[str]:
    """The types that `type` in a part of the schema allows, by JSON schema's names."""
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


def expected(schema: dict) -> str:
    """What a part of the schema expects, in words."""
    if "const" in schema:
        return f"{schema['const']}"
    if "enum" in schema:
        return f"one of {listed(schema['enum'])}"
    if "oneOf" in schema and "type" not in schema:
        return " or ".join(dict.fromkeys(expected(form) for form in schema["oneOf"]))
    if "pattern" in schema:
        return PATTERNS[schema["pattern"]] + (
            f", at most {schema['maxLength']} characters" if "maxLength" in schema else ""
        )
    return " or ".join(_words(kind, schema) for kind in kinds_of(schema)) or "another value"


def _words(kind: str, schema: dict) -> str:
    """A type in words, with the bounds that the schema sets."""
    if kind in ("number", "integer"):
        word = "a number" if kind == "number" else "a whole number"
        low, above, high = (schema.get(bound) for bound in ("minimum", "exclusiveMinimum", "maximum"))
        parts = [f"of {low} or more" if low is not None else "", f"above {above}" if above is not None else ""]
        return " ".join([word, *filter(None, [*parts, f"up to {high}" if high is not None else ""])])
    if kind == "array":
        low, high = schema.get("minItems"), schema.get("maxItems")
        count = "" if low is None else f" of {low}" if low == high else f" of at least {low}"
        return f"a list{count}"
    if kind == "string":
        return "a text" + (" of one character" if schema.get("maxLength") == 1 else "")
    if kind == "object":
        names = schema.get("propertyNames", {}).get("enum") or list(schema.get("properties", {}))
        return "keys with values" + (f" ({listed(names)})" if names else "")
    return {"boolean": "true or false", "null": "null"}[kind]


def _properties(schema: dict, root: dict) -> dict[str, dict]:
    """The keys that a part of the schema knows, including those of the definition that it refers to."""
    reference = schema.get("$ref", "").rpartition("/")[2]
    return {**(_properties(root["$defs"][reference], root) if reference else {}), **schema.get("properties", {})}


def _unknown_keys(error, root: dict, prefix: str, undecided: bool) -> list[str]:
    """Unknown keys, and keys that belong to another form than the value has."""
    forms = error.schema.get("oneOf", [])
    own = _properties(error.schema, root)
    known = own | {name: part for form in forms for name, part in form["properties"].items()}
    errors = [f"{prefix}{_key(name)}: {unknown(name, known)}" for name in error.instance if name not in known]
    if forms and not undecided:
        form = _meant(forms, error.instance)
        others = [name for name in error.instance if name in known and name not in own | form["properties"]]
        errors += [f"{prefix}{name}: it cannot be combined with {', '.join(form['required'])}" for name in others]
    return errors


def _key(name) -> str:
    return shown(name)[1:-1] if isinstance(name, str) else shown(name)


def _meant(forms: list[dict], instance: dict) -> dict:
    """The form that shares most keys with a value."""
    return max(
        forms, key=lambda form: ("properties" in form, sum(name in instance for name in form.get("properties", ())))
    )


def _of_its_kind(error) -> int | None:
    """The place of the only form that is a list (or has keys), as the value is; None if there is no such form."""
    kind = "object" if isinstance(error.instance, dict) else "array"
    places = [place for place, form in enumerate(error.validator_value) if kind in kinds_of(form)]
    return places[0] if len(places) == 1 else None


def _form_errors(error, root: dict, key: str) -> list[str]:
    """Errors of a value that fits none of several forms (those of the closest form), or that fits two."""
    forms = error.validator_value
    if not isinstance(error.instance, dict):
        return [f"{key}: found {_found(error.instance)}; expected {expected({'oneOf': forms})}"]
    if not error.context:
        return [f"{key}: expected either {' or '.join(', '.join(form['required']) for form in forms)}, not both"]
    nearest = forms.index(_meant(forms, error.instance))
    return [error for part in error.context if part.schema_path[0] == nearest for error in _errors(part, root)]
