"""Text with the source of each number: a row of results/statistics, or a key of the config.

No number that a reader sees is typed by hand: prose is a template without digits, filled with Sourced texts.
The HTML and Word writers print the same pieces.
"""

import re
from collections.abc import Iterable
from string import Formatter
from typing import NamedTuple

from twoarm.text.rounding import ALPHA


class Sourced(NamedTuple):
    """A text with its source: a row's key joined by ` | `, or `config: key`; value: a number at full precision."""

    text: str
    source: str
    value: str = ""


class Link(NamedTuple):
    """A link to an anchor of the document, or to an address; without a text, the anchor's number or title is shown."""

    anchor: str
    text: str = ""


class Citation(NamedTuple):
    """A citation of works by their keys in resources/references.yaml; a writer prints their numbers."""

    keys: tuple[str, ...]
    text: str = ""

    @property
    def anchors(self) -> list[str]:
        """Where the works stand in the list of references."""
        return [f"reference-{key}" for key in self.keys]


Piece = str | Sourced | Link | Citation
CONFIDENCE = Sourced(f"{100 * (1 - ALPHA):g}%", "convention: rounding.ALPHA")
SIGNIFICANT = Sourced(f"{ALPHA:g}", "convention: rounding.ALPHA")


def setting(key: str, value: float | str) -> Sourced:
    """A value of the config with its key, such as `matching.caliper`."""
    return Sourced(f"{value:g}" if isinstance(value, (int, float)) else value, f"config: {key}")


def from_row(text: str, found) -> tuple[Sourced, ...]:
    """The text of a number with the key of its row; empty if it has no row or no value. found: values.Found."""
    if not found.key or found.value != found.value:
        return ()
    return (Sourced(text, " | ".join(found.key), repr(float(found.value))),)


def counted(file: str, number: int, **having) -> Sourced:
    """The number of rows of results/statistics/<file>.csv, or of its rows with the given values in some columns."""
    source = " | ".join([f"count of {file}.csv", *(f"{column} = {value}" for column, value in having.items())])
    return Sourced(str(int(number)), source, str(int(number)))


def pieces(text: str, sources: Iterable[Sourced | Link] = ()) -> list[Piece]:
    """Split a text at its sourced parts, which occur in it in this order; the last possible place is taken.

    Raises ValueError if the text does not contain a sourced part.
    """
    behind: list[Piece] = []
    for source in reversed(list(sources)):
        start = text.rfind(source.text)
        if start < 0:
            raise ValueError(f"{source.text!r} is not in {text!r}")
        behind = [source, *filter(None, [text[start + len(source.text) :]]), *behind]
        text = text[:start]
    return [*filter(None, [text]), *behind]


def prose(template: str, **parts: str | Piece | list[Piece]) -> list[Piece]:
    """Fill each `{name}` of a template with pieces or lists of pieces; `{@cox,efron}` cites these works.

    Raises ValueError if the template itself contains a digit: numbers must come from a source.
    """
    filled: list[Piece] = []
    for text, name, _, _ in Formatter().parse(template):
        if re.search(r"\d", text):
            raise ValueError(f"a number is typed into the text {text!r}")
        filled += [text] if text else []
        if name and name.startswith("@"):
            filled.append(Citation(tuple(name[1:].split(","))))
        elif name is not None:
            part = parts[name]
            filled += part if isinstance(part, list) else [part] if part else []
    return filled


def joined(items: list[list[Piece]], last: str = " and ", between: str = ", ") -> list[Piece]:
    """Items as a list in a sentence: `a, b and c`."""
    filled: list[Piece] = []
    for place, item in enumerate(items):
        if place:
            filled.append(last if place == len(items) - 1 else between)
        filled += item
    return filled


def plain(text: Iterable[Piece]) -> str:
    """The text without its sources."""
    return "".join(piece if isinstance(piece, str) else piece.text for piece in text)
