"""Judge balance before and after matching or weighting by standardised mean differences and variance ratios.

The denominator of each difference is from all enrolled patients (Stuart, Stat Sci 2010;25:1-21). A variable is
balanced if every |SMD| and variance ratio is within the protocol's limits; unbalanced variables are named, because
readers must know if the arms still differ. P-values do not measure balance: they depend on the sample size.
"""

import math

import numpy as np
import pandas as pd

from twoarm.config.keys import contrast
from twoarm.config.populations import WEIGHT
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.raw.parquet import read_parquet
from twoarm.results.errors import log_to
from twoarm.results.populations import read_populations
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.balance import NO_SPREAD, columns_of, mahalanobis_smd, smd, spread, variance_ratio
from twoarm.stats.imbalance import INFINITE, judged, named, unbalanced


def assess_balance(
    enrolled: pd.DataFrame,
    propensity: pd.DataFrame,
    populations: dict[str, pd.DataFrame],
    variables: dict[str, dict],
    limits: dict,
    arms: dict,
) -> pd.DataFrame:
    """Return the tidy table of SMDs and variance ratios in each population.

    enrolled: patient_id, arm and `variables` ({name: its config}: the covariates and baseline variables). propensity:
    patient_id and logit. populations: name: table with patient_id, and weight if it has weights. limits: the
    config's balance {denominator, smd, variance_ratio: [low, high]}. The logit itself is the variable "logit". For
    each population, statistic "imbalanced" (variable "") is the number of variables beyond the limits, and its note
    names them (twoarm.stats.imbalance); variables marked as post_baseline are shown but not counted.
    """
    patients = enrolled.merge(propensity[["patient_id", "logit"]], on="patient_id", validate="1:1")
    patients = sorted_by_patient(patients)
    treated = (patients["arm"] == arms["treated"]["value"]).to_numpy()
    common = {"analysis": "balance", "group": contrast(arms["treated"]["value"], arms["control"]["value"])}
    rows = []
    for population, belonging in populations.items():
        members = np.flatnonzero(patients["patient_id"].isin(belonging["patient_id"]))
        weights = _weights(belonging, patients["patient_id"].iloc[members])
        here = common | {"population": population}
        found = [
            here | {"variable": name} | row
            for name in [*variables, "logit"]
            for row in _variable_rows(patients[name], treated, members, limits["denominator"], weights)
        ]
        beyond = unbalanced(found, judged(variables), limits)
        counted = {"statistic": "imbalanced", "method": f"smd_{limits['denominator']}"}
        rows += [*found, here | counted | {"value": len(beyond), "note": named(beyond)}]
    return statistics_table(rows)


def _weights(belonging, patients):
    """The weights of some patients of a population; None if it has none."""
    if WEIGHT not in belonging:
        return None
    return belonging.set_index("patient_id").loc[patients, WEIGHT].to_numpy()


def _variable_rows(values, treated, members, denominator, weights):
    """Yield the rows of one variable in one population; `members`: its row numbers, with their weights (or None)."""
    categorical = isinstance(values.dtype, pd.CategoricalDtype)
    for level, numbers in columns_of(values).items():
        scale = spread(numbers, treated, denominator, binary=categorical)
        value = smd(numbers[members], treated[members], scale, weights)
        note = "" if not math.isnan(value) else NO_SPREAD
        yield {
            "level": level,
            "statistic": "smd",
            "method": f"smd_{denominator}",
            "value": value,
            "note": note,
        }
        if not categorical:
            ratio = variance_ratio(numbers[members], treated[members], weights)
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
        value = mahalanobis_smd(values.iloc[members], treated[members], weights)
        note = "" if not math.isnan(value) else "not estimable: an arm does not vary"
        yield {"level": "", "statistic": "smd", "method": "smd_mahalanobis", "value": value, "note": note}


if __name__ == "__main__":
    log_to(snakemake.log[0])
    columns = ["patient_id", "arm", *snakemake.params.variables]
    table = assess_balance(
        enrolled=read_parquet(snakemake.input.enrolled, columns=columns),
        propensity=read_parquet(snakemake.input.propensity),
        populations=read_populations(snakemake.params.populations, snakemake.input.populations),
        variables=snakemake.params.variables,
        limits=snakemake.params.limits,
        arms=snakemake.params.arms,
    )
    write_statistics(table, snakemake.output.statistics)
