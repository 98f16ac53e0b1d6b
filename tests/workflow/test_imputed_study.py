"""The pooled study with imputed calories, in several designs, through Snakemake."""

import re
import shutil

import pandas as pd
import pytest
import yaml

from report_numbers import Sources, errors, word_content
from runs import REPO, done, snakemake
from tidy import read_tidy, values_of

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The study's folder after its run."""
    folder = tmp_path_factory.mktemp("imputed")
    config = yaml.safe_load((REPO / "tests/studies/pooled/config.yaml").read_text())
    config["propensity"]["missing"] = "impute"
    config["imputation"] = {"data_sets": 5}
    config["variables"] |= {
        "early": {"label": "Death within 300 days", "from": "time <= 300 and died"},
        "best": {
            "label": "Best response", "kind": "categorical", "column": "pat_karno", "missing": "allowed",
            "levels": {"<= 60": "PD", "<= 70": "SD", "<= 85": "PR", "> 85": "CR"},
        },
    }  # fmt: skip
    config["outcomes"] = {"early": {"label": "Death within 300 days", "event": "early"}}
    config["response"] = {"criteria": {"recist": {"best": "best"}}}
    config["subgroups"] = {"all": {"variables": ["sex", "weight_loss"], "endpoint": "os"}}
    config["manuscript"] = {}
    config["designs"] = {"matched": {}, "iptw": {"weights": "ate"}, "adjusted": {"adjust": ["age", "sex", "calories"]}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    shutil.copy(REPO / "tests/oracle/lung/data.csv", folder / "patients.csv")
    done(snakemake(folder))
    return folder


def statistics(folder, analysis: str):
    return values_of(read_tidy(folder / f"results/statistics/{analysis}.csv"))


def test_nobody_leaves_for_a_missing_covariate_and_the_missing_are_counted(ran):
    raw = pd.read_csv(ran / "patients.csv")
    raw = raw[raw["ph_ecog"].isin(["e0", "e1", "e2"])]
    attrition, missing = statistics(ran, "attrition"), statistics(ran, "missing")
    assert attrition.find("total", population="enrolled", group="overall").value == len(raw)
    for arm, values in {"symptoms": ["e1", "e2"], "e0": ["e0"]}.items():
        own = raw[raw["ph_ecog"].isin(values)]
        key = {"population": "enrolled", "group": arm}
        assert missing.find("missing", variable="calories", **key).value == own["meal_cal"].isna().sum() > 0
        baseline = statistics(ran, "baseline").find("missing", variable="calories", **key)
        assert not baseline.key  # the table shows the first imputed data set, where nothing is missing


def test_every_data_set_keeps_what_was_observed(ran):
    raw = pd.read_csv(ran / "patients.csv").assign(patient_id=lambda table: table["id"].astype(str))
    imputed = pd.read_parquet(ran / "results/data/imputed.parquet").merge(raw[["patient_id", "meal_cal"]])
    known = imputed["meal_cal"].notna()
    assert imputed["imputation"].unique().tolist() == [1, 2, 3, 4, 5]
    assert imputed.loc[known, "calories"].eq(imputed.loc[known, "meal_cal"]).all()
    assert imputed["calories"].isin(raw["meal_cal"].dropna()).all()
    per_patient = imputed.loc[~known].groupby("patient_id")["calories"].nunique()
    assert per_patient.mean() > 2  # the data sets differ


def test_the_first_data_set_is_one_of_those_pooled(ran):
    pooled, survival = statistics(ran, "pooled"), statistics(ran, "survival")
    pairs = [
        pooled.find("pairs", population="matched", group="overall", level=level).value
        for level in ("smallest", "largest")
    ]
    assert (
        pairs[0] <= statistics(ran, "matching").find("pairs", population="enrolled", group="overall").value <= pairs[1]
    )
    for population in ("matched", "iptw"):
        key = {"population": population, "variable": "os", "group": "symptoms vs e0"}
        one = survival.find("hazard_ratio", ("cox",), **key).value
        low, high = (pooled.find(limit, ("cox",), **key).value for limit in ("ci_low", "ci_high"))
        assert low < one < high
    assert pooled.find(
        "hazard_ratio", ("cox_adjusted",), population="adjusted", variable="os", group="symptoms vs e0"
    ).key


def test_rates_subgroups_and_balance_are_pooled_too(ran):
    """As other analyses of the study name them: responses, the yes/no outcome, each subgroup, each judged variable."""
    pooled = statistics(ran, "pooled")
    for population in ("matched", "iptw"):
        key = {"population": population, "group": "symptoms vs e0"}
        for analysis, variable, level in (
            ("response", "recist", "ORR"), ("response", "recist", "DCR"), ("outcomes", "early", "Yes"),
        ):  # fmt: skip
            of = {"variable": variable, "level": level, **key}
            one = statistics(ran, analysis).find("difference", ("newcombe",), **of).value
            methods = ("newcombe", "wald_difference")
            low, high = (pooled.find(limit, methods, **of).value for limit in ("ci_low", "ci_high"))
            assert low < one < high
        for variable in ("age", "sex", "calories", "weight_loss"):
            of = {"statistic": "largest_smd", "variable": variable, **key}
            mean, largest = (pooled.find(**of, level=level).value for level in ("mean", "largest"))
            rows = statistics(ran, "balance").rows(variable=variable, statistic="smd", method="smd_treated", **key)
            assert mean <= largest and max(abs(row.value) for row in rows) <= largest
    for name in ("all_sex", "all_weight_loss"):
        levels = {row.level for row in pooled.rows(stratum=f"subgroup_{name}", statistic="hazard_ratio")}
        assert len(levels) >= 2
        tests = [row for row in pooled.rows(stratum=f"subgroup_{name}") if row.method == "cox_interaction"]
        assert len(tests) == 1 and 0 < tests[0].value < 1


def test_its_report_has_the_pooled_results_and_no_number_without_source(ran):
    page = (ran / "results/report/report.html").read_text(encoding="utf-8")
    assert errors(page, Sources(ran)) == []
    for words in (
        "pooled over all imputed data sets",
        "Pooled hazard ratios of treatment:",
        "Pooled risk differences: objective response by ",
        "Balance over the imputed data sets",
        "Matched patients: Cox model, pooled over all imputed data sets",
        "Missing values were imputed:",
        "Few imputed data sets for the share of missing values",
    ):
        assert words in page
    text = re.sub("<[^>]*>", "", page)
    assert re.search(r"share of missing values: [\w ]+ in \d+\.\d% with [^,%]+ and \d+\.\d% with", text)  # each once
    # balance; survival, response, outcomes, subgroups, prognosis
    for words, times in (("the balance in all of them is in", 1), ("pooled results are in another table", 5)):
        assert page.count(f"These numbers are of the first imputed data set; {words}") == times
    for file in ("baseline", "survival", "prognosis"):
        assert "Imputed values are those of the first data set" in (ran / f"results/tables/{file}.html").read_text(
            encoding="utf-8"
        )
    manuscript = " ".join(word_content(ran / "results/manuscript.docx")[0])
    assert "Pooled hazard ratios of treatment: overall survival" in manuscript
    flow = (ran / "results/figures/flowchart.svg").read_text(encoding="utf-8")
    assert "Imputed values" in flow


def test_the_seed_alone_decides(ran, tmp_path):
    """Again, with one core and the rows in another order: the same bytes."""
    shutil.copy(ran / "config.yaml", tmp_path)
    pd.read_csv(ran / "patients.csv", dtype=str, keep_default_na=False).sample(frac=1, random_state=1).to_csv(
        tmp_path / "patients.csv", index=False
    )
    done(snakemake(tmp_path, "results/statistics/pooled.csv", cores=1))
    for file in ("statistics/pooled.csv", "data/imputed.parquet"):
        assert (tmp_path / "results" / file).read_bytes() == (ran / "results" / file).read_bytes()
