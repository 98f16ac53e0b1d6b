"""The shipped synthetic cohort: what its README promises, and R's analysis of it against the paper and the workflow.

tests/golden/hcc_trp is what scripts/synthetic_cohort/verify_cohort.R, which reads only the raw tables, makes of them.
"""

import hashlib
import re
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd
import pytest
import yaml

from runs import REPO

COHORT = REPO / "resources/cohort"
GOLDEN = REPO / "tests/golden/hcc_trp"
TABLES = ["patients.csv", "lesions.csv", "adverse_events.csv"]
KEY = ["analysis", "population", "stratum", "group", "variable", "level", "statistic", "method"]
MONTH = 30.4375
EXTRAHEPATIC = ["lung", "lymph_node", "adrenal", "bone"]
# What the paper's own other numbers exclude (variable, level, printed)
CONTRADICTED = {("recist", "DCR", "0.018"), ("dose", "120-160mg", "43.7")}
TERMS = yaml.safe_load((REPO / "config.yaml").read_text(encoding="utf-8"))["safety"]["terms"]


def table(name: str, folder=COHORT) -> pd.DataFrame:
    frame = pd.read_csv(folder / name, keep_default_na=False, dtype=str)
    for column in frame.columns.intersection(["value", "age", "ecog", "diameter_mm", "grade", "n_tace", "logit"]):
        frame[column] = pd.to_numeric(frame[column])
    for column in frame.columns[frame.columns.str.match("treatment_start|last_|.*_date")]:
        frame[column] = pd.to_datetime(frame[column].replace("", None), format="%Y-%m-%d")
    return frame


@pytest.fixture(scope="module")
def patients() -> pd.DataFrame:
    return table("patients.csv").set_index("patient_id", drop=False)


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    return table("scores.csv", GOLDEN).set_index("patient_id")


@pytest.fixture(scope="module")
def enrolled(patients, scores) -> pd.DataFrame:
    return patients.loc[scores.index]


@pytest.fixture(scope="module")
def lesions() -> pd.DataFrame:
    return table("lesions.csv")


@pytest.fixture(scope="module")
def images(lesions, enrolled) -> pd.DataFrame:
    """The lesions of the enrolled with the day since treatment start."""
    own = lesions[lesions["patient_id"].isin(enrolled.index)]
    return own.assign(day=(own["visit_date"] - own["patient_id"].map(enrolled["treatment_start"])).dt.days)


# ---- The files


def test_the_checksums_are_those_of_the_tables():
    lines = (COHORT / "checksums.sha256").read_text().splitlines()
    assert lines == [f"{hashlib.sha256((COHORT / name).read_bytes()).hexdigest()}  {name}" for name in TABLES]


@pytest.mark.parametrize("name", TABLES)
def test_every_identifier_says_synthetic(name, patients):
    identifiers = table(name)["patient_id"]
    assert identifiers.str.fullmatch(r"SYN-[A-E]-\d{3}").all()
    assert identifiers.isin(patients.index).all()


