"""Earlier results stay until new ones replace them: files are kept, put back, and dated so that they are made again."""

import os
from pathlib import Path

import pytest

from conduct.earlier import KEPT, OUTDATED, keep_earlier, put_back, read_only

TABLE, FIGURE = Path("results/tables/safety.csv"), Path("results/figures/safety.svg")
MANUSCRIPT = Path("results/manuscript.docx")


@pytest.fixture(autouse=True)
def earlier_run(tmp_path, monkeypatch):
    """A folder with results of an earlier run, one of them in no folder of its own."""
    monkeypatch.chdir(tmp_path)
    for path in (TABLE, FIGURE, MANUSCRIPT):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("earlier")


def test_a_result_that_was_deleted_is_put_back_and_dated_so_that_it_is_made_again():
    keep_earlier()
    for path in (TABLE, MANUSCRIPT):
        path.unlink()
    assert put_back() == ({str(TABLE), str(MANUSCRIPT)}, True)
    assert TABLE.read_text() == FIGURE.read_text() == MANUSCRIPT.read_text() == "earlier"
    assert TABLE.stat().st_mtime == OUTDATED < FIGURE.stat().st_mtime
    assert not KEPT.exists()


def test_a_new_result_stays():
    keep_earlier()
    for path in (TABLE, FIGURE, MANUSCRIPT):
        path.unlink()  # as Snakemake does before each job
        path.write_text("new")
    assert put_back() == (set(), False)
    assert TABLE.read_text() == FIGURE.read_text() == "new"


def test_what_a_job_wrote_in_part_gives_way_to_the_earlier_result():
    keep_earlier()
    TABLE.unlink()
    TABLE.write_text("ne")
    assert put_back(unfinished={str(TABLE), str(FIGURE)}) == ({str(TABLE)}, True)
    assert TABLE.read_text() == "earlier"
    assert FIGURE.stat().st_mtime > OUTDATED  # nobody touched it


def test_after_a_kill_the_whole_earlier_results_are_kept_and_not_what_was_left():
    keep_earlier()
    TABLE.unlink()
    TABLE.write_text("ne")
    keep_earlier()  # the next run
    TABLE.unlink()
    put_back()
    assert TABLE.read_text() == "earlier"


def test_where_there_are_no_hard_links_results_are_copied(monkeypatch):
    def refuse(self, target):
        raise OSError("not supported")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    keep_earlier()
    TABLE.unlink()
    put_back()
    assert TABLE.read_text() == "earlier"


def test_a_first_run_has_nothing_to_keep():
    for path in (TABLE, FIGURE, MANUSCRIPT):
        path.unlink()
    keep_earlier()
    assert put_back() == (set(), False)


def test_logs_are_not_kept():
    log = Path("results/logs/x.log")
    log.parent.mkdir()
    log.touch()
    keep_earlier()
    assert {str(path.relative_to(KEPT)) for path in KEPT.rglob("*") if path.is_file()} == {
        os.fspath(path.relative_to("results")) for path in (TABLE, FIGURE, MANUSCRIPT)
    }


def test_folders_that_are_read_only_are_named(monkeypatch):
    assert read_only("results") == read_only(".snakemake") == []
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != "results/tables")
    assert read_only("results") == ["results/tables"]
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert read_only("results") == ["results"]
    assert read_only(".snakemake") == ["."]  # where it would be made
