"""What a checked config leaves unsaid, filled in once for every rule and for the report.

The arms' short names; and the criteria by which patients leave the study without the author having to write them:
those treated in neither arm, and those without a covariate of the propensity score.
"""

from twoarm.config.arms import short_names
from twoarm.config.derived import after_enrolment, sources
from twoarm.config.matched_by import matched_by, matching_of

NEITHER_ARM = "neither_arm:"  # the colon keeps these identifiers apart from those that an author may choose
MISSING = "missing:"


def fill_in(config: dict) -> None:
    """Fill in a valid config with defaults, in place."""
    arms, variables = config["arms"], config["variables"]
    for role, short in short_names(arms).items():
        arms[role] = {**arms[role], "short": short}
    for variable in variables.values():
        if "missing_level" in variable and variable["missing"] == "refused":
            variable["missing"] = "allowed"
    inclusion, exclusion = (config["eligibility"].get(kind, []) for kind in ("inclusion", "exclusion"))
    if arms["others"] == "leave_out":
        treated = {"id": NEITHER_ARM, "label": "Treatment of one of the two arms", "keep": "not missing(arm)"}
        inclusion = [treated, *inclusion]
    incomplete = [
        {"id": f"{MISSING}{name}", "label": f"{variables[name]['label']} missing", "drop": f"missing({name})"}
        for name in left_out(config)
    ]
    config["eligibility"] = {"inclusion": inclusion, "exclusion": [*exclusion, *incomplete]}


def left_out(config: dict) -> list[str]:
    """The variables of propensity score and matching whose missing values exclude a patient, in order.

    A variable that is split among the enrolled patients is missing where its source is.
    """
    propensity = config.get("propensity", {})
    if propensity.get("missing") != "complete_cases":
        return []
    used = [*propensity["covariates"], *matched_by(matching_of(config))]
    late = after_enrolment(config["variables"])
    return list(dict.fromkeys(source for name in used for source in _lacking(name, config["variables"], late)))


def _lacking(name: str, variables: dict, late: list[str]) -> list[str]:
    """The variables, itself or its sources, that may be missing so that a variable is missing."""
    variable = variables[name]
    if "missing_level" in variable:
        return []
    through = [source for other in sources(variable) for source in _lacking(other, variables, late)]
    if name in late:
        return through
    return [name] if through or variable["missing"] != "refused" else []
