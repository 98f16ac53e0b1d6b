"""A study with several designs and no matching, from its config alone: R's answers, and each design in its place."""

import re
import shutil

import pandas as pd
import pytest
import yaml

from report_numbers import Sources, errors
from runs import REPO, digest, done, snakemake
from tidy import read_tidy
from twoarm.disclosure.registered import unregistered
from twoarm.results.rows import KEY
from weighted_oracle import answers

pytestmark = pytest.mark.workflow
DESIGNS = {
    "overlap": {"weights": "overlap"},
    "iptw": {"label": "Weighted (ATE)", "weights": "ate", "stabilised": True, "trim": [0.2, 0.9]},
    "adjusted": {"adjust": ["age", "meno", "size", "grade", "nodes", "pgr", "er"]},
}

BINS = {"<= 1": "1", "<= 3": "2-3", "<= 6": "4-6", "<= 10": "7-10", "> 10": "11 or more"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("designs")
    shutil.copy(REPO / "tests/oracle/gbsg/data.csv", folder / "patients.csv")
    config = yaml.safe_load((REPO / "tests/studies/gbsg/config.yaml").read_text(encoding="utf-8"))
    config["designs"], config["balance"] = DESIGNS, {"denominator": "pooled"}
    everybody = {"endpoint": "rfs", "population": "enrolled"}
    config["subgroups"]["all"] = {"label": "All", "variable": "meno", **everybody}
    config["variables"]["bin"] = {"label": "Positive nodes", "kind": "categorical", "column": "nodes", "levels": BINS}
    config["subgroups"]["list"] = {"variables": ["meno", "grade", "bin"], "min_events": 20, **everybody}
    models = {"weighted": config["prognosis"], "all": config["prognosis"] | {"population": "enrolled"}}
    config["prognosis"] = models | {
        "left": {**models["all"], "select": "backward", "variables": ["age", "nodes", "pgr"]}
    }
    config["baseline"] |= {"overall": True, "binary": "one_row"}
    config["outcomes"] = {"recurred": {"label": "Recurrence", "event": "recurred"}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    run = snakemake(folder)
    assert not done(run) & {"match_patients"}
    return folder


@pytest.fixture(scope="module")
def table(study):
    return read_tidy(*sorted((study / "results/statistics").glob("*.csv")))


def value(table, **key):
    rows = table[(table[list(key)] == pd.Series(key)).all(axis=1)]
    assert len(rows) == 1, rows
    return rows["value"].item()


def test_survival_with_overlap_weights_is_that_of_r(table):
    rows = answers("survival.csv", name="gbsg", design="ato")
    in_r = {(row.what, row.statistic): row.value for row in rows.itertuples()}
    key = {"analysis": "survival", "population": "overlap", "variable": "rfs"}
    for arm, name in (("1", "treated"), ("0", "control")):
        own = key | {"group": arm, "method": "weighted_kaplan_meier"}
        answer = {statistic: number for (what, statistic), number in in_r.items() if what == f"{name} log"}
        assert value(table, **own, level="", statistic="median") == pytest.approx(answer["median"], rel=1e-6)
        assert value(table, **own, level="1095", statistic="survival") == pytest.approx(answer["survival_1095"])
        weighted = value(table, **own, level="1095", statistic="weighted_at_risk")
        assert weighted == pytest.approx(answer["at_risk_1095"], rel=1e-6)


def test_the_rows_have_keys_of_their_own_and_masking_knows_every_statistic(table):
    assert not table.duplicated(KEY).any() and unregistered(table) == []
    assert set(table["population"]) == {"screened", "enrolled", "overlap", "iptw", "adjusted"}
    counts = table[table["statistic"].isin(["n", "total", "events", "at_risk", "trimmed"])]
    assert (counts["value"] % 1 == 0).all()
    enrolled, iptw = (value(table, analysis="baseline", population=name, group="1", statistic="total")
                      for name in ("enrolled", "iptw"))  # fmt: skip
    trimmed = value(table, analysis="weights", population="iptw", group="1", statistic="trimmed")
    assert enrolled - iptw == trimmed > 0


def test_table_1_has_both_arms_together_and_a_yes_no_variable_in_one_row(study, table):
    rows = pd.read_csv(study / "results/tables/baseline.csv", dtype=str, keep_default_na=False)
    heads = [column for column in rows if "Overall" in column]
    assert len(heads) == 3 and heads[0].endswith("Overall (n = 686)") and "; effective " in heads[1]
    own = rows[rows["Variable"] == "Postmenopausal: yes, n (%)"]
    key = {"analysis": "baseline", "population": "enrolled", "group": "overall", "variable": "meno", "level": "Yes"}
    n, percent = (value(table, **key, statistic=statistic) for statistic in ("n", "percent"))
    assert own[heads[0]].item() == f"{n:.0f} ({percent:.1f})"
    assert own[heads[1]].item().endswith("%")  # a share of weights is not that of a number of patients


def test_each_prognosis_model_has_its_statistics_figure_table_and_heading(study, table):
    for name, population in (("weighted", "overlap"), ("all", "enrolled"), ("left", "enrolled")):
        own = table[table["analysis"] == f"prognosis_{name}"]
        assert set(own["population"]) == {population} and not (study / "results/statistics/prognosis.csv").exists()
        methods = set(own["method"])
        assert ("weighted_cox_multivariable" in methods) == (name == "weighted")
        assert ("cox_backward" in methods) == (name == "left")
        for made in (f"figures/prognosis_{name}.svg", f"tables/prognosis_{name}.html", f"tables/prognosis_{name}.csv"):
            assert (study / "results" / made).stat().st_size > 0
    page = (study / "results/report/report.html").read_text(encoding="utf-8")
    section = page.partition('id="prognosis"')[2].partition("</section>")[0]
    headings = re.findall(r"<h3[^>]*>([^<]+)</h3>", section)
    assert len(headings) == 3 and len(set(headings)) == 3, headings


def test_a_list_of_subgroups_has_one_forest_and_one_table_with_the_answers_of_r(study, table):
    rows = pd.read_csv(study / "results/tables/subgroups_list.csv", dtype=str, keep_default_na=False)
    counts = [column for column in rows if column.endswith("Events / patients")]
    few = rows[rows["Notes"] == "not computed: fewer than 20 events"]
    assert list(rows["Subgroup"].drop_duplicates())[1:4] == ["Postmenopausal", "Tumour grade", "Positive nodes"]
    assert rows.loc[0, counts].tolist() == ["94 / 246", "205 / 440"]
    assert list(few["Level"]) == ["I"] and list(few[counts].iloc[0]) == ["6 / 33", "12 / 48"]
    assert (rows == "–").sum().sum() == 2 == (few == "–").sum().sum()
    printed = {("meno", "0"): "No", ("meno", "1"): "Yes", ("grade", "g2"): "II", ("grade", "g3"): "III"}
    answers = pd.read_csv(REPO / "tests/golden/subgroups/effects.csv", dtype={"level": str}, keep_default_na=False)
    for variable, level, statistic, expected in answers.itertuples(index=False):
        key = {"analysis": f"subgroup_list_{variable}", "population": "enrolled", "group": "1 vs 0"}
        if statistic == "interaction":
            assert value(table, **key, method="cox_interaction") == pytest.approx(expected, rel=1e-6)
        elif statistic == "hazard_ratio" and level != "g1":  # 18 events
            key |= {
                "stratum": f"{variable}={printed.get((variable, level), level)}",
                "method": "cox",
                "statistic": statistic,
            }
            assert value(table, **key) == pytest.approx(expected, rel=1e-6)
    figures = {path.stem for path in (study / "results/figures").glob("subgroup*.svg")}
    assert figures == {"subgroup_meno", "subgroup_all", "subgroups_forest", "subgroups_list_forest"}


def test_overlap_weights_balance_the_means_exactly(table):
    own = table[(table["analysis"] == "balance") & (table["population"] == "overlap") & (table["statistic"] == "smd")]
    assert len(own) > 8 and own.loc[own["variable"] != "logit", "value"].abs().max() < 1e-8


def test_the_report_names_each_estimand_and_every_number_has_its_source(study):
    page = (study / "results/report/report.html").read_text(encoding="utf-8")
    assert errors(page, Sources(study)) == []
    own = re.sub(r'<section[^>]*id="references".*?</section>', "", page, flags=re.DOTALL)  # of titles of papers
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", own))
    for words in ("(ATO)", "(ATE)", "effective sample size", "Adjusted: a Cox model of all enrolled patients"):
        assert words in text
    assert "matched" not in text and "Matched" not in text
    tables = [path.read_text(encoding="utf-8") for path in (study / "results/tables").glob("*.html")]
    named = ("Estimand", "Of all patients screened", "patients who meet all criteria")  # or whom a table only counts
    assert len(tables) >= 5 and all(any(words in table for words in named) for table in tables)


def test_shuffled_rows_give_the_same_bytes(study, tmp_path):
    shutil.copy(study / "config.yaml", tmp_path / "config.yaml")
    rows = pd.read_csv(study / "patients.csv", dtype=str, keep_default_na=False)
    rows.sample(frac=1, random_state=2).to_csv(tmp_path / "patients.csv", index=False)
    names = ["survival", "weights", "balance", "baseline", "adjusted", "outcomes", "prognosis_left"]
    done(snakemake(tmp_path, *(f"results/statistics/{name}.csv" for name in names)))
    ours, theirs = (digest(folder / "results/statistics") for folder in (tmp_path, study))
    assert {f"{name}.csv": ours[f"{name}.csv"] for name in names}.items() <= theirs.items()
