"""Yes/no outcomes: how many patients of each arm had them, and how the arms compare."""

from twoarm.config.levels import YES
from twoarm.config.populations import Population
from twoarm.report.document import Bullets, Paragraph, Section
from twoarm.report.run import Run, ratio_with_interval, share, tested, with_interval
from twoarm.text.provenance import Piece, prose


def outcomes(run: Run) -> Section | None:
    """Each outcome in each population, that of the main analysis first, and the table."""
    if "outcomes" not in run.statistics:
        return None
    blocks: list = []
    for population in run.main_first():
        items = [outcome_of(run, population, name) for name in run.protocol["outcomes"]]
        blocks += [Paragraph([f"{population.whom}:"], "lead"), Bullets(items)]
    return Section("outcomes", "Yes/no outcomes", [*blocks, *run.table("outcomes")])


def outcome_of(run: Run, population: Population, name: str) -> list[Piece]:
    """An outcome in both arms, its difference and ratios with intervals, and its test."""
    key = {"population": population.name, "variable": name}

    def of_arm(arm: str) -> list[Piece]:
        n, percent = (run.find("outcomes", part, group=arm, level=YES, **key) for part in ("n", "percent"))
        return share(n, run.find("outcomes", "total", group=arm, **key), percent)

    here = key | {"group": run.contrast, "level": YES}
    return prose(
        "{label}: {treated} in the {arm} group and {control} in the {other} group; difference {difference}; risk ratio "
        "{risk} and odds ratio {odds} for {contrast}; {p}.{missing}",
        label=run.key(f"outcomes.{name}.label"),
        treated=of_arm(run.treated),
        arm=run.arm(run.treated),
        control=of_arm(run.control),
        other=run.arm(run.control),
        difference=with_interval(*run.estimate("outcomes", "difference", "newcombe", **here), 1, " percentage points"),
        risk=ratio_with_interval(*run.estimate("outcomes", "risk_ratio", "katz", **here)),
        odds=ratio_with_interval(*run.estimate("outcomes", "odds_ratio", "wald", **here)),
        contrast=run.contrast_pieces,
        p=tested(run.find("outcomes", "p_value", **here)),
        missing=_missing(run, key),
    )


def _missing(run: Run, key: dict) -> str | list[Piece]:
    """How many patients' outcome is unknown; nothing if all are known."""
    found = run.find("outcomes", "missing", group="overall", **key)
    if not found.key or found.value == 0:
        return ""
    number = ["a number that is masked"] if found.masked else run.count("outcomes", "missing", group="overall", **key)
    return prose(" The outcome of {number} patients is unknown.", number=number)
