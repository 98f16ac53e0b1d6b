"""Terms of adverse events: what counts as the same term however it is written."""

import unicodedata
from collections import Counter
from collections.abc import Iterable

ANY = "any"  # all terms together; no term can bear the name


def folded(term: str) -> str:
    """A term without what its writers differ in: case, blanks, the encoding of letters and dashes, unseen signs."""
    signs = [(sign, unicodedata.category(sign)) for sign in unicodedata.normalize("NFKC", term).casefold()]
    return " ".join("".join("-" if kind == "Pd" else sign for sign, kind in signs if kind != "Cf").split())


def one_spelling(written: Iterable[str], listed: Iterable[str] = ()) -> dict[str, str]:
    """Each spelling: the one that stands for it, the config's (`listed`) or else the one that is written most often."""
    counts = Counter(written)
    chosen = {folded(term): term for term in listed}
    for term in sorted(counts, key=lambda term: (-counts[term], term)):
        chosen.setdefault(folded(term), term)
    return {term: chosen[folded(term)] for term in counts}
