"""The response of each visit by RECIST 1.1 or mRECIST, from lesion measurements.

Sources: Eisenhauer 2009 (RECIST 1.1); Lencioni & Llovet 2010 (mRECIST for hepatocellular carcinoma).
Sums and thresholds are compared in whole micrometres and exact fractions, never in floating point.
"""

from itertools import dropwhile, groupby
from typing import NamedTuple

import numpy as np
import pandas as pd

from twoarm.response_rules import Rules, micrometres

VISIT_COLUMNS = [
    *("patient_id", "reader", "criterion", "visit_date", "day", "target", "non_target", "new_lesion", "overall"),
    *("sum_mm", "baseline_mm", "nadir_mm", "reason"),
]
SEEN = ("present", "unequivocal_progression", "equivocal")


class Reading(NamedTuple):
    """One lesion at one visit, as one reader saw it; sizes in micrometres, None where not given."""

    lesion: str
    site: str
    role: str
    diameter: int | None
    viable: int | None
    status: str
    evaluable: bool
    cytology: str
    pattern: str


Visit = dict[str, Reading]  # a visit's readings by lesion


def visit_verdicts(lesions: pd.DataFrame, treatment_start: pd.Series, rules: Rules) -> pd.DataFrame:
    """Judge every post-baseline visit of every reader by one criterion.

    lesions: one row a lesion, visit and reader: patient_id, visit_date, reader, lesion_id, site, role, diameter_mm,
      viable_mm, status, evaluable, and if the study has them cytology and pattern; checked by `lesion_faults`.
    treatment_start: date by patient_id; the lesions of other patients are passed over.
    Returns VISIT_COLUMNS, one row a patient, reader and visit, sorted by them. sum_mm is empty where a target is
    missing, nadir_mm is the smallest sum before the visit.
    """
    starts = dict(zip(treatment_start.index, _days(treatment_start), strict=True))
    rows = []
    for (patient, reader), visits in sorted(_series(lesions).items()):
        if patient in starts:
            verdicts = judge_series(visits, starts[patient], rules)
            rows += [(patient, reader, rules.criterion, *verdict) for verdict in verdicts]
    table = pd.DataFrame(rows, columns=VISIT_COLUMNS)
    table["visit_date"] = table["visit_date"].to_numpy(dtype="datetime64[D]").astype("datetime64[ns]")
    lengths = ["sum_mm", "baseline_mm", "nadir_mm"]
    return table.astype(dict.fromkeys(lengths, float) | {"day": int})


def judge_series(visits: dict[int, Visit], start: int, rules: Rules) -> list[tuple]:
    """Judge one reader's visits (by day number) of a patient whose treatment started on day `start`.

    The baseline is the last visit on or before the start; earlier ones do not count.
    Returns VISIT_COLUMNS from visit_date on, a tuple a visit.
    """
    baseline = visits[max(day for day in visits if day <= start)]
    follow_up = sorted((day, visit) for day, visit in visits.items() if day > start)
    targets = sorted(lesion for lesion, reading in baseline.items() if reading.role == "target")
    others = sorted(lesion for lesion, reading in baseline.items() if reading.role == "non_target")
    first_sum = sum(size_of(baseline[lesion], rules) for lesion in targets)
    nadir, new, verdicts = first_sum, new_lesions(follow_up, rules), []
    for day, visit in follow_up:
        target, total, why = judge_targets([baseline[lesion] for lesion in targets], visit, first_sum, nadir, rules)
        non_target, why_not = judge_non_targets([baseline[lesion] for lesion in others], visit, rules)
        found, why_new = new[day]
        verdict = overall(target, non_target, found)
        reason = "; ".join(part for part in (why, why_not, why_new) if part)
        sums = [_mm(size) if targets else None for size in (total, first_sum, nadir)]
        found = "yes" if found else "no"
        verdicts.append((day, day - start, target, non_target, found, verdict, *sums, reason))
        nadir = nadir if total is None else min(nadir, total)
    return verdicts


def overall(target: str, non_target: str, new_lesion: bool) -> str:
    """Combine the three into the visit's overall response (Eisenhauer 2009, tables 1 and 2)."""
    if new_lesion or "PD" in (target, non_target):
        return "PD"
    if target == "none":
        return "NE" if non_target == "none" else non_target
    if target == "CR" and non_target not in ("CR", "none"):
        return "PR"
    return target


def size_of(reading: Reading | None, rules: Rules) -> int | None:
    """A target's size in micrometres: viable diameter in the liver by mRECIST, else diameter (short axis of a node).

    None where it cannot be judged: no row, not evaluable, or no measurement. Status `absent` is 0;
    status `present` without any measurement is too small to measure.
    """
    if reading is None or not reading.evaluable:
        return None
    if reading.status == "absent" or reading.diameter == 0:
        return 0
    if reading.status == "present" and reading.diameter is None and reading.viable is None:
        return rules.small_mm
    return reading.viable if rules.measures_viable(reading.site) else reading.diameter


