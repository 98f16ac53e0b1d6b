"""Yes/no outcomes by arm, and their comparison: risk difference, risk ratio, odds ratio and test.

The denominator is the patients whose outcome is known; the others are counted. Rates have Clopper-Pearson intervals.
The risk difference (percentage points) has Newcombe's interval, as in the other tables, and Wald's; the risk ratio
Katz's (Biometrics 1978;34:469-74) and the odds ratio Wald's, both on the log scale. With an empty cell a ratio, or its
interval, does not exist. Of patients with weights, percentages are weighted, and their intervals, contrasts and test
are those of a survey (twoarm.stats.weighted_tests); numbers of patients are not weighted.
"""

import pandas as pd

from twoarm.config.endpoints import event_of
from twoarm.config.keys import OVERALL, contrast
from twoarm.config.levels import NO, YES
from twoarm.config.variables import occurred
from twoarm.raw.parquet import read_parquet
from twoarm.results.errors import log_to
from twoarm.results.populations import read_populations
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.comparisons import AUTO
from twoarm.stats.rate_rows import contrast_rows, percent_rows, risk_rows
from twoarm.stats.weighted_rows import CONTRASTS, Weighted


def compare_outcomes(
    enrolled: pd.DataFrame, populations: dict[str, pd.DataFrame], outcomes: dict[str, dict], arms: dict
) -> pd.DataFrame:
    """Count and compare the outcomes.

    enrolled: patient_id and the variables of the outcomes. populations: name: table with patient_id, arm, and weight
    (and pair) if it has weights.
    outcomes: name: `event`, `values` (twoarm.config.endpoints.event_values), `test` (default auto) and its thresholds
    `auto`. arms: `treated` and `control`, each with its `value`.
    Returns the tidy table: by arm and overall total (of all patients; of each outcome, those with a value), missing if
    anybody's value is, n of the levels Yes and No, percent of Yes; by contrast p_value, difference, risk_ratio and
    odds_ratio of Yes.
    """
    values, known = [arms[role]["value"] for role in ("treated", "control")], enrolled.set_index("patient_id")
    rows = []
    for population, patients in populations.items():
        arm = patients["arm"].astype(str).to_numpy()
        groups = {value: arm == value for value in values} | {OVERALL: arm == arm}
        key = {"analysis": "outcomes", "population": population}
        rows += [key | {"group": group} | _count("total", int(own.sum())) for group, own in groups.items()]
        for name, outcome in outcomes.items():
            happened = occurred(known.loc[patients["patient_id"], event_of(outcome)], outcome["values"])
            happened = happened.set_axis(patients.index)
            by_group = {group: happened[own] for group, own in groups.items()}
            weighted = Weighted.of(patients[happened.notna()], values[0])
            found = [
                {"group": group} | row
                for group, own in by_group.items()
                for row in describe(own, bool(happened.isna().any()), weighted)
            ]
            if weighted:
                compared = weighted.compared(happened.dropna() == 1, tuple(CONTRASTS))
            else:
                counts = [(int((by_group[value] == 1).sum()), int(by_group[value].notna().sum())) for value in values]
                thresholds = AUTO | outcome.get("auto", {})
                compared = contrast_rows(*counts, outcome.get("test", "auto"), thresholds) + risk_rows(*counts)
            found += [{"group": contrast(*values), "level": YES} | row for row in compared]
            rows += [key | {"variable": name} | row for row in found]
    return statistics_table(rows)


def describe(happened: pd.Series, any_missing: bool, weighted: Weighted | None = None) -> list[dict]:
    """Rows of one group: total (with a value), missing if anybody's is, n and percent. happened: 1, 0 or missing."""
    known = happened.dropna() == 1
    total, n = len(known), int(known.sum())
    of_yes = [_count("n", n), *(weighted.shared(known) if weighted else percent_rows(n, total))]
    rows = [_count("total", total), *({"level": YES} | row for row in of_yes), {"level": NO} | _count("n", total - n)]
    return [*rows, _count("missing", len(happened) - total)] if any_missing else rows


def _count(statistic: str, value: int) -> dict:
    return {"statistic": statistic, "method": "descriptive", "value": value}


if __name__ == "__main__":
    log_to(snakemake.log[0])
    statistics = compare_outcomes(
        enrolled=read_parquet(snakemake.input.enrolled),
        populations=read_populations(snakemake.params.populations, snakemake.input.populations),
        outcomes=snakemake.params.outcomes,
        arms=snakemake.params.arms,
    )
    write_statistics(statistics, snakemake.output.statistics)
