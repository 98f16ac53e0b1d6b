"""The populations of a study: one list that every rule, analysis, figure, table and section reads.

Another way to make the arms comparable (weights, another matching) is another entry in this list.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from twoarm.config.designs import (
    MATCHED,
    OF_MATCHED,
    WEIGHTINGS,
    designs_of,
    estimand_of,
    has_weights,
    label_of,
    main_design,
)
from twoarm.config.matched_by import together
from twoarm.text.labels import inside_sentence

SCREENED, ENROLLED = "screened", "enrolled"
ELIGIBLE = "eligible"  # the enrolled, and those left out only because a value is missing
# Columns of a population's patients, beside the study's variables, which may be called `weight` too.
PAIR, WEIGHT = ":pair", ":weight"
# In footnotes of a study with imputed values.
FIRST = "Imputed values are those of the first data set; pooled results have a table of their own."
UNADJUSTED = "unadjusted comparison of the arms as treated"


class Population(NamedTuple):
    """A group of patients that a study analyses.

    name: the key of its rows; label: its name beside the other populations; whom: its patients in words;
    patients: the Parquet file with one row per patient (patient_id, arm); pairs, weights: the columns of that file with
    pair numbers and weights of patients, empty if there are none (or if all weights are equal); together: what the
    patients with one pair number are, `pair` or `set`, empty if there are none; main: whether the
    paper's main results are for this population; estimand: what the comparison of its arms estimates; said: the label
    inside a sentence, if that is not the label itself; note: what a footnote says of the patients' missing values.
    """

    name: str
    label: str
    whom: str
    patients: str
    pairs: str = ""
    weights: str = ""
    together: str = ""
    main: bool = False
    estimand: str = UNADJUSTED
    said: str = ""
    note: str = ""

    @property
    def when(self) -> str:
        """The label inside a sentence: `after matching`."""
        return self.said or inside_sentence(self.label)

    @property
    def at_start(self) -> str:
        """The same at the beginning of a sentence: `After matching`, `In the design Overlap`."""
        return self.when[:1].upper() + self.when[1:]

    @property
    def inside_sentence(self) -> str:
        """Its patients inside a sentence: `matched patients`."""
        return inside_sentence(self.whom)


def populations_of(config: Mapping) -> list[Population]:
    """The populations of a study, all enrolled patients first, then those of its designs in the config's order.

    A design that only adjusts the hazard ratio has the enrolled patients.
    """
    designs, main = designs_of(config), main_design(config)
    found = []
    for name, design in designs.items():
        if name == MATCHED:
            found.append(_matched(config.get("matching", {}), main == name))
        elif "weights" in design:
            found.append(_weighted(name, design, main == name))
    label = "All patients"
    if found:
        label = "Before matching" if list(designs) == [MATCHED] else "Before adjustment"
    alone = not any(population.main for population in found)
    note = FIRST if config.get("imputation", {}).get("variables") else ""
    everybody = Population(ENROLLED, label, "Enrolled patients", _file(ENROLLED), main=alone)
    return [population._replace(note=note) for population in (everybody, *found)]


def _matched(matching: Mapping, main: bool) -> Population:
    """Sets of different size are weighted; if a control may be in several sets, these are not pairs of patients."""
    own = {"weights": "weight" if has_weights(matching) else ""}
    if not matching.get("replace"):
        own |= {"pairs": "pair", "together": together(matching)}
    named = {"label": "After matching", "whom": "Matched patients", "patients": _file(MATCHED)}
    return Population(MATCHED, main=main, estimand=OF_MATCHED.words, **named, **own)


def _weighted(name: str, design: Mapping, main: bool) -> Population:
    kind, label = WEIGHTINGS[design["weights"]], label_of(name, design)
    own = {"whom": f"Patients of the design {label}", "said": f"in the design {label}"} if "label" in design else {}
    words = {"whom": kind.whom, "estimand": estimand_of(design).words} | own
    return Population(name, label, patients=_file(f"weighted_{name}"), weights="weight", main=main, **words)


def _file(name: str) -> str:
    return f"results/data/{name}.parquet"


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
