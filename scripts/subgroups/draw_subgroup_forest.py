"""Forest plot of the treatment effect in all patients and in each level of every subgroup.

It only reads statistics. The test of interaction shows whether the effect differs between levels, not which
intervals include 1 (Rothwell, Lancet 2005;365:176-86).
"""

import math

from matplotlib.figure import Figure

from twoarm.config.keys import inside
from twoarm.config.levels import printed_levels
from twoarm.figures.forest_figure import ForestRow, Series, forest_figure
from twoarm.figures.palette import arm_colours
from twoarm.figures.writer import save
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, arm_values, contrast_of
from twoarm.results.wording import arm_names, arms_text, contrast_name, estimands_text, long_contrast
from twoarm.tables.estimates import NONE, absence, count_text, found_with_limits, ratio_text, signs_in
from twoarm.text.labels import inside_sentence
from twoarm.text.rounding import p_text

OVERALL, LEVELS = (5.5, 2.5)  # points: the overall marker, the smallest marker
EFFECT = Series("Treatment", "black", "s")


def draw_subgroup_forest(
    survival: Values, subgroups: dict[str, Values], shown: dict[str, dict], endpoints: dict[str, str], arms: dict
) -> Figure:
    """Return the figure: for each endpoint and population of a subgroup, all patients, then the levels.

    survival: the statistics of survival; subgroups: {subgroup: its statistics}; shown: {subgroup: label, variable,
    endpoint, levels, population}; endpoints: {endpoint: label}; arms: the config's.
    """
    parts = dict.fromkeys((subgroup["endpoint"], subgroup["population"]) for subgroup in shown.values())
    rows = []
    for endpoint, population in parts:
        title = "All patients" if len(parts) == 1 else f"{endpoints[endpoint]}, {population.inside_sentence}"
        rows.append(_overall_row(survival, title, population.name, endpoint, arms))
        for name, subgroup in shown.items():
            if (subgroup["endpoint"], subgroup["population"]) == (endpoint, population):
                rows += _subgroup_rows(subgroups[name], subgroup, arms)
    names = arm_names(arms)
    treated, control = map(inside_sentence, names.values())
    drawn = list(dict.fromkeys(endpoint for endpoint, _ in parts))
    outcome = f" for {inside_sentence(endpoints[drawn[0]])}" if len(drawn) == 1 else ""
    shown_in = list(dict.fromkeys(population for _, population in parts))
    note = "" if len(parts) > 1 else f"{shown_in[0].whom}. "
    note += f"{estimands_text(shown_in)} {arms_text(arms)}"
    long = long_contrast(arms)
    note += f"Hazard ratio: {long}." if long else ""
    compared = "(95% CI)" if long else f"{contrast_name(arms)} (95% CI)"
    signs = signs_in(text for row in rows for text in row.right)
    return forest_figure(
        rows=rows,
        left=[(f"{names[arm]}\nevents/patients", colour) for arm, colour in arm_colours(arms).items()],
        right=[(f"Hazard ratio\n{compared}", "black"), ("Interaction\nP", "black")],
        series=[EFFECT],
        xlabel=f"Hazard ratio{outcome} (95% CI)",
        sides=(f"Favours {treated}", f"Favours {control}"),
        note=f"{note} Size of squares: number of events. {signs}".strip(),
    )


def _overall_row(values: Values, title: str, population: str, endpoint: str, arms: dict) -> ForestRow:
    key = {"population": population, "variable": endpoint}
    counts = [_count(values, key | {"group": arm}) for arm in arm_values(arms)]
    effect = found_with_limits(values, "hazard_ratio", "cox", **key, group=contrast_of(arms))
    cells = [ratio_text(effect), ""]
    drawn = tuple(part.value for part in effect)
    return ForestRow(title, [text for text, _ in counts], cells, [drawn], [OVERALL], heading=True)


def _subgroup_rows(values: Values, subgroup: dict, arms: dict) -> list[ForestRow]:
    """A heading with the test of interaction, and a row for each level that occurs."""
    key = {"population": subgroup["population"].name, "variable": subgroup["endpoint"]}
    p = values.find("p_value", ("cox_interaction",), **key, group=contrast_of(arms))
    test = p.printed(p_text(p.value) or absence(p))
    rows = [ForestRow(subgroup["label"], ["", ""], ["", test], heading=True)]
    levels = {
        level: [_count(values, key | {"stratum": arm, "group": level}) for arm in arm_values(arms)]
        for level in subgroup["levels"]
    }
    most = sum(events for counts in levels.values() for _, events in counts) or 1
    for level, counts in levels.items():
        if any(text not in (NONE, "0/0") for text, _ in counts):
            of_level = key | {"stratum": inside(subgroup["variable"], level), "group": contrast_of(arms)}
            effect = found_with_limits(values, "hazard_ratio", "cox", **of_level)
            size = max(LEVELS, OVERALL * math.sqrt(sum(events for _, events in counts) / most))
            texts, drawn = [text for text, _ in counts], tuple(part.value for part in effect)
            rows.append(ForestRow(level, texts, [ratio_text(effect), ""], [drawn], [size], indent=True))
    return rows


def _count(values: Values, key: dict) -> tuple[str, float]:
    """Events/patients as text, and the number of events (0 where unknown)."""
    events, total = (values.find(name, ("descriptive",), **key) for name in ("events", "total"))
    if math.isnan(total.value) and not total.masked:
        return NONE, 0.0
    text = "/".join(found.printed(count_text(found.value)) for found in (events, total))
    return text, 0.0 if math.isnan(events.value) else events.value


if __name__ == "__main__":
    log_to(snakemake.log[0])
    figure = draw_subgroup_forest(
        survival=Values(read_statistics(snakemake.input.survival)),
        subgroups={
            name: Values(read_statistics(path))
            for name, path in zip(snakemake.params.subgroups, snakemake.input.subgroups, strict=True)
        },
        shown={
            name: subgroup
            | {
                "levels": printed_levels(snakemake.params.variables[subgroup["variable"]]),
                "population": snakemake.params.populations[name],
            }
            for name, subgroup in snakemake.params.subgroups.items()
        },
        endpoints=snakemake.params.endpoints,
        arms=snakemake.params.arms,
    )
    save(figure, snakemake.output, watermark=snakemake.params.watermark)