def documented(name: str) -> dict[str, str]:
    """Columns of a table and their allowed values, as the README's dictionary gives them."""
    section = re.split(r"^## ", (COHORT / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = next(part for part in section if part.startswith(name))
    return {row[0]: row[3].strip() for row in re.findall(r"^\| `(\w+)` \|(.*?)\|(.*?)\|(.*?)\|", text, re.MULTILINE)}


@pytest.mark.parametrize("name", TABLES)
def test_the_columns_are_those_of_the_dictionary(name):
    assert list(table(name).columns) == list(documented(name))


@pytest.mark.parametrize("name", ["patients.csv", "lesions.csv"])
def test_the_levels_are_those_of_the_dictionary(name):
    frame = table(name)
    lists = {
        column: values for column, values in documented(name).items() if re.fullmatch(r"[\w-]+(, [\w ]+)+", values)
    }
    assert len(lists) >= 3
    for column, values in lists.items():
        allowed = values.replace("or empty", "").split(", ")
        assert set(frame[column].astype(str)) <= {value.strip() for value in allowed}, column


def test_only_the_date_of_death_is_missing(patients):
    assert patients["death_date"].isna().any()
    assert not (patients.drop(columns="death_date").astype(str).isin(["", "NaT", "nan"])).any(axis=None)


# ---- Clinical logic


def test_the_stage_agrees_with_what_makes_it(enrolled):
    advanced = enrolled["pvtt"].eq("yes") | enrolled["metastases"].eq("yes") | enrolled["ecog"].eq(2)
    assert set(enrolled["bclc"]) == {"B", "C"}
    assert (advanced == enrolled["bclc"].eq("C")).all()


def test_dates_are_in_order_and_within_the_study(patients):
    assert patients["treatment_start"].between("2022-06-01", "2024-06-30").all()
    assert (patients["treatment_start"] <= patients["last_assessment"]).all()
    assert (patients["last_assessment"] <= patients["last_contact"]).all()
    assert (patients["last_contact"] <= "2025-02-28").all()
    dead = patients["death_date"].notna()
    assert (patients["death_date"] == patients["last_contact"])[dead].all()


def test_nobody_enrolled_is_followed_for_less_than_three_months(enrolled):
    assert ((enrolled["last_contact"] - enrolled["treatment_start"]).dt.days / MONTH >= 3).all()


def test_there_is_time_for_every_tace(enrolled):
    months = (enrolled["last_contact"] - enrolled["treatment_start"]).dt.days / 28
    assert (enrolled["n_tace"] <= months + 1).all()


def test_visits_are_four_to_six_weeks_apart(images, enrolled):
    for reader, own in images.groupby("reader"):
        days = own.drop_duplicates(["patient_id", "day"]).sort_values(["patient_id", "day"])
        baseline = days[days["day"] <= 0]
        assert sorted(baseline["patient_id"]) == sorted(enrolled.index), reader
        assert baseline["day"].between(-14, 0).all()
        later = days[days["day"] > 0].groupby("patient_id")["day"]
        assert later.first().between(28, 42).all()
        last = (enrolled["last_assessment"] - enrolled["treatment_start"]).dt.days
        assert later.last().sort_index().tolist() == last.sort_index().tolist()
        once_more = days[days["day"] > 0].assign(gap=later.diff()).dropna()
        assert once_more["gap"].between(28, 45).all()


def test_thrombus_and_metastases_are_in_the_images(images, enrolled):
    first = images[(images["day"] <= 0) & (images["reader"] == "reader_1")]
    thrombus = set(first.loc[first["site"].eq("portal_vein"), "patient_id"])
    beyond = set(first.loc[first["site"].isin(EXTRAHEPATIC), "patient_id"])
    assert thrombus == set(enrolled.index[enrolled["pvtt"] == "yes"])
    assert beyond == set(enrolled.index[enrolled["metastases"] == "yes"])


def test_targets_are_few_and_measurable_for_both_readers(images):
    targets = images[(images["day"] <= 0) & (images["role"] == "target")]
    least = targets["site"].map({"lymph_node": 15}).fillna(10)
    size = pd.to_numeric(targets["viable_mm"]).fillna(targets["diameter_mm"])
    assert (size >= least).all()
    assert targets.groupby(["patient_id", "reader"]).size().max() <= 5
    assert targets.groupby(["patient_id", "reader", "site"]).size().max() <= 2
    assert len(targets.groupby(["patient_id", "reader"])) == 2 * images["patient_id"].nunique()


def test_the_tumours_in_the_images_fit_their_stated_sum(images, enrolled):
    first = images[(images["day"] <= 0) & (images["reader"] == "reader_1") & (images["site"] == "liver")]
    seen = (first.groupby("patient_id")["diameter_mm"].sum() / 10).reindex(enrolled.index)
    stated = enrolled["tumour_diameter_sum_cm"].astype(float)
    all_listed = enrolled["intrahepatic_tumours"].astype(int) <= 4
    assert seen[all_listed].to_numpy() == pytest.approx(stated[all_listed].to_numpy())
    assert (seen[~all_listed] < stated[~all_listed]).all()


def test_viable_tumour_is_of_the_liver_and_within_the_lesion(lesions):
    viable = pd.to_numeric(lesions["viable_mm"])
    assert (viable.dropna() <= lesions["diameter_mm"][viable.notna()]).all()
    assert set(lesions.loc[viable.notna(), "site"]) == {"liver"}
    assert set(lesions.loc[viable.isna() & lesions["site"].eq("liver"), "evaluable"]) == {"no"}


def test_adverse_events_begin_during_follow_up(patients):
    events = table("adverse_events.csv").join(patients[["treatment_start", "last_contact"]], on="patient_id")
    assert set(events["term"]) == set(TERMS)
    assert events["grade"].between(1, 4).all()
    assert (events["onset_date"] > events["treatment_start"]).all()
    assert (events["onset_date"] <= events["last_contact"]).all()


# ---- Targets


def tidy(path) -> pd.DataFrame:
    """A tidy table of statistics: key columns as text, value as a number."""
    frame = pd.read_csv(path, keep_default_na=False, dtype=str)
    return frame.assign(value=pd.to_numeric(frame["value"])) if "value" in frame else frame


def as_printed(value: float, printed: str) -> bool:
    """Does a value, rounded half-up as the paper does, give the printed text?"""
    if printed[0] in "<≥":
        return (value < float(printed[1:])) == (printed[0] == "<")
    places = Decimal(1).scaleb(-len(printed.partition(".")[2]))
    return Decimal(str(round(value, 10))).quantize(places, ROUND_HALF_UP) == Decimal(printed)


def test_r_finds_what_the_paper_prints():
    printed = tidy(REPO / "resources/published/hcc_trp.csv").replace({"group": {"per 1 years": "per unit"}})
    key = [column for column in KEY if column != "method"]
    both = printed.merge(tidy(GOLDEN / "statistics.csv"), on=key, suffixes=("_printed", ""))
    both = both[both["method_printed"].isin([""]) | (both["method_printed"] == both["method"])]
    assert not both.duplicated([*key, "method"]).any()
    assert len(both) == len(printed) - 2  # not the number of centres, nor that nobody died of an event
    missed = both[[not as_printed(value, text) for value, text in zip(both["value"], both["printed"], strict=True)]]
    assert set(zip(missed["variable"], missed["level"], missed["printed"], strict=True)) == CONTRADICTED


def test_the_pairs_of_r_are_safe_from_rounding(scores):
    """Every pair has a margin of at least 1e-4 on the logit: in the caliper, the next control and the order."""
    treated = scores[scores["regimen"] == "TRP"].sort_values("logit", ascending=False)
    controls = scores[scores["regimen"] == "TR"]
    caliper = 0.2 * scores["logit"].std()
    assert scores["logit"].sort_values().groupby(scores["regimen"]).diff().min() > 0
    assert -treated["logit"].diff().max() > 1e-4
    free = controls["logit"].copy()
    for patient, row in treated.iterrows():
        distance = (free - row["logit"]).abs().sort_values()
        assert abs(distance.iloc[0] - caliper) > 1e-4
        if distance.iloc[0] > caliper:
            assert row["pair"] == ""
            continue
        assert distance.iloc[1] - distance.iloc[0] > 1e-4
        assert row["pair"] == scores.loc[distance.index[0], "pair"] != "", patient
        free = free.drop(distance.index[0])
    assert len(controls) - len(free) == 64


# ---- The workflow against R, and the generator against its output


@pytest.mark.workflow
def test_the_workflow_agrees_with_r(shipped):
    golden = tidy(GOLDEN / "statistics.csv")
    own = pd.concat(
        tidy(path) for path in (shipped / "results/statistics").glob("*.csv") if path.stem in set(golden["analysis"])
    )
    both = golden.merge(own, on=KEY, how="left", suffixes=("_r", ""), indicator=True)
    assert both.loc[both["_merge"] != "both", KEY].empty
    assert both["value"].to_numpy() == pytest.approx(both["value_r"].to_numpy(), rel=1e-6, nan_ok=True)


@pytest.mark.workflow
def test_the_workflow_matches_and_reads_as_r_does(shipped, scores, enrolled):
    matched = pd.read_parquet(shipped / "results/data/matched.parquet").set_index("patient_id")
    paired = scores[scores["pair"] != ""]
    assert matched["pair"].sort_index().tolist() == paired["pair"].astype(int).sort_index().tolist()
    propensity = pd.read_parquet(shipped / "results/data/propensity.parquet").set_index("patient_id")["logit"]
    assert propensity.loc[scores.index].to_numpy() == pytest.approx(scores["logit"].to_numpy(), abs=1e-8)
    golden = table("responses.csv", GOLDEN).set_index(["patient_id", "criterion"]).sort_index()
    own = pd.read_parquet(shipped / "results/data/response.parquet").set_index(["patient_id", "criterion"]).sort_index()
    assert own["best_response"].astype(str).tolist() == golden["best_response"].tolist()
    start = own.index.get_level_values("patient_id").map(enrolled["treatment_start"])
    day = (own["progression_date"] - start).dt.days
    assert day.fillna(-1).tolist() == pd.to_numeric(golden["progression_day"]).fillna(-1).tolist()


@pytest.mark.workflow
def test_the_generator_makes_these_very_tables(tmp_path):
    subprocess.run(
        [sys.executable, REPO / "scripts/synthetic_cohort/make_cohort.py", tmp_path], check=True, capture_output=True
    )
    for name in [*TABLES, "checksums.sha256"]:
        assert (tmp_path / name).read_bytes() == (COHORT / name).read_bytes(), name
