"""What a page can do for its reader: see the script itself."""

from pathlib import Path

PAGE_SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
