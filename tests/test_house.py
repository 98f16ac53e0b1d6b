"""The house's own order: declared modules, one script a rule, the two locks, the conda twin."""

import ast
import re
import sys
import tomllib

import pytest
import yaml
from runs import HOUSE

SCRIPTS = HOUSE / "scripts"
RULES = re.findall(
    r"^rule (\w+):\n(.*?)(?=^rule |^if |^else|\Z)",
    "\n".join(path.read_text() for path in sorted((HOUSE / "workflow/rules").glob("*.smk"))).replace(
        "\n    rule ", "\nrule "
    ),
    re.MULTILINE | re.DOTALL,
)


def imported(path, package: str) -> set[str]:
    """The modules of a package of ours that a file imports."""
    return {
        node.module.split(".")[1]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{package}.")
    }


def shared_imports(path) -> set[str]:
    """The modules of twoarm that a file runs on, by way of others too."""
    modules = imported(path, "twoarm")
    below = [SCRIPTS / f"twoarm/{module}.py" for module in modules]
    below += [SCRIPTS / f"report/{module}.py" for module in imported(path, "report")]
    return modules.union(*map(shared_imports, below))


def test_every_rule_is_found():
    assert len(RULES) >= 20


@pytest.mark.parametrize(("rule", "body"), RULES, ids=[rule for rule, _ in RULES])
def test_a_rule_declares_the_modules_that_its_script_runs_on(rule, body):
    script = SCRIPTS / f"{rule}.py"
    assert f'"../../scripts/{rule}.py"' in body
    declared = re.search(r"library\((.*?)\)", body, re.DOTALL)
    assert set(re.findall(r'"(\w+)"', declared[1] if declared else "")) == shared_imports(script)


@pytest.mark.parametrize(("rule", "body"), RULES, ids=[rule for rule, _ in RULES])
def test_a_rule_says_what_a_user_needs(rule, body):
    for part in ("message", "input", "output", "log", "benchmark", "conda", "script"):
        assert re.search(rf"^\s+{part}:", body, re.MULTILINE), f"{rule} has no {part}"


def test_no_script_without_a_rule():
    assert {path.stem for path in SCRIPTS.glob("*.py")} == {rule for rule, _ in RULES}


def test_no_script_reads_the_whole_config():
    for path in SCRIPTS.rglob("*.py"):
        assert "snakemake.config" not in path.read_text()


@pytest.mark.parametrize("path", [*SCRIPTS.rglob("*.py"), *(HOUSE / "workflow").rglob("*.smk")], ids=lambda p: p.name)
def test_no_file_is_too_long(path):
    assert len(path.read_text().splitlines()) <= 400


def study_words() -> set[str]:
    """The shipped study's own words: names of columns, levels and arms that no other study would have."""
    config = yaml.safe_load((HOUSE / "config.yaml").read_text())
    words = {*config["variables"], *config["safety"]["terms"], *config["subgroups"]}
    words |= {config["arms"][arm]["value"] for arm in ("treated", "control")}
    # words of the field, or of the workflow's own data contracts
    return words - {"age", "sex", "line", "dose"} - {"Fatigue"}


@pytest.mark.parametrize("path", [*SCRIPTS.glob("*.py"), *SCRIPTS.glob("twoarm/*.py")], ids=lambda p: p.name)
def test_no_script_knows_the_study(path):
    strings = {
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not strings & study_words()


def lock(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", (HOUSE / name).read_text(), re.MULTILINE))


def test_the_conda_twin_holds_the_locked_versions():
    direct = {
        re.match(r"[a-z-]+", name)[0]
        for name in tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]["dependencies"]
    }
    twin = dict(
        item.split("=", 1)
        for item in yaml.safe_load((HOUSE / "envs/analysis.yaml").read_text())["dependencies"]
        if not item.startswith("python>")
    )
    assert twin == {name: lock("requirements.txt")[name] for name in direct}


def test_the_two_locks_agree_and_name_no_address():
    run, dev = lock("requirements.txt"), lock("requirements-dev.txt")
    assert run == {name: version for name, version in dev.items() if name in run}
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert "://" not in (HOUSE / name).read_text()


def test_python_is_new_enough():
    assert sys.version_info >= (3, 11)
