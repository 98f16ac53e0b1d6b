"""The report of a small made-up study: each number is from its own row, each name is a label."""

import numpy as np
import pandas as pd
import pytest

from populations import AFTER
from prognosis.tabulate_prognosis import prognosis_table
from safety.summarise_safety import summarise_safety
from safety.tabulate_safety import safety_table
from small_study import SmallStudy, said
from subgroups.tabulate_subgroups import subgroups_table
from tidy import values, values_of
from twoarm.config.keys import before_event
from twoarm.report.diagnostics import diagnostics
from twoarm.report.document import Paragraph, Section, Table
from twoarm.report.front import front
from twoarm.report.patients import balance, baseline, design, flow
from twoarm.report.prognosis import prognosis
from twoarm.report.run import Run
from twoarm.report.safety import safety
from twoarm.report.subgroups import subgroups, within_arms
from twoarm.report.survival import survival
from twoarm.report.weighted import effective_sizes
from twoarm.results.rows import MASKED
from twoarm.results.statistics import statistics_table
from twoarm.results.values import Found
from twoarm.stats.imbalance import OUTLYING
from twoarm.tables.cells import things
from twoarm.tables.model_size import NO_MODEL
from twoarm.text.provenance import Sourced, plain
from twoarm.text.rounding import p_text

NAMES = [
    ("T", "C", ["first", "second", "third"]),
    ("TACE vs none", "none", ["per protocol", "not per protocol", "per unit"]),
    ("first", "second", ["first", "second", "third"]),
    ("A, B", "A=B; C: D", ["x: y", "x = y, z", "x vs"]),
]


@pytest.mark.parametrize(("treated", "control", "levels"), NAMES)
def test_the_p_beside_the_medians_is_of_all_levels_together(treated, control, levels):
    study = SmallStudy(treated, control, levels)
    run = study.run()
    tests = statistics_table(run.statistics["subgroup_line"].rows())
    tests = tests[(tests["stratum"] == treated) & (tests["method"] == "logrank")].set_index("group")["value"]
    assert len(tests) == 4 and tests["overall"] < 0.01 < tests.drop("overall").max()
    line = of_arm(run, treated)
    assert f"log-rank P\u00a0{p_text(tests['overall'])}" in line.replace("P\u00a0=\u00a0", "P\u00a0")
    assert all(f" for {level}" in line for level in levels) and "hazard ratio" not in line


def of_arm(run: Run, arm: str) -> str:
    """What the appendix says of a subgroup's levels within an arm."""
    (text,) = said(Section("", "", within_arms(run)))
    first = f"With {run.arms['treated']['short']}, median "
    assert text.startswith(first)
    second = text.index(f" With {run.arms['control']['short']}, median ")
    return text[:second] if arm == run.treated else text[second:]


def test_the_effect_of_treatment_is_said_for_each_level_with_the_test_of_interaction():
    run = SmallStudy().run()
    key = {"population": "matched", "group": "T vs C", "variable": "os"}
    (text,) = said(subgroups(run))
    for level in ("first", "second", "third"):
        ratio = run.find("subgroup_line", "hazard_ratio", ("cox",), stratum=f"line={level}", **key)
        assert f"{ratio.value:.2f} (95%\u00a0CI " in text and f") for {level}" in text
    p = run.find("subgroup_line", "p_value", ("cox_interaction",), **key)
    assert f"{p_text(p.value)} for interaction." in text


def test_of_two_levels_their_own_test_and_hazard_ratio_are_reported():
    study = SmallStudy(levels=["a", "b", "c"])
    study.patients = study.patients[study.patients["line"] != "b"]
    line = of_arm(study.run(), "T")
    assert ") for a and " in line and "(hazard ratio " in line and "for b" not in line


@pytest.mark.parametrize("levels", [["Yes", "No", "Not known"], ["0-1", "2", "3"]])
def test_yes_no_and_numbers_say_what_they_are_about(levels):
    run = SmallStudy(levels=levels).run()
    label = run.protocol["variables"]["line"]["label"].lower()
    for text in (of_arm(run, "T"), *said(subgroups(run))):
        assert all(f" for {label}: {level.lower()}" in text for level in levels)


