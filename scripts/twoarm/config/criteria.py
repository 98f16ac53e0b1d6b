"""The small language for a protocol's criteria: `18 <= age <= 80`, `not prior_immunotherapy`.

It knows comparisons, `in`, `and`, `or`, `not`, and four functions: days(from, to), months(from, to),
years(from, to) and missing(variable). It executes nothing else, so a config can do no harm.
"""

import ast
import io
import operator
import re
import tokenize
import warnings
from datetime import date, datetime

from twoarm.config.levels import CONDITION, NUMBER, is_numeric, may_hold_numbers
from twoarm.text.echo import listed, shown

DEEPEST, LARGEST = 50, 1e15  # no real criterion is nested deeper; no number is larger
DAYS = {"days": 1.0, "weeks": 7.0, "months": 30.4375, "years": 365.25}
_COMPARISONS = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class CriterionError(ValueError):
    """A criterion that cannot be read or judged; the message says why."""


def parse(criterion: str) -> ast.expr:
    """Parse a criterion; whatever is not in the language is refused. Raises CriterionError."""
    text = re.sub(r"\s*\n\s*", " ", criterion.strip())  # a criterion may span several lines
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise CriterionError(f"the syntax is wrong at {shown(text[(error.offset or 1) - 1 :])}") from None
    except (ValueError, RecursionError, MemoryError):
        raise CriterionError("it is too long or nested too deeply") from None
    if any(token.type == tokenize.COMMENT for token in tokenize.generate_tokens(io.StringIO(text).readline)):
        raise CriterionError("text after # would be ignored; write it as a comment in the config")
    if isinstance(tree, ast.Constant | ast.List | ast.Tuple):
        raise CriterionError("it names no variable")
    _check_statement(tree, 0)
    return tree


def _check_statement(node: ast.expr, depth: int) -> None:
    """Refuse what is not a yes-or-no statement of the language. Raises CriterionError."""
    if depth > DEEPEST:
        raise CriterionError("it is too long or nested too deeply")
    match node:
        case ast.BoolOp():
            for value in node.values:
                _check_statement(value, depth + 1)
        case ast.UnaryOp(op=ast.Not()):
            _check_statement(node.operand, depth + 1)
        case ast.Compare():
            sides = [node.left, *node.comparators]
            for left, sign, right in zip(sides, node.ops, sides[1:], strict=False):
                _check_pair(left, sign, right)
        case ast.Call():
            _check_call(node)
            if node.func.id in DAYS:
                raise CriterionError(f"{node.func.id}() gives a number, not yes or no; compare it with a number")
        case ast.Name():
            pass
        case ast.Constant():
            raise CriterionError(f"{shown(node.value)} is not a yes-or-no statement")
        case _:
            raise CriterionError(f"it uses {type(node).__name__}, which is not allowed in a criterion")


def _check_pair(left: ast.expr, sign: ast.cmpop, right: ast.expr) -> None:
    """Refuse any comparison other than of a variable or a time with another one or with values."""
    if isinstance(sign, ast.In | ast.NotIn):
        if not isinstance(left, ast.Name) or not isinstance(right, ast.List | ast.Tuple) or not right.elts:
            raise CriterionError("`in` needs a variable before it and a list of values after it")
        sides = [left, *right.elts]
        if not all(map(_is_constant, right.elts)):
            raise CriterionError("a list may contain only numbers, or texts in quotes")
    elif type(sign) in _COMPARISONS:
        sides = [left, right]
    else:
        raise CriterionError(f"it uses {type(sign).__name__}, which is not allowed in a criterion")
    for side in sides:
        if isinstance(side, ast.Call):
            _check_call(side)
            if side.func.id not in DAYS:
                raise CriterionError(f"{side.func.id}() gives yes or no; do not compare it with anything")
        elif isinstance(side, ast.List | ast.Tuple):
            raise CriterionError("a list is only allowed after `in`")
        elif not isinstance(side, ast.Name) and not _is_constant(side):
            what = type(side).__name__
            raise CriterionError(
                f"it uses {what}, which is not allowed in a criterion; compare a variable with a value"
            )
    if all(map(_is_constant, sides)):
        raise CriterionError("it compares two values; one side must be a variable")


