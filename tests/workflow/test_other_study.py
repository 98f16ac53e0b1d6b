"""Another study, from its own folder and config alone, gives R's answers and nothing of the shipped study."""

import html
import json
import re
import shutil

import pandas as pd
import pytest

from report_numbers import Sources, errors, html_content, word_content
from runs import REPO, REPORTING, digest, done, planned, snakemake
from tidy import read_tidy
from twoarm.results.rows import KEY

pytestmark = pytest.mark.workflow
ORACLE = REPO / "tests/oracle/gbsg"
R = json.loads((ORACLE / "expected.json").read_text())


@pytest.fixture(scope="module")
def gbsg(tmp_path_factory):
    """The folder of a study that has been run, in a name with a space, as hospitals have them."""
    folder = tmp_path_factory.mktemp("studies") / "my gbsg study"
    shutil.copytree(REPO / "tests/studies/gbsg", folder)
    shutil.copy(ORACLE / "data.csv", folder / "patients.csv")
    done(snakemake(folder))
    return folder


@pytest.fixture(scope="module")
def value(gbsg):
    """The values of every statistics table, by key; an unnamed key column may be anything that leaves one row."""
    table = read_tidy(*sorted((gbsg / "results/statistics").glob("*.csv")))
    assert not table.duplicated(KEY).any()

    def look_up(**key):
        rows = table[(table[list(key)] == pd.Series(key)).all(axis=1)]
        assert len(rows) == 1, rows
        return rows["value"].item()

    return look_up


def test_the_pairs_are_those_of_matchit(gbsg):
    matched = pd.read_parquet(gbsg / "results/data/matched.parquet")
    treated, control = (matched[matched["arm"] == arm].set_index("pair")["patient_id"] for arm in "10")
    pairs = sorted(zip(treated.astype(int), control[treated.index].astype(int), strict=True))
    rounded = json.loads((ORACLE / "match_round10.json").read_text())["largest"]
    assert pairs == sorted(zip(rounded["treated"], rounded["control"], strict=True))


@pytest.mark.parametrize("population", ["enrolled", "matched"])
def test_survival_agrees_with_r(value, population):
    of_r = R["before" if population == "enrolled" else "after"]["survival"]["rfs"]
    survival = {"analysis": "survival", "population": population, "variable": "rfs"}
    for arm, name in (("1", "treated"), ("0", "control")):
        key = survival | {"group": arm, "method": "kaplan_meier"}
        median, at_times = of_r[name]["quantiles"]["median"], of_r[name]["at_times"]
        assert value(**key, level="", statistic="median") == pytest.approx(median, rel=1e-9)
        assert value(**key, level="1095", statistic="survival") == pytest.approx(at_times["surv"][1], rel=1e-9)
        assert value(**key, level="1095", statistic="at_risk") == at_times["n_risk"][1]
    key = survival | {"group": "1 vs 0"}
    term = of_r["cox_treatment"]["terms"][0]
    assert value(**key, method="logrank", statistic="p_value") == pytest.approx(of_r["logrank"]["p"], rel=1e-9)
    assert value(**key, method="cox", statistic="hazard_ratio") == pytest.approx(term["hr"], rel=1e-6)
    assert value(**key, method="cox", statistic="ci_high") == pytest.approx(term["hi"], rel=1e-6)


def test_the_multivariable_model_agrees_with_r(value):
    terms = {t["variable"]: t for t in R["after"]["survival"]["rfs"]["cox_multi"]["terms"] if not t["level"]}
    for variable in ("age", "size", "nodes", "pgr", "er"):
        key = {"analysis": "prognosis", "variable": variable, "method": "cox_multivariable"}
        assert value(**key, statistic="hazard_ratio") == pytest.approx(terms[variable]["hr"], rel=1e-6)
        assert value(**key, statistic="p_value") == pytest.approx(terms[variable]["p"], rel=1e-6)


def test_its_report_has_just_its_own_sections_and_sourced_numbers(gbsg):
    page = (gbsg / "results/report/report.html").read_text(encoding="utf-8")
    sections = re.findall(r'<section id="(\w+)">', page)
    assert {"design", "flow", "baseline", "balance", "survival", "subgroups", "prognosis", "methods"} <= set(sections)
    assert not {"response", "safety", "reproduction"} & set(sections)
    assert errors(page, Sources(gbsg)) == []
    texts, tables = html_content(page)
    word_texts, word_tables = word_content(gbsg / "results/report/report.docx")
    assert word_tables == tables
    assert [text for text in texts if text not in word_texts] == []


def test_nothing_of_the_shipped_study_leaks_in(gbsg):
    names = " ".join(str(path.relative_to(gbsg)) for path in (gbsg / "results").rglob("*"))
    for word in ("response", "safety", "waterfall", "dose", "pfs", "reproduction"):
        assert word not in names


LABELS = [
    "label: Hormonal therapy}",
    "label: Age 18 years or more",
    "label: Recurrence-free survival",
    "label: Tumour size",
]


