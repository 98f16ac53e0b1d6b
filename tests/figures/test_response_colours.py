"""The responses are told apart without colour, by colour-blind readers, and from the arms."""

import pytest
from matplotlib.colors import to_rgb

from twoarm.figures.palette import CONTROL, TREATED
from twoarm.figures.response_colours import RESPONSES, response_patch

ORDERED = ["CR", "PR", "SD", "PD"]
# How the three kinds of colour-blind readers see linear red, green and blue (Machado et al., IEEE TVCG 2009;15:1291-8).
BLIND = {
    "none": [(1, 0, 0), (0, 1, 0), (0, 0, 1)],
    "protanopia": [(0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)],
    "deuteranopia": [(0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)],
    "tritanopia": [(1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)],
}


def linear(colour: str, blindness: str = "none") -> list[float]:
    seen = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in to_rgb(colour)]
    mixed = (sum(part * value for part, value in zip(row, seen, strict=True)) for row in BLIND[blindness])
    return [min(max(value, 0), 1) for value in mixed]


def lightness(colour: str, blindness: str = "none") -> float:
    """CIE L*, 0 (black) to 100 (white)."""
    luminance = sum(
        part * value for part, value in zip((0.2126, 0.7152, 0.0722), linear(colour, blindness), strict=True)
    )
    return 116 * luminance ** (1 / 3) - 16 if luminance > 216 / 24389 else 24389 / 27 * luminance


@pytest.mark.parametrize("blindness", BLIND)
def test_a_worse_response_is_darker(blindness):
    grey = [lightness(RESPONSES[name].colour, blindness) for name in ORDERED]
    assert all(better - worse >= 15 for better, worse in zip(grey, grey[1:], strict=False)), grey
    assert grey[0] < 90  # than paper


def test_those_outside_the_order_are_hatched_each_in_its_own_way():
    hatches = {name: look.hatch for name, look in RESPONSES.items()}
    assert [name for name, hatch in hatches.items() if not hatch] == ORDERED
    assert len({*hatches.values()}) == 1 + len(RESPONSES) - len(ORDERED)
    assert all(response_patch(look).get_hatch() == (look.hatch or None) for look in RESPONSES.values())


def test_every_line_has_an_end_of_its_own_and_no_arm_s_colour():
    assert len({look.marker for look in RESPONSES.values()}) == len(RESPONSES)
    assert not {TREATED, CONTROL} & {look.colour for look in RESPONSES.values()}
