"""The overall column of Table 1: both arms together, against R; and what masking makes of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from baseline.describe_baseline import describe_baseline
from baseline.tabulate_baseline import baseline_table
from disclosure.mask_small_cells import SUMMARIES, mask_small_cells
from populations import ALONE, BOTH
from tidy import values_of
from twoarm.config.keys import OVERALL
from twoarm.config.populations import WEIGHT
from twoarm.disclosure.counts import Study
from twoarm.stats.comparisons import AUTO
from weighted_oracle import NAMES, near, weighted

ARMS = {
    "treated": {"value": "T", "short": "T", "label": "Treated"},
    "control": {"value": "C", "short": "C", "label": "Control"},
}
SETTINGS = {"continuous_test": "welch", "categorical_test": "pearson", "tests": {}, "auto": AUTO}
FILE = Path(__file__).parents[1] / "golden/baseline/overall.csv"
KEY = ["variable", "level", "statistic"]


def described(enrolled, variables, populations=None, overall=True):
    settings = SETTINGS | {"variables": variables} | ({"overall": True} if overall else {})
    return describe_baseline(enrolled, populations or {"enrolled": enrolled}, settings, ARMS)


@pytest.mark.parametrize("design", ["none", "ate", "ato"])
@pytest.mark.parametrize("name", NAMES)
def test_both_arms_together_are_described_as_in_r(name, design):
    data, spec = weighted(name, "ate" if design == "none" else design)
    table1 = spec["table1"]
    enrolled = data[table1["continuous"]].astype(float)
    for variable in table1["categorical"]:
        enrolled[variable] = data[variable].astype("category" if variable in spec["levels"] else str).astype("category")
    enrolled = enrolled.assign(patient_id=data["id"].astype(str), arm=np.where(data["treated"], "T", "C"))
    members = enrolled[["patient_id", "arm"]].assign(**{WEIGHT: data["weight"]})
    members = members.drop(columns=WEIGHT) if design == "none" else members
    found = described(enrolled, table1["continuous"] + table1["categorical"], {"own": members})
    found = found[found["group"] == OVERALL].set_index(KEY)["value"].to_dict()
    answers = pd.read_csv(FILE, keep_default_na=False)
    answers = answers[(answers["name"] == name) & (answers["design"] == design)]
    expected = {tuple(row[part] for part in KEY): near(row["value"]) for _, row in answers.iterrows()}
    if design == "none":
        expected.pop(("", "", "effective_size"))
    assert len(expected) > 10 and found == expected


def patients(known_t=40, known_c=40, seed=1) -> pd.DataFrame:
    """80 patients; only so many of each arm have a value."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"patient_id": [f"P{place:03d}" for place in range(80)], "arm": ["T"] * 40 + ["C"] * 40})
    table["age"] = random.normal(60, 9, 80).round()
    table["ecog"] = pd.Categorical(random.choice(["0", "1"], 80), categories=["0", "1"])
    known = np.where(table["arm"] == "T", known_t, known_c)
    table.loc[np.arange(80) % 40 >= known, ["age", "ecog"]] = np.nan
    return table


def test_the_other_rows_stay_as_they_are():
    enrolled = patients(38)
    with_it, without = (described(enrolled, ["age", "ecog"], overall=overall) for overall in (True, False))
    pd.testing.assert_frame_equal(with_it[with_it["group"] != OVERALL].reset_index(drop=True), without)
    missing = with_it[(with_it["statistic"] == "missing") & (with_it["variable"] == "age")]
    assert missing.set_index("group")["value"].to_dict() == {"T": 2, OVERALL: 2}


