"""What no value of a config may be, whatever its key: infinite numbers, control characters, empty or overlong texts."""

import math
from collections.abc import Iterator
from datetime import date

from twoarm.text.echo import UNPRINTABLE, shown

LARGEST = 1e15  # no number of a protocol is larger
LONGEST, LONGEST_PROSE = 300, 2000  # characters of a text
PROSE = {"title", "notice", "keep", "drop", "query"}  # keys whose text may be long and go over several lines
MAY_BE_EMPTY = {"watermark", "notice", "unit"}
# Keys whose text is compared with column names and cells, which are read without the spaces around them.
RAW = ("data", "column", "value", "levels", "reference", "terms")


def value_errors(config: dict) -> list[str]:
    """Errors in every key, text and number of a config, each named by its place."""
    return [f"{path}: {error}" for path, value, is_key in _parts(config) if (error := _error(path, value, is_key))]


def name_flag_words(config) -> None:
    """Rename the keys True and False of `data` and of variables, in place: YAML reads `yes` and `no` as these."""
    variables = config.get("variables")
    parts = [config.get("data"), *(variables.values() if isinstance(variables, dict) else ())]
    for part in (part for part in parts if isinstance(part, dict)):
        for key in [key for key in part if isinstance(key, bool)]:
            part["yes" if key else "no"] = part.pop(key)


def with_text_keys(part):
    """A part of a config with all keys as text, as look-ups expect; value_errors reports keys that are not text."""
    if isinstance(part, dict):
        return {str(key): with_text_keys(value) for key, value in part.items()}
    return [with_text_keys(value) for value in part] if isinstance(part, list) else part


def _parts(part, path: tuple = ()) -> Iterator[tuple[str, object, bool]]:
    """Each key and each single value with its path, and whether it is a key."""
    place = ".".join(path) or "the config"
    if isinstance(part, dict):
        for key, value in part.items():
            yield place, key, True
            yield from _parts(value, (*path, shown(key)[1:-1] if isinstance(key, str) else shown(key)))
    elif isinstance(part, list):
        for number, value in enumerate(part):
            yield from _parts(value, (*path, str(number)))
    else:
        yield place, part, False


def _error(path: str, value, is_key: bool) -> str:
    """What is wrong with a key or a value; empty if nothing is."""
    if is_key and not isinstance(value, str):
        return f"the key {shown(value)} is not text; put it in quotes"
    if isinstance(value, bool | date | None):
        return ""
    if isinstance(value, int | float):
        sound = math.isfinite(value) if isinstance(value, float) else True
        return "" if sound and abs(value) < LARGEST else f"found {shown(value)}; expected a finite number, below 1e15"
    return _text_error(path.split("."), value, is_key) if isinstance(value, str) else ""


def _text_error(path: list[str], text: str, is_key: bool) -> str:
    what = "the key " if is_key else ""
    last = path[-1]
    prose = not is_key and last in PROSE
    if last in ("separator", "thousands") and not is_key:
        return ""
    if not text.strip() and (is_key or last not in MAY_BE_EMPTY):
        missing = "; an empty cell is a missing value" if last == "levels" else ""
        return f"found {what}{shown(text)}; expected a text{missing}"
    if set("{}") & set(text):
        return f"found {shown(text)}; braces have a meaning for Snakemake; write ( and )"
    if UNPRINTABLE.search(text) or not prose and ("\n" in text or "\t" in text):
        return f"found {what}{shown(text)}; expected no control character and no line break"
    if len(text) > (LONGEST_PROSE if prose else LONGEST):
        return f"found {what}{shown(text)}; expected at most {LONGEST_PROSE if prose else LONGEST} characters"
    raw = path[0] == "data" or last in ("value", "column") or last == "levels" and is_key
    if raw and text != text.strip():
        return f"found {what}{shown(text)}; expected no spaces around it, as table cells are read without them"
    return ""
