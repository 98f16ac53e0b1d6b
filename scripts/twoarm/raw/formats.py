"""The formats of files that are not text, told by their first bytes, whatever their names end with."""

from typing import NamedTuple


class Format(NamedTuple):
    """A format: how messages name it, and what reads a table from it (empty: nothing does)."""

    name: str
    reader: str = ""


WORKBOOK, PARQUET = "workbook", "parquet"  # the other readers are functions of pyreadstat
SPSS, STATA = Format("an SPSS file (.sav)", "read_sav"), Format("a Stata file (.dta)", "read_dta")
FORMATS = {
    b"PK\x03\x04": Format("a workbook (.xlsx or .ods) or another zip archive", WORKBOOK),
    b"\xd0\xcf\x11\xe0": Format("an old Excel workbook (.xls) or another Office file", WORKBOOK),
    b"PAR1": Format("a Parquet file", PARQUET),
    b"$FL2": SPSS,
    b"$FL3": SPSS,
    b"<stata_dta>": STATA,
    **{bytes([version, order, 1]): STATA for version in (113, 114, 115) for order in (1, 2)},  # before Stata 13
    bytes(12) + b"\xc2\xea\x81\x60": Format("a SAS file (.sas7bdat)", "read_sas7bdat"),
    b"HEADER RECORD*******LIB": Format("a SAS file (.xpt)", "read_xport"),
    b"\x1f\x8b": Format("a compressed file (gzip)"),
    b"%PDF": Format("a PDF"),
}
LONGEST = max(map(len, FORMATS))
TEXT = Format("text")


def format_of(start: bytes) -> Format:
    """The format of a file by its first bytes, at least LONGEST of them; TEXT if none of FORMATS is it."""
    return next((found for signature, found in FORMATS.items() if start.startswith(signature)), TEXT)
