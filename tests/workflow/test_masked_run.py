"""A run with `disclosure` shows no small number of patients, and leaves the statistics as they are."""

import re
import shutil

import pandas as pd
import pytest

from browser import CHECKS, inspect
from report_numbers import Sources, errors
from runs import REPO, copy_house, digest, done, planned, snakemake
from tidy import read_tidy
from twoarm.results.rows import KEY

pytestmark = pytest.mark.workflow
SHOWN = ["baseline.html", "survival.html", "prognosis.html", "subgroups.html", "flowchart.svg", "love_plot.svg",
         "survival_matched.svg", "subgroup_meno.svg", "subgroups_forest.svg"]  # fmt: skip
TARGETS = [f"results/{'tables' if name.endswith('html') else 'figures'}/{name}" for name in SHOWN]


def test_a_run_with_disclosure_shows_no_small_number(tmp_path, chromium):
    """A small part of gbsg, run without and then with masking: the statistics stay, tables and figures are masked.

    One treated patient alone has a value of a variable; Table 1 has both arms together, of which the mean would tell
    it. The study has no criteria of eligibility, and its event is a value of a state.
    """
    shutil.copytree(REPO / "tests/studies/gbsg", tmp_path, dirs_exist_ok=True)
    patients = pd.read_csv(REPO / "tests/oracle/gbsg/data.csv", dtype=str).iloc[::7]
    patients["ldh"] = patients["er"].where(patients.index.isin(patients.index[patients["hormon"] == "1"][:1]))
    patients["ldh"] = patients["ldh"].mask(patients["hormon"] == "0", patients["pgr"])
    patients.to_csv(tmp_path / "patients.csv", index=False)
    config = (tmp_path / "config.yaml").read_text(encoding="utf-8")
    config = config.replace("\n  rfs_days:", "\n  ldh: {label: LDH, kind: continuous, missing: allowed}\n  rfs_days:")
    one_row = "baseline: {overall: true, binary: one_row, variables: [ldh, "
    config = config.replace("baseline: {variables: [", one_row)
    config = re.sub(r"\neligibility:.*?\n\n", "\n", config, flags=re.DOTALL)
    config = config.replace(
        "kind: flag, column: status", 'kind: categorical, levels: {"0": Free, "1": Recurred}, column: status'
    )
    config = config.replace("event: recurred", 'event: {variable: recurred, value: "1"}')
    (tmp_path / "config.yaml").write_text(config, encoding="utf-8")
    further = [f"results/statistics/{name}.csv" for name in ("endpoints", "missing")]  # masked with the others
    assert "mask_small_cells" not in done(snakemake(tmp_path, *TARGETS, *further))
    exact, results = digest(tmp_path / "results/statistics"), tmp_path / "results"
    assert small_numbers(results)

    with (tmp_path / "config.yaml").open("a") as config:
        config.write("\ndisclosure: {}\n")
    ran = done(snakemake(tmp_path, *TARGETS))
    assert "mask_small_cells" in ran
    assert all(rule.startswith(("mask_", "draw_", "tabulate_")) for rule in ran)
    assert digest(results / "statistics") == exact
    assert small_numbers(results) == []
    baseline = read_tidy(results / "disclosed/baseline.csv")
    one = baseline[(baseline["variable"] == "ldh") & (baseline["group"] != "0")]
    assert set(one["statistic"]) == {"mean", "sd", "median", "q1", "q3", "missing", "p_value"}
    assert one["value"].isna().all()
    assert "draw_score_overlap" not in done(snakemake(tmp_path))  # it would show single patients
    page = (results / "report/report.html").read_text(encoding="utf-8")
    assert "masked" in page
    assert "figure-survival_matched" in page and not (results / "data/traced_curves.json").exists()
    assert not re.search(r"application/json|data-population|findLastIndex", page)  # a curve's steps are single patients
    assert inspect(chromium, results / "report/report.html", screens=["phone"]) == {check: [] for check in CHECKS}
    assert errors(page, Sources(tmp_path)) == []
    assert any("no such row" in error for error in errors(unmasked(page, tmp_path), Sources(tmp_path)))


def test_no_figure_of_single_patients_is_planned_with_disclosure(tmp_path):
    house = copy_house(tmp_path)
    drawn = {"draw_waterfall", "draw_spider", "draw_swimmer", "draw_score_overlap", "trace_curves"}
    assert drawn <= planned(snakemake(house, "-n", house=house))
    with (house / "config.yaml").open("a") as config:
        config.write("\ndisclosure: {}\n")
    rules = planned(snakemake(house, "-n", house=house))
    assert not rules & drawn and "draw_discordance" in rules


def unmasked(page: str, study) -> str:
    """The page with a masked number of the statistics written back, from its exact row."""
    exact, shown = (read_tidy(study / f"results/{kind}/baseline.csv") for kind in ("statistics", "disclosed"))
    hidden = exact[shown["value"].isna() & exact["value"].notna()].iloc[0]
    source = " | ".join(hidden[KEY])
    number = f'<data value="{hidden["value"]!r}" title="{source}">{hidden["value"]:.0f}</data>'
    return page.replace("<h2>Survival</h2>", f"<h2>Survival</h2><p>{number}</p>", 1)


def small_numbers(results) -> list[str]:
    """The cells of a run's tables that print a number of patients from 1 to 4."""
    found = []
    for path in sorted((results / "tables").glob("*.csv")):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        cells = [*table.columns, *table.drop(columns="Notes", errors="ignore").to_numpy().ravel()]
        found += [f"{path.name}: {cell}" for cell in cells if re.search(r"^[1-4]( \(\d+\.\d\))?$|n = [1-4]\)", cell)]
    return found
