"""Adverse events: the printed numbers of each term and grade in matched patients, similar rates in the others."""

import numpy as np
from targets import ARMS, Published

ANY, SEVERE = "Any grade", "Grade 3-4"


def terms(published: Published) -> list[str]:
    """The terms in the paper's order."""
    rows = (row["variable"] for row in published.rows if row["analysis"] == "safety" and row["variable"] != "any")
    return list(dict.fromkeys(rows))


def printed_count(published: Published, arm: str, term: str, level: str) -> int:
    """Matched patients of an arm with an event of the term and of these grades."""
    return published.count("safety", arm, term, level, True)


def matched_worst_grades(published: Published, arm: np.ndarray, rng) -> list[dict[str, int]]:
    """Each matched patient's worst grade by term, so that every printed count is met; arm: 1 for TRP.

    As many patients as in the paper have an event. Raises ValueError if not all of them can be given one.
    """
    names = terms(published)
    n_any = int(published.printed(analysis="safety", population="matched", group="overall", variable="any",
                                  level=ANY, statistic="n"))  # fmt: skip
    without = set(rng.permutation(len(arm))[: len(arm) - n_any].tolist())
    grades: list[dict[str, int]] = [{} for _ in arm]
    for code, name in enumerate(ARMS):
        pool = [i for i in np.flatnonzero(arm == code).tolist() if i not in without]
        for term in names:
            chosen = rng.permutation(pool)[: printed_count(published, name, term, ANY)].tolist()
            severe = printed_count(published, name, term, SEVERE)
            for position, i in enumerate(chosen):
                grades[i][term] = (3 + int(rng.random() < 0.12)) if position < severe else 1 + int(rng.random() < 0.4)
        spare_events(grades, pool, rng)
    return grades


def spare_events(grades: list[dict[str, int]], pool: list[int], rng) -> None:
    """Move an event from patients with many to each patient of the pool without one (in place)."""
    for i in pool:
        if not grades[i]:
            donor = max(pool, key=lambda j: (len(grades[j]), -j))
            term = sorted(grades[donor])[int(rng.integers(len(grades[donor])))]
            grades[i][term] = grades[donor].pop(term)


def other_worst_grades(published: Published, arm: np.ndarray, rng) -> list[dict[str, int]]:
    """Worst grades of patients that the paper does not count, drawn at the rates of matched patients in their arm."""
    grades = []
    for code in arm:
        name, own = ARMS[code], {}
        size = published.size(name, True)
        for term in terms(published):
            n_any, severe = (printed_count(published, name, term, level) for level in (ANY, SEVERE))
            if rng.random() < n_any / size:
                own[term] = 3 if rng.random() < severe / n_any else 1 + int(rng.random() < 0.4)
        grades.append(own)
    return grades


def event_rows(worst: dict[str, int], days: int, rng) -> list[tuple[str, int, int]]:
    """(term, grade, onset day) of one patient's events: the worst, and sometimes a milder one of the term before it.

    days: length of follow-up; most events begin within the first three months.
    """
    rows = []
    for term, grade in worst.items():
        onset = 1 + int(min(rng.standard_exponential() * 35, days - 1))
        if grade > 1 and onset > 12 and rng.random() < 0.3:
            rows.append((term, 1, onset - int(rng.integers(5, 12))))
        rows.append((term, grade, onset))
        if rng.random() < 0.08 and onset + 40 < days:
            rows.append((term, 1, onset + int(rng.integers(20, 40))))
    return sorted(rows, key=lambda row: (row[2], row[0], row[1]))
