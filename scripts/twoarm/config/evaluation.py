"""Apply an expression of the protocol to a table whose columns are the study's variables, row by row."""

import ast
import operator
from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from typing import NamedTuple

import numpy as np
import pandas as pd

from twoarm.config.expressions import DAYS, ExpressionError, parse
from twoarm.config.levels import NUMBER
from twoarm.text.echo import shown

ZERO = "a division by zero"
LOGARITHM = "a logarithm of zero or less"
ROOT = "a root of a negative number"
TOO_LARGE = "a number that is too large"
_COMPARISONS = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ARITHMETIC = {ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.Pow: np.power}
_OF_A_NUMBER = {
    **{"log": np.log, "log10": np.log10, "exp": np.exp, "sqrt": np.sqrt, "abs": np.abs, "floor": np.floor},
}


class Evaluated(NamedTuple):
    """The values of an expression in each row, and in which rows a part of it could not be computed, by reason."""

    values: pd.Series
    faults: dict[str, pd.Series]


def evaluate(expression: str, table: pd.DataFrame) -> Evaluated:
    """The values of an expression: float, nullable boolean, datetime64 or text; missing where a needed one is.

    Raises ExpressionError if types do not fit (text compared with a number, a variable alone that is not a flag).
    """
    faults: dict[str, pd.Series] = {}
    try:
        values = _Rows(table, faults).value(parse(expression))
    except ExpressionError:
        raise
    except (TypeError, AttributeError, ValueError):
        raise ExpressionError("it compares values of different kinds (text, number, date)") from None
    return Evaluated(values, faults)


def holds(criterion: str, table: pd.DataFrame) -> pd.Series:
    """Apply a criterion to each row.

    Returns a nullable boolean Series, missing where the criterion depends on a missing value or on a part that cannot
    be computed (a division by zero). Raises ExpressionError if types do not fit.
    """
    verdict = evaluate(criterion, table).values
    if getattr(verdict, "dtype", None) != "boolean":
        raise ExpressionError("it is not a yes-or-no statement; only a flag can stand alone")
    return verdict


