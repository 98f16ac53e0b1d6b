"""Forest plots: what they print, where they stop, and what they say if nothing can be estimated."""

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D

from figure_checks import assert_printable, assert_same_bytes, drawn, texts
from populations import AFTER
from prognosis.draw_prognosis import draw_prognosis
from subgroups.draw_subgroup_forest import draw_subgroup_forest
from tidy import values_of
from twoarm.figures.forest_axis import axis_limits, axis_ticks
from twoarm.figures.forest_figure import ForestRow, Series, forest_figure
from twoarm.figures.writer import COLUMN_MM, PAGE_MM
from twoarm.results.rows import TOO_FEW
from twoarm.results.statistics import statistics_table

NAN = np.nan
ARMS = {
    "treated": {"value": "X", "short": "X", "label": "Drug X"},
    "control": {"value": "Y", "short": "Y", "label": "Placebo"},
}
VARIABLES = {
    "age": {"label": "Age", "unit": "years"},
    "marker": {"label": "Marker"},
    "stage": {"label": "Stage of the disease at the time of the first treatment"},
}


def ratio(key, estimate, p):
    names = ["hazard_ratio", "ci_low", "ci_high", "p_value"]
    return [{**key, "statistic": name, "value": value} for name, value in zip(names, [*estimate, p], strict=True)]


def prognosis(stage=(2.5, 1.2, 5.2)):
    key = {"analysis": "prognosis", "population": "matched", "method": "cox_univariable"}
    rows = [
        *ratio(key | {"variable": "arm", "group": "X vs Y"}, (0.52, 0.36, 0.76), 0.0006),
        *ratio(key | {"variable": "age", "group": "per unit"}, (1.01, 0.99, 1.03), 0.3456),
        *ratio(key | {"variable": "marker", "group": "Yes vs No"}, (NAN, NAN, NAN), NAN),
        *ratio(key | {"variable": "stage", "group": "II vs I"}, stage, 0.0123),
        *ratio(key | {"variable": "stage", "group": "III vs I"}, (3.1, 1.4, 6.9), 0.005),
        {**key, "variable": "stage", "group": "overall", "statistic": "p_value", "value": 0.777},
    ]
    key["method"] = "cox_multivariable"
    rows += ratio(key | {"variable": "arm", "group": "X vs Y"}, (0.6, 0.4, 0.9), 0.0499)
    rows += [{**key, "group": "overall", "statistic": "total", "value": 128}]
    return statistics_table(rows)


def draw(width_mm=PAGE_MM, **kwargs):
    values = values_of(prognosis(**kwargs))
    return draw_prognosis(values, AFTER, VARIABLES, "Progression-free survival", ARMS, width_mm)


def interval(figure, low, high):
    """Whether some line goes from low to high."""
    lines = [line.get_xdata() for line in figure.findobj(Line2D) if len(line.get_xdata()) == 2]
    return any(np.allclose(line, [low, high]) for line in lines)


def test_prognosis_prints_both_models():
    figure, written = drawn(draw())
    by_text = {text.get_text(): text for text in written}
    assert {"0.52 (0.36–0.76)", "<0.001", "0.60 (0.40–0.90)", "0.050", "0.012"} <= set(by_text)
    assert by_text["<0.001"].get_weight() == by_text["0.050"].get_weight() == "bold"
    assert by_text["0.346"].get_weight() == "normal"
    assert "0.777" not in by_text
    assert {"1.010 (0.990–1.030)", "2.50 (1.20–5.20)"} <= set(by_text)  # a ratio per year is close to 1
    assert interval(figure, 0.36, 0.76) and interval(figure, 0.4, 0.9)


def test_prognosis_says_what_is_not_estimable_and_what_did_not_enter():
    written = texts(draw())
    assert written.count("NE") == 2  # the ratio of the marker, and its p-value
    assert written.count("–") == 2 * 4  # ratio and p of the four that did not enter


