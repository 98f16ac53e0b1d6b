"""Printed values that contradict the paper's own other printed numbers, for any patient data.

Printed numbers alone can disprove two things: a percentage, by its count and total, and the p-value of a contingency
table, by the counts of both groups under each of the usual tests (Pearson, Yates, Fisher). Means, medians and
hazard ratios are compatible with many data, so they are not judged.
"""

from collections.abc import Mapping
from itertools import product

import numpy as np
import pandas as pd

from twoarm.config.keys import contrast
from twoarm.published.published import agrees, as_printed, parse_printed
from twoarm.results.rows import KEY
from twoarm.stats.comparisons import compare_categorical
from twoarm.text.rounding import p_text

TESTS = ["pearson", "yates", "fisher"]
Slice = tuple[str, ...]


def contradictions(published: pd.DataFrame) -> pd.DataFrame:
    """Find the printed values that the paper's other printed numbers exclude.

    In: the table that `read_published` returns. Out: the KEY columns of each such value, in the order of the file,
    and `explanation`: what the other numbers give instead. A value whose counts are not all printed is not judged.
    """
    counts = PrintedCounts(published)
    found = []
    for row in published.to_dict("records"):
        explanation = None
        if row["statistic"] == "percent":
            explanation = percentage_error(row, counts)
        elif row["statistic"] == "p_value" and row["method"] in ("", *TESTS):
            explanation = _p_value(row, counts)
        if explanation:
            found.append({**row, "explanation": explanation})
    return pd.DataFrame(found, columns=[*KEY, "explanation"])


class PrintedCounts:
    """The counts and totals that a paper prints.

    A group's total is searched for with the same variable, then in the same analysis, then anywhere in the population;
    if the total of `overall` is not printed, it is the sum of both arms.
    """

    def __init__(self, published: pd.DataFrame):
        self._n: dict[Slice, int] = {}
        self._levels: dict[Slice, list[str]] = {}
        self._totals: dict[Slice, int] = {}
        self._contrasts: dict[str, list[tuple[str, str]]] = {group: [] for group in published["group"]}
        named = {name for part in ("group", "stratum", "level") for name in published[part]} - {""}
        for pair in product(named, named):
            self._contrasts.get(contrast(*pair), []).append(pair)
        for row in published[published["statistic"].isin(["n", "total"])].to_dict("records"):
            printed = parse_printed(row["printed"])
            if not printed.sign and not printed.digits:
                self._add(row, int(printed.number))

    def _add(self, row: Mapping, number: int) -> None:
        where = (row["population"], row["stratum"], row["group"])
        if row["statistic"] == "n":
            what = (row["analysis"], row["variable"])
            self._n[(*where, *what, row["level"])] = number
            self._levels.setdefault((*where, *what), []).append(row["level"])
        else:
            for what in ((row["analysis"], row["variable"]), (row["analysis"],), ()):
                self._totals.setdefault((*where, *what), number)

    def groups(self, row: Mapping) -> tuple[str, ...]:
        """The two groups of a contrast `A vs B`, which the paper names elsewhere as well; none where it names no such
        two, or where several two would fit."""
        pairs = self._contrasts.get(row["group"], [])
        return pairs[0] if len(pairs) == 1 else ()

    def n(self, row: Mapping, group: str, level: str) -> int | None:
        """The printed number of patients of `group` at `level` of the row's variable."""
        where = (row["population"], row["stratum"], group)
        return self._n.get((*where, row["analysis"], row["variable"], level))

    def levels(self, row: Mapping, group: str) -> list[str]:
        """The levels of the row's variable for which `group` has a printed count."""
        where = (row["population"], row["stratum"], group)
        return self._levels.get((*where, row["analysis"], row["variable"]), [])

    def total(self, row: Mapping, group: str) -> int | None:
        """The printed number of patients in `group`."""
        where = (row["population"], row["stratum"], group)
        for what in ((row["analysis"], row["variable"]), (row["analysis"],), ()):
            if (*where, *what) in self._totals:
                return self._totals[(*where, *what)]
        arms = [n for key, n in self._totals.items() if len(key) == 3 and key[:2] == where[:2]]
        return sum(arms) if group == "overall" and arms else None


def percentage_error(row: Mapping, counts: PrintedCounts) -> str | None:
    """The percentage from count and total, if it is not the printed one."""
    n, total = counts.n(row, row["group"], row["level"]), counts.total(row, row["group"])
    if n is None or not total:
        return None
    # With missing values, a paper may use the patients with a known value: the sum of the levels, below the total.
    known = sum(counts.n(row, row["group"], level) for level in counts.levels(row, row["group"]))
    if any(agrees(row["printed"], "percent", 100 * n / whole) for whole in {total, min(known, total)} - {0}):
        return None
    percent = 100 * n / total
    return f"{n}/{total} is {percent:.6g}%, which rounds to {as_printed(row['printed'], 'percent', percent)}"


def p_values_of_counts(method: str, table: list[list[int]]) -> dict[str, float]:
    """The p-value of a table (one row per group) by each of TESTS, or only by `method` if the paper names one."""
    tested = [compare_categorical(np.transpose(table), test) for test in TESTS if method in ("", test)]
    return {test: p for p, test, _ in tested if not np.isnan(p)}


def in_words(p_values: Mapping[str, float]) -> str:
    """`0.022 (Pearson), 0.034 (Yates), 0.033 (Fisher)`."""
    return ", ".join(f"{p_text(p)} ({name.capitalize()})" for name, p in p_values.items())


def _p_value(row: Mapping, counts: PrintedCounts) -> str | None:
    """The p-values of the printed counts by each test, if none is the printed one."""
    table, words = contingency(row, counts)
    p_values = p_values_of_counts(row["method"], table) if table else {}
    if not p_values or any(agrees(row["printed"], "p_value", p) for p in p_values.values()):
        return None
    return f"{words} gives {in_words(p_values)}"


def contingency(row: Mapping, counts: PrintedCounts) -> tuple[list[list[int]] | None, str]:
    """The printed counts for the p-value of `A vs B`: as a table, one row per group, and in words.

    None instead of the table if the counts are incomplete.
    """
    groups = counts.groups(row)
    if not groups:
        return None, ""
    totals = [counts.total(row, group) for group in groups]
    if None in totals:
        return None, ""
    if row["level"]:
        n = [counts.n(row, group, row["level"]) for group in groups]
        if None in n or any(count > total for count, total in zip(n, totals, strict=True)):
            return None, ""
        pairs = list(zip(n, totals, strict=True))
        return [[n, total - n] for n, total in pairs], " against ".join(f"{n}/{total}" for n, total in pairs)
    levels = counts.levels(row, groups[0])
    table = [[counts.n(row, group, level) for level in levels] for group in groups]
    if any(None in n or sum(n) != total for n, total in zip(table, totals, strict=True)):
        return None, ""
    words = [", ".join(f"{level} {n}" for level, n in zip(levels, row_n, strict=True)) for row_n in table]
    return table, " against ".join(words)
