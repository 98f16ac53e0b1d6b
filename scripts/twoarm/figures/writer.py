"""Figures of one look as print-quality files that are the same bytes each time."""

from io import BytesIO
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from twoarm.figures.fonts import FONT, pdf_font_type, set_fonts, wrap
from twoarm.figures.palette import GREY
from twoarm.results.values import HIDDEN

PAGE_MM = 180  # a journal's double column
DPI = 300
PLAIN_TEXT = {"text.parse_math": False}  # `<$50k vs >$50k` is a label, not a formula
# For what plotnine cannot lay out: panels with an aligned table of numbers. Its own look is in plot_theme.py.
MATPLOTLIB_LOOK = {
    "font.family": FONT,
    "font.size": 7,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 7,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
}

# What each format would else write of its maker and time.
UNDATED = {
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}

EXPLAINED = f"{HIDDEN}: confidential, masked to protect small numbers of patients."
TABLE_SIZE, NOTE_SIZE = 6.5, 6  # points: numbers beside a plot; the note below a figure


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """An empty matplotlib figure of the house's look, whose layout makes room for all that is written."""
    mpl.rcParams.update(MATPLOTLIB_LOOK | PLAIN_TEXT)
    return Figure(figsize=(width_mm / 25.4, height_mm / 25.4), layout="constrained", facecolor="white")


def add_note(figure: Figure, note: str, characters: int = 160) -> None:
    """Write a note below a figure, in lines of so many characters: what abbreviations and marks stand for.

    A number that is masked is explained by itself, so a figure's note is written last.
    """
    if any(HIDDEN in text.get_text() for text in figure.findobj(Text)):
        note = f"{note} {EXPLAINED}"
    figure.supxlabel("\n".join(wrap(note, characters)), x=0.01, ha="left", fontsize=NOTE_SIZE, color=GREY)


def save(plot, paths, width_mm: float | None = None, height_mm: float | None = None, watermark: str = "") -> None:
    """Write a plot (plotnine, a composition, or a matplotlib figure) to paths, each by its ending: svg, png, pdf.

    Without a width and height a matplotlib figure keeps its own. watermark: what every figure of the study bears in its
    upper right corner, such as `Synthetic patients`.
    Letters are outlines in the SVG, so that it looks the same everywhere; no date or random name makes two runs differ.
    Raises InputError for signs that no font has, which would be printed as empty boxes.
    """
    mpl.rcParams.update({"svg.hashsalt": "twoarm", "svg.fonttype": "path"} | PLAIN_TEXT)
    figure = plot if isinstance(plot, Figure) else plot.draw()
    marked = figure.text(0.995, 0.995, watermark, ha="right", va="top", fontsize=NOTE_SIZE, color=GREY, style="italic")
    marked.set(zorder=100, in_layout=False)
    set_fonts(figure)
    mpl.rcParams["pdf.fonttype"] = pdf_font_type(figure)
    if width_mm and height_mm:
        figure.set_size_inches(width_mm / 25.4, height_mm / 25.4)
    if isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        _freeze_layout(figure)
    for path in map(Path, paths):
        if path.suffix == ".png":
            _write_png(figure, path)
        else:
            figure.savefig(path, dpi=DPI, metadata=UNDATED[path.suffix])


def _write_png(figure: Figure, path: Path) -> None:
    """Write a PNG with a palette, which line art does not need more of: a third of the size, for mail."""
    pixels = BytesIO()
    figure.savefig(pixels, format="rgba", dpi=DPI)
    size = tuple(int(side * DPI) for side in figure.get_size_inches())
    picture = Image.frombuffer("RGBA", size, pixels.getbuffer(), "raw", "RGBA", 0, 1).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(path, dpi=(DPI, DPI), optimize=True)


def _freeze_layout(figure: Figure) -> None:
    """Lay a figure out once and round its positions: the layout's solver leaves their last bits to chance."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for part in figure.findobj(SubFigure):
        part.bbox_relative.set_points(part.bbox_relative.get_points().round(5))
    for axes in figure.findobj(Axes):
        axes.set_position(Bbox(axes.get_position().get_points().round(5)))
