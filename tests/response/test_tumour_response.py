"""The response of a visit: hand-made patients on every boundary of the rules, and properties that always hold."""

from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from response_cases import START, VISITS, lesions_of, scans_of, starts_of
from twoarm.response.lesions import lesion_errors
from twoarm.response.response_rules import rules_for
from twoarm.response.tumour_response import overall, visit_verdicts
from twoarm.results.errors import InputError

CASES = [
    (name, criterion, verdicts)
    for name, (_, *by_criterion) in VISITS.items()
    for criterion, verdicts in zip(["recist", "mrecist"], by_criterion, strict=True)
]


def judge(visits, criterion, **given):
    return visit_verdicts(lesions_of({"p": visits}), starts_of(["p"]), rules_for(criterion, given))


@pytest.mark.parametrize(("name", "criterion", "verdicts"), CASES)
def test_hand_made_patients(name, criterion, verdicts):
    found = judge(VISITS[name][0], criterion)
    assert " ".join(found["overall"]) == verdicts, found["reason"].tolist()


@pytest.mark.parametrize("criterion", ["recist", "mrecist"])
def test_the_hand_made_patients_are_without_error(criterion):
    patients = {name: visits for name, (visits, *_) in VISITS.items()}
    asked = [rules_for("recist"), rules_for(criterion)]  # what is too small for mRECIST alone may stay a target
    assert lesion_errors(lesions_of(patients), starts_of(patients), asked) == []


REST = "T2@lung 30,O1@bone present"


def assessed(*rows, criterion):
    """Verdicts from (day, notation, visit, part_of), a baseline of 50 mm in the liver and 30 mm in the lung."""
    rows = [(-7, "T1 50,T2@lung 30,O1@bone present", "", ""), *rows]
    found = visit_verdicts(scans_of(rows), starts_of(["p"]), rules_for(criterion))
    return list(zip(found["visit_date"].sub(START).dt.days, found["overall"], strict=True))


@pytest.mark.parametrize("criterion", ["recist", "mrecist"])
@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # an assessment over several days has the date of its last scan ...
        ([(56, "T1 50", "1", ""), (60, "T2@lung 30,O1@bone present", "1", "")], [(60, "SD")]),
        ([(56, "T1 80", "1", ""), (60, "T2@lung 30,O1@bone present", "1", "")], [(60, "PD")]),
        # ... but progression that a scan shows by itself has its day
        ([(56, "T1 50,N1@bone present", "1", ""), (60, "T2@lung 30,O1@bone present", "1", "")], [(56, "PD")]),
        ([(56, "O1@bone progression", "1", ""), (60, "T1 50,T2@lung 30", "1", "")], [(56, "PD")]),
        ([(56, "T1 50,T2@lung 30,N1@bone equivocal", "1", ""), (60, "O1@bone present", "1", ""),
          (112, "T1 50,T2@lung 30,O1@bone present,N1@bone present", "2", "")], [(56, "PD"), (112, "PD")]),
        # parts are added, what has merged is 0 mm
        ([(56, "T1a 20", "", "T1"), (56, "T1b 31", "", "T1"), (56, REST, "", "")], [(56, "SD")]),
        ([(56, "T1a 40", "", "T1"), (56, "T1b 26", "", "T1"), (56, REST, "", "")], [(56, "PD")]),
        ([(56, "T1a 10", "", "T1"), (56, "T1b present", "", "T1"), (56, REST, "", "")],
         [(56, "PR")]),
        ([(56, "T1a 10", "", "T1"), (56, "T1b -", "", "T1"), (56, REST, "", "")], [(56, "NE")]),
        # a part that has been seen before and has no row is missing
        ([(56, "T1a 20", "", "T1"), (56, "T1b 31", "", "T1"), (56, REST, "", ""),
          (112, "T1a 20", "", "T1"), (112, REST, "", "")], [(56, "SD"), (112, "NE")]),
        ([(56, "T1 20", "", ""), (56, "T1b 31", "", "T1"), (56, REST, "", ""),
          (112, "T1 20", "", ""), (112, REST, "", "")], [(56, "SD"), (112, "NE")]),
        ([(56, "T1 20", "", ""), (56, "T1b 31", "", "T1"), (56, REST, "", ""),
          (112, "T1 51", "", ""), (112, "T1b merged", "", "T1"), (112, REST, "", "")], [(56, "SD"), (112, "SD")]),
        ([(56, "T1 56,T2@lung merged,O1@bone present", "", "")], [(56, "PR")]),
        ([(56, "T1 0,T2@lung merged,O1@bone absent", "", "")], [(56, "CR")]),
    ],
)  # fmt: skip
def test_assessments_of_several_days_parts_and_wholes(rows, expected, criterion):
    assert assessed(*rows, criterion=criterion) == expected


