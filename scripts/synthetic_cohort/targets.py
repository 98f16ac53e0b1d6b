"""The paper's printed values, as targets of the generator.

Every printed value is read from `resources/published/hcc_trp.csv`; none is repeated here.
This module only adds how the study's flags are coded: which printed level counts as 1.
"""

import csv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "resources" / "published" / "hcc_trp.csv"

ARMS = ("TR", "TRP")
DAYS_PER_MONTH = 30.4375

# The binary covariates of Table 1 and the printed level that is coded 1.
FLAGS = {
    "sex": "Male",
    "cirrhosis": "Yes",
    "hepatitis": "Yes",
    "ecog": "2",
    "bclc": "C",
    "child_pugh": "B",
    "afp": "≥400 ng/ml",
    "line": "3L+",
    "dose": "120-160mg",
    "tumour_number": ">3",
    "tumour_diameter": ">10cm",
    "pvtt": "Yes",
    "metastases": "Yes",
    "prior_tace": "Yes",
    "prior_curative": "Yes",
}
# Matched and unmatched patients of each arm: (arm, matched?)
GROUPS = (("TR", True), ("TR", False), ("TRP", True), ("TRP", False))


class Published:
    """Printed values by the keys of the tidy table.

    Raises LookupError if the file has no value, or several, for a key.
    """

    def __init__(self, path=PUBLISHED):
        with Path(path).open(encoding="utf-8", newline="") as handle:
            self.rows = list(csv.DictReader(handle))

    def printed(self, **key) -> str:
        """The string printed for the one row that has these key columns."""
        key = {"stratum": "", "level": ""} | key
        found = {row["printed"] for row in self.rows if all(row[name] == value for name, value in key.items())}
        if len(found) != 1:
            raise LookupError(f"{PUBLISHED.name}: expected one printed value for {key}, found {sorted(found)}")
        return found.pop()

    def window(self, **key) -> tuple[float, float]:
        """The values [low, high) that round half-up to the printed one; `<0.05` and `≥0.05` are halves of [0, 1]."""
        text = self.printed(**key)
        if text.startswith("<"):
            return 0.0, float(text[1:])
        if text.startswith("≥"):
            return float(text[1:]), 1.0
        half = 0.5 * 10 ** -len(text.partition(".")[2])
        return float(text) - half, float(text) + half

    def count(self, analysis: str, arm: str, variable: str, level: str, matched: bool | None, **more) -> int:
        """A printed number of patients: before matching (None), matched (True) or, by difference, unmatched (False)."""
        key = {"analysis": analysis, "group": arm, "variable": variable, "level": level, "statistic": "n"} | more
        if matched is False:
            before = self.count(analysis, arm, variable, level, None, **more)
            return before - self.count(analysis, arm, variable, level, True, **more)
        return int(self.printed(population="matched" if matched else "enrolled", **key))

    def size(self, arm: str, matched: bool) -> int:
        """Patients in one of the four groups."""
        key = {"analysis": "baseline", "group": arm, "variable": "", "statistic": "total"}
        n_matched = int(self.printed(population="matched", **key))
        return n_matched if matched else int(self.printed(population="enrolled", **key)) - n_matched


def centred(window: tuple[float, float], share: float = 0.6) -> tuple[float, float]:
    """The middle `share` of a window: the target of the annealing, so that nothing depends on a last digit."""
    low, high = window
    margin = (high - low) * (1 - share) / 2
    return low + margin, high - margin
