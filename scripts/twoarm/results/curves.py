"""Kaplan-Meier curves as figures read them.

They are arrays, because importing pandas would cost each of these jobs a quarter of a second.
"""

from collections import defaultdict
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from twoarm.raw.parquet import read_arrow

KEY = ("population", "stratum", "variable", "group")
# ASSUME: a confidence band ends where fewer patients of its group are at risk. Limits of so few are hardly of 95%, and
# a last event among them makes the band leap (Pocock et al., Lancet 2002;359:1686-9, end whole curves earlier).
LEAST_BANDED = 5
BANDS = f"Bands: 95% CI, while {LEAST_BANDED} or more patients are at risk."


class Curve(NamedTuple):
    """One group's curve in order of time: an array per column; a masked curve ends in a row without at_risk (NaN).

    at_risk, events and censored are numbers of patients; weighted_at_risk, the sum of weights, differs only if patients
    have weights.
    """

    time: np.ndarray
    survival: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    weighted_at_risk: np.ndarray

    @property
    def weighted(self) -> bool:
        """Whether the curve is of patients with weights."""
        known = ~np.isnan(self.at_risk)
        return bool((self.at_risk != self.weighted_at_risk)[known].any())

    @property
    def banded(self) -> int:
        """How many steps from the first have a band: those until whose end enough patients are at risk.

        A masked end is no reason to end the band.
        """
        return int((~(self.at_risk[1:] < LEAST_BANDED)).sum())


Curves = dict[tuple[str, ...], Curve]  # by KEY


def read_curves(file: str | Path | BinaryIO) -> Curves:
    """The curves of a Parquet file with the columns of KEY and of Curve."""
    table = read_arrow(file)
    places = defaultdict(list)
    for place, key in enumerate(zip(*(table[name].to_pylist() for name in KEY), strict=True)):
        places[key].append(place)
    columns = {name: table[name].to_numpy().astype(float) for name in Curve._fields}
    return {key: _ordered(columns, own) for key, own in places.items()}


def _ordered(columns: dict[str, np.ndarray], places: list[int]) -> Curve:
    order = np.argsort(columns["time"][places], kind="stable")
    return Curve(**{name: column[places][order] for name, column in columns.items()})
