"""The counts of patients in a study's tidy tables: their keys, and those that are public or stand beside others.

twoarm.disclosure.relations relates them.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

import pandas as pd

from twoarm.config.keys import OVERALL, contrast, inside
from twoarm.config.populations import Population
from twoarm.disclosure.disclosure import Relation
from twoarm.disclosure.registered import COUNTS
from twoarm.response.response_rules import RATES

# The statistic of a number that no row shows: the patients of an arm with a value of a variable.
KNOWN = "known"


class Key(NamedTuple):
    """The key of a count, without a method, because there is only one way to count."""

    analysis: str
    population: str
    stratum: str
    group: str
    variable: str
    level: str
    statistic: str


@dataclass
class Study:
    """The parts of the config that explain the keys of the tables, as rules pass them.

    arms: the config's; populations: those of the study; grades: safety.grades; outcomes: {prognosis: its endpoint};
    endpoints, subgroups: the config's, a subgroup with its printed `levels`; criteria: response.criteria; balance:
    `limits` and the `variables` assessed; adjusted: {adjusted design: its covariates}.
    """

    arms: dict
    populations: list[Population]
    grades: dict = field(default_factory=dict)
    outcomes: dict = field(default_factory=dict)
    endpoints: dict = field(default_factory=dict)
    subgroups: dict = field(default_factory=dict)
    criteria: list = field(default_factory=list)
    balance: dict = field(default_factory=dict)
    adjusted: dict = field(default_factory=dict)

    def __post_init__(self):
        self.values = (self.arms["treated"]["value"], self.arms["control"]["value"])
        self._compared: dict[tuple[str, str], tuple[str, str]] = {}
        self._levels: dict[tuple[str, str], str] = {}
        for name, subgroup in self.subgroups.items():
            analysis, levels = f"subgroup_{name}", subgroup["levels"]
            self._compared |= {(analysis, contrast(*pair)): pair for pair in combinations(levels, 2)}
            self._levels |= {(analysis, inside(subgroup["variable"], level)): level for level in levels}

    def compared(self, analysis: str, stratum: str, group: str) -> tuple[str, ...]:
        """The two groups of a contrast: levels within an arm, elsewhere the arms; none if it is not a contrast.

        A coefficient in a Cox model, which compares a level with its reference, does not compare counts.
        """
        if stratum in self.values:
            return self._compared.get((analysis, group), ())
        return self.values if group == contrast(*self.values) else ()

    def level_of(self, analysis: str, stratum: str) -> str | None:
        """The level of the subgroup's variable for a stratum; None if the stratum is not a level."""
        return self._levels.get((analysis, stratum))


