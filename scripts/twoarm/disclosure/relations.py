"""All relations that a reader knows between the counts of a study's tables.

A relation that is not true in the data (a total that leaves somebody out) is not used, whatever the reason. The
difference of two shown numbers that no row gives (patients left out of a model) is counted as well.
"""

from collections import defaultdict
from itertools import combinations, product

import pandas as pd

from twoarm.config.filled_in import MISSING, NEITHER_ARM
from twoarm.config.keys import DEATHS, GRADE_5, OVERALL, contrast, crossed, ends_of
from twoarm.config.populations import ENROLLED, SCREENED, adjusted
from twoarm.config.response_criteria import NOT_RECORDED, RESPONSES
from twoarm.disclosure.counts import KNOWN, Counts, Key, Study, of_everybody, total_of
from twoarm.disclosure.disclosure import Relation
from twoarm.disclosure.models import relate_models
from twoarm.raw.terms import ANY
from twoarm.response.response_rules import RATES

GRADES = range(1, 6)


def related_counts(table: pd.DataFrame, study: Study) -> Counts:
    """The counts in the tidy rows of every analysis, with the relations between them."""
    counts = Counts(table, study)
    for relate in (_arms_and_overall, _equal_totals, _attrition, _scores, _matching, _trimmed, _subset, _bounds):
        relate(counts)
    for relate in (_missing, _baseline, _response, _outcomes, _discordance, _endpoints, _subgroups, _safety):
        relate(counts)
    relate_models(counts, table)
    return counts


def _arms_and_overall(counts: Counts) -> None:
    """The two arms make up all patients; those screened may have neither treatment.

    An arm in which nobody's value is missing has no row that says so.
    """
    neither = counts.having(analysis="attrition", group=OVERALL, variable=NEITHER_ARM, statistic="n")
    for place in counts.having(group=OVERALL):
        key = counts.keys[place]
        others = neither if (key.population, key.statistic, key.variable) == (SCREENED, "total", "") else []
        arms = [counts.at(key, group=arm) for arm in counts.study.values]
        if key.statistic == "missing":
            arms = [arm for arm in arms if arm is not None]
        counts.sums([*arms, *others], place)


def _equal_totals(counts: Counts) -> None:
    """Every analysis has the same patients, unless its totals differ."""
    first: dict[tuple[str, str], int] = {}
    for place, key in enumerate(counts.keys):
        if of_everybody(key) and not key.stratum:
            counts.sums([place], first.setdefault((key.population, key.group), place))


def _attrition(counts: Counts) -> None:
    """The patients remaining after a criterion are those before it, minus those that it excluded."""
    steps = counts.having(analysis="attrition", group=OVERALL, statistic="remaining")
    excluded = {place: counts.values[counts.at(counts.keys[place], statistic="n")] for place in steps}
    # The order of the criteria, for any order of rows: among equal remainders, the criterion that excludes is first.
    steps.sort(key=lambda place: (-counts.values[place], -excluded[place]))
    for group in (OVERALL, *counts.study.values):
        total = Key("attrition", SCREENED, "", group, "", "", "total")
        before = counts.at(total)
        for step in steps:
            after = counts.at(counts.keys[step], group=group)
            counts.sums([after, counts.at(counts.keys[step], group=group, statistic="n")], before)
            before = after
        counts.sums([before], counts.at(total, population=ENROLLED))


def _scores(counts: Counts) -> None:
    """The patients of an arm have a score with some property, or without it."""
    for place in counts.having(analysis="propensity"):
        counts.sums_but_for_some([place], counts.at(counts.keys[place], statistic="total"))


def _matching(counts: Counts) -> None:
    """The patients of an arm are matched or not; there are as many pairs (sets) as matched treated patients."""
    paired = [population.name for population in counts.study.populations if population.pairs]
    for place, population in product(counts.having(statistic="unmatched"), paired):
        key = counts.keys[place]
        for total in counts.having(population=population, stratum="", group=key.group, statistic="total"):
            before = Key("attrition", ENROLLED, "", key.group, "", "", "total")
            counts.sums([place, total], counts.place.get(before))
            counts.sums([total], counts.at(key, group=OVERALL, statistic="pairs"))


