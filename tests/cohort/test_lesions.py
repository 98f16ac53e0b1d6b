"""All errors in a lesion table are found at once, named by the line of the file, never by the patient."""

import pandas as pd
import pytest

from response_cases import lesions_of, scans_of, starts_of
from twoarm.response.lesions import lesion_errors
from twoarm.response.response_rules import rules_for

RECIST, MRECIST = rules_for("recist"), rules_for("mrecist")


def errors_of(visits, rules=MRECIST, **changed):
    """Errors of one patient; changed: column = value, in the last row."""
    lesions = lesions_of({"secret": visits})
    for column, value in changed.items():
        lesions.loc[len(lesions) - 1, column] = value
    errors = lesion_errors(lesions, starts_of(["secret"]), [rules])
    assert not any("secret" in error for error in errors)
    return errors


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"diameter_mm": -3.0}, "row 3, column diameter_mm: found -3, expected a size of 0 mm or more"),
        ({"viable_mm": 60.0}, "row 3, column viable_mm: found 60, expected at most the lesion's diameter_mm"),
        ({"role": "tumor"}, "row 3, column role: found tumor, expected one of target, non_target, new"),
        (
            {"status": "gone"},
            "row 3, column status: found gone, expected one of absent, present, merged for a target lesion",
        ),
        ({"status": "absent"}, "row 3, column diameter_mm: found 50, expected no size for a lesion with status absent"),
        ({"cytology": "malignant"}, "row 3, column cytology: found malignant, expected positive or negative"),
        ({"pattern": "washout"}, "row 3, column pattern: found washout, expected typical or atypical"),
        ({"site": ""}, "row 3, column site: found nothing, expected a value"),
        ({"visit_date": pd.NaT}, "row 3, column visit_date: found nothing, expected a value"),
        ({"lesion_id": "T2"}, "row 3, column role: found target, expected new, because the baseline"),
        (
            {"lesion_id": "t 1"},
            "row 3, column role: found target, expected new, because the baseline visit does not list this lesion "
            "(did you mean T1?)",
        ),
        ({"role": "new", "status": "present"}, "row 3, column role: found new, expected the same value"),
        ({"site": "lung"}, "row 3, column site: found lung, expected the same value as before for this"),
    ],
)
def test_an_error_of_one_row(changed, expected):
    errors = errors_of({-7: "T1 50", 56: "T1 50"}, **changed)
    assert any(error.startswith(f"lesions.csv {expected}") for error in errors), errors


