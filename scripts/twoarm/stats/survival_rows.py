"""Survival as rows of the tidy table, with a note if a number is empty, and curves as rows of a file."""

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from twoarm.config.keys import WEIGHTED, contrast
from twoarm.config.populations import WEIGHT
from twoarm.stats.estimate_rows import estimate_rows
from twoarm.stats.survival import Z, at_time, kaplan_meier, quantile, restricted_mean
from twoarm.stats.weighted_survival import weighted_kaplan_meier, weighted_restricted_mean

CURVE_KEY = ["population", "stratum", "group", "variable"]
NUMBERS = ["at_risk", "events", "censored", "weighted_at_risk"]
CURVE_COLUMNS = [*CURVE_KEY, "time", "survival", "ci_low", "ci_high", *NUMBERS]


def logrank_note(part: pd.DataFrame, column: str, p: float) -> str:
    """Why a log-rank p is empty, or which groups it leaves out. part: time, event and the column of groups."""
    groups = part.groupby(column, observed=True)
    if len(groups) < 2:
        return "one group only"
    if not part["event"].any():
        return "no events"
    absent = groups["time"].max() < part.loc[part["event"] == 1, "time"].min()
    names = ", ".join(map(str, absent.index[absent]))
    if len(absent) - absent.sum() < 2:
        return f"only one group was still observed at the first event; gone before: {names}"
    if np.isnan(p):
        return "the groups are never at risk together when an event happens"
    return f"not tested, as nobody was still observed at the first event: {names}" if names else ""


def method_of(method: str, patients: pd.DataFrame) -> str:
    """The name of a method for these patients: `weighted_cox` if they have a column WEIGHT, else `cox`."""
    return WEIGHTED + method if WEIGHT in patients else method


def curve_of(patients: pd.DataFrame, conf_type: str, reverse: bool = False) -> pd.DataFrame:
    """The Kaplan-Meier curve of patients (time, event); of weighted ones, if they have a column WEIGHT.

    at_risk, events and censored are numbers of patients in either case, and weighted_at_risk is the sum of the weights
    of those at risk. reverse: censoring is the event.
    """
    event = 1 - patients["event"] if reverse else patients["event"]
    counted = kaplan_meier(patients["time"], event, conf_type)
    if WEIGHT not in patients:
        return counted.assign(weighted_at_risk=counted["at_risk"])
    curve = weighted_kaplan_meier(patients["time"], event, patients[WEIGHT], conf_type)
    numbers = counted[["at_risk", "events", "censored"]]
    return curve.assign(weighted_at_risk=curve["at_risk"], **numbers)


def survival_rows(patients: pd.DataFrame, times: list[float], conf_type: str, key: dict) -> list[dict]:
    """Rows of the tidy table for one group of patients (as for curve_of): totals, median, survival at `times`.

    The median follow-up is by reverse Kaplan-Meier (Schemper and Smith 1996), with censoring as the event.
    """
    curve, method = curve_of(patients, conf_type), method_of("kaplan_meier", patients)
    total, events = len(patients), int(patients["event"].sum())
    rows = [
        dict(key, statistic="total", method="descriptive", value=total),
        dict(key, statistic="events", method="descriptive", value=events),
    ]
    notes = _not_reached("median", total, events)
    rows += [key | row for row in estimate_rows("median", method, quantile(curve), notes)]
    for time in times:
        found = at_time(curve, time)
        level = dict(key, level=f"{time:g}")
        notes = _not_followed(found)
        values = (found["survival"], found["ci_low"], found["ci_high"])
        rows += [level | row for row in estimate_rows("survival", method, values, notes)]
        rows.append(dict(level, statistic="at_risk", method="kaplan_meier", value=found["at_risk"]))
        if WEIGHT in patients:
            weighted = patients.loc[patients["time"] >= time, WEIGHT].sum()
            rows.append(dict(level, statistic="weighted_at_risk", method=method, value=weighted))
    follow_up = quantile(curve_of(patients, conf_type, reverse=True))
    notes = _not_reached("median follow-up", total, total - events)
    method = method_of("reverse_kaplan_meier", patients)
    return rows + [key | row for row in estimate_rows("median", method, follow_up, notes)]


def drawn(curve: pd.DataFrame, key: dict) -> pd.DataFrame:
    """A curve as rows of results/data/*curves.parquet: CURVE_COLUMNS; key gives CURVE_KEY."""
    return curve.assign(**key)[CURVE_COLUMNS]


def restricted_mean_rows(groups: dict[str, pd.DataFrame], horizon: float, key: dict) -> list[dict]:
    """Rows for the restricted mean of each of two groups (treated first) and their difference, as survRM2's rmst2."""
    key = dict(key, level=f"{horizon:g}")
    means = {name: _restricted_mean(part, horizon) for name, part in groups.items()}
    method = method_of("rmst", next(iter(groups.values())))
    (first, first_error), (second, second_error) = means.values()
    between = contrast(*groups)
    estimates = [(name, "rmst", *mean) for name, mean in means.items()]
    estimates.append((between, "difference", first - second, float(np.hypot(first_error, second_error))))
    rows = []
    for name, statistic, mean, error in estimates:
        note = "follow-up ends before this time" if np.isnan(mean) else ""
        values = (mean, mean - Z * error, mean + Z * error)
        rows += [key | {"group": name} | row for row in estimate_rows(statistic, method, values, note)]
    # A single curve without an event before the horizon has no variance, and a difference of such two no test.
    p = float(chdtrc(1, (mean / error) ** 2)) if error > 0 else np.nan
    note = "" if error > 0 else note or "no event before this time"
    return [*rows, dict(key, group=between, statistic="p_value", method=method, value=p, note=note)]


def _restricted_mean(patients: pd.DataFrame, horizon: float) -> tuple[float, float]:
    """The restricted mean of a group and its standard error; robust if the patients have weights."""
    time, event = patients["time"], patients["event"]
    if WEIGHT in patients:
        return weighted_restricted_mean(time, event, patients[WEIGHT], horizon)
    return restricted_mean(kaplan_meier(time, event), horizon)


def _not_reached(what: str, total: int, events: int) -> tuple[str, str, str]:
    """Why a median or its limit is empty."""
    if not total:
        return ("no patients",) * 3
    if not events:
        return ("no events" if what == "median" else "nobody is censored",) * 3
    return (f"{what} not reached", "lower limit not reached", "upper limit not reached")


def _not_followed(found: dict[str, float]) -> tuple[str, str, str]:
    """Why survival at a time or its limits are empty."""
    if np.isnan(found["survival"]):
        return ("nobody was under observation for this endpoint any more",) * 3
    return ("", *[f"no interval where survival is {found['survival']:.0f}"] * 2)
