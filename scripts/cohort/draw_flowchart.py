"""Figure 1: the flow of patients from screening to the two arms, and to the matched pairs if there is matching.

Laid out as STROBE's flow diagram (item 13c); every criterion is named, even if it excluded no patients. Counts are
only read: each patient is counted at the first criterion, in the protocol's order, that excludes them.
"""

import math
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from twoarm.config.matched_by import ratio_text, together
from twoarm.config.populations import ENROLLED, SCREENED
from twoarm.figures.fonts import DRAWN_WIDER, text_mm
from twoarm.figures.palette import GREY, arm_colours
from twoarm.figures.writer import COLUMN_MM, EXPLAINED, MARK_MM, NOTE_SIZE, PAGE_MM, is_narrow, new_figure, save_both
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import ABSENT, HIDDEN, Values
from twoarm.results.wording import arm_names, estimands_text, reason

# All lengths are in millimetres, from the upper left corner.
TEXT_SIZE, LINE, SMALL_LINE, PADDING, GAP = 7, 3.5, 3.0, 2.2, 8
EDGE, MAIN_WIDTH = 1, 60
INK = {"color": "black", "linewidth": 0.7}
WAYS = {
    "nearest": "nearest neighbour on the logit of the propensity score",
    "mahalanobis": "nearest neighbour by Mahalanobis distance of {covariates}",
    "optimal": "optimal matching on the logit of the propensity score",
}


class Line(NamedTuple):
    """A line of a box: its text, a count at the right edge, and whether it is bold, small print or a continuation."""

    text: str
    count: str = ""
    bold: bool = False
    small: bool = False
    indent: float = 0


class Grid(NamedTuple):
    """Where boxes stand: the width and top of the figure, widths of boxes, and how far inwards of an arm others are."""

    width: float
    top: float
    side: float
    arm: float
    matched: float
    unmatched: float
    inwards: float

    @property
    def centre(self) -> float:
        """The middle of the figure, where its stem is."""
        return self.width / 2

    @property
    def arms(self) -> dict[str, float]:
        """The middle of each arm."""
        return {"treated": self.width / 4, "control": 3 * self.width / 4}


PAGE = Grid(PAGE_MM, top=EDGE, side=82, arm=76, matched=56, unmatched=30, inwards=25)
IN_COLUMN = Grid(COLUMN_MM, top=EDGE + MARK_MM, side=39, arm=41, matched=29, unmatched=19, inwards=11)


@dataclass
class Box:
    """A box by its left edge, top and width; its lines are wrapped to fit, and its height follows from them.

    colour: of the edge, and as a tint of the inside; black: white inside; none: text alone.
    """

    left: float
    top: float
    width: float
    lines: list[Line]
    colour: str = "black"
    centred: bool = True

    def __post_init__(self):
        self.lines = [part for line in self.lines for part in wrapped(line, self.width - 2 * PADDING)]
        self.bottom = self.top + 2 * PADDING + sum(_height(line) for line in self.lines)
        self.right = self.left + self.width

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return (self.top + self.bottom) / 2

    @property
    def head(self) -> float:
        """The height of the middle of its first line."""
        return self.top + PADDING + _height(self.lines[0]) / 2

    def lower(self, top: float) -> None:
        """Move the box down to another top."""
        self.top, self.bottom = top, self.bottom + top - self.top

    def draw(self, axes: Axes) -> None:
        """Draw the box and its lines."""
        corner, height = (self.left, self.top), self.bottom - self.top
        inside = "none" if self.colour == "none" else _tint(self.colour)
        axes.add_patch(Rectangle(corner, self.width, height, facecolor=inside, edgecolor=self.colour, linewidth=0.8))
        y = self.top + PADDING
        for line in self.lines:
            y += _height(line) / 2
            look = {"fontsize": _size(line), "fontweight": _weight(line), "color": GREY if line.small else "black"}
            x, side = (self.left + self.width / 2, "center") if self.centred else (self.left + PADDING, "left")
            axes.text(x + line.indent, y, line.text, ha=side, va="center_baseline", **look)
            axes.text(self.right - PADDING, y, line.count, ha="right", va="center_baseline", **look)
            y += _height(line) / 2


