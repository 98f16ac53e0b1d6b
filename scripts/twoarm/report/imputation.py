"""Results over all imputed data sets."""

from itertools import product

from twoarm.config.designs import adjusted_designs
from twoarm.config.imputation import FILLED, handling, imputed
from twoarm.config.populations import ELIGIBLE, ENROLLED
from twoarm.report.document import Bullets, Paragraph, Section
from twoarm.report.run import Run, ratio_with_interval, share, warning
from twoarm.report.variable_methods import labels
from twoarm.tables.cells import number, p_words
from twoarm.text.provenance import Piece, joined, prose


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
    blocks = [Paragraph(text), *([Bullets(items)] if items else []), *_balance(run), *_few(run)]
    return Section("pooled", "Imputed data sets", [*blocks, *run.table("pooled")])


def missing(run: Run) -> Section | None:
    """Missing values by variable and arm."""
    if "missing" not in run.statistics:
        return None
    text = prose(
        "Of the patients who meet all criteria but that of complete values, {treated} in the {arm} group and {control} "
        "in the {other} group lack some value.",
        treated=_lacking(run, run.treated),
        arm=run.arm(run.treated),
        control=_lacking(run, run.control),
        other=run.arm(run.control),
    )
    return Section("missing", "Missing values", [Paragraph(text), *run.table("missing")])


def _lacking(run: Run, arm: str) -> list[Piece]:
    """`42 of 163 (25.8%)`: the patients of an arm without some value."""
    key = {"population": ELIGIBLE, "group": arm}
    return share(*(run.find("missing", part, **key) for part in ("missing", "total", "percent")))


def _filled(run: Run) -> list[str]:
    """The variables with imputed values; where one is split among the enrolled patients, its source."""
    return [name for name, done in handling(run.protocol).items() if done == FILLED]


def imputed_counts(run: Run) -> list[Piece]:
    """How many patients of each arm had values imputed, by variable; empty if nothing was."""
    names = _filled(run)
    if not names:
        return []
    counts = [
        prose(
            "{label}, {treated} and {control}",
            label=run.variable(name),
            treated=run.count("missing", "missing", population=ENROLLED, group=run.treated, variable=name),
            control=run.count("missing", "missing", population=ENROLLED, group=run.control, variable=name),
        )
        for name in names
    ]
    return prose(
        " Nobody was left out for these missing values, which were imputed (patients in the {arm} and the {other} "
        "group): {list}.",
        list=joined(counts, last="; ", between="; "),
        arm=run.arm(run.treated),
        other=run.arm(run.control),
    )


def _few(run: Run) -> list[Paragraph]:
    """A warning if there are fewer data sets than the percentage of an arm's patients with a variable imputed."""
    # ASSUME [imputed]: as many data sets as the percentage of patients with an imputed value are enough.
    found = []
    for name, arm in product(_filled(run), (run.treated, run.control)):
        percent = run.find("missing", "percent", population=ENROLLED, group=arm, variable=name)
        if percent.value > run.protocol["imputation"]["data_sets"]:
            found.append([run.variable(name), ", ", *number(percent, 1).pieces, "% in the ", *run.arm(arm), " group"])
    text = (
        "There are fewer imputed data sets than the percentage of patients with an imputed value ({list}); take more "
        "(imputation.data_sets), so that the results hardly depend on the seed."
    )
    return warning(text, found)


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
    return warning(text, found)
