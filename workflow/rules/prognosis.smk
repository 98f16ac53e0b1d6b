# Univariable and multivariable Cox regression: each prognosis model.
if MODELS:

    ANY_MODEL = "|".join(MODELS)

    rule fit_prognosis:
        input:
            endpoints="results/data/endpoints.parquet",
            enrolled=COMPLETED,
            patients=lambda wildcards: model_population(wildcards).patients,
        output:
            statistics="results/statistics/{model}.csv",
        wildcard_constraints:
            model=ANY_MODEL,
        params:
            population=lambda wildcards: wordless(model_population(wildcards)),
            prognosis=settings_of,
            variables=lambda wildcards: variables_of(settings_of(wildcards)["variables"], without={"label"}),
            control=lookup(dpath="arms/control/value", within=config),
        message:
            "Prognostic factors: univariable and multivariable Cox regression, {MODEL_LABELS:{wildcards.model}u}"
        script:
            "../../scripts/prognosis/fit_prognosis.py"

    rule draw_prognosis:
        input:
            statistics=shown("{model}"),
        output:
            **figure(
                "{model}", category="Prognosis", title="Forest plot of both Cox models: {model}", caption="prognosis"
            ),
        wildcard_constraints:
            model=ANY_MODEL,
        params:
            watermark=WATERMARK,
            population=model_population,
            variables=printed_variables,
            endpoint=lambda wildcards: ENDPOINT_LABELS[settings_of(wildcards)["endpoint"]],
            arms=lookup(dpath="arms", within=config),
        message:
            "Figure: prognostic factors, {MODEL_LABELS:{wildcards.model}u}"
        script:
            "../../scripts/prognosis/draw_prognosis.py"

    rule tabulate_prognosis:
        input:
            statistics=shown("{model}"),
            cut_points=[shown("attrition")] * SPLIT,
        output:
            **table("{model}", category="Prognosis", title="Table: both Cox models: {model}", caption="prognosis_table"),
        wildcard_constraints:
            model=ANY_MODEL,
        params:
            watermark=WATERMARK,
            abbreviations=ABBREVIATIONS,
            population=model_population,
            path=lambda wildcards: MODELS[wildcards.model].path,
            variables=printed_variables,
            outcome=lambda wildcards: MODEL_LABELS[wildcards.model],
            arms=lookup(dpath="arms", within=config),
        message:
            "Table: prognostic factors, {MODEL_LABELS:{wildcards.model}u}"
        script:
            "../../scripts/prognosis/tabulate_prognosis.py"

    RESULTS += expand("results/figures/{model}.svg", model=MODELS)
    RESULTS += expand("results/tables/{model}.html", model=MODELS)
