"""How figures draw each overall response, best first: colour, name, hatch, and the mark at the end of its lines."""

from typing import NamedTuple

from matplotlib.patches import Patch


class Look(NamedTuple):
    """The look of a response.

    hatch: of areas, for those outside the order from best to worst; pale: whether lines in it need a dark edge.
    """

    colour: str
    label: str
    hatch: str = ""
    marker: str = "o"
    pale: bool = False


# From light to dark as the response gets worse, so that they differ in print without colour and for colour-blind
# readers (20 units of CIE lightness or more from one to the next); different from the arms' colours. Those outside this
# order are hatched.
RESPONSES = {
    "CR": Look("#B5E3B4", "Complete response", marker="*", pale=True),
    "PR": Look("#45B8A5", "Partial response"),
    "SD": Look("#876813", "Stable disease", marker="s"),
    "NON-CR/NON-PD": Look("#A79BC4", "Non-CR/non-PD", "/////", "P"),
    "PD": Look("#4A1237", "Progressive disease", marker="^"),
    "NE": Look("#C8C8C8", "Not evaluable", "xxxxx", "X", pale=True),
}
HATCHED = {"edgecolor": "#555555", "linewidth": 0}  # of hatched areas


def response_patch(look: Look) -> Patch:
    """A response in a legend of areas."""
    return Patch(facecolor=look.colour, label=look.label, **({"hatch": look.hatch, **HATCHED} if look.hatch else {}))