@pytest.mark.parametrize(("treated", "control", "levels"), NAMES)
def test_every_number_of_the_prognosis_section_has_a_row(treated, control, levels):
    run = SmallStudy(treated, control, levels).run()
    (text, *_) = [block.text for block in prognosis(run).blocks if isinstance(block, Paragraph)]
    keys = {" | ".join(row.key) for row in run.rows("prognosis")}
    assert {piece.source for piece in text if isinstance(piece, Sourced) and piece.value} <= keys
    assert "per unit" not in plain(text) or "per unit" in levels


def test_how_observation_ended_is_reported_in_labels():
    lines = " ".join(said(diagnostics(SmallStudy().run())))
    assert "death in " in lines and "censored at last scan in " in lines
    assert "censored on the first day, because last scan is not after start of treatment" in lines
    assert "last_scan" not in lines


def follow_up_warning(study) -> bool:
    return any("Median follow-up was much longer" in text for text in said(diagnostics(study.run()), "warning"))


def test_a_follow_up_that_is_not_reached_is_longer_than_any():
    study = SmallStudy()
    assert not follow_up_warning(study)
    treated = study.patients["arm"] == "T"
    # of the controls all but the last, who is censored, have the event: their median follow-up is not reached
    study.patients.loc[~treated, "event"] = 1
    study.patients.loc[study.patients.index[~treated][0], ["time", "event"]] = [0.5, 0]
    assert follow_up_warning(study)
    study.patients.loc[~treated, "event"] = 1
    assert not follow_up_warning(study), "where everybody had the event, no observation ended otherwise"


def test_a_median_follow_up_of_half_as_long_again_is_a_warning():
    study = SmallStudy()
    study.patients = study.patients.assign(event=0)
    controls = study.patients["arm"] == "C"
    study.patients["time"] = np.where(controls, 10.0, 14.9)
    assert not follow_up_warning(study)
    study.patients["time"] = np.where(controls, 10.0, 15.1)
    assert follow_up_warning(study)


def test_what_is_unbalanced_is_what_the_statistics_counted():
    """A variable outside the propensity model, a variance ratio alone, an infinite one; nothing after baseline."""
    study = SmallStudy()
    treated = (study.patients["arm"] == "T").to_numpy()
    pattern = np.arange(90) // 2 % 3 - 1.0  # of both arms the same: mean 0
    study.patients["age"] = 60 + np.where(treated, 3, 1) * pattern
    study.patients["size"] = 5 + np.where(treated, pattern, 0)
    study.patients["sessions"] = np.where(treated, 9.0, 1.0) + pattern
    run = study.run()
    section = balance(run)
    counted = run.find("balance", "imbalanced", population="matched", group="T vs C")
    assert (counted.value, counted.note) == (2, "age: variance ratio 9.00; size: variance ratio infinite")
    assert "2 before matching and 2 after matching had" in said(section)[0] and "outside 0.5 to 2." in said(section)[0]
    (warning,) = said(section, "warning")
    assert "Age (variance ratio 9.00) and Size (variance ratio infinite, because the controls do not vary)" in warning


def test_a_larger_difference_by_matching_is_reported():
    run = SmallStudy().run()
    before = statistics_table(run.statistics["balance"].rows())
    before.loc[(before["population"] == "enrolled") & (before["variable"] == "size"), "value"] /= 2
    run.statistics["balance"] = values_of(before)
    said_so = [text for text in said(balance(run), "remark") if text.startswith("The difference is larger after")]
    assert len(said_so) == 1 and "than before in Size (from" in said_so[0]
    before.loc[(before["population"] == "enrolled") & (before["variable"] == "size"), "value"] *= (
        1.95  # nearly as large
    )
    run.statistics["balance"] = values_of(before)
    assert not [text for text in said(balance(run), "remark") if text.startswith("The difference is larger")]


def with_safety(study, events, grades=None, **keys) -> Run:
    """A run of the study with adverse events, of which the first 60 patients are matched. keys: of the config."""
    own = {"version": "CTCAE 5.0", "grades": grades or {"Any grade": [1, 5]}, "labels": {}} | keys
    protocol = study.protocol | {"safety": own}
    populations = {"enrolled": study.patients, "matched": study.patients.head(60)}
    table = summarise_safety(
        pd.DataFrame(events, columns=["patient_id", "term", "grade"]), populations, protocol["safety"], protocol["arms"]
    )
    return Run(protocol, {"safety": values_of(table)}, {}, [])


