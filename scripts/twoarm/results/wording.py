"""The printed names of criteria and arms, and where a paper prints a value."""

from collections.abc import Iterable, Sequence

from twoarm.config.keys import contrast
from twoarm.config.populations import Population
from twoarm.config.response_criteria import CRITERIA
from twoarm.results.rows import EVENTLESS, KEY, Statistic

WEIGHTED_NOTE = (
    "Percentages and estimates of weighted patients are weighted, with robust intervals and tests; numbers of patients "
    "and events are not."
)
# In figures of single patients, and of numbers of patients, of a population with weights.
BARS_NOTE = "Bars and numbers of patients are not weighted."
COUNTS_NOTE = "Numbers of patients and kappa are not weighted."
ADJUSTED_NOTE = "Adjusted hazard ratios are conditional on the covariates of their model, in all enrolled patients."
HEADER = 20  # characters of the arms' contrast in a header or a row
MODELS = {"cox_univariable": "Univariable", "cox_multivariable": "Multivariable"}  # of the prognosis, by method
RATE_LABELS = {"ORR": "Objective response", "DCR": "Disease control"}
# The effects of treatment on a rate, pooled over imputed data sets: {statistic: (in words, the methods it may have)}.
RATE_EFFECTS = {
    "difference": ("risk difference, % points", ("newcombe", "wald_difference")),
    "risk_ratio": ("risk ratio", ("katz",)),
    "odds_ratio": ("odds ratio", ("wald",)),
}
REMOVED = "removed from the model"  # note of a variable that backward elimination removes


def whom_text(population: Population, arms: dict, head: str = "Estimand", weighted: str = WEIGHTED_NOTE) -> str:
    """How a figure's note begins: the patients, what is estimated, and the arms (the config's `arms`).

    `Matched patients. Estimand: average treatment effect in .... A: drug A. B: drug B.` head, weighted: as for
    estimand_text.
    """
    return f"{population.whom}. {estimand_text(population, head, weighted)} {arms_text(arms)}".rstrip()


def estimand_text(population: Population, head: str = "Estimand", weighted: str = WEIGHTED_NOTE) -> str:
    """What the comparison of a population's arms estimates: one sentence, and how numbers of weighted patients read.

    head: begins what is estimated; weighted: the second sentence, of a population with weights. A last one says which
    imputed values the patients have, if any.
    """
    return _sentences(f"{head}: {population.estimand}.", weighted if population.weights else "", population.note)


def estimands_text(populations: Sequence[Population], weighted: str = WEIGHTED_NOTE) -> str:
    """What the comparison of the arms estimates in each of several populations, in one sentence.

    weighted: a second sentence, if one of them has weights.
    """
    if len(populations) == 1:
        return estimand_text(populations[0], weighted=weighted)
    listed = "; ".join(f"{population.when}, {population.estimand}" for population in populations)
    of_weights = any(population.weights for population in populations)
    return _sentences(f"Estimands: {listed}.", weighted if of_weights else "", populations[0].note)


def _sentences(*parts: str) -> str:
    """Sentences, some of which may be empty."""
    return " ".join(filter(None, parts))


def arms_text(arms: dict) -> str:
    """The arms' short names with their labels, treated first: `A: drug A. B: drug B.`; no name that is its label."""
    both = (arms["treated"], arms["control"])
    return " ".join(f"{arm['short']}: {arm['label']}." for arm in both if arm["short"] != arm["label"])


def arm_names(arms: dict) -> dict[str, str]:
    """The printed name of each arm by its value, treated first."""
    return {arm["value"]: arm["short"] for arm in (arms["treated"], arms["control"])}


def naming_arms(rows: Iterable[Statistic], arms: dict) -> list[Statistic]:
    """Rows whose notes on a contrast of the arms have their short names: `no event with Drug A` for `no event at 1`."""
    said = {f"{EVENTLESS} {value}": f"no event with {name}" for value, name in arm_names(arms).items()}
    compared = contrast(*arm_names(arms))

    def named(note: str) -> str:
        return "; ".join(said.get(part, part) for part in note.split("; "))

    return [row._replace(note=named(row.note)) if row.group == compared else row for row in rows]


def contrast_name(arms: dict) -> str:
    """The arms' contrast as it is printed: `A vs B`. Rows have the group of `values.contrast_of`."""
    return contrast(*arm_names(arms).values())


def long_contrast(arms: dict) -> str:
    """The arms' contrast if it is too long for a header or a row, so that a note must give it; else empty."""
    return contrast_name(arms) if len(contrast_name(arms)) > HEADER else ""


def full_name(arm: dict) -> str:
    """An arm's label with its short name, where that is another: `drug A + drug B (AB)`."""
    return arm["label"] if arm["short"] == arm["label"] else f"{arm['label']} ({arm['short']})"


def group_name(group: str, arms: dict) -> str:
    """A row's group as it is printed: the contrast of the arms by their short names, any other as it is."""
    return contrast_name(arms) if group == contrast(*arm_names(arms)) else group


def audited_level(endpoint: str) -> str:
    """The level of the audit's row that compares progression as best response with an endpoint."""
    return f"PD, {endpoint}"


def describe(row: dict) -> str:
    """A row's key in words, without its empty parts: `baseline, matched, TRP, dose, 120-160mg, percent`."""
    return ", ".join(row[name] for name in KEY if row[name])


def where_printed(row: dict, labels: dict[str, str], populations: Iterable[Population]) -> str:
    """`Table 2B, after matching, RECIST 1.1 DCR, TRP vs TR`: where a paper prints a value, and which value it is.

    row: the key and `place`; labels: {variable or endpoint: label}; populations: those of the study.
    """
    variable = {**CRITERIA, **labels}.get(row["variable"], row["variable"])
    by_endpoint = {audited_level(name): audited_level(label) for name, label in labels.items()}
    level = by_endpoint.get(row["level"], row["level"]) if row["analysis"] == "response" else row["level"]
    what = " ".join(part for part in (variable, level) if part)
    inside = f"in {row['stratum']}" if row["stratum"] else ""
    said = {population.name: population.when for population in populations}
    group = row["group"] if what else ""
    return ", ".join(
        part
        for part in (row["place"].split(";")[0], said.get(row["population"], row["population"]), inside, what, group)
        if part
    )


def reason(kind: str, criterion: dict) -> str:
    """What excludes a patient in words: the criterion's `excluded`, an exclusion criterion itself, or `Not met: ...`.

    kind: inclusion, exclusion.
    """
    if "excluded" in criterion:
        return criterion["excluded"]
    return criterion["label"] if kind == "exclusion" else f"Not met: {criterion['label']}"
