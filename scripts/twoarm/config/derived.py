"""Variables that the protocol computes from others: `bmi: {label: BMI, from: "weight / (height / 100) ** 2"}`.

Here is what the config alone tells: errors, the order of computation, kinds, and which are measured after baseline.
Snakemake calls it at start-up, so it imports little; twoarm.config.derivation computes the values.
"""

from collections.abc import Iterator, Mapping

from twoarm.config.criteria import DATE, FLAG, NUMBER, TEXT, kind_of
from twoarm.config.expressions import ExpressionError, named, parse
from twoarm.config.immortal import later_variables
from twoarm.config.levels import CONDITION, HOW_TO_CONDITION, raw_number
from twoarm.config.schema_errors import unknown
from twoarm.text.echo import listed, shown

# The groups of a variable that is split among the enrolled patients, by their numbers from the lowest, as printed.
SPLITS = {
    "median": {"1": "≤ median", "2": "> median"},
    "tertiles": {"1": "lowest third", "2": "middle third", "3": "highest third"},
    "quartiles": {"1": "1st quarter", "2": "2nd quarter", "3": "3rd quarter", "4": "4th quarter"},
    "quintiles": {"1": "1st fifth", "2": "2nd fifth", "3": "3rd fifth", "4": "4th fifth", "5": "5th fifth"},
}
KINDS = {NUMBER: ("continuous", "categorical"), FLAG: ("flag",), DATE: ("date",), TEXT: ("categorical",)}
OF_A_COLUMN = (
    "column",
    "yes",
    "no",
    "detection",
    "cell_units",
    "ignore_case",
)  # keys that only a column of the file has


def is_derived(variable: Mapping) -> bool:
    """Whether a variable is computed. variable: its config."""
    return "from" in variable


def sources(variable: Mapping) -> list[str]:
    """The variables that a derived one is computed from, directly; none for a column of the file or a wrong text."""
    try:
        return named(parse(variable["from"])) if is_derived(variable) else []
    except ExpressionError:
        return []


def in_order(variables: Mapping) -> list[str]:
    """The derived variables, each after those that it is computed from; those in a circle are left out."""
    done: list[str] = []
    waiting = [name for name, variable in variables.items() if is_derived(variable)]
    while ready := [name for name in waiting if not set(sources(variables[name])) & set(waiting)]:
        done += ready
        waiting = [name for name in waiting if name not in ready]
    return done


def after_enrolment(variables: Mapping) -> list[str]:
    """The derived variables that need to know who is enrolled: split among them, or computed from such a one."""
    late: list[str] = []
    for name in in_order(variables):
        if "split" in variables[name] or set(sources(variables[name])) & set(late):
            late.append(name)
    return late


def completed(config: Mapping) -> dict:
    """A sound config in which derived variables have their kind, the levels of a split, and their timing.

    A variable that is computed from one measured after baseline is measured after baseline.
    """
    variables, later = dict(config["variables"]), set(later_variables(config))
    for name in in_order(variables):
        variable = {"kind": _kind(variables[name], variables), **variables[name]}
        if "split" in variable:
            variable.setdefault("levels", dict(SPLITS[variable["split"]]))
        if later & set(sources(variable)):
            variable["timing"] = "post_baseline"
            later.add(name)
        variables[name] = variable
    return {**config, "variables": variables}


def _kind(variable: Mapping, variables: Mapping) -> str:
    """The kind of a derived variable that does not state it."""
    if "levels" in variable or "split" in variable:
        return "categorical"
    return KINDS[kind_of(variable["from"], variables)[0] or NUMBER][0]


def derived_errors(config: Mapping) -> list[str]:
    """Errors in the derived variables of a config; without any, completed() can be called."""
    variables = config["variables"]
    errors = [error for name, variable in variables.items() for error in _own_errors(name, variable, variables)]
    ordered = in_order(variables)
    errors += [
        f"variables.{name}.from: it is computed from itself ({' <- '.join(circle)})"
        for name, variable in variables.items()
        if is_derived(variable) and name not in ordered and (circle := _circle(name, variables))
    ]
    if not errors:
        errors = list(_kind_errors(config, ordered))
    return errors


def _own_errors(name: str, variable: Mapping, variables: Mapping) -> Iterator[str]:
    """Errors that one variable shows without the kinds of others."""
    key = f"variables.{name}"
    if not is_derived(variable):
        if "split" in variable:
            yield f"{key}.split: it needs `from: ...`, the variable that is split"
        return
    try:
        parse(variable["from"])
    except ExpressionError as error:
        yield f"{key}.from: {shown(variable['from'])} cannot be read: {error}"
    yield from (
        f"{key}.from: {unknown(source, variables, 'no variable')}"
        for source in sources(variable)
        if source not in variables
    )
    for other in OF_A_COLUMN:
        if other in variable:
            yield f"{key}.{other}: only a column of the file has it; {name} is computed (`from`)"
    if isinstance(variable.get("missing"), list):
        yield f"{key}.missing: only a column of the file has codes; expected refused or allowed"
    if "split" in variable:
        groups = list(SPLITS[variable["split"]])
        if set(variable.get("levels", groups)) != set(groups):
            yield f"{key}.levels: the groups of {variable['split']} are numbered {listed(groups)}; give each a level"
        if "range" in variable:
            yield f"{key}.range: it is split into groups; give the range to another variable"


def _circle(name: str, variables: Mapping) -> list[str]:
    """The way from a variable back to itself; empty if there is none."""
    ways = [[name]]
    seen = set()
    while ways:
        way = ways.pop(0)
        for source in sources(variables.get(way[-1], {})):
            if source == name:
                return [*way, name]
            if source not in seen:
                seen.add(source)
                ways.append([*way, source])
    return []


def _kind_errors(config: Mapping, ordered: list[str]) -> Iterator[str]:
    """Errors of kinds, levels and timing, of each derived variable after those that it is computed from."""
    variables, later, late = (
        dict(config["variables"]),
        set(later_variables(config)),
        after_enrolment(config["variables"]),
    )
    for name in ordered:
        variable, key = variables[name], f"variables.{name}"
        kind, wrong = kind_of(variable["from"], variables)
        yield from (f"{key}.from: {shown(variable['from'])} does not work as written: {error}" for error in wrong)
        fitting = KINDS[kind or NUMBER]
        own = _kind(variable, variables)
        if variable.get("kind", own) not in fitting or own not in fitting:
            found = variable.get("kind", own)
            yield f"{key}.kind: found {found}, expected {' or '.join(fitting)}, because it computes a {kind}"
        if kind == TEXT and "levels" not in variable:
            yield f"{key}.levels: the key is missing; it computes a text"
        if kind == NUMBER and "split" not in variable:
            levels = variable.get("levels", {})
            texts = [raw for raw in levels if not CONDITION.match(raw) and raw_number(raw) is None]
            yield from (f"{key}.levels: found {shown(raw)}, {HOW_TO_CONDITION}" for raw in texts)
        if "split" in variable and kind != NUMBER:
            yield f"{key}.split: only numbers are split; {shown(variable['from'])} is a {kind}"
        if kind == DATE and name in late:
            yield f"{key}.from: a date cannot depend on a split among the enrolled patients"
        if late_sources := listed(source for source in sources(variable) if source in later):
            later.add(name)
            if variable.get("timing") == "baseline":
                yield f"{key}.timing: it is measured after baseline, as {late_sources} is; remove `timing`"
        variables[name] = {"kind": own, **variable}
        if "split" in variable:
            variables[name].setdefault("levels", SPLITS[variable["split"]])
