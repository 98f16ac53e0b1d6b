"""The table of exclusions has every criterion in order, with whom it left out of each arm and who remained."""

import pandas as pd

from cohort.apply_eligibility import attrition
from cohort.tabulate_attrition import attrition_table
from tidy import values_of

ARMS = {
    "treated": {"value": "T", "short": "T", "label": "Drug and placebo"},
    "control": {"value": "C", "short": "C", "label": "C"},
}
ELIGIBILITY = {
    "inclusion": [
        {"id": "adult", "label": "Adults", "keep": "age >= 18"},
        {"id": "fit", "label": "ECOG 0-1", "excluded": "ECOG 2 or more", "keep": "ecog <= 1"},
    ],
    "exclusion": [{"id": "lost", "label": "Lost early", "drop": "lost"}],
}


def test_each_criterion_has_the_patients_it_excludes_and_leaves_in_each_arm():
    arms = ["T"] * 6 + ["C"] * 5
    excluded_by = ["adult", "lost", "lost", "lost", "", "", "adult", "fit", "", "", ""]
    screening = pd.DataFrame({"patient_id": range(11), "arm": arms, "excluded_by": excluded_by})
    enrolled = screening[screening["excluded_by"] == ""]
    table = attrition_table(values_of(attrition(screening, enrolled, ELIGIBILITY, ARMS)), ELIGIBILITY, ARMS)
    assert [(column.spanner, column.header) for column in table.columns] == [
        (arm, what) for arm in ("All", "T", "C") for what in ("Excluded", "Left")
    ]
    assert [[row.label, *(cell.text for cell in row.cells)] for row in table.rows] == [
        ["Screened", "", "11", "", "6", "", "5"],
        ["Not met: Adults", "2", "9", "1", "5", "1", "4"],
        ["ECOG 2 or more", "1", "8", "0", "5", "1", "3"],
        ["Lost early", "3", "5", "3", "2", "0", "3"],
    ]
    assert table.notes[0].startswith("Of all patients screened, each ")
    assert "".join(str(getattr(piece, "text", piece)) for piece in table.notes[-1]) == "T, Drug and placebo."
