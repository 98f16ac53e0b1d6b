# Each subgroup variable: its levels within the arms, and the arms within its levels.


rule analyse_subgroup:
    input:
        endpoints="results/data/endpoints.parquet",
        enrolled=COMPLETED,
        patients=lambda wildcards: subgroup_population(wildcards.subgroup).patients,
    output:
        statistics="results/statistics/subgroup_{subgroup}.csv",
        curves="results/data/subgroup_{subgroup}_curves.parquet",
    params:
        population=lambda wildcards: wordless(subgroup_population(wildcards.subgroup)),
        subgroup=lambda wildcards: {
            key: config["subgroups"][wildcards.subgroup][key] for key in ("variable", "endpoint")
        }
        | {
            "timing": config["variables"][config["subgroups"][wildcards.subgroup]["variable"]].get(
                "timing", "baseline"
            )
        },
        treated=lookup(dpath="arms/treated/value", within=config),
        control=lookup(dpath="arms/control/value", within=config),
        survival=lookup(dpath="survival", within=config),
    message:
        "Subgroup analysis: {SUBGROUP_LABELS:{wildcards.subgroup}u}"
    script:
        "../../scripts/subgroups/analyse_subgroup.py"


rule draw_subgroup:
    input:
        statistics=shown("subgroup_{subgroup}"),
        curves=shown_curves("subgroup_{subgroup}_curves"),
    output:
        **figure("subgroup_{subgroup}", category="Subgroups", title="Kaplan-Meier curves by {subgroup}"),
    params:
        watermark=WATERMARK,
        population=lambda wildcards: subgroup_population(wildcards.subgroup),
        subgroup=lambda wildcards: config["subgroups"][wildcards.subgroup],
        variable=lambda wildcards: config["variables"][config["subgroups"][wildcards.subgroup]["variable"]],
        endpoint=lambda wildcards: config["endpoints"][config["subgroups"][wildcards.subgroup]["endpoint"]]["label"],
        arms=lookup(dpath="arms", within=config),
        unit=lookup(dpath="study/time_unit", within=config),
    message:
        "Figure: {SUBGROUP_LABELS:{wildcards.subgroup}u}, within each arm"
    script:
        "../../scripts/subgroups/draw_subgroup.py"


if SUBGROUPS:

    rule draw_subgroup_forest:
        input:
            survival=shown("survival"),
            subgroups=expand(shown("subgroup_{subgroup}"), subgroup=SUBGROUPS),
        output:
            **figure("subgroups_forest", category="Subgroups", title="Forest plot of all subgroups"),
        params:
            watermark=WATERMARK,
            populations={name: subgroup_population(name) for name in SUBGROUPS},
            subgroups=lookup(dpath="subgroups", within=config),
            variables=variables_of([subgroup["variable"] for subgroup in config["subgroups"].values()], without=PRINTED),
            endpoints=ENDPOINT_LABELS,
            arms=lookup(dpath="arms", within=config),
        message:
            "Figure: the effect of treatment by subgroup"
        script:
            "../../scripts/subgroups/draw_subgroup_forest.py"

    RESULTS += expand("results/figures/subgroup_{subgroup}.svg", subgroup=SUBGROUPS)
    RESULTS += ["results/figures/subgroups_forest.svg"]

    rule tabulate_subgroups:
        input:
            statistics=expand(shown("subgroup_{subgroup}"), subgroup=SUBGROUPS),
            cut_points=[shown("attrition")] * SPLIT,
        output:
            **table("subgroups", category="Subgroups", title="Table: all subgroups", caption="subgroup_table"),
        params:
            watermark=WATERMARK,
            abbreviations=ABBREVIATIONS,
            populations={name: subgroup_population(name) for name in SUBGROUPS},
            subgroups=lookup(dpath="subgroups", within=config),
            variables=variables_of(
                [subgroup["variable"] for subgroup in config["subgroups"].values()], without=PRINTED - {"label"}
            ),
            endpoints=ENDPOINT_LABELS,
            arms=lookup(dpath="arms", within=config),
            unit=lookup(dpath="study/time_unit", within=config),
        message:
            "Table: the effect of treatment by subgroup"
        script:
            "../../scripts/subgroups/tabulate_subgroups.py"

    RESULTS += ["results/tables/subgroups.html"]
