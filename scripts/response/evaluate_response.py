"""Response of each visit and patient by RECIST 1.1 and mRECIST, and the agreement of readers and criteria.

The rules: Eisenhauer 2009 (RECIST 1.1), Lencioni & Llovet 2010 (mRECIST); docs/response.md explains their use here.
"""

import pandas as pd

from twoarm.config.keys import before_event, contrast
from twoarm.config.populations import ENROLLED
from twoarm.raw.identifiers import sorted_by_patient
from twoarm.raw.parquet import read_parquet
from twoarm.response.best_response import adjudicated, cohen_kappa, patient_responses
from twoarm.response.lesions import error_lines, large_enough, lesion_errors
from twoarm.response.readings import assessed_on
from twoarm.response.response_rules import RESPONDERS, Rules, rules_for, site_key
from twoarm.response.tumour_response import visit_verdicts
from twoarm.results.errors import InputError, log_to
from twoarm.results.statistics import statistics_table, write_statistics
from twoarm.text.echo import listed, shown

MOST_READERS = 5  # readers listed in an error
Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def evaluate_response(
    lesions: pd.DataFrame,
    enrolled: pd.DataFrame,
    response: dict,
    progressions: dict[str, list[str]],
    file: str = "lesions.csv",
) -> Tables:
    """Evaluate the enrolled patients by each criterion.

    lesions: one row per lesion, visit and reader. enrolled: patient_id and the dates that `response` names (`start`,
    and `new_therapy` if given). response: the config's section. progressions: for each endpoint the criteria whose
    progression is its event. file: the lesions' file, for messages.
    Returns visits (one row per patient, criterion and post-baseline visit), responses (one per patient and criterion)
    and the tidy table `reading`: agreement of readers, coherence.
    Raises InputError with every error in the lesions and in the settings.
    """
    all_rules = [rules_for(criterion, response) for criterion in response["criteria"]]
    start = _dates(enrolled, response["start"], "start")
    therapy = _dates(enrolled, response["new_therapy"], "new_therapy") if "new_therapy" in response else None
    lesions = lesions[lesions["patient_id"].isin(enrolled["patient_id"])]
    lesions = lesions if "reader" in lesions else lesions.assign(reader="")
    by_patient = response.get("adjudication") == "patient"
    primary, adjudicator = readers_of(lesions, response.get("reader", {}), file, needed=not by_patient)
    errors = lesion_errors(lesions, start, all_rules, file)
    if by_patient:
        errors += accepted_errors(lesions, file)
    else:
        errors += unread_errors(lesions, start, primary, file)
        errors += adjudicator_errors(lesions, adjudicator, file)
    if errors:
        raise InputError(errors)
    accepted = lesions.drop_duplicates("patient_id").set_index("patient_id")["accepted"] if by_patient else None
    read = {reader: set(own["patient_id"]) for reader, own in lesions.groupby("reader")}
    visits, responses, rows = [], [], []
    for rules in all_rules:
        of_readers = visit_verdicts(lesions, start, rules)
        if by_patient:
            of_patients = of_readers[of_readers["reader"].eq(of_readers["patient_id"].map(accepted))]
        else:
            of_patients = adjudicated(of_readers, primary, adjudicator)
        visits.append(of_patients)
        responses.append(patient_responses(of_patients, list(start.index), rules, therapy))
        if primary is not None:
            rows += agreement(of_readers, read, rules, therapy, primary, adjudicator)
        rows += coherence_of_visits(of_readers, of_patients, responses[-1], adjudicator)
    visits = sorted_by_patient(pd.concat(visits), "criterion", "visit_date")
    responses = sorted_by_patient(pd.concat(responses), "criterion")
    rows += coherence_of_endpoints(responses, progressions)
    whose = lesions["patient_id"].map(accepted) if by_patient else primary
    own = lesions[lesions["reader"].eq(whose) & lesions["patient_id"].isin(start.index)]
    rows += baselines(own, start, all_rules)
    rows += sites(lesions, all_rules[0])
    common = {"analysis": "reading", "population": ENROLLED, "group": "overall"}
    return visits, responses, statistics_table([common | row for row in rows])


