"""Dates and days: enrolment, end of each patient's follow-up, visits, and the course of unmatched patients."""

from datetime import date

import numpy as np
from event_times import EARLY_VISITS, LATE_FROM
from overall_survival import first_deaths

FIRST_START, LAST_START = date(2022, 6, 1).toordinal(), date(2024, 6, 28).toordinal()
CLOSING, CLOSED = date(2025, 2, 3).toordinal(), date(2025, 2, 28).toordinal()  # the final follow-up
LOST_SHARE = 0.06  # lost to follow-up before the final one, after half a year or more
SHORTEST, LONGEST = 28, 41  # days between visits: every 4-6 weeks; the first one always within six weeks
SETTLED = 86  # a visit by this day shows stable disease that is to count; two days after sd_min_days


def enrolment(n: int, rng) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Treatment start (ordinal of the date), and the last days of tumour assessment and of contact since then."""
    start = rng.integers(FIRST_START, LAST_START + 1, n)
    contact = rng.integers(CLOSING, CLOSED + 1, n) - start
    lost = rng.random(n) < LOST_SHARE
    contact = np.where(lost, rng.integers(200, np.maximum(contact, 201)), contact)
    return start, contact - rng.integers(3, 30, n), contact


def died_without_progression(early, pfs, pfs_event, rng) -> np.ndarray:
    """Flags the few patients whose PFS event is death: about 6 in 100 of those without early progression."""
    candidates = ~early & (pfs_event == 1) & (pfs >= 140)
    return candidates & (rng.random(len(pfs)) < 0.08)


def unmatched_course(arm, early, worse, assessed, contact, rng):
    """Latent days of PFS and death of patients whose survival the paper does not print; and flags of deaths first."""
    n = len(arm)
    (a, b), (c, d) = EARLY_VISITS
    days = np.where(rng.random(n) < 0.4, rng.integers(a, b + 1, n), rng.integers(c, d + 1, n))
    late = LATE_FROM + (rng.standard_exponential(n) * 130 * np.exp(0.4 * arm - 0.2 * worse)).astype(np.int64)
    latent = np.where(early, days, late)
    pfs, event = np.minimum(latent, assessed), (latent <= assessed).astype(np.int64)
    died_first = died_without_progression(early, pfs, event, rng)
    death, _ = first_deaths(arm, pfs, event, died_first, rng)
    death[event == 0] = np.maximum(death, contact + 30)[event == 0]
    return latent, death, died_first


def visit_days(last: int, settled: bool, rng) -> list[int]:
    """Days of the visits up to `last`, 28-41 days apart.

    settled: the patient is judged stable (or better) before a progression on `last`, so the last visit but one is on
    day 86 or later.
    """
    fewest, most = -(-last // LONGEST), last // SHORTEST
    while True:
        count = int(rng.integers(fewest, most + 1))
        gaps = rng.integers(SHORTEST, LONGEST + 1, count)
        gaps[-1] += last - gaps.sum()
        while not SHORTEST <= gaps[-1] <= LONGEST:  # spread what does not fit into the last gap
            i = int(rng.integers(count))
            step = 1 if gaps[-1] > LONGEST else -1
            if SHORTEST <= gaps[i] + step <= LONGEST and i < count - 1:
                gaps[i] += step
                gaps[-1] -= step
            elif count == 1:
                raise ValueError(f"no visits 28-41 days apart reach day {last}")
        if not settled or last - gaps[-1] >= SETTLED:
            return [int(day) for day in np.cumsum(gaps)]