def test_without_a_liver_target_mrecist_has_the_settings_of_recist():
    given = {"pd_abs_mm": {"recist": 3, "mrecist": 0}, "pd_ratio": {"recist": 0.1}}
    assert judge({-7: "T1@lung 20", 56: "T1@lung 22.9"}, "mrecist", **given)["overall"].item() == "SD"
    assert judge({-7: "T1@lung 20", 56: "T1@lung 23"}, "mrecist", **given)["overall"].item() == "PD"


# The combination table of Eisenhauer 2009 as the rules print it; None is "any", a set its alternatives.
ANY_TARGET = ["CR", "PR", "SD", "PD", "NE", "none"]
ANY_NON_TARGET = ["CR", "NON-CR/NON-PD", "NE", "PD", "none"]
NOT_PD = ["CR", "NON-CR/NON-PD", "NE", "none"]
TABLE = [
    (["CR"], ["CR", "none"], [False], "CR"),
    (["CR"], ["NON-CR/NON-PD", "NE"], [False], "PR"),
    (["PR"], NOT_PD, [False], "PR"),
    (["SD"], NOT_PD, [False], "SD"),
    (["NE"], NOT_PD, [False], "NE"),
    (["PD"], ANY_NON_TARGET, [False, True], "PD"),
    (ANY_TARGET, ["PD"], [False, True], "PD"),
    (ANY_TARGET, ANY_NON_TARGET, [True], "PD"),
    (["none"], ["CR"], [False], "CR"),
    (["none"], ["NON-CR/NON-PD"], [False], "NON-CR/NON-PD"),
    (["none"], ["NE"], [False], "NE"),
]


@pytest.mark.parametrize(("targets", "non_targets", "new", "expected"), TABLE)
def test_combination_table(targets, non_targets, new, expected):
    found = {overall(target, other, lesion) for target in targets for other in non_targets for lesion in new}
    assert found == {expected}


def test_combination_table_is_complete():
    covered = {(t, o, n) for targets, others, new, _ in TABLE for t in targets for o in others for n in new}
    everything = {(t, o, n) for t in ANY_TARGET for o in ANY_NON_TARGET for n in (False, True)}
    assert everything - covered == {("none", "none", False)}  # a patient without a baseline lesion, a fault


