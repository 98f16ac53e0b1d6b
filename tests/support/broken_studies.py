"""A small sound study, the ways in which its config and tables are broken, and its analysis inside one process.

A case is drawn from its number alone, so that a failure can be looked at again: `break_study(folder, seed)`.
"""

import copy
import random
import re
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import yaml

from baseline.describe_baseline import describe_baseline
from cohort.apply_eligibility import attrition, enrol, screen
from cohort.check_tables import check_tables
from matching.assess_balance import assess_balance
from matching.fit_propensity import fit_propensity
from matching.match_patients import match_patients
from outcomes.compare_outcomes import compare_outcomes
from prognosis.fit_prognosis import fit_prognosis
from response.compare_response import compare_response
from response.evaluate_response import evaluate_response
from safety.summarise_safety import summarise_safety
from survival.derive_endpoints import count_reasons, derive_endpoints
from survival.estimate_survival import estimate_survival
from twoarm.config.config_file import read_config
from twoarm.config.endpoints import event_values
from twoarm.config.matched_by import matched_by, matching_of
from twoarm.config.populations import PAIR
from twoarm.config.prepared import prepare
from twoarm.config.protocol import protocol_errors
from twoarm.config.schema import read_schema
from twoarm.config.sources import TABLES, tables_of
from twoarm.results.errors import InputError

MARK = "ZQX"  # what every patient's identifier holds, and nothing else

CONFIG = """\
study: {name: broken, title: "Drug against none", time_unit: months}
data:
  patients: patients.csv
  lesions: lesions.csv
  adverse_events: adverse_events.csv
  id: record
  centre: hospital
  cutoff: "2024-12-31"
arms:
  column: drug
  treated: {value: A, label: Drug A}
  control: {value: B, label: Drug B}
variables:
  age: {label: Age, unit: years, kind: continuous, range: [0, 120]}
  sex: {label: Sex, kind: categorical, levels: {m: Male, f: Female}}
  points: {label: Class, kind: categorical, column: score, levels: {"<= 6": A, "<= 9": B, "> 9": C}}
  ecog: {label: ECOG, kind: categorical, levels: {"0": 0-1, "1": 0-1, "2": "2"}, reference: 0-1}
  smoker: {label: Smoker, kind: flag, missing: allowed}
  marker: {label: Marker, unit: ng/ml, kind: continuous, missing: allowed}
  start: {label: Start, kind: date}
  last_scan: {label: Last scan, kind: date}
  last_contact: {label: Last contact, kind: date}
  death: {label: Death, kind: date, missing: allowed, ends_observation: true}
  rfs_days: {label: Recurrence-free days, kind: continuous}
  recurred: {label: Recurrence, kind: flag}
  ratio: {label: Ratio, from: "log(marker / (age + 1))", missing: allowed}
  old: {label: Old, from: "ratio if age > 60 else count(smoker, ecog == 2) / points", missing: allowed, split: median}
eligibility:
  inclusion:
    - {id: adult, label: Age 18 years or more, keep: 18 <= age <= 95}
    - {id: ecog, label: ECOG up to 2, keep: "ecog in [0, 1, 2]"}
  exclusion:
    - {id: early, label: Follow-up under one month, drop: "months(start, last_contact) < 1"}
propensity: {covariates: [age, sex]}
matching: {caliper: 0.5, exact: []}
balance: {smd: 0.1, variance_ratio: [0.5, 2]}
baseline: {variables: [age, sex, points, ecog, smoker, marker, ratio, old], tests: {marker: mann_whitney}}
response: {criteria: [recist], start: start}
endpoints:
  pfs: {label: Progression-free survival, start: start, events: ["progression:recist", death], censor: last_scan}
  os: {label: Overall survival, start: start, events: [death], censor: last_contact}
  rfs: {label: Recurrence-free survival, time: rfs_days, event: recurred, unit: days}
outcomes:
  recurred: {label: Recurrence, event: recurred}
  old: {label: Class C, event: {variable: points, value: C}}
survival: {times: [6, 12], rmst: 12}
prognosis: {endpoint: os, variables: [age, sex, points]}
safety: {grades: {Any grade: [1, 5], Grade 3-4: [3, 4]}, terms: [Rash, Fever]}
"""


