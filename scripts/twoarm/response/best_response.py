"""From responses per visit to results per patient: best overall response, progression, agreement of readers.

Source: Eisenhauer 2009, section 4.5 to 4.7 and table 3; Cohen 1960 (kappa).
"""

import numpy as np
import pandas as pd

from twoarm.config.response_criteria import RESPONSES
from twoarm.raw.identifiers import natural_key, sorted_by_patient
from twoarm.response.response_rules import Rules

# These count only if they last.
LASTING = ["SD", "NON-CR/NON-PD"]
RESPONSE_COLUMNS = ["patient_id", "criterion", "best_response", "best_change", "progression_date"]


def adjudicated(visits: pd.DataFrame, primary: str, adjudicator: str | None = None) -> pd.DataFrame:
    """Keep one verdict per patient and visit: the primary reader's, or the adjudicator's where the adjudicator decides.

    visits: by one criterion, from `visit_verdicts`. The adjudicator decides where the overall responses of the
    primary and any other reader differ, and where the primary did not read the visit. A visit that the adjudicator
    did not read keeps the primary's verdict; a visit that neither read is left out.
    """
    key = ["patient_id", "assessed"]
    visit = pd.MultiIndex.from_frame(visits[key])
    kept = visits["reader"].eq(primary)
    if adjudicator is not None:
        # ASSUME [adjudicator]: the adjudicator's verdict also counts at a visit that the primary reader did not read.
        decides = visits["reader"].eq(adjudicator)
        verdicts = visits[~decides].groupby(key)["overall"].nunique()
        undisputed = visit.isin(verdicts.index[verdicts == 1])
        decides &= ~(visit.isin(visit[kept]) & undisputed)
        kept = decides | (kept & ~visit.isin(visit[decides]))
        visits = visits.assign(reason=visits["reason"].mask(decides, "adjudicated: " + visits["reason"]))
    return sorted_by_patient(visits[kept], "visit_date")


def patient_responses(
    visits: pd.DataFrame, patients: list[str], rules: Rules, new_therapy: pd.Series | None = None
) -> pd.DataFrame:
    """Summarise each patient's visits by one criterion.

    visits: one row per patient and visit, from `adjudicated`. patients: everyone analysed; a patient without a
    post-baseline visit is NE. new_therapy: date of the first new anticancer therapy by patient_id (NaT if none);
    visits from that day on do not count for the best response and the best change.
    Returns RESPONSE_COLUMNS, sorted by patient: best_change is the smallest (sum - baseline) / baseline of the
    counted visits, progression_date the first visit with overall PD, before or after new therapy.
    """
    columns = ("visit_date", "day", "overall", "sum_mm", "baseline_mm")
    by_patient: dict = {}
    for patient, *visit in zip(visits["patient_id"], *(visits[column] for column in columns), strict=True):
        by_patient.setdefault(patient, []).append(tuple(visit))
    therapy = {} if new_therapy is None else new_therapy.dropna().to_dict()
    rows = []
    for patient in sorted(patients, key=natural_key):
        own = sorted(by_patient.get(patient, []))
        # ASSUME [new_therapy]: progression after a new anticancer therapy still counts; some protocols censor there.
        progressions = [date for date, _, response, *_ in own if response == "PD"]
        counted = counted_visits(own, therapy.get(patient))
        targets = any(baseline == baseline for *_, baseline in own)
        best = best_response([(day, response) for _, day, response, *_ in counted], rules, targets)
        changes = [(total - baseline) / baseline for *_, total, baseline in counted if total == total]
        rows.append((patient, rules.criterion, best, min(changes, default=np.nan), min(progressions, default=pd.NaT)))
    table = pd.DataFrame(rows, columns=RESPONSE_COLUMNS)
    return table.astype({"best_change": float, "progression_date": "datetime64[ns]"})


def counted_visits(visits: list[tuple], new_therapy: pd.Timestamp | None = None) -> list[tuple]:
    """The visits that count for a patient's best response and best change: up to progression, before new therapy.

    visits: (date, day, overall response, ...), in order of time.
    """
    counted = visits[: next((place + 1 for place, visit in enumerate(visits) if visit[2] == "PD"), None)]
    return [visit for visit in counted if new_therapy is None or visit[0] < new_therapy]


def best_response(visits: list[tuple[int, str]], rules: Rules, targets: bool = True) -> str:
    """The best of a patient's counted visits: (day since treatment start, overall response), in order of time.

    targets: whether the patient has any. SD and NON-CR/NON-PD before `sd_min_days` do not count: an early one
    followed by PD is PD, and followed by nothing is NE.
    """
    credited = [credit(index, visits, rules, targets) for index in range(len(visits))]
    counted = [
        response
        for response, (day, _) in zip(credited, visits, strict=True)
        if response not in LASTING or day >= rules.sd_min_days
    ]
    return min(counted, key=RESPONSES.index, default="NE")


def credit(index: int, visits: list[tuple[int, str]], rules: Rules, targets: bool = True) -> str:
    """The response that a visit counts as: its own, or stable disease if it needs confirmation and has none.

    CR needs another CR at least `confirm_days` later, PR another PR or a CR. An unconfirmed CR is not a confirmed PR;
    in a patient without targets it is NON-CR/NON-PD.
    """
    (day, response), later = visits[index], visits[index + 1 :]
    level = {"CR": ["CR"], "PR": ["PR", "CR"]}.get(response)
    if level is None or not rules.confirm or _confirmed(day, later, level, rules):
        return response
    return "SD" if targets else "NON-CR/NON-PD"


def _confirmed(day: int, later: list[tuple[int, str]], level: list[str], rules: Rules) -> bool:
    """Whether a response of this level recurs late enough, with nothing between but such responses and one NE."""
    # ASSUME [confirm]: PR, SD, PR is not a confirmed response; only responses and one NE may come between.
    missed = 0
    for later_day, response in later:
        if response in level and later_day - day >= rules.confirm_days:
            return True
        missed += response == "NE"
        if missed > 1 or response not in (*level, "NE"):
            return False
    return False


def cohen_kappa(first: pd.Series, second: pd.Series) -> float:
    """Cohen's kappa of two equally long series of responses; NaN without patients or if chance alone always agrees.

    Raises ValueError if the lengths differ.
    """
    pairs = list(zip(first, second, strict=True))
    if not pairs:
        return float("nan")
    counts = np.array([[pairs.count((a, b)) for b in RESPONSES] for a in RESPONSES])
    expected = float(counts.sum(axis=0) @ counts.sum(axis=1)) / counts.sum() ** 2
    return float("nan") if expected == 1 else (np.trace(counts) / counts.sum() - expected) / (1 - expected)
