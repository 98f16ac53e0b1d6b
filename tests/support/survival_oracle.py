"""R's survival answers on the oracle's data sets, before and after matching, as test cases."""

import math

import pytest

import oracles

NAMES = ["gbsg", "veteran", "lung", "rossi", "toy_ties"]
CASES = [(name, when) for name in NAMES for when in ("before", "after")] + [("toy_plateau", "before")]
PAIRED = [(name, "after") for name in NAMES]
SUBGROUPS = [case for case in CASES if case[0] != "toy_plateau"]
TIGHT = 1e-7  # relative; the task's aim is 1e-6


def outcome(name, when):
    """(data with time, event, arm as text and, when matched, pair; spec; R's answers for the endpoint)."""
    data, spec, expected = oracles.load(name)
    endpoint, treatment = spec["endpoints"][0], spec["treatment"]
    if when == "after":
        pairs = expected["match"]["pairs"]
        members = pairs["treated"] + pairs["control"]
        data = data.set_index(spec["id"]).loc[members].reset_index()
        data["pair"] = [*range(len(pairs["treated"]))] * 2
    event = (data[endpoint["event"]] == endpoint["event_value"]).astype(int)
    data = data.assign(time=data[endpoint["time"]].astype(float), event=event)
    arm = data[treatment["column"]].map({treatment["treated"]: "treated", treatment["control"]: "control"})
    data = data.assign(arm=arm, patient_id=data[spec["id"]].astype(str).str.zfill(6))
    return data, spec, expected[when]["survival"][endpoint["name"]]


def first_level(spec):
    """R's reference of every factor: its first level."""
    return {name: levels[0] for name, levels in spec["levels"].items()}


def near(value):
    """R's number for a comparison; R's empty value is NaN."""
    return pytest.approx(math.nan if value is None else value, rel=TIGHT, abs=1e-12, nan_ok=True)


def value_of(table, **key):
    """The one value of a tidy table whose columns are as given."""
    for column, wanted in key.items():
        table = table[table[column] == wanted]
    assert len(table) == 1, f"{key} finds {len(table)} rows"
    return table["value"].item()
