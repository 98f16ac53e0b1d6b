"""Explain abbreviations: a table's in its notes, a figure's in its caption, a text's where they first stand."""

import re
from collections.abc import Iterable, Mapping, MutableMapping

from twoarm.text.provenance import Piece, Sourced, joined


def used(texts: Iterable[str], abbreviations: Mapping[str, str]) -> list[str]:
    """The abbreviations used in the texts, in alphabetical order.

    abbreviations: {abbreviation: what it stands for}, from the config.
    """
    everything = "\n".join(texts)
    return [name for name in sorted(abbreviations) if re.search(_as_word(name), everything)]


def _as_word(name: str) -> str:
    """A pattern of the abbreviation, not as a part of another word."""
    return rf"(?<!\w){re.escape(name)}(?![\w+])"


def explained(texts: Iterable[str], abbreviations: Mapping[str, str]) -> list[Piece]:
    """`AFP, alpha-fetoprotein; HCC, ...`: the abbreviations used in the texts, in alphabetical order; else empty."""
    names = used(texts, abbreviations)
    words = [[Sourced(f"{name}, {abbreviations[name]}", "config: study.abbreviations")] for name in names]
    return [*joined(words, last="; ", between="; "), "."] if words else []


def explained_inside(text: Iterable[Piece], left: MutableMapping[str, str]) -> list[Piece]:
    """The text with each abbreviation explained behind its first use: `AFP (alpha-fetoprotein)`.

    left: {abbreviation: what it stands for}, those that no text before has used; the ones explained here are taken out.
    """

    def words(found: re.Match) -> str:
        return f"{found[0]} ({left.pop(found[0])})" if found[0] in left else found[0]

    def inside(piece: Piece) -> Piece:
        pattern = "|".join(_as_word(name) for name in sorted(left, key=len, reverse=True))
        if not pattern or not isinstance(piece, str | Sourced):
            return piece
        if isinstance(piece, str):
            return re.sub(pattern, words, piece)
        return piece._replace(text=re.sub(pattern, words, piece.text))

    return [inside(piece) for piece in text]
