"""Where everything comes from: software, inputs, and the assumptions that a clinician might dispute."""

import hashlib
import platform
import re
from collections.abc import Callable
from pathlib import Path

from twoarm.config.designs import MATCHED, designs_of, weighted_designs
from twoarm.config.imputation import imputed
from twoarm.config.response_criteria import is_ready_made
from twoarm.config.sources import files_of, name_of
from twoarm.raw.database import is_database
from twoarm.report.document import Bullets, Heading, Paragraph, Section
from twoarm.report.run import Run
from twoarm.text.provenance import Piece, Sourced, prose

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
    "imputed": lambda protocol: bool(imputed(protocol)),
    "post_baseline": lambda protocol: any(
        variable.get("timing") == "post_baseline" for variable in protocol["variables"].values()
    ),
}


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
