"""Read a study's config file strictly, before Snakemake does; each error names its line in plain words."""

import json
import math
from typing import Any

import yaml

from twoarm.raw.text_file import read_text_file
from twoarm.text.echo import shown

DEEPEST, MOST_VALUES = 30, 100_000  # no real protocol goes beyond these; aliases can
MERGE = {"tag:yaml.org,2002:merge", "tag:yaml.org,2002:value"}  # YAML's own keys, `<<` and `=`
TEMPLATE = "__use_yte__"


class _Repeated(ValueError):
    """A key that a JSON object has twice."""


def read_config(path: str) -> tuple[dict, list[str]]:
    """Return a config (YAML or JSON, as Snakemake accepts) and its errors; with errors the config is empty."""
    text, errors = read_text_file(path, path, save_as="text in UTF-8")
    if errors:
        return {}, errors
    try:
        config = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        if isinstance(error, _Repeated):
            return {}, [f"{path}: {error}: the key appears twice"]
    else:
        return (config, []) if isinstance(config, dict) else ({}, [_no_keys(path, "a list or a single value")])
    config, errors = read_yaml(text, path)
    if not errors and not isinstance(config, dict):
        found = "empty" if config is None else "a list" if isinstance(config, list) else "a single text or number"
        return {}, [_no_keys(path, found)]
    return ({}, errors) if errors else (config, [])


def read_yaml(text: str, path: str, what: str = "Config file") -> tuple[Any, list[str]]:
    """Return the content of a YAML text and its errors; with errors the content is None.

    path: where the text comes from; what: how a message names it.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        errors = _node_errors(node, path) if node else []
        return (None, errors) if errors or not node else (yaml.SafeLoader("").construct_document(node), [])
    except yaml.YAMLError as error:
        return None, [_yaml_error(path, what, text, error)]
    except RecursionError:
        return None, [f"{path}: it is nested too deeply; expected at most {DEEPEST} levels"]


def _object(pairs: list[tuple]) -> dict:
    """A JSON object. Raises _Repeated if a key appears twice."""
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise _Repeated(shown(key))
    return dict(pairs)


def _no_keys(path: str, found: str) -> str:
    return f"{path}: it is {found}; expected the keys of a study's protocol, such as `study:` and `data:`"


def _yaml_error(path: str, what: str, text: str, error: yaml.YAMLError) -> str:
    """Where and why a text is not valid YAML."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line if mark else text.count("\n", 0, getattr(error, "position", 0) or 0)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    tabs = " (indent with spaces, not with tabs)" if "\\t" in str(problem) else ""
    return f"{path} line {line + 1}: {what} is not valid YAML: {' '.join(str(problem).split())}{tabs}"


def _node_errors(root: yaml.Node, path: str) -> list[str]:
    """Errors of the structure; each node is checked once, however many aliases refer to it."""
    if error := _endless(root):
        return [f"{path}: {error}"]
    errors = repeated_keys(root)
    constructor = yaml.SafeLoader("")
    for node in _scalars(root):
        if node.tag in MERGE:
            continue
        try:
            value = constructor.construct_object(node)
        except (ValueError, OverflowError, yaml.YAMLError, AttributeError, KeyError, TypeError):
            kind = node.tag.rpartition(":")[2]
            line = node.start_mark.line + 1
            errors.append(
                f"{path} line {line}: found {shown(node.value)}, which is not a valid {kind}; put it in quotes"
            )
        else:
            if isinstance(value, int | float) and not isinstance(value, bool) and not _reads_as(node.value, value):
                found = f"found {shown(node.value)}, which YAML reads as {shown(value)}"
                errors.append(
                    f"{path} line {node.start_mark.line + 1}: {found}; write the number itself, or put it in quotes"
                )
    errors += [f"{path} line {line}: {TEMPLATE}: unknown key; templates are not supported" for line in _templates(root)]
    return errors


def _reads_as(text: str, value: float) -> bool:
    """Whether YAML reads a number as a person does: it reads 0120 as 80, 2:00 as 120 and 0x10 as 16."""
    try:
        return not math.isfinite(value) or float(text) == value
    except (ValueError, OverflowError):
        return False


def _templates(root: yaml.Node) -> list[int]:
    """The lines with the key that makes Snakemake run a config as a template (Snakemake then removes the key)."""
    if not isinstance(root, yaml.MappingNode):
        return []
    return [key.start_mark.line + 1 for key, _ in root.value if key.value == TEMPLATE]


def _endless(root: yaml.Node) -> str:
    """Why a text would be too long with its aliases written out; empty if it would not."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: yaml.Node, depth: int) -> int:
        """The number of values below a node. Raises ValueError with the reason."""
        if id(node) in open_nodes:
            raise ValueError(f"the alias in line {node.start_mark.line + 1} contains itself")
        if depth > DEEPEST:
            raise ValueError(f"line {node.start_mark.line + 1} is nested more than {DEEPEST} levels deep")
        if id(node) not in sizes:
            open_nodes.add(id(node))
            sizes[id(node)] = 1 + sum(size(child, depth + 1) for child in _children(node))
            open_nodes.remove(id(node))
        return sizes[id(node)]

    try:
        total = size(root, 0)
    except ValueError as error:
        return str(error)
    return f"its aliases expand to {total:,} values; expected at most {MOST_VALUES:,}" if total > MOST_VALUES else ""


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _scalars(root: yaml.Node) -> list[yaml.ScalarNode]:
    seen, found, nodes = set(), [], [root]
    while nodes:
        node = nodes.pop(0)
        if id(node) in seen:
            continue
        seen.add(id(node))
        found += [node] if isinstance(node, yaml.ScalarNode) else []
        nodes += _children(node)
    return found


def repeated_keys(root: yaml.Node) -> list[str]:
    """Keys that appear twice in a YAML text; YAML readers silently keep the last."""
    errors, seen, nodes = [], set(), [("", root)]
    while nodes:
        path, node = nodes.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            errors += [f"{path}{key}: the key appears twice" for key in dict.fromkeys(keys) if keys.count(key) > 1]
            nodes += [(f"{path}{_key(key)}.", value) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            nodes += [(f"{path}{place}.", value) for place, value in enumerate(node.value)]
    return errors


def _key(node: yaml.Node) -> str:
    return node.value if isinstance(node, yaml.ScalarNode) else "(a key that is not text)"
