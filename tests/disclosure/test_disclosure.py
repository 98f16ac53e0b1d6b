"""Small numbers of patients are masked, and no shown number reveals them."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from baseline.describe_baseline import describe_baseline
from disclosure.mask_small_cells import (
    NOTE,
    SUMMARIES,
    derived_rows,
    imbalance_notes,
    mask_small_cells,
)
from populations import BOTH
from response.compare_criteria import compare_criteria
from response.compare_response import compare_response
from safety.summarise_safety import summarise_safety
from twoarm.disclosure.counts import KNOWN, Counts, Key, Study
from twoarm.disclosure.disclosure import computable
from twoarm.disclosure.registered import COUNTS
from twoarm.disclosure.relations import related_counts
from twoarm.results.rows import KEY, MASKED
from twoarm.results.statistics import statistics_table

ARMS = {"treated": {"value": "T"}, "control": {"value": "C"}}
GRADES = {"Any grade": [1, 5], "Grade 1-2": [1, 2], "Grade 3-5": [3, 5]}
LIMITS = {"denominator": "treated", "smd": 0.1, "variance_ratio": [0.5, 2]}
STUDY = Study(
    arms=ARMS,
    populations=BOTH,
    grades=GRADES,
    subgroups={"line": {"variable": "line", "levels": ["2L", "3L"]}},
    criteria=["mrecist", "recist"],
    balance={"limits": LIMITS, "variables": {"ecog": {}, "age": {}}},
)
THRESHOLDS = {"fisher_expected": 2, "yates_expected": 5, "fisher_zero_cell": True}


# The tables of a study


def patients(n: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"patient_id": [f"P{place:03d}" for place in range(n)], "arm": random.choice(["T", "C"], n)})
    table["ecog"] = pd.Categorical(random.choice(["0", "1", "2"], n, p=[0.6, 0.35, 0.05]), categories=["0", "1", "2"])
    table["age"] = random.normal(60, 9, n).round()
    table.loc[random.random(n) < 0.04, "ecog"] = np.nan
    return table


def study(n: int, seed: int) -> pd.DataFrame:
    """The tidy tables of a made-up study that has every kind of count."""
    enrolled = patients(n, seed)
    random = np.random.default_rng(seed + 1)
    matched = enrolled.groupby("arm").head(enrolled["arm"].value_counts().min() - 2)
    populations = {"enrolled": enrolled, "matched": matched}
    baseline = {"variables": ["ecog", "age"], "categorical_test": "auto", "continuous_test": "welch", "tests": {}}
    response = pd.DataFrame(
        [
            (patient, criterion, random.choice(["CR", "PR", "SD", "PD"], p=[0.05, 0.3, 0.35, 0.3]))
            for patient in enrolled["patient_id"]
            for criterion in ("mrecist", "recist")
        ],
        columns=["patient_id", "criterion", "best_response"],
    )
    events = enrolled.sample(frac=0.6, random_state=seed)[["patient_id"]]
    events = events.assign(term=random.choice(["Rash", "Fever"], len(events)), grade=random.integers(1, 5, len(events)))
    tables = [
        describe_baseline(enrolled, populations, baseline | {"auto": THRESHOLDS}, ARMS),
        compare_response(response, populations, ["mrecist", "recist"], ARMS),
        compare_criteria(response, populations, ["mrecist", "recist"], ARMS),
        summarise_safety(events, populations, {"grades": GRADES}, ARMS),
    ]
    return pd.concat(tables, ignore_index=True)


def reader_computes(counts: Counts, gone: set[int]) -> list[Key]:
    """The counts, of those `gone`, for which the shown rows and all relations leave one possible number."""
    unseen = {place for place, value in enumerate(counts.values) if place not in counts.rows and value != 0}
    unknown, every = frozenset(gone | unseen), range(len(counts.relations))
    largest = 2 * max(value or 0 for value in counts.values)
    found = computable(counts.values, counts.relations, every, unknown, frozenset(gone), largest)
    return [counts.keys[place] for place in found]


@pytest.mark.parametrize("seed", range(3))
def test_no_small_count_is_shown_and_none_can_be_computed(seed):
    table = study(70, seed)
    masked, exposed = mask_small_cells(table, 5, STUDY)
    hidden = masked["note"].str.startswith(MASKED)
    assert masked[KEY].equals(table[KEY])
    assert masked.loc[~hidden, "value"].equals(table.loc[~hidden, "value"])
    assert masked.loc[hidden, "value"].isna().all()
    assert set(masked.loc[hidden, "note"]) == {NOTE.format(minimum=5)}
    counts = masked[masked["statistic"].isin(COUNTS)]
    assert not counts["value"].between(1, 4).any()
    assert (table.loc[hidden & table["statistic"].isin(COUNTS), "value"] > 0).all()
    # a reader who knows every relation can compute none of the masked counts, even by several equations together
    whole = related_counts(table, STUDY)
    gone = {place for place, row in whole.rows.items() if hidden[row]}
    assert exposed == []
    assert reader_computes(whole, gone) == []
    # a share is shown where its count is
    shares = masked[masked["statistic"].isin(["n", "percent"])]
    index = ["analysis", "population", "group", "variable", "level"]
    shown = shares.assign(masked=hidden).pivot_table(index=index, columns="statistic", values="masked", aggfunc="max")
    assert (shown["percent"].dropna() >= shown["n"][shown["percent"].notna()]).all()


def test_the_order_of_the_rows_never_matters():
    table = study(60, 5)
    first, _ = mask_small_cells(table, 5, STUDY)
    shuffled = table.sample(frac=1, random_state=2).reset_index(drop=True)
    second, _ = mask_small_cells(shuffled, 5, STUDY)
    second = second.set_index(KEY).loc[pd.MultiIndex.from_frame(first[KEY])].reset_index()
    pd.testing.assert_frame_equal(first, second)


def test_a_study_without_small_counts_stays_as_it_is():
    rows = [
        {"analysis": "safety", "population": "enrolled", "group": group, "method": "descriptive", **row}
        for group, total, n in (("T", 50, 10), ("C", 60, 0), ("overall", 110, 10))
        for row in (
            {"statistic": "total", "value": total},
            {"variable": "Rash", "level": "Any grade", "statistic": "n", "value": n},
        )
    ]
    table = statistics_table(rows)
    masked, exposed = mask_small_cells(table, 5, STUDY)
    pd.testing.assert_frame_equal(masked, table)
    assert exposed == []


def row(**parts) -> dict:
    return {"analysis": "attrition", "population": "screened", "method": "descriptive", **parts}


def attrition(excluded: dict[str, tuple[int, int]], sizes=(60, 50)) -> pd.DataFrame:
    """The table of attrition of two arms. excluded: {criterion: numbers by arm}."""
    rows = []
    for group, of_group in (("T", [0]), ("C", [1]), ("overall", [0, 1])):
        left = sum(sizes[arm] for arm in of_group)
        rows.append(row(group=group, statistic="total", value=left))
        for criterion, numbers in excluded.items():
            n = sum(numbers[arm] for arm in of_group)
            left -= n
            rows.append(row(group=group, variable=criterion, statistic="n", value=n))
            rows.append(row(group=group, variable=criterion, statistic="remaining", value=left))
        rows.append(row(group=group, population="enrolled", statistic="total", value=left))
    return statistics_table(rows)


def test_attrition_cannot_be_subtracted():
    table = attrition({"age": (3, 6), "ecog": (10, 7), "nobody": (0, 0), "scan": (5, 9)})
    masked, exposed = mask_small_cells(table, 5, STUDY)
    assert exposed == []
    counts = related_counts(table, STUDY)
    shown = set(masked.index[masked["value"].notna()])
    gone = {place for place, at in counts.rows.items() if at not in shown}
    small_one = counts.place[Key("attrition", "screened", "", "T", "age", "", "n")]
    assert small_one in gone
    sizes = masked[(masked["population"] == "enrolled")]
    assert sizes["value"].notna().all()  # the sizes of the arms are the paper's denominators


def test_what_follows_from_the_sizes_of_the_arms_is_named():
    table = pd.concat(
        [
            attrition({"age": (0, 0)}),
            statistics_table(
                [
                    row(analysis="matching", population="enrolled", group="T", statistic="unmatched", value=2),
                    row(analysis="matching", population="enrolled", group="overall", statistic="pairs", value=58),
                    row(analysis="safety", population="matched", group="T", statistic="total", value=58),
                ]
            ),
        ],
        ignore_index=True,
    )
    masked, exposed = mask_small_cells(table, 5, STUDY)
    assert [key.statistic for key in exposed] == ["unmatched"]
    assert masked.loc[masked["statistic"] == "unmatched", "value"].isna().all()
    assert masked["value"].isna().sum() == 1


def survival_row(group, statistic, value=1.0, level="", method="kaplan_meier", note="", **key):
    return {"analysis": "survival", "population": "matched", "stratum": "", "group": group, "variable": "os",
            "level": level, "statistic": statistic, "method": method, "value": value, "note": note, **key}  # fmt: skip


def test_hazard_ratios_go_with_the_events_and_survival_with_those_at_risk():
    table = statistics_table(
        [
            *(survival_row("T", name, level="12") for name in ("survival", "ci_low", "at_risk")),
            survival_row("T", "median"),
            survival_row("T vs C", "hazard_ratio", method="cox"),
        ]
    )
    at_risk = [Key("survival", "matched", "", "T", "os", "12", "at_risk")]
    events = [Key("survival", "matched", "", "T", "os", "", "events")]
    assert derived_rows(table, at_risk, STUDY) == {0, 1}
    assert derived_rows(table, events, STUDY) == {0, 1, 3, 4}


NAMES = [
    ("T", "C", "2L", "3L"),
    ("TACE vs none", "none vs TACE", "per protocol vs not", "x"),
    ("2L", "3L", "2L", "3L"),  # arms named as levels are
    ("line=", "a=b", "a=b", "= vs ="),
]


@pytest.mark.parametrize(("treated", "control", "first", "second"), NAMES)
def test_the_effect_inside_a_level_goes_with_the_levels_events(treated, control, first, second):
    """For any names of arms and levels: no name is split."""
    study = Study(
        arms={"treated": {"value": treated}, "control": {"value": control}},
        populations=BOTH,
        subgroups={"line": {"variable": "line", "levels": [first, second]}},
    )
    arms, levels, of = f"{treated} vs {control}", f"{first} vs {second}", {"analysis": "subgroup_line"}
    table = statistics_table(
        [
            survival_row(arms, "hazard_ratio", stratum=f"line={first}", method="cox", **of),
            survival_row(arms, "hazard_ratio", stratum=f"line={second}", method="cox", **of),
            survival_row(levels, "p_value", stratum=treated, method="logrank", **of),
            survival_row(levels, "p_value", stratum=control, method="logrank", **of),
            survival_row(arms, "p_value", method="cox_interaction", **of),
        ]
    )
    masked = Key("subgroup_line", "matched", treated, first, "os", "", "events")
    assert derived_rows(table, [masked], study) == {0, 2}


def test_a_balance_goes_with_the_counts_it_is_of():
    def smd(population, variable, level, method="smd_treated"):
        return {"analysis": "balance", "population": population, "group": "T vs C", "variable": variable,
                "level": level, "statistic": "smd", "method": method, "value": 0.2}  # fmt: skip

    table = statistics_table(
        [
            smd("enrolled", "ecog", "2"),
            smd("matched", "ecog", "2"),
            smd("matched", "ecog", "0"),
            smd("matched", "ecog", "", "smd_mahalanobis"),
            smd("matched", "sex", "Male"),
        ]
    )
    assert derived_rows(table, [Key("baseline", "enrolled", "", "T", "ecog", "2", "n")], STUDY) == {0, 1, 3}
    assert derived_rows(table, [Key("baseline", "matched", "", "T", "ecog", "2", "n")], STUDY) == {1, 3}


def test_a_pooled_number_goes_with_the_counts_that_it_is_of():
    """Of a rate, a level of a subgroup, and the balance of a variable; those of other places stay."""

    def pooled(variable, statistic, level="", stratum="", population="matched"):
        return {"analysis": "pooled", "population": population, "stratum": stratum, "group": "T vs C", "level": level,
                "variable": variable, "statistic": statistic, "method": "wald", "value": 0.2}  # fmt: skip

    table = statistics_table(
        [
            pooled("mrecist", "odds_ratio", "ORR"),  # 0
            pooled("mrecist", "odds_ratio", "DCR"),
            pooled("mrecist", "odds_ratio", "ORR", population="iptw"),
            pooled("died", "p_value", "Yes"),  # 3
            pooled("os", "hazard_ratio"),
            pooled("os", "hazard_ratio", "2L", "subgroup_line"),  # 5
            pooled("os", "ci_low", "3L", "subgroup_line"),
            pooled("os", "p_value", "", "subgroup_line"),
            pooled("ecog", "largest_smd", "mean"),  # 8
            pooled("ecog", "largest_smd", "largest", population="enrolled"),
            pooled("age", "largest_smd", "mean"),
        ]
    )
    for key, rows in {
        Key("response", "matched", "", "T", "mrecist", "ORR", "n"): {0},
        Key("outcomes", "matched", "", "C", "died", "Yes", "n"): {3},
        Key("outcomes", "matched", "", "C", "died", "", "missing"): {3},
        Key("subgroup_line", "matched", "T", "2L", "os", "", "events"): {5},
        Key("subgroup_line", "matched", "T", "2L", "os", "12", "at_risk"): set(),
        Key("baseline", "matched", "", "T", "ecog", "2", "n"): {8},
        Key("baseline", "enrolled", "", "T", "ecog", "2", "n"): {8, 9},
    }.items():
        assert derived_rows(table, [key], STUDY) == rows, key


def test_how_many_lack_a_value_does_not_follow_from_the_arm_s_summaries_but_from_the_rest():
    """A mean beside the arm's size reveals no missing value; a test, a percentage or an unknown size would."""
    shown = [("T", "age", "", statistic) for statistic in ("mean", "sd", "median", "q1", "q3")]
    other = [("T vs C", "age", "", "p_value"), ("T", "ecog", "2", "percent"), ("T vs C", "ecog", "", "p_value")]
    table = statistics_table(
        [
            {"analysis": "baseline", "population": "matched", "group": group, "variable": variable, "level": level,
             "statistic": statistic, "method": "descriptive", "value": 1}
            for group, variable, level, statistic in [*shown, *other]
        ]
    )  # fmt: skip
    assert derived_rows(table, [Key("baseline", "matched", "", "T", "age", "", "missing")], STUDY) == {5}
    assert derived_rows(table, [Key("baseline", "matched", "", "T", "ecog", "", "missing")], STUDY) == {6, 7}
    assert derived_rows(table, [Key("baseline", "matched", "", "T", "", "", "total")], STUDY) == set(range(8))


