"""The best responses of each patient by the two criteria."""

import numpy as np
from targets import Published

ORDER = ("CR", "PR", "SD", "PD")
Pair = tuple[str, str]  # best response by mRECIST and by RECIST 1.1


def response_pairs(published: Published, arm: str, matched: bool) -> list[Pair]:
    """The pairs of best responses of one group, best first.

    The paper prints the counts of each criterion, not their combinations: the best by one criterion is also the best by
    the other.
    """
    lists = [
        [level for level in ORDER for _ in range(published.count("response", arm, criterion, level, matched))]
        for criterion in ("mrecist", "recist")
    ]
    return list(zip(*lists, strict=True))


def assign_responses(pairs: list[Pair], early: np.ndarray, pfs: np.ndarray, spread: np.ndarray, rng) -> list[Pair]:
    """Give each patient of a group a pair: early progression to `early`, better responses to longer PFS.

    spread: 1 where the tumour is beyond the liver or in the portal vein; a complete response falls to others.
    """
    out: list = [None] * len(pfs)
    late = [pair for pair in pairs if pair[0] != "PD"]
    rank = pfs * np.exp(0.5 * rng.standard_normal(len(pfs)))
    order = sorted(np.flatnonzero(~early), key=lambda i: (-rank[i], i))
    complete = sum(pair[0] == "CR" for pair in late)
    leaders = [i for i in order if not spread[i]][:complete]
    for i, pair in zip(leaders + [i for i in order if i not in leaders], late, strict=True):
        out[i] = pair
    # Progression by mRECIST alone needs a visit after it to show this: it goes to the latest early progressions.
    order = sorted(np.flatnonzero(early), key=lambda i: (-pfs[i], i))
    for i, pair in zip(order, [pair for pair in pairs if pair[0] == "PD"], strict=True):
        out[i] = pair
    return out
