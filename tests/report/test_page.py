"""The report's page in a real browser: contents, figures to enlarge, tables on a phone, pages of paper."""

import re
import subprocess

import pytest
from PIL import Image

from browser import accessibility_errors, opened
from programs import need
from twoarm.report.document import Document, Section, Table
from twoarm.report.document_html import document_html
from twoarm.tables.cells import Cell
from twoarm.tables.paper_table import Column, PaperTable, Row

pytestmark = pytest.mark.workflow
MOST_PAGES = 9  # of the part before the appendix


@pytest.fixture(scope="module")
def report(shipped):
    return shipped / "results/report/report.html"


def test_the_page_is_small_enough_for_an_e_mail(report):
    assert report.stat().st_size < 3e6


def test_the_contents_stand_beside_the_text_and_mark_its_section(report, chromium):
    with opened(chromium, report) as (page, errors):
        contents = page.locator(".contents")
        assert contents.get_by_role("link", name="Methods", exact=True).is_visible()
        assert contents.bounding_box()["x"] < page.locator("h1").first.bounding_box()["x"]
        contents.get_by_role("link", name="Methods", exact=True).click()
        page.locator(".contents [aria-current]", has_text="Methods").wait_for()
        assert page.locator(".contents [aria-current]").count() == 1 and contents.is_visible()
        assert not any(errors.values())


def test_on_a_phone_the_contents_are_folded_below_the_first_page(report, chromium):
    for screen in ("phone", "phone without script"):
        with opened(chromium, report, screen) as (page, errors):
            first, contents = page.locator(".front").first.bounding_box(), page.locator(".contents")
            assert contents.bounding_box()["y"] >= first["y"] + first["height"]
            methods = contents.get_by_role("link", name="Methods", exact=True)
            assert not methods.is_visible()
            contents.get_by_text("Contents").click()
            methods.click()
            assert methods.is_visible() == (screen == "phone without script")
            page.wait_for_function("document.querySelector('#methods').getBoundingClientRect().top < 100")
            assert not any(errors.values())


@pytest.mark.parametrize("screen", ["phone", "phone without script"])
@pytest.mark.parametrize("width", [390, 360])
def test_the_main_results_fit_a_phone(report, chromium, width, screen):
    with opened(chromium, report, screen) as (page, _):
        page.set_viewport_size({"width": width, "height": 740})
        table = page.locator("#table-main_results")
        assert table.locator(".table").evaluate("box => box.scrollWidth <= box.clientWidth")
        cells = table.locator("tr").first.locator("th").all()
        ends = [cell.bounding_box()["x"] + cell.bounding_box()["width"] for cell in cells]
        assert len(ends) == 5 and ends == sorted(ends) and ends[-1] <= width
        sizes = table.locator("th, td").evaluate_all(
            "all => all.map(cell => parseFloat(getComputedStyle(cell).fontSize))"
        )
        assert min(sizes) >= 11
        interval = table.locator(".interval").first
        assert re.fullmatch(r"\([\d.]+–[\d.]+\)", interval.inner_text())
        assert interval.evaluate("span => span.getClientRects().length") == 1


def test_on_a_phone_what_to_be_careful_with_comes_before_the_figure(report, chromium):
    parts = ["#summary > p:not(.lead)", "#table-main_results", "#summary > .lead", "#summary > ul", "#summary figure"]
    for screen, order in {"phone": parts, "desktop": [*parts[:2], parts[4], *parts[2:4]]}.items():
        with opened(chromium, report, screen) as (page, _):
            tops = {part: page.locator(part).first.bounding_box()["y"] for part in parts}
            assert sorted(parts, key=tops.get) == order


def test_a_figure_opens_whole_and_is_enlarged_and_closed_again(report, chromium):
    with opened(chromium, report, "phone") as (page, errors):
        button = page.locator("#figure-flowchart .opener")
        button.click()
        image, box = page.locator("dialog img"), page.locator("dialog .box")

        def inside() -> bool:
            return box.evaluate("box => box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight")

        whole = image.bounding_box()
        assert inside() and whole["width"] > 330  # on a screen of 390
        assert accessibility_errors(page) == []
        page.get_by_role("button", name="Larger").click()
        assert image.bounding_box()["width"] > whole["width"] and not inside()
        page.get_by_role("button", name="Smaller").click()
        assert image.bounding_box() == whole
        touched = whole["x"] + whole["width"] * 0.7, whole["y"] + whole["height"] * 0.8
        page.touchscreen.tap(*touched)
        larger = image.bounding_box()
        assert larger["width"] > 1.9 * whole["width"]
        assert larger["x"] + larger["width"] * 0.7 == pytest.approx(touched[0], abs=3)
        assert larger["y"] + larger["height"] * 0.8 == pytest.approx(touched[1], abs=3)
        page.touchscreen.tap(*touched)
        assert image.bounding_box() == whole
        page.keyboard.press("Escape")
        page.locator("dialog").wait_for(state="detached")
        assert button.evaluate("button => button === document.activeElement")
        assert not any(errors.values())


