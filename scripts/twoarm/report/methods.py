"""The methods section that STROBE requires, written from the config and the software versions."""

from importlib.metadata import version

from twoarm.config.keys import GRADE_5
from twoarm.report.document import Block, Heading, Paragraph, Section
from twoarm.report.matching_methods import design_methods
from twoarm.report.missing_methods import missing_methods
from twoarm.report.prognosis_methods import prognosis_methods
from twoarm.report.response_methods import response_methods
from twoarm.report.run import Run, listed
from twoarm.report.variable_methods import definitions, labels
from twoarm.text.provenance import Link, Piece, Sourced, joined, prose, setting
from twoarm.text.units import unit_of

SOFTWARE = ["snakemake", "pandas", "numpy", "scipy", "matplotlib"]
CONTINUOUS = {
    "welch": "Welch's t test",
    "student": "Student's t test",
    "mann_whitney": "the Mann–Whitney U test with continuity correction",
}
GIVEN = {
    "mean_sd": "mean and standard deviation",
    "median_iqr": "mean and standard deviation, or as median and quartiles if compared by the Mann–Whitney U test,",
}
CATEGORICAL = {
    "pearson": "Pearson's chi-squared test",
    "yates": "the chi-squared test with Yates' correction",
    "fisher": "Fisher's exact test",
}
WIDE = " The grades were recorded in one column for each term, where an empty cell or zero means no event."
INTERVALS = {"log": "log", "log-log": "complementary log-log", "plain": "untransformed"}


def methods(run: Run) -> Section:
    """The methods of the analyses that this study has; how its tables were read: `definitions`, in the appendix."""
    more = Paragraph(["How criteria and variables were evaluated is listed at the end (", Link("definitions"), ")."])
    return Section("methods", "Methods", [*([more] if definitions(run) else []), *analyses(run)])


def analyses(run: Run) -> list[Block]:
    """The methods of the analyses that this study has, each below its heading."""
    parts = [
        ("Propensity score and designs" if run.adjusted else "Adjustment", design_methods(run)),
        ("Description and comparison", _comparison(run)),
        ("Tumour response", _response(run)),
        ("Yes/no outcomes", _outcomes(run)),
        ("Survival", _survival(run)),
        ("Prognostic factors", prognosis_methods(run)),
        ("Adverse events", _safety(run)),
        ("Missing values, signs and multiplicity", _missing(run)),
        ("Software", _software(run)),
    ]
    return [block for title, text in parts if text for block in (Heading(title), Paragraph(text))]


def _comparison(run: Run) -> list[Piece]:
    if "baseline" not in run.protocol:
        return []
    part = run.protocol["baseline"]
    kinds = {name: run.protocol["variables"][name]["kind"] == "continuous" for name in part["variables"]}
    numbers, others = ([name for name, number in kinds.items() if number == wanted] for wanted in (True, False))
    filled: list[Piece] = []
    if numbers:
        filled += prose(
            "Continuous variables ({names}) are given as {given} and compared by {test}{others}.",
            names=labels(run, numbers),
            given=GIVEN[part["skewed"]],
            test=CONTINUOUS[part["continuous_test"]],
            others=_tested_otherwise(run, numbers),
        )
    if others:
        filled += prose(
            " Categorical variables ({names}) are given as number and percentage and compared by {test}{others}.",
            names=labels(run, others),
            test=_categorical(part["categorical_test"], part["auto"], "baseline.auto"),
            others=_tested_otherwise(run, others),
        )
    return [*filled, *([" Both arms together are described in the same way."] if part["overall"] else [])]


def _tested_otherwise(run: Run, variables: list[str]) -> list[Piece]:
    """`; Age by Student's t test`: those of the variables that have a test of their own."""
    part, filled = run.protocol["baseline"], []
    own = {name: test for name, test in part["tests"].items() if name in variables}
    for test in dict.fromkeys(own.values()):
        words = CONTINUOUS.get(test) or _categorical(test, part["auto"], "baseline.auto")
        names = [name for name in own if own[name] == test]
        filled += prose("; {names} by {test}", names=labels(run, names), test=words)
    return filled


