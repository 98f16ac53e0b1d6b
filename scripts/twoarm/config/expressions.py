"""The small language of a protocol: criteria (`18 <= age <= 80`) and derived variables (`weight / height ** 2`).

It has numbers, texts in quotes, variables, arithmetic (+ - * / **), comparisons, `in`, `and`, `or`, `not`,
`... if ... else ...`, and FUNCTIONS. All else that Python can write is refused, and nothing is executed, so a config
can do no harm.
"""

import ast
import io
import re
import tokenize
import warnings
from functools import cache

from twoarm.text.echo import shown

DEEPEST, LARGEST = 50, 1e15  # no real expression is nested deeper; no number is larger
DAYS = {"days": 1.0, "weeks": 7.0, "months": 30.4375, "years": 365.25}
NUMERIC = ("log", "log10", "exp", "sqrt", "abs", "floor")  # functions of one number
EXTREMES, CONDITIONAL = ("max", "min"), ("any", "all", "count")  # of several numbers or dates; of conditions
# The least and the largest number of arguments of each function; None: any number.
FUNCTIONS = {
    **dict.fromkeys(DAYS, (2, 2)),
    "missing": (1, 1),
    **dict.fromkeys(NUMERIC, (1, 1)),
    **dict.fromkeys(EXTREMES, (2, None)),
    **dict.fromkeys(CONDITIONAL, (1, None)),
}
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_SIGNS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.In, ast.NotIn)
_INSTEAD = {ast.BitXor: "; write ** for a power", ast.BitAnd: "; write `and`", ast.BitOr: "; write `or`"}


class ExpressionError(ValueError):
    """An expression that cannot be read or evaluated; the message says why."""


@cache
def parse(expression: str) -> ast.expr:
    """Parse an expression; whatever is not in the language is refused. Raises ExpressionError.

    The tree is read only: a derived variable is parsed for its order, its kind, its timing and its values.
    """
    text = re.sub(r"\s*\n\s*", " ", expression.strip())  # it may span several lines
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise ExpressionError(f"the syntax is wrong at {shown(text[(error.offset or 1) - 1 :])}") from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError("it is too long or nested too deeply") from None
    if any(token.type == tokenize.COMMENT for token in tokenize.generate_tokens(io.StringIO(text).readline)):
        raise ExpressionError("text after # would be ignored; write it as a comment in the config")
    if isinstance(tree, ast.Constant | ast.List | ast.Tuple):
        raise ExpressionError("it names no variable")
    _check(tree, 0)
    if not named(tree):
        raise ExpressionError("it names no variable")
    return tree


def named(tree: ast.expr) -> list[str]:
    """The variables in an expression, sorted."""
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return sorted({n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in functions})


def is_constant(node: ast.expr) -> bool:
    """Whether a node is a text or a number, with or without a minus sign."""
    number = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else node
    return isinstance(number, ast.Constant) and (number is node or not isinstance(number.value, str))


def constants(node: ast.expr) -> list[str | int | float]:
    """The value of a constant, or the values of a list."""
    value = ast.literal_eval(node)
    return list(value) if isinstance(value, list | tuple) else [value]


def _check(node: ast.expr, depth: int) -> None:
    """Refuse a part that is not in the language. Raises ExpressionError."""
    if depth > DEEPEST:
        raise ExpressionError("it is too long or nested too deeply")
    match node:
        case ast.Name():
            parts = []
        case ast.Constant():
            _check_constant(node.value)
            parts = []
        case ast.BoolOp():
            parts = node.values
        case ast.IfExp():
            parts = [node.test, node.body, node.orelse]
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            parts = [node.operand]
        case ast.BinOp(op=operator) if isinstance(operator, _OPERATORS):
            parts = [node.left, node.right]
        case ast.Compare():
            parts = _check_comparison(node)
        case ast.Call():
            parts = _check_call(node)
        case ast.List() | ast.Tuple():
            raise ExpressionError("a list is only allowed after `in`")
        case _:
            operator = getattr(node, "op", node)
            instead = _INSTEAD.get(type(operator), "")
            raise ExpressionError(f"it uses {type(operator).__name__}, which is not allowed{instead}")
    for part in parts:
        _check(part, depth + 1)


def _check_constant(value) -> None:
    if isinstance(value, str):
        return
    if type(value) not in (int, float):
        raise ExpressionError(f"{shown(value)} is neither a number nor a text in quotes")
    if not abs(value) < LARGEST:
        raise ExpressionError("it contains a number of 1e15 or more")


def _check_comparison(node: ast.Compare) -> list[ast.expr]:
    """Check the signs and lists of a comparison; returns its other parts."""
    sides = [node.left, *node.comparators]
    lists = []
    for left, sign, right in zip(sides, node.ops, sides[1:], strict=False):
        if not isinstance(sign, _SIGNS):
            raise ExpressionError(f"it uses {type(sign).__name__}, which is not allowed in a comparison")
        if isinstance(sign, ast.In | ast.NotIn):
            if is_constant(left) or not isinstance(right, ast.List | ast.Tuple) or not right.elts:
                raise ExpressionError("`in` needs a variable before it and a list of values after it")
            if not all(map(is_constant, right.elts)):
                raise ExpressionError("a list may contain only numbers, or texts in quotes")
            lists.append(right)
        elif is_constant(left) and is_constant(right):
            raise ExpressionError("it compares two values; one side must be a variable")
    return [side for side in sides if side not in lists] + [value for found in lists for value in found.elts]


def _check_call(node: ast.Call) -> list[ast.expr]:
    """Check the function and the number of arguments of a call; returns the arguments."""
    name = getattr(node.func, "id", None)
    if name not in FUNCTIONS:
        raise ExpressionError(f"it calls {shown(ast.unparse(node.func))}; known: {', '.join(FUNCTIONS)}")
    least, most = FUNCTIONS[name]
    if node.keywords or len(node.args) < least or (most and len(node.args) > most):
        count = f"{least}" if most else f"at least {least}"
        what = "variable" if name in DAYS or name == "missing" else "condition" if name in CONDITIONAL else "value"
        raise ExpressionError(f"{name} takes {count} {what}{'s' * (count != '1' and count != 'at least 1')}")
    if name == "missing" and not isinstance(node.args[0], ast.Name):
        raise ExpressionError("missing takes 1 variable")
    return node.args
