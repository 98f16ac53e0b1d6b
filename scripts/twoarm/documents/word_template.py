"""A journal's Word file as a template: its page, header, footer and styles, with the styles that it lacks added."""

from collections.abc import Iterable
from copy import deepcopy

import docx
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.styles.style import BaseStyle

from twoarm.results.errors import InputError
from twoarm.text.echo import listed

REFERRING = ("w:basedOn", "w:link", "w:next")  # to other styles, which the template may call otherwise


def open_template(path: str, ours: Document, needed: Iterable[str]) -> Document:
    """The template without its text, with all needed styles.

    A style that it has stays as it is. Others are added from ours, a document that has them all: Word saves only styles
    that were used. needed: their names, each after the style that it is based on.
    Raises InputError if the file is not a Word document.
    """
    try:
        document = docx.Document(path)
    except (PackageNotFoundError, ValueError, KeyError) as error:
        text = f"manuscript.template: {listed([path])} is not a Word document; save it as .docx (not .dotx or .doc)"
        raise InputError(text) from error
    body = document.element.body
    for part in list(body):
        if part.tag != qn("w:sectPr"):
            body.remove(part)
    known = {style.name for style in document.styles}
    for name in needed:
        if name not in known:
            _add(document, ours, ours.styles[name])
    return document


def _add(document: Document, ours: Document, style: BaseStyle) -> None:
    """Add a style of ours, based on the template's style of the same name as its base."""
    added = deepcopy(style.element)
    for name in REFERRING:
        for reference in added.findall(qn(name)):
            added.remove(reference)
    document.styles.element.append(added)
    taken = [found.style_id for found in document.styles]
    while taken.count(added.styleId) > 1:  # by a style of another name
        added.styleId += "_"
        taken = [found.style_id for found in document.styles]
    base = getattr(style, "base_style", None)
    if base is not None and base.name in {found.name for found in document.styles}:
        document.styles[style.name].base_style = document.styles[base.name]
    for number in added.iter(qn("w:numId")):
        number.set(qn("w:val"), _add_list(document, ours, number.get(qn("w:val"))))


def _add_list(document: Document, ours: Document, number: str) -> str:
    """Add the definition of a list of ours, and return the number that it has in the template."""
    theirs, own = _lists(document, ours), ours.part.numbering_part.element
    (shown,) = own.xpath(f'./w:num[@w:numId="{number}"]')
    abstract = shown.find(qn("w:abstractNumId")).get(qn("w:val"))
    (defined,) = own.xpath(f'./w:abstractNum[@w:abstractNumId="{abstract}"]')
    shown, defined = deepcopy(shown), deepcopy(defined)
    taken = theirs.xpath("./w:num/@w:numId | ./w:abstractNum/@w:abstractNumId")
    new = str(1 + max(map(int, taken), default=0))
    for element, name in ((defined, "w:abstractNumId"), (shown, "w:numId")):
        element.set(qn(name), new)
    shown.find(qn("w:abstractNumId")).set(qn("w:val"), new)
    theirs.insert(len(theirs.findall(qn("w:abstractNum"))), defined)  # in front of all lists, as Word wants it
    theirs.append(shown)
    return new


def _lists(document: Document, ours: Document):
    """The template's definitions of lists; if it has none, an empty part for them."""
    for related in document.part.rels.values():
        if related.reltype == RELATIONSHIP_TYPE.NUMBERING:
            return related.target_part.element
    part = ours.part.numbering_part
    element = deepcopy(part.element)
    for child in list(element):
        element.remove(child)
    new = type(part)(part.partname, part.content_type, element, document.part.package)
    document.part.relate_to(new, RELATIONSHIP_TYPE.NUMBERING)
    return element
