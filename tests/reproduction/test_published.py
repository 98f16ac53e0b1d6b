"""The shipped file of printed values: complete by place, consistent in itself, keyed by the shipped protocol."""

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import yaml

from twoarm.config.variables import printed_levels
from twoarm.published.published import PUBLISHED, agrees, as_printed, parse_printed, read_published
from twoarm.results.errors import InputError

ROOT = Path(__file__).parents[2]
FILE = ROOT / "resources/published/hcc_trp.csv"


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return read_published(str(FILE))


@pytest.fixture(scope="module")
def config() -> dict:
    return yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


def number(published: pd.DataFrame, **key) -> int:
    rows = published
    for name, value in key.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1, key
    return int(rows["printed"].iloc[0])


def test_each_place_has_the_number_of_values_that_was_counted(published):
    places = Counter(published["place"].str.split("; ").str[0])
    assert places.pop("Table 1") == 294
    assert places.pop("Table 2A") + places.pop("Table 2B") == 72
    assert places.pop("Table 3") == 116
    assert places == {"Results": 34, "Figure 5": 5, "Methods": 2, "Discussion": 1}


def test_the_counts_in_the_readme_are_the_files(published):
    readme = (FILE.parent / "README.md").read_text(encoding="utf-8")
    assert f"**{len(published)}**" in readme


def test_levels_sum_to_the_total(published):
    counts = published[(published["analysis"] == "baseline") & (published["statistic"] == "n")]
    groups = counts.groupby(["population", "group", "variable"])["printed"]
    assert len(groups) == 15 * 4
    for (population, group, variable), printed in groups:
        total = number(published, population=population, group=group, analysis="baseline", statistic="total")
        assert printed.astype(int).sum() == total, variable


def test_responses_sum_to_their_rates_and_totals(published):
    for criterion in ("mrecist", "recist"):
        for population, group in (("enrolled", "TR"), ("enrolled", "TRP"), ("matched", "TR"), ("matched", "TRP")):
            key = {
                "analysis": "response",
                "population": population,
                "group": group,
                "variable": criterion,
                "statistic": "n",
            }
            cr, pr, sd, pd_, orr, dcr = (
                number(published, level=level, **key) for level in ("CR", "PR", "SD", "PD", "ORR", "DCR")
            )
            total = number(published, analysis="baseline", population=population, group=group, statistic="total")
            assert (cr + pr, cr + pr + sd, cr + pr + sd + pd_) == (orr, dcr, total)


def test_grade_3_4_is_within_any_grade(published):
    counts = published[
        (published["analysis"] == "safety") & (published["statistic"] == "n") & (published["group"] != "overall")
    ]
    wide = counts.assign(n=counts["printed"].astype(int)).pivot(
        index=["variable", "group"], columns="level", values="n"
    )
    assert len(wide) == 24
    assert (wide["Grade 3-4"] <= wide["Any grade"]).all()


def test_arms_and_pairs_agree(published):
    total = {"variable": "", "statistic": "total"}
    arms = [number(published, population="enrolled", group=arm, **total) for arm in ("TR", "TRP")]
    assert sum(arms) == number(published, population="enrolled", group="overall", **total)
    assert number(published, statistic="pairs") == number(published, population="matched", group="TR", **total)


def test_baseline_keys_are_the_protocols(published, config):
    rows = published[(published["analysis"] == "baseline") & (published["variable"] != "")]
    assert list(rows["variable"].drop_duplicates()) == config["baseline"]["variables"]
    for variable, part in rows[rows["level"] != ""].groupby("variable"):
        levels = printed_levels(config["variables"][variable])
        assert list(part["level"].drop_duplicates()) == [level for level in levels if level in set(part["level"])]


