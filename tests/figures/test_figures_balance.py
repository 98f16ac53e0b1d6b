"""Balance figures: which differences they show and mark, and that the scores' figure shows no patient."""

import numpy as np
import pandas as pd
import pytest

from figure_checks import assert_printable, assert_same_bytes, drawn, texts
from matching.draw_love_plot import SCORE, SHAPES, draw_love_plot, largest_differences
from matching.draw_score_overlap import Overlap, draw_score_overlap, score_histogram
from populations import BOTH
from tidy import values
from twoarm.config.populations import WEIGHT, populations_of
from twoarm.figures.writer import PAGE_MM
from twoarm.results.statistics import statistics_table
from twoarm.stats.imbalance import INFINITE

LABELS = {"age": "Age", "sex": "Gender", "stage": "Stage", "fixed": "Fixed"}
BEYOND_LIMIT = "After matching, beyond the limit"
LIMITS = {"denominator": "treated", "smd": 0.1, "variance_ratio": [0.5, 2]}
ARMS = {
    "treated": {"value": "X", "short": "X", "label": "Drug X"},
    "control": {"value": "Y", "short": "Y", "label": "Placebo"},
}


def balance():
    differences = {
        ("age", ""): (-0.25, 0.1004),
        ("sex", "Male"): (0.05, 0.02),
        ("sex", "Female"): (-0.05, -0.02),
        ("stage", "I"): (0.3, 0.01),
        ("stage", "II"): (-0.4, -0.2),
        ("stage", "III"): (0.1, 0.19),
        ("fixed", ""): (np.nan, np.nan),
        ("logit", ""): (0.02, 0.001),
    }
    key = {"analysis": "balance", "group": "X vs Y", "statistic": "smd", "method": "smd_treated"}
    rows = [
        key | {"variable": variable, "level": level, "population": population, "value": value}
        for (variable, level), values in differences.items()
        for population, value in zip(("enrolled", "matched"), values, strict=True)
    ]
    whole = key | {"variable": "stage", "population": "matched", "method": "smd_mahalanobis", "value": 0.987}
    unasked = key | {"variable": "n_tace", "population": "matched", "value": 0.777}
    return statistics_table([*rows, whole, unasked])


def test_a_variable_is_shown_at_its_largest_level_in_each_sample():
    points = largest_differences(balance(), BOTH, [*LABELS, "logit"], LIMITS).set_index(["variable", "sample"])["smd"]
    assert points["stage", "Before matching"] == 0.4
    assert points["stage", BEYOND_LIMIT] == 0.2
    assert points["sex", "After matching"] == 0.02
    assert points["age", BEYOND_LIMIT] == 0.1004


def test_rows_are_sorted_by_the_difference_before_with_the_score_on_top():
    points = largest_differences(balance(), BOTH, [*LABELS, "logit"], LIMITS)
    assert list(points["variable"].cat.categories) == ["sex", "age", "stage", "logit"]


def test_what_is_beyond_the_limit_is_printed_and_what_is_unknown_named():
    written = texts(draw_love_plot(balance(), BOTH, LABELS, LIMITS))
    assert "0.200" in written and "0.100" in written and BEYOND_LIMIT in written
    assert "0.020" not in written and "0.987" not in written
    assert any("Not estimable: Fixed." in " ".join(text.split()) for text in written)


def test_variables_of_one_label_have_a_row_each():
    twice = dict.fromkeys(LABELS, "Gender")
    written = texts(draw_love_plot(balance(), BOTH, twice, LIMITS))
    assert written.count("Gender") == 3 and {"0.200", "0.100"} <= set(written)
    assert any("Not estimable: Gender." in " ".join(text.split()) for text in written)
    named = texts(draw_love_plot(balance(), BOTH, {**LABELS, "age": SCORE}, LIMITS))
    assert named.count(SCORE) == 2


