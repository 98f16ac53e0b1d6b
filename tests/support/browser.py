"""An HTML page in a real browser: problems for readers on a desktop or a phone, sighted or blind.

`inspect` opens a page in headless Chromium, offline, and returns its faults as sentences, by check:

    console        errors and warnings of the console, errors of scripts
    requests       anything asked for but the page itself, data: and blob: URIs
    images         not loaded, or without alternative text
    links          #anchors and relative files that are not there
    downloads      a link with `download` that does not save a whole file of its kind
    width          the page itself scrolls sideways (a table may, in its own container)
    accessibility  WCAG 2 A and AA by axe-core; of a whole document (`document`) its headings and landmarks too
"""

import csv
import io
import struct
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from programs import need

CHECKS = ("console", "requests", "images", "links", "downloads", "width", "accessibility")
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
SCREENS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": PHONE,
    "phone without script": PHONE | {"java_script_enabled": False},  # as in the preview of an e-mail
}
# No sandbox, because CI is root; the rest keeps the browser itself off the network.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
DOCUMENT_RULES = ["heading-order", "page-has-heading-one", "landmark-one-main"]  # axe: best practice


@contextmanager
def chromium() -> Iterator:
    """A headless browser; without one the test fails in CI and skips elsewhere."""
    path = need("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser, path: Path, screen: str = "desktop", besides: Path | None = None) -> Iterator[tuple]:
    """A page, and its errors so far by check; every request except for itself is blocked.

    besides: a folder whose files the page may ask for (an unpacked zip).
    """
    context = browser.new_context(**SCREENS[screen])
    errors = {check: [] for check in CHECKS}
    own = path.resolve().as_uri()

    def allow(route):
        address = route.request.url.partition("#")[0]
        if address == own or (besides and address.startswith(besides.resolve().as_uri() + "/")):
            route.continue_()
        else:
            errors["requests"].append(f"asks for {address[:200]}")
            route.abort()

    context.route(lambda address: not address.startswith(("data:", "blob:", "about:")), allow)
    page = context.new_page()
    page.on("websocket", lambda socket: errors["requests"].append(f"asks for {socket.url[:200]}"))
    page.on("pageerror", lambda error: errors["console"].append(f"script error: {error}"))

    def hear(message):
        if message.type in ("error", "warning"):
            errors["console"].append(f"{message.type}: {message.text}")

    page.on("console", hear)
    page.goto(own, wait_until="load")
    try:
        yield page, errors
    finally:
        context.close()


def inspect(browser, path: Path, document: bool = True, screens: Iterable[str] = tuple(SCREENS)) -> dict:
    """The errors of a page by check, on each screen; document: a complete one, with headings and landmarks."""
    found = {check: [] for check in CHECKS}
    for screen in screens:
        with opened(browser, path, screen) as (page, met):
            met["images"] += image_errors(page)
            met["width"] += width_errors(page)
            if SCREENS[screen].get("java_script_enabled", True):  # axe is a script itself
                met["accessibility"] += accessibility_errors(page, document)
            if screen == "desktop":  # the same on any screen
                met["links"] += link_errors(page, path)
                met["downloads"] += download_errors(page)
            for check, errors in met.items():
                found[check] += [f"{screen}: {error}" for error in errors]
    return found


def image_errors(page) -> list[str]:
    """Images that did not load, even when asked to at once, or that have no alternative text."""
    images = page.evaluate("""async () => {
        const images = [...document.images];
        images.forEach(image => image.loading = "eager");
        await Promise.all(images.map(image => image.decode().catch(() => null)));
        return images.map(image => [image.src.slice(0, 60), image.naturalWidth, image.getAttribute("alt") ?? ""]);
    }""")
    unloaded = [f"image {source} has not loaded" for source, width, _ in images if not width]
    return unloaded + [f"image {source} has no alternative text" for source, _, alt in images if not alt.strip()]


class _Anchors(HTMLParser):
    """All that a link to a page can point at."""

    def __init__(self, text: str):
        super().__init__()
        self.names = set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.names |= {value for name, value in attributes if name == "id" or (tag == "a" and name == "name")}


def link_errors(page, path: Path) -> list[str]:
    """Links within the page and to files beside it that lead nowhere; links to other sites are not checked."""
    hrefs = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href').trim())")
    here = _Anchors(page.content()).names
    return list(filter(None, (_link_error(href, here, path) for href in dict.fromkeys(hrefs))))


def _link_error(href: str, here: set[str], path: Path) -> str:
    parts = urlsplit(href)
    if parts.scheme in ("http", "https", "mailto", "data"):
        return ""
    if parts.scheme or parts.netloc or parts.path.startswith("/"):
        return f"link {href} would break when the folder moves"
    file, anchor = path.parent / unquote(parts.path), unquote(parts.fragment)
    if parts.path and not file.is_file():
        return f"link {href}: no such file"
    names = _Anchors(file.read_text(encoding="utf-8")).names if parts.path and anchor else here
    return "" if anchor in names | {"", "top"} else f"link {href}: no such anchor"


def download_errors(page) -> list[str]:
    """Links with `download` that do not save the file that they name, as clicking them does."""
    errors = []
    for place, link in enumerate(page.query_selector_all("a[download]"), 1):
        errors += _download_errors(page, link)
        if place % 9 == 0:
            page.wait_for_timeout(1100)  # Chromium lets a page start ten downloads a second, and drops the next
    return errors


def _download_errors(page, link) -> list[str]:
    """The page has the file inside it, or its script makes it: a file beside the page is not sent along with it."""
    from playwright.sync_api import Error

    name, href = link.get_attribute("download"), link.get_attribute("href") or ""
    try:
        with page.expect_download(timeout=6_000) as saving:
            link.evaluate("link => link.click()")
        saved = saving.value.path()
    except Error as error:
        outside = "" if href.startswith("data:") else f"; {href[:60]} is not within the page"
        return [f"download {name}: nothing is saved ({str(error).splitlines()[0]}){outside}"]
    kind = href[5:].partition(",")[0].partition(";")[0] if href.startswith("data:") else None
    errors = file_errors(name, saved.read_bytes(), kind)
    if saving.value.suggested_filename != name:
        errors.append(f"saved as {saving.value.suggested_filename}")
    return [f"download {name}: {error}" for error in errors]


def file_errors(name: str, content: bytes, kind: str | None = None) -> list[str]:
    """What is wrong with a file of that name, content and, if it declares one, MIME type."""
    known = {
        ".svg": ("image/svg+xml", _svg_error),
        ".png": ("image/png", _png_error),
        ".pdf": ("application/pdf", _pdf_error),
        ".csv": ("text/csv", _csv_error),
        ".html": ("text/html", _html_error),
        ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _docx_error),
    }
    expected, check = known.get(Path(name).suffix, (None, None))
    if check is None:
        return ["is of no known type"]
    if not content:
        return ["is empty"]
    wrong_kind = f"is declared {kind or 'as nothing'}, not {expected}" if kind not in (None, expected) else ""
    return list(filter(None, [wrong_kind, check(content)]))


