"""Forest plot of the treatment effect in all patients and in each level of every subgroup.

It only reads statistics. The test of interaction shows whether the effect differs between levels, not which
intervals include 1 (Rothwell, Lancet 2005;365:176-86).
"""

import math
from collections.abc import Iterable
from functools import partial

from matplotlib.figure import Figure

from twoarm.config.keys import inside
from twoarm.config.subgroups import by_outcome
from twoarm.figures.forest_figure import ForestRow, Series, forest_figure
from twoarm.figures.palette import arm_colours
from twoarm.figures.writer import PAGE_MM, is_narrow, save_both
from twoarm.results.errors import log_to
from twoarm.results.rows import TOO_FEW, read_statistics
from twoarm.results.values import Values, arm_values, contrast_of
from twoarm.results.wording import arm_names, arms_text, contrast_name, estimands_text, long_contrast
from twoarm.tables.estimates import NONE, absence, count_text, found_with_limits, ratio_text, signs_in
from twoarm.text.labels import inside_sentence
from twoarm.text.rounding import p_label, p_text

OVERALL, LEVELS = (5.5, 2.5)  # points: the overall marker, the smallest marker
EFFECT = Series("Treatment", "black", "s")


def draw_subgroup_forest(
    survival: Values,
    subgroups: dict[str, Values],
    shown: dict[str, dict],
    endpoints: dict[str, str],
    arms: dict,
    width_mm: float = PAGE_MM,
) -> Figure:
    """Return the figure: for each endpoint and population, all patients, then each subgroup with its levels.

    survival: the statistics of survival; subgroups: {subgroup: its statistics}; shown: {subgroup: label, variable,
    endpoint, levels, population}; endpoints: {endpoint: label}; arms: the config's. In a column, the tests of
    interaction have no column of their own.
    """
    parts, rows, narrow = by_outcome(shown), [], is_narrow(width_mm)
    for (endpoint, population), names in parts.items():
        title = "All patients" if len(parts) == 1 else f"{endpoints[endpoint]}, {population.inside_sentence}"
        rows.append(_overall_row(survival, title, population.name, endpoint, arms))
        rows += [row for name in names for row in _subgroup_rows(subgroups[name], shown[name], arms, narrow)]
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
    signs = [signs_in(text for row in rows for text in row.right), *_too_few(subgroups.values())]
    return forest_figure(
        rows=rows,
        left=[(f"{names[arm]}\nevents/patients", colour) for arm, colour in arm_colours(arms).items()],
        right=[(f"Hazard ratio\n{compared}", "black"), ("Interaction\nP", "black")][: 1 if narrow else 2],
        series=[EFFECT],
        xlabel=f"Hazard ratio{outcome} (95% CI)",
        sides=(f"Favours {treated}", f"Favours {control}"),
        note=" ".join(filter(None, [note, "Size of squares: number of events.", *signs])),
        width_mm=width_mm,
    )


def _overall_row(values: Values, title: str, population: str, endpoint: str, arms: dict) -> ForestRow:
    key = {"population": population, "variable": endpoint}
    counts = [_count(values, key | {"group": arm}) for arm in arm_values(arms)]
    effect = found_with_limits(values, "hazard_ratio", "cox", **key, group=contrast_of(arms))
    cells = [ratio_text(effect), ""]
    drawn = tuple(part.value for part in effect)
    return ForestRow(title, [text for text, _ in counts], cells, [drawn], [OVERALL], heading=True)


def _subgroup_rows(values: Values, subgroup: dict, arms: dict, narrow: bool) -> list[ForestRow]:
    """A heading with the test of interaction, in a column above the ratios, and a row for each level that occurs."""
    key = {"population": subgroup["population"].name, "variable": subgroup["endpoint"]}
    p = values.find("p_value", ("cox_interaction",), **key, group=contrast_of(arms))
    known = p_label(p.value) if narrow else p_text(p.value)
    test = p.printed(known or absence(p))
    rows = [ForestRow(subgroup["label"], ["", ""], [f"Interaction:\n{test}"] if narrow else ["", test], heading=True)]
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


def _too_few(subgroups: Iterable[Values]) -> list[str]:
    """Why some levels have a dash in place of a hazard ratio: too few events."""
    notes = (row.note for values in subgroups for row in values.rows(statistic="hazard_ratio"))
    return [f"{NONE}, {note}." for note in dict.fromkeys(notes) if note.startswith(TOO_FEW)]


def _count(values: Values, key: dict) -> tuple[str, float]:
    """Events/patients as text, and the number of events (0 where unknown)."""
    events, total = (values.find(name, ("descriptive",), **key) for name in ("events", "total"))
    if math.isnan(total.value) and not total.masked:
        return NONE, 0.0
    text = "/".join(found.printed(count_text(found.value)) for found in (events, total))
    return text, 0.0 if math.isnan(events.value) else events.value


if __name__ == "__main__":
    log_to(snakemake.log[0])
    draw = partial(
        draw_subgroup_forest,
        survival=Values(read_statistics(snakemake.input.survival)),
        subgroups={
            name: Values(read_statistics(path))
            for name, path in zip(snakemake.params.subgroups, snakemake.input.subgroups, strict=True)
        },
        shown=snakemake.params.subgroups,
        endpoints=snakemake.params.endpoints,
        arms=snakemake.params.arms,
    )
    save_both(draw, snakemake.output, snakemake.params.watermark)
