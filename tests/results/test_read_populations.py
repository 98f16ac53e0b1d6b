"""The patients of each population, read from the files in the list of populations."""

import pandas as pd
import pytest

from populations import ALONE, BOTH
from twoarm.config.populations import PAIR, WEIGHT
from twoarm.results.populations import read_populations

ENROLLED = pd.DataFrame({"patient_id": ["a", "b", "c"], "arm": ["T", "C", "C"], "age": [50.0, 60, 70]})
MATCHED = pd.DataFrame({"patient_id": ["a", "c"], "arm": ["T", "C"], "pair": [1, 1], "weight": [1.0, 0.5]})


@pytest.fixture
def files(tmp_path):
    paths = [str(tmp_path / f"{name}.parquet") for name in ("enrolled", "matched")]
    for table, path in zip((ENROLLED, MATCHED), paths, strict=True):
        table.to_parquet(path)
    return paths


def test_pairs_and_weights_are_those_of_the_population(files):
    found = read_populations(BOTH, files)
    assert list(found) == ["enrolled", "matched"]
    assert found["enrolled"].to_dict("list") == {"patient_id": list("abc"), "arm": list("TCC")}
    assert found["matched"].to_dict("list") == {"patient_id": ["a", "c"], "arm": ["T", "C"], PAIR: [1, 1]}


def test_their_columns_may_have_any_names(files):
    MATCHED.rename(columns={"pair": "couple", "weight": "iptw"}).to_parquet(files[1])
    renamed = [BOTH[0], BOTH[1]._replace(pairs="couple", weights="iptw")]
    assert set(read_populations(renamed, files)["matched"]) == {"patient_id", "arm", PAIR, WEIGHT}


def test_a_study_without_matching_has_everyone_alone(files):
    assert list(read_populations(ALONE, files[:1])) == ["enrolled"]