def test_a_wide_table_scrolls_beside_its_first_column_on_a_phone(report, chromium):
    with opened(chromium, report, "phone") as (page, _):
        table = page.locator("#table-baseline .table")
        label, number = table.locator("tbody tr").nth(1).locator("th, td").all()[:2]
        before = label.bounding_box()["x"], number.bounding_box()["x"]
        table.evaluate("box => box.scrollTo(9999, 0)")
        assert label.bounding_box()["x"] == before[0] and number.bounding_box()["x"] < before[1] - 100
        last = table.locator("thead tr").last.locator("th").last.bounding_box()
        assert last["x"] + last["width"] <= 390  # of the last population


@pytest.mark.parametrize("populations", range(1, 6))
@pytest.mark.parametrize("label", ["Sex", "Diameter of the largest tumour before the first treatment of any kind"])
def test_a_printed_table_fits_its_page(chromium, tmp_path, populations, label):
    """Up to three populations on a portrait page, in smaller type if need be; then a landscape page."""
    row = [Cell("928.7 ± 376.9"), Cell("858.5 ± 280.6"), Cell("<0.001"), Cell("−0.177")]
    heads = ["Symptomatic\n(n = 151)", "Free of symptoms\n(n = 59)", "P value", "SMD"]
    columns = [Column(head, f"Population {place}") for place in range(populations) for head in heads]
    table = PaperTable("Baseline", "Variable", columns, [Row(label, row * populations)], ["Values are mean ± SD."])
    page_file = tmp_path / "page.html"
    section = Section("baseline", "Baseline", [Table("t", table, {})])
    page_file.write_text(document_html(Document("T", "", "", [section])), encoding="utf-8")
    with opened(chromium, page_file) as (page, _):
        landscape = "landscape" in page.locator("#table-t").get_attribute("class")
        page.emulate_media(media="print")
        page.set_viewport_size({"width": round((269 if landscape else 182) / 25.4 * 96), "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert (
            page.locator("#table-t table").evaluate("part => parseFloat(getComputedStyle(part).fontSize)") >= 7.9
        )  # 6 points
    assert landscape == (populations > 3)


def test_no_column_stops_half_under_the_first_one(report, chromium):
    with opened(chromium, report, "phone") as (page, _):
        for name in ("baseline", "survival", "subgroups"):
            table = page.locator(f"#table-{name} .table")
            for place in (40, 100, 170):
                table.evaluate("(box, place) => box.scrollTo(place, 0)", place)
                page.wait_for_timeout(100)
                label, *others = table.locator("tbody tr").last.locator("th, td").all()
                edge = label.bounding_box()["x"] + label.bounding_box()["width"]
                sides = [(box["x"], box["x"] + box["width"]) for box in (cell.bounding_box() for cell in others)]
                assert [(start, end) for start, end in sides if start < edge - 2 and end > edge + 2] == []


@pytest.fixture(scope="module")
def paper(report, chromium, tmp_path_factory):
    """The report as it is printed, as a PDF."""
    path = tmp_path_factory.mktemp("paper") / "report.pdf"
    with opened(chromium, report) as (page, _):
        page.pdf(path=path, prefer_css_page_size=True)
    return path


@pytest.fixture(scope="module")
def pages(paper) -> list[list[str]]:
    """The lines of text of each printed page, without its number; the letters of figures may be outlines."""
    need("pdftotext")
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True, check=True).stdout
    return [[line.strip() for line in page.splitlines() if line.strip()][:-1] for page in text.split("\f")[:-1]]


def filled(paper, folder) -> list[float]:
    """The share of each printed page, from its upper edge, that is filled; without the number at its foot."""
    need("pdfinfo")
    subprocess.run(["pdftoppm", "-r", "20", "-gray", paper, folder / "page"], check=True)
    shares = []
    for path in sorted(folder.glob("page-*.pgm")):
        page = Image.open(path)
        printed = page.crop((0, 0, page.width, int(page.height * 0.93))).point(lambda grey: 255 * (grey < 250))
        shares.append(printed.getbbox()[3] / page.height)
    return shares


def appendix_of(pages) -> int:
    """The place of the appendix's first page."""
    (start,) = [place for place, lines in enumerate(pages) if lines[0] == "Appendix"]
    return start


def test_the_papers_part_has_few_pages_and_the_appendix_begins_on_its_own(pages):
    assert appendix_of(pages) <= MOST_PAGES


def test_the_figures_keep_the_size_of_their_type_in_print(report, chromium):
    with opened(chromium, report) as (page, _):
        page.emulate_media(media="print")
        page.set_viewport_size({"width": round(182 / 25.4 * 96), "height": 900})
        page.wait_for_timeout(200)  # for the forms of the figures in print
        scales = page.eval_on_selector_all(
            ".picture img", "all => all.map(image => image.getBoundingClientRect().width / image.naturalWidth)"
        )
    assert scales and min(scales) > 0.98


def test_no_page_ends_with_a_title_or_is_almost_empty(pages, paper, report, tmp_path):
    titles = set(re.findall(r"<h[123][^>]*>(.*?)</h", report.read_text(encoding="utf-8")))
    assert [lines[-1] for lines in pages if lines[-1] in titles] == []
    last = {appendix_of(pages), len(pages)}
    shares = filled(paper, tmp_path)
    assert {page: share for page, share in enumerate(shares, start=1) if share < 0.4 and page not in last} == {}
