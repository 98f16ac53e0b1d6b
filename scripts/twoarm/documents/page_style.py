"""The style of every page on a screen, on a phone and in print."""

from pathlib import Path

PAGE_CSS = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
