"""A manuscript in a journal's order: what a run can tell of a paper. The rest, in brackets, is left to the authors."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from twoarm.report.document import (
    Block,
    Bullets,
    Document,
    Figure,
    Heading,
    Paragraph,
    Section,
    Table,
    explained_once,
    references,
)
from twoarm.report.further import further
from twoarm.report.imputation import pooled_effects
from twoarm.report.methods import methods
from twoarm.report.patients import design, flow
from twoarm.report.response import outcome_of, rate_of
from twoarm.report.run import Run
from twoarm.report.safety import events_of
from twoarm.report.sections import results_of
from twoarm.report.survival import effect_on, front_curve
from twoarm.text.provenance import Piece, joined, prose

BLANK = "blank"  # the kind of a paragraph that authors write
TITLE_PAGE = [
    "Authors, with their degrees and affiliations",
    "Corresponding author, with address and e-mail",
    "Running title",
    "Numbers of words, tables and figures",
]
DECLARATIONS = {
    "Ethics approval and consent": "Committee, number and date of the approval; consent, or its waiver",
    "Availability of data and code": "Where both are, and under which conditions",
    "Competing interests": "Of each author",
    "Funding": "Sources, and their role in the study",
    "Authors' contributions": "Of each author",
    "Acknowledgements": "Whom to thank, and for what",
}


def manuscript_of(run: Run, works: Mapping[str, str]) -> Document:
    """The manuscript. works: {key: a work that the methods may cite, in Vancouver style}."""
    results = results_of(run)
    text = [
        Section(
            "introduction", "Introduction", [_blank("What is known, what is not, and the aim of this study")], True
        ),
        _methods(run),
        Section("results", "Results", [block for section in results for block in _told(section)]),
        _discussion([design(run), *results]),
    ]
    shown = _shown(run, results)
    sections = [
        Section("title_page", "", [_blank(words) for words in TITLE_PAGE]),
        *explained_once([_abstract(run)], run.abbreviations),
        *explained_once(text, run.abbreviations),
        Section("declarations", "Declarations", _left(DECLARATIONS)),
        *references(text, works),
        *(Section(kind.__name__, "", _of_kind(shown, kind), True) for kind in (Table, Figure)),
    ]
    study = run.protocol["study"]
    appendix = explained_once(further(run), run.abbreviations)
    supplement = {"appendix": appendix, "appendix_title": "Supplementary material", "appendix_prefix": "S"}
    return Document(study["title"], [], study.get("notice", ""), sections, for_review=True, **supplement)


def _blank(words: str) -> Paragraph:
    """What the authors have to write."""
    return Paragraph([f"[{words}]"], BLANK)


def _left(parts: Mapping[str, str]) -> list[Block]:
    """Headings, each with what the authors have to write below it."""
    return [block for title, words in parts.items() for block in (Heading(title), _blank(words))]


# The text


def _abstract(run: Run) -> Section:
    """A structured abstract; background and conclusion are the authors'."""
    blocks = [
        *_left({"Background": "Why this study was needed, and its aim"}),
        *(Heading("Methods"), Paragraph(_in_short(run))),
        *(Heading("Results"), Paragraph(_main_results(run))),
        *_left({"Conclusion": "What the results mean for patients", "Keywords": "Three to six"}),
    ]
    return Section("abstract", "Abstract", blocks, True)


def _in_short(run: Run) -> list[Piece]:
    """Design, how the arms were made comparable, and the primary endpoint."""
    ways = ["matched"] * run.matched + ["weighted"] * any(population.name != "matched" for population in run.adjusted)
    text = " Patients were {ways} by propensity score." if ways else " The arms are compared as treated."
    filled = [*design(run).blocks[0].text, *prose(text, ways=" or ".join(ways))]
    if run.primary:
        label = run.lower(run.key(f"endpoints.{run.primary}.label"))
        filled += prose(" The primary endpoint was {label}.", label=label)
    return filled


def _main_results(run: Run) -> list[Piece]:
    """The flow of patients, then each outcome of the main analysis, without references to tables and figures."""
    text, *_ = flow(replace(run, figures=[], tables={})).blocks
    items = [effect_on(run, run.main, name) for name in run.endpoints()]
    for criterion in list(run.criteria)[:1]:
        rate = rate_of(run, run.main, criterion, "ORR")
        items.append(prose("By {criterion}, {rate}", criterion=run.criterion(criterion), rate=rate))
    items += [outcome_of(run, run.main, name) for name in run.protocol.get("outcomes", {})]
    items += pooled_effects(run)
    if "safety" in run.protocol:
        items += [events_of(run, grade, run.population_of("safety")) for grade in run.protocol["safety"]["grades"]]
    return joined([text.text, *([*item, "."] for item in items)], " ", " ")


def _methods(run: Run) -> Section:
    """Design and analyses."""
    blank = _blank("Names of the centres, years, treatments and imaging; ethics, registration, reporting guideline")
    told = methods(run)
    return replace(told, blocks=[Heading("Study design"), *_texts(design(run)), blank, *told.blocks])


def _told(section: Section) -> list[Block]:
    """A section of the results without its tables and figures, which follow the text."""
    return [Heading(section.title), *_texts(section)]


def _texts(section: Section) -> list[Block]:
    """The text of a section, in which warnings are sentences as all others."""
    blocks = [block for block in section.blocks if not isinstance(block, Table | Figure)]
    return [block._replace(kind="text") if isinstance(block, Paragraph) else block for block in blocks]


def _is_warning(block: Block) -> bool:
    return isinstance(block, Paragraph) and block.kind == "warning"


def _discussion(sections: Iterable[Section]) -> Section:
    """Left to the authors; the run's warnings are what their limitations begin with."""
    blocks = [_blank("What was found, how it fits what is known, and what follows from it"), Heading("Limitations")]
    cautions = [block.brief or block.text for section in sections for block in section.blocks if _is_warning(block)]
    if cautions:
        blocks.append(_blank("Points to discuss, from the checks of this analysis"))
        blocks.append(Bullets(cautions))
    else:
        blocks.append(_blank("Confounding that was not measured, among others"))
    return Section("discussion", "Discussion", blocks)


# Tables and figures


def _shown(run: Run, sections: list[Section]) -> list[Block]:
    """The tables and figures in the order of their citation; the primary endpoint's curves are not in its section."""
    before = {"survival": front_curve(run)}
    blocks = [block for section in sections for block in [*before.get(section.anchor, []), *section.blocks]]
    return [block for block in blocks if isinstance(block, Table | Figure)]


def _of_kind(blocks: list[Block], kind: type) -> list[Block]:
    return [block for block in blocks if isinstance(block, kind)]
