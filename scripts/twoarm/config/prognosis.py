"""The prognosis models of a study: one, or several by name.

Snakemake calls it at start-up, so it imports little.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from twoarm.config.keys import told_apart
from twoarm.config.populations import main_of, population_of, populations_of
from twoarm.config.schema_errors import unknown

NONE, BACKWARD, AIC = "none", "backward", "aic"  # what `select` and `threshold` may be beside numbers


class Model(NamedTuple):
    """One multivariable model with its univariable ones: where it stands in the config, and what it says there."""

    path: str
    settings: Mapping


def models_of(config: Mapping) -> dict[str, Model]:
    """{analysis: model}: `prognosis` for a single one, `prognosis_os` for the one named `os`, in the config's order.

    The analysis is the key of the model's rows and the name of its files.
    """
    part = config.get("prognosis", {})
    if "endpoint" in part:
        return {"prognosis": Model("prognosis", part)}
    return {f"prognosis_{name}": Model(f"prognosis.{name}", settings) for name, settings in part.items()}


def model_labels(config: Mapping) -> dict[str, str]:
    """{analysis: `Overall survival, matched patients`}: endpoint and population, and the name where two are alike."""
    populations, labels, names = populations_of(config), {}, {}
    for analysis, (path, settings) in models_of(config).items():
        whom = population_of(settings, populations).inside_sentence
        names[path.rpartition(".")[2]] = analysis
        labels[path.rpartition(".")[2]] = f"{config['endpoints'][settings['endpoint']]['label']}, {whom}"
    return {names[name]: label for name, label in told_apart(labels).items()}


def variables_of_models(config: Mapping) -> list[str]:
    """The variables of all models, each once."""
    return list(dict.fromkeys(name for model in models_of(config).values() for name in model.settings["variables"]))


def prognosis_errors(config: Mapping) -> Iterator[str]:
    """Names in `keep` that are no variables of the model, and backward elimination where it cannot be."""
    populations = {population.name: population for population in populations_of(config)}
    main = main_of(populations.values()).name
    for path, settings in models_of(config).values():
        variables = ["arm", *settings["variables"]]
        for name in settings.get("keep", []):
            if name not in variables:
                yield f"{path}.keep: {unknown(name, variables, 'not among the variables:')}"
        if "threshold" in settings and settings.get("select") != BACKWARD:
            yield f"{path}.threshold: has no effect without `select: backward`; remove it"
        name = settings.get("population", main)
        if settings.get("select") == BACKWARD and name in populations and populations[name].weights:
            yield (
                f"{path}.select: the patients of {name} are weighted, where neither AIC nor the likelihood-ratio test "
                "holds; select by a number or none, or name another population"
            )
