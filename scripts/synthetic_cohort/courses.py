"""The course of every patient in days since treatment start: progression, death, follow-up and visits."""

from typing import NamedTuple

import follow_up
import numpy as np
from covariates import NAMES
from event_times import progression_free
from lesions import Course
from overall_survival import overall_survival
from streams import stream
from targets import ARMS, GROUPS, Published

SECOND_VISIT_SHARE = 0.25  # proportion of patients with progression who have one more visit
FRAILTY = ("ecog", "child_pugh", "pvtt")


class Days(NamedTuple):
    """Days since treatment start, one entry per patient; `start` itself is the ordinal of a date.

    pfs: progression or death (event 1), else last assessment; death: latent, after last contact if alive then.
    """

    start: np.ndarray
    assessed: np.ndarray
    contact: np.ndarray
    early: np.ndarray
    pfs: np.ndarray
    event: np.ndarray
    death: np.ndarray
    died_first: np.ndarray

    def of(self, i: int) -> "Days":
        """One patient's days, as plain integers."""
        return Days(*(int(values[i]) for values in self))


def enrolled_days(published: Published, coded: np.ndarray, group: np.ndarray) -> Days:
    """Days of enrolled patients: annealed for matched ones, whose survival the paper prints, drawn for the others.

    coded: covariates in the order of NAMES; group: positions in GROUPS.
    """
    rng = stream("survival")
    arm = np.array([ARMS.index(name) for name, _ in GROUPS])[group]
    matched = np.array([flag for _, flag in GROUPS])[group]
    start, assessed, contact = follow_up.enrolment(len(group), rng)
    early, died_first = np.zeros((2, len(group)), dtype=bool)
    latent, death = np.zeros((2, len(group)), dtype=np.int64)

    m = matched
    latent[m], early[m] = progression_free(published, coded[m], arm[m], assessed[m], rng)
    pfs, event = observed(latent, assessed)
    died_first[m] = follow_up.died_without_progression(early[m], pfs[m], event[m], rng)
    death[m] = overall_survival(published, arm[m], pfs[m], event[m], died_first[m], contact[m], rng)

    u = ~matched
    for position, (name, flag) in enumerate(GROUPS):
        if not flag:
            members = rng.permutation(np.flatnonzero(group == position))
            early[members[: published.count("response", name, "mrecist", "PD", False)]] = True
    course = follow_up.unmatched_course(arm[u], early[u], frailty(coded[u]), assessed[u], contact[u], rng)
    latent[u], death[u], died_first[u] = course
    return Days(start, assessed, contact, early, *observed(latent, assessed), death, died_first)


def frailty(coded: np.ndarray) -> np.ndarray:
    """How many of ECOG 2, Child-Pugh B and portal vein thrombus each patient has."""
    return coded[:, [NAMES.index(name) for name in FRAILTY]].sum(axis=1)


def observed(latent: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Observed days and event (1/0), from latent days and the end of follow-up."""
    return np.minimum(latent, end), (latent <= end).astype(np.int64)


def make_course(pair: tuple[str, str], days: Days, rng) -> Course:
    """A patient's visits: up to progression and sometimes once more, or to the last assessment. days: the patient's."""
    if days.died_first or not days.event:
        last = days.pfs - int(rng.integers(6, 21)) if days.died_first else days.pfs
        return Course(*pair, follow_up.visit_days(last, False, rng), None)
    visits = follow_up.visit_days(days.pfs, not days.early, rng)
    once_more = days.pfs + int(rng.integers(follow_up.SHORTEST, follow_up.LONGEST + 1))
    needed = progresses_by_mrecist_alone(pair)
    if needed:
        once_more = max(once_more, follow_up.SETTLED + 2)
    if needed or (rng.random() < SECOND_VISIT_SHARE and once_more <= min(days.death, days.contact)):
        return Course(*pair, [*visits, once_more], len(visits) - 1)
    return Course(*pair, visits, len(visits) - 1)


def progresses_by_mrecist_alone(pair: tuple[str, str]) -> bool:
    """Whether progression by mRECIST goes with a better response by RECIST, which needs a visit afterwards."""
    return pair[0] == "PD" and pair[1] != "PD"
