"""Documents of reports: numbers with sources, numbering, links, and two writers with the same content."""

import re
from urllib.parse import unquote

import pytest

from report.fill_checklists import checklist_document
from report_numbers import html_content, word_content
from tidy import values
from twoarm.documents.web_page import rich
from twoarm.report.closing import assumptions
from twoarm.report.document import Bullets, Document, Heading, Paragraph, Section, Table, explained_once
from twoarm.report.document_html import document_html
from twoarm.report.document_word import write_document
from twoarm.report.front import front
from twoarm.report.patients import design
from twoarm.report.run import Run
from twoarm.text.abbreviations import explained
from twoarm.text.provenance import Link, Sourced, joined, pieces, plain, prose

# Text and its sources


def test_prose_takes_numbers_from_sources_only():
    median = Sourced("6.5", "survival | ...", "6.53")
    assert prose("median {m} months", m=median) == ["median ", median, " months"]
    assert prose("{a}{b}", a=["x", median], b="") == ["x", median]
    with pytest.raises(ValueError, match="typed into the text"):
        prose("median 6.5 months")


def test_a_text_is_split_at_its_sourced_parts_from_the_right():
    count = Sourced("80", "row")
    assert pieces("80 mg\n(n = 80)", [count]) == ["80 mg\n(n = ", count, ")"]
    assert plain(pieces("28 (43.8)", [Sourced("28", "a"), Sourced("43.8", "b")])) == "28 (43.8)"
    with pytest.raises(ValueError, match="is not in"):
        pieces("28", [Sourced("29", "a")])


def test_items_are_joined_as_in_a_sentence():
    assert plain(joined([["a"], ["b"], ["c"]])) == "a, b and c"
    assert joined([]) == []


def test_a_source_is_shown_on_hover_and_everything_is_escaped():
    told = rich(
        [Sourced("<0.001", 'row "x"', "0.0001"), " & ", Link("table-a"), Link("report.html#b", "B")],
        {"table-a": "Table 1"},
    )
    assert '<data value="0.0001" title="row &quot;x&quot;">&lt;0.001</data> &amp; ' in told
    assert '<a href="#table-a">Table 1</a><a href="report.html#b">B</a>' in told


# A document


def test_tables_and_figures_are_numbered_as_they_appear(document):
    assert document.names() == {"one": "First", "two": "Second & last", "figure-f": "Figure 1", "table-t": "Table 1"}


def test_a_page_is_whole_and_its_links_resolve(document, tmp_path):
    page = document_html(document)
    targets = re.findall(r'href="#([^"]+)"', page)
    assert len(targets) >= 6
    assert all(f'id="{target}"' in page for target in targets)
    assert "Nobody is in it" in page and 'alt="what it &quot;shows&quot;"' in page
    beside = f"../{tmp_path.name}/f"
    links = [("f.svg", f"{beside}.svg"), ("f.png", f"{beside}.png"), ("", f"{beside}.pdf")]
    assert re.findall(r'<a(?: download="([^"]+)")? href=.(\.\./[^"\']+)', page) == links
    assert not re.search(r"src=.(?!data:)", page)


def test_a_figure_is_in_the_page_once_and_as_it_is(document, tmp_path):
    drawn = """<svg xmlns='http://www.w3.org/2000/svg' width="72pt" height="36pt">
        <text x="1%" id="#'&amp;">50% ≤ 1</text></svg>"""
    (tmp_path / "f.svg").write_text(drawn, encoding="utf-8")
    page = document_html(document)
    (address,) = re.findall(r"src='data:image/svg\+xml;charset=utf-8,([^']+)'", page)
    assert unquote(address) == drawn and page.count("image/svg+xml;") == 1
    assert 'style="--width: 72pt"' in page and 'width="96" height="48"' in page  # pixels of a page


def test_a_phone_sees_the_form_for_a_column_and_the_file_that_is_saved_stays_the_page(document, tmp_path):
    figure = document.sections[1].blocks[-1]
    (tmp_path / "column.svg").write_text('<svg width="9pt" height="8pt">\n  <g/> <!-- a, b -->\n</svg>')
    column = figure._replace(files=figure.files | {"column": str(tmp_path / "column.svg")})
    document.sections[1].blocks[-1] = column
    page = document_html(document)
    (address,) = re.findall(
        r"<source media=\"screen and [^>]*srcset='data:image/svg\+xml;charset=utf-8,(\S+)'><img", page
    )
    assert unquote(address) == '<svg width="9pt" height="8pt"> <g/> <!-- a, b --> </svg>'
    assert page.count("<img") == 1 and "column.svg" not in page
    document.front = Section("front", "First page", [column._replace(name="g")])
    assert "<source srcset=" in document_html(document)


