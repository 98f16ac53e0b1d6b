"""The methods give every setting that changes a number or a rule: a walk over the whole schema."""

from copy import deepcopy
from functools import cache
from pathlib import Path

import pytest
import yaml

from twoarm.config.prepared import prepare
from twoarm.config.schema import read_schema
from twoarm.report.closing import assumptions
from twoarm.report.document import Bullets, Paragraph
from twoarm.report.methods import methods
from twoarm.report.patients import design
from twoarm.report.run import Run
from twoarm.report.variable_methods import definitions
from twoarm.results.values import Values
from twoarm.text.provenance import plain

REPO = Path(__file__).parents[2]
SCHEMA = read_schema()

# Keys that may not change the methods, with the reason.
EXEMPT = {
    "study.name": "a name of files",
    "study.title": "the report's title",
    "eligibility.inclusion.excluded": "words in the flowchart",
    "study.watermark": "words on every figure and table",
    "study.notice": "words above the report",
    "manuscript.template": "how another file with the same results looks",
    "study.abbreviations.*": "explains labels",
    **{
        f"data.{table}{key}": "where a table is, and how it is written; the report's provenance names it"
        for table in ("patients", "lesions", "adverse_events")
        for key in (
            "",
            ".file",
            ".sheet",
            ".encoding",
            ".separator",
            ".header",
            ".url",
            ".url_from",
            ".table",
            ".query",
        )
    },
    "data.patients.wide": "refused",
    "data.id": "the name of a column",
    "data.centre": "the name of a column, of which only the number of centres is told, in a number of its own",
    "data.columns.lesions.*": "the name of a column",
    "data.columns.adverse_events.*": "the name of a column",
    "data.date_format": "how the file is written; a date is the same",
    "data.thousands": "how the file is written; a number is the same",
    "data.ignore_case": "how the file is written; a level is the same",
    "variables.*.ignore_case": "how the file is written; a level is the same",
    "variables.*.cell_units": "how the file is written; a number is the same",
    "data.decimal": "how the file is written; a number is the same",
    "data.separator": "how the file is written",
    "data.encoding": "how the file is written; a text is the same",
    "arms.column": "the name of a column",
    "arms.treated.label": "a label",
    "arms.treated.value": "a name in the table",
    "arms.control.label": "a label",
    "arms.control.value": "a name in the table",
    "arms.control.short": "a name",
    "variables.*.label": "a label",
    "variables.*.column": "the name of a column",
    "eligibility.inclusion.id": "a key",
    "eligibility.exclusion.id": "a key",
    "response.visit_window_days": "what is a fault of the table",
    "safety.labels.*": "a label",
    "safety.difference": "how the table looks; differences are in the figure, and in the methods, in any case",
    "baseline.binary": "how the table looks; its footnote says which level a difference is of",
    "variables.*.shown": "how the table looks; the row names the level",
    "figures.survival_style": "how figures look",
    "figures.survival_rows": "how figures look",
    "published": "a path; only the scorecard reads it",
}

