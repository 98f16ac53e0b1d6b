"""Balance: against MatchIt, cobalt and tableone, and what the stage reports."""

import csv

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from matching import assess_balance
from twoarm.results.statistics import write_statistics
from twoarm.stats.balance import columns_of, mahalanobis_smd, smd, spread, variance_ratio
from twoarm.stats.imbalance import INFINITE, judged, named, unbalanced
from twoarm.stats.propensity import propensity_model

ARMS = {"treated": {"value": "T", "label": "Treated"}, "control": {"value": "C", "label": "Control"}}
LIMITS = {"denominator": "treated", "smd": 0.1, "variance_ratio": [0.5, 2]}


def study(name):
    """An oracle as the workflow has it: enrolled, propensity, populations (R's own pairs)."""
    data, spec, expected = oracles.load(name)
    treated = data[spec["treatment"]["column"]] == spec["treatment"]["treated"]
    covariates = spec["ps"]["covariates"]
    logit, _ = propensity_model(data, covariates, treated.to_numpy())
    # two-valued columns are 0/1 in the file; the workflow has flags as Categorical
    enrolled = data[covariates].apply(lambda c: c if c.nunique() > 2 else c.astype("category"))
    enrolled = enrolled.assign(patient_id=data["id"].map("{:05d}".format), arm=np.where(treated, "T", "C"))
    propensity = enrolled[["patient_id"]].assign(logit=logit)
    pairs = expected["match"]["pairs"]
    matched = enrolled[data["id"].isin(pairs["treated"] + pairs["control"])]
    return enrolled, propensity, {"enrolled": enrolled, "matched": matched}, {name: {} for name in covariates}, expected


def table_of(name, denominator="treated"):
    *tables, expected = study(name)
    table = assess_balance.assess_balance(*tables, LIMITS | {"denominator": denominator}, ARMS)
    assert set(table["method"]) >= {f"smd_{denominator}", "descriptive"}
    return table.set_index(["population", "variable", "level", "statistic", "method"])["value"], expected


@pytest.mark.parametrize("denominator", ["treated", "pooled"])
@pytest.mark.parametrize("name", oracles.MATCHED)
def test_differences_and_ratios_are_those_of_cobalt(name, denominator):
    value, expected = table_of(name, denominator)
    rows = pd.DataFrame(expected["balance"][f"cobalt_{denominator}"]["rows"])
    variables = set(value.index.get_level_values("variable"))
    for row in rows.to_dict("records"):
        variable, level = row["name"], ""
        if variable == "distance":
            variable = "logit"
        elif variable not in variables:  # cobalt's race_black
            variable, level = variable.rsplit("_", 1)
        elif row["type"] == "Binary":
            level = "1"
        for population, suffix in (("enrolled", "un"), ("matched", "adj")):
            found = value[population, variable, level, "smd", f"smd_{denominator}"]
            assert found == pytest.approx(row[f"diff_{suffix}"], rel=1e-8, abs=1e-9)
            if row["type"] != "Binary":
                found = value[population, variable, "", "variance_ratio", "descriptive"]
                assert found == pytest.approx(row[f"vr_{suffix}"], rel=1e-8)


