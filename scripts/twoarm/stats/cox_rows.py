"""Hazard ratios of Cox models as rows of the tidy table."""

import pandas as pd

from twoarm.config.keys import PER_UNIT, contrast
from twoarm.config.populations import PAIR, WEIGHT
from twoarm.stats.cox import CoxFit, cluster_robust, fit_cox, proportional_hazards, robust
from twoarm.stats.survival import logrank
from twoarm.stats.survival_rows import logrank_note, method_of
from twoarm.stats.weighted_survival import weighted_logrank

EVENTS_PER_COEFFICIENT = 10  # Peduzzi 1995, Journal of Clinical Epidemiology 48:1503


def coded(data: pd.DataFrame, variables: dict, control: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """The data of a prognosis model, numbers divided by `per`, and the reference of each variable and of `arm`.

    data: arm and the variables; variables: name -> its config (per, reference); control: the value of the arm.
    """
    pers = {name: variable.get("per", 1) for name, variable in variables.items()}
    references = {name: variable["reference"] for name, variable in variables.items() if variable.get("reference")}
    data = data.astype({"arm": str}).assign(**{name: data[name] / per for name, per in pers.items() if per != 1})
    return data, references | {"arm": control}


def size_rows(fit: CoxFit, key: dict) -> list[dict]:
    """Rows of a model's patients and events, with a note if the events are few for its coefficients."""
    coefficients = int(fit.estimated.sum())
    few = fit.events < EVENTS_PER_COEFFICIENT * coefficients
    each = f"each of {coefficients} coefficients" if coefficients > 1 else "its only coefficient"
    warning = f"fewer than {EVENTS_PER_COEFFICIENT} events for {each}" if few else ""
    return [
        dict(key, statistic="total", value=fit.total, note=fit.note),
        dict(key, statistic="events", value=fit.events, note=warning),
    ]


def hazards_row(p: float, key: dict) -> dict:
    """The row of a test of proportional hazards; key gives its variable and method."""
    return dict(key, statistic="p_value", value=p, note="" if pd.notna(p) else "no hazard ratio to test")


def treatment_hazards_row(fit: CoxFit, key: dict) -> dict:
    """The row of the test of treatment's proportional hazards (cox.zph) in a model."""
    return hazards_row(proportional_hazards(fit).set_index("variable")["p_value"]["arm"], key)


def cox_rows(terms: pd.DataFrame, method: str, key: dict, note: str = "") -> list[dict]:
    """Rows of the tidy table for coefficients: hazard_ratio, ci_low, ci_high, p_value.

    terms: rows of CoxFit.terms. group is the contrast "level vs reference", or "per unit" for a continuous variable;
    note is for hazard ratios without their own note.
    """
    rows = []
    for term in terms.to_dict("records"):
        group = contrast(term["level"], term["reference"]) if term["level"] else PER_UNIT
        group = term["level"] if term["level"] and term["level"] == term["reference"] else group
        for statistic in ["hazard_ratio", "ci_low", "ci_high", "p_value"]:
            remark = term["note"] or (note if statistic == "hazard_ratio" else "")
            found = {"statistic": statistic, "method": method, "value": term[statistic], "note": remark}
            rows.append({"group": group, **key, **found})
    return rows


def contrast_rows(data: pd.DataFrame, column: str, first: str, second: str, key: dict) -> list[dict]:
    """Rows of the tidy table that compare two groups of `column`: the log-rank p and the hazard ratio of Cox.

    data: time, event and column, one row per patient; other groups are ignored. With a column WEIGHT, both are
    weighted and have robust errors (clustered by a column `pair`, if there is one).
    """
    part = data[data[column].isin([first, second])].astype({column: str})
    key = dict(key, group=contrast(first, second))
    p, method = logrank_of(part, column), method_of("logrank", part)
    rows = [dict(key, statistic="p_value", method=method, value=p, note=logrank_note(part, column, p))]
    fit = cox_of(part, [column], {column: second})
    return rows + cox_rows(fit.terms, method_of("cox", part), key, fit.note)


def logrank_of(data: pd.DataFrame, column: str) -> float:
    """The p of the log-rank test between the groups of a column; weighted if the patients have a column WEIGHT."""
    if WEIGHT in data:
        groups = data["time"], data["event"], data[column]
        return weighted_logrank(*groups, data[WEIGHT], data.get(PAIR))[2]
    return logrank(data["time"], data["event"], data[column])[2]


def cox_of(data: pd.DataFrame, variables: list[str], references: dict[str, str]) -> CoxFit:
    """The Cox model of patients (twoarm.stats.cox.fit_cox); with a column WEIGHT, weighted and with robust errors."""
    if WEIGHT not in data:
        return fit_cox(data, variables, references)
    fit = fit_cox(data, variables, references, data[WEIGHT].to_numpy())
    return cluster_robust(fit, data[PAIR]) if PAIR in data else robust(fit)
