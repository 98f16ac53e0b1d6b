"""Whether a criterion or a derived variable means anything, given the kinds of its variables.

It finds comparisons that can never be true, texts in arithmetic, and numbers where a yes or no is needed.

Snakemake calls it at start-up, so it imports little; twoarm.config.evaluation applies expressions to a table.
"""

import ast
from collections.abc import Iterator, Mapping
from datetime import date

from twoarm.config.expressions import (
    CONDITIONAL,
    DAYS,
    EXTREMES,
    NUMERIC,
    ExpressionError,
    constants,
    is_constant,
    named,
    parse,
)
from twoarm.config.levels import CONDITION, is_numeric, may_hold_numbers
from twoarm.text.echo import listed, shown

# The kinds of values; a part with an unknown variable has the kind "".
NUMBER, FLAG, DATE, TEXT = "number", "flag", "date", "text"


def names(criterion: str) -> list[str]:
    """The variables in a criterion, sorted. Raises ExpressionError if it is wrong whatever the variables are."""
    if errors := mismatches(criterion, {}):
        raise ExpressionError(errors[0])
    return named(parse(criterion))


def mismatches(criterion: str, variables: Mapping) -> list[str]:
    """Why a criterion can never be true, is always true, or means nothing, given the kinds of its variables.

    variables: the config's dictionary. A criterion sees raw values, not printed levels. Names of unknown variables
    are skipped. Raises ExpressionError if it cannot be parsed.
    """
    return list(_Kinds(variables).wrong(parse(criterion), FLAG))


def kind_of(expression: str, variables: Mapping) -> tuple[str, list[str]]:
    """The kind of value that an expression has (NUMBER, FLAG, DATE, TEXT), and its errors, as in mismatches."""
    kinds, tree = _Kinds(variables), parse(expression)
    return kinds.of(tree), list(kinds.errors(tree))


