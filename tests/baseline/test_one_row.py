"""Yes/no variables of Table 1 in one row by setting: which level it shows, with its P value and SMD."""

import numpy as np
import pandas as pd
import pytest

from baseline.describe_baseline import describe_baseline
from baseline.tabulate_baseline import baseline_table
from matching.assess_balance import assess_balance
from populations import BOTH
from tidy import values_of
from twoarm.stats.comparisons import AUTO
from twoarm.text.provenance import plain

ARMS = {
    "treated": {"value": "T", "short": "T", "label": "Treated"},
    "control": {"value": "C", "short": "C", "label": "Control"},
}
SETTINGS = {"continuous_test": "welch", "categorical_test": "pearson", "tests": {}, "auto": AUTO}
LIMITS = {"denominator": "treated", "smd": 0.1, "variance_ratio": [0.5, 2]}
FLAG = {"label": "Cirrhosis", "kind": "flag"}
AFP = {"label": "AFP", "kind": "categorical", "levels": {"<400": "<400 ng/ml", ">=400": "≥400 ng/ml"}}
STAGE = {"label": "Stage", "kind": "categorical", "levels": {"1": "I", "2": "II", "3": "III"}}


def patients(cirrhosis=("Yes", "No"), stages=("I", "II", "III")) -> pd.DataFrame:
    table = pd.DataFrame({"patient_id": [f"P{place:03d}" for place in range(40)], "arm": ["T", "C"] * 20})
    place = np.arange(40)
    table["cirrhosis"] = pd.Categorical(np.where(place % 5 < 2, *cirrhosis), categories=["Yes", "No"])
    table["afp"] = pd.Categorical(
        np.where(place * place % 7 < 2, *AFP["levels"].values()), categories=AFP["levels"].values()
    )
    table["stage"] = pd.Categorical(np.array(stages)[place % len(stages)], categories=["I", "II", "III"])
    table.loc[:2, "cirrhosis"] = np.nan
    return table


def printed(variables: dict, binary="one_row", limits=LIMITS, **made):
    """(the table; {label: its cells})."""
    enrolled = patients(**made)
    names, ids = list(variables), enrolled[["patient_id"]]
    populations = {"enrolled": ids, "matched": ids.iloc[10:]}
    rows = [describe_baseline(enrolled, populations, SETTINGS | {"variables": names}, ARMS)]
    if limits:
        scores = ids.assign(logit=np.arange(40) / 40)
        rows.append(assess_balance(enrolled, scores, populations, {name: {} for name in names}, limits, ARMS))
    values = values_of(pd.concat(rows))
    table = baseline_table(values, BOTH, variables, "mean_sd", limits, ARMS, binary)
    return table, {row.label: [cell.text for cell in row.cells] for row in table.rows}


@pytest.mark.parametrize("limits", [LIMITS, None])
def test_a_flag_has_one_row_with_what_its_two_rows_have(limits):
    one, in_one = printed({"cirrhosis": FLAG}, limits=limits)
    _, in_three = printed({"cirrhosis": FLAG}, "levels", limits=limits)
    head, yes = in_three["Cirrhosis"], in_three["Yes"]
    expected = [count or tested for count, tested in zip(yes, head, strict=True)]
    assert list(in_one) == ["Cirrhosis: yes, n (%)", "Unknown"]
    assert in_one["Cirrhosis: yes, n (%)"] == expected and "" not in expected
    assert in_one["Unknown"] == in_three["Unknown"]
    assert [row.is_level for row in one.rows] == [False, True]


def test_another_variable_with_two_levels_has_one_row_only_with_a_level_to_show():
    assert list(printed({"afp": AFP})[1]) == ["AFP", "<400 ng/ml", "≥400 ng/ml"]
    one, in_one = printed({"afp": AFP | {"shown": "≥400 ng/ml"}})
    _, in_three = printed({"afp": AFP}, "levels")
    (label,) = in_one
    assert label == "AFP: ≥400 ng/ml, n (%)"
    cells, high, head = in_one[label], in_three["≥400 ng/ml"], in_three["AFP"]
    assert cells[:3] == [*high[:2], head[2]]
    assert cells[3] != head[3] and cells[3].strip("−") == head[3].strip("−")  # the SMD of the level that is shown
    assert one.rows[0].sources[0].text == "≥400 ng/ml"
    assert any("(for two levels, the one printed, or the first)" in plain(note) for note in one.notes)


def test_a_flag_may_show_no():
    assert list(printed({"cirrhosis": FLAG | {"shown": "No"}})[1]) == ["Cirrhosis: no, n (%)", "Unknown"]


def test_levels_are_never_dropped():
    """Three levels keep their rows; a level that nobody has is not shown in place of the other one."""
    assert list(printed({"stage": STAGE | {"shown": "III"}})[1]) == ["Stage", "I", "II", "III"]
    assert list(printed({"stage": STAGE | {"shown": "III"}}, stages=("I", "III"))[1]) == ["Stage: III, n (%)"]
    _, nobody = printed({"cirrhosis": FLAG}, cirrhosis=("No", "No"))
    assert list(nobody) == ["Cirrhosis: no, n (%)", "Unknown"]
    assert nobody["Cirrhosis: no, n (%)"][0] == "18 (100.0)"


def test_without_the_setting_a_level_to_show_changes_nothing():
    assert printed({"afp": AFP | {"shown": "≥400 ng/ml"}}, "levels") == printed({"afp": AFP}, "levels")


def test_a_difference_that_is_not_judged_is_not_bold():
    def bold(variable):
        table, _ = printed({"stage": variable}, "levels")
        return [cell.bold for row in table.rows for cell in row.cells], plain(table.notes[-1])

    early, late = bold(STAGE), bold(STAGE | {"timing": "post_baseline"})
    assert any(early[0]) and not any(late[0])
    assert late[1] == "Measured after treatment start, so not judged for balance: Stage."
