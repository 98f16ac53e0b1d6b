"""The verdicts against the rules written a second time (plain_rules), for random patients on every boundary."""

import numpy as np
import pandas as pd
import pytest

from plain_rules import Patient, best
from response_cases import START
from twoarm.response.best_response import patient_responses
from twoarm.response.lesions import lesion_errors
from twoarm.response.response_rules import rules_for
from twoarm.response.tumour_response import visit_verdicts

PATIENTS = 200
NOTHING = float("nan")
# The factors and steps from one size to the next, sizes of nodes, and days between visits, are the rules' limits.
FACTORS = [0, 0, 0, 0.5, 0.699, 0.7, 0.701, 0.9, 1, 1, 1.199, 1.2, 1.201, 1.5]
STEPS = [-5, 0, 0.1, 0.1 + 0.2, 4.999, 5, 5.001]
NODES = [0, 5, 8, 9.9, 10, 10.1, 15, 19.9, 20, 25]
GAPS = [15, 27, 28, 29, 41, 42, 56]
TARGETS = ["liver", "liver", "lung", "lymph_node", "porta_hepatis_node", "bone"]
OTHERS = ["liver", "lung", "lymph_node", "porta_hepatis_node", "ascites"]


class Maker:
    """Random patients whose lesion tables have no error."""

    def __init__(self, seed):
        self.draw = np.random.default_rng(seed)

    def pick(self, *values):
        return values[self.draw.integers(len(values))]

    def maybe(self, chance):
        return self.draw.random() < chance

    def patient(self):
        """The rows of a patient as dicts, whose baseline is on the day before the start or on the start."""
        chosen = self.draw.permutation(len(TARGETS))[: self.draw.integers(0, 5)]
        targets = {f"T{place}": TARGETS[place] for place in chosen}
        others = {f"O{place}": self.pick(*OTHERS) for place in range(self.pick(0, 1, 2) if targets else 1)}
        new = {f"N{place}": self.pick("liver", "liver", *OTHERS) for place in range(self.pick(0, 0, 1, 2))}
        days = np.cumsum([self.pick(-1, 0), *(self.pick(*GAPS) for _ in range(self.draw.integers(0, 7)))])
        before, rows = {}, []
        for place, day in enumerate(map(int, days)):
            first, gone = place == 0, self.maybe(0.3)
            found = [self.target(name, site, before, first, gone) for name, site in targets.items()]
            found += [self.other(name, site, first, gone) for name, site in others.items()]
            found += [self.new(name, site) for name, site in new.items() if not first and self.maybe(0.5)]
            for row in found:
                late = 0 if first else self.pick(0, 0, 3)
                unread = not first and self.maybe(0.05)
                rows.append(row | {"date": day + late, "visit": f"v{place}", "evaluable": not unread})
                if unread and row["status"] == "unequivocal_progression":
                    rows[-1]["status"] = "present"
        return [row for row in rows if row["visit"] == "v0" or not self.maybe(0.03)]

    def row(self, lesion, site, role, status="", diameter=NOTHING, viable=NOTHING):
        pattern = self.pick("", "", "", "typical", "atypical") if role == "new" and site == "liver" else ""
        cytology = self.pick("", "positive", "negative") if site == "ascites" else ""
        own = {"lesion_id": lesion, "site": site, "role": role, "status": status, "part_of": ""}
        return own | {"diameter_mm": diameter, "viable_mm": viable, "pattern": pattern, "cytology": cytology}

    def target(self, name, site, before, first, gone):
        node, liver = "node" in site, site == "liver"
        if first:
            size = self.pick(15, 19.9, 20, 20.1, 30) if node else self.pick(10, 10.1, 12, 20, 25, 50, 100)
            viable = self.pick(size, size, min(size, 10), 9.9)
            before[name] = (size, viable)
            return self.row(name, site, "target", "", size, viable if liver else NOTHING)
        if self.maybe(0.05):
            return self.row(name, site, "target", self.pick("absent", "present"))
        small = self.pick(0, 8, 9.9) if node else 0
        size, viable = (small, 0) if gone else map(self.next_size, before[name])
        if node and self.maybe(0.3) and not gone:
            size = self.pick(*NODES)
        viable = min(size, self.pick(size, viable))
        before[name] = (size, viable)
        row = self.row(name, site, "target", "", size, viable if liver else NOTHING)
        return row | ({"lesion_id": f"{name}a", "part_of": name} if self.maybe(0.03) else {})

    def next_size(self, before):
        return round(before * self.pick(*FACTORS) if self.maybe(0.6) else max(0, before + self.pick(*STEPS)), 3)

    def other(self, name, site, first, gone):
        size = self.pick(*NODES[4:]) if "node" in site else NOTHING
        if first:
            return self.row(name, site, "non_target", self.pick("present", "equivocal"), size)
        if gone or self.maybe(0.2):
            return self.row(name, site, "non_target", "absent")
        if "node" in site and self.maybe(0.5):
            return self.row(name, site, "non_target", "present", self.pick(*NODES[1:]))
        status = self.pick("absent", "present", "present", "equivocal", "unequivocal_progression")
        return self.row(name, site, "non_target", status, NOTHING if status == "absent" else size)

    def new(self, name, site):
        status = self.pick("absent", "present", "equivocal", "equivocal")
        size = NOTHING if status == "absent" else self.pick(*NODES[1:])
        return self.row(name, site, "new", status, size if site == "liver" or "node" in site else NOTHING)


