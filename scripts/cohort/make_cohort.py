"""Make the calibrated synthetic cohort: python scripts/cohort/make_cohort.py OUT_DIR

Writes patients.csv, lesions.csv, adverse_events.csv and checksums.sha256. Nobody is in them: the tables are drawn and
annealed until an honest analysis of them gives what the paper prints (resources/published/hcc_trp.csv). Seeds and
numbers of proposals are fixed, so the same files come out every time; a target that is missed stops the run.
"""

import csv
import hashlib
import sys
from datetime import date, timedelta
from pathlib import Path

import follow_up
import numpy as np
from adverse_events import event_rows, matched_worst_grades, other_worst_grades
from covariates import NAMES, covariates
from integers import ages, tace_counts
from lesions import Course, baseline_lesions, draw_visits, patient_visits, second_reading
from outcomes import progression_free
from overall_survival import overall_survival
from patients import raw_covariates
from responses import assign_responses, response_pairs
from screening import excluded_reasons, make_ineligible
from targets import ARMS, GROUPS, Published

SEED = 2025
CENTRES, CENTRE_SHARES = "ABCDE", (0.30, 0.24, 0.19, 0.15, 0.12)
SECOND_VISIT_SHARE = 0.25  # of those who progress, imaged once more afterwards
PATIENT_COLUMNS = (
    "patient_id centre regimen age sex cirrhosis hepatitis ecog bclc child_pugh_score afp_ng_ml prior_targeted_lines "
    "regorafenib_mg intrahepatic_tumours tumour_diameter_sum_cm pvtt metastases prior_tace prior_curative n_tace "
    "hcc_diagnosis progressed_on_targeted measurable_lesion prior_immunotherapy records_complete other_malignancy "
    "severe_comorbidity other_local_therapy treatment_start last_assessment last_contact death_date"
).split()
LESION_COLUMNS = ("patient_id visit_date reader lesion_id site role diameter_mm viable_mm status evaluable").split()
EVENT_COLUMNS = ["patient_id", "term", "grade", "onset_date"]


def stream(stage: str) -> np.random.Generator:
    """A random stream of its own for each stage, so that a change in one leaves the others as they are."""
    return np.random.default_rng([SEED, *stage.encode()])


def survival_days(published: Published, coded: np.ndarray, group: np.ndarray) -> dict:
    """Course of the enrolled: start, assessed, contact (ends of follow-up), early, pfs, pfs_event, death, died_first.

    coded: covariates in the order of NAMES; group: positions in GROUPS. One entry a patient; days but for `start`.
    """
    rng = stream("survival")
    arm = np.array([ARMS.index(name) for name, _ in GROUPS])[group]
    matched = np.array([flag for _, flag in GROUPS])[group]
    start, assessed, contact = follow_up.enrolment(len(group), rng)
    early = np.zeros(len(group), dtype=bool)
    latent, death = np.zeros(len(group), dtype=np.int64), np.zeros(len(group), dtype=np.int64)
    died_first = np.zeros(len(group), dtype=bool)

    m = matched
    latent[m], early[m] = progression_free(published, coded[m], arm[m], assessed[m], rng)
    pfs, event = np.minimum(latent, assessed), (latent <= assessed).astype(np.int64)
    died_first[m] = follow_up.died_without_progression(early[m], pfs[m], event[m], rng)
    death[m] = overall_survival(published, arm[m], pfs[m], event[m], died_first[m], contact[m], rng)

    u = ~matched
    worse = coded[:, [NAMES.index(name) for name in ("ecog", "child_pugh", "pvtt")]].sum(axis=1)
    for g, (name, flag) in enumerate(GROUPS):
        if not flag:
            members = np.flatnonzero(group == g)
            n_early = published.count("response", name, "mrecist", "PD", False)
            early[rng.permutation(members)[:n_early]] = True
    latent[u], death[u], died_first[u] = follow_up.unmatched_course(
        arm[u], early[u], worse[u], assessed[u], contact[u], rng
    )
    pfs, event = np.minimum(latent, assessed), (latent <= assessed).astype(np.int64)
    return dict(start=start, assessed=assessed, contact=contact, early=early, pfs=pfs, event=event, death=death,
                died_first=died_first, arm=arm, matched=matched)  # fmt: skip


