"""Labels, arms and levels are not keys: a complete study in which they repeat gives each its own numbers."""

import re
import shutil
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from report_numbers import Sources, errors
from runs import REPO, done, snakemake
from tidy import read_tidy
from twoarm.results.rows import KEY
from twoarm.text.rounding import half_up

pytestmark = pytest.mark.workflow
PATIENTS = 160


def patients() -> pd.DataFrame:
    """One row per screened patient; the third line dies early only in the treated arm."""
    random = np.random.default_rng(3)
    treated, line = np.arange(PATIENTS) % 2 == 0, 1 + np.arange(PATIENTS) // 2 % 3
    start = pd.Timestamp("2022-01-01") + pd.to_timedelta(random.integers(0, 300, PATIENTS), "D")
    days = np.ceil(random.exponential(np.where(treated & (line == 3), 60, 500))).clip(8)
    last = random.integers(400, 700, PATIENTS)
    died = days <= last
    seen = start + pd.to_timedelta(np.where(died, days, last), "D")
    scanned = start + pd.to_timedelta(np.minimum(90, np.where(died, days, last) - 1), "D")
    return pd.DataFrame(
        {
            "id": [f"Q{place:03d}" for place in range(PATIENTS)],
            "arm_of": np.where(treated, "TACE vs none", "none"),
            "overall": random.normal(60, 12, PATIENTS).round(),
            "pair": random.normal(60, 12, PATIENTS).round(),
            "weight": random.choice(["yes", "no"], PATIENTS),
            "propensity": random.choice(["a", "b"], PATIENTS),
            "line": line,
            "group": random.choice(["1", "2"], PATIENTS),
            "total": random.poisson(3, PATIENTS),
            "started": start.strftime("%Y-%m-%d"),
            "scanned": scanned.strftime("%Y-%m-%d"),
            "seen": seen.strftime("%Y-%m-%d"),
            "pfs": np.where(died, seen.strftime("%Y-%m-%d"), ""),
            "value": np.where(died, days, last),
            "note": np.where(died, "yes", "no"),
        }
    )


def lesions(table: pd.DataFrame) -> pd.DataFrame:
    """One target lesion at baseline and, if the patient lives that long, after two months: some grow, some shrink."""
    random = np.random.default_rng(4)
    rows = []
    for patient in table.itertuples():
        for day, size in ((0, 40), (60, int(random.choice([20, 40, 60])))):
            if day < patient.value:
                date = pd.Timestamp(patient.started) + pd.Timedelta(days=day)
                sizes = {"diameter_mm": size, "viable_mm": size}
                rows.append({"id": patient.id, "visit_date": f"{date:%Y-%m-%d}", **sizes})
    one = {"reader": "r", "lesion_id": "T1", "site": "liver", "role": "target", "status": "", "evaluable": "yes"}
    return pd.DataFrame(rows).assign(**one)


def adverse_events(table: pd.DataFrame) -> pd.DataFrame:
    """Events with terms named like all terms together, arms and labels."""
    random = np.random.default_rng(5)
    some = table.iloc[::3]
    terms = random.choice(["Any adverse event", "TACE", "overall", "Survival"], len(some))
    return pd.DataFrame(
        {"id": some["id"], "term": terms, "grade": random.integers(1, 5, len(some)), "onset_date": some["started"]}
    )


@pytest.fixture(scope="module")
def alike(tmp_path_factory) -> Path:
    """The folder of the study after a run; read only."""
    folder = tmp_path_factory.mktemp("alike")
    shutil.copy(REPO / "tests/studies/alike/config.yaml", folder)
    table = patients()
    table.to_csv(folder / "patients.csv", index=False)
    lesions(table).to_csv(folder / "lesions.csv", index=False)
    adverse_events(table).to_csv(folder / "adverse_events.csv", index=False)
    done(snakemake(folder))
    return folder


