"""Kaplan-Meier figures that a reader can trace: the data of the curves, and the script that draws them in the page.

The figure itself stays in the page, for print and for readers without scripts.
"""

import json
from html import escape
from pathlib import Path

CURVES_CSS = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
CURVES_SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def data_of(curves: dict) -> str:
    """The data inside the page. curves: as survival/trace_curves returns them."""
    text = json.dumps(curves, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="curves">{text}</script>'


def attributes_of(figure: str, curves: dict) -> str:
    """What tells the script that a figure has curves, and which ones; empty for another figure.

    figure: its name: `survival_matched`, or `survival_matched-os` for one endpoint alone.
    """
    for population, _ in curves.get("populations", []):
        for endpoint in ["", *(name for name, _ in curves["endpoints"])]:
            if figure == "-".join(filter(None, [f"survival_{population}", endpoint])):
                return f' data-population="{escape(population)}" data-endpoint="{escape(endpoint)}"'
    return ""
