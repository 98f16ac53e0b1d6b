"""The table of pooled results: the effect of treatment by each design, then the prognosis models."""

from test_pool_imputations import COVARIATES, STUDY, fixed

from imputation.pool_imputations import pool_imputations
from imputation.tabulate_pooled import pooled_table
from tidy import values_of
from twoarm.config.populations import Population

POPULATIONS = [
    Population("enrolled", "Before adjustment", "Enrolled patients", ""),
    Population("matched", "After matching", "Matched patients", "", pairs="pair", estimand="effect in the treated"),
    Population("iptw", "With weights", "Weighted patients", "", weights="weight", estimand="effect in all"),
    Population("overlap", "With overlap weights", "Overlap", "", weights="weight", estimand="effect in the overlap"),
]
ARMS = {role: {"value": value, "short": value, "label": value} for role, value in (("treated", "T"), ("control", "C"))}


def test_the_table_has_each_design_and_each_variable_of_the_models():
    variables = {name: {"label": name.title()} for name in COVARIATES}
    table = pooled_table(
        values_of(pool_imputations(*fixed(), STUDY)),
        POPULATIONS,
        {"adjusted": "Adjusted"},
        {"os": "Overall survival"},
        {"prognosis": {"label": "Overall survival, matched patients", "variables": variables}},
        ARMS,
    )
    rows = [[row.label, *(cell.text for cell in row.cells)] for row in table.rows]
    # the numbers are mice's: tests/golden/imputation/pooled.csv
    assert rows[:7] == [
        ["Overall survival", "", "", "", ""],
        ["After matching", "1.66 (1.03–2.68)", "0.037", "0.16", "0.15"],
        ["After matching, clustered by pair", "1.66 (1.03–2.70)", "0.040", "0.16", "0.14"],
        ["With weights", "1.53 (1.05–2.23)", "0.026", "0.03", "0.01"],
        ["With overlap weights", "1.68 (1.16–2.43)", "0.006", "0.01", "0.00"],
        ["Adjusted", "1.79 (1.21–2.63)", "0.004", "0.03", "0.02"],
        ["Prognostic factors for overall survival, matched patients", "", "", "", ""],
    ]
    assert [row[0] for row in rows[7:]] == ["Treatment, T vs C", *(f"{name.title()}, per unit" for name in COVARIATES)]
    notes = " ".join("".join(getattr(piece, "text", piece) for piece in note) for note in table.notes)
    assert "After matching, median (range) over the data sets: 63 (62–63) pairs; largest standardised" in notes
    assert "patients: T 163 (163–163) and C 63" in notes or "patients: T" in notes
    assert "after matching, effect in the treated; with weights, effect in all" in notes
