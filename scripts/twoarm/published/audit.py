"""The rows of audit.csv: what a paper's printed numbers say of each other."""

from twoarm.results.rows import read_csv_rows

AUDIT_FLAGS = ["error", "decision_error", "concern"]
AUDIT_NUMBERS = ["computed_p", "low", "high"]


def read_audit(path: str) -> list[dict]:
    """The rows by column: p-values are float, NaN where empty; flags bool; the others text."""
    return [
        row
        | {name: float(row[name] or "nan") for name in AUDIT_NUMBERS}
        | {name: row[name] == "True" for name in AUDIT_FLAGS}
        for row in read_csv_rows(path)
    ]
