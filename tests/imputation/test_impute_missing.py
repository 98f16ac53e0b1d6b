"""Imputed values are credible, reproducible, and leave what was observed as it is."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imputation.impute_missing import impute_missing, outcomes_of
from twoarm.results.errors import InputError
from twoarm.results.imputed import NUMBER, completed
from twoarm.stats.imputation import cumulative_hazard, imputations

SETTINGS = {"data_sets": 3, "iterations": 2, "seed": 1}


def patients(seed: int = 1, size: int = 90, missing: float = 0.2) -> pd.DataFrame:
    """Patients with a number, a flag and a variable of three levels, each missing in some, and a complete number."""
    random = np.random.default_rng(seed)
    age = random.normal(60, 9, size).round()
    stage = np.digitize(age + random.normal(0, 9, size), [55, 65])
    table = pd.DataFrame(
        {
            "patient_id": [f"P{place}" for place in range(size)],
            "arm": np.where(np.arange(size) % 2 == 0, "T", "C"),
            "age": age,
            "marker": (age / 10 + random.normal(0, 1, size)).round(2),
            "flag": pd.Categorical(np.where(random.random(size) < 0.4, "Yes", "No"), ["Yes", "No"], ordered=True),
            "stage": pd.Categorical(np.array(["I", "II", "III"])[stage], ["I", "II", "III"], ordered=True),
        }
    )
    for name in ("marker", "flag", "stage"):
        table.loc[random.random(size) < missing, name] = np.nan
    return table


NAMES = ["marker", "flag", "stage"]


def outcomes(table: pd.DataFrame) -> pd.DataFrame:
    random = np.random.default_rng(3)
    own = table[["patient_id"]].assign(endpoint="os", time=random.exponential(9, len(table)), event=1)
    return outcomes_of(table, own, None, {})


def imputed(table: pd.DataFrame, **changed) -> pd.DataFrame:
    return impute_missing(table, NAMES, ["marker", "flag", "stage", "age"], outcomes(table), SETTINGS | changed)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.05, 0.6))
def test_observed_values_stay_and_imputed_ones_occur_among_them(seed, missing):
    table = patients(seed, missing=missing)
    found = imputed(table)
    assert len(found) == 3 * len(table)
    for number in (1, 2, 3):
        whole = completed(table, found, number)
        assert whole.notna().all().all()
        assert list(whole) == list(table) and (whole.dtypes == table.dtypes).all()
        for name in NAMES:
            known = table[name].notna()
            assert whole.loc[known, name].equals(table.loc[known, name])
            assert set(whole[name]) == set(table.loc[known, name])


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(random):
    table = patients()
    rows = list(table.index)
    random.shuffle(rows)
    ends = outcomes(table)
    again = impute_missing(table.loc[rows], NAMES, ["marker", "flag", "stage", "age"], ends, SETTINGS)
    assert again.equals(imputed(table))


def test_more_data_sets_do_not_change_the_first_and_a_seed_does():
    table = patients()
    three = imputed(table)
    five = imputed(table, data_sets=5)
    assert five[five[NUMBER] <= 3].equals(three)
    assert not imputed(table, seed=2).equals(three)
    assert (
        not three[three[NUMBER] == 1][NAMES]
        .reset_index(drop=True)
        .equals(three[three[NUMBER] == 2][NAMES].reset_index(drop=True))
    )


def test_imputed_values_follow_the_variables_that_predict_them():
    """Missing where age is high: the mean of the observed is too low, that of the imputed data sets is not."""
    table = patients(size=600, missing=0)
    truth = table["marker"].mean()
    hidden = table.assign(marker=table["marker"].mask((table["age"] > 60) & (np.arange(600) % 3 > 0)))
    found = imputed(hidden, iterations=5, data_sets=10)
    observed, whole = hidden["marker"].mean(), found["marker"].mean()
    assert abs(whole - truth) < 0.3 * abs(observed - truth)


def test_levels_that_another_variable_separates_are_drawn():
    """A perfect predictor has no finite coefficient; the levels drawn are those that it says."""
    size = 200
    number = np.linspace(0, 1, size)
    level = pd.Series(pd.Categorical(np.where(number > 0.5, "high", "low")))
    known = level.mask(np.arange(size) % 5 == 0)
    table = pd.DataFrame({"number": number, "level": known})
    (found,) = imputations(table, 1, 2, 1)
    assert (found["level"] == level).mean() > 0.98
    assert found.loc[known.notna(), "level"].equals(known.dropna())


def test_the_cumulative_hazard_is_that_of_nelson_and_aalen():
    time, event = np.array([2.0, 1.0, 2.0, 4.0, 5.0]), np.array([1, 1, 0, 0, 1])
    after_1, after_2 = 1 / 5, 1 / 5 + 1 / 4
    assert cumulative_hazard(time, event) == pytest.approx([after_2, after_1, after_2, after_2, after_2 + 1])


def test_the_outcomes_are_in_the_model():
    table = patients()
    best = {"patient_id": ["P0", "P1", "P2"], "criterion": "recist", "best_response": ["CR", "PD", "PR"]}
    response = pd.DataFrame(best)
    ends = pd.DataFrame({"patient_id": table["patient_id"], "endpoint": "os", "time": 1.0 + table.index, "event": 1})
    found = outcomes_of(table, ends, response, {"cured": ("flag", None)})
    assert list(found) == ["patient_id", "outcome cured", "event os", "hazard os", "response recist"]
    assert found["response recist"].iloc[:3].tolist() == [1, 0, 1]
    assert found["outcome cured"].isna().equals(table["flag"].isna())
    assert found["hazard os"].is_monotonic_increasing


def test_a_variable_that_few_patients_have_is_refused_by_name():
    table = patients()
    table.loc[table.index[5:], "marker"] = np.nan
    table["flag"] = table["flag"].mask(table["flag"].notna())
    with pytest.raises(InputError) as error:
        imputed(table)
    assert [text.partition(", too few")[0] for text in error.value.errors] == [
        f"imputation: {table['marker'].notna().sum()} of 90 enrolled patients have a value of marker",
        "imputation: 0 of 90 enrolled patients have a value of flag",
    ]
