"""Best responses, objective response rate (ORR) and disease control rate (DCR) by arm, and their comparison.

ORR = CR + PR; DCR = CR + PR + SD (+ NON-CR/NON-PD). The denominator is all patients analysed: a patient who was not
evaluable (NE) counts as no response. Rates have Clopper-Pearson intervals; arms are compared by a test of the two
proportions, their difference (percentage points, Newcombe) and odds ratio (Wald).
"""

import pandas as pd

from twoarm.config.keys import contrast
from twoarm.config.response_criteria import RESPONSES
from twoarm.response.response_rules import RATES
from twoarm.results.errors import log_to
from twoarm.results.populations import read_populations
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.comparisons import AUTO, compare_categorical, newcombe_interval, odds_ratio, proportion_interval


def compare_response(
    responses: pd.DataFrame,
    populations: dict[str, pd.DataFrame],
    criteria: list[str],
    arms: dict,
    test: str = "auto",
    thresholds: dict | None = None,
) -> pd.DataFrame:
    """Count and compare the best responses.

    responses: patient_id, criterion, best_response. populations: name: table with patient_id and
    arm. arms: `treated` and `control`, each with its `value`. test: pearson | yates | fisher | auto, with the
    thresholds of auto. Returns the tidy table: by arm and overall total, n of each response, n and percent (0-100)
    of each rate with interval; by contrast p_value, difference (percentage points), odds_ratio.
    """
    values = [arms[role]["value"] for role in ("treated", "control")]
    rows = []
    for population, patients in populations.items():
        for criterion in criteria:
            own = responses[responses["criterion"] == criterion].set_index("patient_id")["best_response"]
            best, arm = patients["patient_id"].map(own), patients["arm"].astype(str)
            groups = {value: best[arm == value] for value in values} | {"overall": best}
            found = [{"group": name} | row for name, group in groups.items() for row in describe(group)]
            for rate, counted in RATES.items():
                counts = [(int(groups[value].isin(counted).sum()), len(groups[value])) for value in values]
                compared = {"group": contrast(*values), "level": rate}
                found += [compared | row for row in compare(*counts, test, AUTO | (thresholds or {}))]
            key = {"analysis": "response", "population": population, "variable": criterion}
            rows += [key | row for row in found]
    return statistics_table(rows)


def describe(best: pd.Series) -> list[dict]:
    """Rows of one group: total, n of each response, n and percent of each rate."""
    rows = [{"statistic": "total", "method": "descriptive", "value": len(best)}]
    for response in RESPONSES:
        n = int((best == response).sum())
        rows.append({"level": response, "statistic": "n", "method": "descriptive", "value": n})
    for rate, counted in RATES.items():
        n = int(best.isin(counted).sum())
        rows.append({"level": rate, "statistic": "n", "method": "descriptive", "value": n})
        low, high = proportion_interval(n, len(best))
        estimates = {"percent": n / len(best) if len(best) else None, "ci_low": low, "ci_high": high}
        rows += [
            {"level": rate, "statistic": name, "method": "clopper_pearson", **_percent(share)}
            for name, share in estimates.items()
        ]
    return rows


def compare(treated: tuple[int, int], control: tuple[int, int], test: str, thresholds: dict) -> list[dict]:
    """Rows comparing one rate between the arms, each given as (count, total)."""
    table = [[treated[0], control[0]], [treated[1] - treated[0], control[1] - control[0]]]
    p, method, note = compare_categorical(table, test, thresholds)
    rows = [{"statistic": "p_value", "method": method, "value": p, "note": note}]
    for name, share in zip(("difference", "ci_low", "ci_high"), newcombe_interval(treated, control), strict=True):
        rows.append({"statistic": name, "method": "newcombe", **_percent(share)})
    *estimates, note = odds_ratio(treated, control)
    for name, value in zip(("odds_ratio", "ci_low", "ci_high"), estimates, strict=True):
        rows.append({"statistic": name, "method": "wald", "value": value, "note": note})
    return rows


def _percent(share: float | None) -> dict:
    """A fraction as a percentage; empty, with the reason, if a group has no patients."""
    if share is None or share != share:
        return {"value": None, "note": "no patients"}
    return {"value": 100 * share}


if __name__ == "__main__":
    log_to(snakemake.log[0])
    statistics = compare_response(
        responses=pd.read_parquet(snakemake.input.response),
        populations=read_populations(snakemake.params.populations, snakemake.input.populations),
        criteria=snakemake.params.criteria,
        arms=snakemake.params.arms,
        test=snakemake.params.test,
        thresholds=snakemake.params.thresholds,
    )
    write_statistics(statistics, snakemake.output.statistics)
