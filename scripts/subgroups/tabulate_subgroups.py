"""The effect of treatment in each level of every subgroup, with the test of interaction.

The test of interaction shows whether the effect differs between levels, not which levels are significant
(Rothwell, Lancet 2005;365:176-86).
"""

from twoarm.config.keys import inside
from twoarm.config.levels import printed_levels
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, arm_values, contrast_of, occurring
from twoarm.results.wording import arm_names, contrast_name, estimands_text
from twoarm.tables.cells import BLANK, Cell, count_cell, estimate_cell, p_cell, ratio_cell
from twoarm.tables.estimates import MEDIAN_DIGITS
from twoarm.tables.paper_table import Column, PaperTable, Row, arms_note
from twoarm.tables.splits import split_notes
from twoarm.tables.table_files import write_paper_table
from twoarm.text.labels import inside_sentence
from twoarm.text.provenance import SIGNIFICANT, prose, setting


def subgroups_table(statistics: dict[str, Values], shown: dict[str, dict], endpoints: dict, unit: str, arms: dict):
    """Return the table.

    statistics: {subgroup: its statistics}; shown: {subgroup: label, variable, endpoint, levels, population};
    endpoints: {name: label}; unit: the study's time unit.
    """
    columns = [
        Column(header, name)
        for name in arm_names(arms).values()
        for header in ("Events / patients", f"Median, {unit} (95% CI)")
    ]
    columns += [Column(header, contrast_name(arms)) for header in ("Hazard ratio (95% CI)", "P value")]
    rows = [
        row for name, part in shown.items() for row in _subgroup_rows(statistics[name], part, endpoints, unit, arms)
    ]
    notes = [
        prose(
            "P value: likelihood-ratio test of interaction (subgroup), Wald test of the Cox model (level); bold below "
            "{alpha}. Only the test of interaction shows whether the effect differs between levels.",
            alpha=SIGNIFICANT,
        ),
        "CI, confidence interval.",
        estimands_text(list(dict.fromkeys(part["population"] for part in shown.values()))),
        arms_note(arms),
    ]
    return PaperTable("Effect of treatment by subgroup", "Subgroup", columns, rows, notes)


def _subgroup_rows(values: Values, subgroup: dict, endpoints: dict, unit: str, arms: dict) -> list[Row]:
    """The subgroup with its test of interaction, and a row for each level that occurs."""
    population = subgroup["population"]
    key = {"population": population.name, "variable": subgroup["endpoint"]}
    p = values.find("p_value", ("cox_interaction",), **key, group=contrast_of(arms))
    outcome = f"{inside_sentence(endpoints[subgroup['endpoint']])}, {population.inside_sentence}"
    rows = [Row(f"{subgroup['label']} ({outcome})", [BLANK] * 5 + [p_cell(p)])]
    for level in occurring(subgroup["levels"], values):
        cells = [
            cell for arm in arm_values(arms) for cell in _of_arm(values, key | {"stratum": arm, "group": level}, unit)
        ]
        effect = key | {"stratum": inside(subgroup["variable"], level), "group": contrast_of(arms)}
        ratio = [values.find(part, ("cox",), **effect) for part in ("hazard_ratio", "ci_low", "ci_high")]
        cells += [ratio_cell(*ratio), p_cell(values.find("p_value", ("cox",), **effect))]
        source = setting(f"variables.{subgroup['variable']}", level)
        rows.append(Row(level, cells, is_level=True, sources=(source,)))
    return rows


def _of_arm(values: Values, key: dict, unit: str) -> list[Cell]:
    """Events over patients and the median of one level within one arm."""
    events, total = (count_cell(values.find(part, ("descriptive",), **key)) for part in ("events", "total"))
    median = [values.find(part, ("kaplan_meier",), **key) for part in ("median", "ci_low", "ci_high")]
    counts = Cell(f"{events.text} / {total.text}", events.note or total.note, sources=events.sources + total.sources)
    return [counts, estimate_cell(*median, MEDIAN_DIGITS[unit])]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    params = snakemake.params
    table = subgroups_table(
        {
            name: Values(read_statistics(path))
            for name, path in zip(params.subgroups, snakemake.input.statistics, strict=True)
        },
        {
            name: subgroup
            | {"levels": printed_levels(params.variables[subgroup["variable"]]), "population": params.populations[name]}
            for name, subgroup in params.subgroups.items()
        },
        params.endpoints,
        params.unit,
        params.arms,
    )
    table.notes += split_notes(snakemake.input.cut_points, params.variables)
    write_paper_table(table, snakemake.output, params.watermark, params.abbreviations)
