"""Abbreviations explained where they stand: in the notes of a table, in the caption of a figure."""

import re
from collections.abc import Iterable, Mapping

from twoarm.text.provenance import Piece, Sourced, joined


def explained(texts: Iterable[str], abbreviations: Mapping[str, str]) -> list[Piece]:
    """`AFP, alpha-fetoprotein; HCC, ...`: those that stand as words in the texts, in the alphabet's order; else empty.

    abbreviations: {abbreviation: what it stands for}, the config's.
    """
    everything = "\n".join(texts)
    found = [name for name in sorted(abbreviations) if re.search(rf"(?<!\w){re.escape(name)}(?![\w+])", everything)]
    words = [[Sourced(f"{name}, {abbreviations[name]}", "config: study.abbreviations")] for name in found]
    return [*joined(words, last="; ", between="; "), "."] if words else []
