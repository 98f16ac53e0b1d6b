"""The report of the shipped study: every number has a source, Word has the same content, no patient data."""

import pytest

from report_numbers import Sources, errors, html_content, word_content

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def page(shipped) -> str:
    return (shipped / "results/report/report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def reproduction(shipped) -> str:
    return (shipped / "results/report/reproduction.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sources(shipped) -> Sources:
    return Sources(shipped)


def test_every_number_of_the_report_follows_from_its_source(page, sources):
    assert page.count("<data ") > 1000
    assert errors(page, sources) == []


def test_every_number_of_a_table_file_follows_from_its_source(shipped, sources):
    for path in sorted((shipped / "results/tables").glob("*.html")):
        table = path.read_text(encoding="utf-8")
        assert "<data " in table
        assert errors(table, sources) == [], path.name


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (">0.52</data>", ">0.53</data>", "rounds to 0.52"),
        ("kaplan_meier", "kaplan_meyer", "no such row"),
        ("<h2>Survival</h2>", "<h2>Survival</h2><p>In 64 patients</p>", "a number without source"),
        ("log-rank P\u00a0=\u00a0<data", "log-rank P\u00a0=\u00a00.03, <data", "a number without source"),
    ],
)
def test_a_number_that_does_not_follow_is_found(page, sources, old, new, why):
    assert old in page
    assert any(why in error for error in errors(page.replace(old, new, 1), sources))


def test_a_count_of_rows_that_does_not_follow_is_found(reproduction, sources):
    assert ">463</data>" in reproduction
    wrong = reproduction.replace(">463</data>", ">464</data>", 1)
    assert any("there are 463" in error for error in errors(wrong, sources))


def test_every_number_of_the_reproduction_follows_from_its_source(reproduction, sources):
    assert errors(reproduction, sources) == []


def test_word_says_the_same(shipped, page):
    texts, tables = html_content(page)
    word_texts, word_tables = word_content(shipped / "results/report/report.docx")
    assert word_tables == tables
    left = list(word_texts)
    missing = []
    for text in texts:
        if text in left:
            left.remove(text)
        else:
            missing.append(text)
    assert missing == []