def test_a_figure_that_is_lower_in_a_column_stands_beside_its_text_in_print(document, tmp_path):
    figure = document.sections[1].blocks[-1]
    text, heights = Paragraph(["What it says."]), {"page": 60, "column": 50}
    for name, height in heights.items():
        (tmp_path / f"{name}.svg").write_text(f'<svg width="90pt" height="{height}pt"></svg>')
    paths = {name: str(tmp_path / f"{name}.svg") for name in heights}
    low = figure._replace(files={"svg": paths["page"], "column": paths["column"]})
    document.sections[1].blocks[-1:] = [text, low]
    page = document_html(document)
    assert re.search(r"<p>What it says.</p>\s*</div>\s*<figure", page) and page.count('<div class="beside">') == 1
    assert "<source srcset=" in page
    document.sections[1].blocks[-1] = figure._replace(files={"svg": paths["column"], "column": paths["page"]})
    page = document_html(document)
    assert 'class="beside"' not in page and '<source media="screen and' in page and "What it says." in page


def test_word_says_what_the_page_says_and_is_the_same_file_each_time(document, tmp_path):
    for name in ("a", "b"):
        write_document(document, str(tmp_path / f"{name}.docx"))
    assert (tmp_path / "a.docx").read_bytes() == (tmp_path / "b.docx").read_bytes()
    texts, tables = html_content(document_html(document))
    word_texts, word_tables = word_content(tmp_path / "a.docx")
    assert word_tables == tables
    assert [text for text in texts if text not in word_texts] == []


# Sections that judge


def run_of(config: dict, **statistics) -> Run:
    arms = {
        "treated": {"value": "X", "short": "X", "label": "Drug"},
        "control": {"value": "Y", "short": "Y", "label": "None"},
    }
    base = {
        "study": {"title": "T", "time_unit": "months"},
        "data": {},
        "arms": arms,
        "eligibility": {},
        "endpoints": {},
    }
    tables = {name: values(rows) for name, rows in statistics.items()}
    return Run({**base, **config}, tables, {}, [])


VARIABLES = {name: {"label": name.capitalize()} for name in ("start", "last", "death", "age")}
OVERALL = {"os": {"label": "Overall survival", "start": "start", "events": ["death"], "censor": "last"}}


@pytest.mark.parametrize(
    ("criterion", "warned"),
    [
        ("months(start, last) < 3", True),
        ("missing(death)", True),
        ("age > 80", False),
        ("days(start, start) > 1", False),
    ],
)
def test_a_criterion_judged_by_the_future_is_warned_of(criterion, warned):
    eligibility = {"exclusion": [{"id": "c", "label": "A criterion", "drop": criterion}]}
    key = {"analysis": "attrition", "population": "screened", "variable": "c", "statistic": "n"}
    counts = [{**key, "group": arm, "value": n} for arm, n in (("X", 5), ("Y", 1))]
    protocol = {"eligibility": eligibility, "endpoints": OVERALL, "variables": VARIABLES}
    section = design(run_of(protocol, attrition=counts))
    warnings = [
        plain(block.text) for block in section.blocks if isinstance(block, Paragraph) and block.kind == "warning"
    ]
    assert bool(warnings) == warned
    said = "Criteria that depend on what happened after treatment start: A criterion (left out 5 with X and 1 with Y)."
    assert [text[: len(said)] for text in warnings] == [said] * warned


def test_figures_that_follow_each_other_are_cited_as_a_range():
    run = run_of({"variables": VARIABLES}, attrition=[])
    run.figures = ["a", "b", "c"]
    assert run.cite_range("figure-a", "figure-x", "figure-b") == [" (", Link("figure-a"), ", ", Link("figure-b"), ")"]
    assert run.cite_range("figure-a", "figure-b", "figure-c") == [" (", Link("figure-a"), " to ", Link("figure-c"), ")"]
    assert run.cite_range("figure-x") == []


def test_the_first_page_has_a_line_on_every_warning_with_its_place():
    warnings = [Paragraph(["beware of much"], "warning", ["beware"]), Paragraph(["take care"], "warning")]
    sections = [Section("a", "A", [Paragraph(["fine"]), warnings[0]]), Section("b", "B", warnings[1:])]
    blocks = front(run_of({"variables": VARIABLES}, attrition=[]), sections).blocks
    assert blocks[-1] == Bullets([["beware", " (", Link("a"), ")"], ["take care", " (", Link("b"), ")"]])
    without = front(run_of({"variables": VARIABLES}, attrition=[]), []).blocks
    assert "no outcome" in plain(without[-1].text) and not any(isinstance(block, Table) for block in without)


def test_an_abbreviation_is_explained_where_a_text_first_uses_it():
    texts = [["AFP and PD-1, not AFPX."], ["AFP again, HCC and HCC."]]
    sections = [Section(str(place), "S", [Heading("AFP"), Paragraph(text)]) for place, text in enumerate(texts)]
    known = {"AFP": "alpha-fetoprotein", "HCC": "liver cancer", "PD-1": "programmed death 1"}
    first, second = (plain(section.blocks[1].text) for section in explained_once(sections, known))
    assert first == "AFP (alpha-fetoprotein) and PD-1 (programmed death 1), not AFPX."
    assert second == "AFP again, HCC (liver cancer) and HCC." and len(known) == 3


