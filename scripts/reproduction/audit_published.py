"""Compare a paper's printed numbers with each other, as a careful reviewer would, without patient data.

One row per check. Columns follow statcheck (Nuijten et al., Behav Res Methods 2016;48:1205-26): the p-value reported,
the closest one that the other printed numbers give, and the range that they allow. `error`: the printed numbers prove
that the value is wrong; `decision_error`: the correct one is also on the other side of 0.05. `concern`: not
proven wrong, but a reviewer would ask. docs/audit.md says what each check can and cannot prove.
"""

from collections.abc import Iterator, Mapping
from math import ceil, log, log2

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from twoarm.config.populations import ENROLLED, MATCHED
from twoarm.published.audit import AUDIT_FLAGS, AUDIT_NUMBERS
from twoarm.published.contradictions import percentage_error
from twoarm.published.printed_p_values import fragility, mean_sd_test, mixed_tests, multiplicity, test_of_counts
from twoarm.published.printed_paper import Paper
from twoarm.published.published import printed_range, read_published
from twoarm.results.errors import log_to
from twoarm.results.rows import KEY
from twoarm.results.wording import audited_level
from twoarm.stats.balance import smd, spread
from twoarm.text.rounding import half_up

COLUMNS = [*KEY, "place", "check", "reported_p", "computed_p", "low", "high", *AUDIT_FLAGS, "finding"]
SMD_LIMIT = 0.1  # a larger standardised difference is imbalance (Austin, Stat Med 2009;28:3083-107)
COUNTED_IN = {"ORR": ("CR", "PR"), "DCR": ("CR", "PR", "SD")}
CHANCE = 1.96  # standard errors


