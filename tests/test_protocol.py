"""A config's faults are all found before anything runs, each named by its key."""

import copy
from pathlib import Path

import pytest
import yaml

from check_tables import ADVERSE_EVENTS, LESIONS
from twoarm.protocol import protocol_faults, repeated_keys

HOUSE = Path(__file__).parent.parent
SCHEMA = yaml.safe_load((HOUSE / "workflow/schemas/config.schema.yaml").read_text())
SHIPPED = yaml.safe_load((HOUSE / "config.yaml").read_text())


@pytest.fixture(autouse=True)
def _at_home(monkeypatch):
    monkeypatch.chdir(HOUSE)


def changed(path: str, value) -> dict:
    """The shipped config with one key set (value None: deleted)."""
    config = copy.deepcopy(SHIPPED)
    *parents, last = path.split(".")
    part = config
    for parent in parents:
        part = part[int(parent) if isinstance(part, list) else parent]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return config


def test_the_shipped_protocol_has_no_fault():
    assert protocol_faults(SHIPPED, SCHEMA) == []


FAULTS = [
    ("matching.calliper", 0.2, "matching.calliper: unknown key 'calliper'; did you mean 'caliper'?"),
    ("typo", {}, "typo: unknown key 'typo'"),
    ("arms.treated", None, "arms: the key treated is missing"),
    ("matching.caliper", -1, "matching.caliper: found -1"),
    ("matching.caliper", "wide", "matching.caliper: found 'wide'"),
    ("arms.control.value", "TRP", "arms: both arms have the value 'TRP'"),
    ("data.lesions", "nowhere.csv", "data.lesions: there is no file nowhere.csv"),
    ("published", "nowhere.csv", "published: there is no file nowhere.csv"),
    ("variables.age.kind", "number", "variables.age.kind: found 'number'"),
    ("variables.age.range", [120, 0], "variables.age.range: 120 is not below 0"),
    ("variables.sex.levels", {"male": "M", "female": "M"}, "variables.sex.levels: one printed level only"),
    ("variables.ecog.reference", "0", "variables.ecog.reference: no level '0'"),
    ("variables.arm", {"label": "Arm", "kind": "flag"}, "variables.arm: the name is the workflow's own"),
    ("variables.intercept", {"label": "Intercept", "kind": "flag"}, "variables.intercept: the name is the workflow's"),
    ("variables.global", {"label": "Global", "kind": "flag"}, "variables.global: the name is the workflow's own"),
    (
        "arms.treated.value",
        "line=2L",
        "arms.treated.value: 'line=2L' would stand for the arm and for the level",
    ),
    ("variables.line.levels", {"1": "A", "2": "B", "3": "A vs B"}, "subgroups.line.variable: of line, 'A vs B' would"),
    (
        "variables.line.levels",
        {"1": "A", "2": "B vs C", "3": "A vs B", "4": "C"},
        "subgroups.line.variable: of line, 'A vs B vs C' would stand for 'A' against 'B vs C' and for 'A vs B' against",
    ),
    ("variables.line.levels", {"1": "overall", "2": "B"}, "subgroups.line.variable: of line, 'overall' would"),
    ("safety.grades", {"Grade 5": [4, 5]}, "safety.grades.Grade 5: deaths are counted under this name; give [4, 5]"),
    (
        "eligibility.inclusion.0.keep",
        "18 <= age <=",
        "eligibility.inclusion.age: the criterion '18 <= age <=' cannot be",
    ),
    ("eligibility.inclusion.0.keep", "18 <= aeg", "eligibility.inclusion.age: no variable 'aeg'; did you mean 'age'?"),
    ("eligibility.inclusion.1.id", "age", "eligibility.inclusion.age: the id is used twice"),
    ("propensity.covariates", ["age", "n_tace"], "propensity.covariates: n_tace is measured after treatment start"),
    ("propensity.covariates", ["age", "death_date"], "propensity.covariates: death_date is date"),
    ("matching.exact", ["age"], "matching.exact: age is continuous"),
    ("baseline.tests", {"sex": "welch"}, "baseline.tests.sex: welch does not fit a categorical variable"),
    ("baseline.tests", {"weight": "welch"}, "baseline.tests.weight: not in the table:"),
    ("endpoints.pfs.censor", "age", "endpoints.pfs: age is continuous; needed is date"),
    ("endpoints.pfs.events", ["progression:irecist"], "endpoints.pfs.events: progression:irecist needs 'irecist'"),
    ("subgroups.dose.variable", "age", "subgroups.dose.variable: age is continuous"),
    ("subgroups.dose.endpoint", "dfs", "subgroups.dose.endpoint: no endpoint 'dfs'"),
    ("prognosis.keep", ["dosis"], "prognosis.keep: not among the variables: 'dosis'; did you mean 'dose'?"),
    ("eligibility.exclusion.0.drop", "other_malignancy == 'yes'", "eligibility.exclusion.other_cancer: the criterion"),
    ("variables.sex.range", [0, 1], "variables.sex.range: only numbers have a range"),
    (
        "variables.afp.levels",
        {"< 400": "low", "high": "high"},
        "variables.afp.levels: conditions on a number beside the",
    ),
    ("response.new_therapy", "age", "response: age is continuous; needed is date"),
    ("safety.grades", {"Severe": [4, 3]}, "safety.grades.Severe: 4 is above 3"),
    ("data.adverse_events", None, "safety: it is counted from data.adverse_events"),
    ("arms.treated.value", 1, "arms.treated.value: found 1; 1 is not of type 'string': put it in quotes"),
    ("arms.treated.value", "overall", "arms.treated.value: 'overall' stands for both arms together"),
    ("variables.dose.levels", {80: "80mg", 120: "120mg"}, "variables.dose.levels: the key 80 is no text; put it in"),
    # unquoted yes and no are true and false in YAML
    (
        "variables.pvtt",
        {"label": "P", "kind": "categorical", "levels": {True: "Y", False: "N"}},
        "variables.pvtt.levels",
    ),
    ("survival.times", [6, 6], "survival.times: found 'a value'; [6, 6] has non-unique elements"),
    ("safety.terms", ["any"], "safety.terms: 'any' stands for all terms together"),
    ("data.separator", "", "data.separator: found ''"),
    ("data.separator", ";;", "data.separator: found ';;'"),
    ("data.columns", {"adverse_events": {"trem": "CTC"}}, "data.columns.adverse_events: found 'trem'"),
    ("arms.column", "patient_id", "arms.column: patient_id identifies the patient and would be printed"),
    ("data.centre", "patient_id", "data.centre: patient_id identifies the patient and would be printed"),
    ("variables.age.column", "patient_id", "variables.age.column: patient_id identifies the patient and would be"),
    ("arms.treated.label", "Drug {A}", "arms.treated.label: found 'Drug {A}'; braces are Snakemake's own"),
    (
        "eligibility.inclusion.0.label",
        "Age}",
        "eligibility.inclusion.0.label: found 'Age}'; braces are Snakemake's own",
    ),
    ("variables.sex.levels", {"{m": "M", "f": "F"}, "variables.sex.levels: found '{m'; braces are Snakemake's own"),
    ("variables.logit", {"label": "Logit", "kind": "flag"}, "variables.logit: the name is the workflow's own"),
]