def readers_of(lesions: pd.DataFrame, reader: dict, file: str, needed: bool = True) -> tuple[str | None, str | None]:
    """The primary reader and the adjudicator (or None); a table's only reader need not be named.

    needed: whether a primary reader is required; otherwise it may be None.
    """
    found = sorted(lesions["reader"].dropna().unique())
    if not found:
        raise InputError(f"{file}: no enrolled patient has a row, expected a baseline visit for each")
    primary, adjudicator = reader.get("primary"), reader.get("adjudicator")
    # Many different values may not be readers but, for example, names of patients.
    names = listed(found) if len(found) <= MOST_READERS else f"{len(found)} different names"
    has = f"has the readers {names}" if any(found) else "has no column of readers; remove the key"
    errors = [
        f"config: response.reader.{role} is {name}, but {file} {has}"
        for role, name in (("primary", primary), ("adjudicator", adjudicator))
        if name is not None and name not in found
    ]
    if primary is None and len(found) != 1 and needed:
        errors.append(
            f"config: response.reader.primary is missing, but {file} has the readers {names}; name one of them"
        )
    if errors:
        raise InputError(errors)
    return primary or (found[0] if needed else None), adjudicator


def unread_errors(lesions: pd.DataFrame, start: pd.Series, primary: str, file: str) -> list[str]:
    """Patients read by others but not by the primary reader."""
    read = set(lesions.loc[lesions["reader"] == primary, "patient_id"])
    count = len((set(lesions["patient_id"]) & set(start.index)) - read)
    expected = "expected the primary reader to have read every patient"
    return [f"{file}: patients without a row by the reader {primary}: {count}, {expected}"] if count else []


def adjudicator_errors(lesions: pd.DataFrame, adjudicator: str | None, file: str) -> list[str]:
    """Visits that the adjudicator read after missing one, so that the adjudicator's nadir may be wrong."""
    if adjudicator is None:
        return []
    lesions = lesions.assign(assessed=assessed_on(lesions), row=lesions.get("row", lesions.index + 2))
    rows = []
    for _, patient in lesions.groupby("patient_id"):
        own = patient[patient["reader"].eq(adjudicator)]
        since = patient["assessed"][patient["assessed"] > own["assessed"].min()]
        skipped = set(since) - set(own["assessed"])
        after = own[own["assessed"] > min(skipped)] if skipped else own[:0]
        rows += after["row"].head(1).tolist()
    expected = "expected the adjudicator to have read every visit of the patient up to this one"
    text = f", column reader: the adjudicator did not read an earlier visit, {expected}"
    return error_lines(file, ((row, text) for row in rows))


def accepted_errors(lesions: pd.DataFrame, file: str) -> list[str]:
    """Patients for whom `accepted` does not name one of their readers."""
    if "accepted" not in lesions:
        return [f"{file}: there is no column accepted, which must name the reader who counts (adjudication: patient)"]
    names = lesions.assign(row=lesions.get("row", lesions.index + 2)).fillna({"accepted": ""}).groupby("patient_id")
    expected = "expected one of the patient's readers, the same in all rows of the patient"
    errors = []
    for _, own in names:
        named = own["accepted"].unique()
        if len(named) != 1 or named[0] not in set(own["reader"]):
            found = listed(shown(name or "nothing") for name in named)
            errors.append((own["row"].iloc[0], f", column accepted: found {found}, {expected}"))
    return error_lines(file, errors)


def agreement(
    visits: pd.DataFrame,
    read: dict[str, set[str]],
    rules: Rules,
    new_therapy: pd.Series | None,
    primary: str,
    adjudicator: str | None,
) -> list[dict]:
    """Cohen's kappa of best response, the primary against each other reader, in the patients that both have read.

    visits: every reader's, by one criterion. read: the patients of each reader, who all have a baseline; a patient
    without a later reading by a reader is NE for that reader.
    The adjudicator is left out: who reads only the disputed visits disagrees with other readers by design.
    """
    rows = []
    for other in sorted(set(read) - {primary, adjudicator}):
        both = sorted(read[primary] & read[other])
        best = [
            patient_responses(visits[visits["reader"].eq(name)], both, rules, new_therapy) for name in (primary, other)
        ]
        kappa = cohen_kappa(best[0]["best_response"], best[1]["best_response"])
        key = {"variable": rules.criterion, "level": contrast(primary, other), "method": "cohen_kappa"}
        note = "" if kappa == kappa else "not estimable: no two patients differ"
        rows.append(key | {"statistic": "kappa", "value": kappa, "note": note})
        rows.append(key | {"statistic": "total", "value": len(both)})
    return rows


