"""docs/your-study.md: the workflow accepts its configs, and the first one runs."""

import io
import re

import numpy as np
import pandas as pd
import pytest
import yaml

from runs import REPO, done, snakemake
from tidy import read_tidy
from twoarm.config.config_values import name_flag_words
from twoarm.config.derived import completed, derived_errors
from twoarm.config.schema import fill_in_defaults

GUIDE = (REPO / "docs/your-study.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The guide's examples in a language, the complete one first."""
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def patients(n: int = 80) -> pd.DataFrame:
    """A table with the columns of the guide's, in the form of its first rows."""
    random = np.random.default_rng(1)
    start = pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 300, n), "D")
    last = start + pd.to_timedelta(random.integers(30, 600, n), "D")
    table = {
        "patient_id": [f"{number:03}" for number in range(n)],
        "drug": random.choice(["A", "B"], n),
        "age": random.integers(40, 80, n),
        "sex": random.choice(["m", "f"], n),
        "stage": random.choice(["3", "4"], n),
        "start": start.strftime("%Y-%m-%d"),
        "last_contact": last.strftime("%Y-%m-%d"),
        "hospital": random.choice(["north", "south"], n),
        "death": np.where(random.random(n) < 0.6, last.strftime("%Y-%m-%d"), ""),
    }
    return pd.DataFrame(table)


@pytest.mark.parametrize("example", blocks("yaml")[1:])
def test_an_example_is_a_part_of_a_config(example):
    config = yaml.safe_load(blocks("yaml")[0]) | yaml.safe_load(example)
    name_flag_words(config)  # as the workflow does
    assert derived_errors(config) == []
    config = completed(config)
    fill_in_defaults(config)


@pytest.mark.workflow
def test_centres_are_counted_and_matched_within(tmp_path):
    config = yaml.safe_load(blocks("yaml")[0])
    levels = {"north": "North", "south": "South"}
    config["data"]["centre"] = "hospital"
    config["variables"]["centre"] = {"label": "Centre", "kind": "categorical", "column": "hospital", "levels": levels}
    config["baseline"]["variables"].append("centre")
    config["matching"] = {"exact": ["centre"]}
    patients().to_csv(tmp_path / "patients.csv", index=False)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    done(snakemake(tmp_path, "results/statistics/baseline.csv"))
    counts = read_tidy(tmp_path / "results/statistics/attrition.csv")
    assert counts.loc[counts["variable"] == "centre", "value"].tolist() == [2]
    pairs, enrolled = (pd.read_parquet(tmp_path / f"results/data/{name}.parquet") for name in ("matched", "enrolled"))
    assert not {"hospital", "data.centre"} & set(enrolled)
    matched = pairs.merge(enrolled[["patient_id", "centre"]], on="patient_id")
    assert len(matched) == len(pairs) > 20
    assert (matched.groupby("pair")["centre"].nunique() == 1).all()


@pytest.mark.workflow
def test_the_config_to_begin_with_runs(tmp_path):
    shown = pd.read_csv(io.StringIO(blocks("csv")[0]), dtype=str)
    assert set(shown) <= set(patients())
    pd.concat([shown.assign(patient_id=["a", "b"]), patients()]).to_csv(tmp_path / "patients.csv", index=False)
    (tmp_path / "config.yaml").write_text(blocks("yaml")[0], encoding="utf-8")
    done(snakemake(tmp_path))
    report = (tmp_path / "results/report/report.html").read_text(encoding="utf-8")
    assert "Drug A against drug B" in report
