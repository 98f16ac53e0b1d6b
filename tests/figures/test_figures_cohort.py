"""Flowchart, waterfall, discordance and safety figures: what they say, and that they work for any study."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Annotation

from cohort.draw_flowchart import Line, draw_flowchart, wrapped
from figure_checks import assert_printable, assert_same_bytes, texts
from populations import AFTER, BEFORE
from response.draw_discordance import draw_discordance
from response.draw_waterfall import draw_waterfall, waterfall_table
from safety.draw_safety import draw_safety
from tidy import values
from twoarm.config.populations import populations_of
from twoarm.config.response_criteria import CRITERIA
from twoarm.figures.change_axis import MARGIN, MOST_GROWTH, partial_response
from twoarm.figures.fonts import families, set_fonts
from twoarm.figures.palette import CONTROL, TREATED
from twoarm.figures.response_colours import RESPONSES
from twoarm.figures.writer import COLUMN_MM, PAGE_MM, save
from twoarm.results.wording import BARS_NOTE, COUNTS_NOTE, WEIGHTED_NOTE, estimands_text

ARMS = {
    "treated": {"value": "X", "short": "X", "label": "Drug X"},
    "control": {"value": "Y", "short": "Y", "label": "Placebo"},
}
LONG = "Transarterial chemoembolization with drug-eluting microspheres, a kinase inhibitor and any PD-1 inhibitor"
ELIGIBILITY = {
    "inclusion": [{"id": "age", "label": "Age 18-80 years"}, {"id": "ecog", "label": "ECOG 0-2"}],
    "exclusion": [{"id": "cancer", "label": "Other malignancy"}],
}
THRESHOLD = -0.3
GRADES = ["Any grade", "Grade 3-4"]


def described(rows) -> list[dict]:
    return [{"method": "descriptive", **row} for row in rows]


# Flowchart


def flow(matched=True):
    screened = {"population": "screened", "group": "overall"}
    yield {**screened, "statistic": "total", "value": 100}
    remaining = 100
    for criterion, n in {"age": 12, "ecog": 0, "cancer": 8}.items():
        remaining -= n
        yield {**screened, "variable": criterion, "statistic": "n", "value": n}
        yield {**screened, "variable": criterion, "statistic": "remaining", "value": remaining}
    for group, n in {"overall": 80, "X": 50, "Y": 30}.items():
        yield {"population": "enrolled", "group": group, "statistic": "total", "value": n}
    if matched:
        found = {"population": "enrolled", "method": "nearest_caliper"}
        yield {**found, "group": "overall", "statistic": "pairs", "value": 25}
        yield {**found, "group": "X", "statistic": "unmatched", "value": 25}
        yield {**found, "group": "Y", "statistic": "unmatched", "value": 5}


OVERLAP = {"overlap": {"weights": "overlap", "trim": [0.1, 0.9]}}


def weights():
    for arm in "XY":
        yield {"population": "overlap", "group": arm, "statistic": "total", "value": 20}
        yield {"population": "overlap", "group": arm, "statistic": "trimmed", "value": 3}


NEAREST = {"method": "nearest", "ratio": 1, "caliper": 0.2, "exact": [], "calipers": {}, "covariates": []}


def flowchart(arms=ARMS, eligibility=ELIGIBILITY, matching=None, **more):
    return draw_flowchart(values(described(flow(matching is not None))), eligibility, arms, matching, **more)


def plain(figure) -> list[str]:
    return [text.replace("\N{NO-BREAK SPACE}", " ") for text in texts(figure)]


def test_the_flowchart_follows_every_patient():
    written = plain(flowchart(matching=NEAREST))
    for text in ["Patients screened (n = 100)", "Patients enrolled (n = 80)", "X (n = 50)", "Y (n = 30)", "25 pairs"]:
        assert text in written
    assert written[written.index("Not eligible") + 1] == "n = 12"
    assert written[written.index("Excluded") + 1] == "n = 8"
    assert written[written.index("Not met: Age 18-80 years") + 1] == "12"
    assert written.count("Not matched") == 2
    assert {"(n = 25)", "(n = 5)", "X matched (n = 25)", "Y matched (n = 25)"} <= set(written)
    assert any("within a caliper of 0.2 SD" in text for text in written)


@pytest.mark.parametrize("width_mm", [PAGE_MM, COLUMN_MM])
@pytest.mark.parametrize("longest", ["inclusion", "exclusion"])
def test_who_was_not_eligible_leaves_the_stem_above_who_was_excluded(width_mm, longest):
    criteria = {kind: [part | {"excluded": LONG} if kind == longest else part for part in parts]
                for kind, parts in ELIGIBILITY.items()}  # fmt: skip
    figure = flowchart(eligibility=criteria, width_mm=width_mm)
    assert_printable(figure)
    (axes,) = figure.axes
    sideways = [one for one in axes.texts if isinstance(one, Annotation) and one.xy[1] == one.xyann[1]]
    heights = [one.xy[1] for one in sideways]
    assert len(heights) == 2 and heights[1] - heights[0] >= 5  # mm
    assert [np.sign(one.xy[0] - one.xyann[0]) for one in sideways] == [-1, 1]


def test_a_criterion_that_excluded_no_patient_is_named():
    assert "No patient excluded by: ECOG 0-2." in plain(flowchart())


def test_criteria_of_one_label_have_a_box_line_and_a_count_each():
    criteria = {kind: [part | {"label": "Age"} for part in parts] for kind, parts in ELIGIBILITY.items()}
    criteria["inclusion"][1]["label"] = "Age"
    written = plain(flowchart(eligibility=criteria))
    assert {"Not met: Age", "Age", "12", "8"} <= set(written)
    assert "No patient excluded by: Age." in written


def test_the_flowchart_names_the_estimand_of_each_design():
    counted = values(described([*flow(), *weights()]))
    estimands = estimands_text(populations_of({"propensity": {}, "designs": {"matched": {}, **OVERLAP}}), weighted="")
    figure = draw_flowchart(counted, ELIGIBILITY, ARMS, NEAREST, {}, {"overlap": "With overlap weights"}, estimands)
    assert_printable(figure)
    written = " ".join(plain(figure))
    assert "With overlap weights" in written and "Left out because of their score" in written
    for words in ("after matching, average treatment effect in the treated patients who were matched", "(ATO)."):
        assert words in written
    assert "robust" not in written


def test_without_matching_the_flowchart_ends_with_the_arms():
    assert not [text for text in plain(flowchart()) if "match" in text.lower()]


@pytest.mark.parametrize("matching", [None, NEAREST, NEAREST | {"caliper": None}])
def test_the_flowchart_is_printable_however_long_its_labels(matching):
    arms = {
        "treated": {"value": "X", "short": "X", "label": LONG},
        "control": {"value": "Y", "short": "Y", "label": "Placebo"},
    }
    criteria = {"inclusion": [{"id": "age", "label": f"{LONG}; {'x' * 90}"}, {"id": "ecog", "label": LONG}]}
    assert_printable(flowchart(arms, criteria, matching))
    assert_printable(flowchart(arms, ELIGIBILITY, matching))
    assert_printable(flowchart(arms, {"exclusion": ELIGIBILITY["exclusion"]}, matching))


@pytest.mark.skipif(families(["年"]) == families([""]), reason="no font with Chinese signs is installed")
def test_the_flowchart_is_printable_in_chinese():
    label = "年龄必须在四十岁以上，并且符合所有其他的临床研究入选标准以及伦理委员会批准的知情同意书要求"
    arms = {
        "treated": {"value": "X", "short": "X", "label": label},
        "control": {"value": "Y", "short": "对照组", "label": "对照组"},
    }
    figure = flowchart(arms, {"inclusion": [{"id": "age", "label": label}, {"id": "ecog", "label": label}]}, NEAREST)
    set_fonts(figure)
    assert_printable(figure)
    assert label in "".join(plain(figure))


def test_a_study_without_criteria_has_a_flowchart():
    assert_printable(flowchart(eligibility={"inclusion": [], "exclusion": []}))


def test_wrapping_loses_no_word_and_keeps_the_count_on_the_first_line():
    lines = wrapped(Line(LONG, "12"), 40)
    assert " ".join(line.text for line in lines) == LONG
    assert [line.count for line in lines] == ["12", *[""] * (len(lines) - 1)]
    assert "".join(line.text for line in wrapped(Line("x" * 200), 40)) == "x" * 200
    assert wrapped(Line("short"), 40) == [Line("short")]


def test_what_was_matched_on_exactly_is_reported_by_its_label():
    matching, labels = NEAREST | {"exact": ["tx_line"]}, {"tx_line": "Line of therapy"}
    figure = draw_flowchart(values(described(flow(True))), ELIGIBILITY, ARMS, matching, labels)
    assert_printable(figure)
    written = " ".join(texts(figure))
    assert "exact on Line of therapy." in written and "tx_line" not in written


@pytest.mark.parametrize(
    ("matching", "words"),
    [
        ({"ratio": 2}, "1:2 nearest neighbour on the logit of the propensity score, within a caliper of 0.2 SD."),
        ({"ratio": {"mean": 1.5, "min": 1, "max": 3}}, "Matching: 1:1 to 1:3 (mean 1:1.5) nearest neighbour on the"),
        (
            {"method": "optimal"},
            "1:1 optimal matching on the logit of the propensity score, within a caliper of 0.2 SD.",
        ),
        (
            {"method": "mahalanobis", "covariates": ["age"], "calipers": {"age": "5 years", "afp": "0.2 SD"}},
            "1:1 nearest neighbour by Mahalanobis distance of Age, within a caliper of 0.2 SD of the logit of the "
            "propensity score; Age within 5 years; AFP within 0.2 SD.",
        ),
    ],
)
def test_the_flowchart_says_how_patients_were_matched(matching, words):
    labels = {"age": "Age", "afp": "AFP"}
    figure = draw_flowchart(values(described(flow(True))), ELIGIBILITY, ARMS, NEAREST | matching, labels)
    written = " ".join(plain(figure)).replace("\n", " ")
    assert words in written
    assert ("25 sets" if "ratio" in matching else "25 pairs") in written


# Waterfall


def response():
    rows = [
        ("P1", "PD", 0.5),
        ("P2", "PR", -0.4),
        ("P3", "SD", 0.0),
        ("P4", "CR", -1.0),
        ("P5", "NE", np.nan),
        ("P6", "PD", -0.1),
        ("P9", "PD", 3.0),  # not among the patients shown
    ]
    return pd.DataFrame(rows, columns=["patient_id", "best_response", "best_change"]).assign(criterion="recist")


def patients():
    return pd.DataFrame({"patient_id": [f"P{n}" for n in range(1, 7)], "arm": list("XXXYYY")})


def waterfall(**more):
    return draw_waterfall(waterfall_table(response(), patients(), "recist"), "recist", THRESHOLD, ARMS, BEFORE, **more)


def test_the_waterfall_falls_and_names_nobody():
    bars = waterfall_table(response(), patients(), "recist")
    assert bars["best_change"].tolist()[:5] == [0.5, 0.0, -0.4, -0.1, -1.0]
    assert list(bars.columns) == ["arm", "best_change", "best_response"]
    shuffled = waterfall_table(response().sample(frac=1, random_state=1), patients().iloc[::-1], "recist")
    pd.testing.assert_frame_equal(bars, shuffled)


def test_a_bar_has_the_colour_of_the_best_response_not_of_its_height():
    panel = waterfall().axes[1]
    bars = [patch for patch in panel.patches if patch.get_height()]
    assert [bar.get_height() for bar in bars] == [-0.1, -1.0]
    assert [to_hex(bar.get_facecolor()) for bar in bars] == [RESPONSES[name][0].lower() for name in ("PD", "CR")]


def test_growth_beyond_the_axis_is_cut_off_and_marked():
    grown = response().assign(best_change=lambda rows: rows["best_change"].replace(0.5, 7.5))
    figure = draw_waterfall(waterfall_table(grown, patients(), "recist"), "recist", THRESHOLD, ARMS, BEFORE)
    top = figure.axes[0].get_ylim()[1]
    assert top == pytest.approx(MOST_GROWTH + MARGIN)
    assert max(bar.get_height() for bar in figure.axes[0].patches) == pytest.approx(top)
    marks = [marks.get_offsets().tolist() for marks in figure.axes[0].collections]
    assert [[0.0, top]] in [[list(map(float, place)) for place in own] for own in marks]
    assert "growth beyond +200%" in re.sub(r"\s+", " ", " ".join(texts(figure)))
    assert not any("beyond" in text for text in texts(waterfall()))
    assert_printable(figure)


def test_a_response_outside_the_order_is_hatched():
    other = response().assign(best_response=lambda rows: rows["best_response"].replace("PR", "NE"))
    figure = draw_waterfall(waterfall_table(other, patients(), "recist"), "recist", THRESHOLD, ARMS, BEFORE)
    hatches = {to_hex(bar.get_facecolor()): bar.get_hatch() for panel in figure.axes for bar in panel.patches}
    assert hatches[RESPONSES["NE"].colour.lower()] == RESPONSES["NE"].hatch
    assert hatches[RESPONSES["CR"].colour.lower()] is None


def test_those_without_a_bar_are_counted():
    written = texts(waterfall())
    assert "1 of 3 without a sum to compare: not drawn" in written
    assert {"X (n = 3)", "Y (n = 3)", "−30%"} <= set(written)


def test_the_waterfall_is_printable_even_of_nobody():
    assert_printable(waterfall())
    nobody = waterfall_table(response().head(0), patients(), "recist")
    assert_printable(draw_waterfall(nobody, "recist", THRESHOLD, ARMS, BEFORE))
    assert_printable(draw_waterfall(nobody.head(0), "recist", THRESHOLD, ARMS, BEFORE))


@pytest.mark.parametrize(
    ("settings", "criterion", "change", "label"),
    [
        ({}, "recist", -0.3, "−30%"),
        ({"pr_ratio": 0.5}, "mrecist", -0.5, "−50%"),
        ({"pr_ratio": {"mrecist": 0.125}}, "mrecist", -0.125, "−12.5%"),
        ({"pr_ratio": {"mrecist": 0.125}}, "recist", -0.3, "−30%"),
    ],
)
def test_the_only_line_is_that_of_partial_response(settings, criterion, change, label):
    """Progression is measured from the smallest sum so far, not from baseline."""
    assert partial_response(criterion, settings) == change
    bars = waterfall_table(response(), patients(), "recist")
    figure = draw_waterfall(bars, criterion, partial_response(criterion, settings), ARMS, BEFORE)
    for axes in figure.axes:
        assert {line.get_ydata()[0] for line in axes.lines if line.get_linestyle() != "-"} == {change}
    assert label in texts(figure) and "+20%" not in texts(figure)
    assert "Progression has no line: it depends on the smallest sum so far" in " ".join(" ".join(texts(figure)).split())
    assert_printable(figure)


def test_figures_of_single_patients_say_that_weights_do_not_apply():
    weighted = populations_of({"propensity": {}, "designs": OVERLAP})[1]
    bars = waterfall_table(response(), patients(), "recist")
    counted = values(described(discordance()))
    for figure, words in (
        (draw_waterfall(bars, "recist", THRESHOLD, ARMS, weighted), BARS_NOTE),
        (draw_discordance(counted, weighted, CRITERIA, ARMS), COUNTS_NOTE),
    ):
        written = re.sub(r"\s+", " ", " ".join(texts(figure)))
        assert words in written and "(ATO)" in written and WEIGHTED_NOTE not in written
    assert BARS_NOTE not in " ".join(texts(waterfall()))


# Discordance


def discordance(most=12, names=("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE")):
    for population, arm in [
        ("enrolled", "X"),
        ("enrolled", "Y"),
        ("matched", "X"),
        ("matched", "Y"),
        ("matched", "overall"),
    ]:
        key = {"population": population, "group": arm, "variable": "mrecist vs recist"}
        counts = {f"{a} / {b}": 0 for a in names for b in names}
        if population == "matched" and arm == "X":
            counts |= {"PR / PR": most, "PR / SD": 3, "PD / PD": 2}
        yield {**key, "statistic": "total", "value": sum(counts.values())}
        yield from ({**key, "level": level, "statistic": "n", "value": n} for level, n in counts.items())
        yield {**key, "level": "discordant", "statistic": "n", "value": 3}
        yield {**key, "statistic": "kappa", "method": "cohen_kappa", "value": 0.625 if arm == "X" else np.nan}


def test_the_matrix_shows_the_last_population_and_the_responses_that_occur():
    figure = draw_discordance(values(described(discordance())), AFTER, CRITERIA, ARMS)
    left, right = figure.axes
    assert [label.get_text() for label in left.get_xticklabels()] == ["PR", "SD", "PD"]
    assert [text.get_text() for text in left.texts] == ["12", "3", "0", "0", "0", "0", "0", "0", "2"]
    assert {text.get_text() for text in right.texts} == {"0"}
    written = texts(figure)
    assert {"X (n = 17, κ = 0.63)", "Y (n = 0)", "Best response by mRECIST", "Best response by RECIST 1.1"} <= set(
        written
    )


@pytest.mark.parametrize("most", [0, 1, 1000])
def test_the_matrix_is_printable(most):
    assert_printable(draw_discordance(values(described(discordance(most))), AFTER, CRITERIA, ARMS))


# Safety


def safety(terms, difference=10.0, total=40):
    for arm in "XY":
        yield {"population": "matched", "group": arm, "statistic": "total", "value": total}
    for term, (x, y, severe) in terms.items():
        for grade, counts in {"Any grade": (x, y), "Grade 3-4": (severe, 0)}.items():
            key = {"population": "matched", "variable": term, "level": grade}
            for arm, n in zip("XY", counts, strict=True):
                yield {**key, "group": arm, "statistic": "n", "value": n}
                yield {**key, "group": arm, "statistic": "percent", "value": 100 * n / total}
            yield {**key, "group": "X vs Y", "statistic": "p_value", "method": "fisher", "value": 0.003}
            for statistic, beside in (("difference", 0), ("ci_low", -12.5), ("ci_high", 8)):
                found = {"group": "X vs Y", "statistic": statistic, "method": "newcombe"}
                yield {**key, **found, "value": difference + beside}


def figure_of(terms, width_mm=PAGE_MM, **more):
    return draw_safety(values(described(safety(terms, **more))), AFTER, GRADES, "CTCAE 5.0", ARMS, width_mm=width_mm)


EVENTS = {"any": (30, 30, 9), "Rash": (4, 2, 1), "Fatigue": (20, 10, 3), "Fever": (0, 0, 0)}


def test_events_are_in_the_order_of_the_table_with_any_event_last():
    labels, bars, _, _, _ = figure_of(EVENTS).axes
    assert [text.get_text() for text in labels.texts] == ["Rash", "Fatigue", "Fever", "Any adverse event"]
    assert {"20 / 3", "10 / 0", "0 / 0", "30 / 9", "X (n = 40)"} <= {text.get_text() for text in bars.texts}
    widths = [bar.get_width() for bar in bars.patches]
    assert widths[:4] == [-10, -2.5, -50, -7.5] and max(widths) == 75
    assert to_hex(bars.patches[1].get_facecolor()) == TREATED.lower()
    assert to_hex(bars.patches[9].get_facecolor()) == CONTROL.lower()


def test_the_difference_of_the_arms_is_that_of_the_statistics_with_its_interval():
    figure = figure_of({"Rash": (4, 2, 1)})
    assert texts(figure).count("10.0 (−2.5 to 18.0)") == 2
    lines = [line.get_xdata() for line in figure.axes[3].lines]
    assert sum(list(line) == [-2.5, 18] for line in lines) == 2 and sum(list(line) == [10] for line in lines) == 2
    assert "Differences: X minus Y, in percentage points." in " ".join(texts(figure)).replace("\n", " ")


def test_a_difference_that_is_empty_is_not_estimable():
    figure = figure_of({"Rash": (4, 2, 1)}, difference=np.nan)
    assert texts(figure).count("NE") == 2 and len(figure.axes[3].lines) == 1


def test_in_a_column_the_safety_figure_has_the_differences_of_all_grades_below_each_other():
    figure = figure_of(EVENTS, COLUMN_MM)
    assert_printable(figure)
    written = texts(figure)
    assert "20 / 3" not in written and "Any adverse event" in written
    assert "Any grade\nGrade 3-4" in written and written.count("10.0 (−2.5 to 18.0)") == 8
    assert {"X\n(n = 40)", "Y\n(n = 40)"} <= set(written) or {"X (n = 40)", "Y (n = 40)"} <= set(written)
    places = sorted(text.get_position()[1] for text in figure.axes[4].texts if "(" in text.get_text())
    gaps = [places[place + 1] - places[place] for place in range(len(places) - 1)]
    assert max(gaps[::2]) < min(gaps[1::2])  # those of a term are closer to each other than to the next term's


@pytest.mark.parametrize("width_mm", [PAGE_MM, COLUMN_MM])
def test_the_safety_figure_is_printable_with_many_long_terms(width_mm):
    long = {f"Aspartate aminotransferase increased beyond the upper limit {n}": (n, n, 1) for n in range(40)}
    figure = figure_of(long, width_mm)
    assert_printable(figure)
    assert any("10 less frequent terms are in the table." in text.replace("\n", " ") for text in texts(figure))


@pytest.mark.parametrize("width_mm", [PAGE_MM, COLUMN_MM])
def test_no_adverse_event_at_all_is_still_a_figure(width_mm):
    assert_printable(figure_of({}, width_mm))


@pytest.mark.parametrize("grades", [1, 3, 4])
@pytest.mark.parametrize("name", ["Any", "Grade 3 or 4, serious or not, of any cause"])
@pytest.mark.parametrize("width_mm", [PAGE_MM, COLUMN_MM])
def test_every_range_of_grades_has_its_difference(grades, name, width_mm):
    named = [f"{name} {place}" for place in range(grades)]
    rows = list(safety({"Rash": (4, 2, 1), "Fatigue": (20, 10, 3)}))
    rows = [{**row, "level": grade} for grade in named for row in rows if row.get("level", "") == GRADES[0]]
    rows += [row for row in safety({}) if row["statistic"] == "total"]
    figure = draw_safety(values(described(rows)), AFTER, named, "CTCAE 5.0", ARMS, width_mm=width_mm)
    assert_printable(figure)
    assert sum(list(line.get_xdata()) == [10] for line in figure.axes[3].lines) == 2 * grades


# All


@pytest.mark.parametrize(
    "draw",
    [
        lambda: flowchart(matching=NEAREST),
        waterfall,
        lambda: draw_discordance(values(described(discordance())), AFTER, CRITERIA, ARMS),
        lambda: figure_of({"Rash": (4, 2, 1), "Fatigue": (20, 10, 3)}),
    ],
    ids=["flowchart", "waterfall", "discordance", "safety"],
)
def test_a_figure_is_the_same_file_each_time_and_names_no_patient(draw, tmp_path):
    assert_same_bytes(draw, tmp_path)
    save(draw(), [tmp_path / "t.svg", tmp_path / "t.png"])
    svg = (tmp_path / "t.svg").read_text(encoding="utf-8")
    assert not [f"P{n}" for n in range(1, 7) if f">P{n}<" in svg or f"P{n} " in svg]


def test_what_excludes_a_patient_is_said_in_the_words_of_the_config():
    part = ELIGIBILITY["inclusion"][0] | {"excluded": "Under 18 or over 80 years"}
    written = plain(flowchart(eligibility=ELIGIBILITY | {"inclusion": [part, *ELIGIBILITY["inclusion"][1:]]}))
    assert written[written.index("Under 18 or over 80 years") + 1] == "12"
    assert not any("Not met" in text for text in written)
