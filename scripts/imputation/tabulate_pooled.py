"""The results over all imputed data sets, pooled by Rubin's rules: effects of treatment and prognosis models."""

from collections.abc import Mapping

from twoarm.config.keys import OVERALL, PER_UNIT, unweighted
from twoarm.config.populations import Population, adjusted
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, contrast_of
from twoarm.results.wording import ADJUSTED_NOTE, arm_names, group_name
from twoarm.tables.cells import BLANK, Cell, estimate_cell, number, p_cell, ratio_cell
from twoarm.tables.paper_table import Column, PaperTable, Row, arms_note
from twoarm.tables.table_files import write_paper_table
from twoarm.text.labels import inside_sentence
from twoarm.text.provenance import SIGNIFICANT, Piece, joined, prose
from twoarm.text.units import per_unit

ROBUST = {"cox_pair_robust": ", clustered by pair", "cox_set_robust": ", clustered by matched set"}
TOGETHER = ("cox_multivariable",)
HEADS = ["HR (95% CI)", "P value", "Missing information", "Increase of variance"]


def pooled_table(
    values: Values,
    populations: list[Population],
    designs: Mapping[str, str],
    endpoints: Mapping[str, str],
    models: Mapping[str, dict],
    arms: dict,
) -> PaperTable:
    """Return the table from the statistics `pooled`.

    populations: those of the study; designs: {adjusted design: its label}; endpoints: {name: label}; models:
    {analysis: `label`, and `variables` with label, unit and per}.
    """
    labels = {population.name: population.label for population in populations} | dict(designs)
    rows = []
    for endpoint, label in endpoints.items():
        found = dict.fromkeys(
            (row.population, row.method) for row in values.rows(variable=endpoint, statistic="hazard_ratio", stratum="")
        )
        rows += [Row(label, [BLANK] * len(HEADS))] if found else []
        rows += [
            Row(
                labels[population] + ROBUST.get(method, ""),
                _cells(values, unweighted(method), population=population, variable=endpoint, group=contrast_of(arms)),
                is_level=True,
            )
            for population, method in found
        ]
    for analysis, model in models.items():
        rows += _model_rows(values, analysis, model, arms)
    notes = [
        prose(
            "HR, hazard ratio; CI, confidence interval. Hazard ratios are pooled over all imputed data sets by Rubin's "
            "rules. P value: Wald test; bold below {alpha}. Missing information: the share of the information on a "
            "hazard ratio that missing values would have held. Increase of variance: relative, by the differences "
            "between the data sets.",
            alpha=SIGNIFICANT,
        ),
        *(note for population in adjusted(populations) if (note := sizes_note(values, population, arms))),
        "Estimands: " + "; ".join(f"{other.when}, {other.estimand}" for other in adjusted(populations)) + "."
        if adjusted(populations)
        else "",
        ADJUSTED_NOTE if designs else "",
        arms_note(arms),
    ]
    title = "Results pooled over the imputed data sets"
    return PaperTable(title, "Model", [Column(head) for head in HEADS], rows, [note for note in notes if note])


def sizes_note(values: Values, population: Population, arms: dict) -> list[Piece]:
    """`After matching: 63 pairs (62–63), largest standardised mean difference 0.18 (0.15–0.30), ...`."""
    pairs = _spread(values, "pairs", 0, population=population.name, group=OVERALL)
    patients = [
        [f"{name} ", *_spread(values, "patients", 0, population=population.name, group=arm).pieces]
        for arm, name in arm_names(arms).items()
    ]
    size = prose("{n} pairs", n=pairs.pieces) if pairs.sources else prose("patients: {n}", n=joined(patients))
    return prose(
        "{when}, median (range) over the data sets: {size}; largest standardised mean difference {smd}.",
        when=population.label,
        size=size,
        smd=_spread(values, "largest_smd", 3, population=population.name, group=contrast_of(arms)).pieces,
    )


def _spread(values: Values, statistic: str, digits: int, **key: str) -> Cell:
    """Median and range over the data sets; blank if the statistic was not computed."""
    found = [values.find(statistic, **key, level=level) for level in ("median", "smallest", "largest")]
    return estimate_cell(*found, digits) if found[0].key else BLANK


def _model_rows(values: Values, analysis: str, model: dict, arms: dict) -> list[Row]:
    """The multivariable model of one analysis: its name, then each variable."""
    named = {"arm": {"label": "Treatment"}, **model["variables"]}
    rows = [Row(f"Prognostic factors for {inside_sentence(model['label'])}", [BLANK] * len(HEADS))]
    for name, variable in named.items():
        own = values.rows(stratum=analysis, variable=name, method=TOGETHER[0])
        groups = dict.fromkeys(row.group for row in own if row.statistic == "hazard_ratio")
        for group in [*groups, *([OVERALL] if any(row.group == OVERALL for row in own) else [])]:
            unit = per_unit(variable.get("unit"), variable.get("per", 1))
            what = {PER_UNIT: unit, OVERALL: "all levels"}.get(group, group_name(group, arms))
            key = {"stratum": analysis, "population": own[0].population, "variable": name, "group": group}
            rows.append(Row(f"{variable['label']}, {what}", _cells(values, TOGETHER[0], **key), is_level=True))
    return rows if len(rows) > 1 else []


def _cells(values: Values, method: str, **key: str) -> list[Cell]:
    """Hazard ratio, p, missing information and increase of variance; only p for the test of all levels."""
    ratio, low, high, p, *shares = (
        values.find(part, (method,), **key)
        for part in ("hazard_ratio", "ci_low", "ci_high", "p_value", "missing_information", "variance_increase")
    )
    shown = [number(share, 2) if share.key else BLANK for share in shares]
    return [ratio_cell(ratio, low, high) if ratio.key else BLANK, p_cell(p), *shown]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    table = pooled_table(
        Values(read_statistics(snakemake.input.statistics)),
        snakemake.params.populations,
        snakemake.params.adjusted,
        snakemake.params.endpoints,
        snakemake.params.models,
        snakemake.params.arms,
    )
    write_paper_table(table, snakemake.output, snakemake.params.watermark, snakemake.params.abbreviations)
