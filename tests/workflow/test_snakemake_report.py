"""`snakemake --report` of a finished run: made and read offline, with every figure and table, and no patient's data."""

import base64
import csv
import html
import io
import json
import re
import shutil
import zipfile

import pytest
import yaml

import runs
from browser import opened
from runs import done, snakemake

pytestmark = pytest.mark.workflow

# Snakemake's own style sheet says that of itself, and fetches nothing.
TAILWIND = "cdn.tailwindcss.com should not be used in production"
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
CUTOFF = re.compile(r'cutoff: "(.+?)"')
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


def within(content: bytes) -> list[str]:
    """A file as text, and every file within it: in a zip (a Word document is one), or embedded as a data: URI.

    A figure's words stand in its SVG as comments; its PDF and PNG are of the same drawing, and are not read.
    """
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return [text for name in packed.namelist() for text in within(packed.read(name))]
    text = content.decode("utf-8", "replace")
    embedded = re.findall(r'data:[\w/+.-]+(?:;[^;,"]+)*;base64,([\w+/]+=*)', text)
    return [text, *(inner for part in embedded for inner in within(base64.b64decode(part)))]


def told(texts: list[str], secrets: set[str]) -> set[str]:
    """The secrets (dates, and whole words with hyphens) that the texts contain."""
    return secrets & {word for text in texts for word in [*DATE.findall(text), *WORD.findall(text)]}


def test_every_figure_and_table_has_a_place_a_name_and_a_caption(report):
    page = (report / "report.html").read_text(encoding="utf-8")
    results, categories = part(page, "results"), part(page, "categories")
    made = [path for kind in ("figures/*.svg", "tables/*.html") for path in report.glob(f"results/{kind}")]
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
    with opened(chromium, path, besides=path.parent / "data") as (page, errors):
        page.get_by_text("Workflow", exact=True).click()
        assert page.locator("h1.title").inner_text() == title
        for category, kinds in categories.items():
            page.locator("nav nav a").first.click()  # home
            page.get_by_role("link", name=category, exact=True).click()
            rows = page.locator("nav tbody tr")
            rows.first.wait_for()
            assert rows.count() == sum(map(len, kinds.values()))
            for row in rows.all():
                row.locator("a").first.click()
                assert_shown(page)
        # what a reader sees of a result
        page.locator("nav tbody tr a").nth(1).click()
        assert page.get_by_text("Description", exact=True).is_visible()
        assert [error for error in errors["console"] if TAILWIND not in error] == []
        assert errors["requests"] == []


def assert_shown(page):
    """The chosen figure has loaded, or the chosen table is in its frame."""
    shown = page.locator("#app img:not(nav img), #app iframe").last
    if shown.evaluate("element => element.tagName") == "IMG":
        assert shown.evaluate("async image => { await image.decode(); return image.naturalWidth; }") > 0
    else:
        shown.content_frame.locator("table tbody tr").first.wait_for(state="attached")


def test_it_reveals_nothing_about_any_patient(report):
    identifiers, dates = set(), set()
    for table in (report / "resources/cohort").glob("*.csv"):
        with table.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        identifiers |= {row["patient_id"] for row in rows}
        dates |= {value for row in rows for value in row.values() if DATE.fullmatch(value or "")}
    assert len(identifiers) > 200
    assert len(dates) > 500
    dates.discard(CUTOFF.search((report / "config.yaml").read_text())[1])  # the study's own, which its config states
    for path in (report / "report.html", report / "report.zip", *(report / "results/report").glob("*.*")):
        texts = within(path.read_bytes())
        assert told(texts, identifiers | dates) == set(), path
        assert not [text for text in texts if "SYN-" in text], path


BAD = "a </script><script>alert(1)</script> <!-- <script> & \"b\" 'c' `d <javascript:e>`_ **f** |g| h_"


def test_no_text_of_the_config_breaks_out_of_the_page(report, study):
    config = yaml.safe_load((study / "config.yaml").read_text(encoding="utf-8"))
    config["study"] |= {"title": BAD, "watermark": BAD, "notice": f"{BAD}\n\n.. raw:: html\n\n   <b>i</b>"}
    for named in (config["arms"]["treated"], config["subgroups"]["dose"], config["variables"]["age"]):
        named["label"] = BAD
    (study / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    done(snakemake(study, "--report", "report.html"))
    page, harmless = ((folder / "report.html").read_text(encoding="utf-8") for folder in (study, report))
    for sign in ("<script", "</script", "<!--"):
        assert page.count(sign) == harmless.count(sign)
    result = part(page, "results")["results/figures/subgroup_dose.svg"]
    assert BAD in result["labels"]["Result"]
    for prose in (result["caption"], part(page, "workflow-desc")):
        assert BAD in html.unescape(prose)
        assert not re.search("<(script|a|b|strong|em)[ >]|System Message", prose), prose


def test_what_is_stated_of_a_patient_would_be_found():
    drawing = base64.b64encode(b"<!-- SYN-A-001 --><text>2024-01-31</text>").decode()
    table = f'<a href="data:image/svg+xml;charset=utf8;filename=a.svg;base64,{drawing}">'
    page = f'{{"data_uri": "data:text/html;base64,{base64.b64encode(table.encode()).decode()}"}}'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("report.html", page)
    for content in (page.encode(), packed.getvalue()):
        assert told(within(content), {"SYN-A-001", "2024-01-31", "SYN-A-00"}) == {"SYN-A-001", "2024-01-31"}
