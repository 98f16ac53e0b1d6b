"""Checks of every figure: the same bytes each time, nothing beyond its edge, and readable text."""

from unittest.mock import patch
from weakref import WeakKeyDictionary

from matplotlib.figure import Figure
from matplotlib.text import Text

from twoarm.figures.writer import save

_WRITTEN: WeakKeyDictionary[Figure, list[Text]] = WeakKeyDictionary()  # of figures that have been drawn


def drawn(plot) -> tuple[Figure, list[Text]]:
    """The matplotlib figure of a plot, and all text that is really drawn on it.

    A figure is drawn once: several checks of it see the same text.
    """
    figure = plot if isinstance(plot, Figure) else plot.draw()
    if figure not in _WRITTEN:
        _WRITTEN[figure] = _draw(figure)
    return figure, _WRITTEN[figure]


def _draw(figure: Figure) -> list[Text]:
    """Draw a figure; returns the text that is really drawn on it."""
    written, draw = [], Text.draw

    def record(text, renderer):
        written.append(text)
        draw(text, renderer)

    figure.draw_without_rendering()  # lays it out
    with patch.object(Text, "draw", record):
        figure.draw_without_rendering()
    return [text for text in dict.fromkeys(written) if text.get_text().strip() and text.get_visible()]


def texts(plot) -> list[str]:
    """All text of a plot."""
    return [text.get_text() for text in drawn(plot)[1]]


def assert_printable(plot) -> None:
    """No text is clipped by the canvas or below 6 points, and no two overlap."""
    figure, written = drawn(plot)
    assert min(text.get_fontsize() for text in written) >= 6
    boxes = [(text.get_text(), text.get_window_extent()) for text in written]
    canvas = figure.bbox
    for name, box in boxes:
        assert box.x0 >= canvas.x0 and box.x1 <= canvas.x1, f"{name!r} leaves the canvas"
        assert box.y0 >= canvas.y0 and box.y1 <= canvas.y1, f"{name!r} leaves the canvas"
    for place, (name, box) in enumerate(boxes):
        for other_name, other in boxes[place + 1 :]:
            apart = min(box.x1, other.x1) - max(box.x0, other.x0), min(box.y1, other.y1) - max(box.y0, other.y0)
            assert min(apart) <= 1, f"{name!r} and {other_name!r} overlap"


def assert_same_bytes(draw, folder) -> None:
    """Drawing and saving twice gives the same SVG, PNG and PDF, none of them empty."""
    written = []
    for name in ("first", "second"):
        paths = [folder / f"{name}.{kind}" for kind in ("svg", "png", "pdf")]
        save(draw(), paths)
        written.append([path.read_bytes() for path in paths])
    assert written[0] == written[1]
    assert all(len(content) > 5000 for content in written[0])
