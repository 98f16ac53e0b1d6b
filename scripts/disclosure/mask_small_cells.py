"""Mask small numbers of patients for readers: results/statistics stays exact, results/disclosed is masked.

A count below the minimum is masked, and so are other counts that would reveal it
(twoarm.disclosure), and every other number that would reveal a masked count: percentages, intervals, tests,
differences, survival. All analyses are masked together, because counts in others may reveal one. The other masked
counts have the same note as the small ones, so that a reader cannot tell which are which. Kaplan-Meier curves end when
fewer than the minimum are at risk. Source: Hundepool et al., Statistical Disclosure Control (2012).
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from twoarm.config.keys import OVERALL, SHARES
from twoarm.config.populations import ENROLLED
from twoarm.disclosure.counts import KNOWN, Key, Study
from twoarm.disclosure.disclosure import small, suppress
from twoarm.disclosure.models import POOLED, of_small_levels, of_small_models, treatment_elsewhere
from twoarm.disclosure.registered import COUNTS, unregistered
from twoarm.disclosure.relations import related_counts
from twoarm.raw.parquet import read_parquet
from twoarm.results.errors import log_to
from twoarm.results.rows import MASKED, read_statistics
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.imbalance import judged, named, unbalanced

NOTE = MASKED + "fewer than {minimum} patients, or needed to protect such a number"
# The number of patients without a value does not follow from these, if the arm's patients are counted.
SUMMARIES = ("mean", "sd", "median", "q1", "q3")
# How notes count patients without a value (stats.cox, analyse_subgroup), whose number follows from the totals.
COUNTED = re.compile(r"(left out for a missing value: |where they weigh nothing: )\d+|\d+( without .+? left out)")
DIFFERENCE = "largest_smd"  # of a variable over its levels, in the analysis of imputed data sets
CURVE = ["population", "stratum", "group", "variable"]


def mask_small_cells(table: pd.DataFrame, minimum: int, study: Study) -> tuple[pd.DataFrame, list[Key]]:
    """Mask the small counts of a study, and all numbers that would reveal them.

    table: the tidy rows of all analyses. minimum: the smallest number of patients that is shown. Returns the table with
    masked rows (value empty, note NOTE), in the same order, and the keys of masked counts that follow from the
    sizes of the arms or their numbers of events, which are always shown.
    Raises ValueError for a statistic that is not in twoarm.disclosure.registered: it is not known what it reveals.
    """
    if unknown := unregistered(table):
        raise ValueError(f"register in twoarm/disclosure/registered.py, or mask otherwise: {', '.join(unknown)}")
    counts = related_counts(table, study)
    movable = set(range(len(counts.values))) - counts.public()
    found = suppress(counts.values, counts.relations, minimum, movable, counts.cost)
    masked = {counts.rows[place] for place in found.masked if place in counts.rows}
    hiding = [place for place in sorted(found.masked) if place < len(counts.keys)]
    # a number that no row shows is masked by itself; only if it is small, other numbers reveal patients
    hiding = [place for place in hiding if place in counts.rows or small(counts.values[place], minimum)]
    gone = [counts.keys[place] for place in hiding]
    masked |= derived_rows(table, gone, study) | treatment_elsewhere(table, gone, study)
    few = [counts.keys[place] for place in counts.rows if small(counts.values[place], minimum)]
    masked |= of_small_models(table, few) | of_small_levels(table, counts, minimum)
    hidden = table.index.isin(masked)
    note = table["note"].map(_uncounted)
    if study.balance:
        note.update(pd.Series(imbalance_notes(table, hidden, study.balance), dtype=object))
    note = note.mask(hidden, NOTE.format(minimum=minimum))
    exposed = [counts.keys[place] for place in sorted(found.exposed) if place in counts.rows]
    return table.assign(value=table["value"].mask(hidden), note=note), exposed


def derived_rows(table: pd.DataFrame, masked: list[Key], study: Study) -> set[int]:
    """The rows (by index) that are not counts but would reveal a masked count."""
    groups = table[table["statistic"].isin(COUNTS)].groupby(["analysis", "population", "stratum", "variable"])
    counted = {key: set(group) for key, group in groups["group"]}
    others = table[~table["statistic"].isin(COUNTS)]
    by_analysis: dict[str, list[Key]] = {}
    for key in masked:
        by_analysis.setdefault(key.analysis, []).append(key)
        if key.analysis == "baseline":  # balance uses the same numbers, scaled by those of the enrolled patients
            by_analysis.setdefault("balance", []).append(key)
        by_analysis.setdefault(POOLED, []).extend(_over_data_sets(key, study))
    found = set()
    for row in others.itertuples():
        own = counted.get((row.analysis, row.population, row.stratum, row.variable), set())
        if any(_follows(row, key, own, study) for key in by_analysis.get(row.analysis, [])):
            found.add(row.Index)
    return found


def _over_data_sets(key: Key, study: Study) -> Iterator[Key]:
    """A masked count of the first imputed data set, with the place of the pooled numbers that would reveal it.

    The other data sets have nearly the same patients. A pooled effect in a level of a subgroup has the subgroup as its
    stratum, and the level as its level.
    """
    if key.analysis in ("baseline", "response", "outcomes"):
        yield key._replace(analysis=POOLED)
    if key.analysis.startswith("subgroup_") and key.stratum in study.values and not key.level:
        yield Key(POOLED, key.population, key.analysis, key.stratum, key.variable, key.group, key.statistic)


def _follows(row, key: Key, counted: set[str], study: Study) -> bool:
    """Whether a row would reveal a masked count, or help to. counted: the groups with counts beside it.

    A share of all patients follows from their own counts; but a mean (or a weighted share) of all, less that of one
    arm, gives the other arm's.
    """
    if row.analysis == "balance" or row.statistic == DIFFERENCE:
        population, relevant = key.population in (row.population, ENROLLED), key.statistic in ("n", "total", KNOWN)
        same = row.statistic == DIFFERENCE or _same_level(row, key)
        return population and relevant and key.variable in ("", row.variable) and same
    if key.population != row.population or key.variable not in ("", row.variable):
        return False
    if key.statistic == "missing" and _summarises(row):
        return False
    compared = study.compared(row.analysis, row.stratum, row.group)
    # counts of a level within an arm; the row compares the arms within that level
    inside = study.level_of(row.analysis, row.stratum) == key.group and key.stratum in compared
    uncounted = row.group not in counted and not row.analysis.startswith("prognosis")
    beside = key.stratum == row.stratum and (
        key.group == row.group
        or key.group in compared
        or (row.group == OVERALL and (uncounted or row.method in SHARES or _summarises(row)))
    )
    return (inside or beside) and _same_level(row, key)


def _summarises(row) -> bool:
    """Whether a row is a mean, quartile or the like of the patients with a value."""
    return row.analysis == "baseline" and row.statistic in SUMMARIES


def _same_level(row, key: Key) -> bool:
    """Whether a count and a row have the same level, or one is for the whole variable; a time never is."""
    return key.level in ("", row.level) or (row.level == "" and key.statistic == "n")


def imbalance_notes(table: pd.DataFrame, hidden: np.ndarray, balance: dict) -> dict[int, str]:
    """The notes (by index) of the rows on imbalance, without variables that have a masked difference.

    balance: `limits`, the config's, and `variables`, those with computed balance.
    """
    notes, own = {}, table[table["analysis"] == "balance"]
    for place, row in own[own["statistic"] == "imbalanced"].iterrows():
        here = own[own["population"] == row["population"]]
        masked = set(here.loc[hidden[here.index], "variable"])
        names = [name for name in judged(balance["variables"]) if name not in masked]
        notes[place] = named(unbalanced(here.to_dict("records"), names, balance["limits"]))
    return notes


def _uncounted(note: str) -> str:
    """A shown row's note without numbers of patients."""
    return COUNTED.sub(lambda found: f"{found[1]}some" if found[1] else f"some{found[2]}", note)


