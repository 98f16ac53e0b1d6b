"""Matching beyond one to one against MatchIt 4.7.2 on public data sets (tests/golden/matching)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import oracles
from matching.match_patients import match_patients
from subgroups.analyse_subgroup import analyse_subgroup
from survival.estimate_survival import estimate_survival
from twoarm.config.populations import PAIR, WEIGHT
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.results.errors import InputError
from twoarm.stats.matching import matches, set_weights
from twoarm.stats.propensity import propensity_model
from twoarm.stats.sets import candidates_of, ratios

FOLDER = Path(__file__).parents[1] / "golden/matching"
MATCHES = pd.concat([pd.read_csv(FOLDER / "matches.csv"), pd.read_csv(FOLDER / "replacement.csv")])
WEIGHTS = pd.read_csv(FOLDER / "weights.csv")
ARMS = {"treated": {"value": "T", "label": "Treated"}, "control": {"value": "C", "label": "Control"}}
STRATA = {"gbsg": "meno", "lalonde": "race", "rossi": "race", "lung": "ph_ecog", "veteran": "celltype"}
DEFAULT = {
    "method": "nearest", "ratio": 1, "caliper": 0.2, "order": "largest", "replace": False, "seed": 1, "exact": [],
    "calipers": {}, "covariates": [], "incomplete": "drop",
}  # fmt: skip
TIED = ["lalonde", "rossi"]  # patients with the same values of all covariates


def config_of(setting, name, covariates):
    own = {
        "ratio_2": {"ratio": 2},
        "ratio_2_no_caliper": {"ratio": 2, "caliper": None},
        "ratio_3_smallest": {"ratio": 3, "order": "smallest"},
        "age_5": {"calipers": {"age": 5}},
        "age_sd": {"calipers": {"age": "0.25 SD"}},
        "exact": {"exact": [STRATA[name]]},
        "mahalanobis": {"method": "mahalanobis", "covariates": covariates},
        "mahalanobis_ratio_2": {"method": "mahalanobis", "covariates": covariates, "ratio": 2},
        "replace": {"replace": True, "caliper": None},
        "replace_caliper": {"replace": True},
        "replace_ratio_3": {"replace": True, "ratio": 3},
        "replace_exact": {"replace": True, "exact": [STRATA[name]]},
        "replace_age_5": {"replace": True, "calipers": {"age": 5}, "ratio": 2},
        "replace_mahalanobis": {"replace": True, "method": "mahalanobis", "covariates": covariates},
        "incomplete": {"ratio": 2},
        "variable": {"ratio": {"mean": 1.5, "min": 1, "max": 3}},
    }
    return DEFAULT | own[setting]


def study_of(name):
    """(enrolled, scores, covariates) of an oracle."""
    data, spec, _ = oracles.load(name)
    treated = (data[spec["treatment"]["column"]] == spec["treatment"]["treated"]).to_numpy()
    logit, _ = propensity_model(data, spec["ps"]["covariates"], treated)
    if STRATA[name] not in spec["levels"]:
        data[STRATA[name]] = data[STRATA[name]].astype(str).astype("category")
    enrolled = data.assign(patient_id=data["id"].astype(str), arm=np.where(treated, "T", "C"))
    scores = enrolled[["patient_id", "arm"]].assign(logit=logit, propensity=0.5)
    return enrolled, scores, spec["ps"]["covariates"]


def matched_as_in_r(name, setting):
    """(candidates, patients' numbers by row, treated rows, control rows) of a setting."""
    enrolled, scores, covariates = study_of(name)
    config = config_of(setting, name, covariates)
    patients = sorted_by_patient(scores)
    candidates = candidates_of(patients, config, ARMS, enrolled)
    ratio = ratios(candidates, config)
    rows, partners = matches(candidates, config["method"], config["order"], ratio=ratio, replace=config["replace"])
    return candidates, patients["patient_id"].astype(int).to_numpy(), rows, partners


def answer(table, name, setting):
    return table[(table["name"] == name) & (table["setting"] == setting)]


@pytest.mark.parametrize("setting", MATCHES["setting"].unique())
@pytest.mark.parametrize("name", STRATA)
def test_matches_are_those_of_matchit(name, setting):
    candidates, number, rows, partners = matched_as_in_r(name, setting)
    found = set(zip(number[rows], number[partners], strict=True))
    in_r = answer(MATCHES, name, setting)
    expected = set(zip(in_r["treated"], in_r["control"], strict=True))
    assert len(found) == len(expected) == len(rows) > 30
    if name in TIED and "mahalanobis" in setting:
        # Many controls are equally far. MatchIt takes another one of these, so the distances agree, patient by patient.
        at = {patient: row for row, patient in enumerate(number)}

        def distances(pairs):
            return sorted((a, candidates.distances(at[a], np.array([at[b]]))[0]) for a, b in pairs)

        assert np.array(distances(found)) == pytest.approx(np.array(distances(expected)), rel=1e-8)
        assert len(found & expected) > 0.8 * len(expected)
    else:
        assert found == expected


@pytest.mark.parametrize("setting", WEIGHTS["setting"].unique())
@pytest.mark.parametrize("name", STRATA)
def test_weights_of_sets_are_those_of_matchit(name, setting):
    candidates, number, *_ = matched_as_in_r(name, setting)
    at = {patient: row for row, patient in enumerate(number)}
    in_r = answer(MATCHES, name, setting)  # MatchIt's own sets, so that ties do not matter
    rows, partners = (np.array([at[patient] for patient in in_r[arm]]) for arm in ("treated", "control"))
    weights = set_weights(rows, partners, len(number))
    assert (weights[np.unique(rows)] == 1).all()
    controls = np.flatnonzero(~candidates.treated & (weights > 0))
    expected = answer(WEIGHTS, name, setting).set_index("control")["weight"]
    assert sorted(number[controls]) == sorted(expected.index)
    assert weights[controls] == pytest.approx(expected.loc[number[controls]].to_numpy(), rel=1e-13)
    assert weights[controls].sum() == pytest.approx(len(controls), rel=1e-12)
    assert set(np.flatnonzero(weights)) == {*rows, *controls}


def test_sets_below_the_least_number_of_controls_are_refused_dropped_or_weighted():
    _, scores, _ = study_of("gbsg")
    config = DEFAULT | {"ratio": {"mean": 2.5, "min": 2, "max": 3}}
    with pytest.raises(InputError, match="matched treated patients have fewer than 2 controls"):
        match_patients(scores, config | {"incomplete": "refuse"}, ARMS)
    sizes = {
        way: match_patients(scores, config | {"incomplete": way}, ARMS)[0]["pair"].value_counts() - 1
        for way in ("drop", "weight")
    }
    assert set(sizes["drop"]) == {2, 3} and set(sizes["weight"]) == {1, 2, 3}
    assert len(sizes["drop"]) == (sizes["weight"] > 1).sum()


def test_survival_of_matched_sets_is_that_of_r():
    enrolled, scores, _ = study_of("gbsg")
    matched, _ = match_patients(scores, DEFAULT | {"ratio": 2}, ARMS)
    expected = pd.read_csv(FOLDER / "survival.csv").iloc[0]
    assert matched["pair"].nunique() == expected["sets"]
    endpoints = enrolled[["patient_id"]].assign(endpoint="rfs", time=enrolled["rfstime"], event=enrolled["status"] == 1)
    survival = {"times": [], "conf_type": "log"}
    members = {"matched": matched.drop(columns="weight").rename(columns={"pair": PAIR})}
    table, _ = estimate_survival(endpoints, members, "T", "C", survival, together="set")
    value = table[table["group"] == "T vs C"].set_index(["method", "statistic"])["value"]
    for statistic in ("hazard_ratio", "ci_low", "ci_high"):
        assert value["cox_set_robust", statistic] == pytest.approx(expected[statistic], rel=1e-7)
    assert value["cox_set_robust", "p_value"] == pytest.approx(expected["p_cox"], rel=1e-6)
    assert value["logrank_set_stratified", "p_value"] == pytest.approx(expected["p_logrank"], rel=1e-9)


@pytest.mark.parametrize(
    ("setting", "config"),
    [
        ("incomplete", {"ratio": 2, "incomplete": "weight"}),
        ("variable", {"ratio": {"mean": 1.5, "min": 1, "max": 3}, "incomplete": "refuse"}),
        ("replace_caliper", {"replace": True}),
    ],
)
def test_matched_patients_have_the_weights_of_matchit(setting, config):
    _, scores, _ = study_of("gbsg")
    matched, table = match_patients(scores, DEFAULT | config, ARMS)
    in_r = answer(WEIGHTS, "gbsg", setting).set_index("control")["weight"]
    assert matched["patient_id"].is_unique and in_r.nunique() > 1
    controls = matched[matched["arm"] == "C"].set_index("patient_id")["weight"]
    controls.index = controls.index.astype(int)
    assert controls.sort_index().to_dict() == pytest.approx(in_r.sort_index().to_dict())
    assert set(matched.loc[matched["arm"] == "T", "weight"]) == {1.0}
    assert ("pair" in matched) == (setting != "replace_caliper")
    pairs = table.loc[table["statistic"] == "pairs", "value"].item()
    assert pairs == (matched["arm"] == "T").sum()


OF_ARM = {
    "median": ("", "median"), "median_low": ("", "ci_low"), "median_high": ("", "ci_high"),
    "survival": ("time", "survival"), "survival_low": ("time", "ci_low"), "survival_high": ("time", "ci_high"),
    "at_risk": ("time", "weighted_at_risk"),
}  # fmt: skip
BETWEEN = {
    "hazard_ratio": ("weighted_cox", "hazard_ratio"), "hazard_ratio_low": ("weighted_cox", "ci_low"),
    "hazard_ratio_high": ("weighted_cox", "ci_high"), "p_cox": ("weighted_cox", "p_value"),
    "p_logrank": ("weighted_logrank", "p_value"),
}  # fmt: skip
SETS = {
    "variable": {"ratio": {"mean": 1.5, "min": 1, "max": 3}},
    "incomplete": {"ratio": 2, "incomplete": "weight"},
    "replace_caliper": {"replace": True},
    "replace_ratio_3": {"replace": True, "ratio": 3, "incomplete": "weight"},
}


@pytest.mark.parametrize("setting", SETS)
@pytest.mark.parametrize("name", ["gbsg", "veteran", "lung", "rossi"])
def test_survival_of_sets_of_different_size_is_that_of_r(name, setting):
    expected = answer(pd.read_csv(FOLDER / "sets.csv"), name, setting).set_index("statistic")["value"]
    time = answer(pd.read_csv(FOLDER / "sets.csv"), name, setting)["time"].iloc[0]
    enrolled, scores, _ = study_of(name)
    endpoint = oracles.load(name)[1]["endpoints"][0]
    happened = enrolled[endpoint["event"]] == endpoint["event_value"]
    endpoints = enrolled[["patient_id"]].assign(endpoint="e", time=enrolled[endpoint["time"]] * 1.0, event=happened)
    matched = match_patients(scores, DEFAULT | SETS[setting], ARMS)[0]
    members = {"matched": matched.rename(columns={"pair": PAIR, "weight": WEIGHT})}
    table, _ = estimate_survival(endpoints, members, "T", "C", {"times": [time], "conf_type": "log"})
    found = table.set_index(["group", "level", "method", "statistic"])["value"]
    arms = {"treated": "T", "control": "C"}
    ours = {
        f"{arm}.{key}": found[arms[arm], f"{time:g}" if level else "", "weighted_kaplan_meier", statistic]
        for arm in arms
        for key, (level, statistic) in OF_ARM.items()
    }
    ours |= {key: found["T vs C", "", *place] for key, place in BETWEEN.items()}
    data = enrolled[["patient_id"]].merge(endpoints, on="patient_id").merge(members["matched"], on="patient_id")
    halves = np.where(data["patient_id"].astype(int) % 2 == 0, "even", "odd")
    data["half"] = pd.Categorical(halves, categories=["even", "odd"])
    subgroup = {"variable": "half", "endpoint": "e"}
    rows, _ = analyse_subgroup(data, "half", subgroup, "matched", "T", "C", {"times": [], "conf_type": "log"})
    ours["p_interaction"] = rows.loc[rows["method"] == "weighted_cox_interaction", "value"].item()
    assert ours == {key: pytest.approx(value, rel=1e-9, nan_ok=True) for key, value in expected.items()}