def write_study(folder: Path) -> None:
    """Write the sound study: 40 patients, each with two visits and one target lesion, some with an event."""
    chance = random.Random(1)
    patients, lesions, events = [], [], []
    for number in range(40):
        record, start = f"{MARK}{number:03d}", date(2022, 1, 1) + timedelta(days=chance.randrange(300))
        scan, contact = start + timedelta(days=60), start + timedelta(days=chance.randrange(90, 700))
        dead = chance.random() < 0.5
        patients.append(
            {
                "record": record, "drug": "AB"[number % 2], "hospital": chance.choice(["North", "South, old"]),
                "age": chance.randrange(30, 85), "sex": chance.choice("mf"), "score": chance.randrange(5, 12),
                "ecog": chance.randrange(3), "smoker": chance.choice(["yes", "no", ""]),
                "marker": chance.choice(["", "3.5", "1200", "17"]), "start": start, "last_scan": scan,
                "last_contact": contact, "death": contact if dead else "", "rfs_days": chance.randrange(1, 900),
                "recurred": chance.randrange(2), "comment": chance.choice(["", "well", 'says "fine", so far']),
            }
        )  # fmt: skip
        for visit, size in ((start, 40), (scan, chance.choice([20, 41, 60]))):
            lesions.append(
                {
                    "record": record, "visit_date": visit, "lesion_id": "T1", "site": "lung", "role": "target",
                    "diameter_mm": size, "status": "present", "evaluable": "yes",
                }
            )  # fmt: skip
        if chance.random() < 0.6:
            events.append({"record": record, "term": chance.choice(["Rash", "Fever"]), "grade": chance.randrange(1, 5)})
    for name, rows in zip(TABLES, (patients, lesions, events), strict=True):
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False)
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")


def analyse() -> list[str]:
    """Analyse the study in the working directory as its rules do; returns its errors, or nothing if it succeeds."""
    config, errors = read_config("config.yaml")
    errors = errors or protocol_errors(config, read_schema())
    if errors:
        return errors
    prepare(config)
    try:
        _stages(config)
    except InputError as error:
        return error.errors
    return []


def _stages(config: dict) -> None:
    data, arms = config["data"], config["arms"]
    tables = check_tables(
        tables_of(data),
        data,
        arms,
        config["variables"],
        config["endpoints"],
    )
    screening = screen(tables["patients"], config["eligibility"])
    enrolled = enrol(tables["patients"], screening, config["variables"], arms)
    attrition(screening, enrolled, config["eligibility"], arms)
    responses, populations = None, {"enrolled": enrolled}
    if "response" in config:
        _, responses, _ = evaluate_response(tables["lesions"], enrolled, config["response"], {})
    endpoints = derive_endpoints(enrolled, responses, config["endpoints"], config["study"]["time_unit"])
    count_reasons(endpoints, enrolled)
    if "propensity" in config:
        scores, _ = fit_propensity(enrolled, config["propensity"]["covariates"], arms)
        matching = matching_of(config)
        pairs, _ = match_patients(scores, matching, arms, enrolled[["patient_id", *matched_by(matching)]])
        matched = enrolled[enrolled["patient_id"].isin(pairs["patient_id"])]
        populations["matched"] = matched.merge(
            pairs[["patient_id", "pair"]].rename(columns={"pair": PAIR}), on="patient_id"
        )
        variables = {name: config["variables"][name] for name in config["propensity"]["covariates"]}
        assess_balance(enrolled, scores, populations, variables, config["balance"], arms)
    if "baseline" in config:
        describe_baseline(enrolled, populations, config["baseline"], arms)
    if "response" in config:
        criteria, test, thresholds = (config["response"][key] for key in ("criteria", "test", "auto"))
        compare_response(responses, populations, criteria, arms, test, thresholds)
    outcomes = {
        name: part | {"values": event_values(part, config["variables"], config["data"])}
        for name, part in config["outcomes"].items()
    }
    compare_outcomes(enrolled, populations, outcomes, arms)
    if "safety" in config:
        summarise_safety(tables["adverse_events"], populations, config["safety"], arms)
    values = (arms["treated"]["value"], arms["control"]["value"])
    estimate_survival(endpoints, populations, *values, config["survival"])
    if "prognosis" in config:
        prognosis = config["prognosis"]
        of_endpoint = endpoints[endpoints["endpoint"] == prognosis["endpoint"]].drop(columns="endpoint")
        whom = populations.get("matched", enrolled)[["patient_id", "arm", *prognosis["variables"]]]
        variables = {name: config["variables"][name] for name in prognosis["variables"]}
        fit_prognosis(
            whom.merge(of_endpoint, on="patient_id"),
            variables,
            "matched",
            values[1],
            prognosis["select"],
            prognosis["keep"],
        )


