"""A document of text, numbered tables and figures, with one writer for HTML and one for Word."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from twoarm.tables.paper_table import PaperTable
from twoarm.text.abbreviations import explained_inside
from twoarm.text.provenance import Citation, Piece, Sourced


class Paragraph(NamedTuple):
    """A paragraph; kind: text, note (small), lead (of what follows), warning, remark (as a warning, but not for
    the first page), or blank (to be written).

    brief: a warning in one line, for the first page.
    """

    text: list[Piece]
    kind: str = "text"
    brief: list[Piece] = []


class Bullets(NamedTuple):
    """A list."""

    items: list[list[Piece]]


class Heading(NamedTuple):
    """A heading inside a section."""

    text: str


class Figure(NamedTuple):
    """A numbered figure. name: its file's stem; title and caption: below it; alt: text for people who cannot see it.

    files: paths by format (svg, png, pdf), and of the form for a journal's column, if there is one (column: an SVG).
    """

    name: str
    title: list[Piece]
    caption: list[Piece]
    alt: str
    files: dict[str, str]

    @property
    def anchor(self) -> str:
        """Where links find it."""
        return f"figure-{self.name}"


class Table(NamedTuple):
    """A numbered table. name: its file's stem; files: its paths by format, if any; watermark: behind its title."""

    name: str
    table: PaperTable
    files: dict[str, str] = {}
    watermark: list[Piece] = []

    @property
    def anchor(self) -> str:
        """Where links find it."""
        return f"table-{self.name}"


class References(NamedTuple):
    """The list of the works that the document cites: {key: the work}, in the order of their numbers."""

    works: dict[str, Sourced]


Block = Paragraph | Bullets | Heading | Figure | Table | References


@dataclass
class Section:
    """A section with its anchor, title and blocks.

    page: whether it begins a page in print; each table and figure of a section without a title does so.
    """

    anchor: str
    title: str
    blocks: list[Block] = field(default_factory=list)
    page: bool = False


@dataclass
class Document:
    """A document: its title, subtitle, a notice that the reader must see first, and its sections.

    front: the first page, before the list of contents; appendix: sections whose tables and figures have numbers of
    their own, `Figure A1`, with its title and prefix; prefix: before the numbers of all others, so that they differ
    from another document's; for_review: whether reviewers get it, with numbered lines and without a
    list of contents.
    """

    title: str
    subtitle: list[Piece]
    notice: str
    sections: list[Section]
    prefix: str = ""
    front: Section | None = None
    appendix: list[Section] = field(default_factory=list)
    appendix_title: str = "Appendix"
    appendix_prefix: str = "A"
    for_review: bool = False

    @property
    def parts(self) -> list[list[Section]]:
        """The first page with the sections after it, then the appendix, if it has any."""
        front = [self.front] if self.front else []
        return [part for part in ([*front, *self.sections], self.appendix) if part]

    def names(self) -> dict[str, str]:
        """{anchor: text of its links}: `Figure 2`, `Table A1`, a section's title; numbered in order of appearance."""
        names = {section.anchor: section.title for part in self.parts for section in part}
        for part, prefix in zip(self.parts, (self.prefix, self.appendix_prefix), strict=False):
            for kind in (Figure, Table):
                for number, block in enumerate(_of_kind(part, kind), start=1):
                    names[block.anchor] = f"{kind.__name__} {prefix}{number}"
        cited = cited_in(section for part in self.parts for section in part)
        return names | {anchor: str(number) for number, anchor in enumerate(cited, start=1)}


def _of_kind(sections: Iterable[Section], kind: type) -> list:
    return [block for section in sections for block in section.blocks if isinstance(block, kind)]


def cited_in(sections: Iterable[Section]) -> dict[str, str]:
    """{anchor: key} of the works that the text of sections cites, in the order of the first citation."""
    texts = (text for section in sections for block in section.blocks for text in _texts(block))
    found = (piece for text in texts for piece in text if isinstance(piece, Citation))
    return {anchor: key for piece in found for anchor, key in zip(piece.anchors, piece.keys, strict=True)}


def _texts(block: Block) -> Iterator[list[Piece]]:
    """The running texts of a block."""
    if isinstance(block, Paragraph):
        yield block.text
    elif isinstance(block, Bullets):
        yield from block.items


def references(sections: Iterable[Section], works: Mapping[str, str]) -> list[Section]:
    """The list of references of sections; empty if they cite nothing. works: {key: the work in Vancouver style}."""
    cited = {key: Sourced(works[key], f"reference: {key}") for key in cited_in(sections).values()}
    return [Section("references", "References", [References(cited)])] if cited else []


def explained_once(sections: list[Section], abbreviations: Mapping[str, str]) -> list[Section]:
    """The sections with each abbreviation explained where their text first uses it."""
    left = dict(abbreviations)

    def with_words(block: Block) -> Block:
        if isinstance(block, Bullets):
            return Bullets([explained_inside(item, left) for item in block.items])
        return block._replace(text=explained_inside(block.text, left)) if isinstance(block, Paragraph) else block

    return [replace(part, blocks=[with_words(block) for block in part.blocks]) for part in sections]
