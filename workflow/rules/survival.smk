# Endpoints, and the survival of the two arms.
PROGRESSION = any(
    event.startswith("progression:") for e in config["endpoints"].values() for event in e.get("events", [])
)
# The raw columns of the variables that the endpoints name, for messages.
ENDPOINT_COLUMNS = {
    name: config["variables"][name].get("column", name)
    for endpoint in ENDPOINTS.values()
    for name in [*endpoint.get("events", []), *(endpoint.get(key) for key in ("start", "censor", "time", "event"))]
    if name in config["variables"]
}


rule derive_endpoints:
    input:
        enrolled="results/data/enrolled.parquet",
        response=branch(PROGRESSION, then="results/data/response.parquet", otherwise=[]),
        library=library("survival/derive_endpoints"),
    output:
        endpoints="results/data/endpoints.parquet",
        statistics="results/statistics/endpoints.csv",
    log:
        "results/logs/derive_endpoints.log",
    benchmark:
        "results/benchmarks/derive_endpoints.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        endpoints=ENDPOINTS,
        time_unit=lookup(dpath="study/time_unit", within=config),
        file=PATIENTS_FILE,
        columns=ENDPOINT_COLUMNS,
    message:
        "Time to each endpoint"
    script:
        "../../scripts/survival/derive_endpoints.py"


rule estimate_survival:
    input:
        endpoints="results/data/endpoints.parquet",
        enrolled="results/data/enrolled.parquet",
        matched=branch(MATCHED, then="results/data/matched.parquet", otherwise=[]),
        library=library("survival/estimate_survival"),
    output:
        statistics="results/statistics/survival.csv",
        curves="results/data/curves.parquet",
    log:
        "results/logs/estimate_survival.log",
    benchmark:
        "results/benchmarks/estimate_survival.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        treated=lookup(dpath="arms/treated/value", within=config),
        control=lookup(dpath="arms/control/value", within=config),
        survival=lookup(dpath="survival", within=config),
    message:
        "Kaplan-Meier, log-rank and Cox for each endpoint"
    script:
        "../../scripts/survival/estimate_survival.py"


rule draw_survival:
    input:
        statistics=shown("survival"),
        curves=shown_curves("curves"),
        library=library("survival/draw_survival"),
    output:
        svg=report(
            "results/figures/survival_{population}.svg",
            caption="../report/survival.rst",
            category="Survival",
            labels={"Result": "Kaplan-Meier curves, {population} patients"},
        ),
        png="results/figures/survival_{population}.png",
        pdf="results/figures/survival_{population}.pdf",
    log:
        "results/logs/draw_survival_{population}.log",
    benchmark:
        "results/benchmarks/draw_survival_{population}.tsv"
    wildcard_constraints:
        population="enrolled|matched",
    conda:
        "../../envs/analysis.yaml"
    params:
        watermark=lookup(dpath="study/watermark", within=config, default=""),
        endpoints={name: endpoint["label"] for name, endpoint in config["endpoints"].items()},
        arms=lookup(dpath="arms", within=config),
        unit=lookup(dpath="study/time_unit", within=config),
    message:
        "Figure: survival by arm, {wildcards.population} patients"
    script:
        "../../scripts/survival/draw_survival.py"


RESULTS += expand(
    "results/figures/survival_{population}.svg", population=["enrolled", "matched"] if MATCHED else ["enrolled"]
)


rule tabulate_survival:
    input:
        statistics=shown("survival"),
        library=library("survival/tabulate_survival"),
    output:
        html=report(
            "results/tables/survival.html",
            caption="../report/survival_table.rst",
            category="Survival",
            labels={"Result": "Table: medians, survival at times, hazard ratios"},
        ),
        docx="results/tables/survival.docx",
        csv="results/tables/survival.csv",
        json="results/report/parts/survival.json",
    log:
        "results/logs/tabulate_survival.log",
    benchmark:
        "results/benchmarks/tabulate_survival.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        watermark=lookup(dpath="study/watermark", within=config, default=""),
        abbreviations=lookup(dpath="study/abbreviations", within=config, default={}),
        endpoints={name: endpoint["label"] for name, endpoint in config["endpoints"].items()},
        unit=lookup(dpath="study/time_unit", within=config),
        arms=lookup(dpath="arms", within=config),
    message:
        "Table: survival of the arms"
    script:
        "../../scripts/survival/tabulate_survival.py"


RESULTS += ["results/tables/survival.html"]
