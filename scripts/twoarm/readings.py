"""A lesion table as the readings of each patient's visits, one reader's at a time."""

from typing import NamedTuple

import pandas as pd

from twoarm.response_rules import micrometres


class Reading(NamedTuple):
    """One lesion at one visit, as one reader saw it; sizes in micrometres, None where not given."""

    lesion: str
    site: str
    role: str
    diameter: int | None
    viable: int | None
    status: str
    evaluable: bool
    cytology: str
    pattern: str


Visit = dict[str, Reading]  # a visit's readings by lesion


def series_of(lesions: pd.DataFrame) -> dict[tuple[str, str], dict[int, Visit]]:
    """Gather the rows by patient and reader, then visit day, then lesion."""
    text = [_text(lesions, column) for column in ("lesion_id", "site", "role")]
    sizes = [_sizes(lesions[c]) if c in lesions else [None] * len(lesions) for c in ("diameter_mm", "viable_mm")]
    marks = [_text(lesions, column) for column in ("cytology", "pattern")]
    rest = (_text(lesions, "status"), lesions["evaluable"].astype(bool).tolist())
    keys = zip(lesions["patient_id"], _text(lesions, "reader"), days_of(lesions["visit_date"]), strict=True)
    series: dict = {}
    for (patient, reader, day), reading in zip(keys, map(Reading, *text, *sizes, *rest, *marks), strict=True):
        series.setdefault((patient, reader), {}).setdefault(day, {})[reading.lesion] = reading
    return series


def _text(lesions: pd.DataFrame, column: str) -> list[str]:
    if column not in lesions:
        return [""] * len(lesions)
    return lesions[column].astype(object).where(lesions[column].notna(), "").astype(str).tolist()


def _sizes(mm: pd.Series) -> list[int | None]:
    return [None if size != size else micrometres(size) for size in mm.astype(float).tolist()]


def days_of(dates: pd.Series) -> list[int]:
    return dates.to_numpy(dtype="datetime64[ns]").astype("datetime64[D]").astype(int).tolist()
