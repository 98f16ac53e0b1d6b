"""Match each treated patient to the most similar control on the propensity score.

1:1 greedy nearest neighbour without replacement on the logit, within a caliper in standard deviations of
the logit over all enrolled patients (Austin, Pharm Stat 2011;10:150-61); the pairs are those of R's MatchIt 4.7.2.
"""

import numpy as np
import pandas as pd

from twoarm.config.populations import ENROLLED
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.results.errors import InputError, log_to
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.matching import caliper_width, nearest


def match_patients(
    propensity: pd.DataFrame, matching: dict, arms: dict, enrolled: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (matched, statistics).

    propensity: patient_id, arm, propensity, logit. matching: the config's {caliper (null: none), order, seed, exact}.
    enrolled: patient_id and the variables of `exact`; needed only if `exact` names any.
    matched: two rows per pair, sorted by patient_id: patient_id, arm, propensity, logit, pair (1..n in order of
    matching), weight (1). Ties and `order: data` use patient_id, so the order of the rows does not matter.
    Raises InputError if no pair is possible, or a variable of `exact` is missing in some patients.
    """
    patients = sorted_by_patient(propensity)
    logit = patients["logit"].to_numpy()
    treated = (patients["arm"] == arms["treated"]["value"]).to_numpy()
    width = caliper_width(logit, matching["caliper"])
    strata = exact_strata(patients, enrolled, matching["exact"]) if matching["exact"] else None
    rows, partners = nearest(logit, treated, width, matching["order"], matching["seed"], strata)

    number = np.arange(1, len(rows) + 1)
    matched = patients.iloc[np.r_[rows, partners]].assign(pair=np.r_[number, number], weight=1.0)
    matched = matched.sort_index().reset_index(drop=True)  # the row number is the rank by patient_id
    distance = np.abs(logit[rows] - logit[partners])
    return matched, statistics_table(list(_rows(patients, matched, distance, width, arms)))


def exact_strata(patients: pd.DataFrame, enrolled: pd.DataFrame, exact: list[str]) -> np.ndarray:
    """Return a code for each patient (in the order of `patients`), equal if all `exact` variables are equal."""
    values = patients[["patient_id"]].merge(enrolled, on="patient_id", how="left", validate="1:1")[exact]
    missing = values.isna().sum()
    if missing.any():
        raise InputError(
            [
                f"matching: the variable '{name}' of `exact` is missing in {count} of {len(values)} patients"
                for name, count in missing[missing > 0].items()
            ]
        )
    return values.groupby(exact, observed=True).ngroup().to_numpy()


def _rows(patients, matched, distance, width, arms):
    method = "nearest_caliper" if np.isfinite(width) else "nearest"
    common = {"analysis": "matching", "population": ENROLLED, "method": method}
    overall = common | {"group": "overall"}
    yield overall | {"statistic": "pairs", "value": len(distance)}
    if np.isfinite(width):
        yield overall | {"variable": "logit", "statistic": "caliper", "value": width}
    else:
        yield overall | {"variable": "logit", "statistic": "caliper", "value": None, "note": "no caliper"}
    yield overall | {"variable": "logit", "statistic": "largest_distance", "value": distance.max()}
    for arm in ("treated", "control"):
        value = arms[arm]["value"]
        unmatched = (patients["arm"] == value).sum() - (matched["arm"] == value).sum()
        yield common | {"group": value, "statistic": "unmatched", "value": unmatched}


def main(propensity: str, enrolled: str, matching: dict, arms: dict, matched: str, statistics: str) -> None:
    """Read the scores (and the `exact` variables, if any); write the pairs and the statistics."""
    exact = matching["exact"]
    variables = pd.read_parquet(enrolled, columns=["patient_id", *exact]) if exact else None
    pairs, table = match_patients(pd.read_parquet(propensity), matching, arms, variables)
    pairs.to_parquet(matched, index=False)
    write_statistics(table, statistics)


if __name__ == "__main__":
    log_to(snakemake.log[0])
    main(
        propensity=snakemake.input.propensity,
        enrolled=snakemake.input.enrolled,
        matching=snakemake.params.matching,
        arms=snakemake.params.arms,
        matched=snakemake.output.matched,
        statistics=snakemake.output.statistics,
    )
