"""Checks of a study's config before anything runs: against the schema, and of rules that a schema cannot express.

Snakemake calls it at start-up, so it imports little; it reports every error at once.
"""

import os
import re
from datetime import date
from pathlib import Path

from twoarm.config.arms import ROLES, arm_errors, raw_values
from twoarm.config.config_values import value_errors, with_text_keys
from twoarm.config.criteria import mismatches, names
from twoarm.config.databases import database_errors
from twoarm.config.date_formats import format_error, formats_of
from twoarm.config.derived import after_enrolment, completed, derived_errors, is_derived
from twoarm.config.design_errors import design_errors, parts_with_population, post_baseline
from twoarm.config.endpoints import event_errors, event_of
from twoarm.config.expressions import ExpressionError
from twoarm.config.imputation import imputation_errors
from twoarm.config.keys import key_errors, subgroup_variables
from twoarm.config.levels import HOW_TO_CONDITION, may_hold_numbers, unread_conditions
from twoarm.config.outcomes import outcome_errors
from twoarm.config.prognosis import models_of, prognosis_errors
from twoarm.config.references import UNDATED, known
from twoarm.config.response_criteria import has_progression, is_ready_made, response_errors
from twoarm.config.schema_errors import schema_errors, unknown
from twoarm.config.sources import TABLES, files_of, reading_of
from twoarm.config.subgroups import subgroup_errors, subgroups_of
from twoarm.config.wide_errors import wide_errors
from twoarm.config.writing import writing_errors
from twoarm.raw.terms import ANY, folded
from twoarm.raw.text_file import UTF_8, is_encoding
from twoarm.text.echo import UNPRINTABLE, listed, shown

# Names with another meaning in the key `variable` of the tidy tables or as columns of the patient tables.
RESERVED = {"patient_id", "arm", "row", "logit", "intercept", "global"}
RESULTS = "results"  # the folder that the workflow writes
NO_SEPARATORS = set("\"'.-+_\n\r")  # characters of numbers, dates and quoted cells
OUTCOME = {"time", "event", "endpoint"}  # columns of an endpoint; a Cox model has its variables beside them
TESTS = {
    "continuous": {"welch", "student", "mann_whitney"},
    "categorical": {"auto", "pearson", "yates", "fisher"},
}


def protocol_errors(config: dict, schema: dict, made_elsewhere: bool = False) -> list[str]:
    """Every error in a config, one text each: the key, what was found, what was expected.

    What the schema cannot express (names that must exist, files, criteria) is checked if the structure is right,
    or if its only errors are unknown keys. made_elsewhere: whether rules of another workflow may make missing files.
    """
    errors, sound = schema_errors(config, schema)
    errors = value_errors(config) + errors
    if sound:
        config = with_text_keys(config)
        errors += _files(config, made_elsewhere)
        checks = [database_errors, wide_errors, _reading, _identifier, arm_errors]
        wrong = derived_errors(config)
        if not wrong:  # otherwise some variables have no kind
            config = completed(config)
            checks += [
                _variables,
                _words,
                writing_errors,
                _bounds,
                _criteria,
                _matching,
                imputation_errors,
                design_errors,
                _baseline,
                _endpoints,
                _analyses,
                response_errors,
                outcome_errors,
                _safety,
                key_errors,
            ]
        errors += [error for check in checks for error in check(config)] + wrong
    return errors


def _files(config: dict, made_elsewhere: bool) -> list[str]:
    """Inputs that do not exist, or that the workflow itself writes and would overwrite."""
    errors = []
    template = config.get("manuscript", {}).get("template")
    for key, path in (files_of(config) | ({"manuscript.template": template} if template else {})).items():
        try:
            found, folder = Path(path).is_file(), Path(path).is_dir()
            own = any(_lies_below(place, RESULTS) for place in (Path(path), Path(path).resolve()))
        except (OSError, ValueError, RuntimeError):  # a name too long, or links in a circle
            found, folder, own = False, False, False
        if own:
            errors.append(
                f"{key}: {listed([path])} is in {RESULTS}/, where the workflow writes its results; move it elsewhere"
            )
        elif not found and not made_elsewhere:
            errors.append(f"{key}: there is no file {listed([path])}{' (it is a folder)' if folder else ''}")
    return errors


def _lies_below(path: Path, folder: str) -> bool:
    """Whether a path is inside a folder of the study, by its name or after following links."""
    named = Path(os.path.normpath(path.absolute()))
    return any(named.is_relative_to(place) for place in (Path(folder).absolute(), Path(folder).resolve()))


