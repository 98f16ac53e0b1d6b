"""Criteria and variables, in the appendix: how each was evaluated, grouped and checked, in the config's expressions."""

from twoarm.config.arms import ROLES
from twoarm.config.derived import SPLITS, is_derived
from twoarm.config.designs import MATCHED, adjusted_designs, designs_of
from twoarm.config.matched_by import matched_by, matching_of
from twoarm.config.prognosis import variables_of_models
from twoarm.config.subgroups import subgroups_of
from twoarm.report.document import Paragraph, Section
from twoarm.report.run import Run, listed, only
from twoarm.text.provenance import Piece, Sourced, from_row, joined, prose, setting


def labels(run: Run, names: list[str]) -> list[Piece]:
    """Labels of variables as a list in a sentence."""
    return listed([[run.variable(name)] for name in names])


def definitions(run: Run) -> Section | None:
    """How criteria and variables were made from the tables; None if there is nothing to say."""
    text = [Paragraph(text) for text in (arms(run), eligibility(run), variables(run)) if text]
    return only("definitions", "Criteria and variables", text)


def eligibility(run: Run) -> list[Piece]:
    """The criteria in the order of evaluation."""
    items = [
        [Sourced(part["label"], f"config: eligibility.{kind}"), f" ({verb} if ",
         Sourced(part[verb], f"config: eligibility.{kind}"), ")"]
        for kind, verb in (("inclusion", "keep"), ("exclusion", "drop"))
        for part in run.protocol["eligibility"].get(kind, [])
    ]  # fmt: skip
    text = "Criteria were evaluated on the raw values, in this order: {list}. "
    return prose(text, list=joined(items, last="; ", between="; ")) if items else []


def arms(run: Run) -> list[Piece]:
    """Which values of the arm column are pooled, and what became of patients with another; empty if nothing did."""
    pooled = [
        [run.key(f"arms.{role}.short"), ": ", *joined([[setting(f"arms.{role}.values", value)] for value in values])]
        for role in ROLES
        if (values := run.arms[role].get("values"))
    ]
    parts = prose("Treatments pooled in an arm: {list}. ", list=joined(pooled, "; ", "; ")) if pooled else []
    others = "Patients with another treatment, or none recorded, were left out of the comparison. "
    return [*parts, *([others] if run.arms.get("others") == "leave_out" else [])]


def variables(run: Run) -> list[Piece]:
    """How raw values were used: levels, references, credible ranges, variables measured after treatment start."""
    used = {name: run.protocol["variables"][name] for name in _analysed(run.protocol)}
    everything = run.protocol["variables"]
    own = {name: variable.get("levels") != SPLITS.get(variable.get("split")) for name, variable in used.items()}
    grouped = [name for name, variable in used.items() if "levels" in variable and own[name]]
    parts = {
        "Computed from other variables: {list}. ": _computed(run),
        "Split at quantiles of all enrolled patients (type seven, as in R; a value equal to a cut point is in the "
        "lower group): {list}. ": _splits(run),
        "Raw values were grouped into levels as follows: {list}. ": [_levels(run, name) for name in grouped],
        "Reference levels of hazard ratios: {list}. ": _references(run),
        "Read as yes or no: {list}. ": _flags(run),
        "Read as a missing value: {list}. ": _codes(run),
        "Values beyond a limit of detection were read as follows: {list}. ": _beyond_detection(run),
        "Left out: {list}. ": _repeats(run),
        "Values outside these ranges were not accepted: {list}. ": [
            [run.variable(name), " ", *_range(name, variable["range"])]
            for name, variable in everything.items()
            if "range" in variable
        ],
        "Measured after treatment start, so not used for matching and not judged for balance: {list}. ": [
            [run.variable(name)] for name, variable in used.items() if variable.get("timing") == "post_baseline"
        ],
        "No date of a patient may be later than: {list}. ": [
            [run.variable(name)] for name, variable in everything.items() if variable.get("ends_observation")
        ],
    }
    return [
        piece
        for text, items in parts.items()
        if items
        for piece in prose(text, list=joined(items, last="; ", between="; "))
    ]


def _computed(run: Run) -> list[list[Piece]]:
    """`BMI = weight / (height / 100) ** 2`: each derived variable with its expression."""
    return [
        [run.variable(name), " = ", setting(f"variables.{name}.from", " ".join(variable["from"].split()))]
        for name, variable in run.protocol["variables"].items()
        if is_derived(variable)
    ]


