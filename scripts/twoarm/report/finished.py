"""The results of a finished run, as the report and the manuscript read them."""

from pathlib import Path

import yaml

from twoarm.report.run import Run
from twoarm.results.rows import read_statistics
from twoarm.results.values import Values
from twoarm.results.wording import naming_arms
from twoarm.tables.table_files import read_table


def read_run(protocol: dict, files) -> Run:
    """Read the results of a run.

    files: has the paths statistics, tables (JSON parts), figures (SVG) and other_formats (of both).
    """
    columns = [
        path.stem for path in map(Path, files.other_formats) if path.suffix == ".svg" and path.parent.name == "column"
    ]
    return Run(
        protocol=protocol,
        statistics={
            Path(path).stem: Values(naming_arms(read_statistics(path), protocol["arms"])) for path in files.statistics
        },
        tables={Path(path).stem: read_table(path) for path in files.tables},
        figures=[Path(path).stem for path in files.figures],
        columns=columns,
    )


def read_works(path: str) -> dict[str, str]:
    """{key: a work that the methods may cite, in Vancouver style}, from resources/references.yaml."""
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))
