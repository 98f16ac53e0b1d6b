"""Compare every number of a report with its source: a row of statistics, a key of the config, a version, a file."""

import csv
import hashlib
import re
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import docx
import lxml.html
import yaml

from runs import REPO
from twoarm.config.keys import unweighted
from twoarm.config.populations import populations_of
from twoarm.config.prepared import prepare
from twoarm.report.response_methods import threshold_text
from twoarm.response.response_rules import rules_for
from twoarm.results.rows import KEY
from twoarm.results.wording import where_printed
from twoarm.text.rounding import half_up
from twoarm.text.units import per_unit

# Digits that are not numbers: in names of criteria and of the report's own parts.
TERMS = re.compile(r"RECIST 1\.1|(Table|Figure) [A-Z]?\d+|SHA-256|300 dpi|1/ln\(2\)\^2|95% CI")
CONVENTIONS = {"0.05", "95%", "30.4375", "365.25", "5", "Grade 5", "grade 5"}
ELIMINATION = "cox_backward"
NOTE = re.compile(r"note of (reading|prognosis\w*|weights|adjusted)\.csv")


class Sources:
    """What the numbers of a finished study's report may come from. study: its folder."""

    def __init__(self, study: Path):
        self.study = study
        self.config = yaml.safe_load((study / "config.yaml").read_text(encoding="utf-8"))
        prepare(self.config)
        self.files = {path.stem: _read(path) for path in (study / "results/statistics").glob("*.csv")}
        if "disclosure" in self.config:  # what is shown is read from the masked rows
            self.files |= {path.stem: _read(path) for path in (study / "results/disclosed").glob("*.csv")}
        tidy = [row for rows in self.files.values() for row in rows if "note" in row]
        self.rows = {tuple(row[part] for part in KEY): row for row in tidy}
        self.notes = {part for row in tidy for part in row["note"].split("; ") if part}

    def error(self, text: str, source: str, value: str) -> str:
        """Why a text does not follow from its source; empty if it does."""
        text = self.unexplained(text)
        parts = source.split(" | ")
        if len(parts) == len(KEY):
            return self._row_error(text, tuple(parts), value)
        kind, _, what = source.partition(": ")
        if kind == "config" and what.endswith(".per"):
            variable = self.config["variables"][what.split(".")[1]]
            return "" if text == per_unit(variable.get("unit"), variable.get("per", 1)) else "another unit"
        if kind == "config" and what.startswith("response.") and self._in_rules(text, what.partition(".")[2]):
            return ""
        if kind == "config":
            return "" if self._in_config(text, what) else "not in the config"
        if kind == "rule":
            return "" if self._in_rules(text, what.partition(".")[2]) else "not the criteria's own rule"
        if kind == "convention":
            return "" if text in CONVENTIONS else "no convention"
        if kind == "version":
            return "" if text == _version(what) else "another version"
        if kind == "sha256":
            path = self.config["published"] if what == "published" else self.config["data"][what.partition(".")[2]]
            return "" if hashlib.sha256((self.study / path).read_bytes()).hexdigest() == text else "another file"
        if kind == "reference":
            return "" if text == _works()[what] else "another work"
        if kind == "assumption":
            return "" if _in_code(text, what) else "not in the code"
        if parts[0].startswith("count of "):
            return self._count_error(text, parts)
        if parts[0] in ("reproduction.csv", "audit.csv"):
            return self._listed_error(text, parts)
        step = re.fullmatch(r"step (\d+) of (prognosis\w*)\.csv", parts[0])
        if step:
            return self._step_error(text, *step.groups())
        if parts[0] in ("reading.csv", "endpoints.csv") or NOTE.fullmatch(parts[0]):
            rows = self.files[parts[0].split()[-1].removesuffix(".csv")]
            return "" if any(text in row["level"] or text in row["note"] for row in rows) else "not in the file"
        return "an unknown source"

    def unexplained(self, text: str) -> str:
        """The text without explanations of abbreviations: `PD-1 inhibitor` of `PD-1 (programmed death 1) inhibitor`."""
        for name, words in self.config["study"].get("abbreviations", {}).items():
            text = text.replace(f"{name} ({words})", name)
        return text

    def _in_rules(self, text: str, key: str) -> bool:
        """Whether a threshold or a site is that of some criterion under the study's settings."""
        if isinstance(self.config["response"]["criteria"], dict):
            return False  # ready-made: no rules were used
        for criterion in self.config["response"]["criteria"]:
            rules = rules_for(criterion, self.config["response"])
            value = getattr(rules, key, ())
            if text in (value if isinstance(value, tuple) else [threshold_text(rules, key)]):
                return True
        return False

    def _row_error(self, text: str, key: tuple, value: str) -> str:
        row = self.rows.get(key)
        if row is None or not row["value"]:
            return "no such row, or an empty one"
        if float(row["value"]) != float(value):
            return f"the row has {row['value']}"
        bound, number = text.startswith("<"), text.lstrip("<").replace("−", "-")
        scale = 100 if _is_fraction(key) else 1
        computed = Decimal(repr(float(row["value"]))) * scale
        if bound:
            return "" if computed < Decimal(number) else "not below the bound"
        rounded = half_up(float(computed), len(number.partition(".")[2]))
        return "" if Decimal(rounded) == Decimal(number) else f"rounds to {rounded}"

    def _count_error(self, text: str, parts: list[str]) -> str:
        rows = self.files[parts[0].removeprefix("count of ").removesuffix(".csv")]
        wanted = dict(part.split(" = ") for part in parts[1:])
        number = sum(all(row[column] == found for column, found in wanted.items()) for row in rows)
        return "" if str(number) == text else f"there are {number}"

    def _step_error(self, text: str, step: str, name: str) -> str:
        of_step = {row["variable"] for row in self.files[name] if (row["method"], row["level"]) == (ELIMINATION, step)}
        return "" if text in {(self.labels() | {"arm": "Treatment"})[name] for name in of_step} else "another variable"

    def _listed_error(self, text: str, parts: list[str]) -> str:
        """Of a list of printed values: the row's own texts, and its p-values rounded."""
        for row in self.files[parts[0].removesuffix(".csv")]:
            described = ", ".join(row[part] for part in KEY if row[part])
            if described != parts[1] or (len(parts) > 2 and row["check"] != parts[2]):
                continue
            said = row.get("finding") or row.get("explanation")
            texts = [part for part in row.values() if part]
            texts += [": ".join(filter(None, [where_printed(row, self.labels(), populations_of(self.config)), said]))]
            numbers = [half_up(float(row[name]), 3) for name in ("computed_p", "low", "high") if row.get(name)]
            numbers += ["<0.001"]
            spread = [f"{low}–{high}" for low in numbers for high in numbers]
            if text in texts + numbers + spread:
                return ""
        return "not in its row"

    def _in_config(self, text: str, path: str) -> bool:
        if path == "study.abbreviations":
            return text in {f"{name}, {words}" for name, words in self.config["study"]["abbreviations"].items()}
        part = self.config
        for name in path.split("."):
            if not isinstance(part, dict) or name not in part:
                break
            part = part[name]
        leaves = list(_leaves(part)) if isinstance(part, dict | list) else [part]
        known = [f"{leaf:g}" if isinstance(leaf, float | int) else str(leaf) for leaf in leaves]
        names = [Path(leaf).name for leaf in known] + list(_keys(part))
        phrases = {*known, *names, "mRECIST", "RECIST 1.1", "Yes", "No", *self.levels()}
        return text in phrases or any(text[1:] == known[1:] and text[:1] == known[:1].lower() for known in phrases)

    def labels(self) -> dict[str, str]:
        """The labels of variables and endpoints, by their names."""
        entries = {**self.config["variables"], **self.config["endpoints"]}
        return {name: entry["label"] for name, entry in entries.items()}

    def levels(self) -> set[str]:
        """Levels, and contrasts of them, as the statistics name them."""
        named = {row["level"] for row in self.rows.values()} | {row["group"] for row in self.rows.values()}
        return named | {row["variable"] for row in self.rows.values()}

    def phrases(self) -> list[str]:
        """Texts of the config and of the statistics' notes that a reader may see, the longest first."""
        texts = {str(leaf) for leaf in _leaves(self.config) if isinstance(leaf, str)} | self.levels() | self.notes
        worded = {text for text in texts if re.search(r"\d", text) and re.search(r"[^\d.,\s-]", text)}
        return sorted(worded, key=len, reverse=True)


