"""Lesion tables that, read by the response rules, give each patient's responses and day of progression.

A patient's lesions at baseline follow from the number and size of the tumours, the portal vein thrombus and the
metastases; their course from the best responses by the two criteria. Lesions are drawn, read (`reading.py`) and drawn
again until the reading is the wanted one, with no sum close to a threshold.
"""

from typing import NamedTuple

import numpy as np
from reading import best_response, read

# Readings are the same if stable disease counts from week 6, from week 12 (this study's choice) or a little later.
SD_MIN_DAYS = (42, 84, 86)
ATTEMPTS = 3000
EXTRAHEPATIC = ("lung", "lymph_node", "adrenal", "bone")
MEASURABLE = {"lung": (12, 26), "lymph_node": (17, 27), "adrenal": (14, 28)}
READER_NOISE, READER_DISSENT = 0.07, 0.12


class Course(NamedTuple):
    """What a patient's images must show: best responses, days of the visits, and the visit that progresses."""

    mrecist: str
    recist: str
    days: list[int]
    progression: int | None  # position in days; None without progression


def baseline_lesions(patient: dict, rng) -> list[dict]:
    """The rows of the baseline visit: at most two targets in the liver and one in another organ, and the rest.

    patient: intrahepatic_tumours, tumour_diameter_sum_cm, pvtt, metastases, measurable_lesion.
    """
    sizes = tumour_sizes(patient["intrahepatic_tumours"], round(patient["tumour_diameter_sum_cm"] * 10), rng)
    lesions = []

    def add(role, site, diameter, viable=None):
        target = role == "target" and patient["measurable_lesion"] == "yes"
        letter = "T" if target else "N"
        number = 1 + sum(row["lesion_id"][0] == letter for row in lesions)
        status = "" if target else "present"
        row = {"lesion_id": f"{letter}{number}", "site": site, "role": "target" if target else "non_target"}
        lesions.append(row | {"diameter_mm": diameter, "viable_mm": viable, "status": status, "evaluable": "yes"})

    for i, diameter in enumerate(sizes[:4]):
        add("target" if i < 2 else "non_target", "liver", diameter, viable_part(diameter, rng))
    if patient["pvtt"] == "yes":
        add("non_target", "portal_vein", int(rng.integers(8, 21)))
    if patient["metastases"] == "yes":
        first, second = rng.permutation(EXTRAHEPATIC)[:2]
        if first in MEASURABLE and rng.random() < 0.7:
            add("target", str(first), int(rng.integers(*MEASURABLE[str(first)])))
        else:
            add("non_target", str(first), int(rng.integers(11, 25)))
        if rng.random() < 0.3:
            add("non_target", str(second), int(rng.integers(11, 25)))
    return sorted(lesions, key=lambda row: (row["lesion_id"][0] != "T", row["lesion_id"]))


def tumour_sizes(count: int, total_mm: int, rng) -> list[int]:
    """Split a sum of diameters into whole millimetres, largest first, with two large ones."""
    least = np.full(count, 10)
    least[:2] = 19 if count > 1 else total_mm
    weights = rng.dirichlet(np.where(np.arange(count) < 2, 3.0, 1.0 if count < 4 else 0.5))
    extra = np.floor(weights * max(total_mm - least.sum(), 0)).astype(int)
    extra[0] += max(total_mm - least.sum(), 0) - extra.sum()
    return sorted((int(size) for size in least + extra), reverse=True)


def viable_part(diameter: int, rng) -> int:
    """Longest enhancing diameter; after earlier treatment, part of the tumour does not enhance."""
    return max(int(diameter * (0.6 + 0.22 * rng.random())), min(diameter, 11))


def stable(factors: list[float], floor: float, rng) -> float:
    """A next size that is neither response nor progression."""
    return min(max(factors[-1] * rng.uniform(0.92, 1.08), floor), 1.13 * min(factors))


