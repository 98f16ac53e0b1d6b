"""The weights of a design: whom they keep, what they sum to, how extreme they are, and what stops them."""

import numpy as np
import pandas as pd
import pytest

from tidy import values_of
from twoarm.results.errors import InputError
from twoarm.stats.propensity import probability
from weighting.weight_patients import weight_patients

ARMS = {"treated": {"value": "T"}, "control": {"value": "C"}}


def scores(logit) -> pd.DataFrame:
    logit = np.asarray(logit, float)
    arm = np.where(np.arange(len(logit)) % 2, "T", "C")
    ids = [f"P{place:03d}" for place in range(len(logit))]
    return pd.DataFrame({"patient_id": ids, "arm": arm, "propensity": probability(logit), "logit": logit})


def found(table, statistic, group="overall"):
    return values_of(table).find(statistic, population="own", group=group)


def test_trimmed_patients_are_left_out_and_counted_and_truncated_weights_too():
    given = scores(np.linspace(-3, 3, 40))
    design = {"weights": "ate", "trim": [0.1, 0.9], "truncate": [0.05, 0.95]}
    weighted, table = weight_patients(given, "own", design, ARMS)
    inside = given["propensity"].between(0.1, 0.9)
    assert list(weighted["patient_id"]) == list(given.loc[inside, "patient_id"])
    assert found(table, "trimmed").value == (~inside).sum() > 0
    raw = 1 / np.where(weighted["arm"] == "T", weighted["propensity"], 1 - weighted["propensity"])
    low, high = np.quantile(raw, [0.05, 0.95])
    assert weighted["weight"].to_numpy() == pytest.approx(np.clip(raw, low, high))
    assert found(table, "truncated").value == ((raw < low) | (raw > high)).sum() > 0
    of_arm = weighted.loc[weighted["arm"] == "T", "weight"]
    assert found(table, "effective_size", "T").value == pytest.approx(of_arm.sum() ** 2 / (of_arm**2).sum())
    assert found(table, "largest", "T").value == of_arm.max()


def test_a_patient_with_much_of_an_arms_weight_is_told():
    _, table = weight_patients(scores([*np.zeros(40), 6]), "own", {"weights": "ate"}, ARMS)
    assert found(table, "largest", "C").note.startswith("one patient has 9")
    assert found(table, "largest", "T").note == found(table, "largest").note == ""


def test_the_order_of_the_rows_does_not_matter():
    given = scores(np.linspace(-2, 2, 30))
    first = weight_patients(given, "own", {"weights": "overlap"}, ARMS)
    second = weight_patients(given.sample(frac=1, random_state=1), "own", {"weights": "overlap"}, ARMS)
    for table, other in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(table, other)


@pytest.mark.parametrize(
    ("logit", "design", "message"),
    [
        (
            [-3, 3] * 20,
            {"weights": "ate", "trim": [0.01, 0.5]},
            "designs.own.trim: it leaves out all patients of an arm",
        ),
        ([0, 0, 0, -800], {"weights": "ate"}, "designs.own: the weights of 1 patients are too extreme for a number"),
    ],
)
def test_weights_that_cannot_be_used_stop_the_run(logit, design, message):
    with pytest.raises(InputError, match=message):
        weight_patients(scores(logit), "own", design, ARMS)
