"""Loads R's answers on public data sets (tests/oracle): data, specification and what R computed."""

import json
from pathlib import Path

import pandas as pd

from twoarm.stats.propensity import propensity_model

FOLDER = Path(__file__).parents[1] / "oracle"
MATCHED = ["lalonde", "gbsg", "veteran", "lung", "rossi", "toy_ties"]  # those with a propensity model


def load(name: str) -> tuple[pd.DataFrame, dict, dict]:
    """Return (data, spec, expected) of the oracle `name`.

    Rows that miss any column which the spec names are dropped, as R analysed them; columns with `levels` in
    the spec are Categorical in that order; the index is a fresh 0..n-1, in the file's order.
    """
    spec = read(name, "spec")
    data = pd.read_csv(FOLDER / name / spec["csv"])
    data = data.dropna(subset=_columns_named(spec)).reset_index(drop=True)
    for column, levels in spec["levels"].items():
        data[column] = pd.Categorical(data[column], categories=levels)
    return data, spec, read(name, "expected")


def scored(name: str) -> tuple:
    """Return (data, treated, logit, coefficients, spec, expected) of an oracle with a propensity model."""
    data, spec, expected = load(name)
    treated = (data[spec["treatment"]["column"]] == spec["treatment"]["treated"]).to_numpy()
    logit, coefficients = propensity_model(data, spec["ps"]["covariates"], treated)
    return data, treated, logit, coefficients, spec, expected


def read(name: str, part: str) -> dict:
    """Read one JSON file of an oracle: spec, expected, match_4.7.2 or match_round10."""
    return json.loads((FOLDER / name / f"{part}.json").read_text(encoding="utf-8"))


def _columns_named(spec: dict) -> list[str]:
    columns = {spec["id"], spec["treatment"]["column"], *spec["binary_outcomes"], *spec["levels"]}
    columns.update(spec.get("ps", {}).get("covariates", []))
    columns.update(spec["table1"]["continuous"] + spec["table1"]["categorical"])
    columns.update(spec["cox"]["covariates"] if "cox" in spec else [])
    columns.update([spec["subgroup"]["column"]] if "subgroup" in spec else [])
    for endpoint in spec["endpoints"]:
        columns.update([endpoint["time"], endpoint["event"]])
    return sorted(columns)
