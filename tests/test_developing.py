"""docs/developing.md: its files and names exist, and its example passes its own test."""

import re
import subprocess
import sys

from runs import REPO, copy_house

GUIDE = (REPO / "docs/developing.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
NEW = dict(re.findall(r"^New file `([^`]+)`[^\n]*\n\n```\w*\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL))
FILE = re.compile(r"[\w.-]+\.(py|smk|md|toml|yaml)|[\w.-]+(/[\w.-]+)+/?")
FOLDERS = ("docs", "scripts", "tests", "workflow")


def named() -> list[str]:
    """The code in the text, without the example's own and without files of a run."""
    found = dict.fromkeys(re.findall(r"`([^`\n]+)`", BLOCK.sub("", GUIDE)))
    return [name for name in found if "laboratory" not in name and "<" not in name and not name.startswith("results/")]


def test_every_file_exists():
    files = [name for name in named() if FILE.fullmatch(name)]
    assert len(files) > 25
    for name in files:
        assert (REPO / name).exists() or any(list((REPO / folder).rglob(name)) for folder in FOLDERS), name


def test_every_name_is_in_the_code():
    paths = [path for folder in FOLDERS[1:] for path in (REPO / folder).rglob("*") if path.suffix in (".py", ".smk")]
    paths = [path for path in paths if path.name != "test_developing.py"]
    code = "\n".join(path.read_text(encoding="utf-8") for path in [*paths, REPO / "Makefile", REPO / "pyproject.toml"])
    words = set(re.findall(r"\w+", code))
    names = [name for name in named() if re.fullmatch(r"[A-Za-z_][\w.]*(\(\.\.\.\))?", name)]
    assert len(names) > 40
    for name in names:
        assert set(re.findall(r"\w+", name)) <= words | {"Snakefile", "CHANGELOG"}, name


def test_the_code_of_the_example_passes_its_own_test(tmp_path):
    copy_house(tmp_path)
    for path, text in NEW.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    (test,) = [path for path in NEW if path.startswith("tests")]
    paths = f"pythonpath={tmp_path}/scripts {REPO}/tests/support"
    arguments = [sys.executable, "-m", "pytest", "-o", paths, "--rootdir", tmp_path, "-p", "no:cacheprovider", test]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
