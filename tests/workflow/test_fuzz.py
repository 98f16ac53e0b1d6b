"""Broken configs and tables, drawn by number: each is analysed, or refused with a message that names the place.

Most run inside one process (broken_studies.analyse), for a start of Snakemake costs more than all its checks; a few
run as a user runs them. `pytest tests/workflow/test_fuzz.py -k 17` looks at one case again.
"""

import re
import shutil

import pytest
import yaml

from broken_studies import CONFIG, MARK, analyse, break_study, write_study
from runs import digest, snakemake

pytestmark = pytest.mark.workflow
CASES, BATCH = 240, 30
# How a message names the place of an error: a table with its row or column, or a key of the config.
PLACE = re.compile(
    r"(patients|lesions|adverse_events)\.csv|config\.yaml|config: |the config|[\w'. -]+: (unknown key|the key)|"
    rf"({'|'.join(yaml.safe_load(CONFIG))})\b"
)
# The traces of a programmer's message: regular expressions, names of classes, words of a validator.
JARGON = re.compile(r"\[\^|\\d\{|<class|object at|Unevaluated|non-unique|under any of|is not of type|Traceback|Error\b")


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The folder of the sound study."""
    folder = tmp_path_factory.mktemp("sound")
    write_study(folder)
    return folder


def test_the_study_that_is_broken_is_sound(sound, monkeypatch):
    monkeypatch.chdir(sound)
    assert analyse() == []


@pytest.mark.parametrize("first", range(0, CASES, BATCH))
def test_a_broken_study_is_analysed_or_refused_in_words(sound, tmp_path, monkeypatch, capsys, first):
    refused = 0
    for seed in range(first, first + BATCH):
        folder = shutil.copytree(sound, tmp_path / str(seed))
        monkeypatch.chdir(folder)
        how = f"case {seed}: {break_study(folder, seed)}"
        errors = analyse()
        refused += bool(errors)
        for error in errors:
            assert PLACE.match(error), (how, error)
            assert not JARGON.search(error), (how, error)
            assert len(error) < 700 and "\n" not in error, (how, error)
        assert MARK not in "\n".join(errors) + capsys.readouterr().out, (how, errors)
        assert len(errors) < 100, (how, errors)
    assert refused > BATCH / 3  # the cases are broken enough to tell


def test_a_run_of_a_broken_study_ends_with_the_message_alone_and_leaves_earlier_results(sound, tmp_path, monkeypatch):
    folder = shutil.copytree(sound, tmp_path / "study")
    first = snakemake(folder, "results/statistics/endpoints.csv")
    assert first.returncode == 0, first.stdout[-3000:]
    before = digest(folder / "results", "[ds]*/*")
    seen = set()
    for seed in range(1000, 1200):
        for path in sound.iterdir():
            shutil.copy(path, folder)
        monkeypatch.chdir(folder)
        how = f"case {seed}: {break_study(folder, seed)}"
        errors = analyse()
        kind = how.split()[2]  # config, criterion, or the table
        if not errors or kind in seen:
            continue
        seen.add(kind)
        run = snakemake(folder, "results/statistics/endpoints.csv")
        assert run.returncode == 1, (how, run.stdout[-3000:])
        assert all(error in run.stdout for error in errors), (how, errors, run.stdout[-3000:])
        assert "Traceback" not in run.stdout and MARK not in run.stdout, (how, run.stdout[-3000:])
        assert digest(folder / "results", "[ds]*/*") == before, how
        logs = " ".join(path.read_text(encoding="utf-8") for path in (folder / "results/logs").glob("*.log"))
        assert MARK not in logs, how
        if len(seen) == 5:
            return
    raise AssertionError(f"too few kinds of cases: {seen}")
