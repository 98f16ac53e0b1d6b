"""How it was done, in the words that STROBE asks for: written from the config and the versions of the software."""

from importlib.metadata import version

from report.run import Run, listed
from twoarm.document import Heading, Paragraph, Section
from twoarm.sourced import Piece, Sourced, prose, setting

SOFTWARE = ["snakemake", "pandas", "numpy", "scipy", "scikit-learn", "statsmodels", "lifelines", "matplotlib"]
ORDERS = {
    "largest": "from the highest score down",
    "smallest": "from the lowest score up",
    "random": "in a seeded random order",
    "data": "in the order of the patients' identifiers",
}
CONTINUOUS = {
    "welch": "Welch's t test",
    "student": "Student's t test",
    "mann_whitney": "the Mann–Whitney U test with continuity correction",
}
CATEGORICAL = {
    "pearson": "Pearson's chi-squared test",
    "yates": "the chi-squared test with Yates' correction",
    "fisher": "Fisher's exact test",
}
INTERVALS = {"log": "log", "log-log": "complementary log-log", "plain": "untransformed"}


def methods(run: Run) -> Section:
    """The methods of the analyses that this study has."""
    parts = [
        ("Propensity score and matching", _matching(run)),
        ("Description and comparison", _comparison(run)),
        ("Tumour response", _response(run)),
        ("Survival", _survival(run)),
        ("Prognostic factors", _prognosis(run)),
        ("Adverse events", _safety(run)),
        ("Missing values and multiplicity", _missing(run)),
        ("Software", _software(run)),
    ]
    blocks = [block for title, text in parts if text for block in (Heading(title), Paragraph(text))]
    return Section("methods", "Methods", blocks)


def _labels(run: Run, names: list[str]) -> list[Piece]:
    return listed([[run.variable(name)] for name in names])


def _matching(run: Run) -> list[Piece]:
    if not run.matched:
        return []
    matching = run.protocol["matching"]
    text = (
        "The propensity score is the probability of {treated} in an unpenalised logistic regression on {covariates}. "
        "Treated patients were matched one to one to the nearest control on the logit of the score, without "
        "replacement, {order}"
    )
    filled = prose(
        text,
        treated=run.arm(run.treated),
        covariates=_labels(run, run.protocol["propensity"]["covariates"]),
        order=ORDERS[matching["order"]],
    )
    if matching["caliper"]:
        filled += prose(
            ", within a caliper of {caliper} standard deviations of the logit over all enrolled patients",
            caliper=run.key("matching.caliper"),
        )
    if matching["exact"]:
        filled += prose(", and exactly on {exact}", exact=_labels(run, matching["exact"]))
    limits = run.protocol["balance"]["variance_ratio"]
    filled += prose(
        ". Matched results estimate the effect in the treated who found a partner. Balance was judged by standardised "
        "mean differences over the standard deviation of {whose} before matching (limit {smd}) and by variance ratios "
        "({low} to {high}).",
        whose="the treated arm" if run.protocol["balance"]["denominator"] == "treated" else "both arms",
        smd=run.key("balance.smd"),
        low=setting("balance.variance_ratio", limits[0]),
        high=setting("balance.variance_ratio", limits[1]),
    )
    return filled


def _comparison(run: Run) -> list[Piece]:
    if "baseline" not in run.protocol:
        return []
    part = run.protocol["baseline"]
    text = (
        "Continuous variables are given as mean and standard deviation and compared by {continuous}, categorical ones "
        "as number and percentage and compared by {categorical}."
    )
    filled = prose(
        text,
        continuous=CONTINUOUS[part["continuous_test"]],
        categorical=_categorical(part["categorical_test"], part["auto"], "baseline.auto"),
    )
    for name, test in part["tests"].items():
        words = CONTINUOUS.get(test) or _categorical(test, part["auto"], "baseline.auto")
        filled += prose(" {variable} was compared by {test}.", variable=run.variable(name), test=words)
    return filled


def _categorical(test: str, auto: dict, key: str) -> str | list[Piece]:
    if test != "auto":
        return CATEGORICAL[test]
    text = (
        "Pearson's chi-squared test, with Yates' correction where an expected count of a fourfold table was at most "
        "{yates}, or Fisher's exact test where {zero}an expected count was below {fisher}"
    )
    return prose(
        text,
        yates=setting(f"{key}.yates_expected", auto["yates_expected"]),
        fisher=setting(f"{key}.fisher_expected", auto["fisher_expected"]),
        zero="a cell was empty or " if auto["fisher_zero_cell"] else "",
    )


