"""The designs of a study: the ways in which it makes its arms comparable, from the config alone."""

from collections.abc import Mapping
from typing import NamedTuple

MATCHED = "matched"


class Estimand(NamedTuple):
    """What a design estimates: the abbreviation, if it has one, and in whom the effect of treatment is an average."""

    short: str
    effect: str

    @property
    def words(self) -> str:
        """`average treatment effect in the treated (ATT)`."""
        return f"{self.effect} ({self.short})" if self.short else self.effect


class Weighting(NamedTuple):
    """A kind of weights: its name in twoarm.stats.weights, its estimand, its label and its patients in words."""

    formula: str
    estimand: Estimand
    label: str
    whom: str


# ASSUME [matched]: matched results apply to treated patients who found a control, not to all of the treated.
OF_MATCHED = Estimand("", "average treatment effect in the treated patients who were matched")
WEIGHTINGS = {
    "ate": Weighting(
        "ate",
        Estimand("ATE", "average treatment effect in all patients"),
        "With inverse probability weights (ATE)",
        "Patients weighted by inverse probability (ATE)",
    ),
    "att": Weighting(
        "att",
        Estimand("ATT", "average treatment effect in the treated"),
        "With inverse probability weights (ATT)",
        "Patients weighted by inverse probability (ATT)",
    ),
    "overlap": Weighting(
        "ato",
        Estimand("ATO", "average treatment effect in the overlap population"),
        "With overlap weights",
        "Overlap-weighted patients",
    ),
    "matching": Weighting(
        "atm",
        Estimand("ATM", "average treatment effect in the evenly matchable patients"),
        "With matching weights",
        "Patients with matching weights",
    ),
}
UNBOUNDED = ("ate", "att")  # weights that can be of any size, so that they may be stabilised or truncated


def designs_of(config: Mapping) -> dict[str, dict]:
    """The designs by name, in the config's order; without the key, `matched` if there is a propensity model."""
    return dict(config.get("designs", {MATCHED: {}} if "propensity" in config else {}))


def weighted_designs(config: Mapping) -> dict[str, dict]:
    """The designs that weight the patients."""
    return {name: design for name, design in designs_of(config).items() if "weights" in design}


def adjusted_designs(config: Mapping) -> dict[str, dict]:
    """The designs that adjust the hazard ratio of all enrolled patients for covariates."""
    return {name: design for name, design in designs_of(config).items() if "adjust" in design}


def estimand_of(design: Mapping) -> Estimand:
    """What a design with weights estimates: after trimming, an average in the patients who are left alone."""
    estimand = WEIGHTINGS[design["weights"]].estimand
    if "trim" not in design:
        return estimand
    return estimand._replace(effect=f"{estimand.effect.replace(' all ', ' ')} within the limits of the score")


def ways_of(config: Mapping) -> list[str]:
    """How a study makes its arms comparable: of matching, weights and adjustment those that its designs use."""
    used = {"matching": MATCHED in designs_of(config), "weights": weighted_designs(config)}
    return [way for way, own in (used | {"adjustment": adjusted_designs(config)}).items() if own]


def has_weights(matching: Mapping) -> bool:
    """Whether matched sets may differ in size or share controls, so that patients need MatchIt's weights.

    matching: the config's.
    """
    variable = isinstance(matching.get("ratio"), Mapping)
    return variable or bool(matching.get("replace")) or matching.get("incomplete") == "weight"


def main_design(config: Mapping) -> str:
    """The design of the main results: the config's `main`, else `matched`, else the first; empty without a design."""
    designs = designs_of(config)
    first = MATCHED if MATCHED in designs else next(iter(designs), "")
    return config.get("main", first)


def label_of(name: str, design: Mapping) -> str:
    """The label of a weighted or adjusted design."""
    default = WEIGHTINGS[design["weights"]].label if "weights" in design else "Adjusted"
    return design.get("label", default)
