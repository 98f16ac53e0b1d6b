"""Missing values by arm, and the results over all imputed data sets."""

from dataclasses import replace
from itertools import product

from twoarm.config.designs import adjusted_designs
from twoarm.config.imputation import FILLED, handling, imputed, pooled_subgroups
from twoarm.config.levels import YES
from twoarm.config.populations import ELIGIBLE, ENROLLED
from twoarm.report.document import Paragraph, Section
from twoarm.report.missing_methods import pooled_results
from twoarm.report.run import Run, ratio_tested, share, warning, with_interval, with_p
from twoarm.report.variable_methods import labels
from twoarm.results.values import Found
from twoarm.results.wording import RATE_EFFECTS, RATE_LABELS
from twoarm.tables.cells import number
from twoarm.text.labels import inside_sentence
from twoarm.text.provenance import Piece, joined, prose

POOLED = "pooled over all imputed data sets"  # what a table calls such a result


def missing(run: Run) -> Section | None:
    """Missing values by variable and arm."""
    if "missing" not in run.statistics:
        return None
    text = prose(
        "Some value was missing in {shares}, of the patients who meet all criteria but that of complete values{cited}.",
        shares=run.both_arms(lambda arm: _lacking(run, arm)),
        cited=run.cite("table-missing"),
    )
    return Section("missing", "Missing values", [Paragraph(text), *run.table("missing")])


def _lacking(run: Run, arm: str) -> list[Piece]:
    """`42 of 163 (25.8%)`: the patients of an arm without some value."""
    return share(
        *(run.find("missing", part, population=ELIGIBLE, group=arm) for part in ("missing", "total", "percent"))
    )


def _filled(run: Run) -> list[str]:
    """The variables with imputed values; where one is split among the enrolled patients, its source."""
    return [name for name, done in handling(run.protocol).items() if done == FILLED]


def imputed_counts(run: Run) -> list[Piece]:
    """How many patients of each arm had values imputed, by variable; empty if nothing was."""
    if not _filled(run):
        return []

    def count(name: str):
        return lambda arm: run.count("missing", "missing", population=ENROLLED, group=arm, variable=name)

    counts = [prose("{label} ({n})", label=run.variable(name), n=run.both_arms(count(name))) for name in _filled(run)]
    return prose(" Missing values were imputed: {list}.", list=joined(counts, last="; ", between="; "))


def pooled(run: Run) -> Section | None:
    """The effects of treatment over all imputed data sets, and the tables of all pooled results and of balance."""
    if "pooled" not in run.statistics:
        return None
    text = prose(
        "Missing values of {names} were imputed {count} times. Each data set was analysed by itself. Pooled by Rubin's "
        "rules{cited}: {results}. All other results, such as baseline values, curves, medians, rates and numbers of "
        "patients, are of the first data set.{balance} ",
        names=labels(run, imputed(run.protocol)),
        count=run.key("imputation.data_sets"),
        results=pooled_results(run),
        cited=run.cite("table-pooled"),
        balance=prose(
            " The balance of each variable is given over all data sets{cited}.", cited=run.cite("table-pooled_balance")
        )
        if run.adjusted
        else [],
    )
    told = joined([[*sentence, "."] for sentence in pooled_effects(run)], " ", " ")
    blocks = [Paragraph([*text, *told]), *_balance(run), *_few(run)]
    return Section("pooled", "Imputed data sets", [*blocks, *run.table("pooled"), *run.table("pooled_balance")])


def pooled_effects(run: Run) -> list[list[Piece]]:
    """The pooled hazard ratios of treatment by each design, and the pooled risk differences; none if nothing is pooled.

    Sentences without their full stops.
    """
    if "pooled" not in run.statistics:
        return []
    effects = [_effect(run, *place) for place in product(run.protocol["endpoints"], _designs(run))]
    rates = [_rate(run, *place) for place in _rates(run)]
    told = {
        "Pooled hazard ratios of treatment: {list}": [effect for effect in effects if effect],
        "Pooled risk differences: {list}": [rate for rate in rates if rate],
    }
    return [prose(text, list=joined(items, "; ", "; ")) for text, items in told.items() if items]


def of_first_data_set(run: Run, section: Section) -> Section:
    """A section of results; if the study pools such results, its first paragraph says that these are not the pooled."""
    if "pooled" not in run.statistics or not _is_pooled(run, section.anchor):
        return section
    own = {"balance": ("the balance in all of them is", "table-pooled_balance")}
    what, table = own.get(section.anchor, ("pooled results are", "table-pooled"))
    text = prose(
        " These numbers are of the first imputed data set; {what} in another table{cited}.",
        what=what,
        cited=run.cite(table),
    )
    first = next(place for place, block in enumerate(section.blocks) if isinstance(block, Paragraph))
    blocks = list(section.blocks)
    blocks[first] = blocks[first]._replace(text=[*blocks[first].text, *text])
    return replace(section, blocks=blocks)


