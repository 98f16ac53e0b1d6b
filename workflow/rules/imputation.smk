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
