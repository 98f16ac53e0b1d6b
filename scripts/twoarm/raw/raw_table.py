"""Read a raw table (CSV) strictly as text, before its cells are interpreted; other formats are checked like it.

A lenient reader would guess and so shift or lose values. This one refuses rows with more or fewer cells than the
header, repeated column names, quotation marks that do not enclose a whole cell, and files that are not text in the
declared encoding. A row is named by the line of the file on which it begins (the header is line 1); a quoted cell may
span several lines. Blank lines are skipped, and rows without any value are skipped and counted. Columns that are not
wanted may have any name, or none.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import pandas as pd

from twoarm.raw.text_file import UTF_8, read_encoded_file
from twoarm.text.echo import listed, rows_text, shown

SEPARATORS = (";", ",", "\t", "|")
_QUOTED = re.compile(r'"((?:[^"]|"")*+)"')
_AROUND = "\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # characters that nobody sees, beside spaces
_MARGIN = re.compile(rf"\A[\s{_AROUND}]+|[\s{_AROUND}]+\Z")
_LINE_BREAK = re.compile(r"\s*[\r\n]\s*")
_LOOKED_AT = 20  # rows among which a header below a title is looked for
_DIRECTIVE = re.compile(r'"?sep=', re.IGNORECASE)  # Excel's own first line


class Record(NamedTuple):
    """A row of the file: the line on which it begins, its cells, and what is wrong with it."""

    line: int
    cells: list[str]
    error: str = ""


def read_raw_table(
    path: str, name: str, separator: str, wanted: Collection[str] = (), encoding: str = UTF_8, header_line: int = 1
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Read a table's cells as text, without the spaces around them; the index is the line of the file.

    name: of the file in messages. wanted: the expected columns, which help to recognise a wrong separator.
    header_line: the line with the names of columns; those above it are not read.
    Returns the table, its errors (then the table is empty) and remarks on what was left out.
    """
    nothing = pd.DataFrame()
    text, errors, remarks = read_encoded_file(path, name, encoding, save_as="CSV UTF-8")
    if errors:
        return nothing, errors, []
    text = _without_title(text, header_line)
    if not text.strip():
        return nothing, [f"{name}: the file is empty{_below(header_line)}; expected CSV with a header"], []
    if _DIRECTIVE.match(text):
        return nothing, [f"{name}: its first line is Excel's `sep=`; delete that line, and set data.separator"], []
    if error := _separator_error(text.lstrip("\n").split("\n", _LOOKED_AT)[:_LOOKED_AT], separator, wanted):
        return nothing, [f"{name}: {error}"], []
    header, *rows = list(records(text, separator))
    table, errors, more = table_of(name, header, rows, wanted)
    return table, errors, [*remarks, *more]