def draw_flowchart(
    values: Values,
    eligibility: dict,
    arms: dict,
    matching: dict | None,
    labels: dict[str, str] | None = None,
    weighted: dict[str, str] | None = None,
    estimands: str = "",
    filled: str = "",
    width_mm: float = PAGE_MM,
) -> Figure:
    """Return the flowchart.

    values: the statistics of attrition and, if the study matches, of matching (`matching` is then the config's, else
    None, with calipers as texts), and of weights, if it weights. eligibility, arms: the config's; labels: {variable
    that matching uses: its label}; weighted: {design with weights: its label}; estimands: what the arms' comparison
    estimates, for the notes; filled: how many values are imputed (imputed_note).
    """
    grid = IN_COLUMN if is_narrow(width_mm) else PAGE
    total = {name: _count(values, "total", "overall", population=name) for name in (SCREENED, ENROLLED)}
    screened = _headed(grid.centre, grid.top, MAIN_WIDTH, f"Patients screened {_n(total[SCREENED])}")
    sides = excluded_boxes(values, eligibility, grid, screened.bottom + GAP / 2)
    below = max(box.bottom for box in [screened, *sides]) + GAP / 2
    enrolled = _headed(grid.centre, below, MAIN_WIDTH, f"Patients enrolled {_n(total[ENROLLED])}")
    chains = arm_boxes(values, arms, grid, enrolled.bottom + GAP, matching is not None)
    last = max(chain[-1].bottom for chain in chains)
    of_weights = weight_boxes(values, arms, grid, last + GAP / 2, weighted or {})
    last = max([last, *(box.bottom for box in of_weights)])
    boxes = [screened, *sides, enrolled, *chains[0], *chains[1], *of_weights]
    texts = [filled, *(part for box in boxes for line in box.lines for part in (line.text, line.count))]
    masked = [EXPLAINED] if any(HIDDEN in text for text in texts) else []
    notes = [*_notes(any(eligibility.values()), matching, labels or {}), filled, estimands, *masked]
    notes = Box(0, last, grid.width, [Line(text, small=True) for text in notes if text], "none", centred=False)

    figure = new_figure(grid.width, notes.bottom)
    figure.set_layout_engine(None)
    axes = figure.add_axes([0, 0, 1, 1], xlim=(0, grid.width), ylim=(notes.bottom, 0))
    axes.axis("off")
    for box in [*boxes, notes]:
        box.draw(axes)
    _arrow(axes, (grid.centre, screened.bottom), (grid.centre, enrolled.top))
    for side in sides:
        _arrow(axes, (grid.centre, side.head), (side.right if side.left < grid.centre else side.left, side.head))
    axes.plot([grid.centre, grid.centre], [enrolled.bottom, enrolled.bottom + GAP / 2], **INK)
    for centre, chain in zip(grid.arms.values(), chains, strict=True):
        axes.plot([grid.centre, centre], [enrolled.bottom + GAP / 2] * 2, **INK)
        _join(axes, centre, enrolled.bottom + GAP / 2, chain, grid)
    if matching is not None:
        _link_pairs(axes, values, grid, chains[0][-1], chains[1][-1], f"{together(matching)}s")
    return figure


def excluded_boxes(values: Values, eligibility: dict, grid: Grid, top: float) -> list[Box]:
    """The boxes beside the stem: inclusion criteria that patients did not meet, exclusion criteria that they met.

    Patients leave the stem for the second box below those for the first, as they are counted.
    """
    boxes, remaining = [], _count(values, "total", "overall", population=SCREENED)
    heads = {"inclusion": "Not eligible", "exclusion": "Excluded"}
    for (kind, head), left in zip(heads.items(), (EDGE, grid.width - grid.side - EDGE), strict=True):
        criteria = eligibility.get(kind) or []
        if not criteria:
            continue
        counts = [(part, _count(values, "n", "overall", population=SCREENED, variable=part["id"])) for part in criteria]
        before = remaining
        remaining = _count(values, "remaining", "overall", population=SCREENED, variable=criteria[-1]["id"])
        lines = [Line(head, f"n = {_text(before - remaining)}", bold=True)]
        lines += [Line(reason(kind, part), _text(n)) for part, n in counts if n]
        nobody = [part["label"] for part, n in counts if not n]
        lines += [Line(f"No patient excluded by: {'; '.join(nobody)}.", small=True)] if nobody else []
        boxes.append(Box(left, top, grid.side, lines, centred=False))
    if len(boxes) > 1:
        first, second = boxes
        second.lower(max(first.top + GAP, first.bottom - (second.bottom - second.top)))
    return boxes