# The path of each other key in the schema: the key in the protocol below, and another value.
CHANGES = {
    "study.time_unit": ("study.time_unit", "days"),
    "data.cutoff": ("data.cutoff", "2024-01-01"),
    "data.adverse_events.wide": ("data.adverse_events", {"file": "events.csv", "wide": {"Rash": "rash_grade"}}),
    "data.lesions.wide": ("data.lesions", {"file": "lesions.csv", "wide": [{"visit_date": "day_0"}] * 2}),
    "data.missing": ("data.missing", ["NA", "-"]),
    "data.yes": ("data.yes", ["oui"]),
    "data.no": ("data.no", ["non"]),
    "arms.treated.short": ("arms.treated.short", "X"),
    "data.duplicates": ("data.duplicates", "drop"),
    "variables.*.detection": ("variables.afp.detection", "half"),
    "variables.*.from": ("variables.dose_by_points.from", "dose + 1"),
    "variables.*.split": ("variables.points.split", "quartiles"),
    "arms.treated.values": ("arms.treated.values", ["TRP", "TRP2"]),
    "arms.control.values": ("arms.control.values", ["TR", "TR2"]),
    "arms.others": ("arms.others", "leave_out"),
    "propensity.missing": ("propensity.missing", "refuse"),
    "imputation.variables": ("imputation.variables", []),
    "imputation.also_from": ("imputation.also_from", ["hcc_diagnosis"]),
    "imputation.data_sets": ("imputation.data_sets", 50),
    "imputation.iterations": ("imputation.iterations", 5),
    "imputation.seed": ("imputation.seed", 7),
    "variables.*.missing_level": ("variables.pvtt.missing_level", "Unknown"),
    "variables.*.kind": ("variables.age.kind", "flag"),
    "variables.*.unit": ("variables.age.unit", "decades"),
    "variables.*.per": ("variables.age.per", 10),
    "variables.*.range": ("variables.age.range", [1, 120]),
    "variables.*.levels.*": ("variables.afp.levels", {"< 20": "<400 ng/ml", ">= 20": "≥400 ng/ml"}),
    "variables.*.reference": ("variables.afp.reference", "≥400 ng/ml"),
    "variables.*.timing": ("variables.n_tace.timing", "baseline"),
    "variables.*.ends_observation": ("variables.death_date.ends_observation", False),
    "variables.*.missing": ("variables.afp.missing", "allowed"),
    "variables.*.yes": ("variables.pvtt.yes", ["oui"]),
    "variables.*.no": ("variables.pvtt.no", ["non"]),
    "eligibility.inclusion.label": ("eligibility.inclusion.0.label", "Adults"),
    "eligibility.inclusion.keep": ("eligibility.inclusion.0.keep", "age >= 21"),
    "eligibility.exclusion.label": ("eligibility.exclusion.0.label", "Cancer"),
    "eligibility.exclusion.drop": ("eligibility.exclusion.0.drop", "age > 90"),
    "propensity.covariates": ("propensity.covariates", ["age"]),
    "matching.ratio": ("matching.ratio", 3),
    "matching.ratio.mean": ("matching.ratio", {"mean": 2.5, "min": 1, "max": 3}),
    "matching.ratio.min": ("matching.ratio", {"mean": 2.5, "min": 2, "max": 3}),
    "matching.ratio.max": ("matching.ratio", {"mean": 2.5, "min": 1, "max": 4}),
    "matching.replace": ("matching.replace", True),
    "matching.incomplete": ("matching.incomplete", "drop"),
    "matching.method": ("matching.method", "optimal"),
    "matching.caliper": ("matching.caliper", 0.1),
    "matching.calipers.*": ("matching.calipers", {"age": 10}),
    "matching.covariates": ("matching.covariates", ["age"]),
    "matching.order": ("matching.order", "data"),
    "matching.exact": ("matching.exact", ["sex"]),
    "matching.seed": ("matching.seed", 7),
    "balance.denominator": ("balance.denominator", "pooled"),
    "balance.smd": ("balance.smd", 0.25),
    "balance.variance_ratio": ("balance.variance_ratio", [0.8, 1.25]),
    "baseline.variables": ("baseline.variables", ["age", "sex"]),
    "baseline.continuous_test": ("baseline.continuous_test", "student"),
    "baseline.categorical_test": ("baseline.categorical_test", "fisher"),
    "baseline.auto.yates_expected": ("baseline.auto.yates_expected", 10),
    "baseline.auto.fisher_expected": ("baseline.auto.fisher_expected", 1),
    "baseline.auto.fisher_zero_cell": ("baseline.auto.fisher_zero_cell", False),
    "baseline.skewed": ("baseline.skewed", "median_iqr"),
    "baseline.overall": ("baseline.overall", True),
    "baseline.tests.*": ("baseline.tests", {"n_tace": "student"}),
    "study.primary": ("study.primary", "os"),
    "endpoints.*.label": ("endpoints.pfs.label", "Time to progression"),
    "endpoints.*.start": ("endpoints.pfs.start", "last_contact"),
    "endpoints.*.events": ("endpoints.pfs.events", ["progression:recist"]),
    "endpoints.*.censor": ("endpoints.pfs.censor", "last_contact"),
    "endpoints.*.time": ("endpoints.ready.time", "n_tace"),
    "endpoints.*.event": ("endpoints.ready.event", "pvtt"),
    "endpoints.*.event.variable": ("endpoints.state.event.variable", "metastases"),
    "endpoints.*.event.value": ("endpoints.state.event.value", "no"),
    "endpoints.*.unit": ("endpoints.ready.unit", "years"),
    "outcomes.*.label": ("outcomes.surgery.label", "Resection"),
    "outcomes.*.event": ("outcomes.surgery.event", "metastases"),
    "outcomes.*.event.variable": ("outcomes.state.event.variable", "metastases"),
    "outcomes.*.event.value": ("outcomes.state.event.value", "no"),
    "outcomes.*.test": ("outcomes.surgery.test", "fisher"),
    "outcomes.*.auto.yates_expected": ("outcomes.surgery.auto.yates_expected", 10),
    "outcomes.*.auto.fisher_expected": ("outcomes.surgery.auto.fisher_expected", 1),
    "outcomes.*.auto.fisher_zero_cell": ("outcomes.surgery.auto.fisher_zero_cell", False),
    "designs.*.label": ("designs.iptw.label", "IPTW"),
    "designs.*.weights": ("designs.iptw.weights", "att"),
    "designs.*.stabilised": ("designs.iptw.stabilised", False),
    "designs.*.truncate": ("designs.iptw.truncate", [0.05, 0.95]),
    "designs.*.trim": ("designs.iptw.trim", [0.1, 0.9]),
    "designs.*.adjust": ("designs.adjusted.adjust", ["age", "sex"]),
    "main": ("main", "iptw"),
    "survival.times": ("survival.times", [5]),
    "survival.rmst": ("survival.rmst", 24),
    "survival.conf_type": ("survival.conf_type", "plain"),
    "subgroups.*.label": ("subgroups.dose.label", "Dose"),
    "subgroups.*.variable": ("subgroups.dose.variable", "sex"),
    "subgroups.*.endpoint": ("subgroups.dose.endpoint", "os"),
    "subgroups.*.population": ("subgroups.dose.population", "enrolled"),
    "subgroups.*.min_events": ("subgroups.dose.min_events", 10),
    "subgroups.*.variables": ("subgroups.dose", {"variables": ["dose", "sex"], "endpoint": "pfs"}),
    "prognosis.endpoint": ("prognosis.endpoint", "os"),
    "prognosis.variables": ("prognosis.variables", ["age"]),
    "prognosis.select": ("prognosis.select", 0.1),
    "prognosis.keep": ("prognosis.keep", ["arm", "age"]),
    "prognosis.population": ("prognosis.population", "enrolled"),
    "response.criteria": ("response.criteria", ["recist"]),
    "response.start": ("response.start", "last_contact"),
    "response.new_therapy": ("response.new_therapy", "last_contact"),
    "response.reader.primary": ("response.reader.primary", "Dr Jones"),
    "response.reader.adjudicator": ("response.reader.adjudicator", "Dr Jones"),
    "response.sd_min_days": ("response.sd_min_days", 56),
    "response.confirm": ("response.confirm", False),
    "response.confirm_days": ("response.confirm_days", 35),
    "response.relapse_after_cr": ("response.relapse_after_cr", "by_sum"),
    "response.baseline_max_days": ("response.baseline_max_days", 35),
    "response.organs.*": ("response.organs", {"lung_left": "lung"}),
    "response.adjudication": ("response.adjudication", "patient"),
    "response.test": ("response.test", "pearson"),
    "response.auto.yates_expected": ("response.auto.yates_expected", 10),
    "response.auto.fisher_expected": ("response.auto.fisher_expected", 1),
    "response.auto.fisher_zero_cell": ("response.auto.fisher_zero_cell", False),
    "response.pd_ratio": ("response.pd_ratio", {"mrecist": 0.25}),
    "response.pd_abs_mm": ("response.pd_abs_mm", {"recist": 4}),
    "response.pr_ratio": ("response.pr_ratio", 0.5),
    "response.measurable_mm": ("response.measurable_mm", 20),
    "response.node_target_mm": ("response.node_target_mm", 20),
    "response.node_normal_mm": ("response.node_normal_mm", 8),
    "response.porta_hepatis_mm": ("response.porta_hepatis_mm", 25),
    "response.small_mm": ("response.small_mm", 3),
    "response.nodule_mm": ("response.nodule_mm", 12),
    "response.nodule_growth_mm": ("response.nodule_growth_mm", 12),
    "response.max_targets": ("response.max_targets", 10),
    "response.max_per_organ": ("response.max_per_organ", 5),
    "response.intrahepatic_sites": ("response.intrahepatic_sites", ["liver", "caudate"]),
    "response.node_sites": ("response.node_sites", ["lymph_node"]),
    "response.porta_hepatis_sites": ("response.porta_hepatis_sites", []),
    "response.effusion_sites": ("response.effusion_sites", ["ascites"]),
    "response.unmeasurable_sites": ("response.unmeasurable_sites", ["bone"]),
    "safety.version": ("safety.version", "CTCAE 4.0"),
    "safety.grades.*": ("safety.grades", {"Any grade": [1, 5], "Grade 3-4": [3, 5]}),
    "safety.test": ("safety.test", "pearson"),
    "safety.auto.yates_expected": ("safety.auto.yates_expected", 10),
    "safety.auto.fisher_expected": ("safety.auto.fisher_expected", 1),
    "safety.auto.fisher_zero_cell": ("safety.auto.fisher_zero_cell", False),
    "safety.population": ("safety.population", "enrolled"),
    "safety.terms": ("safety.terms", ["Fever"]),
    "disclosure.minimum_cell": ("disclosure.minimum_cell", 10),
}