def test_other_keys_are_the_protocols(published, config):
    treated, control = (config["arms"][arm]["value"] for arm in ("treated", "control"))
    subgroups = {f"subgroup_{name}" for name in config["subgroups"]}
    fixed = {"attrition", "matching", "baseline", "response", "survival", "prognosis", "safety"}
    assert set(published["analysis"]) == fixed | subgroups
    by_analysis = dict(list(published.groupby("analysis")))
    assert set(by_analysis["response"]["variable"]) == set(config["response"]["criteria"])
    assert set(by_analysis["survival"]["variable"]) == set(config["endpoints"])
    safety = by_analysis["safety"]
    assert [term for term in safety["variable"].drop_duplicates() if term != "any"] == config["safety"]["terms"]
    assert set(safety["level"]) == {*config["safety"]["grades"], "Grade 5"}
    assert set(by_analysis["prognosis"]["variable"]) <= {"arm", *config["prognosis"]["variables"]}
    for name in config["subgroups"]:
        rows = by_analysis[f"subgroup_{name}"]
        levels = printed_levels(config["variables"][config["subgroups"][name]["variable"]])
        assert set(rows["stratum"]) == {treated, control}
        assert set(rows["group"]) == {*levels, " vs ".join(levels)}
    arms = {treated, control, "overall", f"{treated} vs {control}"}
    assert set(published[~published["analysis"].isin({"prognosis", *subgroups})]["group"]) == arms


def test_methods_are_named_only_where_the_paper_names_them(published):
    named = published[published["method"] != ""]
    assert set(named["method"]) == {"kaplan_meier", "logrank", "cox_univariable", "cox_multivariable"}


@pytest.mark.parametrize(
    ("printed", "statistic", "value", "rounded", "agreed"),
    [
        ("31.3", "percent", 31.25, "31.3", True),
        ("43.7", "percent", 43.75, "43.8", False),
        ("64", "n", 64.0, "64", True),
        ("0.210", "p_value", 0.2099, "0.210", True),
        ("0.210", "p_value", 0.2105, "0.211", False),
        ("0.21", "p_value", 0.2149, "0.21", True),
        ("1", "p_value", 0.9995, "1", True),
        ("1", "p_value", 0.9994, "0.999", False),
        ("0", "p_value", 0.0004, "0", True),
        ("-0.5", "difference", -0.45, "-0.5", True),
        ("<0.001", "p_value", 0.00099, "<0.001", True),
        ("<0.001", "p_value", 0.001, "0.001", False),
        ("<0.05", "p_value", 0.04999, "0.050", True),
        ("≥0.05", "p_value", 0.04999, "0.050", False),
        ("≥0.05", "p_value", 0.05, "0.050", True),
        (">0.05", "p_value", 0.05, "0.050", False),
        ("≤0.05", "p_value", 0.05, "0.050", True),
        ("6.5", "median", float("nan"), "", False),
        ("≥0.05", "p_value", float("nan"), "", False),
    ],
)
def test_a_value_is_compared_as_it_is_printed(printed, statistic, value, rounded, agreed):
    assert as_printed(printed, statistic, value) == rounded
    assert agrees(printed, statistic, value) is agreed


@pytest.mark.parametrize("text", ["", "64%", "54.8±10.2", ".71.9", "n.s.", "< 0.05", "1,005", "nan"])
def test_what_is_no_printed_value_is_refused(text):
    with pytest.raises(ValueError, match="neither a number nor a bound"):
        parse_printed(text)


def test_every_error_of_a_file_is_named_with_its_line(tmp_path):
    row = dict.fromkeys(PUBLISHED, "") | {
        "analysis": "survival",
        "statistic": "median",
        "printed": "6.5",
        "place": "Abstract",
    }
    rows = [row, row, row | {"group": "TR", "printed": "6.5 months"}, row | {"group": "TRP", "place": ""}]
    path = tmp_path / "printed.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    with pytest.raises(InputError) as error:
        read_published(str(path))
    assert [error.partition(", ")[2] for error in error.value.errors] == [
        "line 3: the same key as line 2 (survival, median); merge the rows and list both places",
        "line 4: printed: '6.5 months' is neither a number nor a bound such as <0.001",
        "line 5: place is empty",
    ]


def test_missing_and_unknown_columns_are_named(tmp_path):
    path = tmp_path / "printed.csv"
    path.write_text(",".join(PUBLISHED).replace("place", "page") + "\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_published(str(path))
    assert error.value.errors == [f"{path}: there is no column 'place'", f"{path}: unknown column 'page'"]


def test_a_file_without_rows_is_refused(tmp_path):
    path = tmp_path / "printed.csv"
    path.write_text(",".join(PUBLISHED) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="no printed value"):
        read_published(str(path))