def test_every_doubling_is_marked_on_the_axis():
    figure, _ = drawn(draw())
    (axes,) = [axes for axes in figure.axes if axes.get_xscale() == "log"]
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    assert ticks == ["0.25", "0.5", "1", "2", "4", "8"] and not len(axes.get_xticks(minor=True))


def test_prognosis_labels_come_from_the_config():
    written = [text.replace("\N{NO-BREAK SPACE}", " ") for text in texts(draw())]
    assert {"Treatment: X vs Y", "Age, per year", "Marker: Yes vs No"} <= set(written)
    assert "Stage of the disease at the time of the first treatment: III vs I" in " ".join(written)


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (0.01, "(global P\u00a0=\u00a00.200): doubtful for Treatment."),
        (0.05, ": not doubtful for any variable."),
    ],
)
def test_prognosis_says_where_hazards_are_hardly_proportional(p, said):
    key = {"analysis": "prognosis", "population": "matched", "method": "cox_zph", "statistic": "p_value"}
    tests = {"arm": p, "marker": NAN, "global": 0.2}
    rows = [{**key, "group": "overall", "variable": name, "value": value} for name, value in tests.items()]
    table = pd.concat([prognosis(), statistics_table(rows)])
    figure = draw_prognosis(values_of(table), AFTER, VARIABLES, "Progression-free survival", ARMS)
    note = figure.get_supxlabel().replace("\n", " ")
    assert "Proportional hazards in the multivariable model" in note and note.endswith(said)
    assert "Proportional hazards" not in draw().get_supxlabel()
    assert_printable(figure)


def test_an_endless_interval_ends_in_an_arrow_within_the_axis():
    figure, _ = drawn(draw(stage=(40.0, 0.001, 900.0)))
    axis = next(axes for axes in figure.axes if axes.get_xscale() == "log")
    arrows = [line for line in axis.lines if line.get_marker() in ("<", ">") and len(line.get_xdata())]
    assert sorted(line.get_xdata()[0] for line in arrows) == [1 / 16, 16]
    assert interval(figure, 1 / 16, 16)
    assert not any(40.0 in line.get_xdata() for line in axis.lines)
    assert_printable(figure)


@pytest.mark.parametrize(
    ("intervals", "width_mm", "limits"),
    [
        ([(1, 0.9, 1.2)], 60, (-1, 1)),
        ([(1, 0.9, 2.1), (NAN, NAN, NAN)], 60, (-1, 2)),
        ([(0.5, 1 / 7, 0.9)], 60, (-3, 1)),
        ([(1, 0.9, 300)], 60, (-1, 4)),
        ([(0.5, 0, math.inf)], 60, (-4, 4)),
        ([(1, 0.6, 1.8)] * 19 + [(1.1, 0.1, 30)], 60, (-1, 1)),  # one wide interval does not set the scale
        ([(1, 0.6, 1.8)] * 19 + [(7, 0.9, 30)], 60, (-1, 3)),  # but an estimate does
        ([(1, 0.15, 7)], 60, (-3, 3)),
        ([(1, 0.15, 7)], 25, (-2, 2)),  # all doublings have labels, so the axis is shorter
    ],
)
def test_the_axis_fits_the_estimates_and_its_labels(intervals, width_mm, limits):
    assert axis_limits(intervals, width_mm) == limits
    assert axis_ticks(limits) == [2.0**power for power in range(limits[0], limits[1] + 1)]


def test_prognosis_is_printable_and_the_same_each_time(tmp_path):
    assert_printable(draw())
    assert_same_bytes(draw, tmp_path)


