"""A run as the report sees it: the config, the statistics by analysis, the tables and figures."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from twoarm.config.arms import ROLES
from twoarm.config.designs import MATCHED, label_of
from twoarm.config.endpoints import event_of, event_values, primary_first, primary_of
from twoarm.config.keys import SHARES
from twoarm.config.matched_by import together
from twoarm.config.populations import Population, adjusted, main_of, population_of, populations_of
from twoarm.config.response_criteria import criterion_labels, is_ready_made
from twoarm.report.document import Figure, Paragraph, Section, Table
from twoarm.results.values import Found, Values, arm_values, contrast_of, found_of
from twoarm.stats.imbalance import Beyond, assessed, judged, unbalanced
from twoarm.tables.cells import Cell, count_cell, interval, number, p_words, said_by
from twoarm.tables.estimates import WORDS, absence, decimals, ratio_decimals
from twoarm.tables.paper_table import METHODS, PaperTable
from twoarm.text.abbreviations import explained
from twoarm.text.labels import inside_sentence
from twoarm.text.provenance import CONFIDENCE, SIGNIFICANT, Link, Piece, Sourced, joined, plain, prose, setting
from twoarm.text.rounding import ALPHA, half_up
from twoarm.text.units import per_unit

FORMATS = {"figures": ("svg", "png", "pdf"), "tables": ("csv", "docx")}
# The name of each method in a sentence.
NAMES = {
    **METHODS,
    "cox_interaction": "likelihood-ratio test of interaction",
    "weighted_cox_interaction": "robust Wald test of interaction",
    "weighted_cox_univariable": "weighted Cox regression",
    "weighted_cox_multivariable": "weighted multivariable Cox regression",
    "logrank_pair_stratified": "log-rank test stratified by pair",
    "logrank_set_stratified": "log-rank test stratified by matched set",
    "cox_univariable": "Cox regression",
    "cox_multivariable": "multivariable Cox regression",
}


@dataclass
class Run:
    """The input of a report.

    protocol: the config with its defaults; statistics: {analysis: Values}, those that the study has and may show;
    tables: {name: PaperTable}; figures: the stems of results/figures; raw: the rows of
    reproduction.csv and audit.csv, where there are any; columns: the figures also drawn for a journal's column.
    """

    protocol: dict
    statistics: dict[str, Values]
    tables: dict[str, PaperTable]
    figures: list[str]
    raw: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.arms = self.protocol["arms"]
        self.treated, self.control = arm_values(self.arms)
        self.contrast = contrast_of(self.arms)
        self.populations = populations_of(self.protocol)
        self.everyone = self.populations[0]
        self.main, self.adjusted = main_of(self.populations), adjusted(self.populations)
        self.matched = any(population.name == MATCHED for population in self.adjusted)
        self.unit = self.protocol["study"]["time_unit"]
        self.abbreviations = self.protocol["study"].get("abbreviations", {})
        self.alpha, self.level = SIGNIFICANT, ALPHA
        self.confidence = CONFIDENCE

    # Populations

    def main_first(self) -> list[Population]:
        """The populations, that of the main analysis first."""
        return [self.main, *(population for population in self.populations if population != self.main)]

    def population_of(self, part: str, name: str = "") -> Population:
        """The population of a part of the config (`prognosis`) or of an entry of it (`subgroups`, name)."""
        return population_of(self.protocol[part][name] if name else self.protocol[part], self.populations)

    # What the config names

    @property
    def primary(self) -> str:
        """The primary endpoint: `study.primary`, else the first; empty if the study has none."""
        return primary_of(self.protocol)

    def endpoints(self) -> list[str]:
        """The endpoints, the primary one first."""
        return primary_first(self.protocol)

    def key(self, path: str) -> Sourced:
        """A value of the config by its path, such as `study.title` or `arms.treated.label`."""
        part = self.protocol
        for name in path.split("."):
            part = part[name]
        text = half_up(part, 6).rstrip("0").rstrip(".") if isinstance(part, float) else str(part)
        return Sourced(text, f"config: {path}")

    @property
    def together(self) -> str:
        """`pair` in matching one to one, otherwise `set`: the patients who are matched with each other."""
        return together(self.protocol["matching"])

    @property
    def throughout(self) -> str:
        """Where balance is compared, in words."""
        matched_alone = [population.name for population in self.adjusted] == [MATCHED]
        return "before and after matching" if matched_alone else "in each population"

    def arm(self, value: str) -> list[Piece]:
        """The short name of the arm with a value, inside a sentence."""
        which = "treated" if value == self.treated else "control"
        return [self.lower(self.key(f"arms.{which}.short"))]

    def design(self, name: str) -> Piece:
        """The label of a design with weights or adjustment."""
        part = self.protocol["designs"][name]
        text = label_of(name, part)
        return Sourced(text, f"config: designs.{name}.label") if "label" in part else text

    def variable(self, name: str) -> Piece:
        """A variable's label; a reserved name (arm, logit) in words."""
        own = {"arm": "Treatment", "logit": "Propensity score (logit)"}
        return own.get(name) or self.key(f"variables.{name}.label")

    def ready_made(self, section: str, entry: str) -> list[Piece]:
        """The event of an entry of `endpoints` or `outcomes`: a flag's label, or a state's and its values."""
        part, variables = self.protocol[section][entry], self.protocol["variables"]
        name = event_of(part)
        values = dict.fromkeys(event_values(part, variables, self.protocol["data"]) or [])
        levels = "levels" in variables[name]
        source = f"variables.{name}.levels" if levels else f"{section}.{entry}.event.value"
        shown = joined([[setting(source, value)] for value in values], last=" or ")
        return [self.variable(name), *([" ", *shown] if values else [])]

    def per_unit(self, name: str) -> list[Piece]:
        """The unit of a hazard ratio of a continuous variable, as tables print it: `per 100 ng/ml`."""
        variable = self.protocol["variables"][name]
        return [Sourced(per_unit(variable.get("unit"), variable.get("per", 1)), f"config: variables.{name}.per")]

    def is_wide(self, table: str) -> bool:
        """Whether a raw table has a column for each term or visit. table: `lesions`, `adverse_events`."""
        source = self.protocol["data"].get(table)
        return isinstance(source, dict) and "wide" in source

    @property
    def criteria(self) -> dict[str, str]:
        """The response criteria's names in print, by name."""
        return criterion_labels(self.protocol.get("response", {}))

    def criterion(self, name: str) -> Piece:
        """A response criterion's name."""
        response = self.protocol.get("response", {})
        own = is_ready_made(response) and "label" in response["criteria"][name]
        key = f"response.criteria.{name}.label" if own else "response.criteria"
        return Sourced(self.criteria.get(name, name), f"config: {key}")

    def both_arms(self, of_arm: Callable[[str], list[Piece]]) -> list[Piece]:
        """`6.5 months with A and 4.6 months with B`: the same about each arm."""
        return listed([[*of_arm(arm), " with ", *self.arm(arm)] for arm in (self.treated, self.control)])

    @property
    def contrast_pieces(self) -> list[Piece]:
        """The comparison of the arms in a sentence, `A relative to B`: an arm may itself be called `A vs B`."""
        return [*self.arm(self.treated), " relative to ", *self.arm(self.control)]

    # Numbers from the statistics

    def find(self, analysis: str, statistic: str, methods: tuple[str, ...] = (), **key: str) -> Found:
        """The number of a key; ABSENT if the analysis did not compute it. Raises ValueError as `_of` does."""
        return self._of(analysis).find(statistic, methods, **key)

    def estimate(self, analysis: str, statistic: str, method: str, **key: str) -> list[Found]:
        """An estimate with the limits of its interval."""
        return [self.find(analysis, part, (method,), **key) for part in (statistic, "ci_low", "ci_high")]

    def rows(self, analysis: str, **key: str) -> list[Found]:
        """The rows of an analysis with these parts of the key, in the order of the table."""
        return [found_of(row) for row in self._of(analysis).rows(**key)]

    def _of(self, analysis: str) -> Values:
        """The statistics of an analysis. Raises ValueError if the report was not given them.

        A section about an analysis that the study does not have returns None before it looks for numbers.
        """
        if analysis not in self.statistics:
            raise ValueError(f"the report needs the statistics of {analysis}: add it to ANALYSES in common.smk")
        return self.statistics[analysis]

    def unbalanced(self, population: str) -> dict[str, list[Beyond]]:
        """The unbalanced variables of a population, each with its values beyond the limits."""
        rows = self.statistics["balance"].rows(population=population)
        shown = [row._asdict() for row in rows if not row.masked]
        return unbalanced(shown, self.judged(), self.protocol["balance"])

    def judged(self) -> list[str]:
        """The variables that should be balanced."""
        return judged({name: self.protocol["variables"][name] for name in assessed(self.protocol)})

    def masked(self, analysis: str, **key: str) -> list[Piece]:
        """A sentence if some of these rows are masked, because the text then does not cover all rows."""
        hidden = any(row.masked for row in self.rows(analysis, **key))
        return [" Masked tests are not considered."] if hidden else []

    def count(self, analysis: str, statistic: str = "n", **key: str) -> list[Piece]:
        """A count without its percent."""
        return count_cell(self.find(analysis, statistic, **key)).pieces

    # Figures and tables

    def figure(
        self,
        name: str,
        title: str | list[Piece],
        caption: list[Piece],
        alt: str,
        shown: Iterable[str] = (),
        arms: bool = True,
    ) -> list[Figure]:
        """A figure of the run, in a list; empty without it. shown: labels in the figure; arms: whether named."""
        if name not in self.figures:
            return []
        title = [title] if isinstance(title, str) else title
        named = [self.arms[arm][name] for arm in ROLES for name in ("short", "label")] if arms else []
        words = [plain(title), plain(caption), *shown, *named]
        for part in filter(None, [explained(words, self.abbreviations), self.whose()]):
            caption = [*caption, " ", *part]
        column = {"column": f"results/figures/column/{name}.svg"} if name in self.columns else {}
        return [Figure(name, title, caption, alt, files_of("figures", name) | column)]

    def table(self, name: str) -> list[Table]:
        """A table of the run, in a list; empty if the run has none."""
        if name not in self.tables:
            return []
        watermark = (
            [] if name == "audit" else self.whose()
        )  # the audit is about the paper's numbers, not about patients
        return [Table(name, self.tables[name], files_of("tables", name), watermark)]

    def whose(self) -> list[Piece]:
        """The study's watermark, as a separate sentence."""
        if not self.protocol["study"].get("watermark"):
            return []
        return prose("{watermark}.", watermark=self.key("study.watermark"))

    def arm_names(self) -> list[str]:
        """The short names of the arms."""
        return [self.arms[arm]["short"] for arm in ROLES]

    def cite(self, *anchors: str) -> list[Piece]:
        """` (Figure 2, Table 3)`: those of these figures and tables that the run has; empty if it has none.

        anchors: `figure-flowchart`, `table-baseline`.
        """
        known = {f"figure-{name}" for name in self.figures} | {f"table-{name}" for name in self.tables}
        links: list[list[Piece]] = [[Link(anchor)] for anchor in anchors if anchor in known]
        return [" (", *joined(links, last=", "), ")"] if links else []

    def cite_range(self, *anchors: str) -> list[Piece]:
        """The same of figures that follow each other: ` (Figure 2 to Figure 8)`, if they are more than two."""
        known = [anchor for anchor in anchors if anchor.removeprefix("figure-") in self.figures]
        if len(known) <= 2:
            return self.cite(*known)
        return [" (", Link(known[0]), " to ", Link(known[-1]), ")"]

    def names(self) -> dict[str, str]:
        """The labels of criteria, variables, endpoints and outcomes, by name."""
        entries = {
            name: part
            for key in ("variables", "endpoints", "outcomes")
            for name, part in self.protocol.get(key, {}).items()
        }
        return {**self.criteria, **{name: entry["label"] for name, entry in entries.items()}}

    def labels(self, names: Iterable[str]) -> list[str]:
        """All printed texts of some variables: labels and levels."""
        variables = [self.protocol["variables"][name] for name in names]
        return [text for part in variables for text in (part["label"], *part.get("levels", {}).values())]

    def lower(self, piece: Piece) -> Piece:
        """A label inside a sentence."""
        if isinstance(piece, Sourced):
            return piece._replace(text=inside_sentence(piece.text))
        return inside_sentence(piece)


