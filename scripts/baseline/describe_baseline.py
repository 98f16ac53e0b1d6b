"""Describe the patients at baseline (Table 1) by arm in each population, with a test for each variable.

Numbers: mean, SD (n - 1), median and quartiles (R's type 7). Categories: count and percent of patients with a
known value. All of each arm and, if the protocol asks (`baseline: overall: true`), of both together. The protocol names
the tests (see twoarm/stats/comparisons.py). Of patients with weights, all but numbers of patients is weighted; their
tests are those of a survey (twoarm/stats/weighted_tests.py): Rao and Scott's instead of a test of counts, a
design-based t test, or the rank test instead of Mann and Whitney's.
"""

import numpy as np
import pandas as pd

from twoarm.config.keys import OVERALL, contrast
from twoarm.config.populations import PAIR, WEIGHT
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.raw.parquet import read_parquet
from twoarm.results.errors import log_to
from twoarm.results.populations import read_populations
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.comparisons import compare_categorical, compare_continuous
from twoarm.stats.weighted import mean, quantiles, variance
from twoarm.stats.weighted_tests import (
    DESIGN_RANK,
    DESIGN_T,
    compare_weighted_categorical,
    compare_weighted_continuous,
)
from twoarm.stats.weights import describe

CONTINUOUS_TESTS = {"welch": "welch_t", "student": "student_t", "mann_whitney": "mann_whitney"}


def describe_baseline(
    enrolled: pd.DataFrame, populations: dict[str, pd.DataFrame], baseline: dict, arms: dict
) -> pd.DataFrame:
    """Return the tidy table of the baseline variables.

    enrolled: patient_id, arm and the variables, categorical ones as Categorical. populations: name:
    table with patient_id, and weight (and pair) if it has weights. baseline: the config's {variables,
    categorical_test, continuous_test, tests: {variable: test}, auto: thresholds, overall}. arms: the config's. A level
    without any enrolled patient is left out; a level without a patient of a population counts as 0 there. Missing
    values are counted (statistic "missing") if a variable has any.
    """
    enrolled = sorted_by_patient(enrolled)
    values = [arms["treated"]["value"], arms["control"]["value"]]
    rows = []
    for population, members in populations.items():
        common = {"analysis": "baseline", "population": population}
        weighted = WEIGHT in members
        if weighted:
            patients = enrolled.merge(members.drop(columns="arm"), on="patient_id", validate="1:1")
        else:
            patients = enrolled[enrolled["patient_id"].isin(members["patient_id"])]
        by_arm = {value: patients[patients["arm"] == value] for value in values}
        groups = by_arm | ({OVERALL: patients} if baseline.get("overall") else {})
        for value, members in groups.items():
            where = common | {"group": value, "method": "descriptive"}
            rows.append(where | {"statistic": "total", "value": len(members)})
            if weighted:
                size = describe(members[WEIGHT].to_numpy()).effective_size
                rows.append(where | {"statistic": "effective_size", "method": "weighted", "value": size})
        for name in baseline["variables"]:
            levels = _levels(enrolled[name])
            for value, members in groups.items():
                where = common | {"group": value, "variable": name, "method": "descriptive"}
                rows += [where | row for row in _describe(members[name], levels, members.get(WEIGHT))]
            if weighted:
                tested = _weighted_test(patients, patients["arm"] == values[0], name, levels, baseline)
            else:
                tested = _test([members[name] for members in by_arm.values()], levels, name, baseline)
            rows.append(common | {"group": contrast(*values), "variable": name, "statistic": "p_value"} | tested)
    table = statistics_table(rows)
    unexplained = table["value"].isna() & (table["note"] == "")
    table.loc[unexplained, "note"] = "not estimable: too few patients with a value"
    return table


def _levels(values):
    """The levels to print, in config order; None for a number."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return list(values.cat.remove_unused_categories().cat.categories)
    return None


def _describe(values, levels, weights=None):
    """Yield statistic, level and value of one variable in one group, weighted if the patients have weights."""
    known = values.dropna()
    if weights is not None:
        yield from _describe_weighted(values, levels, weights.to_numpy())
    elif levels is None:
        quartiles = known.quantile([0.25, 0.5, 0.75])
        yield {"statistic": "mean", "value": known.mean()}
        yield {"statistic": "sd", "value": known.std()}
        yield {"statistic": "median", "value": quartiles[0.5]}
        yield {"statistic": "q1", "value": quartiles[0.25]}
        yield {"statistic": "q3", "value": quartiles[0.75]}
    else:
        for level in levels:
            count = int((known == level).sum())
            percent = 100 * count / len(known) if len(known) else None
            yield {"level": level, "statistic": "n", "value": count}
            yield {"level": level, "statistic": "percent", "value": percent}
    if len(known) < len(values):
        yield {"statistic": "missing", "value": len(values) - len(known)}


def _describe_weighted(values, levels, weights):
    """Yield the weighted statistics of one variable in one group, beside the numbers of patients with each level."""
    weighted = {"method": "weighted"}
    if levels is None:
        numbers = values.to_numpy(float)
        found = quantiles(numbers, weights)
        summaries = (mean(numbers, weights), np.sqrt(variance(numbers, weights)), found[1], found[0], found[2])
        for statistic, value in zip(("mean", "sd", "median", "q1", "q3"), summaries, strict=True):
            yield weighted | {"statistic": statistic, "value": value}
        return
    for level in levels:
        indicator = (values == level).where(values.notna()).to_numpy(float)
        yield {"level": level, "statistic": "n", "value": int(np.nansum(indicator))}
        yield weighted | {"level": level, "statistic": "percent", "value": 100 * mean(indicator, weights)}


def _weighted_test(patients, treated, name, levels, baseline):
    """Return method, p-value and note of one variable's test in patients with weights."""
    known = patients[name].notna()
    own = baseline["tests"].get(name, baseline["continuous_test"])
    part, treated, pair = patients[known], treated[known].to_numpy(), patients.get(PAIR)
    weights, cluster = part[WEIGHT].to_numpy(), None if pair is None else pair[known]
    if levels is None:
        method = DESIGN_RANK if own == "mann_whitney" else DESIGN_T
        p, method, note = compare_weighted_continuous(part[name].to_numpy(), treated, weights, method, cluster)
    else:
        p, method, note = compare_weighted_categorical(part[name], treated, weights, cluster)
    return {"method": method, "value": p, "note": note}


def _test(arm_values, levels, name, baseline):
    """Return method, p-value and note of one variable's own test, or of the default test for its kind."""
    own = baseline["tests"].get(name)
    if levels is None:
        p, method, note = compare_continuous(*arm_values, CONTINUOUS_TESTS[own or baseline["continuous_test"]])
    else:
        table = pd.concat([values.value_counts().reindex(levels) for values in arm_values], axis=1)
        test = own or baseline["categorical_test"]
        p, method, note = compare_categorical(table.to_numpy(), test, baseline["auto"])
    return {"method": method, "value": p, "note": note}


if __name__ == "__main__":
    log_to(snakemake.log[0])
    columns = ["patient_id", "arm", *snakemake.params.baseline["variables"]]
    table = describe_baseline(
        enrolled=read_parquet(snakemake.input.enrolled, columns=columns),
        populations=read_populations(snakemake.params.populations, snakemake.input.populations),
        baseline=snakemake.params.baseline,
        arms=snakemake.params.arms,
    )
    write_statistics(table, snakemake.output.statistics)