def effects(endpoint="pfs", population="matched", name="dose", levels=None):
    """The tidy tables of survival and of one subgroup. levels: {level: (effect, (events, total) of each arm)}."""
    levels = levels or {"low": ((0.5, 0.3, 0.8), (20, 30), (25, 28)), "high": ((0.9, 0.4, 2.0), (8, 12), (9, 14))}
    key = {"analysis": "survival", "population": population, "variable": endpoint}
    survival = ratio(key | {"group": "X vs Y", "method": "cox"}, (0.6, 0.42, 0.88), 0.01)
    survival += ratio(key | {"group": "X vs Y", "method": "cox_pair_robust"}, (0.6, 0.11, 0.99), 0.01)
    survival += counts(key | {"group": "X"}, 28, 42) + counts(key | {"group": "Y"}, 34, 42)
    key["analysis"] = f"subgroup_{name}"
    rows = [{**key, "group": "X vs Y", "statistic": "p_value", "method": "cox_interaction", "value": 0.2345}]
    for level, (effect, *arms) in levels.items():
        rows += ratio(key | {"stratum": f"{name}={level}", "group": "X vs Y", "method": "cox"}, effect, 0.5)
        for arm, numbers in zip("XY", arms, strict=True):
            rows += counts(key | {"stratum": arm, "group": level}, *numbers)
    return statistics_table(survival), statistics_table(rows)


def draw_forest(tables=None, shown_ones=None, arms=ARMS, **more):
    survival, subgroups = tables or effects()
    by_name = {
        name: values_of(subgroups[subgroups["analysis"] == f"subgroup_{name}"]) for name in shown_ones or shown()
    }
    return draw_subgroup_forest(values_of(survival), by_name, shown_ones or shown(), ENDPOINTS, arms, **more)


def counts(key, events, total):
    found = {"events": events, "total": total}
    return [{**key, "method": "descriptive", "statistic": name, "value": value} for name, value in found.items()]


def shown(endpoint="pfs", name="dose", levels=("low", "high", "highest"), population=AFTER):
    part = {"label": "Daily dose", "variable": name, "endpoint": endpoint, "levels": list(levels)}
    return {name: part | {"population": population}}


ENDPOINTS = {"pfs": "Progression-free survival", "os": "Overall survival"}


def test_subgroup_forest_prints_the_effect_overall_and_in_each_level():
    figure, written = drawn(draw_forest())
    written = [text.get_text() for text in written]
    for text in ("0.60 (0.42–0.88)", "28/42", "34/42", "0.50 (0.30–0.80)", "20/30", "25/28", "← Favours X"):
        assert text in written
    assert "0.235" in written  # the interaction, half-up
    assert interval(figure, 0.42, 0.88) and not interval(figure, 0.11, 0.99)
    assert "    highest" not in written  # a level that nobody has
    assert_printable(figure)


@pytest.mark.parametrize("width_mm", [PAGE_MM, COLUMN_MM])
@pytest.mark.parametrize("value", [0.3, 1.1, 2.2])
def test_what_an_arm_favours_stands_over_its_own_side_of_1(width_mm, value):
    levels = {"low": ((value, value / 2, value * 2), (20, 30), (25, 28))}
    figure, written = drawn(draw_forest(effects(levels=levels), width_mm=width_mm))
    axes = next(axes for axes in figure.axes if axes.get_xscale() == "log")
    one = axes.transData.transform((1, 0))[0]
    above = [text for text in written if text in axes.texts]
    sides = {"left": [], "right": []}
    for text in above:
        sides[text.get_horizontalalignment()].append(text)
    assert {side: " ".join(text.get_text() for text in reversed(own)) for side, own in sides.items()} == {
        "left": "← Favours X",
        "right": "Favours Y →",
    }
    assert all(text.get_window_extent().x1 <= one + 2 for text in sides["left"])
    assert all(text.get_window_extent().x0 >= one - 2 for text in sides["right"])
    assert_printable(figure)


