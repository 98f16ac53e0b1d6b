"""The repository's own rules: declared modules, one script per rule, the two locks, the conda twin."""

import ast
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml

from runs import REPO
from twoarm.imports import modules_of

SCRIPTS = REPO / "scripts"
RULES = re.findall(
    r"^rule (\w+):\n(.*?)(?=^rule |^if |^else|\Z)",
    "\n".join(path.read_text() for path in sorted((REPO / "workflow/rules").glob("*.smk"))).replace(
        "\n    rule ", "\nrule "
    ),
    re.MULTILINE | re.DOTALL,
)


LAYERS = [
    *("text", "raw", "config", "results", "stats", "response", "disclosure", "published", "documents", "tables"),
    *("figures", "report"),
]


def script_of(rule: str):
    """The script of a rule, in the folder of its stage."""
    return next(path for path in SCRIPTS.glob(f"*/{rule}.py") if path.parent.name != "twoarm")


def test_every_rule_is_found():
    assert len(RULES) >= 20


@pytest.mark.parametrize(("rule", "body"), RULES, ids=[rule for rule, _ in RULES])
def test_a_rule_says_what_it_needs_and_makes_and_its_script(rule, body):
    for part in ("message", "input", "output", "script"):
        assert re.search(rf"^\s+{part}:", body, re.MULTILINE), f"{rule} has no {part}"
    assert f'"../../scripts/{script_of(rule).parent.name}/{rule}.py"' in body


def test_what_a_script_imports_is_found_by_way_of_others_too():
    found = modules_of("survival/estimate_survival.py")
    assert {"twoarm/stats/cox.py", "twoarm/stats/efron.py", "twoarm/results/statistics.py"} <= set(found)
    assert "twoarm/figures/writer.py" not in found
    assert found == sorted(set(found))


def beside(module: str) -> set[str]:
    """The styles and scripts of pages with the name of a module."""
    found = (SCRIPTS / module).parent.glob(f"{Path(module).stem}.*s")
    return {path.relative_to(SCRIPTS).as_posix() for path in found}


def test_a_file_that_a_module_reads_beside_it_is_found_with_it():
    assert "twoarm/documents/page_style.css" in modules_of("report/write_report.py")


def test_imports_that_are_read_as_text_are_those_of_the_syntax():
    for path in SCRIPTS.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        names = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
        for node in nodes:
            if isinstance(node, ast.ImportFrom):
                names |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        own = {f"{name.replace('.', '/')}.py" for name in names if name.startswith("twoarm.")}
        own = {module for module in own if (SCRIPTS / module).is_file()}
        own |= {file for module in own for file in beside(module)}
        found = modules_of(path.relative_to(SCRIPTS).as_posix())
        assert set(found) == own.union(*map(modules_of, own)), path


@pytest.mark.parametrize("path", sorted((SCRIPTS / "twoarm").rglob("*.py")), ids=lambda path: path.name)
def test_a_folder_imports_only_from_those_before_it(path):
    if path.parent.name in LAYERS:
        used = {Path(module).parts[1] for module in modules_of(path.relative_to(SCRIPTS).as_posix())}
        allowed = LAYERS[: LAYERS.index(path.parent.name) + 1]
        assert used <= set(allowed), used - set(allowed)
    else:
        assert path.parent == SCRIPTS / "twoarm"


def test_every_folder_of_the_shared_package_is_a_layer():
    folders = {path.name for path in (SCRIPTS / "twoarm").iterdir() if path.is_dir()} - {"__pycache__"}
    assert folders == set(LAYERS)
    assert all(not path.read_text() for path in (SCRIPTS / "twoarm").rglob("__init__.py"))


def test_no_script_without_a_rule():
    apart = {"new_study", "synthetic_cohort", "conduct", "snakemake_logger_plugin_progress", "twoarm"}
    scripts = [path.stem for path in SCRIPTS.glob("*/*.py") if path.parent.name not in apart]
    assert sorted(scripts) == sorted(rule for rule, _ in RULES)


def test_no_script_reads_the_whole_config():
    for path in SCRIPTS.rglob("*.py"):
        assert "snakemake.config" not in path.read_text()


@pytest.mark.parametrize("path", [*SCRIPTS.rglob("*.py"), *(REPO / "workflow").rglob("*.smk")], ids=lambda p: p.name)
def test_no_file_is_too_long(path):
    assert len(path.read_text().splitlines()) <= 400


@cache
def study_words() -> set[str]:
    """The shipped study's own words: names of columns, levels and arms that only this study has."""
    config = yaml.safe_load((REPO / "config.yaml").read_text())
    words = {*config["variables"], *config["safety"]["terms"], *config["subgroups"]}
    words |= {config["arms"][arm]["value"] for arm in ("treated", "control")}
    # words of the field, or of the workflow's own data contracts
    return words - {"age", "sex", "line", "dose"} - {"Fatigue"}


@pytest.mark.parametrize(
    "path", [path for path in SCRIPTS.rglob("*.py") if path.parent.name != "synthetic_cohort"], ids=lambda p: p.name
)
def test_no_script_knows_the_study(path):
    strings = {
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not strings & study_words()


def lock(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", (REPO / name).read_text(), re.MULTILINE))


def test_the_conda_twin_holds_the_locked_versions():
    direct = {
        re.match(r"[a-z-]+", name)[0]
        for name in tomllib.loads((REPO / "pyproject.toml").read_text())["project"]["dependencies"]
    }
    twin = dict(
        item.split("=", 1)
        for item in yaml.safe_load((REPO / "envs/analysis.yaml").read_text())["dependencies"]
        if not item.startswith("python>")
    )
    assert twin == {name: lock("requirements.txt")[name] for name in direct}


def test_the_locks_agree_and_name_no_address():
    run, dev = lock("requirements.txt"), lock("requirements-dev.txt")
    assert run == {name: version for name, version in dev.items() if name in run}
    assert set(lock("requirements-cluster.txt")) == set(
        tomllib.loads((REPO / "pyproject.toml").read_text())["dependency-groups"]["cluster"]
    )
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-cluster.txt"):
        assert "://" not in (REPO / name).read_text()


def test_python_is_new_enough():
    assert sys.version_info >= (3, 11)


def test_no_picture_of_the_guides_is_missing_or_empty():
    guides = [REPO / "README.md", *(REPO / "docs").glob("*.md")]
    links = [
        (guide, link) for guide in guides for link in re.findall(r"!\[[^]]*\]\(([^)]+)\)", guide.read_text("utf-8"))
    ]
    pictures = {(guide.parent / link).resolve() for guide, link in links}
    assert len(pictures) > 8
    assert [path.name for path in pictures if not path.is_file() or path.stat().st_size < 1000] == []


def test_scripts_read_parquet_without_threads():
    """Threads of Arrow abort a job now and then (twoarm.raw.parquet)."""
    reader = SCRIPTS / "twoarm/raw/parquet.py"
    texts = {path: path.read_text(encoding="utf-8") for path in SCRIPTS.rglob("*.py") if path != reader}
    assert len(texts) > 100
    assert [path for path, text in texts.items() if re.search(r"pd\.read_parquet|pyarrow\.parquet", text)] == []
