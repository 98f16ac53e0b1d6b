"""The shared modules that a script uses, found from its imports, because Snakemake does not see them.

A module may read a file of its own name beside it: page_style.py has page_style.css.
"""

import re
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).parent.parent
# The module and the members of `from twoarm... import ...` or `import twoarm...`, on one line or in brackets.
IMPORT = re.compile(r"^\s*(?:from|import) (twoarm[\w.]*)(?: import (\([^)]*\)|.*))?", re.MULTILINE)
WORD = re.compile(r"\w+")


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
    """The files of `twoarm` that a file itself imports.

    Read as text: to parse all files takes a sixth of a dry run. A line of a docstring that looks like an import costs
    no more than an input too many.
    """
    found = IMPORT.findall((SCRIPTS / script).read_text(encoding="utf-8"))
    names = [name for module, members in found for name in (module, *(f"{module}.{m}" for m in WORD.findall(members)))]
    paths = [f"{name.replace('.', '/')}.py" for name in names]
    modules = [path for path in paths if (SCRIPTS / path).is_file()]
    return [file for module in modules for file in (module, *_beside(module))]


def _beside(module: str) -> list[str]:
    """The style or script for pages that a module reads."""
    stem = module.removesuffix(".py")
    return [f"{stem}{kind}" for kind in (".css", ".js") if (SCRIPTS / f"{stem}{kind}").is_file()]
