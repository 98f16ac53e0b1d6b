"""Errors in the designs of a study that a schema cannot express."""

from collections.abc import Iterator

from twoarm.config.designs import MATCHED, UNBOUNDED, designs_of
from twoarm.config.immortal import is_later, later_variables
from twoarm.config.populations import ENROLLED, SCREENED, populations_of
from twoarm.config.prognosis import models_of
from twoarm.config.references import UNDATED, known
from twoarm.config.schema_errors import unknown
from twoarm.text.echo import shown

TAKEN = (SCREENED, ENROLLED, "overall")  # other meanings in the tables of results
OF_WEIGHTS = ("stabilised", "truncate", "trim")


def design_errors(config: dict) -> list[str]:
    """Errors of `designs`, `main`, `propensity` and `matching`, and of populations that no design has."""
    errors = [error for name, design in config.get("designs", {}).items() for error in _design(config, name, design)]
    if not errors:
        errors += _labels(config)
    return [*errors, *_needless(config), *_main(config), *_populations(config)]


def post_baseline(config: dict, key: str, named: list[str], model: str) -> list[str]:
    """Errors for variables that the treatment may have changed, which a model must not use."""
    later = later_variables(config)
    declared = {name for name in later if is_later(config["variables"].get(name, {}))}
    return [
        f"{key}: {name} is {'measured after treatment start' if name in declared else 'an outcome'} (timing: "
        f"post_baseline), so the treatment may have changed it; the {model} cannot use it"
        for name in named
        if name in later
    ]


def _design(config: dict, name: str, design: dict) -> Iterator[str]:
    key, ways = f"designs.{name}", [way for way in ("weights", "adjust") if way in design]
    if name in TAKEN:
        yield f"{key}: the tables of results use this name themselves; choose another"
    if len(ways) == 2:
        yield f"{key}: expected either weights or adjust, not both; make two designs"
    if name == MATCHED:
        yield from (f"{key}.{part}: how patients are matched is in `matching`; expected {{}}" for part in design)
    elif not ways:
        yield f"{key}: expected weights (ate, att, overlap or matching) or adjust (a list of covariates)"
    if name == MATCHED or "weights" in design:
        if "propensity" not in config:
            yield f"{key}: it needs a propensity model; give propensity.covariates"
    else:
        yield from (f"{key}.{part}: it has no effect without weights" for part in OF_WEIGHTS if part in design)
    if "weights" in design and design["weights"] not in UNBOUNDED:
        for part in ("stabilised", "truncate"):
            if part in design:
                yield f"{key}.{part}: it has no effect on {design['weights']} weights, which are at most 1; remove it"
    for part in ("truncate", "trim"):
        if part in design and design[part][0] >= design[part][1]:
            yield f"{key}.{part}: {design[part][0]} is not below {design[part][1]}"
    if "adjust" in design and not config.get("endpoints"):
        yield f"{key}.adjust: the study has no endpoint to adjust; give `endpoints`, or remove the design"
    yield from known(config, f"{key}.adjust", design.get("adjust", []), UNDATED)
    yield from post_baseline(config, f"{key}.adjust", design.get("adjust", []), "adjusted model")


def _labels(config: dict) -> list[str]:
    """Two designs that figures and tables could not tell apart."""
    errors, seen = [], {}
    for population in populations_of(config):
        if population.label in seen:
            other = seen[population.label]
            errors.append(
                f"designs.{population.name}.label: {shown(population.label)} is also printed for {other}; give it a "
                "`label` of its own"
            )
        seen.setdefault(population.label, population.name)
    return errors


def _needless(config: dict) -> list[str]:
    """Keys without effect, which a user would believe in."""
    designs = designs_of(config)
    if "propensity" not in config:
        if "matching" not in config:
            return []
        return ["matching: there is no matching without propensity.covariates"]
    errors = []
    if "matching" in config and MATCHED not in designs:
        errors.append("matching: nobody is matched, because `designs` has no `matched: {}`; add it, or remove the key")
    if all("adjust" in design and "weights" not in design for design in designs.values()):
        errors.append("propensity: no design matches or weights the patients; add one, or remove the key")
    return errors


def _main(config: dict) -> list[str]:
    designs = designs_of(config)
    if "main" not in config or config["main"] in designs:
        return []
    return [f"main: {unknown(config['main'], designs, 'no design')}"]


def _populations(config: dict) -> list[str]:
    """Parts of the config that ask for a population which the study does not have."""
    names = [ENROLLED, *(name for name, design in designs_of(config).items() if "adjust" not in design)]
    errors = []
    for key, part in parts_with_population(config):
        wanted = part.get("population", ENROLLED)
        if wanted == MATCHED and MATCHED not in names:
            why = "`designs` has no `matched: {}`" if "propensity" in config else "the config has no propensity model"
            errors.append(f"{key}.population: no patients are matched, because {why}")
        elif wanted not in names:
            errors.append(f"{key}.population: {unknown(wanted, names, 'no population')}")
    return errors


def parts_with_population(config: dict) -> Iterator[tuple[str, dict]]:
    """The parts of the config that may name their population, with their keys."""
    yield from ((f"subgroups.{name}", part) for name, part in config.get("subgroups", {}).items())
    yield from models_of(config).values()
    yield from ((part, config[part]) for part in ["safety"] if part in config)
