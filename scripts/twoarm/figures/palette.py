"""The colours of every figure: two for the arms, which mean nothing else, those for levels, and grey.

Groups in one plot differ in the kind of their lines and in their marks as well, for print without colour.
"""

# Okabe and Ito's palette, which colour-blind readers can distinguish. The arms' two colours are used for nothing else.
TREATED, CONTROL = "#D55E00", "#0072B2"
LEVEL_COLOURS = ["#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
GREY = "#6E6E6E"
# Lines of curves by the place of their group: whole, long dashes, dots, dashes with dots, short dashes.
LINES = ["-", (0, (5, 1.5)), (0, (1, 1)), (0, (5, 1.2, 1, 1.2)), (0, (2.5, 1.2))]
CENSORED = ["|", "o", "x", "^", "s"]  # marks of censored patients, likewise


def arm_colours(arms: dict) -> dict[str, str]:
    """Colour of each arm by its value, treated first. arms: the config's `arms`."""
    return {arms["treated"]["value"]: TREATED, arms["control"]["value"]: CONTROL}


def level_colours(levels: list[str]) -> dict[str, str]:
    """Colour of each level of a subgroup, in the config's order."""
    return {level: LEVEL_COLOURS[place % len(LEVEL_COLOURS)] for place, level in enumerate(levels)}
