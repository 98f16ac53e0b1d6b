"""Survival of the two arms at each endpoint, in each population.

In each arm: the Kaplan-Meier median and survival at given times with 95% intervals (survival.conf_type), and the
median follow-up by the reverse Kaplan-Meier method (Schemper and Smith 1996). Between the arms: the log-rank test and
the hazard ratio of a Cox model with treatment alone (Efron ties), with a test of its proportional hazards (cox.zph).
Matched patients are not independent, so there is also a log-rank test stratified by pair (or matched set,
if treated patients have several controls), and a hazard ratio with standard errors clustered in the same way
(Austin 2014, Statistics in Medicine 33:1242). Of patients with weights, curves, tests and hazard ratios are weighted
and have robust errors (twoarm.stats.weighted_survival); numbers of patients and events are not weighted.
"""

import pandas as pd

from twoarm.config.keys import contrast
from twoarm.config.populations import PAIR, WEIGHT
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.raw.parquet import read_parquet
from twoarm.results.errors import log_to
from twoarm.results.populations import read_populations
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.cox import cluster_robust
from twoarm.stats.cox_rows import contrast_rows, cox_of, cox_rows, treatment_hazards_row
from twoarm.stats.survival import logrank
from twoarm.stats.survival_rows import curve_of, drawn, logrank_note, method_of, restricted_mean_rows, survival_rows


def estimate_survival(endpoints, populations: dict, treated: str, control: str, survival: dict, together="pair"):
    """Returns the tidy table and the curves (twoarm.stats.survival.CURVE_COLUMNS) of every population and endpoint.

    endpoints: patient_id, endpoint, time, event. populations: name -> patient_id, arm, pair if there are pairs,
    weight if there are weights. treated, control: the arms' values. survival: times, conf_type and, optionally,
    rmst (a time). together: what patients with one pair number are, `pair` or `set`.
    """
    rows, curves = [], []
    for population, patients in populations.items():
        for endpoint in endpoints["endpoint"].unique():
            outcome = endpoints.loc[endpoints["endpoint"] == endpoint, ["patient_id", "time", "event"]]
            data = sorted_by_patient(patients.astype({"arm": str}).merge(outcome, on="patient_id"))
            key = {"analysis": "survival", "population": population, "stratum": "", "variable": endpoint}
            arms = {arm: data[data["arm"] == arm] for arm in (treated, control)}
            for group, part in {**arms, "overall": data}.items():
                rows += survival_rows(part, survival["times"], survival["conf_type"], dict(key, group=group))
                curves.append(drawn(curve_of(part, survival["conf_type"]), dict(key, group=group)))
            rows += contrast_rows(data, "arm", treated, control, key)
            rows += _further_tests(data, treated, control, together, key)
            if survival.get("rmst"):
                rows += restricted_mean_rows(arms, survival["rmst"], key)
    return statistics_table(rows), pd.concat(curves, ignore_index=True)


def _further_tests(data: pd.DataFrame, treated: str, control: str, together: str, key: dict) -> list[dict]:
    """Proportional hazards of treatment and, for paired patients, the analyses that use the pairs (or sets)."""
    key = dict(key, group=contrast(treated, control))
    fit = cox_of(data, ["arm"], {"arm": control})
    rows = [treatment_hazards_row(fit, dict(key, method=method_of("cox_zph", data)))]
    if PAIR in data and WEIGHT not in data:
        p = logrank(data["time"], data["event"], data["arm"], stratum=data[PAIR])[2]
        note = logrank_note(data, "arm", p)
        rows.append(dict(key, statistic="p_value", method=f"logrank_{together}_stratified", value=p, note=note))
        rows += cox_rows(cluster_robust(fit, data[PAIR]).terms, f"cox_{together}_robust", key, fit.note)
    return rows


if __name__ == "__main__":
    log_to(snakemake.log[0])
    table, curves = estimate_survival(
        endpoints=read_parquet(snakemake.input.endpoints),
        populations=read_populations(snakemake.params.populations, snakemake.input.populations),
        treated=snakemake.params.treated,
        control=snakemake.params.control,
        survival=snakemake.params.survival,
        together="".join(population.together for population in snakemake.params.populations),  # at most one has pairs
    )
    write_statistics(table, snakemake.output.statistics)
    curves.to_parquet(snakemake.output.curves, index=False)