def test_a_variance_ratio_beyond_its_limits_is_reported():
    key = {"analysis": "balance", "group": "X vs Y", "statistic": "variance_ratio", "method": "descriptive"}
    ratios = [
        key | {"variable": "age", "population": "enrolled", "value": 9},
        key | {"variable": "age", "population": "matched", "value": 2.314},
        key | {"variable": "sex", "population": "matched", "value": 1.9},
        key | {"variable": "fixed", "population": "matched", "note": INFINITE},
    ]
    table = pd.concat([balance(), statistics_table(ratios)])
    written = " ".join(" ".join(texts(draw_love_plot(table, BOTH, LABELS, LIMITS))).split())
    assert "Variance ratio outside 0.5 to 2 after matching: Age (2.31), Fixed (infinite)." in written
    assert "Variance ratio" not in " ".join(texts(draw_love_plot(balance(), BOTH, LABELS, LIMITS)))


def test_a_limit_that_all_keep_needs_no_mark():
    assert BEYOND_LIMIT not in texts(draw_love_plot(balance(), BOTH, LABELS, LIMITS | {"smd": 0.25}))


def test_the_denominator_of_the_config_is_shown():
    pooled = balance()
    pooled["method"] = pooled["method"].replace("smd_treated", "smd_pooled")
    assert largest_differences(pooled, BOTH, list(LABELS), LIMITS).empty
    assert len(largest_differences(pooled, BOTH, list(LABELS), {"denominator": "pooled", "smd": 0.1})) == 6


def ratios(**values):
    key = {"analysis": "balance", "group": "X vs Y", "statistic": "variance_ratio", "method": "descriptive"}
    rows = [key | {"variable": "age", "population": population, "value": value} for population, value in values.items()]
    return statistics_table(rows)


def test_love_plot_is_printable_and_the_same_each_time(tmp_path):
    assert_printable(draw_love_plot(balance(), BOTH, LABELS, LIMITS))
    assert_same_bytes(lambda: draw_love_plot(balance(), BOTH, LABELS, LIMITS), tmp_path)


def test_the_score_does_not_set_the_scale_and_its_differences_beyond_are_numbers():
    table = balance()
    table.loc[(table["variable"] == "logit") & (table["population"] == "enrolled"), "value"] = 1.183
    (axes,) = draw_love_plot(table, BOTH, LABELS, LIMITS).axes
    assert 0.4 < axes.get_xlim()[1] < 0.5
    assert "1.18" in [text.get_text() for text in axes.texts]
    arrows = [line for line in axes.lines if line.get_marker() == ">"]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in arrows] == [(axes.get_xlim()[1], 0)]


def test_variance_ratios_stand_beside_on_their_own_axis_and_are_arrows_far_beyond():
    table = pd.concat([balance(), ratios(enrolled=9.0, matched=1.5)])
    differences, beside = draw_love_plot(table, BOTH, LABELS, LIMITS).axes
    assert beside.get_xlabel() == "Variance ratio" and beside.get_ylim() == differences.get_ylim()
    drawn = {line.get_marker(): line.get_xdata()[0] for line in beside.lines if line.get_marker() in ("o", ">")}
    assert drawn == {">": 4, "o": 1.5}
    age = ["logit", "stage", "age", "sex"].index("age")
    assert {line.get_ydata()[0] for line in beside.lines if line.get_marker() in ("o", ">")} == {age}


DESIGNS = {
    "matched": {},
    "ate": {"weights": "ate"},
    "att": {"weights": "att"},
    "overlap": {"weights": "overlap"},
    "atm": {"weights": "matching"},
    "late": {"label": "A design whose label is as long as some authors write them", "weights": "ate"},
}


def love_plot_of(count, width_mm=PAGE_MM):
    """The love plot of a study with so many designs."""
    populations = populations_of({"propensity": {}, "designs": dict(list(DESIGNS.items())[:count])})
    enrolled, matched = (balance()[balance()["population"] == name] for name in ("enrolled", "matched"))
    others = [matched.assign(population=population.name) for population in populations[1:]]
    values = {population.name: 0.3 + place for place, population in enumerate(populations)}
    table = pd.concat([enrolled, *others, ratios(**values)], ignore_index=True)
    return draw_love_plot(table, populations, LABELS, LIMITS, width_mm)


