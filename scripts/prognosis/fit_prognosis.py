"""Prognostic factors: univariable and multivariable Cox regression (Efron ties), selected as in clinical papers.

Treatment and each variable are tested alone. Which variables the multivariable model has, the protocol decides: all
(`none`); those with p below a number, a variable with more than two levels by the Wald test of all its levels together;
or those left by backward elimination, which removes one variable after another from the model of all. Proportional
hazards of the multivariable model are tested by variable and as a whole (cox.zph). Selection exaggerates the selected
effects (Heinze 2018, Biometrical Journal 60:431), so every choice and every step has a row or a note.
"""

from dataclasses import replace

import pandas as pd

from twoarm.config.immortal import NOTE, is_later
from twoarm.config.prognosis import AIC, BACKWARD, NONE
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.results.errors import log_to
from twoarm.results.populations import read_outcome
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.cox import CoxFit, proportional_hazards, wald_test
from twoarm.stats.cox_rows import coded, cox_of, cox_rows, hazards_row, size_rows
from twoarm.stats.elimination import Step, eliminate
from twoarm.stats.survival_rows import method_of
from twoarm.text.units import per_unit


def fit_prognosis(
    data: pd.DataFrame,
    variables: dict,
    population: str,
    control: str,
    select: float | str,
    keep: list,
    threshold: float | str = AIC,
    analysis: str = "prognosis",
) -> pd.DataFrame:
    """Returns the tidy table of the univariable models, the multivariable model and its proportional hazards.

    data: patient_id, arm, time, event and the variables, one row per patient, and weight (and pair) if the population
    has weights: models are then weighted and have robust errors. variables: name -> its config (unit, per, reference,
    timing), in order. select: none, backward, or the p below which a variable enters; keep: variables of the
    multivariable model in any case ("arm": treatment); threshold: of backward elimination (see `eliminate`).
    """
    data, references = coded(sorted_by_patient(data), variables, control)
    units = {
        name: per_unit(v.get("unit"), v.get("per", 1)) for name, v in variables.items() if v.get("unit") or v.get("per")
    }
    key, names = {"analysis": analysis, "population": population}, ["arm", *variables]
    rows, small = [], []
    for name in names:
        fit = cox_of(data, [name], references)
        p = wald_test(fit, name)[2]
        small += [name] if select not in (NONE, BACKWARD) and p < select else []
        later = [NOTE] if is_later(variables.get(name, {})) else []
        remark = "; ".join(filter(None, [*later, _choice(p, select, name in keep)]))
        own, method = dict(key, variable=name), method_of("cox_univariable", data)
        rows += _known_rows(fit, dict(own, group="overall", method=method)) if data[name].isna().any() else []
        rows += _variable_rows(fit, name, method, own, units.get(name), remark)
    selected, left_out = names, ""
    if select == BACKWARD:
        complete = data.dropna(subset=names)
        left_out = f"left out for a missing value: {len(data) - len(complete)}" if len(complete) < len(data) else ""
        data = complete
        selected, steps = eliminate(data, names, keep, references, threshold)
        rows += _step_rows(steps, threshold, key)
    elif select != NONE:
        selected = [name for name in names if name in small or name in keep]
    if selected:
        fit, key = cox_of(data, selected, references), dict(key, method=method_of("cox_multivariable", data))
        rows += _multivariable_rows(fit, selected, units, key, left_out)
    elif left_out:  # the patients of the steps, who may be very few
        key = dict(key, group="overall", method="cox_backward")
        rows += [
            dict(key, statistic="total", value=len(data), note=left_out),
            dict(key, statistic="events", value=int(data["event"].sum())),
        ]
    return statistics_table(rows)


def _step_rows(steps: list[Step], threshold: float | str, key: dict) -> list[dict]:
    """The steps of backward elimination; level: the number of the step."""
    key = dict(key, group="overall", statistic="aic" if threshold == AIC else "p_value", method="cox_backward")
    return [
        dict(key, variable=step.variable, level=str(step.number), value=step.value, note=step.note) for step in steps
    ]


def _choice(p: float, select: float | str, kept: bool) -> str:
    """Whether a variable enters the multivariable model by its p, and why."""
    if select in (NONE, BACKWARD):
        return ""
    if p < select:
        return f"enters the multivariable model: p < {select:g}"
    if kept:
        return "enters the multivariable model by protocol, whatever its p"
    return "does not enter the multivariable model: its test cannot be computed" if pd.isna(p) else ""


def _multivariable_rows(fit: CoxFit, selected: list[str], units: dict, key: dict, left_out: str) -> list[dict]:
    """Hazard ratios, the model's size, and the tests of proportional hazards. left_out: patients before the fit."""
    fit = replace(fit, note="; ".join(filter(None, [left_out, fit.note])))
    model, method = dict(key, group="overall"), key["method"]
    rows = size_rows(fit, model)
    for name in selected:
        rows += _variable_rows(fit, name, method, dict(key, variable=name), units.get(name), "")
    for test in proportional_hazards(fit).to_dict("records"):
        tested = dict(model, variable=test["variable"], method=method.replace("cox_multivariable", "cox_zph"))
        rows.append(hazards_row(test["p_value"], tested))
    return rows


def _known_rows(fit: CoxFit, key: dict) -> list[dict]:
    """The patients and events of a univariable model, where some patients have no value: these may be very few."""
    return [dict(key, statistic="total", value=fit.total), dict(key, statistic="events", value=fit.events)]


def _variable_rows(fit: CoxFit, name: str, method: str, key: dict, unit: str | None, remark: str) -> list[dict]:
    """Rows of one variable: each contrast and, with more than two levels, the joint Wald test of all levels."""
    note = "; ".join(part for part in [unit, fit.note, remark] if part)
    terms = fit.terms[fit.terms["variable"] == name]
    rows = cox_rows(terms, method, key, note)
    if len(terms) > 1:
        p = wald_test(fit, name)[2]
        note = "Wald test of all levels" if pd.notna(p) else "a level cannot be estimated"
        rows.append(dict(key, group="overall", statistic="p_value", method=method, value=p, note=note))
    return rows


if __name__ == "__main__":
    log_to(snakemake.log[0])
    prognosis = snakemake.params.prognosis
    population, files = snakemake.params.population, snakemake.input
    data = read_outcome(
        population, files.patients, files.enrolled, files.endpoints, prognosis["endpoint"], prognosis["variables"]
    )
    table = fit_prognosis(
        data=data,
        variables=snakemake.params.variables,
        population=population.name,
        control=snakemake.params.control,
        select=prognosis["select"],
        keep=prognosis["keep"],
        threshold=prognosis["threshold"],
        analysis=snakemake.wildcards.model,
    )
    write_statistics(table, snakemake.output.statistics)
