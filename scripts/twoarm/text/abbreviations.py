"""Explain the abbreviations of a table in its notes and those of a figure in its caption."""

import re
from collections.abc import Iterable, Mapping

from twoarm.text.provenance import Piece, Sourced, joined


def explained(texts: Iterable[str], abbreviations: Mapping[str, str]) -> list[Piece]:
    """`AFP, alpha-fetoprotein; HCC, ...`: the abbreviations used in the texts, in alphabetical order; else empty.

    abbreviations: {abbreviation: what it stands for}, from the config.
    """
    everything = "\n".join(texts)
    found = [name for name in sorted(abbreviations) if re.search(rf"(?<!\w){re.escape(name)}(?![\w+])", everything)]
    words = [[Sourced(f"{name}, {abbreviations[name]}", "config: study.abbreviations")] for name in found]
    return [*joined(words, last="; ", between="; "), "."] if words else []