# The keys of another form of the protocol (see ready_made below), as in CHANGES.
CHANGES_READY_MADE = {
    "response.criteria.*.best": ("response.criteria.choi.best", "sex"),
    "response.criteria.*.progression": ("response.criteria.choi.progression", "last_contact"),
    "response.criteria.*.label": ("response.criteria.choi.label", "mChoi"),
}

# The keys of a protocol with several models (see several_models below), as in CHANGES.
CHANGES_OF_MODELS = {
    "prognosis.threshold": ("prognosis.second.threshold", 0.157),
    "prognosis.*.threshold": ("prognosis.second.threshold", 0.157),
    "prognosis.*.endpoint": ("prognosis.second.endpoint", "pfs"),
    "prognosis.*.variables": ("prognosis.second.variables", ["age"]),
    "prognosis.*.select": ("prognosis.second.select", "none"),
    "prognosis.*.keep": ("prognosis.second.keep", ["arm", "age"]),
    "prognosis.*.population": ("prognosis.second.population", "matched"),
}


def leaves(schema: dict, path: str = "") -> list[str]:
    """The keys of a schema with a value: `a.b`, `a.*.b` below any name; items of a list have the list's path."""
    if "$ref" in schema:
        schema = {**SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], **schema}
    forms = [schema[form] for form in ("then", "else") if form in schema]  # of one model or of several
    if forms:
        return list(dict.fromkeys(leaf for form in forms for leaf in leaves(form, path)))
    parts = {**schema.get("properties", {})}
    for other in [*schema.get("oneOf", []), *schema.get("allOf", [])]:
        parts |= other.get("properties", {})
        if isinstance(entry := other.get("additionalProperties"), dict) and "properties" in entry:
            parts["*"] = entry
    if isinstance(schema.get("additionalProperties"), dict):
        parts["*"] = schema["additionalProperties"]
    items = schema.get("items", {})
    if "$ref" in items or "properties" in items:
        inside = {**SCHEMA["$defs"].get(items.get("$ref", "").rpartition("/")[2], {})}
        inside = {"properties": {**inside.get("properties", {}), **items.get("properties", {})}}
        return leaves(inside, path)
    if not parts or "enum" in schema:
        return [path]
    either = [path] if any("properties" not in other for other in schema.get("oneOf", [])) else []
    return either + [leaf for name, part in parts.items() for leaf in leaves(part, f"{path}.{name}".lstrip("."))]


