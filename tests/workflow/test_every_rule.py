"""What all rules share, as Snakemake sees it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from runs import REPO
from twoarm.imports import modules_of

pytestmark = pytest.mark.workflow
# Snakemake's own view of the rules, from a separate process, because reading the workflow changes its process.
LISTING = """
import json, sys
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ResourceSettings

overwritten = {"match_patients": {"mem_mb": 7}}
paths = sys.argv[2:]
with SnakemakeApi() as api:
    workflow = api.workflow(ResourceSettings(cores=1, overwrite_resources=overwritten), snakefile=sys.argv[1])
    workflow.list_rules()
    ask = lambda rule, name: rule.resources[name].evaluate(wildcards=None, input=paths, attempt=1, threads=1).value
    rules = {
        rule.name: {
            "input": sorted(map(str, rule.input.get("library", []))),
            "log": list(map(str, rule.log)),
            "benchmark": str(rule.benchmark),
            "conda": str(rule.conda_env),
            "memory": ask(rule, "mem_mb"),
            "minutes": ask(rule, "runtime"),
            "group": rule._group(None) if rule._group else None,
        }
        for rule in workflow._workflow.rules
        if rule.name != "all"
    }
print("RULES" + json.dumps(rules))
"""


def listed(*inputs: Path) -> dict[str, dict]:
    """What Snakemake knows of each rule of the shipped study but the target; what it asks for is by these inputs."""
    command = [sys.executable, "-c", LISTING, REPO / "Snakefile", *inputs]
    run = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.partition("RULES")[2])


@pytest.fixture(scope="module")
def rules() -> dict[str, dict]:
    return listed()


def test_a_rule_depends_on_the_shared_modules_that_its_script_imports(rules):
    stages = {path.stem: path.parent.name for path in (REPO / "scripts").glob("*/*.py")}
    for name, rule in rules.items():
        assert rule["input"] == [f"scripts/{path}" for path in modules_of(f"{stages[name]}/{name}.py")]


def test_a_rule_has_its_own_log_and_benchmark_and_the_environment(rules):
    assert rules["fit_propensity"]["log"] == ["results/logs/fit_propensity.log"]
    assert rules["draw_subgroup"]["benchmark"] == "results/benchmarks/draw_subgroup_{subgroup}.tsv"
    logs = [log for rule in rules.values() for log in rule["log"]]
    assert len(set(logs)) == len(rules) == len(logs)
    assert all(rule["conda"].endswith("envs/analysis.yaml") for rule in rules.values())


def test_a_rule_requests_memory_and_time_and_set_resources_wins(rules):
    asked = {name: (rule["memory"], rule["minutes"]) for name, rule in rules.items()}
    assert asked.pop("match_patients") == (7, 10)
    assert set(asked.values()) == {(500, 10)}


def test_what_it_asks_for_grows_with_its_inputs(tmp_path):
    for name, size in (("patients.csv", 40), ("lesions.parquet", 4)):
        (tmp_path / name).write_bytes(bytes(size * 2**20))
    rule = listed(tmp_path / "patients.csv", tmp_path / "lesions.parquet", tmp_path / "not_made_yet.csv")[
        "check_tables"
    ]
    assert (rule["memory"], rule["minutes"]) == (500 + 40 * 25 + 4 * 250, 50)


def test_a_stage_is_a_group_and_figures_and_tables_are_one(rules):
    assert rules["fit_propensity"]["group"] == rules["match_patients"]["group"] == "matching"
    assert rules["draw_love_plot"]["group"] == rules["tabulate_safety"]["group"] == "figures_and_tables"
    assert len({rule["group"] for rule in rules.values()}) < 13


def test_the_report_and_masking_know_every_file_of_statistics():
    """A rule's statistics without a line in ANALYSES would be neither masked nor reported, without a word."""
    rules = {path.name: path.read_text(encoding="utf-8") for path in (REPO / "workflow/rules").glob("*.smk")}
    known = rules["common.smk"].partition("ANALYSES = [")[2].partition("\n]")[0]
    made = {name for text in rules.values() for name in re.findall(r'="results/statistics/([\w{}]+)\.csv"', text)}
    by_wildcard = {"subgroup_{subgroup}": "subgroup_{name}", "{model}": "dict.fromkeys(MODELS, True)"}
    of_the_paper = {"reproduction", "audit"}  # they compare printed values, not patients
    assert len(made) > 15 and set(by_wildcard) | of_the_paper <= made
    missing = {name for name in made - of_the_paper if by_wildcard.get(name, f'"{name}":') not in known}
    assert missing == set()
