"""One subgroup variable and one endpoint: the levels within each arm, and the treatment effect within each level.

Within an arm: survival for each level and comparisons of levels. Within a level: the effect of treatment, unless the
level has fewer events than the protocol asks for. Whether that effect differs between levels: the likelihood-ratio test
of the interaction in a Cox model, the only basis for a claim of a subgroup effect (Rothwell 2005, Lancet 365:176).
"""

import math
from itertools import combinations

import pandas as pd

from twoarm.config.immortal import NOTE, is_later
from twoarm.config.keys import OVERALL, contrast, inside
from twoarm.config.populations import PAIR, WEIGHT
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.results.errors import log_to
from twoarm.results.populations import read_outcome
from twoarm.results.rows import too_few
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.cox import interaction_test
from twoarm.stats.cox_rows import contrast_rows, logrank_of
from twoarm.stats.survival_rows import curve_of, drawn, logrank_note, method_of, survival_rows


def analyse_subgroup(data, name: str, subgroup: dict, population: str, treated: str, control: str, survival: dict):
    """Returns the tidy table of a subgroup analysis and its curves (twoarm.stats.survival.CURVE_COLUMNS).

    data: patient_id, arm, time, event and the subgroup's variable (Categorical, levels in the config's order), one
    row per patient, and weight (and pair) if the population has weights. subgroup: variable, endpoint, the variable's
    timing, and min_events if a level with fewer events has no hazard ratio. survival: times, conf_type.
    """
    variable = subgroup["variable"]
    known = sorted_by_patient(data[data[variable].notna()]).astype({"arm": str})
    levels = [level for level in known[variable].cat.categories if (known[variable] == level).any()]
    key = {"analysis": f"subgroup_{name}", "population": population, "variable": subgroup["endpoint"]}
    rows, curves = [], []
    for arm in (treated, control):
        of_stratum = dict(key, stratum=arm)
        of_arm = known[known["arm"] == arm]
        for level in levels:
            part, group = of_arm[of_arm[variable] == level], dict(of_stratum, group=level)
            rows += survival_rows(part, survival["times"], survival["conf_type"], group)
            curves.append(drawn(curve_of(part, survival["conf_type"]), group))
        rows += _between_levels(of_arm, variable, levels, of_stratum)
    for level in levels:
        part, of_stratum = known[known[variable] == level], dict(key, stratum=inside(variable, level))
        compared = contrast_rows(part, "arm", treated, control, of_stratum)
        rows += _unless_few(compared, int(part["event"].sum()), subgroup.get("min_events", 0))
    weights = known[WEIGHT].to_numpy() if WEIGHT in known else None
    _, freedom, p, note = interaction_test(known, "arm", variable, weights, known.get(PAIR))
    test = "likelihood-ratio test" if weights is None else "robust Wald test"
    note = note or f"{test}, {freedom} degree{'s' if freedom > 1 else ''} of freedom"
    missing = len(data) - len(known)
    note += f"; {missing} without {variable} left out" if missing else ""
    note += f"; {NOTE}" if is_later(subgroup) else ""
    row = dict(key, stratum="", group=contrast(treated, control), statistic="p_value")
    row["method"] = method_of("cox_interaction", known)
    rows.append(dict(row, value=p, note=note))
    return statistics_table(rows), pd.concat(curves, ignore_index=True)


def _unless_few(rows: list[dict], events: int, least: int) -> list[dict]:
    """The comparison of the arms in a level; without its numbers if the level has fewer events than `least`."""
    few = too_few(events, least)
    return [dict(row, value=math.nan, note=few) for row in rows] if few else rows


def _between_levels(of_arm: pd.DataFrame, variable: str, levels: list[str], key: dict) -> list[dict]:
    """Comparisons of every two levels and, with more than two, the log-rank test of all levels."""
    rows = []
    for first, second in combinations(levels, 2):
        rows += contrast_rows(of_arm, variable, first, second, key)
    if len(levels) > 2:
        p, method = logrank_of(of_arm, variable), method_of("logrank", of_arm)
        note = logrank_note(of_arm, variable, p)
        rows.append(dict(key, group=OVERALL, statistic="p_value", method=method, value=p, note=note))
    return rows


if __name__ == "__main__":
    log_to(snakemake.log[0])
    subgroup = snakemake.params.subgroup
    population, files = snakemake.params.population, snakemake.input
    data = read_outcome(
        population, files.patients, files.enrolled, files.endpoints, subgroup["endpoint"], [subgroup["variable"]]
    )
    table, curves = analyse_subgroup(
        data=data,
        name=snakemake.wildcards.subgroup,
        subgroup=subgroup,
        population=population.name,
        treated=snakemake.params.treated,
        control=snakemake.params.control,
        survival=snakemake.params.survival,
    )
    write_statistics(table, snakemake.output.statistics)
    curves.to_parquet(snakemake.output.curves, index=False)
