"""How a study says that its cells are written: marks of thousands, units, limits of detection, case, several dates.

Errors in these keys, from the config alone; twoarm.config.written reads the cells. Snakemake imports it at start-up, so
it imports little.
"""

from collections.abc import Iterator, Mapping

from twoarm.config.derived import is_derived
from twoarm.config.levels import may_hold_numbers
from twoarm.raw.terms import folded
from twoarm.text.echo import listed


def ignores_case(column: Mapping, data: Mapping) -> bool:
    """Whether a column's cells may differ from its levels in case: as it says itself, or as `data` says of all."""
    return bool(column.get("ignore_case", data.get("ignore_case", False)))


def writing_errors(config: Mapping) -> list[str]:
    """Errors in how cells are written. config: with the kinds of all variables."""
    data, errors = config["data"], []
    if data.get("thousands") == data.get("decimal", "."):
        errors.append(f"data.thousands: {data['thousands']!r} is also the decimal mark; it can mean only one of them")
    for name, variable in config["variables"].items():
        errors += [f"variables.{name}.{text}" for text in _errors(variable, data)]
    return errors


def _errors(variable: Mapping, data: Mapping) -> Iterator[str]:
    """Errors in the keys of one variable."""
    for key in ("detection", "cell_units"):
        if key in variable and not may_hold_numbers(variable):
            yield f"{key}: only numbers have it; the variable is {variable['kind']}"
    if variable.get("detection") == "missing" and variable.get("missing", "refused") == "refused":
        yield "detection: a value beyond the limit is then missing; this needs `missing: allowed`"
    if "ignore_case" in variable and variable["kind"] != "categorical":
        yield f"ignore_case: only levels have a case; the variable is {variable['kind']}"
    if variable["kind"] == "categorical" and not is_derived(variable) and ignores_case(variable, data):
        printed: dict[str, set] = {}
        for raw, level in variable["levels"].items():
            printed.setdefault(folded(raw), set()).add(level)
        if alike := [raw for raw in variable["levels"] if len(printed[folded(raw)]) > 1]:
            yield f"levels: {listed(alike)} differ only in case (`ignore_case`); give them one printed level"