def test_a_death_of_an_unmatched_patient_is_reported_for_all_enrolled_patients():
    run = with_safety(SmallStudy(), [("P001", "Rash", 1), ("P088", "Sepsis", 5)])
    (text,) = said(safety(run))
    assert text.endswith(
        "Of all enrolled patients, 1 of 45 (2.2%) with T and 0 of 45 (0.0%) with C had a fatal adverse event (grade 5)."
    )
    notes = [
        plain(note)
        for note in safety_table(run.statistics["safety"], run.main, ["Any grade"], "CTCAE 5.0", run.arms).notes
    ]
    assert (
        "All enrolled patients, any adverse event, Grade 5: 1 of 45 in the T group and 0 of 45 in the C group." in notes
    )


def test_fatal_events_of_all_enrolled_patients_are_always_given():
    run = with_safety(SmallStudy(), [("P088", "Sepsis", 5)], population="enrolled")
    table = safety_table(run.statistics["safety"], run.everyone, ["Any grade"], "CTCAE 5.0", run.arms)
    fatal = "any adverse event, Grade 5: 1 of 45 in the T group and 0 of 45 in the C group."
    assert any(fatal in plain(note) for note in table.notes if note)
    (text,) = said(safety(run))
    assert text.startswith(
        "The following is of enrolled patients. Adverse events (any grade) occurred in 1 of 45 (2.2%) with T and"
    )
    assert "Of all enrolled patients, 1 of 45 (2.2%) with T" in text
    run.protocol = run.protocol | {"endpoints": {}}
    run.statistics["attrition"] = values([])
    (table,) = [block.table for block in front(run, []).blocks if isinstance(block, Table)]
    assert [row.label for row in table.rows] == ["Adverse events, any grade, n (%) (enrolled patients)"]
    assert [column.header for column in table.columns[:2]] == ["T\n(n = 45)", "C\n(n = 45)"]


def test_a_term_is_printed_as_its_label_in_any_spelling():
    events = [(f"P{place:03d}", "hand-foot syndrome", 2) for place in range(0, 60, 2)]
    labels = {"Hand–Foot Syndrome": "Palmar-plantar erythrodysaesthesia"}
    run = with_safety(SmallStudy(), events, labels=labels)
    (text,) = said(safety(run))
    assert "in Palmar-plantar erythrodysaesthesia, any grade (P" in text and "hand-foot" not in text
    table = safety_table(run.statistics["safety"], run.main, ["Any grade"], "CTCAE 5.0", run.arms, labels)
    assert [row.label for row in table.rows] == ["Palmar-plantar erythrodysaesthesia", "Any adverse event"]
    assert {row.variable for row in run.statistics["safety"].rows()} == {"", "any", "hand-foot syndrome"}


def test_a_range_of_the_study_that_is_grade_5_alone_is_not_reported_twice():
    run = with_safety(SmallStudy(), [("P001", "Rash", 1)], {"Any grade": [1, 5], "Fatal": [5, 5]})
    (text,) = said(safety(run))
    assert text.count("Adverse events (fatal) occurred in 0 of") == 1 and text.count("grade 5") == 1


def test_any_adverse_event_is_called_so():
    events = [(f"P{place:03d}", "Rash", 2) for place in range(0, 60, 2)]
    (text,) = said(safety(with_safety(SmallStudy(), events)))
    assert (
        "any, any" not in text
        and "multiplicity) in Rash, any grade (P" in text
        and "Adverse events (any grade) occurred" in text
    )