def test_changed_labels_only_draw_and_tabulate(gbsg):
    config = (gbsg / "config.yaml").read_text(encoding="utf-8")
    assert all(label in config for label in LABELS)
    changed = config
    for label in LABELS:
        changed = changed.replace(label, label.replace("label: ", "label: New "))
    (gbsg / "config.yaml").write_text(changed, encoding="utf-8")
    run = snakemake(gbsg, "-n")
    (gbsg / "config.yaml").write_text(config, encoding="utf-8")
    rules = planned(run)
    assert {"draw_flowchart", "tabulate_baseline", "tabulate_survival", "tabulate_prognosis"} <= rules
    assert all(rule.startswith(("draw_", "tabulate_", "trace_")) for rule in rules - REPORTING), rules


def test_a_deleted_picture_or_table_is_made_again(gbsg):
    for name in ("figures/flowchart.png", "tables/survival.csv"):
        (gbsg / "results" / name).unlink()
    assert done(snakemake(gbsg)) == {"draw_flowchart", "tabulate_survival"} | REPORTING


def test_a_config_of_ones_own_replaces_the_shipped_study(tmp_path):
    """--configfile from the repository's folder: Snakemake alone would merge the shipped criteria into it."""
    study = tmp_path / "gbsg"
    shutil.copytree(REPO / "tests/studies/gbsg", study)
    shutil.copy(ORACLE / "data.csv", tmp_path / "patients.csv")
    run = snakemake(tmp_path, "--configfile", str(study / "config.yaml"), "-n")
    assert run.returncode == 0, run.stdout
    assert "analyse_subgroup" in run.stdout
    for rule in ("evaluate_response", "summarise_safety", "score_reproduction"):
        assert rule not in run.stdout


def test_one_core_gives_the_same_bytes(gbsg, tmp_path):
    for name in ("config.yaml", "patients.csv"):
        shutil.copy(gbsg / name, tmp_path / name)
    statistics = [f"results/statistics/{path.name}" for path in (gbsg / "results/statistics").glob("*")]
    done(snakemake(tmp_path, *statistics, cores=1))
    assert digest(tmp_path / "results/statistics") == digest(gbsg / "results/statistics")


def test_shuffled_rows_give_the_same_bytes(gbsg, tmp_path):
    shutil.copy(gbsg / "config.yaml", tmp_path / "config.yaml")
    table = pd.read_csv(gbsg / "patients.csv", dtype=str, keep_default_na=False)
    table.sample(frac=1, random_state=1).to_csv(tmp_path / "patients.csv", index=False)
    done(snakemake(tmp_path, "results/statistics/survival.csv", "results/statistics/prognosis.csv"))
    for name in ("survival.csv", "prognosis.csv", "matching.csv"):
        assert (tmp_path / "results/statistics" / name).read_bytes() == (
            gbsg / "results/statistics" / name
        ).read_bytes()


def test_two_controls_a_patient_are_analysed_as_sets_or_weighted_or_refused(gbsg, tmp_path):
    """Sets of different size need a decision: the run says so instead of making it, and does what the config says."""
    study = tmp_path / "study"
    shutil.copytree(gbsg, study)
    refused = snakemake(study, "--config", "matching={ratio: 2}")
    assert refused.returncode != 0
    assert "158 of 243 matched treated patients have fewer than 2 controls" in " ".join(refused.stdout.split())
    done(snakemake(study, "results/statistics/survival.csv", "--config", "matching={ratio: 2, incomplete: weight}"))
    table = read_tidy(study / "results/statistics/survival.csv")
    matched = table[table["population"] == "matched"].set_index(["group", "statistic", "method"])["value"]
    assert matched.loc[("1", "total", "descriptive")].item() == 243
    assert 0 < matched.loc[("1 vs 0", "hazard_ratio", "weighted_cox")].item() < 1
    assert not table["method"].isin(["cox_set_robust", "cox_pair_robust"]).any()
    done(snakemake(study, "--config", "matching={ratio: 2, incomplete: drop}"))
    answer = pd.read_csv(REPO / "tests/golden/matching/survival.csv").iloc[0]
    table = read_tidy(study / "results/statistics/survival.csv")
    found = table[table["method"].isin(["cox_set_robust", "logrank_set_stratified"])]
    found = found.set_index(["method", "statistic"])["value"]
    assert found["cox_set_robust", "ci_low"] == pytest.approx(answer["ci_low"], rel=1e-7)
    assert found["logrank_set_stratified", "p_value"] == pytest.approx(answer["p_logrank"], rel=1e-9)
    report = (study / "results/report/report.html").read_text(encoding="utf-8")
    words = " ".join(re.sub(r"<[^>]+>", "", html.unescape(report)).split())
    assert "Each treated patient was matched to 2 controls, taken in as many rounds" in words
    assert "Matching formed 85 sets" in words and "Hazard ratio, clustered by matched set" in words
    assert "by pair" not in words and "pairs" not in words
