"""Public data sets with weights from their propensity scores, and R's answers on them (tests/golden/weighting)."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import oracles
from twoarm.stats.propensity import propensity_model
from twoarm.stats.weights import propensity_weights, truncated

FOLDER = Path(__file__).parents[1] / "golden/weighting"
NAMES = ["lalonde", "gbsg", "veteran", "lung", "rossi"]
DESIGNS = ["ate", "att", "ato", "atm", "ate_stabilised", "att_stabilised", "ate_truncated", "att_truncated"]
WEIGHTED = [(name, design) for name in NAMES for design in DESIGNS]
TIGHT = 1e-9  # relative; the task's aim is 1e-6


@cache
def scored(name: str) -> tuple[pd.DataFrame, dict]:
    """(data with treated (bool), logit and, with an endpoint, time and event; spec) of an oracle."""
    data, spec, _ = oracles.load(name)
    treated = (data[spec["treatment"]["column"]] == spec["treatment"]["treated"]).to_numpy()
    logit, _ = propensity_model(data, spec["ps"]["covariates"], treated)
    data = data.assign(treated=treated, logit=logit)
    for endpoint in spec["endpoints"][:1]:
        event = (data[endpoint["event"]] == endpoint["event_value"]).astype(int)
        data = data.assign(time=data[endpoint["time"]].astype(float), event=event)
    return data, spec


def weighted(name: str, design: str) -> tuple[pd.DataFrame, dict]:
    """(the data of `scored` with arm as text and weight; spec). design: an estimand, stabilised or truncated."""
    data, spec = scored(name)
    estimand, _, change = design.partition("_")
    treated = data["treated"].to_numpy()
    weights = propensity_weights(data["logit"].to_numpy(), treated, estimand, change == "stabilised")
    if change == "truncated":
        weights = truncated(weights, 0.01, 0.95, ~treated if estimand == "att" else None)
    return data.assign(arm=np.where(treated, "treated", "control"), weight=weights), spec


def answers(file: str, **key) -> pd.DataFrame:
    """The rows of a file of R's answers whose columns are as given."""
    table = pd.read_csv(FOLDER / file, keep_default_na=True)
    for column, wanted in key.items():
        table = table[table[column] == wanted]
    assert len(table), f"{file} has no answer for {key}"
    return table


def near(value, rel=TIGHT):
    """R's number for a comparison; R's empty value is NaN."""
    return pytest.approx(value, rel=rel, abs=1e-12, nan_ok=True)
