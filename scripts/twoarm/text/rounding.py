"""Rounding for print: half-up on the exact value, as the paper rounds."""

import math
from decimal import ROUND_HALF_UP, Context, Decimal

ALPHA = 0.05  # a p-value below it counts as significant, and is printed bold
_WIDE = Context(prec=400)  # holds any float with its decimals


def half_up(value: float, digits: int) -> str:
    """Round to `digits` decimals, halves away from zero: 31.25 -> 31.3, where Python's round gives 31.2.

    The float's 12 significant digits are taken as the exact value, so that 100 * 247 / 2000 is 12.35.
    An empty value (NaN) gives an empty string.
    """
    if math.isnan(value):
        return ""
    exact = Decimal(f"{value:.12g}")
    rounded = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP, context=_WIDE)
    return str(abs(rounded) if rounded == 0 else rounded)


def p_text(p: float) -> str:
    """Print a p-value: three decimals, `<0.001` below that, empty if there is none."""
    if math.isnan(p):
        return ""
    return "<0.001" if p < 0.001 else half_up(p, 3)


def p_label(p: float) -> str:
    """Print a p-value with its P: `P = 0.008`, `P < 0.001`, `P not estimable`."""
    if math.isnan(p):
        return "P not estimable"
    text = p_text(p)
    return f"P < {text[1:]}" if text.startswith("<") else f"P = {text}"
