"""Compute the derived variables of a protocol (twoarm.config.derived) in a table of patients."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from twoarm.config.derived import SPLITS, sources
from twoarm.config.evaluation import Evaluated, evaluate
from twoarm.config.expressions import ExpressionError
from twoarm.config.levels import may_hold_numbers
from twoarm.config.variables import level_of
from twoarm.text.echo import listed, rows_text, shown


def derive(
    table: pd.DataFrame, variables: Mapping, names: Iterable[str], file: str, rows: pd.Series
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """A table with some derived variables (in order of computation), their errors, and remarks on missing values.

    table: typed raw values of the variables that they are computed from; rows: the line of each row in the file.
    A result is missing where a source that it needs is. One that cannot be computed (a division by zero) is an error,
    or missing if the variable is `missing: allowed`. A split uses the quantiles of this table.
    """
    table, errors, remarks = table.copy(), [], []
    for name in names:
        variable = variables[name]
        try:
            found = evaluate(variable["from"], table)
        except ExpressionError as error:
            errors.append(f"variables.{name}.from: {shown(variable['from'])} cannot be computed: {error}")
            table[name] = np.nan
            continue
        table[name] = found.values
        if "split" in variable:
            cuts = cut_points(found.values, variable["split"])
            table[name] = _groups(found.values, cuts)
            errors += [f"variables.{name}.split: {text}" for text in _empty_groups(table[name], cuts, variable)]
        refused, read = _not_computable(found, variable)
        for kind, said in ((errors, [*refused, *_outside(table[name], variable)]), (remarks, read)):
            found_in = [(rows_text(rows[which]), text) for which, text in said if which.any()]
            kind += [f"{file} {lines}, variable {name}: {text}" for lines, text in found_in]
        unknown = (table[name].isna() & table[sources(variable)].isna().any(axis=1)).sum()
        if unknown:
            remarks.append(f"{file}: {name} is missing in {unknown} of {len(table)} patients, as its sources are")
    return table, errors, remarks


def cut_points(values: pd.Series, split: str) -> list[float]:
    """The quantiles that split values into groups of equal size (type 7, as R's default)."""
    count = len(SPLITS[split])
    known = values.dropna()
    return [float(np.quantile(known, part / count)) for part in range(1, count)] if len(known) else []


def _groups(values: pd.Series, cuts: list[float]) -> pd.Series:
    """The number of each value's group; a value equal to a cut point is in the lower one."""
    return pd.Series(np.searchsorted(cuts, values) + 1.0, values.index).mask(values.isna())


def _empty_groups(groups: pd.Series, cuts: list[float], variable: Mapping) -> list[str]:
    """That some groups have no patient."""
    empty = [number for number in SPLITS[variable["split"]] if float(number) not in set(groups)]
    at = f"the cut points are {listed(f'{cut:g}' for cut in cuts)}" if cuts else "nobody has a value"
    return [f"nobody is in group {listed(empty)} ({at}); use `levels` with limits instead"] if empty else []


def _not_computable(found: Evaluated, variable: Mapping) -> tuple[list[tuple[pd.Series, str]], ...]:
    """The rows whose value cannot be computed, and why: as errors, and as remarks where it may be missing."""
    rows = [(faulty & found.values.isna(), reason) for reason, faulty in found.faults.items()]
    if variable.get("missing") == "allowed":
        return [], [(which, f"{reason}, read as a missing value") for which, reason in rows]
    expected = "expected a number (`missing: allowed` would make it a missing value)"
    return [(which, f"found {reason}, {expected}") for which, reason in rows], []


def _outside(values: pd.Series, variable: Mapping) -> Iterator[tuple[pd.Series, str]]:
    """The rows with a value outside the range or the levels of a variable, and what was found and expected."""
    if "range" in variable and may_hold_numbers(variable):
        low, high = variable["range"]
        yield values.notna() & ~values.between(low, high), f"found a value outside {low:g} to {high:g}"
    if variable["kind"] == "categorical":
        levels = listed(variable["levels"])
        yield values.notna() & level_of(values, variable).isna(), f"found a value without a level, expected {levels}"
