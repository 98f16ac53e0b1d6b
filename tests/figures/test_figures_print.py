"""Every figure as a journal prints it: for its page and its column, with type of 6 points, in fonts that are there."""

import re
import xml.etree.ElementTree as ET

import pytest
import test_figures_balance as balance
import test_figures_cohort as cohort
import test_figures_forest as forest
import test_figures_spider as spider
import test_figures_survival as survival
import test_figures_swimmer as swimmer

from figure_checks import assert_printable, drawn
from populations import AFTER
from response.draw_discordance import draw_discordance
from survival.draw_survival import draw_survival
from tidy import values
from twoarm.config.response_criteria import CRITERIA
from twoarm.figures.fonts import families
from twoarm.figures.writer import COLUMN_MM, LIKE_IT, PAGE_MM, save, save_both

SVG = "{http://www.w3.org/2000/svg}"
CHINESE = {
    "treated": {"value": "X", "short": "联合治疗组", "label": "经动脉化疗栓塞联合瑞戈非尼及程序性死亡受体抑制剂治疗组"},
    "control": {"value": "Y", "short": "对照组", "label": "经动脉化疗栓塞联合瑞戈非尼"},
}


LONG = {
    "treated": {"value": "X", "short": "Chemoradiotherapy", "label": "Concurrent chemoradiotherapy, then durvalumab"},
    "control": {"value": "Y", "short": "Radiotherapy alone", "label": "Radiotherapy alone to 60 Gy in 30 fractions"},
}


def alone(width_mm, arms=survival.ARMS):
    tables = survival.shown(*survival.both(survival.study()))
    return draw_survival(*tables, AFTER, {"pfs": "Progression-free survival"}, arms, "months", width_mm=width_mm)


def discordance(width_mm):
    rows = values(cohort.described(cohort.discordance()))
    return draw_discordance(rows, AFTER, CRITERIA, cohort.ARMS, width_mm)


def levels(width_mm):
    groups = dict.fromkeys(("I", "II", "III"), (20, 15, (5.6, 5.1, 6.2)))
    return survival.by_level(groups, levels=tuple(groups), width_mm=width_mm)


def looks(**look):
    return lambda width_mm: survival.two_endpoints(width_mm=width_mm, look=look)


DRAWN = {
    "flowchart": lambda width_mm: cohort.flowchart(matching=cohort.NEAREST, width_mm=width_mm),
    "flowchart_long": lambda width_mm: cohort.flowchart(LONG, matching=cohort.NEAREST, width_mm=width_mm),
    "love_plot": lambda width_mm: balance.love_plot_of(1, width_mm),
    "love_plot_designs": lambda width_mm: balance.love_plot_of(6, width_mm),
    "score_overlap": lambda width_mm: balance.overlap_of(balance.some_scores(), 1, width_mm).draw(),
    "survival": looks(),
    "survival_rows": looks(rows=["events", "censored"]),
    "survival_jama": looks(style="jama"),
    "survival_kmunicate": looks(style="kmunicate"),
    "survival_alone": alone,
    "survival_long": lambda width_mm: survival.of_long_names(width_mm=width_mm),
    "survival_chinese": lambda width_mm: survival.two_endpoints(CHINESE, width_mm),
    "subgroup": levels,
    "prognosis": lambda width_mm: forest.draw(width_mm),
    "subgroups_forest": lambda width_mm: forest.draw_forest(width_mm=width_mm),
    "subgroups_chinese": lambda width_mm: forest.draw_forest(arms=CHINESE, width_mm=width_mm),
    "subgroups_long": lambda width_mm: forest.draw_forest(arms=LONG, width_mm=width_mm),
    "waterfall": lambda width_mm: cohort.waterfall(width_mm=width_mm),
    "spider": lambda width_mm: spider.draw(spider.many(64), width_mm=width_mm),
    "swimmer": lambda width_mm: swimmer.draw(*swimmer.many(64), width_mm=width_mm),
    "discordance": discordance,
    "safety": lambda width_mm: cohort.figure_of(cohort.EVENTS, width_mm),
}


def assert_clear_of_watermark(plot, beside):
    """All other text begins below the watermark, or 10 mm to its left if it may stand beside it."""
    figure, written = drawn(plot)
    boxes = {text.get_text(): text.get_window_extent() for text in written}
    mark, mm = boxes.pop("Synthetic patients"), figure.dpi / 25.4
    assert [
        text
        for text, box in boxes.items()
        if box.y1 > mark.y0 - 0.5 * mm and not (beside and box.x1 < mark.x0 - 10 * mm)
    ] == []


@pytest.mark.parametrize("width_mm", [PAGE_MM, COLUMN_MM])
@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_is_legible_at_its_width(name, width_mm, tmp_path):
    """In the files: type of 6 points or more, text as text, fonts embedded, nothing clipped or overlapping."""
    if "chinese" in name and families(["治"]) == families([""]):
        pytest.skip("no font with Chinese signs is installed")
    figure = DRAWN[name](width_mm)
    save(figure, [tmp_path / "f.svg", tmp_path / "f.pdf"], watermark="Synthetic patients")
    assert_printable(figure)
    assert_clear_of_watermark(figure, beside=name.startswith("flowchart"))
    drawing = ET.parse(tmp_path / "f.svg").getroot()
    assert float(drawing.get("width").removesuffix("pt")) == pytest.approx(width_mm / 25.4 * 72)
    texts = list(drawing.iter(f"{SVG}text"))
    styles = [text.get("style") for text in texts]
    assert min(float(re.search(r"font-size: ([\d.]+)px", style)[1]) for style in styles) >= 6
    assert all(f"font-family: {LIKE_IT}" in style and "sans-serif" in style for style in styles)
    assert "Synthetic patients" in {text.text for text in texts} and len(texts) > 10
    pdf = (tmp_path / "f.pdf").read_bytes()
    fonts = pdf.count(b"/Type /FontDescriptor")
    assert fonts and fonts == pdf.count(b"/FontFile2") and b"LiberationSans" in pdf


def test_both_forms_are_written_with_their_widths(tmp_path):
    (tmp_path / "column").mkdir()
    paths = [tmp_path / folder / f"f.{kind}" for folder in ("", "column") for kind in ("svg", "png", "pdf")]
    save_both(lambda width_mm: alone(width_mm), paths)
    widths = {path: float(re.search(r' width="([\d.]+)pt"', path.read_text())[1]) for path in paths[::3]}
    assert list(widths.values()) == [pytest.approx(side / 25.4 * 72) for side in (PAGE_MM, COLUMN_MM)]