@cache
def filled_in() -> dict:
    """The shipped protocol, with everything else that a study may have."""
    config = yaml.safe_load((REPO / "config.yaml").read_text(encoding="utf-8"))
    config["study"]["time_unit"] = "months"
    weights = {"weights": "ate", "stabilised": True, "truncate": [0.01, 0.99], "trim": [0.05, 0.95]}
    config["designs"] = {"matched": {}, "iptw": weights, "adjusted": {"adjust": ["age"]}}
    config["matching"] |= {"order": "random", "method": "mahalanobis", "ratio": 2}
    config["survival"]["rmst"] = 12
    config["disclosure"] = {"minimum_cell": 5}
    config["endpoints"]["ready"] = {"label": "Ready-made", "time": "age", "event": "cirrhosis", "unit": "days"}
    config["endpoints"]["state"] = {"label": "State", "time": "age", "event": {"variable": "pvtt", "value": "yes"}}
    config["outcomes"] = {"surgery": {"label": "Surgery", "event": "pvtt"}}
    config["outcomes"]["state"] = {"label": "State", "event": {"variable": "pvtt", "value": "yes"}}
    config["response"]["confirm"] = True
    config["response"]["new_therapy"] = "last_assessment"
    config["response"]["reader"]["adjudicator"] = "Dr Smith"
    config["baseline"]["tests"]["age"] = "mann_whitney"
    config["variables"]["dose_by_points"] = {"label": "Dose by points", "from": "dose / child_pugh"}
    config["variables"]["points"] = {"label": "Points", "from": "child_pugh", "split": "tertiles"}
    config["variables"]["ecog"]["missing"] = "allowed"
    config["variables"]["grade"] = {"label": "Grade", "kind": "flag", "missing": "allowed"}
    config["imputation"] = {"variables": ["grade"]}
    prepare(config)
    return config