def _trimmed(counts: Counts) -> None:
    """The enrolled patients of an arm are weighted, or left out because of their score; truncated ones are weighted."""
    for place in counts.having(analysis="weights", statistic="trimmed"):
        key = counts.keys[place]
        before = Key("attrition", ENROLLED, "", key.group, "", "", "total")
        counts.sums([place, counts.at(key, statistic="total")], counts.place.get(before))
        counts.at_most([counts.at(key, statistic="truncated")], [counts.at(key, statistic="total")])


def _subset(counts: Counts) -> None:
    """The patients of every population are some of the enrolled: with a property, and without it."""
    names = [population.name for population in adjusted(counts.study.populations)]
    for some in [place for name in names for place in counts.having(population=name, stratum="")]:
        key = counts.keys[some]
        enrolled = counts.at(key, population=ENROLLED)
        counts.at_most([some], [enrolled])
        totals = [total_of(counts, key._replace(population=population)) for population in (ENROLLED, key.population)]
        if key.statistic != "total" and None not in totals:
            counts.at_most([enrolled, totals[1]], [some, totals[0]])


def _bounds(counts: Counts) -> None:
    """A part is at most the total; numbers at risk fall over time."""
    for place, key in enumerate(counts.keys):
        if key.statistic in ("n", "events", "missing"):
            counts.at_most([place], [total_of(counts, key)])
    for place in counts.having(statistic="at_risk"):
        key = counts.keys[place]
        times = sorted(counts.levels(key), key=lambda other: float(counts.keys[other].level))
        earlier = [total_of(counts, key), *times][times.index(place)]
        counts.at_most([place], [earlier])


def _missing(counts: Counts) -> None:
    """Patients without a value are some of all; those who meet the criteria are enrolled, or left out for a value."""
    for total in counts.having(analysis="missing", statistic="total"):
        key = counts.keys[total]
        excluded = counts.having(analysis="attrition", population=SCREENED, group=key.group, statistic="n")
        excluded = [place for place in excluded if counts.keys[place].variable.startswith(MISSING)]
        counts.sums([counts.at(key, population=ENROLLED), *excluded], total)
        anybody = counts.at(key, statistic="missing")
        own = counts.having(analysis="missing", population=key.population, statistic="missing", group=key.group)
        counts.at_most([anybody], [place for place in own if place != anybody])
        for place in own:
            counts.sums_but_for_some([place], total)
            counts.at_most([place], [anybody])
            _missing_elsewhere(counts, place, excluded)


def _missing_elsewhere(counts: Counts, missing: int, excluded: list[int]) -> None:
    """Patients without a value who were left out, or are enrolled, and those of the baseline table."""
    key = counts.keys[missing]
    if key.population != ENROLLED:
        others = [place for place in excluded if counts.keys[place].variable == f"{MISSING}{key.variable}"]
        for place in [counts.at(key, population=ENROLLED), *others]:
            counts.sums_but_for_some([place], missing)
        return
    for place in counts.having(analysis="baseline", population=ENROLLED, group=key.group, variable=key.variable):
        of_level = counts.keys[place].statistic == "n" and counts.keys[place].level == key.level != ""
        if of_level or counts.keys[place].statistic == "missing":
            counts.sums_but_for_some([place], missing)


def _baseline(counts: Counts) -> None:
    """The levels of a variable make up the patients with a value, and these and those without one make up the arm."""
    for total in counts.having(analysis="baseline", statistic="total"):
        key = counts.keys[total]
        own = {"analysis": "baseline", "population": key.population, "group": key.group}
        for known in counts.having(statistic=KNOWN, **own):
            counts.sums([known, counts.at(counts.keys[known], statistic="missing")], total)
        for first in counts.having(statistic="n", **own):
            levels = counts.levels(counts.keys[first])
            if levels[0] == first:
                known = counts.at(counts.keys[first], level="", statistic=KNOWN)
                counts.sums(levels, total if known is None else known)


def _response(counts: Counts) -> None:
    """The categories make up the arm; the rates are made of categories, and NE is recorded or not."""
    for total in counts.having(analysis="response", statistic="total"):
        key = counts.keys[total]._replace(statistic="n")
        categories = [place for place in counts.levels(key) if counts.keys[place].level not in RATES]
        counts.sums(categories, total)
        for rate, responses in RATES.items():
            made_of = [counts.at(key, level=level) for level in sorted(responses)]
            counts.sums([place for place in made_of if place is not None], counts.at(key, level=rate))
    for place in counts.having(analysis="reading", level=NOT_RECORDED, statistic="n"):
        counts.sums_but_for_some([place], counts.at(counts.keys[place], analysis="response", level="NE"))


