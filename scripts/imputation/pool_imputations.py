"""The effect of treatment over all imputed data sets: matching, weights and models within each, then Rubin's rules.

Propensity scores and sets are those of each data set alone, and only their results are pooled: hazard ratios of
treatment, in subgroups too, and its effect on response rates and yes/no outcomes, ratios on the log scale
(Leyrat et al., Stat Methods Med 2019;28:3-19). A prognosis model has the variables that it selects by their pooled P;
after backward elimination, those that stay in at least half of the data sets (Wood, White and Royston, Stat Med
2008;27:3227-46).
"""

import math
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from twoarm.config.keys import OVERALL, contrast
from twoarm.config.levels import YES
from twoarm.config.populations import ENROLLED, PAIR, WEIGHT
from twoarm.config.prognosis import BACKWARD, NONE
from twoarm.config.variables import occurred
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.raw.parquet import read_parquet
from twoarm.response.response_rules import RATES
from twoarm.results.errors import InputError, log_to
from twoarm.results.imputed import NUMBER, completed
from twoarm.results.populations import members_of
from twoarm.results.rows import too_few
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.balance import NO_SPREAD, columns_of, smd, spread
from twoarm.stats.cox import CoxFit, cluster_robust, fit_cox, interaction_of
from twoarm.stats.cox_rows import coded, cox_of
from twoarm.stats.elimination import eliminate
from twoarm.stats.pooled import ESTIMATES, pooled_interaction, pooled_terms, pooled_test
from twoarm.stats.pooled_rates import compared, pooled_rate_rows
from twoarm.stats.propensity import probability, propensity_model
from twoarm.stats.sets import matched_sets
from twoarm.stats.survival_rows import method_of
from twoarm.stats.weights import weighted_patients

SIZES = {"median": np.median, "smallest": np.min, "largest": np.max}


class DataSet(NamedTuple):
    """One imputed data set: its enrolled patients, those of each population, and the Cox models of treatment.

    effects: {(population or adjusted design, endpoint, method): the model}; pairs: {population: its matched sets}; smd:
    {population: {variable: the largest absolute standardised mean difference, of any level}}.
    """

    patients: pd.DataFrame
    populations: dict[str, pd.DataFrame]
    pairs: dict[str, int]
    smd: dict[str, dict[str, float]]
    effects: dict[tuple[str, str, str], CoxFit]


def pool_imputations(
    enrolled: pd.DataFrame,
    imputed: pd.DataFrame,
    endpoints: pd.DataFrame | None,
    responses: pd.DataFrame | None,
    study: dict,
) -> pd.DataFrame:
    """Return the tidy table `pooled`.

    enrolled: patient_id, arm and all variables; imputed: as impute_missing returns it; endpoints: patient_id, endpoint,
    time, event; responses: patient_id, criterion, best_response (None if the study has none). study: the parts of the
    config, as the rule passes them: arms, covariates, matching, weighted and adjusted designs, populations, balance
    (its denominator and the judged variables), criteria, outcomes ({name: its variable, and the values that are the
    outcome}), subgroups ({analysis: population, variable, endpoint, min_events if given}), models ({analysis:
    population, endpoint, variables with their config, select, keep, threshold}).
    Rows: of each population with comparable arms, its patients, pairs and largest SMD (levels: median, smallest,
    largest over the data sets), and the largest SMD of each variable, before too (levels: mean, largest); of each
    endpoint the hazard ratio of treatment; of each response rate and yes/no outcome (level) the difference, risk ratio
    and odds ratio; of each subgroup (stratum) the hazard ratio of treatment in its levels, and the P of interaction; of
    each model (stratum) its hazard ratios. missing_information: the fraction of missing information; variance_increase:
    the relative increase.
    Raises InputError, with the number of the data set, if patients cannot be matched or weighted in one.
    """
    sets = []
    for number in sorted(imputed[NUMBER].unique()):
        patients = sorted_by_patient(completed(enrolled, imputed, number)).astype({"arm": str})
        try:
            sets.append(_data_set(patients, endpoints, study))
        except InputError as error:
            raise InputError([f"imputed data set {number}: {text}" for text in error.errors]) from error
    rows = [*_size_rows(sets, study), *_balance_rows(sets, study), *_effect_rows(sets)]
    rows += _rate_rows(sets, _rates(enrolled, responses, study), study)
    for analysis, subgroup in study["subgroups"].items():
        rows += _subgroup_rows(sets, endpoints, analysis, subgroup, study["arms"])
    for analysis, model in study["models"].items():
        rows += _model_rows(sets, endpoints, analysis, model, study["arms"]["control"]["value"])
    return statistics_table([{"analysis": "pooled"} | row for row in rows])


