"""The manuscript of the shipped study: a journal's order, sourced numbers, and blanks for what no run can know."""

import re
from types import SimpleNamespace

import docx
import pytest
import yaml

from report_numbers import Sources, errors
from runs import REPO
from twoarm.config.prepared import prepare
from twoarm.report.document import Bullets, Document, Figure, Heading, Paragraph, Section, Table, cited_in
from twoarm.report.document_html import document_html
from twoarm.report.finished import read_run, read_works
from twoarm.report.manuscript import BLANK, manuscript_of
from twoarm.text.provenance import Link, plain

pytestmark = pytest.mark.workflow
ORDER = ["Abstract", "Introduction", "Methods", "Results", "Discussion", "Declarations", "References"]


@pytest.fixture(scope="module")
def manuscript(shipped) -> Document:
    """The manuscript, made again from the finished run."""
    config = yaml.safe_load((shipped / "config.yaml").read_text(encoding="utf-8"))
    prepare(config)
    results = shipped / "results"
    figures = sorted((results / "figures").glob("*.svg"))
    tables = [path for path in (results / "report/parts").glob("*.json") if path.stem not in ("anchors", "audit")]
    others = [*(results / "figures").rglob("*.*"), *(results / "tables").glob("*.*")]
    files = {"statistics": (results / "statistics").glob("*.csv"), "tables": tables, "figures": figures}
    tidy = [path for path in files["statistics"] if path.stem not in ("reproduction", "audit")]
    run = read_run(config, SimpleNamespace(**files | {"statistics": tidy}, other_formats=map(str, others)))
    return manuscript_of(run, read_works(REPO / "resources/references.yaml"))


def section(manuscript: Document, anchor: str) -> Section:
    """One of its sections."""
    (found,) = [part for part in manuscript.sections if part.anchor == anchor]
    return found


def test_it_has_a_journals_order(manuscript):
    assert [part.title for part in manuscript.sections if part.title] == ORDER
    assert all(isinstance(block, Table) for block in section(manuscript, "Table").blocks)
    assert all(isinstance(block, Figure) for block in section(manuscript, "Figure").blocks)
    shown = [block for part in manuscript.sections[:-2] for block in part.blocks if isinstance(block, Table | Figure)]
    assert shown == []


def test_every_number_has_its_source(manuscript, shipped, monkeypatch):
    monkeypatch.chdir(shipped)
    assert errors(document_html(manuscript), Sources(shipped)) == []


def test_tables_figures_and_works_are_cited_in_the_order_of_their_numbers(manuscript):
    names = manuscript.names()
    texts = [block.text for part in manuscript.sections for block in part.blocks if isinstance(block, Paragraph)]
    cited = [names[piece.anchor] for text in texts for piece in text if isinstance(piece, Link)]
    for kind in ("Table", "Figure"):
        numbers = [int(name.split()[1]) for name in dict.fromkeys(cited) if re.fullmatch(rf"{kind} \d+", name)]
        assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) == len(section(manuscript, kind).blocks)
    assert list(section(manuscript, "references").blocks[0].works) == list(cited_in(manuscript.sections).values())


def test_authors_find_what_they_have_to_write_and_the_limitations_of_the_run(manuscript):
    blanks = [block for part in manuscript.sections for block in part.blocks if getattr(block, "kind", "") == BLANK]
    assert len(blanks) >= 12 and all(re.fullmatch(r"\[[A-Z][^\d\]]+\]", plain(block.text)) for block in blanks)
    (limits,) = [block.items for block in section(manuscript, "discussion").blocks if isinstance(block, Bullets)]
    assert any(plain(item).startswith("Not balanced after matching") for item in limits)
    warnings = [
        block for part in manuscript.sections for block in part.blocks if getattr(block, "kind", "") == "warning"
    ]
    assert warnings == []


def test_the_abstract_cites_nothing_and_gives_each_outcome(manuscript):
    blocks = section(manuscript, "abstract").blocks
    assert [block.text for block in blocks if isinstance(block, Heading)][:4] == [
        "Background", "Methods", "Results", "Conclusion",
    ]  # fmt: skip
    assert not [
        piece for block in blocks if isinstance(block, Paragraph) for piece in block.text if isinstance(piece, Link)
    ]
    words = " ".join(plain(block.text) for block in blocks if isinstance(block, Paragraph))
    for start in (
        "Of 309 patients screened",
        "Median progression-free survival was",
        "By mRECIST",
        "Adverse events (any grade) occurred",
    ):
        assert start in words
    assert len(words.split()) < 300


def test_its_tables_and_figures_begin_pages(shipped):
    """As journals ask; the file is the run's own."""
    word = docx.Document(shipped / "results/manuscript.docx")
    assert all(page._sectPr.xpath("./w:lnNumType") for page in word.sections)
    starting = [part.text for part in word.paragraphs if part.paragraph_format.page_break_before]
    assert starting[:2] == ["Abstract", "Introduction"] and starting[-1] == "Supplementary material"
    captions = [part.text for part in word.paragraphs if part.style.name == "Caption"]
    tables = [text for text in captions if text.startswith("Table . ")]  # numbers are fields
    assert len(tables) >= 6 and set(tables) <= set(starting)
