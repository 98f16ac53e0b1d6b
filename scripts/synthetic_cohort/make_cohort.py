"""Make the calibrated synthetic cohort: python scripts/synthetic_cohort/make_cohort.py OUT_DIR

Writes patients.csv, lesions.csv, adverse_events.csv and checksums.sha256. No patient is real: tables are drawn and
annealed until an honest analysis gives the paper's printed values (resources/published/hcc_trp.csv). Seeds and
numbers of proposals are fixed, so the files are the same every time; a missed target stops the run.
"""

import csv
import hashlib
import sys
from datetime import timedelta
from pathlib import Path

from adverse_events import event_rows
from enrolled import enrolled_patients
from screening import excluded_patients
from streams import stream
from targets import Published

CENTRES, CENTRE_SHARES = "ABCDE", (0.30, 0.24, 0.19, 0.15, 0.12)
PATIENT_COLUMNS = [
    "patient_id",
    "centre",
    "regimen",
    "age",
    "sex",
    "cirrhosis",
    "hepatitis",
    "ecog",
    "bclc",
    "child_pugh_score",
    "afp_ng_ml",
    "prior_targeted_lines",
    "regorafenib_mg",
    "intrahepatic_tumours",
    "tumour_diameter_sum_cm",
    "pvtt",
    "metastases",
    "prior_tace",
    "prior_curative",
    "n_tace",
    "hcc_diagnosis",
    "progressed_on_targeted",
    "measurable_lesion",
    "prior_immunotherapy",
    "records_complete",
    "other_malignancy",
    "severe_comorbidity",
    "other_local_therapy",
    "treatment_start",
    "last_assessment",
    "last_contact",
    "death_date",
]
LESION_COLUMNS = [
    "patient_id",
    "visit_date",
    "reader",
    "lesion_id",
    "site",
    "role",
    "diameter_mm",
    "viable_mm",
    "status",
    "evaluable",
]
EVENT_COLUMNS = ["patient_id", "term", "grade", "onset_date"]


def name_patients(patients: list[dict]) -> list[dict]:
    """Give each patient a centre and a synthetic identifier, in order of centre, then of treatment start."""
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
    """One row per lesion, visit and reader."""
    rows = []
    for patient in patients:
        for reader, visits in (("reader_1", patient["visits"]), ("reader_2", patient["second_reading"])):
            for day, lesions in visits:
                seen = patient["treatment_start"] + timedelta(days=day)
                key = {"patient_id": patient["patient_id"], "visit_date": seen, "reader": reader}
                rows += [key | lesion for lesion in lesions]
    return rows


def event_table(patients: list[dict]) -> list[dict]:
    """One row per adverse event."""
    rng = stream("onsets")
    rows = []
    for patient in patients:
        days = (patient["last_contact"] - patient["treatment_start"]).days
        for term, grade, onset in event_rows(patient["worst_grades"], days, rng):
            begun = patient["treatment_start"] + timedelta(days=onset)
            rows.append({"patient_id": patient["patient_id"], "term": term, "grade": grade, "onset_date": begun})
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
    enrolled, coded = enrolled_patients(published)
    patients = name_patients(enrolled + excluded_patients(published, coded))
    folder.mkdir(parents=True, exist_ok=True)
    sums = write(folder / "patients.csv", PATIENT_COLUMNS, patients)
    sums += write(folder / "lesions.csv", LESION_COLUMNS, lesion_table(patients))
    sums += write(folder / "adverse_events.csv", EVENT_COLUMNS, event_table(patients))
    (folder / "checksums.sha256").write_text(sums, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
