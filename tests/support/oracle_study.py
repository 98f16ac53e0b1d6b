"""A study for the workflow from an oracle's specification, and R's answers as rows of its statistics."""

import math
from collections.abc import Iterator

import pandas as pd

import oracles

POPULATIONS = {"enrolled": "before", "matched": "after"}
OF_TERM = {"hazard_ratio": "hr", "ci_low": "lo", "ci_high": "hi", "p_value": "p"}
CATEGORICAL_TESTS = {"pearson": "chisq_nocc", "yates": "chisq_yates", "fisher": "fisher"}
Answer = tuple[str, dict[str, str], float | None]  # the kind of number, the key of its row, R's value


class OracleStudy:
    """One oracle: its config, and R's answers for the populations whose patients R has too.

    R broke ties of equal distances in another way in toy_ties, so that its matched patients are others.
    """

    def __init__(self, name: str):
        self.name, self.spec, self.answers = name, oracles.read(name, "spec"), oracles.read(name, "expected")
        self.data = pd.read_csv(oracles.FOLDER / name / self.spec["csv"], dtype=str, keep_default_na=False)
        self.endpoint = self.spec["endpoints"][0] if self.spec["endpoints"] else None
        self.treated, self.control = (str(self.spec["treatment"][arm]) for arm in ("treated", "control"))
        self.contrast = f"{self.treated} vs {self.control}"
        matched = "ps" in self.spec and name != "toy_ties"
        self.populations = ["enrolled", "matched"] if matched else ["enrolled"]
        table1, outcomes = self.spec["table1"], self.spec["binary_outcomes"]
        self.covariates = self.spec.get("ps", {}).get("covariates", [])
        cox = [name for name in self.spec.get("cox", {}).get("covariates", []) if not self.is_treatment(name)]
        self.cox = cox if self.endpoint else []
        named = [*table1["continuous"], *table1["categorical"], *self.covariates, *self.cox, *outcomes]
        subgroup = [self.spec["subgroup"]["column"]] if "subgroup" in self.spec else []
        times = [self.endpoint[part] for part in ("time", "event")] if self.endpoint else []
        self.columns = list(dict.fromkeys([*named, *subgroup, *times]))

    def is_treatment(self, name: str) -> bool:
        return name == self.spec["treatment"]["column"]

    def levels(self, name: str) -> list[str]:
        """The levels of a categorical column, R's reference first; empty for a number."""
        own = sorted(set(self.data[name]) - {""})
        if name in self.spec["levels"]:
            return self.spec["levels"][name]
        two = len(own) == 2 or name in (*self.spec["table1"]["categorical"], *self.spec["binary_outcomes"])
        return own if two else []

    def config(self) -> dict:
        """The study's config: everything that R computed, from the oracle's own file."""
        missing = [name for name in self.columns if (self.data[name] == "").any()]
        variables = {name: self._variable(name, name in missing) for name in self.columns}
        spec, column = self.spec, self.spec["treatment"]["column"]
        arms = {"treated": {"value": self.treated, "label": "T"}, "control": {"value": self.control, "label": "C"}}
        config = {
            "study": {"name": self.name, "title": self.name, "time_unit": "days"},
            "data": {"patients": "patients.csv", "id": spec["id"]},
            "arms": {"column": column, **arms},
            "variables": variables,
            "outcomes": {name: {"label": name, "event": self._event(name)} for name in spec["binary_outcomes"]},
        }
        if missing:
            drop = " or ".join(f"missing({name})" for name in missing)
            config["eligibility"] = {"exclusion": [{"id": "incomplete", "label": "Incomplete", "drop": drop}]}
        if self.covariates:
            config["propensity"] = {"covariates": self.covariates}
        if table1 := [*spec["table1"]["continuous"], *spec["table1"]["categorical"]]:
            config["baseline"] = {"variables": table1}
        if self.endpoint:
            config |= self._survival()
        return config

    def _variable(self, name: str, missing: bool) -> dict:
        kind: dict = {"kind": "continuous"}
        if levels := self.levels(name):
            kind = {"kind": "categorical", "levels": {level: level for level in levels}, "reference": levels[0]}
        return {"label": name, **kind, **({"missing": "allowed"} if missing else {})}

    def _event(self, name: str) -> dict:
        return {"variable": name, "value": self.levels(name)[-1]}

    def _survival(self) -> dict:
        """Endpoint, curves, subgroup and Cox models, in the last population that R has too."""
        end, whom = self.endpoint, {"population": self.populations[-1], "endpoint": self.endpoint["name"]}
        event = {"variable": end["event"], "value": str(end["event_value"])}
        config: dict = {"endpoints": {end["name"]: {"label": "E", "time": end["time"], "event": event, "unit": "days"}}}
        config["survival"] = {"times": end["times"], "rmst": end["tau"]}
        if "subgroup" in self.spec:
            config["subgroups"] = {"part": {"label": "Part", "variable": self.spec["subgroup"]["column"], **whom}}
        if self.cox:
            config["prognosis"] = {"variables": self.cox, "select": 1, **whom}
        return config

    def in_r(self) -> Iterator[Answer]:
        """R's answers, each with the key of the row that must hold it."""
        yield from self._balance()
        for population in self.populations:
            answers = self.answers[POPULATIONS[population]]
            for kind, key, value in (
                *self._baseline(answers["table1"]),
                *self._outcomes(answers["outcomes"]),
                *(self._curves(answers["survival"][self.endpoint["name"]], population) if self.endpoint else ()),
            ):
                yield kind, key | {"population": population}, value
        if self.endpoint:
            last = self.answers[POPULATIONS[self.populations[-1]]]["survival"][self.endpoint["name"]]
            for kind, key, value in (*self._models(last), *self._parts(last)):
                yield kind, key | {"population": self.populations[-1]}, value

    def _balance(self) -> Iterator[Answer]:
        """Differences and ratios of cobalt by the treated arm's standard deviation, and the score's own numbers."""
        if not self.covariates:
            return
        key = {"analysis": "propensity", "variable": "logit"}
        yield "propensity score", key | {"statistic": "auc"}, self.answers["ps"]["auc"]
        yield "propensity score", key | {"statistic": "sd"}, self.answers["ps"]["sd_logit_all"]
        rows = pd.DataFrame(self.answers["balance"]["cobalt_treated"]["rows"])
        for row in rows.to_dict("records"):
            variable, level = {"distance": "logit"}.get(row["name"], row["name"]), ""
            if variable not in ("logit", *self.covariates):
                variable, level = variable.rsplit("_", 1)  # cobalt's race_black
            elif row["type"] == "Binary":
                level = self.levels(variable)[-1]
            for population, suffix in zip(self.populations, ("un", "adj"), strict=False):
                key = {"analysis": "balance", "population": population, "variable": variable}
                yield "balance", key | {"level": level, "statistic": "smd"}, row[f"diff_{suffix}"]
                if row["type"] != "Binary":
                    yield "balance", key | {"statistic": "variance_ratio"}, row[f"vr_{suffix}"]

    def _baseline(self, table: dict | None) -> Iterator[Answer]:
        if table is None:
            return
        for name, answer in table["continuous"].items():
            key = {"analysis": "baseline", "variable": name}
            for arm, part in ((self.treated, "treated"), (self.control, "control")):
                quartiles = dict(zip(("q1", "median", "q3"), answer[part]["quantiles_type7"][1:4], strict=True))
                for statistic, value in {**quartiles, "mean": answer[part]["mean"], "sd": answer[part]["sd"]}.items():
                    yield "means and quartiles", key | {"group": arm, "statistic": statistic}, value
            yield "t test", key | {"statistic": "p_value", "method": "welch_t"}, answer["p"]["t_welch"]
        for name, answer in table["categorical"].items():
            key = {"analysis": "baseline", "variable": name}
            for arm, part in ((self.treated, "treated"), (self.control, "control")):
                for level, n in zip(answer["levels"], answer[part], strict=True):
                    yield "counts", key | {"group": arm, "level": str(level), "statistic": "n"}, n
            yield "categorical tests", key | {"statistic": "p_value"}, answer["p"]

    def _outcomes(self, outcomes: dict) -> Iterator[Answer]:
        for name, answer in outcomes.items():
            key = {"analysis": "outcomes", "variable": name, "level": "Yes"}
            for arm, part in ((self.treated, "treated"), (self.control, "control")):
                of_arm = key | {"group": arm}
                yield "counts", of_arm | {"statistic": "n"}, answer[part]["events"]
                limits = [100 * limit for limit in answer[part]["clopper_pearson"]]
                found = (100 * answer[part]["rate"], *limits)
                yield from _estimates("proportions", of_arm, "percent", "clopper_pearson", found)
            key |= {"group": self.contrast}
            yield "categorical tests", key | {"statistic": "p_value"}, answer["p"]
            difference = answer["risk_difference"]
            for method, limits in (("newcombe", "newcombe_ci"), ("wald_difference", "wald_ci")):
                found = [100 * number for number in (difference["est"], *difference[limits])]
                yield from _estimates("risk difference", key, "difference", method, found)
            for name, method, limits in (("risk_ratio", "katz", "log_ci"), ("odds_ratio", "wald", "wald_ci")):
                ratio = answer[name]
                # with an empty cell R's ratio is 0 without an interval, and the run's is empty, with a note
                found = (ratio["est"], *ratio[limits]) if ratio["est"] else (None, None, None)
                yield from _estimates(name.replace("_", " "), key, name, method, found)

    def _curves(self, answers: dict, population: str) -> Iterator[Answer]:
        key = {"analysis": "survival", "variable": self.endpoint["name"], "stratum": ""}
        for arm, part in ((self.treated, "treated"), (self.control, "control")):
            yield from _curve(answers[part], key | {"group": arm})
            mean = answers["rmst"][part]
            yield from _estimates(
                "restricted mean", key | {"group": arm}, "rmst", "rmst", (mean["est"], mean["lo"], mean["hi"])
            )
        key |= {"group": self.contrast}
        yield "log-rank test", key | {"statistic": "p_value", "method": "logrank"}, answers["logrank"]["p"]
        yield from _term(answers["cox_treatment"]["terms"][0], key | {"method": "cox"})
        zph = answers["cox_treatment"]["zph"]["km"]["per_coefficient"][0]["p"]
        yield "proportional hazards", key | {"statistic": "p_value", "method": "cox_zph"}, zph
        difference = answers["rmst"]["difference"]
        found = (difference["est"], difference["lo"], difference["hi"])
        yield from _estimates("restricted mean", key, "difference", "rmst", found)
        yield "restricted mean", key | {"statistic": "p_value", "method": "rmst"}, difference["p"]
        if population == "matched":
            clustered, stratified = answers["cox_cluster_pair"], answers["logrank_strata_pair"]
            robust = key | {"method": "cox_pair_robust"}
            yield "clustered Cox", robust | {"statistic": "hazard_ratio"}, math.exp(clustered["coef"])
            yield "clustered Cox", robust | {"statistic": "ci_low"}, clustered["lo"]
            yield "clustered Cox", robust | {"statistic": "ci_high"}, clustered["hi"]
            by_pair = key | {"statistic": "p_value", "method": "logrank_pair_stratified"}
            yield "log-rank test", by_pair, stratified["p"]

    def _models(self, answers: dict) -> Iterator[Answer]:
        if not self.cox:
            return
        models = [("cox_univariable", model) for model in answers["cox_uni"].values()]
        for method, model in [*models, ("cox_multivariable", answers["cox_multi"])]:
            for term in model["terms"]:
                name = term["variable"]
                levels = [] if self.is_treatment(name) else self.levels(name)
                group = f"{term['level'] or levels[-1]} vs {levels[0]}" if levels else "per unit"
                key = {"analysis": "prognosis", "variable": name, "group": group}
                if self.is_treatment(name):
                    key |= {"variable": "arm", "group": self.contrast}
                yield from _term(term, key | {"method": method})
        tests = answers["cox_multi"]["zph"]["km"]
        for test in tests["per_term"] or tests["per_coefficient"]:
            name = {"GLOBAL": "global", self.spec["treatment"]["column"]: "arm"}.get(test["name"], test["name"])
            key = {"analysis": "prognosis", "variable": name, "statistic": "p_value", "method": "cox_zph"}
            yield "proportional hazards", key, test["p"]

    def _parts(self, answers: dict) -> Iterator[Answer]:
        if "subgroup" not in self.spec:
            return
        analysis, levels = {"analysis": "subgroup_part"}, self.levels(self.spec["subgroup"]["column"])
        for arm, part in ((self.treated, "treated"), (self.control, "control")):
            within = answers["subgroup"]["level_effect_by_arm"][part]
            for level, curve in within["km"].items():
                yield from _curve(curve, analysis | {"stratum": arm, "group": str(level)})
            group = "overall" if len(levels) > 2 else f"{levels[0]} vs {levels[1]}"
            key = analysis | {"stratum": arm, "group": group, "statistic": "p_value", "method": "logrank"}
            yield "log-rank test", key, within["logrank"]["p"]
        key = analysis | {"stratum": "", "statistic": "p_value", "method": "cox_interaction"}
        yield "interaction", key, answers["subgroup"]["interaction_lrt"]["p"]