def _read(path: Path) -> list[dict]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _is_fraction(key: tuple) -> bool:
    """Whether a row holds a survival probability (or its limit), which tables print in per cent."""
    *_, level, statistic, method = key
    return unweighted(method) == "kaplan_meier" and bool(level) and statistic in ("survival", "ci_low", "ci_high")


def _works() -> dict[str, str]:
    return yaml.safe_load((REPO / "resources/references.yaml").read_text(encoding="utf-8"))


def _version(name: str) -> str:
    if name == "python":
        import platform

        return platform.python_version()
    if name == "twoarm":
        return re.search(r'^version = "(.*)"$', (REPO / "pyproject.toml").read_text(), re.MULTILINE)[1]
    return version(name)


def _in_code(text: str, name: str) -> bool:
    """Whether an assumption is in one of the scripts of that name."""
    for path in (REPO / "scripts").rglob(name):
        code = re.sub(r"\n\s*# ", " ", path.read_text(encoding="utf-8"))
        if text[1:] in code:
            return True
    return False


def _leaves(part):
    if isinstance(part, dict):
        for inside in part.values():
            yield from _leaves(inside)
    elif isinstance(part, list):
        for inside in part:
            yield from _leaves(inside)
    else:
        yield part


def _keys(part):
    if isinstance(part, dict):
        for key, inside in part.items():
            yield key
            yield from _keys(inside)


