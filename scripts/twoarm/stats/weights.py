"""Weights from a propensity score, which make the arms alike without leaving out a patient.

Each estimand is an average effect in other patients (Li, Morgan and Zaslavsky, J Am Stat Assoc 2018;113:390-400):
ate: in all patients, by the inverse probability of the arm that they are in (Austin, Multivariate Behav Res
2011;46:399-424); att: in patients such as the treated; ato: where the arms overlap (overlap weights); atm: in patients
whom matching would pair (matching weights; Li and Greene, Int J Biostat 2013;9:215-34).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from twoarm.config.designs import WEIGHTINGS
from twoarm.results.errors import InputError

ESTIMANDS = ("ate", "att", "ato", "atm")


class Description(NamedTuple):
    """The weights of a group of patients: how many patients, their sum, mean, SD (n - 1), least and largest.

    effective_size: how many patients of equal weight would say as much: (sum w)^2 / sum w^2 (Kish 1965).
    """

    patients: int
    total: float
    mean: float
    sd: float
    smallest: float
    largest: float
    effective_size: float


def propensity_weights(logit: np.ndarray, treated: np.ndarray, estimand: str, stabilised: bool = False) -> np.ndarray:
    """Return the weight of each patient, positive.

    logit: the log-odds of the treated arm (from them no weight is lost to rounding where a probability is nearly 1);
    treated: bool. estimand: one of ESTIMANDS. stabilised: each arm's weights times the share of patients in it (ate),
    the controls' times the odds of being a control (att), so that they sum to about the arm's size (Robins, Hernan
    and Brumback, Epidemiology 2000;11:550-60); ato and atm are bounded by 1 anyway.
    Raises ValueError for another estimand, or if ato or atm are to be stabilised.
    """
    if estimand not in ESTIMANDS:
        raise ValueError(f"estimand is {estimand!r}, expected one of {', '.join(ESTIMANDS)}")
    if stabilised and estimand not in ("ate", "att"):
        raise ValueError(f"the weights of {estimand} are not stabilised")
    logit, treated = np.asarray(logit, float), np.asarray(treated, bool)
    against = np.where(treated, -logit, logit)  # the log-odds of the arm that the patient is not in
    share = treated.mean() if len(treated) else np.nan
    if estimand == "ate":
        weights = 1 + np.exp(against)
        return weights * np.where(treated, share, 1 - share) if stabilised else weights
    if estimand == "att":
        weights = np.where(treated, 1, np.exp(logit))
        return weights * np.where(treated, 1, (1 - share) / share) if stabilised else weights
    if estimand == "ato":
        return np.exp(-np.logaddexp(0, -against))
    return np.exp(np.minimum(0, against))


def within(score: np.ndarray, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Whether each propensity score is from `low` to `high`, inclusive: trimming leaves out the other patients.

    The limits are fixed in advance (Crump, Hotz, Imbens and Mitnik, Biometrika 2009;96:187-99: 0.1 and 0.9).
    """
    return (score >= low) & (score <= high)


def truncated(weights: np.ndarray, low: float = 0.0, high: float = 1.0, among: np.ndarray | None = None) -> np.ndarray:
    """Return the weights with those beyond two quantiles set to these (Cole and Hernan, Am J Epidemiol 2008;168:656).

    low, high: 0-1, by R's definition 7; 0 and 1 truncate nothing. among: the patients (bool) whose quantiles are taken
    and whose weights are truncated, for example the controls for att, where the treated all have the weight 1.
    """
    among = np.ones(len(weights), bool) if among is None else among
    if not among.any():
        return weights.copy()
    limits = np.quantile(weights[among], [low, high])
    return np.where(among, np.clip(weights, *limits), weights)


def describe(weights: np.ndarray) -> Description:
    """Describe the weights of a group of patients; NaN where there are none, and the SD of one."""
    count = len(weights)
    if not count:
        return Description(0, 0.0, np.nan, np.nan, np.nan, np.nan, np.nan)
    total, squares = float(weights.sum()), float((weights**2).sum())
    sd = float(weights.std(ddof=1)) if count > 1 else np.nan
    size = total**2 / squares if squares > 0 else 0.0
    return Description(count, total, total / count, sd, float(weights.min()), float(weights.max()), size)


def weighted_patients(scores: pd.DataFrame, name: str, design: dict, arms: dict) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the patients of a design who are not trimmed, with their `weight`, and the weights before truncation.

    scores: patient_id, arm, propensity, logit of all enrolled patients, in order. name, design: the config's.
    Raises InputError if an arm loses all patients, or a weight is too large (or too small) for a number.
    """
    # ASSUME [trim]: trimmed patients are left out after the propensity score was fitted to all; it is not fitted again.
    kept = within(scores["propensity"].to_numpy(), *design.get("trim", (0, 1)))
    patients = scores[kept].reset_index(drop=True)
    treated = (patients["arm"] == arms["treated"]["value"]).to_numpy()
    if treated.all() or not treated.any():
        raise InputError(f"designs.{name}.trim: it leaves out all patients of an arm; choose wider limits")
    kind = WEIGHTINGS[design["weights"]]
    with np.errstate(over="ignore", under="ignore"):
        raw = propensity_weights(patients["logit"].to_numpy(), treated, kind.formula, design.get("stabilised", False))
    lost = ~(np.isfinite(raw) & (raw > 0))
    if lost.any():
        raise InputError(
            f"designs.{name}: the weights of {lost.sum()} patients are too extreme for a number, because their "
            "propensity score is 0 or 1; check the covariates for outliers, or leave these patients out with `trim`"
        )
    among = ~treated if design["weights"] == "att" else None
    weight = truncated(raw, *design["truncate"], among) if "truncate" in design else raw
    return patients.assign(weight=weight), raw
