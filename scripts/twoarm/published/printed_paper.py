"""A paper's printed values by key, and whether a printed p-value is significant."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from twoarm.config.keys import OVERALL, PER_UNIT
from twoarm.published.contradictions import PrintedCounts
from twoarm.published.published import agrees, parse_printed, printed_range
from twoarm.results.rows import KEY
from twoarm.text.rounding import ALPHA


class Arm(NamedTuple):
    """The printed mean and standard deviation of an arm, each as (smallest, largest), and its number of patients."""

    mean: tuple[float, float]
    sd: tuple[float, float]
    n: int


class Paper:
    """The table that `read_published` returns, and the endpoints that end with progression."""

    def __init__(self, published: pd.DataFrame, progression: list[str]):
        self.rows = published.to_dict("records")
        self.counts = PrintedCounts(published)
        self.progression = progression
        self._found = {tuple(row[part] for part in KEY[:-1]): row for row in self.rows}

    def find(self, row: Mapping, **key: str) -> dict | None:
        """The printed number (not a bound) with the row's key except for the given parts, by any method."""
        found = self._found.get(tuple({**row, **key}[part] for part in KEY[:-1]))
        return found if found and not parse_printed(found["printed"]).sign else None

    def of(self, *statistics: str, **key: str) -> list[dict]:
        """The printed values of some statistics, in the order of the file."""
        rows = [row for row in self.rows if row["statistic"] in statistics]
        return [row for row in rows if all(row[part] == value for part, value in key.items())]

    def contrasts(self, **key: str) -> list[dict]:
        """The printed p-values that compare two groups, without tests of more groups or of a continuous variable."""
        return [row for row in self.of("p_value", **key) if row["group"] not in ("", OVERALL, PER_UNIT)]

    def n(self, row: Mapping) -> int | None:
        """The printed count at the row's group, variable and level."""
        return self.counts.n(row, row["group"], row["level"])

    def total(self, row: Mapping) -> int | None:
        """The number of patients in the row's group."""
        return self.counts.total(row, row["group"])

    def arms(self, row: Mapping) -> list[Arm] | None:
        """Mean, standard deviation and patients of both groups of a contrast; None if one is not printed."""
        found = []
        for group in self.counts.groups(row):
            mean, sd = (self.find(row, group=group, level="", statistic=name) for name in ("mean", "sd"))
            n = self.counts.total(row, group)
            if not mean or not sd or not n or n < 2:
                return None
            least, greatest = printed_range(sd["printed"], "sd")
            found.append(Arm(printed_range(mean["printed"], "mean"), (max(0.0, least), greatest), n))
        return found or None

    def patients(self, row: Mapping, group: str) -> int | None:
        """The number of patients in a group; for a level within an arm, its printed count at the subgroup's variable.

        That variable is the one with the subgroup's name, otherwise the only one with such a level.
        """
        if not row["stratum"]:
            return self.counts.total(row, group)
        levels = self.of("n", population=row["population"], stratum="", group=row["stratum"], level=group)
        named = [level for level in levels if row["analysis"] == f"subgroup_{level['variable']}"] or levels
        return self.n(named[0]) if len(named) == 1 else None


def table_of(row: Mapping) -> str:
    """The first of the places."""
    return row["place"].split(";")[0]


def significant(printed: str) -> bool | None:
    """Whether a printed p-value is below ALPHA; None if a bound does not determine this."""
    sign, number, _ = parse_printed(printed)
    if not sign:
        return float(number) < ALPHA
    least, greatest = printed_range(printed, "p_value")
    return True if greatest <= ALPHA else False if least >= ALPHA else None


def decides_otherwise(printed: str, p: float) -> bool:
    """Whether p is on the other side of ALPHA than the printed one."""
    return significant(printed) is (p >= ALPHA)


def nearest(p_values: Mapping[str, float], printed: str) -> str:
    """The test whose p-value prints as the paper's, otherwise the one closest to it."""
    number = float(parse_printed(printed).number)
    distance = {name: (not agrees(printed, "p_value", p), abs(p - number)) for name, p in p_values.items()}
    return min(distance, key=distance.get)