def judge_targets(
    targets: list[Reading], visit: Visit, baseline: int, nadir: int, rules: Rules
) -> tuple[str, int | None, str]:
    """Judge the targets of a visit against the baseline sum and the nadir (micrometres).

    Returns the response (none without targets), the sum (None if a target is missing) and the reason.
    """
    if not targets:
        return "none", None, ""
    sizes = [size_of(visit.get(target.lesion), rules) for target in targets]
    measured = [size for size in sizes if size is not None]
    total, missing = sum(measured), len(sizes) - len(measured)
    name = "viable sum" if any(rules.measures_viable(target.site) for target in targets) else "sum"
    if progressed(total, nadir, rules):
        part = f" ({len(measured)} of {len(sizes)} targets measured)" if missing else ""
        return "PD", None if missing else total, f"{name} {_growth(nadir, total, rules)}{part}"
    if missing:
        return "NE", None, f"{missing} of {len(sizes)} targets not evaluable"
    nodes = [rules.is_node(target.site) for target in targets]
    if all(size < rules.node_normal_mm if node else size == 0 for size, node in zip(sizes, nodes, strict=True)):
        left = f", nodes below {_mm(rules.node_normal_mm):g} mm" if any(nodes) else ""
        return "CR", total, f"all targets gone{left}"
    if baseline - total >= rules.pr_ratio * baseline:
        return "PR", total, f"{name} {_shrinkage(baseline, total, rules)}"
    if total < nadir or nadir == baseline == total:
        return "SD", total, f"{name} {_shrinkage(baseline, total, rules)}"
    since = "" if nadir == baseline else f", {_percent(baseline, total, -rules.pr_ratio)} from baseline"
    return "SD", total, f"{name} {_growth(nadir, total, rules)}{since}"


def progressed(total: int, nadir: int, rules: Rules) -> bool:
    """Whether a sum is progression from the nadir, by ratio and by length; from nadir 0, whether any is back.

    A missing target only adds to the sum, so a partial sum that has progressed proves it.
    """
    # ASSUME: progression is judged before complete response, so a node that grows within the normal range
    # (3 -> 9 mm) can be PD where it outweighs the rest of the sum, as the rules' order has it.
    growth = total - nadir
    if nadir == 0:
        return growth > 0
    return growth > 0 and growth >= rules.pd_ratio * nadir and growth >= rules.pd_abs_mm


def judge_non_targets(others: list[Reading], visit: Visit, rules: Rules) -> tuple[str, str]:
    """Judge the non-targets of a visit: PD if one is, else NE if one is not evaluated, else NON-CR/NON-PD or CR."""
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
    """Judge one non-target; a node below the normal limit is gone, whatever its status says short of progression."""
    if reading is None or not reading.evaluable:
        return "NE"
    if reading.status == "unequivocal_progression":
        return "NON-CR/NON-PD" if _benign(reading, rules) else "PD"
    # ASSUME [mrecist]: an intrahepatic non-target is judged by its status under mRECIST too, not by its enhancement.
    normal = rules.is_node(reading.site) and reading.diameter is not None and reading.diameter < rules.node_normal_mm
    if reading.status == "absent" or normal:
        return "CR"
    return "NON-CR/NON-PD" if reading.status or reading.diameter is not None else "NE"


def new_lesions(follow_up: list[tuple[int, Visit]], rules: Rules) -> dict[int, tuple[bool, str]]:
    """Tell for each visit (by day) whether there is an unequivocal new lesion, and which.

    A lesion that is confirmed at a later visit counts from its first appearance, until a visit shows it gone.
    """
    # ASSUME: a lesion that was gone in between is dated from its return, not from the appearance before.
    by_lesion = {}
    for day, visit in follow_up:
        for reading in visit.values():
            if reading.role == "new" and reading.evaluable and reading.status in ("absent", *SEEN):
                by_lesion.setdefault(reading.lesion, []).append((day, reading))
    days = [day for day, _ in follow_up]
    found, suspected = {day: [] for day in days}, {day: [] for day in days}
    for lesion in sorted(by_lesion):
        for first, gone, proof, site in appearances(by_lesion[lesion], rules):
            later = f", confirmed {np.datetime64(proof, 'D')}" if proof is not None and proof > first else ""
            for day in days:
                if first <= day and (gone is None or day < gone):
                    (suspected if proof is None else found)[day].append(f"{lesion} ({site}{later})")
    words = {
        day: "; ".join(_list("new lesion", found[day]) + _list("not yet a proven new lesion", suspected[day]))
        for day in days
    }
    return {day: (bool(found[day]), words[day]) for day in days}


