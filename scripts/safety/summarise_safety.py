"""Adverse events by arm: the number of patients with each term, at each range of grades.

A patient counts once per term, at the worst grade of its events (CTCAE: from 1, mild, to 5, death related to the
event); `any` takes the worst grade over all terms. Arms are compared by a test of the two proportions
(twoarm.stats.comparisons) and by their difference with Newcombe's interval; patients with weights by those of a survey
(twoarm.stats.weighted_tests), and their percentages are weighted, their numbers not.
"""

import numpy as np
import pandas as pd

from twoarm.config.keys import DEATHS, GRADE_5, contrast
from twoarm.raw.parquet import read_parquet
from twoarm.raw.terms import ANY, one_spelling
from twoarm.results.errors import log_to
from twoarm.results.populations import read_populations
from twoarm.results.rows import NOBODY
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.comparisons import AUTO, compare_categorical, newcombe_interval
from twoarm.stats.weighted_rows import Weighted


def summarise_safety(
    events: pd.DataFrame, populations: dict[str, pd.DataFrame], safety: dict, arms: dict
) -> pd.DataFrame:
    """Count the patients with each term at each range of grades, by arm and overall, in each population.

    events: patient_id, term, grade. populations: name: table with patient_id, arm, and weight (and pair) if it has any.
    safety: `grades` (label: [lowest, highest]), `terms` in the order of printing (default: all, most frequent first),
    `test` (default auto) and its thresholds `auto`. arms: `treated` and `control`, each with its `value`.

    Returns the tidy table: per group total, n and percent, per contrast p_value and difference (percentage points).
    A term that `terms` leaves out counts as `any`, and its notes name the term. Spellings of one term that
    differ only in case or spaces are counted together, and its notes name them.
    """
    # ASSUME: a patient without a row in the adverse-event table had no adverse event.
    participants = pd.concat(list(populations.values()))["patient_id"]
    events = events[events["patient_id"].isin(participants)]
    spelling = one_spelling(events["term"], safety.get("terms", []))
    worst = worst_grades(events.assign(term=events["term"].map(spelling)))
    terms = safety.get("terms") or frequent_first(worst)
    rows = []
    for population, patients in populations.items():
        grades = worst.reindex(index=patients["patient_id"], columns=[*worst.columns.union(terms)])
        groups, weighted = _groups(patients["arm"], arms), Weighted.of(patients, arms["treated"]["value"])
        key = {"analysis": "safety", "population": population}
        rows += [
            key | {"group": group, "statistic": "total", "method": "descriptive", "value": int(members.sum())}
            for group, members in groups.items()
        ]
        for term in [ANY, *terms]:
            for label, (low, high) in (
                {DEATHS: GRADE_5, **safety["grades"]} if term == ANY else safety["grades"]
            ).items():
                affected = grades[term].between(low, high).to_numpy()
                counts = {group: (int(affected[m].sum()), int(m.sum())) for group, m in groups.items()}
                level = key | {"variable": term, "level": label, "note": _term_note(term, terms, grades, spelling)}
                if weighted:
                    rows += [
                        level | row for row in _weighted(pd.Series(affected, patients.index), groups, arms, weighted)
                    ]
                    continue
                rows += [level | row for row in _proportions(counts)]
                rows += [level | row for row in _contrast(counts, arms, safety)]
    return statistics_table(rows)


def worst_grades(events: pd.DataFrame) -> pd.DataFrame:
    """The worst grade of each patient (index patient_id) for each term, and for `any`; NaN without an event."""
    worst = events.groupby(["patient_id", "term"], observed=True)["grade"].max().unstack().astype(float)
    return worst.assign(**{ANY: worst.max(axis=1)})


def frequent_first(worst: pd.DataFrame) -> list[str]:
    """All terms, most frequent first, ties in alphabetical order."""
    patients = worst.drop(columns=ANY).notna().sum()
    return sorted(patients.index, key=lambda term: (-patients[term], term))


def _groups(arm: pd.Series, arms: dict) -> dict[str, np.ndarray]:
    """The patients of each group: both arms, treated first, and all."""
    values = [arms[name]["value"] for name in ("treated", "control")]
    return {value: (arm == value).to_numpy() for value in values} | {"overall": np.ones(len(arm), bool)}


def _term_note(term: str, terms: list[str], grades: pd.DataFrame, spelling: dict[str, str]) -> str:
    """What a reader must know about a term's counts. spelling: {as written: as counted}."""
    if term != ANY:
        others = sorted(written for written, counted in spelling.items() if counted == term != written)
        also = [f"counts this term as it is also written: {', '.join(others)}"] if others else []
        return "; ".join(also if grades[term].notna().any() else [NOBODY])
    seen = grades.columns[grades.notna().any()]
    unlisted = sorted(set(seen) - {ANY, *terms})
    return f"counts terms that the config does not list: {', '.join(unlisted)}" if unlisted else ""


def _proportions(counts: dict[str, tuple[int, int]]) -> list[dict]:
    """The number and percentage of patients in each group; no percentage for an empty group."""
    rows = []
    for group, (n, total) in counts.items():
        key = {"group": group, "method": "descriptive"}
        rows.append(key | {"statistic": "n", "value": n})
        rows.append(key | {"statistic": "percent", "value": 100 * n / total if total else None})
    return rows


def _weighted(affected: pd.Series, groups: dict, arms: dict, weighted: Weighted) -> list[dict]:
    """The number and weighted percentage of patients in each group, and the comparison of the arms."""
    rows = []
    for group, members in groups.items():
        count = {"statistic": "n", "method": "descriptive", "value": int(affected[members].sum())}
        rows += [{"group": group} | row for row in (count, *weighted.shared(affected[members])[:1])]
    compared = {"group": contrast(*(arms[name]["value"] for name in ("treated", "control")))}
    return rows + [compared | row for row in weighted.compared(affected, ("risk_difference",))]


def _contrast(counts: dict[str, tuple[int, int]], arms: dict, safety: dict) -> list[dict]:
    """The test of the arms, and the difference of their proportions (treated minus control) with its 95% interval."""
    values = [arms[name]["value"] for name in ("treated", "control")]
    treated, control = (counts[value] for value in values)
    key = {"group": contrast(*values)}
    table = [[treated[0], control[0]], [treated[1] - treated[0], control[1] - control[0]]]
    p, method, note = compare_categorical(table, safety.get("test", "auto"), AUTO | safety.get("auto", {}))
    estimates = zip(("difference", "ci_low", "ci_high"), newcombe_interval(treated, control), strict=True)
    test = key | {"statistic": "p_value", "method": method, "value": p} | ({"note": note} if note else {})
    return [test, *(key | {"statistic": name, "method": "newcombe", "value": 100 * share} for name, share in estimates)]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    statistics = summarise_safety(
        events=read_parquet(snakemake.input.adverse_events),
        populations=read_populations(snakemake.params.populations, snakemake.input.populations),
        safety=snakemake.params.safety,
        arms=snakemake.params.arms,
    )
    write_statistics(statistics, snakemake.output.statistics)
