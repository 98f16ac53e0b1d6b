"""Hazard ratios of Cox models as rows of the tidy table."""

import pandas as pd

from twoarm.config.keys import PER_UNIT, contrast
from twoarm.config.populations import PAIR, WEIGHT
from twoarm.stats.cox import CoxFit, cluster_robust, fit_cox, robust
from twoarm.stats.survival import logrank
from twoarm.stats.survival_rows import logrank_note, method_of
from twoarm.stats.weighted_survival import weighted_logrank


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

    data: time, event and column, one row per patient; other groups are ignored. With a column `weight`, both are
    weighted and have robust errors (clustered by a column `pair`, if there is one).
    """
    part = data[data[column].isin([first, second])].astype({column: str})
    key = dict(key, group=contrast(first, second))
    p, method = logrank_of(part, column), method_of("logrank", part)
    rows = [dict(key, statistic="p_value", method=method, value=p, note=logrank_note(part, column, p))]
    fit = cox_of(part, [column], {column: second})
    return rows + cox_rows(fit.terms, method_of("cox", part), key, fit.note)


def logrank_of(data: pd.DataFrame, column: str) -> float:
    """The p of the log-rank test between the groups of a column; weighted if the patients have a column `weight`."""
    if WEIGHT in data:
        groups = data["time"], data["event"], data[column]
        return weighted_logrank(*groups, data[WEIGHT], data.get(PAIR))[2]
    return logrank(data["time"], data["event"], data[column])[2]


def cox_of(data: pd.DataFrame, variables: list[str], references: dict[str, str]) -> CoxFit:
    """The Cox model of patients (twoarm.stats.cox.fit_cox); with a column `weight`, weighted and with robust errors."""
    if WEIGHT not in data:
        return fit_cox(data, variables, references)
    fit = fit_cox(data, variables, references, data[WEIGHT].to_numpy())
    return cluster_robust(fit, data[PAIR]) if PAIR in data else robust(fit)
