"""Tumour response and other yes/no outcomes of the patients of the main analysis."""

from twoarm.config.levels import YES
from twoarm.config.populations import Population
from twoarm.report.document import Paragraph, Section
from twoarm.report.run import Run, inside, ratio_inside, share
from twoarm.response.response_rules import RATES
from twoarm.tables.cells import p_words, things
from twoarm.text.provenance import Piece, prose

RATE_NAMES = {"ORR": "objective response rate", "DCR": "disease control rate"}
POINTS = " percentage points"


def response(run: Run) -> Section | None:
    """The two rates by each criterion, with the tables of best response."""
    if "response" not in run.protocol:
        return None
    blocks: list = []
    for criterion in run.criteria:
        rates = [rate_of(run, run.main, criterion, rate) for rate in RATES]
        text: list[Piece] = prose("By {criterion}, ", criterion=run.criterion(criterion))
        for place, rate in enumerate(rates):
            text += [*([" and "] if place else []), *rate]
        blocks.append(Paragraph([*text, *run.cite(f"table-response_{criterion}"), "."]))
        blocks += run.table(f"response_{criterion}")
    each = [f"figure-{kind}_{criterion}" for criterion in run.criteria for kind in ("waterfall", "spider", "swimmer")]
    shown = run.cite_range(*each, "figure-discordance")
    if shown:
        blocks.append(Paragraph(["Responses and courses are also shown patient by patient", *shown, "."]))
    return Section("response", "Tumour response", blocks)


def rate_of(run: Run, population: Population, criterion: str, rate: str) -> list[Piece]:
    """A rate in both arms, its difference with interval, and its P, without the full stop."""
    key = {"population": population.name, "variable": criterion}

    def of_arm(arm: str) -> list[Piece]:
        here = key | {"group": arm}
        total = run.find("response", "total", **here)
        n, percent = (run.find("response", part, level=rate, **here) for part in ("n", "percent"))
        return share(n, total, percent)

    here = key | {"group": run.contrast, "level": rate}
    return prose(
        "the {rate} was {shares} (difference {difference}; {p})",
        rate=RATE_NAMES[rate],
        shares=run.both_arms(of_arm),
        difference=inside(*run.estimate("response", "difference", "newcombe", **here), 1, POINTS),
        p=p_words(run.find("response", "p_value", **here)),
    )


def outcomes(run: Run) -> Section | None:
    """Each yes/no outcome in the main analysis, and the table."""
    if not run.protocol.get("outcomes"):
        return None
    blocks: list = [Paragraph([*outcome_of(run, run.main, name), "."]) for name in run.protocol["outcomes"]]
    last = blocks[-1].text
    blocks[-1] = Paragraph([*last[:-1], *run.cite("table-outcomes"), "."])
    return Section("outcomes", "Yes/no outcomes", [*blocks, *run.table("outcomes")])


def outcome_of(run: Run, population: Population, name: str) -> list[Piece]:
    """An outcome in both arms, its difference and ratios with intervals, and its P, without the full stop."""
    key = {"population": population.name, "variable": name}

    def of_arm(arm: str) -> list[Piece]:
        n, percent = (run.find("outcomes", part, group=arm, level=YES, **key) for part in ("n", "percent"))
        return share(n, run.find("outcomes", "total", group=arm, **key), percent)

    here = key | {"group": run.contrast, "level": YES}
    return prose(
        "{label}: {shares} (difference {difference}; risk ratio {risk}; odds ratio {odds}; {p}){missing}",
        label=run.key(f"outcomes.{name}.label"),
        shares=run.both_arms(of_arm),
        difference=inside(*run.estimate("outcomes", "difference", "newcombe", **here), 1, POINTS),
        risk=ratio_inside(*run.estimate("outcomes", "risk_ratio", "katz", **here)),
        odds=ratio_inside(*run.estimate("outcomes", "odds_ratio", "wald", **here)),
        p=p_words(run.find("outcomes", "p_value", **here)),
        missing=_missing(run, key),
    )


def _missing(run: Run, key: dict) -> str | list[Piece]:
    """How many patients' outcome is unknown; nothing if all are known."""
    found = run.find("outcomes", "missing", group="overall", **key)
    if not found.key or found.value == 0:
        return ""
    if found.masked:
        return "; the number of patients whose outcome is unknown is masked"
    return prose("; the outcome of {patients} is unknown", patients=things(found, "patient"))