@pytest.mark.parametrize(
    ("visits", "rules", "expected"),
    [
        ({56: "T1 50"}, RECIST, "row 2, column visit_date: the patient has no visit on or before treatment start"),
        ({-7: "T1 50,T1 40"}, RECIST, "row 3, column lesion_id: T1 appears twice at one visit of one reader"),
        ({-7: "T1 9.9"}, RECIST, "row 2, column diameter_mm: found 9.9, expected a target of 10 mm or more"),
        ({-7: "T1@lymph_node 14.9"}, RECIST, "row 2, column diameter_mm: found 14.9, expected a target of 15 mm"),
        ({-7: "T1 30/9.9"}, MRECIST, "row 2, column viable_mm: found 9.9, expected a target of 10 mm or more"),
        ({-7: "T1@porta_hepatis_node 19"}, MRECIST, "row 2, column diameter_mm: found 19, expected a target of 20"),
        ({-7: "T1 50 -"}, RECIST, "row 2, column diameter_mm: found 50, expected a target of 10 mm or more that is"),
        ({-7: "T1 present"}, RECIST, "row 2, column diameter_mm: found nothing, expected a target of 10 mm or more"),
        ({-7: "T1@portal_vein 30"}, MRECIST, "row 2, column site: found portal_vein, expected no target at this site"),
        ({-7: "T1@ascites 30"}, RECIST, "row 2, column site: found ascites, expected no target at this site"),
        ({-7: "T1 20,T2 20,T3 20"}, RECIST, "row 4, column role: found one target too many, expected at most 2"),
        ({-7: "T1@lymph_node 20,T2@porta_hepatis_node 20,T3@lymph_node 20"}, RECIST,
         "row 4, column role: found one target too many, expected at most 2 in one organ"),
        ({-7: "T1 20,T2 20,T3@a 20,T4@b 20,T5@c 20,T6@d 20"}, RECIST,
         "row 7, column role: found one target too many, expected at most 5"),
        ({-7: "T1 50,O1 absent"}, RECIST, "row 3, column status: found absent, expected present, for a non_target"),
        ({-7: "T1 50,O1 -"}, RECIST, "row 3, column evaluable: found not evaluable, expected a non_target that is"),
        ({-7: "T1 50,O1@lymph_node 9.9"}, RECIST, "row 3, column diameter_mm: found 9.9, expected a node of 10 mm"),
        ({-7: "T1 50,O1@Lymph~Node 9 present"}, MRECIST, "row 3, column diameter_mm: found 9, expected a node of 10"),
        ({-7: "T1 50,O1@lymph_node 12", 56: "T1 50,O1@lymph_node 9 progression"}, RECIST,
         "row 5, column status: found unequivocal_progression, expected another status for a node of normal"),
        ({-7: "T1 50", 56: "T1 50,N1@lung 0 present"}, RECIST, "row 4, column diameter_mm: found 0, expected a size"),
        ({-7: "T1@Portal~vein 30"}, MRECIST, "row 2, column site: found Portal vein, expected no target at this site"),
        ({-7: "T1@liver 20,T2@Liver 20,T3@LIVER 20"}, RECIST, "row 4, column role: found one target too many"),
        ({-7: "T1 50,N1 present"}, RECIST, "row 3, column role: found new at baseline, expected target or non_target"),
        ({-7: "O1 present", 56: "O1"}, RECIST, "row 3, column status: found nothing, expected a status"),
        ({-7: "O1 present", 56: "O1 progression -"}, RECIST, "row 3, column status: found unequivocal_prog"),
        ({-7: "O1 present", 56: "N1@lung"}, RECIST, "row 3, column status: found nothing, expected one of absent"),
        ({-7: "O1 present", 56: "N1 present"}, MRECIST, "row 3, column diameter_mm: found nothing, expected the size"),
    ],
)  # fmt: skip
def test_an_error_of_a_patient(visits, rules, expected):
    errors = errors_of(visits, rules)
    assert len(errors) == 1 and errors[0].startswith(f"lesions.csv {expected}"), errors


@pytest.mark.parametrize(
    ("visits", "rules"),
    [
        ({-7: "T1 10,T2@lymph_node 15"}, RECIST),
        ({-7: "T1 10,T2@porta_hepatis_node 20"}, MRECIST),
        ({-7: "T1@porta_hepatis_node 15"}, RECIST),
        ({-7: "T1 30/0"}, RECIST),
        ({-7: "T1 20,T2 20,T3@a 20,T4@b 20,T5@c 20,O1 present"}, RECIST),
        ({-60: "T1 20,T2 20,T3 20", -7: "T1 20"}, RECIST),  # only the baseline visit's targets count
        ({-7: "O1 present", 56: "N1 present"}, RECIST),
        ({-7: "O1@lymph_node 12", 56: "O1@lymph_node 9 absent"}, RECIST),
    ],
)
def test_no_error(visits, rules):
    assert errors_of(visits, rules) == []


BOTH = [RECIST, MRECIST]


@pytest.mark.parametrize(
    ("visits", "count"),
    [
        ({-7: "T1 30/9.9"}, 0),  # a target to RECIST, a non-target to mRECIST
        ({-7: "T1@porta_hepatis_node 15"}, 0),
        ({-7: "T1 20/9,T2 20/12,T3 20/12"}, 1),  # three targets in the liver to RECIST
        ({-7: "T1 9/9"}, 1),
        ({-7: "T1@porta_hepatis_node 14"}, 1),
        ({-7: "T1 30/"}, 1),  # nobody knows whether it is a target to mRECIST
    ],
)
def test_a_target_too_small_for_one_criterion_is_not_an_error(visits, count):
    assert len(lesion_errors(lesions_of({"p": visits}), starts_of(["p"]), BOTH)) == count


