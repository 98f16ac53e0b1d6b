"""Each public data set with R's answers, through Snakemake from a config alone: the statistics are R's."""

import math
import shutil

import pandas as pd
import pytest
import yaml

import oracles
from oracle_study import CATEGORICAL_TESTS, OracleStudy
from runs import done, snakemake
from tidy import read_tidy

pytestmark = pytest.mark.workflow
NAMES = [*oracles.MATCHED, "toy_plateau"]
LARGEST = 1e-7  # relative; measured: docs/methods.md


@pytest.fixture(scope="module", params=NAMES)
def ran(request, tmp_path_factory):
    """An oracle, and the statistics of its run by key."""
    study, folder = OracleStudy(request.param), tmp_path_factory.mktemp(request.param)
    shutil.copy(oracles.FOLDER / study.name / study.spec["csv"], folder / "patients.csv")
    (folder / "config.yaml").write_text(yaml.safe_dump(study.config(), sort_keys=False), encoding="utf-8")
    config = study.config()
    wanted = {"attrition", "outcomes", *(name for key, names in ANALYSES.items() if key in config for name in names)}
    done(snakemake(folder, *(f"results/statistics/{name}.csv" for name in sorted(wanted))))
    return study, folder, read_tidy(*sorted((folder / "results/statistics").glob("*.csv")))


ANALYSES = {  # by the key of the config that asks for them
    "propensity": ("propensity", "matching", "balance"), "baseline": ("baseline",), "endpoints": ("survival",),
    "subgroups": ("subgroup_part",), "prognosis": ("prognosis",),
}  # fmt: skip
worst: dict[str, float] = {}  # the largest relative difference, by kind of number
numbers: dict[str, int] = {}  # how many were compared


def test_every_number_that_r_has_is_the_runs(ran):
    study, _, table = ran
    wrong = []
    for kind, key, answer in study.in_r():
        found = look_up(table, key)
        if isinstance(answer, dict):  # R has every test, the run the one that its rule chose
            answer = answer[CATEGORICAL_TESTS[found["method"]]]
        difference = relative(found["value"], answer)
        worst[kind] = max(worst.get(kind, 0), difference)
        numbers[kind] = numbers.get(kind, 0) + 1
        if not difference < LARGEST:
            wrong.append((key, found["value"], answer))
    assert wrong == []


def look_up(table: pd.DataFrame, key: dict) -> pd.Series:
    rows = table[(table[list(key)] == pd.Series(key)).all(axis=1)]
    assert len(rows) == 1, (key, rows)
    return rows.iloc[0]


def relative(found: float, answer: float | None) -> float:
    """The relative difference from R's number; near zero the absolute one, and none where both are empty."""
    if answer is None or math.isnan(found):
        return 0 if answer is None and math.isnan(found) else math.inf
    return abs(found - answer) / max(abs(answer), 1e-3)


def test_the_pairs_are_matchits(ran):
    study, folder, _ = ran
    if "ps" not in study.spec:
        pytest.skip("R matched nobody")
    matched = pd.read_parquet(folder / "results/data/matched.parquet")
    arms = [matched[matched["arm"] == arm].set_index("pair")["patient_id"] for arm in (study.treated, study.control)]
    found = sorted(zip(*(arm.sort_index().astype(int) for arm in arms), strict=True))
    rounded = oracles.read(study.name, "match_round10")["largest"]
    assert found == sorted(zip(rounded["treated"], rounded["control"], strict=True))


def test_the_largest_differences_are_recorded(record_property):
    """Runs last, and says how far each kind of number was from R's."""
    for kind, difference in sorted(worst.items()):
        record_property(kind, difference)
        print(f"{kind}: {numbers[kind]} numbers, {difference:.1e}")
    assert len(worst) > 15 and sum(numbers.values()) > 2000
