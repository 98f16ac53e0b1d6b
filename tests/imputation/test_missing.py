"""Missing values are counted by variable and arm, tabulated with what was done, and masked where few."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
import yaml

from cohort.draw_flowchart import imputed_note
from disclosure.mask_small_cells import mask_small_cells
from imputation.count_missing import count_missing
from imputation.tabulate_missing import missing_table
from populations import BOTH
from runs import REPO
from tidy import values_of
from twoarm.config.imputation import handling
from twoarm.config.prepared import prepare
from twoarm.disclosure.counts import Study
from twoarm.results.statistics import statistics_table

ARMS = {role: {"value": value, "short": value, "label": value} for role, value in (("treated", "T"), ("control", "C"))}
LEVELS = {"size": "", "grade": "", "stage": "Unknown"}


def counted(without_grade: Sequence[int] = (0, 6, 7, 8, 10, 12)) -> pd.DataFrame:
    """40 patients: two were screened out, three lack a size and are left out, one of whom lacks a grade too."""
    patients = pd.DataFrame({"patient_id": [f"P{n}" for n in range(40)], "size": 1.0, "grade": 2.0, "stage": "I"})
    patients.loc[[0, 2, 4, 5], "size"] = np.nan  # 5 was screened out
    patients.loc[list(without_grade), "grade"] = np.nan
    patients.loc[[1, 3, 9], "stage"] = None
    screening = patients[["patient_id"]].assign(arm=np.where(np.arange(40) % 2 == 0, "T", "C"), excluded_by="")
    screening.loc[[5, 39], "excluded_by"] = "age"
    screening.loc[[0, 2, 4], "excluded_by"] = "missing:size"
    return count_missing(patients, screening, LEVELS, ARMS)


@pytest.mark.parametrize(
    ("population", "arm", "total", "missing"),
    [
        ("eligible", "T", 20, {"": 7, "size": 3, "grade": 5, "stage": 0}),
        ("eligible", "C", 18, {"": 4, "size": 0, "grade": 1, "stage": 3}),
        ("enrolled", "T", 17, {"": 4, "size": 0, "grade": 4, "stage": 0}),
    ],
)
def test_patients_left_out_for_a_missing_value_are_counted_and_those_screened_out_are_not(
    population, arm, total, missing
):
    values = values_of(counted())
    key = {"population": population, "group": arm}
    assert values.find("total", **key).value == total
    for name, n in missing.items():
        here = key | {"variable": name, "level": LEVELS.get(name, "")}
        assert values.find("missing", **here).value == n
        assert values.find("percent", **here).value == pytest.approx(100 * n / total)


def test_the_table_says_what_was_done():
    variables = {name: {"label": name.title()} for name in LEVELS}
    variables["stage"]["missing_level"] = "Unknown"
    done = {"size": "patients left out of the study", "grade": "imputed", "stage": "a level of its own"}
    table = missing_table(values_of(counted()), variables, done, ARMS)
    assert [column.header for column in table.columns] == ["T\n(n = 20)", "C\n(n = 18)", "What was done"]
    assert [[row.label, *(cell.text for cell in row.cells)] for row in table.rows] == [
        ["Size", "3 (15.0)", "0", "patients left out of the study"],
        ["Grade", "5 (25.0)", "1 (5.6)", "imputed"],
        ["Stage", "0", "3 (16.7)", "a level of its own"],
        ["Any of these", "7 (35.0)", "4 (22.2)", ""],
    ]


def test_the_flowchart_counts_the_enrolled_patients_with_imputed_values():
    assert imputed_note(values_of(counted()), ARMS, {"grade": "Grade"}) == "Imputed values (T, C): Grade 4 and 1."
    assert imputed_note(values_of(statistics_table([])), ARMS, {}) == ""


def test_small_numbers_and_those_that_reveal_them_are_masked():
    key = {"analysis": "attrition", "method": "descriptive"}
    rows = counted([0, *range(6, 36, 2), *range(7, 21, 2)]).to_dict("records")
    for group, screened, by_age, by_size in (("T", 20, 0, 3), ("C", 20, 2, 0), ("overall", 40, 2, 3)):
        rows.append({**key, "population": "screened", "group": group, "statistic": "total", "value": screened})
        left = screened
        for criterion, n in (("age", by_age), ("missing:size", by_size)):
            left -= n
            here = {**key, "population": "screened", "group": group, "variable": criterion}
            rows += [{**here, "statistic": "n", "value": n}, {**here, "statistic": "remaining", "value": left}]
        rows.append({**key, "population": "enrolled", "group": group, "statistic": "total", "value": left})
    masked, _ = mask_small_cells(statistics_table(rows), 5, Study(arms=ARMS, populations=BOTH))
    shown = masked[masked["value"].notna()].set_index(["analysis", "population", "group", "variable", "statistic"])

    def visible(population, group, variable, statistic="missing"):
        return ("missing", population, group, variable, statistic) in shown.index

    assert not visible("eligible", "T", "size") and not visible("eligible", "T", "size", "percent")
    # 16 eligible treated patients lack a grade, 15 of them enrolled: the difference is one, who lacks both
    assert not (visible("eligible", "T", "grade") and visible("enrolled", "T", "grade"))
    # 15 of 17 enrolled ones lack it: two have it
    assert not visible("enrolled", "T", "grade")
    assert visible("enrolled", "C", "grade") and visible("eligible", "C", "grade")  # 7 of 18 in both
    assert visible("enrolled", "T", "", "total")


def test_what_becomes_of_each_variable_is_known_from_the_config():
    config = yaml.safe_load((REPO / "tests/studies/pooled/config.yaml").read_text())
    config["variables"]["third"] = {"label": "Third", "from": "calories", "split": "tertiles"}
    config["variables"]["pain"] = {"label": "Pain", "kind": "continuous", "missing": "allowed"}
    config["baseline"]["variables"].append("pain")
    config["variables"]["fever"] = {"label": "Fever", "kind": "flag", "missing": "allowed"}
    config["imputation"] = {"also_from": ["fever", "pain"]}
    config["propensity"] |= {"covariates": ["age", "third", "weight_loss"], "missing": "impute"}
    prepare(config)
    assert handling(config) == {
        "calories": "imputed",
        "weight_loss": "a level of its own",
        "pain": "left out of analyses that need it",
        "fever": "it only predicts imputed values",
    }
