"""The patients of each population."""

from collections.abc import Sequence

import pandas as pd

from twoarm.config.populations import PAIR, WEIGHT, Population
from twoarm.raw.parquet import read_parquet


def read_populations(populations: Sequence[Population], files: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Read the patients of each population: {name: patient_id, arm, weight if it has weights, pair if it has pairs}.

    files: those of the populations, in the same order.
    """
    pairs = zip(populations, files, strict=True)
    return {population.name: read_population(population, file) for population, file in pairs}


def read_population(population: Population, file: str) -> pd.DataFrame:
    """Read the patients of one population: patient_id, arm, and weight and pair if it has them."""
    columns = ["patient_id", "arm", population.pairs, population.weights]
    return members_of(population, read_parquet(file, columns=[column for column in columns if column]))


def read_outcome(
    population: Population, patients: str, enrolled: str, endpoints: str, endpoint: str, variables: Sequence[str]
) -> pd.DataFrame:
    """Read the data of a model of one endpoint: a population's patients, as read_population, with time and event.

    patients, enrolled, endpoints: files; variables: of the enrolled patients, which the data have too.
    """
    known = read_parquet(enrolled, columns=["patient_id", "arm", *variables])
    times = read_parquet(endpoints, columns=["patient_id", "endpoint", "time", "event"])
    data = known.merge(times[times["endpoint"] == endpoint], on="patient_id")
    return data.merge(read_population(population, patients).drop(columns="arm"), on="patient_id")


def members_of(population: Population, patients: pd.DataFrame) -> pd.DataFrame:
    """The columns of a population's patients that analyses need, as read_population returns them."""
    own = {population.pairs: PAIR, population.weights: WEIGHT}
    columns = [column for column in own if column]
    return patients[["patient_id", "arm", *columns]].rename(columns=own)
