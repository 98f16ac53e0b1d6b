"""The response of each visit by RECIST 1.1 or mRECIST, from lesion measurements.

Sources: Eisenhauer 2009 (RECIST 1.1); Lencioni & Llovet 2010 (mRECIST for hepatocellular carcinoma).
Sums and thresholds are compared in whole micrometres and exact fractions, never in floating point.
"""

import pandas as pd

from twoarm.new_lesions import benign, new_lesions
from twoarm.readings import Reading, Visit, days_of, series_of
from twoarm.response_rules import Rules

VISIT_COLUMNS = [
    *("patient_id", "reader", "criterion", "visit_date", "day", "target", "non_target", "new_lesion", "overall"),
    *("sum_mm", "baseline_mm", "nadir_mm", "reason"),
]


def visit_verdicts(lesions: pd.DataFrame, treatment_start: pd.Series, rules: Rules) -> pd.DataFrame:
    """Judge every post-baseline visit of every reader by one criterion.

    lesions: one row a lesion, visit and reader: patient_id, visit_date, reader, lesion_id, site, role, diameter_mm,
      viable_mm, status, evaluable, and if the study has them cytology and pattern; checked by `lesion_faults`.
    treatment_start: date by patient_id; the lesions of other patients are passed over.
    Returns VISIT_COLUMNS, one row a patient, reader and visit, sorted by them. sum_mm is empty where a target is
    missing, nadir_mm is the smallest sum before the visit.
    """
    starts = dict(zip(treatment_start.index, days_of(treatment_start), strict=True))
    rows = []
    for (patient, reader), visits in sorted(series_of(lesions).items()):
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
        return "NON-CR/NON-PD" if benign(reading, rules) else "PD"
    # ASSUME: an intrahepatic non-target is judged by its status under mRECIST too, not by its enhancement.
    normal = rules.is_node(reading.site) and reading.diameter is not None and reading.diameter < rules.node_normal_mm
    if reading.status == "absent" or normal:
        return "CR"
    return "NON-CR/NON-PD" if reading.status or reading.diameter is not None else "NE"


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
