"""What tests of the report share: a small document."""

import pytest

from twoarm.report.document import Bullets, Document, Figure, Heading, Paragraph, Section, Table
from twoarm.tables.cells import Cell
from twoarm.tables.paper_table import Column, PaperTable, Row
from twoarm.text.provenance import Link, Sourced


@pytest.fixture
def document(tmp_path) -> Document:
    for kind in ("svg", "png", "pdf", "csv"):
        (tmp_path / f"f.{kind}").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    from matplotlib.figure import Figure as Drawing

    Drawing(figsize=(2, 1)).savefig(tmp_path / "f.png", dpi=50)
    table = PaperTable(
        "A <table>", "Variable", [Column("X\n(n = 4)", "Arms"), Column("P", "Arms")],
        [Row("Age", [Cell("1 (25.0)", sources=(Sourced("1", "r"),)), Cell("–", "not tested")]),
         Row("old", [Cell("2"), Cell("0.04", "Fisher's exact test", bold=True)], is_level=True, note="a note")],
        ["A note."],
    )  # fmt: skip
    files = {kind: str(tmp_path / f"f.{kind}") for kind in ("svg", "png", "pdf")}
    sections = [
        Section("one", "First", [Paragraph(["See ", Link("figure-f"), " and ", Link("two"), "."]), Table("t", table)]),
        Section("two", "Second & last", [
            Heading("Below"), Bullets([["a"], ["b"]]), Paragraph(["Beware"], "warning"),
            Figure("f", ["A title"], ["A caption."], 'what it "shows"', files),
        ]),
    ]  # fmt: skip
    return Document("A title", ["under it"], "Nobody is in it", sections)
