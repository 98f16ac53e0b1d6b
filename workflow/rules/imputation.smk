# Missing values: counted by arm, and imputed where the config says so.
if IMPUTED:

    rule impute_missing:
        input:
            enrolled="results/data/enrolled.parquet",
            endpoints="results/data/endpoints.parquet" if ENDPOINTS else [],
            response="results/data/response.parquet" if RESPONSE else [],
        output:
            imputed="results/data/imputed.parquet",
            completed=COMPLETED,
        params:
            names=IMPUTED,
            predictors=imputed_from(config),
            outcomes={
                name: (event_of(outcome), event_values(outcome, config["variables"], config["data"]))
                for name, outcome in OUTCOMES.items()
            },
            settings=IMPUTATION,
        message:
            "Imputing missing values"
        script:
            "../../scripts/imputation/impute_missing.py"

    rule pool_imputations:
        input:
            enrolled="results/data/enrolled.parquet",
            imputed="results/data/imputed.parquet",
            endpoints="results/data/endpoints.parquet" if ENDPOINTS else [],
        output:
            statistics="results/statistics/pooled.csv",
        params:
            study={
                "arms": ARMS,
                "covariates": lookup(dpath="propensity/covariates", within=config) if PROPENSITY else [],
                "matching": MATCHING,
                "weighted": {name: unlabelled(design) for name, design in WEIGHTED.items()},
                "adjusted": {name: design["adjust"] for name, design in ADJUSTED.items()},
                "populations": MEMBERS,
                "balance": (
                    {
                        "denominator": config["balance"]["denominator"],
                        "variables": judged(variables_of(assessed(config))),
                    }
                    if PROPENSITY
                    else {}
                ),
                "models": {
                    name: model.settings
                    | {
                        "variables": variables_of(model.settings["variables"], without={"label"}),
                        "population": population_of(model.settings, POPULATIONS).name,
                    }
                    for name, model in MODELS.items()
                },
            },
        message:
            "Analysing each imputed data set, and pooling the results"
        script:
            "../../scripts/imputation/pool_imputations.py"
