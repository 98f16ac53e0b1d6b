"""The order of patients: by identifier in natural order, "2" before "10" and "P2" before "P10".

Matching breaks ties by this order, so a file sorted by number gives the same pairs as R.
"""

import re
from decimal import Decimal

import pandas as pd

from twoarm.raw.terms import folded

# Numbers as R writes them: 100000 becomes 1e+05. Without the sign, as in 1E5, it is a name.
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?(e[+-][0-9]{1,3})?", re.IGNORECASE)

# How programs may write one patient's identifier differently.
ALIKE = "case, width, invisible characters, leading zeros or .0"


def natural_key(identifier: str) -> tuple:
    """The sort key of an identifier.

    Whole numbers and decimals come first, by value; then text, ignoring case, in which each run of digits counts
    as a whole number ("C2-10" after "C2-9"). Ties ("7" and "007") go by the text itself, so that the
    order is the same on every machine and for every order of rows.
    """
    if NUMBER.fullmatch(identifier):
        return 0, Decimal(identifier), identifier
    parts = re.split("([0-9]+)", identifier.casefold())
    parts[1::2] = [_whole(digits) for digits in parts[1::2]]
    return 1, parts, identifier


def alike_key(identifier: str) -> tuple:
    """A key that is the same for identifiers that differ only by ALIKE: "P007" and "p7", "7" and "7.0"."""
    kind, key, _ = natural_key(folded(identifier))
    return kind, key if kind == 0 else tuple(key)


def _whole(digits: str) -> tuple[int, str]:
    """The sort key of a run of digits of any length: its length without leading zeros, then the digits."""
    bare = digits.lstrip("0")
    return len(bare), bare


def sorted_by_patient(table: pd.DataFrame, *then: str) -> pd.DataFrame:
    """A table sorted by `patient_id`, then by other columns; ties keep their order. The index is reset."""
    patients = sorted(table["patient_id"].unique(), key=natural_key)
    place = {patient: number for number, patient in enumerate(patients)}
    return table.sort_values(
        ["patient_id", *then],
        key=lambda column: column.map(place) if column.name == "patient_id" else column,
        kind="stable",
        ignore_index=True,
    )
