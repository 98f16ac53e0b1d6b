"""Kaplan-Meier curves for the script of the report's page (twoarm/report/curves_html.js), where readers trace them.

Every number is printed here, by the rules of the tables and figures, so that the script only looks up the step of a
time. There is no such file under `disclosure`: a curve's steps are single patients.
"""

import json
from pathlib import Path

import numpy as np

from twoarm.config.populations import Population
from twoarm.figures.palette import LINES, arm_colours
from twoarm.figures.time_axis import STEPS
from twoarm.results.curves import BANDS, Curve, Curves, read_curves
from twoarm.results.errors import log_to
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values, contrast_of
from twoarm.results.wording import arm_names
from twoarm.tables.estimates import (
    MEDIAN_DIGITS,
    count_text,
    found_with_limits,
    logrank_text,
    median_text,
    ratio_text,
    signs_in,
)
from twoarm.text.rounding import half_up

TIME_DIGITS = 6  # days in years, as fractions, stay apart from a reader's times
# How finely a reader chooses a time, and how far an arrow key goes.
PACE = {"days": (1, 10), "months": (0.1, 1), "years": (0.05, 0.25)}


def trace_curves(
    values: Values, curves: Curves, populations: list[Population], endpoints: dict[str, str], arms: dict, unit: str
) -> dict:
    """Return what the page needs, as JSON has it.

    values, curves: of survival; populations: those of the study; endpoints: {endpoint: label}; arms: the config's;
    unit: the study's time unit.
    """
    fine, coarse = PACE[unit]
    names = arm_names(arms)
    drawn = {
        population.name: {
            endpoint: _slice(values, curves, {"population": population.name, "variable": endpoint}, arms, unit)
            for endpoint in endpoints
        }
        for population in populations
    }
    said = [text for part in drawn.values() for one in part.values() for text in [*one["medians"], one["ratio"]]]
    return {
        "unit": unit,
        "fine": fine,
        "coarse": coarse,
        "steps": STEPS[unit],
        "arms": [
            {"name": names[value], "colour": colour, "dashes": [] if line == "-" else list(line[1])}
            for (value, colour), line in zip(arm_colours(arms).items(), LINES, strict=False)
        ],
        "contrast": " vs ".join(names.values()),
        "populations": [[each.name, each.whom] for each in sorted(populations, key=lambda each: not each.main)],
        "endpoints": list(endpoints.items()),
        "signs": " ".join(filter(None, [BANDS, signs_in(said)])),
        "curves": drawn,
    }


def _slice(values: Values, curves: Curves, key: dict, arms: dict, unit: str) -> dict:
    """The curves of an endpoint in a population, and what the figure prints above them."""
    groups, compared = list(arm_colours(arms)), {**key, "group": contrast_of(arms)}
    medians = [found_with_limits(values, "median", "kaplan_meier", group=group, **key) for group in groups]
    traced = [curves[key["population"], "", key["variable"], group] for group in groups]
    return {
        "patients": [count_text(values.find("total", group=group, **key).value) for group in groups],
        "events": [count_text(values.find("events", group=group, **key).value) for group in groups],
        "medians": [median_text(median, MEDIAN_DIGITS[unit]) for median in medians],
        "halves": [None if np.isnan(median.value) else round(median.value, TIME_DIGITS) for median, *_ in medians],
        "ratio": ratio_text(found_with_limits(values, "hazard_ratio", "cox", **compared)),
        "test": logrank_text(values.find("p_value", ("logrank",), **compared)),
        "weighted": any(curve.weighted for curve in traced),
        "arms": [_steps(curve) for curve in traced],
    }


def _steps(curve: Curve) -> dict:
    """A curve's steps, a list for each column.

    survival, low, high: per cent, with one decimal; at_risk: as printed, weighted if patients have weights; events: so
    far; censored: whether anybody is censored at this time; down: whether the curve ends at 0, where it stays; banded:
    how many steps from the first have a band.
    """
    return {
        "time": [round(time, TIME_DIGITS) for time in curve.time.tolist()],
        **{
            name: [_percent(share) for share in column]
            for name, column in (("survival", curve.survival), ("low", curve.ci_low), ("high", curve.ci_high))
        },
        "at_risk": [half_up(number, 1 if curve.weighted else 0) for number in curve.weighted_at_risk],
        "events": np.cumsum(curve.events).astype(int).tolist(),
        "censored": (curve.censored > 0).astype(int).tolist(),
        "down": bool(curve.survival[-1] == 0),
        "banded": curve.banded,
    }


def _percent(share: float) -> float | None:
    text = half_up(100 * share, 1)
    return float(text) if text else None


if __name__ == "__main__":
    log_to(snakemake.log[0])
    traced = trace_curves(
        values=Values(read_statistics(snakemake.input.statistics)),
        curves=read_curves(snakemake.input.curves),
        populations=snakemake.params.populations,
        endpoints=snakemake.params.endpoints,
        arms=snakemake.params.arms,
        unit=snakemake.params.unit,
    )
    text = json.dumps(traced, ensure_ascii=False, separators=(",", ":"))
    Path(snakemake.output.curves).write_text(text, encoding="utf-8")
