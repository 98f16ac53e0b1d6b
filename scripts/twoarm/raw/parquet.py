"""Parquet files, read without threads.

Arrow's threads sometimes outlive a short job: it then ends by an abort after its work is done (apache/arrow#34314). On
a busy machine this happened to one job in a hundred. Threads would not read a study's small files any faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow.parquet import ParquetFile

if TYPE_CHECKING:
    import pandas as pd


def read_parquet(path: str | Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The table in a file, or some of its columns, as pandas.read_parquet gives it."""
    return read_arrow(path, columns).to_pandas(use_threads=False)


def read_arrow(path: str | Path, columns: Sequence[str] | None = None) -> pa.Table:
    """The same as Arrow's table, for scripts that do without pandas."""
    with ParquetFile(path, pre_buffer=False) as file:
        return file.read(columns=None if columns is None else list(columns), use_threads=False)
