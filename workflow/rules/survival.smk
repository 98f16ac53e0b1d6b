# Endpoints, and the survival of the two arms.
PROGRESSION = any(
    event.startswith("progression:") for e in config["endpoints"].values() for event in e.get("events", [])
)
# The raw columns of the endpoints' variables, for messages.
ENDPOINT_COLUMNS = {
    name: config["variables"][name].get("column", name)
    for endpoint in ENDPOINTS.values()
    for name in [*events_of(endpoint), *(endpoint.get(key) for key in ("start", "censor", "time"))]
    if name in config["variables"]
}


rule derive_endpoints:
    input:
        enrolled="results/data/enrolled.parquet",
        response=branch(PROGRESSION, then="results/data/response.parquet", otherwise=[]),
    output:
        endpoints="results/data/endpoints.parquet",
        statistics="results/statistics/endpoints.csv",
    params:
        endpoints=ENDPOINTS,
        time_unit=lookup(dpath="study/time_unit", within=config),
        file=PATIENTS_FILE,
        columns=ENDPOINT_COLUMNS,
        values={
            name: event_values(endpoint, config["variables"], config["data"]) for name, endpoint in ENDPOINTS.items()
        },
    message:
        "Times to each endpoint"
    script:
        "../../scripts/survival/derive_endpoints.py"


rule estimate_survival:
    input:
        endpoints="results/data/endpoints.parquet",
        populations=PATIENTS,
    output:
        statistics="results/statistics/survival.csv",
        curves="results/data/curves.parquet",
    params:
        populations=MEMBERS,
        treated=lookup(dpath="arms/treated/value", within=config),
        control=lookup(dpath="arms/control/value", within=config),
        survival=lookup(dpath="survival", within=config),
    message:
        "Kaplan-Meier, log-rank and Cox for each endpoint"
    script:
        "../../scripts/survival/estimate_survival.py"


if ADJUSTED:

    rule adjust_hazard_ratio:
        input:
            endpoints="results/data/endpoints.parquet",
            enrolled=COMPLETED,
        output:
            statistics="results/statistics/adjusted.csv",
        params:
            designs={name: design["adjust"] for name, design in ADJUSTED.items()},
            treated=lookup(dpath="arms/treated/value", within=config),
            control=lookup(dpath="arms/control/value", within=config),
        message:
            "Hazard ratios adjusted for covariates"
        script:
            "../../scripts/survival/adjust_hazard_ratio.py"


# The results of each endpoint, with its adjusted hazard ratios, and the labels of the adjusted designs.
OF_ENDPOINTS = [shown("survival")] + [shown("adjusted")] * bool(ADJUSTED)
ADJUSTED_LABELS = {name: label_of(name, design) for name, design in ADJUSTED.items()}


rule draw_survival:
    input:
        statistics=OF_ENDPOINTS,
        curves=shown_curves("curves"),
    output:
        **figure("survival_{population}", category="Survival", title="Kaplan-Meier curves, {population} patients"),
        **alone("survival_{population}", ENDPOINT_LABELS),
    wildcard_constraints:
        population="|".join(population.name for population in POPULATIONS),
    params:
        watermark=WATERMARK,
        population=lambda wildcards: population_of(dict(wildcards.items()), POPULATIONS),
        adjusted=ADJUSTED_LABELS,
        endpoints=ENDPOINT_LABELS,
        arms=lookup(dpath="arms", within=config),
        unit=lookup(dpath="study/time_unit", within=config),
        look=CURVES_LOOK,
    message:
        "Figure: survival by arm, {wildcards.population} patients"
    script:
        "../../scripts/survival/draw_survival.py"


RESULTS += [f"results/figures/survival_{population.name}.svg" for population in POPULATIONS]
RESULTS += expand(
    "results/figures/survival_{population}-{endpoint}.svg",
    population=[population.name for population in POPULATIONS],
    endpoint=ENDPOINT_LABELS,
)


rule tabulate_survival:
    input:
        statistics=OF_ENDPOINTS,
    output:
        **table(
            "survival",
            category="Survival",
            title="Table: medians, survival at times, hazard ratios",
            caption="survival_table",
        ),
    params:
        watermark=WATERMARK,
        abbreviations=ABBREVIATIONS,
        populations=POPULATIONS,
        adjusted=ADJUSTED_LABELS,
        endpoints={name: ENDPOINT_LABELS[name] for name in primary_first(config)},
        unit=lookup(dpath="study/time_unit", within=config),
        arms=lookup(dpath="arms", within=config),
        follow_up=follow_up_endpoint(config),
        demanded=[criterion["label"] for _, criterion in later_criteria(config)],
    message:
        "Table: survival by arm"
    script:
        "../../scripts/survival/tabulate_survival.py"


RESULTS += ["results/tables/survival.html"]


if INDIVIDUAL:

    rule trace_curves:
        input:
            statistics="results/statistics/survival.csv",
            curves="results/data/curves.parquet",
        output:
            curves="results/data/traced_curves.json",
        params:
            populations=POPULATIONS,
            endpoints=ENDPOINT_LABELS,
            arms=lookup(dpath="arms", within=config),
            unit=lookup(dpath="study/time_unit", within=config),
        message:
            "Curves for the report's page"
        script:
            "../../scripts/survival/trace_curves.py"
