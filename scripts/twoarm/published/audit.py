"""The rows of audit.csv: how a paper's printed numbers agree with each other."""

from twoarm.results.rows import read_csv_rows

AUDIT_FLAGS = ["error", "decision_error", "concern"]
AUDIT_NUMBERS = ["computed_p", "low", "high"]


def read_audit(path: str) -> list[dict]:
    """The rows: p-values as float, NaN if empty; flags as bool; the others as text."""
    return [
        row
        | {name: float(row[name] or "nan") for name in AUDIT_NUMBERS}
        | {name: row[name] == "True" for name in AUDIT_FLAGS}
        for row in read_csv_rows(path)
    ]
