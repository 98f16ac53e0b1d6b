"""A lesion table as readings of each patient's visits, separately for each reader."""

from typing import NamedTuple

import pandas as pd

from twoarm.response.response_rules import micrometres


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
    scan: int = 0  # the day of the scan that shows it
    parts: tuple["Reading", ...] = ()  # the parts of a lesion that has split


Visit = dict[str, Reading]  # a visit's readings by lesion


def series_of(lesions: pd.DataFrame) -> dict[tuple[str, str], dict[int, Visit]]:
    """Group the rows by patient and reader, then day of assessment, then lesion; parts of one lesion are added up."""
    lesions = lesions.assign(day=assessed_on(lesions))
    text = [_text(lesions, column) for column in ("lesion_id", "site", "role")]
    sizes = [_sizes(lesions[c]) if c in lesions else [None] * len(lesions) for c in ("diameter_mm", "viable_mm")]
    whole = [part or own for part, own in zip(_text(lesions, "part_of"), text[0], strict=True)]
    marks = [_text(lesions, column) for column in ("cytology", "pattern")]
    rest = (_text(lesions, "status"), lesions["evaluable"].astype(bool).tolist())
    keys = zip(lesions["patient_id"], _text(lesions, "reader"), days_of(lesions["day"]), strict=True)
    scans = days_of(lesions["visit_date"])
    parts: dict = {}
    for (patient, reader, day), lesion, reading in zip(
        keys, whole, map(Reading, *text, *sizes, *rest, *marks, scans), strict=True
    ):
        visit = parts.setdefault((patient, reader), {}).setdefault(day, {})
        visit.setdefault(lesion, []).append(reading)
    return {key: _added_by_visit(visits) for key, visits in parts.items()}


def _added_by_visit(visits: dict[int, dict[str, list[Reading]]]) -> dict[int, Visit]:
    """Add up the parts of each lesion at each visit; a lesion is not evaluable if a part seen before has no row."""
    known: dict[str, set[str]] = {}
    series = {}
    for day in sorted(visits):
        series[day] = {}
        for lesion, own in visits[day].items():
            ids = {part.lesion for part in own}
            split = known[lesion] = known.get(lesion, set()) | (ids if len(ids) > 1 or lesion not in ids else set())
            whole = added(lesion, own)
            series[day][lesion] = whole if split <= ids else whole._replace(evaluable=False)
    return series


def assessed_on(lesions: pd.DataFrame) -> pd.Series:
    """The date of each row's assessment: its last scan by any reader; without `visit`, the scan's own date."""
    if "visit" not in lesions:
        return lesions["visit_date"]
    visit = lesions["visit"].astype(object).where(lesions["visit"].notna(), "").astype(str).str.strip()
    last = lesions["visit_date"].groupby([lesions["patient_id"], visit]).transform("max")
    return last.where(visit.ne(""), lesions["visit_date"])


def added(lesion: str, parts: list[Reading]) -> Reading:
    """A split lesion as one reading: the diameters of its parts added, not evaluable if a part is not."""
    if len(parts) == 1:
        return parts[0]._replace(lesion=lesion)
    gone = all(part.status in ("absent", "merged") or part.diameter == 0 for part in parts)
    return parts[0]._replace(
        lesion=lesion,
        diameter=sum(part.diameter or 0 for part in parts),
        status="absent" if gone else "present",
        evaluable=all(part.evaluable for part in parts),
        scan=max(part.scan for part in parts),
        parts=tuple(parts),
    )


def _text(lesions: pd.DataFrame, column: str) -> list[str]:
    if column not in lesions:
        return [""] * len(lesions)
    return lesions[column].astype(object).where(lesions[column].notna(), "").astype(str).tolist()


def _sizes(mm: pd.Series) -> list[int | None]:
    return [None if size != size else micrometres(size) for size in mm.astype(float).tolist()]


def days_of(dates: pd.Series) -> list[int]:
    return dates.to_numpy(dtype="datetime64[ns]").astype("datetime64[D]").astype(int).tolist()
