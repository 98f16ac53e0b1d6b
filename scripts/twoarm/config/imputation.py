"""Which missing values are imputed, and from what: from the config alone; Snakemake calls it at start-up.

The policy of `propensity.missing` is one word for all variables of score and matching, or one for some of them.
"""

from collections.abc import Iterator, Mapping

from twoarm.config.derived import after_enrolment, sources
from twoarm.config.design_errors import post_baseline
from twoarm.config.designs import adjusted_designs
from twoarm.config.immortal import later_variables
from twoarm.config.matched_by import matched_by, matching_of
from twoarm.config.populations import ENROLLED, population_of, populations_of
from twoarm.config.prognosis import variables_of_models
from twoarm.config.references import UNDATED, known
from twoarm.config.subgroups import subgroups_of

FILLED = "imputed"  # of the ways in which missing values are handled, as the table of them says
COMPLETE_CASES, IMPUTE = "complete_cases", "impute"
UNSAID = {"method": "nearest", "covariates": [], "calipers": {}, "exact": []}  # of matching


def of_the_score(config: Mapping) -> list[str]:
    """The variables of propensity score and matching."""
    if "propensity" not in config:
        return []
    matching = {**UNSAID, **config.get("matching", {})}  # a config that is still to be checked has no defaults
    used = matched_by(matching_of({**config, "matching": matching}))
    return list(dict.fromkeys([*config["propensity"]["covariates"], *used]))


def with_policy(config: Mapping, policy: str) -> list[str]:
    """The variables of score and matching with this policy for missing values."""
    chosen = config.get("propensity", {}).get("missing", COMPLETE_CASES)
    if isinstance(chosen, str):
        return of_the_score(config) if chosen == policy else []
    return [name for name in of_the_score(config) if chosen.get(name, COMPLETE_CASES) == policy]


def lacking(name: str, variables: Mapping) -> list[str]:
    """The variables, itself or its sources, that may be missing so that a variable is missing.

    A variable that is split among the enrolled patients is missing where its source is.
    """
    variable = variables[name]
    if "missing_level" in variable:
        return []
    through = [source for other in sources(variable) for source in lacking(other, variables)]
    if name in after_enrolment(variables):
        return through
    return [name] if through or variable.get("missing", "refused") != "refused" else []


def imputed(config: Mapping) -> list[str]:
    """The variables whose missing values are imputed, in order: those of the score by its policy, and those named."""
    asked = [*with_policy(config, IMPUTE), *config.get("imputation", {}).get("variables", [])]
    return [name for name in dict.fromkeys(asked) if lacking(name, config["variables"])]


def imputed_from(config: Mapping) -> list[str]:
    """The variables of the imputation model beside arm and outcomes: the imputed ones, and all others of any model.

    Variables measured after baseline are left out: patients who died before do not have them.
    """
    named = [*of_the_score(config), *(name for part in adjusted_designs(config).values() for name in part["adjust"])]
    named += [*variables_of_models(config), *config.get("imputation", {}).get("also_from", [])]
    later = later_variables(config)
    return list(dict.fromkeys([*imputed(config), *(name for name in named if name not in later)]))


def pooled_subgroups(config: Mapping) -> list[str]:
    """The subgroups that differ between data sets: of patients with comparable arms, or of an imputed variable."""
    filled, populations = imputed(config), populations_of(config)
    return [
        name
        for name, subgroup in subgroups_of(config).items()
        if population_of(subgroup.settings, populations).name != ENROLLED or subgroup.settings["variable"] in filled
    ]


def handling(config: Mapping) -> dict[str, str]:
    """{variable that may be missing: what becomes of it}, of all variables of the analyses; a prepared config.

    Variables split among the enrolled patients are missing where their sources are, which stand here.
    """
    also = config["imputation"]["also_from"]
    named = [
        *(name for name in imputed_from(config) if name not in also),
        *variables_of_models(config),
        *config.get("baseline", {}).get("variables", []),
    ]
    named += [subgroup.settings["variable"] for subgroup in subgroups_of(config).values()]
    complete, filled, found = with_policy(config, COMPLETE_CASES), imputed(config), {}
    for name in dict.fromkeys([*of_the_score(config), *named, *also]):
        own = "missing_level" in config["variables"][name]
        done = "left out of analyses that need it" if name in named else "it only predicts imputed values"
        if own or name in complete or name in filled:
            done = "a level of its own" if own else FILLED if name in filled else "patients left out of the study"
        for source in [name] if own else lacking(name, config["variables"]):
            found.setdefault(source, done)
    return found


def imputation_errors(config: dict) -> Iterator[str]:
    """Errors of `imputation` and of a policy by variable: names, and imputed values that no result would need."""
    chosen, used = config.get("propensity", {}).get("missing", COMPLETE_CASES), of_the_score(config)
    if not isinstance(chosen, str):
        others = [name for name in chosen if name not in used]
        yield from known(config, "propensity.missing", list(chosen)) or (
            f"propensity.missing: {name} is no variable of the score or of matching" for name in others
        )
    part = config.get("imputation", {})
    for key in ("variables", "also_from"):
        yield from known(config, f"imputation.{key}", part.get(key, []), UNDATED)
        yield from post_baseline(config, f"imputation.{key}", part.get(key, []), "imputation model")
    yield from _misplaced(config, part.get("variables", []), used)
    asked = [*with_policy(config, IMPUTE), *part.get("variables", [])]
    if not all(name in config["variables"] for name in asked):
        return
    if "imputation" in config and not imputed(config):
        yield (
            "imputation: no value is imputed; say `missing: impute` in propensity, or name `variables`, of which one "
            "may be missing (`missing: allowed`); or remove the key"
        )
    if imputed(config) and not any(config.get(part) for part in ("endpoints", "outcomes", "response")):
        yield (
            "imputation: results over the imputed data sets are of endpoints, outcomes and responses, and the study "
            "has none; take complete_cases in propensity.missing, or a `missing_level` of the variables"
        )


def _misplaced(config: dict, named: list[str], used: list[str]) -> Iterator[str]:
    """Variables of `imputation.variables` that are of the score (used), whose policy decides, or that nothing needs."""
    others = {
        *variables_of_models(config),
        *(subgroup.settings["variable"] for subgroup in subgroups_of(config).values()),
        *(name for part in adjusted_designs(config).values() for name in part["adjust"]),
    }
    for name in named:
        if name in used:
            yield (
                f"imputation.variables: {name} is a variable of the score or of matching; say `impute` in "
                "propensity.missing"
            )
        elif name in config["variables"] and name not in others:
            yield (
                f"imputation.variables: {name} is in no prognosis model, adjusted design or subgroup, so no result "
                "needs it"
            )
