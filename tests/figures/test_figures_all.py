"""What every figure takes from a config: labels as written, in letters that a font has."""

import textwrap
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import matplotlib
import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from plotnine import aes, geom_point, ggplot

from runs import REPO
from twoarm.figures import fonts
from twoarm.figures.writer import new_figure, save
from twoarm.results.errors import InputError
from twoarm.text.labels import inside_sentence

MONEY = ">$50k vs <$50k"


def labelled(label: str):
    """A figure of matplotlib with a title, one with a labelled break, and one of plotnine with such a break."""
    figures = [new_figure(80, 40), new_figure(80, 40)]
    figures[0].suptitle(label)
    figures[1].subplots().set_yticks([0, 1], ["a", label])
    return [*figures, ggplot(pd.DataFrame({"x": [1], "y": [label]}), aes("x", "y")) + geom_point()]


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_dollars_are_not_a_formula(kind, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr("twoarm.figures.writer.Figure.savefig", lambda figure, path, **_: drawn.append(figure))
    save(labelled(MONEY)[kind], [tmp_path / "f.svg"])
    drawn[0].draw_without_rendering()
    assert {text.get_parse_math() for text in drawn[0].findobj(Text) if text.get_text() == MONEY} == {False}


@pytest.fixture
def machine(monkeypatch):
    """Set the fonts of the machine besides the standard one: {family: file}."""

    def has(**files: str) -> None:
        monkeypatch.setattr(fonts, "_files", lambda: {name.replace("_", " "): path for name, path in files.items()})
        fonts._further.cache_clear()

    yield has
    fonts._further.cache_clear()


CIRCLED = "Ⓐ"  # the house font and DejaVu Sans lack it, STIX has it, which comes with matplotlib
STIX = f"{matplotlib.get_data_path()}/fonts/ttf/STIXGeneral.ttf"


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_a_character_that_no_font_has_is_refused(kind, tmp_path, machine):
    machine()
    said = r"no font has the character '肝' \(in 'Stage 肝'\); use .* apt-get install fonts-wqy-zenhei\)"
    with pytest.raises(InputError, match=said):
        save(labelled("Stage 肝")[kind], [tmp_path / "f.svg"])
    assert not (tmp_path / "f.svg").exists()
    save(labelled("Größe ≥ 3 – Łódź, β, II→III")[kind], [tmp_path / "f.svg"])


def test_the_watermark_is_checked_as_well(tmp_path, machine):
    machine()
    with pytest.raises(InputError, match=r"no font has the character '合' \(in '合成患者'\)"):
        save(labelled("a")[0], [tmp_path / "f.svg"], watermark="合成患者")


def test_a_long_label_is_not_echoed_whole(tmp_path, machine):
    machine()
    with pytest.raises(InputError) as error:
        save(labelled("肝" + "x" * 10_000)[0], [tmp_path / "f.svg"])
    assert len(str(error.value)) < 300


@pytest.mark.filterwarnings("error:Glyph")
@pytest.mark.parametrize("kind", [0, 1, 2])
def test_a_character_that_another_font_has_is_drawn(kind, tmp_path, machine):
    """In outlines: the drawing has more than that of an empty box, and its PDF can be searched."""
    machine(STIXGeneral=STIX)
    paths = [tmp_path / f"f.{ending}" for ending in ("svg", "png", "pdf")]
    save(labelled(f"Stage {CIRCLED}")[kind], paths, watermark=CIRCLED)
    assert "STIXGeneral" in (tmp_path / "f.svg").read_text(encoding="utf-8")
    assert b"STIXGeneral" in (tmp_path / "f.pdf").read_bytes()


def test_what_the_house_font_has_needs_no_other(machine):
    machine(STIXGeneral=STIX)
    assert fonts.families(["Größe ≥ 3 → κ", "a\nb"]) == ["Liberation Sans"]
    assert fonts.families(["x", CIRCLED]) == ["Liberation Sans", "STIXGeneral"]


def test_what_the_house_font_lacks_is_taken_first_from_that_of_matplotlib():
    assert fonts.families(["a ✓"]) == ["Liberation Sans", "DejaVu Sans"]


def test_the_house_font_is_the_file_of_this_repository_and_not_one_of_the_machine():
    for weight in ("normal", "bold"):
        path = matplotlib.font_manager.findfont(FontProperties(family=fonts.FONT, weight=weight))
        assert Path(path).parent == REPO / "resources/fonts"


def test_the_machine_has_fonts_and_none_of_them_is_of_boxes():
    """matplotlib has a font with a box for every character: it would hide missing ones."""
    files = fonts._files()
    assert "DejaVu Sans" in files and not any(name.startswith("Last Resort") for name in files)


PACKAGES = {"肝": "wqy-zenhei", "（": "wqy-zenhei", "か": "noto-cjk", "한": "noto-cjk", "ก": "noto-core"}


@pytest.mark.parametrize(("sign", "package"), PACKAGES.items())
def test_a_package_is_named_by_the_script_of_a_sign(sign, package):
    assert fonts.package_for(sign) == f"fonts-{package}"


TEXTS = st.text(alphabet="ab cd-.,()年龄岁（）。 ", max_size=60)


@given(TEXTS, st.integers(6, 30))
def test_lines_lose_nothing_and_keep_their_width(text, width):
    lines = fonts.wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(fonts.columns(line) <= width + 2 for line in lines)  # a stop may stand beyond the edge
    assert all(line.strip() for line in lines)


@given(st.text(alphabet="ab cd-.,()é ", max_size=60), st.integers(6, 30))
def test_other_letters_break_as_ever(text, width):
    assert fonts.wrap(text, width) == textwrap.wrap(text, width)


@pytest.mark.parametrize(
    ("label", "inside"),
    [
        ("Overall survival", "overall survival"),
        ("Time to HCC progression", "time to HCC progression"),
        ("PFS by MRI", "PFS by MRI"),
        ("T stage", "T stage"),
        ("", ""),
    ],
)
def test_a_label_inside_a_sentence_keeps_its_abbreviations(label, inside):
    assert inside_sentence(label) == inside


def test_a_figure_is_laid_out_once_and_drawn_once_a_format(tmp_path):
    figure = new_figure(80, 60)
    figure.subplots().set_title("A title")
    engine = ConstrainedLayoutEngine
    with (
        patch.object(Figure, "draw", autospec=True, side_effect=Figure.draw) as draw,
        patch.object(engine, "execute", autospec=True, side_effect=engine.execute) as layout,
    ):
        save(figure, [tmp_path / f"f.{ending}" for ending in ("svg", "png", "pdf")])
    assert (layout.call_count, draw.call_count) == (1, 3)


def test_a_pdf_holds_its_letters_without_what_places_them(tmp_path):
    figure = new_figure(80, 60)
    figure.text(0.1, 0.5, "first AVATAR")
    save(figure, [tmp_path / "f.pdf"])
    pdf = (tmp_path / "f.pdf").read_bytes()
    streams = [part.split(b"\nendstream")[0] for part in pdf.split(b"stream\n")[1:]]
    fonts = []
    for stream in streams:
        with suppress(zlib.error):
            stream = zlib.decompress(stream)
        if stream[:4] == b"\x00\x01\x00\x00":
            fonts.append(TTFont(BytesIO(stream)))
    assert fonts and all("glyf" in font and not {"GSUB", "GPOS", "kern"} & set(font.keys()) for font in fonts)
