"""A made-up study with three levels, small enough to be analysed in a test, with any names of arms and levels."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from matching.assess_balance import assess_balance
from prognosis.fit_prognosis import fit_prognosis
from subgroups.analyse_subgroup import analyse_subgroup
from survival.derive_endpoints import count_reasons
from survival.estimate_survival import estimate_survival
from tidy import values_of
from twoarm.config.keys import censored_at, never_seen
from twoarm.report.document import Bullets, Paragraph
from twoarm.report.run import Run
from twoarm.results.statistics import statistics_table
from twoarm.stats.imbalance import assessed
from twoarm.text.provenance import plain

SURVIVAL = {"times": [6], "conf_type": "log"}
LIMITS = {"denominator": "treated", "smd": 0.1, "variance_ratio": [0.5, 2]}


@dataclass
class SmallStudy:
    """90 patients, whose third level dies early only in the treated arm.

    treated, control: the arms' values; levels: three printed levels; seed: of the random part.
    """

    treated: str = "T"
    control: str = "C"
    levels: list[str] = field(default_factory=lambda: ["first", "second", "third"])
    seed: int = 1

    def __post_init__(self):
        random = np.random.default_rng(self.seed)
        n, early = 90, np.arange(90) % 3 == 2
        arm = np.where(np.arange(n) % 2 == 0, self.treated, self.control)
        slow = np.where(early & (arm == self.treated), 2.0, 14.0)
        last = random.uniform(12, 30, n).round(2)
        event = random.exponential(slow).round(2) + 0.1
        self.patients = pd.DataFrame(
            {
                "patient_id": [f"P{place:03d}" for place in range(n)],
                "arm": arm,
                "line": pd.Categorical(np.array(self.levels)[np.arange(n) % 3], categories=self.levels, ordered=True),
                "age": random.normal(60, 9, n).round(),
                "size": random.normal(5, 1, n).round(1),
                "sessions": random.poisson(3, n).astype(float),
                "time": np.minimum(event, last),
                "event": (event <= last).astype(int),
            }
        )

    @property
    def protocol(self) -> dict:
        """The config with its defaults, as the report reads it."""
        levels = {str(place): level for place, level in enumerate(self.levels)}
        return {
            "study": {"title": "A study", "time_unit": "months", "abbreviations": {}},
            "data": {},
            "arms": {
                "treated": {"value": self.treated, "short": self.treated, "label": "Drug"},
                "control": {"value": self.control, "short": self.control, "label": "Placebo"},
            },
            "variables": {
                "line": {"label": "Line of therapy", "kind": "categorical", "levels": levels},
                "age": {"label": "Age", "kind": "continuous"},
                "size": {"label": "Size", "kind": "continuous"},
                "sessions": {"label": "Sessions", "kind": "continuous", "timing": "post_baseline"},
                "start": {"label": "Start of treatment", "kind": "date"},
                "death": {"label": "Death", "kind": "date"},
                "last_scan": {"label": "Last scan", "kind": "date"},
            },
            "eligibility": {},
            "propensity": {"covariates": ["age"]},
            "matching": {"caliper": 0.2, "ratio": 1},
            "balance": LIMITS,
            "baseline": {"variables": ["age", "size", "sessions"]},
            "endpoints": {
                "os": {"label": "Overall survival", "start": "start", "events": ["death"], "censor": "last_scan"}
            },
            "subgroups": {"line": {"label": "Line", "variable": "line", "endpoint": "os"}},
            "prognosis": {"endpoint": "os", "variables": ["line", "age"], "select": 1.0},
        }  # fmt: skip

    def statistics(self) -> dict[str, pd.DataFrame]:
        """The tidy tables by analysis; every patient is matched, so that all sections of the report are made."""
        arms, endpoint = (self.treated, self.control), self.protocol["endpoints"]["os"]
        survival, self.curves = estimate_survival(
            self.patients[["patient_id", "time", "event"]].assign(endpoint="os"),
            {name: self.patients[["patient_id", "arm"]] for name in ("enrolled", "matched")},
            *arms,
            SURVIVAL,
        )
        subgroup, self.subgroup_curves = analyse_subgroup(
            self.patients, "line", {"variable": "line", "endpoint": "os"}, "matched", *arms, SURVIVAL
        )
        reasons = np.where(self.patients["event"] == 1, "death", censored_at(endpoint["censor"])).astype(object)
        reasons[np.flatnonzero(self.patients["event"] == 0)[:2]] = censored_at(never_seen(endpoint))
        ends = self.patients[["patient_id"]].assign(endpoint="os", reason=reasons)
        variables = {name: self.protocol["variables"][name] for name in assessed(self.protocol)}
        ids = self.patients[["patient_id"]]
        scores, populations = ids.assign(logit=np.arange(len(ids)) / 90), {"enrolled": ids, "matched": ids}
        return {
            "survival": survival,
            "subgroup_line": subgroup,
            "endpoints": count_reasons(ends, self.patients),
            "balance": assess_balance(self.patients, scores, populations, variables, LIMITS, self.protocol["arms"]),
            "matching": statistics_table([]),
            "propensity": statistics_table([]),
            "prognosis": fit_prognosis(self.patients, {"line": {}, "age": {}}, "matched", self.control, 1.0, ["arm"]),
        }

    def run(self) -> Run:
        """The run as its report sees it, without tables and figures."""
        return Run(self.protocol, {name: values_of(table) for name, table in self.statistics().items()}, {}, [])


def said(section, kind=None) -> list[str]:
    """The sentences of a section: its paragraphs, of one kind if asked for, and its items."""
    texts = [block.text for block in section.blocks if isinstance(block, Paragraph) and kind in (None, block.kind)]
    items = [item for block in section.blocks if isinstance(block, Bullets) and kind is None for item in block.items]
    return [plain(text) for text in [*texts, *items]]
