"""Read a file that must be text in UTF-8; if it is not, say what it is."""

import re
from itertools import islice
from pathlib import Path

from twoarm.text.echo import UNPRINTABLE, rows_text

# The first bytes of files that are not text.
SIGNATURES = {
    b"PK\x03\x04": "an Excel workbook (.xlsx) or another zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls) or another Office file",
    b"\x1f\x8b": "a compressed file (gzip)",
    b"%PDF": "a PDF",
    b"PAR1": "a Parquet file",
    b"$FL2": "an SPSS file (.sav)",
    b"<stata_dta>": "a Stata file (.dta)",
}
_WEB_PAGE = re.compile(r"\s*<(?:!doctype|html|table|\?xml)", re.IGNORECASE)
_SAMPLE, _MANY, _FEW = 4096, 0.2, 10  # bytes to look at for what is not text; which share or number is too much
_NAMED = 1000  # control characters to report at most


def read_text_file(path: str, name: str, save_as: str) -> tuple[str, list[str]]:
    """Return a file's text with lines ending in "\\n", and its errors (then the text is empty).

    name: of the file in messages; save_as: the format in which the user should save it.
    Every character is checked: control characters other than tab and line break are errors.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        return "", [f"{name}: it cannot be read: {error.strerror}"]
    if what := _no_text(content):
        return "", [f"{name}: it is {what}; save it as {save_as}"]
    try:
        text = content.decode("utf-8").lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = 1 + content.count(b"\n", 0, error.start)
        return "", [f"{name}: it is not encoded in UTF-8; save it as {save_as} (see line {line})"]
    if _WEB_PAGE.match(text):
        return "", [f"{name}: it is a web page or XML, as some programs write for Excel; save it as {save_as}"]
    errors = _control_characters(text, name)
    return ("" if errors else text), errors


def _no_text(content: bytes) -> str:
    """What a file is if it cannot be text in UTF-8; empty if it may be text."""
    for signature, what in SIGNATURES.items():
        if content.startswith(signature):
            return f"{what}, not text"
    sample = content[:_SAMPLE]
    empty = max(sample[::2].count(0), sample[1::2].count(0))
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or empty > _MANY * len(sample):
        return "encoded in UTF-16 (`Unicode text`), not in UTF-8"
    controls = len(UNPRINTABLE.findall(sample.decode("ascii", "ignore")))
    return "not text" if controls > max(_FEW, _MANY / 4 * len(sample)) else ""


def _control_characters(text: str, name: str) -> list[str]:
    """One error for each control character, with its rows."""
    lines: dict[str, dict[int, None]] = {}
    for found in islice(UNPRINTABLE.finditer(text), _NAMED):
        lines.setdefault(found[0], {})[text.count("\n", 0, found.start()) + 1] = None
    return [
        f"{name} {rows_text(rows)}: found the control character U+{ord(character):04X}, expected none; delete it"
        for character, rows in lines.items()
    ]