def files_of(kind: str, name: str) -> dict[str, str]:
    """The paths of a figure or table, by format."""
    return {ending: f"results/{kind}/{name}.{ending}" for ending in FORMATS[kind]}


# Numbers as sentences print them


def tested(found: Found) -> list[Piece]:
    """`P = 0.041, log-rank test`: a p-value with its test."""
    return [*p_words(found), f", {NAMES[found.method]}"] if found.method in NAMES else p_words(found)


def with_interval(estimate: Found, low: Found, high: Found, digits: int, unit: str = "") -> list[Piece]:
    """`6.5 months (95% CI 5.6–8.8)`; if the estimate is empty, the reason in words."""
    if estimate.value != estimate.value:
        return _missing(estimate, low, high, digits, unit)
    shown = number(estimate, decimals(digits, low.value, high.value))
    limits: Cell = interval(low, high, digits)
    return [*shown.pieces, unit, " (", CONFIDENCE, "\u00a0CI ", *limits.pieces, ")"]


def ratio_with_interval(estimate: Found, low: Found, high: Found) -> list[Piece]:
    """`0.71 (95% CI 0.50–1.03)`: a hazard ratio with the same decimals as in its table."""
    group = estimate.key[3] if estimate.key else ""
    return with_interval(estimate, low, high, ratio_decimals(estimate.value, low.value, high.value, group))


