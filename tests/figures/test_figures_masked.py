"""Figures and tables of masked numbers: no crash, no `nan`, and a reader sees that something is masked."""

import numpy as np
import pandas as pd
import pytest
import test_figures_balance as balance
import test_figures_cohort as cohort
import test_figures_forest as forest
import test_figures_survival as survival
from matplotlib.lines import Line2D

from cohort.draw_flowchart import draw_flowchart
from disclosure.mask_small_cells import NOTE, mask_curves
from figure_checks import assert_printable, texts
from matching.draw_love_plot import draw_love_plot
from populations import AFTER, BOTH
from prognosis.draw_prognosis import draw_prognosis
from response.draw_discordance import draw_discordance
from safety.draw_safety import draw_safety
from safety.tabulate_safety import safety_table
from subgroups.draw_subgroup import draw_subgroup
from subgroups.draw_subgroup_forest import draw_subgroup_forest
from survival.draw_survival import draw_survival
from tidy import curves_of, values_of
from twoarm.config.response_criteria import CRITERIA
from twoarm.figures.risk_table import is_masked
from twoarm.figures.writer import EXPLAINED
from twoarm.results.statistics import statistics_table
from twoarm.results.values import HIDDEN, Found
from twoarm.tables.cells import HIDDEN as MASKED_CELL
from twoarm.tables.cells import count_cell, estimate_cell, interval, mean_cell, p_cell

WHICH = {
    "all": lambda places: places >= 0,
    "odd": lambda places: places % 2 == 1,
    "even": lambda places: places % 2 == 0,
}


def masked(table: pd.DataFrame, which: str) -> pd.DataFrame:
    """A table in which all rows, or every second one, are masked; zeros never are."""
    hidden = WHICH[which](np.arange(len(table))) & (table["value"] != 0)
    note = np.where(hidden, NOTE.format(minimum=5), table["note"])
    return table.assign(value=table["value"].mask(hidden), note=note)


def tidy(rows) -> pd.DataFrame:
    return statistics_table(cohort.described(rows))


def flowchart(which):
    shown = values_of(masked(tidy(cohort.flow()), which))
    return draw_flowchart(shown, cohort.ELIGIBILITY, cohort.ARMS, cohort.NEAREST)


def discordance(which):
    return draw_discordance(values_of(masked(tidy(cohort.discordance()), which)), AFTER, CRITERIA, cohort.ARMS)


def safety(which):
    terms = {"any": (30, 30, 9), "Rash": (4, 2, 1), "Fatigue": (20, 10, 3), "Fever": (0, 0, 0)}
    return draw_safety(
        values_of(masked(tidy(cohort.safety(terms)), which)), AFTER, cohort.GRADES, "CTCAE 5.0", cohort.ARMS
    )


def subgroup_forest(which):
    arms, dose = (values_of(masked(table, which)) for table in forest.effects())
    return draw_subgroup_forest(arms, {"dose": dose}, forest.shown(), forest.ENDPOINTS, forest.ARMS)


def prognosis(which):
    table = masked(forest.prognosis(), which)
    return draw_prognosis(values_of(table), AFTER, forest.VARIABLES, "Progression-free survival", forest.ARMS)


def arms_survival(which):
    table, curves = survival.both(survival.study(), survival.study(variable="os"))
    table = masked(table, which)
    curves = mask_curves(curves, table, 5)
    return draw_survival(values_of(table), curves_of(curves), AFTER, survival.ENDPOINTS, survival.ARMS, "months")


def subgroup(which):
    groups = {"low": (30, 20, (6.54, 5.66, 7.25)), "high": (4, 3, (4.6, 4.1, np.nan))}
    slices = [survival.study(stratum=arm, groups=groups) for arm in "XY"]
    table, curves = survival.both(*slices)
    interaction = {"population": "matched", "variable": "pfs", "group": "X vs Y", "method": "cox_interaction"}
    table = pd.concat([table, statistics_table([interaction | {"statistic": "p_value", "value": 0.6}])])
    table = masked(table.reset_index(drop=True), which)
    part = {"label": "Dose", "endpoint": "pfs"}
    curves = curves_of(mask_curves(curves, table, 5))
    return draw_subgroup(values_of(table), curves, AFTER, part, ["low", "high"], "Survival", survival.ARMS, "months")


FIGURES = [flowchart, discordance, safety, subgroup_forest, prognosis, arms_survival, subgroup]


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("draw", FIGURES, ids=lambda draw: draw.__name__)
def test_a_figure_says_what_is_masked(draw, which):
    figure = draw(which)
    written = texts(figure)
    assert not any("nan" in text.lower().split() for text in written)
    assert any(HIDDEN in text for text in written)
    assert any(EXPLAINED in text.replace("\n", " ") for text in written)
    assert_printable(figure)


@pytest.mark.parametrize("which", ["odd", "even"])
def test_the_love_plot_names_what_is_masked(which):
    written = texts(draw_love_plot(masked(balance.balance(), which), BOTH, balance.LABELS, balance.LIMITS))
    assert any("Masked because of small numbers of patients" in text.replace("\n", " ") for text in written)
    assert not any("nan" in text.lower().split() for text in written)


def test_the_numbers_at_risk_are_hidden_after_the_end_of_a_curve():
    curves = survival.study(groups={"X": (12, 8, (6, 5, 7))})[1][0]
    shown = mask_curves(curves, statistics_table([]), 5)
    end = shown.loc[shown["at_risk"].isna(), "time"].item()
    (masked_curve,), (curve,) = curves_of(shown).values(), curves_of(curves).values()
    assert [is_masked(masked_curve, time) for time in (0, end, end + 0.1, 99)] == [False, False, True, True]
    assert not is_masked(curve, 99)


def test_no_median_is_drawn_beyond_the_end_of_a_masked_curve():
    def dashed(shown) -> list[float]:
        figure = draw_survival(values_of(table), curves_of(shown), AFTER, {"pfs": "Survival"}, survival.ARMS, "months")
        lines = [line.get_xydata().tolist() for line in figure.findobj(Line2D)]
        return sorted({line[0][0] for line in lines if [point[1] for point in line] == [0, 50]})

    table, curves = survival.both(survival.study())
    assert dashed(curves) == [4.6, 6.54]
    assert dashed(curves[(curves["group"] == "X") | (curves["time"] < 4)]) == [6.54]


def test_a_masked_cell_of_a_table_says_so():
    gone = Found(np.nan, "fisher", NOTE.format(minimum=5))
    for cell in (count_cell(gone), p_cell(gone), estimate_cell(gone, gone, gone, 1), interval(gone, gone, 1)):
        assert (cell.text, cell.note) == (MASKED_CELL, gone.note)
    assert mean_cell(gone, gone).text == MASKED_CELL
    assert count_cell(Found(12, "", ""), gone).text == "12"


def test_the_safety_table_has_its_masked_note_at_the_cells():
    rows = [*cohort.safety({"Rash": (4, 2, 1)})]
    rows += [{"population": "matched", "group": "overall", "variable": "Rash", "level": "Any grade", "statistic": "n",
              "value": 6}]  # fmt: skip
    table = safety_table(values_of(masked(tidy(rows), "all")), AFTER, cohort.GRADES, "CTCAE 5.0", cohort.ARMS)
    (row,) = table.rows
    assert row.note == ""
    assert {cell.text for cell in row.cells} == {MASKED_CELL, "0"}
    assert "not computed" not in {cell.note for cell in row.cells}