def test_what_came_after_treatment_start_is_no_baseline_difference():
    study = SmallStudy()
    key = {"population": "matched", "group": "T vs C", "statistic": "p_value", "method": "welch_t"}
    small = {"age": 0.4, "size": 0.03, "sessions": 0.001}
    rows = [{**key, "population": who, "variable": name, "value": p}
            for who in ("enrolled", "matched") for name, p in small.items()]  # fmt: skip
    run = Run(study.protocol, {"baseline": values(rows)}, {}, [])
    (text,) = said(baseline(run))
    differed = "P was below 0.05 for size; among variables measured after treatment start, for sessions."
    assert f"After matching, {differed}" in text
    assert "after matching, fewer patients alone make them larger" in text
    weighted = Run(
        study.protocol | {"designs": {"overlap": {"weights": "overlap"}}}, {"baseline": values(rows)}, {}, []
    )
    assert "a smaller effective sample size alone makes them larger" in said(baseline(weighted))[0]


@pytest.mark.parametrize("caliper", [0.2, None])
def test_a_covariate_with_outlying_values_is_a_warning(caliper):
    run = SmallStudy().run()
    run.protocol["matching"] = {"caliper": caliper, "ratio": 1}
    assert not any("Outliers" in text for text in said(balance(run), "warning"))
    key = {"analysis": "propensity", "population": "enrolled", "group": "T vs C", "method": "logistic"}
    terms = [("intercept", ""), ("age", OUTLYING), ("size", "")]
    rows = [key | {"variable": name, "statistic": "coefficient", "value": 1, "note": note} for name, note in terms]
    run.statistics["propensity"] = values(rows)
    (warning,) = [text for text in said(balance(run), "warning") if "Outliers" in text]
    assert warning.startswith("Outliers in Age give some patients a propensity score of zero or one")
    assert ("caliper" in warning) == (caliper is not None)


@pytest.mark.parametrize(
    ("matched", "meaning"),
    [
        (True, "matched results are only of those who were matched."),
        (False, "their effect rests on the model."),
    ],
)
def test_patients_unlike_the_other_arm_are_a_warning(matched, meaning):
    study = SmallStudy()
    tables = study.statistics()
    here, counted = {"analysis": "propensity", "population": "enrolled"}, {"total": 45, "outside_overlap": 3}
    counts = [{"group": arm, "statistic": name, "value": n} for arm in "TC" for name, n in counted.items()]
    tables["propensity"] = statistics_table([here | row for row in counts])
    run = Run(study.protocol, {name: values_of(table) for name, table in tables.items()}, {}, [])
    run.matched = matched
    (warned,) = [text for text in said(balance(run), "warning") if "outside the range" in text]
    assert warned == (
        "Patients with a propensity score outside the range of the other arm: 3 of 45 in the T group and 3 of 45 in "
        f"the C group. Few patients in the other arm are like them; {meaning}"
    )
    tables["propensity"].loc[tables["propensity"]["statistic"] == "outside_overlap", "value"] = 2  # under 5%
    few = balance(Run(study.protocol, {name: values_of(table) for name, table in tables.items()}, {}, []))
    assert not [text for text in said(few, "warning") if "outside the range" in text]
    assert [text for text in said(few, "remark") if "outside the range of the other arm: 2 of 45" in text]


@pytest.mark.parametrize(("unmatched", "warned"), [(22, False), (23, True), (44, True)])
def test_a_matching_that_leaves_out_most_treated_patients_is_a_warning(unmatched, warned):
    study = SmallStudy()
    rows = [
        {"analysis": "attrition", "population": "enrolled", "group": arm, "statistic": "total", "value": 45}
        for arm in "TC"
    ]
    rows += [
        {"analysis": "attrition", "population": name, "group": "overall", "statistic": "total", "value": 90}
        for name in ("screened", "enrolled")
    ]
    counts = {"T": unmatched, "C": unmatched}
    matching = [{"group": arm, "statistic": "unmatched", "value": n} for arm, n in counts.items()]
    matching += [{"group": "overall", "statistic": "pairs", "value": 45 - unmatched}]
    matching = [{"analysis": "matching", "population": "enrolled"} | row for row in matching]
    run = Run(
        {**study.protocol, "imputation": {"variables": [], "also_from": []}},
        {"attrition": values(rows), "matching": values(matching)},
        {},
        [],
    )
    text = f"Matching leaves out most treated patients: {unmatched} of 45 with T. Its results are of the few others"
    assert [found.startswith(text) for found in said(flow(run), "warning")] == [True] * warned


