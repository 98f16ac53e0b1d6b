"""Ready-made best responses: what is read, counted and printed, and what a config may not say."""

import pandas as pd
import pytest

from populations import ALONE
from response.compare_response import compare_response
from response.read_responses import read_responses
from response.tabulate_response import response_table
from tidy import values_of
from twoarm.config.response_criteria import NOT_RECORDED, RESPONSES, criterion_labels, is_ready_made

ARMS = {
    "treated": {"value": "A", "short": "A", "label": "Drug"},
    "control": {"value": "B", "short": "B", "label": "Placebo"},
}
CRITERIA = {
    "mrecist": {"best": "best_m"},
    "irecist": {"best": "best_i", "progression": "progressed", "label": "iRECIST"},
}


def patients() -> pd.DataFrame:
    best = pd.Categorical(["CR", "PR", "PD", None, "SD", "PD", "PD", "NE"], categories=RESPONSES, ordered=True)
    progressed = pd.to_datetime([None, None, "2024-01-05", None, None, None, "2024-02-01", None])
    arm = ["A", "A", "A", "A", "B", "B", "B", "B"]
    ids = [f"P{place}" for place in range(8)]
    return pd.DataFrame({"patient_id": ids, "arm": arm, "best_m": best, "best_i": best, "progressed": progressed})


def test_a_missing_response_is_not_evaluable_and_counted():
    responses, statistics = read_responses(patients(), CRITERIA)
    own = responses[responses["criterion"] == "mrecist"]
    assert own["best_response"].tolist() == ["CR", "PR", "PD", "NE", "SD", "PD", "PD", "NE"]
    found = values_of(statistics)
    key = {"population": "enrolled", "group": "overall"}
    missing = found.find("n", variable="mrecist", level=NOT_RECORDED, **key)
    assert (missing.value, missing.note) == (1, "counted as not evaluable, NE")
    contradicted = found.find("n", variable="irecist", level="best response PD without progression", **key)
    assert (contradicted.value, contradicted.note) == (1, "a contradiction")
    assert found.rows(variable="mrecist", level="best response PD without progression") == []


def test_the_date_of_progression_is_kept_where_the_study_has_it():
    responses, _ = read_responses(patients(), CRITERIA)
    progressed = responses.set_index(["criterion", "patient_id"])["progression_date"]
    assert progressed["irecist", "P2"] == pd.Timestamp("2024-01-05") and progressed["mrecist"].isna().all()


def test_rates_refer_to_all_patients_and_are_printed_under_the_criterions_name():
    responses, _ = read_responses(patients(), CRITERIA)
    found = values_of(compare_response(responses, {"enrolled": patients()}, list(CRITERIA), ARMS))
    key = {"population": "enrolled", "variable": "irecist"}
    assert found.find("percent", group="A", level="ORR", **key).value == 50
    assert found.find("percent", group="B", level="DCR", **key).value == 25
    table = response_table(found, ALONE, "irecist", "iRECIST", ARMS)
    assert table.title == "Best response by iRECIST"
    rows = {row.label: [cell.text for cell in row.cells] for row in table.rows}
    assert rows["NE"][:2] == ["1", "1"] and rows["ORR, n (%)"][:2] == ["2 (50.0)", "0"]


def test_labels_of_both_forms():
    assert criterion_labels({"criteria": ["recist"]}) == {"recist": "RECIST 1.1"}
    assert criterion_labels({"criteria": CRITERIA}) == {"mrecist": "mRECIST", "irecist": "iRECIST"}
    assert criterion_labels({}) == {} and not is_ready_made({})
    assert is_ready_made({"criteria": CRITERIA}) and not is_ready_made({"criteria": ["recist"]})


@pytest.mark.parametrize("progression", [True, False])
def test_nobody_with_a_response_is_no_error(progression):
    nobody = patients().assign(best_m=pd.Categorical([None] * 8, categories=RESPONSES))
    criteria = {"mrecist": {"best": "best_m"} | ({"progression": "progressed"} if progression else {})}
    responses, statistics = read_responses(nobody, criteria)
    assert set(responses["best_response"]) == {"NE"}
    assert len(statistics) == 1 + progression
