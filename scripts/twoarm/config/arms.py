"""The two arms: their names, their values in the table, and what is wrong with them."""

from collections.abc import Mapping

ROLES = ("treated", "control")
SHORT = 20  # characters; a longer label would widen columns and legends


def short_names(arms: Mapping) -> dict[str, str]:
    """The arms' names in columns, legends and sentences, by role: `short`, else a short label, else the value.

    A bare number is no name, so the label then stands in for the value however long it is. Otherwise two arms with the
    same label are told apart by their values.
    """
    alike = arms["treated"]["label"] == arms["control"]["label"]
    return {role: arms[role].get("short") or _default(arms[role], alike) for role in ROLES}


def _default(arm: Mapping, alike: bool) -> str:
    is_number = arm["value"].replace(".", "", 1).lstrip("-").isdigit()
    return arm["label"] if is_number or (len(arm["label"]) <= SHORT and not alike) else arm["value"]


def raw_values(arm: Mapping) -> list[str]:
    """The values of the arm column that belong to an arm."""
    return arm.get("values", [arm["value"]])


def arm_errors(config: dict) -> list[str]:
    """Errors where two arms have the same value or name, or a name that means something else."""
    arms = {role: config["arms"][role] for role in ROLES}
    values, names = [arms[role]["value"] for role in ROLES], list(short_names(arms).values())
    errors = []
    if values[0] == values[1]:
        errors.append(f"arms: both arms have the value {values[0]!r}; expected two different values")
    elif names[0] == names[1]:
        errors.append(f"arms: both arms have the name {names[0]!r}; give each a `short` of its own")
    pooled = [value for arm in arms.values() for value in raw_values(arm)]
    errors += [
        f"arms: {value!r} stands in both arms' values; each value of the column belongs to one arm"
        for value in dict.fromkeys(pooled)
        if pooled.count(value) > 1 and values[0] != values[1]
    ]
    return errors + [
        f"arms.{role}.value: 'overall' means both arms together; use another value in the table"
        for role, arm in arms.items()
        if arm["value"] == "overall"
    ]
