"""Prognostic factors: each model's text, warnings and table; its forest plot for the appendix."""

from twoarm.config.immortal import is_later
from twoarm.config.keys import OVERALL, PER_UNIT
from twoarm.config.populations import population_of
from twoarm.config.prognosis import Model, model_labels, models_of
from twoarm.report.document import Heading, Paragraph, Section
from twoarm.report.run import Run, immortal, ratio_inside, significant, warning
from twoarm.tables.cells import p_words
from twoarm.tables.elimination import removed_note
from twoarm.tables.estimates import NOT_ESTIMABLE, WORDS
from twoarm.tables.model_size import NO_MODEL, too_few
from twoarm.text.provenance import Piece, Sourced, joined, prose


def prognosis(run: Run) -> Section | None:
    """Uni- and multivariable Cox regression; several models have a heading each."""
    models, labels = models_of(run.protocol), model_labels(run.protocol)
    if not models:
        return None
    blocks: list = []
    for analysis, model in models.items():
        blocks += [Heading(labels[analysis])] if len(models) > 1 else []
        blocks += _of_model(run, analysis, model)
    return Section("prognosis", "Prognostic factors", blocks)


def _of_model(run: Run, analysis: str, model: Model) -> list:
    """The blocks of one model."""
    alone = _associated(run, analysis, "cox_univariable")
    together = _associated(run, analysis, "cox_multivariable")
    text = "In the multivariable model of {endpoint} ({whom}), no variable had P below {alpha}{cited}."
    if together:
        text = "In the multivariable model of {endpoint} ({whom}), P was below {alpha} for {found}{cited}."
    elif why := _without_results(run, analysis):
        text = f"The results of the multivariable model of {{endpoint}} ({{whom}}) are {why}{{cited}}."
    elif not run.rows(analysis, method="cox_multivariable"):
        text = "In univariable analysis of {endpoint} ({whom}), P was below {alpha} for {found}{cited}."
        text = (
            text if alone else "In univariable analysis of {endpoint} ({whom}), no variable had P below {alpha}{cited}."
        )
        text += f" {NO_MODEL}"
    said = prose(
        text,
        endpoint=run.lower(run.key(f"endpoints.{model.settings['endpoint']}.label")),
        whom=population_of(model.settings, run.populations).inside_sentence,
        alpha=run.alpha,
        found=joined(together or alone, last=" and "),
        cited=run.cite(f"table-{analysis}", f"figure-{analysis}"),
    )
    removed = removed_note(run.statistics[analysis], run.names())
    later = [name for name in model.settings["variables"] if is_later(run.protocol["variables"][name])]
    blocks = [
        Paragraph([*said, *([" ", *removed] if removed else [])]),
        *_few_events(run, analysis, model),
        *hardly_proportional(run, analysis),
        *immortal([[run.variable(name)] for name in later]),
    ]
    return [*blocks, *run.table(analysis)]


def _without_results(run: Run, analysis: str) -> str:
    """Why the multivariable model has no hazard ratio: `masked` or `not estimable`; empty if it has one, or no row."""
    ratios = run.rows(analysis, statistic="hazard_ratio", method="cox_multivariable")
    if not ratios or any(row.value == row.value for row in ratios):
        return ""
    return "masked" if any(row.masked for row in ratios) else WORDS[NOT_ESTIMABLE]


def forests(run: Run) -> list:
    """The forest plot of each model, for the appendix."""
    labels, figures = model_labels(run.protocol), []
    for analysis, model in models_of(run.protocol).items():
        outcome = run.key(f"endpoints.{model.settings['endpoint']}.label")
        whom = population_of(model.settings, run.populations).inside_sentence
        figures += run.figure(
            analysis,
            prose("Prognostic factors for {outcome}, {whom}", outcome=run.lower(outcome), whom=whom),
            prose(
                "Hazard ratios with {confidence} confidence intervals, alone and in the multivariable model.",
                confidence=run.confidence,
            ),
            f"Forest plot of each variable's hazard ratios, alone and in the multivariable model: {labels[analysis]}.",
            run.labels(model.settings["variables"]),
        )
    return figures


def _associated(run: Run, analysis: str, method: str) -> list[list[Piece]]:
    """Variables with a small p by one model, each with its hazard ratio."""
    found = []
    for row in run.rows(analysis, statistic="p_value", method=method):
        if not significant(row):
            continue
        _, population, _, group, variable, *_ = row.key
        key = {"population": population, "group": group, "variable": variable}
        parts = run.estimate(analysis, "hazard_ratio", method, **key)
        label = [run.lower(run.variable(variable))]
        if variable == "arm":
            label = ["treatment"]
        elif group == PER_UNIT:
            label += [" ", *run.per_unit(variable)]
        elif group == OVERALL:
            label += [", all levels"]
        else:
            label += [", ", Sourced(group, f"config: variables.{variable}.levels")]
        ratio = [*ratio_inside(*parts), "; "] if parts[0].value == parts[0].value else []
        found.append([*label, " (", *(["hazard ratio "] if ratio else []), *ratio, *p_words(row), ")"])
    return found


def _few_events(run: Run, analysis: str, model: Model) -> list[Paragraph]:
    """A warning if the multivariable model has few events for its size."""
    few = too_few(run.statistics[analysis], population_of(model.settings, run.populations))
    text = (
        "The multivariable model has {list}: its hazard ratios are unreliable and may be very different in other "
        "patients."
    )
    return warning(text, [few] if few else [], "The multivariable model has {list}.")


def hardly_proportional(run: Run, analysis: str) -> list[Paragraph]:
    """A warning of variables with doubtful proportional hazards in the multivariable model."""
    doubtful = [
        [run.variable(row.key[4]), " (", *p_words(row), ")"]
        for row in run.rows(analysis, statistic="p_value", method="cox_zph")
        if significant(row) and row.key[4] != "global"
    ]
    text = (
        "Proportional hazards are doubtful in the multivariable model for {list}. Such a hazard ratio is an average "
        "over the follow-up."
    )
    return warning(text, doubtful)