def audit(published: pd.DataFrame, progression: list[str]) -> pd.DataFrame:
    """Run every check on the table that `read_published` returns.

    progression: the endpoints that end with progression, for which best response and survival must agree.
    Returns COLUMNS, one row per check, in the order of CHECKS; KEY, place and check identify a row.
    """
    paper = Paper(published, progression)
    rows = [row | {"check": check.__name__} for check in CHECKS for row in check(paper)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    table[AUDIT_FLAGS] = table[AUDIT_FLAGS].eq(True)
    table[AUDIT_NUMBERS] = table[AUDIT_NUMBERS].astype(float)
    return table.fillna({"reported_p": ""})


def percent(paper: Paper) -> Iterator[dict]:
    """Compare percentages with their counts and totals."""
    for row in paper.of("percent"):
        n, total = paper.n(row), paper.total(row)
        if n is not None and total:
            error = percentage_error(row, paper.counts)
            finding = f"Printed {row['printed']}, but {error}." if error else f"{n}/{total} is {row['printed']}%."
            yield row | {"error": bool(error), "finding": finding}


def columns_sum(paper: Paper) -> Iterator[dict]:
    """Compare levels with totals, objective response and disease control with responses, and arms with all patients."""
    # A level with its own p-value (a rate, a range of grades) is not part of a partition of the patients.
    own = {(row["analysis"], row["level"]) for row in paper.of("p_value")}
    for row in paper.of("n"):
        levels = [level for level in paper.counts.levels(row, row["group"]) if (row["analysis"], level) not in own]
        total = paper.total(row)
        if len(levels) > 1 and row["level"] == levels[0] and total is not None:
            parts = [paper.counts.n(row, row["group"], level) for level in levels]
            yield row | {"level": ""} | _sum(parts, total, may_lack=True)
    for row in paper.of("n", analysis="response"):
        parts = [paper.counts.n(row, row["group"], level) for level in COUNTED_IN.get(row["level"], ())]
        if parts and None not in parts and paper.n(row) is not None:
            yield row | _sum(parts, paper.n(row))
    for row in paper.of("total", group="overall", stratum=""):
        arms = {arm["group"]: paper.total(arm) for arm in paper.of("total", population=row["population"], stratum="")}
        parts = [total for arm, total in arms.items() if arm != "overall"]
        if len(parts) > 1 and None not in [*parts, paper.total(row)]:
            yield row | _sum(parts, paper.total(row))


def _sum(parts: list[int], whole: int, may_lack: bool = False) -> dict:
    """What a sum proves; if values may be missing (`may_lack`), a sum below the total is not an error."""
    words = f"{' + '.join(map(str, parts))} = {sum(parts)}"
    if sum(parts) == whole:
        return {"finding": f"{words}, as printed."}
    lack = may_lack and sum(parts) < whole
    finding = f"{words}, but {whole} is printed"
    return {"error": not lack, "concern": lack, "finding": f"{finding}; are values missing?" if lack else f"{finding}."}


def matched_within_enrolled(paper: Paper) -> Iterator[dict]:
    """Matching only removes patients: counts after it, and counts of removed patients, must fit the counts before."""
    for row in paper.of("n", population=MATCHED):
        before = {**row, "population": ENROLLED}
        n, had = paper.n(row), paper.n(before)
        if n is None or had is None:
            continue
        totals = paper.total(before), paper.total(row)
        left_out = totals[0] - totals[1] if None not in totals else None
        finding = f"{n} after matching, {had} before"
        if n > had:
            finding += ": matching adds no patient"
        elif left_out is not None and had - n > left_out:
            finding += f": but only {left_out} patients were left out"
        yield row | {"error": ":" in finding, "finding": f"{finding}."}


def balance(paper: Paper) -> Iterator[dict]:
    """Standardised differences before and after matching, over the first group's SD before it (as MatchIt's)."""
    both = (ENROLLED, MATCHED)
    contrasts = (
        row
        for row in paper.contrasts(analysis="baseline", stratum="")
        if all(
            paper.counts.total({**row, "population": each}, group)
            for each in both
            for group in paper.counts.groups(row) or [""]
        )
    )
    contrast = next(contrasts, None)
    printed = paper.of("n", "mean", analysis="baseline", stratum="") if contrast else []
    for variable, place in {row["variable"]: row["place"] for row in printed}.items():
        row = contrast | {"variable": variable, "level": "", "statistic": "smd", "method": "smd_treated"}
        before, after = (_differences(paper, {**row, "population": population}) for population in both)
        pairs = {level: (before[level], after[level]) for level in before if level in after and before[level][1] > 0}
        if not pairs:
            continue
        smds = {level: (abs(old / scale), abs(new / scale)) for level, ((old, scale), (new, _)) in pairs.items()}
        level = max(smds, key=lambda level: smds[level][1])
        was, now = smds[level]
        finding = "Not balanced: standardised" if now > SMD_LIMIT else "Standardised"
        finding += f" difference {was:.3f} before and {now:.3f} after matching{f' ({level})' if level else ''}"
        finding += "; matching made it larger." if now > was else "."
        yield row | {"population": MATCHED, "place": place, "concern": now > SMD_LIMIT, "finding": finding}


def _differences(paper: Paper, row: Mapping) -> dict[str, tuple[float, float]]:
    """{level: (difference of first and second group, SD of the first)} of a variable, level "" for its means."""
    groups = paper.counts.groups(row)
    totals = [paper.counts.total(row, group) for group in groups]
    found = {}
    for level in paper.counts.levels(row, groups[0]):
        n = [paper.counts.n(row, group, level) for group in groups]
        if None not in n and all(count <= total for count, total in zip(n, totals, strict=True)):
            treated = np.repeat([True, False], totals)
            numbers = np.concatenate([np.arange(total) < count for count, total in zip(n, totals, strict=True)]) * 1.0
            found[level] = smd(numbers, treated, 1.0), spread(numbers, treated, "treated", binary=True)
    means = [paper.find(row, group=group, level="", statistic="mean") for group in groups]
    sd = paper.find(row, group=groups[0], level="", statistic="sd")
    if all(means) and sd:
        found[""] = float(means[0]["printed"]) - float(means[1]["printed"]), float(sd["printed"])
    return found


def median_against_logrank(paper: Paper) -> Iterator[dict]:
    """Compare medians with a log-rank p: the p from their ratio at constant hazards if every patient has an event.

    Schoenfeld, Biometrika 1981;68:316-9: z = ln(hazard ratio) * sqrt(events * q * (1 - q)), q the first group's share.
    """
    # ASSUME: the audit assumes exponential survival. The log of a median then has 1/ln(2)^2 times the variance of the
    # log hazard, so z from medians and z from the log-rank test differ by chance with this standard error (if all
    # events are observed; otherwise with a smaller one).
    error = (1 / log(2) ** 2 - 1) ** 0.5
    for row in paper.contrasts(method="logrank"):
        groups = paper.counts.groups(row)
        medians = [paper.find(row, group=group, statistic="median") for group in groups]
        n = [paper.patients(row, group) for group in groups]
        if not groups or not all(medians) or not all(n):
            continue
        ranges = [printed_range(median["printed"], "median") for median in medians]
        if min(low for low, _ in ranges) <= 0:
            continue
        ratio = float(medians[1]["printed"]) / float(medians[0]["printed"])
        ends = log(ranges[1][0] / ranges[0][1]), log(ranges[1][1] / ranges[0][0])
        sizes = [0.0 if ends[0] <= 0 <= ends[1] else min(map(abs, ends)), abs(log(ratio)), max(map(abs, ends))]
        z = np.array(sizes) * (n[0] * n[1] / sum(n)) ** 0.5
        high, p, low = (2 * ndtr(-z)).tolist()
        reported = float(-ndtri(min(printed_range(row["printed"], "p_value")[1], 1.0) / 2))
        needed = ceil(sum(n) * (reported / z[2]) ** 2)
        concern = bool(reported - z[2] > CHANCE * error)
        finding = f"At constant hazards these medians mean a hazard ratio of {ratio:.2f}, for which P {row['printed']}"
        finding += f" takes {needed} events or more; there are {sum(n)} patients"
        if concern:
            finding += (
                ". Chance hardly explains it: hazards are not proportional, or a number is wrong (approximation)."
            )
        else:
            finding += ", but chance can explain the gap (approximation)." if needed > sum(n) else "."
        values = {"reported_p": row["printed"], "computed_p": p, "low": low, "high": high}
        yield row | values | {"concern": concern, "finding": finding}


def best_response_against_survival(paper: Paper) -> Iterator[dict]:
    """Compare the proportion with progression as best response with the median time to progression."""
    # ASSUME: the audit assumes that progression as best response is seen at the first assessment. At a constant hazard
    # its proportion gives the time of that assessment, as a fraction of the median. Beyond half of the median, the two
    # hardly agree.
    for row in paper.of("n", analysis="response", level="PD", stratum=""):
        n, total = paper.n(row), paper.total(row)
        for endpoint in paper.progression:
            key = {"analysis": "survival", "variable": endpoint, "level": "", "statistic": "median"}
            median = paper.find(row, **key)
            if median is None or n is None or not total:
                continue
            time = median["printed"]
            part = 1.0 if 2 * n >= total else log2(total / (total - n))
            finding = f"Best response is progression in {n} of {total} ({half_up(100 * n / total, 1)}%)"
            if part == 1:
                finding += f", at least half, yet the median is {time}"
            else:
                finding += (
                    f"; the median of {time} leaves {ceil(total / 2) - n} of the other {total - n} to progress by it"
                )
                finding += f", and a constant hazard puts the first assessment at {half_up(part * float(time), 1)}"
            finding += ". They agree only if such progression may come late." if part > 0.5 else "."
            place = f"{row['place']}; {median['place']}"
            yield row | {"level": audited_level(endpoint), "place": place, "concern": part > 0.5, "finding": finding}


CHECKS = [
    *[test_of_counts, mean_sd_test, percent, columns_sum, matched_within_enrolled],
    *[mixed_tests, balance, median_against_logrank, best_response_against_survival, fragility, multiplicity],
]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    checked = audit(read_published(snakemake.input.published), snakemake.params.progression)
    checked.to_csv(snakemake.output.audit, index=False, lineterminator="\n")