class _Kinds:
    """The kinds of the parts of an expression, and the errors in them. variables: the config's dictionary."""

    def __init__(self, variables: Mapping):
        self.variables = variables

    def of(self, node: ast.expr) -> str:
        """The kind of a part."""
        match node:
            case ast.Name():
                return self._variable(node.id)
            case ast.Constant():
                return TEXT if isinstance(node.value, str) else NUMBER
            case ast.BoolOp() | ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return FLAG
            case ast.IfExp():
                return self.of(node.body) or self.of(node.orelse)
            case ast.Call() if node.func.id in EXTREMES:
                return next(filter(None, map(self.of, node.args)), "")
            case ast.Call():
                return FLAG if node.func.id in ("any", "all", "missing") else NUMBER
        return NUMBER

    def _variable(self, name: str) -> str:
        if name not in self.variables:
            return ""
        variable = self.variables[name]
        return NUMBER if is_numeric(variable) else {"categorical": TEXT}.get(variable["kind"], variable["kind"])

    def errors(self, node: ast.expr) -> Iterator[str]:
        """The errors in a part."""
        match node:
            case ast.BoolOp():
                for value in node.values:
                    yield from self.wrong(value, FLAG)
            case ast.UnaryOp():
                yield from self.wrong(node.operand, FLAG if isinstance(node.op, ast.Not) else NUMBER)
            case ast.BinOp():
                for side in (node.left, node.right):
                    yield from self.wrong(side, NUMBER)
            case ast.IfExp():
                yield from self.wrong(node.test, FLAG)
                yield from self._alike([node.body, node.orelse])
            case ast.Compare():
                sides = [node.left, *node.comparators]
                for left, sign, right in zip(sides, node.ops, sides[1:], strict=False):
                    yield from self._pair(left, sign, right)
            case ast.Call():
                yield from self._call(node.func.id, node.args)

    def wrong(self, node: ast.expr, wanted: str) -> Iterator[str]:
        """The errors in a part that must have a kind."""
        kind = self.of(node)
        text = shown(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)
        if kind in (wanted, ""):
            yield from self.errors(node)
        elif wanted == FLAG and isinstance(node, ast.Constant):
            yield f"{text} is not a yes-or-no statement"
        elif wanted == FLAG and isinstance(node, ast.Name):
            yield f"{text} is {self.variables[node.id]['kind']}; only a flag can stand alone"
        elif wanted == FLAG:
            yield f"{text} gives a {kind}, not yes or no; compare it with a {kind}"
        elif wanted == DATE:
            what = self.variables[node.id]["kind"] if isinstance(node, ast.Name) else f"a {kind}"
            yield f"takes dates; {text} is {what}"
        elif wanted == NUMBER and kind == FLAG:
            yield f"{text} is yes or no, not a number; `count({text})` is 1 or 0"
        elif wanted == NUMBER and kind == DATE:
            yield f"{text} is a date, not a number; days(from, to) is the time between two dates"
        else:
            yield f"{text} is a {kind}; arithmetic needs numbers"

    def _call(self, name: str, arguments: list[ast.expr]) -> Iterator[str]:
        if name in DAYS:
            for argument in arguments:
                begins = "" if self.of(argument) == DATE else f"{name}() "
                yield from (f"{begins}{error}" for error in self.wrong(argument, DATE))
        elif name in EXTREMES:
            yield from self._alike(arguments)
        elif name in (*NUMERIC, *CONDITIONAL):
            for argument in arguments:
                yield from self.wrong(argument, NUMBER if name in NUMERIC else FLAG)

    def _alike(self, parts: list[ast.expr]) -> Iterator[str]:
        """Errors in parts that must have one kind."""
        kinds = list(dict.fromkeys(filter(None, map(self.of, parts))))
        if len(kinds) > 1:
            texts = " and ".join(map(ast.unparse, parts))
            yield f"{texts} are values of different kinds ({', '.join(kinds)})"
        for part in parts:
            yield from self.errors(part)

    def _pair(self, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> Iterator[str]:
        """Errors in one comparison: of a part with constants, or with another part."""
        if not is_constant(left):
            yield from self.errors(left)
        if is_constant(left) or is_constant(right) or isinstance(right, ast.List | ast.Tuple):
            operand, values = (right, left) if is_constant(left) else (left, right)
            yield from self._values(operand, sign, constants(values))
            return
        texts, kinds = [ast.unparse(side) for side in (left, right)], [self.of(side) for side in (left, right)]
        yield from self.errors(right)
        if FLAG in kinds and not all(isinstance(side, ast.Name) for side in (left, right)):
            yield f"{texts[kinds.index(FLAG)]} gives yes or no; do not compare it with anything"
        elif kinds[0] != kinds[1] and "" not in kinds:
            yield f"{texts[0]} is a {kinds[0]} and {texts[1]} a {kinds[1]}; compare values of the same kind"
        elif "" not in kinds and kinds[0] not in (NUMBER, DATE) and not isinstance(sign, ast.Eq | ast.NotEq):
            yield f"{texts[0]} is a {kinds[0]}, which has no order; use == or !="

    def _values(self, operand: ast.expr, sign: ast.cmpop, values: list) -> Iterator[str]:
        """Errors in a comparison of a part with constants."""
        kind, text = self.of(operand), ast.unparse(operand)
        for value in values:
            if isinstance(operand, ast.Name):
                error = _value_error(text, self.variables[text], sign, value) if kind else ""
            elif kind == FLAG:
                error = f"{text} gives yes or no; do not compare it with anything"
            elif kind == DATE:
                error = "" if _is_date(value) else f"{text} gives a date: compare it with 'YYYY-MM-DD'"
            elif kind == NUMBER and isinstance(value, str):
                gives = f"{operand.func.id}()" if isinstance(operand, ast.Call) else text
                error = f"{gives} gives a number; compare it with a number, not with {shown(value)}"
            else:
                error = ""
            if error:
                yield error


def _value_error(name: str, variable: Mapping, sign: ast.cmpop, value) -> str:
    """Why a variable can never equal a value or be compared with it; empty if it can."""
    if variable["kind"] == "flag":
        return f"{name} is a flag: write `{name}` or `not {name}`"
    if variable["kind"] == "date":
        return "" if _is_date(value) else f"{name} is a date: compare it with 'YYYY-MM-DD'"
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


def _is_date(text) -> bool:
    try:
        return isinstance(text, str) and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
