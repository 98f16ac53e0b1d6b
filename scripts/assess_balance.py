"""Judge whether matching made the arms alike: standardised mean differences and variance ratios, before and after.

The denominator of each difference is fixed in the unmatched sample (Stuart, Stat Sci 2010;25:1-21). A variable is
in balance if every |SMD| and variance ratio is within the protocol's limits; those that are not are named, because
a matching that leaves the arms different must say so. P-values do not judge balance: they depend on the sample size.
"""

import math

import numpy as np
import pandas as pd

from twoarm.balance import columns_of, mahalanobis_smd, smd, spread, variance_ratio
from twoarm.faults import log_to
from twoarm.statistics import statistics_table, write_statistics


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
    of variables beyond the limits, and its note names them; those that `variables` marks as post_baseline are
    shown but not counted.
    """
    patients = enrolled.merge(propensity[["patient_id", "logit"]], on="patient_id", validate="1:1")
    patients = patients.sort_values("patient_id", kind="stable", ignore_index=True)
    treated = (patients["arm"] == arms["treated"]["value"]).to_numpy()
    everyone = np.arange(len(patients))
    populations = {
        "enrolled": everyone,
        "matched": everyone[patients["patient_id"].isin(matched["patient_id"])],
    }
    common = {"analysis": "balance", "group": f"{arms['treated']['value']} vs {arms['control']['value']}"}
    rows = []
    for population, members in populations.items():
        beyond = {}
        for name in [*variables, "logit"]:
            found = list(_variable_rows(patients[name], treated, members, limits["denominator"]))
            rows += [common | {"population": population, "variable": name} | row for row in found]
            beyond[name] = beyond_limits(found, limits)
        # ASSUME: what is measured after treatment start is not expected to be alike, and is shown but not counted.
        judged = [name for name in variables if variables[name].get("timing") != "post_baseline"]
        named = [f"{name}: {beyond[name]}" for name in judged if beyond[name]]
        counted = {"statistic": "imbalanced", "method": f"smd_{limits['denominator']}"}
        rows.append(common | counted | {"population": population, "value": len(named), "note": "; ".join(named)})
    return statistics_table(rows)


def beyond_limits(rows: list[dict], limits: dict) -> str:
    """Say what of one variable is beyond the limits, its worst level's difference first; empty if it is in balance."""
    faults = []
    # the difference of the whole categorical is shown, the levels' own are judged
    differences = [row for row in rows if row["statistic"] == "smd" and row["method"] != "smd_mahalanobis"]
    # rounded, as two levels differ by the same amount but for the last bit; the first is then named
    worst = max(differences, key=lambda row: math.inf if math.isnan(row["value"]) else round(abs(row["value"]), 10))
    of_level = f" ({worst['level']})" if worst["level"] else ""
    if math.isnan(worst["value"]):
        faults.append(f"SMD not estimable{of_level}")
    elif abs(worst["value"]) > limits["smd"]:
        faults.append(f"SMD {worst['value']:.3f}{of_level}")
    low, high = limits["variance_ratio"]
    ratios = [row["value"] for row in rows if row["statistic"] == "variance_ratio"]
    # nothing can be said of a ratio that is empty
    faults += [f"variance ratio {ratio:.2f}" for ratio in ratios if ratio < low or ratio > high]
    return ", ".join(faults)


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
            note = "" if not math.isnan(ratio) else "not estimable: the controls do not vary"
            yield {
                "level": level,
                "statistic": "variance_ratio",
                "method": "descriptive",
                "value": ratio,
                "note": note,
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
