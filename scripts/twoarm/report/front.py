"""The first page: the main results in one table, the primary endpoint's curves, and what to be careful with."""

from collections.abc import Callable

from twoarm.config.designs import adjusted_designs, main_design
from twoarm.config.keys import OVERALL
from twoarm.config.levels import YES
from twoarm.config.populations import SCREENED
from twoarm.raw.terms import ANY
from twoarm.report.diagnostics import by_pair
from twoarm.report.document import Bullets, Paragraph, Section, Table
from twoarm.report.imputation import POOLED, pooled_ratio
from twoarm.report.patients import everybody, full_name
from twoarm.report.run import Run
from twoarm.report.survival import effect_on, front_curve
from twoarm.response.response_rules import RATES
from twoarm.results.values import Found
from twoarm.results.wording import RATE_EFFECTS, RATE_LABELS, estimand_text
from twoarm.tables.cells import BLANK, Cell, count_cell, estimate_cell, p_cell, ratio_cell
from twoarm.tables.estimates import MEDIAN_DIGITS, signs_in
from twoarm.tables.paper_table import Column, PaperTable, Row, arm_columns, arms_note, mark_of
from twoarm.text.abbreviations import explained
from twoarm.text.provenance import CONFIDENCE, Link, Piece, Sourced, joined, plain, prose, setting
from twoarm.text.units import unit_of


def front(run: Run, sections: list[Section]) -> Section:
    """The first page. sections: of the report, whose warnings it lists."""
    rows = [*_survival(run), *_response(run), *_outcomes(run), *_safety(run)]
    effects = [[*effect_on(run, run.main, name), "."] for name in run.endpoints()]
    table, curve = Table("main_results", _table(run, rows), {}, run.whose()) if rows else None, front_curve(run)
    cited = [[Link(block.anchor)] for block in (table, *curve) if block]
    blocks: list = [Paragraph(joined([_whom(run, cited), *effects], " ", " "))]
    if rows:
        blocks += [table, *curve]
    else:
        blocks.append(Paragraph(["The study has no outcome: its results describe and compare the arms."]))
    cautions = [
        [*(block.brief or block.text), " (", Link(section.anchor), ")"]
        for section in sections
        for block in section.blocks
        if isinstance(block, Paragraph) and block.kind == "warning"
    ]
    if cautions:
        blocks += [Paragraph(["What to be careful with:"], "lead"), Bullets(cautions)]
    return Section("summary", "Main results", blocks)


def _whom(run: Run, cited: list[list[Piece]]) -> list[Piece]:
    """Who was compared. cited: the table and the figure with the results."""
    enrolled = "of {screened} patients screened, {enrolled} were enrolled"
    return prose(
        "{treated} was compared with {control} in {whom}{cited}; "
        + ("all {screened} patients screened were enrolled." if everybody(run) else f"{enrolled}."),
        treated=full_name(run, "treated", first=True),
        control=full_name(run, "control"),
        cited=[" (", *joined(cited, ", "), ")"] if cited else [],
        whom=run.main.inside_sentence,
        enrolled=run.count("attrition", "total", population=run.everyone.name, group=OVERALL),
        screened=run.count("attrition", "total", population=SCREENED, group=OVERALL),
    )


def _table(run: Run, rows: list[Row]) -> PaperTable:
    first, second, p = _columns(run)
    effect = Column("Difference or ratio\n(95% CI)", sources=(CONFIDENCE,))
    texts = [*(row.label for row in rows), *(cell.text for row in rows for cell in row.cells), *run.arm_names()]
    labels = [run.arms[role]["label"] for role in ("treated", "control")]
    notes = [
        prose(
            "Ratios and differences (in percentage points) are of {contrast}. CI, confidence interval{ratio}.",
            contrast=run.contrast_pieces,
            ratio="; HR, hazard ratio" if run.protocol["endpoints"] else "",
        ),
        signs_in(texts),
        estimand_text(run.main),
        arms_note(run.arms),
        explained([*texts, *labels], run.abbreviations),
    ]
    return PaperTable("Main results", "Outcome", [first, second, effect, p], rows, [note for note in notes if note])


def _columns(run: Run) -> list[Column]:
    """The columns of the arms and of P, with the numbers of patients of the first analysis that has them."""
    sized = {
        "survival": next(iter(run.protocol["endpoints"]), ""),
        "response": next(iter(run.criteria), ""),
        "outcomes": next(iter(run.protocol.get("outcomes", {})), ""),
        "safety": "",
    }
    analysis, variable = next((name, variable) for name, variable in sized.items() if name in run.statistics)
    whom = run.population_of("safety") if analysis == "safety" else run.main
    return arm_columns(run.statistics[analysis], whom.name, run.arms, "", variable)


def _row(
    run: Run,
    label: Row,
    of_arm: Callable[[str], Cell],
    effect: Cell = BLANK,
    p: Found | None = None,
    note: str = "",
) -> Row:
    """A row: a cell for each arm, what compares them, and P with its test, and a further note, as a footnote."""
    tested = BLANK if p is None else p_cell(p, "; ".join(filter(None, [mark_of(p.method, ()), note])))
    return label._replace(cells=[of_arm(run.treated), of_arm(run.control), effect, tested])


def _with(sign: str, cell: Cell) -> Cell:
    """A ratio with its sign before it: `HR 0.52 (0.35–0.76)`."""
    return cell._replace(text=f"{sign}{cell.text}")