@pytest.mark.parametrize("count", range(1, 7))
def test_any_number_of_designs_is_told_apart_without_colour(count):
    figure = love_plot_of(count)
    assert_printable(figure)
    assert figure.get_size_inches()[1] * 25.4 < 120
    drawn = [line for line in figure.axes[0].lines if line.get_marker() in {*SHAPES, ">"} and len(line.get_xdata())]
    looks = {(line.get_marker(), line.get_markerfacecolor() == "white") for line in drawn}
    assert len(looks) == count + 1 + (count == 1)  # a single design has another marker beyond the limit
    if count > 1:  # equal differences lie below each other, in the order of the legend
        places = [line.get_ydata()[0] for line in drawn if round(line.get_ydata()[0]) == 3]
        assert len(set(places)) == len(places) == count + 1 and np.ptp(places) < 0.9


def some_scores():
    rng = np.random.default_rng(1)
    arms = np.repeat(["X", "Y"], [103, 85])
    return pd.DataFrame({"arm": arms, "propensity": np.r_[rng.beta(5, 3, 103), rng.beta(3, 5, 85)]})


@pytest.fixture
def scores():
    return some_scores()


def test_a_bin_contains_the_weights_of_its_patients():
    patients = pd.DataFrame({"arm": list("XXYY"), "propensity": [0.01, 0.02, 0.99, 1.0], WEIGHT: [1, 0.5, 1, 1]})
    bins = score_histogram(patients, ARMS).set_index("arm")["patients"]
    assert bins["X"].iloc[0] == 1.5 and bins["X"].sum() == 1.5
    assert bins["Y"].iloc[-1] == -2 and bins["Y"].sum() == -2


def equipoise():
    here = {"population": "enrolled", "method": "descriptive"}
    for end, score in {"low": 0.35, "high": 0.75}.items():
        yield here | {"group": "X vs Y", "statistic": f"equipoise_{end}", "value": score}
    for arm, total, outside, within in (("X", 103, 12, 48), ("Y", 85, 0, 51)):
        counts = {"total": total, "outside_overlap": outside, "equipoise": within}
        for name, n in counts.items():
            yield here | {"group": arm, "statistic": name, "value": n}
            yield here | {"group": arm, "statistic": "percent", "level": name, "value": 100 * n / total}


def overlap_of(scores, count, width_mm=PAGE_MM):
    """The figure of a study with so many designs."""
    populations = populations_of({"propensity": {}, "designs": dict(list(DESIGNS.items())[:count])})
    weights = {population.name: {WEIGHT: 125.0} if population.weights else {} for population in populations}
    samples = {name: scores.iloc[20 * (name == "matched") :].assign(**own) for name, own in weights.items()}
    return draw_score_overlap(samples, ARMS, Overlap.of(values(equipoise()), ARMS), populations, width_mm)


@pytest.mark.parametrize("count", range(1, 7))
def test_score_overlap_is_printable_of_any_number_of_designs(scores, count):
    figure = overlap_of(scores, count)
    assert_printable(figure)
    assert len(drawn(figure)[0].axes) == count + 1
    assert {"Drug X (X)", "Placebo (Y)", "X n = 103", "Y n = 85", "X n = 83"} <= set(texts(figure))
    written = " ".join(" ".join(texts(figure)).split())
    for words in ("X 12 of 103 (11.7%), Y 0 of 85 (0.0%). In empirical", "X 48 of 103 (46.6%), Y 51 of 85 (60.0%)."):
        assert words in written
    assert ("bars show their sum" in written) == (count > 1)


def test_score_overlap_is_the_same_each_time(scores, tmp_path):
    assert_same_bytes(lambda: overlap_of(scores, 1), tmp_path)


def test_the_order_of_the_patients_does_not_matter(scores):
    shuffled = scores.sample(frac=1, random_state=3)
    first, second = (score_histogram(patients.assign(**{WEIGHT: 1.0}), ARMS) for patients in (scores, shuffled))
    pd.testing.assert_frame_equal(first, second)
