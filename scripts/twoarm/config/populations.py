"""The populations of a study: one list that every rule, analysis, figure, table and section reads.

Another way to make the arms comparable (weights, another matching) is another entry in this list.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from twoarm.text.labels import inside_sentence

SCREENED, ENROLLED, MATCHED = "screened", "enrolled", "matched"


class Population(NamedTuple):
    """A group of patients that a study analyses.

    name: the key of its rows; label: its name beside the other populations; whom: its patients in words;
    patients: the Parquet file with one row per patient (patient_id, arm); pairs, weights: the columns of that file with
    pair numbers and weights of patients, empty if there are none; main: whether the paper's main
    results are for this population.
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
        return inside_sentence(self.label)

    @property
    def inside_sentence(self) -> str:
        """Its patients inside a sentence: `matched patients`."""
        return inside_sentence(self.whom)


def populations_of(config: Mapping) -> list[Population]:
    """The populations of a study, all enrolled patients first."""
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
    """The populations with comparable arms: all except the enrolled one."""
    return [population for population in populations if population.name != ENROLLED]


def population_of(part: Mapping, populations: Iterable[Population]) -> Population:
    """The population of a part of the config (a subgroup, the prognosis): its `population`, or the main one.

    Raises KeyError if the study has no such population.
    """
    if "population" not in part:
        return main_of(populations)
    return {population.name: population for population in populations}[part["population"]]
