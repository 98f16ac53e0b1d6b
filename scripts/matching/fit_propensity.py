"""Estimate each patient's propensity score: the probability of the treated arm given the baseline covariates.

Unpenalised logistic regression on the protocol's covariates, all measured before treatment
start (the check of the config refuses others: matching on a consequence of treatment hides part of its effect,
Rosenbaum, J R Stat Soc A 1984;147:656-66).
"""

import numpy as np
import pandas as pd

from twoarm.config.keys import contrast
from twoarm.config.populations import ENROLLED
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.raw.parquet import read_parquet
from twoarm.results.errors import log_to
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.propensity import equipoise_limits, probability, propensity_model


def fit_propensity(patients: pd.DataFrame, covariates: list[str], arms: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (scores, statistics).

    patients: enrolled, with patient_id, arm and the covariates. arms: the config's.
    scores: patient_id, arm, propensity (0-1), logit (rounded to 10 decimals). statistics: the tidy table of
    coefficients and standard errors, of the logit's SD, the AUC and, per arm, the patients, those whose score is
    outside the range of the other arm, and those in empirical equipoise, with the scores that limit it.
    Raises InputError for whatever twoarm.stats.propensity refuses.
    """
    patients = sorted_by_patient(patients)
    treated = (patients["arm"] == arms["treated"]["value"]).to_numpy()
    logit, coefficients = propensity_model(patients, covariates, treated)
    scores = patients[["patient_id", "arm"]].assign(propensity=probability(logit), logit=logit)
    return scores, statistics_table(list(_rows(coefficients, scores, treated, arms)))


def area_under_curve(score: pd.Series, treated: pd.Series) -> float:
    """Return the probability that a treated patient scores above a control, with half weight for ties (C statistic)."""
    n_treated, n_control = int(treated.sum()), int((~treated).sum())
    rank_sum = score.rank()[treated].sum()
    return float((rank_sum - n_treated * (n_treated + 1) / 2) / (n_treated * n_control))


def _rows(coefficients, scores, treated, arms):
    values = arms["treated"]["value"], arms["control"]["value"]
    common = {"analysis": "propensity", "population": ENROLLED}
    model = common | {"group": contrast(*values), "method": "logistic"}
    for term in coefficients.to_dict("records"):
        for statistic in ("coefficient", "standard_error"):
            where = {"variable": term["variable"], "level": term["level"], "statistic": statistic}
            yield model | where | {"value": term[statistic], "note": term["note"]}
    yield model | {"variable": "logit", "statistic": "sd", "value": scores["logit"].std()}
    yield model | {"variable": "logit", "statistic": "auc", "value": area_under_curve(scores["logit"], treated)}
    described = common | {"method": "descriptive"}
    outside = {value: _outside(scores, value) for value in values}
    for value in values:
        yield described | {"group": value, "statistic": "total", "value": (scores["arm"] == value).sum()}
        yield described | {"group": value, "statistic": "outside_overlap", "value": outside[value].sum()}
    low, high = equipoise_limits(treated)
    for end, limit in (("low", low), ("high", high)):
        found = {"statistic": f"equipoise_{end}", "value": probability(np.array(limit))}
        yield model | found | {"method": "descriptive"}
    equipoise = scores["logit"].between(low, high)
    for value in values:
        own = scores["arm"] == value
        yield described | {"group": value, "statistic": "equipoise", "value": (own & equipoise).sum()}
        for level, members in (("outside_overlap", outside[value]), ("equipoise", own & equipoise)):
            share = {"level": level, "statistic": "percent", "value": 100 * members.sum() / own.sum()}
            yield described | {"group": value} | share


def _outside(scores: pd.DataFrame, value: str) -> pd.Series:
    """Whether each patient is in an arm and has a score outside the range of the other arm."""
    others = scores.loc[scores["arm"] != value, "logit"]
    return (scores["arm"] == value) & ~scores["logit"].between(others.min(), others.max())


def main(enrolled: str, covariates: list[str], arms: dict, propensity: str, statistics: str) -> None:
    """Read the enrolled patients; write the scores and the statistics."""
    columns = ["patient_id", "arm", *covariates]
    scores, table = fit_propensity(read_parquet(enrolled, columns=columns), covariates, arms)
    scores.to_parquet(propensity, index=False)
    write_statistics(table, statistics)


if __name__ == "__main__":
    log_to(snakemake.log[0])
    main(
        enrolled=snakemake.input.enrolled,
        covariates=snakemake.params.covariates,
        arms=snakemake.params.arms,
        propensity=snakemake.output.propensity,
        statistics=snakemake.output.statistics,
    )
