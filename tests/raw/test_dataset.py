"""Files of SPSS, Stata, SAS and Parquet give the same text as the CSV file of the same table."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from twoarm.raw.table_file import read_table

DATA = {"separator": ";", "decimal": ",", "date_format": "%d.%m.%Y"}
CSV = "id;age;sex;weight;start;note\nP1;61;m;70,5;02.01.2020;Größe\nP2;58;f;0,1;03.02.1949;\nP3;;m;;;x\n"
TABLE = pd.DataFrame(
    {
        "id": ["P1", "P2", "P3"],
        "age": [61.0, 58.0, np.nan],
        "sex": [1.0, 2.0, 1.0],
        "weight": [70.5, 0.1, np.nan],
        "start": [date(2020, 1, 2), date(1949, 2, 3), None],
        "note": ["Größe", "", "x"],
    }
)
LABELS = {"sex": {1: "m", 2: "f"}}
LABELLED = TABLE.assign(sex=TABLE["sex"].map(LABELS["sex"]))


def _old_dta(path):
    """As Stata 10 writes it: in the encoding of Windows."""
    table = TABLE.assign(sex=[1, 2, 1])
    pyreadstat.write_dta(table, path, variable_value_labels=LABELS, version=10)
    content = Path(path).read_bytes()
    Path(path).write_bytes(content.replace("Größe".encode(), "Größe".encode("cp1252") + bytes(2)))


WRITERS = {
    "sav": lambda path: pyreadstat.write_sav(TABLE, path, variable_value_labels=LABELS),
    "dta": lambda path: pyreadstat.write_dta(TABLE.assign(sex=[1, 2, 1]), path, variable_value_labels=LABELS),
    "dta of single precision": lambda path: LABELLED.assign(
        weight=TABLE["weight"].astype("float32"), start=pd.to_datetime(TABLE["start"])
    ).to_stata(path, write_index=False, version=118, convert_dates={"start": "td"}),
    "old dta": lambda path: _old_dta(path),
    "xpt": lambda path: pyreadstat.write_xport(LABELLED, path),
    "parquet": lambda path: LABELLED.to_parquet(path),
    "parquet of other types": lambda path: LABELLED.assign(
        sex=LABELLED["sex"].astype("category"),
        age=LABELLED["age"].astype("Int16"),
        weight=LABELLED["weight"].astype("float32"),
        start=pd.to_datetime(LABELLED["start"]),
    ).to_parquet(path),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_a_dataset_is_read_as_its_csv_file(tmp_path, write):
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    expected, _, _ = read_table(str(tmp_path / "a.csv"), "a.csv", DATA)
    write(str(tmp_path / "a"))
    table, errors, remarks = read_table(str(tmp_path / "a"), "a", DATA, ["id"])
    assert (errors, remarks) == ([], [])
    pd.testing.assert_frame_equal(table.reset_index(drop=True), expected.reset_index(drop=True))
    assert table.index.tolist() == [1, 2, 3]


@pytest.mark.parametrize("start", [b"PAR1", b"$FL2", b"<stata_dta>", bytes(12) + b"\xc2\xea\x81\x60"])
def test_a_damaged_file_gives_one_message(tmp_path, start):
    (tmp_path / "a").write_bytes(start + bytes(500))
    table, errors, _ = read_table(str(tmp_path / "a"), "a", DATA)
    assert table.empty
    assert len(errors) == 1
    assert errors[0].startswith("a: it cannot be read as a")


def test_a_file_that_sas_wrote_gives_what_pandas_reads():
    """Moments and days of SAS 9.3, and a time of day; pandas has a reader of its own."""
    path = Path(__file__).parents[1] / "golden/sas/datetime.sas7bdat"
    table, errors, remarks = read_table(str(path), path.name, {"date_format": "%Y-%m-%d"})
    expected = pd.read_sas(path)
    assert (errors, remarks, list(table)) == ([], [], list(expected))
    for name in table.columns[:4]:
        assert table[name].tolist() == expected[name].dt.strftime("%Y-%m-%d").tolist()
    seconds = pd.to_timedelta(table["VAR5"]).dt.total_seconds()
    assert seconds.tolist() == expected["VAR5"].tolist() == [52932, 36863, 22522, 77520]


@pytest.mark.parametrize(
    ("moment", "zone", "read"),
    [
        ("2021-03-01 00:00", None, "01.03.2021"),
        ("2021-03-01 10:30", None, "01.03.2021"),
        ("2021-03-01 00:00", "UTC", "01.03.2021"),
        ("2021-03-01 00:30", "Asia/Shanghai", "01.03.2021"),
        ("2021-02-28 16:00", "UTC", "2021-02-28 16:00:00+00:00"),  # midnight in Shanghai, the first of March
    ],
)
def test_the_day_of_a_moment_in_another_time_zone_is_not_guessed(tmp_path, moment, zone, read):
    pd.DataFrame({"id": ["P1"], "start": pd.to_datetime([moment]).tz_localize(zone)}).to_parquet(tmp_path / "a")
    table, errors, _ = read_table(str(tmp_path / "a"), "a", DATA, ["id", "start"])
    assert (errors, table["start"].tolist()) == ([], [read])
