"""Curves for the report's page: each number as tables print it."""

import numpy as np

from survival.trace_curves import trace_curves
from tidy import values
from twoarm.config.populations import ENROLLED, Population
from twoarm.results.curves import Curve
from twoarm.results.values import Found
from twoarm.tables.estimates import logrank_text

ARMS = {
    "treated": {"value": "1", "short": "Drug", "label": "Drug"},
    "control": {"value": "0", "short": "None", "label": "None"},
}


def curve(weights: float = 1.0, last: float = 0.0) -> Curve:
    """Three patients: an event after 1 and 5.6837782 months, and one who is censored or dies after 9."""
    at_risk = np.array([3.0, 3, 2, 1])
    return Curve(
        time=np.array([0, 1, 5.683778234, 9]),
        survival=np.array([1, 0.66666, 0.3125, last]),
        ci_low=np.array([np.nan, 0.3, 0.10049, np.nan]),
        ci_high=np.array([np.nan, 1, 0.96, np.nan]),
        at_risk=at_risk,
        events=np.array([0.0, 1, 1, last == 0]),
        censored=np.array([0.0, 0, 0, last > 0]),
        weighted_at_risk=at_risk * weights,
    )


def traced(**curves: Curve) -> dict:
    """What the page has of two arms at one endpoint."""
    both = {(ENROLLED, "", "os", arm): curves.get(name, curve()) for arm, name in (("1", "drug"), ("0", "none"))}
    population = Population(ENROLLED, "", "Enrolled patients", "p", main=True)
    return trace_curves(values([]), both, [population], {"os": "Overall survival"}, ARMS, "months")


def test_steps_are_rounded_as_in_tables_and_count_events_so_far():
    (steps, _) = traced()["curves"][ENROLLED]["os"]["arms"]
    assert steps == {
        "time": [0, 1, 5.683778, 9],
        "survival": [100, 66.7, 31.3, 0],  # 31.25 half up
        "low": [None, 30, 10, None],
        "high": [None, 100, 96, None],
        "at_risk": ["3", "3", "2", "1"],
        "events": [0, 1, 2, 3],
        "censored": [0, 0, 0, 0],
        "down": True,
        "banded": 0,
    }


def test_the_band_goes_on_while_enough_patients_are_at_risk_or_their_number_is_masked():
    found = [curve()._replace(at_risk=np.array(numbers)).banded for numbers in ([9, 9, 5, 4.0], [9, 9, 9, np.nan])]
    assert found == [2, 3]
    assert traced()["signs"].startswith("Bands: 95% CI, while 5 or more patients are at risk.")


def test_numbers_at_risk_are_weighted_where_patients_are():
    found = traced(drug=curve(weights=0.55), none=curve(last=0.3125))["curves"][ENROLLED]["os"]
    weighted, plain = found["arms"]
    assert found["weighted"] and weighted["at_risk"] == ["1.7", "1.7", "1.1", "0.6"]
    assert plain["at_risk"] == ["3", "3", "2", "1"] and not plain["down"] and plain["censored"][-1]


def test_the_log_rank_test_says_whether_it_is_weighted():
    tests = {method: logrank_text(Found(0.0258, method, "")) for method in ("logrank", "weighted_logrank")}
    assert tests == {"logrank": "Log-rank test: P = 0.026", "weighted_logrank": "Weighted log-rank test: P = 0.026"}


def test_the_arms_are_told_apart_as_in_figures_and_the_main_population_comes_first():
    data = traced()
    assert [arm["name"] for arm in data["arms"]] == ["Drug", "None"]
    assert data["arms"][0]["dashes"] == [] and data["arms"][1]["dashes"] != []
    assert len({arm["colour"] for arm in data["arms"]}) == 2
    populations = [Population(name, "", name, "p", main=name == "matched") for name in (ENROLLED, "matched")]
    curves = {(name, "", "os", arm): curve() for name in (ENROLLED, "matched") for arm in "10"}
    both = trace_curves(values([]), curves, populations, {"os": "OS"}, ARMS, "months")
    assert [name for name, _ in both["populations"]] == ["matched", ENROLLED]