def _outcomes(counts: Counts) -> None:
    """Patients with and without an outcome are those whose outcome is known; with the others they make up the arm."""
    for known in (
        place for place in counts.having(analysis="outcomes", statistic="total") if counts.keys[place].variable
    ):
        key = counts.keys[known]
        counts.sums(counts.levels(key._replace(statistic="n")), known)
        missing = counts.at(key, statistic="missing")
        counts.sums([known] if missing is None else [known, missing], counts.at(key, variable=""))


def _discordance(counts: Counts) -> None:
    """Cells add up to the arm, off the diagonal to the discordant, in rows and columns to a criterion's responses."""
    for pair in combinations(counts.study.criteria, 2):
        for total in counts.having(analysis="discordance", variable=contrast(*pair), statistic="total"):
            key = counts.keys[total]._replace(statistic="n")
            cells = {cell: counts.at(key, level=crossed(*cell)) for cell in product(RESPONSES, RESPONSES)}
            cells = {place: cell for cell, place in cells.items() if place is not None}
            counts.sums(list(cells), total)
            counts.sums([place for place, (a, b) in cells.items() if a != b], counts.at(key, level="discordant"))
            for side, criterion in enumerate(pair):
                for response in RESPONSES:
                    margin = counts.at(key, analysis="response", variable=criterion, level=response)
                    counts.sums([place for place, cell in cells.items() if cell[side] == response], margin)


def _endpoints(counts: Counts) -> None:
    """The reasons add up to the arm, and reasons that are events to its events."""
    for total in counts.having(analysis="endpoints", statistic="total"):
        key = counts.keys[total]._replace(statistic="n")
        counts.sums(counts.levels(key), total)
        ends = ends_of(counts.study.endpoints[key.variable])
        events = [counts.at(key, level=level) for level, (how, *_) in ends.items() if how in ("event", "progression")]
        events = [place for place in events if place is not None]
        counts.sums(events, counts.at(counts.keys[total], analysis="survival", statistic="events"))


def _subgroups(counts: Counts) -> None:
    """The levels within an arm add up to the arm (survival.csv), and are those of baseline and of other subgroups."""
    alike: dict[Key, int] = {}
    for name, subgroup in counts.study.subgroups.items():
        whole: dict[Key, list[int]] = defaultdict(list)
        for place in counts.having(analysis=f"subgroup_{name}"):
            key = counts.keys[place]
            whole[key._replace(analysis="survival", stratum="", group=key.stratum)].append(place)
            same = key._replace(analysis=subgroup["variable"])
            if key.statistic == "total":  # every endpoint has the same patients
                same = same._replace(variable="")
                of = {"analysis": "baseline", "variable": subgroup["variable"], "level": key.group, "statistic": "n"}
                counts.sums([place], counts.at(key, stratum="", group=key.stratum, **of))
            counts.sums([place], alike.setdefault(same, place))
        for key, levels in whole.items():
            counts.sums_but_for_some(levels, counts.at(key))


def _safety(counts: Counts) -> None:
    """A patient has one worst grade for a term, so ranges of grades overlap or add up; any term is at least each."""
    ranges = {DEATHS: GRADE_5, **counts.study.grades}
    by_term: dict[Key, list[int]] = {}
    for place in counts.having(analysis="safety", statistic="n"):
        key = counts.keys[place]
        if key.level in ranges:
            grades = by_term.setdefault(key._replace(level="*"), [counts.unseen() for _ in GRADES])
            low, high = ranges[key.level]
            counts.relations.append(Relation({place: -1} | dict.fromkeys(grades[low - 1 : high], 1)))
    for key, grades in by_term.items():
        of_any = by_term.get(key._replace(variable=ANY))
        total = counts.at(key, variable="", level="", statistic="total")
        counts.relations.append(Relation(dict.fromkeys(grades, 1) | {total: -1}, equal=False))
        if key.variable != ANY and of_any:
            for low in {low for low, _ in ranges.values()}:
                terms = dict.fromkeys(grades[low - 1 :], 1) | dict.fromkeys(of_any[low - 1 :], -1)
                counts.relations.append(Relation(terms, equal=False))
