"""Results over imputed data sets against R on fixed imputations (tests/golden/imputation), and what must hold."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtrit

from imputation.pool_imputations import pool_imputations
from matching.fit_propensity import fit_propensity
from matching.match_patients import match_patients
from runs import REPO
from survival.estimate_survival import estimate_survival
from tidy import values_of
from twoarm.config.populations import PAIR, Population
from twoarm.results.errors import InputError
from twoarm.results.imputed import NUMBER
from twoarm.stats.survival import Z
from weighted_oracle import near

GOLDEN = REPO / "tests/golden/imputation"
POOLED, SIZES = (pd.read_csv(GOLDEN / f"{name}.csv") for name in ("pooled", "sizes"))
COVARIATES = ["age", "sex", "meal_cal", "wt_loss"]
ARMS = {"treated": {"value": "T"}, "control": {"value": "C"}}
MATCHING = {
    "method": "nearest", "ratio": 1, "caliper": 0.2, "order": "largest", "replace": False, "incomplete": "refuse",
    "exact": [], "calipers": {}, "covariates": [], "seed": 1,
}  # fmt: skip
POPULATIONS = [
    Population("enrolled", "", "", ""),
    Population("matched", "", "", "", pairs="pair", together="pair"),
    *(Population(name, "", "", "", weights="weight") for name in ("iptw", "overlap")),
]
MODEL = {"population": "matched", "endpoint": "os", "select": "none", "keep": ["arm"], "threshold": "aic"}
STUDY = {
    "arms": ARMS,
    "covariates": COVARIATES,
    "matching": MATCHING,
    "weighted": {"iptw": {"weights": "ate"}, "overlap": {"weights": "overlap"}},
    "adjusted": {"adjusted": COVARIATES},
    "populations": POPULATIONS,
    "balance": {"denominator": "treated", "variables": COVARIATES},
    "models": {"prognosis": MODEL | {"variables": {name: {} for name in COVARIATES}}},
}


def fixed() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Enrolled patients (with the first values), all imputed values, and the endpoint."""
    data = pd.read_csv(REPO / "tests/golden/rubin/imputations.csv")
    data = data.assign(patient_id=data[".id"].astype(str), arm=np.where(data["ph_ecog"] >= 1, "T", "C"))
    data = data.rename(columns={".imp": NUMBER})
    first = data[data[NUMBER] == 1].reset_index(drop=True)
    endpoints = first[["patient_id", "time", "event"]].assign(endpoint="os")
    # the golden script takes the arm of each data set; a single patient's performance status was imputed
    assert data.groupby("patient_id")["arm"].nunique().max() == 1
    return first[["patient_id", "arm", *COVARIATES]], data[[NUMBER, "patient_id", *COVARIATES]], endpoints


@pytest.fixture(scope="module")
def pooled():
    return values_of(pool_imputations(*fixed(), STUDY))


@pytest.mark.parametrize("row", POOLED.to_dict("records"), ids=lambda row: f"{row['analysis']} {row['term']}")
def test_pooled_hazard_ratios_are_those_of_mice(pooled, row):
    population, _, method = row["analysis"].partition(".")
    key = {"population": population, "variable": "os", "group": "T vs C"}
    if population == "prognosis":
        name = "arm" if row["term"] == "treated" else row["term"]
        group = "T vs C" if name == "arm" else "per unit"
        key = {"population": "matched", "stratum": "prognosis", "variable": name, "group": group}
    for statistic in POOLED.columns[2:]:
        assert pooled.find(statistic, (method.removeprefix("weighted_"),), **key).value == near(row[statistic], 1e-7)


def test_sizes_and_balance_of_the_data_sets_are_those_of_r(pooled):
    for level, size in (("median", "median"), ("smallest", "min"), ("largest", "max")):
        assert pooled.find("pairs", population="matched", group="overall", level=level).value == SIZES["pairs"].agg(
            size
        )
        patients = pooled.find("patients", population="matched", group="T", level=level).value
        assert patients == SIZES["pairs"].agg(size)
        for population in ("matched", "iptw", "overlap"):
            found = pooled.find("largest_smd", population=population, group="T vs C", level=level).value
            assert found == pytest.approx(SIZES[population].agg(size), rel=1e-7, abs=1e-9)


