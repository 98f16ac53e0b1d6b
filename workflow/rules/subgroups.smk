# Each subgroup variable: its levels within the arms, the treatment within its levels.


rule analyse_subgroup:
    input:
        endpoints="results/data/endpoints.parquet",
        enrolled="results/data/enrolled.parquet",
        matched=lambda wildcards: matched_for(config["subgroups"][wildcards.subgroup]),
        library=library("subgroups/analyse_subgroup"),
    output:
        statistics="results/statistics/subgroup_{subgroup}.csv",
        curves="results/data/subgroup_{subgroup}_curves.parquet",
    log:
        "results/logs/analyse_subgroup_{subgroup}.log",
    benchmark:
        "results/benchmarks/analyse_subgroup_{subgroup}.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
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
        "Subgroup {wildcards.subgroup}"
    script:
        "../../scripts/subgroups/analyse_subgroup.py"


rule draw_subgroup:
    input:
        statistics=shown("subgroup_{subgroup}"),
        curves=shown_curves("subgroup_{subgroup}_curves"),
        library=library("subgroups/draw_subgroup"),
    output:
        svg=report(
            "results/figures/subgroup_{subgroup}.svg",
            caption="../report/subgroup.rst",
            category="Subgroups",
            labels=labelled("Kaplan-Meier curves by {subgroup}"),
        ),
        png="results/figures/subgroup_{subgroup}.png",
        pdf="results/figures/subgroup_{subgroup}.pdf",
    log:
        "results/logs/draw_subgroup_{subgroup}.log",
    benchmark:
        "results/benchmarks/draw_subgroup_{subgroup}.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        watermark=lookup(dpath="study/watermark", within=config, default=""),
        population=lambda wildcards: "matched" if matched_for(config["subgroups"][wildcards.subgroup]) else "enrolled",
        subgroup=lambda wildcards: config["subgroups"][wildcards.subgroup],
        variable=lambda wildcards: config["variables"][config["subgroups"][wildcards.subgroup]["variable"]],
        endpoint=lambda wildcards: config["endpoints"][config["subgroups"][wildcards.subgroup]["endpoint"]]["label"],
        arms=lookup(dpath="arms", within=config),
        unit=lookup(dpath="study/time_unit", within=config),
    message:
        "Figure: {wildcards.subgroup}, its levels inside each arm"
    script:
        "../../scripts/subgroups/draw_subgroup.py"


if SUBGROUPS:

    rule draw_subgroup_forest:
        input:
            survival=shown("survival"),
            subgroups=expand(shown("subgroup_{subgroup}"), subgroup=SUBGROUPS),
            library=library("subgroups/draw_subgroup_forest"),
        output:
            svg=report(
                "results/figures/subgroups_forest.svg",
                caption="../report/subgroup_forest.rst",
                category="Subgroups",
                labels={"Result": "Forest plot of all subgroups"},
            ),
            png="results/figures/subgroups_forest.png",
            pdf="results/figures/subgroups_forest.pdf",
        log:
            "results/logs/draw_subgroup_forest.log",
        benchmark:
            "results/benchmarks/draw_subgroup_forest.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            watermark=lookup(dpath="study/watermark", within=config, default=""),
            subgroups=lookup(dpath="subgroups", within=config),
            variables=variables_of([subgroup["variable"] for subgroup in config["subgroups"].values()], without=PRINTED),
            endpoints={name: endpoint["label"] for name, endpoint in config["endpoints"].items()},
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
            library=library("subgroups/tabulate_subgroups"),
        output:
            html=report(
                "results/tables/subgroups.html",
                caption="../report/subgroup_table.rst",
                category="Subgroups",
                labels={"Result": "Table: all subgroups"},
            ),
            docx="results/tables/subgroups.docx",
            csv="results/tables/subgroups.csv",
            json="results/report/parts/subgroups.json",
        log:
            "results/logs/tabulate_subgroups.log",
        benchmark:
            "results/benchmarks/tabulate_subgroups.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            watermark=lookup(dpath="study/watermark", within=config, default=""),
            abbreviations=lookup(dpath="study/abbreviations", within=config, default={}),
            subgroups=lookup(dpath="subgroups", within=config),
            variables=variables_of([subgroup["variable"] for subgroup in config["subgroups"].values()], without=PRINTED),
            endpoints={name: endpoint["label"] for name, endpoint in config["endpoints"].items()},
            arms=lookup(dpath="arms", within=config),
            unit=lookup(dpath="study/time_unit", within=config),
        message:
            "Table: the effect of treatment by subgroup"
        script:
            "../../scripts/subgroups/tabulate_subgroups.py"

    RESULTS += ["results/tables/subgroups.html"]
