"""Hazard ratios adjusted for covariates are those of R's coxph."""

import numpy as np
import pytest

import oracles
from survival.adjust_hazard_ratio import adjust_hazard_ratio
from tidy import values_of


def test_the_adjusted_hazard_ratio_is_that_of_r():
    data, spec, expected = oracles.load("gbsg")
    column, treated = spec["treatment"]["column"], spec["treatment"]["treated"]
    arm = np.where(data[column] == treated, "T", "C")
    covariates = ["age", "meno", "size", "grade", "nodes", "pgr", "er"]
    categorical = {name: data[name].astype(str).astype("category") for name in ("meno", "grade")}
    enrolled = data.assign(patient_id=data["id"].astype(str), arm=arm, **categorical)
    outcome = {"endpoint": "rfs", "time": data["rfstime"].astype(float), "event": data["status"]}
    table = adjust_hazard_ratio(enrolled, enrolled[["patient_id"]].assign(**outcome),
                                {"own": covariates, "less": ["age"]}, "T", "C")  # fmt: skip
    values = values_of(table)
    terms = expected["before"]["survival"]["rfs"]["cox_multi"]["terms"]
    term = next(term for term in terms if term["variable"] == spec["treatment"]["column"])
    key = {"population": "own", "group": "T vs C", "variable": "rfs"}
    for statistic, name in (("hazard_ratio", "hr"), ("ci_low", "lo"), ("ci_high", "hi"), ("p_value", "p")):
        found = values.find(statistic, ("cox_adjusted",), **key).value
        assert found == pytest.approx(term[name], rel=1e-6), statistic
    less = values.find("hazard_ratio", ("cox_adjusted",), **key | {"population": "less"}).value
    assert less != pytest.approx(term["hr"], rel=1e-3)
    overall = key | {"group": "overall"}
    assert values.find("total", **overall).value == len(data)
    assert values.find("events", **overall).value == data["status"].sum()