def mask_curves(curves: pd.DataFrame, statistics: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """End each group's curve when fewer than the minimum are at risk; leave out curves of both arms together.

    curves: CURVE_COLUMNS; statistics: the masked table of their analysis. A curve that ends early has a
    last row without at_risk, at the time after which nothing is shown; the curve of a group with masked patients or
    events has only this row, at time 0. Curves of one stratum (a subgroup's levels within an arm) end together,
    because the arm's own curve gives the sum of their patients.
    """
    kept = []
    hidden = statistics[statistics["note"].str.startswith(MASKED)]
    for (_, stratum, _), panel in curves[curves["group"] != OVERALL].groupby(
        ["population", "stratum", "variable"], sort=False
    ):
        ends = {}
        for group, curve in panel.groupby("group", sort=False):
            own = hidden[(hidden[CURVE] == curve[CURVE].iloc[0]).all(axis=1)]
            ends[group] = curve_end(curve, own, minimum)
        if stratum and len(ends) > 1 and any(end is not None for end in ends.values()):
            # two or more curves that are left out completely protect each other
            left_out = [group for group, end in ends.items() if end == 0]
            partly = [end for group, end in ends.items() if end is not None and (end > 0 or len(left_out) == 1)]
            together = min(partly, default=None)
            ends = {group: 0 if group in left_out else together for group in ends}
        kept += [_cut(curve, ends[group]) for group, curve in panel.groupby("group", sort=False)]
    return pd.concat(kept, ignore_index=True) if kept else curves


def curve_end(curve: pd.DataFrame, hidden: pd.DataFrame, minimum: int) -> float | None:
    """The time after which a curve is not shown (None: all is shown, 0: nothing is). hidden: its masked rows."""
    if hidden["statistic"].isin(["total", "events"]).any():
        return 0.0
    curve = curve.sort_values("time", kind="stable")
    times, at_risk = curve["time"].to_numpy(), curve["at_risk"].to_numpy()
    few = np.flatnonzero((at_risk > 0) & (at_risk < minimum))
    ends = [times[max(few[0] - 1, 0)]] if len(few) else []
    masked = hidden.loc[hidden["statistic"] == "at_risk", "level"].astype(float)
    ends += [times[times < time].max(initial=0.0) for time in masked]
    return float(min(ends)) if ends else None


def _cut(curve: pd.DataFrame, end: float | None) -> pd.DataFrame:
    """A curve up to its end, with a last row that marks it."""
    if end is None:
        return curve
    curve = curve.sort_values("time", kind="stable")
    kept = curve[curve["time"] <= end]
    last = kept.tail(1).assign(time=end, at_risk=np.nan, weighted_at_risk=np.nan, events=0, censored=0)
    if end == 0:
        return last.assign(survival=np.nan, ci_low=np.nan, ci_high=np.nan)
    return pd.concat([kept, last])


if __name__ == "__main__":
    log_to(snakemake.log[0])
    minimum = snakemake.params.disclosure["minimum_cell"]
    tables = [statistics_table(read_statistics(path)) for path in snakemake.input.statistics]
    masked, exposed = mask_small_cells(pd.concat(tables, ignore_index=True), minimum, Study(**snakemake.params.study))
    for key in exposed:
        print(f"masked, but it follows from the sizes of the arms or their events: {' '.join(filter(None, key))}")
    by_analysis, start = {}, 0
    for path, table in zip(snakemake.output.statistics, tables, strict=True):
        by_analysis[Path(path).stem] = masked.iloc[start : start + len(table)]
        write_statistics(by_analysis[Path(path).stem], path)
        start += len(table)
    for source, path in zip(snakemake.input.curves, snakemake.output.curves, strict=True):
        analysis = Path(path).stem.removesuffix("curves").removesuffix("_") or "survival"
        mask_curves(read_parquet(source), by_analysis[analysis], minimum).to_parquet(path, index=False)