@pytest.mark.parametrize(("treated", "control"), list(product([0, 1, 2, 4, 5, 40], repeat=2)))
def test_no_summary_of_few_known_values_is_shown(treated, control):
    """The median of one known value is a patient's: it goes, with its test, and with the number missing that tells."""
    random = np.random.default_rng(treated * 41 + control)
    enrolled = pd.DataFrame({"patient_id": [f"P{place:03d}" for place in range(80)], "arm": ["T"] * 40 + ["C"] * 40})
    enrolled["age"] = random.normal(60, 9, 80).round()
    enrolled["ecog"] = pd.Categorical(random.choice(["0", "1"], 80), categories=["0", "1"])
    known = {"T": treated, "C": control}
    unknown = enrolled["patient_id"][[place % 40 >= known[arm] for place, arm in enumerate(enrolled["arm"])]].index
    enrolled.loc[unknown, ["age", "ecog"]] = np.nan
    settings = {"variables": ["age", "ecog"], "categorical_test": "auto", "continuous_test": "welch", "tests": {}}
    populations = {"enrolled": enrolled, "matched": enrolled[enrolled.index % 40 < 30]}
    table = describe_baseline(enrolled, populations, settings | {"auto": THRESHOLDS}, ARMS)
    masked, exposed = mask_small_cells(table, 5, STUDY)
    assert exposed == []
    hidden = masked["note"].str.startswith(MASKED)
    few = [arm for arm, n in known.items() if 0 < n < 5]
    of_few = masked["group"].isin(few) & (masked["variable"] != "")
    told = of_few & masked["statistic"].isin([*SUMMARIES, "missing"])
    assert hidden[told & table["value"].notna()].all()
    assert not hidden[~of_few & masked["statistic"].isin(SUMMARIES)].any()
    tests = (masked["statistic"] == "p_value") & (masked["variable"] == "age") & table["value"].notna()
    assert (hidden[tests] == bool(few)).all()


