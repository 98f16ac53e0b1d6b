"""The arms' short names: declared, or by default the label, never a bare number."""

import pytest

from twoarm.config.arms import arm_errors, short_names
from twoarm.config.filled_in import fill_in, left_out
from twoarm.results.wording import arm_names, arms_text, contrast_name, full_name, group_name
from twoarm.tables.paper_table import arms_note
from twoarm.text.provenance import plain

LONG = "Concurrent chemoradiotherapy followed by durvalumab"


@pytest.mark.parametrize(
    ("arm", "name"),
    [
        ({"value": "TRP", "short": "Triple", "label": LONG}, "Triple"),
        ({"value": "TRP", "label": LONG}, "TRP"),
        ({"value": "AC", "label": "Chemotherapy"}, "Chemotherapy"),
        ({"value": "1", "label": LONG}, LONG),
        ({"value": "-1.5", "label": LONG}, LONG),
        ({"value": "1a", "label": LONG}, "1a"),
    ],
)
def test_an_arm_is_named_by_its_short_name_its_label_or_its_value(arm, name):
    assert short_names({"treated": arm, "control": {"value": "0", "label": "No drug"}})["treated"] == name


def test_arms_with_the_same_label_are_named_by_their_values():
    same = {"treated": {"value": "TACE vs none", "label": "TACE"}, "control": {"value": "none", "label": "TACE"}}
    assert list(short_names(same).values()) == ["TACE vs none", "none"] and arm_errors({"arms": same}) == []


def arms(**treated) -> dict:
    return {"column": "arm", "others": "refuse", "treated": treated, "control": {"value": "0", "label": "No drug"}}


def filled(others="refuse", variables=None, propensity=None, **treated) -> dict:
    config = {"arms": arms(**treated) | {"others": others}, "variables": variables or {}, "eligibility": {}}
    config |= (
        {"propensity": propensity, "matching": {"method": "nearest", "exact": [], "calipers": {}}} if propensity else {}
    )
    config["imputation"] = {}
    fill_in(config)
    return config


def test_what_is_printed_is_the_short_name_and_rows_keep_the_value():
    config = filled(value="1", short="AB", label="Drug A + B")
    assert arm_names(config["arms"]) == {"1": "AB", "0": "No drug"}
    assert contrast_name(config["arms"]) == "AB vs No drug" == group_name("1 vs 0", config["arms"])
    assert group_name("II vs I", config["arms"]) == "II vs I"
    assert arms_text(config["arms"]) == "AB: Drug A + B." and plain(arms_note(config["arms"])) == "AB, Drug A + B."
    assert (
        full_name(config["arms"]["treated"]) == "Drug A + B (AB)" and full_name(config["arms"]["control"]) == "No drug"
    )


def test_without_other_short_names_nothing_is_explained():
    config = filled(value="1", label="Drug A")
    assert arms_text(config["arms"]) == "" and arms_note(config["arms"]) == []


@pytest.mark.parametrize(
    ("treated", "error"),
    [
        ({"value": "0", "label": "Drug"}, "the value '0'"),
        ({"value": "1", "short": "No drug", "label": "Drug"}, "both arms have the name 'No drug'"),
        ({"value": "1", "label": "No drug"}, "both arms have the name 'No drug'"),
        ({"value": "1", "values": ["1", "0"], "label": "Drug"}, "arms: '0' stands in both arms' values"),
        ({"value": "overall", "label": "Drug"}, "arms.treated.value: 'overall' means both arms together"),
    ],
)
def test_arms_that_cannot_be_told_apart_are_refused(treated, error):
    assert [error in found for found in arm_errors({"arms": arms(**treated)})] == [True]


def test_patients_of_neither_arm_or_without_a_covariate_leave_by_a_criterion():
    variables = {
        "age": {"label": "Age", "missing": "refused"},
        "afp": {"label": "AFP", "missing": ["NA"]},
        "ecog": {"label": "ECOG", "missing": "refused", "missing_level": "Unknown"},
        "size": {"label": "Size", "missing": "allowed"},
        "log_afp": {"label": "Log AFP", "missing": "refused", "from": "log(afp)"},
        "large": {"label": "Large", "missing": "refused", "from": "size * 2", "split": "median"},
        "old": {"label": "Old", "missing": "refused", "from": "age > 65"},
    }
    propensity = {"covariates": ["age", "log_afp", "ecog", "large", "old"], "missing": "complete_cases"}
    config = filled("leave_out", variables, propensity, value="1", label="Drug")
    criteria = [part["label"] for kind in config["eligibility"].values() for part in kind]
    assert criteria == ["Treatment of one of the two arms", "Log AFP missing", "Size missing"]
    assert config["variables"]["ecog"]["missing"] == "allowed"
    assert left_out(config | {"propensity": propensity | {"missing": "refuse"}}) == []
    assert filled("refuse", variables, value="1", label="Drug")["eligibility"] == {"inclusion": [], "exclusion": []}
