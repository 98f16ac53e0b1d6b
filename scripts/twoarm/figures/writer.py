"""Figures in one style as print-quality files, with the same bytes each time."""

from io import BytesIO
from pathlib import Path

import matplotlib as mpl
from fontTools import subset
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from twoarm.figures.fonts import FONT, check_glyphs, pdf_font_type, set_fonts, wrap
from twoarm.figures.palette import GREY
from twoarm.results.values import HIDDEN

PAGE_MM = 180  # a journal's double column
DPI = 300
PLAIN_TEXT = {"text.parse_math": False}  # `<$50k vs >$50k` is a label, not a formula
# For layouts that plotnine cannot do: panels with an aligned table of numbers. plot_theme.py has plotnine's style.
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

# Metadata on software and time that each format would otherwise write.
UNDATED = {
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}

PLACING_LETTERS = ["GSUB", "GPOS", "GDEF", "kern", "MATH"]  # font tables

EXPLAINED = f"{HIDDEN}: confidential, masked to protect small numbers of patients."
TABLE_SIZE, NOTE_SIZE = 6.5, 6  # points: numbers beside a plot; the note below a figure
NOTE_CHARACTERS, NOTE_MM = 160, 3  # of a line of the note


def without_placing(load_font):
    """Make fontTools read fonts without the tables that place letters: the letters in a PDF have their places already.

    These tables take most of the time when a font is reduced to the letters that a figure needs, and matplotlib has no
    setting to leave them out.
    """

    def load(*arguments, **options):
        font = load_font(*arguments, **options)
        for table in PLACING_LETTERS:
            if table in font:
                del font[table]
        return font

    return load


subset.load_font = without_placing(subset.load_font)


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """An empty matplotlib figure in this workflow's style, whose layout makes space for all text."""
    mpl.rcParams.update(MATPLOTLIB_LOOK | PLAIN_TEXT)
    return Figure(figsize=(width_mm / 25.4, height_mm / 25.4), layout="constrained", facecolor="white")


def add_note(figure: Figure, note: str, characters: int = NOTE_CHARACTERS) -> None:
    """Write a note below a figure that explains abbreviations and marks, in lines of so many characters.

    Masked numbers in the figure are explained automatically, so write the note last.
    """
    if any(HIDDEN in text.get_text() for text in figure.findobj(Text)):
        note = f"{note} {EXPLAINED}"
    figure.supxlabel("\n".join(wrap(note, characters)), x=0.01, ha="left", fontsize=NOTE_SIZE, color=GREY)


def save(plot, paths, width_mm: float | None = None, height_mm: float | None = None, watermark: str = "") -> None:
    """Write a plot (plotnine, a composition, or a matplotlib figure) to paths, each by its ending: svg, png, pdf.

    Without a width and height a matplotlib figure keeps its own. watermark: text for the
    upper right corner of every figure, such as `Synthetic patients`.
    Letters are outlines in the SVG, so that it looks the same everywhere; there are no dates or random names.
    Raises InputError for characters that no font has, which would be printed as empty boxes.
    """
    mpl.rcParams.update({"svg.hashsalt": "twoarm", "svg.fonttype": "path"} | PLAIN_TEXT)
    figure = plot if isinstance(plot, Figure) else plot.draw()
    marked = figure.text(0.995, 0.995, watermark, ha="right", va="top", fontsize=NOTE_SIZE, color=GREY, style="italic")
    marked.set(zorder=100, in_layout=False)
    check_glyphs(figure)
    set_fonts(figure)
    mpl.rcParams["pdf.fonttype"] = pdf_font_type(figure)
    if width_mm and height_mm:
        figure.set_size_inches(width_mm / 25.4, height_mm / 25.4)
    if figure.axes and isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        _freeze_layout(figure)
    for path in map(Path, paths):
        if path.suffix == ".png":
            _write_png(figure, path)
        else:
            figure.savefig(path, dpi=DPI, metadata=UNDATED[path.suffix])


def _write_png(figure: Figure, path: Path) -> None:
    """Write a PNG with a colour palette, which is enough for line art: a third of the size, for e-mail.

    It is compressed at zlib's usual level: the highest takes eight times as long, for a tenth of the size.
    """
    pixels = BytesIO()
    figure.savefig(pixels, format="rgba", dpi=DPI)
    size = tuple(int(side * DPI) for side in figure.get_size_inches())
    picture = Image.frombuffer("RGBA", size, pixels.getbuffer(), "raw", "RGBA", 0, 1).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(path, dpi=(DPI, DPI))


def _freeze_layout(figure: Figure) -> None:
    """Lay out a figure once and round its positions, because the last bits from the layout solver vary."""
    figure.get_layout_engine().execute(figure)
    figure.set_layout_engine(None)  # "none" would stand in for the old one, and lay out again for each file
    for part in figure.findobj(SubFigure):
        part.bbox_relative.set_points(part.bbox_relative.get_points().round(5))
    for axes in figure.findobj(Axes):
        axes.set_position(Bbox(axes.get_position().get_points().round(5)))
