"""How messages quote the input: short, on one line, with rows numbered as in the file."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

MOST_CHARACTERS, MOST_NAMES, ROWS_SHOWN = 60, 40, 10
# Control characters, lone surrogates and non-characters: no table, page or document can contain them.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def shown(value) -> str:
    """A value as a message quotes it: text in quotation marks, control characters escaped, long values cut."""
    if isinstance(value, dict | list | tuple | set):
        return {dict: "a set of keys", list: "a list"}.get(type(value), f"a {type(value).__name__}")
    if isinstance(value, str):
        cut = value[:MOST_CHARACTERS]
        return repr(cut) if cut == value else f"{cut!r}... ({len(value)} characters)"
    text = str(value) if not isinstance(value, int) or abs(value) < 10**MOST_CHARACTERS else "an endless number"
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}..."


def listed(names: Iterable) -> str:
    """Names separated by commas: long names cut, only the first of many, invisible characters escaped."""
    names = [str(name) for name in names]
    cut = [name if len(name) <= MOST_CHARACTERS else f"{name[:MOST_CHARACTERS]}..." for name in names[:MOST_NAMES]]
    text = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in ", ".join(cut).replace("\n", " "))
    return text if len(names) <= MOST_NAMES else f"{text} and {len(names) - MOST_NAMES} more"


def closest_names(name: str, known: Sequence[str]) -> list[str]:
    """The known names that differ from a name in case alone, else the closest one; none if no name is close."""
    return [other for other in known if other.casefold() == name.casefold()] or get_close_matches(name, known, n=1)


def rows_text(lines: Iterable[int]) -> str:
    """Lines of a file: `row 7`, `rows 7, 9 and 12`; only the first ten of many."""
    lines = [str(int(line)) for line in dict.fromkeys(lines)]
    if len(lines) == 1:
        return f"row {lines[0]}"
    if len(lines) <= ROWS_SHOWN:
        return f"rows {', '.join(lines[:-1])} and {lines[-1]}"
    return f"rows {', '.join(lines[:ROWS_SHOWN])} and {len(lines) - ROWS_SHOWN} more"
