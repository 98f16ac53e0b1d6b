"""Survival as rows of the tidy table, with a note if a number is empty, and curves as rows of a file."""

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from twoarm.config.keys import contrast
from twoarm.stats.survival import Z, at_time, kaplan_meier, quantile, restricted_mean

CURVE_KEY = ["population", "stratum", "group", "variable"]
CURVE_COLUMNS = [*CURVE_KEY, "time", "survival", "ci_low", "ci_high", "at_risk", "events", "censored"]


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


def survival_rows(patients: pd.DataFrame, times: list[float], conf_type: str, key: dict) -> list[dict]:
    """Rows of the tidy table for one group of patients (columns time, event): totals, median, survival at `times`.

    The median follow-up is by reverse Kaplan-Meier (Schemper and Smith 1996), with censoring as the event.
    """
    curve = kaplan_meier(patients["time"], patients["event"], conf_type)
    total, events = len(patients), int(patients["event"].sum())
    rows = [
        dict(key, statistic="total", method="descriptive", value=total),
        dict(key, statistic="events", method="descriptive", value=events),
    ]
    notes = _not_reached("median", total, events)
    rows += _estimate_rows(key, "median", "kaplan_meier", quantile(curve), notes)
    for time in times:
        found = at_time(curve, time)
        level = dict(key, level=f"{time:g}")
        notes = _not_followed(found)
        values = (found["survival"], found["ci_low"], found["ci_high"])
        rows += _estimate_rows(level, "survival", "kaplan_meier", values, notes)
        rows.append(dict(level, statistic="at_risk", method="kaplan_meier", value=found["at_risk"]))
    follow_up = quantile(kaplan_meier(patients["time"], 1 - patients["event"], conf_type))
    notes = _not_reached("median follow-up", total, total - events)
    return rows + _estimate_rows(key, "median", "reverse_kaplan_meier", follow_up, notes)


def drawn(curve: pd.DataFrame, key: dict) -> pd.DataFrame:
    """A curve as rows of results/data/*curves.parquet: CURVE_COLUMNS; key gives CURVE_KEY."""
    return curve.assign(**key)[CURVE_COLUMNS]


def restricted_mean_rows(groups: dict[str, pd.DataFrame], horizon: float, key: dict) -> list[dict]:
    """Rows for the restricted mean of each of two groups (treated first) and their difference, as survRM2's rmst2."""
    key = dict(key, level=f"{horizon:g}")
    means = {name: restricted_mean(kaplan_meier(p["time"], p["event"]), horizon) for name, p in groups.items()}
    (first, first_error), (second, second_error) = means.values()
    between = contrast(*groups)
    estimates = [(name, "rmst", *mean) for name, mean in means.items()]
    estimates.append((between, "difference", first - second, float(np.hypot(first_error, second_error))))
    rows = []
    for name, statistic, mean, error in estimates:
        note = "follow-up ends before this time" if np.isnan(mean) else ""
        values = (mean, mean - Z * error, mean + Z * error)
        rows += _estimate_rows(dict(key, group=name), statistic, "rmst", values, (note,) * 3)
    # A single curve without an event before the horizon has no variance, and a difference of such two no test.
    p = float(chdtrc(1, (mean / error) ** 2)) if error > 0 else np.nan
    note = "" if error > 0 else note or "no event before this time"
    return [*rows, dict(key, group=between, statistic="p_value", method="rmst", value=p, note=note)]


def _estimate_rows(key: dict, statistic: str, method: str, values: tuple, notes: tuple) -> list[dict]:
    """Three rows: an estimate and its interval, each with a note if it is empty."""
    return [
        dict(key, statistic=name, method=method, value=value, note=note if np.isnan(value) else "")
        for name, value, note in zip([statistic, "ci_low", "ci_high"], values, notes, strict=True)
    ]


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
