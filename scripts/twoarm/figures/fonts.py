"""The fonts of the figures: Liberation Sans, and for characters that it lacks DejaVu Sans or another of the machine.

Liberation Sans (resources/fonts) has the widths of Arial and Helvetica, which journals ask for: an SVG's text keeps its
place in whichever of them a reader has. matplotlib falls back from one family of a text to the next, but only among
given ones; and its own list of machine fonts is as old as its cache, so this module searches for fonts that were
installed since then.
"""

import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import matplotlib as mpl
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, findSystemFonts, fontManager, get_font, ttfFontProperty
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from twoarm.results.errors import InputError

FONT, SECOND = "Liberation Sans", "DejaVu Sans"  # of this repository, of matplotlib: the same everywhere
FILES = Path(__file__).parents[3] / "resources/fonts"
# What an SVG asks a reader's machine for; the first two are on those without Liberation Sans.
LIKE_IT = f"Arial, Helvetica, '{FONT}'"
LAST_RESORT = "Last Resort"  # matplotlib's own, which has a box for every sign
POINT_MM = 25.4 / 72
DRAWN_WIDER = 1.03  # pixels make some letters wider
NO_BREAK = "\N{NO-BREAK SPACE}"
SPACES = rf"[^\S{NO_BREAK}]+|(?:\S|{NO_BREAK})+"  # spaces at which a line breaks, and what they part
HYPHENS = r"\s+|(?:[^-]|-(?![^\W\d]))+-?|-+"  # a word may break after a hyphen before a letter
SHOWN = 60  # letters of a text that a message quotes
# The Debian package with a font for characters whose Unicode name begins like this.
PACKAGES = {
    ("CJK", "BOPOMOFO", "KANGXI", "IDEOGRAPHIC", "FULLWIDTH"): "fonts-wqy-zenhei",
    ("HIRAGANA", "KATAKANA", "HALFWIDTH", "HANGUL"): "fonts-noto-cjk",
}
OTHER_PACKAGE = "fonts-noto-core"  # most other scripts


def _use_ours() -> None:
    """Make matplotlib know our font, and prefer its files to those that the machine may have of the same family."""
    fontManager.ttflist[:] = [entry for entry in fontManager.ttflist if entry.name != FONT]
    for path in sorted(FILES.glob("*.ttf")):
        fontManager.addfont(path)


_use_ours()


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


@cache
def text_mm(text: str, size: float, bold: bool = False) -> float:
    """The width in mm of a line of text at a size in points."""
    font = FontProperties(family=families([text]), size=size, weight="bold" if bold else "normal")
    return text_to_path.get_text_width_height_descent(text, font, False)[0] * POINT_MM


def widest_mm(texts: Iterable[str], size: float, bold: bool = False) -> float:
    """The width in mm of the longest line of some texts; 0 without any."""
    return max((text_mm(line, size, bold) for text in texts for line in text.splitlines()), default=0.0)


def wrap_mm(text: str, width: float, size: float, bold: bool = False, subsequent_indent: str = "") -> list[str]:
    """Break a text into lines of at most `width` mm at a size in points, as `wrap` breaks it by letters."""

    def measured(part: str) -> float:
        return DRAWN_WIDER * sum(text_mm(word, size, bold) for word in re.findall(r"\s+|\S+", part))

    return _broken(text, width, subsequent_indent, measured, 0)


def wrap(text: str, width: int, subsequent_indent: str = "") -> list[str]:
    """Break a text into lines of at most `width` letters, between words and, in Chinese, between characters."""
    if not any(map(_is_wide, text)):
        return textwrap.wrap(text, width, subsequent_indent=subsequent_indent)
    return _broken(text, width, subsequent_indent, columns, 2)


def _broken(text: str, width: float, indent: str, measured: Callable, beyond: float) -> list[str]:
    """Lines of at most `width`, as `measured`; `beyond`: what a full stop may take of the space behind them."""
    together = (part for word in re.findall(SPACES, text) for part in _pieces(word, width, measured, beyond))
    lines, line = [], ""
    for piece in together:
        if line.strip() and measured(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = indent
        line += piece if line.strip() else piece.lstrip()
    return [*lines, *([line.rstrip()] if line.strip() else [])]


def _pieces(word: str, width: float, measured: Callable, beyond: float) -> list[str]:
    """The parts of a word that stay together: a wide character with punctuation after it; letters up to a width."""
    if measured(word) <= width and not any(map(_is_wide, word)):
        return re.findall(HYPHENS, word)
    if NO_BREAK in word:  # which is too long to stay together
        parts = re.findall(f"{NO_BREAK}|[^{NO_BREAK}]+", word)
        return [piece for part in parts for piece in _pieces(part, width, measured, beyond)]
    parts, current = [], ""
    for sign in word:
        wide = measured(current + sign)
        closes, full = unicodedata.category(sign) in ("Pe", "Pf", "Po") and wide <= width + beyond, wide > width
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
    return [get_font(findfont(FontProperties(family=FONT, weight=weight))) for weight in ("normal", "bold")]


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


def _preference(name: str, signs: set[str]) -> tuple:
    """Where a family with some of the missing characters stands among others; the highest is taken first."""
    return bool(signs) and name == SECOND, len(signs), not re.search("Serif|Mono", name)


def _weight(weight: int | str) -> int:
    return weight if isinstance(weight, int) else 400


@cache
def _further(absent: tuple[str, ...]) -> tuple[str, ...]:
    """The fewest families that have the missing characters; matplotlib's own first, then sans serif."""
    left, chosen = set(absent), []
    having = {name: {sign for sign in left if _has(FT2Font(path), sign)} for name, path in _files().items()}
    while left:
        best = max(having, key=lambda name: _preference(name, having[name] & left), default=None)
        if best is None or not having[best] & left:
            break
        chosen.append(best)
        left -= having[best]
    for name in chosen:
        if name not in {entry.name for entry in fontManager.ttflist}:  # installed since matplotlib built its list
            fontManager.addfont(_files()[name])
    return tuple(chosen)