def table_of(
    name: str, header: Record, rows: list[Record], wanted: Collection[str] = ()
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """The table of a header and rows, its errors (then it is empty) and remarks; arguments as in read_raw_table."""
    nothing = pd.DataFrame()
    if not header.error and wanted and not set(column_names(header.cells)) & set(wanted):
        # The message does not repeat the first line: without a header it is a patient.
        line = f"row {header.line}" if header.line > 1 else "its first line"
        expected = f"expected a header{_header_below(header, rows, wanted)}"
        return nothing, [f"{name}: {line} contains none of the columns {listed(wanted)}; {expected}"], []
    errors, remarks, width = _shape_errors(name, header, rows, wanted)
    if errors:
        return nothing, errors, []
    filled = [row for row in rows if not _is_empty(row)]
    cells = [[trimmed(cell) for cell in row.cells[:width]] for row in filled]
    names = column_names(header.cells[:width])
    return pd.DataFrame(cells, columns=names, index=[row.line for row in filled], dtype=str), [], remarks


def trimmed(cell: str) -> str:
    """A cell without the spaces and invisible characters around it, which browsers and programs leave there."""
    cell = cell.strip()
    return cell if cell.isprintable() else _MARGIN.sub("", cell)


def column_names(cells: Iterable[str]) -> list[str]:
    """The names of columns in a header's cells; one that is written over several lines has spaces between them."""
    return [_LINE_BREAK.sub(" ", trimmed(cell)) for cell in cells]


def _header_below(header: Record, rows: list[Record], wanted: Collection[str]) -> str:
    """What to set if a row below the supposed header has names of columns; else empty."""
    if not header.line:  # a format without rows above the data
        return ""
    enough = min(2, len(wanted))
    found = (row.line for row in rows[:_LOOKED_AT] if len(set(column_names(row.cells)) & set(wanted)) >= enough)
    line = next(found, 0)
    return f"; row {line} looks like it: set {{file: ..., header: {line}}}" if line else ""


def _without_title(text: str, header_line: int) -> str:
    """A text whose lines above the header are blank, so that the others keep their numbers."""
    above = header_line - 1
    return "\n" * above + "\n".join(text.split("\n")[above:])


def _below(header_line: int) -> str:
    return f" from line {header_line} on" if header_line > 1 else ""


def _is_empty(row: Record) -> bool:
    return not row.error and not any(map(trimmed, row.cells))


def records(text: str, separator: str) -> Iterator[Record]:
    """The rows of a text with lines ending in "\\n". After an error, reading goes on with the next line."""
    plain = re.compile(f'[^"\\n{re.escape(separator)}]*')
    position, line, end = 0, 1, len(text)
    while position < end:
        stop = text.find("\n", position)
        stop = end if stop < 0 else stop
        if text.find('"', position, stop) < 0:  # the usual row
            row = text[position:stop]
            if trimmed(row):
                yield Record(line, row.split(separator))
        else:
            record, past = _quoted_record(text, position, line, separator, plain)
            yield record
            stop = stop if record.error else past
        line += text.count("\n", position, stop + 1)
        position = stop + 1


def _quoted_record(text: str, position: int, line: int, separator: str, plain: re.Pattern) -> tuple[Record, int]:
    """A row with quotation marks, and the position of its line break."""
    cells: list[str] = []
    spans: list[int] = []  # cells with a line break
    while True:
        if text.startswith('"', position):
            found = _QUOTED.match(text, position)
            if found is None:
                return Record(line, cells, "a quotation mark that is never closed"), 0
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
    return Record(line, cells, "a quoted cell that contains whole rows" if swallowed else ""), position


def _looks_like_rows(cells: list[str], place: int, separator: str) -> bool:
    """Whether a quoted cell has line breaks exactly where rows would end: two stray marks with rows between them."""
    first, *_, last = cells[place].split("\n")
    before, after = place, len(cells) - 1 - place
    return first.count(separator) == after and last.count(separator) == before > 0


def _separator_error(lines: list[str], separator: str, wanted: Collection[str]) -> str:
    """An error if the header uses another separator than the config says; else empty.

    lines: the first ones. The header is the first of them with the name of a column; there may be a title above it.
    """

    def cells(line: str, sign: str) -> set[str]:
        return {trimmed(trimmed(cell).strip('"')) for cell in line.split(sign)}

    signs = {separator, *SEPARATORS}
    named = (line for line in lines if any(cells(line, sign) & set(wanted) for sign in signs))
    first = next(named, lines[0])
    found = {sign: len(cells(first, sign) & set(wanted)) for sign in signs}
    best = max(SEPARATORS, key=lambda sign: (found[sign], len(first.split(sign))))
    alone = len(first.split(separator)) == 1 and len(first.split(best)) > 1
    if found[best] > found[separator] or (alone and not found[separator]):
        return f"its columns are separated by {best!r}, expected the separator {separator!r} of data.separator"
    return ""


def _shape_errors(
    name: str, header: Record, rows: list[Record], wanted: Collection[str]
) -> tuple[list[str], list[str], int]:
    """Errors in the header and the rows, remarks, and the number of columns to keep."""
    if header.error:
        return [_quotes(name, header.error, [header.line])], [], 0
    names = column_names(header.cells)
    width = len(names)
    while width > 1 and not names[width - 1]:
        width -= 1
    counts = Counter(names[:width])
    repeated = [column for column in counts if counts[column] > 1 and (not wanted or column in wanted)]
    errors = [
        f"{name}: the column {shown(column)} appears {_times(counts[column])} in the header, expected once; rename or "
        f"delete the others"
        for column in repeated
    ]
    wrong: dict[str, list[int]] = defaultdict(list)
    lengths: dict[int, list[int]] = defaultdict(list)
    empty, beyond = [], []
    for row in rows:
        if row.error:
            wrong[row.error].append(row.line)
        elif _is_empty(row):
            empty.append(row.line)
        elif len(row.cells) != len(names):
            lengths[len(row.cells)].append(row.line)
        elif any(map(trimmed, row.cells[width:])):
            beyond.append(row.line)
    errors += [_quotes(name, error, lines) for error, lines in wrong.items()]
    errors += [
        f"{name} {rows_text(lines)}: found {count} cell{'s' * (count != 1)}, expected {len(names)} as in the header "
        f"(put quotation marks around a cell that contains a separator)"
        for count, lines in lengths.items()
    ]
    if beyond:
        title = width == 1 and not any(names[1:])
        instead = f"; if row {header.line} is a title, set `header` to the row of the columns' names" if title else ""
        what = "found a cell without a column name in the header, expected none"
        errors.append(f"{name} {rows_text(beyond)}: {what}{instead}")
    remarks = []
    if width < len(names):
        remarks.append(f"{name}: every line ends with a separator; the empty last column is ignored")
    if empty:
        skipped = "a row without any value is" if len(empty) == 1 else f"{len(empty)} rows without any value are"
        remarks.append(f"{name} {rows_text(empty)}: {skipped} skipped")
    return errors, remarks, width


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _quotes(name: str, error: str, lines: list[int]) -> str:
    expected = "quotation marks only around whole cells, and doubled inside a quoted cell"
    return f"{name} {rows_text(lines)}: found {error}, expected {expected}"