@pytest.fixture(scope="module")
def statistics(alike) -> pd.DataFrame:
    return read_tidy(*sorted((alike / "results/statistics").glob("*.csv")))


@pytest.fixture(scope="module")
def page(alike) -> str:
    text = (alike / "results/report/report.html").read_text(encoding="utf-8")
    return re.sub(r'src="data:[^"]+"', "", text)


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html)).replace("\u00a0", " ")


def test_every_key_is_of_one_number(statistics):
    assert not statistics.duplicated(KEY).any()


def test_every_number_of_the_report_and_the_tables_is_that_of_its_row(alike, page):
    assert page.count("<data ") > 1000
    sources = Sources(alike)
    for html in [page, *(path.read_text(encoding="utf-8") for path in (alike / "results/tables").glob("*.html"))]:
        assert errors(html, sources) == []


def test_criteria_of_one_label_have_their_own_counts(statistics, alike):
    """Worked out from the raw table, in the order of the criteria."""
    table, counts = patients(), []
    for excluded in ("overall < 40", "pair > 80", "weight == 'yes' and overall > 75", "overall > 200"):
        gone = table.query(excluded)
        counts.append(len(gone))
        table = table.drop(gone.index)
    assert len(set(counts)) == 4
    drawing = (alike / "results/figures/flowchart.svg").read_text(encoding="utf-8")
    written = re.findall(r"<text[^>]*>([^<]*)</text>", drawing)
    assert {str(n) for n in counts if n} <= set(written) and any(
        "No patient excluded by: Age" in text for text in written
    )


def test_covariates_of_one_label_have_their_own_rows(alike):
    rows = pd.read_csv(alike / "results/tables/baseline.csv", dtype=str, keep_default_na=False)
    enrolled = pd.read_parquet(alike / "results/data/enrolled.parquet")
    treated = enrolled[enrolled["arm"] == "TACE vs none"]
    expected = [
        f"{half_up(treated[name].mean(), 1)} ± {half_up(treated[name].std(), 1)}" for name in ("overall", "pair")
    ]
    assert rows.loc[rows["Variable"] == "Age (years)"].iloc[:, 2].tolist() == expected
    assert expected[0] != expected[1]


def test_the_p_beside_three_medians_is_of_all_three_levels(statistics, page):
    key = {"analysis": "subgroup_line", "stratum": "TACE vs none", "method": "logrank", "group": "overall"}
    (p,) = statistics.loc[(statistics[list(key)] == pd.Series(key)).all(axis=1), "value"]
    assert p < 0.001
    lines = re.findall(r"With TACE vs none, median .*?log-rank [^)]*\)", plain(page))
    (line,) = [text for text in lines if "not, per protocol: x=1" in text]
    assert "for per protocol" in line and line.endswith("for none (log-rank P <0.001)")


def test_each_arm_has_its_restricted_mean(statistics):
    mine = statistics[(statistics["population"] == "matched") & (statistics["variable"] == "os")]
    mine = mine[mine["method"] == "rmst"].set_index(["group", "statistic"])["value"]
    difference = mine["TACE vs none vs none", "difference"]
    assert difference == pytest.approx(mine["TACE vs none", "rmst"] - mine["none", "rmst"])


def test_the_effect_in_a_level_is_that_of_its_subgroup(alike, statistics):
    """Two subgroups have a level of the same name, which is also the name of an arm."""
    rows = pd.read_csv(alike / "results/tables/subgroups.csv", dtype=str, keep_default_na=False)
    shown = rows.loc[rows["Level"] == "none"].iloc[:, 6].tolist()
    expected = []
    for variable in ("line", "group"):
        key = {"stratum": f"{variable}=none", "method": "cox", "statistic": "hazard_ratio"}
        (ratio,) = statistics.loc[(statistics[list(key)] == pd.Series(key)).all(axis=1), "value"]
        expected.append(half_up(ratio, 2))
    assert [text.split(" (")[0] for text in shown] == expected and expected[0] != expected[1]
