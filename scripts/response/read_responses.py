"""Ready-made best responses from the patients table, by criterion, with the date of progression where there is one.

A patient without a recorded best response is not evaluable (NE), so that every rate refers to all patients analysed.
"""

import pandas as pd

from twoarm.config.populations import ENROLLED
from twoarm.config.response_criteria import NOT_RECORDED
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.raw.parquet import read_parquet
from twoarm.results.errors import log_to
from twoarm.results.statistics import statistics_table, write_statistics


def read_responses(enrolled: pd.DataFrame, criteria: dict[str, dict]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the responses (patient_id, criterion, best_response, progression_date) and the tidy table `reading`.

    enrolled: one row per patient, best responses as printed levels (twoarm.config.response_criteria.RESPONSES).
    criteria: name: `best`, and `progression` if the study has its date, both names of columns.
    The tidy table counts, over all enrolled patients, those without a recorded response and contradictions.
    """
    tables, rows = [], []
    for criterion, columns in criteria.items():
        recorded = enrolled[columns["best"]].astype(object)
        progressed = enrolled[columns["progression"]] if "progression" in columns else pd.NaT
        table = enrolled[["patient_id"]].assign(
            criterion=criterion, best_response=recorded.fillna("NE").astype(str), progression_date=progressed
        )
        tables.append(table.astype({"progression_date": "datetime64[ns]"}))
        counts = {NOT_RECORDED: (int(recorded.isna().sum()), "counted as not evaluable, NE")}
        if "progression" in columns:
            unexplained = int((recorded.eq("PD") & table["progression_date"].isna()).sum())
            counts["best response PD without progression"] = (unexplained, "a contradiction")
        key = {"analysis": "reading", "population": ENROLLED, "group": "overall", "variable": criterion}
        rows += [
            key | {"level": level, "statistic": "n", "method": "coherence", "value": n, "note": note if n else ""}
            for level, (n, note) in counts.items()
        ]
    return sorted_by_patient(pd.concat(tables), "criterion"), statistics_table(rows)


if __name__ == "__main__":
    log_to(snakemake.log[0])
    responses, statistics = read_responses(read_parquet(snakemake.input.enrolled), snakemake.params.criteria)
    responses.to_parquet(snakemake.output.response, index=False)
    write_statistics(statistics, snakemake.output.statistics)
