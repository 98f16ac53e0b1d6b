"""Adverse events: worst grades, counts and tests; the paper's Table 3 comes out of patients with its counts."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from safety.summarise_safety import frequent_first, summarise_safety, worst_grades
from twoarm.published.published import agrees, read_published
from twoarm.raw.terms import folded

ROOT = Path(__file__).parents[2]
ARMS = {"treated": {"value": "new"}, "control": {"value": "old"}}
GRADES = {"Any grade": [1, 5], "Grade 3-4": [3, 4]}
PATIENTS = pd.DataFrame({"patient_id": ["a", "b", "c", "d", "e", "f"], "arm": ["new"] * 3 + ["old"] * 3})


def events(*rows: tuple[str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["patient_id", "term", "grade"])


SOME = events(
    ("a", "Rash", 1), ("a", "Rash", 3), ("a", "Fever", 2), ("b", "Rash", 2), ("d", "Fever", 5), ("x", "Cough", 4)
)  # fmt: skip


def value(table: pd.DataFrame, **key) -> float:
    rows = table
    for name, wanted in key.items():
        rows = rows[rows[name] == wanted]
    assert len(rows) == 1, key
    return rows["value"].iloc[0]


def counts(table: pd.DataFrame, variable: str, level: str) -> tuple[float, ...]:
    return tuple(
        value(table, variable=variable, level=level, group=group, statistic="n") for group in ("new", "old", "overall")
    )


def test_a_patient_counts_once_at_the_worst_grade():
    table = summarise_safety(SOME, {"matched": PATIENTS}, {"grades": GRADES}, ARMS)
    assert counts(table, "Rash", "Any grade") == (2, 0, 2)
    assert counts(table, "Rash", "Grade 3-4") == (1, 0, 1)
    assert counts(table, "Fever", "Grade 3-4") == (0, 0, 0)  # grade 5 is none of 3 and 4
    assert counts(table, "any", "Any grade") == (2, 1, 3)
    assert counts(table, "any", "Grade 5") == (0, 1, 1)
    assert value(table, variable="Rash", level="Any grade", group="new", statistic="percent") == pytest.approx(200 / 3)
    assert value(table, group="overall", statistic="total") == 6


def test_patients_of_no_population_do_not_count():
    table = summarise_safety(SOME, {"matched": PATIENTS}, {"grades": GRADES}, ARMS)
    assert "Cough" not in set(table["variable"])


def test_each_population_has_its_own_counts():
    some = PATIENTS[PATIENTS["patient_id"].isin(["b", "d"])]
    table = summarise_safety(SOME, {"enrolled": PATIENTS, "matched": some}, {"grades": GRADES}, ARMS)
    assert counts(table[table["population"] == "enrolled"], "Rash", "Any grade") == (2, 0, 2)
    assert counts(table[table["population"] == "matched"], "Rash", "Any grade") == (1, 0, 1)


def test_terms_stand_in_the_configured_order_or_by_frequency():
    worst = worst_grades(events(("a", "B", 1), ("b", "C", 1), ("c", "A", 1), ("d", "C", 1), ("a", "B", 2)))
    assert frequent_first(worst) == ["C", "A", "B"]
    table = summarise_safety(SOME, {"matched": PATIENTS}, {"grades": GRADES, "terms": ["Rash", "Fever"]}, ARMS)
    assert list(table["variable"].drop_duplicates()) == ["", "any", "Rash", "Fever"]


def test_a_term_that_the_config_leaves_out_is_counted_and_named():
    table = summarise_safety(SOME, {"matched": PATIENTS}, {"grades": GRADES, "terms": ["Rash", "Nausea"]}, ARMS)
    assert counts(table, "any", "Any grade") == (2, 1, 3)
    notes = table[(table["variable"] == "any") & (table["statistic"] == "n")]["note"]
    assert set(notes) == {"counts terms that the config does not list: Fever"}
    nausea = table[table["variable"] == "Nausea"]
    assert set(nausea[nausea["statistic"] == "n"]["value"]) == {0}
    assert set(nausea[nausea["statistic"] == "n"]["note"]) == {"nobody had this term"}


def test_without_any_event_all_counts_are_zero_and_nothing_is_tested():
    table = summarise_safety(SOME.head(0), {"matched": PATIENTS}, {"grades": GRADES, "terms": ["Rash"]}, ARMS)
    assert counts(table, "any", "Any grade") == counts(table, "Rash", "Any grade") == (0, 0, 0)
    p = table[table["statistic"] == "p_value"]
    assert p["value"].isna().all()
    assert p["note"].str.startswith("not tested").all()


def test_the_named_test_and_the_difference_are_given():
    table = summarise_safety(SOME, {"matched": PATIENTS}, {"grades": GRADES, "test": "pearson"}, ARMS)
    rash = {"variable": "Rash", "level": "Any grade", "group": "new vs old"}
    assert value(table, **rash, statistic="p_value", method="pearson") == pytest.approx(0.08326452)  # R: chisq.test
    assert value(table, **rash, statistic="difference", method="newcombe") == pytest.approx(200 / 3)
    low, high = (value(table, **rash, statistic=limit, method="newcombe") for limit in ("ci_low", "ci_high"))
    assert low < 2 / 3 < high


SPELLED = events(("a", "rash", 1), ("b", "Rash", 3), ("c", "RASH", 2), ("d", "Rash", 2), ("e", "skin  rash", 1))


def test_a_term_in_several_spellings_is_one_and_is_reported():
    table = summarise_safety(SPELLED, {"matched": PATIENTS}, {"grades": GRADES}, ARMS)
    assert counts(table, "Rash", "Any grade")[2] == 4
    assert set(table["variable"]) == {"", "any", "Rash", "skin  rash"}
    notes = table[(table["variable"] == "Rash") & (table["statistic"] == "n")]["note"]
    assert set(notes) == {"counts this term as it is also written: RASH, rash"}
    shuffled = summarise_safety(SPELLED[::-1], {"matched": PATIENTS}, {"grades": GRADES}, ARMS)
    pd.testing.assert_frame_equal(table, shuffled)


def test_the_config_spells_a_term():
    safety = {"grades": GRADES, "terms": ["rAsh", "Skin Rash"]}
    table = summarise_safety(SPELLED, {"matched": PATIENTS}, safety, ARMS)
    assert list(table["variable"].drop_duplicates()) == ["", "any", "rAsh", "Skin Rash"]
    assert counts(table, "rAsh", "Any grade")[2] == 4
    assert counts(table, "Skin Rash", "Any grade")[2] == 1
    notes = dict(table[table["statistic"] == "n"][["variable", "note"]].itertuples(index=False))
    assert notes["Skin Rash"] == "counts this term as it is also written: skin  rash"
    assert notes["any"] == ""  # no term is left out


def test_row_order_does_not_matter():
    shuffled = summarise_safety(
        SOME.sample(frac=1, random_state=3),
        {"matched": PATIENTS.sample(frac=1, random_state=4)},
        {"grades": GRADES},
        ARMS,
    )
    pd.testing.assert_frame_equal(summarise_safety(SOME, {"matched": PATIENTS}, {"grades": GRADES}, ARMS), shuffled)


@pytest.fixture(scope="module")
def table_3() -> pd.DataFrame:
    """The printed values of Table 3."""
    published = read_published(str(ROOT / "resources/published/hcc_trp.csv"))
    return published[published["place"].str.startswith("Table 3")]


def test_the_printed_counts_give_the_printed_percentages_and_p_values(table_3):
    patients, rows = [], []
    for arm in ("TRP", "TR"):
        identifiers = [f"{arm}-{number:02d}" for number in range(64)]
        patients += [(identifier, arm) for identifier in identifiers]
        printed = table_3[(table_3["group"] == arm) & (table_3["statistic"] == "n")]
        for level, grade in (("Any grade", 2), ("Grade 3-4", 3)):
            for term, n in printed[printed["level"] == level][["variable", "printed"]].itertuples(index=False):
                rows += [(identifier, term, grade) for identifier in identifiers[: int(n)]]
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    population = pd.DataFrame(patients, columns=["patient_id", "arm"])
    table = summarise_safety(events(*rows), {"matched": population}, config["safety"], config["arms"])
    assert len(table_3) == 116
    key = ["population", "group", "variable", "level", "statistic"]
    for row in table_3.to_dict("records"):
        computed = value(table, **{name: row[name] for name in key})
        assert agrees(row["printed"], row["statistic"], computed), (row, computed)


@pytest.mark.parametrize(
    "written", ["HAND-FOOT  syndrome", "hand\u2013foot syndrome", "Ha\u00adnd\u2011foot\u00a0syndrome\u200b"]
)
def test_a_term_is_the_same_whatever_dashes_blanks_and_unseen_signs_a_program_writes(written):
    assert folded(written) == folded("Hand-foot syndrome") != folded("Hand foot syndrome")