def inside(estimate: Found, low: Found, high: Found, digits: int, unit: str = "") -> list[Piece]:
    """`15.6 percentage points, 95% CI 0.6–29.8`: an estimate with its interval, for text in brackets."""
    if estimate.value != estimate.value:
        return _missing(estimate, low, high, digits, unit)
    shown = number(estimate, decimals(digits, low.value, high.value))
    return [*shown.pieces, unit, ", ", CONFIDENCE, "\u00a0CI ", *interval(low, high, digits).pieces]


def ratio_inside(estimate: Found, low: Found, high: Found) -> list[Piece]:
    """`0.71, 95% CI 0.50–1.03`: a hazard ratio with the same decimals as in its table, for text in brackets."""
    group = estimate.key[3] if estimate.key else ""
    return inside(estimate, low, high, ratio_decimals(estimate.value, low.value, high.value, group))


def ratio_tested(ratio: list[Found], p: Found, test: str = "") -> list[Piece]:
    """`0.71 (95% CI 0.50–1.03; P = 0.07)`: a hazard ratio with its interval and P; test: if P is of another test."""
    return with_p(ratio_with_interval(*ratio), p, test)


def with_p(said: list[Piece], p: Found, test: str = "") -> list[Piece]:
    """An estimate with its interval in brackets, and P in the same brackets, of this test: `log-rank P = 0.07`."""
    told = [f"{test} " if test else "", *p_words(p), ")"]
    return [*said[:-1], "; ", *told] if said[-1] == ")" else [*said, " (", *told]


