"""The swimmer plot: what its bars and marks say, which endpoint ends them, and that it works for any study."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex

from figure_checks import assert_printable, assert_same_bytes, texts
from populations import AFTER, BEFORE
from response.draw_swimmer import CENSORED, PROGRESSED, draw_swimmer, last_days, longest_endpoint, swimmer_tables
from twoarm.config.populations import populations_of
from twoarm.figures.response_colours import RESPONSES
from twoarm.figures.writer import save
from twoarm.results.wording import BARS_NOTE, WEIGHTED_NOTE

ARMS = {
    "treated": {"value": "X", "short": "X", "label": "Drug X"},
    "control": {"value": "Y", "short": "Y", "label": "Placebo"},
}
EVENTS = {"died": {"label": "Death", "ends_observation": True}}
SURVIVAL = {"pfs": ["progression:recist", "died"], "ttp": ["relapse"], "os": ["died"]}


def visits(*rows):
    return pd.DataFrame(rows, columns=["patient_id", "day", "overall"])


VISITS = visits(
    ("P1", 40, "SD"), ("P1", 80, "PR"), ("P1", 120, "PR"), ("P1", 160, "PD"), ("P1", 200, "SD"),
    ("P2", 30, "PD"),
    ("P4", 50, "NE"), ("P4", 90, "CR"),
    ("P5", 45, "SD"),
)  # fmt: skip


def observed(**days):
    """Observations of the patients, who died on the days that are negative, none whose day is missing."""
    rows = [(patient, abs(day), "died" if day < 0 else CENSORED) for patient, day in days.items()]
    return pd.DataFrame(rows, columns=["patient_id", "day", "outcome"]).astype({"day": float})


OBSERVED = observed(P1=400, P2=-100, P3=250, P4=90, P5=-45)


def patients(arms="XXXYY"):
    return pd.DataFrame({"patient_id": [f"P{n}" for n in range(1, len(arms) + 1)], "arm": list(arms)})


def tables(unit="days", who=None):
    return swimmer_tables(VISITS, OBSERVED, patients() if who is None else who, unit)


def draw(bars=None, episodes=None, events=None, population=AFTER, **more):
    if bars is None:
        bars, episodes = tables()
    events = events or EVENTS
    return draw_swimmer(bars, episodes, "recist", "Overall survival", events, ARMS, "days", population, **more)


def course(arm, bar):
    _, episodes = tables()
    own = episodes[(episodes["arm"] == arm) & (episodes["bar"] == bar)]
    return list(own[["start", "end", "response", "assessed"]].itertuples(index=False, name=None))


# What ends observation


def endpoints(*rows):
    table = pd.DataFrame(rows, columns=["patient_id", "endpoint", "time", "event", "date", "reason"])
    return table.assign(date=pd.to_datetime(table["date"]))


STARTS = pd.Series(pd.to_datetime(["2020-01-11", "2020-02-01"]), index=["P1", "P2"])


def test_an_observation_ends_at_its_date_counted_from_treatment():
    days = last_days(
        endpoints(
            ("P1", "os", 99.0, 1, "2020-01-21", "died"),  # its time counts from another start
            ("P2", "os", 0.5, 0, "2020-03-01", "censored: last_seen"),
            ("P1", "pfs", 1.0, 1, "2020-01-12", "progression:recist"),
            ("P2", "pfs", 0.1, 1, "2020-02-01", "died"),  # on the day of the start
        ),
        STARTS,
        "months",
    )
    assert days["day"].tolist() == [10, 29, 1, 1]
    assert days["outcome"].tolist() == ["died", CENSORED, PROGRESSED, "died"]


def test_a_ready_made_endpoint_has_a_time_and_no_date():
    days = last_days(
        endpoints(("P1", "os", 2.0, 1, None, "dead"), ("P2", "os", 1.0, 0, None, "censored: os_months")),
        STARTS,
        "months",
    )
    assert days["day"].tolist() == [60.875, 30.4375]
    assert days["outcome"].tolist() == ["dead", CENSORED]
    assert longest_endpoint(days, {"os": ["dead"]}) == "os"


def test_survival_is_the_endpoint_without_progression_that_was_observed_longest():
    days = pd.DataFrame({"endpoint": ["pfs", "ttp", "os"], "patient_id": "P1", "day": [900.0, 200.0, 300.0]})
    assert longest_endpoint(days, SURVIVAL) == "os"
    assert longest_endpoint(days, {name: SURVIVAL[name] for name in ("ttp", "pfs")}) == "ttp"
    assert longest_endpoint(days.assign(day=1.0), SURVIVAL) == "ttp"  # a tie: the config's first


def test_with_progression_in_all_endpoints_the_first_ends_observation():
    days = pd.DataFrame({"endpoint": ["pfs", "irpfs"], "patient_id": "P1", "day": [1.0, 2.0]})
    assert longest_endpoint(days, {"pfs": SURVIVAL["pfs"], "irpfs": ["progression:mrecist"]}) == "pfs"


# Bars


def test_a_bar_has_the_response_of_each_visit_until_the_next():
    assert course("X", 0) == [
        (0, 40, "", True),
        (40, 80, "SD", True),
        (80, 160, "PR", True),
        (160, 200, "PD", True),  # the SD of day 200 does not undo the progression
        (200, 400, "PD", False),
    ]


def test_after_the_last_visit_the_response_was_not_assessed():
    assert course("X", 2) == [(0, 30, "", True), (30, 100, "PD", False)]
    assert course("X", 1) == [(0, 250, "", True)]  # never assessed
    assert course("Y", 0) == [(0, 50, "", True), (50, 90, "NE", True)]  # the last visit ends observation
    assert course("Y", 1) == [(0, 45, "", True)]


def test_bars_are_ordered_by_length_and_name_no_patient():
    bars, episodes = tables()
    assert bars[["arm", "bar", "end"]].to_numpy().tolist() == [
        ["X", 0, 400], ["X", 1, 250], ["X", 2, 100], ["Y", 0, 90], ["Y", 1, 45],
    ]  # fmt: skip
    assert bars["outcome"].tolist() == ["", "", "died", "", "died"]
    np.testing.assert_array_equal(bars["progression"], [160, np.nan, 30, np.nan, np.nan])
    assert "patient_id" not in {*bars.columns, *episodes.columns}
    shuffled = swimmer_tables(
        VISITS.sample(frac=1, random_state=1), OBSERVED.iloc[::-1], patients().iloc[[4, 2, 0, 3, 1]], "days"
    )
    pd.testing.assert_frame_equal(bars, shuffled[0])
    pd.testing.assert_frame_equal(episodes, shuffled[1])


def test_times_are_in_the_study_s_unit_and_a_visit_prolongs_observation():
    bars, episodes = swimmer_tables(visits(("P1", 365.25, "SD")), observed(P1=-100), patients("X"), "years")
    assert bars["end"].tolist() == [1.0]
    assert episodes["end"].tolist() == [1.0]


def test_only_the_patients_asked_for_are_shown():
    bars, _ = tables(who=patients().iloc[[1, 3]])
    assert bars["end"].tolist() == [100, 90]


# The figure


def test_bars_have_the_colours_of_the_responses_and_are_thin_after_the_last_visit():
    panel = draw().axes[0]
    shapes = {}
    for shape in panel.findobj(PolyCollection):
        for path in shape.get_paths():
            (left, low), (right, high) = path.vertices.min(axis=0), path.vertices.max(axis=0)
            shapes[round(left), round((low + high) / 2)] = (
                right,
                round(high - low, 2),
                to_hex(shape.get_facecolor()[0]),
            )
    assert shapes[80, 0] == (160, 0.78, RESPONSES["PR"][0].lower())
    assert shapes[200, 0] == (400, 0.26, RESPONSES["PD"][0].lower())
    assert panel.get_ylim()[0] > panel.get_ylim()[1]  # the longest on top


def test_a_visit_that_cannot_be_evaluated_is_hatched_and_a_response_is_not():
    hatches = {to_hex(bars.get_facecolor()[0]): bars.get_hatch() for bars in draw().findobj(PolyCollection)}
    assert hatches[RESPONSES["NE"].colour.lower()] == RESPONSES["NE"].hatch
    assert hatches[RESPONSES["PR"].colour.lower()] is None


def test_marks_say_progression_death_and_who_is_alive():
    lines = {line.get_marker(): line for line in draw().axes[0].lines}
    assert [x for x in lines["D"].get_xdata() if x == x] == [160, 30]
    assert lines["X"].get_xdata().tolist() == [100]
    assert lines[">"].get_ydata().tolist() == [0, 1]
    written = texts(draw())
    assert {"X (n = 3)", "Y (n = 2)", "Progression", "Death", "Alive at end of observation"} <= set(written)
    assert {"Not yet assessed", "Not evaluable"} <= set(written)
    assert "Complete response" not in written  # found at the last day alone, it takes no time
    note = " ".join(written).replace("\n", " ")
    assert "who were matched. X: Drug X. Y: Placebo." in note
    assert "response by RECIST 1.1" in note and "for overall survival" in note


def test_who_is_without_an_event_is_alive_only_where_the_event_is_a_death():
    assert "No event so far" in texts(draw(events={"died": {"label": "Death or transplant"}}))


def test_an_observation_that_ends_in_progression_has_no_further_mark():
    bars, episodes = tables()
    figure = draw(bars.assign(outcome=PROGRESSED), episodes)
    assert {line.get_marker() for line in figure.axes[0].lines if len(line.get_xdata())} == {"D"}
    assert_printable(figure)


def test_several_events_have_marks_of_their_own():
    bars, episodes = tables()
    events = {"died": {"label": "Death"}, "lost": {"label": "Transplantation of a liver from a living donor"}}
    bars["outcome"] = ["died", "lost", "", "lost", "died"]
    figure = draw(bars, episodes, events)
    assert {line.get_marker() for line in figure.axes[0].lines} == {"D", "X", "s", ">"}
    assert_printable(figure)


def many(n, arms="XY"):
    """A study of n patients in each arm, every response among their visits."""
    names = list(RESPONSES)
    who = patients("".join(arm * n for arm in arms))
    seen = visits(
        *(
            (patient, 30 + 40 * k, names[(p + k) % 6])
            for p, patient in enumerate(who["patient_id"])
            for k in range(p % 5)
        )
    )
    days = {patient: (200 + 7 * place % 600) * (-1) ** place for place, patient in enumerate(who["patient_id"])}
    return swimmer_tables(seen, observed(**days), who, "days")


@pytest.mark.parametrize("n", [1, 8, 64, 300])
def test_the_swimmer_plot_is_printable_with_its_mark_and_fits_a_page(n, tmp_path):
    figure = draw(*many(n))
    save(figure, [tmp_path / "s.svg"], watermark="Synthetic patients")
    assert_printable(figure)
    width, height = figure.get_size_inches() * 25.4
    assert width == pytest.approx(175) and 50 < height <= 200.001


def test_it_says_that_weights_do_not_apply():
    weighted = populations_of({"propensity": {}, "designs": {"overlap": {"weights": "overlap"}}})[1]
    written = re.sub(r"\s+", " ", " ".join(texts(draw(population=weighted))))
    assert BARS_NOTE in written and "(ATO)" in written and WEIGHTED_NOTE not in written


def test_an_arm_or_study_without_patients_is_still_a_figure():
    assert_printable(draw(*many(5, arms="X")))
    nobody = patients().head(0)
    assert_printable(draw(*tables(who=nobody), population=BEFORE))


def test_it_is_the_same_file_each_time_and_names_no_patient_and_no_date(tmp_path):
    assert_same_bytes(draw, tmp_path)
    save(draw(), [tmp_path / "s.svg"], watermark="Synthetic patients")
    svg = re.sub(r' (d|xlink:href|id|clip-path)="[^"]*"', "", (tmp_path / "s.svg").read_text(encoding="utf-8"))
    assert not re.search(r"\bP[1-5]\b|\b\d{4}-\d\d-\d\d\b", svg)