def make_course(pair, pfs: int, progresses: bool, died_first: bool, early: bool, known_until: int, rng) -> Course:
    """Visits of one patient up to progression, or to the last assessment; known_until: last contact or death."""
    if not progresses:
        last = pfs - int(rng.integers(6, 21)) if died_first else pfs
        return Course(*pair, follow_up.visit_days(last, False, rng), None)
    days = follow_up.visit_days(pfs, not early, rng)
    once_more = pfs + int(rng.integers(follow_up.SHORTEST, follow_up.LONGEST + 1))
    needed = pair[0] == "PD" and pair[1] != "PD"
    if needed:
        once_more = max(once_more, follow_up.SETTLED + 2)
    if needed or (rng.random() < SECOND_VISIT_SHARE and once_more <= known_until):
        days.append(once_more)
    return Course(*pair, days, len(days) - 1 - (days[-1] != pfs))


def enrolled_patients(published: Published) -> list[dict]:
    """The 188: raw columns, with `visits` and `worst_grades` beside them."""
    x, group, margin = covariates(published, ages(published, stream("ages")), stream("covariates"))
    coded = x[:, 1:]
    print(f"matching: smallest margin of a decision {margin:.1e}")
    days = survival_days(published, coded, group)
    counts = tace_counts(published, stream("tace"))
    rng = stream("enrolled")
    pairs: list = [None] * len(group)
    n_tace = np.zeros(len(group), dtype=int)
    spread = coded[:, [NAMES.index("pvtt"), NAMES.index("metastases")]].any(axis=1)
    for g, (name, flag) in enumerate(GROUPS):
        own = np.flatnonzero(group == g)
        found = assign_responses(
            response_pairs(published, name, flag), days["early"][own], days["pfs"][own], spread[own], rng
        )
        for i, pair in zip(own, found, strict=True):
            pairs[i] = pair
        rank = days["pfs"][own] * np.exp(0.4 * rng.standard_normal(len(own)))
        n_tace[own[np.argsort(rank, kind="stable")]] = counts[name, flag]
    patients = [raw_covariates(row, rng) for row in coded]
    for i, patient in enumerate(patients):
        patient |= {"patient_id": f"row {i}", "regimen": ARMS[days["arm"][i]], "n_tace": int(n_tace[i])}
        add_course(patient, {name: values[i] for name, values in days.items()}, pairs[i], rng)
    add_events(published, patients, days["arm"], days["matched"])
    return patients


def add_course(patient: dict, days: dict, pair, rng) -> None:
    """Add a patient's dates and lesions (in place). days: this patient's entries of `survival_days`."""
    pfs, died_first, early = int(days["pfs"]), bool(days["died_first"]), bool(days["early"])
    death = int(days["death"])
    if pair[0] == "PD" and pair[1] != "PD":
        death = max(death, pfs + 70)
    known_until = min(death, int(days["contact"]))
    progresses = bool(days["event"]) and not died_first
    course = make_course(pair, pfs, progresses, died_first, early, known_until, rng)
    start = date.fromordinal(int(days["start"]))
    patient["treatment_start"] = start
    patient["last_assessment"] = start + timedelta(days=course.days[-1])
    patient["last_contact"] = start + timedelta(days=known_until)
    patient["death_date"] = start + timedelta(days=death) if death <= days["contact"] else None
    patient["visits"] = patient_visits(patient, course, rng)
    patient["second_reading"] = second_reading(patient["visits"], rng)


def add_events(published: Published, patients: list[dict], arm: np.ndarray, matched: np.ndarray) -> None:
    """Add `worst_grades`: as printed in the matched, at like rates in the others (in place)."""
    rng = stream("events")
    for flag, grades_of in ((True, matched_worst_grades), (False, other_worst_grades)):
        positions = np.flatnonzero(matched == flag)
        for i, grades in zip(positions, grades_of(published, arm[positions], rng), strict=True):
            patients[i]["worst_grades"] = grades