def protocol() -> dict:
    return deepcopy(filled_in())


def ready_made() -> dict:
    """The protocol with ready-made responses, without the keys for reading lesions."""
    config = protocol()
    columns = {"best": "bclc", "progression": "death_date", "label": "Choi"}
    config["response"] = {key: config["response"][key] for key in ("test", "auto")} | {"criteria": {"choi": columns}}
    config["endpoints"]["pfs"]["events"] = ["progression:choi"]
    return config


def told(config: dict) -> str:
    """The report's text on design and methods, without results."""
    run = Run(config, {"attrition": Values([]), "reading": Values([])}, {}, [])
    blocks = [block for section in (design(run), methods(run), definitions(run)) for block in section.blocks]
    texts = [plain(block.text) for block in blocks if isinstance(block, Paragraph)]
    return "\n".join([*texts, *(plain(item) for block in blocks if isinstance(block, Bullets) for item in block.items)])


def changed(path: str, value, base=None) -> dict:
    config = (base or protocol)()
    *parents, last = path.split(".")
    part = config
    for parent in parents:
        part = part[int(parent) if isinstance(part, list) else parent]
    assert part.get(last) != value, "the other value is the first one's"
    part[last] = value
    return config


def test_every_key_of_the_schema_is_in_the_methods_or_has_a_reason():
    found = set(leaves(SCHEMA))
    assert len(found) > 90
    told_of = {*CHANGES, *CHANGES_READY_MADE, *CHANGES_OF_MODELS}
    assert found - told_of - set(EXEMPT) == set(), "new keys: say in the methods what they change"
    assert told_of | set(EXEMPT) <= found
    assert not told_of & set(EXEMPT)
    assert all(EXEMPT.values())


