"""The reporting checklists: complete by number, in one format, with links only to what the report may have."""

import re

import pytest
import yaml

from runs import REPO

FOLDER = REPO / "resources/checklists"
IDS = {
    "strobe": (
        "1a 1b 2 3 4 5 6a 6b 7 8 9 10 11 12a 12b 12c 12d 12e 13a 13b 13c 14a 14b 14c 15 16a 16b 16c 17 18 19 20 21 22"
    ),
    "target": (
        "1a 1b 1c 2 3 4 5 6a 6b 6c 6d 6e 6f 6g 6h 7a 7b 7c 7d 7e 7f 7g.i 7g.ii 7h.i 7h.ii "
        "8 9 10 11 12 13 14 15 16 17 18 19 20 21"
    ),
    "propensity": "1 9 12 13 14 15 16 17 18 19 20 25.4 28 29 30",  # as far as the source could be read
}
ANCHOR = re.compile(
    "design|flow|baseline|balance|response|outcomes|survival|subgroups|prognosis|safety|robustness|diagnostics|methods"
    "|reproduction|provenance"
    r"|figure-(flowchart|love_plot|score_overlap|survival_\*|subgroups_forest|prognosis|safety"
    "|waterfall_(mrecist|recist))"
    "|table-(baseline|response_(mrecist|recist)|outcomes|survival|prognosis|subgroups|safety)"
)
LISTS = {name: yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")) for name in IDS}
ITEMS = [pytest.param(item, id=f"{name} {item['id']}") for name, content in LISTS.items() for item in content["items"]]


WAYS = ["matching", "weights", "adjustment"]


def answers(item) -> list[str]:
    """The answer of an item, or those for each way of making the arms comparable."""
    answer = item.get("answer", {})
    return [answer] if isinstance(answer, str) else list(answer.values())


def test_each_file_is_tested():
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(IDS)


@pytest.mark.parametrize("name", IDS)
def test_a_list_is_complete_and_in_order(name):
    content = LISTS[name]
    assert set(content) - {"remark"} == {"name", "title", "source", "items"}
    assert all(isinstance(content[key], str) for key in content if key != "items")
    assert [item["id"] for item in content["items"]] == IDS[name].split()


@pytest.mark.parametrize("item", ITEMS)
def test_an_item_has_the_keys_of_the_format(item):
    keys = ["id", "section", "topic", "about", "asks", "needs", "see", "answer", "authors"]
    assert list(item) == [key for key in keys if key in item]
    assert set(keys[:7]) - {"about"} <= set(item) and item.get("about", "matching") in ("matching", "weights")
    kinds = {"needs": list, "see": list, "answer": (str, dict)}
    assert all(isinstance(item[key], kinds.get(key, str)) for key in item)
    assert all(text.endswith(".") for text in [item["asks"], item.get("authors", "."), *answers(item)])
    assert ". " not in item["asks"]
    if isinstance(item.get("answer"), dict):
        assert list(item["answer"]) == [way for way in WAYS if way in item["answer"]] != []


@pytest.mark.parametrize("item", ITEMS)
def test_an_anchor_is_one_that_a_report_may_have(item):
    for key in ("needs", "see"):
        assert len(set(item[key])) == len(item[key])
        assert [anchor for anchor in item[key] if not ANCHOR.fullmatch(anchor)] == []


@pytest.mark.parametrize("item", ITEMS)
def test_an_answer_goes_with_what_it_needs_and_authors_with_the_rest(item):
    assert ("answer" in item) == bool(item["needs"])
    assert "authors" in item or item["needs"]
    assert not re.search(r"\d", " ".join(answers(item)))


def test_the_readme_counts_the_items():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for name, content in LISTS.items():
        answered = sum(bool(item["needs"]) for item in content["items"])
        row = next(line for line in readme.splitlines() if line.startswith(f"| `{name}.yaml`"))
        total = len(content["items"])
        assert row.split("|")[3:6] == [f" {n} " for n in (total, answered, total - answered)]
