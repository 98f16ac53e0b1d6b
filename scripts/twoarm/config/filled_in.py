"""What a checked config leaves unsaid, filled in once for every rule and for the report.

The arms' short names; and the criteria by which patients leave the study without the author having to write them:
those treated in neither arm, and those without a covariate of the propensity score.
"""

from twoarm.config.arms import short_names
from twoarm.config.imputation import COMPLETE_CASES, imputed, lacking, with_policy

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
    config["imputation"]["variables"] = imputed(config)  # all of them, for footnotes
    config["eligibility"] = {"inclusion": inclusion, "exclusion": [*exclusion, *incomplete]}


def left_out(config: dict) -> list[str]:
    """The variables of propensity score and matching whose missing values exclude a patient, in order."""
    used = with_policy(config, COMPLETE_CASES)
    return list(dict.fromkeys(source for name in used for source in lacking(name, config["variables"])))
