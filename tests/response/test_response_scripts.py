"""The three response stages: evaluate, compare the arms, compare the criteria."""

import math

import pandas as pd
import pytest

from response.compare_criteria import compare_criteria
from response.compare_response import compare_response
from response.evaluate_response import evaluate_response, readers_of
from response_cases import START, lesions_of, scans_of
from twoarm.response.lesions import error_lines
from twoarm.results.errors import InputError
from twoarm.results.rows import KEY

ARMS = {"treated": {"value": "A"}, "control": {"value": "B"}}
BOTH = {"criteria": ["mrecist", "recist"], "start": "treatment_start", "sd_min_days": 28}
PATIENTS = {
    "p1": {-7: "T1 50/40", 56: "T1 50/0", 112: "T1 50/0"},  # mRECIST CR, RECIST SD
    "p2": {-7: "T1 50/40", 56: "T1 50/48", 112: "T1 70/60"},  # mRECIST PD early, RECIST SD, PD later
    "p3": {-7: "T1 50", 56: "T1 60"},  # PD by both
    "p4": {-7: "T1 50"},  # never seen again
    "p5": {-7: "T1 50", 56: "T1 70", 112: "T1 10"},  # PD, then a response
    "p6": {-7: "T1 50/20", 56: "T1 60/20"},  # mRECIST SD, RECIST PD
}


