"""Who subtracts shown numbers of models and of lists of subgroups from each other finds no small number of patients.

The attack does not know the relations of twoarm.disclosure: it knows which patients each count is of.
"""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import null_space

from baseline.describe_baseline import describe_baseline
from disclosure.mask_small_cells import mask_curves, mask_small_cells
from prognosis.fit_prognosis import fit_prognosis
from small_study import SURVIVAL, SmallStudy
from subgroups.analyse_subgroup import analyse_subgroup
from survival.adjust_hazard_ratio import adjust_hazard_ratio
from survival.estimate_survival import estimate_survival
from tidy import values_of
from twoarm.config.populations import populations_of
from twoarm.config.prognosis import AIC
from twoarm.config.subgroups import subgroups_of
from twoarm.disclosure.counts import Study
from twoarm.disclosure.relations import related_counts
from twoarm.results.rows import KEY, MASKED
from twoarm.results.statistics import statistics_table
from twoarm.tables.elimination import removed_note
from twoarm.text.provenance import plain

MINIMUM = 5
FEW = range(1, MINIMUM)
ARMS = ("T", "C")
PLACE = ["analysis", "stratum", "group", "variable", "level", "statistic"]
BASELINE = {"variables": ["age", "size", "line"], "categorical_test": "auto", "continuous_test": "welch", "tests": {}}
AUTO = {"auto": {"fisher_expected": 2, "yates_expected": 5, "fisher_zero_cell": True}}