@pytest.mark.parametrize("name", oracles.MATCHED)
def test_differences_are_those_of_matchit(name):
    value, expected = table_of(name)
    for population, when in (("enrolled", "before"), ("matched", "after")):
        answer = expected["balance"]["matchit"][when]
        by_name = dict(zip(answer["name"], answer["Std. Mean Diff."], strict=True))
        for (where, variable, level, statistic, method), found in value.items():
            if (where, statistic, method) == (population, "smd", "smd_treated"):
                name_in_r = "distance" if variable == "logit" else variable + level
                if name_in_r not in by_name:  # a two-valued column has one row
                    name_in_r = variable
                    found = found if level == "1" else -found
                assert found == pytest.approx(by_name[name_in_r], rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", oracles.MATCHED)
def test_whole_categorical_is_that_of_tableone(name, when):
    _, _, populations, _, expected = study(name)
    sample = populations["enrolled" if when == "before" else "matched"]
    for variable, answer in expected[when]["table1"]["categorical"].items():
        found = mahalanobis_smd(sample[variable], sample["arm"].eq("T").to_numpy())
        assert found == pytest.approx(answer["smd_own_sample_mahalanobis"], rel=1e-9)


def tiny():
    enrolled = pd.DataFrame(
        {
            "patient_id": list("abcdefgh"),
            "arm": list("TTTTCCCC"),
            "age": [50.0, 60, 70, 80, 40, 60, 65, 75],
            "sex": pd.Categorical(list("MMMFMFFF"), categories=["M", "F", "unknown"]),
            "sessions": [1.0, 9, 9, 9, 1, 1, 1, 2],
        }
    )
    propensity = enrolled[["patient_id"]].assign(logit=[0.1, 0.2, 0.3, 0.9, -0.5, 0.1, 0.2, 0.3])
    variables = {"age": {}, "sex": {}, "sessions": {"timing": "post_baseline"}}
    populations = {"enrolled": enrolled, "matched": enrolled[enrolled["patient_id"].isin(list("abcfgh"))]}
    return enrolled, propensity, populations, variables


def test_denominator_stays_that_of_the_unmatched_sample():
    table = assess_balance.assess_balance(*tiny(), LIMITS, ARMS)
    value = table.set_index(["population", "variable", "level", "statistic", "method"])["value"]
    sd_before = np.std([50, 60, 70, 80], ddof=1)
    assert value["enrolled", "age", "", "smd", "smd_treated"] == pytest.approx((65 - 60) / sd_before)
    assert value["matched", "age", "", "smd", "smd_treated"] == pytest.approx((60 - 200 / 3) / sd_before)
    assert value["matched", "sex", "M", "smd", "smd_treated"] == pytest.approx(1 / np.sqrt(0.75 * 0.25))
    assert value["matched", "sex", "F", "smd", "smd_treated"] == -value["matched", "sex", "M", "smd", "smd_treated"]
    assert "unknown" not in set(table["level"])


def test_what_is_beyond_the_limits_is_counted_and_named():
    table = assess_balance.assess_balance(*tiny(), LIMITS, ARMS)
    row = table[(table["statistic"] == "imbalanced") & (table["population"] == "matched")].iloc[0]
    assert row["value"] == 2
    assert row["note"] == "age: SMD -0.516; sex: SMD 2.309 (M)"
    lax = LIMITS | {"smd": 3, "variance_ratio": [0.1, 10]}
    table = assess_balance.assess_balance(*tiny(), lax, ARMS)
    assert (table[table["statistic"] == "imbalanced"]["value"] == 0).all()
    strict_ratio = lax | {"variance_ratio": [1.5, 2]}
    table = assess_balance.assess_balance(*tiny(), strict_ratio, ARMS)
    row = table[(table["statistic"] == "imbalanced") & (table["population"] == "enrolled")].iloc[0]
    assert row["note"] == "age: variance ratio 0.77"


def imbalance_of(age, limits=LIMITS):
    """The enrolled patients' row on imbalance for these ages, treated first."""
    enrolled, propensity, populations, variables = tiny()
    table = assess_balance.assess_balance(
        enrolled.assign(age=np.array(age, float)), propensity, populations, {"age": variables["age"]}, limits, ARMS
    )
    rows = table[table["population"] == "enrolled"].set_index("statistic")
    return rows.loc["imbalanced"], table[(table["statistic"] == "variance_ratio") & (table["variable"] == "age")].iloc[
        0
    ]


@pytest.mark.parametrize(
    ("treated", "said"),
    [
        ([0, 0, 10, 10], ""),
        ([-2.1, -2.1, 12.1, 12.1], "variance ratio 2.02"),
        ([1.5, 1.5, 8.5, 8.5], "variance ratio 0.49"),
        ([5, 5, 5, 5], "variance ratio 0.00"),
    ],
)
def test_a_variance_ratio_beyond_either_limit_is_imbalance(treated, said):
    row, _ = imbalance_of([*treated, 0, 0, 10, 10], LIMITS | {"smd": 9})
    assert (row["value"], row["note"]) == (float(bool(said)), f"age: {said}" if said else "")


@pytest.mark.parametrize("statistic", ["smd", "variance_ratio"])
@pytest.mark.parametrize("low", [0.25, 0.5])
def test_a_number_on_its_limit_is_within_it(statistic, low):
    limits = {"smd": 0.25, "variance_ratio": [low, 2]}
    within, beyond = {"smd": ([0.25, -0.25], [0.2501, -0.2501])}.get(
        statistic, ([low, 1, 2], [low - 1e-9, 2 + 1e-9, 0, 1e9])
    )
    for values, is_beyond in ((within, False), (beyond, True)):
        for value in values:
            row = {"variable": "age", "statistic": statistic, "method": "descriptive", "level": "", "note": ""}
            found = unbalanced([row | {"value": value}], ["age"], limits)
            assert [own.value for own in found.get("age", [])] == [value] * is_beyond


def test_an_infinite_variance_ratio_is_empty_with_a_note_and_is_imbalance():
    row, ratio = imbalance_of([1, 2, 8, 9, 5, 5, 5, 5])
    assert np.isnan(ratio["value"]) and ratio["note"] == INFINITE
    assert (row["value"], row["note"]) == (1, "age: variance ratio infinite")


def test_of_arms_that_do_not_vary_no_ratio_is_reported():
    row, ratio = imbalance_of([0.1] * 8)
    assert np.isnan(ratio["value"]) and ratio["note"].startswith("not estimable: no arm varies")
    assert (row["value"], row["note"]) == (0, "")


def test_what_is_unbalanced_is_the_same_from_the_file_and_from_the_table(tmp_path):
    """The terminal reads the file's text, the report the table: both name what the statistics counted."""
    enrolled, propensity, populations, variables = tiny()
    table = assess_balance.assess_balance(enrolled, propensity, populations, variables, LIMITS, ARMS)
    write_statistics(table, tmp_path / "balance.csv")
    with (tmp_path / "balance.csv").open() as file:
        from_file = [row for row in csv.DictReader(file) if row["population"] == "matched"]
    from_table = table[table["population"] == "matched"].to_dict("records")
    said = [named(unbalanced(rows, judged(variables), LIMITS)) for rows in (from_file, from_table)]
    assert said == ["age: SMD -0.516; sex: SMD 2.309 (M)"] * 2


def test_row_order_never_matters():
    enrolled, propensity, populations, variables = tiny()

    def shuffled(table):
        return table.sample(frac=1, random_state=4)

    others = {name: shuffled(table) for name, table in populations.items()}
    expected = assess_balance.assess_balance(enrolled, propensity, populations, variables, LIMITS, ARMS)
    found = assess_balance.assess_balance(shuffled(enrolled), shuffled(propensity), others, variables, LIMITS, ARMS)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_no_spread_is_empty_with_a_note_and_counts_as_imbalanced():
    enrolled, propensity, populations, variables = tiny()
    enrolled = enrolled.assign(age=[5.0, 5, 5, 5, 1, 2, 3, 4])
    table = assess_balance.assess_balance(enrolled, propensity, populations, variables, LIMITS, ARMS)
    row = table[(table["variable"] == "age") & (table["statistic"] == "smd")].iloc[0]
    assert np.isnan(row["value"])
    assert row["note"] == "not estimable: the standard deviation that divides it is zero"
    note = table[table["statistic"] == "imbalanced"]["note"].iloc[0]
    assert note.startswith("age: SMD not estimable, variance ratio 0.00")


def test_missing_values_are_left_out():
    values = pd.Series(pd.Categorical(["a", "b", None, "a"]))
    assert np.isnan(columns_of(values)["a"]).tolist() == [False, False, True, False]
    numbers, treated = np.array([1.0, 3, np.nan, 4, 8]), np.array([True, True, True, False, False])
    assert smd(numbers, treated, spread(numbers, treated, "treated", binary=False)) == pytest.approx(-4 / np.sqrt(2))
    assert variance_ratio(numbers, treated) == pytest.approx(2 / 8)


def test_complete_separation_has_no_mahalanobis_difference():
    values = pd.Series(pd.Categorical(["a", "a", "b", "b"]))
    assert np.isnan(mahalanobis_smd(values, np.array([True, True, False, False])))
    assert mahalanobis_smd(pd.Series(pd.Categorical(["a"] * 4)), np.array([True, True, False, False])) == 0


@settings(max_examples=50)
@given(
    numbers=st.lists(st.integers(-50, 50), min_size=6, max_size=30),
    scale=st.sampled_from([0.01, 1, 1000]),
    seed=st.integers(0, 99),
)
def test_difference_has_no_unit_and_changes_sign_with_the_arms(numbers, scale, seed):
    numbers = np.array(numbers, float)
    treated = np.random.default_rng(seed).permutation(np.arange(len(numbers)) % 2 == 0)
    one = spread(numbers, treated, "pooled", binary=False)
    if one == 0:
        return
    found = smd(numbers, treated, one)
    scaled = numbers * scale + 7
    assert smd(scaled, treated, spread(scaled, treated, "pooled", binary=False)) == pytest.approx(found, abs=1e-9)
    assert smd(numbers, ~treated, spread(numbers, ~treated, "pooled", binary=False)) == pytest.approx(-found)
