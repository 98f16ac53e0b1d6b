"""Pieces of text and whole pages as HTML: self-contained, readable on paper and on a phone."""

import re
from collections.abc import Iterable, Mapping
from html import escape

from twoarm.documents.page_style import PAGE_CSS
from twoarm.text.provenance import Citation, Link, Piece, Sourced


def rich(text: Iterable[Piece], names: Mapping[str, str] = {}) -> str:
    """Pieces as HTML: a sourced text shows its row or key on hover, a link goes to its anchor.

    names: the text of a link to each anchor, such as `Figure 2`.
    """
    return "".join(_piece(piece, names) for piece in text)


def _piece(piece: Piece, names: Mapping[str, str]) -> str:
    if isinstance(piece, Sourced):
        value = f' value="{escape(piece.value)}"' if piece.value else ' value=""'
        return f'<data{value} title="{escape(piece.source)}">{escape(piece.text)}</data>'
    if isinstance(piece, Link):
        text = piece.text or names.get(piece.anchor, piece.anchor)
        inside = piece.anchor in names or not re.search(r"[/#.:]", piece.anchor)
        return f'<a href="{"#" if inside else ""}{escape(piece.anchor)}">{escape(text)}</a>'
    if isinstance(piece, Citation):
        return f" [{','.join(_piece(Link(anchor), names) for anchor in piece.anchors)}]"
    return escape(piece)


def page(title: str, body: str, css: str = "", script: str = "") -> str:
    """A complete page from its title and body. script: runs when the body has been read."""
    mark = '<script>document.documentElement.classList.add("js")</script>\n' if script else ""
    last = f"<script>\n{script}</script>\n" if script else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{PAGE_CSS}{css}</style>\n{mark}</head>\n<body>\n{body}\n{last}</body>\n"
        "</html>\n"
    )
