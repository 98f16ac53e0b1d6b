"""Impute missing values of covariates, several times, by chained equations.

The model of each variable has all others, the arm and the outcomes. Without these it would take the covariates for
unrelated to them (Moons et al., J Clin Epidemiol 2006;59:1092-101). Of an endpoint it has the event and the cumulative
hazard at the patient's time, as Nelson and Aalen estimate it (White and Royston, Stat Med 2009;28:1982-98).
"""

import pandas as pd

from twoarm.config.variables import occurred
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.raw.parquet import read_parquet
from twoarm.response.response_rules import RATES
from twoarm.results.errors import InputError, log_to
from twoarm.results.imputed import NUMBER, completed
from twoarm.stats.imputation import cumulative_hazard, imputations


def impute_missing(
    enrolled: pd.DataFrame, names: list[str], predictors: list[str], outcomes: pd.DataFrame, settings: dict
) -> pd.DataFrame:
    """Return the imputed data sets below each other: imputation (from 1), patient_id and the variables `names`.

    enrolled: patient_id, arm and `predictors`, of which `names` are some. outcomes: patient_id and columns of numbers
    (outcomes_of). settings: the config's imputation {data_sets, iterations, seed}. The order of rows does not matter.
    Raises InputError if too few patients have a value of a variable for its model.
    """
    patients = sorted_by_patient(enrolled)
    table = patients[["arm", *predictors]].assign(arm=pd.Categorical(patients["arm"]))
    further = patients[["patient_id"]].merge(outcomes, on="patient_id", how="left", validate="1:1")
    table = table.join(further.drop(columns="patient_id").set_axis(table.index).add_prefix("outcome "))
    # a column in which all are alike, or nobody has a value, tells nothing
    table = table[[name for name in table if name in names or table[name].nunique() > 1]]
    _refuse_few(table, names)
    tables = imputations(table, settings["data_sets"], settings["iterations"], settings["seed"])
    found = [
        pd.concat([patients[["patient_id"]].assign(**{NUMBER: number}), values[names]], axis=1)
        for number, values in enumerate(tables, start=1)
    ]
    return pd.concat(found, ignore_index=True)[[NUMBER, "patient_id", *names]]


def outcomes_of(
    enrolled: pd.DataFrame, endpoints: pd.DataFrame | None, response: pd.DataFrame | None, outcomes: dict[str, tuple]
) -> pd.DataFrame:
    """Return patient_id and the outcomes as numbers: event and cumulative hazard, objective response, yes/no outcomes.

    endpoints: patient_id, endpoint, time, event; response: patient_id, criterion, response; None if the study has none.
    outcomes: name: its variable, and the values that are the outcome (twoarm.config.endpoints.event_values).
    """
    columns = {"patient_id": enrolled["patient_id"]}
    for name, (variable, values) in outcomes.items():
        columns[f"outcome {name}"] = occurred(enrolled[variable], values)
    found = pd.DataFrame(columns)
    for name, own in () if endpoints is None else endpoints.groupby("endpoint", sort=False):
        hazard = cumulative_hazard(own["time"].to_numpy(float), own["event"].to_numpy(int))
        own = own[["patient_id", "event"]].assign(hazard=hazard)
        found = found.merge(own.rename(columns={"event": f"event {name}", "hazard": f"hazard {name}"}), on="patient_id")
    for name, own in () if response is None else response.groupby("criterion", sort=False):
        own = own[["patient_id"]].assign(**{f"response {name}": own["best_response"].isin(RATES["ORR"]).astype(float)})
        found = found.merge(own, on="patient_id", how="left")
    return found


def _refuse_few(table: pd.DataFrame, names: list[str]) -> None:
    """Raise InputError with each imputed variable whose model would have as many terms as there are patients."""
    terms = {name: _terms(values) for name, values in table.items()}
    errors = []
    for name in names:
        known, needed = int(table[name].notna().sum()), 2 + sum(terms.values()) - terms[name]
        if known < needed:
            errors.append(
                f"imputation: {known} of {len(table)} enrolled patients have a value of {name}, too few for a model of "
                f"{needed - 2} terms (arm, outcomes and other variables); leave it out of the score, or take a "
                "`missing_level`, or use fewer variables"
            )
    if errors:
        raise InputError(errors)


def _terms(values: pd.Series) -> int:
    """The coefficients of a variable in a model: one of a number, one less than the levels that occur."""
    return max(values.nunique() - 1, 0) if isinstance(values.dtype, pd.CategoricalDtype) else 1


if __name__ == "__main__":
    log_to(snakemake.log[0])
    patients = read_parquet(snakemake.input.enrolled)
    imputed = impute_missing(
        enrolled=patients,
        names=snakemake.params.names,
        predictors=snakemake.params.predictors,
        outcomes=outcomes_of(
            patients,
            read_parquet(snakemake.input.endpoints) if snakemake.input.endpoints else None,
            read_parquet(snakemake.input.response) if snakemake.input.response else None,
            snakemake.params.outcomes,
        ),
        settings=snakemake.params.settings,
    )
    imputed.to_parquet(snakemake.output.imputed, index=False)
    completed(patients, imputed, 1).to_parquet(snakemake.output.completed, index=False)
