"""All errors in a config are found before anything runs, each named by its key."""

import copy
from pathlib import Path

import pytest
import yaml

from twoarm.config.config_file import repeated_keys
from twoarm.config.config_values import name_flag_words
from twoarm.config.protocol import protocol_errors
from twoarm.config.schema import read_schema
from twoarm.config.schema_errors import PATTERNS
from twoarm.config.standard_columns import ADVERSE_EVENTS, LESIONS

REPO = Path(__file__).parents[2]
SCHEMA = read_schema()
SHIPPED = yaml.safe_load((REPO / "config.yaml").read_text())


@pytest.fixture(autouse=True)
def _at_home(monkeypatch):
    monkeypatch.chdir(REPO)


def changed(path: str, value) -> dict:
    """The shipped config with one key set (value None: deleted)."""
    config = copy.deepcopy(SHIPPED)
    *parents, last = path.split(".")
    part = config
    for parent in parents:
        part = part[int(parent) if isinstance(part, list) else parent]
    if value is None:
        del part[last]
    else:
        part[int(last) if isinstance(part, list) else last] = value
    return config


def test_the_shipped_protocol_has_no_error():
    assert protocol_errors(SHIPPED, SCHEMA) == []


ERRORS = [
    ("matching.calliper", 0.2, "matching.calliper: unknown key 'calliper'; did you mean 'caliper'?"),
    ("typo", {}, "typo: unknown key 'typo'"),
    ("data.thousands", ".", "data.thousands: '.' is also the decimal mark"),
    ("data.date_format", ["%Y-%m-%d", "dd.mm.yyyy"], "data.date_format: found 'dd.mm.yyyy'; write '%d.%m.%Y'"),
    ("data.date_format", [], "data.date_format: "),
    ("variables.sex.detection", "limit", "variables.sex.detection: only numbers have it; the variable is categorical"),
    (
        "variables.child_pugh.levels",
        {"== 5": "A", "<= 9": "B"},
        "variables.child_pugh.levels: found '== 5', expected a number (\"0\") or a condition with <, <=, > or >=",
    ),
    ("variables.sex.shown", "male", "variables.sex.shown: no level 'male'; did you mean 'Male'?"),
    ("variables.cirrhosis.shown", "yes", "variables.cirrhosis.shown: no level 'yes'"),
    ("variables.age.shown", "Old", "variables.age: only a categorical variable or flag has a level to be shown alone"),
    ("baseline.binary", "one row", "baseline.binary: found 'one row'; expected one of levels, one_row"),
    ("variables.sex.cell_units", ["mg"], "variables.sex.cell_units: only numbers have it"),
    ("variables.age.detection", "missing", "variables.age.detection: a value beyond the limit is then missing; this"),
    ("variables.age.ignore_case", True, "variables.age.ignore_case: only levels have a case; the variable is contin"),
    (
        "variables.sex",
        {"label": "Sex", "kind": "categorical", "levels": {"m": "Male", "M": "F"}, "ignore_case": True},
        "variables.sex.levels: m, M differ only in case",
    ),
    ("response.criteria", ["choi"], "response.criteria.0: found 'choi'; expected one of mrecist, recist"),
    (
        "response.criteria",
        "recist",
        "response.criteria: found 'recist'; expected a list of at least 1 or keys with values",
    ),
    ("response.criteria", {"choi": {}}, "response.criteria.choi: the key best is missing"),
    ("response.criteria", {"choi": {"best": "x", "dates": "y"}}, "response.criteria.choi.dates: unknown key 'dates'"),
    ("response.criteria", {"choi": {"best": "bestt"}}, "response.criteria.choi.best: no variable 'bestt'"),
    ("response.criteria", {"choi": {"best": "age"}}, "response.criteria.choi.best: age is continuous; expected categ"),
    ("response.criteria", {"choi": {"best": "sex"}}, "response.criteria.choi.best: sex has the printed level 'Male'; "),
    (
        "response.criteria",
        {"choi": {"best": "sex", "progression": "sex"}},
        "response.criteria.choi.progression: sex is categorical; expected date",
    ),
    ("response.criteria", {"choi": {"best": "sex"}}, "response.confirm: has no effect on ready-made responses; remove"),
    (
        "response.criteria",
        {"mrecist": {"best": "sex"}},
        "endpoints.pfs.events: progression:mrecist needs 'mrecist' in response.criteria, with its date",
    ),
    ("outcomes", {"x": {"label": "X"}}, "outcomes.x: the key event is missing"),
    ("outcomes", {"X": {"label": "X", "event": "pvtt"}}, "outcomes: found the name 'X'; expected a name of lower-case"),
    ("outcomes", {"x": {"label": "X", "event": "pvt"}}, "outcomes.x.event: no variable 'pvt'; did you mean 'pvtt'?"),
    ("outcomes", {"x": {"label": "X", "event": "sex"}}, "outcomes.x.event: sex is categorical; expected flag"),
    (
        "outcomes",
        {"x": {"label": "X", "event": {"variable": "sex", "value": "m"}}},
        "outcomes.x.event.value: found 'm', which sex does not have; expected one of male, female, Male, Female",
    ),
    (
        "outcomes",
        {"x": {"label": "X", "event": "pvtt"}},
        "propensity.covariates: pvtt is an outcome (timing: post_baseline), so the treatment may have changed it",
    ),
    (
        "endpoints.ttp",
        {"label": "Time to progression", "time": "n_tace", "event": "pvtt", "unit": "days"},
        "propensity.covariates: pvtt is an outcome (timing: post_baseline), so the treatment may have changed it",
    ),
    ("propensity", None, "matching: there is no matching without propensity.covariates"),
    ("data.adverse_events", {"wide": {"Rash": 1}}, "data.adverse_events.wide"),
    (
        "data.patients",
        {"file": "config.yaml", "wide": {"a": "b"}},
        "data.patients.wide: the patients table has one row",
    ),
    ("safety.labels", {"Rsh": "Exanthema"}, "safety.labels: not in safety.terms: 'Rsh'; did you mean 'Rash'?"),
    (
        "safety.labels",
        {"Rash": "a", "RASH ": "b"},
        "safety.labels: 'Rash' and 'RASH ' are the same term; label it once",
    ),
    ("response.start", None, "response: the key start is missing"),
    ("variables.age", {"label": "Age", "from": "agee"}, "variables.age.from: no variable 'agee'"),
    ("variables.age", {"label": "Age"}, "variables.age: the key kind is missing"),
    (
        "variables.age",
        {"label": "Age", "from": "dose", "split": "median"},
        "eligibility.inclusion.age: age is split among the enrolled patients, so it cannot decide who is enrolled",
    ),
    (
        "variables.age",
        {"label": "Age", "from": "n_tace + 1"},
        "propensity.covariates: age is measured after treatment start",
    ),
    ("arms.treated", None, "arms: the key treated is missing"),
    ("matching.caliper", -1, "matching.caliper: found -1"),
    ("matching.caliper", "wide", "matching.caliper: found 'wide'"),
    ("arms.control.value", "TRP", "arms: both arms have the value 'TRP'"),
    ("data.lesions", "nowhere.csv", "data.lesions: there is no file nowhere.csv"),
    ("published", "nowhere.csv", "published: there is no file nowhere.csv"),
    ("variables.age.kind", "number", "variables.age.kind: found 'number'"),
    ("variables.sex.per", 10, "variables.sex.per: only a continuous variable has a hazard ratio per unit"),
    ("variables.age.per", 0, "variables.age.per: found 0"),
    ("variables.age.range", [120, 0], "variables.age.range: 120 is not below 0"),
    ("variables.sex.levels", {"male": "M", "female": "M"}, "variables.sex.levels: only one printed level"),
    ("variables.ecog.reference", "0", "variables.ecog.reference: no level '0'"),
    ("variables.arm", {"label": "Arm", "kind": "flag"}, "variables.arm: the workflow uses this name itself"),
    ("variables.intercept", {"label": "Intercept", "kind": "flag"}, "variables.intercept: the workflow uses this name"),
    ("variables.global", {"label": "Global", "kind": "flag"}, "variables.global: the workflow uses this name itself"),
    (
        "arms.treated.value",
        "line=2L",
        "arms.treated.value: 'line=2L' would mean both the arm and the level",
    ),
    ("variables.line.levels", {"1": "A", "2": "B", "3": "A vs B"}, "subgroups.line.variable: line: 'A vs B' would"),
    (
        "variables.line.levels",
        {"1": "A", "2": "B vs C", "3": "A vs B", "4": "C"},
        "subgroups.line.variable: line: 'A vs B vs C' would mean both 'A' against 'B vs C' and 'A vs B' against",
    ),
    ("variables.line.levels", {"1": "overall", "2": "B"}, "subgroups.line.variable: line: 'overall' would"),
    (
        "safety.grades",
        {"Grade 5": [4, 5]},
        "safety.grades.Grade 5: deaths are counted under this name; choose another name for [4, 5]",
    ),
    (
        "eligibility.inclusion.0.keep",
        "18 <= age <=",
        "eligibility.inclusion.age: the criterion '18 <= age <=' cannot be",
    ),
    ("eligibility.inclusion.0.keep", "18 <= aeg", "eligibility.inclusion.age: no variable 'aeg'; did you mean 'age'?"),
    ("eligibility.inclusion.1.id", "age", "eligibility.inclusion.age: the id is used twice"),
    ("data.missing", ["TRP"], "data.missing: found 'TRP', which is also in arms.treated.value; it can mean only one"),
    ("data.missing", ["none"], "data.missing: found 'none', which is also in variables.hepatitis.levels"),
    ("variables.hepatitis.missing", ["HBV"], "variables.hepatitis.missing: found 'HBV', which is also in variables."),
    ("variables.pvtt.yes", "ja", "variables.pvtt.yes: found 'ja'; expected a list"),
    ("variables.age.yes", ["ja"], "variables.age: only a flag has words for yes and no"),
    ("propensity.covariates", ["age", "n_tace"], "propensity.covariates: n_tace is measured after treatment start"),
    ("propensity.covariates", ["age", "death_date"], "propensity.covariates: death_date is date"),
    ("matching.exact", ["age"], "matching.exact: age is continuous"),
    ("matching.method", "full", "matching.method: found 'full'"),
    ("matching.calipers", {"age": "narrow"}, "matching.calipers.age: found 'narrow'; expected a number above 0, alone"),
    ("matching.calipers", {"age": 0}, "matching.calipers.age: found 0; expected a number above 0, alone"),
    ("matching.calipers", {"sex": 1}, "matching.calipers: sex is categorical; expected continuous"),
    ("matching.calipers", {"n_tace": 1}, "matching.calipers: n_tace is measured after treatment start"),
    ("matching.covariates", ["age"], "matching.covariates: has no effect with `method: nearest`; remove it"),
    ("matching.ratio", 0, "matching.ratio: found 0; expected a whole number of 1 or more"),
    ("matching.incomplete", "drop", "matching.incomplete: has no effect with `ratio: 1`; remove it"),
    ("matching", {"method": "optimal", "ratio": 2}, "matching.ratio: `method: optimal` forms pairs; expected 1"),
    (
        "matching",
        {"method": "optimal", "ratio": {"mean": 2, "max": 3}},
        "matching.ratio: `method: optimal` forms pairs; expected 1",
    ),
    ("matching.ratio", {"mean": 4, "max": 4}, "matching.ratio.mean: 4 is not between min (1) and max (4)"),
    ("matching.ratio", {"mean": 2, "min": 2, "max": 4}, "matching.ratio.mean: 2 is not between min (2) and max (4)"),
    ("matching.ratio", {"mean": 2}, "matching.ratio: the key max is missing"),
    ("matching.ratio", {"mean": 2, "most": 4, "max": 4}, "matching.ratio.most: unknown key 'most'"),
    ("matching.ratio", {"mean": 2, "max": 40}, "matching.ratio.max: found 40; expected a whole number of 2 or more up"),
    (
        "matching",
        {"ratio": {"mean": 2, "max": 4}, "incomplete": "drop"},
        "matching.incomplete: has no effect with `ratio.min: 1`; remove it",
    ),
    (
        "matching",
        {"method": "optimal", "order": "smallest"},
        "matching.order: has no effect with `method: optimal`; remove it",
    ),
    ("matching", {"method": "mahalanobis", "covariates": ["aeg"]}, "matching.covariates: no variable 'aeg'; did you"),
    ("baseline.tests", {"sex": "welch"}, "baseline.tests.sex: welch does not fit a categorical variable"),
    ("baseline.tests", {"weight": "welch"}, "baseline.tests.weight: not in the table:"),
    ("endpoints.pfs.censor", "age", "endpoints.pfs: age is continuous; expected date"),
    ("endpoints.pfs.events", ["progression:irecist"], "endpoints.pfs.events: progression:irecist needs 'irecist'"),
    ("subgroups.dose.variable", "age", "subgroups.dose.variable: age is continuous"),
    ("subgroups.dose", {"variables": ["sex", "age"], "endpoint": "os"}, "subgroups.dose.variables: age is continuous"),
    ("subgroups.dose", {"variables": ["sex", "xes"], "endpoint": "os"}, "subgroups.dose.variables: no variable 'xes'"),
    ("subgroups.dose", {"variables": ["sex"], "variable": "sex", "endpoint": "os"}, "subgroups.dose.variable"),
    ("subgroups.dose.min_events", 0, "subgroups.dose.min_events"),
    ("subgroups.dose.endpoint", "dfs", "subgroups.dose.endpoint: no endpoint 'dfs'"),
    ("prognosis.keep", ["dosis"], "prognosis.keep: not among the variables: 'dosis'; did you mean 'dose'?"),
    ("eligibility.exclusion.0.drop", "other_malignancy == 'yes'", "eligibility.exclusion.other_cancer: the criterion"),
    ("variables.sex.range", [0, 1], "variables.sex.range: only numbers have a range"),
    ("response.new_therapy", "age", "response: age is continuous; expected date"),
    ("safety.grades", {"Severe": [4, 3]}, "safety.grades.Severe: 4 is above 3"),
    ("data.adverse_events", None, "safety: it needs data.adverse_events"),
    ("arms.treated.value", 1, "arms.treated.value: found 1; expected a text: put it in quotes"),
    ("arms.treated.value", "overall", "arms.treated.value: 'overall' means both arms together"),
    ("variables.dose.levels", {80: "80mg", 120: "120mg"}, "variables.dose.levels: the key 80 is not text; put it in"),
    # unquoted yes and no are true and false in YAML
    (
        "variables.pvtt",
        {"label": "P", "kind": "categorical", "levels": {True: "Y", False: "N"}},
        "variables.pvtt.levels",
    ),
    ("survival.times", [6, 6], "survival.times: found 6 twice; expected each once"),
    ("safety.terms", ["any"], "safety.terms: 'any' means all terms together"),
    ("data.separator", "", "data.separator: found ''"),
    ("data.separator", ";;", "data.separator: found ';;'"),
    (
        "data.columns",
        {"adverse_events": {"trem": "CTC"}},
        "data.columns.adverse_events: found the name 'trem'; expected one of term, grade, onset_date",
    ),
    ("arms.column", "patient_id", "arms.column: patient_id is the patient identifier, which must not be printed"),
    ("data.centre", "patient_id", "data.centre: patient_id is the patient identifier, which must not be printed"),
    ("variables.age.column", "patient_id", "variables.age.column: patient_id is the patient identifier, which"),
    ("arms.treated.label", "Drug {A}", "arms.treated.label: found 'Drug {A}'; braces have a meaning for Snakemake"),
    (
        "eligibility.inclusion.0.label",
        "Age}",
        "eligibility.inclusion.0.label: found 'Age}'; braces have a meaning for Snakemake",
    ),
    (
        "variables.sex.levels",
        {"{m": "M", "f": "F"},
        "variables.sex.levels: found '{m'; braces have a meaning for Snakemake",
    ),
    ("variables.logit", {"label": "Logit", "kind": "flag"}, "variables.logit: the workflow uses this name itself"),
    ("matching.caliper", float("nan"), "matching.caliper: found nan; expected a finite number"),
    ("balance.smd", float("inf"), "balance.smd: found inf; expected a finite number"),
    ("response.sd_min_days", 10**300, "response.sd_min_days: found an endless number; expected a finite number"),
    ("survival.times", [6, 1e300], "survival.times.1: found 1e+300; expected a finite number"),
    ("balance.variance_ratio", [2, 0.5], "balance.variance_ratio: 2 is not below 0.5"),
    ("balance.smd", "1e-1", "balance.smd: found '1e-1'; expected a number above 0: write 0.1 without quotes"),
    ("study.time_unit", "month", "study.time_unit: found 'month'; expected one of days, months, years"),
    ("study.title", "", "study.title: found ''; expected a text"),
    ("study.title", "a\x07b", "study.title: found 'a\\x07b'; expected no control character"),
    ("arms.treated.label", "A\nB", "arms.treated.label: found 'A\\nB'; expected no control character and no line"),
    ("arms.treated.label", "x" * 301, "arms.treated.label: found 'xxxx"),
    ("arms.treated.value", "TRP ", "arms.treated.value: found 'TRP '; expected no spaces around it"),
    ("safety.terms", ["Rash\ud800"], "safety.terms.0: found 'Rash\\ud800'; expected no control character"),
    ("safety.terms", ["Rash", " RASH"], "safety.terms: 'Rash' and ' RASH' are the same term; list it once"),
    ("safety.terms", ["Any"], "safety.terms: 'Any' means all terms together"),
    (
        "variables.sex.levels",
        {"": "Male", "f": "F"},
        "variables.sex.levels: found the key ''; expected a text; an empty",
    ),
    ("variables.sex.levels", {"m": "", "f": "F"}, "variables.sex.levels.m: found ''; expected a text"),
    ("subgroups." + "a" * 300, {"label": "A", "variable": "dose", "endpoint": "pfs"}, "subgroups: found the name 'aaa"),
    (
        "subgroups." + "ab" * 20,
        {"label": "A", "variable": "dose", "endpoint": "pfs"},
        "subgroups: found the name 'ababab",
    ),
    ("eligibility.inclusion.0.keep", "not " * 2000 + "pvtt", "eligibility.inclusion.0.keep: found 'not not"),
    ("eligibility.inclusion.0.keep", "not " * 60 + "pvtt", "eligibility.inclusion.age: the criterion 'not not"),
    (
        "eligibility.inclusion.0.keep",
        "(age, ecog) == (1, 2)",
        "eligibility.inclusion.age: the criterion '(age, ecog) ==",
    ),
    ("eligibility.inclusion.0.keep", "age > " + "9" * 300, "eligibility.inclusion.age: the criterion 'age > 999"),
    ("eligibility.inclusion.0", {"id": "a", "label": "A", "keeps": "x"}, "eligibility.inclusion.0.keeps: unknown key"),
    ("endpoints.os.unit", "day", "endpoints.os.unit: it cannot be combined with start, events, censor"),
    (
        "endpoints.os",
        {"label": "OS", "time": "age", "event": "pvtt", "unit": "day"},
        "endpoints.os.unit: found 'day'; expected one of days, weeks, months, years",
    ),
    ("endpoints.os", {"label": "OS", "time": "age", "evnt": "pvtt"}, "endpoints.os: the key event is missing"),
    ("endpoints.os", {"label": "OS", "time": "age", "evnt": "pvtt"}, "endpoints.os.evnt: unknown key 'evnt'; did you"),
    ("response.pd_ratio", "big", "response.pd_ratio: found 'big'; expected a number of 0 or more or keys with values"),
    ("response.pr_ratio", 2, "response.pr_ratio: found 2; expected a number of 0 or more up to 1 or keys with values"),
    ("response.max_targets", 1.5, "response.max_targets: found 1.5; expected a whole number of 1 or more or keys with"),
    ("balance.variance_ratio", [-1, 2], "balance.variance_ratio.0: found -1; expected a number of 0 or more"),
    ("variables.age.levels", {"1": "a", "2": "b"}, "variables.age: only a categorical variable has levels"),
    ("data.cutoff", "31.12.2024", "data.cutoff: found '31.12.2024'; expected a day written \"YYYY-MM-DD\""),
    ("data.cutoff", "2024-02-30", "data.cutoff: found '2024-02-30'; there is no such day"),
    ("data.date_format", "yyyy-mm-dd", "data.date_format: found 'yyyy-mm-dd'; write '%Y-%m-%d'"),
    ("data.date_format", "DD.MM.YY", "data.date_format: found 'DD.MM.YY'; write '%d.%m.%y'"),
    ("data.date_format", "ISO8601", "data.date_format: found 'ISO8601'; write '%Y-%m-%d'"),
    ("data.date_format", "mixed", "data.date_format: found 'mixed'; write a day (%d), a month (%m) and a year (%Y)"),
    ("data.date_format", "%d.%m", "data.date_format: found '%d.%m'; write a day"),
    ("data.date_format", "%d.%m.%Y %Q", "data.date_format: found '%d.%m.%Y %Q'; write a day"),
    ("data.date_format", "%d.%m.%Y %", "data.date_format: found '%d.%m.%Y %'; write a day"),
    ("data.date_format", "%Y-%d-%d", "data.date_format: found '%Y-%d-%d'; write a day"),
    ("data.separator", "a", "data.separator: found 'a', which also occurs in cells"),
    ("data.separator", '"', "data.separator: found '\"', which also occurs in cells"),
    (
        "data.lesions",
        {"file": "README.md", "separator": "x"},
        "data.lesions.separator: found 'x', which also occurs in",
    ),
    ("data.separator", "\n", "data.separator: found '\\n', which also occurs in cells"),
    ("data.encoding", "gbk2", "data.encoding: found 'gbk2', expected an encoding that Python knows, such as utf-8"),
    ("data.lesions", {"file": "README.md", "encoding": "x"}, "data.lesions.encoding: found 'x', expected an encoding"),
    ("data.lesions", {"file": "lesions.xlsx", "sheet": "A"}, "data.lesions: there is no file lesions.xlsx"),
    ("data.lesions", {"sheet": "A"}, "data.lesions: the key file is missing"),
    (
        "data.lesions",
        ["a.csv", "b.csv"],
        "data.lesions: found a list; expected a text or keys with values (file, sheet, encoding, separator, header, ",
    ),
    ("data.patients", "results/data/patients.parquet", "data.patients: results/data/patients.parquet is in results/"),
    ("data.patients", "x/../results/a.csv", "data.patients: x/../results/a.csv is in results/"),
    ("data.patients", str(REPO / "results/a.csv"), "data.patients: "),
    ("data.patients", "", "data.patients: found ''; expected a text"),
    ("data.patients", "resources", "data.patients: there is no file resources (it is a folder)"),
    ("published", "results/statistics/a.csv", "published: results/statistics/a.csv is in results/"),
]


