"""Text in Word documents: pieces as runs, bookmarks, and the fields that Word renews: numbers, references, contents."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from twoarm.documents.word_file import STRONG, styled
from twoarm.text.provenance import Citation, Link, Piece, joined, plain

NUMBERED = re.compile(r"(?P<kind>\w+) (?P<prefix>\D*)(?P<number>\d+)")  # the name of a table or figure
MOST_LETTERS = 40  # of a bookmark's name
HYPERLINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
# The numbers of pages would be those of this computer's fonts; Word adds them if the switch \n is taken out.
CONTENTS = r'TOC \o "1-1" \n \h \z'


def add_pieces(
    paragraph: Paragraph, text: Iterable[Piece], names: Mapping[str, str] = {}, bold: bool = False
) -> list[Run]:
    """Write pieces, text between links as one run, and return these runs.

    A link inside the document (names: {anchor: text of its links}) is a cross-reference, which follows the number of
    its table or figure; one with words of its own, or to an address, is a hyperlink.
    """
    runs = []
    for linked, group in groupby(_with_numbers(text, names), lambda piece: isinstance(piece, Link)):
        parts = list(group)
        for link in parts if linked else []:
            _add_link(paragraph, link, names)
        if not linked:
            runs.append(paragraph.add_run(plain(parts)))
    for run in runs if bold else []:
        styled(run, STRONG)
    return runs


def _with_numbers(text: Iterable[Piece], names: Mapping[str, str]) -> Iterator[Piece]:
    """The pieces with citations as the numbers of their works, `[1,2]`, which are links to the list of references."""
    for piece in text:
        if isinstance(piece, Citation):
            links = [[Link(anchor, names[anchor])] for anchor in piece.anchors]
            yield from (" [", *joined(links, ",", ","), "]")
        else:
            yield piece


def _add_link(paragraph: Paragraph, link: Link, names: Mapping[str, str]) -> None:
    inside = link.anchor in names
    if inside and not link.text:
        _add_field(paragraph, rf"REF {bookmark_name(link.anchor)} \h \* MERGEFORMAT", names[link.anchor])
        return
    element = OxmlElement("w:hyperlink")
    if inside:
        element.set(qn("w:anchor"), bookmark_name(link.anchor))
    else:
        element.set(qn("r:id"), paragraph.part.relate_to(link.anchor, HYPERLINK, is_external=True))
    element.append(paragraph.add_run(link.text or link.anchor)._r)
    paragraph._p.append(element)


def _add_field(paragraph: Paragraph, instruction: str, shown: str) -> Run:
    """A field and what it shows until Word renews it."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), f" {instruction} ")
    run = paragraph.add_run(shown)
    field.append(run._r)
    paragraph._p.append(field)
    return run


def add_label(paragraph: Paragraph, anchor: str, name: str) -> None:
    """The label of a table or figure, such as `Figure A2`: its number is a field, and cross-references lead to it.

    Word counts the tables and figures of the appendix by themselves.
    """
    kind, prefix, number = NUMBERED.fullmatch(name).group("kind", "prefix", "number")
    end = _start_bookmark(paragraph, anchor)
    before = paragraph.add_run(f"{kind} {prefix}")
    counted = _add_field(paragraph, rf"SEQ {'_'.join(filter(None, [kind, prefix]))} \* ARABIC", number)
    paragraph._p.append(end)
    for run in (before, counted):
        styled(run, STRONG)


def add_bookmark(paragraph: Paragraph, anchor: str) -> None:
    """Bookmark the paragraph's text, for links and cross-references."""
    start_at = len(paragraph._p)
    end = _start_bookmark(paragraph, anchor)
    start = paragraph._p[start_at]
    paragraph._p.insert(1 if paragraph._p.pPr is not None else 0, start)
    paragraph._p.append(end)


def _start_bookmark(paragraph: Paragraph, anchor: str):
    """Begin a bookmark at the paragraph's end, and return the element that ends it."""
    number = str(len(paragraph.part.element.xpath("//w:bookmarkStart")) + 1)  # Word needs one for each
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    start.set(qn("w:id"), number)
    start.set(qn("w:name"), bookmark_name(anchor))
    end.set(qn("w:id"), number)
    paragraph._p.append(start)
    return end


def bookmark_name(anchor: str) -> str:
    """A name for a Word bookmark: letters, digits and underscores, at most 40; another one for each anchor."""
    kind, dash, name = anchor.partition("-")
    if re.fullmatch(r"\w*", name) and len(anchor) <= MOST_LETTERS:
        return f"{kind}_{name}" if dash else anchor
    mark = hashlib.sha256(anchor.encode()).hexdigest()[:8]
    return re.sub(r"\W", "_", anchor)[: MOST_LETTERS - len(mark) - 1] + f"_{mark}"


def begin_contents(paragraph: Paragraph) -> None:
    """Begin a list of contents, which Word can renew, in front of the paragraph's text."""
    _limit_field(paragraph, "begin")
    instruction = OxmlElement("w:instrText")
    instruction.text = f" {CONTENTS} "
    paragraph.add_run()._r.append(instruction)
    _limit_field(paragraph, "separate")


def end_contents(paragraph: Paragraph) -> None:
    """End the list of contents behind the paragraph's text."""
    _limit_field(paragraph, "end")


def _limit_field(paragraph: Paragraph, kind: str) -> None:
    """Where a field begins, its instruction ends, or its text ends."""
    limit = OxmlElement("w:fldChar")
    limit.set(qn("w:fldCharType"), kind)
    paragraph.add_run()._r.append(limit)