def _label(text: str, *sources: Sourced, is_level: bool = False) -> Row:
    return Row(text, [], is_level, sources=sources)


def _survival(run: Run) -> list[Row]:
    """Each endpoint, the primary one first: median, hazard ratio and P, then survival at the study's times."""
    rows = []
    for name in run.endpoints():
        key = {"population": run.main.name, "variable": name}
        label, contrast = run.key(f"endpoints.{name}.label"), key | {"group": run.contrast}

        def estimate(statistic: str, level: str, digits: int, scale: float, key: dict = key):
            return lambda arm: estimate_cell(
                *run.estimate("survival", statistic, "kaplan_meier", group=arm, level=level, **key), digits, scale
            )

        median = estimate("median", "", MEDIAN_DIGITS[run.unit], 1)
        ratio = _with("HR ", ratio_cell(*run.estimate("survival", "hazard_ratio", "cox", **contrast)))
        p = run.find("survival", "p_value", ("logrank",), **contrast)
        head = f"{label.text}: median, {run.unit} (95% CI)"
        rows.append(_row(run, _label(head, label, CONFIDENCE), median, ratio, p, by_pair(run, run.main, name)))
        rows += [*_pooled(run, name), *_adjusted(run, name)]
        for time in _some(run.statistics["survival"].levels(name, "survival")):
            at = setting("survival.times", time)
            said = _label(f"at {time} {unit_of(time, run.unit)}, % (95% CI)", at, CONFIDENCE, is_level=True)
            rows.append(_row(run, said, estimate("survival", time, 1, 100)))
    return rows


def _some(times: list[str]) -> list[str]:
    """Two of the times, so that the table stays short: a third and two thirds of the way; Table of survival has all."""
    return times if len(times) < 3 else [times[len(times) // 3], times[2 * len(times) // 3]]


def _pooled(run: Run, endpoint: str) -> list[Row]:
    """The hazard ratio of an endpoint over all imputed data sets, in the main design; empty if nothing was imputed."""
    found = pooled_ratio(run, endpoint, main_design(run.protocol))
    if found is None:
        return []
    estimate, p = found
    return [_row(run, _label(POOLED, is_level=True), lambda arm: BLANK, _with("HR ", ratio_cell(*estimate)), p)]


def _adjusted(run: Run, endpoint: str) -> list[Row]:
    """The hazard ratio of an endpoint adjusted for covariates, by each design that does so."""
    rows = []
    for design in adjusted_designs(run.protocol):
        key = {"population": design, "group": run.contrast, "variable": endpoint}
        ratio = _with("HR ", ratio_cell(*run.estimate("adjusted", "hazard_ratio", "cox_adjusted", **key)))
        p = run.find("adjusted", "p_value", ("cox_adjusted",), **key)
        text = plain([run.lower(run.design(design))])
        said = _label(f"{text}, all enrolled patients", is_level=True)
        rows.append(_row(run, said, lambda arm: BLANK, ratio, p))
    return rows


def _response(run: Run) -> list[Row]:
    rows = []
    for criterion in run.criteria:
        for rate in RATES:
            named = run.criterion(criterion)
            said = _label(f"{RATE_LABELS[rate]} by {named.text}, n (%)", named)
            rows.append(_shares(run, said, "response", run.main.name, criterion, rate))
            rows += _pooled_rate(run, criterion, rate)
    return rows


def _outcomes(run: Run) -> list[Row]:
    rows = []
    for name in run.protocol.get("outcomes", {}):
        label = run.key(f"outcomes.{name}.label")
        rows.append(_shares(run, _label(f"{label.text}, n (%)", label), "outcomes", run.main.name, name, YES))
        rows += _pooled_rate(run, name, YES)
    return rows


def _pooled_rate(run: Run, variable: str, level: str) -> list[Row]:
    """The difference of a rate over all imputed data sets, in the main population; empty if it was not pooled."""
    if "pooled" not in run.statistics:
        return []
    key = {"population": run.main.name, "group": run.contrast, "variable": variable, "level": level}
    _, methods = RATE_EFFECTS["difference"]
    *estimate, p = (run.find("pooled", part, methods, **key) for part in ("difference", "ci_low", "ci_high", "p_value"))
    said = _label(POOLED, is_level=True)
    return [_row(run, said, lambda arm: BLANK, estimate_cell(*estimate, 1), p)] if p.key else []


def _safety(run: Run) -> list[Row]:
    """Any adverse event by range of grades."""
    if "safety" not in run.protocol:
        return []
    chosen = run.population_of("safety")
    whom = "" if chosen == run.main else f" ({chosen.inside_sentence})"
    rows = []
    for grade in run.protocol["safety"]["grades"]:
        printed = run.lower(Sourced(grade, "config: safety.grades"))
        said = _label(f"Adverse events, {printed.text}, n (%){whom}", printed)
        rows.append(_shares(run, said, "safety", chosen.name, ANY, grade))
    return rows


def _shares(run: Run, label: Row, analysis: str, population: str, variable: str, level: str) -> Row:
    """Numbers and percentages of patients, their difference and P."""
    key = {"population": population, "variable": variable, "level": level}

    def of_arm(arm: str) -> Cell:
        return count_cell(*(run.find(analysis, part, group=arm, **key) for part in ("n", "percent")))

    contrast = key | {"group": run.contrast}
    difference = estimate_cell(*run.estimate(analysis, "difference", "newcombe", **contrast), 1)
    return _row(run, label, of_arm, difference, run.find(analysis, "p_value", **contrast))