@pytest.mark.parametrize("missing", [1, 3])
def test_how_many_lack_a_level_does_not_follow_from_those_with_one(missing):
    """The patients of the levels, added up and subtracted from the arm, would be it; a mean beside it stays."""
    enrolled = pd.DataFrame({"patient_id": [f"P{place:03d}" for place in range(80)], "arm": ["T"] * 40 + ["C"] * 40})
    enrolled["age"] = np.arange(80) % 17 + 50.0
    enrolled["ecog"] = pd.Categorical(np.where(np.arange(80) % 3, "0", "1"), categories=["0", "1"])
    enrolled.loc[: missing - 1, ["age", "ecog"]] = np.nan
    settings = {"variables": ["age", "ecog"], "categorical_test": "auto", "continuous_test": "welch", "tests": {}}
    table = describe_baseline(enrolled, {"enrolled": enrolled}, settings | {"auto": THRESHOLDS}, ARMS)
    masked, exposed = mask_small_cells(table, 5, STUDY)
    gone = masked[masked["value"].isna() & (masked["group"] == "T")]
    assert exposed == []
    assert gone["statistic"].value_counts()[["missing", "n"]].to_dict() == {"missing": 2, "n": 1}
    assert not gone["statistic"].isin(SUMMARIES).any()


def test_a_difference_of_few_known_values_is_masked_with_them():
    key = {"analysis": "balance", "population": "matched", "group": "T vs C", "variable": "age", "statistic": "smd"}
    table = statistics_table([key | {"method": "smd_treated", "value": 0.2}])
    assert derived_rows(table, [Key("baseline", "matched", "", "T", "age", "", KNOWN)], STUDY) == {0}


