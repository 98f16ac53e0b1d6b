"""The hazard ratio of treatment adjusted for covariates: a Cox model of all enrolled patients, for each endpoint.

It is conditional on the covariates, unlike the effects that matching and weights estimate: a hazard ratio is not
collapsible, so the two may differ without any bias (Daniel, Zhang and Farewell, Biom J 2021;63:528-57).
"""

import pandas as pd

from twoarm.config.keys import OVERALL, contrast
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.raw.parquet import read_parquet
from twoarm.results.errors import log_to
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.cox import CoxFit, fit_cox
from twoarm.stats.cox_rows import cox_rows, size_rows, treatment_hazards_row


def adjust_hazard_ratio(
    enrolled: pd.DataFrame, endpoints: pd.DataFrame, designs: dict[str, list[str]], treated: str, control: str
) -> pd.DataFrame:
    """Return the tidy table of each design (population: its name) and endpoint (variable).

    enrolled: patient_id, arm and the covariates. endpoints: patient_id, endpoint, time, event. designs: name: its
    covariates. Rows: the patients without a missing covariate and their events (a note if they are few for the model),
    the hazard ratio of treatment with its interval and p, and the test of its proportional hazards (cox_zph).
    """
    rows = []
    for name, covariates in designs.items():
        for endpoint in endpoints["endpoint"].unique():
            outcome = endpoints.loc[endpoints["endpoint"] == endpoint, ["patient_id", "time", "event"]]
            data = enrolled[["patient_id", "arm", *covariates]].merge(outcome, on="patient_id", validate="1:1")
            data = sorted_by_patient(data).astype({"arm": str})
            fit = fit_cox(data, ["arm", *covariates], {"arm": control})
            key = {"analysis": "adjusted", "population": name, "variable": endpoint}
            rows += _rows(fit, key, contrast(treated, control))
    return statistics_table(rows)


def _rows(fit: CoxFit, key: dict, compared: str) -> list[dict]:
    rows = size_rows(fit, key | {"group": OVERALL, "method": "cox_adjusted"})
    rows += cox_rows(fit.terms[fit.terms["variable"] == "arm"], "cox_adjusted", key | {"group": compared})
    return [*rows, treatment_hazards_row(fit, key | {"group": compared, "method": "cox_zph"})]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    designs = snakemake.params.designs
    covariates = list(dict.fromkeys(name for named in designs.values() for name in named))
    table = adjust_hazard_ratio(
        enrolled=read_parquet(snakemake.input.enrolled, columns=["patient_id", "arm", *covariates]),
        endpoints=read_parquet(snakemake.input.endpoints),
        designs=designs,
        treated=snakemake.params.treated,
        control=snakemake.params.control,
    )
    write_statistics(table, snakemake.output.statistics)