def test_the_caliper_is_never_printed_as_zero():
    run, key = SmallStudy().run(), {"population": "enrolled", "group": "overall", "variable": "logit"}
    numbers = {"caliper": 0.0000125, "largest_distance": 0.0}
    run.statistics["matching"] = values(
        [{"analysis": "matching", "statistic": name, "value": value} | key for name, value in numbers.items()]
    )
    text = " ".join(said(balance(run)))
    assert "The caliper was 0.00001 on the logit" in text and "within a pair was 0.000." in text


def test_an_endpoint_that_nobody_reached_is_a_warning_and_its_models_are_not_estimable():
    study = SmallStudy()
    assert not any("an event of" in text for text in said(survival(study.run()), "warning"))
    study.patients["event"] = 0
    run = study.run()
    assert said(survival(run), "warning") == [
        "No enrolled patient has an event of overall survival. Check which value of the data means the event."
    ]
    assert said(prognosis(run))[0].startswith("The results of the multivariable model of overall survival (matched "
                                              "patients) are not estimable")  # fmt: skip


def test_matched_sets_with_weights_have_an_effective_size():
    study = SmallStudy()
    protocol = {**study.protocol, "matching": {"ratio": 2, "incomplete": "weight", "caliper": 0.2}}
    rows = [
        {"analysis": "baseline", "population": "matched", "group": arm, "statistic": name, "value": value}
        for arm, size in (("T", 45), ("C", 61.26))
        for name, value in (("total", 45 if arm == "T" else 80), ("effective_size", size))
    ]
    text = plain(effective_sizes(Run(protocol, {"baseline": values(rows)}, {}, [])))
    assert text == (
        " After matching, the effective sample size was 45.0 of 45 patients in the T group and 61.3 of 80 patients in "
        "the C group."
    )
    assert effective_sizes(Run(study.protocol, {"baseline": values(rows)}, {}, [])) == []
    assert effective_sizes(Run(protocol, {}, {}, [])) == []


def test_few_events_for_the_multivariable_model_are_a_warning_and_a_note_of_its_table():
    def reads(study) -> tuple[list[str], str]:
        run, variables = study.run(), study.protocol["variables"]
        named = {name: variables[name] for name in ("line", "age")}
        notes = prognosis_table(
            run.statistics["prognosis"], run.main, named, "Overall survival", study.protocol["arms"]
        ).notes
        return said(prognosis(run), "warning"), " ".join(plain(note) for note in notes)

    study = SmallStudy()
    warned, notes = reads(study)
    events = study.patients["event"].sum()
    assert events >= 40 and not any("coefficients" in text for text in warned)
    assert f"Multivariable model: {events} events in 90 patients. " in notes
    study.patients.loc[study.patients.index[study.patients["event"] == 1][40:], "event"] = 0
    warned, notes = reads(study)
    assert not any("coefficients" in text for text in warned) and "40 events in 90 patients." in notes
    study.patients.loc[study.patients.index[study.patients["event"] == 1][39:], "event"] = 0
    warned, notes = reads(study)
    assert any("has fewer than 10 events for each of 4 coefficients: its hazard ratios" in text for text in warned)
    assert "Multivariable model: 39 events in 90 patients, fewer than 10 events for each of 4 coefficients." in notes


@pytest.mark.parametrize(("number", "words"), [(0, "0 events"), (1, "1 event"), (2, "2 events"), (12, "12 events")])
def test_one_is_singular(number, words):
    assert plain(things(Found(float(number), "", ""), "event")) == words


def test_an_arm_with_one_event_has_one():
    study = SmallStudy()
    treated = study.patients["arm"] == "T"
    study.patients.loc[study.patients.index[treated & (study.patients["event"] == 1)][1:], "event"] = 0
    assert any("T: death in 1, " in text for text in said(diagnostics(study.run())))