def _data_set(patients: pd.DataFrame, endpoints: pd.DataFrame | None, study: dict) -> DataSet:
    populations = {ENROLLED: patients[["patient_id", "arm"]]}
    pairs = {}
    if study["covariates"]:
        treated = (patients["arm"] == study["arms"]["treated"]["value"]).to_numpy()
        logit, _ = propensity_model(patients, study["covariates"], treated)
        scores = patients[["patient_id", "arm"]].assign(propensity=probability(logit), logit=logit)
        for population in study["populations"]:
            if population.name in study["weighted"]:
                design = study["weighted"][population.name]
                own, _ = weighted_patients(scores, population.name, design, study["arms"])
            elif population.name != ENROLLED:
                sets = matched_sets(scores, study["matching"], study["arms"], patients)
                own, pairs[population.name] = sets.matched, sets.pairs
            else:
                continue
            populations[population.name] = members_of(population, own)
    smds = {name: _differences(patients, own, study) for name, own in populations.items() if study["covariates"]}
    effects = {} if endpoints is None else dict(_effects(patients, populations, endpoints, study))
    return DataSet(patients, populations, pairs, smds, effects)


def _differences(patients: pd.DataFrame, members: pd.DataFrame, study: dict) -> dict[str, float]:
    """The largest absolute standardised mean difference of each judged variable in a population; NaN if it has none."""
    treated = (patients["arm"] == study["arms"]["treated"]["value"]).to_numpy()
    rows = np.flatnonzero(patients["patient_id"].isin(members["patient_id"]))
    weights = None
    if WEIGHT in members:
        weights = members.set_index("patient_id").loc[patients["patient_id"].iloc[rows], WEIGHT].to_numpy()
    found = {}
    for name in study["balance"]["variables"]:
        binary = isinstance(patients[name].dtype, pd.CategoricalDtype)
        columns = columns_of(patients[name]).values()
        scales = [spread(numbers, treated, study["balance"]["denominator"], binary) for numbers in columns]
        of_levels = [
            abs(smd(numbers[rows], treated[rows], scale, weights))
            for numbers, scale in zip(columns, scales, strict=True)
        ]
        found[name] = float(np.max(of_levels))
    return found


def _effects(
    patients: pd.DataFrame, populations: dict, endpoints: pd.DataFrame, study: dict
) -> Iterator[tuple[tuple[str, str, str], CoxFit]]:
    """The Cox models of treatment in one data set, with their keys, as estimate_survival and adjust_hazard_ratio."""
    control = {"arm": study["arms"]["control"]["value"]}
    together = {population.name: population.together for population in study["populations"]}
    for endpoint in endpoints["endpoint"].unique():
        for population, members in populations.items():
            if population == ENROLLED:
                continue  # without covariates, nothing depends on imputed values
            data = _with_outcome(members, endpoints, endpoint)
            fit = cox_of(data, ["arm"], control)
            yield (population, endpoint, method_of("cox", data)), fit
            if PAIR in data and WEIGHT not in data:
                yield (population, endpoint, f"cox_{together[population]}_robust"), cluster_robust(fit, data[PAIR])
        for design, covariates in study["adjusted"].items():
            data = _with_outcome(patients[["patient_id", "arm", *covariates]], endpoints, endpoint)
            yield (design, endpoint, "cox_adjusted"), fit_cox(data, ["arm", *covariates], control)


