"""The tidy table as tests make and look at it: from DataFrames to the rows that figures, tables and report read."""

from io import BytesIO

import pandas as pd

from twoarm.results.curves import Curves, read_curves
from twoarm.results.rows import COLUMNS, Statistic, read_statistics
from twoarm.results.statistics import statistics_table
from twoarm.results.values import Values


def rows_of(table: pd.DataFrame) -> list[Statistic]:
    """The rows of a tidy table."""
    return [Statistic(*row) for row in table[COLUMNS].itertuples(index=False)]


def values_of(table: pd.DataFrame) -> Values:
    """The numbers of a tidy table."""
    return Values(rows_of(table))


def curves_of(table: pd.DataFrame) -> Curves:
    """Kaplan-Meier curves, as figures read them from a Parquet file."""
    file = BytesIO()
    table.to_parquet(file, index=False)
    return read_curves(file)


def values(rows: list[dict]) -> Values:
    """The numbers of rows with any of the columns, which must not share a key."""
    return values_of(statistics_table(rows))


def read_tidy(*paths) -> pd.DataFrame:
    """Tidy tables as files, in one DataFrame."""
    return statistics_table(read_statistics(*paths))
