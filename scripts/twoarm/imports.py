"""The shared modules that a script uses, found from its imports, because Snakemake does not see them."""

import ast
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).parent.parent


def modules_of(script: str) -> list[str]:
    """The files of `twoarm` that a script imports, directly or indirectly; as paths below scripts/, sorted.

    script: a path below scripts/, such as `cohort/check_tables.py`.
    """
    found, waiting = set(), [script]
    while waiting:
        new = set(_imported(waiting.pop())) - found
        found |= new
        waiting += new
    return sorted(found)


@cache
def _imported(script: str) -> list[str]:
    """The files of `twoarm` that a file imports directly."""
    tree = ast.parse((SCRIPTS / script).read_text(encoding="utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    names = [node.module for node in nodes] + [f"{node.module}.{name.name}" for node in nodes for name in node.names]
    names += [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    paths = [f"{name.replace('.', '/')}.py" for name in names if name.startswith("twoarm.")]
    return [path for path in paths if (SCRIPTS / path).is_file()]