def _estimates(kind: str, key: dict, statistic: str, method: str, values) -> Iterator[Answer]:
    """An estimate and its limits."""
    for name, value in zip((statistic, "ci_low", "ci_high"), values, strict=True):
        yield kind, key | {"statistic": name, "method": method}, value


def _term(term: dict, key: dict) -> Iterator[Answer]:
    """A hazard ratio with its interval and p-value."""
    for statistic, part in OF_TERM.items():
        yield "Cox regression", key | {"statistic": statistic}, term[part]


def _curve(answer: dict, key: dict) -> Iterator[Answer]:
    """A group's median, survival at times with intervals, numbers at risk, and median follow-up."""
    median = (answer["quantiles"]["median"], *answer["ci"]["log"]["median_ci"])
    yield from _estimates("Kaplan-Meier", key | {"level": ""}, "median", "kaplan_meier", median)
    times, limits = answer["at_times"], answer["ci"]["log"]["at_times"]
    for place, time in enumerate(times["time"]):
        found = (times["surv"][place], limits["lower"][place], limits["upper"][place])
        at = key | {"level": f"{time:g}"}
        yield from _estimates("Kaplan-Meier", at, "survival", "kaplan_meier", found)
        yield "counts", at | {"statistic": "at_risk"}, times["n_risk"][place]
    follow_up = key | {"statistic": "median", "method": "reverse_kaplan_meier"}
    yield "Kaplan-Meier", follow_up, answer["reverse_km_median_followup"]
