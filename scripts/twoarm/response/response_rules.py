"""The thresholds of RECIST 1.1 and mRECIST, as a study sets them, in exact numbers.

Sources: Eisenhauer 2009 (RECIST 1.1); Lencioni & Llovet 2010 (mRECIST for hepatocellular carcinoma).
Sizes are whole micrometres and ratios fractions, so that 100 -> 120 mm is exactly +20% on every machine.
"""

import re
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cache

from twoarm.config.response_criteria import CRITERIA
from twoarm.results.errors import InputError

RESPONDERS = ["CR", "PR"]
CONTROLLED = ["CR", "PR", "SD", "NON-CR/NON-PD"]
RATES = {"ORR": RESPONDERS, "DCR": CONTROLLED}  # objective response, disease control


@cache
def site_key(site: str) -> str:
    """A key for comparing sites: `Lymph Node`, `lymph-node` and `lymph_node` are the same."""
    return re.sub(r"[\s_-]+", "", site.casefold())


@cache
def _among(site: str, sites: tuple[str, ...]) -> bool:
    return site_key(site) in map(site_key, sites)


def micrometres(mm: float) -> int:
    """A size in whole micrometres, so that sizes are added and compared exactly."""
    return round(mm * 1000)


@dataclass(frozen=True)
class Rules:
    """The rules of one criterion. Field names are the config's keys, with sizes in mm and times in days there."""

    criterion: str
    pd_ratio: Fraction = Fraction(1, 5)  # growth over the nadir that is progression
    pd_abs_mm: int = micrometres(5)  # and the smallest growth; mRECIST has none
    pr_ratio: Fraction = Fraction(3, 10)  # shrinkage from baseline that is a partial response
    measurable_mm: int = micrometres(10)
    node_target_mm: int = micrometres(15)
    node_normal_mm: int = micrometres(10)
    porta_hepatis_mm: int = micrometres(20)  # mRECIST: short axis from which such a node is malignant
    small_mm: int = micrometres(5)  # the size given to a target that is present but too small to measure
    nodule_mm: int = micrometres(10)  # mRECIST: size from which a new liver nodule can be progression
    nodule_growth_mm: int = micrometres(10)  # mRECIST: and its interval growth without the typical pattern
    baseline_max_days: int = 28  # older baseline scans are counted and reported
    visit_window_days: int = 14  # scans of different lesions within this time need a common `visit`
    max_targets: int = 5
    max_per_organ: int = 2
    intrahepatic_sites: tuple[str, ...] = ("liver",)
    node_sites: tuple[str, ...] = ("lymph_node", "porta_hepatis_node")
    porta_hepatis_sites: tuple[str, ...] = ("porta_hepatis_node",)
    effusion_sites: tuple[str, ...] = ("ascites", "pleural_effusion", "pericardial_effusion")
    unmeasurable_sites: tuple[str, ...] = ("portal_vein",)
    organs: tuple[tuple[str, str], ...] = ()  # (site, organ), for the limit of targets per organ
    relapse_after_cr: str = "progression"  # or by_sum: how lesions seen again after an overall CR count
    sd_min_days: int = 42  # six weeks, the minimum in Eisenhauer 2009
    confirm: bool = False
    confirm_days: int = 28
    recist: "Rules | None" = None  # mRECIST: the rules for a patient without an intrahepatic target

    @property
    def modified(self) -> bool:
        """Whether viable tumour is measured in the liver (mRECIST)."""
        return self.criterion == "mrecist"

    def is_node(self, site: str) -> bool:
        return _among(site, self.node_sites)

    def measures_viable(self, site: str) -> bool:
        return self.modified and _among(site, self.intrahepatic_sites)

    def needs_cytology(self, site: str) -> bool:
        return self.modified and self.is_effusion(site)

    def is_effusion(self, site: str) -> bool:
        return _among(site, self.effusion_sites)

    def is_never_measurable(self, site: str) -> bool:
        return _among(site, self.unmeasurable_sites)

    def is_porta_hepatis(self, site: str) -> bool:
        return self.modified and _among(site, self.porta_hepatis_sites)

    def organ(self, site: str) -> str:
        """The organ of a site, for the limit of targets per organ: the config's; else all nodes are one organ."""
        # ASSUME [response]: all lymph nodes count as one organ, as in RECIST 1.1.
        known = {site_key(name): organ for name, organ in self.organs}
        return site_key(known.get(site_key(site), "lymph nodes" if self.is_node(site) else site))

    def treatment(self, site: str) -> str:
        """How a site is treated, in words."""
        ways = {
            "as the liver": _among(site, self.intrahepatic_sites),
            "as a node of the porta hepatis": _among(site, self.porta_hepatis_sites),
            "as a lymph node": self.is_node(site),
            "as effusion": self.is_effusion(site),
            "as never measurable": self.is_never_measurable(site),
        }
        return next((words for words, holds in ways.items() if holds), "as an organ of its own")

    def least_malignant(self, site: str) -> int:
        """The short axis from which a node at this site is disease, in micrometres; 0 for other sites."""
        if self.is_porta_hepatis(site):
            return self.porta_hepatis_mm
        return self.node_normal_mm if self.is_node(site) else 0

    def least_target(self, site: str) -> int:
        """The baseline size from which a lesion at this site may be a target, in micrometres."""
        if self.is_porta_hepatis(site):
            return max(self.porta_hepatis_mm, self.node_target_mm)
        return self.node_target_mm if self.is_node(site) else self.measurable_mm


SETTINGS = [field.name for field in fields(Rules) if field.name not in ("criterion", "recist")]


def rules_for(criterion: str, settings: dict | None = None) -> Rules:
    """The rules of one criterion with a study's settings (the config's `response`).

    settings: any of SETTINGS; the others keep their defaults. A value may differ by criterion:
    `pd_abs_mm: {recist: 5, mrecist: 0}`. Keys in _ELSEWHERE are used elsewhere and ignored here.
    Raises InputError for an unknown criterion or setting.
    """
    settings = settings or {}
    unknown = [key for key in settings if key not in [*SETTINGS, *_ELSEWHERE]]
    errors = [f"config: response.{key} is not a setting; expected one of {', '.join(SETTINGS)}" for key in unknown]
    if criterion not in CRITERIA:
        errors.append(f"config: response.criteria: {criterion} is unknown; expected {' or '.join(CRITERIA)}")
    if errors:
        raise InputError(errors)
    chosen = {"pd_abs_mm": 0} if criterion == "mrecist" else {}
    for key in SETTINGS:
        value = settings.get(key)
        if isinstance(value, dict) and key != "organs":
            value = value.get(criterion)
        if value is not None:
            chosen[key] = value
    rules = Rules(criterion, **{key: _exact(key, value) for key, value in chosen.items()})
    return replace(rules, recist=rules_for("recist", settings)) if rules.modified else rules


_ELSEWHERE = ["criteria", "reader", "adjudication", "start", "new_therapy", "test", "auto"]


def _exact(key: str, value):
    if key.endswith("_mm"):
        return micrometres(value)
    if key.endswith("_ratio"):
        return Fraction(str(value))
    if key == "organs":
        return tuple(value.items())
    return tuple(value) if key.endswith("_sites") else value
