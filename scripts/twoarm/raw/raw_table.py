"""One strict reading of a raw table (CSV) as text, before anything is made of its cells.

Refused is what a lenient reader would repair by a guess and so shift or lose values: rows of more or fewer cells than
the header, names that stand twice, quotation marks that do not enclose a whole cell, files that are no text in UTF-8.
A row is named by the line of the file on which it begins, the header being line 1: a quoted cell may go over several
lines. Blank lines hold nothing and are passed over.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import NamedTuple

import pandas as pd

from twoarm.raw.text_file import read_text_file
from twoarm.text.echo import listed, rows_text, shown

SEPARATORS = (";", ",", "\t", "|")
_QUOTED = re.compile(r'"((?:[^"]|"")*+)"')
_DIRECTIVE = re.compile(r'"?sep=', re.IGNORECASE)  # Excel's own first line


class Record(NamedTuple):
    """A row as it stands in the file: the line on which it begins, its cells, and what is wrong with it."""

    line: int
    cells: list[str]
    error: str = ""


def read_raw_table(
    path: str, name: str, separator: str, wanted: Collection[str] = ()
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Read a table's cells as text, without the blanks around them; the index is the line of the file.

    name: the file in messages. wanted: the columns that are looked for, by which a wrong separator is told.
    Returns the table, its faults (then the table is empty) and remarks on what was left out.
    """
    nothing = pd.DataFrame()
    text, errors = read_text_file(path, name, save_as="CSV UTF-8")
    if errors:
        return nothing, errors, []
    if not text.strip():
        return nothing, [f"{name}: it cannot be read as CSV: it is empty"], []
    if _DIRECTIVE.match(text):
        return nothing, [f"{name}: its first line is Excel's own `sep=`; delete that line, and set data.separator"], []
    first = text.lstrip("\n").partition("\n")[0]
    if error := _separator_error(first, separator, wanted):
        return nothing, [f"{name}: {error}"], []
    header, *rows = list(records(text, separator))
    if not header.error and wanted and not {cell.strip() for cell in header.cells} & set(wanted):
        # Not repeated here: where the header is missing, the first line is a patient.
        return nothing, [f"{name}: its first line names none of the columns {listed(wanted)}; expected a header"], []
    errors, remarks, width = _shape_errors(name, header, rows)
    if errors:
        return nothing, errors, []
    cells = [[cell.strip() for cell in row.cells[:width]] for row in rows]
    names = [cell.strip() for cell in header.cells[:width]]
    return pd.DataFrame(cells, columns=names, index=[row.line for row in rows], dtype=str), [], remarks


def records(text: str, separator: str) -> Iterator[Record]:
    """The rows of a text, its lines ending in "\\n". After a fault, reading goes on with the next line."""
    plain = re.compile(f'[^"\\n{re.escape(separator)}]*')
    position, line, end = 0, 1, len(text)
    while position < end:
        stop = text.find("\n", position)
        stop = end if stop < 0 else stop
        if text.find('"', position, stop) < 0:  # the usual row
            row = text[position:stop]
            if row.strip():
                yield Record(line, row.split(separator))
        else:
            record, past = _quoted_record(text, position, line, separator, plain)
            yield record
            stop = stop if record.error else past
        line += text.count("\n", position, stop + 1)
        position = stop + 1


def _quoted_record(text: str, position: int, line: int, separator: str, plain: re.Pattern) -> tuple[Record, int]:
    """A row with quotation marks, and the place of its line break."""
    cells: list[str] = []
    spans: list[int] = []  # cells with a line break
    while True:
        if text.startswith('"', position):
            found = _QUOTED.match(text, position)
            if found is None:
                return Record(line, cells, "a quotation mark opens a cell and never closes it"), 0
            cell, position = found[1].replace('""', '"'), found.end()
            if "\n" in cell:
                spans.append(len(cells))
        else:
            found = plain.match(text, position)
            cell, position = found[0], found.end()
        cells.append(cell)
        if position == len(text) or text[position] == "\n":
            break
        if text[position] != separator:
            return Record(line, cells, "a quotation mark inside a cell"), 0
        position += 1
    swallowed = any(_looks_like_rows(cells, place, separator) for place in spans)
    return Record(line, cells, "a quoted cell that holds whole rows" if swallowed else ""), position


def _looks_like_rows(cells: list[str], place: int, separator: str) -> bool:
    """Whether a quoted cell holds line breaks just where rows would end: two stray marks, and rows between them."""
    first, *_, last = cells[place].split("\n")
    before, after = place, len(cells) - 1 - place
    return first.count(separator) == after and last.count(separator) == before > 0


def _separator_error(first: str, separator: str, wanted: Collection[str]) -> str:
    """Whether the first line is divided by another separator than the config says."""

    def cells(sign: str) -> set[str]:
        return {cell.strip().strip('"').strip() for cell in first.split(sign)}

    found = {sign: len(cells(sign) & set(wanted)) for sign in {separator, *SEPARATORS}}
    best = max(SEPARATORS, key=lambda sign: (found[sign], len(first.split(sign))))
    alone = len(first.split(separator)) == 1 and len(first.split(best)) > 1
    if found[best] > found[separator] or (alone and not found[separator]):
        return f"its columns are separated by {best!r}, expected the separator {separator!r} of data.separator"
    return ""


def _shape_errors(name: str, header: Record, rows: list[Record]) -> tuple[list[str], list[str], int]:
    """Faults of the header and of the rows' cells, remarks, and the number of columns that are kept."""
    if header.error:
        return [_quotes(name, header.error, [header.line])], [], 0
    names = [cell.strip() for cell in header.cells]
    width = len(names)
    while width > 1 and not names[width - 1]:
        width -= 1
    repeated = [column for column in dict.fromkeys(names[:width]) if names[:width].count(column) > 1]
    errors = [f"{name}: the column {shown(column)} stands twice in the header" for column in repeated]
    wrong: dict[str, list[int]] = defaultdict(list)
    lengths: dict[int, list[int]] = defaultdict(list)
    empty, beyond = [], []
    for row in rows:
        if row.error:
            wrong[row.error].append(row.line)
        elif len(row.cells) != len(names):
            lengths[len(row.cells)].append(row.line)
        elif not any(cell.strip() for cell in row.cells):
            empty.append(row.line)
        elif any(cell.strip() for cell in row.cells[width:]):
            beyond.append(row.line)
    errors += [_quotes(name, error, lines) for error, lines in wrong.items()]
    errors += [
        f"{name} {rows_text(lines)}: found {count} cell{'s' * (count != 1)}, expected {len(names)} as in the header "
        f"(a separator inside a cell asks for quotation marks around the cell)"
        for count, lines in lengths.items()
    ]
    if empty:
        errors.append(f"{name} {rows_text(empty)}: every cell is empty; delete the row")
    if beyond:
        errors.append(f"{name} {rows_text(beyond)}: found a cell beyond the last name of the header, expected none")
    remarks = [f"{name}: every line ends with a separator; the empty column after it is left out"]
    return errors, remarks if width < len(names) else [], width


def _quotes(name: str, error: str, lines: list[int]) -> str:
    expected = "quotation marks around whole cells only, those inside a quoted cell doubled"
    return f"{name} {rows_text(lines)}: found {error}, expected {expected}"
