"""Tests between two arms, and intervals of proportions, by R's conventions.

Every test returns (p, method, note): the method actually used, p = NaN if nothing can be tested, and a note
that says why p is empty or why another method was used than requested.

scipy.stats takes half a second to import: the two functions that need it import it themselves.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import chdtrc, gammaln, ndtr, ndtri, stdtr

# The paper's rule (see choose_test); a study may give its own thresholds in its config.
AUTO = {"yates_expected": 5, "fisher_expected": 2, "fisher_zero_cell": True}
TABLE_LIMIT = 2_000_000  # tables that Fisher's exact test may enumerate: about a second
SAME = 1 + 1e-7  # R's tolerance for "no likelier than the observed table"


def compare_categorical(table: np.ndarray, method: str = "auto", thresholds: dict = AUTO) -> tuple[float, str, str]:
    """Test whether two arms differ in a categorical variable.

    table: counts, one row per level, one column per arm; rows of zeros are left out.
    method: pearson | yates (2 x 2; else Pearson, as R's chisq.test) | fisher | auto (see choose_test).
    """
    table = np.asarray(table, int)
    table = table[table.sum(axis=1) > 0]
    if (table.sum(axis=0) == 0).any():
        return np.nan, _asked(method), "not tested: an arm has no patients"
    if len(table) < 2:
        return np.nan, _asked(method), "not tested: all patients have the same value"
    if method == "auto":
        method = choose_test(table, thresholds)
    if method == "fisher":
        p = fisher(table)
        if not np.isnan(p):
            return p, "fisher", ""
        return pearson(table), "pearson", "Pearson's test: too many tables for Fisher's exact test"
    if method == "yates" and len(table) > 2:
        return pearson(table), "pearson", "Yates' correction is for two levels only"
    return {"pearson": pearson, "yates": yates}[method](table), method, ""


def choose_test(table: np.ndarray, thresholds: dict = AUTO) -> str:
    """Choose the test for a table without empty rows or columns by its smallest expected count.

    Fisher if a cell is zero (`fisher_zero_cell`) or an expected count is below `fisher_expected`; Yates if the
    table is 2 x 2 and its smallest expected count is at most `yates_expected`; else Pearson.
    """
    # ASSUME [auto]: if the protocol names no test for categorical variables, expected counts determine the test.
    smallest = expected_counts(table).min()
    if smallest < thresholds["fisher_expected"] or (thresholds["fisher_zero_cell"] and (table == 0).any()):
        return "fisher"
    return "yates" if len(table) == 2 and smallest <= thresholds["yates_expected"] else "pearson"


def expected_counts(table: np.ndarray) -> np.ndarray:
    """Return the counts expected if the arms did not differ."""
    return np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()


def pearson(table: np.ndarray) -> float:
    """Pearson's chi-square without correction: R's chisq.test(correct = FALSE)."""
    return _chi_square(table, expected_counts(table))


def yates(table: np.ndarray) -> float:
    """Chi-square of a 2 x 2 table with Yates' continuity correction: R's chisq.test."""
    expected = expected_counts(table)
    away = expected - table
    return _chi_square(table + np.sign(away) * np.minimum(0.5, np.abs(away)), expected)


def _chi_square(counts: np.ndarray, expected: np.ndarray) -> float:
    """The p-value of counts (levels x two arms) compared with expected counts."""
    return float(chdtrc(len(counts) - 1, ((counts - expected) ** 2 / expected).sum()))


def fisher(table: np.ndarray, limit: int = TABLE_LIMIT) -> float:
    """Fisher's exact test of levels x two arms: R's fisher.test; NaN if it needs more than `limit` tables.

    Enumerates all tables with the observed margins, level by level, and adds up the probabilities of those no
    likelier than the observed one (x 1 + 1e-7). scipy's own test of more than two rows is a Monte-Carlo estimate.
    """
    table = table[np.argsort(table.sum(axis=1))]  # the largest level last: the others determine it
    rows, first_arm = table.sum(axis=1), int(table[:, 0].sum())
    later = np.cumsum(rows[::-1])[::-1][1:]  # patients in the levels still to come
    taken, weight = np.zeros(1, int), np.zeros(1)  # per partial table: patients of the first arm, log weight
    for total, remaining in zip(rows[:-1], later, strict=True):
        if len(taken) * (total + 1) > limit:
            return np.nan
        here = np.arange(total + 1)
        taken = np.add.outer(taken, here).ravel()
        weight = np.add.outer(weight, _log_choose(total, here)).ravel()
        possible = (taken <= first_arm) & (taken + remaining >= first_arm)
        taken, weight = taken[possible], weight[possible]
    weight = weight + _log_choose(rows[-1], first_arm - taken)
    probability = np.exp(weight - _log_choose(rows.sum(), first_arm))
    observed = np.exp(_log_choose(rows, table[:, 0]).sum() - _log_choose(rows.sum(), first_arm))
    return float(min(1.0, probability[probability <= observed * SAME].sum()))


def compare_continuous(treated: np.ndarray, control: np.ndarray, method: str) -> tuple[float, str, str]:
    """Test whether two arms differ in a continuous variable; missing values are left out.

    method: welch_t, student_t (R's t.test with var.equal = FALSE, TRUE) | mann_whitney (the normal approximation
    with continuity correction, R's wilcox.test(exact = FALSE)).
    """
    treated, control = (np.asarray(arm, float) for arm in (treated, control))
    treated, control = treated[~np.isnan(treated)], control[~np.isnan(control)]
    if min(len(treated), len(control)) < 2:
        return np.nan, method, "not tested: fewer than two patients in an arm"
    if np.ptp(np.r_[treated, control]) == 0:
        return np.nan, method, "not tested: all patients have the same value"
    if method == "mann_whitney":
        return _mann_whitney(treated, control), method, ""
    if np.ptp(treated) == 0 and np.ptp(control) == 0:
        return np.nan, method, "not tested: no arm varies"
    sizes = len(treated), len(control)
    variances = [arm.var() * (n / (n - 1)) for arm, n in zip((treated, control), sizes, strict=True)]
    return float(t_test(treated.mean() - control.mean(), variances, sizes, method)), method, ""


def t_test(difference: float, variances: Sequence, sizes: tuple[int, int], method: str) -> float | np.ndarray:
    """The p-value of a difference of two means, from variances (numbers or arrays) and sizes of the two samples.

    method: welch_t | student_t.
    """
    (v1, v2), (n1, n2) = variances, sizes
    with np.errstate(divide="ignore", invalid="ignore"):  # nothing varies, or a sample is one patient
        if method == "student_t":
            df = n1 + n2 - 2.0
            error = np.sqrt(((n1 - 1) * v1 + (n2 - 1) * v2) / df * (1 / n1 + 1 / n2))
        else:
            df = (v1 / n1 + v2 / n2) ** 2 / ((v1 / n1) ** 2 / (n1 - 1) + (v2 / n2) ** 2 / (n2 - 1))
            error = np.sqrt(v1 / n1 + v2 / n2)
        return 2 * stdtr(df, -np.abs(difference / error))


def _mann_whitney(treated, control):
    n1, n2 = len(treated), len(control)
    _, place, tied = np.unique(np.r_[treated, control], return_inverse=True, return_counts=True)
    ranks = (np.cumsum(tied) - (tied - 1) / 2)[place]  # the mean rank of those tied
    u = ranks[:n1].sum() - n1 * (n1 + 1) / 2
    n, ties = n1 + n2, (tied.astype(float) ** 3 - tied).sum()
    error = np.sqrt(n1 * n2 / 12 * ((n + 1) - ties / (n * (n - 1))))
    away = max(u, n1 * n2 - u) - n1 * n2 / 2 - 0.5  # corrected for continuity
    return float(min(2 * ndtr(-away / error), 1.0))


def proportion_interval(
    count: int, total: int, method: str = "clopper_pearson", level: float = 0.95
) -> tuple[float, float]:
    """Return the interval of count / total (0-1): clopper_pearson (exact, binom.test) | wilson (no correction)."""
    if total == 0:
        return np.nan, np.nan
    return {"clopper_pearson": _clopper_pearson, "wilson": _wilson}[method](count, total, level)


def _clopper_pearson(count, total, level):
    from scipy.stats import binomtest

    interval = binomtest(count, total).proportion_ci(level, method="exact")
    return float(interval.low), float(interval.high)


def _wilson(count, total, level):
    z = ndtri(0.5 + 0.5 * level)
    share, whole = count / total, 2 * (total + z**2)
    centre = (2 * total * share + z**2) / whole
    reach = z / whole * np.sqrt(4 * total * share * (1 - share) + z**2)
    return 0.0 if count == 0 else float(centre - reach), 1.0 if count == total else float(centre + reach)


def newcombe_interval(treated: tuple[int, int], control: tuple[int, int]) -> tuple[float, float, float]:
    """Return (difference, low, high) of two proportions, treated minus control, each given as (count, total).

    The hybrid score interval without correction, method 10 of Newcombe, Stat Med 1998;17:873-90.
    """
    if treated[1] == 0 or control[1] == 0:
        return np.nan, np.nan, np.nan
    share = [count / total for count, total in (treated, control)]
    (low_1, high_1), (low_0, high_0) = (proportion_interval(*arm, "wilson") for arm in (treated, control))
    difference = share[0] - share[1]
    low = difference - np.hypot(share[0] - low_1, high_0 - share[1])
    high = difference + np.hypot(high_1 - share[0], share[1] - low_0)
    return difference, float(low), float(high)


def wald_difference(treated: tuple[int, int], control: tuple[int, int]) -> tuple[float, float, float, str]:
    """Return (difference, low, high, note) of two proportions with Wald's interval, R's prop.test(correct = FALSE).

    Without limits, and with a note, if nothing varies within the arms.
    """
    if treated[1] == 0 or control[1] == 0:
        return np.nan, np.nan, np.nan, "no patients"
    shares = [count / total for count, total in (treated, control)]
    difference = shares[0] - shares[1]
    error = np.sqrt(sum(share * (1 - share) / arm[1] for share, arm in zip(shares, (treated, control), strict=True)))
    if error == 0:
        return difference, np.nan, np.nan, "not estimable: within each arm all patients are alike"
    reach = ndtri(0.975) * error
    return difference, float(difference - reach), float(difference + reach), ""


def risk_ratio(treated: tuple[int, int], control: tuple[int, int]) -> tuple[float, float, float, str]:
    """Return (risk ratio, low, high, note), treated relative to control, each given as (count, total).

    The interval is Katz's: Wald's on the log scale. Empty with a note if an arm's count is zero; without limits if all
    patients of both arms are counted.
    """
    if treated[1] == 0 or control[1] == 0:
        return np.nan, np.nan, np.nan, "no patients"
    if treated[0] == 0 or control[0] == 0:
        return np.nan, np.nan, np.nan, "not estimable: a cell of the table is zero"
    ratio = (treated[0] / treated[1]) / (control[0] / control[1])
    error = np.sqrt(sum(1 / count - 1 / total for count, total in (treated, control)))
    if error == 0:
        return float(ratio), np.nan, np.nan, "not estimable: all patients of both arms are alike"
    reach = ndtri(0.975) * error
    return float(ratio), *np.exp(np.log(ratio) + np.array([-reach, reach])).tolist(), ""


def odds_ratio(
    treated: tuple[int, int], control: tuple[int, int], kind: str = "sample"
) -> tuple[float, float, float, str]:
    """Return (odds ratio, low, high, note), treated relative to control, each given as (count, total).

    kind: sample (cross product, Wald interval on the log scale) | conditional (maximum likelihood given the
    margins, exact interval, as R's fisher.test prints). Empty with a note if a cell is zero.
    """
    table = np.array([[count, total - count] for count, total in (treated, control)]).T
    if (table == 0).any():
        return np.nan, np.nan, np.nan, "not estimable: a cell of the table is zero"
    if kind == "conditional":
        return *_conditional_odds_ratio(table), ""
    ratio = table[0, 0] * table[1, 1] / (table[1, 0] * table[0, 1])
    reach = ndtri(0.975) * np.sqrt((1 / table).sum())
    return float(ratio), *np.exp(np.log(ratio) + np.array([-reach, reach])).tolist(), ""


def _conditional_odds_ratio(table):
    from scipy.stats.contingency import odds_ratio as of_table

    result = of_table(table, kind="conditional")
    interval = result.confidence_interval(0.95)
    return float(result.statistic), float(interval.low), float(interval.high)


def _log_choose(n, k):
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def _asked(method):
    """The method name for a test that was not done; for `auto`, Pearson's."""
    return "pearson" if method == "auto" else method