def _splits(run: Run) -> list[list[Piece]]:
    """`AFP into tertiles (cut points 12 and 400)`: each split variable with the cut points among the enrolled."""
    items = []
    for name, variable in run.protocol["variables"].items():
        if "split" in variable:
            found = run.rows("attrition", variable=name, statistic="cut_point")
            cuts = joined([list(from_row(f"{cut.value:g}", cut)) for cut in found])
            split = setting(f"variables.{name}.split", variable["split"])
            named = [" (cut point", "s" * (len(found) > 1), " ", *cuts, ")"] if found else []
            items.append([run.variable(name), " by ", split, *named])
    return items


def _flags(run: Run) -> list[list[Piece]]:
    """The words that flags have beside the usual ones: of every flag, then of single ones."""
    parts = [("data", run.protocol["data"], ["in every flag"])]
    parts += [
        (f"variables.{name}", variable, [run.variable(name)]) for name, variable in run.protocol["variables"].items()
    ]
    return [
        [*where, f" {truth} as ", *joined([[setting(f"{key}.{truth}", word)] for word in part[truth]], last=" or ")]
        for key, part, where in parts
        for truth in ("yes", "no")
        if part.get(truth)
    ]


def _beyond_detection(run: Run) -> list[list[Piece]]:
    """How each variable with limits of detection reads them."""
    words = {
        "limit": "as the limit",
        "half": "as half of the limit below which they are, or as the limit above which they are",
        "missing": "as missing",
    }
    return [
        [run.variable(name), " ", words[variable["detection"]]]
        for name, variable in run.protocol["variables"].items()
        if "detection" in variable
    ]


def _repeats(run: Run) -> list[list[Piece]]:
    """That repeated rows were left out."""
    dropped = run.protocol["data"].get("duplicates") == "drop"
    return [["rows of lesions and adverse events that are the same as one above"]] if dropped else []


def _codes(run: Run) -> list[list[Piece]]:
    """The cells that mean a missing value: of every column, then of single ones."""
    parts = [("data.missing", run.protocol["data"]["missing"], ["in every column"])]
    parts += [
        (f"variables.{name}.missing", variable["missing"], [run.variable(name)])
        for name, variable in run.protocol["variables"].items()
    ]
    return [
        [*where, " ", *joined([[setting(key, code)] for code in codes], last=" or ")]
        for key, codes, where in parts
        if codes and isinstance(codes, list)
    ]


def _analysed(protocol: dict) -> list[str]:
    """The variables that any analysis uses, in the order of the dictionary."""
    named = {
        *protocol.get("propensity", {}).get("covariates", []),
        *(matched_by(matching_of(protocol)) if MATCHED in designs_of(protocol) else []),
        *(name for design in adjusted_designs(protocol).values() for name in design["adjust"]),
        *protocol.get("baseline", {}).get("variables", []),
        *variables_of_models(protocol),
        *(subgroup.settings["variable"] for subgroup in subgroups_of(protocol).values()),
    }
    return [name for name in protocol["variables"] if name in named]


def _levels(run: Run, name: str) -> list[Piece]:
    """`Child-Pugh (A: <= 6, B: <= 9)`: each printed level with its raw values or conditions."""
    raw: dict[str, list[str]] = {}
    for value, level in run.protocol["variables"][name]["levels"].items():
        raw.setdefault(level, []).append(value)
    key = f"variables.{name}.levels"
    items = [
        [setting(key, level), ": ", *joined([[setting(key, value)] for value in values], last=" or ")]
        for level, values in raw.items()
    ]
    return [run.variable(name), " (", *joined(items, last=", "), ")"]


def _references(run: Run) -> list[list[Piece]]:
    """The reference level of each variable of the Cox models."""
    found = []
    for name in variables_of_models(run.protocol):
        variable = run.protocol["variables"][name]
        if variable["kind"] != "continuous":
            last = list(variable.get("levels", {"": "No"}).values())[-1]
            found.append([run.variable(name), ": ", setting(f"variables.{name}", variable.get("reference", last))])
    return found


def _range(name: str, limits: list[float]) -> list[Piece]:
    return [setting(f"variables.{name}.range", limits[0]), " to ", setting(f"variables.{name}.range", limits[1])]