@pytest.mark.parametrize(("path", "value", "says"), FAULTS)
def test_a_fault_is_named_by_its_key(path, value, says):
    faults = protocol_faults(changed(path, value), SCHEMA)
    assert len(faults) >= 1
    assert any(fault.startswith(says) for fault in faults), faults


def test_all_faults_are_listed_at_once():
    config = changed("matching.calliper", 0.2)
    config["propensity"]["covariates"] += ["n_tace", "wieght"]
    config["eligibility"]["exclusion"][0]["drop"] = "other malignancy"
    assert len(protocol_faults(config, SCHEMA)) == 4


def test_without_a_propensity_model_nobody_is_matched():
    config = changed("propensity", None)
    del config["matching"]
    config["subgroups"]["dose"]["population"] = "matched"
    assert protocol_faults(config, SCHEMA) == [
        "subgroups.dose.population: nobody is matched, for the config has no propensity model"
    ]


def test_a_variable_named_by_a_number_hides_no_other_fault():
    config = changed("prognosis.variables", ["zzz"])
    config["variables"][1] = {"label": "One", "kind": "flag"}
    assert "variables: the key 1 is no text; put it in quotes" in protocol_faults(config, SCHEMA)


@pytest.mark.parametrize("name", ["time", "event"])
def test_a_variable_that_cox_cannot_tell_from_the_outcome_is_refused(name):
    config = changed("subgroups.dose.variable", name)
    config["variables"][name] = {"label": name, "kind": "flag"}
    config["prognosis"]["variables"].append(name)
    assert protocol_faults(config, SCHEMA) == [
        f"{key}: {name} is the outcome's own name; rename the variable and name the `column`"
        for key in ("subgroups.dose.variable", "prognosis.variables")
    ]


@pytest.mark.parametrize("table", ["lesions", "adverse_events"])
def test_the_schema_knows_the_columns_of_the_tables(table):
    standard = {"lesions": LESIONS, "adverse_events": ADVERSE_EVENTS}[table]
    names = SCHEMA["properties"]["data"]["properties"]["columns"]["properties"][table]["propertyNames"]["enum"]
    assert names == list(standard)


def test_matching_without_a_propensity_model_is_no_silent_wish():
    config = changed("propensity", None)
    assert protocol_faults(config, SCHEMA) == ["matching: nobody is matched without propensity.covariates"]


def test_a_key_that_stands_twice_is_found_at_any_depth():
    text = "study: {name: a}\nvariables: {age: {kind: flag, kind: date}}\nstudy: {name: b}\nlist: [{x: 1, x: 2}]\n"
    assert sorted(repeated_keys(text)) == [
        "list.0.x: the key stands twice",
        "study: the key stands twice",
        "variables.age.kind: the key stands twice",
    ]
    assert repeated_keys((HOUSE / "config.yaml").read_text()) == []


def test_every_key_of_the_schema_is_described():
    def undescribed(schema, path=""):
        for key, part in schema.get("properties", {}).items():
            if isinstance(part, dict):
                if "description" not in part and "$ref" not in part:
                    yield f"{path}.{key}"
                yield from undescribed(part, f"{path}.{key}")

    assert list(undescribed(SCHEMA)) == []
