"""The log axis of a forest plot: limits that fit the estimates, every doubling labelled, arrows beyond."""

import math

from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, NullLocator

from twoarm.figures.fonts import text_mm

FARTHEST = 4  # doublings on either side of 1
EDGE = 0.17  # doublings by which the axis extends beyond its last breaks
OUTLYING = 0.1  # the part of the intervals that may go beyond an axis
TICK_SIZE, TICK_GAP_MM = 6, 1.3

Interval = tuple[float, float, float]  # an estimate with its limits
Limits = tuple[int, int]  # the powers of 2 at both ends


def axis_limits(estimates: list[Interval], width_mm: float) -> Limits:
    """The powers of 2 at the ends of an axis of this width.

    It includes all estimates, up to 1/16 and 16, and all intervals but a tenth, which end in arrows; if the labels of
    the doublings do not fit, it is shorter, and more intervals do.
    """
    known = [tuple(_doublings(part) for part in one) for one in estimates if not math.isnan(one[0])]
    low = -min(max([1, *(math.ceil(-part - 1e-9) for _, part, _ in known)]), FARTHEST)
    high = min(max([1, *(math.ceil(part - 1e-9) for *_, part in known)]), FARTHEST)
    spare = int(OUTLYING * len(known))
    while high > 1 and _cut(known, (low, high - 1)) <= spare and not _beyond(known, (low, high - 1)):
        high -= 1
    while low < -1 and _cut(known, (low + 1, high)) <= spare and not _beyond(known, (low + 1, high)):
        low += 1
    while not _fits((low, high), width_mm) and high - low > 2:
        shorter = [ends for ends in ((low, high - 1), (low + 1, high)) if ends[0] < 0 < ends[1]]
        low, high = min(shorter, key=lambda ends: (_beyond(known, ends), _cut(known, ends), max(-ends[0], ends[1])))
    return low, high


def axis_ticks(limits: Limits) -> list[float]:
    """Every doubling between the limits."""
    return [2.0**power for power in range(limits[0], limits[1] + 1)]


def place_of_one(limits: Limits) -> float:
    """How far across an axis 1 is."""
    return (EDGE - limits[0]) / (limits[1] - limits[0] + 2 * EDGE)


def draw_axis(axes: Axes, limits: Limits) -> None:
    """Give a plot its log axis, without a vertical one."""
    axes.set_xscale("log")
    axes.set_xlim(2 ** (limits[0] - EDGE), 2 ** (limits[1] + EDGE))
    ticks = axis_ticks(limits)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks], fontsize=TICK_SIZE)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def draw_interval(
    axes: Axes, y: float, estimate: Interval, marker: str, size: float, look: dict, limits: Limits
) -> None:
    """Draw an estimate with its interval; nothing if there is none."""
    value, low, high = estimate
    if math.isnan(value):
        return
    least, most = (2.0**power for power in limits)
    ends = [max(low, least) if low > 0 else least, min(high, most) if high > 0 else most]
    line = {key: look[key] for key in ("color", "linewidth")}
    axes.plot(ends, [y, y], zorder=2, **line)
    if least <= value <= most:
        axes.plot(value, y, marker, markersize=size, zorder=3, **look)
    for beyond, end, arrow in [(low < least, least, "<"), (high > most, most, ">")]:
        if beyond:
            axes.plot(end, y, arrow, color=look["color"], markersize=3.5, markeredgewidth=0, clip_on=False, zorder=3)


def _doublings(number: float) -> float:
    """A ratio in doublings from 1; one that is 0, or infinite, is beyond every axis."""
    if math.isnan(number):
        return 0.0
    return math.log2(number) if 0 < number < math.inf else math.copysign(2 * FARTHEST, number - 1)


def _cut(known: list[Interval], limits: Limits) -> int:
    """How many intervals go beyond the limits."""
    return sum(low < limits[0] or high > limits[1] for _, low, high in known)


def _beyond(known: list[Interval], limits: Limits) -> int:
    """How many estimates lie beyond the limits."""
    return sum(not limits[0] <= value <= limits[1] for value, *_ in known)


def _fits(limits: Limits, width_mm: float) -> bool:
    """Whether the labels of all doublings fit side by side."""
    labels = [text_mm(f"{tick:g}", TICK_SIZE) for tick in axis_ticks(limits)]
    step = width_mm / (limits[1] - limits[0] + 2 * EDGE)
    return all((one + next_one) / 2 + TICK_GAP_MM <= step for one, next_one in zip(labels, labels[1:], strict=False))
