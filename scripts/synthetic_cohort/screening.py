"""The patients screened but not enrolled. The paper prints their number but not the reasons, which are chosen."""

from datetime import timedelta

import follow_up
import numpy as np
from adverse_events import other_worst_grades
from courses import Days, frailty, make_course, observed
from covariates import NAMES
from enrolled import add_dates
from lesions import baseline_lesions, draw_visits
from patients import raw_covariates
from streams import stream
from targets import ARMS, Published

# {criterion of config.yaml: chosen number of excluded patients}. They add up to the patients not enrolled.
REASONS = {
    "age": 6,
    "hcc": 3,
    "ecog": 12,
    "bclc": 9,
    "child_pugh": 11,
    "progressed": 8,
    "measurable": 9,
    "immunotherapy": 21,
    "records": 13,
    "other_cancer": 5,
    "comorbidity": 7,
    "local_therapy": 10,
    "follow_up": 7,
}
SECOND_REASON_SHARE = 0.12
SECOND_REASONS = ("immunotherapy", "records", "other_cancer", "comorbidity", "local_therapy")
SHORT_FOLLOW_UP = 91  # days; from 92 on it is three months
STAGE = ("bclc", "ecog", "pvtt", "metastases")
BEST_RESPONSES = (("PR", "PR"), ("SD", "SD"))


def excluded_patients(published: Published, coded: np.ndarray) -> list[dict]:
    """Patients like the enrolled ones, except for what excludes them. coded: covariates of the enrolled."""
    rng = stream("excluded")
    reasons = excluded_reasons(published, rng)
    coded = strangers(coded, len(reasons), rng)
    arm = (rng.random(len(reasons)) < 0.55).astype(int)
    days = excluded_days(coded, arm, rng)
    patients = []
    for i, own_reasons in enumerate(reasons):
        patient = raw_covariates(coded[i], rng)
        patient |= {"regimen": ARMS[arm[i]], "n_tace": int(rng.integers(0, 2 + min(int(days.pfs[i]) // 50, 6)))}
        for reason in own_reasons:
            make_ineligible(patient, reason, rng)
        add_course(patient, days.of(i), rng)
        if "follow_up" in own_reasons:
            shorten_follow_up(patient, rng)
        patients.append(patient)
    for patient, grades in zip(patients, other_worst_grades(published, arm, stream("other events")), strict=True):
        patient["worst_grades"] = grades
    return patients


def excluded_reasons(published: Published, rng) -> list[tuple[str, ...]]:
    """The one or two criteria that each excluded patient fails. Raises ValueError if the counts do not add up."""
    key = {"analysis": "attrition", "group": "overall", "variable": "", "statistic": "total"}
    screened, enrolled = (int(published.printed(population=name, **key)) for name in ("screened", "enrolled"))
    if sum(REASONS.values()) != screened - enrolled:
        raise ValueError(f"screening: {sum(REASONS.values())} excluded by choice, in the paper {screened - enrolled}")
    out = []
    for reason, count in REASONS.items():
        for _ in range(count):
            second = SECOND_REASONS[int(rng.integers(len(SECOND_REASONS)))]
            two = rng.random() < SECOND_REASON_SHARE and second != reason
            out.append((reason, second) if two else (reason,))
    return out


def strangers(coded: np.ndarray, count: int, rng) -> np.ndarray:
    """Coded covariates of new patients: each column from another given patient, those of the stage together."""
    out = np.empty((count, coded.shape[1]))
    stage = [NAMES.index(name) for name in STAGE]
    for row in out:
        donors = rng.integers(0, len(coded), coded.shape[1])
        donors[stage] = donors[stage[0]]
        row[:] = coded[donors, np.arange(coded.shape[1])]
    return out


def excluded_days(coded: np.ndarray, arm: np.ndarray, rng) -> Days:
    """Days of patients whose survival is not analysed."""
    start, assessed, contact = follow_up.enrolment(len(arm), rng)
    early = rng.random(len(arm)) < 0.4
    latent, death, died_first = follow_up.unmatched_course(arm, early, frailty(coded), assessed, contact, rng)
    return Days(start, assessed, contact, early, *observed(latent, assessed), death, died_first)


def add_course(patient: dict, days: Days, rng) -> None:
    """Add dates and lesions (in place): one draw, by one reader, because the responses are not counted."""
    pair = ("PD", "PD") if days.early else BEST_RESPONSES[int(rng.random() < 0.65)]
    course = make_course(pair, days, rng)
    add_dates(patient, days, course.days[-1])
    patient["visits"] = draw_visits(baseline_lesions(patient, rng), course, rng)
    patient["second_reading"] = []


def make_ineligible(patient: dict, reason: str, rng) -> None:
    """Change a patient, eligible so far, so that the criterion excludes them (in place); not for `follow_up`."""
    if reason == "age":
        patient["age"] = int(rng.integers(81, 88)) if rng.random() < 0.85 else 17
    elif reason == "bclc":
        early = {"bclc": "A", "ecog": 0, "pvtt": "no", "metastases": "no", "child_pugh_score": 5}
        early |= {
            "intrahepatic_tumours": int(rng.integers(1, 4)),
            "tumour_diameter_sum_cm": int(rng.integers(60, 90)) / 10,
        }
        patient |= early if rng.random() < 0.7 else {"bclc": "D", "child_pugh_score": 10, "cirrhosis": "yes"}
    elif reason == "ecog":
        patient |= {"ecog": 3 if rng.random() < 0.8 else 4, "bclc": "D"}
    elif reason == "child_pugh":
        patient |= {"child_pugh_score": int(rng.integers(10, 13)), "cirrhosis": "yes"}
    elif reason == "local_therapy":
        patient["other_local_therapy"] = "HAIC" if rng.random() < 0.6 else "radiotherapy"
    else:
        patient |= SIMPLE[reason]


SIMPLE = {
    "hcc": {"hcc_diagnosis": "none"},
    "progressed": {"progressed_on_targeted": "no"},
    "measurable": {"measurable_lesion": "no"},
    "immunotherapy": {"prior_immunotherapy": "yes"},
    "records": {"records_complete": "no"},
    "other_cancer": {"other_malignancy": "yes"},
    "comorbidity": {"severe_comorbidity": "yes"},
    "follow_up": {},
}


def shorten_follow_up(patient: dict, rng) -> None:
    """End a patient's follow-up within three months, by death or by loss, and with it the visits (in place)."""
    days = int(rng.integers(25, SHORT_FOLLOW_UP + 1))
    last = patient["treatment_start"] + timedelta(days=days)
    patient["last_contact"] = last
    patient["death_date"] = last if rng.random() < 0.5 else None
    patient["visits"] = [visit for visit in patient["visits"] if visit[0] < days]
    last_visit = max(patient["visits"][-1][0], 0)
    patient["last_assessment"] = patient["treatment_start"] + timedelta(days=last_visit)
    patient["n_tace"] = min(patient["n_tace"], 1)
