"""Compare printed p-values with the counts, means and standard deviations that are printed with them.

Each check takes a Paper and yields rows of the audit: the printed row, and the values of audit_published's columns.
"""

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from twoarm.published.contradictions import contingency, in_words, p_values_of_counts
from twoarm.published.printed_paper import (
    ALPHA,
    Arm,
    Paper,
    decides_otherwise,
    nearest,
    significant,
    table_of,
)
from twoarm.published.published import agrees, parse_printed, printed_range
from twoarm.results.wording import describe
from twoarm.stats.comparisons import compare_categorical, t_test
from twoarm.text.rounding import p_text

T_TESTS = {"student_t": "Student's t test", "welch_t": "Welch's t test"}
STEPS = 41  # of the grid over both standard deviations within their rounding


def test_of_counts(paper: Paper) -> Iterator[dict]:
    """The p-value of printed counts by Pearson's, Yates' and Fisher's test; `low` and `high` are their range."""
    for row, p_values, words in _tested(paper):
        givers = _givers(row, p_values)
        p = p_values[nearest(p_values, row["printed"])]
        depends = bool(givers) and len({p < ALPHA for p in p_values.values()}) == 2
        if not givers:
            finding = f"No test gives {row['printed']}: {words} gives {in_words(p_values)}."
        elif depends:
            finding = f"Significance depends on the test: {words} gives {in_words(p_values)}."
        else:
            finding = f"{words} gives {row['printed']} by {_names(givers, 'and')}."
        yield row | {
            "reported_p": row["printed"],
            "computed_p": p,
            "low": min(p_values.values()),
            "high": max(p_values.values()),
            "error": not givers,
            "decision_error": not givers and decides_otherwise(row["printed"], p),
            "concern": depends,
            "finding": finding,
        }


def _tested(paper: Paper) -> Iterator[tuple[dict, dict[str, float], str]]:
    """Each printed p-value that its counts can check, with their p-values by test and the counts in words."""
    for row in paper.contrasts():
        table, words = contingency(row, paper.counts)
        p_values = p_values_of_counts(row["method"], table) if table else {}
        if p_values:
            yield row, p_values, words


def _givers(row: dict, p_values: dict[str, float]) -> list[str]:
    """The tests that give the printed p-value."""
    return [name for name, p in p_values.items() if agrees(row["printed"], "p_value", p)]


def _names(tests: list[str], conjunction: str) -> str:
    return f" {conjunction} ".join(test.capitalize() for test in tests)


def mean_sd_test(paper: Paper) -> Iterator[dict]:
    """The p-value of printed means and standard deviations by t tests, within the range that rounding allows."""
    for row in paper.contrasts():
        arms = paper.arms(row)
        tests = {name: t_test_range(*arms, name) for name in T_TESTS if row["method"] in ("", name)} if arms else {}
        tests = {name: limits for name, limits in tests.items() if not np.isnan(limits).any()}
        if not tests:
            continue
        printed = row["printed"]
        least, greatest = printed_range(printed, "p_value")
        given = any(low <= greatest and least <= high for low, high in tests.values())
        low, high = min(limits[0] for limits in tests.values()), max(limits[1] for limits in tests.values())
        p = min(max(float(parse_printed(printed).number), low), high)
        error = not given and bool(row["method"])
        ranges = ", ".join(f"{p_text(low)} to {p_text(high)} ({T_TESTS[name]})" for name, (low, high) in tests.items())
        if given:
            finding = f"{printed} is possible: rounding of means and SDs allows {ranges}."
        else:
            finding = f"No t test gives {printed}: rounding of means and SDs allows only {ranges}."
            finding += "" if error else " Print cannot tell whether another test does, such as Mann-Whitney's."
        yield row | {
            "reported_p": printed,
            "computed_p": p,
            "low": low,
            "high": high,
            "error": error,
            "decision_error": error and decides_otherwise(printed, p),
            "concern": not given and not error,
            "finding": finding,
        }


def t_test_range(first: Arm, second: Arm, test: str) -> tuple[float, float]:
    """Return the smallest and largest p that a t test gives for means and SDs within their rounding.

    test: student_t | welch_t. The p-value falls with the difference of the means, whose extremes are known; over the
    two SDs it may not be monotonic with Welch's degrees of freedom, so it is searched for on a grid that includes the
    corners. NaN if no SD within rounding is above 0.
    """
    gaps = first.mean[0] - second.mean[1], first.mean[1] - second.mean[0]
    furthest = max(abs(gap) for gap in gaps)
    closest = 0.0 if gaps[0] <= 0 <= gaps[1] else min(abs(gap) for gap in gaps)
    grid = np.meshgrid(*(np.linspace(*arm.sd, STEPS) for arm in (first, second)))
    sd = [numbers[(grid[0] > 0) | (grid[1] > 0)] for numbers in grid]
    if not sd[0].size:
        return np.nan, np.nan
    variances, sizes = (sd[0] ** 2, sd[1] ** 2), (first.n, second.n)
    least, greatest = (t_test(gap, variances, sizes, test) for gap in (furthest, closest))
    return float(least.min()), float(greatest.max())


