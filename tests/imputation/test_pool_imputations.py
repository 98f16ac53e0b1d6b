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
POOLED, SIZES, RATES, BALANCE = (
    pd.read_csv(GOLDEN / f"{name}.csv") for name in ("pooled", "sizes", "rates", "balance")
)
SUBGROUPS = pd.read_csv(GOLDEN / "subgroups.csv", keep_default_na=False)
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
    "criteria": ["mrecist"],
    "outcomes": {"early": ("early", None)},
    "subgroups": {
        f"subgroup_{name}_{population}": {"variable": name, "endpoint": "os", "population": population}
        for name in ("gender", "calories")
        for population in ("matched", "iptw")
    },
    "models": {"prognosis": MODEL | {"variables": {name: {} for name in COVARIATES}}},
}


def fixed() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Enrolled patients (with the first values), all imputed values, the endpoint, and the best responses."""
    data = pd.read_csv(REPO / "tests/golden/rubin/imputations.csv")
    data = data.assign(patient_id=data[".id"].astype(str), arm=np.where(data["ph_ecog"] >= 1, "T", "C"))
    bins = pd.cut(data["meal_cal"], [0, 700, 1000, 9999], labels=["low", "middle", "high"], ordered=False)
    gender = pd.Categorical(np.where(data["sex"] == 1, "male", "female"), ["male", "female"])
    data = data.rename(columns={".imp": NUMBER}).assign(calories=bins, gender=gender)
    first = data[data[NUMBER] == 1].reset_index(drop=True)
    # who left before this day has no known outcome
    early = pd.Series(np.where(first["event"] == 1, 1.0, np.nan)).mask(first["time"] > 300, 0)
    endpoints = first[["patient_id", "time", "event"]].assign(endpoint="os")
    best = pd.cut(first["pat_karno"], [0, 65, 75, 85, 100], labels=["PD", "SD", "PR", "CR"]).astype(str)
    responses = first[["patient_id"]].assign(criterion="mrecist", best_response=best)
    # the golden script takes the arm of each data set; a single patient's performance status was imputed
    assert data.groupby("patient_id")["arm"].nunique().max() == 1
    enrolled = first[["patient_id", "arm", *COVARIATES, "calories", "gender"]].assign(early=early)
    return enrolled, data[[NUMBER, "patient_id", *COVARIATES, "calories"]], endpoints, responses


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


def measures(pooled, row: dict, **key) -> None:
    """Compare a row of a golden file with the pooled numbers of a key."""
    for statistic, column in {
        row.get("contrast", "hazard_ratio"): "estimate",
        **{name: name for name in ("ci_low", "ci_high", "p_value", "missing_information", "variance_increase")},
    }.items():
        assert pooled.find(statistic, **key).value == near(float(row[column]), 1e-7)


@pytest.mark.parametrize("row", RATES.to_dict("records"), ids=lambda row: " ".join(list(row.values())[:3]))
def test_pooled_response_rates_and_outcomes_are_those_of_mice(pooled, row):
    variable, level = ("early", "Yes") if row["outcome"] == "early" else ("mrecist", row["outcome"])
    key = {"population": row["population"], "variable": variable, "level": level, "group": "T vs C"}
    name = row["contrast"].replace("risk_difference", "difference")
    methods = {"difference": ("newcombe", "wald_difference"), "risk_ratio": ("katz",), "odds_ratio": ("wald",)}[name]
    measures(pooled, row | {"contrast": name}, methods=methods, **key)


@pytest.mark.parametrize("row", SUBGROUPS.to_dict("records"), ids=lambda row: " ".join(list(row.values())[:3]))
def test_pooled_effects_in_subgroups_and_their_interaction_are_those_of_mice_and_mitml(pooled, row):
    key = {"population": row["population"], "stratum": f"subgroup_{row['subgroup']}_{row['population']}"}
    key |= {"variable": "os", "group": "T vs C", "level": row["level"]}
    if row["level"]:
        measures(pooled, row, methods=("cox",), **key)
    else:
        assert pooled.find("p_value", ("cox_interaction",), **key).value == near(float(row["p_value"]), 1e-7)


def test_mean_and_largest_difference_of_each_variable_are_those_of_r():
    """Before and after; of a variable with levels, the largest of these."""
    balance = {"denominator": "treated", "variables": [*COVARIATES, "calories"]}
    pooled = values_of(pool_imputations(*fixed(), {**STUDY, "balance": balance, "models": {}, "subgroups": {}}))
    for row in BALANCE.to_dict("records"):
        key = {"population": row["population"], "group": "T vs C", "variable": row["variable"]}
        for level in ("mean", "largest"):
            found = pooled.find("largest_smd", level=level, **key).value
            assert found == pytest.approx(row[level], rel=1e-7, abs=1e-9)
    assert pooled.rows(statistic="largest_smd", population="enrolled", variable="") == []


def unmissing() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Three data sets that are the same, as where no value is missing."""
    enrolled, imputed, *outcomes = fixed()
    first = imputed[imputed[NUMBER] == 1]
    return enrolled, pd.concat([first.assign(**{NUMBER: number}) for number in (1, 2, 3)]), *outcomes


