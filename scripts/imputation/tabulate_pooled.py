"""The results over all imputed data sets, pooled by Rubin's rules: effects of treatment and prognosis models."""

from collections.abc import Mapping, Sequence

from twoarm.config.keys import OVERALL, PER_UNIT, unweighted
from twoarm.config.levels import YES
from twoarm.config.populations import Population, adjusted
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, contrast_of
from twoarm.results.wording import ADJUSTED_NOTE, RATE_EFFECTS, RATE_LABELS, arm_names, group_name
from twoarm.tables.cells import BLANK, Cell, estimate_cell, number, p_cell, ratio_cell
from twoarm.tables.paper_table import Column, PaperTable, Row, arms_note
from twoarm.tables.table_files import write_paper_table
from twoarm.text.labels import inside_sentence
from twoarm.text.provenance import SIGNIFICANT, Piece, joined, prose
from twoarm.text.units import per_unit

ROBUST = {"cox_pair_robust": ", clustered by pair", "cox_set_robust": ", clustered by matched set"}
TOGETHER = ("cox_multivariable",)
HEADS = ["Estimate (95% CI)", "P value", "Missing information", "Increase of variance"]


def pooled_table(values: Values, populations: Sequence[Population], printed: Mapping, arms: dict) -> PaperTable:
    """Return the table from the statistics `pooled`.

    populations: those of the study; printed: {`designs` (the adjusted ones), `endpoints`, `criteria`, `outcomes`:
    {name: label}; `subgroups`: {analysis: label, endpoint (its label), population}; `models`: {analysis: `label`, and
    `variables` with label, unit and per}}.
    """
    rows = []
    for name, label in printed["endpoints"].items():
        rows += _endpoint_rows(values, name, label, populations, printed["designs"], arms)
    rates = {
        (name, rate): f"{words} by {label}"
        for name, label in printed["criteria"].items()
        for rate, words in RATE_LABELS.items()
    }
    rates |= {(name, YES): label for name, label in printed["outcomes"].items()}
    for (name, level), label in rates.items():
        rows += _rate_rows(values, name, level, label, populations, arms)
    for analysis, subgroup in printed["subgroups"].items():
        rows += _subgroup_rows(values, analysis, subgroup, arms)
    for analysis, model in printed["models"].items():
        rows += _model_rows(values, analysis, model, arms)
    notes = [
        prose(
            "CI, confidence interval. Results are pooled over all imputed data sets by Rubin's rules, ratios on the "
            "log scale. P value: Wald test; bold below {alpha}. Missing information: the share of the information on "
            "an estimate that missing values would have held. Increase of variance: relative, by the differences "
            "between the data sets.",
            alpha=SIGNIFICANT,
        ),
        *(note for population in adjusted(populations) if (note := sizes_note(values, population, arms))),
        "Estimands: " + "; ".join(f"{other.when}, {other.estimand}" for other in adjusted(populations)) + "."
        if adjusted(populations)
        else "",
        ADJUSTED_NOTE if printed["designs"] else "",
        arms_note(arms),
    ]
    title = "Results pooled over the imputed data sets"
    return PaperTable(title, "Result", [Column(head) for head in HEADS], rows, [note for note in notes if note])


def _headed(label: str, rows: list[Row]) -> list[Row]:
    """Rows below their heading; none without any."""
    return [Row(label, [BLANK] * len(HEADS)), *rows] if rows else []


def _endpoint_rows(
    values: Values, name: str, label: str, populations: Sequence[Population], designs: Mapping[str, str], arms: dict
) -> list[Row]:
    """The hazard ratio of an endpoint by each design."""
    labels = {population.name: population.label for population in populations} | dict(designs)
    found = dict.fromkeys(
        (row.population, row.method) for row in values.rows(variable=name, statistic="hazard_ratio", stratum="")
    )
    rows = [
        Row(
            labels[population] + ROBUST.get(method, ""),
            _cells(values, (unweighted(method),), population=population, variable=name, group=contrast_of(arms)),
            is_level=True,
        )
        for population, method in found
    ]
    return _headed(f"{label}: hazard ratio of treatment", rows)


def _rate_rows(
    values: Values, name: str, level: str, label: str, populations: Sequence[Population], arms: dict
) -> list[Row]:
    """The effects of treatment on a response rate or an outcome, in each population with comparable arms."""
    rows = []
    for population in adjusted(populations):
        key = {"population": population.name, "variable": name, "level": level, "group": contrast_of(arms)}
        rows += [
            Row(f"{population.label}, {words}", _cells(values, methods, statistic, **key), is_level=True)
            for statistic, (words, methods) in RATE_EFFECTS.items()
            if values.find(statistic, methods, **key).key
        ]
    return _headed(f"{label}: effect of treatment", rows)


def _subgroup_rows(values: Values, analysis: str, subgroup: dict, arms: dict) -> list[Row]:
    """The hazard ratio of treatment in each level of a subgroup, and the test of interaction."""
    whom = f"{inside_sentence(subgroup['endpoint'])}, {subgroup['population'].inside_sentence}"
    own = values.rows(stratum=analysis)
    key = {"stratum": analysis, "population": subgroup["population"].name, "group": contrast_of(arms)}
    rows = []
    for row in own:
        if row.statistic == "hazard_ratio":
            cells = _cells(values, ("cox",), variable=row.variable, level=row.level, **key)
            rows.append(Row(row.level, cells, is_level=True))
        elif unweighted(row.method) == "cox_interaction":
            p = values.find("p_value", ("cox_interaction",), variable=row.variable, **key)
            rows.append(Row("Interaction", [BLANK, p_cell(p), BLANK, BLANK], is_level=True))
    return _headed(f"{subgroup['label']} ({whom}): hazard ratio of treatment", rows)


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
    rows = []
    for name, variable in named.items():
        own = values.rows(stratum=analysis, variable=name, method=TOGETHER[0])
        groups = dict.fromkeys(row.group for row in own if row.statistic == "hazard_ratio")
        for group in [*groups, *([OVERALL] if any(row.group == OVERALL for row in own) else [])]:
            unit = per_unit(variable.get("unit"), variable.get("per", 1))
            what = {PER_UNIT: unit, OVERALL: "all levels"}.get(group, group_name(group, arms))
            key = {"stratum": analysis, "population": own[0].population, "variable": name, "group": group}
            rows.append(Row(f"{variable['label']}, {what}", _cells(values, TOGETHER, **key), is_level=True))
    return _headed(f"Prognostic factors for {inside_sentence(model['label'])}: hazard ratio", rows)


def _cells(values: Values, methods: tuple[str, ...], statistic: str = "hazard_ratio", **key: str) -> list[Cell]:
    """An estimate, p, missing information and increase of variance; only p for the test of all levels."""
    estimate, low, high, p, *shares = (
        values.find(part, methods, **key)
        for part in (statistic, "ci_low", "ci_high", "p_value", "missing_information", "variance_increase")
    )
    shown = [number(share, 2) if share.key else BLANK for share in shares]
    cell = estimate_cell(estimate, low, high, 1) if statistic == "difference" else ratio_cell(estimate, low, high)
    return [cell if estimate.key else BLANK, p_cell(p), *shown]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    table = pooled_table(
        Values(read_statistics(snakemake.input.statistics)),
        snakemake.params.populations,
        snakemake.params.printed,
        snakemake.params.arms,
    )
    write_paper_table(table, snakemake.output, snakemake.params.watermark, snakemake.params.abbreviations)