def _reading(config: dict) -> list[str]:
    """How tables are written: date format, cutoff, separator, encoding."""
    data, errors = config["data"], []
    formats = formats_of(data.get("date_format", "%Y-%m-%d"))
    errors += [f"data.date_format: {wrong}" for wrong in filter(None, map(format_error, formats))]
    try:
        date.fromisoformat(data.get("cutoff", "2000-01-01"))
    except ValueError:
        errors.append(f"data.cutoff: found {shown(data['cutoff'])}; there is no such day")
    separators = {f"data.{table}.separator": reading_of(data, table).get("separator", ",") for table in TABLES}
    separators = {"data.separator": data.get("separator", ",")} | separators
    errors += [
        f'{key}: found {shown(separator)}, which also occurs in cells; expected , ; | or "\\t"'
        for key, separator in separators.items()
        if (separator.isalnum() or separator in NO_SEPARATORS or UNPRINTABLE.match(separator))
        and (key == "data.separator" or separator != separators["data.separator"])
    ]
    known = "utf-8, utf-16, gb18030, big5, shift_jis, cp1252 or latin-1"
    encodings = {"data.encoding": data.get("encoding", UTF_8)}
    encodings |= {f"data.{table}.encoding": reading_of(data, table).get("encoding", UTF_8) for table in TABLES}
    errors += [
        f"{key}: found {shown(encoding)}, expected an encoding that Python knows, such as {known}"
        for key, encoding in encodings.items()
        if not is_encoding(encoding) and (key == "data.encoding" or encoding != encodings["data.encoding"])
    ]
    return errors


def _identifier(config: dict) -> list[str]:
    """Keys that use the identifier's column for something else: messages and tables would print identifiers."""
    columns = {"arms.column": config["arms"]["column"], "data.centre": config["data"].get("centre")}
    for name, variable in config["variables"].items():
        if not is_derived(variable):
            columns[f"variables.{name}.column"] = variable.get("column", name)
    return [
        f"{key}: {column} is the patient identifier, which must not be printed; name another column"
        for key, column in columns.items()
        if column == config["data"]["id"]
    ]


def _variables(config: dict) -> list[str]:
    errors = []
    for name, variable in config["variables"].items():
        if name in RESERVED:
            errors.append(
                f"variables.{name}: the workflow uses this name itself; choose another and give the raw one as `column`"
            )
        levels = list(variable.get("levels", {}).values()) or ["Yes", "No"]
        for key in ("reference", "shown"):
            if key in variable and variable[key] not in levels:
                errors.append(f"variables.{name}.{key}: {unknown(variable[key], levels, 'no level')}")
        if variable["kind"] == "categorical" and len(set(levels)) < 2:
            errors.append(f"variables.{name}.levels: only one printed level; a categorical variable needs at least two")
        if "from" not in variable:
            unread = unread_conditions(variable.get("levels", {}))
            errors += [f"variables.{name}.levels: found {raw!r}, {HOW_TO_CONDITION}" for raw in unread]
        if variable.get("missing_level") in levels:
            shown_level = f"{variable['missing_level']!r} is also another level"
            errors.append(f"variables.{name}.missing_level: {shown_level}; expected a text of its own")
        if "per" in variable and variable["kind"] != "continuous":
            errors.append(f"variables.{name}.per: only a continuous variable has a hazard ratio per unit")
        if "range" in variable and not may_hold_numbers(variable):
            errors.append(f"variables.{name}.range: only numbers have a range")
    return errors


def _words(config: dict) -> list[str]:
    """Cells that would mean two things: a missing value and a level, an arm or yes or no; yes and no."""
    data, variables = config["data"], config["variables"]
    meanings = {
        value: f"arms.{role}.value{'s' if 'values' in config['arms'][role] else ''}"
        for role in ROLES
        for value in raw_values(config["arms"][role])
    }
    errors = [_twice("data.missing", code, meanings[code]) for code in data.get("missing", []) if code in meanings]
    for name, variable in variables.items():
        key, own = f"variables.{name}", variable.get("missing")
        codes = dict.fromkeys(data.get("missing", []), "data.missing")
        codes |= dict.fromkeys(own if isinstance(own, list) else [], f"{key}.missing")
        meanings = dict.fromkeys(variable.get("levels", {}), f"{key}.levels")
        if variable["kind"] == "flag":
            meanings = {word: f"{key}.{truth}" for truth in ("yes", "no") for word in variable.get(truth, [])}
            errors += [
                _twice(f"{key}.no", word, f"{key}.yes")
                for word in variable.get("no", [])
                if word.casefold() in {other.casefold() for other in variable.get("yes", [])}
            ]
        errors += [_twice(place, code, meanings[code]) for code, place in codes.items() if code in meanings]
    both = {word.casefold() for word in data.get("yes", [])} & {word.casefold() for word in data.get("no", [])}
    return errors + [_twice("data.no", word, "data.yes") for word in sorted(both)]


