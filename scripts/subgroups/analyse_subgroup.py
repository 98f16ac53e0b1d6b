"""One subgroup variable and one endpoint: the levels within each arm, and the treatment effect within each level.

Within an arm: survival for each level and comparisons of levels. Within a level: the effect of treatment. Whether
that effect differs between levels: the likelihood-ratio test of the interaction in a Cox model, the only
basis for a claim of a subgroup effect (Rothwell 2005, Lancet 365:176).
"""

from itertools import combinations

import pandas as pd

from twoarm.config.immortal import NOTE, is_later
from twoarm.config.keys import OVERALL, contrast, inside
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.results.errors import log_to
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.stats.cox import interaction_test
from twoarm.stats.cox_rows import contrast_rows
from twoarm.stats.survival import kaplan_meier, logrank
from twoarm.stats.survival_rows import drawn, logrank_note, survival_rows


def analyse_subgroup(data, name: str, subgroup: dict, population: str, treated: str, control: str, survival: dict):
    """Returns the tidy table of a subgroup analysis and its curves (twoarm.stats.survival.CURVE_COLUMNS).

    data: patient_id, arm, time, event and the subgroup's variable (Categorical, levels in the config's order), one
    row per patient. subgroup: variable, endpoint and the variable's timing. survival: times, conf_type.
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
            curves.append(drawn(kaplan_meier(part["time"], part["event"], survival["conf_type"]), group))
        rows += _between_levels(of_arm, variable, levels, of_stratum)
    for level in levels:
        of_stratum = dict(key, stratum=inside(variable, level))
        rows += contrast_rows(known[known[variable] == level], "arm", treated, control, of_stratum)
    _, freedom, p, note = interaction_test(known, "arm", variable)
    note = note or f"likelihood-ratio test, {freedom} degree{'s' if freedom > 1 else ''} of freedom"
    missing = len(data) - len(known)
    note += f"; {missing} without {variable} left out" if missing else ""
    note += f"; {NOTE}" if is_later(subgroup) else ""
    row = dict(key, stratum="", group=contrast(treated, control), statistic="p_value", method="cox_interaction")
    rows.append(dict(row, value=p, note=note))
    return statistics_table(rows), pd.concat(curves, ignore_index=True)


def _between_levels(of_arm: pd.DataFrame, variable: str, levels: list[str], key: dict) -> list[dict]:
    """Comparisons of every two levels and, with more than two, the log-rank test of all levels."""
    rows = []
    for first, second in combinations(levels, 2):
        rows += contrast_rows(of_arm, variable, first, second, key)
    if len(levels) > 2:
        p = logrank(of_arm["time"], of_arm["event"], of_arm[variable])[2]
        note = logrank_note(of_arm, variable, p)
        rows.append(dict(key, group=OVERALL, statistic="p_value", method="logrank", value=p, note=note))
    return rows


if __name__ == "__main__":
    log_to(snakemake.log[0])
    subgroup = snakemake.params.subgroup
    enrolled = pd.read_parquet(snakemake.input.enrolled, columns=["patient_id", "arm", subgroup["variable"]])
    endpoints = pd.read_parquet(snakemake.input.endpoints, columns=["patient_id", "endpoint", "time", "event"])
    data = enrolled.merge(endpoints[endpoints["endpoint"] == subgroup["endpoint"]], on="patient_id")
    data = data.merge(pd.read_parquet(snakemake.input.patients, columns=["patient_id"]), on="patient_id")
    table, curves = analyse_subgroup(
        data=data,
        name=snakemake.wildcards.subgroup,
        subgroup=subgroup,
        population=snakemake.params.population,
        treated=snakemake.params.treated,
        control=snakemake.params.control,
        survival=snakemake.params.survival,
    )
    write_statistics(table, snakemake.output.statistics)
    curves.to_parquet(snakemake.output.curves, index=False)
