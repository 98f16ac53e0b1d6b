"""The texts for arms, levels and their contrasts in the keys of the tidy tables, and which two would be the same.

Labels are not keys, and a key is never split again: code that looks for a row builds its key here, from the config.
Snakemake calls it at start-up, so it imports little.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from twoarm.config.endpoints import event_of
from twoarm.config.levels import printed_levels

OVERALL = "overall"  # both arms, or all levels, together
PER_UNIT = "per unit"  # the hazard ratio of a continuous variable
DEATHS, GRADE_5 = "Grade 5", [5, 5]  # always counted over all terms: papers state it, even without deaths
WEIGHTED = "weighted_"  # begins the name of a method's weighted form
# Other methods for patients with weights, and what they stand for: estimates as in R's survey package.
STANDS_FOR = {
    "survey": "clopper_pearson",
    "survey_risk_difference": "newcombe",
    "survey_risk_ratio": "katz",
    "survey_odds_ratio": "wald",
}
SHARES = ("weighted", "survey")  # methods of weighted percentages
PROGRESSION = "progression:"  # begins the event that is progression by a criterion


def contrast(first: str, second: str) -> str:
    """The group of a comparison: `A vs B`."""
    return f"{first} vs {second}"


def inside(variable: str, level: str) -> str:
    """The stratum of one level of a variable: `line=2L`."""
    return f"{variable}={level}"


def between(levels: Sequence[str]) -> str:
    """The group of a test between several levels (or arms): the contrast for two, `overall` for more."""
    return contrast(*levels) if len(levels) == 2 else OVERALL


def unweighted(method: str) -> str:
    """The method that a method for patients with weights stands for: `cox` for `weighted_cox`."""
    return STANDS_FOR.get(method, method.removeprefix(WEIGHTED))


def told_apart(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels by name; a label that several names share gets its name appended: `Line (line_2)`."""
    repeated = Counter(labels.values())
    return {name: f"{label} ({name})" if repeated[label] > 1 else label for name, label in labels.items()}


def crossed(first: str, second: str) -> str:
    """The level for a pair of responses: `PR / SD`."""
    return f"{first} / {second}"


def never_seen(endpoint: Mapping) -> str:
    """The reason for censoring on the first day: never seen after the start."""
    return f"no {endpoint['censor']} after {endpoint['start']}"


def censored_at(reason: str) -> str:
    """The level of endpoints.csv for patients censored for this reason."""
    return f"censored: {reason}"


def ends_of(endpoint: Mapping) -> dict[str, tuple[str, ...]]:
    """How observation for an endpoint can end: {level of endpoints.csv: the event or date}.

    The values: (`event`, variable), (`progression`, criterion), (`censored`, date), (`never_seen`, date, start), or
    (`without`,) for a ready-made time without an event.
    """
    if "time" in endpoint:
        event = event_of(endpoint)
        return {event: ("event", event), censored_at(endpoint["time"]): ("without",)}
    ends = {event: _event(event) for event in endpoint["events"]}
    ends[censored_at(endpoint["censor"])] = ("censored", endpoint["censor"])
    ends[censored_at(never_seen(endpoint))] = ("never_seen", endpoint["censor"], endpoint["start"])
    return ends


def before_event(endpoint: str) -> str:
    """The level of reading.csv that counts best responses of PD before an event of the endpoint."""
    return f"best response PD before an event of {endpoint}"


def _event(event: str) -> tuple[str, str]:
    criterion = event.removeprefix(PROGRESSION)
    return ("event", event) if criterion == event else ("progression", criterion)


def key_errors(config: Mapping) -> list[str]:
    """Errors where two different arms, levels or grades would have the same key."""
    errors = []
    arms = {f"arms.{arm}.value": config["arms"][arm]["value"] for arm in ("treated", "control")}
    for key, variable in subgroup_variables(config):
        if config["variables"].get(variable, {}).get("kind") not in ("categorical", "flag"):
            continue  # reported elsewhere
        levels = printed_levels(config["variables"][variable])
        end = f"choose another printed level in variables.{variable}.levels"
        errors += [f"{key}: {variable}: {text}; {end}" for text in _ambiguous(levels)]
        strata = {inside(variable, level): level for level in levels}
        errors += [
            f"{arm}: {value!r} would mean both the arm and the level {strata[value]!r} of {variable} ({key}); "
            "use another value in the table"
            for arm, value in arms.items()
            if value in strata
        ]
    deaths = config.get("safety", {}).get("grades", {}).get(DEATHS, GRADE_5)
    if list(deaths) != GRADE_5:
        errors.append(f"safety.grades.{DEATHS}: deaths are counted under this name; choose another name for {deaths}")
    return errors


def subgroup_variables(config: Mapping) -> Iterator[tuple[str, str]]:
    """The variables of subgroups, each with the key of the config that names it."""
    for name, part in config.get("subgroups", {}).items():
        key = "variables" if "variables" in part else "variable"
        yield from ((f"subgroups.{name}.{key}", variable) for variable in part.get("variables", [part.get("variable")]))


def _ambiguous(levels: Sequence[str]) -> Iterator[str]:
    """Which groups of a subgroup's rows within an arm would mean two things."""
    meanings = {OVERALL: "all levels together"}
    groups = [(level, f"the level {level!r}") for level in levels]
    groups += [(contrast(*pair), f"{pair[0]!r} against {pair[1]!r}") for pair in combinations(levels, 2)]
    for key, meaning in groups:
        if key in meanings:
            yield f"{key!r} would mean both {meanings[key]} and {meaning}"
        meanings.setdefault(key, meaning)
