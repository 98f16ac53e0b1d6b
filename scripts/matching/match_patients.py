"""Match each treated patient to the most similar control on the propensity score.

Within a caliper in standard deviations of the logit over all enrolled patients (Austin, Pharm
Stat 2011;10:150-61): greedily to the nearest control on the logit (the default; the pairs are those of R's MatchIt
4.7.2) or by Mahalanobis distance (Rubin and Thomas, J Am Stat Assoc 2000;95:573-85), or optimally.
"""

import numpy as np
import pandas as pd

from twoarm.config.matched_by import matched_by
from twoarm.config.populations import ENROLLED
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.raw.parquet import read_parquet
from twoarm.results.errors import log_to
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.sets import matched_sets


def match_patients(
    propensity: pd.DataFrame, matching: dict, arms: dict, enrolled: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (matched, statistics): the patients, as twoarm.stats.sets.matched_sets has them, and their tidy table."""
    patients = sorted_by_patient(propensity)
    sets = matched_sets(patients, matching, arms, enrolled)
    return sets.matched, statistics_table(list(_rows(patients, *sets, matching=matching, arms=arms)))


def _rows(patients, matched, pairs, distance, width, matching, arms):
    method = f"{matching['method']}_caliper" if np.isfinite(width) else matching["method"]
    common = {"analysis": "matching", "population": ENROLLED, "method": method}
    overall = common | {"group": "overall"}
    yield overall | {"statistic": "pairs", "value": pairs}
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
    """Read the scores (and the other variables that matching needs, if any); write the pairs and the statistics."""
    names = matched_by(matching)
    variables = read_parquet(enrolled, columns=["patient_id", *names]) if names else None
    pairs, table = match_patients(read_parquet(propensity), matching, arms, variables)
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
