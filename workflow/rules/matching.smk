# Propensity score, matching, its balance, and the baseline table before and after.
if MATCHED:

    rule fit_propensity:
        input:
            enrolled="results/data/enrolled.parquet",
            library=library("matching/fit_propensity"),
        output:
            propensity="results/data/propensity.parquet",
            statistics="results/statistics/propensity.csv",
        log:
            "results/logs/fit_propensity.log",
        benchmark:
            "results/benchmarks/fit_propensity.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            covariates=lookup(dpath="propensity/covariates", within=config),
            arms=ARMS,
        message:
            "Propensity score: logistic regression of the arm on the covariates"
        script:
            "../../scripts/matching/fit_propensity.py"

    rule match_patients:
        input:
            propensity="results/data/propensity.parquet",
            enrolled="results/data/enrolled.parquet",
            library=library("matching/match_patients"),
        output:
            matched="results/data/matched.parquet",
            statistics="results/statistics/matching.csv",
        log:
            "results/logs/match_patients.log",
        benchmark:
            "results/benchmarks/match_patients.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            matching=lookup(dpath="matching", within=config),
            arms=ARMS,
        message:
            "Matching on the propensity score"
        script:
            "../../scripts/matching/match_patients.py"

    rule assess_balance:
        input:
            enrolled="results/data/enrolled.parquet",
            propensity="results/data/propensity.parquet",
            matched="results/data/matched.parquet",
            library=library("matching/assess_balance"),
        output:
            statistics="results/statistics/balance.csv",
        log:
            "results/logs/assess_balance.log",
        benchmark:
            "results/benchmarks/assess_balance.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            variables=variables_of(assessed(config), without=PRINTED - {"timing"}),
            limits=lookup(dpath="balance", within=config),
            arms=ARMS,
        message:
            "Balance of the arms before and after matching"
        script:
            "../../scripts/matching/assess_balance.py"


if "baseline" in config:

    rule describe_baseline:
        input:
            enrolled="results/data/enrolled.parquet",
            matched=branch(MATCHED, then="results/data/matched.parquet", otherwise=[]),
            library=library("baseline/describe_baseline"),
        output:
            statistics="results/statistics/baseline.csv",
        log:
            "results/logs/describe_baseline.log",
        benchmark:
            "results/benchmarks/describe_baseline.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            baseline=lookup(dpath="baseline", within=config),
            arms=ARMS,
        message:
            "Patients at baseline by arm"
        script:
            "../../scripts/baseline/describe_baseline.py"


if MATCHED:

    rule draw_love_plot:
        input:
            statistics=shown("balance"),
            library=library("matching/draw_love_plot"),
        output:
            svg=report(
                "results/figures/love_plot.svg",
                caption="../report/love_plot.rst",
                category="Matching",
                labels={"Result": "Balance before and after matching"},
            ),
            png="results/figures/love_plot.png",
            pdf="results/figures/love_plot.pdf",
        log:
            "results/logs/draw_love_plot.log",
        benchmark:
            "results/benchmarks/draw_love_plot.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            watermark=lookup(dpath="study/watermark", within=config, default=""),
            labels={name: config["variables"][name]["label"] for name in judged(variables_of(assessed(config)))},
            limits=lookup(dpath="balance", within=config),
        message:
            "Figure: balance before and after matching"
        script:
            "../../scripts/matching/draw_love_plot.py"

    rule draw_score_overlap:
        input:
            propensity="results/data/propensity.parquet",
            matched="results/data/matched.parquet",
            library=library("matching/draw_score_overlap"),
        output:
            svg=report(
                "results/figures/score_overlap.svg",
                caption="../report/score_overlap.rst",
                category="Matching",
                labels={"Result": "Overlap of the propensity scores"},
            ),
            png="results/figures/score_overlap.png",
            pdf="results/figures/score_overlap.pdf",
        log:
            "results/logs/draw_score_overlap.log",
        benchmark:
            "results/benchmarks/draw_score_overlap.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            watermark=lookup(dpath="study/watermark", within=config, default=""),
            arms=lookup(dpath="arms", within=config),
        message:
            "Figure: overlap of the propensity scores"
        script:
            "../../scripts/matching/draw_score_overlap.py"

    RESULTS += ["results/figures/love_plot.svg"]
    # A histogram of the score has a few patients in most bins of its tails, and hiding a bin would not hide its number.
    RESULTS += ["results/figures/score_overlap.svg"] * INDIVIDUAL


if "baseline" in config:

    rule tabulate_baseline:
        input:
            statistics=[shown("baseline")] + ([shown("balance")] if MATCHED else []),
            library=library("baseline/tabulate_baseline"),
        output:
            html=report(
                "results/tables/baseline.html",
                caption="../report/baseline.rst",
                category="Patients",
                labels={"Result": "Table: patients at baseline"},
            ),
            docx="results/tables/baseline.docx",
            csv="results/tables/baseline.csv",
            json="results/report/parts/baseline.json",
        log:
            "results/logs/tabulate_baseline.log",
        benchmark:
            "results/benchmarks/tabulate_baseline.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            watermark=lookup(dpath="study/watermark", within=config, default=""),
            abbreviations=lookup(dpath="study/abbreviations", within=config, default={}),
            variables=variables_of(config["baseline"]["variables"]),
            skewed=lookup(dpath="baseline/skewed", within=config, default="mean_sd"),
            limits=config["balance"] if MATCHED else None,
            arms=lookup(dpath="arms", within=config),
        message:
            "Table: patients at baseline"
        script:
            "../../scripts/baseline/tabulate_baseline.py"

    RESULTS += ["results/tables/baseline.html"]
