# What the stages share: the analyses of this study, and the parts of its config that rules use.
import os
from pathlib import Path

REPO = os.path.relpath(HOUSE)  # "." for the shipped study, elsewhere the path to this repository

from twoarm.config.designs import MATCHED as MATCHING_DESIGN
from twoarm.config.designs import adjusted_designs, designs_of, label_of, ways_of, weighted_designs
from twoarm.config.endpoints import event_of, event_values, events_of, follow_up_endpoint, primary_first
from twoarm.config.immortal import later_criteria
from twoarm.config.imputation import FILLED, handling, imputed, imputed_from, pooled_subgroups
from twoarm.config.levels import printed_levels
from twoarm.config.matched_by import caliper_texts, matched_by, matching_of
from twoarm.config.populations import adjusted, main_of, population_of, populations_of
from twoarm.config.prognosis import models_of
from twoarm.config.response_criteria import criterion_labels, is_ready_made
from twoarm.config.subgroups import forests_of, subgroups_of
from twoarm.imports import modules_of
from twoarm.stats.imbalance import assessed, judged

# The populations of the study, and the files with their patients.
POPULATIONS = populations_of(config)
PATIENTS = [population.patients for population in POPULATIONS]
MAIN = main_of(POPULATIONS)


def wordless(population):
    """A population without its words, and without whether it is the main one, for analyses, which do not need them."""
    return population._replace(label="", whom="", said="", estimand="", note="", main=False)


MEMBERS = [wordless(population) for population in POPULATIONS]

# The enrolled patients that analyses of their variables read: where values are imputed, those of the first data set.
IMPUTED = imputed(config)
COMPLETED = "results/data/completed.parquet" if IMPUTED else "results/data/enrolled.parquet"
IMPUTATION = {key: config["imputation"][key] for key in ("data_sets", "iterations", "seed")} if IMPUTED else {}

# The variables that may be missing, and what becomes of them.
MISSING = handling(config)

# A stage without a key in the config has no rule in the DAG.
PROPENSITY = bool(adjusted(POPULATIONS))
MATCHED = MATCHING_DESIGN in designs_of(config)
WEIGHTED, ADJUSTED = weighted_designs(config), adjusted_designs(config)
MATCHING = matching_of(config) if MATCHED else None
RESPONSE = "response" in config
CRITERIA = criterion_labels(config.get("response", {}))  # names and labels
OUTCOMES = config["outcomes"]
READY_MADE = is_ready_made(config.get("response", {}))
SUBGROUPS = subgroups_of(config)  # by name
FORESTS = forests_of(config)  # the subgroups of each forest plot and table
MODELS = models_of(config)  # of prognosis, by analysis
DISCLOSURE = "disclosure" in config  # small numbers of patients are masked for readers
SPLIT = any("split" in variable for variable in config["variables"].values())  # cut points stand in attrition.csv
INDIVIDUAL = not DISCLOSURE  # whether a figure may show single patients or very few

ANALYSES = [
    f"results/statistics/{analysis}.csv"
    for analysis, wanted in {
        "attrition": True,
        "propensity": PROPENSITY,
        "matching": MATCHED,
        "weights": bool(WEIGHTED),
        "balance": PROPENSITY,
        "baseline": "baseline" in config,
        "reading": RESPONSE,
        "response": RESPONSE,
        "discordance": len(CRITERIA) > 1,
        "outcomes": bool(OUTCOMES),
        "endpoints": bool(config["endpoints"]),
        "survival": bool(config["endpoints"]),
        "adjusted": bool(config["endpoints"] and ADJUSTED),
        **{f"subgroup_{name}": True for name in SUBGROUPS},
        **dict.fromkeys(MODELS, True),
        "safety": "safety" in config,
        "missing": bool(MISSING),
        "pooled": bool(IMPUTED),
    }.items()
    if wanted
]

# The text on every figure and table, and the meaning of abbreviations.
WATERMARK = config["study"].get("watermark", "")
ABBREVIATIONS = config["study"]["abbreviations"]

# How Kaplan-Meier curves are drawn.
CURVES_LOOK = {"style": config["figures"]["survival_style"], "rows": config["figures"]["survival_rows"]}

# Keys of a variable that only tables and figures read: a new label recomputes nothing.
PRINTED = {"label", "unit", "timing", "reference", "shown"}


def unlabelled(part):
    """A part of the config without its words, for rules that do not print them."""
    return {key: value for key, value in part.items() if key not in ("label", "short", "excluded")}


# Arms, endpoints and criteria without the labels, which analyses do not need.
ARMS = {role: {"value": config["arms"][role]["value"]} for role in ("treated", "control")}
ENDPOINT_LABELS = {name: endpoint["label"] for name, endpoint in config["endpoints"].items()}
ENDPOINTS = {name: unlabelled(endpoint) for name, endpoint in config["endpoints"].items()}
ELIGIBILITY = {
    kind: [unlabelled(criterion) for criterion in criteria] for kind, criteria in config["eligibility"].items()
}


def variables_of(names, without=()):
    """The dictionary entries of some variables, without some keys, so that a rule depends on nothing else."""
    return {
        name: {key: value for key, value in config["variables"][name].items() if key not in without} for name in names
    }


def subgroup_of(wildcards):
    """The settings of a subgroup analysis."""
    return SUBGROUPS[wildcards.subgroup].settings


def subgroup_population(wildcards):
    """The population of a subgroup analysis."""
    return population_of(subgroup_of(wildcards), POPULATIONS)


def analysed_subgroup(wildcards):
    """The settings of a subgroup analysis that its statistics depend on."""
    settings = subgroup_of(wildcards)
    timing = config["variables"][settings["variable"]].get("timing", "baseline")
    return {key: settings[key] for key in ("variable", "endpoint", "min_events") if key in settings} | {
        "timing": timing
    }


def shown_subgroups(wildcards):
    """The statistics of the subgroups in a forest plot and table."""
    return [shown(f"subgroup_{name}") for name in FORESTS[wildcards.subgroups]]


def printed_subgroups(wildcards):
    """The subgroups in a forest plot and table: settings, printed levels and population of each."""
    return {
        name: {
            **SUBGROUPS[name].settings,
            "levels": printed_levels(config["variables"][SUBGROUPS[name].settings["variable"]]),
            "population": population_of(SUBGROUPS[name].settings, POPULATIONS),
        }
        for name in FORESTS[wildcards.subgroups]
    }


def settings_of(wildcards):
    """A model's settings in the config."""
    return MODELS[wildcards.model].settings


def model_population(wildcards):
    """The population of a model."""
    return population_of(settings_of(wildcards), POPULATIONS)


def printed_variables(wildcards):
    """The labels, units and splits of a model's variables."""
    return {
        name: {key: value for key, value in variable.items() if key in ("label", "unit", "per", "split")}
        for name, variable in variables_of(settings_of(wildcards)["variables"]).items()
    }


def own_rules():
    """The rules of this workflow so far, each with its script below scripts/; a module's rules may be renamed."""
    return [(rule, "/".join(Path(rule.script).parts[-2:])) for rule in workflow.modifier.rules if rule.script]


def code(paths):
    """Files below scripts/, relative to the folder of the study."""
    return [os.path.normpath(f"{REPO}/scripts/{path}") for path in paths]