def _check_call(node: ast.Call) -> None:
    """Refuse any call except the language's own functions with variables."""
    name = getattr(node.func, "id", None)
    if name not in {*DAYS, "missing"}:
        raise CriterionError(f"it calls {shown(ast.unparse(node.func))}; known: {', '.join([*DAYS, 'missing'])}")
    arguments = 1 if name == "missing" else 2
    if len(node.args) != arguments or node.keywords or not all(isinstance(a, ast.Name) for a in node.args):
        raise CriterionError(f"{name} takes {arguments} variable{'s' if arguments > 1 else ''}")


def _is_constant(node: ast.expr) -> bool:
    """Whether a node is a text or a number, with or without a minus sign. Raises CriterionError for other values."""
    number = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else node
    if not isinstance(number, ast.Constant) or (number is not node and isinstance(number.value, str)):
        return False
    if isinstance(number.value, str):
        return True
    if type(number.value) not in (int, float):
        raise CriterionError(f"{shown(number.value)} is neither a number nor a text in quotes")
    if not abs(number.value) < LARGEST:
        raise CriterionError("it contains a number of 1e15 or more")
    return True


def names(criterion: str) -> list[str]:
    """The variables in a criterion, sorted. Raises CriterionError."""
    tree = parse(criterion)
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return sorted({n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in functions})


def mismatches(criterion: str, variables: dict) -> list[str]:
    """Comparisons in a criterion that can never be true, or are always true, given the kinds of its variables.

    variables: the config's dictionary. A criterion sees raw values, not printed levels. Names of unknown variables
    are skipped. Raises CriterionError if it cannot be parsed.
    """
    errors = []
    for node in ast.walk(parse(criterion)):
        match node:
            case ast.Call():
                dates = [argument.id for argument in node.args if node.func.id in DAYS]
                errors += [
                    f"{node.func.id}() takes dates; {name} is {variables[name]['kind']}"
                    for name in dates
                    if name in variables and variables[name]["kind"] != "date"
                ]
            case ast.Compare():
                sides = [node.left, *node.comparators]
                for left, sign, right in zip(sides, node.ops, sides[1:], strict=False):
                    errors += _pair_errors(left, sign, right, variables)
            case _:
                errors += _bare_names(node, variables)
    tree = parse(criterion)
    return errors + (_bare_names(ast.BoolOp(values=[tree]), variables) if isinstance(tree, ast.Name) else [])


def _bare_names(node: ast.AST, variables: dict) -> list[str]:
    """Names used alone beside `and`, `or`, `not` that are not flags."""
    beside = getattr(node, "values", [getattr(node, "operand", None)])
    bare = [name.id for name in beside if isinstance(name, ast.Name) and name.id in variables]
    return [
        f"{name} is {variables[name]['kind']}; only a flag can stand alone"
        for name in bare
        if variables[name]["kind"] != "flag"
    ]


def _pair_errors(left: ast.expr, sign: ast.cmpop, right: ast.expr, variables: dict) -> list[str]:
    """Errors in one comparison of a variable, or of a time between two dates, with constants or with another one."""
    kinds = [_kind(side, variables) for side in (left, right)]
    if "" in kinds:
        return []
    if "constant" not in kinds:
        texts = [ast.unparse(side) for side in (left, right)]
        if kinds[0] != kinds[1]:
            return [f"{texts[0]} is a {kinds[0]} and {texts[1]} a {kinds[1]}; compare values of the same kind"]
        ordered = isinstance(sign, ast.Eq | ast.NotEq) or kinds[0] in ("number", "date")
        return [] if ordered else [f"{texts[0]} is a {kinds[0]}, which has no order; use == or !="]
    operand, constant = (left, right) if kinds[1] == "constant" else (right, left)
    values = ast.literal_eval(constant)
    values = list(values) if isinstance(values, list | tuple) else [values]
    if isinstance(operand, ast.Call):
        return [
            f"{operand.func.id}() gives a number; compare it with a number, not with {shown(v)}"
            for v in values
            if isinstance(v, str)
        ]
    return [error for v in values if (error := _value_error(operand.id, variables[operand.id], sign, v))]


