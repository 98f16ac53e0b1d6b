"""How a study writes its dates: which formats are understood, and what to suggest for one that is not."""

import re

from twoarm.text.echo import shown

# Directives for day, month and year; and for the time of day, which is read and then dropped.
DAY, MONTH, YEAR = {"%d"}, {"%m", "%b", "%B"}, {"%Y", "%y"}
TIME = {"%H", "%M", "%S", "%f", "%I", "%p"}
KNOWN = DAY | MONTH | YEAR | TIME
# Letters that other programs use: yyyy-mm-dd, DD.MM.YYYY
_LETTERS = {"yyyy": "%Y", "jjjj": "%Y", "yy": "%y", "mmmm": "%B", "mmm": "%b", "mm": "%m", "m": "%m"}
_LETTERS |= {"dd": "%d", "d": "%d", "tt": "%d"}
_DIRECTIVE = re.compile(r"%.?", re.DOTALL)


def formats_of(date_format: str | list[str]) -> list[str]:
    """The formats in which a study writes dates, from `date_format`: one, or a list."""
    return [date_format] if isinstance(date_format, str) else list(date_format)


def format_error(date_format: str) -> str:
    """Why a date format cannot be read, and what to write instead; empty if it can."""
    if _complete(date_format):
        return ""
    meant = _in_directives(date_format)
    hint = f"write {meant!r}" if meant else "write a day (%d), a month (%m) and a year (%Y) once each, as in '%d.%m.%Y'"
    return f"found {shown(date_format)}; {hint} (known: {' '.join(sorted(KNOWN))})"


def _complete(date_format: str) -> bool:
    """Whether a format has one day, one month and one year, and no unknown directive."""
    used = _DIRECTIVE.findall(date_format)
    once = all(sum(directive in part for directive in used) == 1 for part in (DAY, MONTH, YEAR))
    return once and set(used) <= KNOWN and len(used) == len(set(used))


def _in_directives(date_format: str) -> str:
    """`yyyy-mm-dd` as `%Y-%m-%d`; empty where the format has no such equivalent."""
    if date_format.upper().replace(" ", "") in ("ISO", "ISO8601"):
        return "%Y-%m-%d"
    meant = re.sub(r"[A-Za-z]+", lambda word: _LETTERS.get(word[0].lower(), "%"), date_format)
    return meant if "%" not in date_format and _complete(meant) else ""
