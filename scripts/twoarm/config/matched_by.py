"""The variables that matching uses besides the propensity score."""

from collections.abc import Mapping


def distance_covariates(protocol: Mapping) -> list[str]:
    """The covariates of the Mahalanobis distance (default: those of the propensity model); none for other methods."""
    if protocol["matching"]["method"] != "mahalanobis":
        return []
    return list(protocol["matching"]["covariates"] or protocol["propensity"]["covariates"])


def caliper_texts(protocol: Mapping) -> dict[str, str]:
    """The caliper of each covariate with its unit: `5 years`, `0.2 SD`."""
    units = {name: variable.get("unit", "") for name, variable in protocol["variables"].items()}
    return {
        name: width if isinstance(width, str) else f"{width:g} {units[name]}".strip()
        for name, width in protocol["matching"]["calipers"].items()
    }


def matched_by(protocol: Mapping) -> list[str]:
    """All variables that matching uses besides the score, in the order exact, with a caliper, in the distance."""
    matching = protocol["matching"]
    return list(dict.fromkeys([*matching["exact"], *matching["calipers"], *distance_covariates(protocol)]))
