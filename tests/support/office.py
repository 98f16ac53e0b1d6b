"""Workbooks in other formats than .xlsx, as LibreOffice writes them."""

import subprocess
from pathlib import Path

from programs import need


def converted(path: Path, kind: str) -> Path:
    """A copy of a spreadsheet in another format, `xls` or `ods`, beside it."""
    home = path.parent.resolve() / "office"  # its settings, apart for tests that run at the same time
    subprocess.run(
        [need("localc"), f"-env:UserInstallation={home.as_uri()}", "--headless", "--convert-to", kind]
        + ["--outdir", path.parent, path],
        check=True,
        capture_output=True,
    )
    return path.with_suffix(f".{kind}")
