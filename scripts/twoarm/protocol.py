"""Checks of a study's config before anything runs: against the schema, and of what a schema cannot say.

Snakemake calls it at start-up, so it imports little; every fault is found in one go.
"""

from difflib import get_close_matches
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

from twoarm.criteria import CriterionError, mismatches, names
from twoarm.keys import key_faults
from twoarm.levels import CONDITION, is_numeric, raw_number

# Names in the key `variable` of the tidy tables, or columns of the tables of patients, that mean something else.
RESERVED = {"patient_id", "arm", "row", "logit", "intercept", "global"}
OUTCOME = {"time", "event", "endpoint"}  # columns of an endpoint, beside which a Cox model sets its variables
TESTS = {
    "continuous": {"welch", "student", "mann_whitney"},
    "categorical": {"auto", "pearson", "yates", "fisher"},
}


def protocol_faults(config: dict, schema: dict) -> list[str]:
    """Every fault of a config, one text each: the key, what was found, what was expected.

    What the schema cannot say (names that must exist, files, criteria) is checked once the structure is right,
    or wrong by unknown keys alone.
    """
    errors = sorted(Draft202012Validator(schema).iter_errors(config), key=lambda error: list(map(str, error.path)))
    faults = _keys_that_are_no_text(config) + [text for error in errors for text in _schema_fault(error)]
    if all(error.validator in ("additionalProperties", "unevaluatedProperties") for error in errors):
        for check in (
            _braces,
            _files,
            _identifier,
            _arms,
            _variables,
            _criteria,
            _matching,
            _baseline,
            _endpoints,
            _analyses,
            _safety,
            key_faults,
        ):
            faults += check(config)
    return faults


def _keys_that_are_no_text(part, path: str = "the config") -> list[str]:
    """Keys that YAML reads as a number, or yes and no as true and false: no value of a table equals them."""
    if isinstance(part, list):
        return [fault for item in part for fault in _keys_that_are_no_text(item, path)]
    if not isinstance(part, dict):
        return []
    faults = [f"{path}: the key {key} is no text; put it in quotes" for key in part if not isinstance(key, str)]
    inside = "" if path == "the config" else f"{path}."
    return faults + [fault for key in part for fault in _keys_that_are_no_text(part[key], f"{inside}{key}")]