def survival_of(endpoints: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The tidy table of survival. endpoints: {name: the enrolled patients with their time and event}."""
    together = pd.concat(data.assign(endpoint=name) for name, data in endpoints.items())
    members = next(iter(endpoints.values()))[["patient_id", "arm"]]
    columns = ["patient_id", "endpoint", "time", "event"]
    return estimate_survival(together[columns], {"enrolled": members}, *ARMS, SURVIVAL)[0]


def told(masked: pd.DataFrame, counted: dict[tuple, np.ndarray], targets: list[np.ndarray], sizes: np.ndarray) -> list:
    """The small numbers of patients that follow from the shown counts, as linear combinations of them.

    Patients are in cells, of `sizes`; counted: the cells (0 or 1) of each count, by PLACE; targets: the cells of the
    numbers of patients that nobody may learn.
    """
    rows = masked[masked["value"].notna()]
    values = dict(zip(rows[PLACE].itertuples(index=False, name=None), rows["value"], strict=True))
    shown = [place for place in counted if place in values]
    assert all(counted[place] @ sizes == values[place] for place in shown)
    known = np.array([counted[place] for place in shown])
    free = null_space(known)  # a number that is the same along all of these follows
    return [int(target @ sizes) for target in targets if target @ sizes in FEW and np.allclose(target @ free, 0)]


# Models

VARIABLES = {"age": {}, "size": {}}


def incomplete(ages: int, sizes: int, both: int) -> pd.DataFrame:
    """Patients of whom so many have only no age, only no size, neither; at random."""
    patients = SmallStudy().patients
    order = np.random.default_rng(ages + 91 * sizes).permutation(len(patients))
    patients.loc[order[: ages + both], "age"] = np.nan
    patients.loc[order[ages : ages + both + sizes], "size"] = np.nan
    return patients


def model_study(
    patients: pd.DataFrame, select: str = "none", threshold: float | str = AIC
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tidy table of models and what they are compared with, exact and masked."""
    protocol = SmallStudy().protocol | {"designs": {"adjusted": {"method": "adjust", "covariates": ["age", "size"]}}}
    outcome = patients[["patient_id", "time", "event"]].assign(endpoint="os")
    table = pd.concat(
        [
            survival_of({"os": patients}),
            describe_baseline(patients, {"enrolled": patients}, BASELINE | AUTO, protocol["arms"]),
            fit_prognosis(patients, VARIABLES, "enrolled", "C", select, [], threshold),
            fit_prognosis(patients, {"age": {}}, "enrolled", "C", select, [], analysis="prognosis_b"),
            adjust_hazard_ratio(
                patients.drop(columns=["time", "event"]), outcome, {"adjusted": ["age", "size"]}, *ARMS
            ),
        ],
        ignore_index=True,
    )
    study = Study(
        protocol["arms"],
        populations_of(protocol)[:1],
        outcomes={"prognosis": "os", "prognosis_b": "os"},
        adjusted={"adjusted": ["age", "size"]},
    )
    return table, mask_small_cells(table, MINIMUM, study)[0]


def model_cells(patients: pd.DataFrame) -> tuple[dict[tuple, np.ndarray], list[np.ndarray], np.ndarray]:
    """`told`'s counts, targets and sizes: cells are by arm, event, and which of the two variables is missing."""
    cells = list(product(ARMS, (0, 1), (False, True), (False, True)))
    own = list(zip(patients["arm"], patients["event"], patients["age"].isna(), patients["size"].isna(), strict=True))
    sizes = np.array([own.count(cell) for cell in cells])

    def those(true) -> np.ndarray:
        return np.array([float(true(*cell)) for cell in cells])

    counts, targets = {}, []
    for statistic, least in (("total", 0), ("events", 1)):
        known = {
            "": those(lambda arm, event, age, size, least=least: event >= least),
            "age": those(lambda arm, event, age, size, least=least: event >= least and not age),
            "size": those(lambda arm, event, age, size, least=least: event >= least and not size),
            "both": those(lambda arm, event, age, size, least=least: event >= least and not age and not size),
        }
        counts["prognosis", "", "overall", "", "", statistic] = known["both"]
        counts["adjusted", "", "overall", "os", "", statistic] = known["both"]
        counts["survival", "", "overall", "os", "", statistic] = known[""]
        for analysis, name in product(("prognosis", "prognosis_b"), VARIABLES):
            counts[analysis, "", "overall", name, "", statistic] = known[name]
        counts["prognosis_b", "", "overall", "", "", statistic] = known["age"]
        for arm in ARMS:
            of_arm = those(lambda own, *rest, arm=arm: own == arm)
            counts["survival", "", arm, "os", "", statistic] = known[""] * of_arm
            for name in VARIABLES if statistic == "total" else ():
                counts["baseline", "", arm, name, "", "missing"] = (1 - known[name]) * of_arm
        patterns = [set(some) for n in range(1, 5) for some in combinations(product((False, True), repeat=2), n)]
        for arms, some in product((("T",), ("C",), ARMS), patterns):
            targets.append(
                known[""] * those(lambda arm, event, *gone, arms=arms, some=some: arm in arms and gone in some)
            )
    return counts, targets, sizes


@pytest.mark.parametrize(
    ("ages", "sizes", "both"),
    [(0, 0, 0), (3, 0, 0), (2, 2, 2), (20, 3, 0),
     (3, 20, 0), (20, 20, 3), (12, 3, 4), (7, 7, 1), (0, 4, 30), (40, 47, 0)],
)  # fmt: skip
def test_models_of_some_patients_cannot_be_subtracted(ages, sizes, both):
    patients = incomplete(ages, sizes, both)
    exact, masked = model_study(patients)
    assert not masked.loc[masked["statistic"].isin(["total", "events", "missing"]), "value"].isin(FEW).any()
    assert told(masked, *model_cells(patients)) == []
    assert bool(told(exact, *model_cells(patients))) == bool(ages + sizes)


@pytest.mark.parametrize("select", ["none", "backward"])
@pytest.mark.parametrize("complete", [3, 30])
def test_a_model_of_few_complete_patients_is_masked(complete, select):
    table, masked = model_study(incomplete(40, 50 - complete, 0), select)
    several = table["method"].str.contains("multivariable|adjusted|zph|backward") & table["value"].notna()
    several &= table["analysis"].isin(["prognosis", "adjusted"])
    assert several.sum() >= 6
    assert masked.loc[several, "value"].isna().all() == (complete == 3)
    hidden = masked.loc[several, "note"].str.startswith(MASKED)
    assert hidden.all() if complete == 3 else not hidden.any()
    alone = masked["method"].eq("cox_univariable") & masked["statistic"].eq("hazard_ratio")
    assert masked.loc[alone, "value"].notna().all()


def test_few_patients_of_an_elimination_that_leaves_no_variable_are_counted_and_masked():
    patients = incomplete(40, 47, 0)
    exact, masked = model_study(patients, "backward", 0.01)
    steps = (masked["method"] == "cox_backward") & (masked["analysis"] == "prognosis")
    assert exact.loc[steps, "statistic"].tolist()[-2:] == ["total", "events"]
    assert not exact["method"].eq("cox_multivariable")[exact["analysis"] == "prognosis"].any()
    assert masked.loc[steps & (exact["value"] != 0), "value"].isna().all()
    assert (
        plain(removed_note(values_of(masked[masked["analysis"] == "prognosis"]), {}))
        == "The steps of backward elimination are masked."
    )


def test_the_effect_of_treatment_is_masked_in_all_analyses_where_an_arm_has_few_events():
    """The interval of its hazard ratio, about 1/a + 1/b, tells the events of the arms from their sum."""
    patients = SmallStudy().patients
    treated = np.flatnonzero(patients["arm"] == "T")
    patients.loc[treated[3:], "event"] = 0
    exact, masked = model_study(patients)
    effects = exact["group"].eq("T vs C") & exact["statistic"].isin(["hazard_ratio", "ci_low", "p_value"])
    effects &= exact["analysis"].isin(["survival", "prognosis", "prognosis_b", "adjusted"]) & exact["value"].notna()
    assert set(exact.loc[effects, "analysis"]) == {"survival", "prognosis", "prognosis_b", "adjusted"}
    assert masked.loc[effects, "value"].isna().all()
    assert masked.loc[exact["group"].eq("per unit"), "value"].notna().all()


@pytest.mark.parametrize("counted", ["baseline", "subgroup", "neither"])
@pytest.mark.parametrize(("patients_of_level", "events"), [(4, 4), (9, 3), (9, 9)])
def test_the_hazard_ratio_of_a_level_of_few_patients_or_events_is_masked(patients_of_level, events, counted):
    """Its interval tells the events. Table 1 counts the patients of a level, a subgroup its events too."""
    patients, protocol = SmallStudy().patients, SmallStudy().protocol
    first = np.flatnonzero(patients["line"] == "third")
    line = patients["line"].astype(object)
    line.iloc[first[patients_of_level:]] = "second"
    patients["line"] = pd.Categorical(line, ["first", "second", "third"])
    patients.loc[first[:events], "event"] = 1
    patients.loc[first[events:patients_of_level], "event"] = 0
    tables = [
        survival_of({"os": patients}),
        fit_prognosis(patients, {"line": {}, "age": {}}, "enrolled", "C", "none", []),
    ]
    if counted == "baseline":
        tables.append(describe_baseline(patients, {"enrolled": patients}, BASELINE | AUTO, protocol["arms"]))
    subgroups = {"line": {"variable": "line", "levels": ["first", "second", "third"]}} if counted == "subgroup" else {}
    if subgroups:
        settings = {"variable": "line", "endpoint": "os"}
        tables.append(analyse_subgroup(patients, "line", settings, "enrolled", *ARMS, SURVIVAL)[0])
    study = Study(protocol["arms"], populations_of(protocol)[:1], outcomes={"prognosis": "os"}, subgroups=subgroups)
    masked, _ = mask_small_cells(pd.concat(tables, ignore_index=True), MINIMUM, study)
    ratios = masked[
        masked["statistic"].isin(["hazard_ratio", "ci_low", "p_value"]) & masked["analysis"].eq("prognosis")
    ]
    of_level = ratios[ratios["group"] == "first vs third"]
    assert len(of_level) == 6
    hidden = (counted == "subgroup" and events < 5) or (counted == "baseline" and patients_of_level < 5)
    assert of_level["value"].isna().all() == hidden and of_level["value"].isna().any() == hidden
    assert ratios.loc[ratios["group"].isin(["per unit", "T vs C"]), "value"].notna().all()


# A list of subgroups


def subgroup_patients(rare: int, unknown: int, seed: int) -> pd.DataFrame:
    """Patients of whom so many have a rare level of `line`, and so many no `sex`."""
    patients, random = SmallStudy(seed=seed).patients, np.random.default_rng(seed)
    line = np.where(np.arange(90) % 2, "first", "second").astype(object)
    line[random.permutation(90)[:rare]] = "third"
    sex = random.choice(["F", "M"], 90).astype(object)
    sex[random.permutation(90)[:unknown]] = np.nan
    early = random.random(90) < 0.3
    return patients.assign(
        pfs_event=np.maximum(patients["event"], early),
        pfs_time=patients["time"] * np.where(early, 0.6, 1),
        line=pd.Categorical(line, ["first", "second", "third"]),
        sex=pd.Categorical(sex, ["F", "M"]),
    )


def subgroup_study(patients: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, pd.DataFrame]]:
    """Two lists of subgroups, of two endpoints, and one alone: exact, masked, and masked curves."""
    protocol = SmallStudy().protocol
    protocol["endpoints"] |= {"pfs": protocol["endpoints"]["os"]}
    protocol["variables"] |= {"sex": {"label": "Sex", "kind": "categorical", "levels": {"F": "F", "M": "M"}}}
    protocol["subgroups"] = {
        "all": {"variables": ["line", "sex"], "endpoint": "os", "min_events": 3},
        "again": {"variables": ["line", "sex"], "endpoint": "pfs"},
        "line": {"label": "Line", "variable": "line", "endpoint": "os"},
    }
    subgroups = {name: part.settings for name, part in subgroups_of(protocol).items()}
    assert list(subgroups) == ["all_line", "all_sex", "again_line", "again_sex", "line"]
    progression = patients.assign(time=patients["pfs_time"], event=patients["pfs_event"])
    endpoints = {"os": patients, "pfs": progression}
    tables = [survival_of(endpoints)]
    tables += [describe_baseline(patients, {"enrolled": patients}, BASELINE | AUTO, protocol["arms"])]
    curves = {}
    for name, settings in subgroups.items():
        data = endpoints[settings["endpoint"]]
        table, curves[name] = analyse_subgroup(data, name, settings, "enrolled", *ARMS, SURVIVAL)
        tables.append(table)
    levels = {name: list(patients[settings["variable"]].cat.categories) for name, settings in subgroups.items()}
    study = Study(
        protocol["arms"],
        populations_of(protocol)[:1],
        endpoints=protocol["endpoints"],
        subgroups={name: {"variable": part["variable"], "levels": levels[name]} for name, part in subgroups.items()},
    )
    exact = pd.concat(tables, ignore_index=True)
    masked, _ = mask_small_cells(exact, MINIMUM, study)
    for name in curves:
        curves[name] = mask_curves(curves[name], masked[masked["analysis"] == f"subgroup_{name}"], MINIMUM)
    return exact, masked, curves