def viable_factors(course: Course, responds: int, growth: bool, rng) -> list[float]:
    """Viable size at each visit relative to baseline. responds: the visit at which a response is first seen."""
    factors = [1.0]
    end = len(course.days) if course.progression is None else course.progression
    for i in range(len(course.days)):
        least = min(factors)
        if i == end and growth:
            new = least * rng.uniform(1.3, 1.7) or rng.uniform(0.25, 0.5)
        elif i > end:
            new = factors[-1] * rng.uniform(1.02, 1.25)
        elif course.mrecist == "CR" and i >= min(responds + 1, end - 1):
            new = 0.0
        elif course.mrecist in ("CR", "PR") and i >= responds:
            new = min(least * rng.uniform(0.9, 1.1), rng.uniform(0.3, 0.6))
        else:
            new = stable(factors, 0.77, rng)
        factors.append(new)
    return factors[1:]


def diameter_factors(course: Course, responds: int, growth: bool, rng) -> list[float]:
    """Whole size at each visit relative to baseline. RECIST alone sees progression when a dying tumour swells."""
    factors = [1.0]
    swells = course.recist == "PD" and course.mrecist != "PD"
    at = int(rng.random() < 0.6) if swells else -1  # the first or the second visit
    follows = growth and (course.mrecist != "PD" or course.recist == "PD")
    for i in range(len(course.days)):
        least = min(factors)
        if i == at:
            new = least * rng.uniform(1.27, 1.45)
        elif i == course.progression and follows:
            new = least * rng.uniform(1.28, 1.6)
        elif course.recist == "PR" and i >= responds:
            new = min(least * rng.uniform(0.94, 1.08), rng.uniform(0.45, 0.62))
        elif swells and i > at or follows and course.progression is not None and i > course.progression:
            new = factors[-1] * rng.uniform(1.0, 1.08)
        else:
            new = stable(factors, 0.78, rng)
        factors.append(new)
    return factors[1:]


def follow_up_rows(baseline: list[dict], viable: float, whole: float, gone: bool, rng) -> list[dict]:
    """One visit's rows of the baseline lesions; gone: complete response by mRECIST."""
    rows = []
    for lesion in baseline:
        diameter = round(lesion["diameter_mm"] * whole * np.exp(0.02 * rng.standard_normal()))
        row = dict(lesion)
        if lesion["role"] == "non_target" and gone:
            row |= {"status": "absent", "diameter_mm": 0, "viable_mm": None if lesion["viable_mm"] is None else 0}
        else:
            row["diameter_mm"] = diameter
            if lesion["viable_mm"] is not None:
                size = round(lesion["viable_mm"] * viable * np.exp(0.02 * rng.standard_normal()))
                row["viable_mm"] = min(size, diameter)
        rows.append(row)
    return rows


def mark_progression(visits: list, course: Course, mechanism: str, rng) -> None:
    """Add other signs of progression: a non-target that progresses, or a new lesion (in place).

    A new lesion may be equivocal at first; confirmed at the next visit it dates progression back to its appearance.
    """
    at = course.progression
    if mechanism == "non_target":
        candidates = [row for row in visits[at][1] if row["role"] == "non_target" and row["status"] != "absent"]
        if candidates:
            lesion = candidates[int(rng.integers(len(candidates)))]["lesion_id"]
            for row in (row for _, rows in visits[at:] for row in rows if row["lesion_id"] == lesion):
                row["status"] = "unequivocal_progression"
    elif "new" in mechanism:
        # ASSUME: outside the liver, where both criteria agree; in the liver only beside growth of the targets.
        site = "liver" if "growth" in mechanism else ("lung", "lymph_node", "bone", "adrenal")[int(rng.integers(4))]
        diameter = int(rng.integers(16, 26) if site == "lymph_node" else rng.integers(11, 22))
        unsure = "growth" not in mechanism and len(visits) > at + 1 and rng.random() < 0.4
        for i, (_, rows) in enumerate(visits[at:]):
            status = "equivocal" if unsure and i == 0 else "present"
            rows.append(new_lesion("NEW1", site, diameter + 2 * i, status))


def new_lesion(name: str, site: str, diameter: int, status: str) -> dict:
    """A row of a new lesion."""
    viable = max(diameter - 2, 0) if site == "liver" else None
    row = {"lesion_id": name, "site": site, "role": "new", "diameter_mm": diameter, "viable_mm": viable}
    return row | {"status": status, "evaluable": "yes"}


