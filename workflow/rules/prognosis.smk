# Univariable and multivariable Cox regression.
if "prognosis" in config:

    PROGNOSIS_POPULATION = population_of(config["prognosis"], POPULATIONS)

    rule fit_prognosis:
        input:
            endpoints="results/data/endpoints.parquet",
            enrolled="results/data/enrolled.parquet",
            patients=PROGNOSIS_POPULATION.patients,
        output:
            statistics="results/statistics/prognosis.csv",
        params:
            population=wordless(PROGNOSIS_POPULATION),
            prognosis=lookup(dpath="prognosis", within=config),
            variables=variables_of(config["prognosis"]["variables"], without={"label"}),
            control=lookup(dpath="arms/control/value", within=config),
        message:
            "Prognostic factors: univariable and multivariable Cox regression"
        script:
            "../../scripts/prognosis/fit_prognosis.py"

    rule draw_prognosis:
        input:
            statistics=shown("prognosis"),
        output:
            **figure("prognosis", category="Prognosis", title="Forest plot of both Cox models"),
        params:
            watermark=WATERMARK,
            population=PROGNOSIS_POPULATION,
            variables={
                name: {key: value for key, value in variable.items() if key in ("label", "unit", "per")}
                for name, variable in variables_of(config["prognosis"]["variables"]).items()
            },
            endpoint=config["endpoints"][config["prognosis"]["endpoint"]]["label"],
            arms=lookup(dpath="arms", within=config),
        message:
            "Figure: prognostic factors"
        script:
            "../../scripts/prognosis/draw_prognosis.py"

    RESULTS += ["results/figures/prognosis.svg"]

    rule tabulate_prognosis:
        input:
            statistics=shown("prognosis"),
            cut_points=[shown("attrition")] * SPLIT,
        output:
            **table("prognosis", category="Prognosis", title="Table: both Cox models", caption="prognosis_table"),
        params:
            watermark=WATERMARK,
            abbreviations=ABBREVIATIONS,
            population=PROGNOSIS_POPULATION,
            variables={
                name: {key: value for key, value in variable.items() if key in ("label", "unit", "per", "split")}
                for name, variable in variables_of(config["prognosis"]["variables"]).items()
            },
            endpoint=config["endpoints"][config["prognosis"]["endpoint"]]["label"],
            arms=lookup(dpath="arms", within=config),
        message:
            "Table: prognostic factors"
        script:
            "../../scripts/prognosis/tabulate_prognosis.py"

    RESULTS += ["results/tables/prognosis.html"]