def test_without_a_missing_value_pooled_results_are_those_of_the_single_analysis():
    enrolled, imputed, endpoints, responses = unmissing()
    pooled = values_of(pool_imputations(enrolled, imputed, endpoints, responses, STUDY))
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
    shuffled = [table.sample(frac=1, random_state=3) for table in fixed()]
    pd.testing.assert_frame_equal(pool_imputations(*shuffled, STUDY), pool_imputations(*fixed(), STUDY), rtol=1e-9)


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
    enrolled, imputed, *outcomes = fixed()
    broken = imputed.assign(age=imputed["age"].mask(imputed[NUMBER] == 4, 60))
    with pytest.raises(InputError, match="imputed data set 4: propensity: covariate 'age' is the same in all"):
        pool_imputations(enrolled, broken, *outcomes, STUDY)


def test_a_level_that_occurs_in_some_data_sets_only_has_no_pooled_hazard_ratio():
    enrolled, imputed, *outcomes = fixed()
    rare = (imputed[NUMBER] == 1) & (imputed["patient_id"] == "1")
    levels = pd.Categorical(np.where(rare, "rare", np.where(imputed["age"] > 62, "old", "young")))
    model = MODEL | {"variables": {"group": {}}, "population": "enrolled"}
    subgroups = {"subgroup_group": {"variable": "group", "endpoint": "os", "population": "enrolled"}}
    study = {
        **STUDY, "covariates": [], "adjusted": {}, "models": {"prognosis": model}, "subgroups": subgroups,
    }  # fmt: skip
    enrolled, imputed = enrolled.assign(group=levels[: len(enrolled)]), imputed.assign(group=levels)
    table = pool_imputations(enrolled, imputed, *outcomes, study)
    own = table[(table["variable"] == "group") & (table["statistic"] == "hazard_ratio")]
    assert own["value"].isna().all() and set(own["note"]) == {"the data sets differ in the levels that occur"}
    assert (table["variable"] == "arm").any()
    effects = table[(table["stratum"] == "subgroup_group") & (table["statistic"] == "hazard_ratio")].set_index("level")
    assert effects["value"].notna().to_dict() == {"old": True, "rare": False, "young": True}
    assert effects["note"]["rare"] == "the data sets differ in the levels that occur"
    test = table[table["method"] == "cox_interaction"].iloc[0]
    assert np.isnan(test["value"]) and test["note"]


@pytest.mark.parametrize(("least", "few"), [(30, ["low", "middle"]), (1, [])])
def test_a_level_with_few_events_in_a_data_set_has_no_pooled_hazard_ratio(least, few):
    subgroup = STUDY["subgroups"]["subgroup_calories_matched"] | {"min_events": least}
    table = pool_imputations(*fixed(), {**STUDY, "models": {}, "subgroups": {"subgroup_c": subgroup}})
    own = table[(table["stratum"] == "subgroup_c") & (table["statistic"] == "hazard_ratio")].set_index("level")
    assert own.index[own["value"].isna()].tolist() == few
    assert set(own.loc[few, "note"]) <= {f"not computed: fewer than {least} events"}


def rates_of(responders: list[str], population: str) -> dict:
    """The pooled numbers of objective response, if these patients respond: {statistic or `p <method>`: the number}."""
    enrolled, imputed, endpoints, responses = fixed()
    responses = responses.assign(best_response=np.where(responses["patient_id"].isin(responders), "CR", "PD"))
    table = pool_imputations(enrolled, imputed, endpoints, responses, {**STUDY, "models": {}, "subgroups": {}})
    own = table[(table["variable"] == "mrecist") & (table["level"] == "ORR") & (table["population"] == population)]
    names = own["statistic"].mask(own["statistic"] == "p_value", "p " + own["method"])
    return dict(zip(names, zip(own["value"], own["note"], strict=True), strict=True))


@pytest.mark.parametrize("population", ["matched", "iptw"])
def test_without_a_response_there_is_no_pooled_ratio_but_a_reason(population):
    found = rates_of([], population)
    assert found["difference"] == (0, "")
    others = [row for name, row in found.items() if name != "difference"]
    assert len(others) == 5 + 4
    for value, note in others:
        assert np.isnan(value) and note.startswith("no estimate in 5 of 5 imputations; no")


def test_an_empty_cell_in_some_data_sets_has_no_pooled_ratio_but_a_difference():
    """As a ratio does not exist in them, the mean of the others would leave out the most extreme ones."""
    found = rates_of(["4", "2"], "matched")  # a treated patient who is matched in three data sets, and a control
    assert np.isfinite(found["difference"][0]) and np.isfinite(found["p wald_difference"][0])
    for name in ("risk_ratio", "odds_ratio", "p katz", "p wald"):
        reason = "no estimate in 2 of 5 imputations; not estimable: a cell of the table is zero"
        assert np.isnan(found[name][0]) and found[name][1] == reason


def test_a_study_without_endpoints_pools_its_rates():
    enrolled, imputed, _, responses = fixed()
    without = {**STUDY, "models": {}, "subgroups": {}, "adjusted": {}}
    table = pool_imputations(enrolled, imputed, None, responses, without)
    assert {"patients", "pairs", "largest_smd", "difference", "odds_ratio"} < set(table["statistic"])
    assert "hazard_ratio" not in set(table["statistic"])
    whole = pool_imputations(*fixed(), STUDY)
    own = whole[(whole["stratum"] == "") & ~whole["method"].str.contains("cox")]
    pd.testing.assert_frame_equal(table, own.reset_index(drop=True))
