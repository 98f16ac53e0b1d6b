"""From visits to the patient: best response, window, confirmation, progression, new therapy, readers."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from response_cases import COURSES, START, lesions_of, starts_of
from twoarm.config.response_criteria import RESPONSES
from twoarm.response.best_response import adjudicated, best_response, cohen_kappa, patient_responses
from twoarm.response.response_rules import rules_for
from twoarm.response.tumour_response import visit_verdicts

RECIST = rules_for("recist")


def visits_of(course: dict[int, str], sums: dict[int, float] | None = None) -> pd.DataFrame:
    """A patient's visits by their overall response, with a baseline sum of 100 mm."""
    rows = [("p", "r1", date(day), day, overall, (sums or {}).get(day), 100.0, "") for day, overall in course.items()]
    columns = ["patient_id", "reader", "visit_date", "day", "overall", "sum_mm", "baseline_mm", "reason"]
    table = pd.DataFrame(rows, columns=columns).astype({"sum_mm": float})
    return table.assign(assessed=table["visit_date"])


def date(day: int) -> pd.Timestamp:
    return START + pd.Timedelta(days=day)


@pytest.mark.parametrize("name", COURSES)
def test_best_response(name):
    course, given, expected = COURSES[name]
    response = patient_responses(visits_of(course), ["p"], rules_for("recist", given))
    assert response["best_response"].item() == expected


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        ({56: "CR"}, "NON-CR/NON-PD"),
        ({56: "CR", 84: "PD"}, "NON-CR/NON-PD"),
        ({56: "CR", 84: "NON-CR/NON-PD"}, "NON-CR/NON-PD"),
        ({28: "CR"}, "NE"),
        ({28: "CR", 84: "PD"}, "PD"),
        ({56: "CR", 84: "CR"}, "CR"),
    ],
)
def test_an_unconfirmed_complete_response_without_targets(course, expected):
    visits = visits_of(course).assign(baseline_mm=math.nan)
    response = patient_responses(visits, ["p"], rules_for("recist", {"confirm": True}))
    assert response["best_response"].item() == expected


@pytest.mark.parametrize("confirm", [False, True])
@pytest.mark.parametrize("criterion", ["recist", "mrecist"])
def test_from_lesions_to_best_response(criterion, confirm):
    """A complete response at one visit and a relapse at the next, with targets and without."""
    lesions = lesions_of({
        "p": {-7: "T1 50", 56: "T1 0", 112: "T1 3"},
        "q": {-7: "O1 present", 56: "O1 absent", 112: "O1 present"},
        "r": {-7: "O1 present", 28: "O1 present", 112: "O1 progression"},
    })  # fmt: skip
    rules = rules_for(criterion, {"confirm": confirm})
    visits = visit_verdicts(lesions, starts_of("pqr"), rules)
    best = patient_responses(visits, ["p", "q", "r"], rules)["best_response"].tolist()
    assert best == (["SD", "NON-CR/NON-PD", "PD"] if confirm else ["CR", "CR", "PD"])


def test_first_progression_is_the_progression_date():
    response = patient_responses(visits_of({56: "SD", 112: "PD", 168: "PD"}), ["p"], RECIST)
    assert response["progression_date"].item() == date(112)


def test_no_progression_has_no_date():
    assert pd.isna(patient_responses(visits_of({56: "SD"}), ["p"], RECIST)["progression_date"].item())


def test_a_patient_without_visits_is_counted_as_not_evaluable():
    response = patient_responses(visits_of({56: "PR"}), ["q", "p"], RECIST)
    assert response[["patient_id", "best_response"]].to_numpy().tolist() == [["p", "PR"], ["q", "NE"]]


@pytest.mark.parametrize(("therapy", "expected", "change"), [(112, "SD", -0.1), (113, "PR", -0.4), (56, "NE", None)])
def test_visits_from_new_therapy_on_do_not_count(therapy, expected, change):
    visits = visits_of({56: "SD", 112: "PR", 168: "PD"}, {56: 90, 112: 60, 168: 90})
    response = patient_responses(visits, ["p"], RECIST, pd.Series({"p": date(therapy)}))
    assert response["best_response"].item() == expected
    assert response["best_change"].item() == pytest.approx(math.nan if change is None else change, nan_ok=True)
    assert response["progression_date"].item() == date(168)  # progression counts, new therapy or not


def test_a_patient_without_new_therapy_is_not_cut():
    response = patient_responses(visits_of({56: "PR"}), ["p"], RECIST, pd.Series({"p": pd.NaT}))
    assert response["best_response"].item() == "PR"


def test_best_change_is_the_smallest_sum_up_to_progression():
    visits = visits_of({56: "SD", 84: "NE", 112: "PD", 168: "CR"}, {56: 90, 112: 130, 168: 0})
    assert patient_responses(visits, ["p"], RECIST)["best_change"].item() == pytest.approx(-0.1)


def test_best_change_of_a_patient_who_only_grows_is_positive():
    assert patient_responses(visits_of({56: "PD"}, {56: 130}), ["p"], RECIST)["best_change"].item() == 0.3


# Readers


def readings(**overall_by_reader: dict[int, str]) -> pd.DataFrame:
    tables = [visits_of(course).assign(reader=reader) for reader, course in overall_by_reader.items()]
    return pd.concat(tables, ignore_index=True)


