"""Another workflow includes this one as a module, with a config of its own."""

import pytest
import yaml

from chinese_study import write_chinese_study
from runs import REPO, digest, done, snakemake

pytestmark = pytest.mark.workflow

PARENT = """\
import pandas

configfile: "parent.yaml"

module twoarm:
    snakefile: "{house}/Snakefile"
    config: config["study"]

use rule * from twoarm as twoarm_*

rule all:
    default_target: True
    input:
        "summary.txt",
        rules.twoarm_all.input,

rule export:
    input:
        "exported.csv",
    output:
        "患者.csv",
    shell:
        "cp {{input}} {{output}}"

rule summary:
    input:
        "results/statistics/survival.csv",
    output:
        "summary.txt",
    shell:
        "wc -l {{input}} > {{output}}"
"""


def test_the_rules_run_inside_another_workflow(chinese, tmp_path):
    parent = write_chinese_study(tmp_path / "parent")
    study = yaml.safe_load((parent / "config.yaml").read_text(encoding="utf-8"))
    (parent / "config.yaml").write_text(
        "study: of the other workflow, which the module must not read", encoding="utf-8"
    )
    (parent / "parent.yaml").write_text(
        yaml.safe_dump({"study": study, "other": 1}, allow_unicode=True, sort_keys=False)
    )
    (parent / "Snakefile").write_text(PARENT.format(house=REPO), encoding="utf-8")
    (parent / "患者.csv").rename(parent / "exported.csv")
    ran = done(snakemake(parent, house=parent))
    assert {"export", "summary", "twoarm_check_tables", "twoarm_write_report"} <= ran
    assert digest(parent / "results/statistics") == digest(chinese / "results/statistics")
    assert (parent / "summary.txt").is_file() and (parent / "results/report/report.html").is_file()
    assert "Nothing to be done" in snakemake(parent, "-n", house=parent).stdout


def test_the_rules_keep_their_names_and_an_error_in_the_config_is_told(tmp_path):
    parent = write_chinese_study(tmp_path)
    text = f'configfile: "config.yaml"\nmodule twoarm:\n    snakefile: "{REPO}/Snakefile"\n    config: config\n'
    (parent / "Snakefile").write_text(f"{text}use rule * from twoarm\n", encoding="utf-8")
    planned = snakemake(parent, "-n", house=parent)
    assert planned.returncode == 0 and "write_report" in planned.stdout, planned.stdout
    config = (parent / "config.yaml").read_text(encoding="utf-8")
    (parent / "config.yaml").write_text(config.replace("kind: flag", "kind: flagg", 1), encoding="utf-8")
    refused = snakemake(parent, "-n", house=parent)
    assert refused.returncode == 1 and "variables.hepatitis.kind: found 'flagg'" in refused.stdout