def test_the_overall_column_stands_before_the_arms():
    enrolled = patients(38)
    populations = {"enrolled": enrolled, "matched": enrolled[enrolled["patient_id"] < "P060"]}
    variables = {"age": {"label": "Age"}, "ecog": {"label": "ECOG", "kind": "categorical"}}
    table = baseline_table(
        values_of(described(enrolled, ["age", "ecog"], populations)), BOTH, variables, "mean_sd", None, ARMS
    )
    heads = [column.header.replace("\n", " ") for column in table.columns]
    assert heads == ["Overall (n = 80)", "T (n = 40)", "C (n = 40)", "P value",
                     "Overall (n = 60)", "T (n = 40)", "C (n = 20)", "P value"]  # fmt: skip
    assert table.columns[0].sources[0].source.startswith("baseline | enrolled |  | overall")
    age = enrolled["age"]
    assert table.rows[0].cells[0].text == f"{age.mean():.1f} ± {age.std():.1f}"
    unknown = next(row for row in table.rows if row.label == "Unknown")
    assert [cell.text for cell in unknown.cells] == ["2", "2", "0", "", "2", "2", "0", ""]
    assert {len(row.cells) for row in table.rows} == {len(table.columns)}


def test_without_the_setting_there_is_no_overall_column():
    values = values_of(described(patients(), ["age"], overall=False))
    table = baseline_table(values, ALONE, {"age": {"label": "Age"}}, "mean_sd", None, ARMS)
    assert [column.header.partition("\n")[0] for column in table.columns] == ["T", "C", "P value"]


# Masking


STUDY = Study(arms=ARMS, populations=ALONE)
CASES = [(3, 40), (40, 3), (3, 37), (4, 4), (38, 40), (40, 36), (2, 0), (0, 4), (37, 38), (6, 40)]


def shown(table: pd.DataFrame, group: str, variable: str, statistic: str, level: str = "") -> bool:
    key = {"group": group, "variable": variable, "statistic": statistic, "level": level}
    return table.loc[(table[list(key)] == pd.Series(key)).all(axis=1), "value"].notna().item()


@pytest.mark.parametrize("known", CASES)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_masked_arm_does_not_follow_from_the_overall_column(known, seed):
    """No arm's number is overall minus the other arm's: where an arm is masked, one of these is too."""
    enrolled = patients(*known, seed=seed)
    enrolled["rare"] = pd.Categorical(np.where(np.isin(np.arange(80), [1, 2, 3, 50]), "Yes", "No"))
    table = described(enrolled, ["age", "ecog", "rare"])
    masked, exposed = mask_small_cells(table, 5, STUDY)
    assert exposed == []
    hidden = masked["note"].str.startswith("masked")
    assert hidden.any()
    counts = masked[masked["statistic"].isin(["n", "missing"])].assign(gone=hidden)
    for _, own in counts.groupby(["variable", "level", "statistic"]):
        assert own["gone"].sum() != 1 or len(own) == 1, own
        if own["statistic"].iloc[0] == "missing" and len(own) == 2:  # the other arm misses none
            assert own["gone"].nunique() == 1, own
    few = [arm for arm, n in zip("TC", known, strict=True) if 0 < n < 5]
    for statistic in SUMMARIES:
        assert shown(masked, OVERALL, "age", statistic) == (not few and sum(known) > 0)
    assert not shown(masked, "T", "rare", "n", "Yes") and not shown(masked, "C", "rare", "n", "Yes")


def test_a_weighted_share_of_both_arms_goes_with_a_masked_arm():
    """It is not a share of the shown number of patients, but of their weights."""
    enrolled = patients()
    enrolled["rare"] = pd.Categorical(np.where(np.isin(np.arange(80), [1, 2, 3, 50, 51, 52, 53, 54]), "Yes", "No"))
    members = enrolled[["patient_id", "arm"]].assign(**{WEIGHT: np.linspace(0.5, 2, 80)})
    table = described(enrolled, ["rare"], {"enrolled": members})
    masked, exposed = mask_small_cells(table, 5, STUDY)
    assert exposed == [] and not shown(masked, "T", "rare", "n", "Yes")
    assert not shown(masked, OVERALL, "rare", "percent", "Yes")


def test_without_small_numbers_the_overall_column_is_shown():
    table = described(patients(30, 30), ["age"])
    masked, _ = mask_small_cells(table, 5, STUDY)
    pd.testing.assert_frame_equal(masked, table)
