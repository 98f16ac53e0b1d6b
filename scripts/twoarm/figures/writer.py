"""Figures in one style as print-quality files for a journal's page and its column, with the same bytes each time."""

import re
from collections.abc import Callable, Iterable
from io import BytesIO, StringIO
from pathlib import Path

import matplotlib as mpl
from fontTools import subset
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from twoarm.figures.fonts import FONT, LIKE_IT, check_glyphs, pdf_font_type, set_fonts, widest_mm, wrap_mm
from twoarm.figures.palette import GREY
from twoarm.results.values import HIDDEN

PAGE_MM, COLUMN_MM = 175, 85  # a journal's double and single column
COLUMN = "column"  # the folder of the figures for a single column
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
    "xtick.minor.width": 0.6,
    "xtick.minor.size": 1.3,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
}

FAMILY = f"font-family: '{FONT}'((?:, '[^']*')*)"  # as matplotlib writes it

PLACING_LETTERS = ["GSUB", "GPOS", "GDEF", "kern", "MATH"]  # font tables

EXPLAINED = f"{HIDDEN}: confidential, masked to protect small numbers of patients."
TABLE_SIZE, NOTE_SIZE = 6.5, 6  # points: numbers beside a plot; the note below a figure
LEGEND_MARK_MM = 12  # an entry of a legend without its text
MARK_MM = 4.5  # the space of the watermark, clear of what is below it
NOTE_MM = 2.8  # of a line of the note


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


def note_lines(note: str, width_mm: float) -> list[str]:
    """The lines of a note below a figure of this width."""
    return wrap_mm(note, width_mm - 2 * 0.01 * width_mm, NOTE_SIZE)


def add_note(figure: Figure, note: str) -> None:
    """Write a note below a figure that explains abbreviations and marks.

    Masked numbers in the figure are explained automatically, so write the note last.
    """
    if any(HIDDEN in text.get_text() for text in figure.findobj(Text)):
        note = f"{note} {EXPLAINED}"
    lines = note_lines(note, figure.get_figwidth() * 25.4)
    figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=NOTE_SIZE, color=GREY)


def legend_columns(labels: list[str], width_mm: float) -> int:
    """How many entries of a legend fit side by side, all as wide as the longest."""
    entry = widest_mm(labels, MATPLOTLIB_LOOK["font.size"]) + LEGEND_MARK_MM
    return max(1, min(len(labels), int(width_mm / entry)))


def title_lines(title: str, width_mm: float) -> str:
    """A panel's title, broken into lines."""
    return "\n".join(wrap_mm(title, width_mm, MATPLOTLIB_LOOK["axes.titlesize"], bold=True))


def keep_size(axes: Axes) -> None:
    """Keep the layout from making an axes smaller because of texts in it, for whose widths it was made."""
    for text in axes.texts:
        text.set_in_layout(False)


def is_narrow(width_mm: float) -> bool:
    """Whether a figure is for a single column."""
    return width_mm < (PAGE_MM + COLUMN_MM) / 2


def save_both(draw: Callable[..., Figure], paths: Iterable[str], watermark: str = "") -> None:
    """Write a figure for a page, and for a column to the paths in the folder `column`; `draw` takes width_mm."""
    in_column = [path for path in map(Path, paths) if path.parent.name == COLUMN]
    on_page = [path for path in map(Path, paths) if path not in in_column]
    for width_mm, own in ((PAGE_MM, on_page), (COLUMN_MM, in_column)):
        save(draw(width_mm=width_mm), own, watermark=watermark)


def save(plot, paths, watermark: str = "") -> None:
    """Write a plot (plotnine, a composition, or a matplotlib figure) to paths, each by its ending: svg, png, pdf.

    watermark: text for the upper right corner of every figure, such as `Synthetic patients`.
    The SVG's text is text, which a journal can edit; there are no dates or random names.
    Raises InputError for characters that no font has, which would be printed as empty boxes.
    """
    mpl.rcParams.update({"svg.hashsalt": "twoarm", "svg.fonttype": "none"} | PLAIN_TEXT)
    figure = plot if isinstance(plot, Figure) else plot.draw()
    marked = figure.text(0.995, 0.995, watermark, ha="right", va="top", fontsize=NOTE_SIZE, color=GREY)
    marked.set(zorder=100, in_layout=False, fontfamily=FONT)
    check_glyphs(figure)
    set_fonts(figure)
    mpl.rcParams["pdf.fonttype"] = pdf_font_type(figure)
    if figure.axes and isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        _freeze_layout(figure, MARK_MM if watermark else 0)
    for path in map(Path, paths):
        WRITERS[path.suffix](figure, path)


def _write_pdf(figure: Figure, path: Path) -> None:
    figure.savefig(path, metadata={"CreationDate": None, "Producer": None, "Creator": None})


def _write_svg(figure: Figure, path: Path) -> None:
    """Write an SVG whose text asks for the fonts that readers have, with the widths of ours."""
    drawn = StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    path.write_text(re.sub(FAMILY, rf"font-family: {LIKE_IT}\1, sans-serif", drawn.getvalue()), encoding="utf-8")


def _write_png(figure: Figure, path: Path) -> None:
    """Write a PNG with a colour palette, which is enough for line art: a third of the size, for e-mail.

    It is compressed at zlib's usual level: the highest takes eight times as long, for a tenth of the size.
    """
    pixels = BytesIO()
    figure.savefig(pixels, format="rgba", dpi=DPI)
    size = tuple(int(side * DPI) for side in figure.get_size_inches())
    picture = Image.frombuffer("RGBA", size, pixels.getbuffer(), "raw", "RGBA", 0, 1).convert("RGB")
    picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, dpi=(DPI, DPI))


WRITERS = {".svg": _write_svg, ".png": _write_png, ".pdf": _write_pdf}


def _freeze_layout(figure: Figure, above_mm: float) -> None:
    """Lay out a figure once, made higher by some space above; round positions: the solver's last bits vary."""
    height_mm = figure.get_figheight() * 25.4 + above_mm
    top = 1 - above_mm / height_mm
    figure.set_figheight(height_mm / 25.4)
    figure.get_layout_engine().set(rect=(0, 0, 1, top))
    figure.get_layout_engine().execute(figure)
    for legend in figure.legends:  # which the layout places in the whole figure
        legend.set_bbox_to_anchor((0, 0, 1, top), transform=figure.transFigure)
    figure.set_layout_engine(None)  # "none" would stand in for the old one, and lay out again for each file
    for part in figure.findobj(SubFigure):
        part.bbox_relative.set_points(part.bbox_relative.get_points().round(5))
    for axes in figure.findobj(Axes):
        axes.set_position(Bbox(axes.get_position().get_points().round(5)))