def subgroup_cells(patients: pd.DataFrame) -> tuple[dict[tuple, np.ndarray], list[np.ndarray], np.ndarray]:
    """`told`'s counts, targets and sizes: cells are by arm, events, at risk in month 6, line and sex."""
    columns = {
        "arm": patients["arm"],
        "os_events": patients["event"],
        "pfs_events": patients["pfs_event"],
        "os_at_risk": (patients["time"] >= 6).astype(int),
        "pfs_at_risk": (patients["pfs_time"] >= 6).astype(int),
        "line": patients["line"].astype(object),
        "sex": patients["sex"].astype(object).fillna(""),
    }
    possible = [ARMS, *[(0, 1)] * 4, patients["line"].cat.categories, ["F", "M", ""]]
    cells = pd.MultiIndex.from_product(possible, names=list(columns))
    cells = pd.DataFrame(columns).value_counts().reindex(cells, fill_value=0).rename("size").reset_index()
    cells["os_total"] = cells["pfs_total"] = 1
    sizes = cells["size"].to_numpy(float)
    lists = {"line": "os", "all_line": "os", "all_sex": "os", "again_line": "pfs", "again_sex": "pfs"}
    counts, targets = {}, []
    for arm, statistic, endpoint in product(ARMS, ("total", "events", "at_risk"), ("os", "pfs")):
        whole = ((cells["arm"] == arm) & (cells[f"{endpoint}_{statistic}"] == 1)).to_numpy(float)
        level = "6" if statistic == "at_risk" else ""
        counts["survival", "", arm, endpoint, level, statistic] = whole
        for name in (name for name, of in lists.items() if of == endpoint):
            variable = name.split("_")[-1]
            for value in patients[variable].cat.categories:
                own = whole * (cells[variable] == value).to_numpy(float)
                counts[f"subgroup_{name}", arm, value, endpoint, level, statistic] = own
                if statistic == "total" and variable == "line":
                    counts["baseline", "", arm, "line", value, "n"] = own
        for variable in ("line", "sex"):
            some = (set(some) for n in (1, 2) for some in combinations(sorted(set(cells[variable])), n))
            targets += [whole * cells[variable].isin(levels).to_numpy(float) for levels in some]
    return counts, targets, sizes


