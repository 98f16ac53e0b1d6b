"""The schema gives a config its defaults, as Snakemake would."""

import json
from copy import deepcopy

import pytest
import yaml
from jsonschema import ValidationError
from snakemake.utils import validate

from runs import REPO
from twoarm.config.schema import SCHEMA, fill_in_defaults, read_schema

CONFIGS = [REPO / "config.yaml", *sorted((REPO / "tests/studies").glob("*/config.yaml"))]


def config_of(path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.parent.name)
def test_the_defaults_are_those_that_snakemake_fills_in(path):
    ours, of_snakemake = config_of(path), config_of(path)
    fill_in_defaults(ours)
    validate(of_snakemake, SCHEMA)
    assert json.dumps(ours) == json.dumps(of_snakemake)  # in the same order, too
    assert ours != config_of(path)


def test_no_config_changes_the_schema():
    before, config = deepcopy(read_schema()), config_of(REPO / "config.yaml")
    fill_in_defaults(config)
    config["study"]["abbreviations"]["x"] = "changed"
    config["outcomes"]["x"] = {"label": "changed"}
    assert read_schema() == before == yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))


def test_a_config_that_does_not_fit_is_refused():
    with pytest.raises(ValidationError, match="sharpest"):
        fill_in_defaults(config_of(REPO / "config.yaml") | {"matching": {"method": "sharpest"}})