def test_in_a_column_the_plot_has_more_space_and_the_interaction_stands_above_the_ratios():
    figure, written = drawn(draw_forest(width_mm=COLUMN_MM))
    axes = next(axes for axes in figure.axes if axes.get_xscale() == "log")
    assert axes.get_position().width > 0.37
    by_text = {text.get_text(): text.get_window_extent() for text in written}
    interaction, first = by_text["P = 0.235"], by_text["0.50 (0.30–0.80)"]
    assert "Interaction:" in by_text and interaction.y0 > first.y1
    assert interaction.x0 + interaction.x1 == pytest.approx(first.x0 + first.x1, abs=4)


def test_subgroup_forest_says_what_is_not_estimable():
    levels = {"low": ((NAN, NAN, NAN), (0, 3), (5, 8)), "high": ((NAN, NAN, NAN), (0, 0), (2, 4))}
    written = texts(draw_forest(effects(levels=levels)))
    assert written.count("NE") == 2
    assert {"0/3", "5/8", "0/0", "2/4"} <= set(written)


def test_subgroup_forest_says_which_levels_have_too_few_events():
    survival, table = effects(
        levels={"low": ((0.5, 0.3, 0.8), (20, 30), (25, 28)), "high": ((NAN,) * 3, (1, 3), (2, 4))}
    )
    few = (table["stratum"] == "dose=high") & (table["method"] == "cox")
    table.loc[few, ["value", "note"]] = [NAN, f"{TOO_FEW}10 events"]
    figure = draw_forest((survival, table))
    assert texts(figure).count("–") == 1 and {"1/3", "2/4"} <= set(texts(figure))
    note = figure.get_supxlabel().replace("\n", " ")
    assert note.endswith("Size of squares: number of events. –, not computed: fewer than 10 events.")
    assert_printable(figure)


def test_a_long_list_of_subgroups_of_many_levels_is_printable():
    names = [f"variable_{place}" for place in range(8)]
    five = {f"{level} of five": ((0.4 + 0.2 * level, 0.2, 5.0), (9, 30), (25, 28)) for level in range(5)}
    tables = [effects(name=name, levels=five) for name in names]
    both = tables[0][0], pd.concat(table for _, table in tables)
    figure = draw_forest(both, {key: part for name in names for key, part in shown(name=name, levels=five).items()})
    assert texts(figure).count("All patients") == 1 and texts(figure).count("    4 of five") == len(names)
    assert_printable(figure)


def test_subgroups_of_two_endpoints_have_a_row_for_all_patients_each():
    first, second = effects(), effects(endpoint="os", name="line")
    tables = [pd.concat(pair) for pair in zip(first, second, strict=True)]
    figure = draw_forest(tables, shown() | shown("os", "line"))
    written = " ".join(texts(figure))
    assert "Overall survival, matched patients" in written and "Progression-free survival, matched patients" in written
    assert_printable(figure)


def test_subgroup_forest_is_the_same_each_time(tmp_path):
    assert_same_bytes(lambda: draw_forest(), tmp_path)


def test_markers_grow_with_the_events():
    figure, _ = drawn(draw_forest())
    squares = [line for line in figure.findobj(Line2D) if line.get_marker() == "s" and len(line.get_xdata())]
    sizes = {float(line.get_xdata()[0]): line.get_markersize() for line in squares}
    assert sizes[0.6] > sizes[0.5] > sizes[0.9]
    assert math.isclose(sizes[0.5] ** 2 / sizes[0.9] ** 2, 45 / 17, rel_tol=0.2)


def test_a_long_word_of_a_label_is_not_broken_in_a_column():
    rows = [ForestRow("Postmenopausal", ["1/2", "1/2"], ["0.64 (0.35–1.16)"] * 2, [(0.64, 0.35, 1.16)], heading=True)]
    heads = [("A hormonal therapy\nevents/patients", "red"), ("No hormonal therapy\nevents/patients", "blue")]
    series = [Series("", "black", "s")]
    figure = forest_figure(
        rows, heads, [("Hazard ratio", "black")] * 2, series, "HR", ("Favours A", "Favours B"), "", 85
    )
    assert "Postmenopausal" in texts(figure)
