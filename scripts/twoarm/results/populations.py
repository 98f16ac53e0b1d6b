"""The two populations in which a study is analysed: everyone enrolled, and the matched."""

import pandas as pd


def read_populations(enrolled: str, matched: str | None) -> dict[str, pd.DataFrame]:
    """Read who belongs to each population: enrolled (patient_id, arm) and, where there are any, matched (pair too)."""
    populations = {"enrolled": pd.read_parquet(enrolled, columns=["patient_id", "arm"])}
    if matched:
        populations["matched"] = pd.read_parquet(matched, columns=["patient_id", "arm", "pair"])
    return populations
