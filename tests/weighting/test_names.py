"""A study's variables may be called like the columns of a population's weights and pairs: body weight is no weight."""

import numpy as np
import pandas as pd
import pytest

from baseline.describe_baseline import describe_baseline
from twoarm.config.populations import PAIR, WEIGHT
from twoarm.stats.cox_rows import cox_of

ARMS = {"treated": {"value": "T"}, "control": {"value": "C"}}
BASELINE = {"categorical_test": "auto", "continuous_test": "welch", "tests": {}, "auto": {}}


@pytest.fixture
def data():
    random = np.random.default_rng(1)
    values = {
        "time": random.exponential(size=60),
        "event": random.integers(0, 2, 60),
        "body": random.uniform(40, 99, 60),
    }
    return pd.DataFrame({"patient_id": [f"P{place:02d}" for place in range(60)], "arm": ["T", "C"] * 30, **values})


@pytest.mark.parametrize("name", ["weight", "pair"])
def test_a_covariate_of_that_name_gives_the_same_hazard_ratio(data, name):
    renamed = data.rename(columns={"body": name})
    found, expected = (
        cox_of(table, ["arm", column], {"arm": "C"}).terms for table, column in ((renamed, name), (data, "body"))
    )
    assert np.array_equal(found["hazard_ratio"], expected["hazard_ratio"])
    assert np.array_equal(found["ci_low"], expected["ci_low"])


@pytest.mark.parametrize("columns", [[], [WEIGHT], [WEIGHT, PAIR]])
def test_a_baseline_variable_of_that_name_is_described_like_any_other(data, columns):
    members = data[["patient_id", "arm"]].assign(**{column: np.arange(60) % 7 + 1.0 for column in columns})
    own = describe_baseline(data, {"matched": members}, BASELINE | {"variables": ["body"]}, ARMS)
    renamed = data.rename(columns={"body": "weight"})
    found = describe_baseline(renamed, {"matched": members}, BASELINE | {"variables": ["weight"]}, ARMS)
    assert found["value"].equals(own["value"])