def test_the_note_on_imbalance_names_nothing_that_is_masked():
    """For any names of levels: the note is written again from the shown rows."""
    key = {"analysis": "balance", "population": "matched", "group": "T vs C", "method": "smd_treated"}
    rows = [
        key | {"variable": "ecog", "level": "age: SMD 9; ecog: x", "statistic": "smd", "value": 0.3},
        key | {"variable": "age", "statistic": "smd", "value": 0.2},
        key | {"statistic": "imbalanced", "value": 2, "note": "ecog: SMD 0.300 (age: SMD 9; ecog: x); age: SMD 0.200"},
    ]
    table = statistics_table(rows)
    hidden = np.array([False, True, False])
    assert imbalance_notes(table, hidden, STUDY.balance) == {2: "ecog: SMD 0.300 (age: SMD 9; ecog: x)"}
    assert imbalance_notes(table, ~hidden, STUDY.balance) == {2: "age: SMD 0.200"}


def test_notes_tell_no_number_of_patients():
    table = pd.concat(
        [
            statistics_table(
                [
                    survival_row("T vs C", "p_value", method="cox_interaction", note="test; 3 without line left out"),
                    survival_row("T vs C", "hazard_ratio", method="cox", note="left out for a missing value: 12"),
                ]
            ),
        ]
    )
    masked, _ = mask_small_cells(table, 5, STUDY)
    assert masked["note"].tolist() == ["test; some without line left out", "left out for a missing value: some"]