def enrolled_of(patients) -> pd.DataFrame:
    table = pd.DataFrame({"patient_id": list(patients)})
    return table.assign(arm=["A", "B"] * (len(table) // 2), treatment_start=START)


def evaluated(lesions=None, response=BOTH, enrolled=None, progressions=None):
    lesions = lesions_of(PATIENTS) if lesions is None else lesions
    enrolled = enrolled_of(PATIENTS) if enrolled is None else enrolled
    return evaluate_response(lesions, enrolled, response, progressions or {})


def value(statistics: pd.DataFrame, **key) -> float:
    rows = statistics[(statistics[list(key)] == pd.Series(key)).all(axis=1)]
    assert len(rows) == 1, f"{len(rows)} rows of {key}"
    return rows["value"].item()


def test_responses_of_the_patients():
    _, responses, _ = evaluated()
    best = responses.pivot(index="patient_id", columns="criterion", values="best_response")
    assert best["mrecist"].tolist() == ["CR", "PD", "PD", "NE", "PD", "SD"]
    assert best["recist"].tolist() == ["SD", "SD", "PD", "NE", "PD", "PD"]
    assert responses.columns.tolist() == [
        *("patient_id", "criterion", "best_response", "best_change", "progression_date"),
    ]
    second = responses[responses["patient_id"] == "p2"].set_index("criterion")
    assert second["progression_date"].tolist() == [START + pd.Timedelta(days=day) for day in (56, 112)]
    assert second.loc["recist", "best_change"] == 0


def test_one_row_a_patient_criterion_and_visit():
    visits, _, _ = evaluated()
    assert len(visits) == 2 * 8
    assert not visits.duplicated(["patient_id", "criterion", "visit_date"]).any()
    assert visits["reason"].str.len().gt(0).all()


def test_row_order_of_the_tables_does_not_matter():
    turned = evaluated(lesions_of(PATIENTS).iloc[::-1], enrolled=enrolled_of(PATIENTS).iloc[::-1])
    for found, expected in zip(turned, evaluated(), strict=True):
        pd.testing.assert_frame_equal(found, expected)


def test_patients_who_are_not_enrolled_are_left_out():
    lesions = lesions_of({**PATIENTS, "screened": {56: "T1 5"}})
    assert "screened" not in set(evaluated(lesions)[0]["patient_id"])


def test_old_baselines_small_targets_and_sites_are_counted():
    lesions = lesions_of({
        "p": {-29: "T1 50/40,T2 30/8", 56: "T1 50/40,T2 30/8"},
        "q": {-28: "T1@LIVER 50,O1@Spleen present", 56: "T1@LIVER 50,O1@Spleen present"},
    })  # fmt: skip
    enrolled = pd.DataFrame({"patient_id": ["p", "q"], "start": START})
    _, _, found = evaluate_response(lesions, enrolled, {"criteria": ["recist", "mrecist"], "start": "start"}, {})
    rows = {(row.variable, row.level): (row.value, row.note) for row in found.itertuples()}
    for criterion in ("recist", "mrecist"):
        assert rows[criterion, "baseline scan more than 28 days before the start"][0] == 1
    assert rows["recist", "targets too small for this criterion"] == (0, "")
    assert rows["mrecist", "targets too small for this criterion"] == (1, "non-targets to this criterion")
    assert rows["site", "LIVER"] == (6, "as the liver")
    assert rows["site", "Spleen"] == (2, "as an organ of its own")


SERIES = {"p": {-7: "T1 50", 56: "T1 50", 112: "T1 20"}}
OTHER = {"p": {-7: "T1 50", 56: "T1 30", 112: "T1 30"}}


def read_by(**series):
    tables = [lesions_of(patients, reader) for reader, patients in series.items()]
    lesions = pd.concat(tables, ignore_index=True)
    return lesions.assign(row=lesions.index + 2), pd.DataFrame({"patient_id": ["p"], "start": START})


def test_an_adjudicator_has_to_have_read_the_whole_series():
    rules = {"criteria": ["recist"], "start": "start", "reader": {"primary": "a", "adjudicator": "c"}}
    lesions, enrolled = read_by(a=SERIES, b=OTHER, c={"p": {-7: "T1 50", 112: "T1 90"}})
    with pytest.raises(InputError) as stopped:
        evaluate_response(lesions, enrolled, rules, {})
    assert [error.split(":")[0] for error in stopped.value.errors] == ["lesions.csv row 9, column reader"]
    lesions, enrolled = read_by(a=SERIES, b=OTHER, c={"p": {-7: "T1 50", 56: "T1 90"}})  # up to the visit is enough
    visits, *_ = evaluate_response(lesions, enrolled, rules, {})
    assert visits["overall"].tolist() == ["PD", "PR"]


def test_one_reader_may_be_accepted_patient_by_patient():
    rules = {"criteria": ["recist"], "start": "start", "adjudication": "patient"}
    lesions, enrolled = read_by(a=SERIES, b=OTHER)
    visits, *_ = evaluate_response(lesions.assign(accepted="b"), enrolled, rules, {})
    assert visits["overall"].tolist() == ["PR", "PR"]
    visits, *_ = evaluate_response(lesions.assign(accepted="a"), enrolled, rules, {})
    assert visits["overall"].tolist() == ["SD", "PR"]
    for accepted, found in (("c", "'c'"), ("", "'nothing'"), (lesions["reader"], "'a', 'b'")):
        with pytest.raises(
            InputError, match=f"row 2, column accepted: found {found}, expected one of the patient's readers"
        ):
            evaluate_response(lesions.assign(accepted=accepted), enrolled, rules, {})
    with pytest.raises(InputError, match="there is no column accepted"):
        evaluate_response(lesions, enrolled, rules, {})


def test_a_baseline_of_several_days_is_counted_whole():
    lesions = scans_of([
        (-33, "T2 30/8", "baseline", ""), (-29, "T1 50", "baseline", ""),
        (-2, "T1 50", "later", ""), (3, "T2 30/12", "later", ""),  # it ends after the start, so it is no baseline
    ])  # fmt: skip
    enrolled = pd.DataFrame({"patient_id": ["p"], "treatment_start": START})
    _, _, found = evaluated(lesions, enrolled=enrolled)
    assert value(found, variable="mrecist", level="targets too small for this criterion") == 1
    assert value(found, variable="mrecist", level="baseline scan more than 28 days before the start") == 1


def test_new_therapy_ends_the_best_response():
    enrolled = enrolled_of(PATIENTS).assign(other=START + pd.Timedelta(days=30))
    _, responses, _ = evaluated(enrolled=enrolled, response={**BOTH, "new_therapy": "other"})
    assert set(responses["best_response"]) == {"NE"}


def test_every_error_stops_the_evaluation_at_once():
    lesions = lesions_of({**PATIENTS, "p1": {-7: "T1 5"}, "p2": {56: "T1 50"}})
    with pytest.raises(InputError) as stopped:
        evaluated(lesions)
    assert [error.split(",")[0] for error in stopped.value.errors] == [
        "lesions.csv row 2",  # too small by the diameter, and so by the viable part
        "lesions.csv row 3",
    ]


def test_a_date_that_is_not_a_variable_is_named():
    with pytest.raises(InputError, match=r"response\.start is begun, which is not a variable"):
        evaluated(response={**BOTH, "start": "begun"})


# Readers


def two_readers() -> pd.DataFrame:
    other = {**PATIENTS, "p1": {-7: "T1 50/40", 56: "T1 50/40", 112: "T1 50/40"}}
    return pd.concat([lesions_of(PATIENTS, "r1"), lesions_of(other, "r2")], ignore_index=True)


def test_agreement_of_the_primary_reader_with_another():
    _, responses, statistics = evaluated(two_readers(), {**BOTH, "reader": {"primary": "r1"}})
    first = responses.query("patient_id == 'p1' and criterion == 'mrecist'")
    assert first["best_response"].item() == "CR"
    key = {"variable": "mrecist", "level": "r1 vs r2", "method": "cohen_kappa"}
    assert value(statistics, statistic="total", **key) == 6
    # CR PD PD NE PD SD against SD PD PD NE PD SD: observed 5/6, expected (3 x 3 + 1 x 2 + 1 x 1) / 36
    assert value(statistics, statistic="kappa", **key) == pytest.approx((5 / 6 - 12 / 36) / (1 - 12 / 36))
    assert value(statistics, statistic="kappa", **{**key, "variable": "recist"}) == 1


def test_agreement_counts_a_reader_without_a_later_visit_as_not_evaluable():
    lesions = two_readers()
    baseline = lesions["visit_date"] <= START
    other = lesions["reader"].eq("r2")
    unread = other & lesions["patient_id"].eq("p6")  # no baseline by r2 either: not read by both
    only_baseline = other & lesions["patient_id"].isin(["p1", "p3"]) & ~baseline
    _, _, statistics = evaluated(lesions[~unread & ~only_baseline], {**BOTH, "reader": {"primary": "r1"}})
    key = {"variable": "mrecist", "level": "r1 vs r2", "method": "cohen_kappa"}
    assert value(statistics, statistic="total", **key) == 5
    # CR PD PD NE PD against NE PD NE NE PD: observed 3/5, expected (PD 3 x 2 + NE 1 x 3) / 25
    assert value(statistics, statistic="kappa", **key) == pytest.approx((3 / 5 - 9 / 25) / (1 - 9 / 25))


def only_baselines(lesions: pd.DataFrame, reader: str) -> pd.DataFrame:
    return lesions[lesions["reader"].ne(reader) | (lesions["visit_date"] <= START)]


def test_a_visit_that_the_primary_reader_did_not_read_is_counted():
    _, responses, statistics = evaluated(only_baselines(two_readers(), "r1"), {**BOTH, "reader": {"primary": "r1"}})
    assert set(responses["best_response"]) == {"NE"}
    row = statistics[statistics["level"].eq("visits read by another reader only") & statistics["variable"].eq("recist")]
    assert row[["method", "statistic", "value"]].to_numpy().tolist() == [["coherence_of_visits", "n", 8]]
    note = "left out of the responses: neither the primary reader nor an adjudicator has read them"
    assert row["note"].item() == note


def test_a_visit_that_the_primary_reader_read_is_not_counted():
    lesions = only_baselines(two_readers(), "r2")
    _, _, statistics = evaluated(lesions, {**BOTH, "reader": {"primary": "r1"}})
    row = statistics[statistics["level"].eq("visits read by another reader only")]
    assert row[["value", "note"]].to_numpy().tolist() == [[0, ""], [0, ""]]


def test_patients_of_whom_all_readers_have_read_the_baseline_alone():
    lesions = only_baselines(only_baselines(two_readers(), "r1"), "r2")
    for reader in ({"primary": "r1"}, {"primary": "r1", "adjudicator": "r2"}):
        visits, responses, statistics = evaluated(lesions, {**BOTH, "reader": reader})
        assert visits.empty and set(responses["best_response"]) == {"NE"}
        assert value(statistics, variable="recist", level="visits read by another reader only") == 0


def test_the_adjudicator_stands_in_for_the_primary_reader():
    lesions = pd.concat([lesions_of({**PATIENTS, "p3": {-7: "T1 50"}}, "r1"), lesions_of(PATIENTS, "r3")])
    reader = {"primary": "r1", "adjudicator": "r3"}
    visits, responses, statistics = evaluated(lesions, {**BOTH, "reader": reader})
    third = responses[responses["patient_id"] == "p3"]
    assert third["best_response"].tolist() == ["PD", "PD"]
    assert third["progression_date"].tolist() == [START + pd.Timedelta(days=56)] * 2
    assert value(statistics, variable="recist", level="visits adjudicated") == 1
    assert value(statistics, variable="recist", level="visits read by another reader only") == 0


def test_the_adjudicator_decides():
    third = lesions_of({"p1": {-7: "T1 50/40", 56: "T1 50/60", 112: "T1 50/60"}}, "r3")
    lesions = pd.concat([two_readers(), third.assign(diameter_mm=60.0)], ignore_index=True)
    reader = {"primary": "r1", "adjudicator": "r3"}
    visits, responses, statistics = evaluated(lesions, {**BOTH, "reader": reader})
    assert responses.query("patient_id == 'p1' and criterion == 'mrecist'")["best_response"].item() == "PD"
    assert visits.query("patient_id == 'p1' and criterion == 'mrecist'")["reader"].tolist() == ["r3", "r3"]
    assert value(statistics, variable="mrecist", level="visits adjudicated") == 2
    assert value(statistics, variable="recist", level="visits adjudicated") == 0


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        ({}, "response.reader.primary is missing, but lesions.csv has the readers r1, r2"),
        ({"primary": "dr_who"}, "response.reader.primary is dr_who, but lesions.csv has the readers r1, r2"),
        ({"primary": "r1", "adjudicator": "r9"}, "response.reader.adjudicator is r9"),
    ],
)
def test_readers_must_be_in_the_table(reader, expected):
    with pytest.raises(InputError, match=expected):
        evaluated(two_readers(), {**BOTH, "reader": reader})