def _is_pooled(run: Run, section: str) -> bool:
    """Whether results like those of a section (its anchor) are pooled."""
    return {
        "balance": bool(run.adjusted),
        "survival": bool(run.adjusted or adjusted_designs(run.protocol)),
        "response": bool(run.adjusted),
        "outcomes": bool(run.adjusted),
        "subgroups": bool(pooled_subgroups(run.protocol)),
        "prognosis": True,
    }.get(section, False)


def _designs(run: Run) -> dict[str, str]:
    """The designs with comparable arms and the adjusted ones, each with the method of its hazard ratio."""
    return {population.name: "cox" for population in run.adjusted} | dict.fromkeys(
        adjusted_designs(run.protocol), "cox_adjusted"
    )


def pooled_ratio(run: Run, endpoint: str, design: str) -> tuple[list[Found], Found] | None:
    """The pooled hazard ratio of treatment by a design, with its interval, and its P; None if it was not computed."""
    method = _designs(run).get(design)
    if "pooled" not in run.statistics or method is None:
        return None
    key = {"population": design, "group": run.contrast, "variable": endpoint}
    ratio = run.estimate("pooled", "hazard_ratio", method, **key)
    return (ratio, run.find("pooled", "p_value", (method,), **key)) if ratio[0].key else None


def _effect(run: Run, endpoint: str, design: str) -> list[Piece]:
    """`overall survival, matched patients, 1.37 (95% CI 0.80–2.33; P = 0.240), ...`; empty if it was not computed."""
    found = pooled_ratio(run, endpoint, design)
    if found is None:
        return []
    key = {"population": design, "group": run.contrast, "variable": endpoint}
    whom = {population.name: population.inside_sentence for population in run.populations}
    return prose(
        "{label}, {how}, {ratio}, missing information {share}",
        label=run.lower(run.key(f"endpoints.{endpoint}.label")),
        how=whom.get(design) or run.lower(run.design(design)),
        ratio=ratio_tested(*found),
        share=number(run.find("pooled", "missing_information", (_designs(run)[design],), **key), 2).pieces,
    )


def _rates(run: Run) -> list[tuple[str, str, list[Piece]]]:
    """The response rates and yes/no outcomes: variable and level of their rows, and their names in a sentence."""
    rates = [
        (criterion, rate, [inside_sentence(label), " by ", run.criterion(criterion)])
        for criterion, (rate, label) in product(run.criteria, RATE_LABELS.items())
    ]
    return rates + [
        (name, YES, [run.lower(run.key(f"outcomes.{name}.label"))]) for name in run.protocol.get("outcomes", {})
    ]


def _rate(run: Run, variable: str, level: str, label: list[Piece]) -> list[Piece]:
    """`objective response by mRECIST, matched patients, 11.5 percentage points (95% CI 3.1–19.9; P = 0.007), ...`.

    In the population of the main results, or else the first with comparable arms; empty if it was not computed.
    """
    population = run.main if run.main in run.adjusted else next(iter(run.adjusted), None)
    if population is None:
        return []
    key = {"population": population.name, "group": run.contrast, "variable": variable, "level": level}
    _, methods = RATE_EFFECTS["difference"]
    low, high, difference, p, share = (
        run.find("pooled", part, methods, **key)
        for part in ("ci_low", "ci_high", "difference", "p_value", "missing_information")
    )
    if not difference.key:
        return []
    return prose(
        "{label}, {whom}, {difference}, missing information {share}",
        label=label,
        whom=population.inside_sentence,
        difference=with_p(with_interval(difference, low, high, 1, " percentage points"), p),
        share=number(share, 2).pieces,
    )


def _balance(run: Run) -> list[Paragraph]:
    """A warning of designs whose largest difference is beyond the limit in most data sets."""
    limit, found = run.protocol["balance"]["smd"] if run.adjusted else 0, []
    for population in run.adjusted:
        key = {"population": population.name, "group": run.contrast}
        median, largest = (run.find("pooled", "largest_smd", level=level, **key) for level in ("median", "largest"))
        if median.value > limit:
            parts = {"median": number(median, 3).pieces, "largest": number(largest, 3).pieces}
            found.append(prose("{when} (median {median}, at most {largest})", when=population.when, **parts))
    text = "In most imputed data sets, the largest standardised mean difference was beyond the limit {list}."
    return warning(text, found, "Unbalanced in most imputed data sets: {list}.")


def _few(run: Run) -> list[Paragraph]:
    """A warning if there are fewer data sets than the percentage of an arm's patients with a variable imputed."""
    # ASSUME [imputed]: as many data sets as the percentage of patients with an imputed value are enough.
    found = []
    for name in _filled(run):
        arms = {
            arm: run.find("missing", "percent", population=ENROLLED, group=arm, variable=name)
            for arm in (run.treated, run.control)
        }
        many = [
            [*number(percent, 1).pieces, "% with ", *run.arm(arm)]
            for arm, percent in arms.items()
            if percent.value > run.protocol["imputation"]["data_sets"]
        ]
        if many:
            found.append([run.variable(name), " in ", *joined(many)])
    text = (
        "There are fewer imputed data sets than the percentage of patients with an imputed value ({list}); take more "
        "(imputation.data_sets), so that the results hardly depend on the seed."
    )
    return warning(text, found, "Few imputed data sets for the share of missing values: {list}.")
