"""Best response by one criterion and by another, patient by patient: the discordance matrix.

Every pair of the study's criteria is crossed in each arm and overall, with Cohen's kappa (Cohen 1960).
"""

from itertools import combinations, product

import pandas as pd

from twoarm.config.keys import contrast, crossed
from twoarm.config.response_criteria import RESPONSES
from twoarm.raw.parquet import read_parquet
from twoarm.response.best_response import cohen_kappa
from twoarm.results.errors import log_to
from twoarm.results.populations import read_populations
from twoarm.results.statistics import statistics_table, write_statistics


def compare_criteria(
    responses: pd.DataFrame, populations: dict[str, pd.DataFrame], criteria: list[str], arms: dict
) -> pd.DataFrame:
    """Cross the best responses of each pair of criteria.

    responses: patient_id, criterion, best_response. populations: name: table with patient_id and
    arm. arms: `treated` and `control`, each with its `value`. Returns the tidy table: variable `mrecist vs recist`,
    level `PR / SD` n (every cell), total, kappa, and n of level `discordant`.
    """
    best = responses.pivot(index="patient_id", columns="criterion", values="best_response")
    values = [arms[role]["value"] for role in ("treated", "control")]
    rows = []
    for (population, patients), pair in product(populations.items(), combinations(criteria, 2)):
        arm = patients["arm"].astype(str)
        groups = {value: patients[arm == value] for value in values} | {"overall": patients}
        for group, members in groups.items():
            key = {"analysis": "discordance", "population": population, "group": group, "variable": contrast(*pair)}
            crossed = best.loc[members["patient_id"], list(pair)]
            rows += [key | row for row in cross(crossed[pair[0]].tolist(), crossed[pair[1]].tolist())]
    return statistics_table(rows)


def cross(first: list[str], second: list[str]) -> list[dict]:
    """Rows of one group: its matrix of first against second, how many differ, and kappa."""
    pairs = list(zip(first, second, strict=True))
    count = {"statistic": "n", "method": "descriptive"}
    rows = [{"statistic": "total", "method": "descriptive", "value": len(pairs)}]
    rows += [count | {"level": crossed(a, b), "value": pairs.count((a, b))} for a, b in product(RESPONSES, RESPONSES)]
    rows.append(count | {"level": "discordant", "value": sum(a != b for a, b in pairs)})
    kappa = cohen_kappa(first, second)
    note = "" if kappa == kappa else "not estimable: no two patients differ"
    return [*rows, {"statistic": "kappa", "method": "cohen_kappa", "value": kappa, "note": note}]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    statistics = compare_criteria(
        responses=read_parquet(snakemake.input.response),
        populations=read_populations(snakemake.params.populations, snakemake.input.populations),
        criteria=snakemake.params.criteria,
        arms=snakemake.params.arms,
    )
    write_statistics(statistics, snakemake.output.statistics)
