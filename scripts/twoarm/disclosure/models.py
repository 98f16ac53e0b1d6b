"""Cox models of prognosis and adjusted ones: which patients they are of, and which results tell single values.

A model has the patients with a value of all its variables, so its numbers of patients and events can be subtracted from
those of models of some of its variables, and from those of everybody.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations, permutations

import pandas as pd

from twoarm.config.keys import OVERALL, contrast
from twoarm.config.populations import ENROLLED
from twoarm.disclosure.counts import Counts, Key, Study
from twoarm.disclosure.disclosure import Relation, small
from twoarm.disclosure.registered import COUNTS

ADJUSTED, PROGNOSIS, POOLED, SURVIVAL = "adjusted", "prognosis", "pooled", "survival"
UNIVARIABLE, SEVERAL = "cox_univariable", "cox_multivariable|cox_backward|cox_zph"


def relate_models(counts: Counts, table: pd.DataFrame) -> None:
    """Relate the patients and the events of every two models, one with all variables of the other."""
    alike: dict[tuple, list[tuple[frozenset, int]]] = defaultdict(list)
    for place, population, endpoint, variables in _models(counts, table):
        statistic = counts.keys[place].statistic
        alike[statistic, population, endpoint if statistic == "events" else ""].append((variables, place))
    for models in alike.values():
        for (fewer, whole), (more, part) in permutations(models, 2):
            if fewer < more or (fewer == more and whole < part):
                counts.sums_but_for_some([part], whole)
            if not fewer and len(more) == 1 and counts.keys[part].statistic == "total":
                _relate_missing(counts, part, whole, *more)
        _relate_unions(counts, dict(models))


def _relate_unions(counts: Counts, models: dict[frozenset, int]) -> None:
    """Patients who lack a value of two models follow from everybody, each model, and that of all variables of both."""
    for one, other in combinations(models, 2):
        places = [models.get(variables) for variables in (frozenset(), one | other, one, other)]
        if None in places or one <= other or other <= one:
            continue
        everybody, both, first, second = (counts.values[place] for place in places)
        rest = everybody + both - first - second
        if rest > 0:
            counts.values.append(rest)
            terms = dict(zip(places, (-1, -1, 1, 1), strict=True)) | {len(counts.values) - 1: 1}
            counts.relations.append(Relation(terms))


def _models(counts: Counts, table: pd.DataFrame) -> Iterator[tuple[int, str, str, frozenset]]:
    """The numbers of patients and events of each model: place, population, endpoint, and the variables of the model.

    Those of everybody (survival) are of a model without variables. Nobody lacks a value of treatment.
    """
    several = table[table["method"].str.contains(SEVERAL)].groupby("analysis")["variable"].agg(set)
    for place in counts.having(group=OVERALL):
        key, study = counts.keys[place], counts.study
        if key.statistic not in ("total", "events") or key.stratum:
            continue
        if key.analysis in study.outcomes:
            own = {key.variable} if key.variable else several.get(key.analysis, set())
            yield place, key.population, study.outcomes[key.analysis], frozenset(own - {"arm", ""})
        elif key.analysis == ADJUSTED:
            yield place, ENROLLED, key.variable, frozenset(study.adjusted.get(key.population, ()))
        elif key.analysis == SURVIVAL:
            yield place, key.population, key.variable, frozenset()


def _relate_missing(counts: Counts, known: int, everybody: int, variable: str) -> None:
    """The patients of a univariable model and those without a value, in both arms, are everybody."""
    population = counts.keys[everybody].population
    for analysis in ("baseline", "missing"):
        of_arms = [Key(analysis, population, "", arm, variable, "", "missing") for arm in counts.study.values]
        counts.sums([known, *map(counts.at, of_arms)], everybody)


def of_small_models(table: pd.DataFrame, few: list[Key]) -> set[int]:
    """The rows (by index) of models of few patients or events, whose hazard ratios may tell single values.

    few: the keys of small counts. A model that is masked only to protect those left out of it is not small. Over
    imputed data sets a model of prognosis is a stratum, and an adjusted one a population.
    """
    pooled = table["stratum"].mask(table["stratum"] == "", ADJUSTED)
    analysis = table["analysis"].mask(table["analysis"] == POOLED, pooled)
    found = set()
    for key in few:
        own = (analysis == key.analysis) & (table["population"] == key.population)
        if key.analysis.startswith(PROGNOSIS):
            own &= (
                table["method"].str.contains(UNIVARIABLE) & (table["variable"] == key.variable)
                if key.variable
                else table["method"].str.contains(SEVERAL)
            )
        elif key.analysis == ADJUSTED:
            own &= table["variable"] == key.variable
        else:
            continue
        found |= set(table.index[own & ~table["statistic"].isin(COUNTS)])
    return found


def treatment_elsewhere(table: pd.DataFrame, masked: list[Key], study: Study) -> set[int]:
    """The rows (by index) of the effect of treatment in other analyses, where an arm's events in survival are masked.

    The interval of a hazard ratio tells how many events each arm had.
    """
    effects = {
        (key.population, key.variable)
        for key in masked
        if key.analysis == SURVIVAL and key.group in study.values and key.statistic in ("total", "events")
    }
    of_treatment = table[(table["group"] == contrast(*study.values)) & ~table["statistic"].isin(COUNTS)]
    return {row.Index for row in of_treatment.itertuples() if _effect_of(row, study) in effects}


def _effect_of(row, study: Study) -> tuple[str, str] | None:
    """The population and endpoint of a row of treatment in a model; None in other analyses."""
    if row.analysis in (ADJUSTED, POOLED) and not row.stratum:
        return ENROLLED if row.population in study.adjusted else row.population, row.variable
    model = row.stratum if row.analysis == POOLED else row.analysis
    return (row.population, study.outcomes[model]) if model in study.outcomes else None


def of_small_levels(table: pd.DataFrame, counts: Counts, minimum: int) -> set[int]:
    """The rows (by index) of prognosis that compare a level of few patients or events, in both arms, with another.

    The interval of such a hazard ratio tells the level's events. The patients are those of the baseline table,
    patients and events those of a subgroup; levels that neither counts are not known.
    """
    compared = {
        (key.population, key.variable, group, endpoint)
        for key, levels, endpoint in _small_levels(counts, minimum)
        for other in levels
        for group in (contrast(key.level, other), contrast(other, key.level))
    }
    model = table["stratum"].where(table["analysis"] == POOLED, table["analysis"])
    found, of_model = set(), model.isin(counts.study.outcomes) & ~table["statistic"].isin(COUNTS)
    for row in table[of_model].itertuples():
        place = (row.population, row.variable, row.group)
        if compared & {(*place, ""), (*place, counts.study.outcomes[model[row.Index]])}:
            found.add(row.Index)
    return found


def _small_levels(counts: Counts, minimum: int) -> Iterator[tuple[Key, list[str], str]]:
    """Each level of few patients or events in both arms: a key with its variable and level, all levels, the endpoint.

    The endpoint is empty for patients, who are those of every endpoint.
    """
    treated, control = counts.study.values
    for place in counts.having(analysis="baseline", statistic="n", group=treated):
        key = counts.keys[place]
        levels = [counts.keys[other].level for other in counts.levels(key)]
        if small(_together(counts, place, group=control), minimum):
            yield key, levels, ""
    for name, subgroup in counts.study.subgroups.items():
        for place in counts.having(analysis=f"subgroup_{name}", stratum=treated):
            key = counts.keys[place]
            if key.statistic in ("total", "events") and small(_together(counts, place, stratum=control), minimum):
                endpoint = key.variable if key.statistic == "events" else ""
                yield key._replace(variable=subgroup["variable"], level=key.group), subgroup["levels"], endpoint


def _together(counts: Counts, treated: int, **control: str) -> int:
    """A number of patients of both arms."""
    other = counts.at(counts.keys[treated], **control)
    return counts.values[treated] + (0 if other is None else counts.values[other])
