"""Match each treated patient to the most similar control on the propensity score.

Within a caliper in standard deviations of the logit over all enrolled patients (Austin, Pharm
Stat 2011;10:150-61): greedily to the nearest control on the logit (the default; the pairs are those of R's MatchIt
4.7.2) or by Mahalanobis distance (Rubin and Thomas, J Am Stat Assoc 2000;95:573-85), or optimally.
"""

import numpy as np
import pandas as pd

from twoarm.config.matched_by import controls_wanted, matched_by
from twoarm.config.populations import ENROLLED
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.results.errors import InputError, log_to
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.candidates import Candidates, mahalanobis_space
from twoarm.stats.matching import caliper_width, complete_sets, matches, set_weights, variable_ratios
from twoarm.stats.propensity import design_matrix


def match_patients(
    propensity: pd.DataFrame, matching: dict, arms: dict, enrolled: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (matched, statistics).

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
    distance = np.abs(logit[rows] - logit[partners])
    found = {"pairs": len(treated), "distance": distance, "width": candidates.width}
    return matched, statistics_table(list(_rows(patients, matched, matching=matching, arms=arms, **found)))


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


def _rows(patients, matched, pairs, distance, width, matching, arms):
    method = f"{matching['method']}_caliper" if np.isfinite(width) else matching["method"]
    common = {"analysis": "matching", "population": ENROLLED, "method": method}
    overall = common | {"group": "overall"}
    yield overall | {"statistic": "pairs", "value": pairs}
    if np.isfinite(width):
        yield overall | {"variable": "logit", "statistic": "caliper", "value": width}
    else:
        yield overall | {"variable": "logit", "statistic": "caliper", "value": None, "note": "no caliper"}
    yield overall | {"variable": "logit", "statistic": "largest_distance", "value": distance.max()}
    for arm in ("treated", "control"):
        value = arms[arm]["value"]
        unmatched = (patients["arm"] == value).sum() - (matched["arm"] == value).sum()
        yield common | {"group": value, "statistic": "unmatched", "value": unmatched}


def main(propensity: str, enrolled: str, matching: dict, arms: dict, matched: str, statistics: str) -> None:
    """Read the scores (and the other variables that matching needs, if any); write the pairs and the statistics."""
    names = matched_by(matching)
    variables = pd.read_parquet(enrolled, columns=["patient_id", *names]) if names else None
    pairs, table = match_patients(pd.read_parquet(propensity), matching, arms, variables)
    pairs.to_parquet(matched, index=False)
    write_statistics(table, statistics)


if __name__ == "__main__":
    log_to(snakemake.log[0])
    main(
        propensity=snakemake.input.propensity,
        enrolled=snakemake.input.enrolled,
        matching=snakemake.params.matching,
        arms=snakemake.params.arms,
        matched=snakemake.output.matched,
        statistics=snakemake.output.statistics,
    )
