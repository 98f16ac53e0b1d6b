"""The small language in which a protocol states its criteria: `18 <= age <= 80`, `not prior_immunotherapy`.

It knows comparisons, `in`, `and`, `or`, `not`, and four functions: days(from, to), months(from, to),
years(from, to) and missing(variable). It runs nothing else, so a config can do no harm.
"""

import ast
import operator
from datetime import date

from twoarm.levels import is_numeric

DAYS = {"days": 1.0, "months": 30.4375, "years": 365.25}
_COMPARISONS = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class CriterionError(ValueError):
    """A criterion that cannot be understood; the message says what was found."""


def parse(criterion: str) -> ast.expr:
    """Parse a criterion and refuse all that is not in the language. Raises CriterionError."""
    try:
        tree = ast.parse(criterion.strip(), mode="eval").body
    except SyntaxError as error:
        raise CriterionError(f"it does not parse at '{criterion.strip()[(error.offset or 1) - 1 :]}'") from None
    for node in ast.walk(tree):
        _refuse_unknown(node)
    if isinstance(tree, ast.Constant | ast.List | ast.Tuple):
        raise CriterionError("it names no variable")
    return tree


def names(criterion: str) -> list[str]:
    """The variables that a criterion names, sorted. Raises CriterionError."""
    tree = parse(criterion)
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return sorted({n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in functions})


def mismatches(criterion: str, variables: dict) -> list[str]:
    """What a criterion asks of its variables that they cannot have: a comparison that would never, or always, hold.

    variables: the config's dictionary. A criterion sees raw values, not printed levels. Names that are no variable
    are passed over. Raises CriterionError where it cannot be parsed.
    """
    faults = []
    for node in ast.walk(parse(criterion)):
        if isinstance(node, ast.Call) and node.func.id in DAYS:
            dates = [argument.id for argument in node.args]
            faults += [
                f"{node.func.id}() takes dates; {name} is {variables[name]['kind']}"
                for name in dates
                if name in variables and variables[name]["kind"] != "date"
            ]
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for left, sign, right in zip(sides, node.ops, sides[1:], strict=False):
                faults += _pair_faults(left, sign, right, variables)
    return faults


def _pair_faults(left: ast.expr, sign: ast.cmpop, right: ast.expr, variables: dict) -> list[str]:
    """Faults of one comparison between a variable and constants."""
    if isinstance(sign, ast.In | ast.NotIn) and not (
        isinstance(left, ast.Name) and isinstance(right, ast.List | ast.Tuple)
    ):
        return ["`in` stands between a variable and a list of values"]
    name, constant = (left, right) if isinstance(left, ast.Name) else (right, left)
    if not isinstance(name, ast.Name) or name.id not in variables or isinstance(constant, ast.Name | ast.Call):
        return []
    try:
        values = ast.literal_eval(constant)
    except ValueError:
        return []
    values = list(values) if isinstance(values, list | tuple) else [values]
    return [fault for value in values if (fault := _value_fault(name.id, variables[name.id], sign, value))]


def _value_fault(name: str, variable: dict, sign: ast.cmpop, value) -> str:
    """Why a variable can never equal, or be compared with, a value; empty if it can."""
    if variable["kind"] == "flag":
        return f"{name} is a flag: write `{name}` or `not {name}`"
    if variable["kind"] == "date":
        return "" if isinstance(value, str) and _is_date(value) else f"{name} is a date: compare it with 'YYYY-MM-DD'"
    if is_numeric(variable):
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        return "" if fits else f"{name} is a number: {value!r} is none (no quotes)"
    if not isinstance(sign, ast.Eq | ast.NotEq | ast.In | ast.NotIn):
        return f"{name} is text, which has no order; use ==, != or in"
    known = list(variable["levels"])
    return "" if value in known else f"{name} is never {value!r}; its raw values are {', '.join(known)}"


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def holds(criterion: str, table):
    """Judge a criterion on each row of a table whose columns are the study's variables.

    Returns a nullable boolean Series: missing where a missing value leaves the criterion undecided.
    Raises CriterionError when types do not fit (text compared with a number, a bare name that is no flag).
    """
    try:
        verdict = _value(parse(criterion), table)
    except (TypeError, AttributeError):
        raise CriterionError("it compares values of different kinds (text, number, date)") from None
    if not hasattr(verdict, "dtype") or verdict.dtype != "boolean":
        raise CriterionError("it is not a yes-or-no statement; a bare name must be of kind flag")
    return verdict


def _refuse_unknown(node: ast.AST) -> None:
    allowed = (
        ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare, ast.In, ast.NotIn,
        ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple, ast.Call, *_COMPARISONS,
    )  # fmt: skip
    if not isinstance(node, allowed):
        raise CriterionError(f"it uses {type(node).__name__}, which a criterion may not")
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", None)
        arguments = 1 if name == "missing" else 2
        if name not in {*DAYS, "missing"}:
            raise CriterionError(f"it calls {ast.unparse(node.func)}; known are {', '.join([*DAYS, 'missing'])}")
        if len(node.args) != arguments or node.keywords or not all(isinstance(a, ast.Name) for a in node.args):
            raise CriterionError(f"{name} takes {arguments} variable{'s' if arguments > 1 else ''}")


def _value(node: ast.expr, table):
    """The value of a node: a Series, or a constant."""
    match node:
        case ast.Constant():
            return node.value
        case ast.List() | ast.Tuple():
            return [_value(element, table) for element in node.elts]
        case ast.Name():
            column = table[node.id]
            return column.astype("boolean") if column.dtype in ("bool", "boolean") else column
        case ast.Call():
            columns = [table[argument.id] for argument in node.args]
            if node.func.id == "missing":
                return columns[0].isna().astype("boolean")
            return (columns[1] - columns[0]).dt.days / DAYS[node.func.id]
        case ast.UnaryOp():
            operand = _value(node.operand, table)
            return -operand if isinstance(node.op, ast.USub) else ~_flag(operand)
        case ast.BoolOp():
            combine = operator.and_ if isinstance(node.op, ast.And) else operator.or_
            first, *others = (_flag(_value(value, table)) for value in node.values)
            for other in others:
                first = combine(first, other)
            return first
        case ast.Compare():
            return _compare(node, table)


def _compare(node: ast.Compare, table):
    """A chained comparison, missing where one of its values is."""
    values = [_value(value, table) for value in (node.left, *node.comparators)]
    verdict = None
    for left, sign, right in zip(values, node.ops, values[1:], strict=False):
        if isinstance(sign, ast.In | ast.NotIn):
            step = left.isin(right)
            step = ~step if isinstance(sign, ast.NotIn) else step
        else:
            step = _COMPARISONS[type(sign)](left, right)
        step = step.astype("boolean")
        for side in (left, right):
            if hasattr(side, "isna"):
                step = step.mask(side.isna())
        verdict = step if verdict is None else verdict & step
    return verdict


def _flag(value):
    if getattr(value, "dtype", None) != "boolean":
        raise CriterionError("a bare name in `and`, `or` or `not` must be of kind flag")
    return value
