"""The effect of treatment in all patients and in each level of every subgroup, with the test of interaction.

The test of interaction shows whether the effect differs between levels, not which levels are significant
(Rothwell, Lancet 2005;365:176-86), so it has a column of its own.
"""

from twoarm.config.keys import inside
from twoarm.config.subgroups import by_outcome
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, arm_values, contrast_of, occurring
from twoarm.results.wording import arm_names, contrast_name, estimands_text, naming_arms
from twoarm.tables.cells import BLANK, Cell, count_cell, estimate_cell, p_cell, ratio_cell
from twoarm.tables.estimates import MEDIAN_DIGITS
from twoarm.tables.paper_table import Column, PaperTable, Row, arms_note
from twoarm.tables.splits import split_notes
from twoarm.tables.table_files import write_paper_table
from twoarm.text.labels import inside_sentence
from twoarm.text.provenance import SIGNIFICANT, prose, setting

EFFECTS = ("Hazard ratio (95% CI)", "P value", "P for interaction")


def subgroups_table(
    survival: Values,
    subgroups: dict[str, Values],
    shown: dict[str, dict],
    endpoints: dict,
    unit: str,
    arms: dict,
    outcome: str = "",
) -> PaperTable:
    """Return the table: for each endpoint and population, all patients, then each subgroup with its levels.

    survival: the statistics of survival; subgroups: {subgroup: its statistics}; shown: {subgroup: label, variable,
    endpoint, levels, population}; endpoints: {name: label}; unit: the study's time unit; outcome: endpoint and
    patients in words, of a list of variables.
    """
    columns = [
        Column(header, name)
        for name in arm_names(arms).values()
        for header in ("Events / patients", f"Median, {unit} (95% CI)")
    ]
    columns += [Column(header, contrast_name(arms)) for header in EFFECTS]
    parts, rows = by_outcome(shown), []
    for (endpoint, population), names in parts.items():
        label = f"All patients ({inside_sentence(endpoints[endpoint])}, {population.inside_sentence})"
        key = {"population": population.name, "variable": endpoint}
        within = [key | {"group": arm} for arm in arm_values(arms)]
        effect = key | {"group": contrast_of(arms)}
        rows.append(Row(label, [*_cells(survival, within, effect, unit), BLANK]))
        rows += [row for name in names for row in _subgroup_rows(subgroups[name], shown[name], unit, arms)]
    populations = list(dict.fromkeys(population for _, population in parts))
    tests = " or ".join(
        sorted({"robust Wald test" if population.weights else "likelihood-ratio test" for population in populations})
    )
    notes = [
        prose(
            "P value: Wald test of the Cox model; P for interaction: {tests}; bold below {alpha}. Only the test of "
            "interaction shows whether the effect differs between levels.",
            tests=tests,
            alpha=SIGNIFICANT,
        ),
        "CI, confidence interval.",
        estimands_text(populations),
        arms_note(arms),
    ]
    title = "Effect of treatment by subgroup"
    return PaperTable(f"{title}: {inside_sentence(outcome)}" if outcome else title, "Subgroup", columns, rows, notes)


def _subgroup_rows(values: Values, subgroup: dict, unit: str, arms: dict) -> list[Row]:
    """The subgroup with its test of interaction, and a row for each level that occurs."""
    key = {"population": subgroup["population"].name, "variable": subgroup["endpoint"]}
    p = values.find("p_value", ("cox_interaction",), **key, group=contrast_of(arms))
    rows = [Row(subgroup["label"], [BLANK] * 6 + [p_cell(p)])]
    for level in occurring(subgroup["levels"], values):
        within = [key | {"stratum": arm, "group": level} for arm in arm_values(arms)]
        effect = key | {"stratum": inside(subgroup["variable"], level), "group": contrast_of(arms)}
        source = setting(f"variables.{subgroup['variable']}", level)
        rows.append(Row(level, [*_cells(values, within, effect, unit), BLANK], is_level=True, sources=(source,)))
    return rows


def _cells(values: Values, within: list[dict], effect: dict, unit: str) -> list[Cell]:
    """Both arms, and the effect of treatment with its p-value. within: the key of each arm; effect: of the contrast."""
    cells = [cell for key in within for cell in _of_arm(values, key, unit)]
    ratio = [values.find(part, ("cox",), **effect) for part in ("hazard_ratio", "ci_low", "ci_high")]
    return [*cells, ratio_cell(*ratio), p_cell(values.find("p_value", ("cox",), **effect))]


def _of_arm(values: Values, key: dict, unit: str) -> list[Cell]:
    """Events over patients and the median of one group within one arm."""
    events, total = (count_cell(values.find(part, ("descriptive",), **key)) for part in ("events", "total"))
    median = [values.find(part, ("kaplan_meier",), **key) for part in ("median", "ci_low", "ci_high")]
    counts = Cell(f"{events.text} / {total.text}", events.note or total.note, sources=events.sources + total.sources)
    return [counts, estimate_cell(*median, MEDIAN_DIGITS[unit])]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    params = snakemake.params
    table = subgroups_table(
        Values(naming_arms(read_statistics(snakemake.input.survival), params.arms)),
        {
            name: Values(naming_arms(read_statistics(path), params.arms))
            for name, path in zip(params.subgroups, snakemake.input.subgroups, strict=True)
        },
        params.subgroups,
        params.endpoints,
        params.unit,
        params.arms,
        params.outcome,
    )
    table.notes += split_notes(snakemake.input.cut_points, params.variables)
    write_paper_table(table, snakemake.output, params.watermark, params.abbreviations)
