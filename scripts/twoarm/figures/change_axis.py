"""The axis of changes of the sum of target lesions: its limits, and a line at the threshold of partial response."""

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from matplotlib.transforms import offset_copy

from twoarm.figures.palette import GREY
from twoarm.figures.writer import NOTE_SIZE
from twoarm.response.response_rules import rules_for
from twoarm.tables.estimates import minus

LOWEST, LEAST_HIGHEST, MARGIN = -1.03, 0.4, 0.06
MOST_GROWTH = 2.0  # growth beyond it is cut off, so that a single patient does not flatten the others
DASHED = (
    "Dashed: threshold of partial response. Progression has no line: it depends on the smallest sum so far, and on new "
    "and non-target lesions"
)
BEYOND = f"▲: growth beyond +{100 * MOST_GROWTH:g}%."


def partial_response(criterion: str, settings: dict) -> float:
    """The change from baseline of a partial response, negative. settings: those of the config's `response` about it.

    There is none of progression, which is measured from the smallest sum so far.
    """
    return -float(rules_for(criterion, settings).pr_ratio)


def is_beyond(changes: Iterable[float]) -> bool:
    """Whether any change is cut off."""
    return bool((np.asarray(list(changes), float) > MOST_GROWTH).any())


def set_limits(axes: Axes, changes: Iterable[float]) -> None:
    """Set the limits of the vertical axis, with percentages, for all changes (NaN: none)."""
    known = [min(change, MOST_GROWTH) for change in changes if change == change]
    axes.set_ylim(LOWEST, max([LEAST_HIGHEST, *known]) + MARGIN)
    axes.yaxis.set_major_formatter(PercentFormatter(1))


def draw_threshold(axes: Axes, change: float, over_time: bool = False) -> None:
    """Draw a dashed line at the threshold, with its label where there is little else.

    Bars shrink at the right; over time, most lines have ended at the right.
    """
    axes.axhline(change, color=GREY, linewidth=0.7, linestyle=(0, (3, 2)))
    y, va, x, ha = (1.5, "bottom", 1, "right") if over_time else (-2, "top", 0.01, "left")
    place = {"xy": (x, change), "xytext": (0, y), "xycoords": ("axes fraction", "data")}
    behind = {"bbox": {"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.5}} if over_time else {}
    look = {"fontsize": NOTE_SIZE, "color": GREY, **behind}
    axes.annotate(minus(f"{100 * change:.6g}%"), ha=ha, va=va, textcoords="offset points", **place, **look)


def mark_beyond(axes: Axes, across: Iterable[float], colours: Iterable[str]) -> None:
    """Mark where changes are cut off, with triangles just above the axis."""
    above = offset_copy(axes.transData, axes.figure, y=2, units="points")
    place = {"marker": "^", "s": 10, "zorder": 4, "clip_on": False, "linewidth": 0, "transform": above}
    for x, colour in zip(across, colours, strict=True):
        axes.scatter(x, MOST_GROWTH + MARGIN, color=colour, **place)


def count_hidden(axes: Axes, hidden: int, total: int) -> None:
    """Say how many patients are not drawn because they have no sum to compare."""
    if hidden:
        text = f"{hidden} of {total} without a sum to compare: not drawn"
        place = {"xycoords": "axes fraction", "xytext": (3, 3), "textcoords": "offset points"}
        axes.annotate(text, (0, 0), fontsize=NOTE_SIZE, color=GREY, **place)
