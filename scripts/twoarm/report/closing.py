"""How the run compares with what a paper printed, and where everything comes from."""

import hashlib
import platform
import re
from collections.abc import Callable
from pathlib import Path

from twoarm.config.designs import MATCHED, adjusted_designs, designs_of, main_design, weighted_designs
from twoarm.config.keys import DEATHS
from twoarm.config.populations import Population
from twoarm.config.response_criteria import is_ready_made
from twoarm.config.sources import files_of, name_of
from twoarm.raw.database import is_database
from twoarm.report.document import Bullets, Heading, Paragraph, Section, Table
from twoarm.report.outcomes import adjusted_effects, effect_on, events_of, rate_of
from twoarm.report.run import Run
from twoarm.report.yes_no import outcome_of
from twoarm.response.response_rules import RATES
from twoarm.results.wording import describe, where_printed
from twoarm.tables.cells import BLANK, Cell
from twoarm.tables.paper_table import Column, PaperTable, Row
from twoarm.text.provenance import Link, Piece, Sourced, counted, prose

# When an assumption applies: {case: whether a protocol has it}.
CASES: dict[str, Callable[[dict], bool]] = {
    "dates": lambda protocol: any("start" in endpoint for endpoint in protocol["endpoints"].values()),
    "ready_made": lambda protocol: any("time" in endpoint for endpoint in protocol["endpoints"].values()),
    "auto": lambda protocol: (
        any(
            "auto" in (protocol.get(part, {}).get("test"), protocol.get(part, {}).get("categorical_test"))
            for part in ("baseline", "response", "safety")
        )
        or any(outcome["test"] == "auto" for outcome in protocol.get("outcomes", {}).values())
    ),
    "matched": lambda protocol: MATCHED in designs_of(protocol),
    "weights": lambda protocol: bool(weighted_designs(protocol)),
    "trim": lambda protocol: any("trim" in design for design in designs_of(protocol).values()),
    "response": lambda protocol: "response" in protocol and not is_ready_made(protocol["response"]),
    "mrecist": lambda protocol: (
        "mrecist" in protocol.get("response", {}).get("criteria", []) and not is_ready_made(protocol["response"])
    ),
    "adjudicator": lambda protocol: "adjudicator" in protocol.get("response", {}).get("reader", {}),
    "new_therapy": lambda protocol: "new_therapy" in protocol.get("response", {}),
    "confirm": lambda protocol: bool(protocol.get("response", {}).get("confirm")),
    "post_baseline": lambda protocol: any(
        variable.get("timing") == "post_baseline" for variable in protocol["variables"].values()
    ),
}


def summary(run: Run, sections: list[Section]) -> Section:
    """The main results, and every warning of the report with a link to its section."""
    items = [effect_on(run, run.main, name) for name in run.protocol["endpoints"]]
    if "response" in run.protocol:
        rates = [(criterion, rate) for criterion in run.criteria for rate in RATES]
        items += [[run.criterion(name), ". ", *rate_of(run, run.main, name, rate)] for name, rate in rates]
    items += [outcome_of(run, run.main, name) for name in run.protocol.get("outcomes", {})]
    if "safety" in run.protocol:
        grades, chosen = run.protocol["safety"]["grades"], run.population_of("safety")
        head = "Adverse events. " if chosen == run.main else f"Adverse events, {chosen.inside_sentence}. "
        items += [[head, *events_of(run, grade, chosen)] for grade in grades]
        # patients outside the main analysis may have died of an event too
        items.append(["Adverse events, all enrolled patients. ", *events_of(run, DEATHS, run.everyone)])
    warnings = [
        [*block.text, " (", Link(section.anchor), ")"]
        for section in sections
        for block in section.blocks
        if isinstance(block, Paragraph) and block.kind == "warning"
    ]
    blocks: list = [Paragraph(["The study has no outcome: its results describe and compare the arms."])]
    if items:
        text = "Main results, {whom} (estimand: {estimand}):"
        adjusted = adjusted_effects(run) if main_design(run.protocol) in adjusted_designs(run.protocol) else []
        estimand = "hazard ratio conditional on the covariates, then unadjusted" if adjusted else run.main.estimand
        head = prose(text, whom=run.main.inside_sentence, estimand=estimand)
        blocks = [Paragraph(head, "lead"), Bullets([*adjusted, *items])]
    if warnings:
        blocks += [Paragraph(["Cautions:"], "lead"), Bullets(warnings)]
    return Section("summary", "At a glance", blocks)