@pytest.mark.parametrize(("path", "value", "says"), ERRORS)
def test_an_error_is_named_by_its_key(path, value, says):
    errors = protocol_errors(changed(path, value), SCHEMA)
    assert len(errors) >= 1
    assert any(error.startswith(says) for error in errors), errors


def test_each_missing_key_is_named_once():
    config = changed("study.name", None)
    del config["study"]["title"]
    assert protocol_errors(config, SCHEMA) == ["study: the key name is missing", "study: the key title is missing"]


def test_an_input_that_a_link_leads_to_among_the_results_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results/a.csv").touch()
    (tmp_path / "link.csv").symlink_to("results/a.csv")
    config = changed("data.patients", "link.csv")
    assert (
        "data.patients: link.csv is in results/, where the workflow writes its results; move it elsewhere"
        in protocol_errors(config, SCHEMA)
    )


def test_every_pair_of_bounds_of_the_schema_is_checked_for_its_order():
    def pairs(schema):
        for part in schema.get("properties", {}).values():
            found = part.get("additionalProperties")
            for inner in [part, *([found] if isinstance(found, dict) else [])]:
                yield inner.get("minItems") == inner.get("maxItems") == 2
                yield from pairs(inner)

    # variables.range, balance.variance_ratio, safety.grades: the cases above
    assert sum(pairs(SCHEMA)) == 3