def table_of(patients):
    rows = [{"patient_id": patient, "reader": "r"} | row for patient, own in patients.items() for row in own]
    table = pd.DataFrame(rows)
    return table.assign(visit_date=START + pd.to_timedelta(table["date"], unit="D"), row=table.index + 2)


def number(value):
    return None if value is None or value != value else round(float(value), 6)


def verdicts_of(visits):
    """The engine's visits in the form of plain_rules."""
    return [
        {"assessed": (visit.assessed - START).days, "date": visit.day, "target": visit.target,
         "non_target": visit.non_target, "new": visit.new_lesion == "yes", "overall": visit.overall,
         "sum": number(visit.sum_mm), "base": number(visit.baseline_mm), "nadir": number(visit.nadir_mm)}
        for visit in visits.itertuples()
    ]  # fmt: skip


@pytest.mark.parametrize("criterion", ["recist", "mrecist"])
@pytest.mark.parametrize(
    ("seed", "given"),
    [
        (1, {}),
        (2, {"confirm": True}),
        (3, {"confirm": True, "confirm_days": 42, "sd_min_days": 0, "pd_abs_mm": 5}),
        (4, {"relapse_after_cr": "by_sum", "confirm": True, "sd_min_days": 28}),
    ],
)
def test_verdicts_and_best_response_against_rules_written_twice(seed, given, criterion):
    make = Maker(seed)
    patients = {f"p{place:03}": make.patient() for place in range(PATIENTS)}
    lesions, starts = table_of(patients), pd.Series(START, index=list(patients))
    assert lesion_errors(lesions, starts, [rules_for("recist"), rules_for("mrecist")]) == []
    therapy = {patient: make.pick(*rows)["date"] for patient, rows in patients.items() if make.maybe(0.2)}
    dates = pd.Series({patient: START + pd.Timedelta(days=day) for patient, day in therapy.items()})
    rules = rules_for(criterion, given)
    visits = visit_verdicts(lesions, starts, rules)
    responses = patient_responses(visits, list(patients), rules, dates).set_index("patient_id")
    settings = {key: given[key] for key in ("pd_abs_mm", "relapse_after_cr") if key in given}
    times = {key: given[key] for key in ("sd_min_days", "confirm", "confirm_days") if key in given}
    for patient, rows in patients.items():
        plain = Patient(rows, 0, criterion, **settings)
        expected = plain.verdicts()
        lengths = [{key: number(verdict[key]) for key in ("sum", "base", "nadir")} for verdict in expected]
        own = verdicts_of(visits[visits["patient_id"] == patient])
        assert own == [verdict | mm for verdict, mm in zip(expected, lengths, strict=True)], rows
        course = [(verdict["date"], verdict["overall"]) for verdict in expected]
        found = responses.loc[patient]
        assert found["best_response"] == best(course, bool(plain.targets), therapy=therapy.get(patient), **times)
        progressed = min((date for date, response in course if response == "PD"), default=None)
        assert progressed == (None if pd.isna(found["progression_date"]) else (found["progression_date"] - START).days)