@pytest.mark.parametrize("key", CHANGES)
def test_a_changed_setting_changes_the_methods(key):
    path, value = CHANGES[key]
    assert told(changed(path, value)) != told(protocol()), f"{path}: {value}"


@pytest.mark.parametrize("key", CHANGES_READY_MADE)
def test_a_changed_setting_of_ready_made_responses_changes_the_methods(key):
    path, value = CHANGES_READY_MADE[key]
    assert told(changed(path, value, ready_made)) != told(ready_made()), f"{path}: {value}"


def several_models() -> dict:
    """The protocol with two models, the second by backward elimination."""
    config = protocol()
    second = {"endpoint": "os", "variables": ["age", "sex"], "select": "backward", "population": "enrolled"}
    second |= {"keep": ["arm"], "threshold": "aic"}
    config["prognosis"] = {"first": config["prognosis"], "second": second}
    return config


@pytest.mark.parametrize("key", CHANGES_OF_MODELS)
def test_a_changed_setting_of_one_of_several_models_changes_the_methods(key):
    path, value = CHANGES_OF_MODELS[key]
    assert told(changed(path, value, several_models)) != told(several_models()), f"{path}: {value}"


def test_how_each_model_was_selected_is_stated_with_its_price():
    text = told(several_models())
    assert "those with P below 0.05 entered the multivariable model, and treatment regardless of P. Selection" in text
    assert "Age and Gender were tested one by one for overall survival in enrolled patients by Cox regression" in text
    assert "that lowered Akaike's information criterion (AIC) most, as long as it fell, as in R's step" in text
    assert "; treatment stayed in any case. A variable left with all its levels. Selection by elimination" in text
    for how in ("P exaggerates the effects", "elimination exaggerates the effects"):
        assert f"Selection by {how} of the selected variables. Their P values are too small" in text
    assert "Proportional hazards of each multivariable model were tested" in text
    for threshold in (0.05, 0.157):
        by_p = told(changed("prognosis.second.threshold", threshold, several_models))
        assert f"until all had P below {threshold}; treatment" in by_p
    without = told(changed("prognosis.second.select", "none", several_models))
    assert "all entered the multivariable model, without selection. Prop" in without
    assert "by elimination" not in without and "0.05" in without


def test_ready_made_responses_say_where_they_are_from_and_what_a_missing_one_is():
    config = ready_made()
    text = told(config)
    assert "Best response was taken from the patients' table, not read from lesion measurements: Choi (BCLC)." in text
    assert "Recorded dates of progression: Choi (Death)." in text and "baseline scan" not in text
    assert "without a recorded best response" not in text
    config["variables"]["bclc"]["missing"] = "allowed"
    assert "A patient without a recorded best response counts as not evaluable (NE)." in told(config)
    assert "lymph nodes count" not in assumed(config) and "lymph nodes count" in assumed(protocol())


def test_a_variable_with_a_test_of_its_own_is_no_exception_by_contradiction():
    """Welch's test of all of them, and the Mann-Whitney test of one of them, would both be said of that one."""
    text = told(protocol())
    assert "compared by Welch's t test; Number of TACE after combination therapy" in text
    assert "was compared by" not in text.split("Continuous variables")[1].split("Tumour response")[0]


