"""The order of patients: by identifier as a person counts, "2" before "10" and "P2" before "P10".

Ties in matching go by this order, so a file in the order of its numbers gives the pairs that R gives for it.
"""

import re
from decimal import Decimal

import pandas as pd

# As R writes a column of numbers: 100000 becomes 1e+05. Without the sign, as in 1E5, it is a name.
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?(e[+-][0-9]{1,3})?", re.IGNORECASE)

ALIKE = "case, leading zeros or .0"  # what one patient's identifier may differ by from program to program


def natural_key(identifier: str) -> tuple:
    """What an identifier is sorted by.

    Whole numbers and decimals come first, by their value; then text, without case, in which each run of digits counts
    as a whole number ("C2-10" after "C2-9"). What is equal so far ("7" and "007") goes by the text itself, so that the
    order is the same on each machine and however the rows stand.
    """
    if NUMBER.fullmatch(identifier):
        return 0, Decimal(identifier), identifier
    parts = re.split("([0-9]+)", identifier.casefold())
    parts[1::2] = [_whole(digits) for digits in parts[1::2]]
    return 1, parts, identifier


def alike_key(identifier: str) -> tuple:
    """What identifiers share that differ by ALIKE alone: "P007" and "p7", "7" and "7.0"."""
    kind, key, _ = natural_key(identifier)
    return kind, key if kind == 0 else tuple(key)


def _whole(digits: str) -> tuple[int, str]:
    """What a run of digits is compared by, however long it is: its length without leading zeros, then the digits."""
    bare = digits.lstrip("0")
    return len(bare), bare


def sorted_by_patient(table: pd.DataFrame, *then: str) -> pd.DataFrame:
    """A table sorted by `patient_id` and then by other columns; rows equal in these keep their order. Index: fresh."""
    patients = sorted(table["patient_id"].unique(), key=natural_key)
    place = {patient: number for number, patient in enumerate(patients)}
    return table.sort_values(
        ["patient_id", *then],
        key=lambda column: column.map(place) if column.name == "patient_id" else column,
        kind="stable",
        ignore_index=True,
    )
