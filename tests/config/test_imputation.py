"""Which values are imputed and from what, as the config says; and what it may not say."""

from copy import deepcopy

import pytest
import yaml

from runs import REPO
from twoarm.config.filled_in import left_out
from twoarm.config.imputation import imputed, imputed_from, pooled_subgroups
from twoarm.config.prepared import prepare
from twoarm.config.protocol import protocol_errors
from twoarm.config.schema import read_schema

SCHEMA = read_schema()


def study() -> dict:
    """The pooled study, which lacks values of calories, with a third of them as a variable too."""
    config = yaml.safe_load((REPO / "tests/studies/pooled/config.yaml").read_text())
    config["data"]["patients"] = str(REPO / "tests/oracle/lung/data.csv")
    config["variables"]["third"] = {"label": "Third", "from": "calories", "split": "tertiles"}
    config["variables"]["late"] = {
        "label": "Late",
        "kind": "continuous",
        "missing": "allowed",
        "timing": "post_baseline",
    }
    config["variables"]["karnofsky"] = {"label": "K", "kind": "continuous", "column": "ph_karno", "missing": "allowed"}
    return config


def changed(**parts) -> dict:
    config = study()
    for name, part in parts.items():
        config[name] = {**config.get(name, {}), **part}
    return config


def prepared(config: dict) -> dict:
    prepare(config)
    return config


IMPUTED = {"missing": "impute"}
OF_MODEL = {"variables": ["sex", "karnofsky"]}
OF_SUBGROUP = {"third": {"label": "Third", "variable": "third", "endpoint": "os"}}
CALIPER = {"calipers": {"karnofsky": 10}}


@pytest.mark.parametrize(
    ("parts", "names", "out"),
    [
        ({}, [], ["calories"]),
        ({"propensity": IMPUTED}, ["calories"], []),
        ({"propensity": {"missing": {"calories": "impute"}}}, ["calories"], []),
        ({"propensity": {"missing": {"age": "impute"}}}, [], ["calories"]),  # nobody's age may be missing
        ({"propensity": {"missing": "refuse"}}, [], []),
        ({"propensity": {"covariates": ["age", "third"], "missing": "impute"}}, ["third"], []),
        ({"imputation": {"variables": ["karnofsky"]}, "prognosis": OF_MODEL}, ["karnofsky"], ["calories"]),
        (
            {"propensity": IMPUTED, "imputation": {"variables": ["third"]}, "subgroups": OF_SUBGROUP},
            ["calories", "third"],
            [],
        ),
        ({"matching": CALIPER, "propensity": IMPUTED}, ["calories", "karnofsky"], []),
        (
            {"propensity": {"missing": {"calories": "impute"}}, "matching": CALIPER},
            ["calories"],
            ["karnofsky"],
        ),
    ],
)  # fmt: skip
def test_the_policy_decides_who_stays_and_what_is_imputed(parts, names, out):
    config = prepared(changed(**parts))
    assert protocol_errors(changed(**parts), SCHEMA) == []
    assert imputed(config) == names and left_out(config) == out
    excluding = [part["id"] for part in config["eligibility"]["exclusion"]]
    assert excluding == [f"missing:{name}" for name in out]


def test_a_value_is_imputed_from_every_variable_of_a_model_but_not_from_later_ones():
    config = changed(propensity={"missing": "impute"}, imputation={"also_from": ["karnofsky"]})
    config["prognosis"]["variables"] = ["sex", "late"]
    config["designs"] = {"matched": {}, "adjusted": {"adjust": ["weight_loss"]}}
    assert imputed_from(prepared(config)) == ["calories", "age", "sex", "weight_loss", "karnofsky"]


def test_a_subgroup_is_pooled_where_it_differs_between_data_sets():
    """In everybody, and of a variable without imputed values, all data sets are alike."""
    of_all = {"label": "", "endpoint": "os", "population": "enrolled"}
    subgroups = {
        "matched": {"label": "Sex", "variable": "sex", "endpoint": "os"},
        "known": of_all | {"variable": "sex"},
        "filled": of_all | {"variable": "calories"},
    }
    config = prepared(changed(propensity={"missing": "impute"}, subgroups=subgroups))
    assert pooled_subgroups(config) == ["matched", "filled"]
    assert pooled_subgroups(prepared(changed(subgroups={"sex": subgroups["known"]}))) == []


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"imputation": {"variables": ["karnofsky"]}}, "imputation.variables: karnofsky is in no prognosis model,"),
        ({"imputation": {}}, "imputation: no value is imputed; say `missing: impute`"),
        ({"imputation": {"variables": ["sex"]}, "propensity": {"covariates": ["age"]}}, "imputation: no value is"),
        ({"imputation": {"variables": ["nobody"]}}, "imputation.variables: no variable 'nobody'"),
        ({"imputation": {"variables": ["late"]}}, "imputation.variables: late is measured after treatment start"),
        ({"imputation": {"variables": ["calories"]}}, "imputation.variables: calories is a variable of the score or"),
        ({"imputation": {"also_from": ["died"]}}, "imputation: no value is"),
        ({"propensity": {"missing": {"calorie": "impute"}}}, "propensity.missing: no variable 'calorie'; did you mean"),
        ({"propensity": {"missing": {"karnofsky": "impute"}}}, "propensity.missing: karnofsky is no variable"),
        ({"propensity": {"missing": {"calories": "ignore"}}}, "propensity.missing.calories: found 'ignore'"),
        ({"propensity": {"missing": "ignore"}}, "propensity.missing: found 'ignore'; expected one of"),
        ({"propensity": IMPUTED, "imputation": {"data_sets": 1}}, "imputation.data_sets: found 1; expected"),
        ({"propensity": IMPUTED, "imputation": {"sets": 5}}, "imputation.sets: unknown key"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(parts, message):
    config = changed(**deepcopy(parts))
    errors = protocol_errors(config, SCHEMA)
    assert any(error.startswith(message) for error in errors), errors


def test_a_study_without_any_outcome_has_nothing_to_pool_but_one_of_any_kind_is_enough():
    config = changed(propensity={"missing": "impute"})
    del config["endpoints"], config["prognosis"]
    (error,) = protocol_errors(config, SCHEMA)
    assert error.startswith("imputation: results over the imputed data sets are of endpoints, outcomes and responses,")
    assert protocol_errors(config | {"outcomes": {"died": {"label": "Death", "event": "died"}}}, SCHEMA) == []
    best = {"label": "Response", "kind": "categorical", "levels": {"CR": "CR", "PD": "PD"}}
    config["variables"]["best"] = best
    ready_made = {"criteria": {"mrecist": {"best": "best"}}}
    assert protocol_errors(config | {"response": ready_made}, SCHEMA) == []
