"""Forest plot of the treatment's effect in all patients and in each level of every subgroup.

It only reads statistics. Whether the effect differs between levels is told by the test of interaction, not by which
intervals cross 1 (Rothwell, Lancet 2005;365:176-86).
"""

import math

import pandas as pd
from matplotlib.figure import Figure

from twoarm.estimates import count_text, interval_of, ratio_text
from twoarm.faults import log_to
from twoarm.figures import arm_colours, save
from twoarm.forest_figure import ForestRow, Series, forest_figure
from twoarm.rounding import p_text
from twoarm.statistics import read_statistics
from twoarm.values import WHOM, Values, arm_values, arms_text, contrast_of
from twoarm.variables import printed_levels

OVERALL, LEVELS = (5.5, 2.5)  # points: the overall marker, the smallest marker
EFFECT = Series("Treatment", "black", "s")


def draw_subgroup_forest(
    survival: pd.DataFrame, subgroups: pd.DataFrame, shown: dict[str, dict], endpoints: dict[str, str], arms: dict
) -> Figure:
    """Return the figure: for each endpoint and population that a subgroup is of, all patients, then its levels.

    survival: the tidy table of `survival`; subgroups: those of all subgroups. shown: {subgroup: label, variable,
    endpoint, levels}; endpoints: {endpoint: label}; arms: the config's.
    """
    populations = {name: _population(subgroups, name) for name in shown}
    parts = dict.fromkeys((shown[name]["endpoint"], populations[name]) for name in shown)
    rows = []
    for endpoint, population in parts:
        title = "All patients" if len(parts) == 1 else f"{endpoints[endpoint]}, {WHOM[population].lower()}"
        rows.append(_overall_row(Values(survival), title, population, endpoint, arms))
        for name, subgroup in shown.items():
            if (subgroup["endpoint"], populations[name]) == (endpoint, population):
                values = Values(subgroups[subgroups["analysis"] == f"subgroup_{name}"])
                rows += _subgroup_rows(values, subgroup, population, arms)
    treated, control = arm_values(arms)
    outcome = f" for {endpoints[next(iter(parts))[0]].lower()}" if len({part[0] for part in parts}) == 1 else ""
    note = "" if len(parts) > 1 else f"{WHOM[next(iter(parts))[1]]}. "
    note += arms_text(arms)
    return forest_figure(
        rows=rows,
        left=[(f"{arm}\nevents/patients", colour) for arm, colour in arm_colours(arms).items()],
        right=[(f"Hazard ratio\n{contrast_of(arms)} (95% CI)", "black"), ("Interaction\nP", "black")],
        series=[EFFECT],
        xlabel=f"Hazard ratio{outcome} (95% CI)",
        sides=(f"Favours {treated}", f"Favours {control}"),
        note=f"{note} Squares grow with the number of events.",
    )


def _population(subgroups: pd.DataFrame, name: str) -> str:
    return subgroups.loc[subgroups["analysis"] == f"subgroup_{name}", "population"].iloc[0]


def _overall_row(values: Values, title: str, population: str, endpoint: str, arms: dict) -> ForestRow:
    key = {"population": population, "variable": endpoint}
    counts = [_count(values, key | {"group": arm}) for arm in arm_values(arms)]
    effect = interval_of(values, "hazard_ratio", "cox", **key, group=contrast_of(arms))
    cells = [ratio_text(effect), ""]
    return ForestRow(title, [text for text, _ in counts], cells, [effect], [OVERALL], heading=True)


def _subgroup_rows(values: Values, subgroup: dict, population: str, arms: dict) -> list[ForestRow]:
    """A heading with the test of interaction, and a row for each level that occurs."""
    key = {"population": population, "variable": subgroup["endpoint"]}
    p = values.find("p_value", ("cox_interaction",), **key, group=contrast_of(arms)).value
    rows = [ForestRow(subgroup["label"], ["", ""], ["", p_text(p) or "not estimable"], heading=True)]
    levels = {
        level: [_count(values, key | {"stratum": arm, "group": level}) for arm in arm_values(arms)]
        for level in subgroup["levels"]
    }
    most = sum(events for counts in levels.values() for _, events in counts) or 1
    for level, counts in levels.items():
        if any(text not in ("–", "0/0") for text, _ in counts):
            stratum = f"{subgroup['variable']}={level}"
            effect = interval_of(values, "hazard_ratio", "cox", **key, stratum=stratum, group=contrast_of(arms))
            size = max(LEVELS, OVERALL * math.sqrt(sum(events for _, events in counts) / most))
            cells = [ratio_text(effect), ""]
            rows.append(ForestRow(level, [text for text, _ in counts], cells, [effect], [size], indent=True))
    return rows


def _count(values: Values, key: dict) -> tuple[str, float]:
    """Events/patients as text, and the number of events (0 where unknown)."""
    events, total = (values.find(name, ("descriptive",), **key).value for name in ("events", "total"))
    if math.isnan(total):
        return "–", 0.0
    return f"{count_text(events)}/{count_text(total)}", 0.0 if math.isnan(events) else events


if __name__ == "__main__":
    log_to(snakemake.log[0])
    figure = draw_subgroup_forest(
        survival=read_statistics(snakemake.input.survival),
        subgroups=read_statistics(*snakemake.input.subgroups),
        shown={
            name: subgroup | {"levels": printed_levels(snakemake.params.variables[subgroup["variable"]])}
            for name, subgroup in snakemake.params.subgroups.items()
        },
        endpoints=snakemake.params.endpoints,
        arms=snakemake.params.arms,
    )
    save(figure, snakemake.output, mark=snakemake.params.mark)
