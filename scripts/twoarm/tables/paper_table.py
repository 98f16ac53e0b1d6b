"""Tables as in a paper: columns for the two arms, rows for variables and levels, and notes below."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from twoarm.config.keys import OVERALL
from twoarm.config.populations import Population
from twoarm.results.values import Values, arm_values
from twoarm.results.wording import arm_names
from twoarm.tables.cells import BLANK, Cell, count_cell, number
from twoarm.text.provenance import SIGNIFICANT, Piece, Sourced, joined, pieces, prose, setting

LINES_OF_A_PAGE = 55

METHODS = {
    "pearson": "Pearson's chi-squared test",
    "yates": "chi-squared test with Yates' correction",
    "fisher": "Fisher's exact test",
    "welch_t": "Welch's t test",
    "student_t": "Student's t test",
    "mann_whitney": "Mann–Whitney U test",
    "rao_scott": "Rao and Scott's chi-squared test",
    "design_t": "design-based t test",
    "design_rank": "design-based rank test",
    "wald_difference": "Wald test",
    "survey_risk_difference": "Wald test",
    "mcnemar": "McNemar's test",
    "logrank": "log-rank test",
    "cox": "Cox regression on treatment alone",
    "cox_adjusted": "Cox regression adjusted for covariates",
    "weighted_logrank": "weighted log-rank test",
    "weighted_cox": "weighted Cox regression on treatment alone",
    "cox_pair_robust": "Cox regression with variance clustered by matched pair",
    "cox_set_robust": "Cox regression with variance clustered by matched set",
}
# Tests of patients with weights.
SURVEY_TESTS = ("rao_scott", "design_t", "design_rank")


class Column(NamedTuple):
    """A column's header, the spanner above it (empty: none), and the sources of the header's numbers."""

    header: str
    spanner: str = ""
    sources: tuple[Sourced, ...] = ()


class Row(NamedTuple):
    """A row: label, cells, whether it is a level of the variable above, a note on the label, sources of the label."""

    label: str
    cells: list[Cell]
    is_level: bool = False
    note: str = ""
    sources: tuple[Sourced, ...] = ()

    @property
    def pieces(self) -> list[Piece]:
        """The label with its numbers' sources."""
        return pieces(self.label, self.sources)


@dataclass
class PaperTable:
    """A table as printed: title, the head of its first column, columns, rows, and the notes below it.

    sentences: whether its cells contain text that wraps, rather than numbers.
    """

    title: str
    stub: str
    columns: list[Column]
    rows: list[Row]
    notes: list[str | list[Piece]] = field(default_factory=list)
    sentences: bool = False

    def fits_on_a_page(self, letters: float = 80) -> bool:
        """Whether it fits on one page; letters: how many fit on a line of its first column."""
        lines = sum(math.ceil(max(1, len(row.label)) / letters) for row in self.rows)
        return lines <= LINES_OF_A_PAGE and not self.sentences

    def footnotes(self) -> dict[str, str]:
        """{note: its mark}, for notes on labels and cells: letters in the order of the rows."""
        notes = [part.note for row in self.rows for part in (row, *row.cells) if part.note]
        return {note: _letters(place) for place, note in enumerate(dict.fromkeys(notes))}


def _letters(place: int) -> str:
    """`a` to `z`, then `aa`, `bb`."""
    return chr(ord("a") + place % 26) * (place // 26 + 1)


def arm_columns(
    values: Values, population: str, arms: dict, spanner: str, variable: str = "", overall: bool = False
) -> list[Column]:
    """The columns of the two arms, with numbers of patients (`total` of `variable`) in the headers, and of p-values.

    A table with the effective sample sizes of weighted patients has them there too. overall: whether a column of both
    arms together is before them.
    """
    columns = []
    for arm, name in (({OVERALL: "Overall"} if overall else {}) | arm_names(arms)).items():
        total = count_cell(values.find("total", population=population, group=arm, variable=variable))
        size = values.find("effective_size", population=population, group=arm)
        effective = number(size, 1) if size.key else BLANK
        known = f"{total.text}; effective {effective.text}" if size.key else total.text
        columns.append(Column(f"{name}\n(n = {known})", spanner, total.sources + effective.sources))
    return [*columns, Column("P value", spanner)]


def spanners(populations: Sequence[Population]) -> dict[str, str]:
    """The spanner above the columns of each population, by name; empty if there is only one."""
    return {population.name: population.label if len(populations) > 1 else "" for population in populations}


def arm_row(
    label: str,
    blocks: Iterable[str],
    arms: dict,
    of_arm: Callable[[str, str], Cell],
    of_contrast: Callable[[str], list[Cell]] | None = None,
    is_level: bool = False,
    overall: bool = False,
) -> Row:
    """A row of blocks (a population, a range of grades), each with one cell per arm and the comparison of the arms.

    of_arm(block, arm) gives an arm's cell, of_contrast(block) the cells after them (none given: a blank p-value).
    overall: whether the cell of both arms together is before them, as in arm_columns.
    """
    cells, groups = [], [*[OVERALL] * overall, *arm_values(arms)]
    for block in blocks:
        cells += [of_arm(block, group) for group in groups]
        cells += of_contrast(block) if of_contrast else [BLANK]
    return Row(label, cells, is_level)


def usual(methods: list[str]) -> tuple[str, ...]:
    """The most frequent method of a table's p-values (ties: the first by name).

    If the table has weighted patients too, that of patients without weights comes first.
    """
    found = []
    for weighted in (False, True):
        counted = Counter(sorted(method for method in methods if method and (method in SURVEY_TESTS) == weighted))
        found += [method for method, _ in counted.most_common(1)]
    return tuple(found)


def mark_of(method: str, usual_methods: tuple[str, ...]) -> str:
    """The footnote of a p-value with another test than the table's usual ones."""
    return "" if method in ("", *usual_methods) else capitalised(METHODS.get(method, method))


def tests_note(usual_methods: tuple[str, ...]) -> list[Piece]:
    """A note on the tests of the p-values; empty if nothing was tested."""
    if not usual_methods:
        return []
    test = ", in weighted patients ".join(METHODS.get(method, method) for method in usual_methods)
    return prose("P value: {test} unless marked; bold below {alpha}.", test=test, alpha=SIGNIFICANT)


def capitalised(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """The text as a complete sentence."""
    return capitalised(text) + ("" if text.endswith(".") else ".")


def arms_note(arms: dict) -> list[Piece]:
    """A note that explains the arms' short names; empty if these are the labels."""
    parts = [
        [setting(f"arms.{role}.short", arms[role]["short"]), ", ", setting(f"arms.{role}.label", arms[role]["label"])]
        for role in ("treated", "control")
        if arms[role]["short"] != arms[role]["label"]
    ]
    return prose("{parts}.", parts=joined(parts, "; ", "; ")) if parts else []
