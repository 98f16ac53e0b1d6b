"""Tables as a paper prints them: cells rounded half-up, marks and footnotes, and the same table as HTML and as CSV."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from great_tables import GT, html, loc, style

from twoarm.rounding import ALPHA, half_up, p_text
from twoarm.values import ABSENT, POPULATIONS, Found, Values, arm_values

EMPTY = "–"
METHODS = {
    "pearson": "Pearson's chi-squared test",
    "yates": "chi-squared test with Yates' correction",
    "fisher": "Fisher's exact test",
    "welch_t": "Welch's t test",
    "student_t": "Student's t test",
    "mann_whitney": "Mann–Whitney U test",
    "mcnemar": "McNemar's test",
    "logrank": "log-rank test",
    "cox": "Cox regression on treatment alone",
    "cox_pair_robust": "Cox regression with variance clustered by matched pair",
}


class Cell(NamedTuple):
    """What a cell prints; a note becomes a footnote."""

    text: str
    note: str = ""
    bold: bool = False


class Column(NamedTuple):
    """A column's header and the spanner above it (empty: none)."""

    header: str
    spanner: str = ""


class Row(NamedTuple):
    """A row: its label, its cells, whether it is a level of the variable above, and a note on its label."""

    label: str
    cells: list[Cell]
    is_level: bool = False
    note: str = ""


BLANK = Cell("")


@dataclass
class PaperTable:
    """A table as printed: title, the head of its first column, columns, rows, and the notes below it."""

    title: str
    stub: str
    columns: list[Column]
    rows: list[Row]
    notes: list[str] = field(default_factory=list)


def number(found: Found, digits: int) -> Cell:
    """A number, rounded half-up; `–` with the reason as its note where it is empty."""
    return Cell(half_up(found.value, digits), found.note) if found.value == found.value else empty(found)


def empty(found: Found, reason: str = "not computed") -> Cell:
    """The cell of an empty value: `–`, with why."""
    return Cell(EMPTY, found.note or reason)


def p_cell(found: Found, mark: str = "") -> Cell:
    """A p-value, bold below 0.05; its note, and `mark` (a test that differs from the table's usual one)."""
    if found.value != found.value:
        return empty(found)
    note = "; ".join(part for part in (mark, found.note) if part)
    return Cell(p_text(found.value), note, found.value < ALPHA)


def count_cell(n: Found, percent: Found = ABSENT) -> Cell:
    """`28 (43.8)`: a count with its percent; the count alone where it is 0 or has no percent."""
    if n.value != n.value:
        return empty(n)
    share = "" if percent.value != percent.value or n.value == 0 else f" ({half_up(percent.value, 1)})"
    return Cell(half_up(n.value, 0) + share)


def mean_cell(mean: Found, sd: Found, digits: int = 1) -> Cell:
    """`54.2 ± 7.4`: mean and standard deviation."""
    if mean.value != mean.value:
        return empty(mean)
    return Cell(f"{half_up(mean.value, digits)} ± {half_up(sd.value, digits) or EMPTY}")


def median_cell(median: Found, q1: Found, q3: Found, digits: int = 1) -> Cell:
    """`3.0 (2.0–4.0)`: median and quartiles."""
    return estimate_cell(median, q1, q3, digits)


def estimate_cell(estimate: Found, low: Found, high: Found, digits: int, scale: float = 1) -> Cell:
    """`6.5 (5.6–7.2)`: an estimate and its interval, times `scale`; NE for a limit that cannot be estimated."""
    if estimate.value != estimate.value:
        return empty(estimate)
    limits = interval(low, high, digits, scale)
    notes = dict.fromkeys(note for note in (estimate.note, limits.note) if note)
    return Cell(f"{minus(half_up(estimate.value * scale, digits))} ({limits.text})", "; ".join(notes))


def interval(low: Found, high: Found, digits: int, scale: float = 1) -> Cell:
    """`5.6–7.2`, or `−0.6 to 7.2`: an interval, times `scale`; NE for a limit that cannot be estimated."""
    limits = [half_up(limit.value * scale, digits) or "NE" for limit in (low, high)]
    dash = " to " if any(limit.startswith("-") for limit in limits) else "–"
    notes = dict.fromkeys(limit.note for limit in (low, high) if limit.note)
    return Cell(minus(dash.join(limits)), "; ".join(notes))


def minus(text: str) -> str:
    """Numbers with a minus sign in place of the hyphen."""
    return text.replace("-", "−")


def arm_columns(values: Values, population: str, arms: dict, spanner: str, variable: str = "") -> list[Column]:
    """The two arms' columns, headed by their numbers of patients (`total` of `variable`), and the p-value's."""
    columns = []
    for arm in arm_values(arms):
        total = values.find("total", population=population, group=arm, variable=variable)
        columns.append(Column(f"{arm}\n(n = {half_up(total.value, 0)})", spanner))
    return [*columns, Column("P value", spanner)]


def spanners(values: Values) -> dict[str, str]:
    """The spanner above the columns of each population that has results; none where there is only one."""
    populations = values.populations()
    return {population: POPULATIONS[population] if len(populations) > 1 else "" for population in populations}


def arm_row(
    label: str,
    blocks: Iterable[str],
    arms: dict,
    of_arm: Callable[[str, str], Cell],
    of_contrast: Callable[[str], list[Cell]] | None = None,
    is_level: bool = False,
) -> Row:
    """A row of blocks (a population, a range of grades), each a cell an arm and then what compares the arms.

    of_arm(block, arm) gives an arm's cell, of_contrast(block) the cells after them (none given: a blank p-value).
    """
    cells = []
    for block in blocks:
        cells += [of_arm(block, arm) for arm in arm_values(arms)]
        cells += of_contrast(block) if of_contrast else [BLANK]
    return Row(label, cells, is_level)


