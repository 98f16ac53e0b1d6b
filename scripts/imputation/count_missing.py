"""Count missing values by variable and arm, before anything is done about them.

Of the patients who meet all criteria of the protocol: those who are left out only because a value is missing are among
them, for else their values would not be counted (STROBE items 12c and 14b).
"""

import pandas as pd

from twoarm.config.filled_in import MISSING
from twoarm.config.populations import ELIGIBLE
from twoarm.results.errors import log_to
from twoarm.results.statistics import statistics_table, write_statistics


def count_missing(patients: pd.DataFrame, screening: pd.DataFrame, levels: dict[str, str], arms: dict) -> pd.DataFrame:
    """Return the tidy table `missing`: of each arm the patients (total), and those without a value (missing, percent).

    patients: patient_id and the raw variables, in the order of `screening` (patient_id, arm, excluded_by). levels: {
    variable: the level of patients without a value, empty if they have none}, the level of its rows. The rows without a
    variable count the patients who lack at least one of them.
    """
    kept = screening["excluded_by"].str.startswith(MISSING) | (screening["excluded_by"] == "")
    empty = patients.loc[kept, list(levels)].isna()
    rows = []
    for role in ("treated", "control"):
        value = arms[role]["value"]
        own = empty[screening.loc[kept, "arm"] == value]
        key = {"analysis": "missing", "population": ELIGIBLE, "group": value, "method": "descriptive"}
        rows.append(key | {"statistic": "total", "value": len(own)})
        counts = {("", ""): own.any(axis=1).sum()} | {(name, level): own[name].sum() for name, level in levels.items()}
        for (name, level), count in counts.items():
            here = key | {"variable": name, "level": level}
            rows.append(here | {"statistic": "missing", "value": count})
            note = "" if len(own) else "no patients"
            rows.append(
                here | {"statistic": "percent", "value": 100 * count / len(own) if len(own) else None, "note": note}
            )
    return statistics_table(rows)


if __name__ == "__main__":
    log_to(snakemake.log[0])
    levels = snakemake.params.levels
    table = count_missing(
        pd.read_parquet(snakemake.input.patients, columns=["patient_id", *levels]),
        pd.read_parquet(snakemake.input.screening),
        levels,
        snakemake.params.arms,
    )
    write_statistics(table, snakemake.output.statistics)