def test_a_reader_of_a_table_without_readers_is_one_key_too_many():
    with pytest.raises(InputError, match="primary is r1, but lesions.csv has no column of readers; remove the key$"):
        readers_of(pd.DataFrame({"reader": ["", ""]}), {"primary": "r1"}, "lesions.csv")


def test_the_primary_reader_must_have_read_everybody():
    lesions = two_readers()
    lesions = lesions[(lesions["reader"] == "r2") | (lesions["patient_id"] != "p1")]
    with pytest.raises(InputError, match="patients without a row by the reader r1: 1, expected"):
        evaluated(lesions, {**BOTH, "reader": {"primary": "r1"}})


def test_a_table_without_a_reader_column_has_one_reader():
    pd.testing.assert_frame_equal(evaluated(lesions_of(PATIENTS).drop(columns="reader"))[1], evaluated()[1])


# Coherence


def test_coherence():
    _, _, statistics = evaluated(progressions={"pfs": ["mrecist"], "os": []})
    assert value(statistics, variable="mrecist", level="best response PD without progression") == 0
    assert value(statistics, variable="recist", level="responds after progression") == 1
    # p6 progresses by RECIST alone
    crossed = statistics[statistics["level"] == "best response PD before an event of pfs"]
    assert crossed[["variable", "value"]].to_numpy().tolist() == [["recist", 1.0]]
    assert crossed["note"].item().startswith("progression of the endpoint is read by another criterion")
    assert set(statistics["analysis"]) == {"reading"} and not statistics.duplicated(KEY).any()


