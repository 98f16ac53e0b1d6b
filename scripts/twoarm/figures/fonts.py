"""The fonts of the figures: DejaVu Sans, and for characters that it lacks any other font of the machine.

matplotlib falls back from one family of a text to the next, but only among given ones; and its own list of machine
fonts is as old as its cache, so this module searches for fonts that were installed since then.
"""

import re
import textwrap
import unicodedata
from collections.abc import Iterable
from functools import cache

import matplotlib as mpl
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, findSystemFonts, fontManager, get_font, ttfFontProperty
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from twoarm.results.errors import InputError

FONT = "DejaVu Sans"  # comes with matplotlib, so figures look the same everywhere
LAST_RESORT = "Last Resort"  # matplotlib's own, which has a box for every sign
SHOWN = 60  # letters of a text that a message quotes
# The Debian package with a font for characters whose Unicode name begins like this.
PACKAGES = {
    ("CJK", "BOPOMOFO", "KANGXI", "IDEOGRAPHIC", "FULLWIDTH"): "fonts-wqy-zenhei",
    ("HIRAGANA", "KATAKANA", "HALFWIDTH", "HANGUL"): "fonts-noto-cjk",
}
OTHER_PACKAGE = "fonts-noto-core"  # most other scripts


def families(texts: Iterable[str]) -> list[str]:
    """The font families for some texts, the standard one first; characters that no font has are ignored."""
    absent = {sign for text in texts for sign in text if not sign.isspace() and not _is_ours(sign)}
    return [FONT, *_further(tuple(sorted(absent)))] if absent else [FONT]


def check_glyphs(figure: Figure) -> None:
    """Raise InputError for characters that no font of the machine has, which would be printed as empty boxes."""
    texts = {text.get_text() for text in _written(figure)}
    fonts = [FT2Font(_files()[family]) for family in families(texts)[1:]]
    absent = {sign: text for text in sorted(texts) for sign in text if not sign.isspace() and not _is_ours(sign)}
    absent = {sign: text for sign, text in absent.items() if not any(_has(font, sign) for font in fonts)}
    if absent:
        said = (
            "figures: no font has the character '{}' (in '{}'); use other letters, or install a font that has "
            "it (Debian and Ubuntu: apt-get install {})"
        )
        raise InputError(
            [said.format(sign, _shortened(text), package_for(sign)) for sign, text in sorted(absent.items())]
        )


def set_fonts(figure: Figure) -> None:
    """Give all text of a figure fonts that have its characters."""
    written = _written(figure)
    drawn = families(text.get_text() for text in written)
    if len(drawn) > 1:
        mpl.rcParams["font.family"] = drawn  # for text that is written during layout
        for text in written:
            text.set_fontfamily(drawn)


def _written(figure: Figure) -> list[Text]:
    """All text of a figure; the breaks of its axes have none until it is requested."""
    breaks = [label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for label in axis.get_ticklabels()]
    return list(dict.fromkeys([*figure.findobj(Text), *breaks]))


def pdf_font_type(figure: Figure) -> int:
    """The font type in a PDF: 42 (TrueType), so that text can be searched; 3 for fonts with other outlines."""
    used = {family for text in figure.findobj(Text) for family in text.get_fontfamily()} - {FONT}
    others = [path for family, path in _files().items() if family in used] if used else []
    return 42 if all("glyf" in TTFont(path, fontNumber=0, lazy=True) for path in others) else 3


def package_for(sign: str) -> str:
    """The Debian package with a font for a character."""
    name = unicodedata.name(sign, "")
    return next((package for starts, package in PACKAGES.items() if name.startswith(starts)), OTHER_PACKAGE)


def columns(text: str) -> int:
    """The width of a text in letters; a Chinese character counts as two."""
    return len(text) + sum(_is_wide(sign) for sign in text)


def wrap(text: str, width: int, subsequent_indent: str = "") -> list[str]:
    """Break a text into lines of at most `width` letters, between words and, in Chinese, between characters."""
    if not any(map(_is_wide, text)):
        return textwrap.wrap(text, width, subsequent_indent=subsequent_indent)
    narrow = (part for word in re.findall(r"\s+|\S+", text) for part in _pieces(word, width))
    lines, line = [], ""
    for piece in narrow:
        if line.strip() and columns(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = subsequent_indent
        line += piece if line.strip() else piece.lstrip()
    return [*lines, *([line.rstrip()] if line.strip() else [])]


def _pieces(word: str, width: int) -> list[str]:
    """The parts of a word that stay together: a wide character with punctuation after it; letters up to a width."""
    parts, current = [], ""
    for sign in word:
        wide = columns(current + sign)
        closes, full = unicodedata.category(sign) in ("Pe", "Pf", "Po") and wide <= width + 2, wide > width
        if current and not closes and (_is_wide(sign) or _is_wide(current[-1]) or full):
            parts.append(current)
            current = ""
        current += sign
    return [*parts, current]


def _is_wide(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in "WF"


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


@cache
def _is_ours(sign: str) -> bool:
    """Whether the standard font has a character in every face that figures use."""
    return all(_has(face, sign) for face in _faces())


@cache
def _faces() -> list[FT2Font]:
    looks = ({}, {"weight": "bold"}, {"style": "italic"})
    return [get_font(findfont(FontProperties(family=FONT, **look))) for look in looks]


def _has(font: FT2Font, sign: str) -> bool:
    return font.get_char_index(ord(sign)) != 0


@cache
def _files() -> dict[str, str]:
    """The file of each family's plainest face on this machine, without fonts of pictures or boxes."""
    faces: dict[str, tuple] = {}
    for path in sorted({*findSystemFonts(), *(entry.fname for entry in fontManager.ttflist)}):
        try:
            font = FT2Font(path)
            face = ttfFontProperty(font)
        except (RuntimeError, OSError, ValueError, KeyError):
            continue  # no font, whatever its name says
        if font.scalable and not face.name.startswith(LAST_RESORT):
            plainness = (face.style != "normal", abs(_weight(face.weight) - 400), path)
            faces[face.name] = min(plainness, faces.get(face.name, plainness))
    return {name: path for name, (_, _, path) in sorted(faces.items())}


def _weight(weight: int | str) -> int:
    return weight if isinstance(weight, int) else 400


@cache
def _further(absent: tuple[str, ...]) -> tuple[str, ...]:
    """The fewest families that have the missing characters; sans serif first."""
    left, chosen = set(absent), []
    having = {name: {sign for sign in left if _has(FT2Font(path), sign)} for name, path in _files().items()}
    while left:
        best = max(having, key=lambda name: (len(having[name] & left), not re.search("Serif|Mono", name)), default=None)
        if best is None or not having[best] & left:
            break
        chosen.append(best)
        left -= having[best]
    for name in chosen:
        if name not in {entry.name for entry in fontManager.ttflist}:  # installed since matplotlib built its list
            fontManager.addfont(_files()[name])
    return tuple(chosen)