def appearances(seen: list[tuple[int, Reading]], rules: Rules) -> list[tuple[int, int | None, int | None, str]]:
    """Split one new lesion's readings into appearances: first day, day gone, day of proof (each or None), site."""
    runs = [(absent, list(run)) for absent, run in groupby(seen, key=lambda item: item[1].status == "absent")]
    spans = []
    for index, (absent, run) in enumerate(runs):
        if not absent:
            # ASSUME [mrecist]: an effusion is dated from its positive cytology, never back to when it was first seen.
            run = list(dropwhile(lambda item: _unproven_effusion(item[1], rules), run)) or run
            gone = runs[index + 1][1][0][0] if index + 1 < len(runs) else None
            spans.append((run[0][0], gone, day_of_proof(run, rules), run[0][1].site))
    return spans


def day_of_proof(run: list[tuple[int, Reading]], rules: Rules) -> int | None:
    """The day at which an appearance is an unequivocal new lesion; None if it never is.

    A liver nodule under mRECIST: at least nodule_mm with the typical pattern (the last one stated), or with
    nodule_growth_mm of growth since it was first measured. Any other: status `present`.
    """
    first_size, pattern = None, ""
    for day, reading in run:
        if not rules.measures_viable(reading.site):
            if reading.status != "equivocal" and not _benign(reading, rules):
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


def _unproven_effusion(reading: Reading, rules: Rules) -> bool:
    """mRECIST: an effusion is progression only with positive cytology."""
    return rules.needs_cytology(reading.site) and reading.cytology != "positive"


def _benign(reading: Reading, rules: Rules) -> bool:
    """An unproven effusion, or under mRECIST a porta hepatis node that was measured and is below its 20 mm."""
    if _unproven_effusion(reading, rules):
        return True
    measured_node = rules.is_porta_hepatis(reading.site) and reading.diameter is not None
    return measured_node and reading.diameter < rules.porta_hepatis_mm


def _series(lesions: pd.DataFrame) -> dict[tuple[str, str], dict[int, Visit]]:
    """Gather the rows by patient and reader, then visit day, then lesion."""
    text = [_text(lesions, column) for column in ("lesion_id", "site", "role")]
    sizes = [_sizes(lesions[c]) if c in lesions else [None] * len(lesions) for c in ("diameter_mm", "viable_mm")]
    marks = [_text(lesions, column) for column in ("cytology", "pattern")]
    rest = (_text(lesions, "status"), lesions["evaluable"].astype(bool).tolist())
    keys = zip(lesions["patient_id"], _text(lesions, "reader"), _days(lesions["visit_date"]), strict=True)
    series: dict = {}
    for (patient, reader, day), reading in zip(keys, map(Reading, *text, *sizes, *rest, *marks), strict=True):
        series.setdefault((patient, reader), {}).setdefault(day, {})[reading.lesion] = reading
    return series


def _text(lesions: pd.DataFrame, column: str) -> list[str]:
    if column not in lesions:
        return [""] * len(lesions)
    return lesions[column].astype(object).where(lesions[column].notna(), "").astype(str).tolist()


def _sizes(mm: pd.Series) -> list[int | None]:
    return [None if size != size else micrometres(size) for size in mm.astype(float).tolist()]


def _days(dates: pd.Series) -> list[int]:
    return dates.to_numpy(dtype="datetime64[ns]").astype("datetime64[D]").astype(int).tolist()


def _mm(size: int | None) -> float | None:
    return None if size is None else size / 1000


def _growth(nadir: int, total: int, rules: Rules) -> str:
    lengths = f"{_mm(nadir):g} -> {_mm(total):g} mm"
    if nadir == 0:
        return f"{lengths}, back from none"
    return f"{lengths}, {_percent(nadir, total, rules.pd_ratio)} and {_mm(total - nadir):+g} mm from nadir"


def _shrinkage(baseline: int, total: int, rules: Rules) -> str:
    return f"{_mm(baseline):g} -> {_mm(total):g} mm, {_percent(baseline, total, -rules.pr_ratio)} from baseline"


def _percent(before: int, after: int, threshold) -> str:
    """The change in whole percent; in more digits where rounding alone would reach the threshold."""
    change = 100 * (after - before) / before
    for digits in range(4):
        text = f"{change:+.{digits}f}"
        if after - before == threshold * before or float(text) != 100 * threshold:
            break
    return f"{text}%"


def _names(readings: list[Reading]) -> str:
    return ", ".join(f"{reading.lesion} ({reading.site})" for reading in readings)


def _list(words: str, names: list[str]) -> list[str]:
    return [f"{words} {', '.join(names)}"] if names else []
