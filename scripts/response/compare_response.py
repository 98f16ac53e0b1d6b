"""Best responses, objective response rate (ORR) and disease control rate (DCR) by arm, and their comparison.

ORR = CR + PR; DCR = CR + PR + SD (+ NON-CR/NON-PD). The denominator is all patients analysed: a patient who was not
evaluable (NE) counts as no response. Rates have Clopper-Pearson intervals; arms are compared by a test of the two
proportions, their difference (percentage points, Newcombe) and odds ratio (Wald). Of patients with weights, percentages
are weighted, and their intervals, differences, odds ratios and tests are those of a survey
(twoarm.stats.weighted_tests); numbers of patients are not weighted.
"""

import pandas as pd

from twoarm.config.keys import contrast
from twoarm.config.response_criteria import RESPONSES
from twoarm.raw.parquet import read_parquet
from twoarm.response.response_rules import RATES
from twoarm.results.errors import log_to
from twoarm.results.populations import read_populations
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.comparisons import AUTO
from twoarm.stats.rate_rows import contrast_rows, percent_rows
from twoarm.stats.weighted_rows import Weighted

CONTRASTS = ("risk_difference", "odds_ratio")


def compare_response(
    responses: pd.DataFrame,
    populations: dict[str, pd.DataFrame],
    criteria: list[str],
    arms: dict,
    test: str = "auto",
    thresholds: dict | None = None,
) -> pd.DataFrame:
    """Count and compare the best responses.

    responses: patient_id, criterion, best_response. populations: name: table with patient_id, arm, and weight (and
    pair) if it has weights. arms: `treated` and `control`, each with its `value`. test: pearson | yates | fisher |
    auto, with the thresholds of auto. Returns the tidy table: by arm and overall total, n of each response, n and
    percent (0-100) of each rate with interval; by contrast p_value, difference (percentage points), odds_ratio.
    """
    values = [arms[role]["value"] for role in ("treated", "control")]
    rows = []
    for population, patients in populations.items():
        for criterion in criteria:
            own = responses[responses["criterion"] == criterion].set_index("patient_id")["best_response"]
            best, arm = patients["patient_id"].map(own), patients["arm"].astype(str)
            groups = {value: best[arm == value] for value in values} | {"overall": best}
            weighted = Weighted.of(patients, values[0])
            found = [{"group": name} | row for name, group in groups.items() for row in describe(group, weighted)]
            for rate, counted in RATES.items():
                compared = {"group": contrast(*values), "level": rate}
                if weighted:
                    found += [compared | row for row in weighted.compared(best.isin(counted), CONTRASTS)]
                    continue
                counts = [(int(groups[value].isin(counted).sum()), len(groups[value])) for value in values]
                found += [compared | row for row in contrast_rows(*counts, test, AUTO | (thresholds or {}))]
            key = {"analysis": "response", "population": population, "variable": criterion}
            rows += [key | row for row in found]
    return statistics_table(rows)


def describe(best: pd.Series, weighted: Weighted | None = None) -> list[dict]:
    """Rows of one group: total, n of each response, n and percent of each rate.

    Of patients with weights the percentages are weighted, and each response has one.
    """
    rows = [{"statistic": "total", "method": "descriptive", "value": len(best)}]
    for response in RESPONSES:
        n = int((best == response).sum())
        rows.append({"level": response, "statistic": "n", "method": "descriptive", "value": n})
        rows += [{"level": response} | row for row in weighted.shared(best == response)[:1]] if weighted else []
    for rate, counted in RATES.items():
        n = int(best.isin(counted).sum())
        rows.append({"level": rate, "statistic": "n", "method": "descriptive", "value": n})
        shares = weighted.shared(best.isin(counted)) if weighted else percent_rows(n, len(best))
        rows += [{"level": rate} | row for row in shares]
    return rows


if __name__ == "__main__":
    log_to(snakemake.log[0])
    statistics = compare_response(
        responses=read_parquet(snakemake.input.response),
        populations=read_populations(snakemake.params.populations, snakemake.input.populations),
        criteria=snakemake.params.criteria,
        arms=snakemake.params.arms,
        test=snakemake.params.test,
        thresholds=snakemake.params.thresholds,
    )
    write_statistics(statistics, snakemake.output.statistics)
