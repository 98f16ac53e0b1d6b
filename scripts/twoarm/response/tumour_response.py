"""The response of each visit by RECIST 1.1 or mRECIST, from lesion measurements.

Sources: Eisenhauer 2009 (RECIST 1.1); Lencioni & Llovet 2010 (mRECIST for hepatocellular carcinoma).
Sums and thresholds are compared in whole micrometres and exact fractions, never in floating point.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from twoarm.response.new_lesions import benign, is_normal, new_lesions, unproven_effusion
from twoarm.response.readings import Reading, Visit, days_of, series_of
from twoarm.response.response_rules import Rules
from twoarm.response.targets import is_large_enough, is_there, judge_targets, mm, size_of

VISIT_COLUMNS = [
    *("patient_id", "reader", "criterion", "assessed", "visit_date", "day", "target", "non_target", "new_lesion"),
    *("overall", "sum_mm", "baseline_mm", "nadir_mm", "reason"),
]


def visit_verdicts(lesions: pd.DataFrame, treatment_start: pd.Series, rules: Rules) -> pd.DataFrame:
    """Judge every post-baseline visit of every reader by one criterion.

    lesions: one row per lesion, visit and reader: patient_id, visit_date, reader, lesion_id, site, role, diameter_mm,
      viable_mm, status, evaluable, and if the study has them cytology and pattern; checked by `lesion_errors`.
    treatment_start: date by patient_id; the lesions of other patients are skipped.
    Returns VISIT_COLUMNS, one row per patient, reader and visit, sorted by these. sum_mm is empty if a target is
    missing, nadir_mm is the smallest sum before the visit.
    """
    starts = dict(zip(treatment_start.index, days_of(treatment_start), strict=True))
    rows = []
    for (patient, reader), visits in sorted(series_of(lesions).items()):
        if patient in starts:
            verdicts = judge_series(visits, starts[patient], rules)
            key = {"patient_id": patient, "reader": reader, "criterion": rules.criterion}
            rows += [key | verdict._asdict() | {"overall": verdict.overall} for verdict in verdicts]
    table = pd.DataFrame(rows, columns=VISIT_COLUMNS)
    table["new_lesion"] = table["new_lesion"].map({True: "yes", False: "no"}).astype(object)
    for column in ("assessed", "visit_date"):
        table[column] = table[column].to_numpy(dtype="datetime64[D]").astype("datetime64[ns]")
    lengths = ["sum_mm", "baseline_mm", "nadir_mm"]
    return table.astype(dict.fromkeys(lengths, float) | {"day": int})


def judge_series(visits: dict[int, Visit], start: int, rules: Rules) -> list["Verdict"]:
    """Judge one reader's visits (by day number) of a patient whose treatment started on day `start`.

    The baseline is the last visit on or before the start; earlier ones do not count. A target too small for the
    criterion counts as a non-target; without an intrahepatic target mRECIST is RECIST 1.1.
    """
    baseline = visits[max(day for day in visits if day <= start)]
    follow_up = sorted((day, visit) for day, visit in visits.items() if day > start)
    known = [baseline[lesion] for lesion in sorted(baseline) if baseline[lesion].role != "new"]
    targets = [reading for reading in known if reading.role == "target" and is_large_enough(reading, rules)]
    others = [reading for reading in known if reading not in targets]
    if rules.modified and not any(rules.measures_viable(target.site) for target in targets):
        rules = rules.recist
    nadir = [size_of(target, rules) for target in targets]
    first_sum, new, verdicts = sum(nadir), new_lesions(follow_up, rules), []
    for day, visit in follow_up:
        sizes = [size_of(visit.get(target.lesion), rules) for target in targets]
        target, why = judge_targets(targets, sizes, first_sum, nadir, rules)
        non_target, why_not = judge_non_targets(others, visit, rules)
        found, why_new, scans = new[day]
        total = sum(sizes) if targets and None not in sizes else None
        sums = [mm(size) if targets else None for size in (total, first_sum, sum(nadir))]
        reason = "; ".join(filter(None, (why, why_not, why_new)))
        verdict = Verdict(day, day, day - start, target, non_target, found, *sums, reason)
        grown = [other for other in others if judge_non_target(visit.get(other.lesion), rules) == "PD"]
        if any(earlier.overall == "CR" for earlier in verdicts):
            back = [there for there, size in zip(targets, sizes, strict=True) if is_there(size, there.site, rules)]
            back_others = [other for other in others if is_seen(visit.get(other.lesion), rules)]
            verdicts, verdict = relapse(verdicts, verdict, back, back_others, rules)
            grown += back_others if rules.relapse_after_cr == "progression" else []
        scans = [*scans, *(visit[other.lesion].scan for other in grown)]
        if scans:  # progression by a single scan has the day of that scan
            verdict = verdict._replace(visit_date=min(scans), day=min(scans) - start)
        verdicts.append(verdict)
        if total is not None and total < sum(nadir):
            nadir = sizes
    return verdicts


class Verdict(NamedTuple):
    """The verdict of one visit; sizes in mm, None without targets or if a target is missing."""

    assessed: int  # the day of the assessment, the last of its scans
    visit_date: int  # the same, or for progression by a new lesion or non-target the day of that scan
    day: int
    target: str
    non_target: str
    new_lesion: bool
    sum_mm: float | None
    baseline_mm: float | None
    nadir_mm: float | None
    reason: str

    @property
    def overall(self) -> str:
        return overall(self.target, self.non_target, self.new_lesion)


def relapse(
    earlier: list[Verdict], verdict: Verdict, targets: list[Reading], others: list[Reading], rules: Rules
) -> tuple[list[Verdict], Verdict]:
    """Handle lesions that are seen again after a complete response (Eisenhauer 2009, table 3, footnote).

    The visit is progression; or with `relapse_after_cr: by_sum`, if the visit is not progression, the complete
    responses since the last progression become partial responses, or NON-CR/NON-PD without targets.
    """
    names = _names([*targets, *others])
    if not names:
        return earlier, verdict
    if rules.relapse_after_cr == "progression":
        parts = {"target": "PD"} if targets else {}
        parts |= {"non_target": "PD"} if others else {}
        reason = f"{verdict.reason}; seen again after a complete response: {names}"
        return earlier, verdict._replace(**parts, reason=reason)
    if verdict.overall == "PD":
        return earlier, verdict
    since = max((index + 1 for index, other in enumerate(earlier) if other.overall == "PD"), default=0)
    parts = {"target": "PR"} if targets else {"non_target": "NON-CR/NON-PD"}
    again = f"; no complete response, as {names} was seen again {np.datetime64(verdict.visit_date, 'D')}"
    return [
        other._replace(**parts, reason=other.reason + again) if index >= since and other.overall == "CR" else other
        for index, other in enumerate(earlier)
    ], verdict


def overall(target: str, non_target: str, new_lesion: bool) -> str:
    """Combine targets, non-targets and new lesions into the overall response (Eisenhauer 2009, tables 1 and 2)."""
    if new_lesion or "PD" in (target, non_target):
        return "PD"
    if target == "none":
        return "NE" if non_target == "none" else non_target
    if target == "CR" and non_target not in ("CR", "none"):
        return "PR"
    return target


def judge_non_targets(others: list[Reading], visit: Visit, rules: Rules) -> tuple[str, str]:
    """Judge the non-targets of a visit: PD if any is PD, else NE if any is NE, else NON-CR/NON-PD or CR."""
    if not others:
        return "none", ""
    verdicts = {other.lesion: judge_non_target(visit.get(other.lesion), rules) for other in others}
    for verdict, words in _NON_TARGET_WORDS.items():
        found = [other for other in others if verdicts[other.lesion] == verdict]
        if found:
            named = f": {_names(found)}" if verdict in ("PD", "NE") else ""
            return verdict, words + named
    raise AssertionError("a non-target has a verdict outside its four")


_NON_TARGET_WORDS = {
    "PD": "unequivocal progression of non-target",
    "NE": "non-target not evaluable",
    "NON-CR/NON-PD": "non-targets persist",
    "CR": "non-targets gone",
}


def judge_non_target(reading: Reading | None, rules: Rules) -> str:
    """Judge one non-target; a node below the normal limit counts as gone, whatever its status."""
    if reading is None or not reading.evaluable:
        return "NE"
    # ASSUME [mrecist]: with mRECIST too, an intrahepatic non-target is judged by its status, not its enhancement.
    if reading.status in ("absent", "merged") or reading.diameter == 0 or is_normal(reading, rules):
        return "CR"
    if reading.status == "unequivocal_progression":
        return "NON-CR/NON-PD" if benign(reading, rules) else "PD"
    return "NON-CR/NON-PD" if reading.status or reading.diameter is not None else "NE"


def is_seen(reading: Reading | None, rules: Rules) -> bool:
    """Whether a non-target is certainly present, and not an effusion that mRECIST considers benign."""
    if judge_non_target(reading, rules) not in ("PD", "NON-CR/NON-PD") or reading.status == "equivocal":
        return False
    return not unproven_effusion(reading, rules)


def _names(readings: list[Reading]) -> str:
    return ", ".join(f"{reading.lesion} ({reading.site})" for reading in readings)
