"""A small study as a hospital wrote it, whose config computes its scores, runs from table to report."""

import html
import re

import numpy as np
import pandas as pd
import pytest

from report_numbers import Sources, errors
from runs import done, snakemake
from tidy import read_tidy

pytestmark = pytest.mark.workflow

CONFIG = """\
study: {name: computed, title: Drug A against drug B}
data:
  patients: patients.csv
  id: record
  separator: ";"
  decimal: ","
  thousands: "."
  date_format: ["%d.%m.%Y", "%Y-%m-%d %H:%M"]
  ignore_case: true
  cutoff: "2025-06-30"
arms:
  column: drug
  treated: {value: A, label: Drug A}
  control: {value: B, label: Drug B}
variables:
  weight: {label: Weight, unit: kg, kind: continuous, cell_units: [kg]}
  height: {label: Height, unit: cm, kind: continuous}
  birth: {label: Birth, kind: date}
  start: {label: Start, kind: date}
  last_contact: {label: Last contact, kind: date}
  death: {label: Death, kind: date, missing: allowed, ends_observation: true}
  afp: {label: AFP, unit: ng/ml, kind: continuous, detection: half}
  neutrophils: {label: Neutrophils, kind: continuous}
  lymphocytes: {label: Lymphocytes, kind: continuous}
  sex: {label: Sex, kind: categorical, levels: {m: Male, f: Female}}
  age: {label: Age, unit: years, from: "floor(years(birth, start))"}
  old: {label: Age, from: age, levels: {"< 65": <65 years, ">= 65": ≥65 years}}
  bmi: {label: BMI, unit: kg/m², from: "weight / (height / 100) ** 2"}
  nlr: {label: NLR, from: neutrophils / lymphocytes, missing: allowed}
  nlr_group: {label: NLR, from: nlr, split: median}
  log_afp: {label: log AFP, from: log10(afp)}
  lived: {label: Time under observation, from: "months(start, last_contact)"}
eligibility:
  inclusion: [{id: adult, label: Age 45 years or more, keep: age >= 45}]
endpoints:
  os: {label: Overall survival, start: start, events: [death], censor: last_contact}
baseline: {variables: [age, old, sex, bmi, nlr, nlr_group, log_afp, lived]}
subgroups: {nlr: {label: NLR, variable: nlr_group, endpoint: os}}
prognosis: {endpoint: os, variables: [old, log_afp, nlr_group]}
"""


def patients(n: int = 120) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The true values, and the table as a hospital writes them."""
    chance = np.random.default_rng(3)
    start = pd.Timestamp("2023-01-01") + pd.to_timedelta(chance.integers(0, 300, n), "D")
    true = pd.DataFrame(
        {
            "record": [f"R{number:03}" for number in range(n)],
            "drug": chance.choice(["A", "B"], n),
            "weight": chance.integers(450, 1100, n) / 10,
            "height": chance.integers(150, 195, n),
            "birth": start - pd.to_timedelta(chance.integers(40 * 365, 80 * 365, n), "D"),
            "start": start,
            "last_contact": start + pd.to_timedelta(chance.integers(30, 600, n), "D"),
            "afp": np.where(chance.random(n) < 0.2, 0.25, chance.integers(1, 90_000, n)),
            "neutrophils": chance.integers(200, 900, n) / 100,
            "lymphocytes": chance.integers(80, 300, n) / 100,
            "sex": chance.choice(["m", "f"], n),
        }
    )
    older = true["start"] - true["birth"] > pd.Timedelta(days=50 * 365)
    true.loc[[true.index[older & (true["drug"] == arm)][0] for arm in "AB"], "lymphocytes"] = 0
    dead = chance.random(n) < 0.6
    written = true.assign(death=true["last_contact"].where(dead))
    for column in ("birth", "start", "last_contact", "death"):
        written[column] = written[column].dt.strftime("%d.%m.%Y").fillna("")
    written.loc[::3, "start"] = true.loc[::3, "start"].dt.strftime("%Y-%m-%d 08:30")
    for column in ("weight", "neutrophils", "lymphocytes"):
        written[column] = written[column].map("{:.2f}".format).str.replace(".", ",")
    written["weight"] += " kg"
    written["afp"] = np.where(true["afp"] < 1, "<0,5", true["afp"].map("{:,.0f}".format).str.replace(",", "."))
    written["sex"] = np.where(np.arange(n) % 2, written["sex"].str.upper(), written["sex"])
    return true, written


def html_text(page: str) -> str:
    """A page's text without its tags."""
    return html.unescape(re.sub("<[^>]+>", "", page))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The finished study, and what its run printed."""
    folder = tmp_path_factory.mktemp("computed")
    patients()[1].to_csv(folder / "patients.csv", index=False, sep=";")
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    run = snakemake(folder)
    done(run)
    return folder, run.stdout


def enrolled() -> pd.DataFrame:
    """The true values of the enrolled patients with the scores, computed by pandas."""
    true = patients()[0]
    age = np.floor((true["start"] - true["birth"]).dt.days / 365.25)
    nlr = true["neutrophils"] / true["lymphocytes"].replace(0, np.nan)
    bmi = true["weight"] / (true["height"] / 100) ** 2
    return true.assign(age=age, nlr=nlr, bmi=bmi, log_afp=np.log10(true["afp"]))[age >= 45]


def test_the_table_has_the_scores_of_the_true_values(study):
    found = read_tidy(study[0] / "results/statistics/baseline.csv").set_index(
        ["group", "variable", "level", "statistic"]
    )
    for arm, part in enrolled().groupby("drug"):
        for name in ("age", "bmi", "nlr", "log_afp"):
            assert found.loc[(arm, name, "", "mean"), "value"] == pytest.approx(part[name].mean())
        assert found.loc[(arm, "sex", "Male", "n"), "value"] == (part["sex"] == "m").sum()
        assert found.loc[(arm, "old", "≥65 years", "n"), "value"] == (part["age"] >= 65).sum()
        high = part["nlr"] > enrolled()["nlr"].median()
        assert found.loc[(arm, "nlr_group", "> median", "n"), "value"] == high.sum()


def test_cut_points_missing_values_and_limits_are_said_where_a_reader_looks(study):
    folder, printed = study
    true = patients()[0]
    limits, rows = (true["afp"] < 1).sum(), true.index[true["lymphocytes"] == 0] + 2
    zero = f"patients.csv rows {rows[0]} and {rows[1]}, variable nlr: a division by zero, read as a missing value"
    assert zero in printed
    assert f"patients.csv: values beyond a limit of detection: afp (half) {limits}" in printed
    attrition = read_tidy(folder / "results/statistics/attrition.csv")
    (cut,) = attrition.loc[attrition["statistic"] == "cut_point", "value"]
    assert cut == pytest.approx(enrolled()["nlr"].median())
    for table in ("baseline", "prognosis", "subgroups"):
        page = html_text((folder / f"results/tables/{table}.html").read_text(encoding="utf-8"))
        assert f"NLR: split at the median of all enrolled patients ({cut:g})." in page, table
    page = (folder / "results/report/report.html").read_text(encoding="utf-8")
    assert errors(page, Sources(folder)) == []
    for words in (
        "BMI = weight / (height / 100) ** 2",
        f"NLR by median (cut point {cut:g})",
        "AFP as half of the limit below which they are",
        "not used for matching and not judged for balance: Time under observation",
    ):
        assert words in html_text(page), words
