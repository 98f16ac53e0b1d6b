# Each subgroup variable: its levels within the arms, the treatment within its levels.


rule analyse_subgroup:
    input:
        endpoints="results/data/endpoints.parquet",
        enrolled="results/data/enrolled.parquet",
        matched=lambda wildcards: matched_for(config["subgroups"][wildcards.subgroup]),
        library=library("cox", "efron", "faults", "statistics", "survival"),
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
        },
        treated=lookup(dpath="arms/treated/value", within=config),
        control=lookup(dpath="arms/control/value", within=config),
        survival=lookup(dpath="survival", within=config),
    message:
        "Subgroup {wildcards.subgroup}"
    script:
        "../../scripts/analyse_subgroup.py"