CHOICES = [
    "matching.method", "matching.incomplete", "matching.order", "balance.denominator", "baseline.continuous_test",
    "baseline.categorical_test", "baseline.skewed", "response.test", "safety.test", "survival.conf_type",
    "study.time_unit",
]  # fmt: skip


def enumerated(path: str) -> list:
    part = SCHEMA
    for name in path.split("."):
        part = part["properties"][name]
    return part["enum"] if "enum" in part else SCHEMA["$defs"][part["$ref"].rpartition("/")[2]]["enum"]


@pytest.mark.parametrize("path", CHOICES)
def test_every_choice_is_distinguished(path):
    texts = []
    for value in enumerated(path):
        config = protocol()
        section, key = path.split(".")
        config[section][key] = value
        texts.append(told(config))
    assert len(set(texts)) == len(texts) > 1


def test_a_threshold_is_stated_for_its_criterion():
    text = told(changed("response.pd_ratio", {"mrecist": 0.25}))
    assert "by at least 25% (mRECIST) and 20% (RECIST 1.1)" in text
    assert "and by at least 0 mm (mRECIST) and 5 mm (RECIST 1.1)" in text


@pytest.mark.parametrize(
    ("select", "keep", "words"),
    [
        (0.05, ["arm"], "those with P below 0.05 entered the multivariable model, and treatment regardless of P."),
        (0.0001, ["arm", "age"], "those with P below 0.0001 entered the multivariable model, and treatment and Age re"),
        (0.05, [], "those with P below 0.05 entered the multivariable model. Selection"),
        (1, [], "those whose P could be computed entered the multivariable model. Proportional"),
        (
            1,
            ["arm"],
            "those whose P could be computed entered the multivariable model, and treatment regardless of P. Prop",
        ),
    ],
)
def test_who_entered_the_multivariable_model_is_stated(select, keep, words):
    config = protocol()
    config["prognosis"] |= {"select": select, "keep": keep}
    text = told(config)
    assert words in text and "below 1 " not in text


def test_a_study_without_an_analysis_does_not_mention_it():
    config = protocol()
    config["outcomes"] = {}
    for part in (
        "response",
        "safety",
        "prognosis",
        "designs",
        "propensity",
        "matching",
        "balance",
        "disclosure",
        "baseline",
    ):
        del config[part]
    config["subgroups"] = {}
    config["endpoints"] = {"ready": config["endpoints"]["ready"]}
    text = told(config)
    for word in ("kappa", "tumour", "Adverse", "propensity", "multivariable", "interaction", "masked", "by pair"):
        assert word not in text.replace("any new therapy", ""), word


def test_each_way_with_missing_values_is_said():
    left_out, imputed = (
        "Patients without a value of ECOG were left out",
        "Missing values of Grade were imputed 20 times",
    )
    text = told(protocol())
    assert left_out in text and imputed in text and "No value was imputed" not in text
    assert "event of each endpoint and the Nelson–Aalen estimate" in text and "objective response" in text
    both = told(changed("propensity.missing", {"ecog": "impute"}))
    assert left_out not in both and "Missing values of ECOG and Grade were imputed" in both
    neither = told(changed("imputation.variables", []))
    assert left_out in neither and "No value was imputed" in neither and "Rubin" not in neither


def test_each_design_says_what_it_estimates():
    text = told(protocol())
    for words in (
        "average treatment effect in the treated patients who were matched",
        "patients were weighted by the inverse of the probability of their own arm, multiplied by the share",
        "average treatment effect in patients within the limits of the score (ATE)",
        "Patients with a score below 0.05 or above 0.95 were left out",
        "Weights beyond the quantiles 0.01 and 0.99 of all patients were set to these.",
        "Rao and Scott's test",
        "Adjusted: a Cox model of all enrolled patients with the treatment and Age;",
        "The main results are those of the design matching.",
    ):
        assert words in text
    for kind, short in (("att", "ATT"), ("overlap", "ATO"), ("matching", "ATM")):
        config = protocol()
        config["designs"] = {"own": {"weights": kind}}
        text = told(config)
        assert f"({short})" in text and "matched one to one" not in text and "(ATE)" not in text