def _kind(node: ast.expr, variables: dict) -> str:
    """The kind of one side of a comparison: constant, number, date, flag or text; empty for an unknown name."""
    if isinstance(node, ast.Call):
        return "number"
    if not isinstance(node, ast.Name):
        return "constant"
    if node.id not in variables:
        return ""
    variable = variables[node.id]
    return "number" if is_numeric(variable) else {"categorical": "text"}.get(variable["kind"], variable["kind"])


def _value_error(name: str, variable: dict, sign: ast.cmpop, value) -> str:
    """Why a variable can never equal a value or be compared with it; empty if it can."""
    if variable["kind"] == "flag":
        return f"{name} is a flag: write `{name}` or `not {name}`"
    if variable["kind"] == "date":
        return "" if isinstance(value, str) and _is_date(value) else f"{name} is a date: compare it with 'YYYY-MM-DD'"
    known = list(variable.get("levels", {}))
    if value in known and CONDITION.match(value):
        return _order_error(name, sign)  # the table may contain the text of a condition
    if is_numeric(variable):
        return (
            ""
            if isinstance(value, int | float)
            else f"{name} is a number; compare it with a number, not with {shown(value)}"
        )
    if may_hold_numbers(variable) and isinstance(value, int | float):
        return ""
    error = "" if value in known else f"{name} never has the value {shown(value)}; its raw values are {listed(known)}"
    return _order_error(name, sign) or error


def _order_error(name: str, sign: ast.cmpop) -> str:
    """Why a text cannot be compared this way; empty if it can."""
    if not isinstance(sign, ast.Eq | ast.NotEq | ast.In | ast.NotIn):
        return f"{name} is text, which has no order; use ==, != or in"
    return ""


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def holds(criterion: str, table):
    """Apply a criterion to each row of a table whose columns are the study's variables.

    Returns a nullable boolean Series, missing where the criterion depends on a missing value.
    Raises CriterionError if types do not fit (text compared with a number, a variable alone that is not a flag).
    """
    try:
        verdict = _value(parse(criterion), table)
    except CriterionError:
        raise
    except (TypeError, AttributeError, ValueError):
        raise CriterionError("it compares values of different kinds (text, number, date)") from None
    if not hasattr(verdict, "dtype") or verdict.dtype != "boolean":
        raise CriterionError("it is not a yes-or-no statement; only a flag can stand alone")
    return verdict


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
    """A chained comparison, missing where one of its values is missing."""
    values = [_value(value, table) for value in (node.left, *node.comparators)]
    verdict = None
    for left, sign, right in zip(values, node.ops, values[1:], strict=False):
        if isinstance(sign, ast.In | ast.NotIn):
            step = _isin(left, right)
            step = ~step if isinstance(sign, ast.NotIn) else step
        else:
            left, right = _beside(left, right), _beside(right, left)
            step = _COMPARISONS[type(sign)](left, right)
        step = step.astype("boolean")
        for side in (left, right):
            if hasattr(side, "isna"):
                step = step.mask(side.isna())
        verdict = step if verdict is None else verdict & step
    return verdict


def _isin(column, values: list):
    """Whether each value of a column is in a list, which may contain texts and numbers."""
    if column.dtype.kind == "M":
        return column.isin(list(map(datetime.fromisoformat, values)))
    found = column.isin([])
    for value in values:
        found |= (_beside(column, value) == value).fillna(False)
    return found


def _beside(side, other):
    """One side of a comparison, ready for the other: a text column compared with a number becomes numbers.

    Raises CriterionError if no value of a column could equal a constant of that kind.
    """
    if not hasattr(side, "dtype") or hasattr(other, "dtype"):
        return side
    if isinstance(other, str) and side.dtype.kind == "f" and side.notna().any():
        raise CriterionError(f"it compares numbers with the text {shown(other)}, which the column never contains")
    if isinstance(other, str) or side.dtype != "string":
        return side
    amounts = side.where(side.str.fullmatch(NUMBER["."], na=False)).astype(float)
    if side.notna().any() and amounts.isna().all():
        raise CriterionError("it compares values of different kinds (text, number, date)")
    return amounts


def _flag(value):
    if getattr(value, "dtype", None) != "boolean":
        raise CriterionError("a name alone beside `and`, `or` or `not` must be a flag")
    return value
