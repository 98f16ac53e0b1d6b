"""The first page: the outcomes of both arms in one table, from their rows, the primary endpoint first."""

import math

import numpy as np
import pytest

from small_study import SmallStudy
from tidy import values_of
from twoarm.report.document import Bullets, Paragraph, Section, Table
from twoarm.report.front import front
from twoarm.report.run import Run
from twoarm.results.rows import MASKED
from twoarm.results.statistics import statistics_table
from twoarm.text.provenance import Link, Sourced, plain
from twoarm.text.rounding import half_up, p_text

KEY = {"population": "matched", "variable": "os", "group": "T vs C"}


def table_of(run: Run):
    run.statistics.setdefault("attrition", values_of(statistics_table([])))
    (table,) = [block.table for block in front(run, []).blocks if isinstance(block, Table)]
    return table


def rows_of(run: Run) -> dict[str, list[str]]:
    return {row.label: [cell.text for cell in row.cells] for row in table_of(run).rows}


def test_an_endpoint_has_its_medians_hazard_ratio_and_log_rank_test():
    run = SmallStudy().run()
    table = table_of(run)
    (row, *_) = table.rows
    assert row.label == "Overall survival: median, months (95% CI)"
    for cell, arm in zip(row.cells, "TC", strict=False):
        median = run.find("survival", "median", ("kaplan_meier",), population="matched", variable="os", group=arm)
        assert cell.text.startswith(f"{half_up(median.value, 1)} (")
    ratio, p = (
        run.find("survival", "hazard_ratio", ("cox",), **KEY),
        run.find("survival", "p_value", ("logrank",), **KEY),
    )
    assert row.cells[2].text.startswith(f"HR {half_up(ratio.value, 2)} (")
    assert (row.cells[3].text, row.cells[3].note) == (p_text(p.value), "Log-rank test")
    assert [column.header for column in table.columns] == [
        "T\n(n = 45)", "C\n(n = 45)", "Difference or ratio\n(95% CI)", "P value",
    ]  # fmt: skip


def test_every_number_is_that_of_a_row():
    run = SmallStudy().run()
    keys = {" | ".join(row.key) for row in run.rows("survival")}
    numbers = [piece for row in table_of(run).rows for cell in row.cells for piece in cell.pieces]
    sourced = [piece for piece in numbers if isinstance(piece, Sourced) and piece.value]
    assert len(sourced) > 8 and {piece.source for piece in sourced} <= keys


def two_endpoints(primary: str | None) -> Run:
    """A study with the same endpoint twice, under two names."""
    study = SmallStudy()
    protocol, tables = study.protocol, study.statistics()
    protocol["endpoints"]["pfs"] = protocol["endpoints"]["os"] | {"label": "Progression-free survival"}
    twin = tables["survival"].assign(variable=tables["survival"]["variable"].replace("os", "pfs"))
    statistics = {name: values_of(table) for name, table in tables.items()}
    statistics["survival"] = values_of(
        statistics_table([*tables["survival"].to_dict("records"), *twin.to_dict("records")])
    )
    protocol["study"] |= {"primary": primary} if primary else {}
    return Run(protocol, statistics, {}, [])


@pytest.mark.parametrize(("primary", "first"), [(None, "Overall"), ("os", "Overall"), ("pfs", "Progression-free")])
def test_the_primary_endpoint_comes_first(primary, first):
    labels = [label for label in rows_of(two_endpoints(primary)) if "median" in label]
    assert len(labels) == 2 and labels[0].startswith(first)


@pytest.mark.parametrize(
    ("times", "shown"),
    [([6], ["6"]), ([6, 12], ["6", "12"]), ([6, 12, 24], ["12", "24"]), ([3, 6, 9, 12, 18], ["6", "12"])],
)
def test_two_of_the_times_are_shown(times, shown):
    study = SmallStudy()
    table = study.statistics()["survival"]
    at_six = table[(table["statistic"].isin(["survival", "ci_low", "ci_high"])) & (table["level"] == "6")]
    rest = table.drop(at_six.index)
    more = [row | {"level": str(time)} for time in times for row in at_six.to_dict("records")]
    run = study.run()
    run.statistics["survival"] = values_of(statistics_table([*rest.to_dict("records"), *more]))
    assert [label.split()[1] for label in rows_of(run) if label.startswith("at ")] == shown


def test_a_masked_number_is_masked_here_too():
    study = SmallStudy()
    table = study.statistics()["survival"]
    table.loc[table["population"] == "matched", ["value", "note"]] = [np.nan, f"{MASKED}few"]
    run = study.run()
    run.statistics["survival"] = values_of(table)
    (row, *_) = table_of(run).rows
    assert {cell.text.removeprefix("HR ") for cell in row.cells} == {"masked"}


def test_an_arm_without_events_has_signs_that_are_explained():
    study = SmallStudy()
    study.patients.loc[study.patients["arm"] == "T", "event"] = 0
    run = study.run()
    table = table_of(run)
    assert table.rows[0].cells[0].text == "NR" and math.isnan(
        run.find("survival", "hazard_ratio", ("cox",), **KEY).value
    )
    assert any("NR, not reached" in plain([note] if isinstance(note, str) else note) for note in table.notes)


def test_a_caution_is_one_line_that_leads_to_its_section():
    sections = [Section("x", "X", [Paragraph(["A long warning."], "warning", ["Short."])])]
    run = SmallStudy().run()
    run.statistics["attrition"] = values_of(statistics_table([]))
    (cautions,) = [block for block in front(run, sections).blocks if isinstance(block, Bullets)]
    assert [plain(item) for item in cautions.items] == ["Short. ()"] and cautions.items[0][2].anchor == "x"


@pytest.mark.parametrize(("by_pair", "note"), [(0.3, "; stratified by pair, it is not significant"), (0.01, "")])
def test_a_log_rank_test_that_depends_on_the_pairs_is_marked(by_pair, note):
    """The same patients give another answer a page further on."""
    tables = SmallStudy().statistics()
    rows = [row for row in tables["survival"].to_dict("records") if "logrank" not in row["method"]]
    for method, p in (("logrank", 0.02), ("logrank_pair_stratified", by_pair)):
        rows.append({"analysis": "survival", "statistic": "p_value", "method": method, "value": p, **KEY})
    statistics = {name: values_of(table) for name, table in tables.items()}
    run = Run(SmallStudy().protocol, statistics | {"survival": values_of(statistics_table(rows))}, {}, [])
    (row, *_) = table_of(run).rows
    assert row.cells[3].note == f"Log-rank test{note}"


def test_the_first_paragraph_has_the_answer_and_cites_the_table():
    run = SmallStudy().run()
    run.statistics.setdefault("attrition", values_of(statistics_table([])))
    first = front(run, []).blocks[0].text
    assert plain(first).startswith("Drug (T) was compared with placebo (C) in matched patients (")
    assert "Median overall survival was" in plain(first) and "log-rank P" in plain(first)
    assert Link("table-main_results") in first
