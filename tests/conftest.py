"""What tests share: a finished run of the shipped study, and a browser."""

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

import browser
import postgres
from chinese_study import write_chinese_study
from runs import REPO, done, snakemake

settings.register_profile("house", deadline=None)  # a busy machine is no failure
settings.load_profile("house")


@pytest.fixture(scope="session")
def shipped(tmp_path_factory) -> Path:
    """The folder of the shipped study after a run; read only."""
    folder = tmp_path_factory.mktemp("shipped")
    shutil.copy(REPO / "config.yaml", folder)
    shutil.copytree(REPO / "resources", folder / "resources")
    done(snakemake(folder))
    return folder


@pytest.fixture(scope="session")
def chinese(tmp_path_factory) -> Path:
    """The folder of the small Chinese study after a run; read only."""
    folder = write_chinese_study(tmp_path_factory.mktemp("studies") / "研究")
    done(snakemake(folder))
    return folder


@pytest.fixture
def study(shipped, tmp_path_factory) -> Path:
    """A copy of the finished run at the same distance from the repository, because Snakemake knows inputs by path."""
    folder = tmp_path_factory.mktemp("study")
    return shutil.copytree(shipped, folder, dirs_exist_ok=True)


@pytest.fixture(scope="module")
def chromium():
    """A headless browser for each module, because Playwright keeps an event loop running while it is open."""
    with browser.chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def server():
    """The URL of a PostgreSQL's empty database, with its password."""
    with postgres.postgres() as url:
        yield url