class Counts:
    """The counts of the tables, by key and by place, and the relations between them that have been added.

    values: by place, None for a number that is not known; keys: by place, of the rows and of the numbers of patients
    with a value; rows: place -> the table's row, if there is one.
    """

    def __init__(self, table: pd.DataFrame, study: Study):
        """table: the tidy rows of every analysis."""
        self.study = study
        known = table["statistic"].isin(COUNTS) & table["value"].notna() & (table["value"] % 1 == 0)
        keys = [Key(*key) for key in table.loc[known, list(Key._fields)].itertuples(index=False)]
        ordered = sorted(zip(keys, table.index[known], table.loc[known, "value"], strict=True), key=lambda row: row[0])
        self.keys = [key for key, _, _ in ordered]
        self.rows = {place: row for place, (_, row, _) in enumerate(ordered)}
        self.values: list[int | None] = [int(value) for _, _, value in ordered]
        self.place = {key: place for place, key in enumerate(self.keys)}
        self._add_known()
        self.relations: list[Relation] = []
        self._levels: dict[Key, list[int]] = defaultdict(list)
        for place, key in enumerate(self.keys):
            self._levels[key._replace(level="*")].append(place)

    def _add_known(self) -> None:
        """Count the patients with a value of a variable, as the arm's mean or median of these few may be one patient's.

        Where nobody's value is missing, this is the arm.
        """
        for missing in self.having(analysis="baseline", statistic="missing"):
            total = total_of(self, self.keys[missing])
            if total is not None:
                self.place[self.keys[missing]._replace(statistic=KNOWN)] = len(self.keys)
                self.keys.append(self.keys[missing]._replace(statistic=KNOWN))
                self.values.append(self.values[total] - self.values[missing])

    def public(self) -> set[int]:
        """The sizes of the arms and their events, which a paper must show, and whatever follows from these alone.

        They are never masked to protect others.
        """
        analysed = {population.name for population in self.study.populations}
        public = {
            place
            for place, key in enumerate(self.keys)
            if key.population in analysed
            and not key.stratum
            and (
                key.statistic == "pairs"
                or of_everybody(key)
                or (key.analysis == "survival" and key.statistic == "events")
            )
        }
        following = True
        while following:
            open_ = [set(relation.terms) - public for relation in self.relations if relation.equal]
            following = {place for unknown in open_ if len(unknown) == 1 for place in unknown}
            public |= following
        return public

    def cost(self, place: int) -> float:
        """The order of masking to protect others: numbers that no row shows, then counts outside the paper's part.

        Among the others the smallest is first, and rates are last.
        """
        if place not in self.rows:
            return 0
        key = self.keys[place]
        printed = 1 + (key.level in RATES)
        if key.analysis == "attrition":
            printed = int(key.group == OVERALL and key.statistic != "remaining")
        elif key.analysis == "discordance" or (key.analysis == "survival" and key.group == OVERALL):
            printed = 0
        return self.values[place] + 1e9 * printed

    def having(self, **parts: str) -> list[int]:
        """The places of the counts with these parts of the key."""
        return [
            place for place, key in enumerate(self.keys) if all(getattr(key, part) == parts[part] for part in parts)
        ]

    def levels(self, key: Key) -> list[int]:
        """The places of the counts that differ from a key only by level."""
        return self._levels.get(key._replace(level="*"), [])

    def at(self, key: Key, **parts: str) -> int | None:
        """The place of a count, with some parts of the key replaced; None if there is no such count."""
        return self.place.get(key._replace(**parts))

    def sums(self, parts: list[int | None], whole: int | None) -> bool:
        """Relate parts to their whole, if all are counted and add up; returns whether they were related."""
        if whole is None or None in parts or not parts or parts == [whole]:
            return False
        holds = sum(self.values[part] for part in parts) == self.values[whole]
        if holds:
            self.relations.append(Relation({whole: -1} | dict.fromkeys(parts, 1)))
        return holds

    def sums_but_for_some(self, parts: list[int | None], whole: int | None) -> None:
        """Relate parts to a whole that may be larger: the difference, which no row shows, is a number of patients."""
        if self.sums(parts, whole) or whole is None or None in parts or not parts:
            return
        rest = self.values[whole] - sum(self.values[part] for part in parts)
        if rest > 0:
            self.values.append(rest)
            self.sums([*parts, len(self.values) - 1], whole)

    def at_most(self, less: list[int | None], more: list[int | None]) -> None:
        """Relate counts if the sum of some is at most the sum of the others."""
        if None in less or None in more:
            return
        if sum(self.values[place] for place in less) <= sum(self.values[place] for place in more):
            self.relations.append(Relation(dict.fromkeys(less, 1) | dict.fromkeys(more, -1), equal=False))

    def unseen(self) -> int:
        """The place of a number that is shown nowhere."""
        self.values.append(None)
        return len(self.values) - 1


def of_everybody(key: Key) -> bool:
    """Whether a count is the size of a group: models, readers and outcomes have totals of some of its patients."""
    some = key.analysis.startswith(("prognosis", "reading")) or (key.analysis == "outcomes" and key.variable)
    return key.statistic == "total" and not some


def total_of(counts: Counts, key: Key) -> int | None:
    """The total for a count: of its variable if there is one, else of its group."""
    own = counts.at(key, level="", statistic="total")
    return own if own is not None else counts.at(key, variable="", level="", statistic="total")
