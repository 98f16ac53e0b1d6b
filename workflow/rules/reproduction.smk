# The results against what the paper prints.
if "published" in config:

    rule score_reproduction:
        input:
            published=lookup(dpath="published", within=config),
            statistics=ANALYSES,
            library=library("reproduction/score_reproduction"),
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
            "../../scripts/reproduction/score_reproduction.py"

    rule audit_published:
        input:
            published=lookup(dpath="published", within=config),
            library=library("reproduction/audit_published"),
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
            "../../scripts/reproduction/audit_published.py"

    rule tabulate_audit:
        input:
            audit="results/statistics/audit.csv",
            library=library("reproduction/tabulate_audit"),
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
            "../../scripts/reproduction/tabulate_audit.py"

    RESULTS += ["results/statistics/audit.csv", "results/tables/audit.html"]
