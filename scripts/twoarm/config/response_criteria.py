"""The response criteria of a study: read from lesions (a list of names), or ready-made columns (entries by name).

Snakemake imports it at start-up, so it imports little.
"""

from collections.abc import Mapping

from twoarm.config.references import known
from twoarm.text.echo import listed, shown

CRITERIA = {"mrecist": "mRECIST", "recist": "RECIST 1.1"}  # those that are read from lesions, and their names
# From best to worst, for choosing the best overall response.
RESPONSES = ["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"]
NOT_RECORDED = "no best response recorded"  # the level of reading.csv that counts such patients
READY_MADE = {"criteria", "test", "auto"}  # the keys of `response` that are not about reading lesions


def is_ready_made(response: Mapping) -> bool:
    """Whether a study's responses are columns of the patients table. response: the config's section."""
    return isinstance(response.get("criteria"), Mapping)


def criterion_labels(response: Mapping) -> dict[str, str]:
    """The printed name of each criterion, by name; empty without `criteria`."""
    criteria = response.get("criteria", [])
    own = criteria if isinstance(criteria, Mapping) else dict.fromkeys(criteria, {})
    return {name: part.get("label", CRITERIA.get(name, name)) for name, part in own.items()}


def has_progression(response: Mapping, criterion: str) -> bool:
    """Whether the date of progression by a criterion is known: from the lesions, or as a column."""
    criteria = response.get("criteria", [])
    return criterion in criteria and (not isinstance(criteria, Mapping) or "progression" in criteria[criterion])


def response_variables(response: Mapping) -> list[str]:
    """The variables of ready-made responses: best responses and dates of progression."""
    if not is_ready_made(response):
        return []
    return [part[key] for part in response["criteria"].values() for key in ("best", "progression") if key in part]


def response_errors(config: dict) -> list[str]:
    """Errors in `response`, which reads lesions or names ready-made columns."""
    response = config.get("response", {})
    if is_ready_made(response):
        return _ready_made_responses(config)
    dates = [response[key] for key in ("start", "new_therapy") if key in response]
    errors = known(config, "response", dates, ("date",))
    if response and "start" not in response:
        errors.append("response: the key start is missing")
    if response and "lesions" not in config["data"]:
        errors.append(
            "response: it needs data.lesions, which the config does not have, or ready-made responses: "
            "`criteria: {recist: {best: <variable>}}`"
        )
    return errors


def _ready_made_responses(config: dict) -> list[str]:
    errors = [
        f"response.{key}: has no effect on ready-made responses; remove it"
        for key in config["response"]
        if key not in READY_MADE
    ]
    for name, part in config["response"]["criteria"].items():
        key = f"response.criteria.{name}"
        unknown_best = known(config, f"{key}.best", [part["best"]], ("categorical",))
        errors += unknown_best or _level_errors(f"{key}.best", part["best"], config["variables"][part["best"]])
        errors += known(config, f"{key}.progression", [part["progression"]] if "progression" in part else [], ("date",))
    return errors


def _level_errors(key: str, name: str, variable: Mapping) -> list[str]:
    """Errors in the printed levels of a categorical variable that holds best responses. key: in the config."""
    wrong = [level for level in dict.fromkeys(variable.get("levels", {}).values()) if level not in RESPONSES]
    text = f"{key}: {name} has the printed level {{}}; expected {listed(RESPONSES)} (`levels` maps the raw values)"
    return [text.format(shown(level)) for level in wrong]
