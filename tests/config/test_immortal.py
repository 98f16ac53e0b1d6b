"""Immortal time is found in the config, and reported in statistics, report and at the end of a run."""

import copy

import pytest

from conduct.last_words import findings
from prognosis.fit_prognosis import fit_prognosis
from small_study import SURVIVAL, SmallStudy, said
from subgroups.analyse_subgroup import analyse_subgroup
from twoarm.config.immortal import NOTE, later_criteria, later_in_prognosis, later_subgroups
from twoarm.report.prognosis import prognosis
from twoarm.report.subgroups import subgroups

PROTOCOL = {
    "variables": {
        "age": {"label": "Age", "kind": "continuous"},
        "start": {"label": "Start", "kind": "date"},
        "seen": {"label": "Last contact", "kind": "date"},
        "died": {"label": "Death", "kind": "date", "ends_observation": True},
        "days": {"label": "Days", "kind": "continuous"},
        "dead": {"label": "Dead", "kind": "flag"},
        "sessions": {"label": "Sessions", "kind": "continuous", "timing": "post_baseline"},
    },
    "endpoints": {
        "pfs": {"start": "start", "events": ["progression:recist"], "censor": "seen"},
        "os": {"time": "days", "event": "dead"},
    },
}
CRITERIA = {
    "age >= 18": False,
    "start > '2020-01-01'": False,
    "months(start, seen) >= 3": True,  # censoring of an endpoint
    "missing(died) or age > 18": True,  # ends observation, of no endpoint
    "days >= 90": True,  # a ready-made time
    "not dead": True,  # and its event
    "sessions >= 2": True,  # measured after treatment start
}


@pytest.mark.parametrize("kind", ["inclusion", "exclusion"])
@pytest.mark.parametrize(("criterion", "later"), CRITERIA.items())
def test_a_criterion_that_looks_beyond_treatment_start_is_found(kind, criterion, later):
    part = {"id": "it", "label": "It", {"inclusion": "keep", "exclusion": "drop"}[kind]: criterion}
    found = list(later_criteria({**PROTOCOL, "eligibility": {kind: [part]}}))
    assert found == ([(kind, part)] if later else [])


def test_later_variables_of_prognosis_and_subgroups_are_found():
    protocol = PROTOCOL | {
        "prognosis": {"endpoint": "os", "variables": ["age", "sessions"]},
        "subgroups": {"old": {"variable": "age"}, "treated": {"variable": "sessions"}},
    }
    assert later_in_prognosis(protocol) == ["sessions"]
    assert later_subgroups(protocol) == ["treated"]
    assert (later_in_prognosis(PROTOCOL), later_subgroups(PROTOCOL)) == ([], [])


class LateStudy(SmallStudy):
    """A small study in which the line of therapy is only known after treatment start."""

    @property
    def protocol(self) -> dict:
        protocol = copy.deepcopy(super().protocol)
        protocol["variables"]["line"]["timing"] = "post_baseline"
        protocol["eligibility"] = {
            "inclusion": [{"id": "scanned", "label": "Scanned late", "keep": "missing(last_scan)"}]
        }
        return protocol


def test_the_report_and_the_last_words_say_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = LateStudy().run()
    assert said(subgroups(run), "warning")[0].startswith("Line: measured after treatment start.")
    assert said(prognosis(run), "warning")[-1].startswith("Line of therapy: measured after treatment start.")
    assert "Depends on what happened after treatment start (immortal time): criteria: Scanned late; " \
        "prognosis: Line of therapy; subgroups: Line" in findings(run.protocol)  # fmt: skip
    usual = SmallStudy().run()
    for section in (subgroups, prognosis):
        assert not [text for text in said(section(usual), "warning") if "immortal" in text]
    assert not [line for line in findings(usual.protocol) if "immortal" in line]


def test_the_statistics_bear_a_note():
    study = SmallStudy()
    for timing, noted in (("post_baseline", True), ("baseline", False)):
        table = fit_prognosis(study.patients, {"age": {"timing": timing}}, "matched", "C", 1.0, ["arm"])
        notes = table.loc[(table["statistic"] == "hazard_ratio") & (table["method"] == "cox_univariable")]
        assert [NOTE in note for note in notes.set_index("variable").loc[["age", "arm"], "note"]] == [noted, False]
        subgroup = {"variable": "line", "endpoint": "os", "timing": timing}
        table, _ = analyse_subgroup(study.patients, "line", subgroup, "matched", "T", "C", SURVIVAL)
        assert (NOTE in table.loc[table["method"] == "cox_interaction", "note"].item()) is noted