def usual(methods: list[str]) -> str:
    """The method that most of a table's p-values have (ties: the first by name)."""
    counted = Counter(sorted(method for method in methods if method))
    return counted.most_common(1)[0][0] if counted else ""


def mark_of(method: str, usual_method: str) -> str:
    """The footnote of a p-value whose test is not the table's usual one."""
    return "" if method in ("", usual_method) else sentence(METHODS.get(method, method))


def tests_note(usual_method: str) -> str:
    """Which test the p-values are of; empty if nothing was tested."""
    if not usual_method:
        return ""
    return f"P value: {METHODS.get(usual_method, usual_method)} unless marked; bold below {ALPHA}."


def sentence(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def arms_note(arms: dict) -> str:
    """What the arms' abbreviations stand for."""
    return "; ".join(f"{arm['value']}, {arm['label']}" for arm in (arms["treated"], arms["control"])) + "."


def write_paper_table(table: PaperTable, html_path: str, csv_path: str, mark: str = "") -> None:
    """Write a table as a self-contained HTML page and as CSV (UTF-8), the same bytes each time.

    mark: what every table of the study bears below its title (in CSV: in a last row), such as `Synthetic patients`.
    """
    name = re.sub(r"\W", "-", Path(html_path).stem)
    page = (
        f'<!DOCTYPE html>\n<meta charset="utf-8">\n<title>{escape(table.title)}</title>\n{_html(table, name, mark)}\n'
    )
    Path(html_path).write_text(page, encoding="utf-8")
    with Path(csv_path).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(_csv_rows(table, mark))


def _csv_rows(table: PaperTable, mark: str):
    """One line a row: the variable, its level, the cells as text, and the row's notes."""
    names = [": ".join(part for part in (column.spanner, _one_line(column.header)) if part) for column in table.columns]
    yield [table.stub, "Level", *names, "Notes"]
    variable = ""
    for row in table.rows:
        variable = variable if row.is_level else row.label
        notes = dict.fromkeys(note for note in (row.note, *(cell.note for cell in row.cells)) if note)
        yield [variable, row.label if row.is_level else "", *(cell.text for cell in row.cells), "; ".join(notes)]
    if mark:
        yield [mark, *[""] * (len(names) + 2)]


_CSS = """
.gt_table { font-variant-numeric: tabular-nums; max-width: 180mm; }
.gt_table .gt_title { font-weight: bold !important; }
.gt_table .gt_indent_3 { text-indent: 0 !important; padding-left: 20px !important; }
.gt_table .gt_center { white-space: nowrap; }
.gt_table .gt_stub { min-width: 50mm; }
.gt_table .gt_footnote, .gt_table .gt_sourcenote { padding: 1px 5px !important; line-height: 1.35; }
"""


def _html(table: PaperTable, name: str, mark: str) -> str:
    keys = [f"c{place}" for place in range(len(table.columns))]
    texts = [[row.label, *(cell.text for cell in row.cells)] for row in table.rows]
    gt = GT(pd.DataFrame(texts, columns=["stub", *keys], dtype=str), rowname_col="stub", id=name)
    gt = gt.tab_header(table.title, mark or None).tab_stubhead(table.stub).cols_align("center", keys)
    headers = {key: html(_header(column.header)) for key, column in zip(keys, table.columns, strict=True)}
    gt = gt.cols_label(**headers)
    for spanner in dict.fromkeys(column.spanner for column in table.columns if column.spanner):
        below = [key for key, column in zip(keys, table.columns, strict=True) if column.spanner == spanner]
        gt = gt.tab_spanner(spanner, columns=below, id=f"s{below[0]}")
    gt = gt.tab_stub_indent([place for place, row in enumerate(table.rows) if row.is_level], 3)
    for place, row in enumerate(table.rows):
        if row.note:
            gt = gt.tab_footnote(f"{sentence(row.note)}.", loc.stub(rows=[place]), placement="right")
        for key, cell in zip(keys, row.cells, strict=True):
            if cell.bold:
                gt = gt.tab_style(style.text(weight="bold"), loc.body(columns=key, rows=[place]))
            if cell.note:
                gt = gt.tab_footnote(f"{sentence(cell.note)}.", loc.body(columns=key, rows=[place]), placement="right")
    for note in filter(None, table.notes):
        gt = gt.tab_source_note(html(escape(note)))
    return _journal(gt).as_raw_html()


def _journal(gt):
    """A journal's look: three rules, no grid, figures of equal width."""
    return (
        gt.opt_footnote_marks("letters")
        .opt_table_font(font=["Helvetica Neue", "Helvetica", "Arial", "Liberation Sans", "sans-serif"])
        .tab_options(
            table_font_size="11px",
            table_font_color="#000000",
            table_additional_css=_CSS,
            table_border_top_color="#000000",
            table_border_top_width="1.5px",
            table_border_bottom_color="#000000",
            table_border_bottom_width="1.5px",
            heading_align="left",
            heading_title_font_size="12px",
            heading_border_bottom_color="#000000",
            heading_border_bottom_width="1px",
            column_labels_font_weight="bold",
            column_labels_border_top_style="none",
            column_labels_border_bottom_color="#000000",
            column_labels_border_bottom_width="1px",
            stub_border_style="none",
            table_body_hlines_style="none",
            table_body_border_top_color="#000000",
            table_body_border_top_width="1px",
            table_body_border_bottom_color="#000000",
            table_body_border_bottom_width="1px",
            data_row_padding="2px",
            source_notes_font_size="10px",
            source_notes_multiline=False,
            source_notes_sep=" ",
        )
    )


def _header(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _one_line(text: str) -> str:
    return text.replace("\n", " ")