VALUES = [
    None, True, False, 0, 1, -1, 2.5, 1e300, -1e300, 10**300, float("nan"), float("inf"), "", " ", "x", "x" * 10_000,
    "a\x07b", "a\nb", "{x}", "\ud800", "0", "1e-3", "age", "sex", "start", "overall", "any", "arm", "A vs B", "=1+1",
    "Größe", "中文", [], {}, ["age", "age"], ["x"], [1, 2], [2, 1], [0.5], {"": "Male"}, {"a": {"b": {"c": 1}}},
    {1: "One"}, {True: "Yes"}, "2024-02-30", "yyyy-mm-dd", "mixed", "%d.%m", ";", "\t", "results/data/a.csv", "..",
    "progression:recist", "progression:", "welch", "days", "day", "../" * 50, "age > 3", "not smoker", "$&%",
]  # fmt: skip
WORDS = [
    "age", "sex", "smoker", "start", "ecog", "nobody", "'m'", "'x'", "'2022-01-01'", "3", "-1", "9" * 300, "1e999",
    "in", "not", "and", "or", "==", "!=", "<", "<=", ">", "(", ")", "[", "]", ",", "days(start, death)",
    "missing(marker)", "missing", "months(start)", "None", "True", "lambda", ":", "*", "+", "**", "is", "if", "else",
    "log(age)", "count(smoker)", "max(age, marker)", "points / marker", "any(", "x if", "birth", "old",
    '"', "'", "\\", "#",
]  # fmt: skip
CELLS = [
    "", " ", "now", "today", "NaT", "nan", "inf", "-5", "0", "1,5", "1.234,5", "1e300", "1e-300", "1_0", "x",
    "x" * 10_000, "=1+1", "2022-13-01", "2022-02-30", "2203-01-01", "0001-01-01", "01.02.2022", "2022", "any", "Any",
    "<0.5", "> 300", "12 mg", "1,234", "2022-01-01 10:20",
    " rash", "overall", "A vs B", "none", "Yes", "TRUE", "\x00", "\x07", "\x85", '"', 'a"b', '"a', '"a"b', '"a\nb"', 
    "a,b", "a;b", "é", "中",
    "\u200b", "\ufeff", "{x}", "<b>", "6", "3.0", "target", "new", "absent", "1" * 400, f"{MARK}001",
]  # fmt: skip
LINES = [
    "study: {name: twice}", "  - x", "\tx: 1", "x: [", "x: }", "? [a, b]\n: 1", "x: *y", "x: &x [*x]",
    "x: !!python/name:a b", "x: 2025-02-30", "...", "---", "%YAML 9", "x: 'open", "x: \x07", "<<: 1", "@x",
    "x: " + "[" * 400, "key without value", 
    "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 8}1]\n" for n in range(1, 20)),
]  # fmt: skip


def break_study(folder: Path, seed: int) -> str:
    """Break the study in a folder in one to three ways, and say how."""
    chance = random.Random(seed)
    ways = [
        _config_value,
        _config_kind,
        _config_kind,
        _config_text,
        _criterion,
        _cell,
        _cell,
        _cell,
        _columns,
        _rows,
        _bytes,
    ]
    return "; ".join(chance.choice(ways)(folder, chance) for _ in range(chance.choice([1, 1, 2, 3])))


def _places(part, path=()):
    if isinstance(part, dict | list):
        for key in part if isinstance(part, dict) else range(len(part)):
            yield (*path, key)
            yield from _places(part[key], (*path, key))


def _at(config, path):
    for key in path:
        config = config[key]
    return config


def _read_config(folder: Path):
    """The config of a study; None if it is no longer YAML."""
    try:
        return yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _write_config(folder: Path, config) -> None:
    text = yaml.safe_dump(config, allow_unicode=True, sort_keys=False)
    (folder / "config.yaml").write_text(text, encoding="utf-8", errors="surrogatepass")