@pytest.mark.parametrize(
    ("visits", "criterion", "reason"),
    [
        ({-7: "T1 90", 56: "T1 74", 112: "T1 91"}, "recist", "sum 74 -> 91 mm, +23% and +17 mm from nadir"),
        ({-7: "T1 90/74", 56: "T1 91"}, "mrecist", "viable sum 74 -> 91 mm, +23% and +17 mm from nadir"),
        ({-7: "T1 50", 56: "T1 35"}, "recist", "sum 50 -> 35 mm, -30% from baseline"),
        ({-7: "T1 100", 56: "T1 80", 112: "T1 88"}, "recist",
         "sum 80 -> 88 mm, +10% and +8 mm from nadir, -12% from baseline"),
        ({-7: "T1 250", 56: "T1 299"}, "recist", "sum 250 -> 299 mm, +19.6% and +49 mm from nadir"),
        ({-7: "T1 50", 56: "T1 0", 84: "T1 3"}, "recist",
         "sum 0 -> 3 mm, back from none; seen again after a complete response: T1 (liver)"),
        ({-7: "T1 30,T2@lymph_node 15", 56: "T1 30,T2@lymph_node 3", 84: "T1 30,T2@lymph_node 9.9"}, "recist",
         "sum 33 -> 39.9 mm, +21% and +6.9 mm from nadir, 6.9 mm of it in normal nodes, -11% from baseline"),
        ({-7: "T1 50,T2 50", 56: "T2 120"}, "recist",
         "sum 100 -> 120 mm, +20% and +20 mm from nadir (1 of 2 targets measured)"),
        ({-7: "T1 50,T2 50", 56: "T2 50"}, "recist", "1 of 2 targets not evaluable"),
        ({-7: "T1@lymph_node 20", 56: "T1@lymph_node 9"}, "recist", "all targets gone, nodes below 10 mm"),
        ({-7: "T1 50,O1@bone present", 56: "T1 50,O1@bone progression"}, "recist",
         "sum 50 -> 50 mm, +0% from baseline; unequivocal progression of non-target: O1 (bone)"),
        ({-7: "O1 present", 56: "O1 present,N1@lung present"}, "recist",
         "non-targets persist; new lesion N1 (lung)"),
        ({-7: "O1 present", 56: "O1 present,N1 12 equivocal"}, "recist",
         "non-targets persist; not yet a proven new lesion N1 (liver)"),
    ],
)  # fmt: skip
def test_reason(visits, criterion, reason):
    assert judge(visits, criterion)["reason"].iloc[-1] == reason


BY_SUM = [
    # a lesion that is seen again without progression was never gone
    ({-7: "T1 80,T2@lymph_node 20", 56: "T1 0,T2@lymph_node 9", 112: "T1 1,T2@lymph_node 9"}, "PR PR"),
    ({-7: "T1 80,T2@lymph_node 20", 56: "T1 0,T2@lymph_node 9", 84: "T1 -", 112: "T1 1,T2@lymph_node 9"}, "PR NE PR"),
    ({-7: "T1 50,O1 present", 56: "T1 0,O1 absent", 112: "T1 0,O1 present"}, "PR PR"),
    ({-7: "O1 present", 56: "O1 absent", 112: "O1 present"}, "NON-CR/NON-PD NON-CR/NON-PD"),
    # where the sum has progressed, it was gone
    ({-7: "T1 50", 56: "T1 0", 112: "T1 1"}, "CR PD"),
    ({-7: "T1 50", 56: "T1 0", 112: "T1 0,N1@lung present"}, "CR PD"),
    ({-7: "T1 80,T2@lymph_node 20", 56: "T1 0,T2@lymph_node 9", 84: "T1 9,T2@lymph_node 9",
      112: "T1 1,T2@lymph_node 9"}, "CR PD PR"),
]  # fmt: skip


@pytest.mark.parametrize(("visits", "verdicts"), BY_SUM)
@pytest.mark.parametrize("criterion", ["recist", "mrecist"])
def test_relapse_by_the_sum_reads_the_complete_response_again(visits, verdicts, criterion):
    found = judge(visits, criterion, relapse_after_cr="by_sum")
    assert " ".join(found["overall"]) == verdicts, found["reason"].tolist()


def test_a_complete_response_read_again_says_why():
    found = judge(
        {-7: "O1@lung present", 56: "O1@lung absent", 112: "O1@lung present"}, "recist", relapse_after_cr="by_sum"
    )
    assert found["reason"][0] == "non-targets gone; no complete response, as O1 (lung) was seen again 2024-04-22"


