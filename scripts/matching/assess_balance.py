"""Judge whether matching made the arms alike: standardised mean differences and variance ratios, before and after.

The denominator of each difference is fixed in the unmatched sample (Stuart, Stat Sci 2010;25:1-21). A variable is
in balance if every |SMD| and variance ratio is within the protocol's limits; those that are not are named, because
a matching that leaves the arms different must say so. P-values do not judge balance: they depend on the sample size.
"""

import math

import numpy as np
import pandas as pd

from twoarm.config.keys import contrast
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.results.errors import log_to
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.balance import columns_of, mahalanobis_smd, smd, spread, variance_ratio
from twoarm.stats.imbalance import INFINITE, judged, named, unbalanced


def assess_balance(
    enrolled: pd.DataFrame,
    propensity: pd.DataFrame,
    matched: pd.DataFrame,
    variables: dict[str, dict],
    limits: dict,
    arms: dict,
) -> pd.DataFrame:
    """Return the tidy table of SMDs and variance ratios in the enrolled and the matched patients.

    enrolled: patient_id, arm and `variables` ({name: its config}: the covariates and baseline variables). propensity,
    matched: with patient_id and logit. limits: the config's balance {denominator, smd, variance_ratio: [low, high]}.
    The logit itself is the variable "logit". For each population, statistic "imbalanced" (variable "") is the number
    of variables beyond the limits, and its note names them (twoarm.stats.imbalance); those that `variables` marks as
    post_baseline are shown but not counted.
    """
    patients = enrolled.merge(propensity[["patient_id", "logit"]], on="patient_id", validate="1:1")
    patients = sorted_by_patient(patients)
    treated = (patients["arm"] == arms["treated"]["value"]).to_numpy()
    everyone = np.arange(len(patients))
    populations = {
        "enrolled": everyone,
        "matched": everyone[patients["patient_id"].isin(matched["patient_id"])],
    }
    common = {"analysis": "balance", "group": contrast(arms["treated"]["value"], arms["control"]["value"])}
    rows = []
    for population, members in populations.items():
        here = common | {"population": population}
        found = [
            here | {"variable": name} | row
            for name in [*variables, "logit"]
            for row in _variable_rows(patients[name], treated, members, limits["denominator"])
        ]
        beyond = unbalanced(found, judged(variables), limits)
        counted = {"statistic": "imbalanced", "method": f"smd_{limits['denominator']}"}
        rows += [*found, here | counted | {"value": len(beyond), "note": named(beyond)}]
    return statistics_table(rows)


def _variable_rows(values, treated, members, denominator):
    """Yield the rows of one variable in one population, `members` being its row numbers."""
    categorical = isinstance(values.dtype, pd.CategoricalDtype)
    for level, numbers in columns_of(values).items():
        scale = spread(numbers, treated, denominator, binary=categorical)
        value = smd(numbers[members], treated[members], scale)
        note = "" if not math.isnan(value) else "not estimable: no spread before matching"
        yield {
            "level": level,
            "statistic": "smd",
            "method": f"smd_{denominator}",
            "value": value,
            "note": note,
        }
        if not categorical:
            ratio = variance_ratio(numbers[members], treated[members])
            empty = (
                INFINITE if math.isinf(ratio) else "not estimable: no arm varies, or one has fewer than two patients"
            )
            yield {
                "level": level,
                "statistic": "variance_ratio",
                "method": "descriptive",
                "value": ratio if math.isfinite(ratio) else math.nan,
                "note": "" if math.isfinite(ratio) else empty,
            }
    if categorical:
        value = mahalanobis_smd(values.iloc[members], treated[members])
        note = "" if not math.isnan(value) else "not estimable: an arm does not vary"
        yield {"level": "", "statistic": "smd", "method": "smd_mahalanobis", "value": value, "note": note}


def main(
    enrolled: str,
    propensity: str,
    matched: str,
    variables: dict,
    limits: dict,
    arms: dict,
    statistics: str,
) -> None:
    """Read the three tables of patients; write the statistics."""
    table = assess_balance(
        pd.read_parquet(enrolled, columns=["patient_id", "arm", *variables]),
        pd.read_parquet(propensity),
        pd.read_parquet(matched),
        variables,
        limits,
        arms,
    )
    write_statistics(table, statistics)


if __name__ == "__main__":
    log_to(snakemake.log[0])
    main(
        enrolled=snakemake.input.enrolled,
        propensity=snakemake.input.propensity,
        matched=snakemake.input.matched,
        variables=snakemake.params.variables,
        limits=snakemake.params.limits,
        arms=snakemake.params.arms,
        statistics=snakemake.output.statistics,
    )