@pytest.mark.parametrize(
    "date_format", ["%Y-%m-%d", "%d.%m.%Y", "%d%b%Y", "%m/%d/%y", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %I:%M %p"]
)
def test_a_date_format_with_day_month_and_year_is_none(date_format):
    assert protocol_errors(changed("data.date_format", date_format), SCHEMA) == []


def test_every_regular_expression_of_the_schema_has_its_words():
    def patterns(part):
        if isinstance(part, dict):
            yield from [part["pattern"]] if isinstance(part.get("pattern"), str) else []
            for inner in part.values():
                yield from patterns(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from patterns(inner)

    assert set(patterns(SCHEMA)) == set(PATTERNS)


def test_all_errors_are_listed_at_once():
    config = changed("matching.calliper", 0.2)
    config["matching"]["caliper"] = -1
    config["survival"]["times"] = [-6, 0, 12]
    config["propensity"]["covariates"] += ["n_tace", "wieght"]
    config["eligibility"]["exclusion"][0]["drop"] = "other malignancy"
    assert len(protocol_errors(config, SCHEMA)) == 7


def test_without_a_propensity_model_nobody_is_matched():
    config = changed("propensity", None)
    del config["matching"]
    config["subgroups"]["dose"]["population"] = config["safety"]["population"] = "matched"
    assert protocol_errors(config, SCHEMA) == [
        f"{part}.population: no patients are matched, because the config has no propensity model"
        for part in ("subgroups.dose", "safety")
    ]


def test_a_variable_named_by_a_number_hides_no_other_error():
    config = changed("prognosis.variables", ["zzz"])
    config["variables"][1] = {"label": "One", "kind": "flag"}
    assert "variables: the key 1 is not text; put it in quotes" in protocol_errors(config, SCHEMA)


@pytest.mark.parametrize("raw", [0, None, True, 1.5])
def test_a_level_that_is_not_text_is_named_where_a_criterion_looks_at_its_variable(raw):
    config = changed("eligibility.inclusion", [{"id": "ecog", "label": "ECOG", "keep": "ecog <= 2"}])
    config["variables"]["ecog"] = {"label": "ECOG", "kind": "categorical", "levels": {raw: "low", "1": "high"}}
    assert f"variables.ecog.levels: the key {raw} is not text; put it in quotes" in protocol_errors(config, SCHEMA)


@pytest.mark.parametrize("name", ["time", "event"])
def test_a_variable_that_cox_cannot_tell_from_the_outcome_is_refused(name):
    config = changed("subgroups.dose.variable", name)
    config["variables"][name] = {"label": name, "kind": "flag"}
    config["prognosis"]["variables"].append(name)
    assert protocol_errors(config, SCHEMA) == [
        f"{key}: the name {name} is reserved for the outcome; rename the variable and give its raw name as `column`"
        for key in ("subgroups.dose.variable", "prognosis.variables")
    ]


@pytest.mark.parametrize("table", ["lesions", "adverse_events"])
def test_the_schema_knows_the_columns_of_the_tables(table):
    standard = {"lesions": LESIONS, "adverse_events": ADVERSE_EVENTS}[table]
    names = SCHEMA["properties"]["data"]["properties"]["columns"]["properties"][table]["propertyNames"]["enum"]
    assert names == list(standard)


def test_matching_without_a_propensity_model_is_no_silent_wish():
    config = changed("propensity", None)
    assert protocol_errors(config, SCHEMA) == ["matching: there is no matching without propensity.covariates"]


def test_a_key_that_appears_twice_is_found_at_any_depth():
    text = "study: {name: a}\nvariables: {age: {kind: flag, kind: date}}\nstudy: {name: b}\nlist: [{x: 1, x: 2}]\n"
    assert sorted(repeated_keys(yaml.compose(text))) == [
        "list.0.x: the key appears twice",
        "study: the key appears twice",
        "variables.age.kind: the key appears twice",
    ]
    assert repeated_keys(yaml.compose((REPO / "config.yaml").read_text())) == []


def test_every_key_of_the_schema_is_described():
    def undescribed(schema, path=""):
        for key, part in schema.get("properties", {}).items():
            if isinstance(part, dict):
                if "description" not in part and "$ref" not in part:
                    yield f"{path}.{key}"
                yield from undescribed(part, f"{path}.{key}")

    assert list(undescribed(SCHEMA)) == []


def test_words_for_yes_and_no_need_no_quotes_as_keys():
    """YAML reads the keys yes and no as truth values."""
    config = changed("data.yes", ["ja"])
    config["data"][False] = ["nein"]
    config["variables"]["pvtt"] |= {True: ["+"], "no": ["-"]}
    name_flag_words(config)
    assert protocol_errors(config, SCHEMA) == []
    assert config["data"]["no"] == ["nein"]
    assert config["variables"]["pvtt"]["yes"] == ["+"]
    config["variables"]["pvtt"]["yes"] = config["data"]["yes"] = ["-", "NEIN"]
    errors = protocol_errors(config, SCHEMA)
    assert [error.partition(":")[0] for error in errors] == ["variables.pvtt.no", "data.no"]
