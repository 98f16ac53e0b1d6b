"""The prognosis models for the methods section: their variables, outcome, selection and checks."""

from twoarm.config.populations import population_of
from twoarm.config.prognosis import AIC, BACKWARD, NONE, Model, models_of
from twoarm.report.run import Run, listed
from twoarm.report.variable_methods import labels
from twoarm.text.provenance import Piece, prose, setting

CHOSEN = (
    " Selection by P exaggerates the effects of the selected variables. Their P values are too small and their "
    "intervals too narrow, because both ignore that the same data chose the variables."
)


def prognosis_methods(run: Run) -> list[Piece]:
    """Every model; empty if the study has none."""
    models = list(models_of(run.protocol).values())
    filled: list[Piece] = []
    for place, model in enumerate(models):
        filled += [" "] * (place > 0) + _model(run, model)
    if not models:
        return []
    named = dict.fromkeys(name for model in models for name in model.settings["variables"])
    numbers = [name for name in named if run.protocol["variables"][name]["kind"] == "continuous"]
    units = [[run.variable(name), " ", *run.per_unit(name)] for name in numbers]
    return prose(
        "{models} Proportional hazards of {which} were tested as in R's cox.zph.{units}",
        models=filled,
        which="the multivariable model" if len(models) == 1 else "each multivariable model",
        units=prose(" Continuous variables entered as they are: {units}.", units=listed(units)) if units else "",
    )


def _model(run: Run, model: Model) -> list[Piece]:
    """Who and what one model is about, and which variables entered it."""
    part = model.settings
    return prose(
        "Treatment and {variables} were tested one by one for {endpoint} in {whom} by Cox regression; {selection}",
        variables=labels(run, part["variables"]),
        endpoint=run.lower(run.key(f"endpoints.{part['endpoint']}.label")),
        whom=population_of(part, run.populations).inside_sentence,
        selection=_selection(run, model),
    )


def _selection(run: Run, model: Model) -> list[Piece]:
    """Which variables entered the multivariable model."""
    part, select = model.settings, model.settings["select"]
    if select == NONE:
        return ["all entered the multivariable model, without selection."]
    kept = [["treatment"] if name == "arm" else [run.variable(name)] for name in part["keep"]]
    if select == BACKWARD:
        return _backward(run, model, kept)
    text = "those whose P could be computed entered the multivariable model{kept}."
    if select < 1:
        text = "those with P below {select} entered the multivariable model{kept}." + CHOSEN
    return prose(
        text,
        select=run.key(f"{model.path}.select"),
        kept=prose(", and {kept} regardless of P", kept=listed(kept)) if kept else "",
    )


def _backward(run: Run, model: Model, kept: list[list[Piece]]) -> list[Piece]:
    """The rule of backward elimination."""
    threshold = model.settings["threshold"]
    rule = "that lowered Akaike's information criterion (AIC) most, as long as it fell, as in R's step"
    if threshold != AIC:
        rule = prose(
            "that had the largest P in the likelihood-ratio test, until all had P below {threshold}",
            threshold=setting(f"{model.path}.threshold", threshold),
        )
    return prose(
        "the multivariable model began with all of them, in patients without a missing value of any, and backward "
        "elimination removed one after another the variable {rule}{kept}. A variable left with all its levels."
        + CHOSEN.replace("by P", "by elimination"),
        rule=rule,
        kept=prose("; {kept} stayed in any case", kept=listed(kept)) if kept else "",
    )