def _config_value(folder: Path, chance: random.Random) -> str:
    """Set, delete, rename or copy one value of the config."""
    config = _read_config(folder)
    places = list(_places(config))
    if not places:
        return "config left"
    *parents, last = chance.choice(places)
    part = _at(config, parents)
    what = chance.choice(["set", "set", "set", "delete", "rename", "copy"])
    if what == "delete":
        del part[last]
    elif what == "rename" and isinstance(part, dict):
        part[chance.choice(["x", "", "any", "row", "time", "intercept", str(last) + "s", 7, "a" * 300])] = part.pop(
            last
        )
    elif what == "copy":
        *others, other = chance.choice(places)
        source = _at(config, others)
        part[last] = copy.deepcopy(source.get(other) if isinstance(source, dict) else source[0] if source else None)
    else:
        part[last] = chance.choice(VALUES)
    _write_config(folder, config)
    return f"config {what} {'.'.join(map(str, (*parents, last)))}"


def _config_kind(folder: Path, chance: random.Random) -> str:
    """Set one value of the config to another of its kind, so that more of the checks are reached."""
    config = _read_config(folder)
    places = [place for place in _places(config) if not isinstance(place[-1], int) or len(place) > 1]
    if not places:
        return "config left"
    *parents, last = chance.choice(places)
    part = _at(config, parents)
    texts = [text for place in places for text in [place[-1]] if isinstance(text, str)]
    match part[last]:
        case bool():
            part[last] = not part[last]
        case int() | float():
            part[last] = chance.choice([0, 0.001, 0.5, 1, 2, 5, 6, 50, 100, 1e6, -1])
        case str():
            part[last] = chance.choice(texts)
        case list():
            part[last] = chance.choice(
                [part[last][::-1], part[last][1:], part[last] + [chance.choice(texts)], [part[last]]]
            )
        case dict():
            part[last] = dict(list(part[last].items())[1:] or [(chance.choice(texts), chance.choice(texts))])
    _write_config(folder, config)
    return f"config kind {'.'.join(map(str, (*parents, last)))}"


