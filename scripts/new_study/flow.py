"""YAML on one line, as configs are written: `{label: Age, kind: continuous}`."""

import json
import re

import yaml

# What YAML reads as it is inside brackets, if it does not read a number, a date or a truth value.
BARE = re.compile(r"[\w./][\w ./()%+≤≥-]*")


def flow(value) -> str:
    """A value as YAML on one line; texts in quotation marks only where they need them."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{flow(key)}: {flow(part)}' for key, part in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, str) and BARE.fullmatch(value) and value == value.strip() and yaml.safe_load(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)
