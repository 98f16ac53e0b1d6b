"""The axis of changes of the sum of target lesions: its limits, and lines at the thresholds of response."""

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from matplotlib.transforms import offset_copy

from twoarm.figures.palette import GREY
from twoarm.figures.writer import NOTE_SIZE
from twoarm.response.response_rules import rules_for

LOWEST, LEAST_HIGHEST, MARGIN = -1.03, 0.4, 0.06
MOST_GROWTH = 2.0  # growth beyond it is cut off, so that a single patient does not flatten the others
DASHED = (
    "Dashed: thresholds of partial response and progression. Progression also depends on the smallest sum so far and "
    "on new and non-target lesions"
)
BEYOND = f"▲: growth beyond +{100 * MOST_GROWTH:g}%."


def thresholds(criterion: str, settings: dict) -> dict[float, str]:
    """The changes at which to draw lines, with labels. settings: those of the config's `response` that define them."""
    rules = rules_for(criterion, settings)
    lines = {-float(rules.pr_ratio): "−", float(rules.pd_ratio): "+"}
    return {change: f"{sign}{abs(100 * change):.6g}%" for change, sign in lines.items()}


def is_beyond(changes: Iterable[float]) -> bool:
    """Whether any change is cut off."""
    return bool((np.asarray(list(changes), float) > MOST_GROWTH).any())


def set_limits(axes: Axes, changes: Iterable[float], lines: Iterable[float]) -> None:
    """Set the limits of the vertical axis, with percentages, for all changes (NaN: none) and thresholds."""
    known = [min(change, MOST_GROWTH) for change in changes if change == change]
    axes.set_ylim(LOWEST, max(LEAST_HIGHEST, *lines, *known) + MARGIN)
    axes.yaxis.set_major_formatter(PercentFormatter(1))


def draw_thresholds(axes: Axes, lines: dict[float, str], over_time: bool = False) -> None:
    """Draw a dashed line at each threshold, with its label where there is little else.

    Bars grow at the left and shrink at the right; over time, most lines have ended at the right.
    """
    for threshold, label in lines.items():
        axes.axhline(threshold, color=GREY, linewidth=0.7, linestyle=(0, (3, 2)))
        free = over_time or threshold > 0
        y, va, x, ha = (1.5, "bottom", 1, "right") if free else (-2, "top", 0.01, "left")
        place = {"xy": (x, threshold), "xytext": (0, y), "xycoords": ("axes fraction", "data")}
        behind = {"bbox": {"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.5}} if over_time else {}
        look = {"fontsize": NOTE_SIZE, "color": GREY, **behind}
        axes.annotate(label, ha=ha, va=va, textcoords="offset points", **place, **look)


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
