"""The numbers below Kaplan-Meier curves: at risk, and if asked for, with an event or censored until then.

Its styles: `standard` and `jama` have a block of rows for each number, with a row for each group; `kmunicate` a block
for each group, with a row for each number (Morris et al., BMJ Open 2019;9:e030215).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from twoarm.figures.fonts import POINT_MM, widest_mm, wrap_mm
from twoarm.figures.palette import GREY
from twoarm.figures.writer import TABLE_SIZE
from twoarm.results.curves import Curve
from twoarm.results.values import HIDDEN
from twoarm.text.rounding import half_up

LINE_MM, NUMBER_GAP_MM = 3.3, 1.6  # a line; between two numbers
STANDARD, JAMA, KMUNICATE = "standard", "jama", "kmunicate"  # the styles of the config
HEADS = {
    STANDARD: {"at_risk": "Number at risk", "events": "Cumulative events", "censored": "Cumulative censored"},
    JAMA: {"at_risk": "No. at risk", "events": "No. of events", "censored": "No. censored"},
    KMUNICATE: {"at_risk": "At risk", "censored": "Censored", "events": "Events"},
}


@dataclass(frozen=True)
class Numbers:
    """One row: its label and colour, the curve that it counts in, and what it counts."""

    label: str
    colour: str
    curve: Curve | None
    kind: str


@dataclass(frozen=True)
class Block:
    """Rows below a head."""

    head: str
    colour: str
    rows: list[Numbers]

    @property
    def lines(self) -> int:
        """The head and the lines of the rows."""
        return 1 + sum(row.label.count("\n") + 1 for row in self.rows)


def blocks_of(
    names: dict[str, str],
    colours: dict[str, str],
    curves: dict[str, Curve],
    style: str,
    rows: list[str],
    label_mm: float,
) -> list[Block]:
    """The blocks of a panel; rows: what to count beside at_risk; label_mm: the width of the labels."""
    heads = HEADS[style]
    counted = list(heads) if style == KMUNICATE else ["at_risk", *rows]
    weighted = any(curve.weighted for curve in curves.values())
    heads = heads | ({"at_risk": f"{heads['at_risk']}, weighted"} if weighted else {})
    if style == KMUNICATE:
        return [
            Block(
                names[group],
                colour,
                [Numbers(_wrapped(heads[kind], label_mm), "black", curves.get(group), kind) for kind in counted],
            )
            for group, colour in colours.items()
        ]
    return [
        Block(
            heads[kind],
            GREY,
            [
                Numbers(_wrapped(names[group], label_mm), colour, curves.get(group), kind)
                for group, colour in colours.items()
            ],
        )
        for kind in counted
    ]


def number_at(curve: Curve | None, kind: str, time: float) -> str:
    """How many patients were still observed just before a time, or had an event or were censored until then.

    The three sum to all patients. Numbers at risk of patients with weights are sums of weights; `[c]`: masked.
    """
    if is_masked(curve, time):
        return HIDDEN
    if kind != "at_risk":
        return str(int(getattr(curve, kind)[curve.time < time].sum())) if curve else "0"
    return weighted_at_risk(curve, time) if curve and curve.weighted else str(at_risk(curve, time))


def at_risk(curve: Curve | None, time: float) -> int:
    """How many patients were still observed just before a time: all but those who left earlier."""
    if curve is None:
        return 0
    earlier = curve.time < time
    return int(curve.at_risk[0] - curve.events[earlier].sum() - curve.censored[earlier].sum())


def weighted_at_risk(curve: Curve, time: float) -> str:
    """The sum of the weights of the patients who were still observed just before a time; `[c]` where it is masked."""
    later = curve.weighted_at_risk[curve.time >= time]
    number = later[0] if len(later) else 0.0
    return HIDDEN if np.isnan(number) else half_up(number, 1)


def is_masked(curve: Curve | None, time: float) -> bool:
    """Whether the number at risk at a time is masked: after the end of a curve whose last row has no at_risk."""
    if curve is None or not np.isnan(curve.at_risk[-1]):
        return False
    return bool(time > curve.time[-1] or curve.time[-1] == 0)


def number_mm(curves: Iterable[Curve]) -> float:
    """The width of the widest number below some curves."""
    return widest_mm([*(number_at(curve, "at_risk", 0) for curve in curves), "0"], TABLE_SIZE)


def label_mm(blocks: list[Block]) -> float:
    """The width of the widest label."""
    return widest_mm([row.label for block in blocks for row in block.rows], TABLE_SIZE, bold=True)


def draw_numbers(axes: Axes, blocks: list[Block], curves_axes: Axes) -> None:
    """The numbers at the breaks of the time axis."""
    axes.set(xlim=curves_axes.get_xlim(), ylim=(sum(block.lines for block in blocks), 0))
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    places, rows, line = [], [], 0
    for block in blocks:
        axes.text(
            0,
            line + 0.5,
            block.head,
            va="center",
            fontsize=TABLE_SIZE,
            color=block.colour,
            weight="normal" if block.colour == GREY else "bold",
        )
        line += 1
        for row in block.rows:
            tall = row.label.count("\n") + 1
            places.append(line + tall / 2)
            rows.append(row)
            line += tall
    axes.set_yticks(places, [row.label for row in rows], fontsize=TABLE_SIZE)
    widest = number_mm(row.curve for row in rows)
    axes.tick_params(length=0, pad=4 + widest / 2 / POINT_MM)  # clear of the first number, centred on time 0
    for label, row, place in zip(axes.get_yticklabels(), rows, places, strict=True):
        label.set(color=row.colour, va="center", weight="normal" if row.colour == "black" else "bold")
        for time in curves_axes.get_xticks():
            number = number_at(row.curve, row.kind, time)
            axes.text(time, place, number, ha="center", va="center", fontsize=TABLE_SIZE)


def _wrapped(name: str, width_mm: float) -> str:
    return "\n".join(wrap_mm(name, width_mm, TABLE_SIZE, bold=True)) or name
