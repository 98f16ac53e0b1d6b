"""The two arms: their short names, and which are missing from the config."""

from collections.abc import Mapping

ROLES = ("treated", "control")
SHORT = 20  # characters; a longer label would widen columns and legends


def short_name(arm: Mapping) -> str:
    """An arm's name in tables, legends and sentences: its `short`, else its label if that is short, else its value.

    A bare number is no name, so the label then stands in for the value however long it is.
    """
    if "short" in arm:
        return arm["short"]
    is_number = arm["value"].replace(".", "", 1).lstrip("-").isdigit()
    return arm["label"] if is_number or len(arm["label"]) <= SHORT else arm["value"]


def raw_values(arm: Mapping) -> list[str]:
    """The values of the arm column that belong to an arm."""
    return arm.get("values", [arm["value"]])


def arm_errors(config: dict) -> list[str]:
    """Errors where two arms have the same value or name, or a name that means something else."""
    arms = {role: config["arms"][role] for role in ROLES}
    errors = []
    for key, of in {"value": lambda arm: arm["value"], "label": lambda arm: arm["label"], "short": short_name}.items():
        first, second = map(of, arms.values())
        if first == second and not (key == "short" and errors):
            errors.append(f"arms: both arms have the {key} {first!r}; expected two different texts")
    pooled = [value for arm in arms.values() for value in raw_values(arm)]
    errors += [
        f"arms: {value!r} stands in both arms' values; each value of the column belongs to one arm"
        for value in dict.fromkeys(pooled)
        if pooled.count(value) > 1 and arms["treated"]["value"] != arms["control"]["value"]
    ]
    return errors + [
        f"arms.{role}.value: 'overall' means both arms together; use another value in the table"
        for role, arm in arms.items()
        if arm["value"] == "overall"
    ]
