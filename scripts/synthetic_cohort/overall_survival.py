"""Days from treatment start to death of the matched patients, with the printed medians and log-rank test."""

import math

import numpy as np
from event_times import survival_energy, survival_windows
from numba import njit
from targets import Published

STAGES, PROPOSALS = 20, 10_000
HOT, COLD = 1.0, 0.01
FIRST_DEATH = 95  # every enrolled patient is followed for at least three months (92 days)


def first_deaths(arm, pfs, pfs_event, died_first, rng) -> tuple[np.ndarray, np.ndarray]:
    """Latent days of death at the start, and the earliest allowed day of each patient.

    Patients who die without progression die at the PFS event. Survival after progression is longer for TRP (arm 1).
    """
    earliest = np.where(died_first, pfs, np.maximum(pfs + 12, FIRST_DEATH))
    after = rng.standard_exponential(len(arm)) * np.where(arm == 1, 270, 200) * np.where(pfs_event, 1, 3)
    return np.where(died_first, pfs, earliest + after.astype(np.int64)), earliest


@njit
def _anneal(latent, earliest, movable, end, groups, medians, tests, stages, rng):
    """Move one patient's death at a time, in place; returns the energy that is left."""
    now = np.inf
    for temperature, blur in stages:
        now = np.inf
        for _ in range(PROPOSALS):
            i = int(rng.random() * len(latent))
            before = latent[i]
            latent[i] += int(round((2 * rng.random() - 1) * 90 * 0.02 ** rng.random()))
            if not movable[i] or latent[i] < earliest[i] or latent[i] > 1400:
                latent[i] = before
                continue
            time, event = np.minimum(latent, end), (latent <= end).astype(np.int64)
            energy = survival_energy(time, event, groups, medians, tests, blur)
            if energy < now - temperature * math.log(1 - rng.random()):
                now = energy
                if now == 0:
                    return now
            else:
                latent[i] = before
    return now


def overall_survival(published: Published, arm, pfs, pfs_event, died_first, end, rng) -> np.ndarray:
    """Latent days of death of the matched patients; a patient is alive if it is after `end`, the day of last contact.

    Patients free of progression at the last assessment are alive at last contact. Raises RuntimeError if a target
    is missed.
    """
    latent, earliest = first_deaths(arm, pfs, pfs_event, died_first, rng)
    alive = pfs_event == 0
    latent[alive] = np.maximum(latent[alive], end[alive] + 30)
    keys = [{"analysis": "survival", "stratum": "", "group": name} for name in ("TRP", "TR")]
    medians, tests = survival_windows(published, keys, "os")
    temperatures = HOT * (COLD / HOT) ** np.linspace(0, 1, STAGES)
    stages = np.column_stack([temperatures, 0.05 * temperatures])
    groups = np.array([arm == 1, arm == 0])
    energy = _anneal(latent, earliest, ~died_first & ~alive, end, groups, medians, tests, stages, rng)
    if energy > 0:
        raise RuntimeError(f"overall survival: targets missed, energy {energy:.3f}")
    return latent
