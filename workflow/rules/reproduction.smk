# The results against what the paper prints.
if "published" in config:

    rule score_reproduction:
        input:
            published=lookup(dpath="published", within=config),
            statistics=ANALYSES,
            library=library(
                "comparisons",
                "contradictions",
                "echo",
                "faults",
                "keys",
                "levels",
                "published",
                "raw_table",
                "rounding",
                "statistics",
                "text_file",
            ),
        output:
            scorecard="results/statistics/reproduction.csv",
            score="results/statistics/score.txt",
        log:
            "results/logs/score_reproduction.log",
        benchmark:
            "results/benchmarks/score_reproduction.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            notice=lookup(dpath="study/notice", within=config, default=""),
            contents=checksum(config["published"]),
        message:
            "Scoring the results against the printed values"
        script:
            "../../scripts/score_reproduction.py"

    rule audit_published:
        input:
            published=lookup(dpath="published", within=config),
            library=library(
                "balance",
                "comparisons",
                "contradictions",
                "echo",
                "faults",
                "keys",
                "levels",
                "printed_p_values",
                "printed_paper",
                "published",
                "raw_table",
                "rounding",
                "statistics",
                "values",
                "text_file",
            ),
        output:
            audit="results/statistics/audit.csv",
        log:
            "results/logs/audit_published.log",
        benchmark:
            "results/benchmarks/audit_published.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            progression=[
                name
                for name, endpoint in config["endpoints"].items()
                if any(event.startswith("progression:") for event in endpoint.get("events", []))
            ],
            contents=checksum(config["published"]),
        message:
            "Auditing the printed values against each other"
        script:
            "../../scripts/audit_published.py"

    rule tabulate_audit:
        input:
            audit="results/statistics/audit.csv",
            library=library(
                "abbreviations",
                "cells",
                "estimates",
                "echo",
                "faults",
                "keys",
                "levels",
                "paper_table",
                "published",
                "raw_table",
                "rounding",
                "sourced",
                "statistics",
                "table_files",
                "table_html",
                "table_word",
                "text_file",
                "values",
                "web_page",
                "word_file",
            ),
        output:
            html=report(
                "results/tables/audit.html",
                caption="../report/audit.rst",
                category="Reproduction",
                labels={"Result": "Table: audit of the printed numbers"},
            ),
            docx="results/tables/audit.docx",
            csv="results/tables/audit.csv",
            json="results/report/parts/audit.json",
        log:
            "results/logs/tabulate_audit.log",
        benchmark:
            "results/benchmarks/tabulate_audit.tsv"
        conda:
            "../../envs/analysis.yaml"
        params:
            labels={
                name: entry["label"]
                for entries in (config["variables"], config["endpoints"])
                for name, entry in entries.items()
            },
        message:
            "Table: audit of the printed values"
        script:
            "../../scripts/tabulate_audit.py"

    RESULTS += ["results/statistics/audit.csv", "results/tables/audit.html"]