@pytest.mark.parametrize(
    ("matching", "words", "absent"),
    [
        (
            {"ratio": {"mean": 2.5, "min": 1, "max": 4}, "method": "nearest"},
            "was to have from 1 to 4 controls, 2.5 on average, most of them where scores are most like those of "
            "controls",
            "left out, with their controls",
        ),
        (
            {"ratio": {"mean": 2.5, "min": 2, "max": 4}, "incomplete": "drop"},
            "left out, with their controls; controls",
            "",
        ),
        ({"ratio": 2, "incomplete": "weight"}, "were kept; controls were weighted so that each set counts alike", ""),
        ({"ratio": 2, "incomplete": "drop"}, "left out, with their controls. Matched", "weighted so"),
        ({"ratio": {"mean": 2.5, "min": 1, "max": 4}}, "take each set as a cluster", ""),
        ({"ratio": 2}, "2 controls, taken in as many rounds", "take each set as a cluster"),
        ({"ratio": 2, "replace": True}, "with replacement (a control has the weight of all its sets)", "as a cluster"),
    ],
)
def test_the_sizes_of_sets_and_their_weights_are_said(matching, words, absent):
    config = protocol()
    config["designs"] = {"matched": {}}
    config["matching"] |= matching
    text = told(config)
    assert words in text and (not absent or absent not in text)


def test_a_study_that_only_adjusts_names_its_model_and_nothing_else():
    config = protocol()
    del config["propensity"]
    config["designs"] = {"adjusted": {"adjust": ["age", "sex"]}}
    text = told(config)
    assert "with the treatment and Age and Gender; its hazard ratio of treatment is conditional" in text
    assert "propensity" not in text and "There was no matching" not in text


SCRIPTS = sorted(map(str, (REPO / "scripts").rglob("*.py")))


def assumed(config: dict) -> str:
    return "\n".join(plain(item) for item in assumptions(SCRIPTS, config))


def test_assumptions_are_of_cases_that_the_study_meets():
    config = protocol()
    everything = assumed(config)
    for words in (
        "adjudicator's verdict", "after a new anticancer therapy", "not a confirmed response", "mRECIST too",
        "after the censoring date", "has no date", "after treatment start need not", "expected counts determine",
    ):  # fmt: skip
        assert words in everything, words
    del config["response"]["new_therapy"], config["response"]["reader"]["adjudicator"]
    config["response"] |= {"criteria": ["recist"], "confirm": False}
    config["endpoints"] = {"ready": config["endpoints"]["ready"]}
    for name in ("n_tace", "records_complete"):
        config["variables"][name]["timing"] = "baseline"
    config["outcomes"] = {}
    for part in ("baseline", "safety"):
        del config[part]
    config["response"]["test"] = "fisher"
    left = assumed(config)
    for words in (
        "adjudicator",
        "anticancer therapy",
        "confirmed",
        "mRECIST",
        "censor",
        "after treatment",
        "expected c",
    ):
        assert words not in left, words
    assert "has no date" in left and "[" not in everything


def test_assumptions_hold_for_any_study():
    for word in ("shipped", "the paper", "TACE", "hepatocellular", "progression-free"):
        assert word not in assumed(protocol()), word


def test_an_assumption_of_an_unknown_case_is_refused(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("# ASSUME [weather]: it rains.\n# ASSUME: it\n# is so.\nx = 1\n")
    with pytest.raises(ValueError, match="no such case of an assumption: weather"):
        assumptions([str(script)], protocol())
    script.write_text("# ASSUME: it\n# is so.\nx = 1\n")
    assert [plain(item) for item in assumptions([str(script)], protocol())] == ["It is so."]
