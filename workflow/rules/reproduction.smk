# Comparison of the results with the paper's printed values.
if "published" in config:

    rule score_reproduction:
        input:
            published=lookup(dpath="published", within=config),
            statistics=ANALYSES,
        output:
            scorecard="results/statistics/reproduction.csv",
            score="results/statistics/score.txt",
        params:
            notice=lookup(dpath="study/notice", within=config, default=""),
            contents=checksum(config["published"]),
        message:
            "Comparing the results with the printed values"
        script:
            "../../scripts/reproduction/score_reproduction.py"

    rule audit_published:
        input:
            published=lookup(dpath="published", within=config),
        output:
            audit="results/statistics/audit.csv",
        params:
            progression=[
                name
                for name, endpoint in config["endpoints"].items()
                if any(event.startswith("progression:") for event in endpoint.get("events", []))
            ],
            contents=checksum(config["published"]),
        message:
            "Auditing the printed values"
        script:
            "../../scripts/reproduction/audit_published.py"

    rule tabulate_audit:
        input:
            audit="results/statistics/audit.csv",
        output:
            **table("audit", category="Reproduction", title="Table: audit of the printed numbers"),
        params:
            populations=POPULATIONS,
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