def arm_boxes(values: Values, arms: dict, grid: Grid, top: float, matches: bool) -> list[list[Box]]:
    """The boxes of each arm, treated first, from above: the arm and, if the study matches, who was and was not."""
    n = {role: _count(values, "total", arms[role]["value"], population=ENROLLED) for role in grid.arms}
    heads = [
        _headed(centre, top, grid.arm, f"{arms[role]['short']} {_n(n[role])}", *_meaning(arms[role]), colour=colour)
        for (role, centre), colour in zip(grid.arms.items(), arm_colours(arms).values(), strict=True)
    ]
    level = max(head.bottom for head in heads)
    chains = []
    for head, (role, centre) in zip(heads, grid.arms.items(), strict=True):
        head.bottom = level  # both arms' boxes are as high as the higher
        chains.append([head])
        if matches:
            value = arms[role]["value"]
            out = _count(values, "unmatched", value, population=ENROLLED)
            inwards = centre + (grid.inwards if centre < grid.centre else -grid.inwards)
            unmatched = _headed(inwards, level + GAP / 2, grid.unmatched, "Not matched", _n(out), bold=False)
            text = f"{arms[role]['short']} matched {_n(n[role] - out)}"
            matched = _headed(centre, unmatched.bottom + GAP / 2, grid.matched, text, colour=head.colour)
            chains[-1] += [unmatched, matched]
    return chains


def _meaning(arm: dict) -> list[str]:
    """The label of an arm, if its short name is another."""
    return [] if arm["short"] == arm["label"] else [arm["label"]]


def weight_boxes(values: Values, arms: dict, grid: Grid, top: float, weighted: dict[str, str]) -> list[Box]:
    """A box below each arm: the patients of each design with weights, with those left out because of their score.

    weighted: {design: its label}. Empty if there is none.
    """
    boxes = []
    for (role, centre), colour in zip(grid.arms.items(), arm_colours(arms).values(), strict=True):
        lines = [Line("Weighted by the propensity score", bold=True)] if weighted else []
        for name, label in weighted.items():
            n, out = (_count(values, part, arms[role]["value"], population=name) for part in ("total", "trimmed"))
            lines.append(Line(label, f"n = {_text(n)}"))
            lines += [Line("Left out because of their score", f"n = {_text(out)}", small=True)] if out else []
        boxes += [Box(centre - grid.arm / 2, top, grid.arm, lines, colour, centred=False)] if lines else []
    return boxes


def wrapped(line: Line, width: float) -> list[Line]:
    """Break a line wider than `width` between words, or within a wider word; the count stays on the first part."""
    room = width - (_width(line, line.count) + PADDING if line.count else 0)
    parts, current = [], ""
    for word in line.text.split(" "):
        longer = f"{current} {word}".strip()
        if current and _width(line, longer) > room:
            parts.append(current)
            longer = word
        while _width(line, longer) > room and len(longer) > 1:
            fits = next(n for n in range(len(longer) - 1, 0, -1) if n == 1 or _width(line, longer[:n]) <= room)
            parts.append(longer[:fits])
            longer = longer[fits:]
        current = longer
    first, *rest = [*parts, current]
    indent = PADDING if line.count and not line.bold else 0
    return [line._replace(text=first), *(line._replace(text=part, count="", indent=indent) for part in rest)]


def _headed(centre, top, width, head, *texts, colour="black", bold=True) -> Box:
    """A box around a centre, with its first text bold."""
    return Box(centre - width / 2, top, width, [Line(head, bold=bold), *map(Line, texts)], colour)


