# Missing values: counted by arm, and imputed where the config says so.
if MISSING:

    rule count_missing:
        input:
            patients="results/data/patients.parquet",
            screening="results/data/screening.parquet",
        output:
            statistics="results/statistics/missing.csv",
        params:
            levels={name: config["variables"][name].get("missing_level", "") for name in MISSING},
            arms=ARMS,
        message:
            "Missing values by variable and arm"
        script:
            "../../scripts/imputation/count_missing.py"

    rule tabulate_missing:
        input:
            statistics=shown("missing"),
        output:
            **table("missing", category="Missing values", title="Table: missing values"),
        params:
            watermark=WATERMARK,
            abbreviations=ABBREVIATIONS,
            variables={
                name: {key: part for key, part in variable.items() if key in ("label", "missing_level")}
                for name, variable in variables_of(MISSING).items()
            },
            handling=MISSING,
            arms=lookup(dpath="arms", within=config),
        message:
            "Table: missing values"
        script:
            "../../scripts/imputation/tabulate_missing.py"

    RESULTS += ["results/tables/missing.html"]


if IMPUTED:

    POOLED_SUBGROUPS = {name: SUBGROUPS[name] for name in pooled_subgroups(config)}
    EVENTS = {
        name: (event_of(outcome), event_values(outcome, config["variables"], config["data"]))
        for name, outcome in OUTCOMES.items()
    }

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
            outcomes=EVENTS,
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
            response="results/data/response.parquet" if RESPONSE else [],
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
                "criteria": list(CRITERIA),
                "outcomes": EVENTS,
                "subgroups": {
                    f"subgroup_{name}": {
                        key: subgroup.settings[key]
                        for key in ("variable", "endpoint", "min_events")
                        if key in subgroup.settings
                    }
                    | {"population": population_of(subgroup.settings, POPULATIONS).name}
                    for name, subgroup in POOLED_SUBGROUPS.items()
                },
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

    rule tabulate_pooled:
        input:
            statistics=shown("pooled"),
        output:
            **table("pooled", category="Missing values", title="Table: results pooled over the imputed data sets"),
        params:
            watermark=WATERMARK,
            abbreviations=ABBREVIATIONS,
            populations=POPULATIONS,
            printed={
                "designs": {name: label_of(name, design) for name, design in ADJUSTED.items()},
                "endpoints": ENDPOINT_LABELS,
                "criteria": CRITERIA,
                "outcomes": {name: outcome["label"] for name, outcome in OUTCOMES.items()},
                "subgroups": {
                    f"subgroup_{name}": {
                        "label": subgroup.settings["label"],
                        "endpoint": ENDPOINT_LABELS[subgroup.settings["endpoint"]],
                        "population": population_of(subgroup.settings, POPULATIONS),
                    }
                    for name, subgroup in POOLED_SUBGROUPS.items()
                },
                "models": {
                    name: {
                        "label": model_labels(config)[name],
                        "variables": variables_of(model.settings["variables"], without=PRINTED - {"label", "unit"}),
                    }
                    for name, model in MODELS.items()
                },
            },
            arms=lookup(dpath="arms", within=config),
        message:
            "Table: results pooled over the imputed data sets"
        script:
            "../../scripts/imputation/tabulate_pooled.py"

    RESULTS += ["results/tables/pooled.html"]


if IMPUTED and PROPENSITY:

    rule tabulate_pooled_balance:
        input:
            statistics=shown("pooled"),
        output:
            **table("pooled_balance", category="Missing values", title="Table: balance over the imputed data sets"),
        params:
            watermark=WATERMARK,
            abbreviations=ABBREVIATIONS,
            populations=POPULATIONS,
            labels={name: config["variables"][name]["label"] for name in judged(variables_of(assessed(config)))},
            limit=lookup(dpath="balance/smd", within=config),
            arms=lookup(dpath="arms", within=config),
        message:
            "Table: balance over the imputed data sets"
        script:
            "../../scripts/imputation/tabulate_pooled_balance.py"

    RESULTS += ["results/tables/pooled_balance.html"]
