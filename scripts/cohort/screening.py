"""The patients who were screened and not enrolled. The paper prints how many, not why: the reasons are chosen."""

from datetime import timedelta

from targets import Published

# Criterion of config.yaml: how many are excluded by it, by choice. They add up to those screened and not enrolled.
REASONS = {
    "age": 6,
    "hcc": 3,
    "ecog": 12,
    "bclc": 9,
    "child_pugh": 11,
    "progressed": 8,
    "measurable": 9,
    "immunotherapy": 21,
    "records": 13,
    "other_cancer": 5,
    "comorbidity": 7,
    "local_therapy": 10,
    "follow_up": 7,
}
SECOND_REASON_SHARE = 0.12
FREE_TO_COMBINE = ("immunotherapy", "records", "other_cancer", "comorbidity", "local_therapy")
SHORT_FOLLOW_UP = 91  # days; from 92 on it is three months


def excluded_reasons(published: Published, rng) -> list[tuple[str, ...]]:
    """The criteria that each excluded patient fails, one or two. Raises ValueError where the counts do not add up."""
    count = lambda population: int(  # noqa: E731
        published.printed(analysis="attrition", population=population, group="overall", variable="", statistic="total")
    )
    expected = count("screened") - count("enrolled")
    if sum(REASONS.values()) != expected:
        raise ValueError(f"screening: {sum(REASONS.values())} excluded by choice, the paper excludes {expected}")
    out = []
    for reason, n in REASONS.items():
        for _ in range(n):
            second = FREE_TO_COMBINE[int(rng.integers(len(FREE_TO_COMBINE)))]
            two = rng.random() < SECOND_REASON_SHARE and second != reason
            out.append((reason, second) if two else (reason,))
    return out


def make_ineligible(patient: dict, reason: str, rng) -> None:
    """Change a patient, eligible so far, so that the criterion excludes them (in place)."""
    if reason == "age":
        patient["age"] = int(rng.integers(81, 88)) if rng.random() < 0.85 else 17
    elif reason == "bclc":
        early = rng.random() < 0.6
        patient |= dict(bclc="A" if early else "D")
        if early:
            patient |= dict(ecog=0, pvtt="no", metastases="no")
        else:
            patient |= dict(ecog=2)
    elif reason == "ecog":
        patient |= dict(ecog=3 if rng.random() < 0.8 else 4, bclc="D")
    elif reason == "child_pugh":
        patient |= dict(child_pugh_score=int(rng.integers(10, 13)), cirrhosis="yes")
    elif reason == "local_therapy":
        patient["other_local_therapy"] = "HAIC" if rng.random() < 0.6 else "radiotherapy"
    elif reason == "follow_up":
        shorten_follow_up(patient, rng)
    else:
        patient |= SIMPLE[reason]


SIMPLE = {
    "hcc": dict(hcc_diagnosis="none"),
    "progressed": dict(progressed_on_targeted="no"),
    "measurable": dict(measurable_lesion="no"),
    "immunotherapy": dict(prior_immunotherapy="yes"),
    "records": dict(records_complete="no"),
    "other_cancer": dict(other_malignancy="yes"),
    "comorbidity": dict(severe_comorbidity="yes"),
}


def shorten_follow_up(patient: dict, rng) -> None:
    """End a patient's follow-up within three months, by death or by loss (in place)."""
    days = int(rng.integers(25, SHORT_FOLLOW_UP + 1))
    last = patient["treatment_start"] + timedelta(days=days)
    patient["last_contact"] = last
    patient["death_date"] = last if rng.random() < 0.5 else None
    patient["last_assessment"] = min(patient["last_assessment"], last)
