"""The tidy table that every analysis writes: one number per row, identified by its key."""

import math
from collections.abc import Sequence

import pandas as pd

from twoarm.results.rows import COLUMNS, KEY, Statistic


def statistics_table(rows: Sequence[dict | Statistic]) -> pd.DataFrame:
    """Build the tidy table from dicts with any of COLUMNS, or from rows that were read.

    A missing text is empty, a missing value NaN. Raises ValueError if two rows share a key, or if a value is infinite
    (it should be empty, with a note).
    """
    table = pd.DataFrame(rows, columns=COLUMNS)
    text = [*KEY, "note"]
    table[text] = table[text].fillna("").astype(str)
    table["value"] = table["value"].astype(float)
    repeated = table[table.duplicated(KEY, keep=False)]
    if len(repeated):
        raise ValueError(f"rows of a statistics table share a key:\n{repeated[KEY].to_string(index=False)}")
    if table["value"].map(math.isinf).any():
        raise ValueError("a statistics table holds an infinite value; leave it empty with a note")
    return table


def write_statistics(table: pd.DataFrame, path: str) -> None:
    """Write the tidy table as CSV: whole numbers without a decimal point, others with all digits."""
    written = table.assign(value=table["value"].map(_digits))
    written.to_csv(path, index=False, lineterminator="\n")


def _digits(value: float) -> str:
    if math.isnan(value):
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))
