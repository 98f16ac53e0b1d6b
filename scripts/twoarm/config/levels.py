"""The values that a variable can have, raw and printed, from the config alone; imports nothing heavy."""

import re
from collections.abc import Mapping

CONDITION = re.compile(r"^\s*(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)\s*$")
# A number with each decimal mark. No thousands separators: 1.234 and 1,234 may mean a thousand or one.
NUMBER = {mark: rf"[+-]?(?:[0-9]+(?:\{mark}[0-9]*)?|\{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?" for mark in (".", ",")}
HOW_TO_CONDITION = 'expected a number ("0") or a condition with <, <=, > or >= ("<= 3")'
YES, NO = "Yes", "No"
FLAG_LEVELS = {True: YES, False: NO}
# The usual words of flags, and the keys with further words, of a variable or of data.
FLAG = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}
FLAG_KEYS = {"yes": True, "no": False}


def declared_words(*parts: Mapping) -> dict[str, bool]:
    """The words for yes and no that parts of the config declare (`yes`, `no`), without differences in case."""
    return {word.casefold(): truth for part in parts for key, truth in FLAG_KEYS.items() for word in part.get(key, [])}


def printed_levels(variable: dict) -> list[str]:
    """The printed levels of a categorical variable or flag, once each, in the config's order; the missing one last."""
    levels = FLAG_LEVELS if variable["kind"] == "flag" else variable["levels"]
    return list(
        dict.fromkeys([*levels.values(), *([variable["missing_level"]] if "missing_level" in variable else [])])
    )


def is_bare(level: str) -> bool:
    """Whether a printed level is only yes, no or a number, which alone does not say what it is about."""
    return level.casefold() in FLAG or raw_number(level) is not None


def is_numeric(variable: dict) -> bool:
    """Whether raw values are numbers: continuous, or categorical with only conditions or numbers as raw values.

    A cell may still contain the text of a condition, "<= 20", and then has that level (twoarm.config.variables).
    """
    if variable["kind"] == "categorical":
        return all(CONDITION.match(raw) or raw_number(raw) is not None for raw in variable["levels"])
    return variable["kind"] == "continuous"


def may_hold_numbers(variable: dict) -> bool:
    """Whether raw values may be arbitrary numbers: is_numeric, or categorical with conditions beside texts."""
    return is_numeric(variable) or any(map(CONDITION.match, variable.get("levels", {})))


def raw_number(raw: str) -> float | None:
    """A raw value as a number, or None."""
    return float(raw) if re.fullmatch(NUMBER["."], raw.strip()) else None


def unread_conditions(levels: Mapping[str, str]) -> list[str]:
    """The keys of `levels` that look like conditions and are none that is read, beside one that is read: `== 0`.

    No cell would ever have such a level, and another condition would silently take the numbers that were meant.
    """
    if not any(map(CONDITION.match, levels)):
        return []
    return [raw for raw in levels if re.match(r"\s*[=!<>≤≥]+\s*[-+.\d]", raw) and not CONDITION.match(raw)]
