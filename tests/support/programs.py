"""Programs beside Python that some tests drive: a browser, an office. CI must have them; elsewhere a test may skip."""

import os
import shutil

import pytest

PACKAGES = {  # the program, under the names that systems give it: Debian's package
    ("chromium", "chromium-browser", "google-chrome"): "chromium",
    ("soffice", "libreoffice"): "libreoffice-writer",
    ("pdfinfo",): "poppler-utils",
    ("pdftotext",): "poppler-utils",
}


def need(program: str) -> str:
    """The path of a program; without it the test fails in CI, and elsewhere skips and says what to install."""
    names, package = next(entry for entry in PACKAGES.items() if program in entry[0])
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        reason = f"no {' or '.join(names)} on this machine: apt-get install {package}"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    return path
