"""Kaplan-Meier, log-rank and restricted means against R, and the script that writes survival.csv."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runs import REPO
from survival.estimate_survival import estimate_survival
from survival_oracle import CASES, PAIRED, near, outcome, value_of
from twoarm.config.populations import PAIR
from twoarm.results.rows import KEY
from twoarm.stats.survival import CONF_TYPES, at_time, kaplan_meier, logrank, quantile, restricted_mean, tie_times
from twoarm.stats.survival_rows import CURVE_COLUMNS, logrank_note, restricted_mean_rows, survival_rows

GOLDEN = REPO / "tests/golden/survival"
ENDPOINT = "os"
QUANTILES = {"q25": 0.25, "median": 0.5, "q75": 0.75}


def paired(data):
    """The matched patients as an analysis reads them."""
    return data[["patient_id", "arm", "pair"]].rename(columns={"pair": PAIR})


def arms_of(data):
    return {"overall": data, **{arm: data[data["arm"] == arm] for arm in ("treated", "control")}}


@pytest.mark.parametrize("conf_type", CONF_TYPES)
@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_quantiles_and_survival_are_those_of_r(case, conf_type):
    data, _, answers = outcome(*case)
    for group, part in arms_of(data).items():
        curve = kaplan_meier(part["time"], part["event"], conf_type)
        expected = answers[group]
        limits = expected["ci"][conf_type.replace("-", "")]
        for name, share in QUANTILES.items():
            wanted = (expected["quantiles"][name], *limits[f"{name}_ci"])
            assert list(quantile(curve, share)) == [near(value) for value in wanted], (group, name)
        for i, time in enumerate(expected["at_times"]["time"]):
            found = at_time(curve, time)
            assert found["survival"] == near(expected["at_times"]["surv"][i])
            assert found["at_risk"] == expected["at_times"]["n_risk"][i]
            assert found["ci_low"] == near(limits["at_times"]["lower"][i])
            assert found["ci_high"] == near(limits["at_times"]["upper"][i])


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_the_whole_curve_is_that_of_r(case):
    data, _, answers = outcome(*case)
    for arm in ("treated", "control"):
        part, expected = arms_of(data)[arm], answers[arm]["curve"]
        curve = kaplan_meier(part["time"], part["event"]).set_index("time").loc[expected["time"]]
        assert curve["at_risk"].tolist() == expected["n_risk"]
        assert curve["events"].tolist() == expected["n_event"]
        assert curve["survival"].tolist() == [near(value) for value in expected["surv"]]
        assert curve["ci_low"].tolist() == [near(value) for value in expected["lower_log"]]
        assert curve["ci_high"].tolist() == [near(value) for value in expected["upper_log"]]


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_follow_up_median_is_that_of_r(case):
    data, _, answers = outcome(*case)
    for group, part in arms_of(data).items():
        reverse = kaplan_meier(part["time"], 1 - part["event"])
        assert quantile(reverse)[0] == near(answers[group]["reverse_km_median_followup"])


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_logrank_is_that_of_r(case):
    data, _, answers = outcome(*case)
    expected = answers["logrank"]
    assert logrank(data["time"], data["event"], data["arm"]) == (near(expected["chisq"]), 1, near(expected["p"]))


@pytest.mark.parametrize("case", PAIRED, ids="-".join)
def test_logrank_stratified_by_pair_is_that_of_r(case):
    data, _, answers = outcome(*case)
    expected = answers["logrank_strata_pair"]
    found = logrank(data["time"], data["event"], data["arm"], stratum=data["pair"])
    assert found == (near(expected["chisq"]), 1, near(expected["p"]))


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_restricted_mean_is_that_of_survrm2(case):
    data, _, answers = outcome(*case)
    expected = answers["rmst"]
    arms = {arm: arms_of(data)[arm] for arm in ("treated", "control")}
    for arm, part in arms.items():
        curve = kaplan_meier(part["time"], part["event"])
        found = restricted_mean(curve, expected["tau"])
        assert found == (near(expected[arm]["est"]), near(expected[arm]["se"]))
    rows = {(r["group"], r["statistic"]): r["value"] for r in restricted_mean_rows(arms, expected["tau"], {})}
    contrast = "treated vs control"
    assert rows["control", "rmst"] == near(expected["control"]["est"])
    assert rows["control", "ci_low"] == near(expected["control"]["lo"])
    assert rows[contrast, "difference"] == near(expected["difference"]["est"])
    assert rows[contrast, "ci_high"] == near(expected["difference"]["hi"])
    assert rows[contrast, "p_value"] == near(expected["difference"]["p"])


def test_median_on_a_plateau_is_its_midpoint():
    # S is exactly 0.5 from the second event to the third; lifelines would say 2.
    curve = kaplan_meier(pd.Series([1, 2, 5, 6]), pd.Series([1, 1, 1, 1]))
    assert quantile(curve)[0] == 3.5


def test_median_on_a_plateau_that_never_ends_is_midway_to_the_last_follow_up():
    # R: quantile(survfit(Surv(c(1, 2, 5, 8), c(1, 1, 0, 0)) ~ 1), .5) is 5.
    curve = kaplan_meier(pd.Series([1, 2, 5, 8]), pd.Series([1, 1, 0, 0]))
    assert quantile(curve)[0] == 5


@pytest.mark.parametrize("patients", [24, 34])
def test_a_plateau_is_found_despite_rounding_errors(patients):
    # The product of n factors leaves S a last bit above 0.5 for 24 patients and below it for 34.
    half = patients // 2
    curve = kaplan_meier(pd.Series(range(1, patients + 1)), pd.Series([1] * patients))
    assert curve["survival"].iloc[half] != 0.5
    assert quantile(curve)[0] == half + 0.5


def test_at_risk_are_those_observed_to_that_time_or_longer():
    curve = kaplan_meier(pd.Series([2, 4, 4, 7]), pd.Series([1, 0, 1, 1]))
    assert [at_time(curve, time)["at_risk"] for time in (0, 2, 3, 4, 5, 7, 8)] == [4, 4, 3, 3, 1, 1, 0]


def test_survival_beyond_follow_up_is_unknown_unless_nobody_is_left():
    censored_last = kaplan_meier(pd.Series([1, 2]), pd.Series([1, 0]))
    assert math.isnan(at_time(censored_last, 3)["survival"])
    all_gone = at_time(kaplan_meier(pd.Series([1, 2]), pd.Series([1, 1])), 3)
    assert all_gone["survival"] == 0
    assert math.isnan(all_gone["ci_low"])


def test_log_log_limits_are_empty_where_survival_is_still_one():
    # R: survfit(Surv(1:3, c(0, 1, 0)) ~ 1, conf.type="log-log")$lower is NA, 0.0060, 0.0060; with "log" 1, ...
    log_log = kaplan_meier(pd.Series([1, 2, 3]), pd.Series([0, 1, 0]), "log-log")
    assert log_log["ci_low"].round(4).tolist() == pytest.approx([1, math.nan, 0.006, 0.006], nan_ok=True)
    assert kaplan_meier(pd.Series([1, 2, 3]), pd.Series([0, 1, 0]))["ci_low"].iloc[1] == 1
    rows = survival_rows(pd.DataFrame({"time": [1, 2, 3], "event": [0, 1, 0]}), [1], "log-log", {})
    notes = [row["note"] for row in rows if row.get("level") == "1" and row["statistic"].startswith("ci")]
    assert notes == ["no interval where survival is 1"] * 2


def test_an_unknown_interval_is_refused():
    with pytest.raises(ValueError, match="arcsin"):
        kaplan_meier(pd.Series([1.0]), pd.Series([1]), "arcsin")


@pytest.mark.parametrize(
    ("events", "note"), [([], "no patients"), ([0, 0], "no events"), ([1, 0, 0], "median not reached")]
)
def test_an_empty_median_says_why(events, note):
    patients = pd.DataFrame({"time": np.arange(1.0, len(events) + 1), "event": np.array(events, int)})
    rows = {(r["statistic"], r["method"], r.get("level", "")): r for r in survival_rows(patients, [9], "log", {})}
    median = rows["median", "kaplan_meier", ""]
    assert math.isnan(median["value"])
    assert median["note"] == note
    assert rows["total", "descriptive", ""]["value"] == len(events)
    beyond = rows["survival", "kaplan_meier", "9"]
    assert math.isnan(beyond["value"])
    assert beyond["note"]


@pytest.mark.parametrize("events", [[0, 0, 0, 0], []])
def test_a_logrank_without_events_is_empty(events):
    group = ["a", "a", "b", "b"][: len(events)]
    assert math.isnan(logrank(np.arange(len(events)) + 1.0, events, group)[2])
    assert math.isnan(logrank([1, 2], [1, 1], ["a", "a"])[2])


def test_restricted_mean_is_empty_where_follow_up_ends_before():
    curve = kaplan_meier(pd.Series([1, 2]), pd.Series([1, 0]))
    assert all(map(math.isnan, restricted_mean(curve, 3)))
    assert restricted_mean(curve, 2)[0] == 1.5


patients = st.lists(st.tuples(st.integers(1, 12), st.booleans(), st.sampled_from("ab")), min_size=1, max_size=30)


@given(patients, st.randoms(use_true_random=False), st.sampled_from([0.1, 7.0, 30.4375]))
def test_neither_row_order_nor_the_unit_of_time_matter(rows, random, scale):
    shuffled = random.sample(rows, len(rows))
    results = []
    for sample, unit in ((rows, 1.0), (shuffled, scale)):
        time, event, group = (np.array(column) for column in zip(*sample, strict=True))
        curve = kaplan_meier(pd.Series(time * unit), pd.Series(event.astype(int)))
        medians = np.array(quantile(curve)) / unit
        results.append([*medians, *logrank(time * unit, event.astype(int), group)])
    assert results[0] == pytest.approx(results[1], rel=1e-9, abs=1e-12, nan_ok=True)


@given(patients)
def test_a_curve_falls_within_its_limits_and_counts_everybody(rows):
    time, event, _ = (np.array(column) for column in zip(*rows, strict=True))
    for conf_type in CONF_TYPES:
        curve = kaplan_meier(pd.Series(time), pd.Series(event.astype(int)), conf_type)
        known = curve.dropna()
        assert (curve["survival"].diff().dropna() <= 0).all()
        assert ((known["ci_low"] <= known["survival"] + 1e-12) & (known["survival"] <= known["ci_high"] + 1e-12)).all()
        assert curve["events"].sum() == event.sum()
        assert (curve["events"] + curve["censored"]).sum() == len(rows)


def run(data, populations, **survival):
    endpoints = data[["patient_id", "time", "event"]].assign(endpoint=ENDPOINT)
    settings = {"times": [100, 200], "conf_type": "log", **survival}
    return estimate_survival(endpoints, populations, "treated", "control", settings)


@pytest.mark.parametrize("case", PAIRED, ids="-".join)
def test_the_table_holds_what_r_says(case):
    data, _, answers = outcome(*case)
    table, _ = run(data, {"matched": paired(data)}, rmst=answers["rmst"]["tau"])
    matched = {"population": "matched", "variable": ENDPOINT, "level": ""}
    treated = {**matched, "group": "treated", "method": "kaplan_meier"}
    assert value_of(table, **treated, statistic="median") == near(answers["treated"]["quantiles"]["median"])
    low, high = answers["treated"]["ci"]["log"]["median_ci"]
    assert value_of(table, **treated, statistic="ci_low") == near(low)
    assert value_of(table, **treated, statistic="ci_high") == near(high)
    contrast = {**matched, "group": "treated vs control"}
    cox, robust = answers["cox_treatment"], answers["cox_cluster_pair"]
    assert value_of(table, **contrast, statistic="p_value", method="logrank") == near(answers["logrank"]["p"])
    stratified = value_of(table, **contrast, statistic="p_value", method="logrank_pair_stratified")
    assert stratified == near(answers["logrank_strata_pair"]["p"])
    assert value_of(table, **contrast, statistic="hazard_ratio", method="cox") == near(cox["terms"][0]["hr"])
    assert value_of(table, **contrast, statistic="ci_low", method="cox_pair_robust") == near(robust["lo"])
    zph = cox["zph"]["km"]["per_coefficient"][-1]
    assert value_of(table, **contrast, statistic="p_value", method="cox_zph") == near(zph["p"])
    rmst = {**contrast, "level": f"{answers['rmst']['tau']:g}", "method": "rmst"}
    assert value_of(table, **rmst, statistic="difference") == near(answers["rmst"]["difference"]["est"])


def test_the_table_is_the_same_whatever_the_row_order():
    data, _, _ = outcome("gbsg", "after")
    shuffled = data.sample(frac=1, random_state=1)
    first, curves = run(
        data,
        {
            "enrolled": data[["patient_id", "arm"]],
            "matched": paired(data),
        },
    )
    again = {
        "enrolled": shuffled[["patient_id", "arm"]],
        "matched": paired(shuffled),
    }
    second, _ = run(data.sample(frac=1, random_state=2), again)
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    assert not first.duplicated(KEY).any()
    assert list(curves) == CURVE_COLUMNS
    assert set(curves["group"]) == {"treated", "control", "overall"}
    starts = curves[curves["time"] == 0]
    assert (starts["survival"] == 1).all() and len(starts) == 6


def test_an_arm_without_events_or_patients_gives_notes_and_no_numbers():
    data, _, _ = outcome("veteran", "before")
    eventless = data.assign(event=data["event"].where(data["arm"] == "control", 0))
    empty = data[data["arm"] == "control"]
    for sample in (eventless, empty):
        table, _ = run(sample, {"enrolled": sample[["patient_id", "arm"]]})
        ratio = table[(table["method"] == "cox") & (table["statistic"] == "hazard_ratio")]
        assert ratio["value"].isna().all() and (ratio["note"] != "").all() and len(ratio) == 1
        unexplained = table[table["value"].isna() & (table["note"] == "")]
        assert unexplained.empty, unexplained.to_string()


GROUPS = pd.read_csv(GOLDEN / "groups.csv", keep_default_na=False)
GROUPS_IN_R = pd.read_csv(GOLDEN / "groups_in_r.csv").set_index("case")


@pytest.mark.parametrize("case", GROUPS_IN_R.index)
def test_a_group_never_at_risk_at_an_event_leaves_the_test_with_its_degree_of_freedom(case):
    data, answer = GROUPS[GROUPS["case"] == case], GROUPS_IN_R.loc[case]
    stratum = data["stratum"] if data["stratum"].any() else None
    found = logrank(data["time"], data["event"], data["group"], stratum)
    assert found == (near(answer["chisq"]), answer["df"], near(answer["p"]))


NOTES = {  # (group, time, event) of each patient: what is said beside the log-rank p
    "all tested": ("a31 b41 a50 b60", ""),
    "one is gone before the first event": (
        "a31 b41 c10 c20 a50",
        "not tested, as nobody was still observed at the first event: c",
    ),
    "one is left": ("a31 a41 b10", "only one group was still observed at the first event; gone before: b"),
    "never together": ("a11 b21", ""),
    "no events": ("a10 b20", "no events"),
    "one group": ("a11 a20", "one group only"),
}


@pytest.mark.parametrize(("patients", "note"), NOTES.values(), ids=NOTES.keys())
def test_what_is_reported_beside_a_logrank_test_is_true(patients, note):
    rows = [{"group": p[0], "time": float(p[1]), "event": int(p[2])} for p in patients.split()]
    data = pd.DataFrame(rows)
    p = logrank(data["time"], data["event"], data["group"])[2]
    assert logrank_note(data, "group", p) == note
    assert math.isnan(p) == (bool(note) and not note.startswith("not tested"))


def test_pairs_that_are_never_at_risk_together_say_so():
    data = pd.DataFrame({"group": list("abab"), "time": [1.0, 2, 3, 1], "event": [0, 1, 1, 0], "pair": [1, 1, 2, 2]})
    p = logrank(data["time"], data["event"], data["group"], data["pair"])[2]
    assert logrank_note(data, "group", p) == "the groups are never at risk together when an event happens"


def test_times_that_differ_by_round_off_alone_are_tied_as_in_r():
    years = pd.read_csv(GOLDEN / "years.csv")
    expected = pd.read_csv(GOLDEN / "years_in_r.csv").set_index("statistic")["value"]
    raw = (years["end"] - years["start"]).to_numpy()
    years["time"] = tie_times(raw)
    assert years["time"].nunique() == expected["times"] < len(np.unique(raw))
    curve = kaplan_meier(years["time"], years["event"])
    assert quantile(curve) == tuple(near(expected[name]) for name in ("median", "ci_low", "ci_high"))
    assert logrank(years["time"], years["event"], years["group"])[2] == near(expected["logrank"])
    found = at_time(curve, 2.3)
    assert (found["survival"], found["at_risk"]) == (near(expected["survival_at_2.3"]), expected["at_risk_at_2.3"])


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=40), st.sampled_from([0.1, 1 / 30.4375, 1 / 365.25]))
def test_tied_times_are_those_of_exact_arithmetic(counts, unit):
    noisy = np.array([(1000 + count) * unit - 1000 * unit for count in counts])
    tied = tie_times(noisy)
    assert len(np.unique(tied)) == len(set(counts))
    assert tied == pytest.approx(noisy, rel=1e-8)
    assert tie_times(tied).tolist() == tied.tolist()


@pytest.mark.parametrize(
    ("times", "distinct"),
    [
        ([0.001, 0.001 + 1.4e-8], 1),  # within the tolerance itself
        ([0.001, 0.001 + 1.6e-8], 2),
        ([1000.0, 1000 + 1.4e-5], 1),  # within that share of the mean
        ([1000.0, 1000 + 1.6e-5], 2),
        ([1.0, 1 + 1.4e-8, 1 + 2.8e-8], 1),  # each with its neighbour
    ],
)
def test_how_near_times_are_tied(times, distinct):
    assert len(np.unique(tie_times(np.array(times)))) == distinct
