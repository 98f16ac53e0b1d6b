"""The keys of the tidy tables: one text for one thing, for any names of arms, levels and dates."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from twoarm.config.keys import OVERALL, between, censored_at, contrast, ends_of, key_errors, never_seen, told_apart

WORDS = st.lists(
    st.sampled_from(["A", "B", "vs", "overall", "per", "unit", "line=A", ":", ","]), min_size=1, max_size=4
)
LEVELS = st.lists(WORDS.map(" ".join), min_size=2, max_size=4, unique=True)


def study(levels: list[str], treated: str = "T", control: str = "C") -> dict:
    return {
        "arms": {"treated": {"value": treated}, "control": {"value": control}},
        "variables": {"line": {"kind": "categorical", "levels": {str(n): level for n, level in enumerate(levels)}}},
        "subgroups": {"line": {"variable": "line"}},
    }


@given(levels=LEVELS, arm=WORDS.map(" ".join))
def test_either_every_key_is_of_one_thing_or_the_config_is_at_error(levels, arm):
    groups = [OVERALL, *levels, *(contrast(*pair) for pair in combinations(levels, 2))]
    strata = [arm, *(f"line={level}" for level in levels)]
    unique = len(set(groups)) == len(groups) and len(set(strata)) == len(strata)
    assert (key_errors(study(levels, treated=arm)) == []) is unique


def test_names_that_look_like_contrasts_are_not_errors():
    assert key_errors(study(["per protocol", "x: y", "1, 2", "a=b", "only vs"], "TACE vs none", "TACE")) == []


def test_the_test_between_levels_is_of_all_of_them():
    assert between(["a", "b"]) == "a vs b"
    assert between(["a", "b", "c"]) == "overall"


def test_how_observation_can_end_follows_from_the_config():
    dates = {"start": "begun", "events": ["progression:recist", "death"], "censor": "last_scan"}
    assert ends_of(dates) == {
        "progression:recist": ("progression", "recist"),
        "death": ("event", "death"),
        "censored: last_scan": ("censored", "last_scan"),
        "censored: no last_scan after begun": ("never_seen", "last_scan", "begun"),
    }
    assert censored_at(never_seen(dates)) in ends_of(dates)
    assert ends_of({"time": "days", "event": "died"}) == {"died": ("event", "died"), "censored: days": ("without",)}


def test_labels_that_repeat_are_distinguished_by_their_names():
    labels = {"line": "Line", "dose": "Dose", "line_2": "Line"}
    assert told_apart(labels) == {"line": "Line (line)", "dose": "Dose", "line_2": "Line (line_2)"}