def reproduction(run: Run) -> Section | None:
    """The score against the paper, the values that differ, and the audit of the paper's own numbers."""
    if "reproduction" not in run.raw:
        return None
    scorecard = run.raw["reproduction"]
    counts = {
        verdict: counted("reproduction", sum(row["verdict"] == verdict for row in scorecard), verdict=verdict)
        for verdict in ("reproduced", "contradicted", "differs")
    }
    text = (
        "Of {total} values in the paper, the run reproduces {reproduced}. The paper's own other numbers contradict "
        "{contradicted}; {differs} differ without such a reason."
    )
    blocks: list = [Paragraph(prose(text, total=counted("reproduction", len(scorecard)), **counts))]
    missed = [row for row in scorecard if row["verdict"] != "reproduced"]
    if missed and "disclosure" not in run.protocol:  # computed values could reveal small numbers
        blocks.append(Table("not_reproduced", _missed_table(missed, run.names(), run.populations)))
    if "audit" in run.raw:
        audit = run.raw["audit"]
        text = (
            "The audit compares the paper's printed numbers with each other, without any patient data: {checks} "
            "checks, {errors} errors (values that the paper's other numbers exclude), {decisions} of which move P "
            "across {alpha}. It uses the paper's numbers of tables and figures."
        )
        parts = {
            "checks": counted("audit", len(audit)),
            "errors": counted("audit", sum(row["error"] == "True" for row in audit), error=True),
            "decisions": counted("audit", sum(row["decision_error"] == "True" for row in audit), decision_error=True),
            "alpha": run.alpha,
        }
        blocks += [Heading("Audit of the printed values"), Paragraph(prose(text, **parts)), *run.table("audit")]
    return Section("reproduction", "Reproduction of the published values", blocks)


def _missed_table(missed: list[dict], labels: dict[str, str], populations: list[Population]) -> PaperTable:
    """The printed values that the run does not reproduce.

    labels: {variable or endpoint: label}; populations: those of the study.
    """
    columns = [Column("Statistic"), Column("Printed"), Column("Computed")]
    rows = []
    for row in missed:
        source = f"reproduction.csv | {describe(row)}"

        def cell(text: str, source: str = source) -> Cell:
            return Cell(text, sources=(Sourced(text, source),)) if text else BLANK

        cells = [Cell(row["statistic"].replace("_", " ")), cell(row["printed"]), cell(row["rounded"])]
        label = ": ".join(filter(None, [where_printed(row, labels, populations), row["explanation"]]))
        rows.append(Row(label, cells, sources=(Sourced(label, source),)))
    return PaperTable("Printed values that the run does not reproduce", "Value", columns, rows)


def provenance(run: Run, scripts: list[str], version: str) -> Section:
    """Software, inputs, the assumptions that a clinician might dispute, and how to reproduce the report."""
    text = (
        "Every number in this report comes from a row of results/statistics; in the HTML page, point at a number to "
        "see its row. Made by twoarm {version} with Python {python} on {system}."
    )
    blocks = [
        Paragraph(
            prose(
                text,
                version=Sourced(version, "version: twoarm"),
                python=Sourced(platform.python_version(), "version: python"),
                system=platform.system(),
            )
        ),
        Heading("Input files"),
        Bullets(_checksums(run)),
        *_assumed(assumptions(scripts, run.protocol)),
        Heading("Reproducing this report"),
        Paragraph(
            [
                "With the config and the input files in a folder, `snakemake -s path/to/Snakefile -d that-folder` "
                "gives identical files in results/statistics on any machine; `snakemake -n` shows what a changed "
                "setting would re-run."
            ]
        ),
    ]
    return Section("provenance", "Provenance", blocks)


def _checksums(run: Run) -> list[list[Piece]]:
    """Each input file with its SHA-256, and each table of a database."""
    items = [
        [Sourced(f"{name_of(source)}", f"config: data.{table}"), ", as it was when its rows were read"]
        for table, source in run.protocol["data"].items()
        if is_database(source)
    ]
    for key, path in files_of(run.protocol).items():
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        items.append([Sourced(Path(path).name, f"config: {key}"), ": SHA-256 ", Sourced(digest, f"sha256: {key}")])
    return items


def _assumed(items: list[list[Piece]]) -> list:
    text = "Decisions of the workflow that a clinician might dispute and that apply to this study:"
    return [Heading("Assumptions"), Paragraph([text], "note"), Bullets(items)] if items else []


def assumptions(scripts: list[str], protocol: dict) -> list[list[Piece]]:
    """The `# ASSUME:` comments of some scripts; `# ASSUME [case]:` only if the study has such a case.

    Raises ValueError if a comment names a case that CASES lacks.
    """
    found = []
    for path in sorted(scripts):
        text = Path(path).read_text(encoding="utf-8")
        for match in re.finditer(r"# ASSUME(?: \[(\w+)\])?: (.*(?:\n\s*# (?!ASSUME).*)*)", text):
            case, words = match[1], re.sub(r"\n\s*# ", " ", match[2])
            if case and case not in CASES:
                raise ValueError(f"{path}: no such case of an assumption: {case}")
            if not case or CASES[case](protocol):
                words = f"{words[:1].upper()}{words[1:]}"
                found.append([Sourced(words, f"assumption: {Path(path).name}")])
    return found
