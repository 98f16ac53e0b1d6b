"""Every page of a finished run, in a real browser; and each check on a page with that error."""

import base64
import struct
import zlib

import pytest

import browser as harness
from browser import CHECKS, SCREENS, file_errors, inspect
from programs import need

DOTS = 11811  # pixels a metre: 300 dpi
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'
CSV = "a,b\n≤1,2\n"


def png(dots: int | None = DOTS) -> bytes:
    """A white pixel; dots: its resolution, None for none."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    resolution = chunk(b"pHYs", struct.pack(">IIB", dots, dots, 1)) if dots else b""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + resolution + chunk(b"IDAT", zlib.compress(b"\0\xff")) + chunk(b"IEND", b"")


def data_uri(content: bytes | str, kind: str) -> str:
    content = content.encode() if isinstance(content, str) else content
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def whole(body: str, head: str = "") -> str:
    """A page without errors around a body."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>A page</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{head}</head><body><main><h1>A page</h1>{body}</main></body></html>"
    )


GOOD = whole(f"""
    <p><a href="#part">Part</a> <a href="other.html#there">Other</a> <a href="https://doi.org/10.1/x">Source</a></p>
    <h2 id="part">Part</h2>
    <figure><img src="{data_uri(png(), "image/png")}" alt="A white pixel"><figcaption>Pixel</figcaption></figure>
    <p><a download="a.png" href="{data_uri(png(), "image/png")}">PNG</a>
    <a download="a.svg" href="{data_uri(SVG, "image/svg+xml")}">SVG</a>
    <a download="a.pdf" href="{data_uri("%PDF-1.4 %%EOF", "application/pdf")}">PDF</a>
    <a download="a.csv" href="{data_uri(CSV, "text/csv")}">CSV</a></p>
    <div style="overflow-x: auto" tabindex="0" role="region" aria-label="Wide"><p style="width: 2000px">Wide</p></div>
""")

# A page, the check that must find its error, and words of the message.
BAD = {
    "console.error": (whole("<script>console.error('broken')</script>"), "console", "error: broken"),
    "console.warn": (whole("<script>console.warn('odd')</script>"), "console", "warning: odd"),
    "script error": (whole("<script>nothing.here()</script>"), "console", "script error: nothing is not defined"),
    "http image": (whole("<img src='http://127.0.0.1:9/a.png' alt='A'>"), "requests", "asks for http://127.0.0.1:9"),
    "http style": (whole("", "<link rel=stylesheet href='https://cdn.invalid/a.css'>"), "requests", "cdn.invalid"),
    "fetch": (whole("<script>fetch('https://cdn.invalid/x').catch(e => 0)</script>"), "requests", "cdn.invalid/x"),
    "socket": (whole("<script>new WebSocket('ws://127.0.0.1:9/s')</script>"), "requests", "ws://127.0.0.1:9/s"),
    "file beside": (whole("<script src='other.js'></script>"), "requests", "other.js"),
    "broken image": (whole("<img src='data:image/png;base64,AAAA' alt='A'>"), "images", "has not loaded"),
    "empty alt": (whole(f"<img src='{data_uri(png(), 'image/png')}' alt=''>"), "images", "no alternative text"),
    "no alt": (whole(f"<img src='{data_uri(png(), 'image/png')}'>"), "accessibility", "image-alt"),
    "dead anchor": (whole("<a href='#gone'>Gone</a>"), "links", "#gone: no such anchor"),
    "dead file": (whole("<a href='gone.html'>Gone</a>"), "links", "gone.html: no such file"),
    "dead anchor there": (whole("<a href='other.html#gone'>Gone</a>"), "links", "other.html#gone: no such anchor"),
    "absolute path": (whole("<a href='/tmp/other.html'>There</a>"), "links", "would break when the folder moves"),
    "empty download": (whole("<a download='a.csv' href='data:text/csv,'>CSV</a>"), "downloads", "a.csv: is empty"),
    "download outside": (whole("<a download='a.csv' href='other.csv'>CSV</a>"), "downloads", "not within the page"),
    "download spoilt": (
        whole("<a download='a.svg' href='data:image/svg+xml;base64,AAAA'>SVG</a>"),
        "downloads",
        "a.svg: is no SVG",
    ),
    "wide": (whole("<p style='width: 900px'>Wide</p>"), "width", "phone: 908 px wide on 390: p"),
    "wider": (whole("<p id='w' style='width: 1900px'>Wide</p>"), "width", "desktop: 1908 px wide on 1280: p#w"),
    "no viewport": (whole("").replace("device-width", "980"), "width", "no meta viewport"),
    "contrast": (whole("<p style='color: #aaa'>Pale</p>"), "accessibility", "color-contrast"),
    "contrast in the dark": (
        whole("<p>Dark</p>", "<style>@media (prefers-color-scheme: dark) { p { color: #eee } }</style>"),
        "accessibility",
        "dark)",
    ),
    "no way to scroll": (
        whole(f"<div style='overflow-x: auto'><p style='white-space: nowrap'>{'Wide ' * 400}</p></div>"),
        "accessibility",
        "scrollable-region-focusable",
    ),
    "no language": (whole("").replace(' lang="en"', ""), "accessibility", "html-has-lang"),
    "no title": (whole("").replace("<title>A page</title>", ""), "accessibility", "document-title"),
    "no doctype": (whole("").replace("<!DOCTYPE html>", ""), "accessibility", "doctype"),
    "heading skipped": (whole("<h3>Deep</h3>"), "accessibility", "heading-order"),
    "no heading": (whole("").replace("h1>", "p>"), "accessibility", "page-has-heading-one"),
    "no main": (whole("").replace("main>", "div>"), "accessibility", "landmark-one-main"),
}


