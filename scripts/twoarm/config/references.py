"""Names in a config that must be variables, of the kind that their use needs."""

from twoarm.config.schema_errors import unknown

UNDATED = ("continuous", "categorical", "flag")  # the kinds of variables that are no dates


def known(config: dict, key: str, named: list[str], kinds: tuple[str, ...] = ()) -> list[str]:
    """Errors for names of unknown variables, and for variables of the wrong kind."""
    variables = config["variables"]
    errors = [f"{key}: {unknown(name, variables, 'no variable')}" for name in named if name not in variables]
    if kinds:
        errors += [
            f"{key}: {name} is {variables[name]['kind']}; expected {' or '.join(kinds)}"
            for name in named
            if name in variables and variables[name]["kind"] not in kinds
        ]
    return errors