def test_the_primary_reader_counts():
    kept = adjudicated(readings(a={56: "SD"}, b={56: "PR", 84: "PD"}), "a")
    assert kept["overall"].tolist() == ["SD"]


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        ({"a": {56: "SD", 84: "PR"}, "b": {56: "SD", 84: "SD"}, "c": {56: "PD", 84: "PD"}}, ["SD", "PD"]),
        ({"a": {56: "SD", 84: "PR"}, "b": {56: "SD", 84: "SD"}, "c": {56: "PD"}}, ["SD", "PR"]),
        ({"a": {56: "SD", 84: "PR"}, "c": {56: "PD", 84: "PD"}}, ["SD", "PR"]),  # nobody to disagree with
        ({"a": {56: "SD"}, "b": {56: "PR"}}, ["SD"]),
        ({"a": {56: "SD"}, "c": {84: "PD"}}, ["SD", "PD"]),  # the primary has not read the second visit
        ({"a": {56: "SD"}, "b": {84: "PR"}, "c": {84: "PR"}}, ["SD", "PR"]),
        ({"b": {56: "PR"}, "c": {56: "PD"}}, ["PD"]),  # nor any
        ({"b": {56: "PR"}}, []),
    ],
)
def test_the_adjudicator_overrides_where_two_disagree(course, expected):
    kept = adjudicated(readings(**course), "a", "c")
    assert kept["overall"].tolist() == expected


def test_an_adjudicated_verdict_says_so():
    kept = adjudicated(readings(a={56: "SD", 84: "PD"}, b={56: "PR"}, c={56: "PD", 84: "PD", 112: "PD"}), "a", "c")
    assert kept["reason"].tolist() == ["adjudicated: ", "", "adjudicated: "]
    assert kept["reader"].tolist() == ["c", "a", "c"]


def test_each_reader_is_judged_on_own_lesions():
    first = lesions_of({"p": {-7: "T1 50", 56: "T1 50"}}, "a")
    second = lesions_of({"p": {-7: "T9 40", 56: "T9 20"}}, "b")
    visits = visit_verdicts(pd.concat([first, second]), starts_of(["p"]), RECIST)
    assert visits[["reader", "overall"]].to_numpy().tolist() == [["a", "SD"], ["b", "PR"]]


def test_kappa_of_a_textbook_table():
    # 20 both PR, 15 both SD, 5 PR/SD, 10 SD/PR: observed .70, expected .50 (the classic 2 x 2 example: .40)
    first = ["PR"] * 25 + ["SD"] * 25
    second = ["PR"] * 20 + ["SD"] * 5 + ["PR"] * 10 + ["SD"] * 15
    assert cohen_kappa(first, second) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [(["PR", "SD"], ["PR", "SD"], 1), (["PR", "SD"], ["SD", "PR"], -1), (["PR"], ["PR"], math.nan), ([], [], math.nan)],
)
def test_kappa_at_its_limits(first, second, expected):
    assert cohen_kappa(first, second) == pytest.approx(expected, nan_ok=True)


def test_kappa_agrees_with_statsmodels():
    from statsmodels.stats.inter_rater import cohens_kappa, to_table

    draw = np.random.default_rng(1)
    first, second = draw.choice(RESPONSES, 200), draw.choice(RESPONSES, 200, p=[0.4, 0.2, 0.1, 0.1, 0.1, 0.1])
    counts, _ = to_table(np.column_stack([first, second]))
    assert cohen_kappa(first, second) == pytest.approx(cohens_kappa(counts).kappa, abs=1e-12)


# Properties

courses = st.lists(st.tuples(st.integers(1, 60), st.sampled_from(RESPONSES)), max_size=8).map(
    lambda steps: {
        int(day): overall
        for day, (_, overall) in zip(np.cumsum([gap for gap, _ in steps]), steps, strict=True)
    }
)  # fmt: skip
any_rules = st.builds(
    lambda confirm, days: rules_for("recist", {"confirm": confirm, "sd_min_days": days}),
    st.booleans(),
    st.integers(0, 100),
)


@given(courses, any_rules)
def test_the_best_response_is_never_better_than_the_visits(course, rules):
    best = patient_responses(visits_of(course), ["p"], rules)["best_response"].item()
    possible = min(map(RESPONSES.index, course.values()), default=RESPONSES.index("NE"))
    assert RESPONSES.index(best) >= possible


@given(courses, any_rules)
def test_nobody_responds_after_progression(course, rules):
    response = patient_responses(visits_of(course), ["p"], rules)
    days = [day for day, overall in course.items() if overall == "PD"]
    until = {day: overall for day, overall in course.items() if day <= min(days, default=10**6)}
    assert response["best_response"].item() == best_response(list(until.items()), rules)
    if response["best_response"].item() == "PD":
        assert response["progression_date"].item() == date(days[0])


@given(courses, any_rules)
def test_the_progression_date_is_a_visit_with_progression(course, rules):
    progression = patient_responses(visits_of(course), ["p"], rules)["progression_date"].item()
    assert pd.isna(progression) == ("PD" not in course.values())
    if not pd.isna(progression):
        assert progression > START and course[(progression - START).days] == "PD"


@given(courses, st.integers(0, 100))
def test_asking_for_confirmation_never_improves_a_response(course, days):
    asked, plain = (rules_for("recist", {"confirm": confirm, "sd_min_days": days}) for confirm in (True, False))
    visits = list(course.items())
    assert RESPONSES.index(best_response(visits, asked)) >= RESPONSES.index(best_response(visits, plain))
