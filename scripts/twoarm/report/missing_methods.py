"""What became of missing values, for the methods section."""

from twoarm.config.designs import adjusted_designs
from twoarm.config.filled_in import left_out
from twoarm.config.imputation import imputed, imputed_from, pooled_subgroups
from twoarm.config.prognosis import BACKWARD, models_of
from twoarm.report.run import Run
from twoarm.report.variable_methods import labels
from twoarm.text.provenance import Piece, joined, prose, setting

TOGETHER = " Several coefficients were tested together by a pooled Wald test{@li_raghunathan_rubin}."
SELECTED = " Pooled prognosis models select variables by their pooled P values."
STAYING = " After backward elimination they have the variables that stay in at least half of the data sets."


def pooled_results(run: Run) -> list[Piece]:
    """Which results are pooled over the imputed data sets, in words: a study's own."""
    endpoints, rates = run.protocol["endpoints"], [("response", "response rates"), ("outcomes", "yes/no outcomes")]
    on = [[words] for part, words in rates if run.adjusted and run.protocol.get(part)]
    found = ["hazard ratios of treatment"] if endpoints and (run.adjusted or adjusted_designs(run.protocol)) else []
    if pooled_subgroups(run.protocol):
        found.append("hazard ratios of treatment in the levels of subgroups, with the test of interaction")
    parts: list[list[Piece]] = [[part] for part in found]
    if on:
        parts.append(prose("risk differences, risk ratios and odds ratios of {rates}", rates=joined(on)))
    if models_of(run.protocol):
        parts.append(["hazard ratios of prognosis models"])
    return joined(parts, "; and ", "; ")


def missing_methods(run: Run) -> list[Piece]:
    """Which values may be missing, and what becomes of the patients: each way that the protocol has."""
    allowed = [name for name, variable in run.protocol["variables"].items() if variable["missing"] != "refused"]
    text = "Missing values were accepted {allowed}. {left_out}{levels}{imputed}"
    named = prose("only in {names}", names=labels(run, allowed)) if allowed else "in no variable"
    parts = {"allowed": named, "left_out": _left_out(run), "levels": _missing_levels(run), "imputed": _imputed(run)}
    return prose(text if imputed(run.protocol) else f"No value was imputed. {text}", **parts)


def _left_out(run: Run) -> list[Piece]:
    """Which covariates of the propensity score exclude a patient who lacks them."""
    names = left_out(run.protocol)
    text = "Patients without a value of {names} were left out, so that the analysis is one of complete cases. "
    return prose(text, names=labels(run, names)) if names else []


def _missing_levels(run: Run) -> list[Piece]:
    """The variables in which a missing value is a level of its own."""
    levels = [
        [run.variable(name), " (", setting(f"variables.{name}.missing_level", variable["missing_level"]), ")"]
        for name, variable in run.protocol["variables"].items()
        if "missing_level" in variable
    ]
    text = "A missing value is a level of its own in {levels}. "
    return prose(text, levels=joined(levels)) if levels else []


def _imputed(run: Run) -> list[Piece]:
    """How values were imputed, from what, and how the results of the data sets were pooled."""
    names = imputed(run.protocol)
    if not names:
        return []
    text = (
        "Missing values of {names} were imputed {count} times by chained equations{@mice} ({iterations} iterations, "
        "seed {seed}): numbers by predictive mean matching, each from one of the five patients with the nearest "
        "predictions; levels by logistic regression, multinomial for more than two, on a bootstrap sample. Each model "
        "had {predictors}; computed variables were imputed as such. All later steps "
        "were repeated in each data set{@leyrat}. Pooled by Rubin's rules{@rubin}, with Barnard and Rubin's degrees of "
        "freedom{@barnard_rubin}, and ratios on the log scale: {pooled}. What cannot be estimated in one of the data "
        "sets is not pooled.{together}{selected} This takes values as missing at random, given the variables of the "
        "imputation model. Numbers of patients, curves and all results that are not called pooled are those of the "
        "first data set. "
    )
    choices = [model.settings["select"] for model in models_of(run.protocol).values()]
    selected = SELECTED if any(not isinstance(choice, str) for choice in choices) else ""
    selected += STAYING if BACKWARD in choices else ""
    together = prose(TOGETHER) if models_of(run.protocol) or pooled_subgroups(run.protocol) else []
    parts = {"pooled": pooled_results(run), "together": together, "selected": selected}
    keys = {"count": "data_sets", "iterations": "iterations", "seed": "seed"}
    settings = {name: run.key(f"imputation.{key}") for name, key in keys.items()}
    return prose(text, names=labels(run, names), predictors=_predictors(run), **parts, **settings)


def _predictors(run: Run) -> list[Piece]:
    """`the arm, the outcomes (...) and the other variables of Age and Sex`."""
    outcomes = []
    if run.protocol["endpoints"]:
        outcomes.append("the event of each endpoint and the Nelson–Aalen estimate of its cumulative hazard")
    if run.protocol.get("outcomes"):
        outcomes.append("the yes/no outcomes")
    if "response" in run.protocol:
        outcomes.append("objective response")
    text = "the arm, {outcomes}and all others of {names}"
    listed = "".join(f"{part}, " for part in outcomes)
    return prose(text, outcomes=listed, names=labels(run, imputed_from(run.protocol)))
