"""New lesions: when a lesion is new, when it is proven, and from which visit on it counts.

Sources: Eisenhauer 2009 (RECIST 1.1); Lencioni & Llovet 2010 (mRECIST for hepatocellular carcinoma).
"""

from itertools import dropwhile, groupby

import numpy as np

from twoarm.response.readings import Reading, Visit
from twoarm.response.response_rules import Rules

SEEN = ("present", "unequivocal_progression", "equivocal")


def new_lesions(follow_up: list[tuple[int, Visit]], rules: Rules) -> dict[int, tuple[bool, str, list[int]]]:
    """For each visit (by day): whether there is an unequivocal new lesion, which one, and the days of its scans.

    A lesion that a later visit confirms counts from its first appearance until a visit shows that it is gone.
    """
    # ASSUME [response]: a lesion that disappeared and returned is dated from its return, not from its first appearance.
    by_lesion = {}
    for day, visit in follow_up:
        for reading in visit.values():
            if reading.role == "new" and reading.evaluable and reading.status in ("absent", *SEEN):
                by_lesion.setdefault(reading.lesion, []).append((day, reading))
    days = [day for day, _ in follow_up]
    found, suspected, scans = ({day: [] for day in days} for _ in range(3))
    shown = dict(follow_up)
    for lesion in sorted(by_lesion):
        for first, gone, proof, site in appearances(by_lesion[lesion], rules):
            later = f", confirmed {np.datetime64(proof, 'D')}" if proof is not None and proof > first else ""
            for day in days:
                if first <= day and (gone is None or day < gone):
                    (suspected if proof is None else found)[day].append(f"{lesion} ({site}{later})")
                    if proof is not None and lesion in shown[day]:
                        scans[day].append(shown[day][lesion].scan)
    words = {
        day: "; ".join(_list("new lesion", found[day]) + _list("not yet a proven new lesion", suspected[day]))
        for day in days
    }
    return {day: (bool(found[day]), words[day], scans[day]) for day in days}


def appearances(seen: list[tuple[int, Reading]], rules: Rules) -> list[tuple[int, int | None, int | None, str]]:
    """Split one new lesion's readings into appearances: first day, day gone, day of proof (each or None), site."""
    # ASSUME [response]: a new node is dated from the visit at which it is no longer normal, not from an earlier one.
    runs = [(absent, list(run)) for absent, run in groupby(seen, key=lambda item: _is_none(item[1], rules))]
    spans = []
    for index, (absent, run) in enumerate(runs):
        if not absent:
            # ASSUME [mrecist]: an effusion is dated from its positive cytology, not from when it was first seen.
            run = list(dropwhile(lambda item: unproven_effusion(item[1], rules), run)) or run
            gone = runs[index + 1][1][0][0] if index + 1 < len(runs) else None
            spans.append((run[0][0], gone, day_of_proof(run, rules), run[0][1].site))
    return spans


def day_of_proof(run: list[tuple[int, Reading]], rules: Rules) -> int | None:
    """The day on which an appearance becomes an unequivocal new lesion; None if it never does.

    By mRECIST, a liver nodule does at nodule_mm or more with the typical pattern (the last one stated), or with
    nodule_growth_mm of growth since it was first measured; any other lesion does with status `present`.
    """
    first_size, pattern = None, ""
    for day, reading in run:
        if not rules.measures_viable(reading.site):
            if reading.status != "equivocal" and not benign(reading, rules):
                return day
            continue
        pattern = reading.pattern or pattern
        if reading.diameter is None:
            continue
        first_size = reading.diameter if first_size is None else first_size
        grown = reading.diameter - first_size >= rules.nodule_growth_mm
        if reading.diameter >= rules.nodule_mm and (pattern == "typical" or grown):
            return day
    return None


def unproven_effusion(reading: Reading, rules: Rules) -> bool:
    """mRECIST: an effusion is progression only with positive cytology."""
    return rules.needs_cytology(reading.site) and reading.cytology != "positive"


def _is_none(reading: Reading, rules: Rules) -> bool:
    """Whether there is no new lesion: it is gone, or it is a node too small to be malignant."""
    node = rules.is_node(reading.site) and reading.diameter is not None
    return reading.status == "absent" or (node and reading.diameter < rules.least_malignant(reading.site))


def benign(reading: Reading, rules: Rules) -> bool:
    """Whether a lesion is an unproven effusion, or a node smaller than the criterion's limit for malignancy."""
    small = reading.diameter is not None and reading.diameter < rules.least_malignant(reading.site)
    return unproven_effusion(reading, rules) or small


def is_normal(reading: Reading, rules: Rules) -> bool:
    """Whether a node was measured and is below the normal limit: it is not disease, whatever its role."""
    return rules.is_node(reading.site) and reading.diameter is not None and reading.diameter < rules.node_normal_mm


def _list(words: str, names: list[str]) -> list[str]:
    return [f"{words} {', '.join(names)}"] if names else []