def test_reason_of_a_backdated_lesion_names_the_visit_that_confirmed_it():
    found = judge({-7: "O1 present", 56: "O1 present,N1@lung equivocal", 84: "O1 present,N1@lung present"}, "recist")
    assert found["reason"].tolist() == [
        "non-targets persist; new lesion N1 (lung, confirmed 2024-03-25)",
        "non-targets persist; new lesion N1 (lung, confirmed 2024-03-25)",
    ]


def test_columns_of_a_visit():
    found = judge({-7: "T1 100", 56: "T1 80", 112: "T1 90.5"}, "recist").iloc[-1]
    assert (found["visit_date"], found["day"]) == (START + pd.Timedelta(days=112), 112)
    assert (found["sum_mm"], found["baseline_mm"], found["nadir_mm"]) == (90.5, 100, 80)
    assert (found["target"], found["non_target"], found["new_lesion"]) == ("SD", "none", "no")


@pytest.mark.parametrize(
    ("visits", "criterion", "given", "before", "after"),
    [
        ({-7: "T1 20", 56: "T1 24"}, "mrecist", {"pd_abs_mm": 5}, "PD", "SD"),
        ({-7: "T1 20", 56: "T1 24"}, "mrecist", {"pd_abs_mm": {"mrecist": 5}}, "PD", "SD"),
        ({-7: "T1 20", 56: "T1 24"}, "recist", {"pd_abs_mm": {"mrecist": 0}}, "SD", "SD"),
        ({-7: "T1 20", 56: "T1 24"}, "recist", {"pd_abs_mm": 4}, "SD", "PD"),
        ({-7: "T1 100", 56: "T1 120"}, "recist", {"pd_ratio": 0.25}, "PD", "SD"),
        ({-7: "T1 100", 56: "T1 70"}, "recist", {"pr_ratio": 0.5}, "PR", "SD"),
        ({-7: "T1@lymph_node 20", 56: "T1@lymph_node 9"}, "recist", {"node_normal_mm": 8}, "CR", "PR"),
        ({-7: "T1 10,T2 10", 56: "T1 10,T2 present"}, "recist", {"small_mm": 4}, "SD", "PR"),
        ({-7: "T1 50/40", 56: "T1 50/0"}, "mrecist", {"intrahepatic_sites": ["lobe"]}, "CR", "SD"),
        ({-7: "T1@node 20", 56: "T1@node 9"}, "recist", {"node_sites": ["node"]}, "PR", "CR"),
        ({-7: "T1 50", 56: "T1 50,N1 12 equivocal typical"}, "mrecist", {"nodule_mm": 15}, "PD", "SD"),
        ({-7: "T1 50", 56: "T1 50,N1@ascites present"}, "mrecist", {"effusion_sites": []}, "SD", "PD"),
    ],
)
def test_settings(visits, criterion, given, before, after):
    assert judge(visits, criterion)["overall"].item() == before
    assert judge(visits, criterion, **given)["overall"].item() == after


def test_unknown_settings_and_criteria_are_refused():
    with pytest.raises(InputError, match=r"response\.sd_min_day is not a setting") as stopped:
        rules_for("who", {"sd_min_day": 28})
    assert "who is unknown" in stopped.value.errors[1]


def test_thresholds_are_exact_numbers():
    rules = rules_for("recist", {"pd_ratio": 0.1})
    assert (rules.pd_ratio, rules.pd_abs_mm) == (Fraction(1, 10), 5000)


# Properties

sizes = st.integers(0, 120).map(lambda tenths: tenths / 2)
statuses = st.sampled_from(["absent", "present", "equivocal", "unequivocal_progression"])


