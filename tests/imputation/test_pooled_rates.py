"""The comparison of a rate in one data set, before it is pooled: weights, matched sets and unknown outcomes."""

import math

import numpy as np
import pandas as pd
import pytest

from twoarm.config.populations import PAIR, WEIGHT
from twoarm.stats.pooled_rates import compared, pooled_rate_rows
from twoarm.stats.weighted_tests import weighted_contrasts


def patients(count: int = 60) -> pd.DataFrame:
    """Sets of one treated patient and two controls who have half a weight each."""
    place = np.arange(count)
    weights = np.where(place % 3 == 0, 1, 0.5)
    arm = np.where(place % 3 == 0, "T", "C")
    return pd.DataFrame({"arm": arm, WEIGHT: weights, PAIR: place // 3})


EVENT = pd.Series(np.random.default_rng(5).integers(0, 2, 60).astype(float))


def test_matched_sets_with_weights_are_clusters():
    """As in the analysis of a single data set, and with as many degrees of freedom as clusters less two."""
    sets = patients()
    found = compared(EVENT, sets, "T")
    treated, columns = (sets["arm"] == "T").to_numpy(), (sets[WEIGHT].to_numpy(), sets[PAIR].to_numpy())
    assert found.estimates == weighted_contrasts(EVENT.to_numpy(), treated, *columns)
    assert found.df == 20 - 2
    alone = compared(EVENT, sets.drop(columns=PAIR), "T")
    assert alone.df == 60 - 2 and alone.estimates != found.estimates


def test_who_has_no_known_outcome_is_left_out():
    few = patients().drop(columns=[WEIGHT, PAIR])
    unknown = EVENT.mask(EVENT.index >= 45)
    assert compared(unknown, few, "T") == compared(EVENT[:45], few[:45], "T")
    assert compared(unknown, few, "T").df == 45 - 2


@pytest.mark.parametrize("columns", [[], [WEIGHT], [WEIGHT, PAIR]])
def test_data_sets_that_agree_give_the_result_of_one(columns):
    own = compared(EVENT, patients()[["arm", *columns]], "T")
    rows = {(row["statistic"], row["method"]): row["value"] for row in pooled_rate_rows([own, own, own])}
    methods = {name: method for name, method in rows if name in ("difference", "risk_ratio", "odds_ratio")}
    for statistic, name in zip(methods, ("risk_difference", "risk_ratio", "odds_ratio"), strict=True):
        scale = 100 if statistic == "difference" else 1
        assert rows[statistic, methods[statistic]] == pytest.approx(scale * own.estimates[name].value, rel=1e-12)
        assert rows["variance_increase", methods[statistic]] == pytest.approx(0, abs=1e-12)


def test_a_number_that_does_not_exist_has_a_reason():
    nobody = pd.Series(np.zeros(60))
    own = compared(nobody, patients()[["arm"]], "T")
    rows = {(row["statistic"], row["method"]): row for row in pooled_rate_rows([own, own])}
    assert rows["difference", "wald_difference"]["value"] == 0
    for row in rows.values():
        assert math.isfinite(row["value"]) or row["note"], row
