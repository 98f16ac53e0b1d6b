# Adverse events, the worst grade of each patient counted.
if "safety" in config:

    rule summarise_safety:
        input:
            adverse_events="results/data/adverse_events.parquet",
            enrolled="results/data/enrolled.parquet",
            matched=branch(MATCHED, then="results/data/matched.parquet", otherwise=[]),
            library=library("safety/summarise_safety"),
        output:
            statistics="results/statistics/safety.csv",
        log:
            "results/logs/summarise_safety.log",
        benchmark:
            "results/benchmarks/summarise_safety.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            safety=lookup(dpath="safety", within=config),
            arms=ARMS,
        message:
            "Adverse events by arm and grade"
        script:
            "../../scripts/safety/summarise_safety.py"

    rule tabulate_safety:
        input:
            statistics=shown("safety"),
            library=library("safety/tabulate_safety"),
        output:
            html=report(
                "results/tables/safety.html",
                caption="../report/safety.rst",
                category="Safety",
                labels={"Result": "Table: adverse events"},
            ),
            docx="results/tables/safety.docx",
            csv="results/tables/safety.csv",
            json="results/report/parts/safety.json",
        log:
            "results/logs/tabulate_safety.log",
        benchmark:
            "results/benchmarks/tabulate_safety.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            watermark=lookup(dpath="study/watermark", within=config, default=""),
            abbreviations=lookup(dpath="study/abbreviations", within=config, default={}),
            safety=lookup(dpath="safety", within=config),
            arms=lookup(dpath="arms", within=config),
        message:
            "Table: adverse events"
        script:
            "../../scripts/safety/tabulate_safety.py"

    rule draw_safety:
        input:
            statistics=shown("safety"),
            library=library("safety/draw_safety"),
        output:
            svg=report(
                "results/figures/safety.svg",
                caption="../report/safety.rst",
                category="Safety",
                labels={"Result": "Adverse events by arm"},
            ),
            png="results/figures/safety.png",
            pdf="results/figures/safety.pdf",
        log:
            "results/logs/draw_safety.log",
        benchmark:
            "results/benchmarks/draw_safety.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            watermark=lookup(dpath="study/watermark", within=config, default=""),
            safety=lookup(dpath="safety", within=config),
            arms=lookup(dpath="arms", within=config),
        message:
            "Figure: adverse events"
        script:
            "../../scripts/safety/draw_safety.py"

    RESULTS += ["results/tables/safety.html", "results/figures/safety.svg"]
