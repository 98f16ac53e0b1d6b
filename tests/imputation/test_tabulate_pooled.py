"""The tables of pooled results and of balance over the imputed data sets."""

import pytest
from test_pool_imputations import COVARIATES, STUDY, fixed

from imputation.pool_imputations import pool_imputations
from imputation.tabulate_pooled import pooled_table
from imputation.tabulate_pooled_balance import pooled_balance_table
from tidy import values_of
from twoarm.config.populations import Population

POPULATIONS = [
    Population("enrolled", "Before adjustment", "Enrolled patients", ""),
    Population("matched", "After matching", "Matched patients", "", pairs="pair", estimand="effect in the treated"),
    Population("iptw", "With weights", "Weighted patients", "", weights="weight", estimand="effect in all"),
    Population("overlap", "With overlap weights", "Overlap", "", weights="weight", estimand="effect in the overlap"),
]
ARMS = {role: {"value": value, "short": value, "label": value} for role, value in (("treated", "T"), ("control", "C"))}


SUBGROUP = {"endpoint": "Overall survival", "population": POPULATIONS[1]}
PRINTED = {
    "designs": {"adjusted": "Adjusted"},
    "endpoints": {"os": "Overall survival"},
    "criteria": {"mrecist": "mRECIST"},
    "outcomes": {"early": "Early death"},
    "subgroups": {"subgroup_calories_matched": SUBGROUP | {"label": "Calories"}},
    "models": {
        "prognosis": {
            "label": "Overall survival, matched patients",
            "variables": {name: {"label": name.title()} for name in COVARIATES},
        }
    },
}


@pytest.fixture(scope="module")
def values():
    return values_of(pool_imputations(*fixed(), STUDY))


def texts(table) -> list[list[str]]:
    return [[row.label, *(cell.text for cell in row.cells)] for row in table.rows]


def test_the_table_has_each_result_of_each_design(values):
    table = pooled_table(values, POPULATIONS, PRINTED, ARMS)
    rows = texts(table)
    # the numbers are mice's: tests/golden/imputation
    assert rows[:6] == [
        ["Overall survival: hazard ratio of treatment", "", "", "", ""],
        ["After matching", "1.66 (1.03–2.68)", "0.037", "0.16", "0.15"],
        ["After matching, clustered by pair", "1.66 (1.03–2.70)", "0.040", "0.16", "0.14"],
        ["With weights", "1.53 (1.05–2.23)", "0.026", "0.03", "0.01"],
        ["With overlap weights", "1.68 (1.16–2.43)", "0.006", "0.01", "0.00"],
        ["Adjusted", "1.79 (1.21–2.63)", "0.004", "0.03", "0.02"],
    ]
    assert rows[6:10] == [
        ["Objective response by mRECIST: effect of treatment", "", "", "", ""],
        ["After matching, risk difference, % points", "−26.1 (−46.4 to −5.9)", "0.014", "0.45", "0.64"],
        ["After matching, risk ratio", "0.69 (0.50–0.96)", "0.031", "0.50", "0.78"],
        ["After matching, odds ratio", "0.24 (0.09–0.69)", "0.009", "0.27", "0.31"],
    ]
    heads = {label: place for place, (label, *cells) in enumerate(rows) if not any(cells)}
    early = heads["Early death: effect of treatment"]
    assert rows[early + 4] == ["With weights, risk difference, % points", "23.0 (5.8–40.1)", "0.009", "0.02", "0.01"]
    subgroup = heads["Calories (overall survival, matched patients): hazard ratio of treatment"]
    assert [row[:2] for row in rows[subgroup + 1 : subgroup + 4]] == [
        ["low", "1.26 (0.43–3.67)"],
        ["middle", "1.59 (0.59–4.32)"],
        ["high", "2.17 (0.98–4.81)"],
    ]
    assert rows[subgroup + 4] == ["Interaction", "", "0.561", "", ""]
    prognosis = heads["Prognostic factors for overall survival, matched patients: hazard ratio"]
    assert [row[0] for row in rows[prognosis + 1 :]] == [
        "Treatment, T vs C",
        *(f"{name.title()}, per unit" for name in COVARIATES),
    ]
    notes = " ".join("".join(getattr(piece, "text", piece) for piece in note) for note in table.notes)
    assert "After matching, median (range) over the data sets: 63 (62–63) pairs; largest standardised" in notes
    assert "patients: T 163 (163–163) and C 63" in notes or "patients: T" in notes
    assert "after matching, effect in the treated; with weights, effect in all" in notes


def test_what_is_not_asked_for_has_no_row_and_no_heading(values):
    nothing = dict.fromkeys(PRINTED, {})
    assert pooled_table(values, POPULATIONS, nothing, ARMS).rows == []
    unknown = nothing | {"outcomes": {"never": "Never"}, "subgroups": {"subgroup_x": SUBGROUP | {"label": "X"}}}
    assert pooled_table(values, POPULATIONS, unknown, ARMS).rows == []


def test_the_balance_of_each_variable_is_that_over_all_data_sets(values):
    labels = {name: name.title() for name in COVARIATES}
    table = pooled_balance_table(values, POPULATIONS[:2], labels, 0.1, ARMS)
    assert [(column.spanner, column.header) for column in table.columns] == [
        ("Before adjustment", "Mean"), ("Before adjustment", "Largest"),
        ("After matching", "Mean"), ("After matching", "Largest"),
    ]  # fmt: skip
    # tests/golden/imputation/balance.csv
    assert texts(table) == [
        ["Age", "0.201", "0.201", "0.191", "0.276"],
        ["Sex", "0.096", "0.096", "0.059", "0.098"],
        ["Meal_Cal", "0.059", "0.120", "0.115", "0.303"],
        ["Wt_Loss", "0.379", "0.395", "0.075", "0.083"],
    ]
    assert [cell.bold for cell in table.rows[2].cells] == [False, True, True, True]
