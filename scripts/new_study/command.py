"""The command: write a draft and say what is left to do. It never overwrites a file."""

import argparse
import io
import re
from contextlib import chdir, redirect_stdout
from pathlib import Path

import pandas as pd

from cohort.check_tables import check_tables
from new_study.columns import in_words
from new_study.draft import draft_of
from new_study.layout import config_text
from new_study.reading import identifier_of, read_sources, without_identifier
from new_study.starter import write_starter
from twoarm.config.config_file import read_config
from twoarm.config.config_values import name_flag_words
from twoarm.config.prepared import prepare
from twoarm.config.protocol import protocol_errors
from twoarm.config.schema import read_schema
from twoarm.config.sources import tables_of
from twoarm.results.errors import InputError

CONFIG = "config.yaml"


def main(arguments: list[str] | None = None) -> int | str:
    """Run the command; returns 0, or the message for the user."""
    parser = argparse.ArgumentParser(prog="draft_config.py", description=__doc__)
    parser.add_argument("folder", type=Path, help="the study's folder, which gets the config.yaml")
    parser.add_argument(
        "tables",
        nargs="*",
        help="patients, lesions, adverse events, in any order and format; of a database: URL::table",
    )
    given = parser.parse_args(arguments)
    config = given.folder / CONFIG
    if config.exists():
        return f"{config} exists; nothing is overwritten. Name another folder, or move that file."
    text, errors = drafted(given.tables, given.folder) if given.tables else ("", [])
    if errors:
        return "\n".join(["No config was drafted:", *errors])
    try:
        given.folder.mkdir(parents=True, exist_ok=True)
        if not given.tables:
            return write_starter(given.folder)
        with config.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        return f"{given.folder}: nothing can be written there: {error.strerror}"
    left = remaining(given.folder)
    guesses = f"Drafted {config}. Read it: every line with `guessed` or `choose` is for you to decide."
    after = ["Before it runs:", *left] if left else [f"It runs as it is: make study STUDY={given.folder}"]
    print(guesses, *after, sep="\n")
    return 0


def drafted(tables: list[str], folder: Path) -> tuple[str, list[str]]:
    """The text of a config for some tables, and errors (then there is no text). folder: of the study."""
    sources, written, errors = read_sources(tables, folder)
    if errors:
        return "", errors
    identifier = identifier_of(sources)
    if not identifier:
        return "", [without_identifier(sources)]
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.resolve().name).strip("-.") or "study"
    return config_text(draft_of(sources, identifier), written, name), []


def remaining(folder: Path) -> list[str]:
    """What still stops a run of the study in a folder: errors in its config and tables."""
    with chdir(folder):
        config, errors = read_config(CONFIG)
        name_flag_words(config)
        errors = errors or protocol_errors(config, read_schema())
        if errors:
            return errors
        prepare(config)
        data = config["data"]
        try:
            with redirect_stdout(io.StringIO()):  # remarks, which the run repeats
                tables = check_tables(tables_of(data), data, config["arms"], config["variables"], config["endpoints"])
        except InputError as error:
            return error.errors
    return _without_follow_up(config["endpoints"], tables["patients"])


def _without_follow_up(endpoints: dict, patients: pd.DataFrame) -> list[str]:
    """Ready-made times of zero or less, which stop a run after the criteria unless these leave the patients out."""
    times = dict.fromkeys(endpoint["time"] for endpoint in endpoints.values() if "time" in endpoint)
    none = {time: int((patients[time] <= 0).sum()) for time in times}
    return [
        f"{time}: {in_words(count)} patients have a time of zero or less; correct it in the table, or leave them out "
        f"by a criterion (eligibility: `keep: {time} > 0`)"
        for time, count in none.items()
        if count
    ]