def _missing(estimate: Found, low: Found, high: Found, digits: int, unit: str) -> list[Piece]:
    """`not reached (95% CI 5.6 months–NR)`, `not estimable (no events)`: why there is no estimate."""
    if estimate.masked:
        return ["masked"]
    sign = absence(estimate)
    if low.value == low.value or high.value == high.value:
        return [WORDS[sign], " (", CONFIDENCE, "\u00a0CI ", *interval(low, high, digits).pieces, unit, ")"]
    reason = "" if said_by(sign, estimate.note) else estimate.note.removeprefix(f"{WORDS[sign]}: ")
    return [f"{WORDS[sign]} ({reason})" if reason else WORDS[sign]]


def share(n: Found, total: Found, percent: Found) -> list[Piece]:
    """`21 of 64 (32.8%)`; `32.8% (weighted)` of patients with weights."""
    if percent.method in SHARES and percent.value == percent.value:
        return [*number(percent, 1).pieces, "% (weighted)"]
    if n.value != n.value:
        return ["a number that is masked"]
    shown = [*count_cell(n).pieces, " of ", *count_cell(total).pieces]
    return [*shown, " (", *number(percent, 1).pieces, "%)"] if percent.value == percent.value else shown


def significant(found: Found) -> bool:
    """Whether a p-value is below the level of significance."""
    return found.value < ALPHA


def listed(items: Iterable[list[Piece]]) -> list[Piece]:
    """Items as a list in a sentence."""
    return joined(list(items))


def only(anchor: str, title: str, blocks: list) -> Section | None:
    """A section of these blocks; None without any."""
    return Section(anchor, title, blocks) if blocks else None


def immortal(later: list[list[Piece]]) -> list[Paragraph]:
    """A warning of variables or subgroups that are measured after treatment start."""
    text = (
        "{list}: measured after treatment start. Only patients who lived long enough have a value (immortal time). An "
        "association with the outcome may be due to this alone, and the treatment may have changed the value."
    )
    return warning(text, later, "Measured after treatment start (immortal time): {list}.")


def warning(
    text: str, items: list[list[Piece]], brief: str = "", names: list[list[Piece]] | None = None
) -> list[Paragraph]:
    """A warning about some items, `{list}` in its text; empty without items.

    brief: the warning in one line, for the first page, about the same items or about these names; without one it is a
    remark, which does not concern the effect of treatment and stands in its section alone.
    """
    if not items:
        return []
    filled = prose(text, list=listed(items))
    if not brief:
        return [Paragraph(filled, "remark")]
    return [Paragraph(filled, "warning", prose(brief, list=listed(items if names is None else names)))]
