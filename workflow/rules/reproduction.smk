# The results against what the paper prints.
if "published" in config:

    rule score_reproduction:
        input:
            published=lookup(dpath="published", within=config),
            statistics=ANALYSES,
            library=library("comparisons", "contradictions", "faults", "published", "rounding", "statistics"),
        output:
            scorecard=update("results/statistics/reproduction.csv"),
            score=update("results/tables/score.txt"),
        log:
            "results/logs/score_reproduction.log",
        benchmark:
            "results/benchmarks/score_reproduction.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            notice=lookup(dpath="study/notice", within=config, default=""),
        message:
            "Scoring the results against the printed values"
        script:
            "../../scripts/score_reproduction.py"
