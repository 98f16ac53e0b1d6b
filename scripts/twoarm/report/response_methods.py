"""How response was read, for the methods section: readers, rules, thresholds and sites."""

from twoarm.config.response_criteria import CRITERIA, is_ready_made
from twoarm.report.run import Run, listed
from twoarm.response.response_rules import Rules, rules_for
from twoarm.text.provenance import Piece, Sourced, joined, prose

THRESHOLDS = {
    "pd_ratio": "progression: growth of the sum over its smallest earlier value by at least",
    "pd_abs_mm": "and by at least",
    "pr_ratio": "partial response: shrinkage of the sum from baseline by at least",
    "measurable_mm": "measurable targets: at least",
    "node_target_mm": "target nodes: short axis of at least",
    "node_normal_mm": "normal nodes: short axis below",
    "small_mm": "targets too small to measure: counted as",
    "max_targets": "targets per patient: at most",
    "max_per_organ": "targets per organ: at most",
}
MRECIST_ONLY = {
    "porta_hepatis_mm": "malignant porta hepatis nodes: short axis of at least",
    "nodule_mm": "new liver nodules: at least",
    "nodule_growth_mm": "and, without the typical pattern, growth by at least",
}
CITED = {"mrecist": "{@mrecist}", "recist": "{@recist}"}
RELAPSE = {
    "progression": "A lesion seen again after a complete response was progression, at any size",
    "by_sum": "A lesion seen again after a complete response was judged by the sum; if the sum was not progression, "
    "the earlier response was not counted as complete",
}
SITES = {
    "intrahepatic_sites": "as the liver, where mRECIST measures viable tumour",
    "node_sites": "as lymph nodes, by their short axis",
    "porta_hepatis_sites": "as porta hepatis nodes",
    "effusion_sites": "as effusion, which needs positive cytology for progression by mRECIST",
    "unmeasurable_sites": "as never measurable",
}

WIDE = (
    " A lesion had a row of its own with columns for each visit; at a visit where all of them except the date are "
    "empty, it was not read."
)


def response_methods(run: Run) -> list[Piece]:
    """The rules for reading response; the methods describe its tests elsewhere."""
    part = run.protocol["response"]
    if is_ready_made(part):
        return _ready_made(run, part["criteria"])
    text = (
        "Response was read from the lesion measurements by {criteria}, visit by visit, from baseline (the last scan on "
        "or before {start}). Best response is the best one up to the first progression{therapy}; stable disease and "
        "NON-CR/NON-PD count from day {days}. Baseline scans older than {old} days were accepted, and are counted. "
        "Complete and partial responses {confirmed}. {relapse}."
    )
    confirmed: str | list[Piece] = "needed no confirmation"
    if part["confirm"]:
        confirmed = prose("had to be seen again at least {days} days later", days=run.key("response.confirm_days"))
    therapy: str | list[Piece] = ""
    if "new_therapy" in part:
        therapy = prose(" and before {therapy}", therapy=run.lower(run.variable(part["new_therapy"])))
    return [
        *prose(
            text,
            criteria=listed([[run.criterion(name), *prose(CITED[name])] for name in part["criteria"]]),
            start=run.lower(run.variable(part["start"])),
            therapy=therapy,
            days=run.key("response.sd_min_days"),
            old=run.key("response.baseline_max_days"),
            confirmed=confirmed,
            relapse=RELAPSE[part["relapse_after_cr"]],
        ),
        *([WIDE] if run.is_wide("lesions") else []),
        *_readers(run),
        *_thresholds(run),
        *_sites(run),
    ]


def _ready_made(run: Run, criteria: dict) -> list[Piece]:
    """Which columns gave the responses, what a missing one counts as, and where progression is from."""
    columns = [[run.criterion(name), " (", run.variable(part["best"]), ")"] for name, part in criteria.items()]
    text = "Best response was taken from the patients' table, not read from lesion measurements: {columns}."
    filled = prose(text, columns=listed(columns))
    if any(run.protocol["variables"][part["best"]]["missing"] != "refused" for part in criteria.values()):
        filled += [" A patient without a recorded best response counts as not evaluable (NE)."]
    dates = [
        [run.criterion(name), " (", run.variable(part["progression"]), ")"]
        for name, part in criteria.items()
        if "progression" in part
    ]
    return filled + (prose(" Recorded dates of progression: {dates}.", dates=listed(dates)) if dates else [])


def _readers(run: Run) -> list[Piece]:
    """Whose verdicts count, and how agreement of the readers was measured."""
    reader = run.protocol["response"].get("reader")
    if run.protocol["response"]["adjudication"] == "patient":
        return [" For each patient, the readings of the reader accepted at adjudication were analysed."]
    if not reader:
        return []
    filled = prose(" The verdicts of {primary} were analysed", primary=run.key("response.reader.primary"))
    if "adjudicator" in reader:
        text = "; {adjudicator} decided if readers disagreed or {primary} had not read a visit"
        parts = {name: run.key(f"response.reader.{name}") for name in ("adjudicator", "primary")}
        filled += prose(text, **parts)
    return filled + prose(". Agreement of readers was measured by Cohen's kappa{@cohen} (unweighted) of best response.")


def _thresholds(run: Run) -> list[Piece]:
    """Every threshold, once for all criteria or for each of them."""
    criteria = run.protocol["response"]["criteria"]
    rules = {name: rules_for(name, run.protocol["response"]) for name in criteria}
    worded = {**THRESHOLDS, **(MRECIST_ONLY if "mrecist" in criteria else {})}
    items = []
    for key, words in worded.items():
        of = ["mrecist"] if key in MRECIST_ONLY else criteria
        texts = {name: threshold_text(rules[name], key) for name in of}
        if len(set(texts.values())) == 1:
            items.append([words, " ", _sourced(run, key, texts[of[0]])])
        else:
            each = [[_sourced(run, key, text), f" ({CRITERIA[name]})"] for name, text in texts.items()]
            items.append([words, " ", *listed(each)])
    return prose(" Thresholds: {list}.", list=joined(items, last="; ", between="; "))


def threshold_text(rules: Rules, key: str) -> str:
    """A threshold in print: `20%`, `5 mm`, `2`."""
    value = getattr(rules, key)
    if key.endswith("_ratio"):
        return f"{float(100 * value):g}%"
    return f"{value / 1000:g} mm" if key.endswith("_mm") else f"{value:g}"


def _sites(run: Run) -> list[Piece]:
    """How the sites of lesions were treated."""
    rules = rules_for(run.protocol["response"]["criteria"][0], run.protocol["response"])
    items = [
        [*listed([[_sourced(run, key, site)] for site in getattr(rules, key)]), " ", words]
        for key, words in SITES.items()
        if getattr(rules, key)
    ]
    filled = prose(" Sites were treated as follows: {list}.", list=joined(items, last="; ", between="; "))
    if rules.organs:
        organs = [[f"{site} as ", Sourced(organ, f"config: response.organs.{site}")] for site, organ in rules.organs]
        filled += prose(" For the limit of targets per organ, {list} counted.", list=listed(organs))
    found = [
        [Sourced(row.key[5], "reading.csv"), " ", Sourced(row.note, "note of reading.csv")]
        for row in run.rows("reading", method="site")
    ]
    if found:
        filled += prose(" Sites in the table: {list}.", list=joined(found, last="; ", between="; "))
    return filled


def _sourced(run: Run, key: str, text: str) -> Sourced:
    """A setting with its source: the config if it has the setting, else the criterion's own rule."""
    kind = "config: response" if key in run.protocol["response"] else "rule: response"
    return Sourced(text, f"{kind}.{key}")
