"""The sheets of an OpenDocument spreadsheet (.ods), from its content.xml as the standard describes it.

Source: OASIS, OpenDocument v1.3, part 3, sections 9.1 (tables) and 19.385 (values of cells). Python's readers of this
format lose errors such as #N/A and merged cells silently.
"""

import zipfile
from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree

from twoarm.raw.sheet import NO_RESULT, Sheet, area, coordinate, error_value

_SPACES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
}
NUMBERS = {"float", "percentage", "currency"}


def _name(short: str) -> str:
    """`table:table-row` as ElementTree writes it."""
    space, _, name = short.partition(":")
    return f"{{{_SPACES[space]}}}{name}"


_SPANS = [_name("table:number-rows-spanned"), _name("table:number-columns-spanned")]
_FILLED = [_name("office:value-type"), _name("table:formula"), *_SPANS]  # what a cell without value does not have


def sheets_of_ods(path: str) -> list[Sheet]:
    """The sheets with values. Raises whatever a damaged or encrypted file makes Python raise."""
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("content.xml"))
    return [_sheet(table) for table in root.iter(_name("table:table"))]


def _sheet(table: ElementTree.Element) -> Sheet:
    rows, merged, lost = [], [], {}
    empty = 0  # rows; the sheet's last one may be repeated a million times
    for row in table.iter(_name("table:table-row")):
        cells = list(_cells(row))
        repeated = int(row.get(_name("table:number-rows-repeated"), 1))
        if not cells:
            empty += repeated
            continue
        rows += [[]] * empty
        empty = 0
        for column, cell in cells:
            if wrong := _wrong(cell):
                lost.setdefault(wrong, []).append(coordinate(len(rows), column))
            down, across = (int(cell.get(span, 1)) for span in _SPANS)
            if (down, across) != (1, 1):
                merged.append(area(len(rows), column, len(rows) + down - 1, column + across - 1))
        values = [None] * (cells[-1][0] + 1)
        for column, cell in cells:
            values[column] = _value(cell)
        rows += [values] * repeated
    return Sheet(table.get(_name("table:name"), ""), rows, sorted(merged), lost)


def _cells(row: ElementTree.Element) -> Iterator[tuple[int, ElementTree.Element]]:
    """The cells of a row that hold something or span others, with their columns."""
    column = 0
    for cell in row:
        if cell.tag not in (_name("table:table-cell"), _name("table:covered-table-cell")):
            continue
        repeated = int(cell.get(_name("table:number-columns-repeated"), 1))
        if any(cell.get(sign) for sign in _FILLED):
            yield from ((column + place, cell) for place in range(repeated))
        column += repeated


def _wrong(cell: ElementTree.Element) -> str:
    """Why a cell's value would be lost; empty if it would not."""
    if cell.get(_name("calcext:value-type")) == "error":
        return error_value(_text(cell))
    computed = cell.get(_name("office:value-type")) or not cell.get(_name("table:formula"))
    return "" if computed else NO_RESULT


def _value(cell: ElementTree.Element) -> str | float | bool | datetime | None:
    kind = cell.get(_name("office:value-type"))
    if kind in NUMBERS:
        return float(cell.get(_name("office:value")))
    if kind == "boolean":
        return cell.get(_name("office:boolean-value")) == "true"
    if kind == "date":
        return datetime.fromisoformat(cell.get(_name("office:date-value")))
    return cell.get(_name("office:string-value")) or _text(cell) or None


def _text(cell: ElementTree.Element) -> str:
    """The text of a cell, its paragraphs on lines of their own; without its comments."""
    return "\n".join("".join(_signs(paragraph)) for paragraph in cell.findall(_name("text:p")))


def _signs(part: ElementTree.Element) -> Iterator[str]:
    """The text of a paragraph, in which spaces and tabs may be elements."""
    yield part.text or ""
    for inside in part:
        if inside.tag == _name("text:s"):
            yield " " * int(inside.get(_name("text:c"), 1))
        elif inside.tag == _name("text:tab"):
            yield "\t"
        elif inside.tag == _name("text:line-break"):
            yield "\n"
        else:
            yield from _signs(inside)
        yield inside.tail or ""
