"""The methods of the propensity score, of matching and of the other designs."""

from twoarm.config.designs import MATCHED, OF_MATCHED, designs_of, has_weights, main_design
from twoarm.config.matched_by import distance_covariates
from twoarm.report.run import Run, listed
from twoarm.report.variable_methods import labels
from twoarm.report.weighting_methods import adjustment_methods, weighting_methods
from twoarm.text.provenance import Piece, prose, setting

ORDERS = {
    "largest": "from the highest score down",
    "smallest": "from the lowest score up",
    "random": "in a seeded random order",
    "data": "in the order of the patients' identifiers",
}
WAYS = {
    "nearest": "to the nearest control on the logit of the score, {replaced}, {order}",
    "mahalanobis": "to the control at the least Mahalanobis distance in {distance} (covariance pooled within the "
    "arms){@rosenbaum_mahalanobis}, {replaced}, {order}",
    "optimal": "to controls, without replacement, so that there are as many pairs as possible and, of all such "
    "matchings, the sum of the differences in the logit of the score is least{@rosenbaum_optimal}",
}

FEWER = {
    "refuse": "",
    "weight": "; sets with fewer controls were kept",
    "drop": "; treated patients with fewer controls were left out, with their controls",
}


def design_methods(run: Run) -> list[Piece]:
    """How the arms were made comparable: propensity score, matching, weights, balance, adjustment."""
    adjustment = adjustment_methods(run)
    if not run.adjusted:
        return adjustment or ["There was no matching: the arms are compared as treated, without adjustment."]
    parts = [_score(run), _matching(run), weighting_methods(run), _balance(run), adjustment, _main(run)]
    return [piece for part in parts for piece in part]


def _score(run: Run) -> list[Piece]:
    text = (
        "The propensity score{@rosenbaum_rubin} is the probability of being in the {treated} group, by unpenalised "
        "logistic regression on {covariates}. Its discrimination is given as the area under the curve (c-statistic), "
        "together with the number of patients whose score is outside the range of the other arm, and of those in "
        "empirical equipoise, for whom either arm was a usual choice (preference score{@walker}). "
    )
    covariates = labels(run, run.protocol["propensity"]["covariates"])
    return prose(text, treated=run.arm(run.treated), covariates=covariates)


def _matching(run: Run) -> list[Piece]:
    """How patients were matched, and what this estimates; empty if they were not."""
    if MATCHED not in designs_of(run.protocol):
        return []
    estimates = f". Matched results estimate the {OF_MATCHED.words}. "
    return [*_number(run), *_way(run), *_limits(run), *_incomplete(run), estimates]


def _balance(run: Run) -> list[Piece]:
    limits = run.protocol["balance"]["variance_ratio"]
    return prose(
        "Balance was judged by standardised mean differences{@austin_balance}, divided by the standard deviation of "
        "{whose} {before} (limit {smd}), and for continuous variables by variance ratios ({low} to {high}). ",
        whose="the treated arm" if run.protocol["balance"]["denominator"] == "treated" else "both arms",
        before=run.everyone.when,
        smd=run.key("balance.smd"),
        low=setting("balance.variance_ratio", limits[0]),
        high=setting("balance.variance_ratio", limits[1]),
    )


def _main(run: Run) -> list[Piece]:
    """Which of several designs has the main results."""
    designs = designs_of(run.protocol)
    if len(designs) < 2:
        return []
    name = main_design(run.protocol)
    words = "matching" if name == MATCHED else run.design(name)
    return prose("The main results are those of the design {name}.", name=words)


def _number(run: Run) -> list[Piece]:
    """How many controls a treated patient has."""
    ratio = run.protocol["matching"]["ratio"]
    if ratio == 1:
        return ["Treated patients were matched one to one "]
    if isinstance(ratio, int):
        text = "Each treated patient was matched to {ratio} controls, taken in as many rounds: "
        return prose(text, ratio=run.key("matching.ratio"))
    text = (
        "Each treated patient was to have from {least} to {most} controls, {mean} on average, most of them where "
        "scores are most like those of controls{@ming_rosenbaum}; they were taken in as many rounds: "
    )
    places = {"least": "min", "most": "max", "mean": "mean"}
    return prose(text, **{name: run.key(f"matching.ratio.{key}") for name, key in places.items()})


def _incomplete(run: Run) -> list[Piece]:
    """What happened to treated patients with too few controls, and whether sets are weighted."""
    matching = run.protocol["matching"]
    if matching["ratio"] == 1:
        return []
    words = [FEWER[matching["incomplete"]]]
    if not matching["replace"] and has_weights(matching):
        words.append("; controls were weighted so that each set counts alike, as in MatchIt")
    return words


def _way(run: Run) -> list[Piece]:
    """How a control was chosen."""
    matching = run.protocol["matching"]
    order: str | list[Piece] = ORDERS[matching["order"]]
    if matching["order"] == "random":
        order = prose("in a random order (seed {seed})", seed=run.key("matching.seed"))
    again = "with replacement (a control has the weight of all its sets)"
    replaced = again if matching.get("replace") else "without replacement"
    return prose(
        WAYS[matching["method"]],
        order=order,
        replaced=replaced,
        distance=labels(run, distance_covariates(run.protocol)),
    )


def _limits(run: Run) -> list[Piece]:
    """What every pair fulfils: the calipers and the variables matched on exactly."""
    matching = run.protocol["matching"]
    filled = [", without a caliper"]
    if matching["caliper"]:
        filled = prose(
            ", within a caliper of {caliper} standard deviations of the logit over all enrolled "
            "patients{@austin_caliper}",
            caliper=run.key("matching.caliper"),
        )
    if matching["calipers"]:
        filled += prose(", within {widths}", widths=listed([_width(run, name) for name in matching["calipers"]]))
    if matching["exact"]:
        filled += prose(", and exactly on {exact}", exact=labels(run, matching["exact"]))
    return filled


def _width(run: Run, name: str) -> list[Piece]:
    """`5 years of Age`, `0.2 SD of AFP`: the largest difference of a covariate within a pair."""
    width = run.protocol["matching"]["calipers"][name]
    unit = run.protocol["variables"][name].get("unit")
    words = f" {unit} of " if unit and not isinstance(width, str) else " of "
    return [setting(f"matching.calipers.{name}", width), words, run.variable(name)]
