"""Count missing values by variable and arm, before anything is done about them.

Of the patients who meet all criteria of the protocol (STROBE items 12c and 14b), those left out only because a value is
missing among them; and of the enrolled, whose missing values are imputed or stay missing.
"""

from itertools import product

import pandas as pd

from twoarm.config.filled_in import MISSING
from twoarm.config.populations import ELIGIBLE, ENROLLED
from twoarm.raw.parquet import read_parquet
from twoarm.results.errors import log_to
from twoarm.results.statistics import statistics_table, write_statistics


def count_missing(patients: pd.DataFrame, screening: pd.DataFrame, levels: dict[str, str], arms: dict) -> pd.DataFrame:
    """Return the tidy table `missing`: in each arm the patients (total), and those without a value (missing, percent).

    patients: patient_id and the raw variables, in the order of `screening` (patient_id, arm, excluded_by). levels: {
    variable: the level of patients without a value, empty if they have none}, the level of its rows. The rows without a
    variable count the patients who lack at least one of them.
    """
    enrolled, incomplete = screening["excluded_by"] == "", screening["excluded_by"].str.startswith(MISSING)
    populations = {ELIGIBLE: enrolled | incomplete, ENROLLED: enrolled}
    rows = []
    for population, role in product(populations, ("treated", "control")):
        value = arms[role]["value"]
        own = patients.loc[populations[population] & (screening["arm"] == value), list(levels)].isna()
        key = {"analysis": "missing", "population": population, "group": value, "method": "descriptive"}
        rows.append(key | {"statistic": "total", "value": len(own)})
        counts = {("", ""): own.any(axis=1).sum()} | {(name, level): own[name].sum() for name, level in levels.items()}
        for (name, level), count in counts.items():
            here = key | {"variable": name, "level": level}
            rows.append(here | {"statistic": "missing", "value": count})
            rows.append(here | {"statistic": "percent", "value": 100 * count / len(own)})
    return statistics_table(rows)


if __name__ == "__main__":
    log_to(snakemake.log[0])
    levels = snakemake.params.levels
    table = count_missing(
        read_parquet(snakemake.input.patients, columns=["patient_id", *levels]),
        read_parquet(snakemake.input.screening),
        levels,
        snakemake.params.arms,
    )
    write_statistics(table, snakemake.output.statistics)
