"""The rows of a rate: its percentage in a group, and its comparison between the arms."""

from twoarm.stats.comparisons import (
    compare_categorical,
    newcombe_interval,
    odds_ratio,
    proportion_interval,
    risk_ratio,
    wald_difference,
)
from twoarm.stats.estimate_rows import estimate_rows


def percent_rows(n: int, total: int) -> list[dict]:
    """The percentage (0-100) of n among total, with its Clopper-Pearson interval."""
    low, high = proportion_interval(n, total)
    estimates = {"percent": n / total if total else None, "ci_low": low, "ci_high": high}
    return [{"statistic": name, "method": "clopper_pearson", **_percent(share)} for name, share in estimates.items()]


def contrast_rows(treated: tuple[int, int], control: tuple[int, int], test: str, thresholds: dict) -> list[dict]:
    """The test of a rate between the arms, each given as (count, total); its difference, and its odds ratio.

    test: of compare_categorical, with its thresholds. The difference is in percentage points, with Newcombe's
    interval; the odds ratio has Wald's on the log scale.
    """
    table = [[treated[0], control[0]], [treated[1] - treated[0], control[1] - control[0]]]
    p, method, note = compare_categorical(table, test, thresholds)
    rows = [{"statistic": "p_value", "method": method, "value": p, "note": note}]
    for name, share in zip(("difference", "ci_low", "ci_high"), newcombe_interval(treated, control), strict=True):
        rows.append({"statistic": name, "method": "newcombe", **_percent(share)})
    *estimates, note = odds_ratio(treated, control)
    return rows + estimate_rows("odds_ratio", "wald", estimates, note)


def risk_rows(treated: tuple[int, int], control: tuple[int, int]) -> list[dict]:
    """The rate's ratio (Katz's interval) and its difference with Wald's interval, in percentage points."""
    *ratio, ratio_note = risk_ratio(treated, control)
    *difference, note = wald_difference(treated, control)
    points = [100 * share for share in difference]
    return estimate_rows("risk_ratio", "katz", ratio, ratio_note) + estimate_rows(
        "difference", "wald_difference", points, note
    )


def _percent(share: float | None) -> dict:
    """A fraction as a percentage; empty, with the reason, if a group has no patients."""
    if share is None or share != share:
        return {"value": None, "note": "no patients"}
    return {"value": 100 * share}