def excluded_patients(published: Published, enrolled: list[dict]) -> list[dict]:
    """Those screened and not enrolled: like the enrolled, but for what excludes them."""
    rng = stream("excluded")
    inherited = [name for name in PATIENT_COLUMNS if name not in ("patient_id", "centre")]
    patients = []
    for reasons in excluded_reasons(published, rng):
        model = enrolled[int(rng.integers(len(enrolled)))]
        patient = {name: model[name] for name in inherited}
        patient["age"] = int(np.clip(patient["age"] + rng.integers(-6, 7), 19, 80))
        patient["afp_ng_ml"] = round(patient["afp_ng_ml"] * float(np.exp(0.3 * rng.standard_normal())), 1)
        shift = timedelta(days=int(rng.integers(-40, 1)))
        dates = ("treatment_start", "last_assessment", "last_contact", "death_date")
        patient |= {name: patient[name] and max(patient[name] + shift, FIRST_DATE) for name in dates}
        for reason in reasons:
            make_ineligible(patient, reason, rng)
        add_free_course(patient, rng)
        patients.append(patient)
    arm = np.array([ARMS.index(patient["regimen"]) for patient in patients])
    for patient, grades in zip(patients, other_worst_grades(published, arm, stream("other events")), strict=True):
        patient["worst_grades"] = grades
    return patients


FIRST_DATE = date.fromordinal(follow_up.FIRST_START)


def add_free_course(patient: dict, rng) -> None:
    """Lesions of a patient whose responses nobody counts: one draw, by one reader (in place)."""
    last = (patient["last_assessment"] - patient["treatment_start"]).days
    days = follow_up.visit_days(last, False, rng) if last >= 84 else [last]
    best = ("PD", "PD") if len(days) == 1 else (("PR", "PR"), ("SD", "SD"))[int(rng.random() < 0.6)]
    progression = len(days) - 1 if rng.random() < 0.7 else None
    visits = draw_visits(baseline_lesions(patient, rng), Course(*best, days, progression), rng)
    patient["visits"], patient["second_reading"] = visits, []


def name_patients(patients: list[dict]) -> list[dict]:
    """Give everyone a centre and an identifier that says synthetic; in order of centre, then of treatment start."""
    rng = stream("centres")
    for patient in patients:
        patient["centre"] = CENTRES[int(rng.choice(len(CENTRES), p=CENTRE_SHARES))]
        patient["lot"] = rng.random()
    ordered = sorted(patients, key=lambda p: (p["centre"], p["treatment_start"], p["lot"]))
    for centre in CENTRES:
        for number, patient in enumerate((p for p in ordered if p["centre"] == centre), start=1):
            patient["patient_id"] = f"SYN-{centre}-{number:03d}"
    return ordered


def lesion_table(patients: list[dict]) -> list[dict]:
    """One row a lesion, visit and reader."""
    rows = []
    for patient in patients:
        for reader, visits in (("reader_1", patient["visits"]), ("reader_2", patient["second_reading"])):
            for day, lesions in visits:
                seen = patient["treatment_start"] + timedelta(days=day)
                key = dict(patient_id=patient["patient_id"], visit_date=seen, reader=reader)
                rows += [key | lesion for lesion in lesions]
    return rows


def event_table(patients: list[dict]) -> list[dict]:
    """One row an adverse event."""
    rng = stream("onsets")
    rows = []
    for patient in patients:
        days = (patient["last_contact"] - patient["treatment_start"]).days
        for term, grade, onset in event_rows(patient["worst_grades"], days, rng):
            begun = patient["treatment_start"] + timedelta(days=onset)
            rows.append(dict(patient_id=patient["patient_id"], term=term, grade=grade, onset_date=begun))
    return rows


def write(path: Path, columns: list[str], rows: list[dict]) -> str:
    """Write a table as CSV (UTF-8, \\n, empty for None); returns its line of checksums.sha256."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"


def main(folder: Path) -> None:
    """Make the cohort and write it to a folder."""
    published = Published()
    enrolled = enrolled_patients(published)
    patients = name_patients(enrolled + excluded_patients(published, enrolled))
    folder.mkdir(parents=True, exist_ok=True)
    sums = write(folder / "patients.csv", PATIENT_COLUMNS, patients)
    sums += write(folder / "lesions.csv", LESION_COLUMNS, lesion_table(patients))
    sums += write(folder / "adverse_events.csv", EVENT_COLUMNS, event_table(patients))
    (folder / "checksums.sha256").write_text(sums, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
