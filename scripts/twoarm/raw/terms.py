"""Terms of adverse events: which spellings count as the same term."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

NO_LABELS: Mapping[str, str] = MappingProxyType({})  # every term is printed as it is
ANY, ANY_LABEL = "any", "Any adverse event"  # all terms together; no term can have this name


@lru_cache(maxsize=10_000)  # tables repeat their texts
def folded(term: str) -> str:
    """A term without differences in case, spaces, encoding of letters and dashes, or invisible characters."""
    signs = [(sign, unicodedata.category(sign)) for sign in unicodedata.normalize("NFKC", term).casefold()]
    return " ".join("".join("-" if kind == "Pd" else sign for sign, kind in signs if kind != "Cf").split())


def printed_term(term: str, labels: Mapping[str, str]) -> str:
    """How a term is printed. labels: the config's, in any spelling of the term."""
    if term == ANY:
        return ANY_LABEL
    return {folded(name): label for name, label in labels.items()}.get(folded(term), term)


def one_spelling(written: Iterable[str], listed: Iterable[str] = ()) -> dict[str, str]:
    """{spelling: the spelling to use}, which is the config's (`listed`) or else the most frequent one."""
    counts = Counter(written)
    chosen = {folded(term): term for term in listed}
    for term in sorted(counts, key=lambda term: (-counts[term], term)):
        chosen.setdefault(folded(term), term)
    return {term: chosen[folded(term)] for term in counts}
