"""Designs in a config: their populations, their words, and faults in plain words."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from twoarm.config.populations import adjusted, main_of, populations_of
from twoarm.config.prepared import prepare
from twoarm.config.protocol import protocol_errors
from twoarm.config.schema import read_schema

REPO = Path(__file__).parents[2]
SCHEMA = read_schema()
SHIPPED = yaml.safe_load((REPO / "config.yaml").read_text(encoding="utf-8"))
MODEL = {"propensity": {"covariates": ["age"]}}


def errors(designs: dict, **parts) -> list[str]:
    config = deepcopy(SHIPPED) | {"designs": designs} | parts
    if "matched" not in designs:
        config.pop("matching", None)
    return protocol_errors({key: part for key, part in config.items() if part is not None}, SCHEMA)


def test_each_design_has_its_population_and_its_estimand():
    designs = {"matched": {}, "iptw": {"weights": "ate"}, "late": {"label": "Late", "weights": "overlap"}}
    populations = populations_of(MODEL | {"designs": designs | {"adjusted": {"adjust": ["age"]}}})
    assert [population.name for population in populations] == ["enrolled", "matched", "iptw", "late"]
    enrolled, matched, iptw, late = populations
    assert enrolled.label == "Before adjustment" and main_of(populations) == matched
    assert (matched.pairs, matched.weights, iptw.pairs, iptw.weights) == ("pair", "", "", "weight")
    ends = ["in the treated patients who were matched", "in all patients (ATE)", "in the overlap population (ATO)"]
    for population, end in zip(adjusted(populations), ends, strict=True):
        assert population.estimand == f"average treatment effect {end}"
    assert (iptw.when, iptw.inside_sentence) == (
        "with inverse probability weights (ATE)",
        "patients weighted by inverse probability (ATE)",
    )
    assert (late.when, late.inside_sentence) == ("in the design Late", "patients of the design Late")
    assert late.at_start == "In the design Late"


def test_sets_of_a_variable_size_have_weights_and_at_least_one_control():
    config = deepcopy(SHIPPED) | {"matching": {"ratio": {"mean": 2, "max": 3}}}
    prepare(config)
    assert config["matching"]["ratio"] == {"mean": 2, "min": 1, "max": 3}
    matched = populations_of(config)[1]
    assert (matched.pairs, matched.weights) == ("pair", "weight")


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ("ate", "average treatment effect in patients within the limits of the score (ATE)"),
        ("att", "average treatment effect in the treated within the limits of the score (ATT)"),
    ],
)
def test_a_trimmed_design_estimates_the_effect_in_those_who_are_left(weights, words):
    designs = {"whole": {"weights": weights}, "late": {"label": "Late", "weights": weights, "trim": [0.1, 0.9]}}
    _, whole, late = populations_of(MODEL | {"designs": designs})
    assert late.estimand == words and "limits" not in whole.estimand


def test_the_main_design_may_be_any_and_without_matching_it_is_the_first():
    designs = {"iptw": {"weights": "ate"}, "overlap": {"weights": "overlap"}}
    assert main_of(populations_of(MODEL | {"designs": designs})).name == "iptw"
    assert main_of(populations_of(MODEL | {"designs": designs, "main": "overlap"})).name == "overlap"
    adjusted_too = designs | {"adjusted": {"adjust": ["age"]}}
    assert main_of(populations_of(MODEL | {"designs": adjusted_too, "main": "adjusted"})).name == "enrolled"


SOUND = [
    {"matched": {}},
    {"overlap": {"weights": "overlap", "trim": [0.1, 0.9]}},
    {"iptw": {"weights": "ate", "stabilised": True, "truncate": [0.01, 0.99]}, "adjusted": {"adjust": ["age"]}},
]


@pytest.mark.parametrize("designs", SOUND)
def test_sound_designs_have_no_error(designs):
    assert errors(designs) == []


FAULTS = [
    ({"iptw": {}}, "designs.iptw: expected weights (ate, att, overlap or matching) or adjust (a list of covariates)"),
    (
        {"iptw": {"weights": "ate", "adjust": ["age"]}},
        "designs.iptw: expected either weights or adjust, not both; make two designs",
    ),
    (
        {"matched": {"weights": "ate"}},
        "designs.matched.weights: how patients are matched is in `matching`; expected {}",
    ),
    (
        {"overlap": {"weights": "overlap", "stabilised": True}},
        "designs.overlap.stabilised: it has no effect on overlap weights, which are at most 1; remove it",
    ),
    ({"iptw": {"weights": "ate", "truncate": [0.9, 0.1]}}, "designs.iptw.truncate: 0.9 is not below 0.1"),
    (
        {"iptw": {"weights": "ate"}, "adjusted": {"adjust": ["age"], "trim": [0.1, 0.9]}},
        "designs.adjusted.trim: it has no effect without weights",
    ),
    (
        {"iptw": {"weights": "ate"}, "adjusted": {"adjust": ["n_tace"]}},
        "designs.adjusted.adjust: n_tace is measured after treatment start (timing: post_baseline), so the treatment "
        "may have changed it; the adjusted model cannot use it",
    ),
    (
        {"iptw": {"weights": "ate"}, "adjusted": {"adjust": ["agee"]}},
        "designs.adjusted.adjust: no variable 'agee'; did you mean 'age'?",
    ),
    (
        {"enrolled": {"weights": "ate"}},
        "designs.enrolled: the tables of results use this name themselves; choose another",
    ),
    (
        {"a": {"weights": "overlap"}, "b": {"weights": "overlap", "trim": [0.1, 0.9]}},
        "designs.b.label: 'With overlap weights' is also printed for a; give it a `label` of its own",
    ),
    (
        {"adjusted": {"adjust": ["age"]}},
        "propensity: no design matches or weights the patients; add one, or remove the key",
    ),
]


@pytest.mark.parametrize(("designs", "message"), FAULTS)
def test_a_fault_is_said_in_plain_words(designs, message):
    assert errors(designs) == [message]


def test_what_the_designs_do_not_have_is_refused():
    designs = {"overlap": {"weights": "overlap"}}
    assert errors(designs, main="iptw") == ["main: no design 'iptw'; known: overlap"]
    subgroup = {"label": "Dose", "variable": "dose", "endpoint": "pfs", "population": "overlp"}
    assert errors(designs, subgroups={"dose": subgroup}) == [
        "subgroups.dose.population: no population 'overlp'; did you mean 'overlap'?"
    ]
    subgroup["population"] = "matched"
    assert errors(designs, subgroups={"dose": subgroup}) == [
        "subgroups.dose.population: no patients are matched, because `designs` has no `matched: {}`"
    ]
    assert errors(designs, propensity=None) == [
        "designs.overlap: it needs a propensity model; give propensity.covariates"
    ]
    unmatched = deepcopy(SHIPPED) | {"designs": designs}
    assert protocol_errors(unmatched, SCHEMA) == [
        "matching: nobody is matched, because `designs` has no `matched: {}`; add it, or remove the key"
    ]
