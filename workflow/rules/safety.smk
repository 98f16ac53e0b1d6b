# Adverse events, the worst grade of each patient counted.
if "safety" in config:

    rule summarise_safety:
        input:
            adverse_events="results/data/adverse_events.parquet",
            enrolled="results/data/enrolled.parquet",
            matched=branch(MATCHED, then="results/data/matched.parquet", otherwise=[]),
            library=library("comparisons", "faults", "statistics"),
        output:
            statistics=update("results/statistics/safety.csv"),
        log:
            "results/logs/summarise_safety.log",
        benchmark:
            "results/benchmarks/summarise_safety.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            safety=lookup(dpath="safety", within=config),
            arms=lookup(dpath="arms", within=config),
        message:
            "Adverse events by arm and grade"
        script:
            "../../scripts/summarise_safety.py"