def _config_text(folder: Path, chance: random.Random) -> str:
    """Break the config as a text: lines lost, doubled, moved, added; another encoding."""
    path = folder / "config.yaml"
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    place = chance.randrange(len(lines))
    what = chance.choice(["lose", "double", "indent", "dedent", "insert", "insert", "cut", "colon", "encode", "empty"])
    match what:
        case "lose":
            del lines[place]
        case "double":
            lines.insert(place, lines[place])
        case "indent":
            lines[place] = "  " + lines[place]
        case "dedent":
            lines[place] = lines[place].removeprefix("  ")
        case "insert":
            lines.insert(place, chance.choice(LINES))
        case "cut":
            lines = lines[:place] + [lines[place][: len(lines[place]) // 2]]
        case "colon":
            lines[place] = lines[place].replace(": ", ":", 1)
        case "empty":
            lines = [chance.choice(["", "# a", "- a", "a", "3", "null", "[]", "{}"])]
    text = "\n".join(lines)
    encoding = chance.choice(["utf-16", "utf-16-le", "latin-1"]) if what == "encode" else "utf-8"
    path.write_bytes((text + ("# é" if what == "encode" else "")).encode(encoding, "replace"))
    return f"config text {what} {place}"


def _criterion(folder: Path, chance: random.Random) -> str:
    """Put other words into the first criterion, or into the first derived variable."""
    words = " ".join(chance.choice(WORDS) for _ in range(chance.randrange(1, 7)))
    words = chance.choice(
        [words, words, words, "not " * chance.choice([3, 100, 3000]) + "smoker", "(" * 300 + "age" + ")" * 300]
    )
    path = folder / "config.yaml"
    text = path.read_bytes().decode("utf-8", "replace")
    new = yaml.safe_dump(words, width=10**9).removesuffix("...\n").strip()
    key, old = chance.choice([("keep", r"keep: [^}\n]*"), ("from", r'from: "[^"]*"')])
    path.write_bytes(re.sub(old, lambda _: f"{key}: {new}", text, count=1).encode())
    return f"criterion {words[:80]}"


def _table(folder: Path, chance: random.Random) -> tuple[Path, list[list[str]]]:
    path = folder / f"{chance.choice(TABLES)}.csv"
    return path, [line.split(",") for line in path.read_bytes().decode("utf-8", "replace").rstrip("\n").split("\n")]


def _write(path: Path, rows: list[list[str]], separator: str = ",") -> None:
    path.write_text("\n".join(separator.join(row) for row in rows) + "\n", encoding="utf-8", errors="surrogatepass")


def _cell(folder: Path, chance: random.Random) -> str:
    """Write something else into a cell, or into a whole column."""
    path, rows = _table(folder, chance)
    row, cell = chance.randrange(len(rows)), chance.choice(CELLS)
    place = chance.randrange(len(rows[row]))
    for number in range(1, len(rows)) if chance.random() < 0.15 else [row]:
        if place < len(rows[number]):
            rows[number][place] = cell
    _write(path, rows)
    return f"{path.name} line {row + 1} cell {place}: {cell[:20]!r}"


def _columns(folder: Path, chance: random.Random) -> str:
    """Lose, double, rename, swap or empty a column, header and all or not."""
    path, rows = _table(folder, chance)
    place, other = chance.randrange(len(rows[0])), chance.randrange(len(rows[0]))
    what = chance.choice(["lose", "double", "rename", "upper", "swap cells", "end", "end of rows"])
    for number, row in enumerate(rows):
        if place >= len(row) or other >= len(row):
            continue
        match what:
            case "lose":
                del row[place]
            case "double":
                row.insert(place, row[place])
            case "swap cells" if number:
                row[place], row[other] = row[other], row[place]
            case "end":
                row.append("")
            case "end of rows" if number:
                row.append("")
    if what in ("rename", "upper") and place < len(rows[0]):
        rows[0][place] = (
            rows[0][place].upper() if what == "upper" else chance.choice(["x", "", " ", "record", "age", '"'])
        )
    _write(path, rows)
    return f"{path.name} column {place} {what}"


def _rows(folder: Path, chance: random.Random) -> str:
    """Lose, double, cut, lengthen or shuffle rows."""
    path, rows = _table(folder, chance)
    row = chance.randrange(len(rows))
    what = chance.choice(
        ["lose", "double", "short", "long", "shuffle", "no header", "header alone", "half", "blank", "empty"]
    )
    match what:
        case "lose":
            del rows[row]
        case "double":
            rows.append(rows[row])
        case "short":
            rows[row] = rows[row][:-1]
        case "long":
            rows[row].insert(chance.randrange(len(rows[row])), "1")
        case "shuffle":
            rows[1:] = chance.sample(rows[1:], len(rows) - 1)
        case "no header":
            rows = rows[1:]
        case "header alone":
            rows = rows[:1]
        case "half":
            rows = rows[: len(rows) // 2]
        case "blank":
            rows.insert(row, [""])
        case "empty":
            rows.append([""] * len(rows[0]))
    _write(path, rows or [[""]])
    return f"{path.name} rows {what} {row + 1}"


def _bytes(folder: Path, chance: random.Random) -> str:
    """Write a table in another encoding, with another separator, as another kind of file, or as another table."""
    path = folder / f"{chance.choice(TABLES)}.csv"
    content = path.read_bytes()
    text = content.decode("utf-8", "replace")
    changed = {
        "UTF-16": text.encode("utf-16"),
        "UTF-16 without its mark": text.encode("utf-16-le"),
        "Latin-1": (text + "é\n").encode("latin-1", "replace"),
        "Windows": text.replace("\n", "\r\n").encode(),
        "Mac": text.replace("\n", "\r").encode(),
        "mark": b"\xef\xbb\xbf" + text.encode(),
        "semicolons": text.replace(",", ";").encode(),
        "tabs": text.replace(",", "\t").encode(),
        "Excel's line": b"sep=,\n" + content,
        "xlsx": b"PK\x03\x04" + content,
        "gzip": b"\x1f\x8b" + content,
        "NUL": content.replace(b"1", b"\x00", 1),
        "nothing": b"",
        "a page": b"<html><body>" + content,
        "cut": content[: len(content) // 2],
        "stray marks": content.replace(b",", b',"', 2),
        "another table": (folder / "patients.csv").read_bytes(),
    }
    what = chance.choice(list(changed))
    path.write_bytes(changed[what])
    return f"{path.name} {what}"