@st.composite
def lesion_tables(draw):
    """One patient with two liver targets, a nodal target, a non-target, and sometimes new lesions."""
    rows = []
    days = [-7, *sorted(draw(st.sets(st.integers(1, 400), min_size=1, max_size=5)))]

    def add(day, name, site, role, diameter=None, viable=None, status="", evaluable=True, pattern=""):
        date = START + pd.Timedelta(days=day)
        rows.append(("p", date, "r1", name, site, role, diameter, viable, status, evaluable, pattern))

    for day in days:
        floor = 15 if day < 0 else 0
        for name, site in [("T1", "liver"), ("T2", "liver"), ("T3", "lymph_node")]:
            diameter = floor + draw(sizes)
            viable = diameter if day < 0 else draw(st.sampled_from([diameter, diameter / 2, 0.0]))
            add(day, name, site, "target", diameter, viable, evaluable=day < 0 or draw(st.integers(0, 9)) > 0)
        add(day, "O1", "lung", "non_target", status="present" if day < 0 else draw(statuses))
        if day > 0 and draw(st.booleans()):
            status = draw(st.sampled_from(["present", "equivocal", "absent"]))
            size = 0.0 if status == "absent" else draw(sizes)
            add(
                day,
                "N1",
                draw(st.just("liver")),
                "new",
                size,
                0.0,
                status,
                pattern=draw(st.sampled_from(["typical", ""])),
            )
    columns = "patient_id visit_date reader lesion_id site role diameter_mm viable_mm status evaluable pattern"
    return pd.DataFrame(rows, columns=columns.split())


criteria = st.sampled_from(["recist", "mrecist"])


@settings(max_examples=60)
@given(lesion_tables(), criteria, st.randoms(use_true_random=False))
def test_row_order_never_matters(lesions, criterion, random):
    order = list(range(len(lesions)))
    random.shuffle(order)
    start = starts_of(["p"])
    expected = visit_verdicts(lesions, start, rules_for(criterion))
    pd.testing.assert_frame_equal(visit_verdicts(lesions.iloc[order], start, rules_for(criterion)), expected)


@settings(max_examples=60)
@given(lesion_tables(), criteria, st.sampled_from([2, 3, 7]))
def test_another_unit_of_length_changes_no_verdict(lesions, criterion, factor):
    rules = rules_for(criterion)
    lengths = {
        name: factor * getattr(rules, name) / 1000
        for name in ("pd_abs_mm", "node_normal_mm", "nodule_mm", "nodule_growth_mm", "porta_hepatis_mm", "small_mm")
    }
    scaled = lesions.assign(diameter_mm=factor * lesions["diameter_mm"], viable_mm=factor * lesions["viable_mm"])
    verdicts = ["target", "non_target", "new_lesion", "overall"]
    pd.testing.assert_frame_equal(
        visit_verdicts(scaled, starts_of(["p"]), rules_for(criterion, lengths))[verdicts],
        visit_verdicts(lesions, starts_of(["p"]), rules)[verdicts],
    )


@settings(max_examples=60)
@given(lesion_tables(), criteria)
def test_a_later_visit_changes_no_earlier_target_response(lesions, criterion):
    whole = visit_verdicts(lesions, starts_of(["p"]), rules_for(criterion))
    cut = lesions[lesions["visit_date"] < lesions["visit_date"].max()]
    part = visit_verdicts(cut, starts_of(["p"]), rules_for(criterion))
    columns = ["visit_date", "sum_mm", "nadir_mm"]
    before = whole.head(len(part))
    if part["new_lesion"].tolist() == before["new_lesion"].tolist():  # else a complete response may have been none
        columns += ["target", "non_target"]
    pd.testing.assert_frame_equal(part[columns], before[columns])


@settings(max_examples=60)
@given(lesion_tables(), criteria)
def test_the_overall_follows_from_its_parts(lesions, criterion):
    found = visit_verdicts(lesions, starts_of(["p"]), rules_for(criterion))
    parts = zip(found["target"], found["non_target"], found["new_lesion"].eq("yes"), strict=True)
    assert found["overall"].tolist() == [overall(*part) for part in parts]
    assert (found["sum_mm"].isna() | (found["sum_mm"] >= 0)).all()