def _same(run: Run, part: dict, key: str) -> str | list[Piece]:
    """The test of a stage's proportions: in few words where it is that of the baseline table."""
    baseline = run.protocol.get("baseline", {})
    if part["test"] == "auto" == baseline.get("categorical_test") and part["auto"] == baseline["auto"]:
        return "the tests of categorical variables, chosen as above"
    return _categorical(part["test"], part["auto"], key)


def _response(run: Run) -> list[Piece]:
    if "response" not in run.protocol:
        return []
    part = run.protocol["response"]
    text = (
        "Response was read from the lesion measurements by {criteria}, visit by visit, from baseline (the last scan on "
        "or before {start}). Best response counts to the first progression{therapy}; stable disease counts from day "
        "{days} on. Complete and partial responses {confirmed}. Rates are of everyone analysed, those not evaluable "
        "counted as without response, with Clopper–Pearson intervals; differences have Newcombe's, and were tested by "
        "{test}."
    )
    return prose(
        text,
        criteria=listed([[run.criterion(name)] for name in part["criteria"]]),
        start=run.lower(run.variable(part["start"])),
        therapy=" and before any new anticancer therapy" if "new_therapy" in part else "",
        days=run.key("response.sd_min_days"),
        confirmed="had to be confirmed" if part["confirm"] else "needed no confirmation",
        test=_same(run, part, "response.auto"),
    )


def _survival(run: Run) -> list[Piece]:
    text = (
        "Survival was estimated by Kaplan and Meier's method with {confidence} confidence intervals on the {scale} "
        "scale and compared by the log-rank test; hazard ratios are of a Cox model of treatment alone (Efron's method "
        "for ties, Wald intervals). {unit}"
    )
    unit = prose("A month has {days} days.", days=Sourced("30.4375", "convention: study.time_unit"))
    filled = prose(
        text,
        confidence=run.confidence,
        scale=INTERVALS[run.protocol["survival"]["conf_type"]],
        unit=unit if run.unit == "months" else "",
    )
    if run.matched:
        filled += prose(
            " Matched arms were compared as independent samples; beside that, survival was analysed by a Cox model "
            "with standard errors clustered by pair and a log-rank test stratified by pair."
        )
    if run.protocol["subgroups"]:
        filled += prose(
            " Subgroups ({names}) were compared inside each arm by the log-rank test, and the effect of treatment "
            "between their levels by a likelihood-ratio test of interaction.",
            names=listed([[run.key(f"subgroups.{name}.label")] for name in run.protocol["subgroups"]]),
        )
    return filled


def _prognosis(run: Run) -> list[Piece]:
    if "prognosis" not in run.protocol:
        return []
    text = (
        "Treatment and {variables} were tested alone for {endpoint} by Cox regression; those with P below {select} "
        "entered the multivariable model. Selection by P overstates the effects that survive it. Proportional hazards "
        "were tested as by R's cox.zph."
    )
    return prose(
        text,
        variables=_labels(run, run.protocol["prognosis"]["variables"]),
        endpoint=run.lower(run.key(f"endpoints.{run.protocol['prognosis']['endpoint']}.label")),
        select=run.key("prognosis.select"),
    )


def _safety(run: Run) -> list[Piece]:
    if "safety" not in run.protocol:
        return []
    part = run.protocol["safety"]
    text = "Adverse events were graded by {version}; a patient counts once a term, at the worst grade. Tests: {test}."
    return prose(text, version=run.key("safety.version"), test=_same(run, part, "safety.auto"))


def _missing(run: Run) -> list[Piece]:
    allowed = [name for name, variable in run.protocol["variables"].items() if variable["missing"] == "allowed"]
    text = (
        "No value was imputed. A missing value stops the workflow unless the protocol allows it{allowed}. P below "
        "{alpha} is called significant; no P value was adjusted for the number of tests. All tests are two-sided."
    )
    named = prose(", as for {names}", names=_labels(run, allowed)) if allowed else ""
    return prose(text, allowed=named, alpha=run.alpha)


def _software(run: Run) -> list[Piece]:
    packages = [[f"{name} ", Sourced(version(name), f"version: {name}")] for name in SOFTWARE]
    text = (
        "The analysis ran as one Snakemake workflow in Python ({packages}). Its conventions and numbers are those of R "
        "(MatchIt, survival), against which it is tested."
    )
    return prose(text, packages=listed(packages))
