"""The subgroup analyses of a study: a variable alone, or a list of variables that share one forest plot and table.

Snakemake calls it at start-up, so it imports little.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from twoarm.config.keys import told_apart
from twoarm.config.populations import population_of, populations_of

ALONE = "subgroups"  # names the forest plot and the table of the variables that are not in a list


class Subgroup(NamedTuple):
    """One variable's subgroup analysis.

    path, label_path: where it and its label stand in the config; together: the stem of the forest plot and table that
    show it; settings: label, variable, endpoint and, if given, population and min_events.
    """

    path: str
    label_path: str
    together: str
    settings: Mapping


def subgroups_of(config: Mapping) -> dict[str, Subgroup]:
    """{name: subgroup}: `line` for a variable alone, `pfs_sex` for the variable sex of the list pfs, in config's order.

    `subgroup_` and the name is the analysis of its rows and the name of its files.
    """
    return dict(_named(config))


def forests_of(config: Mapping) -> dict[str, list[str]]:
    """{stem: names}: the subgroups that each forest plot and table show; `subgroups_pfs` is that of the list pfs."""
    forests: dict[str, list[str]] = {}
    for name, subgroup in subgroups_of(config).items():
        forests.setdefault(subgroup.together, []).append(name)
    return forests


def by_outcome(shown: Mapping[str, Mapping]) -> dict[tuple, list[str]]:
    """{(endpoint, population): names}: the subgroups of a forest plot and table that have the same overall effect."""
    parts: dict[tuple, list[str]] = {}
    for name, settings in shown.items():
        parts.setdefault((settings["endpoint"], settings["population"]), []).append(name)
    return parts


def forest_labels(config: Mapping) -> dict[str, str]:
    """{stem: `Progression-free survival, matched patients`} of lists, and the name where two are alike; no others."""
    populations, labels = populations_of(config), {}
    for name, part in config["subgroups"].items():
        if "variables" in part:
            endpoint = config["endpoints"][part["endpoint"]]["label"]
            labels[name] = f"{endpoint}, {population_of(part, populations).inside_sentence}"
    return {_stem(name): label for name, label in told_apart(labels).items()}


def subgroup_errors(config: Mapping) -> Iterator[str]:
    """Two subgroups with the same name: a list and its variable may be called like a variable alone."""
    named = Counter(name for name, _ in _named(config))
    yield from (
        f"subgroups: two analyses would be called {name}, by the names of lists and their variables; rename one"
        for name, times in named.items()
        if times > 1
    )


def _named(config: Mapping) -> Iterator[tuple[str, Subgroup]]:
    for name, part in config.get("subgroups", {}).items():
        if "variables" not in part:
            path = f"subgroups.{name}"
            yield name, Subgroup(path, f"{path}.label", ALONE, part)
            continue
        shared = {key: value for key, value in part.items() if key != "variables"}
        for variable in part["variables"]:
            label = config["variables"].get(variable, {}).get("label", variable)
            settings = {"label": label, "variable": variable, **shared}
            yield (
                f"{name}_{variable}",
                Subgroup(f"subgroups.{name}", f"variables.{variable}.label", _stem(name), settings),
            )


def _stem(name: str) -> str:
    return f"{ALONE}_{name}"