def test_an_explained_abbreviation_keeps_its_label_s_source():
    label = Sourced("PD-1 inhibitor", "config: arms.treated.label")
    sections = [Section("a", "A", [Bullets([[label], [label]])])]
    (section,) = explained_once(sections, {"PD-1": "programmed death 1"})
    assert section.blocks[0].items == [[label._replace(text="PD-1 (programmed death 1) inhibitor")], [label]]


def test_the_appendix_has_numbers_of_its_own(document):
    moved = Document("T", [], "", document.sections[:1], appendix=document.sections[1:])
    assert moved.names() == {"one": "First", "two": "Second & last", "figure-f": "Figure A1", "table-t": "Table 1"}


def test_an_assumption_is_listed_whole(tmp_path):
    (tmp_path / "a.py").write_text(
        "x = 1\n    # ASSUME: one thing,\n    # and its reason.\ny = 2\n# ASSUME: another.\n"
    )
    assert [plain(item) for item in assumptions([str(tmp_path / "a.py")], {})] == [
        "One thing, and its reason.",
        "Another.",
    ]


# Checklists


def test_an_item_is_answered_only_if_the_report_has_what_it_needs():
    items = [
        {"id": "1", "topic": "T", "asks": "?", "needs": ["table-a"], "see": ["table-a", "gone"], "answer": "Yes."},
        {"id": "2", "topic": "T", "asks": "?", "needs": ["table-a", "gone"], "see": [], "answer": "Yes."},
        {"id": "3", "topic": "T", "asks": "?", "needs": ["table-a"], "answer": "Yes.", "authors": "Why."},
        {"id": "4", "topic": "T", "asks": "?", "needs": [], "see": ["table-a"], "authors": "All."},
    ]
    checklist = {"name": "List", "title": "A list", "source": "Someone 2020", "items": items}
    document = checklist_document([checklist], {"table-a": "Table 1"}, ["matching"], "Study", "")
    table = document.sections[0].blocks[-1].table
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Answered", "Table 1", "Yes.", "", ""],
        ["For the authors", "", "", "Not computed in this study: say why, or where it is reported.", ""],
        ["In part", "Table 1", "Yes.", "Why.", ""],
        ["For the authors", "", "", "All.", ""],
    ]
    assert plain(table.notes[0]) == "1 answered; 2 for the authors; 1 in part."
    assert '<a href="report.html#table-a">Table 1</a>' in document_html(document)


OF_WAYS = [
    {
        "id": "1", "topic": "T", "asks": "?", "needs": [], "see": ["figure-survival_*"],
        "answer": {"matching": "Matched.", "weights": "Weighted.", "adjustment": "Adjusted."},
    },
    {"id": "2", "topic": "T", "about": "matching", "asks": "?", "needs": ["a"], "answer": "Pairs.", "authors": "Why."},
    {"id": "3", "topic": "T", "about": "weights", "asks": "?", "needs": ["a"], "answer": "Weights."},
]  # fmt: skip
FIGURES = "Figure 1, Figure 2"


@pytest.mark.parametrize(
    ("ways", "expected"),
    [
        (
            ["matching", "weights"],
            [("Answered", FIGURES, "Matched. Weighted."), ("In part", "A", "Pairs."), ("Answered", "A", "Weights.")],
        ),
        (
            ["adjustment"],
            [("Answered", FIGURES, "Adjusted."), ("Does not apply", "", ""), ("Does not apply", "", "")],
        ),
        ([], [("For the authors", "", ""), ("Does not apply", "", ""), ("Does not apply", "", "")]),
    ],
)
def test_a_checklist_speaks_of_the_ways_that_the_study_uses(ways, expected):
    checklist = {"name": "List", "title": "A list", "source": "Someone 2020", "items": OF_WAYS}
    anchors = {
        "figure-survival_enrolled": "Figure 1",
        "figure-survival_iptw": "Figure 2",
        "a": "A",
        "table-survival": "T",
    }
    table = checklist_document([checklist], anchors, ways, "Study", "").sections[0].blocks[-1].table
    assert [tuple(cell.text for cell in row.cells[:3]) for row in table.rows] == expected
    left = [row.cells[3].text for row in table.rows]
    if ways == ["adjustment"]:
        assert left == ["", "This study uses no matching.", "This study uses no weights."]


# Abbreviations


def test_abbreviations_are_explained_where_they_are_words():
    known = {
        "PD-1": "programmed death 1",
        "TACE": "embolization",
        "3L+": "third line or later",
        "AFP": "alpha-fetoprotein",
    }
    assert plain(explained(["TACE + PD-1 inhibitor", "3L+"], known)) == (
        "3L+, third line or later; PD-1, programmed death 1; TACE, embolization."
    )
    assert explained(["AFPX", "PD-10"], known) == []


def test_no_line_breaks_an_interval():
    limits = [Sourced("−0.7", "config: a"), " to ", Sourced("25.4", "config: b")]
    page = document_html(Document("T", [], "", [Section("a", "A", [Paragraph(["CI ", *limits, " to all."])])]))
    assert re.search(r'CI <span class="range"><data[^<]*</data> to <data[^<]*</data></span> to all\.', page)
