"""Values of `snakemake --config` get the schema's types, and errors name their key."""

from pathlib import Path

import pytest
import yaml
from snakemake.cli import parse_config
from snakemake.utils import update_config

from runs import REPO
from twoarm.config.command_line import read_given
from twoarm.config.schema import read_schema
from twoarm.config.schema_errors import schema_errors

SCHEMA = read_schema()
READ = {  # as typed after --config: what the config has afterwards
    "a number": ("matching={caliper: 0.1}", {"caliper": 0.1}),
    "a whole number": ("matching={ratio: 2}", {"ratio": 2}),
    "whole numbers of an object": ("matching={ratio: {mean: 1.5, max: 3}}", {"ratio": {"mean": 1.5, "max": 3}}),
    "null": ("matching={caliper: null}", {"caliper": None}),
    "true": ("matching={replace: true}", {"replace": True}),
    "a text": ("matching={order: random}", {"order": "random"}),
    "a list of texts": ("matching={exact: [sex, '1']}", {"exact": ["sex", "1"]}),
    "a list of numbers": ("survival={times: [6, 12.5]}", {"times": [6, 12.5]}),
    "an object in a list": (
        "eligibility={exclusion: [{id: a, label: 1, drop: x == 1}]}",
        {"exclusion": [{"id": "a", "label": "1", "drop": "x == 1"}]},
    ),
    "several levels": (
        "variables={age: {label: 1, range: [0, 120], levels: {1: 2}}}",
        {"age": {"label": "1", "range": [0, 120], "levels": {"1": "2"}}},
    ),
    "a text that looks like a number": ("arms={treated: {value: 010}}", {"treated": {"value": "010"}}),
    "a reference": ("prognosis={population: matched}", {"population": "matched"}),
    "a number, or one for each criterion": ("response={pd_ratio: 1.3}", {"pd_ratio": 1.3}),
    "one for each criterion": ("response={pd_ratio: {mrecist: 1.3}}", {"pd_ratio": {"mrecist": 1.3}}),
    "quoted twice": ("matching='{caliper: 0.1, exact: [sex]}'", {"caliper": 0.1, "exact": ["sex"]}),
    "JSON": ('matching={"caliper": 0.1}', {"caliper": 0.1}),
    "a file": ("published=other.csv", "other.csv"),
}
FAULTS = {
    "an open brace": (
        "matching={caliper: 0.1",
        "--config matching line 1: found '{caliper: 0.1', which is not valid YAML",
    ),
    "an octal number": (
        "matching={caliper: 010}",
        "--config matching.caliper line 1: found '010', which YAML reads as 8",
    ),
    "an open bracket inside": (
        "matching={exact: '[sex'}",
        "--config matching.exact line 1: found '[sex', which is not",
    ),
    "a wrong word": ("matching={caliper: wide}", "matching.caliper: found 'wide'; expected a number above 0 or null"),
    "a list for a number": ("matching={caliper: [1]}", "matching.caliper: found a list; expected a number above 0"),
    "a number for keys": ("matching=5", "matching: found 5; expected keys with values"),
    "a word for keys": ("matching=nearest", "matching: found 'nearest'; expected keys with values"),
    "nothing": ("matching=", "matching: found nothing; expected keys with values"),
    "an unknown key": (
        "matching={calliper: 0.1}",
        "matching.calliper: unknown key 'calliper'; did you mean 'caliper'",
    ),
    "no blank": ("matching={caliper:0.1}", "matching.caliper:0.1: unknown key 'caliper:0.1'; did you mean 'caliper'"),
    "an unknown section": ("matched={caliper: 0.1}", "matched: unknown key 'matched'; did you mean 'matching'?"),
}


@pytest.mark.parametrize(("entry", "value"), READ.values(), ids=READ.keys())
def test_a_value_is_what_the_schema_wants(entry, value):
    given, errors = read_given(parse_config([entry]), SCHEMA)
    assert errors == []
    assert given == {entry.partition("=")[0]: value}


@pytest.mark.parametrize(("entry", "says"), FAULTS.values(), ids=FAULTS.keys())
def test_an_error_names_its_key_and_what_was_found(entry, says):
    """The first message that a run with the shipped config would print."""
    given, errors = read_given(parse_config([entry]), SCHEMA)
    if not errors:
        config = yaml.safe_load(Path(REPO / "config.yaml").read_text(encoding="utf-8"))
        update_config(config, given)
        errors, _ = schema_errors(config, SCHEMA)
    assert [fault[: len(says)] for fault in errors] == [says]