def _svg_error(content: bytes) -> str:
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        return f"is no SVG: {error}"
    return "" if root.tag == "{http://www.w3.org/2000/svg}svg" else f"is no SVG but {root.tag}"


def _png_error(content: bytes) -> str:
    """A PNG begins with its signature; pHYs holds pixels a metre, twice, and the unit."""
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or not content.endswith(b"IEND\xaeB`\x82"):
        return "is no whole PNG"
    place = content.find(b"pHYs", 0, content.find(b"IDAT"))
    if place < 0:
        return "is a PNG without resolution"
    across, down, unit = struct.unpack(">IIB", content[place + 4 : place + 13])
    dpi = [round(pixels * 0.0254) for pixels in (across, down)]
    return "" if unit == 1 and dpi == [300, 300] else f"is a PNG of {dpi[0]} x {dpi[1]} dpi"


def _pdf_error(content: bytes) -> str:
    return "" if content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:] else "is no whole PDF"


def _csv_error(content: bytes) -> str:
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        return f"is no CSV in UTF-8: {error}"
    return "" if len(rows) > 1 and len({len(row) for row in rows}) == 1 else "is no table: its rows differ in length"


def _html_error(content: bytes) -> str:
    text = content.decode("utf-8", "replace").strip().lower()
    return "" if text.startswith("<!doctype html>") and text.endswith("</html>") else "is no whole HTML page"


def _docx_error(content: bytes) -> str:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except zipfile.BadZipFile:
        return "is no Word document"
    return "" if "word/document.xml" in names else "is no Word document"


def width_errors(page) -> list[str]:
    """The page is wider than its screen, with the outermost elements that stick out of it."""
    wide = page.evaluate("""() => {
        const screen = window.screen.width, root = document.scrollingElement;
        if (root.clientWidth > screen) return [root.clientWidth, screen, ["laid out for a desktop: no meta viewport"]];
        if (root.scrollWidth <= root.clientWidth && document.body.scrollWidth <= root.clientWidth) return null;
        const out = [...document.body.querySelectorAll("*")].filter(element => {
            const right = element.getBoundingClientRect().right + window.scrollX;
            return right > root.clientWidth + 1;
        });
        const name = element => element.tagName.toLowerCase() + (element.id && "#" + element.id)
            + [...element.classList].map(each => "." + each).join("");
        return [root.scrollWidth, root.clientWidth, out.slice(0, 3).map(name)];
    }""")
    return [f"{wide[0]} px wide on {wide[1]}: {', '.join(wide[2])}"] if wide else []


def accessibility_errors(page, document: bool = True) -> list[str]:
    """What axe-core finds against WCAG 2 A and AA, in the page's light and, if it has one, its dark colours."""
    from axe_playwright_python.sync_playwright import Axe

    options = {
        "resultTypes": ["violations"],
        "runOnly": {"type": "tag", "values": WCAG},
        "rules": {rule: {"enabled": document} for rule in DOCUMENT_RULES},
    }
    errors = []
    for colours in ("light", "dark") if "prefers-color-scheme" in page.content() else ("light",):
        page.emulate_media(color_scheme=colours)
        for violation in Axe().run(page, options=options).response["violations"]:
            places = [str(node["target"][0]) for node in violation["nodes"]]
            more = f" and {len(places) - 3} more" if len(places) > 3 else ""
            errors.append(f"{violation['id']}: {violation['help']} ({', '.join(places[:3])}{more}; {colours})")
    if page.evaluate("document.compatMode") != "CSS1Compat":
        errors.append("doctype: the page has none, and is laid out as of old")
    return errors