def _notes(has_criteria: bool, matching: dict | None, labels: dict[str, str]) -> list[str]:
    counted = "Each patient is counted at the first criterion, in the order shown, that excludes them."
    notes = [counted] * has_criteria
    if matching:
        caliper = matching["caliper"]
        within = f"within a caliper of {caliper:g} SD" if caliper else "without a caliper"
        if caliper and matching["method"] == "mahalanobis":
            within += " of the logit of the propensity score"
        calipers = "".join(f"; {labels[name]} within {width}" for name, width in matching["calipers"].items())
        same = ", ".join(labels[name] for name in matching["exact"])
        exact = f"; exact on {same}" if same else ""
        way = WAYS[matching["method"]].format(covariates=", ".join(labels[name] for name in matching["covariates"]))
        notes.append(f"Matching: {ratio_text(matching)} {way}, {within}{calipers}{exact}.")
    return notes


def imputed_note(values: Values, arms: dict, imputed: dict[str, str]) -> str:
    """`Imputed values (TRP, TR): AFP 12 and 9; size 3 and 0.`; empty without any.

    values: the statistics of missing; imputed: {variable with imputed values: its label}.
    """
    counts = []
    for name, label in imputed.items():
        found = [values.find("missing", population=ENROLLED, group=arm, variable=name) for arm in arm_names(arms)]
        counts.append(f"{label} {' and '.join(count.printed(f'{count.value:.0f}') for count in found)}")
    return f"Imputed values ({', '.join(arm_names(arms).values())}): {'; '.join(counts)}." if counts else ""


def _join(axes: Axes, centre: float, start: float, chain: list[Box], grid: Grid) -> None:
    """The arrows of one arm, with the branch to the unmatched patients."""
    _arrow(axes, (centre, start), (centre, chain[0].top))
    if len(chain) > 1:
        first, unmatched, matched = chain
        _arrow(axes, (centre, first.bottom), (centre, matched.top))
        edge = unmatched.left if centre < grid.centre else unmatched.right
        _arrow(axes, (centre, unmatched.middle), (edge, unmatched.middle))


def _link_pairs(axes: Axes, values: Values, grid: Grid, treated: Box, control: Box, word: str) -> None:
    """The dashed line between the matched arms, with the number of pairs or sets."""
    pairs = _count(values, "pairs", "overall", population=ENROLLED)
    axes.plot([treated.right, control.left], [treated.middle] * 2, linestyle=(0, (3, 2)), **INK)
    axes.text(
        grid.centre,
        treated.middle - 1,
        f"{_text(pairs)} {word}",
        ha="center",
        va="bottom",
        fontsize=TEXT_SIZE,
        fontweight="bold",
    )


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    head = {"arrowstyle": "-|>,head_width=0.16,head_length=0.36", "shrinkA": 0, "shrinkB": 0, **INK}
    axes.annotate("", end, start, arrowprops=head)


def _n(count: float) -> str:
    """`(n = 64)` without a possible line break."""
    return f"(n = {_text(count)})".replace(" ", "\N{NO-BREAK SPACE}")


def _text(count: float) -> str:
    """A count; `[c]` if it, or a number that it is computed from, is masked."""
    return HIDDEN if math.isnan(count) else f"{count:.0f}"


def _count(values: Values, statistic: str, group: str, **key: str) -> float:
    """A count, NaN if masked. Raises KeyError if there is none."""
    found = values.find(statistic, group=group, **key)
    if found is ABSENT:
        raise KeyError(f"no {statistic} of {group} {key}")
    return found.value


def _width(line: Line, text: str) -> float:
    return DRAWN_WIDER * text_mm(text, _size(line), line.bold)


def _height(line: Line) -> float:
    return SMALL_LINE if line.small else LINE


def _size(line: Line) -> float:
    return NOTE_SIZE if line.small else TEXT_SIZE


def _weight(line: Line) -> str:
    return "bold" if line.bold else "normal"


def _tint(colour: str) -> tuple | str:
    return "white" if colour == "black" else tuple(1 - 0.12 * (1 - part) for part in to_rgb(colour))


if __name__ == "__main__":
    log_to(snakemake.log[0])
    draw = partial(
        draw_flowchart,
        Values(read_statistics(*snakemake.input.statistics)),
        snakemake.params.eligibility,
        snakemake.params.arms,
        snakemake.params.matching,
        snakemake.params.labels,
        snakemake.params.weighted,
        estimands_text(snakemake.params.populations, weighted=""),
        imputed_note(
            Values(read_statistics(*snakemake.input.missing)), snakemake.params.arms, snakemake.params.imputed
        ),
    )
    save_both(draw, snakemake.output, snakemake.params.watermark)
