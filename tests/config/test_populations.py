"""The list of populations that everything uses."""

import pytest

from twoarm.config.populations import ENROLLED, MATCHED, adjusted, main_of, population_of, populations_of

CONFIGS = [{}, {"propensity": {"covariates": ["age"]}}]


@pytest.mark.parametrize("config", CONFIGS)
def test_everyone_comes_first_and_one_population_is_the_main_one(config):
    populations = populations_of(config)
    assert populations[0].name == ENROLLED
    assert [population for population in populations if population.main] == [main_of(populations)]
    assert len({population.name for population in populations}) == len(populations)
    assert len({population.patients for population in populations}) == len(populations)


def test_a_study_that_matches_is_analysed_before_and_after_and_its_main_results_are_after():
    before, after = populations_of(CONFIGS[1])
    assert (before.when, after.when) == ("before matching", "after matching")
    assert after.main and after.pairs and adjusted([before, after]) == [after]
    assert not before.pairs and not before.weights


@pytest.mark.parametrize(
    ("matching", "together"),
    [({}, "pair"), ({"ratio": 1}, "pair"), ({"ratio": 2}, "set"), ({"ratio": 2, "replace": True}, ""),
     ({"ratio": {"mean": 2, "min": 1, "max": 3}}, "set")],
)  # fmt: skip
def test_the_matched_say_whether_they_are_pairs_or_sets(matching, together):
    before, after = populations_of(CONFIGS[1] | {"matching": matching})
    assert (before.together, after.together) == ("", together)
    assert bool(after.pairs) == bool(together)


def test_a_label_inside_a_sentence_keeps_its_abbreviations():
    weighted = main_of(populations_of(CONFIGS[0]))._replace(label="After IPTW", whom="ECOG 0 patients")
    assert (weighted.when, weighted.inside_sentence) == ("after IPTW", "ECOG 0 patients")


def test_everyone_alone_is_the_main_population_and_nothing_is_adjusted():
    (everyone,) = populations_of(CONFIGS[0])
    assert everyone.main and everyone.label == "All patients" and not adjusted([everyone])


def test_a_part_of_the_config_may_ask_for_another_population():
    populations = populations_of(CONFIGS[1])
    assert population_of({}, populations).name == MATCHED
    assert population_of({"population": ENROLLED}, populations).name == ENROLLED
    with pytest.raises(KeyError):
        population_of({"population": MATCHED}, populations_of(CONFIGS[0]))