def _twice(key: str, word: str, other: str) -> str:
    return f"{key}: found {shown(word)}, which is also in {other}; it can mean only one of them"


def _bounds(config: dict) -> list[str]:
    """Pairs of a lower and an upper bound; only a range of grades may be a single grade."""
    pairs = {f"variables.{name}.range": variable.get("range") for name, variable in config["variables"].items()}
    pairs["balance.variance_ratio"] = config.get("balance", {}).get("variance_ratio")
    errors = [f"{key}: {pair[0]} is not below {pair[1]}" for key, pair in pairs.items() if pair and pair[0] >= pair[1]]
    grades = config.get("safety", {}).get("grades", {})
    return errors + [
        f"safety.grades.{label}: {low} is above {high}" for label, (low, high) in grades.items() if low > high
    ]


def _criteria(config: dict) -> list[str]:
    errors, seen = [], set()
    for group, verb in (("inclusion", "keep"), ("exclusion", "drop")):
        for criterion in config.get("eligibility", {}).get(group, []):
            key = f"eligibility.{group}.{criterion['id']}"
            if criterion["id"] in seen:
                errors.append(f"{key}: the id is used twice")
            seen.add(criterion["id"])
            try:
                named = names(criterion[verb])
                wrong = mismatches(criterion[verb], config["variables"])
            except ExpressionError as error:
                errors.append(f"{key}: the criterion {shown(criterion[verb])} cannot be read: {error}")
            else:
                errors += known(config, key, named)
                errors += [
                    f"{key}: {name} is split among the enrolled patients, so it cannot decide who is enrolled"
                    for name in after_enrolment(config["variables"])
                    if name in named
                ]
                errors += [
                    f"{key}: the criterion {shown(criterion[verb])} does not work as written: {text}" for text in wrong
                ]
    return errors


def _matching(config: dict) -> list[str]:
    if "propensity" not in config:
        return []
    matching = config.get("matching", {})
    errors = _unused(matching)
    for key, named, kinds in (
        ("propensity.covariates", config["propensity"]["covariates"], UNDATED),
        ("matching.covariates", matching.get("covariates", []), UNDATED),
        ("matching.calipers", list(matching.get("calipers", {})), ("continuous",)),
        ("matching.exact", matching.get("exact", []), ("categorical", "flag")),
    ):
        errors += known(config, key, named, kinds)
        errors += post_baseline(config, key, named, "propensity model")
    return errors


def _unused(matching: dict) -> list[str]:
    """Keys of matching without effect, which a user would believe in."""
    method, ratio = matching.get("method", "nearest"), matching.get("ratio", 1)
    variable = isinstance(ratio, dict)
    key, least = ("ratio.min", ratio.get("min", 1)) if variable else ("ratio", ratio)
    idle = (
        ("order", f"method: {method}", method == "optimal" and matching.get("order", "largest") != "largest"),
        ("incomplete", f"{key}: {least}", least == 1 and matching.get("incomplete", "refuse") != "refuse"),
        ("replace", f"method: {method}", method == "optimal" and matching.get("replace")),
        ("covariates", f"method: {method}", method != "mahalanobis" and matching.get("covariates")),
    )
    errors = [f"matching.{key}: has no effect with `{cause}`; remove it" for key, cause, given in idle if given]
    if method == "optimal" and ratio != 1:
        errors.append("matching.ratio: `method: optimal` forms pairs; expected 1")
    if variable and not least < ratio["mean"] < ratio["max"]:
        errors.append(f"matching.ratio.mean: {ratio['mean']} is not between min ({least}) and max ({ratio['max']})")
    return errors