def mixed_tests(paper: Paper) -> Iterator[dict]:
    """The tests that give the p-values of one table: some only Pearson's, others only Yates' or Fisher's."""
    rows = [row for row, _, _ in _tested(paper) if not row["method"]]
    needs = [_givers(row, p_values) for row, p_values, _ in _tested(paper) if not row["method"]]
    for place in dict.fromkeys(map(table_of, rows)):
        given = [(row, givers) for row, givers in zip(rows, needs, strict=True) if givers and table_of(row) == place]
        if not given:
            continue
        pearson = [row for row, givers in given if givers == ["pearson"]]
        other = [(row, givers) for row, givers in given if "pearson" not in givers]
        if pearson and other:
            named = "; ".join(
                f"{row['variable']} {row['level']} {row['printed']} ({_names(givers, 'or')})" for row, givers in other
            )
            finding = (
                f"Only Pearson's test gives {len(pearson)} p-values, only Yates' or Fisher's {len(other)}: {named}."
            )
            ruled = all(_by_expected_counts(row, paper) in givers for row, givers in given)
            finding += " One rule by expected counts would give them all; the methods should state it." if ruled else ""
        else:
            finding = f"No sign of mixed tests in {len(given)} p-values."
        blank = {"population": "", "variable": "", "level": "", "place": place}
        yield given[0][0] | blank | {"concern": bool(pearson and other), "finding": finding}


def _by_expected_counts(row: dict, paper: Paper) -> str:
    """The test that the usual rule by expected counts chooses (twoarm.stats.comparisons.choose_test)."""
    return compare_categorical(np.transpose(contingency(row, paper.counts)[0]))[1]


def fragility(paper: Paper) -> Iterator[dict]:
    """How few patients would reverse each significant result of an outcome (baseline tests are not outcomes)."""
    for row, p_values, _ in _tested(paper):
        table = contingency(row, paper.counts)[0]
        if row["analysis"] == "baseline" or not significant(row["printed"]) or len(table[0]) != 2:
            continue
        test = nearest(p_values, row["printed"])
        index, exact = (fragility_index(table, name) for name in (test, "fisher"))
        patients = f"{index} of {sum(map(sum, table))} patients"
        finding = f"P reaches {ALPHA} once {patients} had another outcome ({test.capitalize()}"
        finding += ")." if test == "fisher" else f"; {exact} by Fisher)."
        values = {"reported_p": row["printed"], "computed_p": p_values[test]}
        yield row | values | {"concern": index <= 1, "finding": finding}


def fragility_index(table: list[list[int]], test: str) -> int:
    """Return how many patients of the group with fewer events must have one for p to reach ALPHA.

    table: [[events, others], [events, others]]. Walsh et al., J Clin Epidemiol 2014;67:622-8 (there Fisher's test).
    """
    (fewer, others), (events, rest) = sorted(table, key=lambda group: group[0] / sum(group))
    for changed in range(others):
        p, _, _ = compare_categorical(np.transpose([[fewer + changed, others - changed], [events, rest]]), test)
        if not p < ALPHA:
            return changed
    return others


def multiplicity(paper: Paper) -> Iterator[dict]:
    """Holm's correction of each significant outcome over its table, and over the tests of its level in it.

    A p-value is computed from its counts, otherwise used as printed (a bound as the bound). Baseline tests are not a
    family: they do not test the treatment.
    """
    computed = {describe(row): p_values[nearest(p_values, row["printed"])] for row, p_values, _ in _tested(paper)}
    rows = [row for row in paper.contrasts() if row["analysis"] != "baseline"]
    p_of = {describe(row): computed.get(describe(row), _printed_p(row["printed"])) for row in rows}
    for _, members in groupby(sorted(rows, key=_family), _family):
        family = list(members)
        for row in family:
            if len(family) > 1 and significant(row["printed"]) and p_of[describe(row)] < ALPHA:
                yield row | _corrected(row, family, p_of)


def _family(row: dict) -> tuple[str, ...]:
    return table_of(row), row["analysis"], row["population"], row["method"]


def _corrected(row: dict, family: list[dict], p_of: dict[str, float]) -> dict:
    """The result of the correction for one row of a family."""
    families = {f"all {len(family)} tests ({table_of(row)})": family}
    level = [other for other in family if other["level"] == row["level"]]
    if 1 < len(level) < len(family):
        families[f"the {len(level)} of {row['level']}"] = level
    p = {name: float(holm([p_of[describe(each)] for each in rows])[rows.index(row)]) for name, rows in families.items()}
    concern = max(p.values()) >= ALPHA
    words = ", ".join(f"{p_text(adjusted)} over {name}" for name, adjusted in p.items())
    return {
        "reported_p": row["printed"],
        "computed_p": next(iter(p.values())),
        "low": min(p.values()),
        "high": max(p.values()),
        "concern": concern,
        "finding": f"{'No longer significant' if concern else 'Significant'} after Holm's correction: {words}.",
    }


def _printed_p(printed: str) -> float:
    """A printed p-value as a number: a bound from above as the bound, one from below as 1."""
    sign, number, _ = parse_printed(printed)
    return 1.0 if sign in ("≥", ">") else float(number)


def holm(p_values: list[float]) -> np.ndarray:
    """Return p-values adjusted by Holm's step-down method: R's p.adjust(method = "holm")."""
    p = np.asarray(p_values, float)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return adjusted