def errors(page: str, sources: Sources) -> list[str]:
    """Every number of a page that does not follow from its source, and every digit without a source."""
    tree = lxml.html.fromstring(page)
    found = []
    for data in tree.iter("data"):
        text, source = data.text_content(), data.get("title")
        why = sources.error(text, source, data.get("value"))
        found += [f"{text!r} of {source!r}: {why}"] if why else []
    return found + [f"a number without source: {text!r}" for text in unsourced(tree, sources)]


def unsourced(tree, sources: Sources) -> list[str]:
    """Texts with digits outside of <data>, without the study's own words and the names of the report's parts."""
    for element in tree.iter("data", "style", "script", "a", "title"):
        tail = element.tail
        element.clear()
        element.tail = tail
    loose, phrases = [], sources.phrases()
    arms = [sources.config["arms"][arm]["short"] for arm in ("treated", "control")]
    for text in tree.itertext():
        if text.strip() in [*arms, " vs ".join(arms)]:
            continue  # the head of an arm's columns
        left = TERMS.sub("", sources.unexplained(text))
        for phrase in phrases:
            if phrase[1:] in left:
                start = f"[{re.escape(phrase[0] + phrase[0].upper())}]"
                left = re.sub(rf"(?<![\d.]){start}{re.escape(phrase[1:])}(?!\d)", "", left)
        if re.search(r"\d", left):
            loose.append(text)
    return loose


# The same content in Word


def html_content(page: str) -> tuple[list[str], list[list[list[str]]]]:
    """Headings, paragraphs and items of a page, and the rows of its tables; without its contents and downloads."""
    tree = lxml.html.fromstring(page)
    for element in tree.xpath("//nav | //*[@class='downloads']"):
        element.drop_tree()
    tables = [
        [[_text(cell) for cell in row if cell.tag in ("td", "th")] for row in table.xpath(".//tbody/tr")]
        for table in tree.iter("table")
    ]
    for table in list(tree.iter("table")):
        table.drop_tree()
    texts = [_text(element) for element in tree.iter("h1", "h2", "h3", "p", "li")]
    return texts, tables


def _text(element) -> str:
    return re.sub(r"\s+", " ", element.text_content()).strip()


def word_content(path: Path) -> tuple[list[str], list[list[list[str]]]]:
    """The same of a Word document: its paragraphs, and the rows of its tables below their headers."""
    document = docx.Document(path)
    texts = [re.sub(r"\s+", " ", _words(paragraph._p)).strip() for paragraph in document.paragraphs]
    tables = []
    for table in document.tables:
        cells, width = table._cells, len(table.columns)
        rows = [cells[start : start + width] for start in range(0, len(cells), width)]
        headers = len(table._tbl.xpath(".//w:tblHeader"))
        tables.append([[re.sub(r"\s+", " ", cell.text).strip() for cell in row] for row in rows[headers:]])
    return [text for text in texts if text], tables


def _words(paragraph) -> str:
    return "".join(node.text or "" for node in paragraph.iter() if node.tag.endswith("}t"))
