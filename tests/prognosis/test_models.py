"""One prognosis model or several: their names, labels, errors and files."""

from copy import deepcopy

import pytest
import yaml

from runs import REPO
from twoarm.config.command_line import read_given
from twoarm.config.prognosis import model_labels, models_of, variables_of_models
from twoarm.config.protocol import protocol_errors
from twoarm.config.schema import fill_in_defaults, read_schema

SCHEMA = read_schema()
SHIPPED = yaml.safe_load((REPO / "config.yaml").read_text(encoding="utf-8"))
PFS = {"endpoint": "pfs", "variables": ["age", "sex"]}
OS = {"endpoint": "os", "variables": ["sex", "bclc"], "select": "backward", "threshold": 0.1, "population": "enrolled"}


def study(prognosis: dict) -> dict:
    return deepcopy(SHIPPED | {"prognosis": prognosis})


@pytest.fixture(autouse=True)
def folder(monkeypatch):
    monkeypatch.chdir(REPO)


def test_a_single_model_is_called_as_its_analysis():
    assert models_of(study(PFS)) == {"prognosis": ("prognosis", PFS)}
    assert models_of({}) == {}


def test_several_models_have_their_own_names_and_places():
    config = study({"pfs": PFS, "os": OS})
    assert protocol_errors(config, SCHEMA) == []
    assert models_of(config) == {"prognosis_pfs": ("prognosis.pfs", PFS), "prognosis_os": ("prognosis.os", OS)}
    assert variables_of_models(config) == ["age", "sex", "bclc"]
    assert model_labels(config) == {
        "prognosis_pfs": "Progression-free survival, matched patients",
        "prognosis_os": "Overall survival, enrolled patients",
    }
    alike = model_labels(study({"short": PFS, "long": PFS}))
    assert list(alike.values()) == [
        f"Progression-free survival, matched patients ({name})" for name in ("short", "long")
    ]


def test_backward_elimination_is_refused_where_patients_have_weights():
    config = study({"pfs": PFS, "os": OS | {"population": "iptw"}}) | {"designs": {"iptw": {"weights": "ate"}}}
    config["prognosis"]["pfs"] = PFS | {"population": "iptw"}
    del config["published"], config["matching"]
    [error] = [error for error in protocol_errors(config, SCHEMA) if "prognosis" in error]
    assert error.startswith("prognosis.os.select: the patients of iptw are weighted, where neither AIC nor")


@pytest.mark.parametrize("prognosis", [PFS, {"pfs": PFS, "os": {"endpoint": "os", "variables": ["sex"]}}])
def test_the_defaults_are_filled_into_every_model(prognosis):
    config = study(prognosis)
    fill_in_defaults(config)
    for _, model in models_of(config).values():
        assert (model["select"], model["keep"], model["threshold"]) == (0.05, ["arm"], "aic")


@pytest.mark.parametrize(
    ("prognosis", "errors"),
    [
        ({"variables": ["age"]}, ["prognosis: the key endpoint is missing"]),
        ({"population": "matched"}, [f"prognosis: the key {key} is missing" for key in ("endpoint", "variables")]),
        ({"pfs": {"endpoint": "pfs"}}, ["prognosis.pfs: the key variables is missing"]),
        ({"PFS": PFS}, ["prognosis: found the name 'PFS'; expected a name of lower-case"]),
        ({}, ["prognosis: found 0 values; expected keys with values"]),
        ({"pfs": PFS | {"keep": ["bclc"]}}, ["prognosis.pfs.keep: not among the variables: 'bclc'"]),
        ({"pfs": PFS | {"variables": ["agee"]}}, ["prognosis.pfs.variables: no variable 'agee'; did you mean 'age'?"]),
        ({"pfs": PFS | {"endpoint": "dfs"}}, ["prognosis.pfs.endpoint: no endpoint 'dfs'; did you mean 'pfs'?"]),
        ({"pfs": PFS | {"selekt": 1}}, ["prognosis.pfs.selekt: unknown key 'selekt'; did you mean 'select'?"]),
        (PFS | {"selekt": 1}, ["prognosis.selekt: unknown key 'selekt'; did you mean 'select'?"]),
        (PFS | {"select": "forward"}, ["prognosis.select: found 'forward'; expected a number above 0 up to 1"]),
        (PFS | {"threshold": 0.1}, ["prognosis.threshold: has no effect without `select: backward`; remove it"]),
    ],
)  # fmt: skip
def test_a_wrong_model_is_named(prognosis, errors):
    found = protocol_errors(study(prognosis), SCHEMA)
    assert len(found) == len(errors) and all(map(str.startswith, found, errors)), found


def test_values_on_the_command_line_get_their_types():
    for name, given in (("one", OS), ("several", {"os": OS})):
        text = {"endpoint": "os", "variables": ["sex", "bclc"], "select": "backward", "threshold": "0.1"}
        text |= {"population": "enrolled"}
        assert read_given({"prognosis": text if name == "one" else {"os": text}}, SCHEMA) == ({"prognosis": given}, [])
    assert read_given({"prognosis": {"select": "0.01"}}, SCHEMA)[0] == {"prognosis": {"select": 0.01}}