def unmissing() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Three data sets that are the same, as where no value is missing."""
    enrolled, imputed, endpoints = fixed()
    first = imputed[imputed[NUMBER] == 1]
    return enrolled, pd.concat([first.assign(**{NUMBER: number}) for number in (1, 2, 3)]), endpoints


def test_without_a_missing_value_pooled_results_are_those_of_the_single_analysis():
    enrolled, imputed, endpoints = unmissing()
    pooled = values_of(pool_imputations(enrolled, imputed, endpoints, STUDY))
    scores, _ = fit_propensity(enrolled, COVARIATES, ARMS)
    matched, _ = match_patients(scores, MATCHING, ARMS, enrolled)
    patients = {"matched": matched.rename(columns={"pair": PAIR})[["patient_id", "arm", PAIR]]}
    single = values_of(estimate_survival(endpoints, patients, "T", "C", {"times": [], "conf_type": "log"})[0])
    key = {"population": "matched", "variable": "os", "group": "T vs C"}
    for method in ("cox", "cox_pair_robust"):
        ratio, low, high = (
            [values.find(part, (method,), **key).value for values in (pooled, single)]
            for part in ("hazard_ratio", "ci_low", "ci_high")
        )
        assert ratio[0] == near(ratio[1], 1e-12)
        assert pooled.find("variance_increase", (method,), **key).value == pytest.approx(0, abs=1e-12)
        # the interval is t instead of normal, as mice's, with the events less the coefficient as degrees of freedom
        events = single.find("events", population="matched", variable="os", group="overall").value
        wider = stdtrit(events - 1, 0.975) / Z
        assert np.log(high[0] / low[0]) == pytest.approx(wider * np.log(high[1] / low[1]), rel=1e-3)


def test_the_order_of_rows_and_of_data_sets_does_not_matter():
    enrolled, imputed, endpoints = fixed()
    shuffled = [table.sample(frac=1, random_state=3) for table in (enrolled, imputed, endpoints)]
    pd.testing.assert_frame_equal(
        pool_imputations(*shuffled, STUDY), pool_imputations(enrolled, imputed, endpoints, STUDY), rtol=1e-9
    )


@pytest.mark.parametrize(
    ("changes", "selected"),
    [
        ({"select": 0.05}, ["arm"]),
        ({"select": 0.2}, ["arm", "sex"]),
        ({"select": 0.05, "keep": []}, ["arm"]),
        ({"select": 0.0001, "keep": []}, []),
        ({"select": "backward", "threshold": 0.05, "keep": ["arm", "age"]}, ["arm", "age", "sex"]),  # sex: in 3 of 5
        ({"select": "backward", "threshold": "aic"}, ["arm", "sex"]),
        ({"select": "none"}, ["arm", *COVARIATES]),
    ],
)
def test_a_model_has_the_variables_that_it_selects_over_all_data_sets(changes, selected):
    study = {**STUDY, "models": {"prognosis": STUDY["models"]["prognosis"] | changes}}
    table = pool_imputations(*fixed(), study)
    own = table[(table["method"] == "cox_multivariable") & (table["statistic"] == "hazard_ratio")]
    assert own["variable"].tolist() == selected
    if changes["select"] == 0.2:  # neither of a single data set's P, nor their mean
        alone = table[(table["method"] == "cox_univariable") & (table["statistic"] == "p_value")]
        assert set(alone.loc[alone["value"] < 0.2, "variable"]) == {"arm", "sex"}


def test_a_design_that_fails_in_one_data_set_names_it():
    enrolled, imputed, endpoints = fixed()
    broken = imputed.assign(age=imputed["age"].mask(imputed[NUMBER] == 4, 60))
    with pytest.raises(InputError, match="imputed data set 4: propensity: covariate 'age' is the same in all"):
        pool_imputations(enrolled, broken, endpoints, STUDY)


def test_a_level_that_occurs_in_some_data_sets_only_has_no_pooled_hazard_ratio():
    enrolled, imputed, endpoints = fixed()
    rare = (imputed[NUMBER] == 1) & (imputed["patient_id"] == "1")
    levels = pd.Categorical(np.where(rare, "rare", np.where(imputed["age"] > 62, "old", "young")))
    model = MODEL | {"variables": {"group": {}}, "population": "enrolled"}
    study = {**STUDY, "covariates": [], "adjusted": {}, "models": {"prognosis": model}}
    table = pool_imputations(
        enrolled.assign(group=levels[: len(enrolled)]), imputed.assign(group=levels), endpoints, study
    )
    own = table[(table["variable"] == "group") & (table["statistic"] == "hazard_ratio")]
    assert own["value"].isna().all() and set(own["note"]) == {"the data sets differ in the levels that occur"}
    assert (table["variable"] == "arm").any()


def test_a_study_without_endpoints_pools_its_sizes_and_balance():
    enrolled, imputed, _ = fixed()
    table = pool_imputations(enrolled, imputed, None, {**STUDY, "models": {}})
    assert set(table["statistic"]) == {"patients", "pairs", "largest_smd"}
