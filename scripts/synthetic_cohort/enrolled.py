"""The 188 enrolled patients: everything except centre and identifier."""

from datetime import date, timedelta

import numpy as np
from adverse_events import matched_worst_grades, other_worst_grades
from courses import Days, enrolled_days, make_course, progresses_by_mrecist_alone
from covariates import NAMES, covariates
from integers import ages, tace_counts
from lesions import patient_visits, second_reading
from patients import raw_covariates
from responses import Pair, assign_responses, response_pairs
from streams import stream
from targets import ARMS, GROUPS, Published


def enrolled_patients(published: Published) -> tuple[list[dict], np.ndarray]:
    """Raw columns of each, with `visits`, `second_reading` and `worst_grades` beside them; and the coded covariates."""
    x, group, margin = covariates(published, ages(published, stream("ages")), stream("covariates"))
    print(f"matching: no decision by less than {margin:.1e} on the logit")
    coded = x[:, 1:]
    days = enrolled_days(published, coded, group)
    n_tace = spread_tace(published, group, days.pfs, stream("tace"))
    pairs = spread_responses(published, group, coded, days, stream("responses"))
    covariate_rng, course_rng = stream("raw covariates"), stream("lesions")
    patients = []
    for i, row in enumerate(coded):
        patient = raw_covariates(row, covariate_rng)
        patient |= {"regimen": GROUPS[group[i]][0], "n_tace": int(n_tace[i])}
        add_course(patient, days.of(i), pairs[i], course_rng)
        patients.append(patient)
    add_events(published, patients, group)
    return patients, coded


def spread_tace(published: Published, group: np.ndarray, pfs: np.ndarray, rng) -> np.ndarray:
    """Number of TACE of each patient: in general more for patients who are free of progression for longer."""
    counts = tace_counts(published, rng)
    out = np.zeros(len(group), dtype=int)
    for position, key in enumerate(GROUPS):
        own = np.flatnonzero(group == position)
        rank = pfs[own] * np.exp(0.4 * rng.standard_normal(len(own)))
        out[own[np.argsort(rank, kind="stable")]] = counts[key]
    return out


def spread_responses(published: Published, group: np.ndarray, coded: np.ndarray, days: Days, rng) -> list[Pair]:
    """Best responses by mRECIST and RECIST of each patient."""
    beyond_liver = coded[:, [NAMES.index(name) for name in ("pvtt", "metastases")]].any(axis=1)
    out: list = [None] * len(group)
    for position, (arm, matched) in enumerate(GROUPS):
        own = np.flatnonzero(group == position)
        pairs = response_pairs(published, arm, matched)
        found = assign_responses(pairs, days.early[own], days.pfs[own], beyond_liver[own], rng)
        for i, pair in zip(own, found, strict=True):
            out[i] = pair
    return out


def add_course(patient: dict, days: Days, pair: Pair, rng) -> None:
    """Add a patient's dates and lesions (in place)."""
    if progresses_by_mrecist_alone(pair):
        days = days._replace(death=max(days.death, days.pfs + 70))
    course = make_course(pair, days, rng)
    add_dates(patient, days, course.days[-1])
    patient["visits"] = patient_visits(patient, course, rng)
    patient["second_reading"] = second_reading(patient["visits"], rng)


def add_dates(patient: dict, days: Days, last_visit: int) -> None:
    """Add the four dates of a patient (in place); death_date None if alive at last contact."""
    start = date.fromordinal(days.start)
    patient["treatment_start"] = start
    patient["last_assessment"] = start + timedelta(days=last_visit)
    patient["last_contact"] = start + timedelta(days=min(days.death, days.contact))
    patient["death_date"] = start + timedelta(days=days.death) if days.death <= days.contact else None


def add_events(published: Published, patients: list[dict], group: np.ndarray) -> None:
    """Add `worst_grades`: as printed for matched patients, at similar rates for the others (in place)."""
    rng = stream("events")
    arm = np.array([ARMS.index(patient["regimen"]) for patient in patients])
    matched = np.array([flag for _, flag in GROUPS])[group]
    for flag, grades_of in ((True, matched_worst_grades), (False, other_worst_grades)):
        positions = np.flatnonzero(matched == flag)
        for i, grades in zip(positions, grades_of(published, arm[positions], rng), strict=True):
            patients[i]["worst_grades"] = grades
