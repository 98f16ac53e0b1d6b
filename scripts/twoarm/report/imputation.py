"""Results over all imputed data sets."""

from twoarm.config.designs import adjusted_designs
from twoarm.config.imputation import imputed
from twoarm.report.document import Bullets, Paragraph, Section
from twoarm.report.run import Run, listed, ratio_with_interval
from twoarm.report.variable_methods import labels
from twoarm.tables.cells import number, p_words
from twoarm.text.provenance import Piece, prose


def pooled(run: Run) -> Section | None:
    """The hazard ratios of treatment over all imputed data sets, and the table with the prognosis models."""
    if "pooled" not in run.statistics:
        return None
    text = prose(
        "Missing values of {names} were imputed {count} times. Each data set was matched, weighted and analysed by "
        "itself, and the hazard ratios were pooled by Rubin's rules. Everywhere else, the report shows the first data "
        "set.",
        names=labels(run, imputed(run.protocol)),
        count=run.key("imputation.data_sets"),
    )
    designs = [*(population.name for population in run.adjusted), *adjusted_designs(run.protocol)]
    items = [item for name in designs for item in pooled_effects(run, name)]
    blocks = [Paragraph(text), *([Bullets(items)] if items else []), *_balance(run)]
    return Section("pooled", "Imputed data sets", [*blocks, *run.table("pooled")])


def pooled_effects(run: Run, design: str) -> list[list[Piece]]:
    """The pooled hazard ratio of treatment of each endpoint in a design; empty if nothing was imputed."""
    if "pooled" not in run.statistics:
        return []
    whom = {population.name: population.inside_sentence for population in run.populations}
    items = []
    for endpoint in run.protocol["endpoints"]:
        key = {"population": design, "group": run.contrast, "variable": endpoint}
        method = "cox_adjusted" if design in adjusted_designs(run.protocol) else "cox"
        ratio = run.estimate("pooled", "hazard_ratio", method, **key)
        if not ratio[0].key:
            continue
        how = run.lower(run.design(design)) if design not in whom else whom[design]
        items.append(
            prose(
                "{label}, {how}, pooled over the imputed data sets: hazard ratio {ratio} for {contrast}; {p} (missing "
                "information {missing}).",
                label=run.key(f"endpoints.{endpoint}.label"),
                how=how,
                ratio=ratio_with_interval(*ratio),
                contrast=run.contrast_pieces,
                p=p_words(run.find("pooled", "p_value", (method,), **key)),
                missing=number(run.find("pooled", "missing_information", (method,), **key), 2).pieces,
            )
        )
    return items


def _balance(run: Run) -> list[Paragraph]:
    """A warning of designs whose largest difference is beyond the limit in most data sets."""
    limit, found = run.protocol["balance"]["smd"] if run.adjusted else 0, []
    for population in run.adjusted:
        key = {"population": population.name, "group": run.contrast}
        median, largest = (run.find("pooled", "largest_smd", level=level, **key) for level in ("median", "largest"))
        if median.value > limit:
            text = "{when} (median {median}, at most {largest})"
            parts = {"median": number(median, 3).pieces, "largest": number(largest, 3).pieces}
            found.append(prose(text, when=population.when, **parts))
    text = "In most imputed data sets, some standardised mean difference was beyond the limit {list}."
    return [Paragraph(prose(text, list=listed(found)), "warning")] if found else []
