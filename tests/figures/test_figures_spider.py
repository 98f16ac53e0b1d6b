"""The spider plot: which visits its lines have, what their ends say, and that it works for any study."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from figure_checks import assert_printable, assert_same_bytes, texts
from populations import AFTER, BEFORE
from response.draw_spider import draw_spider, spider_table
from twoarm.config.populations import populations_of
from twoarm.figures.change_axis import MARGIN, MOST_GROWTH
from twoarm.figures.response_colours import RESPONSES
from twoarm.figures.writer import save
from twoarm.response.best_response import patient_responses
from twoarm.response.response_rules import rules_for
from twoarm.results.wording import BARS_NOTE, WEIGHTED_NOTE

ARMS = {
    "treated": {"value": "X", "short": "X", "label": "Drug X"},
    "control": {"value": "Y", "short": "Y", "label": "Placebo"},
}
THRESHOLD = -0.3
START = pd.Timestamp("2020-01-01")


def visits(*rows):
    table = pd.DataFrame(rows, columns=["patient_id", "day", "overall", "sum_mm", "baseline_mm"])
    return table.assign(visit_date=START + pd.to_timedelta(table["day"], unit="D"))


VISITS = visits(
    ("P1", 40, "SD", 90.0, 100.0), ("P1", 80, "PR", 60.0, 100.0), ("P1", 160, "PD", 95.0, 100.0),
    ("P1", 200, "SD", 10.0, 100.0),  # after progression
    ("P2", 30, "PD", 150.0, 100.0),
    ("P4", 50, "NE", np.nan, 80.0), ("P4", 90, "CR", 0.0, 80.0),
    ("P5", 45, "SD", np.nan, np.nan),  # without target lesions
    ("P6", 60, "SD", 100.0, 100.0), ("P6", 120, "PD", np.nan, 100.0),  # progression by a new lesion, without a sum
    ("P9", 60, "SD", 100.0, 100.0),  # not among the patients shown
)  # fmt: skip
BEST = {"P1": "PR", "P2": "PD", "P3": "NE", "P4": "CR", "P5": "NON-CR/NON-PD", "P6": "PD"}


def responses():
    return pd.DataFrame({"patient_id": list(BEST), "best_response": list(BEST.values())})


def patients(arms="XXXYYY"):
    return pd.DataFrame({"patient_id": [f"P{n}" for n in range(1, len(arms) + 1)], "arm": list(arms)})


def table(unit="days", who=None, **more):
    return spider_table(VISITS, responses(), patients() if who is None else who, unit, **more)


def draw(lines=None, population=AFTER, **more):
    lines = table() if lines is None else lines
    return draw_spider(lines, "recist", THRESHOLD, ARMS, "days", population, **more)


def course(lines, arm, best):
    own = lines[(lines["arm"] == arm) & (lines["best_response"] == best)]
    (row,) = own[["times", "changes", "progressed"]].itertuples(index=False, name=None)
    return row


def test_a_line_goes_from_the_baseline_to_progression():
    lines = table()
    assert course(lines, "X", "PR") == ((0, 40, 80, 160), pytest.approx((0, -0.1, -0.4, -0.05)), True)
    assert course(lines, "X", "PD") == ((0, 30), (0, 0.5), True)
    assert course(lines, "Y", "CR") == ((0, 90), (0, -1), False)  # a visit without a sum is left out
    assert course(lines, "Y", "PD") == ((0, 60), (0, 0), False)  # its progression has no place on the line


def test_who_has_no_sum_has_no_line():
    assert course(table(), "X", "NE") == ((), (), False)
    assert course(table(), "Y", "NON-CR/NON-PD") == ((), (), False)
    assert texts(draw()).count("1 of 3 without a sum to compare: not drawn") == 2


def test_lines_name_nobody_and_do_not_depend_on_the_order_of_the_rows():
    lines = table()
    assert list(lines.columns) == ["arm", "best_response", "times", "changes", "progressed"]
    shuffled = spider_table(
        VISITS.sample(frac=1, random_state=1), responses().iloc[::-1], patients().iloc[[4, 2, 0, 5, 3, 1]], "days"
    )
    pd.testing.assert_frame_equal(lines, shuffled)


def test_times_are_in_the_unit_of_the_study_and_end_at_new_therapy():
    assert course(table("years"), "X", "PR")[0][-1] == pytest.approx(160 / 365.25)
    therapy = pd.Series({"P1": START + pd.Timedelta(days=80)})
    assert course(table(new_therapy=therapy), "X", "PR") == ((0, 40), pytest.approx((0, -0.1)), False)


def test_the_lowest_point_of_a_line_is_the_bar_of_the_waterfall():
    found = patient_responses(VISITS, ["P1", "P2", "P4", "P6"], rules_for("recist"))
    lines = table(who=patients().iloc[[0, 1, 3, 5]])
    lowest = sorted(min(changes[1:]) for changes in lines["changes"])
    assert lowest == pytest.approx(sorted(found["best_change"]))


# The figure


def ends(panel):
    """The mark at the end of each line: {(x, y): (marker, face, colour of the line)}."""
    return {
        (round(x), round(y, 2)): (line.get_marker(), to_hex(line.get_markerfacecolor()), to_hex(line.get_color()))
        for line in panel.lines
        if line.get_marker() not in ("None", None, "")
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    }


def test_the_lines_of_a_response_are_not_joined():
    (line,) = [line for line in draw().axes[0].lines if to_hex(line.get_color()) == RESPONSES["PR"].colour.lower()][:1]
    np.testing.assert_allclose(line.get_xdata(), [0, 40, 80, 160, np.nan])
    np.testing.assert_allclose(line.get_ydata(), [0, -0.1, -0.4, -0.05, np.nan])
    two = draw(table(who=patients("XXXXXX"))).axes[0].lines
    (line,) = [line for line in two if to_hex(line.get_color()) == RESPONSES["PD"].colour.lower()][:1]
    np.testing.assert_allclose(line.get_xdata(), [0, 30, np.nan, 0, 60, np.nan])


def test_the_end_of_a_line_tells_response_and_progression():
    colours = {name: look.colour.lower() for name, look in RESPONSES.items()}
    found = ends(draw().axes[0])
    assert found[160, -0.05] == (RESPONSES["PR"].marker, colours["PR"], colours["PR"])
    assert found[30, 0.5] == (RESPONSES["PD"].marker, colours["PD"], colours["PD"])
    assert ends(draw().axes[1])[90, -1] == (RESPONSES["CR"].marker, "#ffffff", colours["CR"])
    assert len({look.marker for look in RESPONSES.values()}) == len(RESPONSES)


def test_it_says_what_it_shows():
    written = texts(draw())
    assert {"X (n = 3)", "Y (n = 3)", "−30%", "Complete response", "Progressive disease"} <= set(written)
    assert "+20%" not in written  # progression is measured from the smallest sum so far
    assert "Not evaluable" not in written  # without a line
    note = re.sub(r"\s+", " ", " ".join(written))
    assert (
        "One line per patient" in note
        and "filled if that assessment is a progression" in note
        and "Best response by RECIST 1.1" in note
    )


def test_growth_beyond_the_axis_is_cut_off_and_marked():
    grown = VISITS.assign(sum_mm=VISITS["sum_mm"].where(VISITS["patient_id"] != "P2", 900.0))
    figure = draw(spider_table(grown, responses(), patients(), "days"))
    assert figure.axes[0].get_ylim()[1] == pytest.approx(MOST_GROWTH + MARGIN)
    assert "beyond +200%" in re.sub(r"\s+", " ", " ".join(texts(figure)))
    assert not any("beyond" in text for text in texts(draw()))
    assert_printable(figure)


def many(n, arms="XY"):
    """A study of n patients in each arm."""
    random, who = np.random.default_rng(n), patients("".join(arm * n for arm in arms))
    names, rows = list(RESPONSES), []
    for place, patient in enumerate(who["patient_id"]):
        changes = np.cumprod(random.uniform(0.6, 1.3, place % 9))
        rows += [(patient, 30 + 45 * visit, "SD", 100 * change, 100.0) for visit, change in enumerate(changes)]
    best = pd.DataFrame({"patient_id": who["patient_id"], "best_response": [names[k % 6] for k in range(len(who))]})
    return spider_table(visits(*rows), best, who, "days")


@pytest.mark.parametrize("n", [1, 8, 64, 300])
def test_the_spider_plot_is_printable_with_its_mark(n, tmp_path):
    figure = draw(many(n))
    save(figure, [tmp_path / "s.svg"], watermark="Synthetic patients")
    assert_printable(figure)


def test_an_arm_or_study_without_patients_is_still_a_figure():
    assert_printable(draw(many(5, arms="X")))
    assert_printable(draw(table(who=patients().head(0)), population=BEFORE))


def test_it_says_that_weights_do_not_apply():
    weighted = populations_of({"propensity": {}, "designs": {"overlap": {"weights": "overlap"}}})[1]
    written = re.sub(r"\s+", " ", " ".join(texts(draw(population=weighted))))
    assert BARS_NOTE in written and "(ATO)" in written and WEIGHTED_NOTE not in written


def test_it_is_the_same_file_each_time_and_names_no_patient_and_no_date(tmp_path):
    assert_same_bytes(draw, tmp_path)
    save(draw(), [tmp_path / "s.svg"], watermark="Synthetic patients")
    svg = re.sub(r' (d|xlink:href|id|clip-path)="[^"]*"', "", (tmp_path / "s.svg").read_text(encoding="utf-8"))
    assert not re.search(r"\bP[1-9]\b|\b\d{4}-\d\d-\d\d\b", svg)
