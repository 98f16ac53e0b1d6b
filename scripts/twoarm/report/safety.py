"""Adverse events: how many patients had them, and which differed between the arms."""

from twoarm.config.keys import DEATHS
from twoarm.config.populations import Population
from twoarm.raw.terms import ANY, printed_term
from twoarm.report.document import Figure, Paragraph, Section
from twoarm.report.run import Run, inside, listed, share, significant
from twoarm.tables.cells import p_words
from twoarm.text.provenance import Piece, Sourced, joined, prose


def safety(run: Run) -> Section | None:
    """Any adverse event by grade, which terms differed, and deaths among all enrolled patients."""
    if "safety" not in run.protocol:
        return None
    chosen = run.population_of("safety")
    items = [[*events_of(run, grade, chosen), "."] for grade in run.protocol["safety"]["grades"]]
    whom = prose("The following is of {whom}. ", whom=chosen.inside_sentence) if chosen != run.main else []
    items.append([*_differing(run, chosen), *run.cite("table-safety", "figure-safety"), "."])
    items.append([*_deaths(run), "."])
    text = [*whom, *joined(items, " ", " ")]
    return Section("safety", "Safety", [Paragraph(text), *run.table("safety")])


def events_of(run: Run, grade: str, population: Population) -> list[Piece]:
    """How many patients of each arm had any adverse event in a range of grades, without the full stop."""
    here = {"population": population.name, "variable": ANY, "level": grade}
    compared = here | {"group": run.contrast}
    return prose(
        "Adverse events ({grade}) occurred in {shares} (difference {difference}; {p})",
        grade=run.lower(Sourced(grade, "config: safety.grades")),
        shares=run.both_arms(lambda arm: _share(run, arm, here)),
        difference=inside(*run.estimate("safety", "difference", "newcombe", **compared), 1, " percentage points"),
        p=p_words(run.find("safety", "p_value", **compared)),
    )


def _share(run: Run, group: str, here: dict) -> list[Piece]:
    """`60 of 64 (93.8%)`: patients of an arm, or overall, with an event."""
    n, percent = (run.find("safety", part, group=group, **here) for part in ("n", "percent"))
    return share(n, run.find("safety", "total", population=here["population"], group=group), percent)


def _differing(run: Run, population: Population) -> list[Piece]:
    """Which events differed between the arms, without the full stop."""
    labels = run.protocol["safety"]["labels"]
    differing = [
        [
            _term(row.key[4], labels),
            ", ",
            run.lower(Sourced(row.key[5], "config: safety.grades")),
            " (",
            *p_words(row),
            ")",
        ]
        for row in run.rows("safety", population=population.name, statistic="p_value")
        if significant(row) and row.key[4] != ANY
    ]
    text = "Of single adverse events, the arms differed (P below {alpha}, not adjusted for multiplicity) in {list}"
    if not differing:
        text = "No single adverse event differed between the arms with P below {alpha}"
    hidden = run.masked("safety", population=population.name, statistic="p_value")
    return [
        *prose(text, alpha=run.alpha, list=listed(differing)),
        *(["; masked tests are not considered"] * bool(hidden)),
    ]


def _deaths(run: Run) -> list[Piece]:
    """Fatal events of all enrolled patients: those outside the main analysis may have died of one too."""
    here = {"population": run.everyone.name, "variable": ANY, "level": DEATHS}
    return prose(
        "Of all enrolled patients, {shares} had a fatal adverse event ({grade})",
        shares=run.both_arms(lambda arm: _share(run, arm, here)),
        grade=run.lower(Sourced(DEATHS, "convention: keys.DEATHS")),
    )


def _term(term: str, labels: dict[str, str]) -> Sourced:
    """A term as it is printed."""
    printed = printed_term(term, labels)
    return Sourced(printed, "config: safety.terms" if printed == term else "config: safety.labels")


def safety_figure(run: Run) -> list[Figure]:
    """The chart of both arms, for the appendix."""
    if "safety" not in run.protocol:
        return []
    chosen, labels = run.population_of("safety"), run.protocol["safety"]["labels"]
    rows = run.rows("safety", population=chosen.name, statistic="n")
    return run.figure(
        "safety",
        f"Adverse events by arm, {chosen.inside_sentence}",
        ["Patients with each event, and the differences of the arms."],
        "Butterfly chart of the percentage of patients with each adverse event, treated arm to the left, control "
        "arm to the right, by grade; beside it the differences of the arms with their intervals.",
        [run.protocol["safety"]["version"], *(printed_term(row.key[4], labels) for row in rows)],
    )
