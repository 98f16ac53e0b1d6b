"""A study with arms pooled from several treatments, patients of neither, and missing covariates, through Snakemake."""

import shutil

import pandas as pd
import pytest

from report_numbers import Sources, errors
from runs import REPO, done, snakemake
from tidy import read_tidy

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The study's folder after its run, and its raw table."""
    folder = tmp_path_factory.mktemp("pooled")
    shutil.copy(REPO / "tests/studies/pooled/config.yaml", folder)
    shutil.copy(REPO / "tests/oracle/lung/data.csv", folder / "patients.csv")
    done(snakemake(folder))
    return folder, pd.read_csv(folder / "patients.csv")


def value_of(folder, analysis: str, **key) -> float:
    table = read_tidy(folder / f"results/statistics/{analysis}.csv")
    (value,) = table.loc[(table[list(key)] == pd.Series(key)).all(axis=1), "value"]
    return value


def test_who_is_in_neither_arm_or_lacks_a_covariate_is_counted(ran):
    folder, raw = ran
    of_an_arm = raw[raw["ph_ecog"].isin(["e0", "e1", "e2"])]
    counts = {"neither_arm:": len(raw) - len(of_an_arm), "missing:calories": int(of_an_arm["meal_cal"].isna().sum())}
    assert min(counts.values()) > 0
    for criterion, n in counts.items():
        key = {"group": "overall", "variable": criterion, "statistic": "n"}
        assert value_of(folder, "attrition", **key) == n
    complete = of_an_arm.dropna(subset="meal_cal")
    for arm, values in {"symptoms": ["e1", "e2"], "e0": ["e0"]}.items():
        key = {"population": "enrolled", "group": arm, "statistic": "total", "variable": ""}
        assert value_of(folder, "attrition", **key) == complete["ph_ecog"].isin(values).sum()


def test_a_missing_level_keeps_its_patients(ran):
    folder, raw = ran
    unknown = raw[(raw["ph_ecog"] == "e0") & raw["meal_cal"].notna() & raw["wt_loss"].isna()]
    key = {"population": "enrolled", "group": "e0", "variable": "weight_loss", "level": "Not recorded"}
    assert value_of(folder, "baseline", **key, statistic="n") == len(unknown) > 0


def test_every_number_of_its_report_has_a_source(ran):
    folder, _ = ran
    assert errors((folder / "results/report/report.html").read_text(encoding="utf-8"), Sources(folder)) == []