def write(folder, text):
    """A page, with another beside it."""
    (folder / "other.html").write_text(whole('<h2 id="there">There</h2>'), encoding="utf-8")
    (folder / "page.html").write_text(text, encoding="utf-8")
    return folder / "page.html"


@pytest.mark.workflow
def test_a_good_page_has_no_error(chromium, tmp_path):
    assert inspect(chromium, write(tmp_path, GOOD)) == {check: [] for check in CHECKS}


@pytest.mark.workflow
@pytest.mark.parametrize("name", BAD)
def test_an_error_is_found(chromium, tmp_path, name):
    text, check, words = BAD[name]
    screens = SCREENS if check == "width" else ["desktop"]
    errors = inspect(chromium, write(tmp_path, text), screens=screens)[check]
    assert any(words in error for error in errors), errors


@pytest.mark.workflow
def test_many_downloads_are_all_saved(chromium, tmp_path):
    links = "".join(f'<p><a download="{n}.csv" href="{data_uri(CSV, "text/csv")}">{n}</a></p>' for n in range(25))
    assert inspect(chromium, write(tmp_path, whole(links)), screens=["desktop"])["downloads"] == []


def test_every_check_can_fail():
    assert {check for _, check, _ in BAD.values()} == set(CHECKS)


@pytest.mark.workflow
def test_a_part_of_a_document_needs_no_headings(chromium, tmp_path):
    page = write(tmp_path, whole("").replace("h1>", "p>").replace("main>", "div>"))
    assert inspect(chromium, page, document=False)["accessibility"] == []


@pytest.mark.parametrize(
    ("name", "content", "kind", "error"),
    [
        ("a.png", png(3937), "image/png", "is a PNG of 100 x 100 dpi"),
        ("a.png", png(None), "image/png", "is a PNG without resolution"),
        ("a.png", png()[:-4], "image/png", "is no whole PNG"),
        ("a.pdf", b"<html>", "application/pdf", "is no whole PDF"),
        ("a.csv", "a,b\n≤1,2\n".encode("utf-16"), "text/csv", "is no CSV in UTF-8"),
        ("a.csv", b"a,b\n1\n", "text/csv", "is no table"),
        ("a.csv", b"a,b\n1,2\n", "text/plain", "is declared text/plain, not text/csv"),
        ("a.svg", b"<p></p>", "image/svg+xml", "is no SVG but p"),
        ("a.docx", b"PK", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "is no Word"),
        ("a.html", b"<!DOCTYPE html><html>", "text/html", "is no whole HTML page"),
        ("a.exe", b"MZ", "application/octet-stream", "is of no known type"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_found(name, content, kind, error):
    (found,) = file_errors(name, content, kind)
    assert found.startswith(error)


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_a_missing_program_fails_in_ci_and_skips_elsewhere(monkeypatch, ci, outcome):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(outcome, match="apt-get install chromium"), harness.chromium():
        pass
    with pytest.raises(outcome, match="apt-get install libreoffice-writer"):
        need("soffice")


@pytest.fixture(scope="module")
def errors(shipped, chinese, chromium) -> dict[str, dict[str, list[str]]]:
    """The errors of every page of a finished run, and of another report on a phone.

    The pages of the report are complete documents.
    """
    pages = [*sorted((shipped / "results/tables").glob("*.html")), *sorted((shipped / "results/report").glob("*.html"))]
    assert len(pages) >= 7
    found = {page.name: inspect(chromium, page, document=page.parent.name == "report") for page in pages}
    return found | {
        "of the Chinese study": inspect(chromium, chinese / "results/report/report.html", screens=["phone"])
    }


@pytest.mark.workflow
@pytest.mark.parametrize("check", CHECKS)
def test_no_page_of_a_run_has_an_error(errors, check):
    assert {page: found[check] for page, found in errors.items() if found[check]} == {}