def _with_outcome(patients: pd.DataFrame, endpoints: pd.DataFrame, endpoint: str) -> pd.DataFrame:
    outcome = endpoints.loc[endpoints["endpoint"] == endpoint, ["patient_id", "time", "event"]]
    return sorted_by_patient(patients.astype({"arm": str}).merge(outcome, on="patient_id", validate="1:1"))


def _size_rows(sets: list[DataSet], study: dict) -> Iterator[dict]:
    """Patients of each arm, pairs, and the largest SMD: their median and range over the data sets."""
    arms = [study["arms"][role]["value"] for role in ("treated", "control")]
    for population in [name for name in sets[0].populations if name != ENROLLED]:
        measured = {
            ("patients", arm): [int((own.populations[population]["arm"] == arm).sum()) for own in sets] for arm in arms
        }
        if population in sets[0].pairs:
            measured["pairs", OVERALL] = [own.pairs[population] for own in sets]
        measured["largest_smd", contrast(*arms)] = [np.nanmax(list(own.smd[population].values())) for own in sets]
        for (statistic, group), values in measured.items():
            key = {"population": population, "group": group, "statistic": statistic, "method": "descriptive"}
            yield from (key | {"level": level, "value": size(values)} for level, size in SIZES.items())


def _balance_rows(sets: list[DataSet], study: dict) -> Iterator[dict]:
    """The largest SMD of each variable in each population: its mean over the data sets, and the largest."""
    group = contrast(*(study["arms"][role]["value"] for role in ("treated", "control")))
    for population, variables in sets[0].smd.items():
        for name in variables:
            values = [own.smd[population][name] for own in sets]
            key = {"population": population, "group": group, "variable": name, "statistic": "largest_smd"}
            note = NO_SPREAD if np.isnan(values).any() else ""
            for level, size in {"mean": np.mean, "largest": np.max}.items():
                yield key | {"method": "descriptive", "level": level, "value": size(values), "note": note}


def _effect_rows(sets: list[DataSet]) -> Iterator[dict]:
    """The pooled hazard ratios of treatment."""
    for population, endpoint, method in sets[0].effects:
        fits = [own.effects[population, endpoint, method] for own in sets]
        yield from _rows(fits, "arm", {"population": population, "variable": endpoint, "method": method})


def _rates(enrolled: pd.DataFrame, responses: pd.DataFrame | None, study: dict) -> dict[tuple[str, str], pd.Series]:
    """{(criterion, ORR or DCR) or (outcome, Yes): 1 or 0, or missing, by patient_id}; none of them is imputed."""
    found, known = {}, enrolled.set_index("patient_id")
    for criterion, (rate, counted) in product(study["criteria"], RATES.items()):
        best = responses[responses["criterion"] == criterion].set_index("patient_id")["best_response"]
        found[criterion, rate] = best.isin(counted).reindex(known.index, fill_value=False).astype(float)
    for name, (variable, values) in study["outcomes"].items():
        found[name, YES] = occurred(known[variable], values)
    return found


def _rate_rows(sets: list[DataSet], rates: dict[tuple[str, str], pd.Series], study: dict) -> Iterator[dict]:
    """The pooled effects of treatment on response rates and yes/no outcomes."""
    treated, control = (study["arms"][role]["value"] for role in ("treated", "control"))
    adjusted = [name for name in sets[0].populations if name != ENROLLED]
    for ((variable, level), event), population in product(rates.items(), adjusted):
        members = [own.populations[population] for own in sets]
        found = [compared(event.loc[own["patient_id"]], own, treated) for own in members]
        key = {"population": population, "group": contrast(treated, control), "variable": variable, "level": level}
        yield from (key | row for row in pooled_rate_rows(found))


