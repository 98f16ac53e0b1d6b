"""The populations that a study is analysed in: one list, which every rule, analysis, figure, table and section reads.

Another way to make the arms comparable (weights, another matching) is another entry of it.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

SCREENED, ENROLLED, MATCHED = "screened", "enrolled", "matched"


class Population(NamedTuple):
    """Patients in whom a study is analysed.

    name: the key of its rows; label: what it is called beside the others; whom: its patients, alone or beside others;
    patients: the Parquet file with a row for each of them (patient_id, arm); pairs, weights: the columns there that
    hold the numbers of the pairs and the patients' weights, empty where there are none; main: whether the paper's main
    results are of it.
    """

    name: str
    label: str
    whom: str
    patients: str
    pairs: str = ""
    weights: str = ""
    main: bool = False

    @property
    def when(self) -> str:
        """The label inside a sentence: `after matching`."""
        return self.label.lower()

    @property
    def inside_sentence(self) -> str:
        """Its patients inside a sentence: `matched patients`."""
        return self.whom.lower()


def populations_of(config: Mapping) -> list[Population]:
    """The populations of a study, everyone enrolled first."""
    patients = "results/data/{}.parquet".format
    enrolled = Population(ENROLLED, "All patients", "Enrolled patients", patients(ENROLLED), main=True)
    if "propensity" not in config:
        return [enrolled]
    return [
        enrolled._replace(label="Before matching", main=False),
        Population(MATCHED, "After matching", "Matched patients", patients(MATCHED), "pair", "weight", main=True),
    ]


def main_of(populations: Iterable[Population]) -> Population:
    """The population of the main analysis."""
    return next(population for population in populations if population.main)


def adjusted(populations: Iterable[Population]) -> list[Population]:
    """The populations in which the arms were made comparable: all but everyone enrolled."""
    return [population for population in populations if population.name != ENROLLED]


def population_of(part: Mapping, populations: Iterable[Population]) -> Population:
    """The population that a part of the config (a subgroup, the prognosis) asks for: its `population`, or the main one.

    Raises KeyError if the study has no such population.
    """
    if "population" not in part:
        return main_of(populations)
    return {population.name: population for population in populations}[part["population"]]
