"""Matched sets of patients by a protocol: pairs, or treated patients with several controls."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from twoarm.config.matched_by import controls_wanted, matched_by
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.results.errors import InputError
from twoarm.stats.candidates import Candidates, mahalanobis_space
from twoarm.stats.matching import caliper_width, complete_sets, matches, set_weights, variable_ratios
from twoarm.stats.propensity import design_matrix


class Sets(NamedTuple):
    """Matched patients (see matched_sets), the number of sets, each match's distance on the logit, and the caliper."""

    matched: pd.DataFrame
    pairs: int
    distance: np.ndarray
    width: float


def matched_sets(propensity: pd.DataFrame, matching: dict, arms: dict, enrolled: pd.DataFrame | None = None) -> Sets:
    """Match each treated patient to the most similar controls.

    propensity: patient_id, arm, propensity, logit. matching: the config's, with covariates (those of the distance).
    enrolled: patient_id and the variables of `matched_by`. matched: the patients of each pair (or set of a treated
    patient and their controls), sorted by patient_id: patient_id, arm, propensity, logit, pair (1..n in order of
    matching; without it if a control may be in several sets), weight (MatchIt's; 1 if all sets have the same size).
    Ties and `order: data` use patient_id, so the order of the rows does not matter.
    Raises InputError if no pair is possible, some treated patients have fewer than `ratio` (or its `min`) controls
    (unless `incomplete` is drop or weight), or a needed variable is missing in some patients.
    """
    patients = sorted_by_patient(propensity)
    logit = patients["logit"].to_numpy()
    candidates = candidates_of(patients, matching, arms, enrolled)
    ratio, again = ratios(candidates, matching), matching.get("replace", False)
    rows, partners = matches(candidates, matching["method"], matching["order"], matching["seed"], ratio, again)
    whole = complete_sets(rows, controls_wanted(matching)[0])
    if matching["incomplete"] == "weight":
        whole = np.ones(len(rows), bool)
    _refuse_incomplete(rows, whole, matching)
    rows, partners = rows[whole], partners[whole]

    number, treated = pd.factorize(rows)
    pair = np.r_[np.arange(len(treated)), number] + 1
    everybody = patients.assign(weight=set_weights(rows, partners, len(patients)))
    matched = everybody.iloc[np.r_[treated, partners]].assign(pair=pair)[[*patients, "pair", "weight"]]
    if again:  # a control of several sets is one patient, with the weight of all
        matched = matched[~matched.index.duplicated()].drop(columns="pair")
    matched = matched.sort_index().reset_index(drop=True)  # the row number is the rank by patient_id
    return Sets(matched, len(treated), np.abs(logit[rows] - logit[partners]), candidates.width)


def ratios(candidates: Candidates, matching: dict) -> int | np.ndarray:
    """The most controls of each treated patient: one number for all, or one per patient."""
    ratio = matching["ratio"]
    if isinstance(ratio, int):
        return ratio
    return variable_ratios(candidates.logit, candidates.treated, ratio["mean"], *controls_wanted(matching))


def candidates_of(patients: pd.DataFrame, matching: dict, arms: dict, enrolled: pd.DataFrame | None) -> Candidates:
    logit = patients["logit"].to_numpy()
    treated = (patients["arm"] == arms["treated"]["value"]).to_numpy()
    limits = {"logit": logit, "treated": treated, "width": caliper_width(logit, matching["caliper"])}
    if not matched_by(matching):
        return Candidates(**limits)
    values = patients[["patient_id"]].merge(enrolled, on="patient_id", how="left", validate="1:1")
    _refuse_missing(values, matching)
    return Candidates(
        **limits,
        strata=exact_strata(values, matching["exact"]) if matching["exact"] else None,
        calipers=tuple(_limited(values[name], width) for name, width in matching["calipers"].items()),
        space=mahalanobis_space(design_matrix(values, matching["covariates"])[0], treated)
        if matching["covariates"]
        else None,
    )


def _refuse_incomplete(rows: np.ndarray, whole: np.ndarray, matching: dict) -> None:
    """rows: the treated row of each match; whole: whether this patient has the least number of controls wanted."""
    least, found = controls_wanted(matching)[0], len(np.unique(rows))
    if not whole.any():
        raise InputError(
            f"matching: no treated patient has {least} controls within the caliper; choose a lower `ratio`"
        )
    if not whole.all() and matching["incomplete"] == "refuse":
        raise InputError(
            f"matching: {len(np.unique(rows[~whole]))} of {found} matched treated patients have fewer than {least} "
            "controls. Choose a lower `ratio`, a wider `caliper`, `incomplete: weight` to weight sets of different "
            "size as MatchIt does, or `incomplete: drop` to analyse only complete sets"
        )


def _refuse_missing(values: pd.DataFrame, matching: dict) -> None:
    keys = {name: key for key in ("covariates", "calipers", "exact") for name in matching[key]}
    missing = values[matched_by(matching)].isna().sum()
    if missing.any():
        raise InputError(
            [
                f"matching: the variable '{name}' of `{keys[name]}` is missing in {count} of {len(values)} patients"
                for name, count in missing[missing > 0].items()
            ]
        )


def exact_strata(values: pd.DataFrame, exact: list[str]) -> np.ndarray:
    """Return a code for each patient, equal if all `exact` variables are equal."""
    return values.groupby(exact, observed=True).ngroup().to_numpy()


def _limited(values: pd.Series, width: float | str) -> tuple[np.ndarray, float]:
    """The numbers of a covariate with its caliper in their unit. width: a number, or a text such as `0.2 SD`."""
    numbers = values.to_numpy(float)
    if isinstance(width, str):
        width = float(width.removesuffix("SD")) * float(np.std(numbers, ddof=1))
    return numbers, width
