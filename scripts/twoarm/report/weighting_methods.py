"""The methods of weights from the propensity score, and of adjustment."""

from twoarm.config.designs import adjusted_designs, estimand_of, weighted_designs
from twoarm.report.run import Run
from twoarm.report.variable_methods import labels
from twoarm.text.provenance import Piece, prose, setting

FORMULAS = {
    "ate": "the inverse of the probability of their own arm{@austin_stuart}",
    "att": "one if treated, and the odds of being treated if not{@austin_stuart}",
    "overlap": "the probability of the other arm{@li_morgan}",
    "matching": "the lesser of the probabilities of the two arms, divided by that of their own arm{@li_greene}",
}
STABILISED = {
    "ate": ", multiplied by the share of patients in their arm (stabilised)",
    "att": ", multiplied in controls by the odds of being a control (stabilised)",
}
ANALYSES = (
    "Of weighted patients, means, standard deviations, quartiles and percentages are weighted; survival is a weighted "
    "Kaplan–Meier estimate with robust variance, arms are compared by a weighted log-rank test (robust score test) and "
    "a weighted Cox model with robust standard errors{@lin_wei} (an interaction by its Wald test; restricted means "
    "have robust errors too), categorical variables by Rao and Scott's test{@rao_scott}, continuous ones by a "
    "design-based t or rank test, and rates with intervals, as in R's packages survival and survey. Weights are taken "
    "as known. The effective sample size is the number of patients of equal weight who would know as much{@kish}. "
)
CLUSTERED = (
    "Tests, hazard ratios and rates of matched patients take each set as a cluster; limits of survival curves, each of "
    "one arm, do not. "
)


def weighting_methods(run: Run) -> list[Piece]:
    """How each design with weights weighted the patients, what it estimates, and how weighted patients are analysed."""
    filled = [piece for name, design in weighted_designs(run.protocol).items() for piece in _weights(run, name, design)]
    if any(population.weights for population in run.populations):
        filled += prose(ANALYSES)
    if any(population.weights and population.pairs for population in run.populations):
        filled.append(CLUSTERED)
    return filled


def _weights(run: Run, name: str, design: dict) -> list[Piece]:
    kind, key = design["weights"], f"designs.{name}"
    filled = prose(
        "{label}: patients were weighted by {formula}{stabilised}. This estimates the {estimand}. ",
        label=run.design(name),
        formula=prose(FORMULAS[kind]),
        stabilised=STABILISED[kind] if design.get("stabilised") else "",
        estimand=estimand_of(design).words,
    )
    if "trim" in design:
        filled += prose(
            "Patients with a score below {low} or above {high} were left out; the score was not fitted again. ",
            **_limits(f"{key}.trim", design["trim"]),
        )
    if "truncate" in design:
        filled += prose(
            "Weights beyond the quantiles {low} and {high} {whose} were set to these. ",
            whose="of controls" if kind == "att" else "of all patients",
            **_limits(f"{key}.truncate", design["truncate"]),
        )
    return filled


def _limits(key: str, limits: list[float]) -> dict[str, Piece]:
    return {name: setting(key, limit) for name, limit in zip(("low", "high"), limits, strict=True)}


def adjustment_methods(run: Run) -> list[Piece]:
    """The covariates of each adjusted model."""
    filled = [
        prose(
            "{label}: a Cox model of all enrolled patients with the treatment and {covariates}; its hazard ratio of "
            "treatment is conditional on these covariates. ",
            label=run.design(name),
            covariates=labels(run, design["adjust"]),
        )
        for name, design in adjusted_designs(run.protocol).items()
    ]
    return [piece for text in filled for piece in text]
