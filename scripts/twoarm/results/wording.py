"""The printed names of criteria and arms, and where a paper prints a value."""

from collections.abc import Iterable

from twoarm.config.populations import Population
from twoarm.config.response_criteria import CRITERIA
from twoarm.results.rows import KEY

MODELS = {"cox_univariable": "Univariable", "cox_multivariable": "Multivariable"}  # of the prognosis, by method


def whom_text(population: Population, arms: dict) -> str:
    """How a figure's note begins: `Matched patients. A: drug A. B: drug B.` arms: the config's `arms`."""
    return f"{population.whom}. {arms_text(arms)}"


def arms_text(arms: dict) -> str:
    """The arms' values with their labels, treated first: `A: drug A. B: drug B.`"""
    return " ".join(f"{arm['value']}: {arm['label']}." for arm in (arms["treated"], arms["control"]))


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