def _baseline(config: dict) -> list[str]:
    if "baseline" not in config:
        return []
    baseline = config["baseline"]
    errors = known(config, "baseline.variables", baseline["variables"], UNDATED)
    for name, test in baseline.get("tests", {}).items():
        if name not in baseline["variables"]:
            errors.append(f"baseline.tests.{name}: {unknown(name, baseline['variables'], 'not in the table:')}")
            continue
        kind = config["variables"].get(name, {}).get("kind")
        fitting = TESTS["continuous" if kind == "continuous" else "categorical"]
        if test not in fitting:
            errors.append(
                f"baseline.tests.{name}: {test} does not fit a {kind} variable; use {', '.join(sorted(fitting))}"
            )
    return errors


def _endpoints(config: dict) -> list[str]:
    errors, primary = [], config["study"].get("primary")
    if primary is not None and primary not in config.get("endpoints", {}):
        errors.append(f"study.primary: {unknown(primary, config.get('endpoints', {}), 'no endpoint')}")
    for name, endpoint in config.get("endpoints", {}).items():
        key = f"endpoints.{name}"
        if "time" in endpoint:
            errors += known(config, f"{key}.time", [endpoint["time"]], ("continuous",))
            unknown_event = known(config, f"{key}.event", [event_of(endpoint)], UNDATED)
            errors += unknown_event or event_errors(key, endpoint, config["variables"], config["data"])
            continue
        dates = [event for event in endpoint["events"] if not event.startswith("progression:")]
        errors += known(config, key, [endpoint["start"], *dates, endpoint["censor"]], ("date",))
        for event in set(endpoint["events"]) - set(dates):
            criterion = event.partition(":")[2]
            if not has_progression(config.get("response", {}), criterion):
                column = ", with its date as `progression`" if is_ready_made(config.get("response", {})) else ""
                errors.append(f"{key}.events: {event} needs {criterion!r} in response.criteria{column}")
    return errors


def _analyses(config: dict) -> list[str]:
    errors = []
    for name in subgroups_of(config):
        if re.search(r"(.+?)\1{18}", name):  # Snakemake takes a repetitive file name for an infinite loop
            errors.append(
                f"subgroups: found the name {shown(name)}, which repeats the same part too often; choose another"
            )
    for key, variable in subgroup_variables(config):
        errors += _outcome_names(key, [variable])
        errors += known(config, key, [variable], ("categorical", "flag"))
    errors += subgroup_errors(config)
    for path, model in models_of(config).values():
        errors += _outcome_names(f"{path}.variables", model["variables"])
        errors += known(config, f"{path}.variables", model["variables"], UNDATED)
    errors += prognosis_errors(config)
    for key, part in parts_with_population(config):
        if "endpoint" in part and part["endpoint"] not in config.get("endpoints", {}):
            errors.append(f"{key}.endpoint: {unknown(part['endpoint'], config.get('endpoints', {}), 'no endpoint')}")
    return errors


def _outcome_names(key: str, named: list[str]) -> list[str]:
    return [
        f"{key}: the name {name} is reserved for the outcome; rename the variable and give its raw name as `column`"
        for name in named
        if name in OUTCOME
    ]


def _safety(config: dict) -> list[str]:
    if "safety" not in config:
        return []
    errors, seen = [], {}
    for term in config["safety"].get("terms", []):
        if folded(term) == ANY:
            text = f"{shown(term)} means all terms together and is always counted; remove it"
            errors.append(f"safety.terms: {text}")
        elif folded(term) in seen:
            text = f"{shown(seen[folded(term)])} and {shown(term)} are the same term; list it once"
            errors.append(f"safety.terms: {text}")
        seen[folded(term)] = term
    errors += _term_labels(config["safety"], seen)
    if "adverse_events" not in config["data"]:
        errors.append("safety: it needs data.adverse_events, which the config does not have")
    return errors


def _term_labels(safety: dict, listed_terms: dict[str, str]) -> list[str]:
    """Labels of terms that the config does not list, if it lists any, and of one term twice.

    listed_terms: by their folded spelling.
    """
    errors, seen = [], {}
    for term in safety.get("labels", {}):
        if folded(term) in seen:
            text = f"{shown(seen[folded(term)])} and {shown(term)} are the same term; label it once"
            errors.append(f"safety.labels: {text}")
        elif safety.get("terms") and folded(term) not in listed_terms:
            errors.append(f"safety.labels: {unknown(term, safety['terms'], 'not in safety.terms:')}")
        seen[folded(term)] = term
    return errors
