"""The patients of each population."""

from collections.abc import Sequence

import pandas as pd

from twoarm.config.populations import Population


def read_populations(populations: Sequence[Population], files: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Read the patients of each population: {name: patient_id, arm, weight (1 without weights), pair if it has pairs}.

    files: those of the populations, in the same order.
    """
    return {population.name: _read(population, file) for population, file in zip(populations, files, strict=True)}


def _read(population: Population, file: str) -> pd.DataFrame:
    own = {population.pairs: "pair", population.weights: "weight"}
    columns = [column for column in own if column]
    patients = pd.read_parquet(file, columns=["patient_id", "arm", *columns]).rename(columns=own)
    return patients if population.weights else patients.assign(weight=1.0)