def test_an_endpoint_of_the_readings_is_named_by_its_label():
    study = SmallStudy()
    run = study.run()
    run.protocol["endpoints"] = {"pfs_m": {**run.protocol["endpoints"]["os"], "label": "Progression-free survival"}}
    run.protocol["endpoints"]["os"] = {**run.protocol["endpoints"]["pfs_m"], "label": "Overall survival"}
    key = {"population": "enrolled", "group": "overall", "variable": "recist", "statistic": "n", "method": "coherence"}
    run.protocol["response"] = {"criteria": ["recist"]}
    rows = [key | {"level": before_event(name), "value": n} for name, n in {"pfs_m": 1, "os": 0}.items()]
    run.statistics["reading"] = values([row | {"analysis": "reading"} for row in rows])
    lines = said(diagnostics(run))
    assert "RECIST 1.1, best response PD before an event of progression-free survival: 1 patient" in lines
    assert "Checked, none found: best response PD before an event of overall survival" in lines


def test_a_masked_end_of_observation_reads_as_a_sentence():
    run = SmallStudy().run()
    table = statistics_table(run.statistics["endpoints"].rows())
    table.loc[table["level"] == "death", ["value", "note"]] = [np.nan, f"{MASKED}few"]
    run.statistics["endpoints"] = values_of(table)
    lines = said(diagnostics(run))
    assert any("death in a masked number" in line for line in lines)


def test_a_masked_multivariable_model_is_not_one_without_small_p():
    run = SmallStudy().run()
    table = statistics_table(run.statistics["prognosis"].rows())
    table.loc[table["method"] == "cox_multivariable", ["value", "note"]] = [np.nan, f"{MASKED}few"]
    run.statistics["prognosis"] = values_of(table)
    notes = prognosis_table(run.statistics["prognosis"], run.main, {}, "Overall survival", run.arms).notes
    assert "The multivariable model's numbers of events and patients are masked." in [plain(note) for note in notes]
    assert said(prognosis(run))[0].startswith("The results of the multivariable model of overall survival (matched")


def test_where_no_variable_entered_the_multivariable_model_that_is_reported():
    study = SmallStudy()
    table = study.statistics()["prognosis"]
    run = study.run()
    assert not any(NO_MODEL in text for text in said(prognosis(run)))
    run.statistics["prognosis"] = values_of(table[table["method"] == "cox_univariable"])
    (text, *_) = said(prognosis(run))
    assert "In univariable analysis of " in text and "P was below 0.05 for " in text and text.endswith(NO_MODEL)
    notes = prognosis_table(run.statistics["prognosis"], run.main, {}, "Overall survival", run.arms).notes
    assert NO_MODEL in [plain(note) for note in notes]


def test_a_level_without_patients_has_no_row_among_the_subgroups():
    study = SmallStudy()
    study.patients = study.patients[study.patients["line"] != "second"]
    run, part = study.run(), study.protocol["subgroups"]["line"] | {"levels": study.levels, "population": AFTER}
    values = run.statistics["survival"], {"line": run.statistics["subgroup_line"]}
    table = subgroups_table(*values, {"line": part}, {"os": "Overall survival"}, "months", run.arms)
    everybody = "All patients (overall survival, matched patients)"
    assert [row.label for row in table.rows] == [everybody, "Line", "first", "third"]
    assert not any("–" in cell.text and "(" not in cell.text for row in table.rows for cell in row.cells)


def test_numbers_of_an_analysis_that_the_report_was_not_given_stop_it():
    run = SmallStudy().run()
    for look in (lambda: run.find("genetics", "median"), lambda: run.rows("genetics")):
        with pytest.raises(ValueError, match="needs the statistics of genetics: add it to ANALYSES"):
            look()
    absent = run.find("survival", "mean")
    assert absent.value != absent.value and not absent.key


def test_states_that_are_counted_as_censored_are_named():
    """As death and withdrawal on a waiting list, when the event is the transplant."""
    run = SmallStudy(levels=["alive", "transplant", "death"]).run()
    ready = {"label": "Time to transplant", "time": "size", "event": {"variable": "line", "value": "transplant"}}
    run.protocol["endpoints"] = {"tx": ready}
    run.statistics["attrition"] = values([])
    text = said(design(run))
    assert any("These were counted as censored: alive and death for time to transplant." in line for line in text)
    run.protocol["endpoints"] = {"tx": ready | {"event": {"variable": "line", "value": ["transplant", "death"]}}}
    assert not any("counted as censored" in line for line in said(design(run)))
