# Univariable and multivariable Cox regression. `matched_for` stands in common.smk.
if "prognosis" in config:

    rule fit_prognosis:
        input:
            endpoints="results/data/endpoints.parquet",
            enrolled="results/data/enrolled.parquet",
            matched=matched_for(config["prognosis"]),
        output:
            statistics="results/statistics/prognosis.csv",
        params:
            prognosis=lookup(dpath="prognosis", within=config),
            variables=variables_of(config["prognosis"]["variables"], without={"label"}),
            control=lookup(dpath="arms/control/value", within=config),
        message:
            "Prognostic factors: univariable and multivariable Cox"
        script:
            "../../scripts/prognosis/fit_prognosis.py"

    rule draw_prognosis:
        input:
            statistics=shown("prognosis"),
        output:
            **figure("prognosis", category="Prognosis", title="Forest plot of both Cox models"),
        params:
            watermark=WATERMARK,
            population="matched" if matched_for(config["prognosis"]) else "enrolled",
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
        output:
            **table("prognosis", category="Prognosis", title="Table: both Cox models", caption="prognosis_table"),
        params:
            watermark=WATERMARK,
            abbreviations=ABBREVIATIONS,
            variables={
                name: {key: value for key, value in variable.items() if key in ("label", "unit", "per")}
                for name, variable in variables_of(config["prognosis"]["variables"]).items()
            },
            endpoint=config["endpoints"][config["prognosis"]["endpoint"]]["label"],
            arms=lookup(dpath="arms", within=config),
        message:
            "Table: prognostic factors"
        script:
            "../../scripts/prognosis/tabulate_prognosis.py"

    RESULTS += ["results/tables/prognosis.html"]