def _subgroup_rows(
    sets: list[DataSet], endpoints: pd.DataFrame, analysis: str, subgroup: dict, arms: dict
) -> Iterator[dict]:
    """The pooled hazard ratio of treatment in each level of a subgroup, and the pooled test of interaction."""
    name, (treated, control) = subgroup["variable"], (arms[role]["value"] for role in ("treated", "control"))
    datas = []
    for own in sets:
        members = own.populations[subgroup["population"]].drop(columns="arm")
        data = own.patients[["patient_id", "arm", name]].dropna().merge(members, on="patient_id")
        datas.append(_with_outcome(data, endpoints, subgroup["endpoint"]))
    key = {"population": subgroup["population"], "stratum": analysis, "variable": subgroup["endpoint"]}
    key["group"] = contrast(treated, control)
    occurring = set().union(*(data[name] for data in datas))
    for level in (level for level in datas[0][name].cat.categories if level in occurring):
        parts = [data[data[name] == level] for data in datas]
        fits = [cox_of(part, ["arm"], {"arm": control}) for part in parts]
        few = too_few(min(int(part["event"].sum()) for part in parts), subgroup.get("min_events", 0))
        here = key | {"level": level, "method": method_of("cox", datas[0])}
        for row in _rows(fits, "arm", here):
            yield row | key | ({"value": math.nan, "note": few} if few else {})
    found = [
        interaction_of(data, "arm", name, data[WEIGHT].to_numpy() if WEIGHT in data else None, data.get(PAIR))
        for data in datas
    ]
    p, note = pooled_interaction(found)
    yield key | {"statistic": "p_value", "method": method_of("cox_interaction", datas[0]), "value": p, "note": note}


def _rows(fits: list[CoxFit], variable: str, key: dict) -> Iterator[dict]:
    """The rows of a variable's coefficients in the models of all data sets."""
    for term in pooled_terms(fits, variable):
        for statistic, value in term.values.items():
            yield key | {"group": term.group, "statistic": statistic, "value": value, "note": term.note}


def _model_rows(
    sets: list[DataSet], endpoints: pd.DataFrame, analysis: str, model: dict, control: str
) -> Iterator[dict]:
    """The pooled hazard ratios of a prognosis model, univariable and multivariable."""
    names, select = ["arm", *model["variables"]], model["select"]
    members = [own.populations[model["population"]].drop(columns="arm") for own in sets]
    columns = ["patient_id", *names]  # the study's own `time` and `event` are not among them
    everybody = [_with_outcome(own.patients[columns], endpoints, model["endpoint"]) for own in sets]
    whole = [sorted_by_patient(data.merge(own, on="patient_id")) for data, own in zip(everybody, members, strict=True)]
    datas = [coded(data, model["variables"], control) for data in whole]
    key = {"stratum": analysis, "population": model["population"]}
    small = []
    for name in names:
        fits = [cox_of(data, [name], references) for data, references in datas]
        yield from _variable_rows(fits, name, key | {"method": method_of("cox_univariable", datas[0][0])})
        p = pooled_test(fits, name)[0]
        small += [name] if select not in (NONE, BACKWARD) and p < select else []
    selected = names
    if select == BACKWARD:
        staying = [
            eliminate(data.dropna(subset=names), names, model["keep"], references, model["threshold"])[0]
            for data, references in datas
        ]
        selected = [name for name in names if 2 * sum(name in kept for kept in staying) >= len(staying)]
    elif select != NONE:
        selected = [name for name in names if name in small or name in model["keep"]]
    if not selected:
        return
    fits = [cox_of(data, selected, references) for data, references in datas]
    for name in selected:
        yield from _variable_rows(fits, name, key | {"method": method_of("cox_multivariable", datas[0][0])})


def _variable_rows(fits: list[CoxFit], name: str, key: dict) -> Iterator[dict]:
    """The rows of a variable, and of several coefficients the Wald test of all."""
    rows = list(_rows(fits, name, key | {"variable": name}))
    yield from rows
    if len(rows) > len(ESTIMATES):
        p, note = pooled_test(fits, name)
        yield key | {"variable": name, "group": OVERALL, "statistic": "p_value", "value": p, "note": note}


if __name__ == "__main__":
    log_to(snakemake.log[0])
    table = pool_imputations(
        enrolled=read_parquet(snakemake.input.enrolled),
        imputed=read_parquet(snakemake.input.imputed),
        endpoints=read_parquet(snakemake.input.endpoints) if snakemake.input.endpoints else None,
        responses=read_parquet(snakemake.input.response) if snakemake.input.response else None,
        study=snakemake.params.study,
    )
    write_statistics(table, snakemake.output.statistics)
