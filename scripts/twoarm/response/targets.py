"""The target lesions of a visit: their sizes, their sum against baseline and nadir, and the verdict with its reason.

Sources: Eisenhauer 2009 (RECIST 1.1); Lencioni & Llovet 2010 (mRECIST for hepatocellular carcinoma).
Sums and thresholds are compared in whole micrometres and exact fractions, never in floating point.
"""

from twoarm.response.readings import Reading
from twoarm.response.response_rules import Rules


def size_of(reading: Reading | None, rules: Rules) -> int | None:
    """A target's size in micrometres: viable diameter in the liver by mRECIST, else diameter (short axis of a node).

    None if it cannot be judged: no row, not evaluable, or no measurement. Status `absent` is 0, as is `merged`
    (another target is measured for both); status `present` without any measurement is too small to measure.
    """
    if reading is None or not reading.evaluable:
        return None
    if reading.parts:
        sizes = [size_of(part, rules) for part in reading.parts]
        return None if None in sizes else sum(sizes)
    if reading.status in ("absent", "merged") or reading.diameter == 0:
        return 0
    if reading.status == "present" and reading.diameter is None and reading.viable is None:
        return rules.small_mm
    return reading.viable if rules.measures_viable(reading.site) else reading.diameter


def judge_targets(
    targets: list[Reading], sizes: list[int | None], baseline: int, nadir: list[int], rules: Rules
) -> tuple[str, str]:
    """Judge the targets of a visit.

    targets: their baseline readings. sizes: at this visit (see size_of). baseline: the sum at baseline. nadir: sizes at
    the earlier visit with the smallest complete sum. Returns the response (none without targets) and the reason.
    """
    if not targets:
        return "none", ""
    sites = [target.site for target in targets]
    name = "viable sum" if any(map(rules.measures_viable, sites)) else "sum"
    measured = [size for size in sizes if size is not None]
    total, least, missing = sum(measured), sum(nadir), len(sizes) - len(measured)
    if not missing and all(is_gone(size, site, rules) for size, site in zip(sizes, sites, strict=True)):
        left = f", nodes below {mm(rules.node_normal_mm):g} mm" if any(map(rules.is_node, sites)) else ""
        return "CR", f"all targets gone{left}"
    normal = growth_of_normal_nodes(sites, sizes, nadir, rules)
    if progressed(total - normal, least, rules):
        part = f" ({len(measured)} of {len(sizes)} targets measured)" if missing else ""
        return "PD", f"{name} {_growth(least, total, rules)}{part}"
    if missing:
        return "NE", f"{missing} of {len(sizes)} targets not evaluable"
    if baseline - total >= rules.pr_ratio * baseline:
        return "PR", f"{name} {_shrinkage(baseline, total, rules)}"
    if total < least or least == baseline == total:
        return "SD", f"{name} {_shrinkage(baseline, total, rules)}"
    since = "" if least == baseline else f", {_percent(baseline, total, -rules.pr_ratio)} from baseline"
    within = f", {mm(normal):g} mm of it in normal nodes" if progressed(total, least, rules) else ""
    return "SD", f"{name} {_growth(least, total, rules)}{within}{since}"


def is_large_enough(reading: Reading, rules: Rules) -> bool:
    """Whether a baseline lesion may be a target by the criterion."""
    size = reading.viable if rules.measures_viable(reading.site) else reading.diameter
    return size is not None and size >= rules.least_target(reading.site)


def is_gone(size: int, site: str, rules: Rules) -> bool:
    """Whether a lesion of this size is gone; a node below the normal limit is not disease."""
    return size < rules.node_normal_mm if rules.is_node(site) else size == 0


def is_there(size: int | None, site: str, rules: Rules) -> bool:
    """Whether a lesion of this size is disease."""
    return size is not None and not is_gone(size, site, rules)


def growth_of_normal_nodes(sites: list[str], sizes: list[int | None], nadir: list[int], rules: Rules) -> int:
    """The growth of nodes that are still normal, which is not growth of disease."""
    readings = zip(sites, sizes, nadir, strict=True)
    return sum(
        max(0, size - least)
        for site, size, least in readings
        if size is not None and rules.is_node(site) and is_gone(size, site, rules)
    )


def progressed(total: int, nadir: int, rules: Rules) -> bool:
    """Whether a sum is progression from the nadir, by ratio and by length; from a nadir of 0, by any reappearance.

    A missing target could only add to the sum, so a partial sum can prove progression.
    """
    growth = total - nadir
    if nadir == 0:
        return growth > 0
    return growth > 0 and growth >= rules.pd_ratio * nadir and growth >= rules.pd_abs_mm


def mm(size: int | None) -> float | None:
    return None if size is None else size / 1000


def _growth(nadir: int, total: int, rules: Rules) -> str:
    lengths = f"{mm(nadir):g} -> {mm(total):g} mm"
    if nadir == 0:
        return f"{lengths}, back from none"
    return f"{lengths}, {_percent(nadir, total, rules.pd_ratio)} and {mm(total - nadir):+g} mm from nadir"


def _shrinkage(baseline: int, total: int, rules: Rules) -> str:
    return f"{mm(baseline):g} -> {mm(total):g} mm, {_percent(baseline, total, -rules.pr_ratio)} from baseline"


def _percent(before: int, after: int, threshold) -> str:
    """The change in whole percent; with more decimals if rounding would make it look like the threshold."""
    change = 100 * (after - before) / before
    for digits in range(4):
        text = f"{change:+.{digits}f}"
        if after - before == threshold * before or float(text) != 100 * threshold:
            break
    return f"{text}%"