def draw_visits(baseline: list[dict], course: Course, rng) -> list[tuple[int, list[dict]]]:
    """One try at a patient's visits: (day since treatment start, rows), the baseline first."""
    end = len(course.days) if course.progression is None else course.progression
    responds = int(rng.integers(0, max(1, min(3, end - 1))))
    names = ("growth", "new", "growth and new", "non_target")
    mechanism = names[int(np.searchsorted([0.45, 0.70, 0.85], rng.random()))]
    if course.mrecist == "PD" and course.recist != "PD":
        mechanism = "growth"
    growth = "growth" in mechanism and course.progression is not None
    viable = viable_factors(course, responds, growth, rng)
    whole = diameter_factors(course, responds, growth, rng)
    visits = [(-int(rng.integers(1, 15)), baseline)]
    for i, day in enumerate(course.days):
        gone = viable[i] == 0
        visits.append((day, follow_up_rows(baseline, viable[i], whole[i], gone, rng)))
    if course.progression is not None:
        mark_progression(visits[1:], course, mechanism, rng)
    add_doubts(visits[1 : end + 1], rng)
    return visits


def add_doubts(visits: list, rng) -> None:
    """Sometimes a target that cannot be measured, or a suspicious lesion that is gone at the next visit (in place)."""
    if len(visits) > 3 and rng.random() < 0.10:
        rows = visits[int(rng.integers(1, len(visits) - 1))][1]
        target = next((row for row in rows if row["role"] == "target"), None)
        if target is not None:
            target |= {"evaluable": "no", "viable_mm": None}
    if len(visits) > 3 and rng.random() < 0.06:
        i = int(rng.integers(0, len(visits) - 2))
        for (_, rows), status in zip(visits[i : i + 2], ("equivocal", "absent"), strict=True):
            rows.append(new_lesion("NEW9", "lung", 6 if status == "equivocal" else 0, status))


def patient_visits(patient: dict, course: Course, rng) -> list[tuple[int, list[dict]]]:
    """Visits whose reading gives exactly this course. Raises RuntimeError if no draw does."""
    baseline = baseline_lesions(patient, rng)
    day = None if course.progression is None else course.days[course.progression]
    for _ in range(ATTEMPTS):
        visits = draw_visits(baseline, course, rng)
        if is_as_wanted(visits, course, day):
            return visits
    raise RuntimeError(f"no lesions found for {course}")


def is_as_wanted(visits: list, course: Course, progression: int | None) -> bool:
    """Whether the visits give this course, with a safe margin, for each of SD_MIN_DAYS."""
    mrecist, safe = read(visits, "mrecist")
    recist, safe_recist = read(visits, "recist")
    return (
        safe
        and safe_recist
        and stays_progressed(mrecist)
        and stays_progressed(recist)
        and all(best_response(mrecist, days) == (course.mrecist, progression) for days in SD_MIN_DAYS)
        and all(best_response(recist, days)[0] == course.recist for days in SD_MIN_DAYS)
    )


def stays_progressed(verdicts: list[tuple[int, str]]) -> bool:
    """Whether every visit after the first progression is read as progression too."""
    responses = [response for _, response in verdicts]
    return "PD" not in responses or set(responses[responses.index("PD") :]) == {"PD"}


def second_reading(visits: list[tuple[int, list[dict]]], rng) -> list[tuple[int, list[dict]]]:
    """The same images read by another reader: other lengths, and sometimes another opinion."""
    out = []
    for i, (day, rows) in enumerate(visits):
        seen = []
        for row in rows:
            row = dict(row)
            factor = np.exp(READER_NOISE * rng.standard_normal())
            least = 0 if i or row["role"] != "target" else 15 if row["site"] == "lymph_node" else 10
            row["diameter_mm"] = max(round(row["diameter_mm"] * factor), least)
            if row["viable_mm"] is not None:
                own = factor * np.exp(READER_NOISE * rng.standard_normal())
                row["viable_mm"] = min(max(round(row["viable_mm"] * own), least), row["diameter_mm"])
            if row["status"] == "unequivocal_progression" and rng.random() < READER_DISSENT:
                row["status"] = "present"
            elif row["role"] == "new" and row["status"] == "present" and rng.random() < READER_DISSENT:
                row["status"] = "equivocal"
            seen.append(row)
        out.append((day, seen))
    return out
