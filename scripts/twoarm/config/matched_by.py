"""What matching uses besides the propensity score, and what it forms, from the config alone."""

from collections.abc import Mapping


def distance_covariates(protocol: Mapping) -> list[str]:
    """The covariates of the Mahalanobis distance (default: those of the propensity model); none for other methods."""
    if protocol["matching"]["method"] != "mahalanobis":
        return []
    return list(protocol["matching"]["covariates"] or protocol["propensity"]["covariates"])


def matching_of(protocol: Mapping) -> dict:
    """The config's `matching`, with the covariates of the distance as `covariates`."""
    return {**protocol["matching"], "covariates": distance_covariates(protocol)}


def caliper_texts(protocol: Mapping) -> dict[str, str]:
    """The caliper of each covariate with its unit: `5 years`, `0.2 SD`."""
    units = {name: variable.get("unit", "") for name, variable in protocol["variables"].items()}
    return {
        name: width if isinstance(width, str) else f"{width:g} {units[name]}".strip()
        for name, width in protocol["matching"]["calipers"].items()
    }


def matched_by(matching: Mapping) -> list[str]:
    """All variables that matching uses besides the score, in the order exact, with a caliper, in the distance.

    matching: as matching_of returns it.
    """
    return list(dict.fromkeys([*matching["exact"], *matching["calipers"], *matching["covariates"]]))


def controls_wanted(matching: Mapping) -> tuple[int, int]:
    """The least and the largest number of controls that a treated patient should have."""
    ratio = matching["ratio"]
    return (ratio["min"], ratio["max"]) if isinstance(ratio, Mapping) else (ratio, ratio)


def ratio_text(matching: Mapping) -> str:
    """`1:2`; of a variable number `1:1 to 1:4 (mean 1:2)`."""
    least, most = controls_wanted(matching)
    return f"1:{least}" if least == most else f"1:{least} to 1:{most} (mean 1:{matching['ratio']['mean']:g})"


def together(matching: Mapping) -> str:
    """`pair` in matching one to one, otherwise `set`: the patients who are matched with each other."""
    return "pair" if matching.get("ratio", 1) == 1 else "set"