BASELINE = [(-7, "T1 50", "", ""), (-7, "T2@lung 30", "", "")]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # scans of different lesions close together are one assessment, which `visit` must say
        ([*BASELINE, (56, "T1 50", "", ""), (60, "T2@lung 30", "", "")], "row 5, column visit_date: found a scan 4"),
        ([*BASELINE, (56, "T1 50", "", ""), (70, "T2@lung 30", "", "")], "row 5, column visit_date: found a scan 14"),
        ([*BASELINE, (56, "T1 50", "", ""), (71, "T2@lung 30", "", "")], None),
        ([*BASELINE, (56, "T1 50", "1", ""), (60, "T2@lung 30", "1", "")], None),
        # a second scan of the same lesion is a separate visit
        ([*BASELINE, (56, "T1 50", "", ""), (56, "T2@lung 30", "", ""), (60, "T1 50", "", "")], None),
        ([*BASELINE, (56, "T1 50", "1", ""), (60, "T1 50", "1", "")], "row 5, column lesion_id: T1 appears twice"),
        ([*BASELINE, (56, "T1 50", "1", ""), (58, "T1 50", "2", ""), (60, "T2@lung 30", "1", "")],
         "row 4, column visit: found scans between those of another visit"),
        # parts and wholes
        ([*BASELINE, (56, "T1a 20", "", "T1"), (56, "T1b 20", "", "T1")], None),
        ([*BASELINE, (56, "T1a 20", "", "T9")], "row 4, column part_of: found T9, expected a target of the baseline"),
        ([*BASELINE, (56, "T1 60", "", ""), (56, "T2@lung merged", "", "")], None),
        ([*BASELINE, (56, "T1 60 merged", "", ""), (56, "T2@lung 30", "", "")], "row 4, column diameter_mm: found 60"),
        ([*BASELINE, (56, "T1 merged", "", ""), (56, "T2@lung merged", "", "")], "rows 4 and 5, column status: found"),
    ],
)  # fmt: skip
def test_visits_parts_and_wholes(rows, expected):
    errors = lesion_errors(scans_of(rows), starts_of(["p"]), [RECIST])
    assert bool(errors) == bool(expected), errors
    assert not expected or errors[0].startswith(f"lesions.csv {expected}"), errors


def test_what_the_study_calls_one_organ_is_one():
    visits = {-7: "T1@lung_left 20,T2@Lung~Right 20,T3@lung-left 20"}
    organs = {"lung_left": "lung", "lung_right": "Lung"}
    assert len(errors_of(visits, rules_for("recist", {"organs": organs}))) == 1
    assert errors_of(visits, RECIST) == []


def test_every_error_at_once_in_the_order_of_the_file():
    errors = errors_of({-7: "T1 8,T2@lung 9", 56: "T1 -2,O1 present"}, RECIST)
    assert [error.split(",")[0] for error in errors] == [f"lesions.csv row {row}" for row in (2, 3, 4, 4, 5)]


def test_patients_without_a_row_are_counted():
    lesions = lesions_of({"a": {-7: "T1 50"}})
    errors = lesion_errors(lesions, starts_of(["a", "b", "c"]), [RECIST], "mri.csv")
    assert errors == ["mri.csv: 2 of 3 patients without a row, expected a baseline visit"]


def test_rows_of_patients_who_are_not_evaluated_are_checked_each_for_itself():
    lesions = lesions_of({"a": {-7: "T1 50"}, "screened": {56: "T1 5,T1 -1"}})
    errors = lesion_errors(lesions, starts_of(["a"]), [RECIST])
    assert [error.split(":")[0] for error in errors] == [
        "lesions.csv row 4, column diameter_mm",
        "lesions.csv row 4, column lesion_id",
        "lesions.csv row 4, column viable_mm",
    ]


def test_missing_columns_are_named():
    lesions = lesions_of({"a": {-7: "T1 50"}}).drop(columns=["site", "viable_mm"])
    assert lesion_errors(lesions, starts_of("a"), [RECIST]) == ["lesions.csv: there is no column site"]
    assert len(lesion_errors(lesions, starts_of("a"), [RECIST, MRECIST])) == 2


def test_rows_are_counted_from_the_header_where_the_table_does_not_say():
    lesions = lesions_of({"a": {-7: "T1 50,T2 5"}}).drop(columns="row")
    assert lesion_errors(lesions, starts_of("a"), [RECIST])[0].startswith("lesions.csv row 3,")


def test_a_table_can_be_checked_before_anybody_is_enrolled():
    lesions = lesions_of({"a": {56: "T1 50,T2 5"}})
    lesions.loc[1, "diameter_mm"] = 4.0
    assert lesion_errors(lesions, pd.Series(dtype="datetime64[ns]"), []) == [
        "lesions.csv row 3, column viable_mm: found 5, expected at most the lesion's diameter_mm"
    ]
