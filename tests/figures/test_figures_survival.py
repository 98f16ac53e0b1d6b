"""Survival figures: what they print, also if a median, a hazard ratio or a patient is missing."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from figure_checks import assert_printable, assert_same_bytes, drawn, texts
from populations import AFTER, BEFORE
from subgroups.draw_subgroup import draw_subgroup
from survival.draw_survival import draw_survival
from tidy import curves_of, values_of
from twoarm.figures.palette import CONTROL, TREATED
from twoarm.figures.risk_table import at_risk
from twoarm.figures.time_axis import finer_breaks, time_breaks
from twoarm.figures.writer import COLUMN_MM, PAGE_MM
from twoarm.results.curves import Curve
from twoarm.results.statistics import statistics_table
from twoarm.text.rounding import p_label

NAN = np.nan
ARMS = {
    "treated": {"value": "X", "short": "X", "label": "Drug X"},
    "control": {"value": "Y", "short": "Y", "label": "Placebo"},
}
ENDPOINTS = {"pfs": "Progression-free survival", "os": "Overall survival"}


def rows(key, total, events, median):
    kaplan_meier = {**key, "method": "kaplan_meier"}
    counts = {"total": total, "events": events}
    return [
        *({**key, "method": "descriptive", "statistic": name, "value": value} for name, value in counts.items()),
        *(
            {**kaplan_meier, "statistic": name, "value": value}
            for name, value in zip(["median", "ci_low", "ci_high"], median, strict=True)
        ),
        # what a figure must not take for the median: survival at a time, and the median follow-up
        *(
            {**kaplan_meier, "level": "6", "statistic": name, "value": 0.77}
            for name in ["survival", "ci_low", "ci_high"]
        ),
        {**key, "method": "reverse_kaplan_meier", "statistic": "median", "value": 99.9},
    ]


def contrast(key, ratio, p):
    ratios = zip(["hazard_ratio", "ci_low", "ci_high"], ratio, strict=True)
    return [
        *({**key, "method": "cox", "statistic": name, "value": value} for name, value in ratios),
        {**key, "method": "cox", "statistic": "p_value", "value": 0.4321},
        {**key, "method": "cox_pair_robust", "statistic": "hazard_ratio", "value": 9.99},
        {**key, "method": "logrank", "statistic": "p_value", "value": p},
    ]


def curve(key, total, end=20.0):
    """A curve in even steps, every third patient censored; without patients: only the row for time 0."""
    time = np.linspace(0, end, total + 1) if total else np.zeros(1)
    censored = (np.arange(len(time)) % 3 == 0).astype(int)
    events = 1 - censored
    censored[0] = events[0] = 0
    survival = np.cumprod(1 - events / np.maximum(total - np.arange(len(time)) + 1, 1))
    limits = {"ci_low": survival * 0.8, "ci_high": np.minimum(survival * 1.2, 1)}
    numbers = {"at_risk": np.r_[total, total - np.arange(total)], "events": events, "censored": censored}
    numbers["weighted_at_risk"] = numbers["at_risk"]
    return pd.DataFrame({**key, "time": time, "survival": survival, **limits, **numbers})


def study(population="matched", stratum="", variable="pfs", groups=None, ratio=(0.5, 0.3, 0.8), p=0.0004):
    """Statistics and curves of one slice. groups: {group: (total, events, median)}."""
    groups = groups or {"X": (30, 20, (6.54, 5.66, 7.25)), "Y": (28, 22, (4.6, 4.1, NAN))}
    key = {"analysis": "a", "population": population, "stratum": stratum, "variable": variable}
    found = [row for group, numbers in groups.items() for row in rows({**key, "group": group}, *numbers)]
    name = " vs ".join(groups) if len(groups) == 2 else "overall"
    found += contrast({**key, "group": name}, ratio, p)
    return found, [curve({**key, "group": group}, total) for group, (total, *_) in groups.items()]


def both(*slices):
    found, curves = zip(*slices, strict=True)
    return statistics_table(sum(found, [])), pd.concat(sum(curves, [])).drop(columns="analysis")


def shown(table, curves):
    """The statistics as figures read them, and the curves."""
    return values_of(table), curves_of(curves)


def two_endpoints(arms=ARMS, width_mm=PAGE_MM, look=None, **kwargs):
    tables = both(study(**kwargs), study(variable="os", ratio=(0.812, 0.6, 1.1), p=0.0821), study("enrolled", p=0.9))
    return draw_survival(*shown(*tables), AFTER, ENDPOINTS, arms, "months", width_mm=width_mm, look=look or {})


def by_level(groups, ratio=(1.32, 0.8, 2.2), levels=("low", "high"), arms=ARMS, label="Dose", **more):
    slices = [study(stratum=arm["value"], groups=groups, ratio=ratio, p=0.21) for arm in arms.values()]
    table, curves = both(*slices)
    interaction = {"population": "matched", "variable": "pfs", "group": " vs ".join(a["value"] for a in arms.values())}
    interaction |= {"statistic": "p_value", "method": "cox_interaction", "value": 0.6543}
    table = pd.concat([table, statistics_table([interaction])])
    subgroup = {"label": label, "endpoint": "pfs"}
    outcome = "Progression-free survival"
    return draw_subgroup(
        values_of(table), curves_of(curves), AFTER, subgroup, list(levels), outcome, arms, "months", **more
    )


def test_it_prints_its_statistics_and_no_others():
    written = texts(two_endpoints())
    for text in ("6.5 (5.7–7.3)", "4.6 (4.1–NR)", "Hazard ratio (95% CI), X vs Y: 0.50 (0.30–0.80)"):
        assert text in written
    assert "Log-rank test: P < 0.001" in written
    assert "Log-rank test: P = 0.082" in written
    assert "Hazard ratio (95% CI), X vs Y: 0.81 (0.60–1.10)" in written
    assert not any(wrong in text for text in written for wrong in ("99.9", "9.99", "0.77", "0.432", "0.900"))
    note = " ".join(written).replace("\n", " ")
    assert "X: Drug X. Y: Placebo." in note and "NR, not reached." in note


def test_a_study_without_matching_is_not_called_before_it():
    figure = draw_survival(*shown(*both(study("enrolled"))), BEFORE, {"pfs": ENDPOINTS["pfs"]}, ARMS, "months")
    assert any(text.startswith("Enrolled patients. Estimand: unadjusted comparison") for text in texts(figure))


def test_panels_are_lettered_and_arms_keep_their_colours():
    written = {text.get_text(): text for text in drawn(two_endpoints())[1]}
    assert "A  Progression-free survival" in written and "B  Overall survival" in written
    assert to_hex(written["X"].get_color()).upper() == TREATED
    assert to_hex(written["Y"].get_color()).upper() == CONTROL


def test_a_dotted_line_falls_from_the_middle_to_the_axis_at_each_median():
    lines = [line.get_xydata().tolist() for line in drawn(two_endpoints())[0].findobj(Line2D)]
    assert [[6.54, 0.0], [6.54, 50.0]] in lines and [[4.6, 0.0], [4.6, 50.0]] in lines


def test_the_note_explains_dotted_lines_only_if_there_are_any():
    tables = both(study(groups={"X": (30, 0, (NAN, NAN, NAN)), "Y": (30, 22, (NAN, 4.1, NAN))}))
    without = draw_survival(*shown(*tables), AFTER, {"pfs": "Survival"}, ARMS, "months")
    assert not any("Dotted" in text for text in texts(without))
    assert any("Dotted: medians." in text.replace("\n", " ") for text in texts(two_endpoints()))


def test_the_band_reaches_the_last_time_though_survival_is_0_there_and_has_no_interval():
    found, curves = study(groups={"X": (3, 3, (2, 1, 3)), "Y": (0, 0, (NAN, NAN, NAN))})
    curves[0] = curves[0].assign(time=[0, 1, 5, 9], survival=[1, 0.6, 0.3, 0], ci_low=[1, 0.3, 0.1, NAN], at_risk=8)
    curves[0]["ci_high"] = [1, 1, 0.9, NAN]
    figure = draw_survival(*shown(*both((found, curves))), AFTER, {"pfs": "Survival"}, ARMS, "months")
    (band,) = figure.findobj(PolyCollection)
    corners = {tuple(corner) for path in band.get_paths() for corner in path.vertices.tolist()}
    assert {(1, 30), (5, 30), (5, 10), (9, 10), (9, 90)} <= corners


def test_the_band_but_not_the_curve_ends_where_few_patients_are_at_risk():
    found, curves = study(groups={"X": (9, 9, (2, 1, 3)), "Y": (0, 0, (NAN, NAN, NAN))})
    numbers = {"at_risk": [9, 9, 5, 4], "survival": [1, 0.6, 0.3, 0.2], "ci_low": [1, 0.3, 0.1, 0.05]}
    curves[0] = curves[0].head(4).assign(time=[0, 1, 5, 9], ci_high=[1, 1, 0.9, 0.8], **numbers)
    figure = draw_survival(*shown(*both((found, curves))), AFTER, {"pfs": "Survival"}, ARMS, "months")
    (band,) = figure.findobj(PolyCollection)
    assert max(time for path in band.get_paths() for time, _ in path.vertices) == 5
    assert any(line.get_xdata()[-1] == 9 for line in figure.findobj(Line2D) if len(line.get_xdata()) == 4)
    assert "Bands: 95% CI, while 5 or more patients are at risk." in " ".join(" ".join(texts(figure)).split())


def test_it_is_printable_and_the_same_each_time(tmp_path):
    assert_printable(two_endpoints())
    assert_same_bytes(two_endpoints, tmp_path)


@pytest.mark.parametrize("endpoints", [1, 3])
def test_any_number_of_endpoints(endpoints):
    names = [f"e{place}" for place in range(endpoints)]
    tables = both(*(study(variable=name) for name in names))
    figure = draw_survival(*shown(*tables), AFTER, {name: f"Outcome {name}" for name in names}, ARMS, "months")
    letter = f"{'ABC'[endpoints - 1]}  " if endpoints > 1 else ""  # a panel alone has none
    assert f"{letter}Outcome e{endpoints - 1}" in texts(figure)
    assert_printable(figure)


def test_a_median_that_is_not_reached_and_a_ratio_that_does_not_exist():
    groups = {"X": (30, 0, (NAN, NAN, NAN)), "Y": (30, 22, (NAN, 4.1, NAN))}
    figure = two_endpoints(groups=groups, ratio=(NAN, NAN, NAN), p=NAN)
    written = texts(figure)
    assert "NR" in written and "NR (4.1–NR)" in written
    assert "Hazard ratio (95% CI), X vs Y: NE" in written
    assert "NR, not reached; NE, not estimable." in " ".join(written).replace("\n", " ")
    assert "Log-rank test: P not estimable" in written
    assert_printable(figure)


def test_a_level_without_patients_in_one_arm():
    figure = by_level({"low": (30, 20, (6.5, 5.7, 7.2)), "high": (0, 0, (NAN, NAN, NAN))}, ratio=(NAN, NAN, NAN))
    assert texts(figure).count("no patients") == 0  # in neither arm: the level does not occur
    assert_printable(figure)
    groups = {"low": (30, 20, (6.5, 5.7, 7.2)), "high": (0, 0, (NAN, NAN, NAN))}
    some = {"low": (30, 20, (6.5, 5.7, 7.2)), "high": (12, 9, (5, 4, 6))}
    tables = both(study(stratum="X", groups=groups), study(stratum="Y", groups=some))
    subgroup = {"label": "Dose", "endpoint": "pfs"}
    figure = draw_subgroup(*shown(*tables), AFTER, subgroup, ["low", "high"], "Survival", ARMS, "months")
    assert texts(figure).count("no patients") == 1
    assert_printable(figure)


def test_a_subgroup_names_its_arms_its_tests_and_the_interaction():
    written = texts(by_level({"low": (30, 20, (5.6, 5.1, 6.2)), "high": (20, 15, (7.2, 6.5, 8))}))
    assert "A  Drug X (X)" in written and "B  Placebo (Y)" in written
    assert written.count("Hazard ratio (95% CI), low vs high: 1.32 (0.80–2.20)") == 2
    assert written.count("Log-rank test: P = 0.210") == 2
    note = " ".join(written).replace("\n", " ")
    assert "Matched patients. Estimand: average treatment effect in the treated patients who were matched." in note
    assert "Dose" in written and "Dose." not in note
    assert "Interaction with treatment: P = 0.654." in note


@pytest.mark.parametrize("width_mm", [PAGE_MM, COLUMN_MM])
@pytest.mark.parametrize(
    "label", ["Menopausal status", f"Menopausal status {'at the time of the first treatment ' * 4}"]
)
def test_the_legend_of_a_subgroup_says_what_its_levels_are_of(label, width_mm):
    groups = {"Yes": (30, 20, (5.6, 5.1, 6.2)), "No": (20, 15, (7.2, 6.5, 8))}
    figure = by_level(groups, levels=tuple(groups), label=label.strip(), width_mm=width_mm)
    assert_printable(figure)
    panel = next(axes for axes in figure.findobj(Axes) if "Patients" in {text.get_text() for text in axes.texts})
    heights = {text.get_text(): text.get_window_extent().y0 for text in panel.texts}
    title = [text for text in heights if set(text.split()) <= set(label.split())]
    assert " ".join(sorted(title, key=heights.get, reverse=True)) == label.strip()
    assert min(heights[text] for text in title) > heights["Yes"] > heights["No"]


def test_more_than_two_levels_have_one_test_of_all():
    groups = dict.fromkeys(("I", "II", "III"), (20, 15, (5.6, 5.1, 6.2)))
    figure = by_level(groups, levels=("I", "II", "III", "IV"))
    written = texts(figure)
    assert "Log-rank test: P = 0.210" in written and not any("Hazard ratio" in text for text in written)
    assert "IV" not in written
    assert_printable(figure)


LONG_ARMS = {
    "treated": {
        "value": "1",
        "short": "Chemoradiotherapy",
        "label": "Concurrent chemoradiotherapy followed by durvalumab",
    },
    "control": {"value": "2", "short": "Radiotherapy alone", "label": "Radiotherapy alone to 60 Gy in 30 fractions"},
}
LEVELS = ("Second-line therapy", "Third-line therapy or any later one")


def of_long_names(**more):
    groups = dict.fromkeys(LEVELS, (1234, 800, (15.6, 15.1, 16.2)))
    return by_level(groups, levels=LEVELS, arms=LONG_ARMS, **more)


@pytest.mark.parametrize("width_mm", [PAGE_MM, COLUMN_MM])
def test_long_names_and_large_numbers_have_room(width_mm):
    assert_printable(of_long_names(width_mm=width_mm))


def test_at_risk_counts_those_still_observed_just_before():
    numbers = {"time": [0, 2, 5], "at_risk": [4, 4, 3], "events": [0, 1, 2], "censored": [0, 0, 1]}
    unused = dict.fromkeys(["survival", "ci_low", "ci_high", "weighted_at_risk"], NAN)
    curve = Curve(**{name: np.array(column) for name, column in (numbers | unused).items()})
    assert [at_risk(curve, time) for time in (0, 2, 2.1, 5, 5.1)] == [4, 4, 3, 3, 0]
    assert at_risk(None, 3) == 0


@pytest.mark.parametrize(
    ("longest", "unit", "breaks"),
    [
        (19.3, "months", [0, 3, 6, 9, 12, 15, 18]),
        (24, "months", [0, 3, 6, 9, 12, 15, 18, 21, 24]),
        (2659, "days", [0, 365, 730, 1095, 1460, 1825, 2190, 2555]),
        (6, "years", [0, 1, 2, 3, 4, 5, 6]),
        (10_000, "years", [0, 1250, 2500, 3750, 5000, 6250, 7500, 8750, 10_000]),
    ],
)
def test_time_breaks(longest, unit, breaks):
    assert time_breaks(longest, unit) == breaks


def test_breaks_of_months_are_by_3_6_or_12_and_finer_ones_divide_them():
    steps = {longest: time_breaks(longest, "months")[1] for longest in range(9, 97)}
    assert set(steps.values()) == {3, 6, 12} and steps[24] == 3 and steps[25] == 6
    assert finer_breaks(31, "months") == [0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30]
    assert finer_breaks(2659, "days") == []


ROWS = {"events": "Cumulative events", "censored": "Cumulative censored"}


def numbers_below(figure):
    """{head or label: the numbers in its row}, of the first panel of a figure."""
    axes = next(axes for axes in figure.findobj(Axes) if any("risk" in text.get_text() for text in axes.texts))
    labels = dict(zip(axes.get_yticks(), (label.get_text() for label in axes.get_yticklabels()), strict=True))
    rows = [(labels[place], []) for place in labels]
    for text in axes.texts:
        if text.get_position()[1] in labels:
            rows[list(labels).index(text.get_position()[1])][1].append(text.get_text())
    return [text.get_text() for text in axes.texts if text.get_position()[1] not in labels], rows


def test_rows_below_the_curves_are_those_asked_for_and_sum_to_all_patients():
    figure = two_endpoints(look={"rows": list(ROWS)})
    heads, rows = numbers_below(figure)
    assert heads == ["Number at risk", *ROWS.values()]
    assert [label for label, _ in rows] == ["X", "Y"] * 3
    for arm, total in enumerate((30, 28)):
        for numbers in zip(*(rows[arm + 2 * block][1] for block in range(3)), strict=True):
            assert sum(map(int, numbers)) == total
    assert numbers_below(two_endpoints())[0] == ["Number at risk"]
    assert_printable(figure)


def test_kmunicate_has_a_block_for_each_arm():
    figure = two_endpoints(look={"style": "kmunicate"})
    axes = [axes for axes in figure.findobj(Axes) if len(axes.get_yticklabels()) == 6][0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["At risk", "Censored", "Events"] * 2
    assert [text.get_text() for text in axes.texts if not text.get_text().isdigit()] == ["X", "Y"]
    assert_printable(figure)


@pytest.mark.parametrize(("curves", "bands"), [(2, 2), (3, 3), (4, 0), (5, 0)])
def test_more_than_three_curves_have_no_bands_and_it_is_said(curves, bands):
    levels = tuple("abcde"[:curves])
    figure = by_level(dict.fromkeys(levels, (20, 15, (5.6, 5.1, 6.2))), levels=levels)
    written = re.sub(r"\s+", " ", " ".join(texts(figure)))
    assert len(figure.findobj(PolyCollection)) == 2 * bands
    assert ("Bands: 95% CI, while" in written) == bool(bands)
    assert ("left out of panels with more than three curves." in written) == (not bands)
    assert_printable(figure)


def test_jama_has_no_bands_and_its_own_words():
    figure = two_endpoints(look={"style": "jama"})
    written = " ".join(texts(figure)).replace("\n", " ")
    assert "No. at risk" in written and "Time, months" in written and "Overall survival, %" in written
    assert not figure.findobj(PolyCollection) and "Bands" not in written and "Marks: censored." in written


def test_arms_are_told_apart_without_colour():
    """By the kind of line, and by the mark of censored patients."""
    lines = {
        arm: [line for line in two_endpoints().findobj(Line2D) if to_hex(line.get_color()) == colour.lower()]
        for arm, colour in {"X": TREATED, "Y": CONTROL}.items()
    }
    curves = {arm: {line.get_linestyle() for line in own if len(line.get_xdata()) > 5} for arm, own in lines.items()}
    marks = {arm: {line.get_marker() for line in own} - {"None", ""} for arm, own in lines.items()}
    assert curves["X"] & {"-"} and not curves["Y"] & {"-"}
    assert marks["X"] and marks["Y"] and not marks["X"] & marks["Y"]


def test_how_a_p_value_is_printed():
    assert [p_label(p) for p in (0.0496, 0.00049, NAN)] == ["P = 0.050", "P < 0.001", "P not estimable"]
