"""A small study to begin with, on public data that a dependency ships: it runs as it stands."""

import shutil
from pathlib import Path

TEMPLATE = Path(__file__).with_name("starter.yaml")


def write_starter(folder: Path) -> int | str:
    """Write config.yaml and patients.csv to a folder; returns 0, or why nothing was written."""
    from lifelines.datasets import load_gbsg2  # 686 women with breast cancer (Schumacher et al., J Clin Oncol 1994)

    patients = folder / "patients.csv"
    if patients.exists():
        return f"{patients} exists; nothing is overwritten. Name another folder, or the tables of your study."
    table = load_gbsg2()
    table.insert(0, "patient_id", [f"P{number:03d}" for number in range(1, len(table) + 1)])
    table.to_csv(patients, index=False, mode="x")
    shutil.copyfile(TEMPLATE, folder / "config.yaml")
    print(f"A study that runs as it stands, on public data: {folder}/config.yaml and patients.csv")
    print(f"Run it: make study STUDY={folder}")
    return 0
