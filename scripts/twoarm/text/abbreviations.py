"""Explain abbreviations: a table's in its notes, a figure's in its caption, a text's where they first stand."""

import re
from collections.abc import Iterable, Mapping

from twoarm.text.provenance import Piece, Sourced, joined


def used(texts: Iterable[str], abbreviations: Mapping[str, str]) -> list[str]:
    """The abbreviations used in the texts, in alphabetical order.

    abbreviations: {abbreviation: what it stands for}, from the config.
    """
    everything = "\n".join(texts)
    return [name for name in sorted(abbreviations) if re.search(rf"(?<!\w){re.escape(name)}(?![\w+])", everything)]


def explained(texts: Iterable[str], abbreviations: Mapping[str, str]) -> list[Piece]:
    """`AFP, alpha-fetoprotein; HCC, ...`: the abbreviations used in the texts, in alphabetical order; else empty."""
    names = used(texts, abbreviations)
    words = [[Sourced(f"{name}, {abbreviations[name]}", "config: study.abbreviations")] for name in names]
    return [*joined(words, last="; ", between="; "), "."] if words else []