def repeated_keys(text: str) -> list[str]:
    """Keys that a YAML text gives twice, of which a reader of YAML would silently keep the last."""
    faults, nodes = [], [("", yaml.compose(text, Loader=yaml.SafeLoader))]
    while nodes:
        path, node = nodes.pop()
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            faults += [f"{path}{key}: the key stands twice" for key in dict.fromkeys(keys) if keys.count(key) > 1]
            nodes += [(f"{path}{key.value}.", value) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            nodes += [(f"{path}{place}.", value) for place, value in enumerate(node.value)]
    return faults


def _schema_fault(error) -> list[str]:
    key = ".".join(str(part) for part in error.absolute_path) or "the config"
    if error.validator == "additionalProperties" and error.schema.get("additionalProperties") is False:
        known = list(error.schema.get("properties", {}))
        prefix = f"{key}." if error.absolute_path else ""
        return [f"{prefix}{name}: {_unknown(name, known)}" for name in error.instance if name not in known]
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return [f"{key}: the key {name} is missing" for name in missing[:1]]
    found = error.instance if not isinstance(error.instance, dict | list) else "a value"
    quotes = ": put it in quotes" if error.validator_value == "string" and isinstance(found, int | float) else ""
    return [f"{key}: found {found!r}; {error.message}{quotes}"]


def _unknown(name: str, known, what: str = "unknown key") -> str:
    known = list(map(str, known))
    close = get_close_matches(str(name), known, n=1)
    return f"{what} {name!r}" + (f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}")


def _braces(part, path: str = "") -> list[str]:
    """Texts with braces, in which Snakemake would look for a wildcard."""
    if isinstance(part, str):
        return [f"{path}: found {part!r}; braces are Snakemake's own, write ( and )"] if set("{}") & set(part) else []
    if isinstance(part, list):
        return [fault for place, item in enumerate(part) for fault in _braces(item, f"{path}.{place}")]
    if not isinstance(part, dict):
        return []
    faults = [fault for key in part for fault in _braces(key, path)]
    return faults + [fault for key in part for fault in _braces(part[key], f"{path}.{key}".lstrip("."))]


def _files(config: dict) -> list[str]:
    paths = {f"data.{key}": config["data"].get(key) for key in ("patients", "lesions", "adverse_events")}
    paths["published"] = config.get("published")
    return [f"{key}: there is no file {path}" for key, path in paths.items() if path and not Path(path).is_file()]


def _identifier(config: dict) -> list[str]:
    """Keys that take the patient's identifier for another column: its values would stand in messages and tables."""
    columns = {"arms.column": config["arms"]["column"], "data.centre": config["data"].get("centre")}
    for name, variable in config["variables"].items():
        columns[f"variables.{name}.column"] = variable.get("column", name)
    return [
        f"{key}: {column} identifies the patient and would be printed; name another column"
        for key, column in columns.items()
        if column == config["data"]["id"]
    ]


def _arms(config: dict) -> list[str]:
    values = [config["arms"][arm]["value"] for arm in ("treated", "control")]
    faults = [f"arms: both arms have the value {values[0]!r}"] if values[0] == values[1] else []
    return faults + [
        f"arms.{arm}.value: 'overall' stands for both arms together; write another into the table"
        for arm, value in zip(("treated", "control"), values, strict=True)
        if value == "overall"
    ]


def _variables(config: dict) -> list[str]:
    faults = []
    for name, variable in config["variables"].items():
        if name in RESERVED:
            faults.append(f"variables.{name}: the name is the workflow's own; take another and name the `column`")
        levels = list(variable.get("levels", {}).values()) or ["Yes", "No"]
        if "reference" in variable and variable["reference"] not in levels:
            faults.append(f"variables.{name}.reference: {_unknown(variable['reference'], levels, 'no level')}")
        if variable["kind"] == "categorical" and len(set(levels)) < 2:
            faults.append(f"variables.{name}.levels: one printed level only; a categorical variable needs two")
        raw = variable.get("levels", {})
        if any(CONDITION.match(str(value)) for value in raw) and not is_numeric(variable):
            texts = [value for value in raw if not CONDITION.match(str(value)) and raw_number(value) is None]
            faults.append(f"variables.{name}.levels: conditions on a number beside the text {', '.join(texts)}")
        if "range" in variable and not is_numeric(variable):
            faults.append(f"variables.{name}.range: only numbers have a range")
        low, high = variable.get("range", (0, 1))
        if low >= high:
            faults.append(f"variables.{name}.range: {low} is not below {high}")
    return faults


def _criteria(config: dict) -> list[str]:
    faults, seen = [], set()
    for group, verb in (("inclusion", "keep"), ("exclusion", "drop")):
        for criterion in config["eligibility"].get(group, []):
            key = f"eligibility.{group}.{criterion['id']}"
            if criterion["id"] in seen:
                faults.append(f"{key}: the id is used twice")
            seen.add(criterion["id"])
            try:
                named = names(criterion[verb])
                wrong = mismatches(criterion[verb], config["variables"])
            except CriterionError as error:
                faults.append(f"{key}: the criterion {criterion[verb]!r} cannot be read: {error}")
            else:
                faults += _known(config, key, named)
                faults += [f"{key}: the criterion {criterion[verb]!r} cannot hold as meant: {text}" for text in wrong]
    return faults


def _known(config: dict, key: str, named: list[str], kinds: tuple[str, ...] = ()) -> list[str]:
    """Faults of names that are no variable, or a variable of another kind than is needed."""
    variables = config["variables"]
    faults = [f"{key}: {_unknown(name, variables, 'no variable')}" for name in named if name not in variables]
    if kinds:
        faults += [
            f"{key}: {name} is {variables[name]['kind']}; needed is {' or '.join(kinds)}"
            for name in named
            if name in variables and variables[name]["kind"] not in kinds
        ]
    return faults


def _matching(config: dict) -> list[str]:
    if "propensity" not in config:
        unused = ["matching: nobody is matched without propensity.covariates"] if "matching" in config else []
        return unused + [
            f"{key}.population: nobody is matched, for the config has no propensity model"
            for key, part in _parts_with_population(config)
            if part.get("population") == "matched"
        ]
    covariates, exact = config["propensity"]["covariates"], config.get("matching", {}).get("exact", [])
    faults = _known(config, "propensity.covariates", covariates, ("continuous", "categorical", "flag"))
    faults += _known(config, "matching.exact", exact, ("categorical", "flag"))
    for key, named in (("propensity.covariates", covariates), ("matching.exact", exact)):
        faults += [
            f"{key}: {name} is measured after treatment start (timing: post_baseline); what the treatment may have "
            f"changed cannot stand in the propensity model"
            for name in named
            if config["variables"].get(name, {}).get("timing") == "post_baseline"
        ]
    return faults


def _parts_with_population(config: dict):
    yield from ((f"subgroups.{name}", part) for name, part in config.get("subgroups", {}).items())
    if "prognosis" in config:
        yield "prognosis", config["prognosis"]


def _baseline(config: dict) -> list[str]:
    if "baseline" not in config:
        return []
    baseline = config["baseline"]
    faults = _known(config, "baseline.variables", baseline["variables"], ("continuous", "categorical", "flag"))
    for name, test in baseline.get("tests", {}).items():
        if name not in baseline["variables"]:
            faults.append(f"baseline.tests.{name}: {_unknown(name, baseline['variables'], 'not in the table:')}")
            continue
        kind = config["variables"].get(name, {}).get("kind")
        fitting = TESTS["continuous" if kind == "continuous" else "categorical"]
        if test not in fitting:
            faults.append(
                f"baseline.tests.{name}: {test} does not fit a {kind} variable; {', '.join(sorted(fitting))} do"
            )
    return faults


def _endpoints(config: dict) -> list[str]:
    faults = []
    criteria = config.get("response", {}).get("criteria", [])
    for name, endpoint in config["endpoints"].items():
        key = f"endpoints.{name}"
        if "time" in endpoint:
            faults += _known(config, f"{key}.time", [endpoint["time"]], ("continuous",))
            faults += _known(config, f"{key}.event", [endpoint["event"]], ("continuous", "categorical", "flag"))
            continue
        dates = [event for event in endpoint["events"] if not event.startswith("progression:")]
        faults += _known(config, key, [endpoint["start"], *dates, endpoint["censor"]], ("date",))
        for event in set(endpoint["events"]) - set(dates):
            criterion = event.partition(":")[2]
            if criterion not in criteria:
                faults.append(f"{key}.events: {event} needs {criterion!r} among response.criteria")
    return faults


def _analyses(config: dict) -> list[str]:
    faults = []
    for name, subgroup in config.get("subgroups", {}).items():
        faults += _outcome_names(f"subgroups.{name}.variable", [subgroup["variable"]])
        faults += _known(config, f"subgroups.{name}.variable", [subgroup["variable"]], ("categorical", "flag"))
    if "prognosis" in config:
        prognosis = config["prognosis"]
        kinds = ("continuous", "categorical", "flag")
        faults += _outcome_names("prognosis.variables", prognosis["variables"])
        faults += _known(config, "prognosis.variables", prognosis["variables"], kinds)
        kept = [name for name in prognosis.get("keep", []) if name != "arm"]
        faults += [
            f"prognosis.keep: {_unknown(name, ['arm', *prognosis['variables']], 'not among the variables:')}"
            for name in kept
            if name not in prognosis["variables"]
        ]
    for key, part in _parts_with_population(config):
        if part["endpoint"] not in config["endpoints"]:
            faults.append(f"{key}.endpoint: {_unknown(part['endpoint'], config['endpoints'], 'no endpoint')}")
    if "response" in config:
        response = config["response"]
        dates = [response[key] for key in ("start", "new_therapy") if key in response]
        faults += _known(config, "response", dates, ("date",))
        if "lesions" not in config["data"]:
            faults.append("response: it is read from data.lesions, which the config does not name")
    return faults


def _outcome_names(key: str, named: list[str]) -> list[str]:
    return [
        f"{key}: {name} is the outcome's own name; rename the variable and name the `column`"
        for name in named
        if name in OUTCOME
    ]


def _safety(config: dict) -> list[str]:
    if "safety" not in config:
        return []
    faults = [
        f"safety.grades.{label}: {low} is above {high}"
        for label, (low, high) in config["safety"]["grades"].items()
        if low > high
    ]
    if "any" in config["safety"].get("terms", []):
        faults.append("safety.terms: 'any' stands for all terms together and is always counted; leave it out")
    if "adverse_events" not in config["data"]:
        faults.append("safety: it is counted from data.adverse_events, which the config does not name")
    return faults
