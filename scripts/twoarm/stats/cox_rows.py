"""Hazard ratios of Cox models as rows of the tidy table."""

import pandas as pd

from twoarm.config.keys import PER_UNIT, contrast
from twoarm.stats.cox import fit_cox
from twoarm.stats.survival import logrank
from twoarm.stats.survival_rows import logrank_note


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

    data: time, event and column, one row per patient; other groups are ignored.
    """
    part = data[data[column].isin([first, second])].astype({column: str})
    key = dict(key, group=contrast(first, second))
    p = logrank(part["time"], part["event"], part[column])[2]
    rows = [dict(key, statistic="p_value", method="logrank", value=p, note=logrank_note(part, column, p))]
    fit = fit_cox(part, [column], {column: second})
    return rows + cox_rows(fit.terms, "cox", key, fit.note)