@pytest.mark.parametrize(
    ("rare", "unknown", "seed"),
    [(0, 0, 1), (3, 0, 2), (9, 0, 3), (9, 3, 4), (14, 2, 5), (1, 1, 6), (40, 20, 7), (12, 7, 8)],
)
def test_lists_of_subgroups_cannot_be_subtracted(rare, unknown, seed):
    patients = subgroup_patients(rare, unknown, seed)
    exact, masked, curves = subgroup_study(patients)
    counted = masked["statistic"].isin(["total", "events", "at_risk", "n", "missing"])
    assert not masked.loc[counted, "value"].isin(FEW).any()
    assert masked[KEY].equals(exact[KEY])
    cells = subgroup_cells(patients)
    assert told(masked, *cells) == []
    assert bool(told(exact, *cells)) == bool(rare + unknown)
    assert not [name for name, curve in curves.items() if curve["at_risk"].isin(FEW).any()]


def test_a_subgroup_s_effect_goes_with_its_few_events():
    exact, masked, _ = subgroup_study(subgroup_patients(6, 0, 2))
    inside = masked["stratum"].eq("line=third") & masked["value"].notna()
    assert exact.loc[masked["stratum"].eq("line=third") & masked["analysis"].eq("subgroup_line"), "value"].notna().any()
    assert not inside.any()
    assert masked.loc[masked["stratum"].eq("sex=F"), "value"].notna().all()


def test_lists_of_the_same_variable_are_of_the_same_patients():
    """What one list masks, another may not show: totals are those of every endpoint, events those of the same."""
    rows = [
        {"analysis": f"subgroup_{name}", "population": "enrolled", "stratum": "T", "group": "A", "variable": endpoint,
         "statistic": statistic, "value": value}
        for name, endpoint in (("a_x", "os"), ("b_x", "pfs"), ("x", "os"))
        for statistic, value in (("total", 8), ("events", 6))
    ]  # fmt: skip
    protocol = SmallStudy().protocol
    lists = {name: {"variable": "x", "levels": ["A"]} for name in ("a_x", "b_x", "x")}
    counts = related_counts(statistics_table(rows), Study(protocol["arms"], [], subgroups=lists))
    equal = [{counts.keys[place][::6] for place in relation.terms} for relation in counts.relations if relation.equal]
    assert {("subgroup_a_x", "total"), ("subgroup_b_x", "total")} in equal
    assert {("subgroup_a_x", "events"), ("subgroup_x", "events")} in equal
    assert {("subgroup_a_x", "events"), ("subgroup_b_x", "events")} not in equal