def _categorical(test: str, auto: dict, key: str) -> str | list[Piece]:
    if test != "auto":
        return CATEGORICAL[test]
    text = (
        "Pearson's chi-squared test, with Yates' correction if an expected count of a two-by-two table was at most "
        "{yates}, or Fisher's exact test if {zero}an expected count was below {fisher}"
    )
    return prose(
        text,
        yates=setting(f"{key}.yates_expected", auto["yates_expected"]),
        fisher=setting(f"{key}.fisher_expected", auto["fisher_expected"]),
        zero="a cell was empty or " if auto["fisher_zero_cell"] else "",
    )


def _same(run: Run, part: dict, key: str) -> str | list[Piece]:
    """The test of a stage's proportions: in few words if it is the one of the baseline table."""
    baseline = run.protocol.get("baseline", {})
    if part["test"] == "auto" == baseline.get("categorical_test") and part["auto"] == baseline["auto"]:
        return "the tests for categorical variables, chosen as above"
    return _categorical(part["test"], part["auto"], key)


def _response(run: Run) -> list[Piece]:
    if "response" not in run.protocol:
        return []
    part = run.protocol["response"]
    text = (
        " Rates refer to all patients analysed; patients who were not evaluable count as non-responders. Rates have "
        "Clopper–Pearson intervals{@clopper_pearson}; differences have Newcombe's score intervals{@newcombe}, and were "
        "tested by {test}."
    )
    filled = [*response_methods(run), *prose(text, test=_same(run, part, "response.auto"))]
    if len(run.criteria) > 1:
        filled += prose(
            " Agreement of the criteria was measured by Cohen's kappa{@cohen} (unweighted) of best response."
        )
        filled += [" Weights of patients do not enter it."] * any(population.weights for population in run.populations)
    return filled


def _outcomes(run: Run) -> list[Piece]:
    parts = run.protocol.get("outcomes", {})
    if not parts:
        return []
    text = (
        "Yes/no outcomes are given as number and percentage of the patients whose outcome is known, with "
        "Clopper–Pearson intervals{@clopper_pearson}: {outcomes}. The arms were compared by the difference of the "
        "percentages (Newcombe's interval{@newcombe}), the risk ratio (Katz's interval{@katz}) and the odds ratio "
        "(Wald's interval)."
    )
    named = [
        prose(
            "{label} ({event}; tested by {test})",
            label=run.key(f"outcomes.{name}.label"),
            event=run.ready_made("outcomes", name),
            test=_same(run, part, f"outcomes.{name}.auto"),
        )
        for name, part in parts.items()
    ]
    return prose(text, outcomes=joined(named, last="; ", between="; "))


def _survival(run: Run) -> list[Piece]:
    if not run.protocol["endpoints"]:
        return []
    part = run.protocol["survival"]
    text = (
        "Times are in {unit}. Survival was estimated by the Kaplan–Meier method{@kaplan_meier} with {confidence} "
        "confidence intervals on the {scale} scale{times} and, for medians, by inverting these{@brookmeyer_crowley}. "
        "Arms were compared by the log-rank test{@mantel}; hazard ratios are from a Cox model{@cox} with treatment "
        "alone (Efron's method for ties{@efron}, Wald intervals), whose proportional hazards were tested as in R's "
        "cox.zph{@grambsch_therneau}. Median follow-up was estimated by the reverse Kaplan–Meier "
        "method{@schemper_smith}."
    )
    filled = prose(
        text,
        unit=_unit(run),
        confidence=run.confidence,
        scale=INTERVALS[part["conf_type"]],
        times=_read_at(run, part["times"]),
    )
    if part.get("rmst"):
        filled += prose(
            " Restricted mean survival time{@royston_parmar} is the area under the Kaplan–Meier curve up to {horizon} "
            "{unit}, with Greenwood's variance; its difference was tested by Wald's test.",
            horizon=run.key("survival.rmst"),
            unit=unit_of(part["rmst"], run.unit),
        )
    if any(population.pairs and not population.weights for population in run.populations):
        filled += prose(
            " Matched arms were compared as independent samples; in addition, survival was analysed by a Cox model "
            "with standard errors clustered by {together}{@lee_wei_amato} and a log-rank test stratified by "
            "{together}.",
            together=run.together,
        )
    if run.protocol["subgroups"]:
        filled += prose(
            " In subgroups, levels were compared within each arm by the log-rank test, arms within each level by Cox "
            "regression in that level alone, and treatment effects between levels by a likelihood-ratio test of "
            "interaction in one model of all levels: {names}.",
            names=joined([_subgroup(run, name) for name in run.protocol["subgroups"]], last="; ", between="; "),
        )
    return filled


