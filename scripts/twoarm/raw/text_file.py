"""Read a file that must be text in a declared encoding; if it is not, say what it is."""

import codecs
import re
from itertools import islice
from pathlib import Path

from twoarm.raw.formats import TEXT, format_of
from twoarm.text.echo import UNPRINTABLE, rows_text

UTF_8 = "utf-8"
DETECT = "detect"  # instead of an encoding: the likeliest one
# The first bytes by which a program says that a text is Unicode; UTF-32 first, because it begins like UTF-16.
MARKS = {
    codecs.BOM_UTF8: UTF_8,
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Encodings in which hospitals' programs write; the detector chooses among them, the usual one first.
COMMON = (
    *("gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1252", "cp1250", "cp1251"),
    *("cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874", "utf_16_le", "utf_16_be"),
)
CHINESE = "gb18030"
_COMMON_CHINESE = range(0xB0, 0xD8)  # first bytes of the 3755 most frequent characters in GB 2312
CLEAR = 0.05  # how much odder than the likeliest encoding's the text of any other must be
SUGGESTED = 3  # encodings that a message names at most
# Codecs of Python that are no encodings of files.
NO_ENCODINGS = {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"}
WIDE = ("utf-16", "utf-32", "iso2022")  # in these, a letter may have the bytes of control characters
_WEB_PAGE = re.compile(r"\s*<(?:!doctype|html|table|\?xml)", re.IGNORECASE)
_SAMPLE, _MANY, _FEW = 4096, 0.2, 10  # bytes to look at for what is not text; which share or number is too much
_NAMED = 1000  # control characters to report at most
_DETECTED = 100_000  # bytes from which the encoding is guessed


def is_encoding(name: str) -> bool:
    """Whether Python knows a name as an encoding of text files, or it is DETECT."""
    if name == DETECT:
        return True
    try:
        "".encode(name)  # also refuses codecs that do not encode text, such as base64
    except (LookupError, ValueError):
        return False
    return codecs.lookup(name).name.replace("_", "-") not in NO_ENCODINGS


def read_text_file(path: str, name: str, save_as: str) -> tuple[str, list[str]]:
    """Return the text of a file in UTF-8 with lines ending in "\\n", and its errors (then the text is empty).

    name: of the file in messages; save_as: the format in which the user should save it.
    Every character is checked: control characters other than tab and line break are errors.
    """
    content, errors = _content(path, name)
    if errors:
        return "", errors
    if what := _no_text(content) or _utf_16(content, "not in UTF-8"):
        return "", [f"{name}: it is {what}; save it as {save_as}"]
    try:
        text = _lines(content, UTF_8)
    except UnicodeDecodeError as error:
        return "", [f"{name}: it is not encoded in UTF-8; save it as {save_as} (see line {_line(error)})"]
    return _checked(text, name, save_as)


def read_encoded_file(path: str, name: str, encoding: str, save_as: str) -> tuple[str, list[str], list[str]]:
    """As read_text_file, for a file in the encoding of `data.encoding`; also returns remarks.

    A file that begins with a mark of Unicode is read as what the mark says. Nothing else is guessed, unless the
    encoding is DETECT.
    """
    content, errors = _content(path, name)
    if errors:
        return "", errors, []
    if encoding != DETECT or format_of(content) != TEXT:
        return _decoded(content, name, UTF_8 if encoding == DETECT else encoding, save_as)
    if not (found := clear_encoding(content)):
        return "", [f"{name}: its encoding is not clear; {_suggestion(content)}"], []
    text, errors, _ = _decoded(content, name, found, save_as)
    said = f"{name}: it looks like {found}, and is read so because of `encoding: {DETECT}`"
    return text, errors, [said] if not errors and found != UTF_8 else []


def _decoded(content: bytes, name: str, encoding: str, save_as: str) -> tuple[str, list[str], list[str]]:
    """The text of a file's bytes, its errors and remarks, as read_encoded_file returns them."""
    mark = next((mark for mark in MARKS if content.startswith(mark)), b"")
    written, remarks = MARKS.get(mark, encoding), []
    declared = codecs.lookup(encoding).name
    if what := _no_text(content, controls=not codecs.lookup(written).name.startswith(WIDE)):
        return "", [f"{name}: it is {what}; save it as {save_as}"], []
    if codecs.lookup(written).name != declared.removesuffix("-sig"):
        remarks = [f"{name}: it says that it is encoded in {written.upper()}, and is read so"]
    elif written == UTF_8 and (what := _utf_16(content, "as its zero bytes show")):
        return "", [f"{name}: it is {what}; set data.encoding: utf-16-le or utf-16-be"], []
    try:
        text = _lines(content, written)
    except UnicodeError as error:
        line, instead = _line(error), _suggestion(content)
        expected = f"a text encoded in {written.upper()} as in data.encoding"
        return "", [f"{name} line {line}: found bytes that do not fit, expected {expected}; {instead}"], []
    if not mark and declared != UTF_8 and _is_utf_8(content):
        remarks = [f"{name}: it is read as {written} because data.encoding says so, but it is also valid UTF-8"]
    text, errors = _checked(text, name, save_as)
    if errors and declared == "iso8859-1":
        instead = UTF_8 if _is_utf_8(content) else "cp1252"
        errors.append(f"{name}: it is hardly Latin-1 if it has such characters; set data.encoding: {instead}")
    return text, errors, remarks


def _content(path: str, name: str) -> tuple[bytes, list[str]]:
    """A file's bytes, or why it cannot be read."""
    try:
        return Path(path).read_bytes(), []
    except OSError as error:
        return b"", [f"{name}: it cannot be read: {error.strerror}"]


def _lines(content: bytes, encoding: str) -> str:
    """A decoded text without byte order marks, with lines ending in "\\n". Raises UnicodeError."""
    return content.decode(encoding).lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _line(error: UnicodeError) -> int:
    """The line in which a text cannot be decoded."""
    if not isinstance(error, UnicodeDecodeError):
        return 1  # UTF-16 without its mark
    before = error.object[: error.start].decode(error.encoding, "replace")
    return 1 + before.replace("\r\n", "\n").replace("\r", "\n").count("\n")


def _is_utf_8(content: bytes) -> bool:
    """Whether bytes are UTF-8 with letters beyond ASCII, which other encodings hardly ever are by chance."""
    try:
        return not content.isascii() and bool(content.decode(UTF_8))
    except UnicodeDecodeError:
        return False


def likely_encodings(content: bytes) -> list[str]:
    """Which encodings bytes may have, the likeliest first; none if no usual one fits."""
    return list(dict.fromkeys(found for _, alike in _guesses(content) for found in alike))


def clear_encoding(content: bytes) -> str:
    """The encoding of bytes if no other is nearly as likely; else empty. A short text of few letters is unclear."""
    guesses = _guesses(content)
    clear = guesses and (len(guesses) == 1 or guesses[1][0] - guesses[0][0] >= CLEAR)
    return guesses[0][1][0] if clear else ""


def _guesses(content: bytes) -> list[tuple[float, list[str]]]:
    """Encodings that give the same text, with how odd this text is (0 to 1), the least odd first."""
    from charset_normalizer import from_bytes  # only if a file is not as declared

    if content.isascii() or _is_utf_8(content):
        return [(0.0, [UTF_8])]
    if mark := next((mark for mark in MARKS if content.startswith(mark)), b""):
        return [(0.0, [MARKS[mark]])]
    matches = from_bytes(content[:_DETECTED], cp_isolation=list(COMMON))
    alike = [(match.chaos, [found for found in COMMON if found in match.could_be_from_charset]) for match in matches]
    found = sorted([guess for guess in alike if guess[1]], key=lambda guess: (guess[0], COMMON.index(guess[1][0])))
    if not _is_chinese(content):
        return found
    return [(0.0, [CHINESE]), *(guess for guess in found if CHINESE not in guess[1])]


def _is_chinese(content: bytes) -> bool:
    """Whether all letters beyond ASCII are pairs of bytes that are Chinese, mostly common, and not Korean or Japanese.

    Few letters may be anything for a detector; but in languages with single bytes, they hardly ever stand in pairs.
    """
    try:
        letters = [letter for letter in content.decode("gb2312") if not letter.isascii()]
    except UnicodeDecodeError:
        return False
    common = [letter for letter in letters if letter.encode("gb2312")[0] in _COMMON_CHINESE]
    kana = any("\u3040" <= letter <= "\u30ff" for letter in letters)
    korean = all(letter.isascii() or "가" <= letter <= "힣" for letter in content.decode("cp949", "replace"))
    return 2 * len(common) >= len(letters) and not kana and not korean


def _suggestion(content: bytes) -> str:
    """Which encodings the bytes may be, for a message."""
    likely = likely_encodings(content)[:SUGGESTED]
    return f"it looks like {' or '.join(likely)}: set data.encoding" if likely else "no usual encoding fits all of it"


def _checked(text: str, name: str, save_as: str) -> tuple[str, list[str]]:
    """A text, or what is wrong with its characters."""
    if _WEB_PAGE.match(text):
        return "", [f"{name}: it is a web page or XML, as some programs write for Excel; save it as {save_as}"]
    errors = _control_characters(text, name)
    return ("" if errors else text), errors


def _no_text(content: bytes, controls: bool = True) -> str:
    """What a file is if it cannot be text; empty if it may be text. controls: whether control characters tell."""
    if (found := format_of(content)) != TEXT:
        return f"{found.name}, not text"
    sample = content[:_SAMPLE]
    found = len(UNPRINTABLE.findall(sample.replace(b"\0", b"").decode("ascii", "ignore")))
    return "not text" if controls and found > max(_FEW, _MANY / 4 * len(sample)) else ""


def _utf_16(content: bytes, seen: str) -> str:
    """That a file is in UTF-16, told by its mark or by many zero bytes; empty if it is not."""
    sample = content[:_SAMPLE]
    empty = max(sample[::2].count(0), sample[1::2].count(0))
    found = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or empty > _MANY * len(sample)
    return f"encoded in UTF-16 (`Unicode text`), {seen}" if found else ""


def _control_characters(text: str, name: str) -> list[str]:
    """One error for each control character, with its rows."""
    lines: dict[str, dict[int, None]] = {}
    for found in islice(UNPRINTABLE.finditer(text), _NAMED):
        lines.setdefault(found[0], {})[text.count("\n", 0, found.start()) + 1] = None
    return [
        f"{name} {rows_text(rows)}: found the control character U+{ord(character):04X}, expected none; delete it"
        for character, rows in lines.items()
    ]
