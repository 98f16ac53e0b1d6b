"""Weight the enrolled patients by their propensity score, for each design with weights.

A design may leave out patients whose score is beyond fixed limits (trim), and set the most extreme weights to
quantiles of all (truncate); both are counted. Weights are not numbers of patients: the effective sample size says how
many patients of equal weight would know as much (Kish, Survey Sampling, 1965).
"""

import numpy as np
import pandas as pd

from twoarm.config.designs import WEIGHTINGS
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.raw.parquet import read_parquet
from twoarm.results.errors import log_to
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.weights import describe, weighted_patients

# ASSUME [weights]: a patient with more than a tenth of the weight of their arm is too influential to go unnoticed.
LARGEST_SHARE = 0.1


def weight_patients(scores: pd.DataFrame, name: str, design: dict, arms: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (weighted patients, statistics) of one design.

    scores: patient_id, arm, propensity, logit of all enrolled patients. design: the config's. weighted patients: those
    who are not trimmed, sorted by patient_id: patient_id, arm, propensity, logit, weight (positive). statistics: the
    tidy table `weights` of each arm and overall: patients, the trimmed, the truncated (weights changed), the sum of the
    weights, their mean, SD and range, and the effective sample size.
    Raises InputError if an arm loses all patients, or a weight is too large (or too small) for a number.
    """
    scores = sorted_by_patient(scores)
    weighted, raw = weighted_patients(scores, name, design, arms)
    kept, weight = scores["patient_id"].isin(weighted["patient_id"]), weighted["weight"].to_numpy()
    kind = WEIGHTINGS[design["weights"]]
    rows = []
    for group in (arms["treated"]["value"], arms["control"]["value"], "overall"):
        own, inside = (table["arm"].isin([group]) | (group == "overall") for table in (scores, weighted))
        key = {"analysis": "weights", "population": name, "group": group, "method": kind.formula}
        rows += [key | {"statistic": "trimmed", "value": (own & ~kept).sum()}]
        rows += [key | {"statistic": "truncated", "value": (weight != raw)[inside].sum()}]
        rows += [key | row for row in _described(weight[inside], group != "overall")]
    return weighted, statistics_table(rows)


def _described(weights: np.ndarray, of_arm: bool) -> list[dict]:
    """The rows of the weights of a group; a note on a patient with too large a share of an arm's."""
    found = describe(weights)
    share = found.largest / found.total
    note = f"one patient has {100 * share:.0f}% of the arm's weight" if of_arm and share > LARGEST_SHARE else ""
    values = {
        "total": found.patients,
        "weighted_total": found.total,
        "mean": found.mean,
        "sd": found.sd,
        "smallest": found.smallest,
        "largest": found.largest,
        "effective_size": found.effective_size,
    }
    empty = {"sd": "not estimable: a single patient"}
    return [
        {"statistic": name, "value": value, "note": empty.get(name, "") if np.isnan(value) else ""}
        | ({"note": note} if name == "largest" else {})
        for name, value in values.items()
    ]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    scores = read_parquet(snakemake.input.propensity)
    tables = []
    for (name, design), path in zip(snakemake.params.designs.items(), snakemake.output.patients, strict=True):
        patients, table = weight_patients(scores, name, design, snakemake.params.arms)
        patients.to_parquet(path, index=False)
        tables.append(table)
    write_statistics(pd.concat(tables, ignore_index=True), snakemake.output.statistics)
