"""A Word document in a real office: whether it opens, and how many pages it fills."""

import re
import subprocess
from pathlib import Path

from programs import need


def to_pdf(documents: list[Path], folder: Path) -> list[Path]:
    """The documents as PDF in a folder, by LibreOffice, all by one start of it; it must convert every one.

    Without LibreOffice the test fails in CI and skips elsewhere.
    """
    office = need("soffice")
    # a profile of its own: LibreOffice hands its work to one that already runs on the same profile, and ends
    profile = (folder / "profile").resolve().as_uri()
    command = [office, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", "--outdir", folder]
    run = subprocess.run([*command, *documents], capture_output=True, text=True, timeout=300, check=False)
    pages = [folder / f"{document.stem}.pdf" for document in documents]
    missing = [page.name for page in pages if not page.is_file()]
    assert run.returncode == 0 and not missing, f"not converted: {missing}\n{run.stdout}\n{run.stderr}"
    return pages


def page_sizes(pdf: Path) -> list[tuple[int, int]]:
    """Width and height in points of each page of a PDF."""
    run = subprocess.run([need("pdfinfo"), "-l", "-1", pdf], capture_output=True, text=True, timeout=60, check=True)
    sizes = re.findall(r"^Page +\d+ size: +([\d.]+) x ([\d.]+) pts", run.stdout, re.MULTILINE)
    return [(round(float(width)), round(float(height))) for width, height in sizes]


def page_texts(pdf: Path) -> list[str]:
    """The text of each page of a PDF."""
    command = [need("pdftotext"), "-layout", pdf, "-"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return run.stdout.split("\f")[:-1]