# Arms and criteria


def responses_of(**counts_by_arm: dict[str, int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Responses by one criterion from counts: A={"CR": 2, ...}, and the patients with their arm."""
    rows = [
        (f"{arm}{response}{number}", arm, response)
        for arm, counts in counts_by_arm.items()
        for response, count in counts.items()
        for number in range(count)
    ]
    table = pd.DataFrame(rows, columns=["patient_id", "arm", "best_response"]).assign(criterion="mrecist")
    return table, table[["patient_id", "arm"]]


# Table 2A of the paper, after matching
MATCHED = {"A": {"CR": 2, "PR": 19, "SD": 25, "PD": 18}, "B": {"CR": 1, "PR": 10, "SD": 22, "PD": 31}}


def test_response_of_the_published_table():
    responses, patients = responses_of(**MATCHED)
    table = compare_response(responses, {"matched": patients}, ["mrecist"], ARMS)
    assert value(table, group="A", level="", statistic="total") == 64
    assert value(table, group="B", level="PD", statistic="n") == 31
    assert value(table, group="A", level="ORR", statistic="n") == 21
    assert value(table, group="A", level="ORR", statistic="percent") == pytest.approx(32.8125)
    assert value(table, group="overall", level="DCR", statistic="n") == 46 + 33
    # R: prop.test(c(21, 11), c(64, 64), correct = FALSE), the same of 46 and 33; binom.test(21, 64)
    test = {"group": "A vs B", "statistic": "p_value", "method": "pearson"}
    assert value(table, level="ORR", **test) == pytest.approx(0.04122683, abs=1e-8)
    assert value(table, level="DCR", **test) == pytest.approx(0.01808166, abs=1e-8)
    exact = {"group": "A", "level": "ORR", "method": "clopper_pearson"}
    limits = [value(table, statistic=limit, **exact) for limit in ("ci_low", "ci_high")]
    assert limits == pytest.approx([21.5872, 45.68768], abs=1e-4)
    contrast = {"group": "A vs B", "level": "ORR"}
    assert value(table, statistic="difference", method="newcombe", **contrast) == pytest.approx(15.625)
    assert value(table, statistic="odds_ratio", method="wald", **contrast) == pytest.approx((21 * 53) / (43 * 11))


def test_not_evaluable_is_no_response_but_counts_in_the_denominator():
    responses, patients = responses_of(A={"PR": 1, "NE": 3}, B={"NON-CR/NON-PD": 2, "PD": 2})
    table = compare_response(responses, {"enrolled": patients}, ["mrecist"], ARMS)
    assert value(table, group="A", level="ORR", statistic="percent") == 25
    assert value(table, group="A", level="NE", statistic="n") == 3
    assert value(table, group="B", level="DCR", statistic="n") == 2
    assert value(table, group="B", level="ORR", statistic="n") == 0
    empty = table[(table["statistic"] == "odds_ratio") & (table["level"] == "ORR")]
    assert math.isnan(empty["value"].item()) and empty["note"].item()


@pytest.mark.parametrize("test", ["pearson", "yates", "fisher"])
def test_the_config_chooses_the_test(test):
    responses, patients = responses_of(**MATCHED)
    table = compare_response(responses, {"matched": patients}, ["mrecist"], ARMS, test)
    assert set(table.loc[table["statistic"] == "p_value", "method"]) == {test}


def test_thresholds_of_the_automatic_test():
    responses, patients = responses_of(**MATCHED)
    table = compare_response(responses, {"matched": patients}, ["mrecist"], ARMS, thresholds={"yates_expected": 100})
    assert set(table.loc[table["statistic"] == "p_value", "method"]) == {"yates"}


def test_discordance_of_the_criteria():
    _, responses, _ = evaluated()
    patients = enrolled_of(PATIENTS)[["patient_id", "arm"]]
    table = compare_criteria(responses, {"enrolled": patients, "matched": patients[:2]}, ["mrecist", "recist"], ARMS)
    whole = table[(table["population"] == "enrolled") & (table["variable"] == "mrecist vs recist")]
    cells = whole[(whole["group"] == "overall") & whole["level"].str.contains(" / ") & (whole["value"] > 0)]
    assert dict(zip(cells["level"], cells["value"], strict=True)) == {
        **{"CR / SD": 1, "SD / PD": 1, "PD / SD": 1, "PD / PD": 2, "NE / NE": 1}
    }
    assert value(whole, group="overall", level="discordant", statistic="n") == 3
    # observed 3/6; expected (SD 1 x 2 + PD 3 x 3 + NE 1 x 1) / 36
    assert value(whole, group="overall", statistic="kappa") == pytest.approx((0.5 - 12 / 36) / (1 - 12 / 36))
    assert value(table, population="matched", group="A", level="CR / SD", statistic="n") == 1
    for group in ("A", "B"):
        mine = whole[(whole["group"] == group) & whole["level"].str.contains(" / ")]
        assert mine["value"].sum() == value(whole, group=group, statistic="total") == 3


def test_lesions_of_no_enrolled_patient_are_reported_to_be_missing():
    with pytest.raises(
        InputError, match="^lesions.csv: no enrolled patient has a row, expected a baseline visit for each$"
    ):
        readers_of(pd.DataFrame({"reader": []}), {}, "lesions.csv")


def test_a_column_of_readers_with_something_else_is_not_repeated():
    with pytest.raises(InputError, match="lesions.csv has the readers 40 different names; name one") as stopped:
        readers_of(pd.DataFrame({"reader": [f"P{number}" for number in range(40)]}), {}, "lesions.csv")
    assert "P1" not in str(stopped.value)


def test_an_error_of_many_rows_is_a_line_and_of_many_values_a_few():
    """Sizes in cm are wrong in every row."""
    text = ", column diameter_mm: found {}, expected a target of 10 mm or more"
    errors = [(row, text.format(2 + row % 7 / 10)) for row in range(2, 90)]
    errors += [(row, ", column visit_date: the patient has no visit, expected a baseline") for row in (7, 3, 3)]
    lines = error_lines("lesions.csv", errors)
    assert lines[0].startswith(
        "lesions.csv rows 2, 9, 16, 23, 30, 37, 44, 51, 58, 65 and 3 more, column diameter_mm: found 2.2"
    )
    assert "lesions.csv rows 3 and 7, column visit_date: the patient has no visit, expected a baseline" in lines
    assert "lesions.csv column diameter_mm: 2 more values like these, expected a target of 10 mm or more" in lines
    assert len(lines) == 7
