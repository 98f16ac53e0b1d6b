"""Apply the inclusion and exclusion criteria in order, and count the patients that each one excludes.

Each patient is counted once, at the first criterion that excludes them (STROBE item 13b).
"""

from collections.abc import Sequence

import pandas as pd

from twoarm.config.derivation import cut_points, derive
from twoarm.config.derived import after_enrolment
from twoarm.config.evaluation import evaluate, holds
from twoarm.config.expressions import ExpressionError
from twoarm.config.populations import ENROLLED, SCREENED
from twoarm.config.variables import CENTRE, level_of
from twoarm.raw.parquet import read_parquet
from twoarm.raw.terms import folded
from twoarm.results.errors import REMARK, InputError, log_to
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.text.echo import rows_text, shown


def screen(patients: pd.DataFrame, eligibility: dict, file: str = "patients.csv") -> pd.DataFrame:
    """Screen each patient: returns patient_id, arm and `excluded_by`, the id of the criterion (empty: enrolled).

    patients: with `row`, the line of the file, for messages.
    Raises InputError if a criterion cannot be applied because a value is missing or of the wrong type.
    """
    rows = patients.get("row", patients.index + 2)
    errors, excluded_by = [], pd.Series("", index=patients.index)
    for key, criterion, expression, keeps in ordered(eligibility):
        try:
            verdict = holds(expression, patients)
        except ExpressionError as error:
            errors.append(f"{key}: the criterion {shown(expression)} cannot be applied: {error}")
            continue
        undecided = verdict.isna() & (excluded_by == "")
        if undecided.any():
            errors.append(
                f"{key}: the criterion {shown(expression)} cannot be applied to {undecided.sum()} patients, because a "
                f"value is missing, of the wrong type or not computable, as a division by zero is ({file} "
                f"{rows_text(rows[undecided])}); say what applies then, "
                f"for example `missing(variable) or ...`"
            )
        out = (verdict != keeps).fillna(False).astype(bool)
        excluded_by = excluded_by.mask(out & (excluded_by == ""), criterion)
    if errors:
        raise InputError(errors)
    return patients[["patient_id", "arm"]].assign(excluded_by=excluded_by)


def ordered(eligibility: dict):
    """The criteria in order: config key, id, expression, and whether a patient stays (keep) or leaves (drop)."""
    for criterion in eligibility.get("inclusion", []):
        yield f"eligibility.inclusion.{criterion['id']}", criterion["id"], criterion["keep"], True
    for criterion in eligibility.get("exclusion", []):
        yield f"eligibility.exclusion.{criterion['id']}", criterion["id"], criterion["drop"], False


def enrolled_raw(
    patients: pd.DataFrame, screening: pd.DataFrame, variables: dict, file: str = "patients.csv"
) -> tuple[pd.DataFrame, list[str]]:
    """The enrolled patients with raw values and with the variables that are split among them; and remarks on these.

    Raises InputError if such a variable cannot be computed.
    """
    enrolled = patients[screening["excluded_by"] == ""].reset_index(drop=True)
    rows = enrolled.get("row", enrolled.index.to_series() + 2)
    enrolled, errors, remarks = derive(enrolled, variables, after_enrolment(variables), file, rows)
    if errors:
        raise InputError(errors)
    return enrolled, remarks


def _left_out(screening: pd.DataFrame) -> str:
    """How many patients each criterion, or a missing value, leaves out, for a message."""
    counts = screening["excluded_by"].replace("", None).value_counts()
    by_criterion = ", ".join(f"{criterion} {count}" for criterion, count in counts.items())
    return f"; left out by: {by_criterion}" if by_criterion else ""


def enrol(
    patients: pd.DataFrame, screening: pd.DataFrame, variables: dict, arms: dict, file: str = "patients.csv"
) -> pd.DataFrame:
    """The enrolled patients, ready for analysis: categorical variables and flags as printed levels.

    Levels without an enrolled patient are dropped.
    Raises InputError if an arm is empty, or as enrolled_raw does.
    """
    enrolled = patients[screening["excluded_by"] == ""]
    values = [arms[arm]["value"] for arm in ("treated", "control")]
    empty = [value for value in values if value not in set(enrolled["arm"])]
    if empty:
        raise InputError(
            f"arms: no patient is enrolled in {' or in '.join(empty)}; {len(enrolled)} of {len(patients)} screened "
            f"patients meet the criteria, expected at least one in each arm{_left_out(screening)}"
        )
    enrolled, _ = enrolled_raw(patients, screening, variables, file)
    for name, variable in variables.items():
        if variable["kind"] in ("categorical", "flag"):
            enrolled[name] = level_of(enrolled[name], variable).cat.remove_unused_categories()
    return enrolled


def split_rows(enrolled: pd.DataFrame, variables: dict) -> list[dict]:
    """A row for each cut point of the variables that are split among the enrolled patients.

    enrolled: as enrolled_raw returns them. The level is the number of the group below the cut point.
    """
    key = {"analysis": "attrition", "population": ENROLLED, "group": "overall", "statistic": "cut_point"}
    return [
        {**key, "variable": name, "level": str(group), "method": "quantile_type_7", "value": cut}
        for name, variable in variables.items()
        if "split" in variable
        for group, cut in enumerate(cut_points(evaluate(variable["from"], enrolled).values, variable["split"]), start=1)
    ]


def attrition(
    screening: pd.DataFrame, enrolled: pd.DataFrame, eligibility: dict, arms: dict, more: Sequence[dict] = ()
) -> pd.DataFrame:
    """Count patients screened, excluded by each criterion, remaining after it, and enrolled, by arm and overall.

    more: further rows about the enrolled patients.
    """
    rows = []
    for group in ("overall", arms["treated"]["value"], arms["control"]["value"]):
        of_group = screening if group == "overall" else screening[screening["arm"] == group]
        key = {"analysis": "attrition", "population": SCREENED, "group": group, "method": "descriptive"}
        remaining = len(of_group)
        rows.append({**key, "statistic": "total", "value": remaining})
        for _, criterion, _, _ in ordered(eligibility):
            excluded = int((of_group["excluded_by"] == criterion).sum())
            remaining -= excluded
            rows.append({**key, "variable": criterion, "statistic": "n", "value": excluded})
            rows.append({**key, "variable": criterion, "statistic": "remaining", "value": remaining})
        rows.append({**key, "population": ENROLLED, "statistic": "total", "value": remaining})
    if CENTRE in enrolled:
        centres = {**rows[0], "population": ENROLLED, "variable": "centre", "statistic": "n_levels"}
        rows.append({**centres, "value": enrolled[CENTRE].map(folded).nunique()})
    return statistics_table([*rows, *more])


if __name__ == "__main__":
    log_to(snakemake.log[0])
    patients = read_parquet(snakemake.input.patients)
    arms, variables, file = snakemake.params.arms, snakemake.params.variables, snakemake.params.file
    screening = screen(patients, snakemake.params.eligibility, file)
    enrolled = enrol(patients, screening, variables, arms, file)
    raw, remarks = enrolled_raw(patients, screening, variables, file)
    for remark in remarks:
        print(f"{REMARK}{remark}")
    counts = attrition(screening, enrolled, snakemake.params.eligibility, arms, split_rows(raw, variables))
    screening.to_parquet(snakemake.output.screening, index=False)
    enrolled.drop(columns=CENTRE, errors="ignore").to_parquet(snakemake.output.enrolled, index=False)
    write_statistics(counts, snakemake.output.statistics)
