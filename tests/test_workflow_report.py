"""`snakemake --report` of a finished run: made and read offline, with every figure and table, and no patient's data."""

import base64
import csv
import json
import re
import shutil
import zipfile

import pytest
import runs
from browser import opened
from runs import done, snakemake

pytestmark = pytest.mark.workflow

# Snakemake's own style sheet says that of itself, and fetches nothing.
TAILWIND = "cdn.tailwindcss.com should not be used in production"
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
WORD = re.compile(r"\w+(?:-\w+)*")


@pytest.fixture(scope="module")
def report(shipped, tmp_path_factory):
    """A copy of the finished run with its report as one page and as a zip; no way leads to the network."""
    folder = shutil.copytree(shipped, tmp_path_factory.mktemp("study"), dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        for proxy in ("http_proxy", "https_proxy"):
            patch.setitem(runs.ENVIRONMENT, proxy, "http://127.0.0.1:9")
        done(snakemake(folder, "--report", "report.html"))
        done(snakemake(folder, "--report", "report.zip"))
    with zipfile.ZipFile(folder / "report.zip") as packed:
        packed.extractall(folder / "unpacked")
    return folder


def part(page: str, name: str) -> dict:
    """One of the tables that the page's script reads, such as `results`."""
    return json.loads(re.search(rf'<script id="{name}">\s*var \w+ = (.*?);\s*</script>', page, re.DOTALL)[1])


def within(text: str) -> list[str]:
    """A text, and every file that it embeds as a data: URI."""
    embedded = re.findall(r'data:[\w/+.-]+(?:;[^;,"]+)*;base64,([\w+/]+=*)', text)
    return [text, *(base64.b64decode(content).decode("utf-8", "replace") for content in embedded)]


def told(texts: list[str], secrets: set[str]) -> set[str]:
    """Which of the secrets, dates and whole words with hyphens, the texts tell."""
    return secrets & {word for text in texts for word in [*DATE.findall(text), *WORD.findall(text)]}


def test_every_figure_and_table_has_a_place_a_name_and_a_caption(report):
    page = (report / "report.html").read_text(encoding="utf-8")
    results, categories = part(page, "results"), part(page, "categories")
    made = [*report.glob("results/figures/*.svg"), *report.glob("results/tables/*.html")]
    assert set(results) == {str(path.relative_to(report)) for path in made}
    assert len(results) >= 20
    assert "Other" not in categories
    names = [result["labels"]["Result"] for result in results.values()]
    assert len(set(names)) == len(names)
    for result in results.values():
        caption = re.sub(r"<[^>]+>", "", result["caption"]).strip()
        assert re.fullmatch(r"[A-Z].{30,}[a-z)]\.", caption, re.DOTALL), caption
        assert not re.search(r"[{}`]|mrecist|System Message", caption + result["labels"]["Result"]), caption


@pytest.mark.parametrize("file", ["report.html", "unpacked/report/report.html"])
def test_a_reader_can_open_every_result_offline(report, chromium, file):
    path = report / file
    categories = part(path.read_text(encoding="utf-8"), "categories")
    title = re.search(r"^  title: (.+)$", (report / "config.yaml").read_text(), re.MULTILINE)[1]
    with opened(chromium, path, besides=path.parent / "data") as (page, faults):
        page.get_by_text("Workflow", exact=True).click()
        assert page.locator("h1.title").inner_text() == title
        for category, kinds in categories.items():
            page.locator("nav nav a").first.click()  # home
            page.locator("nav").first.get_by_text(category, exact=True).click()
            rows = page.locator("nav tbody tr")
            rows.first.wait_for()
            assert rows.count() == sum(map(len, kinds.values()))
            for row in rows.all():
                row.locator("a").first.click()
                assert_shown(page)
        # what a reader learns of a result
        page.locator("nav tbody tr a").nth(1).click()
        assert page.get_by_text("Description", exact=True).is_visible()
        assert [fault for fault in faults["console"] if TAILWIND not in fault] == []
        assert faults["requests"] == []


def assert_shown(page):
    """The chosen figure has loaded, or the chosen table stands in its frame."""
    shown = page.locator("#app img:not(nav img), #app iframe").last
    if shown.evaluate("element => element.tagName") == "IMG":
        assert shown.evaluate("async image => { await image.decode(); return image.naturalWidth; }") > 0
    else:
        assert shown.content_frame.locator("table tbody tr").count() > 3


def test_it_tells_nothing_of_any_patient(report):
    identifiers, dates = set(), set()
    for table in (report / "resources/cohort").glob("*.csv"):
        with table.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        identifiers |= {row["patient_id"] for row in rows}
        dates |= {value for row in rows for value in row.values() if DATE.fullmatch(value or "")}
    assert len(identifiers) > 200
    assert len(dates) > 500
    texts = within((report / "report.html").read_text(encoding="utf-8"))
    for path in (report / "unpacked").rglob("*"):
        texts += within(path.read_text(encoding="utf-8")) if path.is_file() else []
    assert len(texts) > 40
    assert told(texts, identifiers | dates) == set()
    assert not [text for text in texts if "SYN-" in text]


def test_what_is_told_of_a_patient_would_be_found():
    hidden = base64.b64encode(b"<!-- SYN-A-001 --><text>2024-01-31</text>").decode()
    texts = within(f'var results = {{"data_uri": "data:image/svg+xml;charset=utf8;filename=a.svg;base64,{hidden}"}}')
    assert told(texts, {"SYN-A-001", "2024-01-31", "SYN-A-00"}) == {"SYN-A-001", "2024-01-31"}