class _Rows:
    """Evaluates parts of an expression in each row of a table; notes in `faults` what could not be computed."""

    def __init__(self, table: pd.DataFrame, faults: dict[str, pd.Series]):
        self.table, self.faults = table, faults

    def value(self, node: ast.expr):
        """The value of a part: a Series, or a constant."""
        match node:
            case ast.Constant():
                return node.value
            case ast.List() | ast.Tuple():
                return [ast.literal_eval(element) for element in node.elts]
            case ast.Name():
                column = self.table[node.id]
                return column.astype("boolean") if column.dtype in ("bool", "boolean") else column
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
                return -node.operand.value
            case ast.UnaryOp(op=ast.USub()):
                return -self.number(node.operand)
            case ast.UnaryOp():
                return ~self.flag(node.operand)
            case ast.BoolOp():
                return reduce(_COMBINED[type(node.op)], map(self.flag, node.values))
            case ast.BinOp():
                return self._arithmetic(node)
            case ast.IfExp():
                return self._either(node)
            case ast.Compare():
                return _compare([self.value(part) for part in (node.left, *node.comparators)], node.ops)
            case ast.Call():
                return self._call(node.func.id, node.args)

    def flag(self, node: ast.expr) -> pd.Series:
        """The value of a part that must be yes or no."""
        value = self.value(node)
        if getattr(value, "dtype", None) != "boolean":
            raise ExpressionError("a name alone beside `and`, `or` or `not` must be a flag")
        return value

    def number(self, node: ast.expr) -> pd.Series:
        """The value of a part that must be a number; a cell with another text is missing."""
        value = self.value(node)
        if not hasattr(value, "dtype"):
            return pd.Series(float(value), index=self.table.index)
        if value.dtype == "boolean" or value.dtype.kind == "M":
            raise ExpressionError(f"{ast.unparse(node)} is not a number")
        return _amounts(value) if pd.api.types.is_string_dtype(value) else value.astype(float)

    def _note(self, rows: pd.Series, reason: str) -> None:
        """Note the rows in which a part could not be computed."""
        if rows.any():
            self.faults[reason] = self.faults.get(reason, False) | rows

    def _arithmetic(self, node: ast.BinOp) -> pd.Series:
        left, right = self.number(node.left), self.number(node.right)
        with np.errstate(all="ignore"):
            found = _ARITHMETIC[type(node.op)](left, right)
        known = left.notna() & right.notna()
        zero = known & {ast.Div: right.eq(0), ast.Pow: left.eq(0) & right.lt(0)}.get(type(node.op), False)
        self._note(zero, ZERO)
        root = known & found.isna() & ~zero
        self._note(root, ROOT)
        self._note(known & ~zero & np.isinf(found), TOO_LARGE)
        return found.mask(~known | zero | np.isinf(found))  # 1 ** missing is 1 for numpy

    def _call(self, name: str, arguments: list[ast.expr]) -> pd.Series:
        if name == "missing":
            return self.value(arguments[0]).isna().astype("boolean")
        if name in DAYS:
            start, end = map(self.value, arguments)
            return (end - start).dt.days / DAYS[name]
        if name in _OF_A_NUMBER:
            return self._of_a_number(name, self.number(arguments[0]))
        if name in ("max", "min"):
            return self._extreme(name, arguments)
        flags = [self.flag(argument) for argument in arguments]
        if name == "count":
            return sum(flag.astype("Float64") for flag in flags).astype("float64")
        return reduce({"any": operator.or_, "all": operator.and_}[name], flags)

    def _of_a_number(self, name: str, amounts: pd.Series) -> pd.Series:
        with np.errstate(all="ignore"):
            found = _OF_A_NUMBER[name](amounts)
        if name in ("log", "log10"):
            self._note(amounts.le(0), LOGARITHM)
        else:
            self._note(amounts.notna() & found.isna(), ROOT)
            self._note(np.isinf(found), TOO_LARGE)
        return found.mask(np.isinf(found))

    def _extreme(self, name: str, arguments: list[ast.expr]) -> pd.Series:
        """The largest or smallest of numbers or dates; missing if one of them is."""
        values = [self.value(argument) for argument in arguments]
        if not any(hasattr(value, "dtype") and value.dtype.kind == "M" for value in values):
            values = [self.number(argument) for argument in arguments]
        beside = pd.concat(values, axis=1)
        return getattr(beside, name)(axis=1).mask(beside.isna().any(axis=1))

    def _either(self, node: ast.IfExp) -> pd.Series:
        """`... if ... else ...` in each row; missing where the condition is."""
        condition = self.flag(node.test)
        before = dict(self.faults)
        chosen = []
        for part, rows in ((node.body, condition), (node.orelse, ~condition)):
            self.faults.clear()
            value = self.value(part)
            chosen.append(value if hasattr(value, "dtype") else self._constant(value))
            taken = rows.fillna(False).astype(bool)
            for reason, faulty in self.faults.items():  # what is not chosen need not be computed
                before[reason] = before.get(reason, False) | faulty & taken
        self.faults.clear()
        self.faults.update({reason: rows for reason, rows in before.items() if rows.any()})
        return chosen[0].where(condition.fillna(False).astype(bool), chosen[1]).mask(condition.isna().astype(bool))

    def _constant(self, value: str | float) -> pd.Series:
        return pd.Series(value, index=self.table.index, dtype="string" if isinstance(value, str) else float)


_COMBINED = {ast.And: operator.and_, ast.Or: operator.or_}


def _compare(values: list, signs: Iterable[ast.cmpop]) -> pd.Series:
    """A chained comparison, missing where one of its values is missing."""
    verdict = None
    for left, sign, right in zip(values, signs, values[1:], strict=False):
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


def _isin(column: pd.Series, values: list) -> pd.Series:
    """Whether each value of a column is in a list, which may contain texts and numbers."""
    if column.dtype.kind == "M":
        return column.isin(list(map(datetime.fromisoformat, values)))
    found = column.isin([])
    for value in values:
        found |= (_beside(column, value) == value).fillna(False)
    return found


def _beside(side, other):
    """One side of a comparison, ready for the other: a text column compared with a number becomes numbers.

    Raises ExpressionError if no value of a column could equal a constant of that kind.
    """
    if not hasattr(side, "dtype") or hasattr(other, "dtype"):
        return side
    if isinstance(other, str) and side.dtype.kind == "f" and side.notna().any():
        raise ExpressionError(f"it compares numbers with the text {shown(other)}, which the column never contains")
    if isinstance(other, str) or side.dtype != "string":
        return side
    amounts = _amounts(side)
    if side.notna().any() and amounts.isna().all():
        raise ExpressionError("it compares values of different kinds (text, number, date)")
    return amounts


def _amounts(texts: pd.Series) -> pd.Series:
    """Texts as numbers; a text that is no number is missing."""
    return texts.where(texts.str.fullmatch(NUMBER["."], na=False)).astype(float)
