"""What counts as unbalanced, from the rows of balance.csv: the same in statistics, report, figures and terminal.

Snakemake reads it at the end of a run, so it imports little.
"""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

WHOLE = "smd_mahalanobis"  # the difference of a whole categorical is shown; its levels' own are judged
OUTLYING = "outlying values give patients a propensity score of 0 or 1"  # the note of such a covariate's coefficient
INFINITE = "infinite: the controls do not vary"  # the note of such a variance ratio, which is beyond any limit


class Beyond(NamedTuple):
    """One number of a variable beyond the limits; its value is NaN if it is empty, and note says why."""

    variable: str
    statistic: str  # smd or variance_ratio
    level: str
    value: float
    note: str


def outlying(rows: Iterable[Mapping]) -> list[str]:
    """The covariates whose outliers determine the arm of some patients. rows: of propensity.csv."""
    return list(dict.fromkeys(row["variable"] for row in rows if row["note"] == OUTLYING))


def assessed(protocol: Mapping) -> list[str]:
    """The variables with computed balance: the covariates, and the other variables of the baseline table."""
    printed = protocol.get("baseline", {}).get("variables", [])
    return list(dict.fromkeys([*protocol["propensity"]["covariates"], *printed]))


def judged(variables: Mapping[str, Mapping]) -> list[str]:
    """The variables that should be balanced. variables: {name: its config}, those with computed balance."""
    # ASSUME [post_baseline]: variables measured after treatment start need not be balanced; shown, but not counted.
    return [name for name, variable in variables.items() if variable.get("timing") != "post_baseline"]


def unbalanced(rows: Iterable[Mapping], names: Iterable[str], limits: Mapping) -> dict[str, list[Beyond]]:
    """The variables beyond the limits, each with the numbers that are: its worst level's SMD, its variance ratio.

    rows: of balance.csv for one population (value: a number, or text as in the file), without those that are
    masked; names: the judged variables, in order; limits: the config's balance. A difference that cannot be
    estimated counts as unbalanced, as does an infinite variance ratio; other empty ratios are not judged.
    """
    by_variable: dict[str, list[Beyond]] = {name: [] for name in names}
    for row in rows:
        shown = row["statistic"] in ("smd", "variance_ratio") and row["method"] != WHOLE
        if shown and row["variable"] in by_variable:
            value = math.nan if row["value"] == "" else float(row["value"])
            own = Beyond(row["variable"], row["statistic"], row["level"], value, row["note"])
            by_variable[row["variable"]].append(own)
    found = {name: _beyond(own, limits) for name, own in by_variable.items()}
    return {name: beyond for name, beyond in found.items() if beyond}


def _beyond(rows: list[Beyond], limits: Mapping) -> list[Beyond]:
    differences = [row for row in rows if row.statistic == "smd"]
    # rounded, because two levels differ by the same amount except for the last bit; the first is then named
    worst = max(differences, key=_size, default=None)
    found = [worst] if worst and not abs(worst.value) <= limits["smd"] else []
    low, high = limits["variance_ratio"]
    ratios = [row for row in rows if row.statistic == "variance_ratio"]
    return found + [row for row in ratios if row.note == INFINITE or row.value < low or row.value > high]


def _size(row: Beyond) -> float:
    return math.inf if math.isnan(row.value) else round(abs(row.value), 10)


def named(found: Mapping[str, list[Beyond]]) -> str:
    """`afp: SMD 0.255 (<400 ng/ml); age: variance ratio 2.31`: the note on the number of unbalanced variables."""
    return "; ".join(f"{name}: {in_words(beyond)}" for name, beyond in found.items())


def in_words(beyond: list[Beyond]) -> str:
    """`SMD 0.255 (<400 ng/ml), variance ratio 2.31`: the numbers of one variable beyond the limits."""
    return ", ".join(_words(row) for row in beyond)


def _words(row: Beyond) -> str:
    if row.statistic == "variance_ratio":
        return "variance ratio infinite" if math.isnan(row.value) else f"variance ratio {row.value:.2f}"
    amount = "not estimable" if math.isnan(row.value) else f"{row.value:.3f}"
    return f"SMD {amount}" + (f" ({row.level})" if row.level else "")
