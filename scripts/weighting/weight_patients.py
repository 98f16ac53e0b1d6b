"""Weight the enrolled patients by their propensity score, for each design with weights.

A design may leave out patients whose score is beyond fixed limits (trim), and set the most extreme weights to
quantiles of all (truncate); both are counted. Weights are not numbers of patients: the effective sample size says how
many patients of equal weight would know as much (Kish, Survey Sampling, 1965).
"""

import numpy as np
import pandas as pd

from twoarm.config.designs import WEIGHTINGS
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.results.errors import InputError, log_to
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.weights import describe, propensity_weights, truncated, within

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
    # ASSUME [trim]: trimmed patients are left out after the propensity score was fitted to all; it is not fitted again.
    scores = sorted_by_patient(scores)
    kept = within(scores["propensity"].to_numpy(), *design.get("trim", (0, 1)))
    patients = scores[kept].reset_index(drop=True)
    treated = (patients["arm"] == arms["treated"]["value"]).to_numpy()
    if treated.all() or not treated.any():
        raise InputError(f"designs.{name}.trim: it leaves out all patients of an arm; choose wider limits")
    kind = WEIGHTINGS[design["weights"]]
    with np.errstate(over="ignore", under="ignore"):
        raw = propensity_weights(patients["logit"].to_numpy(), treated, kind.formula, design.get("stabilised", False))
    lost = ~(np.isfinite(raw) & (raw > 0))
    if lost.any():
        raise InputError(
            f"designs.{name}: the weights of {lost.sum()} patients are too extreme for a number, because their "
            "propensity score is 0 or 1; check the covariates for outliers, or leave these patients out with `trim`"
        )
    among = ~treated if design["weights"] == "att" else None
    weight = truncated(raw, *design["truncate"], among) if "truncate" in design else raw
    weighted = patients.assign(weight=weight)
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
    scores = pd.read_parquet(snakemake.input.propensity)
    tables = []
    for (name, design), path in zip(snakemake.params.designs.items(), snakemake.output.patients, strict=True):
        patients, table = weight_patients(scores, name, design, snakemake.params.arms)
        patients.to_parquet(path, index=False)
        tables.append(table)
    write_statistics(pd.concat(tables, ignore_index=True), snakemake.output.statistics)