def _read_at(run: Run, times: list[float]) -> list[Piece]:
    """`, given at 1 and 3 years`; empty if the config has no times."""
    if not times:
        return []
    said = [[setting("survival.times", time)] for time in times]
    return prose(", given at {times} {unit},", times=listed(said), unit=unit_of(times[-1], run.unit))


def _unit(run: Run) -> list[Piece]:
    if run.unit == "days":
        return ["days"]
    days = {"months": "30.4375", "years": "365.25"}[run.unit]
    return prose(run.unit + " of {days} days", days=Sourced(days, "convention: study.time_unit"))


def _subgroup(run: Run, name: str) -> list[Piece]:
    """`Stage (Tumour stage; overall survival, matched patients)`; a list: `Sex and Stage (overall survival, ...)`."""
    subgroup = run.protocol["subgroups"][name]
    said = {
        "endpoint": run.lower(run.key(f"endpoints.{subgroup['endpoint']}.label")),
        "whom": run.population_of("subgroups", name).inside_sentence,
        "few": _few_events(run, name),
    }
    if "variables" in subgroup:
        variables = listed([[run.variable(variable)] for variable in subgroup["variables"]])
        return prose("{variables} ({endpoint}, {whom}{few})", variables=variables, **said)
    variable = run.variable(subgroup["variable"])
    text = "{label} ({variable}; {endpoint}, {whom}{few})"
    return prose(text, label=run.key(f"subgroups.{name}.label"), variable=variable, **said)


def _few_events(run: Run, name: str) -> list[Piece]:
    """`; no hazard ratio in levels with fewer than 10 events`; empty if every level may have one."""
    if "min_events" not in run.protocol["subgroups"][name]:
        return []
    key = f"subgroups.{name}.min_events"
    return prose("; no hazard ratio in levels with fewer than {least} events", least=run.key(key))


def _safety(run: Run) -> list[Piece]:
    if "safety" not in run.protocol:
        return []
    part = run.protocol["safety"]
    text = (
        "Adverse events were graded by {version}; each patient counts once per term, at the worst grade. Groups of "
        "grades are {grades}{terms}. Table and figure are of {whom}; deaths (grade {death}), over all terms, are also "
        "given for all enrolled patients. Percentages refer to all patients, including those without an event. Arms "
        "were compared by {test}; differences have Newcombe intervals{@newcombe}.{wide}"
    )
    grades = [
        prose(
            "{label} (grade {low} to {high})",
            label=Sourced(label, "config: safety.grades"),
            low=setting(f"safety.grades.{label}", low),
            high=setting(f"safety.grades.{label}", high),
        )
        for label, (low, high) in part["grades"].items()
    ]
    terms: str | list[Piece] = ""
    if part.get("terms"):
        listed_terms = [[Sourced(term, "config: safety.terms")] for term in part["terms"]]
        terms = prose(". The table lists {terms}; other terms count as any adverse event", terms=listed(listed_terms))
    return prose(
        text,
        version=run.key("safety.version"),
        grades=listed(grades),
        terms=terms,
        whom=run.population_of("safety").inside_sentence,
        death=Sourced(str(GRADE_5[0]), "convention: keys.GRADE_5"),
        test=_same(run, part, "safety.auto"),
        wide=WIDE if run.is_wide("adverse_events") else "",
    )


def _missing(run: Run) -> list[Piece]:
    text = (
        "{missing}NR means a "
        "median or limit that was not reached, NE a value that is not estimable, a dash a value that was not computed. "
        "P below {alpha} is called significant; P values were not adjusted for multiplicity. All tests are two-sided."
    )
    filled = prose(text, missing=missing_methods(run), alpha=run.alpha)
    if "disclosure" in run.protocol:
        smallest = run.key("disclosure.minimum_cell")
        text = " Numbers of patients below {smallest} are masked, together with all numbers that would reveal them."
        filled += prose(text, smallest=smallest)
    return filled


def _software(run: Run) -> list[Piece]:
    packages = [[f"{name} ", Sourced(version(name), f"version: {name}")] for name in SOFTWARE]
    text = (
        "The analysis ran as one Snakemake workflow{@snakemake} in Python ({packages}). Its conventions follow R "
        "(MatchIt{@matchit}, survival{@therneau_grambsch}), and its numbers are tested against R."
    )
    return prose(text, packages=listed(packages))
