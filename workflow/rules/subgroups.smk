# Each subgroup variable: its levels within the arms, and the arms within its levels.


rule analyse_subgroup:
    input:
        endpoints="results/data/endpoints.parquet",
        enrolled=COMPLETED,
        patients=lambda wildcards: subgroup_population(wildcards).patients,
    output:
        statistics="results/statistics/subgroup_{subgroup}.csv",
        curves="results/data/subgroup_{subgroup}_curves.parquet",
    params:
        population=lambda wildcards: wordless(subgroup_population(wildcards)),
        subgroup=analysed_subgroup,
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
        population=subgroup_population,
        subgroup=subgroup_of,
        variable=lambda wildcards: config["variables"][subgroup_of(wildcards)["variable"]],
        endpoint=lambda wildcards: ENDPOINT_LABELS[subgroup_of(wildcards)["endpoint"]],
        arms=lookup(dpath="arms", within=config),
        unit=lookup(dpath="study/time_unit", within=config),
        look=CURVES_LOOK,
    message:
        "Figure: {SUBGROUP_LABELS:{wildcards.subgroup}u}, within each arm"
    script:
        "../../scripts/subgroups/draw_subgroup.py"


if FORESTS:

    ANY_FOREST = "|".join(FORESTS)

    rule draw_subgroup_forest:
        input:
            survival=shown("survival"),
            subgroups=shown_subgroups,
        output:
            **figure(
                "{subgroups}_forest",
                category="Subgroups",
                title="Forest plot of {subgroups}",
                caption="subgroups_forest",
            ),
        wildcard_constraints:
            subgroups=ANY_FOREST,
        params:
            watermark=WATERMARK,
            subgroups=printed_subgroups,
            endpoints=ENDPOINT_LABELS,
            arms=lookup(dpath="arms", within=config),
        message:
            "Figure: the effect of treatment, {FOREST_LABELS:{wildcards.subgroups}u}"
        script:
            "../../scripts/subgroups/draw_subgroup_forest.py"

    # a list of variables has no curves of its own; Snakemake draws those of a variable on demand
    RESULTS += expand("results/figures/subgroup_{subgroup}.svg", subgroup=FORESTS.get(ALONE, []))
    RESULTS += expand("results/figures/{subgroups}_forest.svg", subgroups=FORESTS)

    rule tabulate_subgroups:
        input:
            survival=shown("survival"),
            subgroups=shown_subgroups,
            cut_points=[shown("attrition")] * SPLIT,
        output:
            **table("{subgroups}", category="Subgroups", title="Table: {subgroups}", caption="subgroup_table"),
        wildcard_constraints:
            subgroups=ANY_FOREST,
        params:
            watermark=WATERMARK,
            abbreviations=ABBREVIATIONS,
            subgroups=printed_subgroups,
            variables=lambda wildcards: variables_of(
                [subgroup["variable"] for subgroup in printed_subgroups(wildcards).values()],
                without=PRINTED - {"label"},
            ),
            outcome=lambda wildcards: LIST_LABELS.get(wildcards.subgroups, ""),
            endpoints=ENDPOINT_LABELS,
            arms=lookup(dpath="arms", within=config),
            unit=lookup(dpath="study/time_unit", within=config),
        message:
            "Table: the effect of treatment, {FOREST_LABELS:{wildcards.subgroups}u}"
        script:
            "../../scripts/subgroups/tabulate_subgroups.py"

    RESULTS += expand("results/tables/{subgroups}.html", subgroups=FORESTS)