def coherence_of_visits(
    of_readers: pd.DataFrame, visits: pd.DataFrame, responses: pd.DataFrame, adjudicator: str | None
) -> list[dict]:
    """Count impossible results (a best response of PD without progression) and what a reader should know.

    All by one criterion: every reader's visits, the visits whose verdict counts (from `adjudicated`), the responses.
    """
    progressed = responses.set_index("patient_id")["progression_date"]
    unexplained = responses["best_response"].eq("PD") & responses["progression_date"].isna()
    after = visits["visit_date"] > visits["patient_id"].map(progressed)
    again = visits[after & visits["overall"].isin(RESPONDERS)]["patient_id"].nunique()
    unread = len(of_readers.drop_duplicates(["patient_id", "assessed"])) - len(visits)
    unread_note = "left out of the responses: neither the primary reader nor an adjudicator has read them"
    notes = {
        "best response PD without progression": (int(unexplained.sum()), "a contradiction"),
        "responds after progression": (again, "a response after progression does not count"),
        "visits read by another reader only": (unread, unread_note),
    }
    if adjudicator is not None:
        decided = int(visits["reader"].eq(adjudicator).sum())
        notes["visits adjudicated"] = (decided, "two readers disagreed, or the primary had not read the visit")
    key = {"variable": responses["criterion"].iloc[0], "statistic": "n"}
    return [
        key
        | {"level": level, "value": n, "note": note if n else ""}
        | {"method": "coherence_of_visits" if level.startswith("visits") else "coherence"}
        for level, (n, note) in notes.items()
    ]


def baselines(lesions: pd.DataFrame, start: pd.Series, all_rules: list[Rules]) -> list[dict]:
    """Count old baseline scans, and targets too small for a criterion, of the reader whose verdicts count."""
    assessed = assessed_on(lesions)
    before = assessed <= lesions["patient_id"].map(start)
    dates = assessed[before].groupby(lesions["patient_id"]).max()
    baseline = lesions[before & assessed.eq(lesions["patient_id"].map(dates))]
    targets = baseline[baseline["role"].eq("target")]
    rows = []
    for rules in all_rules:
        old = int(((start.reindex(dates.index) - dates).dt.days > rules.baseline_max_days).sum())
        level = f"baseline scan more than {rules.baseline_max_days} days before the start"
        key = {"variable": rules.criterion, "statistic": "n"}
        rows.append(key | {"level": level, "method": "coherence", "value": old})
        small = int((~large_enough(targets, rules)).sum())
        note = "non-targets to this criterion" if small else ""
        level = "targets too small for this criterion"
        rows.append(key | {"level": level, "method": "coherence_of_targets", "value": small, "note": note})
    return rows


def sites(lesions: pd.DataFrame, rules: Rules) -> list[dict]:
    """Every site of the table (spellings merged) with its number of rows; the note says how the site is treated."""
    spelled = lesions.groupby(lesions["site"].map(site_key))["site"].agg(["min", "size"])
    return [
        {"variable": "site", "level": site, "statistic": "rows", "method": "site"}
        | {"value": int(count), "note": rules.treatment(site)}
        for site, count in spelled.itertuples(index=False)
    ]


def coherence_of_endpoints(responses: pd.DataFrame, progressions: dict[str, list[str]]) -> list[dict]:
    """Endpoints whose progression is read by one criterion while best response is read by another.

    Counts patients with a best response of PD by a criterion who had not progressed by any of the endpoint's
    own criteria by that day.
    """
    by_criterion = {name: table.set_index("patient_id") for name, table in responses.groupby("criterion")}
    rows = []
    for endpoint, own in progressions.items():
        own = [criterion for criterion in own if criterion in by_criterion]
        if not own:
            continue
        event = pd.DataFrame({criterion: by_criterion[criterion]["progression_date"] for criterion in own}).min(axis=1)
        for criterion in [name for name in by_criterion if name not in own]:
            table = by_criterion[criterion]
            count = int((table["best_response"].eq("PD") & ~(event <= table["progression_date"])).sum())
            key = {"variable": criterion, "level": before_event(endpoint), "statistic": "n", "method": "coherence"}
            note = "progression of the endpoint is read by another criterion, so its events differ from these responses"
            rows.append(key | {"value": count, "note": note})
    return rows


def _dates(enrolled: pd.DataFrame, column: str, setting: str) -> pd.Series:
    if column not in enrolled:
        raise InputError(f"config: response.{setting} is {column}, which is not a variable; expected one of kind date")
    return enrolled.set_index("patient_id")[column]


if __name__ == "__main__":
    log_to(snakemake.log[0])
    visits, responses, statistics = evaluate_response(
        lesions=read_parquet(snakemake.input.lesions),
        enrolled=read_parquet(snakemake.input.enrolled),
        response=snakemake.params.response,
        progressions=snakemake.params.progressions,
        file=snakemake.params.file,
    )
    visits.to_parquet(snakemake.output.visits, index=False)
    responses.to_parquet(snakemake.output.response, index=False)
    write_statistics(statistics, snakemake.output.statistics)
